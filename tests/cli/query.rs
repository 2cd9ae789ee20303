//! `term2id query`.

use super::{Place, stderr, stdout};

#[test]
fn a_table_for_people() {
    insta::assert_snapshot!(Place::with_limbs().see(&[
        "query",
        "-i",
        "limbs",
        "--format",
        "text",
        "--top",
        "1",
        "big hands",
        "Long foot",
        "shaky hands"
    ]));
}

#[test]
fn tsv_in_a_pipe() {
    insta::assert_snapshot!(Place::with_limbs().see(&[
        "query",
        "-i",
        "limbs",
        "--top",
        "1",
        "big hands",
        "Small\tHAND"
    ]));
}

#[test]
fn one_object_a_mention_with_the_keys_scripts_depend_on() {
    let output = Place::with_limbs().run(&["query", "-i", "limbs", "--format", "jsonl", "big hands"]);
    let row: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(
        (&row["mention"], &row["id"], &row["label"]),
        (&"big hands".into(), &"LIMB:0000003".into(), &"Large hands".into())
    );
    assert_eq!(row["ontology"], serde_json::json!({"name": "limbs", "version": "2026-01-15"}));
    let first = &row["candidates"][0];
    assert_eq!(
        (&first["name"], &first["scope"], &first["kind"]),
        (&"Big hands".into(), &"EXACT".into(), &"layperson".into())
    );
    assert_eq!(first["ranks"]["exact"], 1);
    assert!(first["score"].is_f64());
}

#[test]
fn no_match_is_an_answer() {
    let place = Place::with_limbs();
    insta::assert_snapshot!(place.see(&["query", "-i", "limbs", "--only", "exact", "xyzzy", "?"]));
    let output = place.run(&["query", "-i", "limbs", "--format", "jsonl", "?"]);
    assert!(stdout(&output).starts_with(r#"{"mention":"?","id":null,"label":null,"candidates":[]"#));
}

#[test]
fn an_identifier_is_answered_with_what_the_ontology_says_of_it() {
    let place = Place::with_limbs();
    let arguments =
        ["query", "-i", "limbs", "LIMB:0000004", "LIMB:0000013", "LIMB:0000009", "LIMB:0000010", "HP:0001250"];
    insta::assert_snapshot!("identifiers_as_tsv", place.see(&arguments));
    insta::assert_snapshot!("identifiers_for_people", place.see(&[&arguments[..], &["--format", "text"]].concat()));
}

#[test]
fn lines_of_a_pipe_are_mentions_and_a_bad_one_stops_nothing() {
    let place = Place::with_limbs();
    let output = place.pipe(&["query", "-i", "limbs", "--top", "1"], b"Large hands\n\n\xff\xfe\r\n  Small hand  \r\n");
    assert_eq!(output.status.code(), Some(1));
    let rows: Vec<&str> = stdout(&output).lines().skip(1).collect();
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("Large hands\t1\tLIMB:0000003") && rows[2].starts_with("Small hand\t1\tLIMB:0000004"));
    assert!(rows[1].contains("utf-8"));
}

#[test]
fn a_line_too_long_to_keep_is_an_error_and_the_next_is_answered() {
    let place = Place::with_limbs();
    let input = [&vec![b'a'; 3 << 20][..], b"\nLarge hands"].concat();
    let output = place.pipe(&["query", "-i", "limbs", "--top", "1"], &input);
    assert_eq!(output.status.code(), Some(1));
    let rows: Vec<&str> = stdout(&output).lines().skip(1).collect();
    assert_eq!(rows.len(), 2, "{}", stderr(&output));
    assert!(rows[0].len() < 300 && rows[0].contains("the mention is too long (3145729 bytes"), "{}", rows[0]);
    assert!(rows[1].starts_with("Large hands\t1\tLIMB:0000003"));
}

#[test]
fn a_query_can_be_limited() {
    let place = Place::with_limbs();
    let ids = |more: &[&str]| {
        let output = place.run(&[&["query", "-i", "limbs", "hands feet abnormality"], more].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        let mut ids: Vec<String> =
            stdout(&output).lines().skip(1).map(|line| line.split('\t').nth(2).unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&["--under", "LIMB:0000006"]), ["LIMB:0000006", "LIMB:0000007", "LIMB:0000008"]);
    assert_eq!(ids(&["--namespace", "movement"]), ["LIMB:0000005", "LIMB:0000008"]);
    assert_eq!(ids(&["--under", "LIMB:0000002", "--namespace", "movement"]), ["LIMB:0000005"]);
    assert!(ids(&["--under", "LIMB:0000013"]).contains(&"LIMB:0000003".to_owned()));
}

#[test]
fn what_cannot_be_asked_says_why_and_what_to_do() {
    let place = Place::with_limbs();
    insta::assert_snapshot!(place.see_all(&[
        &["query", "-i", "mondo", "x"],
        &["query", "-i", "mine", "x"],
        &["query", "-i", "../limbs/", "x"],
        &["query", "-i", "limbs", "--under", "LIMB:0000077", "x"],
        &["query", "-i", "limbs", "--under", "LIMB:0000009", "x"],
        &["query", "-i", "limbs", "--under", "hands", "x"],
        &["query", "-i", "limbs", "--namespace", "colour", "x"],
    ]));
}

#[test]
fn an_index_can_be_named_by_its_folder() {
    let place = Place::with_limbs();
    let folder = place.index("limbs").display().to_string();
    assert!(
        stdout(&place.run(&["query", "-i", &folder, "--indexes", "nowhere", "big hands"])).contains("LIMB:0000003")
    );
}

//! `term2id query`.

use std::process::Output;

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
fn several_concepts_and_what_qualifies_them_are_said_apart() {
    let place = Place::with_limbs();
    insta::assert_snapshot!(place.see(&[
        "query",
        "-i",
        "limbs",
        "--only",
        "exact",
        "--format",
        "text",
        "large and small hands",
        "no shaky hands or left long foot",
        "no restless foot, bilateral",
    ]));
    let rows = |flags: &[&str]| {
        let arguments = [&["query", "-i", "limbs", "--only", "exact", "large and small hands"], flags].concat();
        stdout(&place.run(&arguments)).to_owned()
    };
    let row: serde_json::Value = serde_json::from_str(&rows(&["--format", "jsonl"])).unwrap();
    assert_eq!((&row["id"], &row["decided_by"]), (&"LIMB:0000003|LIMB:0000004".into(), &"parts".into()));
    assert_eq!(row["parts"][1]["mention"], "small hands");
    assert!(rows(&["--format", "tsv"]).lines().nth(2).unwrap().contains("\tsmall hands\t"));
    let whole: serde_json::Value = serde_json::from_str(&rows(&["--format", "jsonl", "--whole"])).unwrap();
    assert!(whole["id"].is_null() && whole.get("parts").is_none());
}

#[test]
fn no_match_is_an_answer() {
    let place = Place::with_limbs();
    insta::assert_snapshot!(place.see(&["query", "-i", "limbs", "--only", "exact", "xyzzy", "?"]));
    let output = place.run(&["query", "-i", "limbs", "--format", "jsonl", "?"]);
    assert!(stdout(&output).starts_with(r#"{"mention":"?","id":null,"label":null,"confidence":null,"candidates":[]"#));
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

#[test]
fn how_sure_it_is_and_what_is_tied_is_said_to_people() {
    let place = Place::with_findings();
    let ask = ["query", "-i", "findings", "--format", "text", "--min-confidence", "0.2", "--top", "2"];
    let seen = place.see(&[&ask[..], &["hepatic swelling", "shaking", "xyzzy"]].concat());
    let answered = seen.split("hepatic swelling\n").nth(1).unwrap();
    assert!(answered.lines().next().unwrap().ends_with("% sure") && !answered.starts_with("  no match"), "{seen}");
    let tie = "`Shaking` is a name of both MADE:0002001 Shivering fit and MADE:0002002 Restless limbs;\n  \
               `shivering` or `restless` with it would decide\n";
    assert!(seen.contains(tie), "{seen}");
    // The best candidate is shown, and is no answer.
    let unsure = seen.split("\nxyzzy\n").nth(1).unwrap();
    assert!(unsure.starts_with("  no match: only ") && unsure.contains("\n 1  MADE:"), "{seen}");
}

#[test]
fn answers_that_are_not_sure_enough_are_no_match_in_every_format() {
    let place = Place::with_findings();
    let ask = |more: &[&str]| {
        let output = place.run(&[&["query", "-i", "findings", "xyzzy", "swelling of the liver"], more].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        output
    };
    let rows = |output: &Output| -> Vec<Vec<String>> {
        stdout(output).lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    };
    let sure = rows(&ask(&["--top", "1"]));
    assert!(sure[0][2].starts_with("MADE:") && sure[0][8].len() == 6 && sure[1][2] == "MADE:0000041", "{sure:?}");
    let unsure = rows(&ask(&["--top", "1", "--min-confidence", "0.2"]));
    assert!(unsure[0][1].is_empty() && unsure[0][2].is_empty() && unsure[0][8] == sure[0][8], "{unsure:?}");
    assert_eq!(unsure[1], sure[1]);
    let objects = ask(&["--format", "jsonl", "--min-confidence", "0.2"]);
    let first: serde_json::Value = serde_json::from_str(stdout(&objects).lines().next().unwrap()).unwrap();
    assert!(first["id"].is_null() && first["confidence"].is_f64() && first["candidates"][0]["id"].is_string());
}

#[test]
fn a_precision_is_turned_into_a_confidence_and_what_it_costs_is_said() {
    let place = Place::with_findings();
    let output = place.run(&["query", "-i", "findings", "--accept-precision", "0.9", "swelling of the liver", "xyzzy"]);
    let said = stderr(&output);
    assert!(said.starts_with("answers need a confidence of 0.") && said.lines().count() == 1, "{said}");
    assert!(said.contains(" simulated mentions held back while learning, ") && said.ends_with("% of these rightly\n"));
    assert!(stdout(&output).contains("MADE:0000041"));
}

#[test]
fn what_cannot_be_sure_says_why_and_what_to_do() {
    let place = Place::with_limbs();
    insta::assert_snapshot!(place.see_all(&[
        &["query", "-i", "limbs", "--accept-precision", "0.9", "x"],
        &["query", "-i", "limbs", "--min-confidence", "0.9", "x"],
        &["query", "-i", "limbs", "--min-confidence", "1.5", "x"],
        &["query", "-i", "limbs", "--accept-precision", "95%", "x"],
        &["query", "-i", "limbs", "--min-confidence", "0.5", "--accept-precision", "0.9", "x"],
        &["query", "-i", "limbs", "--explain", "--format", "tsv", "x"],
    ]));
}

#[test]
fn an_explanation_says_what_moved_each_candidate_and_parts_the_first_two() {
    let place = Place::with_findings();
    let output = place.run(&["query", "-i", "findings", "--explain", "hepatic swelling"]);
    let seen = stdout(&output);
    assert!(seen.lines().all(|line| line.chars().count() <= 80), "{seen}");
    assert_eq!(seen.matches("  margin ").count(), 3, "{seen}");
    assert_eq!(seen.matches("where every candidate starts").count(), 3, "{seen}");
    assert!(seen.contains("\n  1 is before 2 by ") && seen.contains("everything else ("), "{seen}");

    let ask = ["query", "-i", "findings", "--explain", "--format", "jsonl", "--top", "2", "hepatic swelling"];
    let row: serde_json::Value = serde_json::from_str(stdout(&place.run(&ask))).unwrap();
    let explanations = row["explanations"].as_array().unwrap();
    assert_eq!(explanations.len(), 2);
    for (explanation, candidate) in explanations.iter().zip(row["candidates"].as_array().unwrap()) {
        assert_eq!(explanation["id"], candidate["id"]);
        let contributions = explanation["contributions"].as_array().unwrap().iter();
        let moved: f64 = contributions.map(|one| one["contribution"].as_f64().unwrap()).sum();
        let margin = explanation["margin"].as_f64().unwrap();
        assert!((moved + explanation["start"].as_f64().unwrap() - margin).abs() < 1e-3, "{explanation}");
    }
}

#[test]
fn where_nothing_was_learnt_ranks_and_scores_are_the_explanation() {
    let place = Place::with_limbs();
    insta::assert_snapshot!(place.see_all(&[
        &["query", "-i", "limbs", "--explain", "--top", "2", "big hands"],
        &["query", "-i", "limbs", "--explain", "--top", "1", "--only", "exact", "big hands"],
    ]));
    let output = place.run(&["query", "-i", "limbs", "--explain", "--format", "jsonl", "big hands"]);
    assert!(stdout(&output).trim_end().ends_with(r#","explanations":[]}"#));
}

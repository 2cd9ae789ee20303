//! Several indexes asked as one: `--index limbs,signs`.

use serde_json::Value;

use super::{Place, stderr, stdout};

const SIGNS: &str = "format-version: 1.2
data-version: 7
ontology: signs

[Term]
id: SIGN:1
name: Big hands

[Term]
id: SIGN:2
name: Cold nose

[Term]
id: SIGN:3
name: obsolete warm nose
is_obsolete: true
replaced_by: SIGN:2
";

/// What both indexes of the place are called.
pub(super) const BOTH: &str = "limbs,signs";

pub(super) fn with_both() -> Place {
    let place = Place::with_limbs();
    let source = place.file("signs.obo", SIGNS.as_bytes());
    let built = place.run(&["index", &source]);
    assert!(built.status.success(), "{}", stderr(&built));
    place
}

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_name_in_both_shows_both_and_an_expectation_decides() {
    let place = with_both();
    let answer = |more: &[&str]| {
        let output = place.run(&[&["query", "-i", BOTH, "--format", "jsonl", "big hands"], more].concat());
        rows(stdout(&output)).remove(0)
    };
    let row = answer(&[]);
    let ids: Vec<&Value> = (0..2).map(|at| &row["candidates"][at]["id"]).collect();
    assert!(ids.contains(&&Value::from("LIMB:0000003")) && ids.contains(&&Value::from("SIGN:1")), "{row}");
    assert_eq!((&row["tie"]["candidates"], &row["decided_by"]), (&2.into(), &"retrieval".into()));
    for (expected, id, ontology) in [
        ("signs", "SIGN:1", serde_json::json!({"name": "signs", "version": "7"})),
        ("LIMB", "LIMB:0000003", serde_json::json!({"name": "limbs", "version": "2026-01-15"})),
    ] {
        let row = answer(&["--expect", expected]);
        assert_eq!(
            (&row["id"], &row["ontology"], &row["candidates"][0]["ontology"]),
            (&id.into(), &ontology, &ontology)
        );
        assert!(row.get("tie").is_none());
    }
}

#[test]
fn each_candidate_has_its_ontology_in_a_table() {
    let place = with_both();
    let output = place.run(&["query", "-i", BOTH, "--top", "1", "cold nose", "SIGN:3", "shaky hands"]);
    let lines: Vec<Vec<&str>> = stdout(&output).lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[0].last(), Some(&"ontology"));
    let answered: Vec<_> = lines[1..].iter().map(|cells| (cells[2], *cells.last().unwrap())).collect();
    assert_eq!(answered, [("SIGN:2", "signs"), ("SIGN:2", "signs"), ("LIMB:0000005", "limbs")]);
    assert!(stderr(&output).contains("SIGN:3 is retired, replaced by SIGN:2 Cold nose"));
    assert!(stdout(&place.run(&["query", "-i", BOTH, "--format", "text", "cold nose"])).contains("ontology"));
}

#[test]
fn a_column_says_what_each_row_is_expected_to_be() {
    let place = with_both();
    let input = "mention\tkind\nbig hands\tsigns\nbig hands\tlimbs\nbig hands\tnoses\nbig hands\tlimbs|signs\n?\t\n";
    place.file("rows.tsv", input.as_bytes());
    let output = place.run(&["normalize", "-i", BOTH, "rows.tsv", "--expect-column", "kind"]);
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<Vec<&str>> = stdout(&output).lines().skip(1).map(|line| line.split('\t').collect()).collect();
    assert_eq!((lines[0][2], lines[0][11], lines[0][12]), ("SIGN:1", "signs", "7"));
    assert_eq!((lines[1][2], lines[1][11], lines[1][12]), ("LIMB:0000003", "limbs", "2026-01-15"));
    assert_eq!((lines[2][2], lines[2][13]), ("", "error"));
    assert!(lines[2][14].ends_with("`noses` is none of the ontologies that are asked (`limbs`, `signs`)"), "{lines:?}");
    assert!(!lines[3][2].is_empty() && lines[3][8].contains(':'), "a tie: {lines:?}");
    assert_eq!((lines[4][11], lines[4][12]), ("limbs|signs", "2026-01-15|7"));
}

#[test]
fn what_is_of_one_ontology_is_refused() {
    let place = with_both();
    place.file("rows.tsv", b"mention\nbig hands\n");
    insta::assert_snapshot!(place.see_all(&[
        &["query", "-i", BOTH, "--under", "LIMB:0000001", "big hands"],
        &["query", "-i", BOTH, "--accept-precision", "0.9", "big hands"],
        &["query", "-i", BOTH, "--expect", "noses", "big hands"],
        &["query", "-i", "limbs", "--expect", "limbs", "big hands"],
        &["query", "-i", "limbs,limbs", "big hands"],
        &["query", "-i", "limbs,./indexes/limbs", "big hands"],
        &["show", "-i", "./indexes/limbs/,limbs", "LIMB:0000003"],
        &["query", "-i", "limbs,absent", "big hands"],
        &["normalize", "-i", BOTH, "rows.tsv", "--format", "phenopacket", "--document-column", "mention"],
        &["normalize", "-i", BOTH, "rows.tsv", "--review"],
        &["normalize", "-i", "limbs", "rows.tsv", "--expect-column", "mention"],
    ]));
}

#[test]
fn each_mapping_of_both_says_whose_concept_it_is() {
    let place = with_both();
    place.file("rows.tsv", b"mention\ncold nose\nshaky hands\n?\n");
    let output = place.run(&["normalize", "-i", BOTH, "rows.tsv", "--format", "sssom"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (header, rows): (Vec<&str>, Vec<&str>) = stdout(&output).lines().partition(|line| line.starts_with('#'));
    assert!(header.iter().all(|line| !line.starts_with("#object_source")), "{header:?}");
    assert!(header.contains(&"#  SIGN: \"https://bioregistry.io/sign:\""), "{header:?}");
    let rows: Vec<Vec<&str>> = rows.into_iter().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows[0][6..8], ["object_source", "object_source_version"]);
    assert_eq!((rows[1][2], &rows[1][6..8]), ("SIGN:2", &["bioregistry:signs", "7"][..]));
    assert_eq!((rows[2][2], &rows[2][6..8]), ("LIMB:0000005", &["bioregistry:limbs", "2026-01-15"][..]));
    assert_eq!((rows[3][2], &rows[3][6..8]), ("sssom:NoTermFound", &["", ""][..]));
}

#[test]
fn a_concept_is_shown_by_the_index_that_has_it() {
    let place = with_both();
    assert!(stdout(&place.run(&["show", "-i", BOTH, "SIGN:2"])).contains("Cold nose"));
    assert!(stderr(&place.run(&["show", "-i", BOTH, "NOSE:2"])).contains("`NOSE:2` is not in `limbs|signs`"));
}

#[test]
fn a_benchmark_of_both_says_how_often_the_ontology_is_right() {
    let place = with_both();
    let cases =
        "mention\tids\texpected\nbig hands\tSIGN:1\tsigns\nbig hands\tLIMB:0000003\tlimbs\ncold nose\tLIMB:0000001\t\n";
    place.file("cases.tsv", cases.as_bytes());
    let arguments = ["bench", "-i", BOTH, "--cases", "cases.tsv", "--retrieval", "fused", "--report", "report"];
    let output = place.run(&arguments);
    assert!(output.status.success() && stdout(&output).contains("right ontology"), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&fs_err::read(place.path("report/report.json")).unwrap()).unwrap();
    let result = &report["results"][0];
    assert_eq!(result["unique"]["right"], 2);
    assert!((result["right_ontology"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(report["indexes"].as_array().unwrap().len(), 2);
}

//! Documents as tools and language models write them.

use super::read;
use crate::verify::places::sample::{found, told};
use crate::verify::{Found, Quoting};

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(told(read, text), expected, "{text}");
}

#[test]
fn an_object_pairs_an_identifier_with_its_label() {
    check(
        r#"{"phenotypicFeatures": [{"type": {"id": "HP:0001250", "label": "Seizure"}}]}"#,
        &["1:41 HP:0001250 = Seizure"],
    );
    check(
        r#"{"nodes": [{"id": "http://purl.obolibrary.org/obo/HP_0001250", "lbl": "Seizure", "type": "CLASS"}]}"#,
        &["1:19 http://purl.obolibrary.org/obo/HP_0001250 = Seizure"],
    );
    check(
        r#"{"coding": [{"system": "http://human-phenotype-ontology.org", "code": "HP:0001250", "display": "Seizure"}]}"#,
        &["1:71 HP:0001250 = Seizure"],
    );
    check(
        r#"{"subject_id": "HP:1", "subject_label": "one", "object_id": "HP:2", "object_label": "two"}"#,
        &["1:16 HP:1 = one", "1:61 HP:2 = two"],
    );
    check(r#"{"text": "fits", "hpo_id": "HP:0001250", "hpo_term": "Seizure"}"#, &["1:28 HP:0001250 = Seizure"]);
    check(r#"{"hpoId": "HP:0001250", "hpoName": "Seizure"}"#, &["1:11 HP:0001250 = Seizure"]);
    check(r#"{"phenotype": "Seizure", "id": "HP:0001250"}"#, &["1:32 HP:0001250 = Seizure"]);
    check(r#"{"symptom": "Seizure", "hpo": "HP:0001250"}"#, &["1:31 HP:0001250 = Seizure"]);
    check(r#"{"term": "HP:0001250", "label": "Seizure"}"#, &["1:10 HP:0001250 = Seizure"]);
    check(r#"{"id": "HPP:0001250", "label": "Seizure"}"#, &["1:8 HPP:0001250 = Seizure"]);
}

#[test]
fn a_label_belongs_to_one_identifier() {
    check(r#"{"id": "HP:1", "label": "one", "parent_id": "HP:2"}"#, &["1:8 HP:1 = one", "1:45 HP:2"]);
    check(r#"{"disease_name": "Dravet", "hpo_id": "HP:1"}"#, &["1:38 HP:1"]);
    check(r#"{"sub": "HP:1", "pred": "is_a", "obj": "HP:2"}"#, &["1:9 HP:1", "1:40 HP:2"]);
    check(r#"{"id": "PMID:123", "label": "a paper"}"#, &[]);
    check(r#"{"id": "case-1", "label": "a case"}"#, &[]);
    check(r#"{"ids": ["HP:1", "HP:2"]}"#, &["1:10 HP:1", "1:18 HP:2"]);
}

#[test]
fn maps_and_arrays_hold_pairs() {
    check(r#"{"HP:0001250": "Seizure", "HP:0001252": "present"}"#, &["1:2 HP:0001250 = Seizure", "1:27 HP:0001252"]);
    check(r#"{"HP:0001250": {"label": "Seizure", "n": 1}}"#, &["1:2 HP:0001250 = Seizure"]);
    check(r#"{"HP:0001250": 3, "HP:0001252": [1]}"#, &["1:2 HP:0001250", "1:19 HP:0001252"]);
    check(r#"{"Seizure": "HP:0001250"}"#, &["1:13 HP:0001250 = Seizure"]);
    check(r#"{"seizure": "HP:1", "floppy": "HP:2"}"#, &["1:13 HP:1 = seizure", "1:31 HP:2 = floppy"]);
    check(r#"{"onset": "HP:1", "severity": "HP:2"}"#, &["1:11 HP:1", "1:31 HP:2"]);
    check(r#"{"HPO": "HP:1", "BRCA1": "HP:2"}"#, &["1:9 HP:1", "1:26 HP:2 = BRCA1"]);
    check(
        r#"[["HP:0001250", "Seizure"], ["Hypotonia", "HP:0001252"]]"#,
        &["1:3 HP:0001250 = Seizure", "1:43 HP:0001252 = Hypotonia"],
    );
    check(r#"["HP:0001250", "Seizure"]"#, &["1:2 HP:0001250"]);
}

#[test]
fn strings_hold_text() {
    check(r#"{"answer": "The best is Seizure (HP:0001250)"}"#, &["1:34 HP:0001250 ~ The best is Seizure"]);
    check(
        r#"{"answer": "- Seizure (HP:0001250)\n- HP:0001252: Hypotonia"}"#,
        &["1:12 HP:0001250 = Seizure", "1:12 HP:0001252 = Hypotonia"],
    );
    check(r#"{"id": "HP:0001250", "label": "Seizure (HP:0001251)"}"#, &["1:41 HP:0001251 = Seizure", "1:8 HP:0001250"]);
}

#[test]
fn of_two_members_with_one_key_the_last_counts() {
    check(r#"{"id": "HP:1", "label": "one", "id": "HP:2", "label": "two"}"#, &["1:38 HP:2 = two"]);
}

#[test]
fn escapes_are_resolved_and_spans_hold_the_quotes() {
    let told = found(read, "{\"id\": \"HP:1\", \"label\": \"S\\u00e9\\ud83d\\ude00\\\"\"}".as_bytes());
    let [Found::Pair(pair)] = &told[..] else { panic!("{told:?}") };
    let label = &pair.label.as_ref().unwrap().field;
    assert_eq!((label.text.as_str(), label.span.clone(), label.quoting), ("Sé😀\"", 24..47, Quoting::Json));
    assert_eq!(pair.identifier.span, 7..13);
}

#[test]
fn a_document_that_ends_early_gives_what_stands_before() {
    check(
        "{\"a\": [{\"id\": \"HP:1\", \"label\": \"one\"},\n {\"id\": \"HP:2\", \"la",
        &["1:15 HP:1 = one", "2:9 HP:2", "2:20 ! the document ends inside a string"],
    );
    check("[{\"id\": \"HP:1\"}", &["1:9 HP:1", "1:16 ! the document ends inside an array"]);
    check("{\"id\": \"HP:1\"\n", &["1:8 HP:1", "2:1 ! the document ends inside an object"]);
    check("{\"id\" \"HP:1\"}", &["1:7 ! a colon is missing"]);
    check("{\"id\": tru}", &["1:8 ! no JSON value begins here"]);
    check("no JSON", &["1:1 ! no JSON value begins here"]);
    check("", &[]);
}

#[test]
fn a_broken_line_is_told_and_the_next_goes_on() {
    check(
        "{\"id\": \"HP:1\", \"label\": \"one\"}\n{\"id\": \"HP:2\", \"lab\n{\"id\": \"HP:3\", \"label\": \"three\"}\n",
        &["1:8 HP:1 = one", "2:8 HP:2", "2:20 ! a string is not closed in its line", "3:8 HP:3 = three"],
    );
    check("{\"id\": \"HP:2\",\n{\"id\": \"HP:3\"}\n", &["1:8 HP:2", "2:1 ! a key in quotes is missing", "2:8 HP:3"]);
    check(
        "[\n{\"id\": \"HP:1\"},\n{\"id\": HP:2},\n{\"id\": \"HP:3\"},\n]\n",
        &["2:8 HP:1", "3:8 ! no JSON value begins here", "4:8 HP:3"],
    );
}

#[test]
fn a_string_in_another_encoding_is_told_and_the_rest_read() {
    let told = found(read, b"{\"a\": \"M\xfcde\", \"id\": \"HP:1\"}");
    assert!(matches!(&told[..], [Found::Unreadable { line: 1, column: 9, .. }, Found::Pair(_)]), "{told:?}");
}

#[test]
fn long_strings_and_deep_nesting_are_bounded() {
    let long = "x".repeat(100_000);
    let told_of = told(read, &format!("{{\"a\": \"{long}\", \"id\": \"HP:1\", \"label\": \"one\"}}"));
    assert_eq!(told_of, ["1:100017 HP:1 = one"]);
    let told = told(read, &"[".repeat(10_000));
    assert_eq!(told, ["1:513 ! more than 512 objects and arrays stand in each other"]);
    let map: Vec<String> = (0..5000).map(|at| format!("\"n{at} x\": \"HP:{at:07}\"")).collect();
    assert_eq!(found(read, format!("{{{}}}", map.join(",")).as_bytes()).len(), 5000);
}

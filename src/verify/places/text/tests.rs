//! Texts as people and language models write them.

use std::fmt::Write as _;

use super::read;
use crate::verify::Found;
use crate::verify::places::sample::{found, told};

/// What a line holds, without its place.
fn line(text: &str) -> String {
    let told = told(read, text);
    told.iter().map(|one| one.split_once(' ').unwrap().1).collect::<Vec<_>>().join(" / ")
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (text, expected) in cases {
        let told = line(text);
        if told != *expected {
            let _ = writeln!(wrong, "{text:?}\n   expected: {expected}\n   found:    {told}");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_label_stands_before_an_identifier_in_brackets() {
    check(&[
        ("Seizure (HP:0001250)", "HP:0001250 = Seizure"),
        ("- Seizure (HP:0001250)", "HP:0001250 = Seizure"),
        ("1. Seizure [HP:0001250]", "HP:0001250 = Seizure"),
        ("### Seizure （HP:0001250）", "HP:0001250 = Seizure"),
        ("- [x] Seizure (HP_0001250)", "HP_0001250 = Seizure"),
        ("* **Seizure** (`HP:0001250`)", "HP:0001250 = Seizure"),
        ("* **Seizure (HP:0001250)**: recurrent", "HP:0001250 = Seizure"),
        ("- \"Seizure\" (HP:0001250)", "HP:0001250 = Seizure"),
        ("- Seizure (HPO: HP:0001250)", "HP:0001250 = Seizure"),
        ("- Seizure (HPO ID: HP:0001250)", "HP:0001250 = Seizure"),
        ("- Seizure [Orpha: HP:0001250]", "HP:0001250 = Seizure"),
        ("- Seizure (HP:0001250, confidence 0.9)", "HP:0001250 = Seizure"),
        ("- Seizure (HP:0001250; PMID:12345)", "HP:0001250 = Seizure"),
        ("- Seizure (disorder) (HP:0001250)", "HP:0001250 = Seizure (disorder)"),
        ("- Intellectual disability, mild (HP:0001256)", "HP:0001256 = Intellectual disability, mild"),
        ("Seizure (http://purl.obolibrary.org/obo/HP_0001250)", "http://purl.obolibrary.org/obo/HP_0001250 = Seizure"),
        (
            "- Seizure ([HP:0001250](http://purl.obolibrary.org/obo/HP_0001251))",
            "HP:0001250 = Seizure / http://purl.obolibrary.org/obo/HP_0001251",
        ),
        ("Nervous system: Seizure (HP:0001250)", "HP:0001250 = Seizure"),
        ("had fits -> Seizure (HP:0001250)", "HP:0001250 ~ Seizure"),
        (
            "Seizure (HP:0001250), Hypotonia (HP:0001252) and Microcephaly (HP:0000252)",
            "HP:0001250 = Seizure / HP:0001252 = Hypotonia / HP:0000252 = Microcephaly",
        ),
        (
            "Seizure (HP:0001250); Intellectual disability (HP:0001249)",
            "HP:0001250 = Seizure / HP:0001249 = Intellectual disability",
        ),
        ("(HP:0001250; HP:0001252)", "HP:0001250 / HP:0001252"),
        ("Fits and floppiness (HP:0001250, HP:0001252)", "HP:0001250 / HP:0001252"),
        ("- Seizure (HPP:0001250)", "HPP:0001250 = Seizure"),
        ("- Seizure (HP:125)", "HP:125 = Seizure"),
        ("(HP:0001250) Seizure", "HP:0001250 = Seizure"),
        ("- [HP:0001250] Seizure", "HP:0001250 = Seizure"),
    ]);
}

#[test]
fn in_a_sentence_the_label_is_the_end_of_what_stands_before() {
    check(&[
        (
            "The patient had Seizure (HP:0001250), Hypotonia (HP:0001252) and severe Microcephaly (HP:0000252).",
            "HP:0001250 ~ The patient had Seizure / HP:0001252 ~ Hypotonia / HP:0000252 ~ severe Microcephaly",
        ),
        ("It began early. Recurrent Seizure (HP:0001250) was seen.", "HP:0001250 ~ Recurrent Seizure"),
        ("He fell (on a day with Seizure (HP:0001250)).", "HP:0001250 ~ on a day with Seizure"),
        ("She has \"Seizure\" (HP:0001250).", "HP:0001250 = Seizure"),
        ("She has **Seizure** (HP:0001250).", "HP:0001250 = Seizure"),
        ("Seizure (HP:0001250) since the age of 3", "HP:0001250 ~ Seizure"),
        ("The child, five years old at that time,\nhad severe Seizure (HP:0001250)", "HP:0001250 ~ had severe Seizure"),
        ("Two of the children were brought in with\nrecurrent Seizure (HP:0001250)", "HP:0001250 ~ recurrent Seizure"),
        (
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen \
             eighteen nineteen twenty twenty-one Seizure (HP:0001250)",
            "HP:0001250 ~ three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
             seventeen eighteen nineteen twenty twenty-one Seizure",
        ),
    ]);
}

#[test]
fn a_label_stands_behind_its_identifier() {
    check(&[
        ("HP:0001250 (Seizure)", "HP:0001250 = Seizure"),
        ("- HP:0001250 [Seizure]", "HP:0001250 = Seizure"),
        ("It was coded as HP:0001250 (Seizure) first.", "HP:0001250 = Seizure"),
        ("HPP:0001250 (Seizure)", "HPP:0001250 = Seizure"),
        ("- HP:0001250 - Seizure", "HP:0001250 = Seizure"),
        ("HP:0001250: Seizure", "HP:0001250 = Seizure"),
        ("- HP:0001250  # Seizure", "HP:0001250 = Seizure"),
        ("is_a: HP:0001250 ! Seizure", "HP:0001250 = Seizure"),
        ("HP:0001250 – Seizure", "HP:0001250 = Seizure"),
        ("`HP:0001250` — **Seizure**", "HP:0001250 = Seizure"),
        ("**HP:0001250**: Seizure (recurrent)", "HP:0001250 = Seizure"),
        ("- HP:0001250: Seizure (disorder)", "HP:0001250 = Seizure (disorder)"),
        ("- HP:0001250 - Seizure: it began early", "HP:0001250 = Seizure"),
        ("- HP:0001250 - Seizure (confidence: 0.9)", "HP:0001250 = Seizure"),
        ("HP:0001250\tSeizure\tobserved", "HP:0001250 = Seizure"),
        ("HP:0001250 Seizure", "HP:0001250 = Seizure"),
        ("- [HP:0001250](http://example.org/a) Seizure", "HP:0001250 = Seizure"),
        ("HP:0001250 Seizure, HP:0001252 Hypotonia", "HP:0001250 = Seizure / HP:0001252 = Hypotonia"),
        ("HP:0001250: Seizure; HP:0001252: Hypotonia", "HP:0001250 = Seizure / HP:0001252 = Hypotonia"),
        ("HP:0001250 (see Table 2)", "HP:0001250"),
        ("HP:0001250 (3/7)", "HP:0001250"),
        ("HP:0001250 (present)", "HP:0001250"),
        ("HP:0001250 and HP:0001252", "HP:0001250 / HP:0001252"),
        ("HP:0001250, HP:0001252", "HP:0001250 / HP:0001252"),
        ("HP:0001250 was assigned", "HP:0001250"),
        ("HP:0001250", "HP:0001250"),
    ]);
}

#[test]
fn a_label_stands_before_a_sign_and_its_identifier() {
    check(&[
        ("Seizure: HP:0001250", "HP:0001250 = Seizure"),
        ("- Seizure - HP:0001250", "HP:0001250 = Seizure"),
        ("- **Seizure:** HP:0001250", "HP:0001250 = Seizure"),
        ("- **Seizure**: `HP:0001250` (observed)", "HP:0001250 = Seizure"),
        ("Seizure → HP:0001250", "HP:0001250 = Seizure"),
        ("Seizure\tHP:0001250", "HP:0001250 = Seizure"),
        ("- Seizure, HP:0001250", "HP:0001250 = Seizure"),
        ("Seizure: HP:0001250, Hypotonia: HP:0001252", "HP:0001250 = Seizure / HP:0001252 = Hypotonia"),
        ("  \"Seizure\": \"HP:0001250\",", "HP:0001250 = Seizure"),
        ("HPO ID: HP:0001250", "HP:0001250"),
        ("Term: Seizure, ID: HP:0001250", "HP:0001250 = Seizure"),
        ("- Seizure – HPO ID: HP:0001250", "HP:0001250 = Seizure"),
        ("Phenotype: HP:0001250 (Seizure)", "HP:0001250 = Seizure"),
        ("Neurology: HP:0001250 (Seizure)", "HP:0001250 = Seizure"),
        ("Dravet syndrome: HP:0001250, HP:0001252", "HP:0001250 / HP:0001252"),
        ("The seizure, HP:0001250, went away.", "HP:0001250"),
    ]);
}

#[test]
fn links_hold_labels_and_identifiers() {
    check(&[
        (
            "- [Seizure](http://purl.obolibrary.org/obo/HP_0001250)",
            "http://purl.obolibrary.org/obo/HP_0001250 = Seizure",
        ),
        ("He has [Seizure (HP:0001250)](http://example.org/a) now.", "HP:0001250 = Seizure"),
        ("[HP:0001250](http://example.org/a): Seizure", "HP:0001250 = Seizure"),
        ("[Seizure](http://example.org/a) (HP:0001250)", "HP:0001250 = Seizure"),
        ("[HPO](http://purl.obolibrary.org/obo/HP_0001250)", "http://purl.obolibrary.org/obo/HP_0001250"),
        ("Seizure <http://purl.obolibrary.org/obo/HP_0001250>", "http://purl.obolibrary.org/obo/HP_0001250"),
    ]);
}

#[test]
fn what_only_looks_like_an_identifier_is_none() {
    for text in [
        "At 12:30 (noon) we had chr7:1234 (a region) and NM_000059.3:c.7790 (a variant), rs123 (another).",
        "Seizures (PMID:12345) in ICD10:E11 (diabetes), OMIM:123456 (a disease).",
        "COVID-19 (SARS-CoV-2), see 3:16 (a verse), 1:1000 (a ratio), https://example.org/a_1:2 (a page)",
        "me@hp.org (mail), data/HP_list_2.txt (file), Page:12 (page), std::vec (code), http://localhost:8080/",
        "PMID: 12345678 (Smith et al., 2020), doi:10.1000/182 (paper), Fig. 1 (A:123)",
    ] {
        assert_eq!(line(text), "", "{text}");
    }
}

#[test]
fn a_table_is_read_by_its_header() {
    let text = "| Phrase | HPO label | HPO ID | Disease | MONDO |\n|---|:--|---|---|---|\n\
                | fits | Seizure | HP:0001250 | Dravet | MONDO:0100135 |\n| floppy | **Hypotonia** | `HP:0001252` | x | |\n";
    assert_eq!(told(read, text), ["3:20 HP:0001250 = Seizure", "4:29 HP:0001252 = Hypotonia"]);
    let text = "| was | wird |\n|---|---|\n| Seizure | HP:0001250 |\n";
    assert_eq!(told(read, text), ["3:13 HP:0001250 = Seizure"]);
    let text = "| id | label | parent_id | parent_label |\n|---|---|---|---|\n| HP:1 | one | HP:2 | two |\n";
    assert_eq!(told(read, text), ["3:3 HP:1 = one", "3:16 HP:2 = two"]);
    let text = "| quote | id |\n|---|---|\n| Seizure (HP:0001250) | HP:0001252 |\n";
    assert_eq!(told(read, text), ["3:26 HP:0001252", "3:12 HP:0001250 = Seizure"]);
}

#[test]
fn a_table_without_header_is_read_by_position() {
    assert_eq!(told(read, "| HP:0001250 | Seizure |\n"), ["1:3 HP:0001250 = Seizure"]);
    assert_eq!(told(read, "Seizure | HP:0001250 | observed\n"), ["1:11 HP:0001250 = Seizure"]);
    assert_eq!(told(read, "| 1 | HP:0001250 | Seizure |\n"), ["1:7 HP:0001250 = Seizure"]);
    assert_eq!(told(read, "| HP:1 | one | HP:2 | two |\n"), ["1:3 HP:1 = one", "1:16 HP:2 = two"]);
}

#[test]
fn blocks_of_code_are_read_as_json_where_they_are() {
    let text = "Here:\r\n```json\r\n{\r\n \"id\": \"HP:0001250\",\r\n \"label\": \"Seizure\"\r\n}\r\n```\r\nFits (HP:0001250)\r\n";
    assert_eq!(told(read, text), ["4:8 HP:0001250 = Seizure", "8:7 HP:0001250 = Fits"]);
    let text = "```\n{ ... }\n- HP:0001250: Seizure\n```\n";
    assert_eq!(told(read, text), ["3:3 HP:0001250 = Seizure"]);
    let text = "~~~\nSeizure (HP:0001250)\n```\nFits (HP:0001250)\n";
    assert_eq!(told(read, text), ["2:10 HP:0001250 = Seizure", "4:7 HP:0001250 = Fits"]);
}

#[test]
fn columns_count_characters_and_spans_bytes() {
    assert_eq!(
        told(read, "Größe – „Übelkeit“ (HP:0002018), Müdigkeit（HP:0012378）\n"),
        ["1:21 HP:0002018 = Übelkeit", "1:44 HP:0012378 = Müdigkeit"]
    );
}

#[test]
fn a_line_in_another_encoding_is_told_and_the_others_are_read() {
    let told: Vec<_> = found(read, b"Seizure (HP:0001250)\nM\xfcde (HP:0012378)\nHypotonia (HP:0001252)\n");
    assert!(matches!(&told[..], [Found::Pair(_), Found::Unreadable { line: 2, column: 2, .. }, Found::Pair(_)]));
}

#[test]
fn a_line_that_is_too_long_is_told_and_passed_over() {
    let mut bytes = vec![b'x'; super::LONGEST + 1];
    bytes.extend_from_slice(b"\nSeizure (HP:0001250)");
    let told = found(read, &bytes);
    assert!(matches!(&told[..], [Found::Unreadable { line: 1, .. }, Found::Pair(pair)] if pair.identifier.line == 2));
}

#[test]
fn a_long_line_of_identifiers_takes_no_long_time() {
    let text = "Seizure (HP:0001250), ".repeat(40_000);
    assert_eq!(found(read, text.as_bytes()).len(), 40_000);
    let text = "HP:0001250 ((((".repeat(60_000);
    assert_eq!(found(read, text.as_bytes()).len(), 60_000);
}

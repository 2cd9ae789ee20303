//! `term2id normalize` into mapping sets and phenopackets.

use serde_json::Value;

use super::{Place, stderr, stdout};

const PHENOTYPES: &[u8] = b"format-version: 1.2\ndata-version: hp/releases/2024-08-13\nontology: hp\n
[Term]\nid: HP:0001250\nname: Seizure\nsynonym: \"Fits\" EXACT []\n
[Term]\nid: HP:0001176\nname: Large hands\n";

const FINDINGS: &[u8] =
    b"who\tmention\tno\nb/1\tfits\t\na\tlarge hands\tabsent\nb/1\tseizure\tyes\nc\txyzzy\t\na\tseizure\tmaybe\n";

/// A place with an index of two phenotypes, and findings about them.
fn with_phenotypes() -> Place {
    let place = Place::empty();
    place.file("hp.obo", PHENOTYPES);
    assert!(place.run(&["index", "hp.obo", "--no-train"]).status.success());
    place.file("findings.tsv", FINDINGS);
    place
}

/// Makes phenopackets of the findings.
fn phenopackets<'a>(further: &[&'a str]) -> Vec<&'a str> {
    let format = ["normalize", "-i", "hp", "--only", "exact", "findings.tsv", "--format", "phenopacket"];
    let columns = ["--document-column", "who", "--excluded-column", "no", "--date", "2026-11-23"];
    format.into_iter().chain(columns).chain(further.iter().copied()).collect()
}

#[test]
fn a_mapping_set() {
    let place = Place::with_limbs();
    place.file(
        "in.tsv",
        b"mention\nbig hands\nSmall hand\nbig hands\n\n=cmd|' /C calc'!A0\n5\" hand\nbig \xe4\nxyzzy\n",
    );
    let run = |out: &str| {
        place.see(&["normalize", "-i", "limbs", "--only", "exact", "--date", "2026-11-23", "in.tsv", "-o", out])
    };
    // How long it took is no matter.
    let said: String =
        run("out.sssom.tsv").lines().filter(|line| !line.contains("rows/s")).collect::<Vec<_>>().join("\n");
    let written = fs_err::read_to_string(place.path("out.sssom.tsv")).unwrap();
    insta::assert_snapshot!(format!("{said}\n--- out.sssom.tsv\n{}", place.redact(&written)));
    run("again.sssom.tsv");
    assert_eq!(fs_err::read_to_string(place.path("again.sssom.tsv")).unwrap(), written);
}

#[test]
fn the_day_can_be_that_of_the_source() {
    let place = Place::with_limbs();
    place.file("in.txt", b"big hands\n");
    let mut command = place.command(&["normalize", "-q", "-i", "limbs", "in.txt", "--format", "sssom"]);
    let output = command.env("SOURCE_DATE_EPOCH", "1700000000").output().unwrap();
    assert!(stdout(&output).contains("\n#mapping_date: \"2023-11-14\"\n"), "{}", stdout(&output));
    let named = ["--mapping-set-id", "https://example.org/set", "--license", "https://example.org/licence"];
    let output = place.run(&[&["normalize", "-q", "-i", "limbs", "in.txt", "--format", "sssom"], &named[..]].concat());
    let expected = "\n#mapping_set_id: \"https://example.org/set\"\n#license: \"https://example.org/licence\"\n";
    assert!(stdout(&output).contains(expected), "{}", stdout(&output));
}

#[test]
fn each_document_is_a_phenopacket_on_a_line() {
    let place = with_phenotypes();
    insta::assert_snapshot!(place.see(&phenopackets(&["--quiet"])));
}

#[test]
fn each_document_is_a_file_of_a_folder_and_nothing_is_overwritten_unasked() {
    let place = with_phenotypes();
    let run = |further: &[&str]| place.run(&phenopackets(&[&["-o", "packets/"], further].concat()));
    let output = run(&[]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(1), ""));
    assert!(stderr(&output).contains("\n3 documents\n"), "{}", stderr(&output));
    for (file, id) in [("b_1.json", "b/1"), ("a.json", "a"), ("c.json", "c")] {
        let packet: Value = serde_json::from_slice(&fs_err::read(place.path("packets").join(file)).unwrap()).unwrap();
        assert_eq!(packet["id"], id);
    }
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("packets/b_1.json` exists\nhint: `--force` replaces it"), "{}", stderr(&output));
    assert_eq!(run(&["--force"]).status.code(), Some(1));
}

#[test]
fn what_cannot_be_exported_says_why_and_what_to_do() {
    let place = Place::with_limbs();
    place.file("in.tsv", b"who\tmention\na\tbig hands\n");
    let normalize = |further: &'static [&'static str]| [&["normalize", "-i", "limbs", "in.tsv"], further].concat();
    let runs = [
        normalize(&["--format", "phenopacket"]),
        normalize(&["--format", "phenopacket", "--document-column", "patient"]),
        normalize(&["--format", "phenopacket", "--document-column", "who"]),
        normalize(&["--license", "https://example.org/licence"]),
        normalize(&["--date", "2026-11-23", "-o", "out.csv"]),
    ];
    insta::assert_snapshot!(place.see_all(&runs.iter().map(Vec::as_slice).collect::<Vec<_>>()));
    assert!(!place.path("out.csv").exists());
    for wrong in [["--date", "2026-02-30"], ["--license", "CC-BY"], ["--mapping-set-id", "my set"]] {
        let output = place.run(&[&["normalize", "-i", "limbs", "in.tsv", "--format", "sssom"], &wrong[..]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("expected a"), "{}", stderr(&output));
    }
}

#[test]
fn no_formula_of_the_input_is_passed_on() {
    let place = Place::with_limbs();
    place.file("in.csv", b"note,mention\n=1+1,big hands\n-5 D,\"@x,y\"\n");
    let output = place.run(&["normalize", "-q", "-i", "limbs", "--only", "exact", "in.csv"]);
    let own: Vec<&str> = stdout(&output).lines().skip(1).map(|line| &line[..14]).collect();
    assert_eq!(own, ["'=1+1,big hand", "-5 D,\"'@x,y\",,"]);
}

#[test]
fn what_is_only_counted_is_written_nowhere() {
    let place = with_phenotypes();
    let run = phenopackets(&["--model", "m", "--base-url", "http://127.0.0.1:9/v1", "--dry-run", "-o", "packets/"]);
    let output = place.run(&run);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!place.path("packets").exists());
}

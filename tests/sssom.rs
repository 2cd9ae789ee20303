//! Mapping sets against the Python package `sssom`, and phenopackets against `phenopackets`: what `normalize` writes is
//! valid there, and comes through other formats unchanged.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// The interpreter that `variable` names; none where it names none, which is said.
fn interpreter(variable: &str, package: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test stands where the command line stands")]
    let named = std::env::var(variable).ok().filter(|named| !named.is_empty());
    if named.is_none() {
        // Not by `eprintln!`, of which nothing is seen when a test passes.
        let skipped = format!("skipped: {variable} names no interpreter that has `{package}`\n");
        io::stderr().write_all(skipped.as_bytes()).unwrap();
    }
    named
}

/// A folder of indexes and of files.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs_err::write(&path, text).unwrap();
        path
    }

    fn run(&self, arguments: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_term2id"));
        command.env("HOME", self.path("home")).args(["--indexes", &self.path("indexes")]).args(arguments);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What the script says about a file.
fn checked(python: &str, script: &str, path: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
    let output = Command::new(python).arg("-B").arg(script).arg(path).output().unwrap();
    assert!(output.status.success(), "{python}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const MENTIONS: &str = "angiogenesis
angiogenesis
Angiogenesis
blood vessel formation
sprouting of vessels
xyzzy
=cmd|' /C calc'!A0
@SUM(A1:A9)
+A1
-5 diopters
féchter's “syndrome” α-β 日本語
said \"binding\" aloud
\"quoted\"
#1 digit
a|b\\c
NA
null
HP:0001250

TP53
";

const SAMPLE: &str = "format-version: 1.2
data-version: hp/releases/2024-08-13
ontology: hp

[Term]
id: HP:0001250
name: Seizure
synonym: \"Fits\" EXACT []
synonym: \"Febrile fit\" NARROW []
synonym: \"Brain disorder\" BROAD []
synonym: \"Jerking\" RELATED []

[Term]
id: HP:0001176
name: Large hands
";

#[test]
fn mapping_sets_are_valid_and_survive_json_and_rdf() {
    let Some(python) = interpreter("TERM2ID_SSSOM_PYTHON", "sssom") else { return };
    let place = Place::new();
    place.run(&["index", "sample", "--no-train"]);
    place.run(&["index", &place.file("hp.obo", SAMPLE), "--no-train"]);
    let mentions = place.file("mentions.txt", MENTIONS);
    let scopes = place.file("scopes.txt", "Seizure\nfits\nfebrile fit\nbrain disorder\njerking\nlarge hand\nxyzzy\n");
    for (index, input, rows) in [("sample", mentions, 18), ("hp", scopes, 7)] {
        let out = place.path(&format!("{index}.sssom.tsv"));
        place.run(&["normalize", "-i", index, "--input-format", "lines", &input, "-o", &out]);
        assert_eq!(checked(&python, "sssom/validate.py", &out), format!("{rows}\t{out}\n"));
    }
}

#[test]
fn phenopackets_are_valid() {
    let Some(python) = interpreter("TERM2ID_PHENOPACKETS_PYTHON", "phenopackets") else { return };
    let place = Place::new();
    place.run(&["index", &place.file("hp.obo", SAMPLE), "--no-train"]);
    let rows = "who\tmention\tno\na\tfits\t\na\tlarge hands\tabsent\nb\txyzzy\t\nc \"d\"/é\tseizure\tyes\n";
    let input = place.file("rows.tsv", rows);
    let normalize = |out: &str| {
        let columns = ["--document-column", "who", "--excluded-column", "no", "--only", "exact"];
        place.run(&[&["normalize", "-i", "hp", "--format", "phenopacket", &input, "-o", out], &columns[..]].concat());
    };
    let lines = place.path("all.jsonl");
    normalize(&lines);
    assert_eq!(checked(&python, "phenopackets/validate.py", &lines), format!("3\t3\t{lines}\n"));
    let folder = place.path("packets/");
    normalize(&folder);
    let file = format!("{folder}c__d__é.json");
    assert_eq!(checked(&python, "phenopackets/validate.py", &file), format!("1\t1\t{file}\n"));
}

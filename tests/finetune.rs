//! Whether Hugging Face's `datasets` reads the training data that is exported.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

const PYTHON: &str = "TERM2ID_DATASETS_PYTHON";

/// The interpreter that has `datasets`; none where none is named, which is said.
fn interpreter() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test stands where the command line stands")]
    let named = std::env::var(PYTHON).ok().filter(|named| !named.is_empty());
    if named.is_none() {
        // Not by `eprintln!`, of which nothing is seen when a test passes.
        let skipped = format!("skipped: {PYTHON} names no interpreter that has `datasets`\n");
        io::stderr().write_all(skipped.as_bytes()).unwrap();
    }
    named
}

#[test]
fn datasets_reads_every_file_that_is_exported() {
    let Some(python) = interpreter() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let term2id = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_term2id"));
        command.env("HOME", path("home")).args(["--indexes", &path("indexes")]).args(arguments);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    term2id(&["index", "sample", "--no-train"]);
    let table = "mention\tids\nangiogenesis\tGO:0001525\nsaid \"binding\" aloud\tGO:0005488\nféchter's </mention>\t\
        GO:0005634\nadaptive immune response\tGO:0002250\nmitochondrion\tGO:0005739\ncytoplasm\tGO:0005737\n\
        nucleolus\tGO:0005730\nlysosome\tGO:0005764\nDNA binding\tGO:0003677\nperoxisome\tGO:0005777\n";
    fs_err::write(folder.path().join("terms.tsv"), table).unwrap();
    let terms = path("terms.tsv");
    let out = path("training");
    let written =
        term2id(&["finetune", "export", "-i", "sample", "--terms", &terms, "--out", &out, "--validation", "0.3"]);
    let files: Vec<&str> = written.lines().collect();
    assert_eq!(files.len(), 6, "{written}");

    let mut command = Command::new(&python);
    command.arg("-B").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/finetune/load.py")).args(&files);
    // Nothing is fetched, and nothing of the user's is read or written.
    command.env("HF_HUB_OFFLINE", "1").env("HF_DATASETS_OFFLINE", "1").env("HF_HOME", path("cache"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{python}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 6);
}

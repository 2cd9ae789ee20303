//! Indexes that are not what was written: always an error that names the file, never an answer.

use std::path::PathBuf;

use super::{Place, stderr, stdout};

/// Every file of the index, below its folder.
fn files(place: &Place) -> Vec<PathBuf> {
    let manifest = fs_err::read(place.index("limbs").join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    manifest["files"].as_object().unwrap().keys().map(PathBuf::from).collect()
}

fn assert_refused(place: &Place, file: &str, why: &str) {
    let output = place.run(&["query", "-i", "limbs", "big hands"]);
    assert_eq!(output.status.code(), Some(2), "{file}");
    assert_eq!(stdout(&output), "", "{file}");
    let file = file.replace('/', std::path::MAIN_SEPARATOR_STR);
    assert!(stderr(&output).contains(&file) && stderr(&output).contains(why), "{file}: {}", stderr(&output));
    assert!(stderr(&output).contains("hint: build the index again"));
}

#[test]
fn a_file_that_was_altered_shortened_or_lost_is_named() {
    let place = Place::with_limbs();
    for file in files(&place) {
        let path = place.index("limbs").join(&file);
        let name = file.display().to_string();
        let content = fs_err::read(&path).unwrap();

        let mut altered = content.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        fs_err::write(&path, &altered).unwrap();
        assert_refused(&place, &name, "was altered");

        fs_err::write(&path, &content[..content.len() - 1]).unwrap();
        assert_refused(&place, &name, "bytes instead of");

        fs_err::remove_file(&path).unwrap();
        assert_refused(&place, &name, "is missing");
        fs_err::write(&path, content).unwrap();
    }
    assert!(place.run(&["query", "-i", "limbs", "big hands"]).status.success());
}

#[test]
fn a_newer_format_and_a_damaged_manifest_are_refused() {
    let place = Place::with_limbs();
    let path = place.index("limbs").join("manifest.json");
    let manifest = fs_err::read_to_string(&path).unwrap();
    let mut newer: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    newer["format"] = 999.into();
    fs_err::write(&path, newer.to_string()).unwrap();
    assert_refused(&place, "manifest.json", "has format 999");
    fs_err::write(&path, &manifest[..manifest.len() / 2]).unwrap();
    assert_refused(&place, "manifest.json", "is no manifest");
    let output = place.run(&["list"]);
    assert!(output.status.success() && stderr(&output).contains("warning:"));
}

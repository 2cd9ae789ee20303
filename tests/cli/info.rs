//! `term2id info`.

use super::{Place, stdout};

#[test]
fn for_people() {
    let place = Place::with_limbs();
    let seen = place.see(&["info", "limbs"]);
    // The files of the word index are called differently each time.
    insta::assert_snapshot!(seen.split("  files").next().unwrap());
    assert!(seen.contains("names.safetensors"));
}

#[test]
fn for_programs() {
    let output = Place::with_limbs().run(&["info", "limbs", "--format", "json"]);
    let info: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!((&info["name"], &info["version"]), (&"limbs".into(), &"2026-01-15".into()));
    assert_eq!((&info["concepts"], &info["names"], &info["retired"]), (&8.into(), &13.into(), &2.into()));
    assert_eq!((&info["encoder"], &info["vector"]), (&"ngram".into(), &"hnsw".into()));
    assert!(info["source"].as_str().unwrap().ends_with("limbs.obo"));
    assert!(info["files"]["names.safetensors"]["bytes"].as_u64().unwrap() > 0);
}

#[test]
fn of_no_index() {
    insta::assert_snapshot!(Place::empty().see(&["info", "limbs"]));
}

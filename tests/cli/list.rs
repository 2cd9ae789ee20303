//! `term2id list`.

use super::{Place, stdout};

#[test]
fn indexes() {
    insta::assert_snapshot!(Place::with_limbs().see(&["list"]));
}

#[test]
fn no_index() {
    insta::assert_snapshot!(Place::empty().see(&["list"]));
}

#[test]
#[cfg(target_os = "linux")]
fn the_folder_of_indexes_may_have_any_bytes_in_its_name() {
    use std::os::unix::ffi::OsStrExt as _;
    let place = Place::with_limbs();
    let folder = place.folder.path().join(std::ffi::OsStr::from_bytes(b"ind\xe4xes"));
    fs_err::rename(place.indexes(), &folder).unwrap();
    let output = place.command(&["list"]).env("TERM2ID_INDEXES", &folder).output().unwrap();
    assert!(stdout(&output).contains("limbs"));
}

#[test]
fn ontologies_known_by_name() {
    let output = Place::empty().run(&["list", "--catalogue"]);
    assert!(output.status.success());
    assert!(stdout(&output).contains("Human Phenotype Ontology") && stdout(&output).contains("ordo"));
}

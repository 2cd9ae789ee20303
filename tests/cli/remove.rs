//! `term2id remove`.

use super::{Place, stderr};

#[test]
fn what_is_removed_is_gone() {
    let place = Place::with_limbs();
    insta::assert_snapshot!(place.see(&["remove", "limbs"]));
    let left = fs_err::read_dir(place.indexes()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.collect::<Vec<_>>() == [".limbs.lock"], "the lock file alone stays");
    let again = place.run(&["remove", "limbs"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("there is no index"));
}

#[test]
fn nothing_but_an_index_is_removed() {
    let place = Place::with_limbs();
    fs_err::create_dir_all(place.index("papers")).unwrap();
    for name in ["papers", "../indexes", ".", ""] {
        assert_eq!(place.run(&["remove", name]).status.code(), Some(2), "{name}");
    }
    assert!(place.index("papers").exists() && place.index("limbs").exists());
}

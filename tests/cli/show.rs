//! `term2id show`.

use super::Place;

#[test]
fn a_live_a_merged_and_two_retired_concepts() {
    let place = Place::with_limbs();
    let ids = ["LIMB:0000003", "LIMB:0000013", "LIMB:0000009", "LIMB:0000010"];
    insta::assert_snapshot!(place.see(&[&["show", "-i", "limbs"], &ids[..]].concat()));
}

#[test]
fn an_identifier_of_another_vocabulary_shows_what_refers_to_it() {
    let place = super::references::with_genes();
    insta::assert_snapshot!(place.see(&["show", "-i", "genes", "MIM:100", "ENSG00000000001.7", "P00002"]));
}

#[test]
fn what_is_not_there() {
    let place = Place::with_limbs();
    insta::assert_snapshot!("one", place.see(&["show", "-i", "limbs", "HP:0001250"]));
    insta::assert_snapshot!("one_of_two", place.see(&["show", "-i", "limbs", "HP:0001250", "LIMB:0000001"]));
    insta::assert_snapshot!("no_identifier", place.see(&["show", "-i", "limbs", "hands"]));
}

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
fn ontologies_known_by_name() {
    let output = Place::empty().run(&["list", "--catalogue"]);
    assert!(output.status.success());
    assert!(stdout(&output).contains("Human Phenotype Ontology") && stdout(&output).contains("ordo"));
}

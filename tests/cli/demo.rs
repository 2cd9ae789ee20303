//! `term2id demo`.

use super::{Place, stderr, stdout};

#[test]
fn it_answers_and_leaves_an_index_to_ask() {
    let place = Place::empty();
    let output = place.run(&["demo"]);
    assert!(output.status.success(), "{}", stderr(&output));
    for id in ["HP:0001176", "HP:0200055", "HP:0001943", "HP:0001658", "MONDO:0005068", "HGNC:11998", "GO:0006915"] {
        assert!(stdout(&output).contains(id), "{id}");
    }
    assert!(stdout(&output).lines().all(|line| line.chars().count() <= 100));
    assert!(stdout(&place.run(&["query", "-i", "sample", "big hands"])).contains("HP:0001176"));
    assert!(place.run(&["demo", "--quiet"]).status.success());
}

#[test]
fn it_leaves_another_index_of_that_name_alone() {
    let place = Place::with_limbs();
    super::copy(&place.index("limbs"), &place.index("sample"));
    assert!(place.run(&["demo"]).status.success());
    assert!(stdout(&place.run(&["info", "sample"])).contains("limbs"));
}

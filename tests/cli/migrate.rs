//! `term2id migrate`.

use super::{Place, fixture, stderr};

/// A place with the two releases of shapes and the mappings to the first.
fn place() -> Place {
    let place = Place::empty();
    for name in ["shapes-1.obo", "shapes-2.obo", "shapes.sssom.tsv"] {
        place.file(name, &fs_err::read(fixture(name)).unwrap());
    }
    place
}

const SHAPES: [&str; 5] = ["migrate", "--from", "shapes-1.obo", "--to", "shapes-2.obo"];

#[test]
fn every_kind_of_change_is_told_to_people_and_programs() {
    let place = place();
    insta::assert_snapshot!("summary", place.see(&SHAPES));
    insta::assert_snapshot!("tsv", place.see(&[&SHAPES[..], &["-q", "--format", "tsv"]].concat()));
    insta::assert_snapshot!("json", place.see(&[&SHAPES[..], &["-q", "--format", "json"]].concat()));
    let written = place.run(&[&SHAPES[..], &["-o", "summary.txt"]].concat());
    assert!(written.status.success() && written.stdout.is_empty());
    assert!(!fs_err::read_to_string(place.path("summary.txt")).unwrap().contains('\u{1b}'));
}

#[test]
fn mappings_are_rewritten_where_that_is_certain_and_the_rest_is_listed() {
    let place = place();
    let arguments = [&SHAPES[..], &["shapes.sssom.tsv", "-o", "out.tsv"]].concat();
    let seen = place.see(&arguments);
    let read = |name: &str| fs_err::read_to_string(place.path(name)).unwrap();
    let before = read("shapes.sssom.tsv");
    let after = read("out.tsv");
    let differing = before.lines().zip(after.lines()).filter(|(before, after)| before != after);
    let shown: Vec<String> = differing.map(|(before, after)| format!("- {before}\n+ {after}")).collect();
    insta::assert_snapshot!(
        "mappings",
        format!("{seen}--- changes\n{}\n--- out.changed.tsv\n{}", shown.join("\n"), read("out.changed.tsv"))
    );
    assert_eq!(before.lines().count(), after.lines().count());
    // A second time from the same file gives the same bytes, and nothing is replaced unasked.
    let again = place.run(&arguments);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("`out.tsv` exists"));
    place.run(&[&arguments[..], &["--force"]].concat());
    assert_eq!(read("out.tsv"), after);
    // What was brought along needs nothing more of the same step.
    place.run(&["migrate", "--from", "shapes-2.obo", "--to", "shapes-2.obo", "out.tsv", "-o", "twice.tsv"]);
    assert_eq!(read("twice.tsv"), after);
}

#[test]
fn an_index_of_the_new_release_is_asked_again() {
    let place = Place::with_limbs();
    let new = fs_err::read_to_string(fixture("limbs.obo")).unwrap();
    let old = new.replace("2026-01-15", "2025-01-15");
    let old = old.replace(
        "synonym: \"Macromanus\" RELATED []",
        "synonym: \"Macromanus\" RELATED []\nsynonym: \"Hands that shake\" EXACT []",
    );
    let old = old.replace("synonym: \"Shaky hands\" EXACT layperson []\n", "");
    place.file("old.obo", old.replace("synonym: \"Big hands\"", "synonym: \"Shaky hands\"").as_bytes());
    let rows =
        "mention\tid\tlabel\nshaky hands\tLIMB:0000003\tLarge hands\nhands that shake\tLIMB:0000003\tLarge hands\n";
    place.file("rows.tsv", rows.as_bytes());
    let arguments = ["migrate", "--from", "old.obo", "--to", "limbs", "rows.tsv", "-o", "out.tsv"];
    let seen = place.see(&arguments);
    let read = |name: &str| fs_err::read_to_string(place.path(name)).unwrap();
    let changed = read("out.changed.tsv");
    let changed: Vec<&str> =
        changed.lines().map(|line| line.rsplit_once('\t').unwrap().0.rsplit_once('\t').unwrap().0).collect();
    insta::assert_snapshot!(
        "index",
        format!("{seen}--- out.tsv\n{}--- out.changed.tsv\n{}\n", read("out.tsv"), changed.join("\n"))
    );
}

#[test]
fn what_cannot_be_migrated_says_why_and_what_to_do() {
    let place = place();
    place.file("rows.jsonl", b"{\"id\": \"SHAPE:0000001\"}\n");
    place.file("other.tsv", b"id\tlabel\nHP:0000001\tAll\n");
    let with = |rest: &[&'static str]| [&SHAPES[..], rest].concat();
    insta::assert_snapshot!(place.see_all(&[
        &["migrate", "--from", "shapes-1.obo", "--to", "sample"],
        &["migrate", "--from", "shapes-1.obo", "--to", "shapes-1.obo"],
        &["migrate", "--from", "no-such-thing", "--to", "shapes-2.obo"],
        &with(&["rows.jsonl"]),
        &with(&["other.tsv"]),
        &with(&["other.tsv", "--id-column", "code"]),
        &with(&["-"]),
        &with(&["shapes.sssom.tsv", "-o", "shapes.sssom.tsv", "--force"]),
        &with(&["shapes.sssom.tsv", "--changed", "shapes.sssom.tsv", "--force"]),
        &with(&["nothing.tsv", "-o", "out.tsv"]),
    ]));
    assert!(!place.path("out.tsv").exists());
}

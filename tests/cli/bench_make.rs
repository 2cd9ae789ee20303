//! `term2id bench make`.

use super::{Place, stderr, stdout};

/// A place with the index `sample`.
fn place() -> Place {
    let place = Place::empty();
    let built = place.run(&["index", "sample", "--no-train", "--vector", "exact"]);
    assert!(built.status.success(), "{}", stderr(&built));
    place
}

#[test]
fn labels_names_and_typing_errors() {
    let place = Place::with_limbs();
    insta::assert_snapshot!(place.see_all(&[
        &["bench", "make", "labels", "-i", "limbs"],
        &["bench", "make", "labels", "-i", "limbs", "--namespace", "movement"],
        &["bench", "make", "names", "-i", "limbs", "--kind", "layperson", "--sample", "2"],
        &["bench", "make", "typos", "-i", "limbs", "--scope", "RELATED", "--sample", "3", "--seed", "7"],
    ]));
}

#[test]
fn synonyms_are_listed_for_the_index_to_leave_out() {
    let place = Place::with_limbs();
    let make = ["bench", "make", "synonyms", "-i", "limbs", "-o", "cases.tsv", "--exclusions", "out.tsv"];
    let seen = place.see(&make);
    let read = |name: &str| fs_err::read_to_string(place.path(name)).unwrap();
    insta::assert_snapshot!(format!("{seen}--- cases.tsv\n{}--- out.tsv\n{}", read("cases.tsv"), read("out.tsv")));
    let built = place.run(&["index", &super::fixture("limbs.obo"), "--name", "without", "--exclude-names", "out.tsv"]);
    assert!(built.status.success() && !stderr(&built).contains("are in no concept"), "{}", stderr(&built));
    let exact = ["query", "-i", "without", "--only", "exact", "Big hands"];
    assert_eq!(stdout(&place.run(&exact)).lines().filter(|line| line.contains("LIMB:0000003")).count(), 0);
    // What was left out of an index can still be made cases of.
    let again = ["bench", "make", "synonyms", "-i", "without", "--exclusions", "-", "-o", "again.tsv"];
    assert!(stdout(&place.run(&again)).contains("LIMB:0000003\tBig hands\n"));
}

#[test]
fn popularity_bins_and_parts() {
    let place = Place::with_limbs();
    place.file("counts.csv", b"id,count\nLIMB:0000013,40\nLIMB:0000003,2\nLIMB:0000004,7\nLIMB:0000005,7\nX:1,1\n");
    place.file(
        "phenotype.hpoa",
        b"#version: 1\ndatabase_id\tqualifier\thpo_id\nX:1\t\tLIMB:0000007\nX:2\tNOT\tLIMB:0000008\n",
    );
    let make = |more: &[&str]| place.see(&[&["bench", "make", "labels", "-i", "limbs"][..], more].concat());
    let counted = make(&["--popularity", "counts.csv", "--split", "1"]);
    let annotated = make(&["--popularity", "phenotype.hpoa", "--split", "3", "--only-split"]);
    let uncounted = make(&["--split", "2", "--each-namespace", "--only-split"]);
    insta::assert_snapshot!([counted, annotated, uncounted].join("\n"));
}

#[test]
fn presets_take_what_the_paper_takes() {
    let place = place();
    let make = |preset: &str, more: &[&str]| {
        place.run(&[&["bench", "make", "-i", "sample", "--preset", preset][..], more].concat())
    };
    let rows = |output: &std::process::Output, part: &str| {
        stdout(output).lines().skip(1).filter(|line| line.split('\t').nth(2) == Some(part)).count()
    };
    let hpo = make("hpo", &["--split", "50"]);
    assert_eq!((rows(&hpo, "trained"), rows(&hpo, "withheld"), rows(&hpo, "")), (50, 50, 0));
    assert!(stderr(&hpo).contains("no popularity is given: the split is random"));
    let go = make("go", &["--split", "4"]);
    for namespace in ["biological_process", "cellular_component", "molecular_function"] {
        let ending = format!("\ttrained\t{namespace}");
        assert_eq!(stdout(&go).lines().filter(|line| line.ends_with(&ending)).count(), 4, "{namespace}");
    }
    let gene = make("gene", &["--split", "10"]);
    assert_eq!((rows(&gene, "trained"), rows(&gene, "withheld")), (10, 10));
    // Symbols, which lead back to the genes.
    assert!(!stdout(&gene).contains("HGNC:"), "{}", stdout(&gene));
    place.file("genes.tsv", stdout(&gene).as_bytes());
    let measured = place.run(&["bench", "-i", "sample", "--cases", "genes.tsv"]);
    assert!(measured.status.success() && !stderr(&measured).contains("warning"), "{}", stderr(&measured));
    let gene = make("gene", &["--split", "10", "--ids", "curie"]);
    assert!(stdout(&gene).lines().skip(1).all(|line| line.contains("\tHGNC:")), "{}", stdout(&gene));
    place.file("names.tsv", b"id\tname\nHGNC:11998\tGuardian of a genome\nHGNC:1\tNo gene here\n");
    let gene = make("gene", &["--names-from", "names.tsv", "--split", "1"]);
    assert!(stderr(&gene).contains("error: 1 case cannot be parted"), "{}", stderr(&gene));
    let names = ["bench", "make", "names", "-i", "sample", "--names-from", "names.tsv"];
    assert_eq!(stdout(&place.run(&names)), "mention\tids\nGuardian of a genome\tHGNC:11998\n");
    assert!(stderr(&place.run(&names)).contains("1 name passed over: 1 of concepts that the index does not have"));
}

#[test]
fn nothing_is_overwritten_and_what_is_wrong_is_said() {
    let place = Place::with_limbs();
    let kept = place.file("kept.tsv", b"years of work\n");
    place.file("counts.tsv", b"id\tcount\nLIMB:0000003\tmany\n");
    place.file("empty.tsv", b"");
    let make = |more: &[&str]| place.see(&[&["bench", "make"][..], more, &["-i", "limbs"]].concat());
    let seen = [
        make(&["labels", "-o", "kept.tsv"]),
        make(&["synonyms"]),
        make(&["synonyms", "--exclusions", "kept.tsv", "-o", "cases.tsv"]),
        make(&["labels", "--exclusions", "out.tsv"]),
        make(&["labels", "--namespace", "soul"]),
        make(&["labels", "--popularity", "counts.tsv"]),
        make(&["labels", "--popularity", "counts.tsv", "--popularity-column", "hits"]),
        make(&["labels", "--popularity", "empty.tsv"]),
        make(&["labels", "--popularity", "nowhere.tsv"]),
        make(&["names", "--scope", "BROAD"]),
        make(&["--preset", "gene"]),
        make(&["labels", "--each-namespace"]),
        make(&["synonyms", "--exclusions", "-"]),
        make(&["synonyms", "--exclusions", "same.tsv", "--out", "same.tsv"]),
    ];
    insta::assert_snapshot!(seen.join("\n"));
    assert_eq!(fs_err::read_to_string(kept).unwrap(), "years of work\n");
    assert!(!place.path("cases.tsv").exists());
    assert!(place.run(&["bench", "make", "labels", "-i", "limbs", "-o", "kept.tsv", "--force"]).status.success());
}

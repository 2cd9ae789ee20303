//! Cross-references: identifiers of other vocabularies beside answers, as mentions, and in files of names; parts of an index.

use std::sync::LazyLock;

use super::{Place, copy, stderr, stdout};

pub(super) const GENES: &[u8] = b"format-version: 1.2
ontology: genes

[Term]
id: HGNC:1
name: ABC1
synonym: \"P00003\" EXACT []
subset: core
xref: NCBIGene:11
xref: ensembl:ENSG00000000001
xref: UniProtKB:P00001
xref: UniProtKB:P00002

[Term]
id: HGNC:2
name: ABC2
xref: NCBIGene:22
xref: UniProtKB:P00002
xref: UniProtKB:P00003
xref: OMIM:100

[Term]
id: HGNC:3
name: ABC3
subset: core
subset: rare
";

/// The index of the genes, built once; each test works on a copy.
static BUILT: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::empty();
    let file = place.file("genes.obo", GENES);
    let built = place.run(&["index", &file]);
    assert!(built.status.success(), "{}", stderr(&built));
    place
});

pub(super) fn with_genes() -> Place {
    let place = Place::empty();
    copy(&BUILT.index("genes"), &place.index("genes"));
    place
}

#[test]
fn a_table_gets_a_column_for_each_vocabulary() {
    let place = with_genes();
    let input = place.file("in.tsv", b"mention\tentrez\nABC1\tx\nqqqq\ty\n");
    let flags = ["--min-confidence", "0", "--also", "entrez,uniprot", "--map-to", "symbol,MIM"];
    let output = place.run(&[&["normalize", "-i", "genes", &input][..], &flags].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let mut lines = stdout(&output).lines();
    assert!(lines.next().unwrap().ends_with("\terror\tterm2id_entrez\tuniprot\tsymbol\tMIM"), "{}", stdout(&output));
    assert!(lines.next().unwrap().ends_with("\t11\tP00001|P00002\tABC1\t"), "{}", stdout(&output));
}

#[test]
fn an_object_has_them_by_vocabulary() {
    let place = with_genes();
    let arguments = ["query", "-i", "genes", "--format", "jsonl", "--also", "ensembl,omim,umls", "ABC2"];
    let output = place.run(&arguments);
    let row: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(row["references"], serde_json::json!({"ensembl": [], "omim": ["OMIM:100"], "umls": []}));
    assert!(
        stderr(&output).contains("`genes` has no cross-reference to `umls` (it refers to: UniProtKB 3, NCBIGene 2")
    );
}

#[test]
fn people_see_them_below_the_answer() {
    let place = with_genes();
    let seen = place.run(&["query", "-i", "genes", "--format", "text", "--also", "entrez,omim", "ABC1"]);
    assert!(stdout(&seen).ends_with("  entrez          11\n  omim            none\n"), "{}", stdout(&seen));
    let seen = place.run(&["query", "-i", "genes", "--format", "tsv", "--top", "1", "--also", "entrez", "ABC1"]);
    assert!(
        stdout(&seen).lines().all(|line| line.ends_with("\tentrez") || line.ends_with("\t11")),
        "{}",
        stdout(&seen)
    );
}

#[test]
fn the_prefix_of_any_concept_is_the_indexs_own() {
    let place = Place::empty();
    let imported = b"[Term]\nid: AAA:1\nname: imported\n\n[Term]\nid: ZZZ:1\nname: own thing\n";
    let file = place.file("own.obo", imported);
    assert!(place.run(&["index", &file, "--no-train", "--vector", "exact"]).status.success());
    let output = place.run(&["query", "-i", "own", "--top", "1", "--also", "zzz,aaa", "own thing"]);
    assert!(stdout(&output).lines().nth(1).unwrap().ends_with("\tZZZ:1\t"), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

#[test]
fn what_cannot_be_added_says_why() {
    let place = with_genes();
    let input = place.file("in.tsv", b"mention\nABC1\n");
    let said = |arguments: &[&str]| {
        let output = place.run(arguments);
        assert_eq!(output.status.code(), Some(2));
        stderr(&output).to_owned()
    };
    let unknown = said(&["query", "-i", "genes", "--also", "entrez,nowhere", "ABC1"]);
    assert!(unknown.contains(
        "`nowhere` is no vocabulary that `genes` refers to (it refers to: UniProtKB 3, NCBIGene 2, ENSEMBL 1, OMIM 1)"
    ));
    let mappings = ["normalize", "-i", "genes", &input, "--format", "sssom", "--also", "entrez"];
    assert!(said(&mappings).contains("`--also` adds columns or keys, and `sssom` has no room for them"));
    assert!(said(&["query", "-i", "genes", "--subset", "lost", "ABC1"]).contains("`lost` (known: core, rare)"));
}

#[test]
fn an_identifier_of_another_vocabulary_leads_to_the_concepts_that_refer_to_it() {
    let place = with_genes();
    for (mention, ids, confidence, decided_by) in [
        ("ENSG00000000001.7", &["HGNC:1"][..], 1.0, "exact"),
        // A number that short may be of anything.
        ("11", &["HGNC:1"], 0.3, "retrieval"),
        ("entrez:11", &["HGNC:1"], 1.0, "exact"),
        ("GeneID:22", &["HGNC:2"], 1.0, "exact"),
        ("MIM:100", &["HGNC:2"], 1.0, "exact"),
        ("p00001-2", &["HGNC:1"], 1.0, "exact"),
        ("P00002", &["HGNC:1", "HGNC:2"], 0.5, "retrieval"),
    ] {
        let output = place.run(&["query", "-i", "genes", "--format", "jsonl", mention]);
        let row: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
        let found: Vec<&str> =
            row["candidates"].as_array().unwrap().iter().map(|found| found["id"].as_str().unwrap()).collect();
        assert_eq!((found.as_slice(), &row["confidence"]), (ids, &confidence.into()), "{mention}");
        assert_eq!((&row["decided_by"], stderr(&output)), (&decided_by.into(), ""), "{mention}");
    }
    // A name that looks like an identifier is a name.
    let output = place.run(&["query", "-i", "genes", "--format", "jsonl", "P00003"]);
    let row: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!((&row["id"], &row["candidates"][0]["name"]), (&"HGNC:1".into(), &"P00003".into()));
    // What nothing refers to is asked about as words are.
    assert!(place.run(&["query", "-i", "genes", "P99999", "33"]).status.success());
}

#[test]
fn a_subset_limits_answers_and_an_index() {
    let place = with_genes();
    let output = place.run(&["query", "-i", "genes", "--subset", "rare", "ABC1", "ABC3", "11"]);
    assert!(stdout(&output).contains("HGNC:3") && !stdout(&output).contains("HGNC:1"), "{}", stdout(&output));
    let file = place.file("genes.obo", GENES);
    let built = place.run(&["index", &file, "--name", "part", "--subset", "rare"]);
    assert!(built.status.success() && stderr(&built).contains("1 concepts"), "{}", stderr(&built));
    let refused = place.run(&["index", &file, "--name", "part", "--subset", "lost"]);
    assert!(
        stderr(&refused).contains("no concept is in the subset `lost` (known: core, rare)"),
        "{}",
        stderr(&refused)
    );
    let info = place.run(&["info", "genes"]);
    assert!(stdout(&info).contains("refers to       UniProtKB 3, NCBIGene 2, ENSEMBL 1, OMIM 1"), "{}", stdout(&info));
    assert!(stdout(&info).contains("subsets         core 2, rare 1"), "{}", stdout(&info));
}

#[test]
fn a_file_of_identifiers_limits_an_index() {
    let place = with_genes();
    let (file, ids) = (place.file("genes.obo", GENES), place.file("ids.txt", b"HGNC:2\nHGNC:3\nHGNC:9\n"));
    let built = place.run(&["index", &file, "--name", "part", "--only-ids", &ids]);
    assert!(
        stderr(&built).contains("1 identifier of `") && stderr(&built).contains("2 concepts"),
        "{}",
        stderr(&built)
    );
    let found = place.run(&["query", "-i", "part", "ABC1", "22"]);
    assert!(stdout(&found).contains("HGNC:2") && !stdout(&found).contains("HGNC:1\t"), "{}", stdout(&found));
    assert!(stdout(&place.run(&["info", "part"])).contains("limited to      2 concepts by identifier"));
}

#[test]
fn names_of_proteins_and_of_another_ontology_reach_the_genes_that_refer_to_them() {
    let place = with_genes();
    let file = place.file("genes.obo", GENES);
    let proteins = place.file(
        "uniprot.tsv",
        b"Entry\tProtein names\nP00001\tHandle protein (Antigen NY-1) (EC 1.2.3.4)\nP99999\tOther\n",
    );
    let other = place.file("other.obo", b"[Term]\nid: OMIM:100\nname: Spoke gene|wheel gene\n");
    let built =
        place.run(&["index", &file, "--name", "more", "--add-names", &proteins, "--add-names", &other, "--verbose"]);
    let said = stderr(&built);
    assert!(said.contains("1 name of `") && said.contains("of no concept of this ontology"), "{said}");
    assert!(said.contains("uniprot.tsv:3: UniProtKB:P99999 Other") && said.contains("2 names of them from"), "{said}");
    let output = place.run(&["query", "-i", "more", "--top", "1", "antigen ny 1", "wheel gene", "handle protein"]);
    let ids: Vec<&str> = stdout(&output).lines().skip(1).filter_map(|line| line.split('\t').nth(2)).collect();
    assert_eq!(ids, ["HGNC:1", "HGNC:2", "HGNC:1"]);
}

#[test]
fn a_file_of_names_that_cannot_be_read_says_where() {
    let place = Place::empty();
    let file = place.file("genes.obo", GENES);
    let said = |name: &str, bytes: &[u8]| {
        let names = place.file(name, bytes);
        let output = place.run(&["index", &file, "--name", "none", "--add-names", &names]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        stderr(&output).to_owned()
    };
    assert!(said("latin.tsv", b"id\tname\nHGNC:1\tS\xE9zary\n").contains("latin.tsv:2: the line is not UTF-8"));
    assert!(said("wide.tsv", &[0xFF, 0xFE, b'i', 0, b'd', 0]).contains("UTF-16"));
    assert!(said("page.tsv", b"<!DOCTYPE html><html>").contains("it looks like an HTML page"));
    assert!(said("empty.tsv", b"").contains("is empty"));
    assert!(said("header.obo", b"format-version: 1.2\n").contains("holds no concepts"));
    assert!(said("words.tsv", b"text\tpredicate\nx\ty\n").contains("has no column `id`"));
    assert!(!place.index("none").exists());
}

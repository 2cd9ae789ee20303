//! Genes as people write them, over a small nomenclature in the format of HGNC's complete set.

use std::sync::LazyLock;

use super::{Place, copy, fixture, stderr, stdout};

const GENES: &str = "\
hgnc_id\tsymbol\tname\tstatus\talias_symbol\talias_name\tprev_symbol\tprev_name\tgene_group
HGNC:1\tZRK1\tzarkin 1\tApproved\t\t\tBOP\t\tZarkins|Other things
HGNC:2\tZRK2\tzarkin 2\tApproved\tBOP\t\t\t\tZarkins
HGNC:3\tZRK1P1\tzarkin 1 pseudogene 1\tApproved\tZK\t\t\t\t
HGNC:4\tQIL2RA\tquilin 2 receptor subunit alpha\tApproved\t\t\t\t\tQuilin receptors
HGNC:5\tQIL2\tquilin 2\tApproved\tZK\tquilin activator, cellular\t\t\t
HGNC:6\tTOOM\ttoomin\tApproved\tWum\t\t\t\t
HGNC:7\tWUM\twide unity membrane protein\tApproved\t\t\t\t\t
HGNC:9\tQBX1\tquail box 1\tApproved\t\t\t\t\t
HGNC:10\tQBX2\tquail box 2\tApproved\tQBX\t\t\t\t
HGNC:11\tQBX3\tquail box 3\tApproved\tNA\t\t\t\t
HGNC:8\tGONE~withdrawn\t\tEntry Withdrawn\t\t\t\t\t
";

static BUILT: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::empty();
    let table = place.file("genes.txt", GENES.as_bytes());
    let built = place.run(&["index", &table, "--name", "genes"]);
    assert!(built.status.success(), "{}", stderr(&built));
    place
});

pub(super) fn place() -> Place {
    let place = Place::empty();
    copy(&BUILT.index("genes"), &place.index("genes"));
    place
}

/// The answer to each mention, as JSON.
fn answers(mentions: &[&str], more: &[&str]) -> Vec<serde_json::Value> {
    let input = format!("mention\n{}\n", mentions.join("\n"));
    let arguments = [&["normalize", "--index", "genes", "-", "--format", "jsonl"], more].concat();
    let output = place().pipe(&arguments, input.as_bytes());
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(mentions: &[&str]) -> Vec<String> {
    answers(mentions, &[]).iter().map(|answer| answer["id"].as_str().unwrap_or("none").to_owned()).collect()
}

#[test]
fn habits_of_writing_do_not_matter() {
    let written = ["QIL-2R alpha", "human QIL-2 receptor alpha chain", "QIL2Rα", "alpha subunit of the QIL-2 receptor"];
    assert_eq!(ids(&written), ["HGNC:4"; 4]);
    assert_eq!(ids(&["hZRK-2", "ZRK II", "zarkin-2 gene", "ZRK2 mRNA", "zarkin (ZRK)-2"]), ["HGNC:2"; 5]);
}

#[test]
fn approved_symbols_are_before_previous_ones_and_those_before_aliases() {
    assert_eq!(ids(&["wum", "BOP"]), ["HGNC:7", "HGNC:1"]);
    let answers = answers(&["BOP"], &[]);
    assert_eq!(answers[0]["candidates"][1]["id"], "HGNC:2");
}

#[test]
fn of_genes_that_share_an_alias_a_pseudogene_comes_last_and_the_tie_is_told() {
    let answers = answers(&["ZK"], &[]);
    assert_eq!((&answers[0]["id"], &answers[0]["tie"]["candidates"]), (&"HGNC:5".into(), &2.into()));
}

#[test]
fn a_family_is_no_single_gene() {
    let told = answers(&["zarkins", "the zarkin family", "zarkin 1", "ZRK1"], &[]);
    for answer in &told[..2] {
        assert_eq!((&answer["id"], &answer["decided_by"]), (&serde_json::Value::Null, &"none".into()));
        assert_eq!(answer["group"], serde_json::json!({"name": "Zarkins", "genes": 2}));
        assert!(!answer["candidates"].as_array().unwrap().is_empty());
    }
    // Of what only may be one it is said.
    let single = answers(&["zarkin"], &[]);
    assert_eq!((&single[0]["id"], &single[0]["group"]["genes"]), (&"HGNC:1".into(), &2.into()));
    assert_eq!((&told[2]["id"], &told[3]["id"]), (&"HGNC:1".into(), &"HGNC:1".into()));
    assert_eq!(told[2].get("group"), None);
}

#[test]
fn species_limit_the_answer_and_one_that_the_index_lacks_is_said() {
    assert_eq!(answers(&["ZRK2"], &["--species", "human"])[0]["id"], "HGNC:2");
    insta::assert_snapshot!(place().see_all(&[
        &["query", "ZRK2", "--index", "genes", "--species", "mouse"],
        &["query", "ZRK2", "--index", "genes", "--species", "unicorn"],
        &["query", "zarkins", "--index", "genes"],
    ]));
}

#[test]
fn what_several_symbols_begin_with_is_a_family_in_the_plural() {
    let told = answers(&["QBXs", "QBX isoforms", "QBX family"], &[]);
    for answer in &told {
        assert_eq!(
            (&answer["id"], &answer["group"]),
            (&serde_json::Value::Null, &serde_json::json!({"name": "QBX", "genes": 3}))
        );
    }
    // A plural of one gene's name is that gene's; a word for families says so of any.
    assert_eq!(ids(&["QBX", "TOOMs", "QBX-2s"]), ["HGNC:10", "HGNC:6", "HGNC:10"]);
    let alone = answers(&["TOOM family"], &[]);
    assert_eq!((&alone[0]["id"], &alone[0]["group"]), (&serde_json::Value::Null, &serde_json::json!({"name": "TOOM"})));
}

#[test]
fn a_cell_without_a_value_is_no_gene_though_one_is_called_so() {
    assert_eq!(ids(&["NA", "n/a", "None", "QBX3"]), ["none", "none", "none", "HGNC:11"]);
}

#[test]
fn a_column_names_the_species_of_each_row() {
    let place = Place::empty();
    let built = place.run(&["index", &fixture("gene_info.tsv"), "--name", "genes", "--vector", "exact"]);
    assert!(built.status.success(), "{}", stderr(&built));
    let rows = [
        ("p53", "human", "NCBIGene:7157"),
        ("p53", "Mus musculus", "NCBIGene:22059"),
        ("p53", "7955", "NCBIGene:30590"),
        ("p53", "NCBITaxon:10090", "NCBIGene:22059"),
        ("7157", "mouse", ""),
        ("BRCA1", "", "NCBIGene:672"),
        ("BRCA1", "NA", "NCBIGene:672"),
        ("BRCA1", "unicorn", ""),
        ("BRCA1", "rat", ""),
    ];
    let line = |(mention, species, _): &(&str, &str, &str)| format!("{mention}\t{species}\n");
    let input = std::iter::once("mention\torganism\n".to_owned()).chain(rows.iter().map(line)).collect::<String>();
    place.file("rows.tsv", input.as_bytes());
    let output = place.run(&["normalize", "-i", "genes", "rows.tsv", "--species-column", "organism"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let lines: Vec<Vec<&str>> = stdout(&output).lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let found: Vec<&str> = lines.iter().map(|cells| cells[2]).collect();
    assert_eq!(found, rows.map(|(_, _, id)| id));
    assert!(lines[7].last().unwrap().contains("no species is known as `unicorn`"), "{:?}", lines[7]);
    assert!(lines[8].last().unwrap().contains("no gene is of the species rat (NCBITaxon:10116)"), "{:?}", lines[8]);

    // Of objects a key, where numbers are as good; where it is empty, the flag's species.
    let objects = b"{\"mention\": \"p53\", \"organism\": 10090}\n{\"mention\": \"p53\", \"organism\": null}\n";
    place.file("rows.jsonl", objects);
    let flags = ["--species-column", "organism", "--species", "zebrafish"];
    let output = place.run(&[&["normalize", "-i", "genes", "rows.jsonl"][..], &flags].concat());
    let found = stdout(&output).lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    assert_eq!(found.map(|row| row["id"].clone()).collect::<Vec<_>>(), ["NCBIGene:22059", "NCBIGene:30590"]);

    let cases =
        "mention\tids\torganism\np53\tNCBIGene:22059\tmouse\np53\tNCBIGene:7157\thuman\np53\tNCBIGene:672\tunicorn\n";
    place.file("cases.tsv", cases.as_bytes());
    let flags = ["--retrieval", "fused", "--species-column", "organism", "--report", "report"];
    let output = place.run(&[&["bench", "-i", "genes", "--cases", "cases.tsv"][..], &flags].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let report = fs_err::read(place.path("report/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["results"][0]["unique"]["right"], 2, "{}", stdout(&output));
}

//! `term2id index`.

use std::time::{Duration, Instant};

use term2id::index::Build;

use super::{Place, fixture, stderr, stdout};

#[test]
fn it_says_what_it_built_and_what_it_mended() {
    let place = Place::empty();
    insta::assert_snapshot!(place.see(&["index", &fixture("limbs.obo")]));
}

#[test]
fn quiet_leaves_the_folder_and_the_warning() {
    let place = Place::empty();
    insta::assert_snapshot!(place.see(&[
        "index",
        &fixture("limbs.obo"),
        "--quiet",
        "--name",
        "mine",
        "--vector",
        "exact"
    ]));
    assert!(place.index("mine").join("manifest.json").exists());
}

#[test]
fn names_left_out_are_not_found_and_those_that_match_nothing_are_said() {
    let place = Place::empty();
    let file = place.file("out.tsv", b"id\tsynonym\nLIMB:0000003\t BIG hands\nLIMB:0000004\tno such name\n");
    let output = place.run(&["index", &fixture("limbs.obo"), "--exclude-names", &file]);
    assert!(stderr(&output).contains("1 of 2 names to leave out are in no concept"), "{}", stderr(&output));
    let output = place.run(&["query", "-i", "limbs", "--only", "exact", "big hands"]);
    assert!(!stdout(&output).contains("LIMB"));
    assert!(output.status.success());
}

#[test]
fn a_bad_row_of_names_to_leave_out_is_an_error_with_its_place() {
    let place = Place::empty();
    let file = place.file("out.tsv", b"id\tsynonym\nLIMB:0000003\n");
    insta::assert_snapshot!(place.see(&["index", &fixture("limbs.obo"), "--exclude-names", &file]));
    assert!(!place.index("limbs").exists());
}

#[test]
fn a_part_of_the_ontology_can_be_indexed() {
    let place = Place::empty();
    let output = place.run(&["index", &fixture("limbs.obo"), "--name", "feet", "--under", "LIMB:0000006"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let found = place.run(&["query", "-i", "feet", "hands", "long feet"]);
    assert!(stdout(&found).contains("LIMB:0000007") && !stdout(&found).contains("LIMB:0000003"));
    insta::assert_snapshot!(place.see(&["index", &fixture("limbs.obo"), "--under", "LIMB:0000077"]));
}

#[test]
fn a_table_is_read_by_the_columns_that_are_named() {
    let place = Place::empty();
    let file = place.file("genes.csv", b"gene;called;also\n1;GATA4;GATA binding 4\n2;TP53;p53\n");
    let output = place.run(&[
        "index",
        &file,
        "--id-column",
        "gene",
        "--label-column",
        "called",
        "--synonym-column",
        "also",
        "--delimiter",
        ";",
        "--prefix",
        "G",
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&place.run(&["query", "-i", "genes", "p53", "--top", "1"])).contains("G:2\tTP53"));
}

#[test]
fn a_flag_that_the_source_has_no_use_for_is_refused() {
    let place = Place::empty();
    for (source, flag, value, of) in [
        ("limbs.obo", "--taxon", "9606", "NCBI's `gene_info`"),
        ("limbs.owl", "--prefix", "X", "tables"),
        ("gene_info.tsv", "--id-column", "GeneID", "tables"),
        ("snomed", "--vocabulary", "MSH", "releases of UMLS"),
        ("gene_info.tsv", "--semantic-type", "T047", "releases of UMLS"),
    ] {
        let output = place.run(&["index", &fixture(source), flag, value]);
        assert_eq!(output.status.code(), Some(2));
        let said = format!("error: `{flag}` is for {of}, and `");
        assert!(stderr(&output).starts_with(&said), "{}", stderr(&output));
    }
    // What cannot be read is said before that.
    let file = place.file("page.html", b"<!DOCTYPE html><html>");
    assert!(stderr(&place.run(&["index", &file, "--taxon", "9606"])).contains("HTML"));
    let table = place.file("genes.csv", b"gene;called\n1;GATA4\n2;TP53\n");
    let flags = ["--id-column", "gene", "--label-column", "called", "--delimiter", ";", "--prefix", "G"];
    let built = place.run(&[&["index", &fixture("limbs.obo"), "--train-with", &table][..], &flags].concat());
    assert!(built.status.success(), "{}", stderr(&built));
}

#[test]
fn owl_is_read_and_its_languages_can_be_chosen() {
    let place = Place::empty();
    let output = place.run(&["index", &fixture("limbs.owl"), "--vector", "exact", "--no-train"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stdout(&place.run(&["query", "-i", "limbs", "big hands", "--top", "1"])).contains("LIMB:0000003\tLarge hands")
    );
    let thesaurus = fixture("limbs.skos.ttl");
    let output = place.run(&["index", &thesaurus, "--name", "membres", "--no-train", "--language", "fr,la"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let found = place.run(&["query", "-i", "membres", "grandes mains", "--top", "1"]);
    assert!(stdout(&found).contains("LIMB:0000003\tGrandes mains"), "{}", stdout(&found));
    let cut = place
        .file("cut.owl", b"<?xml version=\"1.0\"?>\n<r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n");
    let refused = |arguments: &[&str], message: &str| {
        let output = place.run(arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
    };
    refused(
        &["index", &thesaurus, "--language", "nl"],
        "tagged with the language `nl`; there are `de`, `en`, `en-us`, `fr`, `fr-ca`, `la`",
    );
    refused(&["index", &cut], "cut.owl:3: the file ends where an element is still open; it is cut short");
}

#[cfg(not(feature = "bert"))]
#[test]
fn an_encoder_that_is_not_compiled_in_says_how_to_get_it() {
    insta::assert_snapshot!(Place::empty().see(&["index", "sample", "--encoder", "ngram+bert:./model"]));
}

#[test]
fn names_without_labels_are_indexed_and_it_is_said() {
    let place = Place::empty();
    let names = "@prefix : <http://purl.obolibrary.org/obo/LIMB_> .\n\
        @prefix oio: <http://www.geneontology.org/formats/oboInOwl#> .\n\
        :0000003 a <http://www.w3.org/2002/07/owl#Class> ; oio:hasExactSynonym \"grandes mains\"@fr .\n\
        :0000005 a <http://www.w3.org/2002/07/owl#Class> ; oio:hasExactSynonym \"mains qui tremblent\"@fr .\n";
    let file = place.file("names.ttl", names.as_bytes());
    insta::assert_snapshot!(place.see(&["index", &file, "--no-train", "--vector", "exact"]));
}

#[test]
fn what_is_odd_in_an_ontology_of_further_names_is_said() {
    let place = Place::empty();
    let names = "[Term]\nid: LIMB:0000003\nname: great hands\nbirthday: today\n\n\
        [Term]\nid: LIMB:0000005\nname: old hands\nis_obsolete: true\n";
    let file = place.file("names.obo", names.as_bytes());
    let flags = ["--no-train", "--vector", "exact", "--add-names", &file];
    let output = place.run(&[&["index", &fixture("limbs.obo")][..], &flags].concat());
    let said = stderr(&output);
    assert!(said.contains("1 thing was mended or passed over in `") && said.contains("names.obo:4: "), "{said}");
    assert!(said.contains("1 name of `") && said.contains("of retired concepts"), "{said}");
}

#[test]
fn what_cannot_be_indexed_says_why_and_what_to_do() {
    let place = Place::empty();
    let binary = place.file("picture.obo", b"\x89PNG\r\n\x1a\n\0\0\0");
    let empty = place.file("empty.obo", b"format-version: 1.2\n");
    insta::assert_snapshot!(place.see_all(&[
        &["index", "uberom"],
        &["index", "qqqqqqqqqqq"],
        &["index", "missing.obo"],
        &["index", &binary],
        &["index", &empty],
        &["index", "sample", "--encoder", "gpt"],
        &["index", "sample", "--name", "../up"],
        &["index", "sample", "--under", "seizure"],
        &["index", "sample", "--encoder", "ngram+ngram"],
        &["index", "sample", "--encoder", "ngram+openai:m", "--pooling", "cls"],
        &["index", "sample", "--encoder", "fastembed:./no-such-model"],
    ]));
}

#[test]
fn without_a_network_it_says_to_give_a_file() {
    // Nothing listens on the port for discarding.
    let place = Place::empty();
    let output = place.run(&["index", "http://127.0.0.1:9/hp.obo"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("cannot download `http://127.0.0.1:9/hp.obo`"), "{}", stderr(&output));
    assert!(stderr(&output).contains("hint: without a network"));
}

#[test]
fn a_second_build_of_the_same_name_is_refused() {
    let place = Place::with_limbs();
    let build = Build::begin(&place.indexes(), "limbs").unwrap();
    insta::assert_snapshot!(place.see(&["index", &fixture("limbs.obo")]));
    drop(build);
    assert!(place.run(&["index", &fixture("limbs.obo")]).status.success());
}

#[test]
fn a_build_killed_at_any_moment_leaves_the_old_index() {
    let place = Place::with_limbs();
    let old = place.run(&["query", "-i", "limbs", "big hands"]);
    let arguments = ["index", &fixture("limbs.obo"), "--name", "limbs"];
    let start = Instant::now();
    assert!(place.run(&arguments).status.success());
    let whole = start.elapsed();
    for twelfth in 0..12 {
        let mut child = place.spawn(&arguments);
        std::thread::sleep(whole * twelfth / 12 + Duration::from_millis(1));
        child.kill().unwrap();
        child.wait().unwrap();
        let now = place.run(&["query", "-i", "limbs", "big hands"]);
        assert_eq!(stderr(&now), "", "killed after {twelfth}/12");
        assert_eq!(stdout(&now), stdout(&old), "killed after {twelfth}/12");
    }
    assert!(place.run(&arguments).status.success());
}

#[test]
fn a_release_of_umls_is_indexed_from_its_folder() {
    let place = Place::empty();
    let output = place.run(&["index", &fixture("umls"), "--language", "en", "--no-train", "--vector", "exact"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let told = stderr(&output);
    assert!(told.contains("umls, release 2024AA") && told.contains("`A90000008` is suppressible; left out"), "{told}");
    let asked = place.run(&["query", "-i", "umls", "bent fork disease", "mal de la petite cuillère"]);
    let found = stdout(&asked);
    assert!(found.contains("UMLS:C9000003\tFork, hereditary bent"), "{found}");
    assert!(!found.contains("Mal de la"), "{found}");
}

#[test]
fn a_part_of_a_release_can_be_indexed() {
    let place = Place::empty();
    let part = ["--semantic-type", "t184,T073", "--vocabulary", "MSH,HPO", "--no-train", "--vector", "exact"];
    let output = place.run(&[&["index", &fixture("umls/META/MRCONSO.RRF"), "--name", "part"][..], &part].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("2 concepts, 3 names"), "{}", stderr(&output));
    for (flag, value, said) in [
        ("--semantic-type", "T7", "expected a T and three digits"),
        ("--semantic-type", "T999", "holds no concept of the semantic type `T999`"),
        ("--vocabulary", "NONE", "holds no concept with a name of the vocabulary `NONE`"),
        ("--taxon", "mouse", "expected a number of the NCBI Taxonomy"),
    ] {
        let output = place.run(&["index", &fixture("umls"), flag, value]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}

#[test]
fn a_snapshot_of_snomed_ct_is_indexed_from_its_folder() {
    let place = Place::empty();
    let flags = ["--language", "en-gb", "--no-train", "--vector", "exact"];
    let output = place.run(&[&["index", &fixture("snomed")][..], &flags].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("snomedct, release 2024-07-01"), "{}", stderr(&output));
    let asked = place.run(&["query", "-i", "snomedct", "ache of gray spoon"]);
    let found = stdout(&asked);
    assert!(found.contains("SNOMEDCT:999000003002\tAche of grey spoon"), "{found}");
}

#[test]
fn genes_of_some_species_are_indexed() {
    let place = Place::empty();
    let flags = ["--name", "fish", "--taxon", "7955", "--taxon", "NCBITaxon:10090", "--no-train", "--vector", "exact"];
    let output = place.run(&[&["index", &fixture("gene_info.tsv")][..], &flags].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let asked = place.run(&["query", "-i", "fish", "zp53", "bbl", "BRCA1"]);
    let found = stdout(&asked);
    assert!(found.contains("NCBIGene:30590\ttp53") && found.contains("NCBIGene:22059\tTrp53"), "{found}");
    assert!(!found.contains("NCBIGene:672\t"), "{found}");
}

#[test]
fn a_folder_that_is_no_release_says_what_was_looked_for() {
    let place = Place::empty();
    let output = place.run(&["index", place.folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("has no MRCONSO.RRF (also looked for in `META`)"), "{}", stderr(&output));
}

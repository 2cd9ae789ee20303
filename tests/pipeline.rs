//! The stages in their order, by the library alone: ontology, index, retrieval, answers, rows.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use term2id::embed::ngram::NgramEmbedder;
use term2id::embed::{Embedder, Encoders, training};
use term2id::export::json;
use term2id::index::{Build, Description, ENCODER_TABLE, GraphParameters, Index, Provenance, Selection};
use term2id::normalize::{DecidedBy, Normalization, Normalizer, OntologyTag};
use term2id::ontology::{Ontology, obo, sample};
use term2id::retrieve::{Channel, Hybrid, Mention, Options};

const LIMBS: &str = "\
format-version: 1.2
data-version: 2026-01-15
ontology: limbs

[Term]
id: LIMB:1
name: Abnormality of the hand

[Term]
id: LIMB:2
name: Large hands
synonym: \"Big hands\" EXACT layperson []
is_a: LIMB:1

[Term]
id: LIMB:3
name: Small hand
is_a: LIMB:1

[Term]
id: LIMB:4
name: Tremor
synonym: \"Shaking\" BROAD []

[Term]
id: LIMB:5
name: Shivering
synonym: \"Shaking\" BROAD []

[Term]
id: LIMB:6
name: obsolete Huge hands
is_obsolete: true
replaced_by: LIMB:2
";

fn limbs() -> Ontology {
    Ontology::assemble(obo::read(LIMBS.as_bytes(), "limbs.obo").unwrap(), "limbs", "limbs.obo").unwrap()
}

fn build(ontology: &Ontology, folder: &Path, graph: GraphParameters) -> Arc<Index> {
    let selection = Selection::default();
    let build = Build::begin(folder, ontology.name()).unwrap();
    let names = build.names(ontology, &selection).unwrap();
    let table = build.folder().join(ENCODER_TABLE);
    let learnt =
        training::train(&names.forms_of_concepts(&BTreeSet::new()), &training::Options::default(), &table, &|_, _| {})
            .unwrap();
    let words = Arc::new(NgramEmbedder::open(&table).unwrap());
    let unsealed = build.search(names, &words, &*words, None, Some(graph), &|_, _, _| {}).unwrap();
    let description = Description {
        version: ontology.version().map(str::to_owned),
        source: Provenance { given: "test.obo".to_owned(), blake3: String::new(), oddities: 0 },
        encoder: "ngram".parse().unwrap(),
        pooling: None,
        training: learnt,
        trained_with: Vec::new(),
        added_names: Vec::new(),
        simulated_mentions: None,
    };
    Arc::new(unsealed.seal(description, ontology, &selection).unwrap())
}

fn index(folder: &Path) -> Arc<Index> {
    build(&limbs(), folder, GraphParameters { deterministic: true, ..GraphParameters::default() })
}

fn normalizer(index: &Arc<Index>, options: &Options) -> Normalizer {
    let encoders = Encoders { main: Arc::clone(index.parts().table()) as Arc<dyn Embedder>, beside: None };
    let retriever = Hybrid::new(Arc::clone(index), encoders, options).unwrap();
    let manifest = index.manifest();
    let ontology = OntologyTag { name: manifest.name.clone(), version: manifest.version.clone() };
    Normalizer::new(Arc::new(retriever), ontology, 10)
}

fn id(answer: &Normalization) -> Option<&str> {
    answer.answer().map(|answer| answer.id.as_str())
}

#[test]
fn what_people_write_becomes_identifiers() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let normalizer = normalizer(&index, &Options::default());
    for (mention, expected, by) in [
        ("Large hands", Some("LIMB:2"), DecidedBy::Exact),
        ("BIG-HANDS", Some("LIMB:2"), DecidedBy::Exact),
        ("abnormal hands", Some("LIMB:1"), DecidedBy::Retrieval),
        ("smal hand", Some("LIMB:3"), DecidedBy::Retrieval),
        // A name of two concepts decides nothing by itself.
        ("shaking", Some("LIMB:4"), DecidedBy::Retrieval),
        ("?!", None, DecidedBy::None),
        ("", None, DecidedBy::None),
    ] {
        let answer = normalizer.normalize_by_retrieval(Mention::new(mention));
        assert_eq!((id(&answer), answer.decided_by), (expected, by), "{mention}");
    }
}

#[test]
fn an_identifier_is_looked_up_and_not_read_as_words() {
    let folder = tempfile::tempdir().unwrap();
    let normalizer = normalizer(&index(folder.path()), &Options::default());
    for (mention, expected) in [("LIMB:3", Some("LIMB:3")), ("LIMB:6", Some("LIMB:2")), ("HP:0001250", None)] {
        assert_eq!(id(&normalizer.normalize_by_retrieval(Mention::new(mention))), expected, "{mention}");
    }
}

#[test]
fn retired_concepts_are_never_candidates() {
    let folder = tempfile::tempdir().unwrap();
    let answer =
        normalizer(&index(folder.path()), &Options::default()).normalize_by_retrieval(Mention::new("huge hands"));
    assert_eq!(answer.candidates.iter().filter(|candidate| candidate.id.as_str() == "LIMB:6").count(), 0);
    assert!(!answer.candidates.is_empty());
}

#[test]
fn every_answer_is_one_of_its_candidates_and_a_row_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    for only in [None, Some(Channel::Exact), Some(Channel::Lexical), Some(Channel::Vector)] {
        let normalizer = normalizer(&index, &Options { only, ..Options::default() });
        for mention in ["big hands", "small hands", "tremors", "xyzzy"] {
            let answer = normalizer.normalize_by_retrieval(Mention::new(mention));
            let mut row = Vec::new();
            json::write_row(&mut row, &answer, false, &[]).unwrap();
            let row: serde_json::Value = serde_json::from_slice(&row).unwrap();
            assert_eq!(row["mention"], mention);
            assert_eq!(row["id"], row["candidates"][0]["id"]);
            assert_eq!(row["ontology"], serde_json::json!({"name": "limbs", "version": "2026-01-15"}));
        }
    }
}

/// The answers of an index of the sample to 1,000 of its names, each without one of its letters.
fn answers(deterministic: bool) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let draft = obo::read(sample::bytes(), "sample.obo").unwrap();
    let ontology = Ontology::assemble(draft, sample::NAME, "sample.obo").unwrap();
    let index = build(&ontology, folder.path(), GraphParameters { deterministic, ..GraphParameters::default() });
    let normalizer = normalizer(&index, &Options::default());
    let names = ontology.live().flat_map(|concept| &concept.names).enumerate();
    let mentions = names.take(1000).map(|(at, name)| {
        let skipped = at % name.text.chars().count();
        name.text
            .chars()
            .enumerate()
            .filter(|(place, _)| *place != skipped)
            .map(|(_, letter)| letter)
            .collect::<String>()
    });
    mentions
        .map(|mention| normalizer.normalize_by_retrieval(Mention::new(mention)).candidates)
        .map(|candidates| {
            candidates.iter().map(|candidate| format!("{} {:.6}", candidate.id, candidate.score)).collect()
        })
        .collect()
}

#[test]
fn the_same_source_and_options_give_the_same_answers() {
    let first = answers(true);
    assert_eq!(first.len(), 1000);
    assert_eq!(first, answers(true));
    // Vectors inserted by several threads at once: the graph may differ, what it finds hardly.
    let (mut same, mut all) = (0, 0);
    for (one, other) in first.iter().zip(answers(false)) {
        all += one.len();
        same += one.iter().filter(|candidate| other.contains(candidate)).count();
    }
    assert!(same * 100 >= all * 99, "{same} of {all} candidates");
}

#[test]
fn a_channel_asked_alone_ranks_alone() {
    let text = "[Term]\nid: X:1\nname: Tremor of hand\n\n[Term]\nid: X:2\nname: Hand tremor\n\n\
                [Term]\nid: X:3\nname: Fine shaking\nis_a: X:1\n\n[Term]\nid: X:4\nname: Coarse shaking\nis_a: X:1\n";
    let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x.obo").unwrap(), "x", "x.obo").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let index = build(&ontology, folder.path(), GraphParameters::default());
    let options = Options { only: Some(Channel::Exact), ..Options::default() };
    let answer = normalizer(&index, &options).normalize_by_retrieval(Mention::new("hand tremor"));
    // That X:1 has narrower concepts counts for nothing here: its name is not the mention's, only its words are.
    assert_eq!(answer.candidates.iter().map(|candidate| candidate.id.as_str()).collect::<Vec<_>>(), ["X:2", "X:1"]);
}

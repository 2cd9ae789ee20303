//! Mappings as they are made of answers, and as they are written.

use std::sync::Arc;

use super::*;
use crate::normalize::{Error, Judgement, Outcome, Qualifiers};
use crate::retrieve::{Candidate, Mention, Ranks, Scores, Tie};

fn answered(scope: Scope, ranks: Ranks) -> Normalization {
    let candidate = Candidate {
        id: Curie::parse("HP:0001250").unwrap(),
        label: "Seizure".into(),
        name: "Fits".into(),
        scope,
        kind: None,
        language: None,
        ontology: None,
        score: 0.5,
        ranks,
        scores: Scores::default(),
    };
    Normalization {
        mention: Mention::new("fits"),
        outcome: Outcome::Chosen(0),
        candidates: vec![candidate],
        confidence: Some(0.87654),
        tie: None,
        group: None,
        ontology: Arc::new(OntologyTag { name: "hp".into(), version: Some("2024-08-13".into()) }),
        decided_by: DecidedBy::Retrieval,
        judgement: None,
        qualifiers: Qualifiers::default(),
        parts: Vec::new(),
        references: Vec::new(),
    }
}

fn ranks(exact: Option<u32>, lexical: Option<u32>, vector: Option<u32>) -> Ranks {
    Ranks { exact, lexical, vector, dense: None }
}

fn set() -> MappingSet {
    MappingSet {
        id: "https://example.org/set".into(),
        license: UNSPECIFIED_LICENSE.into(),
        ontologies: vec![OntologyTag { name: "hp".into(), version: Some("2024-08-13".into()) }],
        prefixes: prefixes(["HP:0001250", "HP:0000001"]),
        date: "2026-11-23".into(),
    }
}

fn row(normalization: &Normalization) -> String {
    let mut out = Vec::new();
    Mapping::of(normalization).unwrap().write(&set(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn an_equal_name_is_an_exact_match() {
    let row = row(&answered(Scope::Exact, ranks(Some(1), Some(1), Some(1))));
    let expected = "fits\tskos:exactMatch\tHP:0001250\tSeizure\tsemapv:LexicalMatching\t\t0.877\t\
        oboInOwl:hasExactSynonym\tFits\t0.5\tterm2id ranking score\t\n";
    assert_eq!(row, expected);
}

#[test]
fn the_scope_and_the_likeness_of_the_name_make_the_predicate() {
    let predicate = |scope, exact| Mapping::of(&answered(scope, ranks(exact, None, Some(1)))).unwrap().predicate;
    let equal = Scope::ALL.map(|scope| predicate(scope, Some(1)).as_str());
    let others = ["skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch"];
    assert_eq!(equal[..2], ["skos:exactMatch"; 2]);
    assert_eq!(equal[2..], others);
    let similar = Scope::ALL.map(|scope| predicate(scope, None).as_str());
    assert_eq!(similar[..2], ["skos:closeMatch"; 2]);
    assert_eq!(similar[2..], others);
    let mut tied = answered(Scope::Label, ranks(Some(1), None, None));
    tied.tie = Some(Tie { shared_name: None, words: Vec::new() });
    assert_eq!(Mapping::of(&tied).unwrap().predicate, Predicate::Close);
}

#[test]
fn who_found_the_name_is_the_justification() {
    let justification = |exact, lexical, vector| {
        Mapping::of(&answered(Scope::Label, ranks(exact, lexical, vector))).unwrap().justification
    };
    assert_eq!(justification(Some(1), Some(1), Some(1)), Justification::Lexical);
    assert_eq!(justification(Some(2), None, None), Justification::LexicalSimilarity);
    assert_eq!(justification(None, Some(3), None), Justification::LexicalSimilarity);
    assert_eq!(justification(None, None, Some(3)), Justification::SemanticSimilarity);
    assert_eq!(justification(None, Some(3), Some(3)), Justification::Composite);
}

#[test]
fn a_similar_synonym_is_named_and_is_no_string_in_common() {
    let mapping = Mapping::of(&answered(Scope::Narrow, ranks(None, Some(1), Some(1)))).unwrap();
    assert_eq!(mapping.comment.as_deref(), Some("similar to the synonym `Fits`"));
    assert!(row(&answered(Scope::Narrow, ranks(None, Some(1), Some(1)))).contains("hasNarrowSynonym\t\t0.5"));
}

#[test]
fn no_match_is_a_mapping_and_a_failure_is_none() {
    let mut answer = answered(Scope::Label, ranks(None, Some(1), Some(1)));
    (answer.outcome, answer.decided_by) = (Outcome::NoMatch, DecidedBy::None);
    let expected =
        "fits\tskos:exactMatch\tsssom:NoTermFound\t\tsemapv:CompositeMatching\t\t\t\t\t\t\tnot sure enough\n";
    assert_eq!(row(&answer), expected);
    answer.mention = Mention::new(" ");
    assert_eq!(Mapping::of(&answer), None);
    answer.mention = Mention::new("fits");
    (answer.outcome, answer.decided_by) = (Outcome::Failed(Error::TooLong { bytes: 9 }), DecidedBy::Error);
    assert_eq!(Mapping::of(&answer), None);
}

#[test]
fn a_models_part_is_stated() {
    let mut answer = answered(Scope::Exact, ranks(Some(1), None, None));
    answer.decided_by = DecidedBy::Model;
    let reason = "It is\nthe \"same\".".to_owned();
    answer.judgement = Some(Judgement { reason, model: "m".into(), prompt_hash: "h".into(), names: Vec::new() });
    let row = row(&answer);
    assert!(row.contains("\tsemapv:CompositeMatching\t\t0.877\t"), "{row}");
    let comment = "\t\"m chose it among the candidates it was offered: It is the \"\"same\"\". (prompt h)\"\n";
    assert!(row.ends_with(comment), "{row}");
    answer.outcome = Outcome::NoMatch;
    let mapping = Mapping::of(&answer).unwrap();
    assert!(mapping.comment.unwrap().starts_with("m chose none of the candidates it was offered"));
    assert_eq!(mapping.confidence, Some(0.87654));
}

#[test]
fn a_row_is_one_line_without_formulas() {
    let mut answer = answered(Scope::Label, ranks(Some(1), None, None));
    for (mention, cell) in [
        ("=1\t+1\n", "'=1 +1 \t"),
        ("#1 digit", "\"#1 digit\"\t"),
        ("5\" long", "\"5\"\" long\"\t"),
        ("-1", "-1\t"),
        ("NA", "NA \t"),
        ("NAT", "NAT\t"),
    ] {
        answer.mention = Mention::new(mention);
        let row = row(&answer);
        assert!(row.starts_with(cell) && row.lines().count() == 1, "{row:?}");
    }
}

#[test]
fn the_header_says_what_all_rows_have_in_common() {
    let mut out = Vec::new();
    set().write_header(&mut out).unwrap();
    let expected = "#sssom_version: \"1.1\"\n#curie_map:\n#  HP: \"http://purl.obolibrary.org/obo/HP_\"\n\
        #  obo: \"http://purl.obolibrary.org/obo/\"\n";
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with(expected), "{text}");
    for line in [
        "#object_source: \"obo:hp.owl\"",
        "#object_source_version: \"2024-08-13\"",
        "#subject_type: \"rdfs literal\"",
        "#mapping_date: \"2026-11-23\"",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}: {text}");
    }
    assert_eq!(text.lines().last().unwrap().split('\t').count(), COLUMNS.len() - 2);
}

#[test]
fn of_several_ontologies_each_row_says_its_own() {
    let tag = |name: &str, version: &str| OntologyTag { name: name.into(), version: Some(version.into()) };
    let (phenotypes, genes) = (tag("hp", "2024-08-13"), tag("hgnc", "2024-10"));
    let set = MappingSet { ontologies: vec![phenotypes.clone(), genes], ..set() };
    let mut answer = answered(Scope::Label, ranks(Some(1), None, None));
    answer.candidates[0].ontology = Some(Arc::new(phenotypes));
    let mut out = Vec::new();
    set.write_header(&mut out).unwrap();
    Mapping::of(&answer).unwrap().write(&set, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        !text.contains("#object_source") && text.contains("#  bioregistry: ") && text.contains("#  obo: "),
        "{text}"
    );
    let lines: Vec<Vec<&str>> = text.lines().rev().take(2).map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[1], COLUMNS);
    assert_eq!(lines[0][6..8], ["obo:hp.owl", "2024-08-13"]);
}

#[test]
fn every_identifier_has_a_prefix() {
    let all = prefixes(["HGNC:5", "LIMB:1", "http://a.org/x#1", "https://b.org/y/2", "http://a.org/x#2", "EFO:1"]);
    let expected = [
        ("EFO", "http://www.ebi.ac.uk/efo/EFO_"),
        ("HGNC", "https://bioregistry.io/hgnc:"),
        ("LIMB", "https://bioregistry.io/limb:"),
        ("ns1", "http://a.org/x#"),
        ("ns2", "https://b.org/y/"),
    ];
    assert_eq!(all, expected.map(|(prefix, address)| (prefix.to_owned(), address.to_owned())));
    let set = MappingSet { prefixes: all, ..set() };
    assert_eq!(set.contracted(&Curie::parse("http://a.org/x#2").unwrap()), "ns1:2");
    let named = |name: &str, prefixes: &[&str]| {
        let prefixes = prefixes.iter().map(|&prefix| (prefix.to_owned(), String::new())).collect();
        let ontology = OntologyTag { name: name.into(), version: None };
        MappingSet { ontologies: vec![ontology.clone()], prefixes, ..set.clone() }.source(&ontology).join(":")
    };
    assert_eq!(named("mine", &["MONDO"]), "obo:mondo.owl");
    assert_eq!(named("hgnc", &["HGNC"]), "bioregistry:hgnc");
    assert_eq!(named("Limbs", &["LIMB"]), "bioregistry:limbs");
    assert_eq!(named("both", &["HP", "GO"]), "bioregistry:both");
}

#[test]
fn what_is_negated_or_sided_or_one_of_several_is_no_exact_match() {
    let exact = || answered(Scope::Label, ranks(Some(1), None, None));
    let mut negated = exact();
    negated.qualifiers.negation = Some("no".into());
    let mapping = Mapping::of(&negated).unwrap();
    assert_eq!(
        (mapping.predicate, mapping.comment.unwrap()),
        (Predicate::Related, "the phrase negates it by `no`".into())
    );
    let mut sided = exact();
    sided.qualifiers.side = Some(crate::normalize::Side::Left);
    assert_eq!(Mapping::of(&sided).unwrap().predicate, Predicate::Broad);
    let mut several = exact();
    (several.outcome, several.decided_by) = (Outcome::Composite, DecidedBy::Parts);
    several.mention = Mention::new("fits and faints");
    several.parts = vec![exact(), negated];
    several.qualifiers.severity = Some(crate::normalize::Severity::Mild);
    let mappings = Mapping::all(&several);
    assert!(mappings.len() == 2 && mappings.iter().all(|mapping| mapping.subject_label == "fits and faints"));
    assert!(mappings.iter().all(|mapping| mapping.predicate == Predicate::Related));
    assert!(mappings[1].comment.as_ref().unwrap().contains("negates it by `no`"));
    assert!(mappings.iter().all(|mapping| mapping.comment.as_ref().unwrap().contains("how severe: mild")));
    assert_eq!(Mapping::all(&exact()).len(), 1);
}

//! The readers on real releases, where the folder of shared data lies beside the checkout, and against fastobo.

#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use term2id::ontology::rdf::{self, Syntax};
use term2id::ontology::{Concept, Curie, Draft, Name, Ontology, Scope, obo, obographs, table};

/// A file of the shared data, unpacked; says so where it is missing.
fn shared(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ontologies").join(name);
    let Ok(mut bytes) = fs_err::read(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    };
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let packed = std::mem::take(&mut bytes);
        flate2::read::MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("the file unpacks");
    }
    Some(bytes)
}

fn assemble(draft: Draft, name: &str) -> Ontology {
    Ontology::assemble(draft, name, name).expect("the file holds concepts")
}

#[derive(Debug, PartialEq, Eq)]
struct Counts {
    live: usize,
    exact: usize,
    related: usize,
    broad: usize,
    narrow: usize,
    retired: usize,
    alternative_ids: usize,
}

fn count(ontology: &Ontology) -> Counts {
    let of = |scope| ontology.live().flat_map(Concept::synonyms).filter(|name| name.scope == scope).count();
    Counts {
        live: ontology.live().count(),
        exact: of(Scope::Exact),
        related: of(Scope::Related),
        broad: of(Scope::Broad),
        narrow: of(Scope::Narrow),
        retired: ontology.concepts().len() - ontology.live().count(),
        alternative_ids: ontology.concepts().iter().map(|concept| concept.alternative_ids.len()).sum(),
    }
}

const HP: Counts = Counts {
    live: 18_988,
    exact: 20_986,
    related: 1_451,
    broad: 521,
    narrow: 463,
    retired: 446,
    alternative_ids: 3_826,
};

#[test]
fn hp_as_obo_has_its_counts() {
    let Some(bytes) = shared("hp.obo") else { return };
    let draft = obo::read(&bytes, "hp.obo").unwrap();
    assert_eq!((draft.name.as_deref(), draft.version.as_deref()), (Some("hp"), Some("2024-08-13")));
    let ontology = assemble(draft, "hp");
    assert_eq!(count(&ontology), HP);
    assert_eq!(ontology.oddities(), []);
}

#[test]
fn hp_as_json_has_its_counts() {
    let Some(bytes) = shared("hp.json.gz") else { return };
    let draft = obographs::read(&bytes, "hp.json").unwrap();
    assert_eq!((draft.name.as_deref(), draft.version.as_deref()), (Some("hp"), Some("2024-08-13")));
    let ontology = assemble(draft, "hp");
    assert_eq!(count(&ontology), HP);
    assert_eq!(ontology.oddities(), []);
}

#[test]
fn go_has_its_counts() {
    let Some(bytes) = shared("go.obo") else { return };
    let ontology = assemble(obo::read(&bytes, "go.obo").unwrap(), "go");
    let expected = Counts {
        live: 42_255,
        exact: 47_669,
        related: 28_473,
        broad: 2_228,
        narrow: 7_202,
        retired: 5_372,
        alternative_ids: 1_685,
    };
    assert_eq!(count(&ontology), expected);
    assert_eq!(ontology.oddities(), []);
}

#[test]
fn mondo_has_its_counts() {
    let Some(bytes) = shared("mondo.obo") else { return };
    let ontology = assemble(obo::read(&bytes, "mondo.obo").unwrap(), "mondo");
    let expected =
        Counts { live: 32_102, exact: 84_084, related: 401, broad: 0, narrow: 0, retired: 3_978, alternative_ids: 0 };
    assert_eq!(count(&ontology), expected);
    assert_eq!(ontology.oddities(), []);
}

/// The parts of a concept that both files of the shared data hold: its OBO file was written without the other
/// synonym types, without `consider`, with the last `replaced_by` alone and with definitions on one line.
fn common(concept: &Concept) -> impl PartialEq + std::fmt::Debug {
    let names: BTreeMap<(String, Scope, Option<String>), usize> =
        concept.names.iter().cloned().fold(BTreeMap::new(), |mut names, Name { text, scope, kind, .. }| {
            *names.entry((text, scope, kind.filter(|kind| kind == "layperson"))).or_default() += 1;
            names
        });
    let alternative_ids: BTreeSet<Curie> = concept.alternative_ids.iter().cloned().collect();
    let retirement = concept.retirement.as_ref().map(|retirement| retirement.replaced_by.last().cloned());
    let definition = concept.definition.as_deref().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let relations = (concept.parents.clone(), alternative_ids, retirement, concept.xrefs.clone());
    (concept.id.clone(), names, definition, relations)
}

#[test]
fn hp_as_obo_and_as_json_are_the_same() {
    let (Some(lines), Some(json)) = (shared("hp.obo"), shared("hp.json.gz")) else { return };
    let lines = assemble(obo::read(&lines, "hp.obo").unwrap(), "hp");
    let json = assemble(obographs::read(&json, "hp.json").unwrap(), "hp");
    assert_eq!(lines.concepts().len(), json.concepts().len());
    for (one, other) in lines.concepts().iter().zip(json.concepts()) {
        assert_eq!(common(one), common(other));
    }
}

#[test]
fn hgnc_has_its_counts() {
    let Some(bytes) = shared("hgnc_complete_set.txt") else { return };
    let draft = table::read(&bytes, "hgnc_complete_set.txt", &table::Options::default()).unwrap();
    let ontology = assemble(draft, "hgnc");
    assert_eq!(ontology.live().count(), 43_882);
    assert_eq!(ontology.concepts().len(), 43_882);
    assert_eq!(ontology.live().flat_map(Concept::synonyms).count(), 149_099);
    assert_eq!(ontology.oddities(), []);
    let concept = ontology.get(&Curie::parse("HGNC:11998").unwrap()).unwrap();
    assert_eq!(concept.label(), "TP53");
    assert_eq!(
        concept.xrefs,
        [
            "NCBIGene:7157",
            "ensembl:ENSG00000141510",
            "RefSeq:NM_000546",
            "UniProtKB:P04637",
            "OMIM:191170",
            "Orphanet:120204"
        ]
    );
}

#[test]
fn a_table_of_ids_and_labels_has_one_name_a_row() {
    let Some(bytes) = shared("hgnc_symbol_only.terms.tsv") else { return };
    let draft = table::read(&bytes, "hgnc_symbol_only.terms.tsv", &table::Options::default()).unwrap();
    let rows = String::from_utf8(bytes).unwrap().lines().count() - 1;
    let ontology = assemble(draft, "hgnc");
    assert_eq!(ontology.concepts().iter().map(|concept| concept.names.len()).sum::<usize>(), rows);
    assert_eq!(ontology.oddities(), []);
}

#[test]
fn a_slice_of_pr_has_its_counts() {
    let Some(bytes) = shared("pr_import.owl.gz") else { return };
    let draft = rdf::read(bytes.as_slice(), Syntax::Xml, "pr_import.owl").unwrap();
    assert_eq!((draft.name.as_deref(), draft.version.as_deref()), (Some("pr_import"), Some("2025-10-20")));
    let ontology = assemble(draft, "pr");
    // 372 classes, of which 9 are neither described nor a parent.
    let counts = Counts { live: 363, exact: 1_151, related: 332, broad: 32, narrow: 7, retired: 0, alternative_ids: 0 };
    assert_eq!(count(&ontology), counts);
    assert_eq!(ontology.live().map(|concept| concept.parents.len()).sum::<usize>(), 410);
    assert_eq!(ontology.live().filter(|concept| concept.definition.is_some()).count(), 361);
    let of_kind =
        |kind| ontology.live().flat_map(Concept::synonyms).filter(|name| name.kind.as_deref() == Some(kind)).count();
    assert_eq!((of_kind("pro-short-label"), of_kind("gene-based")), (292, 298));
    assert_eq!(ontology.oddities().len(), 3, "{:?}", ontology.oddities());
}

#[test]
fn french_synonyms_of_hp_have_their_language() {
    let Some(bytes) = shared("hp-fr.synonyms.owl.gz") else { return };
    let draft = rdf::read(bytes.as_slice(), Syntax::Xml, "hp-fr.synonyms.owl").unwrap();
    assert_eq!(draft.concepts.len(), 8_087);
    assert_eq!(draft.oddities, []);
    let names: Vec<&Name> = draft.concepts.iter().flat_map(|(_, concept)| &concept.names).collect();
    assert_eq!(names.len(), 10_677);
    assert!(names.iter().all(|name| name.scope == Scope::Exact && name.language.as_deref() == Some("fr")));
    let (line, concept) = &draft.concepts[0];
    assert_eq!((*line, concept.id.as_str()), (47, "HP:0000003"));
    assert_eq!(concept.names[0].text, "Dysplasie r\u{e9}nale polykystique");
}

#[test]
fn one_ontology_is_the_same_in_every_syntax() {
    let assembled = |draft: Draft| {
        assert_eq!((draft.name.as_deref(), draft.version.as_deref()), (Some("limbs"), Some("2026-01-15")));
        let mut concepts = assemble(draft, "limbs").concepts().to_vec();
        for concept in &mut concepts {
            concept.names.sort_by(|one, other| one.text.cmp(&other.text));
        }
        concepts
    };
    let obo = assembled(obo::read(include_bytes!("fixtures/limbs.obo"), "limbs.obo").unwrap());
    let turtle = include_str!("fixtures/limbs.ttl");
    for (text, syntax) in [
        (include_str!("fixtures/limbs.owl"), Syntax::Xml),
        (turtle, Syntax::Turtle),
        (include_str!("fixtures/limbs.nt"), Syntax::Turtle),
        (include_str!("fixtures/limbs.ofn"), Syntax::Functional),
    ] {
        let read = rdf::read(text.as_bytes(), syntax, "limbs").unwrap();
        assert_eq!(read.oddities, []);
        assert_eq!(assembled(read), obo, "{syntax:?}");
    }
    let line = turtle.lines().position(|line| line.starts_with(":LIMB_0000008 ")).map(|at| at + 1);
    let read = rdf::read(turtle.as_bytes(), Syntax::Turtle, "limbs").unwrap();
    assert_eq!(read.concepts.iter().find(|(_, concept)| concept.id.local() == "0000008").map(|(line, _)| *line), line);
}

#[test]
fn a_thesaurus_is_read() {
    let text = include_bytes!("fixtures/limbs.skos.ttl");
    let draft = rdf::read(text.as_slice(), Syntax::Turtle, "limbs.skos.ttl").unwrap();
    assert_eq!((draft.name.as_deref(), draft.version.as_deref()), (Some("limbs"), Some("2.1")));
    let ontology = assemble(draft, "limbs");
    assert_eq!(ontology.oddities(), []);
    let get = |id: &str| ontology.get(&Curie::parse(id).unwrap()).unwrap();
    let parents = |id: &str| get(id).parents.iter().map(Curie::to_string).collect::<Vec<_>>();
    assert_eq!(parents("LIMB:0000002"), ["LIMB:0000001"]);
    assert_eq!(parents("LIMB:0000003"), ["LIMB:0000002"]);
    assert_eq!(get("LIMB:0000001").label(), "Abnormality of the limbs");
    assert_eq!(get("LIMB:0000002").names[2].kind.as_deref(), Some("notation"));
    assert_eq!(get("LIMB:0000006").label(), "Abnormality of the foot");
    let hands = get("LIMB:0000003");
    let names: Vec<_> =
        hands.names.iter().map(|name| (name.text.as_str(), name.scope, name.language.as_deref())).collect();
    assert_eq!(
        names,
        [
            ("Large hands", Scope::Label, Some("en-us")),
            ("Grandes mains", Scope::Exact, Some("fr-ca")),
            ("Gro\u{df}e H\u{e4}nde", Scope::Exact, Some("de")),
            ("Big hands", Scope::Exact, Some("en")),
            ("Lage hands", Scope::Exact, None),
            ("Macromanus", Scope::Exact, Some("la")),
        ]
    );
    assert_eq!(hands.names[4].kind.as_deref(), Some("hidden"));
    assert_eq!(hands.definition.as_deref(), Some("Hands that are longer than most."));
    assert_eq!(hands.xrefs, ["HP:0001176"]);
}

#[test]
fn a_cycle_of_broader_concepts_loses_an_edge_and_says_where() {
    let text = "@prefix s: <http://www.w3.org/2004/02/skos/core#> .\n\n\
        <http://x/1> a s:Concept ; s:prefLabel \"a\" ; s:broader <http://x/2> .\n\
        <http://x/2> a s:Concept ; s:prefLabel \"b\" ; s:broader <http://x/1> .\n";
    let ontology = assemble(rdf::read(text.as_bytes(), Syntax::Turtle, "x.ttl").unwrap(), "x");
    assert_eq!(ontology.live().count(), 2);
    let oddities: Vec<_> = ontology.oddities().iter().map(|oddity| (oddity.line, oddity.message.as_str())).collect();
    assert_eq!(oddities, [(4, "the parent `http://x/1` of `http://x/2` closes a cycle; edge left out")]);
}

/// Identifier -> names with scope and type, sorted, and parents, sorted.
type Terms = BTreeMap<String, (Vec<(String, Scope, Option<String>)>, Vec<String>)>;

fn as_fastobo_reads_it(text: &str) -> Terms {
    use fastobo::ast::{EntityFrame, SynonymScope, TermClause};
    let document = fastobo::from_str(text).expect("the fixture is clean");
    let frames = document.entities().iter().filter_map(|entity| match entity {
        EntityFrame::Term(frame) => Some(frame),
        _ => None,
    });
    let mut terms = Terms::new();
    for frame in frames {
        let (names, parents) = terms.entry(frame.id().as_inner().to_string()).or_default();
        for clause in frame.clauses() {
            match clause.as_inner() {
                TermClause::Name(name) => names.push((name.as_str().to_owned(), Scope::Label, None)),
                TermClause::Synonym(synonym) => {
                    let scope = match synonym.scope() {
                        SynonymScope::Exact => Scope::Exact,
                        SynonymScope::Narrow => Scope::Narrow,
                        SynonymScope::Broad => Scope::Broad,
                        SynonymScope::Related => Scope::Related,
                    };
                    let kind = synonym.ty().map(|kind| kind.to_string().to_lowercase());
                    names.push((synonym.description().as_str().to_owned(), scope, kind));
                }
                TermClause::IsA(parent) => parents.push(parent.to_string()),
                _ => {}
            }
        }
        names.sort();
        parents.sort();
    }
    terms
}

#[test]
fn our_reader_and_fastobo_agree_on_a_clean_file() {
    let text = include_str!("fixtures/clean.obo");
    let draft = obo::read(text.as_bytes(), "clean.obo").unwrap();
    assert_eq!(draft.oddities, []);
    let ours: Terms = draft
        .concepts
        .into_iter()
        .map(|(_, concept)| {
            let names = concept.names.into_iter().map(|name| (name.text, name.scope, name.kind));
            let parents = concept.parents.iter().map(ToString::to_string);
            let (mut names, mut parents): (Vec<_>, Vec<_>) = (names.collect(), parents.collect());
            names.sort();
            parents.sort();
            (concept.id.to_string(), (names, parents))
        })
        .collect();
    assert_eq!(ours, as_fastobo_reads_it(text));
    assert_eq!(ours.len(), 9);
}

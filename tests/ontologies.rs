//! The readers on real releases, where the folder of shared data lies beside the checkout, and against fastobo.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use term2id::ontology::{Concept, Curie, Draft, Name, Ontology, Scope, obo, obographs};

/// A file of the shared data, unpacked; says so where it is missing.
fn shared(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ontologies").join(name);
    let Ok(mut bytes) = fs_err::read(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    };
    if name.ends_with(".gz") {
        let packed = std::mem::take(&mut bytes);
        flate2::read::MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
    }
    Some(bytes)
}

fn assemble(draft: Draft, name: &str) -> Ontology {
    Ontology::assemble(draft, name, name).unwrap()
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
    let start = std::time::Instant::now();
    let draft = obo::read(&bytes, "hp.obo").unwrap();
    eprintln!("read in {:?}", start.elapsed());
    assert_eq!((draft.name.as_deref(), draft.version.as_deref()), (Some("hp"), Some("2024-08-13")));
    let ontology = assemble(draft, "hp");
    assert_eq!(count(&ontology), HP);
    assert_eq!(ontology.oddities(), []);
}

#[test]
fn hp_as_json_has_its_counts() {
    let Some(bytes) = shared("hp.json.gz") else { return };
    let start = std::time::Instant::now();
    let draft = obographs::read(&bytes, "hp.json").unwrap();
    eprintln!("read in {:?}", start.elapsed());
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
        concept.names.iter().cloned().fold(BTreeMap::new(), |mut names, Name { text, scope, kind }| {
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

//! Where identifiers lead that are of another vocabulary.

use std::collections::{BTreeMap, HashSet};

use crate::ontology::{Curie, Ontology, xref};

/// What is known of an ontology's identifiers and of those it refers to.
pub(super) struct Resolver {
    /// Prefixes of its own concepts.
    prefixes: HashSet<String>,
    /// Where the live concepts stand that refer to each identifier, once that was asked for.
    referring: Option<BTreeMap<String, Vec<u32>>>,
}

impl Resolver {
    pub(super) fn new(ontology: &Ontology) -> Self {
        let prefixes = ontology.concepts().iter().map(|concept| concept.id.prefix().to_owned()).collect();
        Self { prefixes, referring: None }
    }

    /// Whether an identifier is written as this ontology's are.
    pub(super) fn is_ours(&self, id: &Curie) -> bool {
        self.prefixes.contains(id.prefix())
    }

    /// The live concepts of `ontology` that have a cross-reference to `id`.
    pub(super) fn referring(&mut self, ontology: &Ontology, id: &Curie) -> Vec<Curie> {
        let concepts = ontology.concepts();
        let referring = self
            .referring
            .get_or_insert_with(|| xref::referring((0..).zip(concepts).filter(|(_, concept)| !concept.is_retired())));
        let found = xref::keys(id.as_str()).find_map(|key| referring.get(&key));
        found.into_iter().flatten().map(|&at| concepts[at as usize].id.clone()).collect()
    }
}

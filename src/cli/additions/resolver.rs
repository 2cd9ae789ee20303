//! Where identifiers lead that are of another vocabulary.

use std::collections::{HashMap, HashSet};

use crate::ontology::{Curie, Ontology, xref};

/// What is known of an ontology's identifiers and of those it refers to.
pub(super) struct Resolver {
    /// Prefixes of its own concepts.
    prefixes: HashSet<String>,
    /// The live concepts that refer to each identifier, once that was asked for.
    referring: Option<HashMap<String, Vec<Curie>>>,
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
        let referring = self.referring.get_or_insert_with(|| {
            let mut referring: HashMap<String, Vec<Curie>> = HashMap::new();
            for concept in ontology.live() {
                for key in concept.xrefs.iter().filter_map(|xref| xref::key(xref)) {
                    let concepts = referring.entry(key).or_default();
                    if concepts.last() != Some(&concept.id) {
                        concepts.push(concept.id.clone());
                    }
                }
            }
            referring
        });
        xref::keys(id.as_str()).find_map(|key| referring.get(&key)).cloned().unwrap_or_default()
    }
}

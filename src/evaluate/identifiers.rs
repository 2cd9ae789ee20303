//! What an identifier leads to in the ontology of the index, and how two concepts are related.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::ontology::{Curie, Ontology, Resolution};

/// The identifiers of an ontology.
///
/// Where an ontology is a nomenclature, as HGNC's is, people and models answer with symbols: a text that is the label of
/// one concept, letter by letter, is taken for its identifier.
#[derive(Debug, Clone)]
pub struct Identifiers {
    ontology: Arc<Ontology>,
    /// `None` where several concepts have the label.
    by_label: HashMap<String, Option<Curie>>,
    prefixes: HashSet<String>,
}

/// What a text that should be an identifier is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The identifier of a live concept, in its preferred spelling, or a live concept's own label.
    Live(Curie),
    /// Retired or merged; the live concept it leads to, where there is exactly one.
    Obsolete(Option<Curie>),
    /// Well formed, and of no concept.
    Unknown,
    /// No identifier.
    Malformed,
}

/// How a concept is related to a gold one; the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// Right above it.
    Parent,
    /// Right below it.
    Child,
    /// Another child of one of its parents.
    Sibling,
    /// None of these.
    Unrelated,
}

impl Identifiers {
    /// Those of `ontology`.
    pub fn new(ontology: Arc<Ontology>) -> Self {
        let mut by_label: HashMap<String, Option<Curie>> = HashMap::new();
        let mut prefixes = HashSet::new();
        for concept in ontology.concepts() {
            prefixes.insert(concept.id.prefix().to_owned());
            if !concept.is_retired() {
                let id = Some(concept.id.clone());
                by_label.entry(concept.label().to_owned()).and_modify(|known| *known = None).or_insert(id);
            }
        }
        Self { ontology, by_label, prefixes }
    }

    /// The ontology.
    pub const fn ontology(&self) -> &Arc<Ontology> {
        &self.ontology
    }

    /// Whether some concept's identifier has this prefix.
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.prefixes.contains(prefix)
    }

    /// What `text` is.
    pub fn standing(&self, text: &str) -> Standing {
        let text = text.trim();
        let Ok(id) = Curie::parse(text) else {
            return match self.by_label.get(text) {
                Some(Some(id)) => Standing::Live(id.clone()),
                _ => Standing::Malformed,
            };
        };
        match self.ontology.resolve(&id) {
            Resolution::Live(concept) => Standing::Live(concept.id.clone()),
            Resolution::Merged(_) | Resolution::Retired(_) => Standing::Obsolete(self.current(&id)),
            Resolution::Unknown => match self.by_label.get(text) {
                Some(Some(id)) => Standing::Live(id.clone()),
                _ => Standing::Unknown,
            },
        }
    }

    /// The live concept that `id` leads to, through merges and replacements; `None` where that is none or several.
    pub fn current(&self, id: &Curie) -> Option<Curie> {
        let mut seen = HashSet::new();
        let mut id = id.clone();
        loop {
            if !seen.insert(id.clone()) {
                return None;
            }
            match self.ontology.resolve(&id) {
                Resolution::Live(concept) => return Some(concept.id.clone()),
                Resolution::Merged(concept) => id = concept.id.clone(),
                Resolution::Retired(concept) => match concept.retirement.as_ref()?.replaced_by.as_slice() {
                    [replacement] => id = replacement.clone(),
                    _ => return None,
                },
                Resolution::Unknown => return None,
            }
        }
    }

    /// How `id` is related to `gold`.
    pub fn relation(&self, id: &Curie, gold: &Curie) -> Relation {
        let parents = |id: &Curie| self.ontology.get(id).map_or(&[][..], |concept| concept.parents.as_slice());
        if parents(gold).contains(id) {
            Relation::Parent
        } else if parents(id).contains(gold) {
            Relation::Child
        } else if parents(id).iter().any(|parent| parents(gold).contains(parent)) {
            Relation::Sibling
        } else {
            Relation::Unrelated
        }
    }
}

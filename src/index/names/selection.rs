//! Which part of an ontology goes into an index.

use std::collections::{BTreeSet, HashSet};

use crate::index::Error;
use crate::ontology::{Concept, Curie, Ontology};

/// Which part of an ontology is indexed.
#[derive(Debug, Default)]
pub struct Selection {
    /// Only this concept and what is below it.
    pub under: Option<Curie>,
    /// Only what is in one of these subsets, where any is given.
    pub subsets: Vec<String>,
    /// Only these concepts.
    pub only: Option<BTreeSet<Curie>>,
    /// Names left out: identifier, and text trimmed and in lower case (see [`Selection::exclude`]).
    pub(super) excluded: HashSet<(Curie, String)>,
}

impl Selection {
    /// Leaves the name `text` of `id` out, compared trimmed and without regard to case.
    pub fn exclude(&mut self, id: Curie, text: &str) {
        self.excluded.insert((id, text.trim().to_lowercase()));
    }

    /// How many (identifier, name) pairs are left out.
    pub fn excluded(&self) -> usize {
        self.excluded.len()
    }

    pub(super) fn keeps(&self, id: &Curie, text: &str) -> bool {
        self.excluded.is_empty() || !self.excluded.contains(&(id.clone(), text.to_lowercase()))
    }

    /// The live concepts that are indexed.
    pub(super) fn concepts<'a>(&self, ontology: &'a Ontology) -> Result<Vec<&'a Concept>, Error> {
        let below = match &self.under {
            None => None,
            Some(root) => {
                let below: HashSet<usize> = ontology.descendants(root).into_iter().collect();
                if below.is_empty() {
                    return Err(Error::UnknownConcept { id: root.clone() });
                }
                Some(below)
            }
        };
        let known: BTreeSet<&str> = if self.subsets.is_empty() {
            BTreeSet::new()
        } else {
            ontology.live().flat_map(Concept::subset_names).collect()
        };
        if let Some(unknown) = self.subsets.iter().find(|subset| !known.contains(subset.as_str())) {
            let known = known.into_iter().map(str::to_owned).collect();
            return Err(Error::UnknownSubset { subset: unknown.clone(), known });
        }
        let is_inside = |position: usize, concept: &'a Concept| {
            below.as_ref().is_none_or(|below| below.contains(&position))
                && self.only.as_ref().is_none_or(|only| only.contains(&concept.id))
                && (self.subsets.is_empty()
                    || concept.subset_names().any(|subset| self.subsets.iter().any(|wanted| wanted == subset)))
        };
        let concepts = ontology.concepts().iter().enumerate();
        let concepts = concepts.filter(|(position, concept)| !concept.is_retired() && is_inside(*position, concept));
        let concepts: Vec<&Concept> = concepts.map(|(_, concept)| concept).collect();
        let is_limited = below.is_some() || self.only.is_some() || !self.subsets.is_empty();
        if is_limited && concepts.is_empty() { Err(Error::NoConcepts) } else { Ok(concepts) }
    }
}

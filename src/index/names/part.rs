//! The part of an index that a query is limited to.

#![expect(
    clippy::cast_possible_truncation,
    reason = "positions are 32 bits wide; Names::write refuses more names than that"
)]

use super::Names;
use crate::index::Error;
use crate::ontology::{Curie, species};

/// Which part of an index is meant; whatever is `None` does not limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Part<'a> {
    /// This concept and what is below it.
    pub under: Option<&'a Curie>,
    /// This namespace.
    pub namespace: Option<&'a str>,
    /// This subset (`slim`) of the ontology.
    pub subset: Option<&'a str>,
}

/// The concepts a query is limited to, and the forms that name one of them.
#[derive(Debug)]
pub struct Subset {
    concepts: Vec<bool>,
    forms: Vec<bool>,
}

impl Subset {
    /// Whether the concept is inside.
    pub fn has_concept(&self, concept: u32) -> bool {
        self.concepts[concept as usize]
    }

    /// Whether the form names a concept inside.
    pub fn has_form(&self, form: u32) -> bool {
        self.forms[form as usize]
    }

    /// How many concepts are inside.
    #[cfg(test)]
    pub(super) fn concepts(&self) -> usize {
        self.concepts.iter().filter(|&&inside| inside).count()
    }
}

impl Names {
    /// The concepts of a part of the index.
    ///
    /// # Errors
    /// Where the index has no such concept, namespace or subset.
    pub fn subset(&self, part: Part<'_>) -> Result<Subset, Error> {
        let mut concepts = vec![true; self.concepts()];
        if let Some(root) = part.under {
            let start = self.concept_id.binary_search(root.as_str());
            let start = start.ok_or_else(|| Error::UnknownConcept { id: root.clone() })?;
            concepts = self.inside(start);
        }
        if let Some(wanted) = part.namespace {
            let position = self.namespace.iter().position(|namespace| namespace == wanted && !wanted.is_empty());
            let position = position.ok_or_else(|| self.unknown_namespace(wanted))?;
            for (inside, &namespace) in concepts.iter_mut().zip(self.concept_namespace.iter()) {
                *inside &= namespace as usize == position;
            }
        }
        if let Some(wanted) = part.subset {
            let position = self.subset.iter().position(|subset| subset == wanted);
            let position = position.ok_or_else(|| Error::UnknownSubset {
                subset: wanted.to_owned(),
                known: self.subsets().map(str::to_owned).collect(),
            })?;
            for (concept, inside) in concepts.iter_mut().enumerate() {
                let of = self.concept_first_subset[concept] as usize..self.concept_first_subset[concept + 1] as usize;
                *inside &= self.concept_subset[of].iter().any(|&subset| subset as usize == position);
            }
        }
        let mut forms = vec![false; self.forms()];
        for (&form, &concept) in self.name_form.iter().zip(self.name_concept.iter()) {
            forms[form as usize] |= concepts[concept as usize];
        }
        Ok(Subset { concepts, forms })
    }

    fn unknown_namespace(&self, wanted: &str) -> Error {
        let (namespace, known) = (wanted.to_owned(), self.namespaces().map(str::to_owned));
        if species::is_namespace(wanted) {
            let known = known.filter(|namespace| species::is_namespace(namespace)).collect();
            return Error::UnknownSpecies { namespace, known };
        }
        Error::UnknownNamespace { namespace, known: known.collect() }
    }

    fn inside(&self, root: usize) -> Vec<bool> {
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.concepts()];
        for concept in 0..self.concepts() as u32 {
            for &parent in self.parents(concept) {
                children[parent as usize].push(concept);
            }
        }
        let mut inside = vec![false; self.concepts()];
        inside[root] = true;
        let mut open = vec![root];
        while let Some(concept) = open.pop() {
            for &child in &children[concept] {
                if !std::mem::replace(&mut inside[child as usize], true) {
                    open.push(child as usize);
                }
            }
        }
        inside
    }
}

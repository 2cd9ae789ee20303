//! The part of an index that is asked: what a retriever is limited to, and within that the species that a mention is of.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Error, Options};
use crate::index::{Names, Part, Subset};
use crate::ontology::{Curie, species};

/// What a retriever is limited to.
pub(super) struct Limited {
    under: Option<Curie>,
    namespace: Option<String>,
    subset: Option<String>,
    /// What all that comes to, for mentions that say nothing of a species.
    usual: Option<Arc<Subset>>,
    /// The same for those that do, by namespace: what was asked for first is forgotten first.
    of_species: Mutex<Vec<(String, Arc<Subset>)>>,
}

/// Species whose genes are remembered: each takes a byte a concept and a byte a form.
const REMEMBERED: usize = 16;

impl Limited {
    /// The part of `names` that the options leave.
    ///
    /// # Errors
    /// Where there is no such concept, namespace or subset.
    pub(super) fn new(names: &Names, options: &Options) -> Result<Self, Error> {
        let limited = Self {
            under: options.under.clone(),
            namespace: options.namespace.clone(),
            subset: options.subset.clone(),
            usual: None,
            of_species: Mutex::default(),
        };
        let is_limited = limited.under.is_some() || limited.namespace.is_some() || limited.subset.is_some();
        let usual = if is_limited { Some(limited.part(names, limited.namespace.as_deref())?) } else { None };
        Ok(Self { usual, ..limited })
    }

    /// What is left for a mention that says nothing of a species; all where that is none.
    pub(super) const fn usual(&self) -> Option<&Arc<Subset>> {
        self.usual.as_ref()
    }

    /// What is left for a mention of this species, which goes before the namespace that all others are limited to.
    ///
    /// # Errors
    /// Where no such species is known, or the index has no gene of it.
    pub(super) fn of(&self, names: &Names, given: Option<&str>) -> Result<Option<Arc<Subset>>, Error> {
        let Some(given) = given else { return Ok(self.usual.clone()) };
        let namespace = species::namespace(given).ok_or_else(|| Error::UnknownSpecies { species: given.to_owned() })?;
        // What is remembered is whole, whichever thread stopped while it held the lock.
        let known = || self.of_species.lock().unwrap_or_else(PoisonError::into_inner);
        let find = |known: &[(String, Arc<Subset>)]| {
            known.iter().find(|(other, _)| *other == namespace).map(|(_, subset)| Arc::clone(subset))
        };
        let found = find(&known());
        if found.is_some() {
            return Ok(found);
        }
        // Without the lock: two threads may look for the same, and find the same.
        let subset = self.part(names, Some(&namespace))?;
        let mut known = known();
        let found = find(&known);
        if found.is_some() {
            return Ok(found);
        }
        if known.len() == REMEMBERED {
            known.remove(0);
        }
        known.push((namespace, Arc::clone(&subset)));
        Ok(Some(subset))
    }

    fn part(&self, names: &Names, namespace: Option<&str>) -> Result<Arc<Subset>, Error> {
        let part = Part { under: self.under.as_ref(), namespace, subset: self.subset.as_deref() };
        Ok(Arc::new(names.subset(part)?))
    }
}

//! Names and the concepts that have them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{Request, Skipped, What};
use crate::evaluate::identifiers::Identifiers;
use crate::ontology::{Concept, Curie, Name, Ontology, Scope};
use crate::text;

/// The names of live concepts.
pub(super) struct Known<'a> {
    /// By their text in lower case; the holders of each in the order of their identifiers.
    by_text: BTreeMap<String, Vec<Holder<'a>>>,
}

/// A concept that has a name.
pub(super) struct Holder<'a> {
    pub(super) id: Curie,
    pub(super) name: &'a Name,
    pub(super) is_labelled: bool,
    namespace: Option<&'a str>,
    is_wanted: bool,
}

/// A text that may become a case.
#[derive(Clone)]
pub(super) struct Candidate<'a> {
    /// As the first of the concepts that are asked for writes it.
    pub(super) text: &'a str,
    /// What it means: the concepts it is a label of, else all that have it.
    pub(super) ids: Vec<Curie>,
    /// The namespace of the first concept that is asked for.
    pub(super) namespace: Option<&'a str>,
    /// All that have it.
    pub(super) holders: &'a [Holder<'a>],
}

impl<'a> Known<'a> {
    /// Those of `ontology`, or of the other one that is requested.
    pub(super) fn of(ontology: &'a Ontology, request: &Request<'a>, skipped: &mut BTreeMap<Skipped, usize>) -> Self {
        let inside: Option<HashSet<usize>> = request.under.map(|id| ontology.descendants(id).into_iter().collect());
        let wanted: HashSet<&Curie> = ontology
            .concepts()
            .iter()
            .enumerate()
            .filter(|(at, _)| inside.as_ref().is_none_or(|inside| inside.contains(at)))
            .map(|(_, concept)| concept)
            .filter(|concept| request.namespace.is_none_or(|wanted| concept.namespace.as_deref() == Some(wanted)))
            .map(|concept| &concept.id)
            .collect();
        let mut known = Self { by_text: BTreeMap::new() };
        let (mut unlabelled, mut unknown) = (0, 0);
        let mut hold = |concept: &'a Concept, live: &'a Concept| {
            let is_labelled = concept.names.iter().any(|name| name.scope == Scope::Label);
            unlabelled += usize::from(!is_labelled && request.what == What::Labels);
            for name in &concept.names {
                let holder = Holder {
                    id: live.id.clone(),
                    name,
                    is_labelled,
                    namespace: live.namespace.as_deref(),
                    is_wanted: wanted.contains(&live.id),
                };
                known.by_text.entry(lower(&name.text)).or_default().push(holder);
            }
        };
        if let Some(source) = request.source {
            let identifiers = Identifiers::new(Arc::new(ontology.clone()));
            for concept in source.live() {
                match identifiers.current(&concept.id).and_then(|id| ontology.get(&id)) {
                    Some(live) => hold(concept, live),
                    None => unknown += concept.names.len(),
                }
            }
        } else {
            ontology.live().for_each(|concept| hold(concept, concept));
        }
        for (reason, number) in [(Skipped::Unlabelled, unlabelled), (Skipped::Unknown, unknown)] {
            if number > 0 {
                *skipped.entry(reason).or_default() += number;
            }
        }
        known
    }

    /// The texts that the requested names have, each once.
    pub(super) fn candidates<'k>(&'k self, request: &Request<'_>) -> Vec<Candidate<'k>> {
        let (labels, synonyms) = match request.what {
            What::Labels => (true, false),
            What::Names => (request.scopes.contains(&Scope::Label), true),
            What::Synonyms => (false, true),
            What::Typos(_) => (true, true),
        };
        let is_requested = |name: &Name| match name.scope {
            Scope::Label => labels,
            scope => {
                let has_kind = || name.kind.as_ref().is_some_and(|kind| request.kinds.contains(kind));
                synonyms && request.scopes.contains(&scope) && (request.kinds.is_empty() || has_kind())
            }
        };
        let candidate = |holders: &'k Vec<Holder<'_>>| {
            let first = holders.iter().find(|holder| holder.is_wanted && is_requested(holder.name))?;
            let is_label = holders.iter().any(|holder| holder.name.scope == Scope::Label);
            let meant = holders.iter().filter(|holder| !is_label || holder.name.scope == Scope::Label);
            let mut ids: Vec<Curie> = meant.map(|holder| holder.id.clone()).collect();
            ids.sort();
            ids.dedup();
            Some(Candidate { text: &first.name.text, ids, namespace: first.namespace, holders })
        };
        self.by_text.values().filter_map(candidate).collect()
    }

    /// The names by their normal form: each text in lower case, with who has it.
    pub(super) fn by_form(&self) -> HashMap<String, Vec<(&str, &[Holder<'_>])>> {
        let mut forms: HashMap<String, Vec<(&str, &[Holder<'_>])>> = HashMap::new();
        for (lower, holders) in &self.by_text {
            forms.entry(text::normal_form(&holders[0].name.text)).or_default().push((lower, holders));
        }
        forms
    }
}

/// What two names share that an exclusion list takes for one.
pub(super) fn lower(text: &str) -> String {
    text.trim().to_lowercase()
}

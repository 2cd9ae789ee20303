//! Holds pairs against ontologies: what is wrong with each, and what would be right.
//!
//! | file | what |
//! |---|---|
//! | `shape.rs` | how identifiers of a prefix are written, and what was meant by others |
//! | `names.rs` | how near a label is to the names of concepts |
//! | `retired.rs` | what was merged, replaced or retired |
//! | `running.rs` | labels at the end of running text |
//! | `told.rs` | the finding that is made of it |

mod names;
mod retired;
mod running;
mod shape;
mod told;

use std::fmt::Write as _;
use std::sync::Arc;

use super::prefixes::Prefixes;
use super::{Error, Extent, Finding, How, Kind, Level, Pair, Suggestion};
use crate::ontology::{Concept, Curie, Name, Ontology, Resolution, Scope, Succession};
use crate::retrieve::{Mention, Retriever};
use crate::text;
use names::{Names, carried, is_same};
use shape::{Shapes, is_usual};
use told::Case;

/// Words before an identifier that a label may have, at most.
const LABEL_WORDS: usize = 15;

/// Holds pairs against ontologies.
pub struct Judge {
    sources: Vec<Names>,
    prefixes: Prefixes,
    shapes: Shapes,
    wants_preferred: bool,
}

/// What is to be said of a pair.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Nothing.
    Fine,
    /// It cannot be checked: an identifier of another vocabulary, of this prefix.
    Foreign(String),
    /// Something is wrong, or of interest.
    Found(Box<Finding>),
}

impl Judge {
    /// One that knows these ontologies.
    pub fn new(ontologies: Vec<Arc<Ontology>>) -> Self {
        let prefixes = Prefixes::of(ontologies.iter().map(|ontology| &**ontology));
        let shapes = Shapes::of(ontologies.iter().map(|ontology| &**ontology));
        let sources = ontologies.into_iter().map(Names::of).collect();
        Self { sources, prefixes, shapes, wants_preferred: false }
    }

    /// Lets `retriever` look for what no concept of the ontology at `position` is called.
    ///
    /// # Panics
    /// Where there is no such ontology.
    #[must_use]
    pub fn with_retriever(mut self, position: usize, retriever: Arc<dyn Retriever>) -> Self {
        self.sources[position].retriever = Some(retriever);
        self
    }

    /// Lets only preferred labels be fine.
    #[must_use]
    pub const fn wanting_preferred_labels(mut self, wants: bool) -> Self {
        self.wants_preferred = wants;
        self
    }

    /// Which prefixes it knows.
    pub const fn prefixes(&self) -> &Prefixes {
        &self.prefixes
    }

    /// What is to be said of `pair`.
    ///
    /// # Errors
    /// Where the retriever fails.
    pub fn judge(&self, pair: &Pair) -> Result<Verdict, Error> {
        let case = Case::of(pair);
        let Ok(id) = Curie::parse(case.written) else { return self.malformed(&case).map(found) };
        let Some(names) = self.source(&id) else {
            if self.prefixes.is_foreign(id.prefix()) {
                return Ok(Verdict::Foreign(id.prefix().to_owned()));
            }
            return Ok(found(self.unknown_prefix(&case, &id)));
        };
        let is_known = names.ontology.resolve(&id) != Resolution::Unknown;
        if !is_known && !self.shapes.fits(&id) {
            return self.malformed(&case).map(found);
        }
        if is_known && !is_usual(case.written, &id) {
            return self.respelt(&case, names, &id).map(found);
        }
        match names.ontology.succession(&id) {
            Succession::Live(concept) => match &pair.label {
                None => Ok(Verdict::Fine),
                Some(label) if label.extent == Extent::End => running::running(&case, names, concept),
                Some(_) => self.labelled(&case, names, concept),
            },
            Succession::Unknown => self.unknown(&case, names, &id).map(found),
            Succession::Replaced(target) => self.moved(&case, names, &id, target).map(found),
            Succession::Several(last) | Succession::Ended(last) | Succession::Cycle(last) => {
                self.retired(&case, names, &id, last).map(found)
            }
        }
    }

    /// The ontology that says what `id` is.
    fn source(&self, id: &Curie) -> Option<&Names> {
        let has = |names: &&Names| names.ontology.resolve(id) != Resolution::Unknown;
        let of_prefix =
            |names: &&Names| names.ontology.concepts().iter().any(|concept| concept.id.prefix() == id.prefix());
        self.sources
            .iter()
            .find(has)
            .or_else(|| self.prefixes.is_ours(id.prefix()).then(|| self.sources.iter().find(of_prefix))?)
    }

    /// What is no identifier.
    fn malformed(&self, case: &Case<'_>) -> Result<Finding, Error> {
        let written = case.written;
        let meant = self.shapes.respelled(written);
        let mut known = meant.iter().filter_map(|id| {
            let names = self.source(id)?;
            (names.ontology.resolve(id) != Resolution::Unknown).then_some((names, id))
        });
        let message = match meant.first().filter(|_| written.contains(|c: char| c.is_alphabetic())) {
            Some(id) => format!("`{written}` is not written as identifiers of `{}` are", id.prefix()),
            None => format!("`{written}` is no identifier"),
        };
        let mut finding = case.finding(Kind::Malformed, message);
        if case.is_alone_in_text() {
            finding.level = Level::Note;
        }
        let Some(label) = case.whole() else {
            let only = if let (Some(only), None) = (known.next(), known.next()) { Some(only) } else { None };
            if let Some((names, id)) = only {
                let succession = names.ontology.succession(id);
                if let Succession::Live(concept) | Succession::Replaced(concept) = succession {
                    finding.suggestion = Some(told::concept(concept, How::Identifier));
                    // Running text that ends in the name says which was meant.
                    if case.run(|run| names.is_called(id, concept, run)).is_some() {
                        finding.edits = case.identifier_edit(concept.id.as_str());
                    }
                }
            }
            return Ok(finding);
        };
        for (names, id) in known {
            let succession = names.ontology.succession(id);
            if let Succession::Live(concept) | Succession::Replaced(concept) = succession
                && names.is_called(id, concept, label)
            {
                finding.suggestion = Some(told::concept(concept, How::Identifier));
                let keeps_label = matches!(succession, Succession::Live(_));
                finding.edits = case.edits(concept.id.as_str(), (!keeps_label).then(|| concept.label()));
                return Ok(finding);
            }
        }
        finding.suggestion = self.best(label, None)?;
        Ok(finding)
    }

    /// An identifier that is known and not written as it should be.
    fn respelt(&self, case: &Case<'_>, names: &Names, id: &Curie) -> Result<Finding, Error> {
        let message = format!("`{}` is written otherwise than `{id}`", case.written);
        let mut finding = case.finding(Kind::Malformed, message);
        let succession = names.ontology.succession(id);
        if let Succession::Live(concept) | Succession::Replaced(concept) = succession {
            let is_meant = |text: &str| names.is_called(id, concept, text);
            let has_its_label = match case.whole() {
                Some(label) => is_meant(label),
                None => case.running().is_none() || case.run(is_meant).is_some(),
            };
            if has_its_label {
                let keeps_label = matches!(succession, Succession::Live(_));
                finding.suggestion = Some(told::concept(concept, How::Identifier));
                finding.edits = case.edits(concept.id.as_str(), (!keeps_label).then(|| concept.label()));
                return Ok(finding);
            }
            if let Some(label) = case.whole() {
                let _ = write!(finding.message, ", and `{label}` is no name of it");
                finding.suggestion = self.best(label, Some(names))?;
            } else {
                finding.suggestion = Some(told::concept(concept, How::Identifier));
            }
        }
        Ok(finding)
    }

    /// An identifier of a vocabulary that nobody knows.
    fn unknown_prefix(&self, case: &Case<'_>, id: &Curie) -> Finding {
        let message = format!("`{}` is the prefix of no vocabulary that is known", id.prefix());
        let mut finding = case.finding(Kind::UnknownPrefix, message);
        if let Some(label) = case.whole() {
            finding.suggestion = self.named(label, None);
        }
        finding
    }

    /// An identifier that is not in the release.
    fn unknown(&self, case: &Case<'_>, names: &Names, id: &Curie) -> Result<Finding, Error> {
        let release = names.ontology.version().map(|version| format!(" {version}")).unwrap_or_default();
        let message = format!("`{id}` is not in {}{release}", names.ontology.name());
        let mut finding = case.finding(Kind::Unknown, message);
        finding.suggestion = match case.whole() {
            Some(label) => self.best(label, Some(names))?,
            None => case.longest(|run| names.having(run, &text::normal_form(run)).first().map(told::named)),
        };
        Ok(finding)
    }

    /// A live concept and its label.
    fn labelled(&self, case: &Case<'_>, names: &Names, concept: &Concept) -> Result<Verdict, Error> {
        let Some(label) = case.whole() else { return Ok(Verdict::Fine) };
        if let Some(name) = carried(concept, label) {
            return Ok(self.synonym(case, concept, name));
        }
        let form = text::normal_form(label);
        if form.is_empty() {
            // Signs alone say that there is no label.
            return Ok(Verdict::Fine);
        }
        let having = names.having(label, &form);
        let own = having.iter().find(|(other, _)| other.id == concept.id);
        // Another concept has the name as it is written, or this one has it in no spelling.
        let nearer = having.first().filter(|(_, name)| own.is_none() || is_same(&name.text, label));
        if let Some(other) = nearer {
            return Ok(found(case.other(concept, label, other)));
        }
        if let Some((_, name)) = own {
            return Ok(found(case.misspelt(concept, label, name, true)));
        }
        if let Some(misspelt) = names.own_words(concept, &form) {
            return Ok(found(case.misspelt(concept, label, misspelt.name, misspelt.is_sure)));
        }
        let elsewhere = self.sources.iter().filter(|other| !std::ptr::eq(*other, names));
        let other = elsewhere.into_iter().find_map(|source| source.having(label, &form).into_iter().next());
        if let Some(other) = names.having_words(&form).into_iter().next().or(other) {
            return Ok(found(case.other(concept, label, &other)));
        }
        if let Some(misspelt) = names.own_typed(concept, &form) {
            return Ok(found(case.misspelt(concept, label, misspelt.name, misspelt.is_sure)));
        }
        let message = format!("`{label}` is a name of no concept, `{}` is `{}`", concept.id, concept.label());
        let mut finding = case.finding(Kind::UnknownLabel, message);
        finding.suggestion = self.best(label, Some(names))?;
        if finding.suggestion.as_ref().is_some_and(|best| best.id == concept.id) {
            finding.level = Level::Warning;
        }
        Ok(found(finding))
    }

    /// A label that is a name of its concept.
    fn synonym(&self, case: &Case<'_>, concept: &Concept, name: &Name) -> Verdict {
        if name.scope == Scope::Label {
            return Verdict::Fine;
        }
        let message = format!("`{}` is a synonym of `{}`, whose label is `{}`", name.text, concept.id, concept.label());
        let mut finding = case.finding(Kind::Synonym, message);
        finding.suggestion = Some(told::concept(concept, How::Name(Scope::Label)));
        if self.wants_preferred {
            finding.level = Level::Warning;
            finding.edits = case.label_edit(concept.label());
        }
        found(finding)
    }

    /// The concept that has `label` as a name, in `first` before others.
    fn named(&self, label: &str, first: Option<&Names>) -> Option<Suggestion> {
        let form = text::normal_form(label);
        if form.is_empty() {
            return None;
        }
        let having = self.ordered(first).find_map(|names| names.having(label, &form).first().map(told::named));
        having.or_else(|| self.ordered(first).find_map(|names| names.having_words(&form).first().map(told::named)))
    }

    /// The concept that has `label` as a name, or the best candidate for it.
    fn best(&self, label: &str, first: Option<&Names>) -> Result<Option<Suggestion>, Error> {
        if let Some(named) = self.named(label, first) {
            return Ok(Some(named));
        }
        let form = text::normal_form(label);
        let source = first.or_else(|| self.sources.iter().find(|names| names.retriever.is_some()));
        if let Some(retriever) = source.and_then(|names| names.retriever.as_ref()).filter(|_| !form.is_empty()) {
            let retrieval = retriever.retrieve(&Mention::new(label), 1)?;
            let how = How::Retrieval(retrieval.confidence);
            let suggested =
                |best: &crate::retrieve::Candidate| Suggestion { id: best.id.clone(), label: best.label.clone(), how };
            return Ok(retrieval.candidates.first().map(suggested));
        }
        let near = self
            .ordered(first)
            .find_map(|names| names.near(&form).first().map(|(concept, _)| told::concept(concept, How::Spelling)));
        Ok(near)
    }

    /// All ontologies, `first` before the others.
    fn ordered<'a>(&'a self, first: Option<&'a Names>) -> impl Iterator<Item = &'a Names> {
        let others = self.sources.iter().filter(move |names| first.is_none_or(|first| !std::ptr::eq(*names, first)));
        first.into_iter().chain(others)
    }
}

fn found(finding: Finding) -> Verdict {
    Verdict::Found(Box::new(finding))
}

#[cfg(test)]
mod tests;

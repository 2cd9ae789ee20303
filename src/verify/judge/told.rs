//! The finding that is made of a pair: what it says, and what puts it right.

use super::names::Named;
use super::{LABEL_WORDS, is_same};
use crate::ontology::{Concept, Curie, Name};
use crate::verify::{Edit, Extent, Field, Finding, How, Kind, Label, Pair, Quoting, Suggestion};

/// A pair that is judged.
pub(super) struct Case<'a> {
    pair: &'a Pair,
    /// The identifier as it is written.
    pub(super) written: &'a str,
}

impl<'a> Case<'a> {
    pub(super) fn of(pair: &'a Pair) -> Self {
        Self { pair, written: pair.identifier.text.trim() }
    }

    /// Whether it stands in running text with nothing that is a label: much there looks like an identifier and is none.
    pub(super) fn is_alone_in_text(&self) -> bool {
        self.pair.label.is_none() && self.pair.identifier.quoting == Quoting::Plain
    }

    /// The label, where all of a text is one.
    pub(super) fn whole(&self) -> Option<&'a str> {
        self.text(Extent::Whole)
    }

    /// The text that ends in the label.
    pub(super) fn running(&self) -> Option<&'a str> {
        self.text(Extent::End)
    }

    fn text(&self, extent: Extent) -> Option<&'a str> {
        let label = self.pair.label.as_ref().filter(|label| label.extent == extent)?;
        Some(label.field.text.trim()).filter(|text| !text.is_empty())
    }

    /// The last words of running text, from many of them to the last alone.
    fn runs(&self) -> Vec<&'a str> {
        let text = self.running().unwrap_or_default();
        let starts = text.char_indices().filter(|&(at, c)| {
            let before = text[..at].chars().next_back();
            c.is_alphanumeric() && before.is_none_or(|before| !before.is_alphanumeric())
        });
        let mut runs: Vec<&str> = starts.map(|(at, _)| &text[at..]).collect();
        runs.drain(..runs.len().saturating_sub(LABEL_WORDS));
        runs
    }

    /// What is found for the longest run of last words for which something is.
    pub(super) fn longest<T>(&self, find: impl FnMut(&'a str) -> Option<T>) -> Option<T> {
        self.runs().into_iter().find_map(find)
    }

    /// The same for the shortest.
    pub(super) fn shortest<T>(&self, find: impl FnMut(&'a str) -> Option<T>) -> Option<T> {
        self.runs().into_iter().rev().find_map(find)
    }

    /// The longest run of last words of which `is` holds.
    pub(super) fn run(&self, is: impl Fn(&str) -> bool) -> Option<&'a str> {
        self.longest(|run| is(run).then_some(run))
    }

    /// So many of the last words of running text, or as many as there are.
    pub(super) fn last_words(&self, count: usize) -> &'a str {
        let runs = self.runs();
        runs.get(runs.len().saturating_sub(count)).copied().unwrap_or_default()
    }

    /// That this is wrong, and nothing suggested.
    pub(super) fn finding(&self, kind: Kind, message: String) -> Finding {
        let identifier = &self.pair.identifier;
        Finding {
            kind,
            level: kind.level(),
            line: identifier.line,
            column: identifier.column,
            span: identifier.span.clone(),
            identifier: identifier.text.clone(),
            label: self.whole().map(str::to_owned),
            message,
            suggestion: None,
            edits: Vec::new(),
        }
    }

    /// That `label` is a name of another concept.
    pub(super) fn other(&self, concept: &Concept, label: &str, other: &Named<'_>) -> Finding {
        let (right, name) = other;
        let what = if is_same(right.label(), label) { "the label" } else { "a name" };
        let message =
            format!("`{label}` is {what} of `{}`, not of `{}`, which is `{}`", right.id, concept.id, concept.label());
        let suggestion = concept_named(right, name);
        let label = Some(label.to_owned());
        Finding { label, suggestion: Some(suggestion), ..self.finding(Kind::OtherConcept, message) }
    }

    /// That `label` is `name` misspelt.
    pub(super) fn misspelt(&self, concept: &Concept, label: &str, name: &Name, is_sure: bool) -> Finding {
        let message = format!("`{label}` is `{}` in another spelling (`{}`)", name.text, concept.id);
        let edits = if is_sure { self.label_edit(&name.text) } else { Vec::new() };
        let suggestion = Suggestion { id: concept.id.clone(), label: name.text.clone(), how: How::Spelling };
        let label = Some(label.to_owned());
        Finding { label, suggestion: Some(suggestion), edits, ..self.finding(Kind::Spelling, message) }
    }

    /// Another identifier, and another label where one is given and it says something else; nothing where one of them
    /// cannot be written.
    pub(super) fn edits(&self, id: &str, label: Option<&str>) -> Vec<Edit> {
        let mut edits = self.identifier_edit(id);
        if let Some(label) = label.filter(|label| self.whole().is_some_and(|own| !is_same(own, label))) {
            let of_label = self.label_edit(label);
            if of_label.is_empty() || edits.is_empty() {
                return Vec::new();
            }
            edits.extend(of_label);
        }
        edits
    }

    /// Another identifier, and another label in the place of the last words of running text, where it is known how they
    /// are written.
    pub(super) fn edits_of_run(&self, id: &str, run: &str, label: &str) -> Vec<Edit> {
        let mut edits = self.identifier_edit(id);
        let Some(Label { field, .. }) = &self.pair.label else { return edits };
        let written = field.span.end - field.span.start;
        let at = field.text.rfind(run).filter(|at| at + run.len() == field.text.len());
        if let Some(at) = at.filter(|_| written == field.text.len() as u64) {
            let start = field.span.start + at as u64;
            let part = Field { text: run.to_owned(), span: start..field.span.end, ..field.clone() };
            edits.extend(Edit::of(&part, label));
        }
        if edits.len() == 2 { edits } else { Vec::new() }
    }

    /// Another identifier alone.
    pub(super) fn identifier_edit(&self, id: &str) -> Vec<Edit> {
        Edit::of(&self.pair.identifier, id).into_iter().collect()
    }

    /// Another label alone.
    pub(super) fn label_edit(&self, label: &str) -> Vec<Edit> {
        let whole = self.pair.label.as_ref().filter(|label| label.extent == Extent::Whole);
        whole.and_then(|own| Edit::of(&own.field, label)).into_iter().collect()
    }
}

/// A concept with its label.
pub(super) fn concept(concept: &Concept, how: How) -> Suggestion {
    Suggestion { id: concept.id.clone(), label: concept.label().to_owned(), how }
}

/// A concept by one of its names.
pub(super) fn named(named: &Named<'_>) -> Suggestion {
    concept_named(named.0, named.1)
}

fn concept_named(found: &Concept, name: &Name) -> Suggestion {
    concept(found, How::Name(name.scope))
}

/// `new` written as `written`, which is `old`: as an address, where that is one.
pub(super) fn like(written: &str, old: &Curie, new: &Curie) -> String {
    match written.rsplit_once(old.local()) {
        Some((before, after)) if old.prefix() == new.prefix() => format!("{before}{}{after}", new.local()),
        _ => new.to_string(),
    }
}

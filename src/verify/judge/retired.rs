//! Identifiers that were merged, replaced or retired: where they lead, and whether that is certain.

use std::fmt::Write as _;

use super::Judge;
use super::names::Names;
use super::told::{self, Case};
use crate::ontology::{Concept, Curie, Resolution, Succession};
use crate::verify::{Error, Finding, How, Kind};

impl Judge {
    /// An identifier that was merged into `target` or replaced by it.
    pub(super) fn moved(&self, case: &Case<'_>, names: &Names, id: &Curie, target: &Concept) -> Result<Finding, Error> {
        let (kind, message) = match names.ontology.resolve(id) {
            Resolution::Merged(into) if !into.is_retired() => {
                (Kind::AlternativeId, format!("`{id}` was merged into `{}`", target.id))
            }
            _ => (Kind::Obsolete, format!("`{id}` is obsolete, replaced by `{}`", target.id)),
        };
        let mut finding = case.finding(kind, message);
        finding.suggestion = Some(told::concept(target, How::Succession));
        let written = told::like(case.written, id, &target.id);
        if let Some(label) = case.whole() {
            if names.is_called(id, target, label) {
                finding.edits = case.edits(&written, Some(target.label()));
            } else {
                let _ = write!(finding.message, ", and `{label}` is a name of neither");
                if let Some(best) = self.best(label, Some(names))? {
                    finding.suggestion = Some(best);
                }
            }
        } else if case.running().is_none() {
            finding.edits = case.identifier_edit(&written);
        } else if let Some(run) = case.run(|run| names.is_called(id, target, run)) {
            let is_current = names.own_form(target, run);
            finding.edits = if is_current {
                case.identifier_edit(&written)
            } else {
                case.edits_of_run(&written, run, target.label())
            };
        }
        Ok(finding)
    }

    /// A retired identifier that no single one replaced; `last` is where its replacements lead.
    pub(super) fn retired(&self, case: &Case<'_>, names: &Names, id: &Curie, last: &Concept) -> Result<Finding, Error> {
        let retirement = last.retirement.clone().unwrap_or_default();
        let listed = |ids: &[Curie]| ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
        let what_replaced_it = match (retirement.replaced_by.as_slice(), retirement.consider.as_slice()) {
            ([], []) => " and nothing replaced it".to_owned(),
            (several @ [_, _, ..], _) => format!(", replaced by one of {}", listed(several)),
            (_, []) => ", and what replaced it is not there either".to_owned(),
            (_, consider) => format!(", to be considered: {}", listed(consider)),
        };
        let mut finding = case.finding(Kind::Obsolete, format!("`{id}` is obsolete{what_replaced_it}"));
        let offered: Vec<&Concept> = retirement
            .replaced_by
            .iter()
            .chain(&retirement.consider)
            .filter_map(|id| match names.ontology.succession(id) {
                Succession::Live(concept) | Succession::Replaced(concept) => Some(concept),
                _ => None,
            })
            .collect();
        let label = case.whole();
        let called = |concept: &&&Concept| label.is_some_and(|label| names.own_form(concept, label));
        if let Some(concept) = offered.iter().find(called) {
            finding.suggestion = Some(told::concept(concept, How::Consider));
        } else if let Some(label) = label.filter(|label| !names.was_called(id, label)) {
            finding.suggestion = self.best(label, Some(names))?;
        } else if let [only] = offered[..] {
            finding.suggestion = Some(told::concept(only, How::Consider));
        } else if let Some(label) = label {
            finding.suggestion = self.named(label, Some(names));
        }
        Ok(finding)
    }
}

//! Descriptions and text definitions, and which of them a language reference set prefers.

use super::super::lines::{Line, Lines};
use super::super::{Error, Name, Scope};
use super::table::{Table, number};
use super::{Options, Reading};

/// How little a term is preferred for the label: by language, then by dialect and type; the least wins.
pub(super) type Reluctance = (u8, u8);

const FULLY_SPECIFIED: &str = "900000000000003001";
const SYNONYM: &str = "900000000000013009";
const PREFERRED: &str = "900000000000548007";
const UNITED_STATES: &str = "900000000000509007";
const GREAT_BRITAIN: &str = "900000000000508004";

/// What language reference sets say of a description.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Acceptability {
    is_preferred_in_us: bool,
    is_preferred_in_gb: bool,
    is_preferred_elsewhere: bool,
}

impl Acceptability {
    /// How little it is preferred where this dialect is wanted.
    fn reluctance(self, is_british: bool) -> u8 {
        let (own, other) = if is_british {
            (self.is_preferred_in_gb, self.is_preferred_in_us)
        } else {
            (self.is_preferred_in_us, self.is_preferred_in_gb)
        };
        match (own, self.is_preferred_elsewhere, other) {
            (true, ..) => 0,
            (_, true, _) => 1,
            (.., true) => 2,
            _ => 3,
        }
    }
}

/// How little a fully specified name is preferred.
const RELUCTANCE_OF_FULL_NAMES: u8 = 4;

impl Options {
    /// The place of a language among those asked for, and whether its British form is wanted; `None` where it was not
    /// asked for. English comes first where none was.
    fn place(&self, language: &str) -> Option<(u8, bool)> {
        if self.languages.is_empty() {
            return Some((u8::from(language != "en"), false));
        }
        let is_asked_for = |wanted: &String| {
            let primary = wanted.split(['-', '_']).next().unwrap_or_default();
            primary.eq_ignore_ascii_case(language) || wanted.eq_ignore_ascii_case(language)
        };
        let at = self.languages.iter().position(is_asked_for)?;
        let wanted = self.languages[at].replace('_', "-");
        Some((u8::try_from(at).unwrap_or(u8::MAX), wanted.eq_ignore_ascii_case("en-gb")))
    }
}

impl Reading<'_> {
    /// Reads a language reference set. What is only acceptable needs no remembering.
    pub(super) fn read_languages(&mut self, lines: Lines<'_>) -> Result<(), Error> {
        let mut table = Table::open(lines, ["active", "refsetId", "referencedComponentId", "acceptabilityId"])?;
        while let Some((line, row)) = table.next(&mut self.tally)? {
            let Some([active, set, description, acceptability]) = row else { continue };
            if active != "1" || acceptability != PREFERRED {
                continue;
            }
            let Some(description) = number(description) else {
                self.tally.odd(&line, description, "is no identifier of a description; row passed over");
                continue;
            };
            let known = self.acceptability.entry(description).or_default();
            match set {
                UNITED_STATES => known.is_preferred_in_us = true,
                GREAT_BRITAIN => known.is_preferred_in_gb = true,
                _ => known.is_preferred_elsewhere = true,
            }
        }
        Ok(())
    }

    /// Reads names.
    pub(super) fn read_descriptions(&mut self, lines: Lines<'_>) -> Result<(), Error> {
        let mut table = Table::open(lines, DESCRIPTION)?;
        while let Some((line, row)) = table.next(&mut self.tally)? {
            let Some(row) = row else { continue };
            let [_, _, _, _, kind, term] = row;
            let Some((position, language, reluctance)) = self.described(&row, &line) else { continue };
            let concept = &mut self.concepts[position];
            let (kind, reluctance) = match kind {
                FULLY_SPECIFIED => {
                    if concept.namespace.is_none() || language == "en" {
                        concept.namespace = semantic_tag(term).map(str::to_owned).or(concept.namespace.take());
                    }
                    (Some("fsn".to_owned()), (reluctance.0, RELUCTANCE_OF_FULL_NAMES))
                }
                SYNONYM => (None, reluctance),
                _ => {
                    self.tally.odd(&line, kind, "is no type of a name; row passed over");
                    continue;
                }
            };
            let state = &mut self.states[position];
            if state.label.is_none_or(|(known, _)| reluctance < known) {
                state.label = Some((reluctance, concept.names.len()));
            }
            let name = Name::new(term, Scope::Exact);
            concept.names.push(Name { kind, language: Some(language), ..name });
        }
        Ok(())
    }

    /// Reads definitions; of several in one language the preferred one is kept.
    pub(super) fn read_definitions(&mut self, lines: Lines<'_>) -> Result<(), Error> {
        let mut table = Table::open(lines, DESCRIPTION)?;
        while let Some((line, row)) = table.next(&mut self.tally)? {
            let Some(row) = row else { continue };
            let Some((position, _, reluctance)) = self.described(&row, &line) else { continue };
            let known = &mut self.states[position].definition;
            if known.is_none_or(|known| reluctance < known) {
                *known = Some(reluctance);
                self.concepts[position].definition = Some(row[5].trim().to_owned());
            }
        }
        Ok(())
    }

    /// The concept that an active row describes in a wanted language, that language, and how little it is preferred.
    fn described(&mut self, row: &[&str; 6], line: &Line<'_>) -> Option<(usize, String, Reluctance)> {
        let [id, active, concept, language, _, term] = *row;
        if active != "1" {
            return None;
        }
        let language = language.trim().to_ascii_lowercase();
        let (place, is_british) = self.options.place(&language)?;
        let position = self.position(concept, line)?;
        if term.trim().is_empty() {
            self.tally.odd(line, id, "has no term; row passed over");
            return None;
        }
        let acceptability = number(id).and_then(|id| self.acceptability.get(&id).copied()).unwrap_or_default();
        Some((position, language, (place, acceptability.reluctance(is_british))))
    }
}

/// The columns of descriptions and of text definitions.
const DESCRIPTION: [&str; 6] = ["id", "active", "conceptId", "languageCode", "typeId", "term"];

/// What stands in the last parentheses of a fully specified name: `disorder`.
fn semantic_tag(name: &str) -> Option<&str> {
    let (_, tag) = name.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    (!tag.trim().is_empty()).then(|| tag.trim())
}

//! Reads a snapshot of SNOMED CT in Release Format 2: concepts, descriptions, language and association reference sets,
//! is-a relationships.

mod descriptions;
mod table;

use rustc_hash::FxHashMap;

use super::lines::{Line, Lines};
use super::tally::Tally;
use super::{Concept, Curie, Draft, Error, Retirement, Scope};
use descriptions::{Acceptability, Reluctance};
use table::{Table, number};

/// Which names are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Only names in these languages (`en`, `es`), those in front preferred for labels; all of them where there is none.
    /// `en-gb` prefers British terms for labels, otherwise those of the United States are.
    pub languages: Vec<String>,
}

/// The files of a snapshot that are read, each kind in the order of their names.
pub struct Files<'a> {
    /// What messages call the release.
    pub place: String,
    /// The day of the release, where a file name says it.
    pub version: Option<String>,
    /// `sct2_Concept_Snapshot…`
    pub concepts: Vec<Lines<'a>>,
    /// `sct2_Description_Snapshot…`
    pub descriptions: Vec<Lines<'a>>,
    /// `sct2_TextDefinition_Snapshot…`
    pub definitions: Vec<Lines<'a>>,
    /// `der2_cRefset_LanguageSnapshot…`
    pub languages: Vec<Lines<'a>>,
    /// `sct2_Relationship_Snapshot…`
    pub relationships: Vec<Lines<'a>>,
    /// `der2_cRefset_AssociationSnapshot…`
    pub associations: Vec<Lines<'a>>,
}

/// The relationship to a broader concept.
const IS_A: &str = "116680003";
/// How relationships are marked that were stated and not inferred.
const STATED: &str = "900000000000010007";

/// Associations of an inactive concept with those that say the same.
const REPLACEMENTS: [&str; 2] = ["900000000000527005", "900000000000526001"];
/// Associations with those that may be meant: possibly equivalent to, moved to, was a, alternative, partially equivalent
/// to, possibly replaced by.
const CONSIDERATIONS: [&str; 6] = [
    "900000000000523009",
    "900000000000524003",
    "900000000000528000",
    "900000000000530003",
    "1186924009",
    "1186921001",
];

/// What has been read so far.
struct Reading<'o> {
    options: &'o Options,
    tally: Tally,
    positions: FxHashMap<u64, u32>,
    concepts: Vec<Concept>,
    /// When each concept's row took effect, and of its label how little it is preferred, with its place among the names.
    states: Vec<State>,
    acceptability: FxHashMap<u64, Acceptability>,
}

#[derive(Default)]
struct State {
    effective: u32,
    label: Option<(Reluctance, usize)>,
    definition: Option<Reluctance>,
}

/// Reads a snapshot.
///
/// # Errors
/// Where a file cannot be read or lacks a column, there are no concepts or no descriptions, or no name is in a language
/// that was asked for.
pub fn read(files: Files<'_>, options: &Options) -> Result<Draft, Error> {
    let Files { place, version, concepts, descriptions, definitions, languages, relationships, associations } = files;
    for (files, missing) in
        [(&concepts, "sct2_Concept_Snapshot file"), (&descriptions, "sct2_Description_Snapshot file")]
    {
        if files.is_empty() {
            return Err(Error::Lacking { place, missing: missing.to_owned() });
        }
    }
    let mut draft = Draft { name: Some("snomedct".to_owned()), version, ..Draft::default() };
    for (files, message) in [
        (&languages, "no der2_cRefset_LanguageSnapshot file; the first term of each concept is its label"),
        (&relationships, "no sct2_Relationship_Snapshot file; concepts have no parents"),
        (&associations, "no der2_cRefset_AssociationSnapshot file; nothing says what replaced inactive concepts"),
    ] {
        if files.is_empty() {
            draft.odd(0, message);
        }
    }
    let mut reading = Reading {
        options,
        tally: Tally::default(),
        positions: FxHashMap::default(),
        concepts: Vec::new(),
        states: Vec::new(),
        acceptability: FxHashMap::default(),
    };
    concepts.into_iter().try_for_each(|lines| reading.read_concepts(lines))?;
    if reading.concepts.is_empty() {
        return Err(Error::Empty { place });
    }
    languages.into_iter().try_for_each(|lines| reading.read_languages(lines))?;
    descriptions.into_iter().try_for_each(|lines| reading.read_descriptions(lines))?;
    definitions.into_iter().try_for_each(|lines| reading.read_definitions(lines))?;
    relationships.into_iter().try_for_each(|lines| reading.read_relationships(lines))?;
    associations.into_iter().try_for_each(|lines| reading.read_associations(lines))?;
    let mut nameless: Option<(usize, Curie)> = None;
    for concept in reading.finished() {
        // Without languages asked for, the identifier of such a concept stands for it.
        if concept.names.is_empty() && !options.languages.is_empty() {
            let (count, _) = nameless.get_or_insert((0, concept.id));
            *count += 1;
        } else {
            draft.concepts.push((0, concept));
        }
    }
    if let Some((count, first)) = nameless {
        let message = format!("{count} concepts have no name in a wanted language (the first is `{first}`); left out");
        draft.odd(0, message);
    }
    if draft.concepts.is_empty() {
        let wanted = format!("with a name in the language `{}`", options.languages.join("` or `"));
        return Err(Error::NothingWanted { place, wanted });
    }
    reading.tally.note(&mut draft, true);
    Ok(draft)
}

impl Reading<'_> {
    fn read_concepts(&mut self, lines: Lines<'_>) -> Result<(), Error> {
        let mut table = Table::open(lines, ["id", "effectiveTime", "active"])?;
        while let Some((line, row)) = table.next(&mut self.tally)? {
            let Some([written, effective, active]) = row else { continue };
            let Some(id) = number(written) else {
                self.tally.odd(&line, written, "is no identifier of a concept; row passed over");
                continue;
            };
            let effective = effective.parse().unwrap_or_default();
            let retirement = (active != "1").then(Retirement::default);
            if let Some(&position) = self.positions.get(&id) {
                // An extension may bring a later row for a concept of the edition that it extends.
                let position = position as usize;
                if effective >= self.states[position].effective {
                    self.states[position].effective = effective;
                    self.concepts[position].retirement = retirement;
                }
            } else if let Ok(position) = u32::try_from(self.concepts.len()) {
                let curie = Curie::parse(&format!("SNOMEDCT:{id}")).expect("digits are an identifier");
                self.positions.insert(id, position);
                self.concepts.push(Concept { retirement, ..Concept::new(curie) });
                self.states.push(State { effective, ..State::default() });
            }
        }
        Ok(())
    }

    fn read_relationships(&mut self, lines: Lines<'_>) -> Result<(), Error> {
        let columns = ["active", "sourceId", "destinationId", "typeId", "characteristicTypeId"];
        let mut table = Table::open(lines, columns)?;
        while let Some((line, row)) = table.next(&mut self.tally)? {
            let Some([active, source, destination, kind, characteristic]) = row else { continue };
            if active != "1" || kind != IS_A || characteristic == STATED {
                continue;
            }
            let (Some(child), Some(parent)) = (self.position(source, &line), self.position(destination, &line)) else {
                continue;
            };
            let parent = self.concepts[parent].id.clone();
            self.concepts[child].parents.push(parent);
        }
        Ok(())
    }

    fn read_associations(&mut self, lines: Lines<'_>) -> Result<(), Error> {
        let columns = ["active", "refsetId", "referencedComponentId", "targetComponentId"];
        let mut table = Table::open(lines, columns)?;
        while let Some((line, row)) = table.next(&mut self.tally)? {
            let Some([active, kind, from, to]) = row else { continue };
            let is_replacement = REPLACEMENTS.contains(&kind);
            if active != "1" || !(is_replacement || CONSIDERATIONS.contains(&kind)) {
                continue;
            }
            // Descriptions have associations as well; they are no concepts, and passed over.
            let cell = from;
            let Some(&from) = number(cell).and_then(|id| self.positions.get(&id)) else { continue };
            let from = from as usize;
            let Some(to) = self.position(to, &line) else { continue };
            let to = self.concepts[to].id.clone();
            if let Some(retirement) = &mut self.concepts[from].retirement {
                if is_replacement { &mut retirement.replaced_by } else { &mut retirement.consider }.push(to);
            } else {
                self.tally.odd(&line, cell, "is active and has what would stand for it; row passed over");
            }
        }
        Ok(())
    }

    /// The position of the concept that a cell names; counts the line as odd where there is none.
    fn position(&mut self, written: &str, line: &Line<'_>) -> Option<usize> {
        let position = number(written).and_then(|id| self.positions.get(&id));
        if position.is_none() {
            self.tally.odd(line, written, "is no concept of the release; row passed over");
        }
        position.map(|position| *position as usize)
    }

    /// The concepts with their labels.
    fn finished(&mut self) -> impl Iterator<Item = Concept> + use<> {
        let concepts = std::mem::take(&mut self.concepts);
        let states = std::mem::take(&mut self.states);
        concepts.into_iter().zip(states).map(|(mut concept, state)| {
            if let Some((_, label)) = state.label {
                concept.names[label].scope = Scope::Label;
                let label = concept.names.remove(label);
                // The preferred term often is also an accepted one of another module.
                concept.names.retain(|name| name.text != label.text);
                concept.names.insert(0, label);
            }
            concept.names.shrink_to_fit();
            for ids in [&mut concept.parents]
                .into_iter()
                .chain(concept.retirement.iter_mut().flat_map(|gone| [&mut gone.replaced_by, &mut gone.consider]))
            {
                ids.sort_unstable();
                ids.dedup();
                ids.shrink_to_fit();
            }
            concept
        })
    }
}

#[cfg(test)]
mod tests;

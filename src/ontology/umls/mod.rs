//! Reads a release of the UMLS Metathesaurus in Rich Release Format: `MRCONSO.RRF` and what stands beside it.
//!
//! Rows are read as a stream. What is kept of them is what a [`Draft`] needs: names that differ, codes of other
//! vocabularies as cross-references, semantic types as subsets, parents, one definition.

mod atoms;
mod details;
mod row;
mod vocabulary;

use rustc_hash::FxHashMap;

use super::lines::Lines;
use super::tally::Tally;
use super::{Concept, Curie, Draft, Error};
use details::Types;
use row::Cui;
use vocabulary::Vocabularies;

/// Which part of a release is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Only names in these languages (`en`, `fr`), those in front preferred for labels; all of them where there is none,
    /// with English labels.
    pub languages: Vec<String>,
    /// Only names and parents of these vocabularies (`SNOMEDCT_US`, `MSH`), those in front preferred for labels.
    pub vocabularies: Vec<String>,
    /// Only concepts of one of these semantic types (`T047`).
    pub semantic_types: Vec<String>,
}

impl Options {
    fn is_everything(&self) -> bool {
        self.languages.is_empty() && self.vocabularies.is_empty() && self.semantic_types.is_empty()
    }

    /// What was asked for, in words.
    fn in_words(&self) -> String {
        let given = [
            ("in the language", &self.languages),
            ("with a name of the vocabulary", &self.vocabularies),
            ("of the semantic type", &self.semantic_types),
        ];
        let asked = given.iter().filter(|(_, values)| !values.is_empty());
        asked.map(|(what, values)| format!("{what} `{}`", values.join("` or `"))).collect::<Vec<_>>().join(" ")
    }
}

/// The files of a release that are read.
pub struct Files<'a> {
    /// What messages call the release.
    pub place: String,
    /// `MRCONSO.RRF`: names.
    pub names: Lines<'a>,
    /// `MRRANK.RRF`: which names are preferred.
    pub ranks: Option<Lines<'a>>,
    /// `MRSTY.RRF`: semantic types.
    pub types: Option<Lines<'a>>,
    /// `MRREL.RRF`: parents.
    pub relations: Option<Lines<'a>>,
    /// `MRDEF.RRF`: definitions.
    pub definitions: Option<Lines<'a>>,
    /// `MRCUI.RRF`: retired identifiers.
    pub retired: Option<Lines<'a>>,
    /// `release.dat`: which release it is.
    pub release: Option<Lines<'a>>,
}

impl<'a> Files<'a> {
    /// A release of `MRCONSO.RRF` alone.
    pub fn of_names(place: impl Into<String>, names: Lines<'a>) -> Self {
        Self {
            place: place.into(),
            names,
            ranks: None,
            types: None,
            relations: None,
            definitions: None,
            retired: None,
            release: None,
        }
    }
}

/// A concept's position among those read, by its identifier.
type Positions = FxHashMap<Cui, u32>;

/// What has been read so far.
struct Reading<'o> {
    options: &'o Options,
    vocabularies: Vocabularies,
    types: Types,
    positions: Positions,
    concepts: Vec<(usize, Concept)>,
    tally: Tally,
}

/// Reads a release.
///
/// # Errors
/// Where a file cannot be read, no row of `MRCONSO.RRF` is one, semantic types are asked for and `MRSTY.RRF` is not
/// there, or nothing is of what the options ask for.
pub fn read(files: Files<'_>, options: &Options) -> Result<Draft, Error> {
    let Files { place, mut names, ranks, types, relations, definitions, retired, release } = files;
    if types.is_none() && !options.semantic_types.is_empty() {
        return Err(Error::Lacking { place, missing: "MRSTY.RRF, which says semantic types".to_owned() });
    }
    let mut tally = Tally::default();
    let mut draft = Draft { name: Some("umls".to_owned()), ..Draft::default() };
    draft.version = release.map(details::release).transpose()?.flatten();
    for (is_there, file, what) in
        [(types.is_some(), "MRSTY.RRF", "semantic types"), (relations.is_some(), "MRREL.RRF", "parents")]
    {
        if !is_there {
            draft.odd(0, format!("{file} is not there; concepts have no {what}"));
        }
    }
    let mut vocabularies = Vocabularies::new(options);
    if let Some(lines) = ranks {
        vocabularies.read_ranks(lines, &mut tally)?;
    }
    let types = types.map(|lines| Types::read(lines, &options.semantic_types, &mut tally)).transpose()?;
    let mut reading = Reading {
        options,
        vocabularies,
        types: types.unwrap_or_default(),
        positions: Positions::default(),
        concepts: Vec::new(),
        tally,
    };
    let first_odd = reading.read_atoms(&mut names)?;
    if reading.concepts.is_empty() {
        return Err(match first_odd {
            Some(error) => error,
            None if options.is_everything() => Error::Empty { place },
            None => Error::NothingWanted { place, wanted: options.in_words() },
        });
    }
    if let Some(lines) = relations {
        reading.read_relations(lines)?;
    }
    if let Some(lines) = definitions {
        reading.read_definitions(lines)?;
    }
    if let Some(lines) = retired {
        reading.read_retired(lines)?;
    }
    draft.concepts = reading.concepts;
    reading.tally.note(&mut draft, true);
    Ok(draft)
}

/// Whether a line looks like one of `MRCONSO.RRF`.
pub(super) fn is_row(line: &[u8]) -> bool {
    let start = line.get(..9).and_then(|start| std::str::from_utf8(start).ok());
    let id = start.and_then(|start| start.strip_suffix('|'));
    id.is_some_and(|id| Cui::parse(id).is_some()) && memchr::memchr_iter(b'|', line).count() == 18
}

/// A semantic type as it is written in `MRSTY.RRF`: `T047`.
pub fn semantic_type(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_uppercase();
    details::number(&text).map(|_| text)
}

/// The identifier as it is written everywhere else.
fn curie(cui: Cui) -> Curie {
    Curie::parse(&format!("UMLS:{}", cui.as_str())).expect("a CUI is letters and digits")
}

#[cfg(test)]
mod tests;

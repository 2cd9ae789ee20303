//! Cases from files, with their gold identifiers resolved.

mod rows;

use std::collections::HashSet;
use std::path::Path;

use rayon::iter::{IntoParallelRefMutIterator as _, ParallelIterator as _};
use serde::{Deserialize, Serialize};

use super::Error;
use super::identifiers::{Identifiers, Standing};
use crate::ontology::Curie;
use super::popularity::Popularity;
use crate::retrieve::{Mention, Retriever};
use rows::Row;
pub(in crate::evaluate) use rows::Rows;

/// Cases that are read of one file, at most: more than any corpus has, and what fits into memory with their answers.
const CASES: usize = 2_000_000;

/// How a table of cases is read, where its header does not tell.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The column of mentions [`mention` or `term`].
    pub mention: Option<String>,
    /// The column of gold identifiers [`ids`, `id` or `gold_id`].
    pub ids: Option<String>,
    /// The column that says how often the concept occurs [`popularity`].
    pub popularity: Option<String>,
    /// Only rows that have, in each of these columns, this value.
    pub only: Vec<(String, String)>,
}

/// A mention, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What is asked.
    pub mention: Mention,
    /// The gold identifiers as written; none where no concept is meant.
    pub ids: Vec<String>,
    /// What they lead to in the ontology of the index: live concepts. An identifier that leads to none is in the
    /// dataset's list of those, and the case can then be answered right only by that identifier itself.
    pub gold: Vec<Curie>,
    /// The document it stands in.
    pub doc_id: Option<String>,
    /// How often the concept occurs, by whatever count was given.
    pub popularity: Option<u64>,
    /// Which part of a terminology it belongs to, where models were fine-tuned on the other.
    pub split: Option<Split>,
    /// Where it stands: the line of a file, from 1; of cases that were made, their number.
    pub line: usize,
    /// Whether the mention equals an indexed name; [`Dataset::mark_named`] finds out.
    pub is_named: bool,
    /// Whether no earlier case has this mention (in lower case) and these gold identifiers.
    pub is_first: bool,
}

impl Case {
    /// Whether a concept is meant.
    pub fn has_gold(&self) -> bool {
        !self.ids.is_empty()
    }
}

/// Which terms a fine-tuned model has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// These.
    Trained,
    /// Not these.
    Withheld,
}

/// Cases that belong together.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    /// What it is called: a file's name without its endings.
    pub name: String,
    /// The file, as it was given.
    pub place: String,
    /// The BLAKE3 of the file, in hexadecimal digits.
    pub blake3: String,
    /// The cases.
    pub cases: Vec<Case>,
    /// Gold identifiers that lead to no live concept.
    pub unresolved: Vec<Unresolved>,
}

/// A gold identifier that leads to no live concept of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unresolved {
    /// The line of the file, from 1.
    pub line: usize,
    /// The identifier as written.
    pub id: String,
    /// Why, in one lower-case phrase.
    pub reason: String,
}

/// The columns that cases are made of.
struct Columns<'a> {
    mention: &'a str,
    ids: &'a str,
    popularity: Option<&'a str>,
}

impl Dataset {
    /// Reads the cases of `path`: TSV (tabs, no quotes), CSV, or JSON lines, by the ending of its name.
    ///
    /// A file is read as it is: columns that are not asked for are passed over, a `context` and a `doc_id` are taken where
    /// they are. Gold identifiers stand apart by `|`.
    ///
    /// # Errors
    /// With file and line: where a column is missing, a row cannot be read, an identifier is none, or its prefix is one that
    /// no concept of the index has; where there is no case at all.
    pub fn read(path: &Path, options: &Options, identifiers: &Identifiers) -> Result<Self, Error> {
        let place = path.display().to_string();
        let mut rows = Rows::open(path)?;
        let columns = Columns::of(&rows, options)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = [".gz", ".tsv", ".csv", ".jsonl", ".txt", ".unique"]
            .iter()
            .fold(name.as_str(), |name, ending| name.strip_suffix(ending).unwrap_or(name))
            .to_owned();
        let mut reading = Reading { dataset: Self { name, place, ..Self::default() }, ..Reading::default() };
        while let Some(row) = rows.next() {
            let row = row?;
            if options.only.iter().all(|(column, value)| row.get(column).unwrap_or_default() == value) {
                reading.case(&row, &columns, identifiers)?;
            }
        }
        let blake3 = rows.blake3();
        let dataset = reading.finished()?;
        Ok(Self { blake3, ..dataset })
    }

    /// Finds out which mentions equal an indexed name: `retriever` puts such a name before all others.
    ///
    /// # Errors
    /// Where retrieval fails.
    pub fn mark_named(&mut self, retriever: &dyn Retriever) -> Result<(), Error> {
        self.cases.par_iter_mut().try_for_each(|case| {
            let found = retriever.retrieve(&case.mention, 1)?;
            case.is_named = found.candidates.first().is_some_and(|first| first.ranks.is_equal_form());
            Ok(())
        })
    }

    /// Keeps at most so many distinct cases with all their occurrences, chosen by a seed, in their order.
    pub fn sample(&mut self, most: usize, seed: u64) {
        let mut kinds: Vec<_> = self.distinct().map(|case| kind(&case.mention.text, &case.ids)).collect();
        fastrand::Rng::with_seed(seed).shuffle(&mut kinds);
        let kept: HashSet<_> = kinds.into_iter().take(most).collect();
        self.cases.retain(|case| kept.contains(&kind(&case.mention.text, &case.ids)));
        let lines: HashSet<usize> = self.cases.iter().map(|case| case.line).collect();
        self.unresolved.retain(|entry| lines.contains(&entry.line));
    }

    /// Tells each case how often its most popular gold concept occurs.
    pub fn set_popularity(&mut self, popularity: &Popularity) {
        for case in &mut self.cases {
            case.popularity = case.gold.iter().filter_map(|id| popularity.of(id)).max();
        }
    }

    /// The cases without those that are like an earlier one.
    pub fn distinct(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.is_first)
    }
}

/// What makes two cases one: the mention in lower case, and the gold identifiers in any order.
fn kind(mention: &str, ids: &[String]) -> (String, Vec<String>) {
    let mut ids = ids.to_vec();
    ids.sort();
    (mention.to_lowercase(), ids)
}

/// A dataset on its way.
#[derive(Default)]
struct Reading {
    dataset: Dataset,
    seen: HashSet<(String, Vec<String>)>,
    /// Whether a gold identifier was the label of a concept, as symbols are.
    has_symbols: bool,
    /// The first text that is neither an identifier nor a label.
    first_malformed: Option<(usize, String)>,
}

impl Reading {
    fn case(&mut self, row: &Row<'_>, columns: &Columns<'_>, identifiers: &Identifiers) -> Result<(), Error> {
        let (line, place) = (row.line, &self.dataset.place);
        let cell = |column: &str| row.get(column).map(str::trim).filter(|cell| !cell.is_empty());
        let wrong = |message: String| Error::Row { place: place.clone(), line, message };
        let Some(mention) = cell(columns.mention) else {
            return Err(wrong(format!("`{}` is empty", columns.mention)));
        };
        let ids: Vec<String> = cell(columns.ids)
            .unwrap_or_default()
            .split('|')
            .map(|id| id.trim().to_owned())
            .filter(|id| !id.is_empty())
            .collect();
        let popularity = match columns.popularity.and_then(cell) {
            Some(text) => Some(text.parse().map_err(|_| wrong(format!("`{text}` is no count")))?),
            None => None,
        };
        let split = match cell("split") {
            Some("trained") => Some(Split::Trained),
            Some("withheld") => Some(Split::Withheld),
            Some(other) => return Err(wrong(format!("`split` is `{other}`, neither `trained` nor `withheld`"))),
            None => None,
        };
        let mut case = Case {
            mention: Mention { text: mention.to_owned(), context: cell("context").map(str::to_owned) },
            gold: Vec::new(),
            doc_id: cell("doc_id").map(str::to_owned),
            popularity,
            split,
            line,
            is_named: false,
            is_first: self.seen.insert(kind(mention, &ids)),
            ids,
        };
        for id in &case.ids {
            match self.resolved(id, line, identifiers)? {
                Ok(gold) => case.gold.push(gold),
                Err(reason) => {
                    self.dataset.unresolved.push(Unresolved { line, id: id.clone(), reason: reason.to_owned() });
                }
            }
        }
        case.gold.sort();
        case.gold.dedup();
        self.dataset.cases.push(case);
        if self.dataset.cases.len() > CASES {
            return Err(Error::TooManyCases { place: self.dataset.place.clone(), most: CASES });
        }
        Ok(())
    }

    /// The live concept that a gold identifier leads to, or why there is none.
    fn resolved(
        &mut self,
        id: &str,
        line: usize,
        identifiers: &Identifiers,
    ) -> Result<Result<Curie, &'static str>, Error> {
        let standing = identifiers.standing(id);
        let Ok(curie) = Curie::parse(id) else {
            return Ok(match standing {
                Standing::Live(gold) | Standing::Obsolete(Some(gold)) => {
                    self.has_symbols = true;
                    Ok(gold)
                }
                _ => {
                    self.first_malformed.get_or_insert_with(|| (line, id.to_owned()));
                    Err("no concept is called so")
                }
            });
        };
        Ok(match standing {
            Standing::Live(gold) | Standing::Obsolete(Some(gold)) => Ok(gold),
            Standing::Obsolete(None) => Err("retired, and not replaced by one concept"),
            Standing::Unknown | Standing::Malformed if identifiers.has_prefix(curie.prefix()) => {
                Err("no concept has this identifier")
            }
            Standing::Unknown | Standing::Malformed => {
                let place = self.dataset.place.clone();
                return Err(Error::UnknownPrefix { place, line, id: id.to_owned() });
            }
        })
    }

    fn finished(self) -> Result<Dataset, Error> {
        if self.dataset.cases.is_empty() {
            return Err(Error::NoCases { place: self.dataset.place });
        }
        // In a file of symbols one that is not known is out of date; in any other it is a mistake.
        if let Some((line, id)) = self.first_malformed.filter(|_| !self.has_symbols) {
            return Err(Error::NoIdentifier { place: self.dataset.place, line, id });
        }
        Ok(self.dataset)
    }
}

impl<'a> Columns<'a> {
    fn of(rows: &Rows, options: &'a Options) -> Result<Self, Error> {
        let missing = |column: &str| rows.missing(column);
        let has = |column: &str| rows.has(column);
        let find = |given: Option<&'a String>, usual: &[&'a str]| match given {
            Some(column) if has(column) => Ok(column.as_str()),
            Some(column) => Err(missing(column)),
            None => usual.iter().copied().find(|column| has(column)).ok_or_else(|| missing(usual[0])),
        };
        if let Some((column, _)) = options.only.iter().find(|(column, _)| !has(column)) {
            return Err(missing(column));
        }
        let popularity = match &options.popularity {
            Some(column) => Some(find(Some(column), &[])?),
            None => Some("popularity").filter(|column| has(column)),
        };
        Ok(Self {
            mention: find(options.mention.as_ref(), &["mention", "term"])?,
            ids: find(options.ids.as_ref(), &["ids", "id", "gold_id"])?,
            popularity,
        })
    }
}

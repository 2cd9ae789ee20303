//! The table of terms, and which of them may be trained on.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::Error;
use crate::ontology::{Concept, Curie, Name, Scope};
use crate::text::normal_form;

const MENTION: &str = "mention";
const IDS: &str = "ids";
const POPULARITY: &str = "popularity";
const BIN: &str = "bin";
const SPLIT: &str = "split";

/// A row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its line, from 1.
    pub line: usize,
    /// The term.
    pub mention: String,
    /// Its identifiers as written.
    pub ids: Vec<String>,
    /// How often its concept occurs.
    pub popularity: Option<f64>,
    /// The bin of that number.
    pub bin: Option<String>,
    /// Which part it belongs to.
    pub part: Part,
}

/// Which part of the table a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The table does not tell parts apart.
    Untold,
    /// What is trained on.
    Trained,
    /// What nothing may be learnt from.
    Withheld,
    /// Neither of the two.
    Neither,
}

/// A term that may be trained on.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The line it comes from.
    pub line: usize,
    /// What it is called.
    pub mention: String,
    /// The identifier that is the answer, as it should be written.
    pub answer: String,
    /// The concepts that are right, the one of the answer first.
    pub gold: Vec<Curie>,
    /// All names of the concept of the answer.
    pub names: Vec<Name>,
    /// How often its concept occurs.
    pub popularity: Option<f64>,
    /// The bin of that number.
    pub bin: Option<String>,
}

/// A term that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The line it comes from.
    pub line: usize,
    /// Why.
    pub reason: Reason,
}

/// Why a term is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No live concept of the index has any of its identifiers.
    NoConcept,
    /// An earlier row says the same words.
    SaidBefore {
        /// The line of that row.
        line: usize,
    },
    /// The same words or the same concept are withheld.
    IsWithheld,
}

/// What nothing may be learnt from.
#[derive(Debug, Clone, Default)]
pub struct Withheld {
    concepts: HashSet<Curie>,
    forms: HashSet<String>,
}

impl Withheld {
    /// Whether there is nothing of the kind.
    pub fn is_empty(&self) -> bool {
        self.concepts.is_empty() && self.forms.is_empty()
    }

    /// Whether a concept is withheld.
    pub fn has(&self, concept: &Curie) -> bool {
        self.concepts.contains(concept)
    }

    /// Whether a name is one of those that are withheld.
    pub fn says(&self, name: &str) -> bool {
        self.forms.contains(&normal_form(name))
    }
}

/// The terms of a table.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Those that may be trained on, in the order of the table.
    pub terms: Vec<Term>,
    /// Those that are left out.
    pub left_out: Vec<LeftOut>,
    /// What nothing may be learnt from.
    pub withheld: Withheld,
    /// Rows that say that they are withheld.
    pub withheld_rows: usize,
    /// Rows that are neither trained on nor withheld.
    pub rows_of_neither: usize,
}

/// Reads a table: cells between tabs, the first line naming them.
///
/// # Errors
/// Where a column is missing or a cell cannot be read, with the line.
pub fn read(text: &str, place: &str) -> Result<Vec<Row>, Error> {
    let place = || place.to_owned();
    let mut lines = text.trim_start_matches('\u{feff}').lines().zip(1_usize..);
    let header: Vec<String> =
        lines.next().map_or("", |(line, _)| line).split('\t').map(|cell| cell.trim().to_lowercase()).collect();
    let column = |name: &str| header.iter().position(|cell| cell == name);
    let required = |name| column(name).ok_or_else(|| Error::NoColumn { place: place(), column: name });
    let (mention, ids) = (required(MENTION)?, required(IDS)?);
    let [popularity, bin, split] = [POPULARITY, BIN, SPLIT].map(column);
    let mut rows = Vec::new();
    for (line, number) in lines.filter(|(line, _)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        let given = |at: Option<usize>| at.map(cell).filter(|value| !value.is_empty());
        let wrong = |column, value: &str, expected| Error::Cell {
            place: place(),
            line: number,
            column,
            value: value.to_owned(),
            expected,
        };
        if cell(mention).is_empty() {
            return Err(Error::EmptyCell { place: place(), line: number, column: MENTION });
        }
        let popularity = given(popularity).map(|value| {
            let number = value.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
            number.ok_or_else(|| wrong(POPULARITY, value, "a number"))
        });
        let part = match split.map(cell) {
            None => Part::Untold,
            Some("trained") => Part::Trained,
            Some("withheld") => Part::Withheld,
            Some("") => Part::Neither,
            Some(value) => return Err(wrong(SPLIT, value, "`trained`, `withheld` or nothing")),
        };
        rows.push(Row {
            line: number,
            mention: cell(mention).to_owned(),
            ids: cell(ids).split('|').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect(),
            popularity: popularity.transpose()?,
            bin: given(bin).map(str::to_owned),
            part,
        });
    }
    if rows.is_empty() { Err(Error::NoRows { place: place() }) } else { Ok(rows) }
}

/// What an identifier leads to, and how it should be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Led {
    /// The live concept.
    pub concept: Concept,
    /// The identifier as a model should write it.
    pub answer: String,
}

/// The terms of `rows` that may be trained on; `lead` says what an identifier of a row leads to, if to anything that is
/// alive.
///
/// # Errors
/// Those of `lead`.
pub fn select<E>(rows: &[Row], mut lead: impl FnMut(&Row, &str) -> Result<Option<Led>, E>) -> Result<Terms, E> {
    let mut selected = Terms::default();
    let mut trained: Vec<(&Row, Vec<Led>)> = Vec::new();
    for row in rows {
        let mut concepts = Vec::new();
        for id in &row.ids {
            concepts.extend(lead(row, id)?);
        }
        match row.part {
            Part::Withheld => {
                selected.withheld_rows += 1;
                selected.withheld.forms.insert(normal_form(&row.mention));
                selected.withheld.concepts.extend(concepts.into_iter().map(|led| led.concept.id));
            }
            Part::Neither => selected.rows_of_neither += 1,
            Part::Trained | Part::Untold => trained.push((row, concepts)),
        }
    }
    let mut said: HashMap<String, usize> = HashMap::new();
    for (row, concepts) in trained {
        let gold: Vec<Curie> = concepts.iter().map(|led| led.concept.id.clone()).collect();
        let is_withheld = selected.withheld.says(&row.mention) || gold.iter().any(|id| selected.withheld.has(id));
        let reason = match concepts.into_iter().next() {
            None => Reason::NoConcept,
            Some(_) if is_withheld => Reason::IsWithheld,
            Some(first) => match said.entry(normal_form(&row.mention)) {
                Entry::Occupied(earlier) => Reason::SaidBefore { line: *earlier.get() },
                Entry::Vacant(place) => {
                    place.insert(row.line);
                    selected.terms.push(Term::new(row, first, gold));
                    continue;
                }
            },
        };
        selected.left_out.push(LeftOut { line: row.line, reason });
    }
    Ok(selected)
}

impl Term {
    /// The names that say no more and no less than the concept.
    pub fn synonyms(&self) -> impl Iterator<Item = &str> {
        let exact = self.names.iter().filter(|name| matches!(name.scope, Scope::Label | Scope::Exact));
        exact.map(|name| name.text.as_str())
    }

    fn new(row: &Row, led: Led, gold: Vec<Curie>) -> Self {
        Self {
            line: row.line,
            mention: row.mention.clone(),
            answer: led.answer,
            gold,
            names: led.concept.names,
            popularity: row.popularity,
            bin: row.bin.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn led(id: &str) -> Led {
        let names = [("Big hands", Scope::Label), ("Huge hands", Scope::Exact), ("Hands", Scope::Broad)];
        let name = |(text, scope): (&str, Scope)| Name { text: text.to_owned(), scope, kind: None };
        let names = names.map(name).to_vec();
        Led { concept: Concept { names, ..Concept::new(Curie::parse(id).unwrap()) }, answer: id.to_owned() }
    }

    fn selected(table: &str) -> Terms {
        let alive = |id: &str| id != "HP:9";
        let lead = |_: &Row, id: &str| Ok::<_, Error>(alive(id).then(|| led(id)));
        select(&read(table, "split.tsv").unwrap(), lead).unwrap()
    }

    #[test]
    fn columns_are_found_by_name_and_some_may_be_missing() {
        let rows =
            read("\u{feff}IDs\tmention\tbin\tpopularity\nHP:1|HP:2\tbig hands\t3\t\n\nHP:3\tfits\n", "x").unwrap();
        assert_eq!(rows[0].ids, ["HP:1", "HP:2"]);
        assert_eq!((rows[0].bin.as_deref(), rows[0].popularity, rows[0].part), (Some("3"), None, Part::Untold));
        assert_eq!((rows[1].line, rows[1].mention.as_str(), rows[1].bin.as_deref()), (4, "fits", None));
    }

    #[test]
    fn what_cannot_be_read_is_an_error_with_its_line() {
        let error = |text: &str| read(text, "split.tsv").unwrap_err().to_string();
        assert_eq!(error("mention\tid\n"), "split.tsv:1: there is no column `ids`");
        assert_eq!(error(""), "split.tsv:1: there is no column `mention`");
        assert_eq!(error("mention\tids\n\n"), "`split.tsv` holds no terms");
        assert_eq!(error("mention\tids\nx\tHP:1\n\tHP:2\n"), "split.tsv:3: `mention` is empty");
        let message = "split.tsv:2: `split` holds `test` (expected: `trained`, `withheld` or nothing)";
        assert_eq!(error("mention\tids\tsplit\nx\tHP:1\ttest\n"), message);
        let message = "split.tsv:2: `popularity` holds `many` (expected: a number)";
        assert_eq!(error("mention\tids\tpopularity\nx\tHP:1\tmany\n"), message);
    }

    #[test]
    fn what_is_withheld_is_withheld_under_any_name_and_identifier() {
        let table = "mention\tids\tsplit\nfits\tHP:1\ttrained\nBig Hands\tHP:2\twithheld\nbig hands\tHP:3\ttrained\n\
            paws\tHP:2\ttrained\nfits\tHP:4\ttrained\ntail\tHP:9\ttrained\nfur\tHP:5\n";
        let terms = selected(table);
        assert_eq!(terms.terms.iter().map(|term| term.mention.as_str()).collect::<Vec<_>>(), ["fits"]);
        let reasons: Vec<_> = terms.left_out.iter().map(|left| (left.line, left.reason.clone())).collect();
        let said = Reason::SaidBefore { line: 2 };
        let withheld = Reason::IsWithheld;
        assert_eq!(reasons, [(4, withheld.clone()), (5, withheld), (6, said), (7, Reason::NoConcept)]);
        assert!(terms.withheld.says("BIG HANDS") && !terms.withheld.says("fits") && !terms.withheld.is_empty());
        assert_eq!((terms.withheld_rows, terms.rows_of_neither), (1, 1));
    }

    #[test]
    fn a_term_has_the_names_that_say_the_same() {
        let terms = selected("mention\tids\nbig hands\tHP:1|HP:9|HP:2\n").terms;
        assert_eq!(terms[0].synonyms().collect::<Vec<_>>(), ["Big hands", "Huge hands"]);
        assert_eq!((terms[0].answer.as_str(), terms[0].gold.len()), ("HP:1", 2));
    }
}

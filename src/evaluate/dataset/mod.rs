//! Cases from files, with their gold identifiers resolved.

mod rows;

use std::collections::HashSet;
use std::path::Path;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::{Deserialize, Serialize};

use super::Error;
use super::identifiers::{Identifiers, Standing};
use super::popularity::Popularity;
use super::system::retrieval::distinct;
use crate::ontology::Curie;
use crate::retrieve::{Mention, Retriever};
use rows::Row;
pub(in crate::evaluate) use rows::{Rows, SPLIT};

/// Cases that are read of one file, at most: more than any corpus has, and what fits into memory with their answers.
const CASES: usize = 2_000_000;

/// Candidates among which a name that is equal must be: as many ontologies may be asked at once.
const ONTOLOGIES: usize = 32;

/// Columns that may hold what was asked; the first that there is counts.
pub(in crate::evaluate) const MENTION: [&str; 2] = ["mention", "term"];

/// Columns that may hold the gold identifiers.
pub(in crate::evaluate) const IDS: [&str; 3] = ["ids", "gold_id", "id"];

/// Columns that may hold what was answered.
pub(in crate::evaluate) const PREDICTED: [&str; 3] = ["predicted_id", "prediction", "answer"];

/// How a table of cases is read, where its header does not tell.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The column of mentions (else `mention` or `term`).
    pub mention: Option<String>,
    /// The column of gold identifiers (else `ids`, `gold_id` or `id`).
    pub ids: Option<String>,
    /// The column that says how often the concept occurs (else `popularity`).
    pub popularity: Option<String>,
    /// The column of the species that a case's gene is of; none is read where none is named.
    pub species: Option<String>,
    /// Only rows that have, in each of these columns, this value.
    pub only: Vec<(String, String)>,
}

/// A mention, and what it means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// Whether no earlier case has this mention (in lower case) and these gold concepts.
    pub is_first: bool,
}

impl Case {
    /// Whether a concept is meant.
    pub fn has_gold(&self) -> bool {
        !self.ids.is_empty()
    }

    /// What makes two cases one: the mention in lower case, and the gold concepts.
    fn kind(&self) -> (String, Vec<String>) {
        let mut ids = match self.gold.as_slice() {
            [] => self.ids.clone(),
            gold => gold.iter().map(Curie::to_string).collect(),
        };
        ids.sort();
        (self.mention.text.to_lowercase(), ids)
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

impl Split {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Trained, Self::Withheld];

    /// `trained` or `withheld`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trained => "trained",
            Self::Withheld => "withheld",
        }
    }

    /// Reads `trained` or `withheld`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|split| split.as_str() == text)
    }
}

/// Cases that belong together.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    /// What it is called: a file's name without its endings, and of which rows it is a part.
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
    species: Option<&'a str>,
}

impl Dataset {
    /// Reads the cases of `path`: TSV (tabs, no quotes), CSV, or JSON lines, by the ending of its name.
    ///
    /// A file is read as it is: columns that are not asked for are passed over, a `context`, a `doc_id` and what is `expected` are taken where
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
        // Parts of one file are told apart.
        let parts = options.only.iter().map(|(_, value)| format!(" {value}"));
        let name = std::iter::once(name).chain(parts).collect();
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

    /// Finds out which mentions equal an indexed name: `retriever` puts such a name before all others of its ontology, and
    /// may know no other.
    ///
    /// # Errors
    /// Where retrieval fails.
    pub fn mark_named(&mut self, retriever: &dyn Retriever) -> Result<(), Error> {
        let (mentions, places) = distinct(&self.cases);
        let is_named = |mention: &&Mention| -> Result<bool, Error> {
            let found = match retriever.retrieve(mention, ONTOLOGIES) {
                // Of what is no species there is no name.
                Err(error) if error.is_of_species() => return Ok(false),
                found => found?,
            };
            Ok(found.candidates.iter().any(|candidate| candidate.ranks.is_equal_form()))
        };
        let named = mentions.par_iter().map(is_named).collect::<Result<Vec<bool>, Error>>()?;
        for (case, place) in self.cases.iter_mut().zip(places) {
            case.is_named = named[place];
        }
        Ok(())
    }

    /// Keeps at most so many distinct cases with all their occurrences, chosen by a seed, in their order.
    pub fn sample(&mut self, most: usize, seed: u64) {
        let mut kinds: Vec<_> = self.distinct().map(Case::kind).map(|kind| (drawn(seed, &kind), kind)).collect();
        kinds.sort();
        let kept: HashSet<_> = kinds.into_iter().take(most).map(|(_, kind)| kind).collect();
        self.cases.retain(|case| kept.contains(&case.kind()));
        let lines: HashSet<usize> = self.cases.iter().map(|case| case.line).collect();
        self.unresolved.retain(|entry| lines.contains(&entry.line));
    }

    /// Tells the cases that do not say what they are expected to be.
    pub fn expect(&mut self, expected: &[String]) {
        for case in self.cases.iter_mut().filter(|case| case.mention.expected.is_empty()) {
            case.mention.expected = expected.to_vec();
        }
    }

    /// Tells each case how often its most popular gold concept occurs.
    pub fn set_popularity(&mut self, popularity: &Popularity) {
        for case in &mut self.cases {
            let counted = case.gold.iter().filter_map(|id| popularity.of(id)).max();
            case.popularity = counted.or(case.popularity);
        }
    }

    /// The cases without those that are like an earlier one.
    pub fn distinct(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.is_first)
    }
}

/// A number for a case: random, the same on every machine, and whatever other cases there are.
fn drawn(seed: u64, (mention, ids): &(String, Vec<String>)) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).update(mention.as_bytes());
    for id in ids {
        hasher.update(&[0]).update(id.as_bytes());
    }
    *hasher.finalize().as_bytes()
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
        let line = row.line;
        let Some(mention) = row.cell(columns.mention) else {
            return Err(row.malformed(format!("`{}` is empty", columns.mention)));
        };
        // A row that breaks off is not one without a concept.
        let Some(ids) = row.get(columns.ids) else {
            return Err(row.malformed(format!("the row has no `{}`", columns.ids)));
        };
        let ids: Vec<String> = ids.split('|').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
        // Not a prefix's business: such a text is several identifiers, or none.
        if let Some(id) = ids.iter().find(|id| id.contains([';', ','])) {
            return Err(row.malformed(format!("`{id}` is no identifier; several stand apart by `|`")));
        }
        let popularity = columns.popularity.map(|column| row.count(column)).transpose()?.flatten();
        let split = row.split()?;
        let mut case = Case {
            mention: Mention {
                context: row.cell("context").map(str::to_owned),
                expected: Mention::expectations(row.cell("expected").unwrap_or_default()),
                species: columns.species.and_then(|column| row.cell(column)).map(str::to_owned),
                ..Mention::new(mention)
            },
            gold: Vec::new(),
            doc_id: row.cell("doc_id").map(str::to_owned),
            popularity,
            split,
            line,
            is_named: false,
            is_first: false,
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
        case.is_first = self.seen.insert(case.kind());
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
        let given = |column: &'a String| {
            if rows.may_have(column) { Ok(column.as_str()) } else { Err(rows.missing(column)) }
        };
        let find = |column: &'a Option<String>, usual: &[&'static str]| match column {
            Some(column) => given(column),
            None => rows.one_of(usual),
        };
        if let Some((column, _)) = options.only.iter().find(|(column, _)| !rows.may_have(column)) {
            return Err(rows.missing(column));
        }
        let popularity = match &options.popularity {
            Some(column) => Some(given(column)?),
            None => Some("popularity").filter(|column| rows.may_have(column)),
        };
        let species = options.species.as_ref().map(given).transpose()?;
        Ok(Self { mention: find(&options.mention, &MENTION)?, ids: find(&options.ids, &IDS)?, popularity, species })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ontology::{Ontology, obo};

    fn identifiers() -> Identifiers {
        let text = "\
[Term]\nid: X:1\nname: fever\nalt_id: X:10\n\n[Term]\nid: X:2\nname: ache\n\n\
[Term]\nid: X:3\nname: obsolete heat\nis_obsolete: true\nreplaced_by: X:10\n\n\
[Term]\nid: X:4\nname: obsolete itch\nis_obsolete: true\nconsider: X:1\n";
        let draft = obo::read(text.as_bytes(), "x").unwrap();
        Identifiers::new(Arc::new(Ontology::assemble(draft, "x", "x").unwrap()))
    }

    fn read_as(name: &str, text: &str, options: &Options) -> Result<Dataset, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs_err::write(&path, text).unwrap();
        let before = format!("{}/", folder.path().display());
        Dataset::read(&path, options, &identifiers()).map_err(|error| error.to_string().replace(&before, ""))
    }

    fn read(text: &str) -> Result<Dataset, String> {
        read_as("c.dev.unique.tsv", text, &Options::default())
    }

    #[test]
    fn gold_identifiers_are_followed_through_merges_and_replacements() {
        let dataset = read("mention\tids\theat\nhot\tX:10|X:3\t1\naches\tX:2\nnothing\t\n").unwrap();
        let gold: Vec<String> = dataset
            .cases
            .iter()
            .map(|case| case.gold.iter().map(Curie::as_str).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(gold, ["X:1", "X:2", ""]);
        assert_eq!((dataset.name.as_str(), dataset.unresolved.len()), ("c.dev", 0));
        assert!(!dataset.cases[2].has_gold());
    }

    #[test]
    fn what_leads_to_no_concept_is_listed_with_its_line_and_its_case_is_kept() {
        let dataset = read("mention\tids\nitch\tX:4\n\nother\tX:99|X:2\n").unwrap();
        let unresolved: Vec<(usize, &str)> =
            dataset.unresolved.iter().map(|entry| (entry.line, entry.id.as_str())).collect();
        assert_eq!(unresolved, [(2, "X:4"), (4, "X:99")]);
        assert!(dataset.cases[0].has_gold() && dataset.cases[0].gold.is_empty());
        assert_eq!(dataset.cases[1].gold.len(), 1);
    }

    #[test]
    fn one_format_is_read_as_the_others() {
        let tsv = read("mention\tids\tcontext\npain \"here\"\tX:2|X:1\ta, b\n").unwrap();
        let csv =
            read_as("c.csv", "Mention,IDs,context\n\"pain \"\"here\"\"\",X:2|X:1,\"a, b\"\n", &Options::default());
        let json = r#"{"mention": "pain \"here\"", "ids": ["X:2", "X:1"], "context": "a, b"}"#;
        let json = read_as("c.jsonl", json, &Options::default()).unwrap();
        let csv = csv.unwrap();
        assert_eq!(csv.cases, tsv.cases);
        assert_eq!(json.cases, vec![Case { line: 1, ..tsv.cases[0].clone() }]);
        assert_eq!(tsv.cases[0].mention.context.as_deref(), Some("a, b"));
    }

    #[test]
    fn a_line_of_json_may_have_more_than_the_first() {
        let text =
            "{\"mention\": \"none\", \"ids\": null}\n{\"mention\": \"hot\", \"ids\": \"X:1\", \"popularity\": 7}\n";
        let dataset = read_as("c.jsonl", text, &Options::default()).unwrap();
        assert!(!dataset.cases[0].has_gold());
        assert_eq!(dataset.cases[1].popularity, Some(7));
        let error = read_as("c.jsonl", "{\"mention\": \"hot\"}\n", &Options::default()).unwrap_err();
        assert_eq!(error, "c.jsonl:1: the row has no `ids`");
    }

    #[test]
    fn a_quote_that_is_left_open_is_refused_before_it_fills_memory() {
        let text = format!("mention,ids\n\"hot,X:1\n{}", "a,b\n".repeat(8 << 20));
        let error = read_as("c.csv", &text, &Options::default()).unwrap_err();
        assert_eq!(error, "cannot read `c.csv`");
    }

    #[test]
    fn a_repeated_case_is_known_as_one() {
        let dataset = read("mention\tids\nHot\tX:1|X:2\nhot\tX:2|X:1\nhot\tX:1\n").unwrap();
        assert_eq!(dataset.cases.iter().map(|case| case.is_first).collect::<Vec<_>>(), [true, false, true]);
    }

    #[test]
    fn columns_may_be_called_otherwise_and_rows_left_out() {
        let options = Options {
            mention: Some("phrase".to_owned()),
            popularity: Some("hits".to_owned()),
            only: vec![("kind".to_owned(), "a".to_owned())],
            ..Options::default()
        };
        let text = "phrase\tgold_id\thits\tkind\nhot\tX:1\t12\ta\nold\tX:2\t-1\tb\n";
        let dataset = read_as("c.tsv", text, &options).unwrap();
        assert_eq!((dataset.cases.len(), dataset.cases[0].popularity), (1, Some(12)));
    }

    #[test]
    fn labels_are_identifiers_where_some_of_the_file_are() {
        let dataset = read("mention\tids\nhot\tfever\nold\tgone\n").unwrap();
        assert_eq!((dataset.cases[0].gold[0].as_str(), dataset.unresolved.len()), ("X:1", 1));
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_line() {
        for (text, expected) in [
            ("", "`c.dev.unique.tsv` holds no cases"),
            ("mention\tids\n", "`c.dev.unique.tsv` holds no cases"),
            (
                "text\tids\nhot\tX:1\n",
                "c.dev.unique.tsv:1: there is no column `mention` or `term` (there are `text`, `ids`)",
            ),
            (
                "mention\tids\nhot\tX:1;X:2\n",
                "c.dev.unique.tsv:2: `X:1;X:2` is no identifier; several stand apart by `|`",
            ),
            ("mention\tids\nhot\n", "c.dev.unique.tsv:2: the row has no `ids`"),
            ("mention\tids\nhot\tX:1\n\tX:1\n", "c.dev.unique.tsv:3: `mention` is empty"),
            ("mention\tids\nhot\tX:1\tY\n", "c.dev.unique.tsv:2: 3 cells, and the header has 2"),
            (
                "mention\tids\nhot\tX:1\nold\tgone\n",
                "c.dev.unique.tsv:3: `gone` is no identifier, and no concept is called so",
            ),
            (
                "mention\tids\nhot\tHP:1\n",
                "c.dev.unique.tsv:2: no concept of the index has an identifier with the prefix of `HP:1`",
            ),
            ("mention\tids\tsplit\nhot\tX:1\tboth\n", "`split` is `both`, neither `trained` nor `withheld`"),
            ("mention\tids\tpopularity\nhot\tX:1\tmany\n", "c.dev.unique.tsv:2: `many` is no count"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.ends_with(expected), "{error}");
        }
        let error =
            read_as("c.jsonl", "{\"mention\": \"a\", \"ids\": \"X:1\"}\n[1]\n", &Options::default()).unwrap_err();
        assert_eq!(error, "c.jsonl:2: no JSON object");
        let error = read_as("c.csv", "mention,ids\nhot,X:1\nold\n", &Options::default()).unwrap_err();
        assert_eq!(error, "c.csv:3: 1 cells, and the header has 2");
        let error = read_as("c.csv", "mention,ids\r\nhot,X:1\r\nold,gone\r\n", &Options::default()).unwrap_err();
        assert_eq!(error, "c.csv:3: `gone` is no identifier, and no concept is called so");
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_fills_memory() {
        let error = read(&format!("mention\tids\nhot\t{}", "x".repeat(2 << 20))).unwrap_err();
        assert_eq!(error, "c.dev.unique.tsv:2: the line is longer than 1 MiB");
    }

    #[test]
    fn a_sample_keeps_all_occurrences_of_what_it_takes() {
        let text = "mention\tids\na\tX:1\nA\tX:1\nb\tX:1\nc\tX:1\n";
        let mut dataset = read(text).unwrap();
        dataset.sample(2, 7);
        assert_eq!(dataset.distinct().count(), 2);
        let occurrences = dataset.cases.iter().filter(|case| case.mention.text.eq_ignore_ascii_case("a")).count();
        assert!(occurrences == 0 || occurrences == 2);
        let mut again = read(text).unwrap();
        again.sample(2, 7);
        assert_eq!(again.cases, dataset.cases);
    }
}

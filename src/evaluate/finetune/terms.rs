//! The table of terms, and which of them may be trained on.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::evaluate::Error;
use crate::evaluate::dataset::{Rows, SPLIT, Split};
use crate::evaluate::identifiers::{Identifiers, Standing};
use crate::ontology::{Concept, Curie, Name, Ontology, Resolution, Scope};
use crate::text::normal_form;

/// A table of terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The file, as it was given.
    pub place: String,
    /// Whether it tells what is trained on from what is withheld.
    pub is_split: bool,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its line, from 1.
    pub line: usize,
    /// The term.
    pub mention: String,
    /// Its identifiers as written.
    pub ids: Vec<String>,
    /// How often its concept occurs.
    pub popularity: Option<u64>,
    /// The bin of that number.
    pub bin: Option<String>,
    /// Which part it belongs to.
    pub split: Option<Split>,
}

/// What the columns of a table are called, in lower case.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// That of the terms.
    pub mention: &'a str,
    /// That of their identifiers.
    pub ids: &'a str,
}

impl Default for Columns<'_> {
    fn default() -> Self {
        Self { mention: "mention", ids: "ids" }
    }
}

/// A term that may be trained on.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub popularity: Option<u64>,
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
    /// The normal forms of what the rows say, and of all names of the concepts.
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

    /// A synonym of `concept` may be one of another, too, and would be taught as that one's.
    fn add(&mut self, concept: &Concept) {
        self.concepts.insert(concept.id.clone());
        self.forms.extend(concept.names.iter().map(|name| normal_form(&name.text)));
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
    /// The lines of those whose identifiers lead to no live concept: of them only the words are withheld.
    pub unresolved: Vec<usize>,
    /// Rows that are neither trained on nor withheld.
    pub rows_of_neither: usize,
}

/// Reads a table: TSV, CSV or JSON lines, by the ending of its name.
///
/// # Errors
/// Where a column is missing or a cell cannot be read, with the line; where there is no row.
pub fn read(path: &Path, columns: &Columns<'_>) -> Result<Table, Error> {
    let place = path.display().to_string();
    let mut rows = Rows::open(path)?;
    if let Some(column) = [columns.mention, columns.ids].into_iter().find(|column| !rows.has(column)) {
        return Err(rows.missing(column));
    }
    let mut table = Table { place: place.clone(), is_split: rows.has(SPLIT), rows: Vec::new() };
    while let Some(row) = rows.next() {
        let row = row?;
        let empty = || row.malformed(format!("`{}` is empty", columns.mention));
        let mention = row.cell(columns.mention).ok_or_else(empty)?;
        let ids = row.cell(columns.ids).unwrap_or_default().split('|').map(str::trim).filter(|id| !id.is_empty());
        table.rows.push(Row {
            line: row.line,
            mention: mention.to_owned(),
            ids: ids.map(str::to_owned).collect(),
            popularity: row.count("popularity")?,
            bin: row.cell("bin").map(str::to_owned),
            split: row.split()?,
        });
    }
    // Of JSON lines the first may have no split, and a later one may.
    table.is_split |= table.rows.iter().any(|row| row.split.is_some());
    if table.rows.is_empty() { Err(Error::NoCases { place }) } else { Ok(table) }
}

/// What an identifier leads to, and how it should be written.
struct Target<'a> {
    concept: &'a Concept,
    /// The identifier as a model should write it.
    answer: &'a str,
}

impl<'a> Target<'a> {
    /// What `text` leads to, through merges and replacements; in a nomenclature, whose identifiers are its labels, a label.
    fn of(text: &str, identifiers: &'a Identifiers) -> Option<Self> {
        let ontology: &Ontology = identifiers.ontology();
        let (Standing::Live(id) | Standing::Obsolete(Some(id))) = identifiers.standing(text) else { return None };
        let concept = ontology.get(&id)?;
        let is_symbol = Curie::parse(text).map_or(true, |id| ontology.resolve(&id) == Resolution::Unknown);
        Some(Self { concept, answer: if is_symbol { concept.label() } else { concept.id.as_str() } })
    }
}

/// The concepts that the identifiers of a row lead to, none of them twice.
fn targets<'a>(row: &Row, identifiers: &'a Identifiers) -> Vec<Target<'a>> {
    let mut targets: Vec<Target<'a>> = Vec::new();
    for target in row.ids.iter().filter_map(|id| Target::of(id, identifiers)) {
        if targets.iter().all(|known| known.concept.id != target.concept.id) {
            targets.push(target);
        }
    }
    targets
}

/// The terms of `table` that may be trained on.
///
/// # Errors
/// Where what should be an identifier is none; in a table of symbols one that is not known may be out of date.
pub fn select(table: &Table, identifiers: &Identifiers) -> Result<Terms, Error> {
    demand_identifiers(table, identifiers)?;
    let mut selected = Terms::default();
    let mut trained = Vec::new();
    for row in &table.rows {
        let targets = targets(row, identifiers);
        match row.split {
            Some(Split::Withheld) => {
                selected.withheld_rows += 1;
                if targets.is_empty() {
                    selected.unresolved.push(row.line);
                }
                selected.withheld.forms.insert(normal_form(&row.mention));
                for Target { concept, .. } in targets {
                    selected.withheld.add(concept);
                }
            }
            None if table.is_split => selected.rows_of_neither += 1,
            Some(Split::Trained) | None => trained.push((row, targets)),
        }
    }
    let mut said: HashMap<String, usize> = HashMap::new();
    for (row, targets) in trained {
        let gold: Vec<Curie> = targets.iter().map(|target| target.concept.id.clone()).collect();
        let is_withheld = selected.withheld.says(&row.mention) || gold.iter().any(|id| selected.withheld.has(id));
        let reason = match targets.first() {
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

/// Fails where a text is neither an identifier nor a label, unless another one of the table is a label.
fn demand_identifiers(table: &Table, identifiers: &Identifiers) -> Result<(), Error> {
    let mut first = None;
    for row in &table.rows {
        for id in row.ids.iter().filter(|id| Curie::parse(id).is_err()) {
            match identifiers.standing(id) {
                Standing::Live(_) | Standing::Obsolete(Some(_)) => return Ok(()),
                _ => first = first.or(Some((row.line, id))),
            }
        }
    }
    match first {
        Some((line, id)) => Err(Error::NoIdentifier { place: table.place.clone(), line, id: id.clone() }),
        None => Ok(()),
    }
}

impl Term {
    /// The names that say no more and no less than the concept.
    pub fn synonyms(&self) -> impl Iterator<Item = &str> {
        let exact = self.names.iter().filter(|name| matches!(name.scope, Scope::Label | Scope::Exact));
        exact.map(|name| name.text.as_str())
    }

    fn new(row: &Row, target: &Target<'_>, gold: Vec<Curie>) -> Self {
        Self {
            line: row.line,
            mention: row.mention.clone(),
            answer: target.answer.to_owned(),
            gold,
            names: target.concept.names.clone(),
            popularity: row.popularity,
            bin: row.bin.clone(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ontology::{Draft, obo};

    fn identifiers_of(draft: Draft) -> Identifiers {
        Identifiers::new(Arc::new(Ontology::assemble(draft, "x", "x").unwrap()))
    }

    pub(in crate::evaluate::finetune) fn identifiers() -> Identifiers {
        let text = "\
[Term]\nid: HP:1\nname: Big hands\nsynonym: \"Huge hands\" EXACT []\nsynonym: \"Paws\" RELATED []\nalt_id: HP:10\n\n\
[Term]\nid: HP:2\nname: Small hands\nsynonym: \"Hand anomaly\" BROAD []\n\n\
[Term]\nid: HP:3\nname: Large feet\nsynonym: \"hand anomaly\" EXACT []\n\n\
[Term]\nid: HP:4\nname: Fits\n\n\
[Term]\nid: HP:5\nname: Limbs\n\n\
[Term]\nid: HP:7\nname: obsolete tiny hands\nis_obsolete: true\nreplaced_by: HP:2\n\n\
[Term]\nid: HP:8\nname: obsolete fur\nis_obsolete: true\nconsider: HP:4\n";
        identifiers_of(obo::read(text.as_bytes(), "x").unwrap())
    }

    pub(in crate::evaluate::finetune) fn table(name: &str, text: &str) -> Result<Table, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs_err::write(&path, text).unwrap();
        read(&path, &Columns::default())
    }

    fn selected(text: &str) -> Terms {
        select(&table("terms.tsv", text).unwrap(), &identifiers()).unwrap()
    }

    fn mentions(terms: &Terms) -> Vec<&str> {
        terms.terms.iter().map(|term| term.mention.as_str()).collect()
    }

    #[test]
    fn columns_are_found_by_name_and_some_may_be_missing() {
        let table = table("x.tsv", "\u{feff}IDs\tmention\tbin\tpopularity\nHP:1|HP:2\tbig hands\t3\t\n\nHP:3\tfits\n");
        let Table { rows, is_split, .. } = table.unwrap();
        assert_eq!(rows[0].ids, ["HP:1", "HP:2"]);
        assert_eq!((rows[0].bin.as_deref(), rows[0].popularity, rows[0].split), (Some("3"), None, None));
        assert_eq!((rows[1].line, rows[1].mention.as_str(), rows[1].bin.as_deref()), (4, "fits", None));
        assert!(!is_split);
    }

    #[test]
    fn one_format_is_read_as_the_others() {
        let tsv = table("x.tsv", "mention\tids\tpopularity\tsplit\nfits, big\tHP:1|HP:2\t7\ttrained\n").unwrap();
        let csv = table("x.csv", "mention,ids,popularity,split\n\"fits, big\",HP:1|HP:2,7,trained\n").unwrap();
        let json = r#"{"mention": "fits, big", "ids": ["HP:1", "HP:2"], "popularity": 7, "split": "trained"}"#;
        let json = table("x.jsonl", json).unwrap();
        assert_eq!((tsv.rows[0].popularity, tsv.rows[0].split), (Some(7), Some(Split::Trained)));
        assert_eq!(csv.rows, tsv.rows);
        assert_eq!(json.rows, [Row { line: 1, ..tsv.rows[0].clone() }]);
    }

    #[test]
    fn a_table_of_objects_is_split_where_only_a_later_one_says_so() {
        let rows = "{\"mention\": \"fits\", \"ids\": \"HP:4\"}\n\
            {\"mention\": \"big hands\", \"ids\": \"HP:1\", \"split\": \"withheld\"}\n";
        let terms = select(&table("x.jsonl", rows).unwrap(), &identifiers()).unwrap();
        assert_eq!((terms.terms.len(), terms.withheld_rows, terms.rows_of_neither), (0, 1, 1));
    }

    #[test]
    fn what_cannot_be_read_is_an_error_with_its_line() {
        for (text, message) in [
            ("mention\tid\n", "terms.tsv:1: there is no column `ids` (there are `mention`, `id`)"),
            ("", "terms.tsv` holds no cases"),
            ("mention\tids\n\n", "terms.tsv` holds no cases"),
            ("mention\tids\nx\tHP:1\n\tHP:2\n", "terms.tsv:3: `mention` is empty"),
            (
                "mention\tids\tsplit\nx\tHP:1\ttest\n",
                "terms.tsv:2: `split` is `test`, neither `trained` nor `withheld`",
            ),
            ("mention\tids\tpopularity\nx\tHP:1\t1.5\n", "terms.tsv:2: `1.5` is no count"),
        ] {
            let error = table("terms.tsv", text).unwrap_err().to_string();
            assert!(error.ends_with(message), "{error}");
        }
        let words = table("terms.tsv", "mention\tids\nx\tHP:1\ny\tthe middle\n").unwrap();
        let error = select(&words, &identifiers()).unwrap_err().to_string();
        assert!(error.ends_with("terms.tsv:3: `the middle` is no identifier, and no concept is called so"), "{error}");
    }

    #[test]
    fn what_is_withheld_is_withheld_under_any_name_and_identifier() {
        let terms = selected(
            "mention\tids\tsplit\nfits\tHP:4\ttrained\nBig Hands\tHP:1\twithheld\nbig hands\tHP:3\ttrained\n\
            pads\tHP:10\ttrained\nfits\tHP:5\ttrained\ntail\tHP:9\ttrained\nfur\tHP:5\n",
        );
        assert_eq!(mentions(&terms), ["fits"]);
        let reasons: Vec<_> = terms.left_out.iter().map(|left| (left.line, left.reason.clone())).collect();
        let said = Reason::SaidBefore { line: 2 };
        let withheld = Reason::IsWithheld;
        assert_eq!(reasons, [(4, withheld.clone()), (5, withheld), (6, said), (7, Reason::NoConcept)]);
        assert!(terms.withheld.says("BIG HANDS") && !terms.withheld.says("fits") && !terms.withheld.is_empty());
        assert_eq!((terms.withheld_rows, terms.rows_of_neither), (1, 1));
        assert_eq!(terms.unresolved, [0; 0]);
    }

    #[test]
    fn a_retired_identifier_withholds_what_replaced_it() {
        let terms = selected(
            "mention\tids\tsplit\ntiny hands\tHP:7\twithheld\nsmallish hands\tHP:2\ttrained\nfits\tHP:4\ttrained\n",
        );
        assert!(terms.withheld.has(&Curie::parse("HP:2").unwrap()));
        assert_eq!(mentions(&terms), ["fits"]);
    }

    #[test]
    fn a_name_that_a_withheld_concept_shares_is_not_taught_as_another_ones() {
        let terms = selected(
            "mention\tids\tsplit\nlittle hands\tHP:2\twithheld\nLarge feet\tHP:3\ttrained\n\
            Hand Anomaly\tHP:3\ttrained\n",
        );
        assert_eq!(mentions(&terms), ["Large feet"]);
        assert_eq!(terms.left_out, [LeftOut { line: 4, reason: Reason::IsWithheld }]);
        assert!(["little hands", "small hands", "hand anomaly"].iter().all(|name| terms.withheld.says(name)));
    }

    #[test]
    fn a_withheld_row_that_leads_nowhere_is_noted() {
        let terms = selected("mention\tids\tsplit\nfur\tHP:8\twithheld\nmane\tHP:99\twithheld\nfits\tHP:4\twithheld\n");
        assert_eq!((terms.withheld_rows, terms.unresolved), (3, vec![2, 3]));
        assert!(terms.withheld.says("fur"));
    }

    #[test]
    fn a_term_has_the_names_that_say_the_same() {
        let terms = selected("mention\tids\nbig hands\tHP:10|HP:9|HP:1|HP:7\n").terms;
        assert_eq!(terms[0].synonyms().collect::<Vec<_>>(), ["Big hands", "Huge hands"]);
        assert_eq!(terms[0].answer, "HP:1");
        assert_eq!(terms[0].gold, ["HP:1", "HP:2"].map(|id| Curie::parse(id).unwrap()));
    }

    #[test]
    fn of_a_nomenclature_the_answer_is_the_symbol_of_today() {
        let gene = |at: usize, symbol: &str, former: &str| {
            let name = |text: &str, scope, kind: Option<&str>| Name {
                kind: kind.map(str::to_owned),
                ..Name::new(text, scope)
            };
            let names = vec![name(symbol, Scope::Label, None), name(former, Scope::Exact, Some("prev_symbol"))];
            (at, Concept { names, ..Concept::new(Curie::parse(&format!("G:{at}")).unwrap()) })
        };
        let genes =
            identifiers_of(Draft { concepts: vec![gene(1, "AB1", "OLD"), gene(2, "AB2", "ELD")], ..Draft::default() });
        let rows = "mention\tids\tsplit\nfirst\tOLD\ttrained\nsecond\tELD\twithheld\nagain\tAB2\ttrained\nlast\tGONE\ttrained\n";
        let terms = select(&table("x.tsv", rows).unwrap(), &genes).unwrap();
        assert_eq!((terms.terms.len(), terms.terms[0].answer.as_str()), (1, "AB1"));
        let left_out: Vec<_> = terms.left_out.into_iter().map(|left| left.reason).collect();
        assert_eq!(left_out, [Reason::IsWithheld, Reason::NoConcept]);
    }
}

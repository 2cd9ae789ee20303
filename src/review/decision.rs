//! What a cell of the column `decision` says, and which concept it leads to.
//!
//! | cell | meaning |
//! |---|---|
//! | nothing | not decided |
//! | `2` | the second candidate |
//! | `HP:0001250`, also with its label behind it | this concept; a merged or replaced one is followed |
//! | `ok`, `y`, `yes`, `accept` | the answer that stands in the row |
//! | `none`, `no`, `n`, `-`, `n/a`, `na` | no concept |
//!
//! Before or behind a number, an identifier or `ok` may stand how the phrase relates to the concept: `exact` (so where
//! nothing is said), `close`, `broad` (the concept is broader), `narrow` (the concept is narrower) or `related`. Such a
//! word alone is about the answer that stands in the row.

use super::Problem;
use super::sheet::Row;
use crate::export::sssom::Predicate;
use crate::ontology::{Concept, Curie, Ontology, Succession};

/// What a person decided about a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// How the phrase relates to the concept.
    pub relation: Predicate,
    /// Which concept that is.
    pub choice: Choice,
}

/// What a person chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The candidate of this number, from 1.
    Candidate(usize),
    /// A concept, and what stands behind its identifier.
    Identifier(Curie, Option<String>),
    /// The answer that stands in the row.
    Answer,
    /// No concept.
    NoConcept,
}

/// A decision and the live concept it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// How the phrase relates to the concept.
    pub relation: Predicate,
    /// The concept and its label; none where no concept was chosen.
    pub concept: Option<(Curie, String)>,
    /// The identifier that was chosen, where another one took its place.
    pub followed: Option<Curie>,
}

/// The relations and the words for them, the first being the one that is written.
const RELATIONS: [(Predicate, [&str; 3]); 5] = [
    (Predicate::Exact, ["exact", "exactmatch", "skos:exactmatch"]),
    (Predicate::Close, ["close", "closematch", "skos:closematch"]),
    (Predicate::Broad, ["broad", "broadmatch", "skos:broadmatch"]),
    (Predicate::Narrow, ["narrow", "narrowmatch", "skos:narrowmatch"]),
    (Predicate::Related, ["related", "relatedmatch", "skos:relatedmatch"]),
];

/// The relation that a word names.
fn relation(word: &str) -> Option<Predicate> {
    let word = word.to_ascii_lowercase();
    RELATIONS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|&(relation, _)| relation)
}

/// The word for a relation.
pub fn word(relation: Predicate) -> &'static str {
    RELATIONS.iter().find(|(known, _)| *known == relation).map_or("", |(_, words)| words[0])
}

impl Decision {
    /// Reads a cell; `None` where nothing is decided.
    ///
    /// # Errors
    /// Where it says something else.
    pub fn parse(cell: &str) -> Result<Option<Self>, Problem> {
        let cell = cell.trim();
        if cell.is_empty() {
            return Ok(None);
        }
        let unreadable = || Problem::Unreadable { decision: cell.to_owned() };
        let first = |text: &str| text.split_whitespace().next().and_then(relation);
        let last = |text: &str| text.split_whitespace().next_back().and_then(relation);
        // A label that is copied with its identifier may end with such a word; then it is no relation, or stands alone.
        let is_copied = cell.split_whitespace().count() > 2 && first(cell).is_none();
        let (said, rest) = match (first(cell), last(cell)) {
            (Some(relation), _) => (Some(relation), cell.split_once(char::is_whitespace).map_or("", |(_, rest)| rest)),
            (None, Some(relation)) if !is_copied => {
                (Some(relation), cell.rsplit_once(char::is_whitespace).map_or("", |(rest, _)| rest))
            }
            _ => (None, cell),
        };
        let choice = match (said, rest.trim()) {
            (Some(_), "") => Choice::Answer,
            (_, rest) => Choice::parse(rest).ok_or_else(unreadable)?,
        };
        if said.is_some() && choice == Choice::NoConcept {
            return Err(Problem::RelationToNone { decision: cell.to_owned() });
        }
        Ok(Some(Self { relation: said.unwrap_or(Predicate::Exact), choice }))
    }

    /// How the choice of a concept, or of none, is written into a sheet.
    pub fn written(relation: Predicate, id: Option<&Curie>) -> String {
        match (relation, id) {
            (_, None) => "none".to_owned(),
            (Predicate::Exact, Some(id)) => id.to_string(),
            (relation, Some(id)) => format!("{} {id}", word(relation)),
        }
    }

    /// The live concept of `ontology` that it leads to, as a decision about `row`.
    ///
    /// # Errors
    /// Where it leads to none.
    pub fn resolve(&self, row: &Row, ontology: &Ontology) -> Result<Resolved, Problem> {
        let identifier = |text: &str| Curie::parse(text).map_err(|_| Problem::NoIdentifier { text: text.to_owned() });
        let (id, written) = match &self.choice {
            Choice::NoConcept => return Ok(Resolved { relation: self.relation, concept: None, followed: None }),
            Choice::Candidate(number) => {
                let offers = row.offers();
                let offer = number.checked_sub(1).and_then(|at| offers.get(at));
                let offer = offer.ok_or(Problem::NoCandidate { number: *number, count: offers.len() })?;
                (identifier(&offer.id)?, None)
            }
            Choice::Identifier(id, written) => (id.clone(), written.as_deref()),
            Choice::Answer if row.id().is_some_and(|id| id.contains('|')) => return Err(Problem::SeveralAnswers),
            Choice::Answer => (identifier(row.id().ok_or(Problem::NoAnswer)?)?, None),
        };
        let concept = |concept: &Concept| Some((concept.id.clone(), concept.label().to_owned()));
        let (concept, followed) = match ontology.succession(&id) {
            Succession::Live(live) => (concept(live), None),
            Succession::Replaced(live) => (concept(live), Some(id.clone())),
            Succession::Unknown => return Err(Problem::Unknown { id }),
            Succession::Several(_) | Succession::Ended(_) | Succession::Cycle(_) => {
                return Err(Problem::Retired { id });
            }
        };
        // What is pasted with the identifier of another concept is a slip that nobody else would notice.
        if let (Some(written), Some((_, label)), None) = (written, &concept, &followed)
            && !written.eq_ignore_ascii_case(label)
        {
            return Err(Problem::OtherLabel { id, label: label.clone(), written: written.to_owned() });
        }
        Ok(Resolved { relation: self.relation, concept, followed })
    }
}

impl Choice {
    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "ok" | "y" | "yes" | "accept" => return Some(Self::Answer),
            "none" | "no" | "n" | "-" | "n/a" | "na" => return Some(Self::NoConcept),
            _ => {}
        }
        // Some programs make every number of a column a fraction where a cell of it is empty.
        if let Ok(number) = text.strip_suffix(".0").unwrap_or(text).parse() {
            return Some(Self::Candidate(number));
        }
        if let Ok(id) = Curie::parse(text) {
            return Some(Self::Identifier(id, None));
        }
        let (id, label) = text.split_once(char::is_whitespace)?;
        Some(Self::Identifier(Curie::parse(id).ok()?, Some(label.trim().to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::row;
    use super::*;
    use crate::ontology::obo;

    fn id(text: &str) -> Curie {
        Curie::parse(text).unwrap()
    }

    fn read(cell: &str) -> (Predicate, Choice) {
        let decision = Decision::parse(cell).unwrap().unwrap();
        (decision.relation, decision.choice)
    }

    #[test]
    fn nothing_is_no_decision() {
        assert_eq!((Decision::parse(""), Decision::parse("  ")), (Ok(None), Ok(None)));
    }

    #[test]
    fn numbers_identifiers_and_words_are_read() {
        use Predicate::{Broad, Close, Exact, Narrow, Related};
        for (cell, expected) in [
            ("2", (Exact, Choice::Candidate(2))),
            (" 2.0 ", (Exact, Choice::Candidate(2))),
            ("hp_0001250", (Exact, Choice::Identifier(id("HP:0001250"), None))),
            ("OK", (Exact, Choice::Answer)),
            ("accept", (Exact, Choice::Answer)),
            ("n/a", (Exact, Choice::NoConcept)),
            ("-", (Exact, Choice::NoConcept)),
            ("broad 2", (Broad, Choice::Candidate(2))),
            ("2 Broad", (Broad, Choice::Candidate(2))),
            ("narrow  HP:1", (Narrow, Choice::Identifier(id("HP:1"), None))),
            ("skos:closeMatch HP:1", (Close, Choice::Identifier(id("HP:1"), None))),
            ("related", (Related, Choice::Answer)),
            ("yes exact", (Exact, Choice::Answer)),
            ("HP:1 Toe broad", (Exact, Choice::Identifier(id("HP:1"), Some("Toe broad".to_owned())))),
            ("broad HP:1 Toe broad", (Broad, Choice::Identifier(id("HP:1"), Some("Toe broad".to_owned())))),
        ] {
            assert_eq!(read(cell), expected, "{cell}");
        }
    }

    #[test]
    fn anything_else_is_an_error() {
        for cell in ["maybe", "2 3", "-1", "two", "broad maybe", "?"] {
            assert!(matches!(Decision::parse(cell), Err(Problem::Unreadable { .. })), "{cell}");
        }
        assert!(matches!(Decision::parse("broad none"), Err(Problem::RelationToNone { .. })));
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        for (relation, words) in RELATIONS {
            let cell = Decision::written(relation, Some(&id("HP:1")));
            assert_eq!(read(&cell), (relation, Choice::Identifier(id("HP:1"), None)));
            assert!(words.iter().all(|word| super::relation(word) == Some(relation)));
        }
        assert_eq!(read(&Decision::written(Predicate::Broad, None)).1, Choice::NoConcept);
    }

    #[test]
    fn a_decision_leads_to_a_live_concept_or_says_why_not() {
        let text = "[Term]\nid: X:1\nname: One\nalt_id: X:9\n\n[Term]\nid: X:2\nname: Two\n\n\
                    [Term]\nid: X:3\nname: gone\nis_obsolete: true\nconsider: X:1\n";
        let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x").unwrap(), "x", "x").unwrap();
        let row = row(&[("id", "X:2"), ("candidate_1", "X:2 Two"), ("candidate_2", "X:1 One"), ("candidate_3", "no")]);
        let leads = |cell: &str| {
            let decision = Decision::parse(cell).unwrap().unwrap();
            match decision.resolve(&row, &ontology) {
                Ok(Resolved { concept, followed, .. }) => {
                    let (id, label) = concept.map(|(id, label)| (id.to_string(), label)).unwrap_or_default();
                    format!("{id} {label}{}", followed.map(|id| format!(" for {id}")).unwrap_or_default())
                }
                Err(problem) => problem.to_string(),
            }
        };
        assert_eq!((leads("2"), leads("ok"), leads("no")), ("X:1 One".into(), "X:2 Two".into(), " ".into()));
        assert_eq!((leads("X:9"), leads("X:1 one")), ("X:1 One for X:9".into(), "X:1 One".into()));
        assert_eq!(leads("X:1 Two"), "the decision says `Two`, but `X:1` is `One`");
        assert_eq!(leads("4"), "the decision is candidate 4, the row has 3");
        assert_eq!(leads("0"), "the decision is candidate 0, the row has 3");
        assert_eq!(leads("3"), "`no` is no identifier");
        assert_eq!(leads("X:3"), "`X:3` is retired and no one concept replaces it");
        assert_eq!(leads("X:7"), "`X:7` is no concept of the index");
        let several = super::super::sheet::row(&[("id", "X:1|X:2"), ("decision", "ok")]);
        let accepted = Decision::parse("ok").unwrap().unwrap().resolve(&several, &ontology);
        assert_eq!(accepted.unwrap_err(), Problem::SeveralAnswers);
    }
}

//! An answer against its case: right, or wrong in which way.

use serde::{Deserialize, Serialize};

use super::dataset::Case;
use super::identifiers::{Identifiers, Relation, Standing};
use super::system::{Answer, Said};
use crate::ontology::Curie;

/// How an answer was judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Right, or wrong in which way.
    pub verdict: Verdict,
    /// From 1, where a gold concept first stands in the ranking.
    pub rank: Option<usize>,
    /// Whether there is a gold concept; otherwise no match is right.
    pub has_gold: bool,
    /// Whether an identifier was answered: neither no match nor nothing.
    pub is_answered: bool,
    /// The system's probability that it is right, from 0 to 1.
    pub confidence: Option<f32>,
}

impl Judged {
    /// Whether the answer is right.
    pub fn is_right(&self) -> bool {
        self.verdict == Verdict::Right
    }
}

/// Right, or wrong in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A gold concept; no match, where there is none.
    Right,
    /// No well-formed identifier.
    Malformed,
    /// No concept of the ontology has this identifier.
    Nonexistent,
    /// A retired identifier, or one merged into another.
    Obsolete,
    /// A concept right above a gold one.
    Parent,
    /// A concept right below a gold one.
    Child,
    /// A concept with a parent of a gold one.
    Sibling,
    /// Another concept of the ontology.
    Unrelated,
    /// No match, though there is a gold concept.
    NoMatch,
    /// A model named what was not offered.
    NotOffered,
    /// No answer: it failed, could not be read, or is not in the recording.
    NoAnswer,
}

impl Verdict {
    /// All verdicts, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::Right,
        Self::Parent,
        Self::Child,
        Self::Sibling,
        Self::Unrelated,
        Self::Obsolete,
        Self::Nonexistent,
        Self::Malformed,
        Self::NoMatch,
        Self::NotOffered,
        Self::NoAnswer,
    ];
}

/// Judges what was answered to a case.
pub fn judge(case: &Case, answer: &Answer, identifiers: &Identifiers) -> Judged {
    let is_gold = |id: &Curie| case.gold.contains(id);
    let ranked = answer.ranking.iter().position(is_gold).map(|position| position + 1);
    let verdict = match &answer.said {
        Said::NoMatch if !case.has_gold() => Verdict::Right,
        Said::NoMatch => Verdict::NoMatch,
        Said::NotOffered => Verdict::NotOffered,
        Said::Nothing(_) => Verdict::NoAnswer,
        // Symbols are written in other cases for other species.
        Said::Identifier(text) if case.ids.iter().any(|id| id.eq_ignore_ascii_case(text)) => Verdict::Right,
        Said::Identifier(text) => match identifiers.standing(text) {
            Standing::Malformed if identifiers.is_nomenclature() && is_symbol(text) => Verdict::Nonexistent,
            Standing::Malformed => Verdict::Malformed,
            Standing::Unknown => Verdict::Nonexistent,
            Standing::Obsolete(_) => Verdict::Obsolete,
            Standing::Live(id) if is_gold(&id) => Verdict::Right,
            Standing::Live(id) => case.gold.iter().map(|gold| identifiers.relation(&id, gold)).min().map_or(
                Verdict::Unrelated,
                |relation| match relation {
                    Relation::Parent => Verdict::Parent,
                    Relation::Child => Verdict::Child,
                    Relation::Sibling => Verdict::Sibling,
                    Relation::Unrelated => Verdict::Unrelated,
                },
            ),
        },
    };
    // An identifier that is right as written may lead to no concept that could be ranked.
    let first = (verdict == Verdict::Right && case.has_gold()).then_some(1);
    Judged {
        verdict,
        rank: first.or(ranked),
        has_gold: case.has_gold(),
        is_answered: matches!(answer.said, Said::Identifier(_)),
        confidence: answer.confidence,
    }
}

/// Whether a text could be a symbol, where identifiers are symbols.
fn is_symbol(text: &str) -> bool {
    !text.trim().is_empty() && !text.trim().contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ontology::{Ontology, obo};
    use crate::retrieve::Mention;

    fn identifiers() -> Identifiers {
        let text = "\
[Term]\nid: X:1\nname: the limb\n\n[Term]\nid: X:2\nname: the hand\nis_a: X:1\nalt_id: X:20\n\n\
[Term]\nid: X:3\nname: thumb\nis_a: X:2\n\n[Term]\nid: X:4\nname: foot\nis_a: X:1\n\n[Term]\nid: X:5\nname: nose\n\n\
[Term]\nid: X:6\nname: obsolete paw\nis_obsolete: true\nreplaced_by: X:2\n";
        let draft = obo::read(text.as_bytes(), "x").unwrap();
        Identifiers::new(Arc::new(Ontology::assemble(draft, "x", "x").unwrap()))
    }

    fn case(ids: &[&str], gold: &[&str]) -> Case {
        Case {
            mention: Mention::new("a hand"),
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            gold: gold.iter().map(|id| Curie::parse(id).unwrap()).collect(),
            line: 2,
            is_first: true,
            ..Case::default()
        }
    }

    fn verdict(case: &Case, said: Said) -> Verdict {
        judge(case, &Answer { said, ranking: Vec::new(), confidence: None, seconds: None }, &identifiers()).verdict
    }

    fn of(text: &str) -> Verdict {
        verdict(&case(&["X:2"], &["X:2"]), Said::Identifier(text.to_owned()))
    }

    #[test]
    fn an_identifier_is_right_in_any_spelling_and_a_label_is_none() {
        assert_eq!([of("X:2"), of("obo:X_2")], [Verdict::Right; 2]);
        // Who repeats the term has not answered.
        assert_eq!([of("the hand"), of("nose")], [Verdict::Malformed; 2]);
    }

    #[test]
    fn a_wrong_identifier_is_wrong_in_one_of_many_ways() {
        let expected = [
            ("X:1", Verdict::Parent),
            ("X:3", Verdict::Child),
            ("X:4", Verdict::Sibling),
            ("X:5", Verdict::Unrelated),
            ("X:6", Verdict::Obsolete),
            ("X:20", Verdict::Obsolete),
            ("X:99", Verdict::Nonexistent),
            ("I do not know", Verdict::Malformed),
        ];
        for (text, verdict) in expected {
            assert_eq!(of(text), verdict, "{text}");
        }
    }

    #[test]
    fn where_identifiers_are_symbols_a_wrong_one_does_not_exist_and_a_sentence_is_none() {
        let text = "[Term]\nid: G:1\nname: AB1\n\n[Term]\nid: G:2\nname: AB2\n";
        let draft = obo::read(text.as_bytes(), "x").unwrap();
        let genes = Identifiers::new(Arc::new(Ontology::assemble(draft, "x", "x").unwrap()));
        let verdict = |text: &str| {
            let said = Said::Identifier(text.to_owned());
            let answer = Answer { said, ranking: Vec::new(), confidence: None, seconds: None };
            [case(&["AB1"], &["G:1"]), case(&["G:1"], &["G:1"])].map(|case| judge(&case, &answer, &genes).verdict)
        };
        assert_eq!([verdict("Ab1"), verdict("G:1")], [[Verdict::Right; 2]; 2]);
        assert_eq!(verdict("AB2"), [Verdict::Unrelated; 2]);
        assert_eq!(verdict("AB9"), [Verdict::Nonexistent; 2]);
        assert_eq!(verdict("I do not know"), [Verdict::Malformed; 2]);
    }

    #[test]
    fn of_several_gold_concepts_the_nearest_says_how_wrong_an_answer_is() {
        let case = case(&["X:5", "X:2"], &["X:2", "X:5"]);
        assert_eq!(verdict(&case, Said::Identifier("X:3".to_owned())), Verdict::Child);
    }

    #[test]
    fn no_match_is_right_where_nothing_is_meant_and_nothing_else_is() {
        let none = case(&[], &[]);
        assert_eq!(verdict(&none, Said::NoMatch), Verdict::Right);
        assert_eq!(verdict(&none, Said::Identifier("X:2".to_owned())), Verdict::Unrelated);
        assert_eq!(verdict(&none, Said::Nothing("gone".to_owned())), Verdict::NoAnswer);
        assert_eq!(verdict(&case(&["X:2"], &["X:2"]), Said::NoMatch), Verdict::NoMatch);
    }

    #[test]
    fn a_gold_identifier_that_leads_nowhere_is_right_letter_by_letter_only() {
        let case = case(&["X:77"], &[]);
        assert_eq!(verdict(&case, Said::Identifier("X:77".to_owned())), Verdict::Right);
        assert_eq!(verdict(&case, Said::Identifier("X:2".to_owned())), Verdict::Unrelated);
        assert_eq!(verdict(&case, Said::NoMatch), Verdict::NoMatch);
    }

    #[test]
    fn a_rank_is_that_of_the_first_gold_concept_from_one() {
        let ranking = ["X:1", "X:4", "X:2"].map(|id| Curie::parse(id).unwrap()).to_vec();
        let answer = Answer { said: Said::Identifier("X:1".to_owned()), ranking, confidence: Some(0.5), seconds: None };
        let judged = judge(&case(&["X:2", "X:4"], &["X:2", "X:4"]), &answer, &identifiers());
        assert_eq!((judged.rank, judged.is_answered, judged.confidence), (Some(2), true, Some(0.5)));
        assert_eq!(judge(&case(&["X:5"], &["X:5"]), &answer, &identifiers()).rank, None);
    }
}

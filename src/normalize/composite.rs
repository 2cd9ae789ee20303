//! One concept, one with what its edges say beside it, or several: decided by what is found for the whole mention, for what
//! is left of it, and for each part of each way to split it (`phrase.rs`).
//!
//! The whole is right where it is a name, or where the name that was found for it has the words of all parts; and
//! otherwise where it is surer than the parts together. What is found for a whole must speak of its negation, side or
//! severity too, or that is taken off and said apart. What says of one thing that it is there and of another that it is
//! not is read clause by clause. Where only some parts are found, and the whole was found by these alone, the others are
//! parts without a match. A mention in which nothing joins two words and no edge qualifies is retrieved once.

use std::collections::HashMap;
use std::sync::Arc;

use super::clauses::clauses;
use super::edges::speaks_of_absence;
use super::split::{COVERED, Split, agree, fit};
use super::{Begun, DecidedBy, Error, Mention, Normalization, Normalizer, Outcome, Qualifiers, Question};
use super::{is_only_exact, phrase};
use crate::retrieve::{Candidate, Retrieval};
use crate::text;

/// What a mention was found to say.
pub(super) enum Reading {
    /// One concept, found by the words that are left without those that qualify it; none where nothing was taken off.
    One { words: Option<String>, qualifiers: Qualifiers, retrieval: Retrieval },
    /// Several.
    Several(Several),
}

/// A mention that is several concepts.
pub(super) struct Several {
    /// What is left of it without the words that qualify all of it; none where that is all.
    pub(super) words: Option<String>,
    pub(super) qualifiers: Qualifiers,
    /// What was found for the whole.
    pub(super) whole: Retrieval,
    pub(super) parts: Vec<Part>,
    /// Whether some are said to be there and others not: no one concept can be that.
    pub(super) is_opposed: bool,
}

/// A part of a mention, or the whole of it.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) text: String,
    /// What is left without the words that qualify it.
    pub(super) rest: String,
    pub(super) qualifiers: Qualifiers,
    pub(super) retrieval: Retrieval,
    /// Whether the best candidate is there for having all its words, though another was found before it.
    pub(super) is_fitted: bool,
}

/// The least confidence of a part: one that means nothing is no part.
const SURE_PART: f32 = 0.6;

/// The least confidence of a part that is answered where others are sure: what is less sure has no match.
const LEAST_PART: f32 = 0.3;

impl Part {
    pub(super) fn new(text: &str, retrieval: Retrieval) -> Self {
        let (text, rest) = (text.to_owned(), text.to_owned());
        Self { text, rest, qualifiers: Qualifiers::default(), retrieval, is_fitted: false }
    }

    /// Whether it has a match; where nothing was learnt that says how sure one is, whatever was found.
    pub(super) fn is_matched(&self) -> bool {
        let is_sure = self.retrieval.confidence.is_none() || sureness(&self.retrieval) >= LEAST_PART;
        self.best().is_some() && (is_sure || self.is_fitted || is_name(&self.retrieval))
    }

    /// Whether it is surely something.
    pub(super) fn is_sure(&self) -> bool {
        sureness(&self.retrieval) >= SURE_PART
    }

    pub(super) fn best(&self) -> Option<&Candidate> {
        self.retrieval.candidates.first()
    }
}

impl Normalizer {
    /// What a mention says, of which `retrieval` was found as it stands.
    pub(super) fn read(&self, mention: &Mention, retrieval: Retrieval) -> Result<Reading, Error> {
        let whole = Part::new(mention.text.trim(), retrieval);
        if !self.is_splitting || is_name(&whole.retrieval) {
            return Ok(Reading::One { words: None, qualifiers: whole.qualifiers, retrieval: whole.retrieval });
        }
        if let Some(parts) = self.opposed(mention, &whole)? {
            let (words, qualifiers, whole) = (None, whole.qualifiers, whole.retrieval);
            return Ok(Reading::Several(Several { words, qualifiers, whole, parts, is_opposed: true }));
        }
        let mut whole = self.without_negation(mention, whole)?;
        let (mut all, some) = self.split(mention, &whole)?;
        let mut some = some.map(|parts| (whole.clone(), parts));
        while all.is_none() {
            let stripped = self.without_edge(mention, whole.clone())?;
            if stripped.rest == whole.rest {
                break;
            }
            let found = self.split(mention, &stripped)?;
            whole = stripped;
            all = found.0;
            some = some.or(found.1.map(|parts| (whole.clone(), parts)));
        }
        let several = all.map(|parts| (whole.clone(), parts)).or(some);
        let read = |whole: Part| {
            let Part { text, rest, qualifiers, retrieval, .. } = whole;
            ((text != rest).then_some(rest), qualifiers, retrieval)
        };
        Ok(if let Some((whole, mut parts)) = several {
            agree(&mut parts);
            let (words, qualifiers, whole) = read(whole);
            Reading::Several(Several { words, qualifiers, whole, parts, is_opposed: false })
        } else {
            let (words, qualifiers, retrieval) = read(whole);
            Reading::One { words, qualifiers, retrieval }
        })
    }

    /// The parts of a mention that says of some that they are there and of others that they are not, unless what was
    /// found for the whole says so as well.
    fn opposed(&self, mention: &Mention, whole: &Part) -> Result<Option<Vec<Part>>, Error> {
        let mut parts: Vec<Part> = Vec::new();
        for clause in clauses(&whole.rest) {
            let own = Mention { text: clause.to_owned(), ..mention.clone() };
            match self.read(&own, self.candidates(&own)?)? {
                Reading::One { words, qualifiers, retrieval } => {
                    let rest = words.unwrap_or_else(|| own.text.clone());
                    parts.push(Part { text: own.text, rest, qualifiers, retrieval, is_fitted: false });
                }
                Reading::Several(several) => {
                    let all = several.qualifiers;
                    let part = |part: Part| Part { qualifiers: part.qualifiers.or(&all), ..part };
                    parts.extend(several.parts.into_iter().map(part));
                }
            }
        }
        let matched = || parts.iter().filter(|part| part.is_matched());
        let together: f32 = matched().map(|part| sureness(&part.retrieval)).product();
        let is_said = |name: &str| speaks_of_absence(name) && !text::normal_form(name).contains("with or without");
        let says_it = whole.best().is_some_and(|best| is_said(&best.name) || is_said(&best.label));
        let is_whole = matched().next().is_none() || (says_it && sureness(&whole.retrieval) >= COVERED * together);
        agree(&mut parts);
        Ok((!is_whole).then_some(parts))
    }

    /// The parts of a mention that is several; and beside it, those of one of which only some parts are found.
    #[expect(clippy::type_complexity, reason = "the two are told apart by their places, here and where it is asked")]
    fn split(&self, mention: &Mention, whole: &Part) -> Result<(Option<Vec<Part>>, Option<Vec<Part>>), Error> {
        if is_name(&whole.retrieval) {
            return Ok((None, None));
        }
        let list = phrase::list(&whole.rest);
        let as_they_stand = list.readings.first().map_or(0, |reading| words(reading));
        let by_itself = list.readings.first().and_then(|reading| reading.last().cloned());
        let mut known: HashMap<String, Part> = HashMap::new();
        let mut best: Option<Split> = None;
        let mut best_of_some: Option<Split> = None;
        for reading in list.readings {
            let shared = words(&reading).saturating_sub(as_they_stand);
            let mut parts = Vec::with_capacity(reading.len());
            for text in reading {
                let part = match known.get(&text) {
                    Some(part) => part.clone(),
                    None => known.entry(text.clone()).or_insert(self.part(mention, &text)?).clone(),
                };
                parts.push(part);
            }
            fit(&mut parts);
            let split = Split::of(parts, shared);
            // What is not found keeps the words that it has by itself.
            let is_last_whole = by_itself.as_ref() == split.parts.last().map(|part| &part.text);
            let some = split.of_some(whole).filter(|_| !list.is_apposition && is_last_whole);
            if some.as_ref().is_some_and(|some| some.is_before(best_of_some.as_ref())) {
                best_of_some = some;
            }
            let is_one = list.is_apposition && !split.parts.iter().all(|part| is_name(&part.retrieval));
            if !is_one && split.is_before(best.as_ref()) && split.replaces(whole) {
                best = Some(split);
            }
        }
        Ok((best.map(|best| best.parts), best_of_some.map(|best| best.parts)))
    }

    /// What is found for a part, without the words that qualify it.
    fn part(&self, mention: &Mention, text: &str) -> Result<Part, Error> {
        let part = Part::new(text, self.retrieved(mention, text)?);
        let mut part = self.without_negation(mention, part)?;
        loop {
            let stripped = self.without_edge(mention, part.clone())?;
            if stripped.rest == part.rest {
                return Ok(stripped);
            }
            part = stripped;
        }
    }

    /// Whether a generator should be asked about the whole, since retrieval is in doubt about a part.
    pub(super) fn are_doubtful(&self, parts: &[Part]) -> bool {
        parts.iter().any(|part| self.is_doubtful(&Mention::new(part.rest.as_str()), &part.retrieval))
    }

    /// The answer to a mention that is several: that of each part, or no match where they are not sure enough together.
    pub(super) fn compose(&self, mention: Mention, several: Several) -> Normalization {
        let Several { qualifiers, whole, parts, .. } = several;
        let matched = parts.iter().filter(|part| part.is_matched());
        let confidence = matched.map(|part| part.retrieval.confidence).product::<Option<f32>>();
        if confidence.is_some_and(|confidence| confidence < self.least_confidence) {
            let mut candidates = whole.candidates;
            candidates.truncate(self.limit);
            let answer = self.answer(mention, Outcome::NoMatch, DecidedBy::None, candidates);
            return Normalization { confidence, qualifiers, ..answer };
        }
        let parts = parts.into_iter().map(|part| self.answered(&mention, part)).collect();
        self.composed(mention, qualifiers, whole, parts)
    }

    /// The question about each part that is in doubt, by itself.
    pub(super) fn begun_apart(&self, mention: Mention, several: Several) -> Begun {
        let Several { qualifiers, whole, parts, .. } = several;
        let begun = |part: Part| {
            if !self.is_doubtful(&Mention::new(part.rest.as_str()), &part.retrieval) {
                return Begun::Answered(self.answered(&mention, part));
            }
            let Part { text, rest, qualifiers, retrieval, .. } = part;
            let words = (text != rest).then_some(rest);
            let mention = Mention { text, ..mention.clone() };
            Begun::Doubtful(Question { mention, words, qualifiers, retrieval, parts: Vec::new() })
        };
        let parts = parts.into_iter().map(begun).collect();
        Begun::Doubtful(Question { mention, words: None, qualifiers, retrieval: whole, parts })
    }

    /// Retrieval's answer to a part of a mention.
    fn answered(&self, mention: &Mention, part: Part) -> Normalization {
        let is_matched = part.is_matched();
        let Part { text, qualifiers, retrieval, .. } = part;
        let mention = Mention { text, ..mention.clone() };
        if is_matched {
            return self.qualified(mention, qualifiers, retrieval);
        }
        let Retrieval { mut candidates, confidence, .. } = retrieval;
        candidates.truncate(self.limit);
        let answer = self.answer(mention, Outcome::NoMatch, DecidedBy::None, candidates);
        Normalization { confidence, qualifiers, ..answer }
    }

    /// The answer to a mention that is several, of those to its parts; no match where no part has one.
    pub(super) fn composed(
        &self,
        mention: Mention,
        qualifiers: Qualifiers,
        whole: Retrieval,
        mut parts: Vec<Normalization>,
    ) -> Normalization {
        if let Some(failed) = parts.iter().position(|part| part.error().is_some())
            && let Outcome::Failed(error) = parts.swap_remove(failed).outcome
        {
            return self.failed(mention, error);
        }
        let mut candidates = whole.candidates;
        candidates.truncate(self.limit);
        let matched = || parts.iter().filter(|part| part.answer().is_some());
        let Some(first) = matched().next() else {
            let answer = self.answer(mention, Outcome::NoMatch, DecidedBy::None, candidates);
            return Normalization { confidence: whole.confidence, qualifiers, ..answer };
        };
        let confidence = matched().map(|part| part.confidence).product::<Option<f32>>();
        let mut answer = self.answer(mention, Outcome::Composite, DecidedBy::Parts, candidates);
        if matched().all(|part| part.ontology == first.ontology) {
            answer.ontology = Arc::clone(&first.ontology);
        }
        for (at, reference) in answer.references.iter_mut().enumerate() {
            for id in parts.iter().flat_map(|part| &part.references[at].ids) {
                if !reference.ids.contains(id) {
                    reference.ids.push(id.clone());
                }
            }
        }
        Normalization { confidence, qualifiers, parts, ..answer }
    }
}

/// How sure the best candidate is, by what was learnt, or where nothing was, by name; among those of its own ontology, since
/// which ontology is meant does not matter for how a mention is to be read.
pub(super) fn sureness(retrieval: &Retrieval) -> f32 {
    if let Some(within) = retrieval.within {
        return within;
    }
    // Which of the tied it is does not matter for how a mention is to be read.
    let tied = retrieval.tie.as_ref().map_or(1, |tie| tie.words.len());
    let sure = retrieval.confidence.map(|confidence| (confidence * tied as f32).min(1.0));
    sure.unwrap_or_else(|| if is_only_exact(&retrieval.candidates) { 1.0 } else { 0.0 })
}

/// Whether the mention is a name, of whatever concepts.
pub(super) fn is_name(retrieval: &Retrieval) -> bool {
    retrieval.candidates.first().is_some_and(|best| best.ranks.is_equal_form())
}

fn words(reading: &[String]) -> usize {
    reading.iter().map(|part| part.split(' ').count()).sum()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::generate::{Answering, Choice, Decision, Generator, Offer, Signature};
    use crate::normalize::{OntologyTag, Rule, Side};
    use crate::ontology::{Curie, Scope};
    use crate::retrieve::{self, Description, Ranks, Retriever, Scores};

    /// Finds what is scripted: a mention, the name that is found for it and its concept, and how sure that is.
    struct Scripted(&'static [(&'static str, &'static str, &'static str, f32)]);

    impl Retriever for Scripted {
        fn retrieve(&self, mention: &Mention, _: usize) -> Result<Retrieval, retrieve::Error> {
            let Some(&(text, name, id, sure)) = self.0.iter().find(|(text, ..)| *text == mention.text) else {
                return Ok(Retrieval::default());
            };
            let candidate = Candidate {
                id: Curie::parse(id).unwrap(),
                label: name.to_owned(),
                name: name.to_owned(),
                scope: Scope::Label,
                kind: None,
                language: None,
                ontology: None,
                score: sure,
                ranks: Ranks { exact: (text == name).then_some(1), ..Ranks::default() },
                scores: Scores::default(),
            };
            Ok(Retrieval { candidates: vec![candidate], confidence: Some(sure), ..Retrieval::default() })
        }

        fn describe(&self, _: &Candidate) -> Result<Description, retrieve::Error> {
            Ok(Description::default())
        }
    }

    fn normalizer(found: &'static [(&str, &str, &str, f32)]) -> Normalizer {
        Normalizer::new(Arc::new(Scripted(found)), OntologyTag { name: "x".into(), version: None }, 3).splitting()
    }

    /// The identifiers of an answer and its qualifiers, a space between.
    fn said(normalizer: &Normalizer, text: &str) -> String {
        let answer = normalizer.normalize_by_retrieval(Mention::new(text));
        let ids = answer.answered().filter_map(Normalization::answer).map(|answer| answer.id.to_string());
        ids.chain(answer.qualifiers.iter()).collect::<Vec<_>>().join(" ")
    }

    const LOSSES: &[(&str, &str, &str, f32)] = &[
        ("ear and eye loss", "ear loss", "X:1", 0.5),
        ("ear loss", "ear loss", "X:1", 0.9),
        ("eye loss", "eye loss", "X:2", 0.8),
        ("ear", "ear", "X:3", 0.1),
        ("left ear loss", "ear loss", "X:1", 0.7),
        ("no ear loss", "ear loss", "X:1", 0.7),
        ("no left ear loss", "ear loss", "X:1", 0.4),
        ("no ear and eye loss", "ear loss", "X:1", 0.3),
        ("left eye loss", "loss of the left eye", "X:4", 0.7),
        ("no eye", "absent eye", "X:5", 0.3),
        ("eye", "eye", "X:6", 0.9),
    ];

    #[test]
    fn parts_are_the_answer_where_they_are_surer_than_the_whole() {
        let normalizer = normalizer(LOSSES);
        let answer = normalizer.normalize_by_retrieval(Mention::new("ear and eye loss"));
        assert!(matches!(answer.outcome, Outcome::Composite) && answer.decided_by == DecidedBy::Parts);
        let parts: Vec<&str> = answer.parts.iter().map(|part| part.mention.text.as_str()).collect();
        assert_eq!((parts, answer.answer()), (vec!["ear loss", "eye loss"], None));
        assert!((answer.confidence.unwrap() - 0.72).abs() < 1e-6 && answer.candidates.len() == 1);
        let whole = Normalizer { is_splitting: false, ..normalizer.clone() };
        assert_eq!(said(&whole, "ear and eye loss"), "X:1");
        let strict = normalizer.with_least_confidence(0.75);
        assert!(strict.normalize_by_retrieval(Mention::new("ear and eye loss")).is_unsure());
    }

    #[test]
    fn a_whole_that_is_a_name_or_has_words_of_all_parts_stays_whole() {
        let normalizer = normalizer(&[
            ("lip and palate cleft", "cleft of lip and palate", "X:1", 0.5),
            ("lip cleft", "lip cleft", "X:2", 0.9),
            ("palate cleft", "palate cleft", "X:3", 0.9),
            ("bone and joint infection", "bone and joint infection", "X:4", 0.1),
            ("bone infection", "bone infection", "X:5", 0.9),
            ("joint infection", "joint infection", "X:6", 0.9),
            ("fits and seizures", "seizures", "X:7", 0.5),
            ("fits", "fits", "X:7", 0.9),
            ("seizures", "seizures", "X:7", 0.9),
        ]);
        assert_eq!(said(&normalizer, "lip and palate cleft"), "X:1");
        assert_eq!(said(&normalizer, "bone and joint infection"), "X:4");
        // Two words for the same are no two concepts.
        assert_eq!(said(&normalizer, "fits and seizures"), "X:7");
    }

    #[test]
    fn negation_and_side_are_said_apart_unless_the_name_has_them() {
        let normalizer = normalizer(LOSSES);
        assert_eq!(said(&normalizer, "no ear loss"), "X:1 negated:no");
        assert_eq!(said(&normalizer, "left ear loss"), "X:1 left");
        assert_eq!(said(&normalizer, "no left ear loss"), "X:1 negated:no left");
        assert_eq!(said(&normalizer, "left eye loss"), "X:4");
        assert_eq!(said(&normalizer, "no eye"), "X:5");
        assert_eq!(said(&normalizer, "no ear and eye loss"), "X:1 X:2 negated:no");
        assert_eq!(said(&normalizer, "ear and eye loss, bilateral"), "X:1 X:2 bilateral");
    }

    #[test]
    fn where_nothing_was_learnt_only_names_are_parts() {
        let normalizer = normalizer(&[("a b and c", "a b", "X:1", 0.5), ("a b", "a b", "X:1", 0.5)]);
        assert_eq!(said(&normalizer, "a b and c"), "X:1");
        let unlearnt = |name: &str, text: &str| {
            let mut found = Scripted(LOSSES).retrieve(&Mention::new(name), 1).unwrap();
            found.confidence = None;
            sureness(&Part::new(text, found).retrieval)
        };
        assert_eq!((unlearnt("ear loss", "ear loss"), unlearnt("ear and eye loss", "x")), (1.0, 0.0));
    }

    #[test]
    fn each_clause_says_for_itself_whether_something_is_there() {
        let normalizer = normalizer(&[
            ("no ear loss but eye loss", "ear loss", "X:1", 0.6),
            ("no ear loss", "ear loss", "X:1", 0.7),
            ("ear loss", "ear loss", "X:1", 0.9),
            ("eye loss", "eye loss", "X:2", 0.8),
            ("eye loss without ear loss", "eye loss without ear loss (rare)", "X:3", 0.7),
            ("eye loss, no xyzzy", "eye loss", "X:2", 0.3),
            ("xyzzy", "eye", "X:6", 0.1),
            ("no ear or eye loss but eye loss", "ear loss", "X:1", 0.6),
            ("ear or eye loss", "ear loss", "X:1", 0.4),
        ]);
        let answer = normalizer.normalize_by_retrieval(Mention::new("no ear loss but eye loss"));
        assert!(answer.qualifiers.is_empty() && matches!(answer.outcome, Outcome::Composite));
        let denied: Vec<bool> = answer.parts.iter().map(|part| part.qualifiers.negation.is_some()).collect();
        assert_eq!((denied, said(&normalizer, "no ear loss but eye loss")), (vec![true, false], "X:1 X:2".to_owned()));
        // What has a concept of its own stays whole.
        assert_eq!(said(&normalizer, "eye loss without ear loss"), "X:3");
        // What is denied of each part of a clause is denied of that part.
        let answer = normalizer.normalize_by_retrieval(Mention::new("no ear or eye loss but eye loss"));
        let denied: Vec<bool> = answer.parts.iter().map(|part| part.qualifiers.negation.is_some()).collect();
        assert_eq!(denied, [true, true, false]);
        // And what is not found is a part without a match.
        let answer = normalizer.normalize_by_retrieval(Mention::new("eye loss, no xyzzy"));
        let ids: Vec<bool> = answer.parts.iter().map(|part| part.answer().is_some()).collect();
        assert_eq!((ids, answer.confidence), (vec![true, false], Some(0.8)));
        assert_eq!(answer.parts[1].decided_by, DecidedBy::None);
    }

    #[test]
    fn a_severity_is_said_apart_unless_there_is_a_concept_of_it() {
        let normalizer = normalizer(&[
            ("mild left ear loss", "mild", "X:9", 0.2),
            ("left ear loss", "ear loss", "X:1", 0.7),
            ("ear loss", "ear loss", "X:1", 0.9),
            ("mild ear loss", "ear loss", "X:1", 0.4),
            ("profound otosis", "otosis", "X:7", 0.1),
            ("otosis", "deafness", "X:7", 0.9),
            ("profound deafness", "profound deafness", "X:8", 0.95),
            ("severe fits", "severe fits", "X:5", 0.9),
        ]);
        assert_eq!(said(&normalizer, "mild left ear loss"), "X:1 left mild");
        assert_eq!(said(&normalizer, "profound otosis"), "X:8");
        assert_eq!(said(&normalizer, "severe fits"), "X:5");
    }

    #[test]
    fn a_part_that_is_not_found_is_said_where_the_whole_was_found_by_the_others_alone() {
        let normalizer = normalizer(&[
            ("ear loss and xyzzy", "ear loss", "X:1", 0.7),
            ("ear loss", "ear loss", "X:1", 0.9),
            ("xyzzy", "eye", "X:6", 0.1),
            ("ear loss and plugh", "ear loss and plugh disease", "X:2", 0.7),
            ("plugh", "eye", "X:6", 0.1),
            ("ear loss and otosis", "ear loss", "X:1", 0.7),
            ("otosis", "ear loss", "X:1", 0.2),
        ]);
        let parts = |text: &str| -> Vec<Option<String>> {
            let answer = normalizer.normalize_by_retrieval(Mention::new(text));
            answer.parts.iter().map(|part| Some(part.answer()?.id.to_string())).collect()
        };
        assert_eq!(parts("ear loss and xyzzy"), [Some("X:1".to_owned()), None]);
        assert!(parts("ear loss and plugh").is_empty() && parts("ear loss and otosis").is_empty());
    }

    #[test]
    fn each_part_has_its_own_side() {
        let normalizer = normalizer(&[
            ("right hand and left foot pain", "foot pain", "X:2", 0.5),
            ("right hand pain", "hand pain", "X:1", 0.5),
            ("hand pain", "hand pain", "X:1", 0.9),
            ("left foot pain", "foot pain", "X:2", 0.5),
            ("foot pain", "foot pain", "X:2", 0.5),
        ]);
        let answer = normalizer.normalize_by_retrieval(Mention::new("right hand and left foot pain"));
        let sides: Vec<Option<Side>> = answer.parts.iter().map(|part| part.qualifiers.side).collect();
        assert_eq!((sides, answer.qualifiers), (vec![Some(Side::Right), Some(Side::Left)], Qualifiers::default()));
    }

    /// Chooses the first, and keeps what it was asked about.
    #[derive(Default)]
    struct First(Mutex<Vec<String>>);

    impl Generator for First {
        fn signature(&self) -> Signature {
            Signature { model: "first".into(), prompt_hash: String::new() }
        }

        fn choose<'a>(&'a self, mention: &'a Mention, _: &'a [Offer]) -> Answering<'a, Decision> {
            self.0.lock().unwrap().push(mention.text.clone());
            let decision = Decision { choice: Choice::Offer(0), reason: String::new(), certainty: None };
            Box::pin(async { Ok(decision) })
        }
    }

    #[test]
    fn a_generator_is_asked_about_the_words_without_what_qualifies_them() {
        let found: &[(&str, &str, &str, f32)] = &[
            ("no ear and eye loss", "loss", "X:3", 0.1),
            ("ear and eye loss", "loss", "X:3", 0.1),
            ("ear loss", "loss of the ear", "X:1", 0.85),
            ("eye loss", "loss of the eye", "X:2", 0.85),
            ("no ear loss but eye loss", "loss", "X:3", 0.1),
            ("no ear loss", "loss", "X:3", 0.1),
        ];
        let first = Arc::new(First::default());
        let normalizer = normalizer(found).with_generator(Arc::clone(&first) as Arc<dyn Generator>, Rule::default());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let asked = |text: &str| {
            let answer = runtime.block_on(normalizer.normalize(Mention::new(text)));
            (answer, std::mem::take(&mut *first.0.lock().unwrap()))
        };
        let (answer, words) = asked("no ear and eye loss");
        assert_eq!((words, answer.qualifiers.negation.as_deref()), (vec!["ear and eye loss".to_owned()], Some("no")));
        // What is there and what is not are two questions.
        let (answer, words) = asked("no ear loss but eye loss");
        assert_eq!(words, ["ear loss", "eye loss"]);
        assert!(answer.parts.iter().all(|part| part.decided_by == DecidedBy::Model));
        assert!(answer.parts[0].qualifiers.negation.is_some() && answer.parts[1].qualifiers.is_empty());
    }
}

//! One concept, one with what its edges say beside it, or several: decided by what is found for the whole mention, for what
//! is left of it, and for each part of each way to split it (`phrase.rs`).
//!
//! The whole is right where it is a name, or where the name that was found for it has the words of all parts; and
//! otherwise where it is surer than the parts together. What is found for a whole must speak of its negation or side too,
//! or that is taken off and said apart. A mention in which nothing joins two words and no edge qualifies is retrieved once.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{DecidedBy, Error, Mention, Normalization, Normalizer, Outcome, Qualifiers, Side, is_only_exact, phrase};
use crate::ontology::Curie;
use crate::retrieve::{Candidate, Retrieval};
use crate::text;

/// What a mention was found to say.
pub(super) enum Reading {
    /// One concept, found by the words that are left without those that qualify it; none where nothing was taken off.
    One { words: Option<String>, qualifiers: Qualifiers, retrieval: Retrieval },
    /// Several. What was found for the whole stays with them.
    Several { qualifiers: Qualifiers, whole: Retrieval, parts: Vec<Part> },
}

/// A part of a mention, or the whole of it.
#[derive(Debug, Clone)]
pub(super) struct Part {
    text: String,
    /// What is left without the words that qualify it.
    rest: String,
    qualifiers: Qualifiers,
    retrieval: Retrieval,
}

/// A way to split a mention, with what is found for its parts.
struct Split {
    parts: Vec<Part>,
    /// The probability that all parts are right.
    sureness: f32,
    /// How many words belong to several parts.
    shared: usize,
}

/// The least confidence of a part: one that means nothing is no part.
const SURE_PART: f32 = 0.6;

/// The least of all parts together.
const SURE_PARTS: f32 = 0.6;

/// What a shared word adds to a way to split, as a factor: "atrophy" may be a concept too, but what was meant by "muscle
/// weakness and atrophy" has more words.
const SHARED: f32 = 0.02;

/// Shared words that add to it.
const SHARED_WORDS: usize = 4;

/// How sure a whole must be, as a share of the parts together, where the name that was found has words of all parts.
const COVERED: f32 = 0.5;

/// The same where some part has no word in that name.
const UNCOVERED: f32 = 1.12;

/// Words that so many names have that none of them says whether a name has a part.
const COMMON: [&str; 3] = ["disease", "disorder", "syndrome"];

/// How sure a whole that names the side must be, as a share of what is left without it.
const SIDED: f32 = 0.5;

impl Part {
    fn new(text: &str, retrieval: Retrieval) -> Self {
        Self { text: text.to_owned(), rest: text.to_owned(), qualifiers: Qualifiers::default(), retrieval }
    }

    fn best(&self) -> Option<&Candidate> {
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
        let mut whole = self.without_negation(mention, whole)?;
        let mut parts = self.split(mention, &whole)?;
        if parts.is_none() {
            let stripped = self.without_side(mention, whole.clone())?;
            if stripped.rest != whole.rest {
                parts = self.split(mention, &stripped)?;
            }
            whole = stripped;
        }
        let Part { text, rest, qualifiers, retrieval } = whole;
        Ok(match parts {
            Some(parts) => Reading::Several { qualifiers, whole: retrieval, parts },
            None => Reading::One { words: (text != rest).then_some(rest), qualifiers, retrieval },
        })
    }

    /// The parts of a mention that is several.
    fn split(&self, mention: &Mention, whole: &Part) -> Result<Option<Vec<Part>>, Error> {
        if is_name(&whole.retrieval) {
            return Ok(None);
        }
        let list = phrase::list(&whole.rest);
        let as_they_stand = list.readings.first().map_or(0, |reading| words(reading));
        let mut known: HashMap<String, Part> = HashMap::new();
        let mut best: Option<Split> = None;
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
            let split = Split::of(parts, shared);
            if best.as_ref().is_none_or(|best| split.weight() > best.weight()) {
                best = Some(split);
            }
        }
        let is_one = |split: &Split| list.is_apposition && !split.parts.iter().all(|part| is_name(&part.retrieval));
        Ok(best.filter(|best| !is_one(best) && best.replaces(whole)).map(|best| best.parts))
    }

    /// What is found for a part, without the words that qualify it.
    fn part(&self, mention: &Mention, text: &str) -> Result<Part, Error> {
        let part = Part::new(text, self.retrieved(mention, text)?);
        self.without_side(mention, self.without_negation(mention, part)?)
    }

    /// Takes off what negates a part, unless its name says so as well.
    fn without_negation(&self, mention: &Mention, part: Part) -> Result<Part, Error> {
        let negated = phrase::negated(&part.rest).filter(|_| !is_name(&part.retrieval));
        let Some((negation, rest)) = negated else { return Ok(part) };
        if part.best().is_some_and(|best| speaks_of_absence(&best.name) || speaks_of_absence(&best.label)) {
            return Ok(part);
        }
        let (rest, retrieval) = (rest.to_owned(), self.retrieved(mention, rest)?);
        // "No head control" is poor head control, and denies nothing.
        let is_lack = |best: &Candidate| speaks_of_lack(&best.name, &rest) || speaks_of_lack(&best.label, &rest);
        if retrieval.candidates.first().is_some_and(is_lack) {
            return Ok(part);
        }
        let qualifiers = Qualifiers { negation: Some(negation), ..part.qualifiers };
        Ok(Part { text: part.text, rest, qualifiers, retrieval })
    }

    /// Takes off the side a part names, unless its name has that too.
    fn without_side(&self, mention: &Mention, part: Part) -> Result<Part, Error> {
        let sided = phrase::sided(&part.rest).filter(|_| !is_name(&part.retrieval));
        let Some((side, rest)) = sided else { return Ok(part) };
        let retrieval = self.retrieved(mention, rest)?;
        let names_it = part.best().is_some_and(|best| names_side(&best.name, side) || names_side(&best.label, side));
        if names_it && sureness(&part.retrieval) >= SIDED * sureness(&retrieval) {
            return Ok(part);
        }
        let (rest, qualifiers) = (rest.to_owned(), Qualifiers { side: Some(side), ..part.qualifiers });
        Ok(Part { text: part.text, rest, qualifiers, retrieval })
    }

    /// What is found for words of a mention, which are expected to be what the whole is.
    fn retrieved(&self, mention: &Mention, text: &str) -> Result<Retrieval, Error> {
        self.candidates(&Mention { text: text.to_owned(), ..mention.clone() })
    }

    /// Whether a generator should be asked about the whole, since retrieval is in doubt about a part.
    pub(super) fn are_doubtful(&self, parts: &[Part]) -> bool {
        parts.iter().any(|part| self.is_doubtful(&Mention::new(part.rest.as_str()), &part.retrieval))
    }

    /// The answer to a mention that is several: that of each part, or no match where they are not sure enough together.
    pub(super) fn compose(
        &self,
        mention: Mention,
        qualifiers: Qualifiers,
        whole: Retrieval,
        parts: Vec<Part>,
    ) -> Normalization {
        let confidence = parts.iter().map(|part| part.retrieval.confidence).product::<Option<f32>>();
        let mut candidates = whole.candidates;
        candidates.truncate(self.limit);
        if confidence.is_some_and(|confidence| confidence < self.least_confidence) {
            let answer = self.answer(mention, Outcome::NoMatch, DecidedBy::None, candidates);
            return Normalization { confidence, qualifiers, ..answer };
        }
        let answered = |part: Part| {
            let mention = Mention { text: part.text, ..mention.clone() };
            Normalization { qualifiers: part.qualifiers, ..self.decide(mention, part.retrieval) }
        };
        let mut parts: Vec<Normalization> = parts.into_iter().map(answered).collect();
        if let Some(failed) = parts.iter().position(|part| part.error().is_some())
            && let Outcome::Failed(error) = parts.swap_remove(failed).outcome
        {
            return self.failed(mention, error);
        }
        let mut answer = self.answer(mention, Outcome::Composite, DecidedBy::Parts, candidates);
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

impl Split {
    fn of(parts: Vec<Part>, shared: usize) -> Self {
        let sureness = parts.iter().map(|part| sureness(&part.retrieval)).product();
        Self { parts, sureness, shared }
    }

    /// What ways to split are preferred by.
    fn weight(&self) -> f32 {
        self.sureness * SHARED.mul_add(self.shared.min(SHARED_WORDS) as f32, 1.0)
    }

    /// Whether these parts are the answer instead of the whole.
    fn replaces(&self, whole: &Part) -> bool {
        // A family is no answer, so it is no part of one.
        let are_concepts = self.parts.iter().all(|part| part.retrieval.group.is_none());
        let are_sure = are_concepts && self.parts.iter().all(|part| sureness(&part.retrieval) >= SURE_PART);
        let mut ids: Vec<_> = self.parts.iter().filter_map(|part| part.best().map(|best| &best.id)).collect();
        ids.sort_unstable();
        ids.dedup();
        if !are_sure || self.sureness < SURE_PARTS || ids.len() < self.parts.len() || self.is_one() {
            return false;
        }
        // What cannot tell the parts apart has found no whole.
        let found = &whole.retrieval;
        let tied = found.tie.as_ref().map_or(1, |tie| tie.words.len());
        if tied == ids.len() && found.candidates.iter().take(tied).all(|tied| ids.contains(&&tied.id)) {
            return true;
        }
        let share = if self.is_covered_by(whole) { COVERED } else { UNCOVERED };
        sureness(&whole.retrieval) < share * self.sureness
    }

    /// Whether some concept is called by each of the parts: two names of one thing may stand side by side.
    fn is_one(&self) -> bool {
        let is_called = |part: &Part, id: &Curie| {
            part.retrieval.candidates.iter().any(|other| other.id == *id && other.ranks.exact.is_some())
        };
        let first = self.parts.first().map(|part| part.retrieval.candidates.as_slice()).unwrap_or_default();
        first.iter().any(|candidate| self.parts.iter().all(|part| is_called(part, &candidate.id)))
    }

    /// Whether the name found for the whole has, of each part, one of the words that not all parts have.
    fn is_covered_by(&self, whole: &Part) -> bool {
        let Some(best) = whole.best() else { return false };
        let name = text::normal_form(&best.name);
        let name = text::stems(&name);
        let forms: Vec<String> = self.parts.iter().map(|part| text::normal_form(&part.rest)).collect();
        let stems: Vec<_> = forms.iter().map(|form| text::stems(form)).collect();
        stems.iter().all(|part| {
            let is_own = |stem: &&Cow<'_, str>| {
                let is_common = COMMON.iter().any(|word| text::stem(word) == **stem);
                !is_common && !stems.iter().all(|other| other.contains(stem))
            };
            let mut own = part.iter().filter(is_own).peekable();
            own.peek().is_none() || own.any(|stem| name.contains(stem))
        })
    }
}

/// How sure the best candidate is, by what was learnt, or where nothing was, by name.
fn sureness(retrieval: &Retrieval) -> f32 {
    // Which of the tied it is does not matter for how a mention is to be read.
    let tied = retrieval.tie.as_ref().map_or(1, |tie| tie.words.len());
    let sure = retrieval.confidence.map(|confidence| (confidence * tied as f32).min(1.0));
    sure.unwrap_or_else(|| if is_only_exact(&retrieval.candidates) { 1.0 } else { 0.0 })
}

/// Whether the mention is a name, of whatever concepts.
fn is_name(retrieval: &Retrieval) -> bool {
    retrieval.candidates.first().is_some_and(|best| best.ranks.is_equal_form())
}

fn words(reading: &[String]) -> usize {
    reading.iter().map(|part| part.split(' ').count()).sum()
}

/// Whether a name says that something is not there.
fn speaks_of_absence(name: &str) -> bool {
    let form = text::normal_form(name);
    let begins = ["agenesis", "aplasia", "anhidro", "lack", "deficien", "undetect", "missing", "inab"];
    let is_one = |word: &str| {
        matches!(word, "no" | "not" | "without" | "absent" | "unable" | "negative" | "never" | "cannot")
            || begins.iter().any(|beginning| word.starts_with(beginning))
            || word.ends_with("less")
    };
    form.contains("absence of") || form.ends_with(" absence") || form.split(' ').any(is_one)
}

/// Whether a name says that something is less than it should be, and the words it was found by do not.
fn speaks_of_lack(name: &str, words: &str) -> bool {
    let (name, words) = (text::normal_form(name), text::normal_form(words));
    let begins =
        ["poor", "reduc", "decreas", "diminish", "impair", "loss", "lost", "abnormal", "delay", "hypo", "insuffic"];
    let is_one = |word: &&str| begins.iter().any(|beginning| word.starts_with(beginning));
    speaks_of_absence(&name) && !speaks_of_absence(&words)
        || name.split(' ').any(|word| is_one(&word)) && !words.split(' ').any(|word| is_one(&word))
}

/// Whether a name names a side of something.
fn names_side(name: &str, side: Side) -> bool {
    let words: &[&str] = match side {
        Side::Left => &["left"],
        Side::Right => &["right"],
        Side::Bilateral => &["bilateral", "bilaterally", "both"],
        Side::Unilateral => &["unilateral", "unilaterally", "one"],
    };
    let form = text::normal_form(name);
    let is_side = |word: &str| words.contains(&word);
    form.split(' ').any(is_side) && form.split(' ').any(|word| !is_side(word) && !matches!(word, "sided" | "side"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::normalize::OntologyTag;
    use crate::ontology::Scope;
    use crate::retrieve::{self, Description, Ranks, Retriever, Scores, Tie};

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

    /// A part for which these concepts are found, each by a name that is the part or is not.
    fn part(found: &[(&str, bool)]) -> Part {
        let candidate = |&(id, is_name): &(&str, bool)| Candidate {
            ranks: Ranks { exact: is_name.then_some(1), ..Ranks::default() },
            ..Candidate::new(Curie::parse(id).unwrap(), id)
        };
        let candidates = found.iter().map(candidate).collect();
        Part::new("part", Retrieval { candidates, confidence: Some(0.95), ..Retrieval::default() })
    }

    #[test]
    fn two_names_of_one_concept_are_no_parts_though_one_is_of_another_too() {
        let split = |second: &[(&str, bool)]| Split::of(vec![part(&[("X:1", true)]), part(second)], 0);
        let whole = part(&[]);
        assert!(!split(&[("X:2", true), ("X:1", true)]).replaces(&whole));
        assert!(split(&[("X:2", true), ("X:1", false)]).replaces(&whole));
    }

    #[test]
    fn a_whole_for_which_just_its_parts_are_found_alike_is_those() {
        let mut whole = part(&[("X:1", false), ("X:2", false), ("X:3", false)]);
        whole.retrieval.tie = Some(Tie { shared_name: None, words: vec![Vec::new(); 2] });
        let split = |second| Split::of(vec![part(&[("X:2", true)]), part(&[(second, true)])], 0);
        assert!(split("X:1").replaces(&whole) && !split("X:4").replaces(&whole));
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
}

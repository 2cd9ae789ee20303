//! One concept, one with what its edges say beside it, or several: decided by what is found for the whole mention, for what
//! is left of it, and for each part of each way to split it (`phrase.rs`).
//!
//! The whole is right where it is a name, or where the name that was found for it has the words of all parts; and
//! otherwise where it is surer than the parts together. What is found for a whole must speak of its negation, side or
//! severity too, or that is taken off and said apart. What says of one thing that it is there and of another that it is
//! not is read clause by clause. Where only some parts are found, and the whole was found by these alone, the others are
//! parts without a match. A mention in which nothing joins two words and no edge qualifies is retrieved once.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::clauses::clauses;
use super::edges::{has_words, speaks_of_absence};
use super::split::{COVERED, Split, agree, fit};
use super::{Begun, DecidedBy, Error, Mention, Normalization, Normalizer, OntologyTag, Outcome, Qualifiers};
use super::{Question, is_only_exact, phrase};
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
        let is_unsaid = whole.best().is_none() && phrase::is_placeholder(&whole.text);
        if !self.is_splitting || is_unsaid || is_name(&whole.retrieval) {
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
            // What has a word that is in none of its names shares it with nobody.
            let has_all = |part: &Part| part.best().is_some_and(|best| has_words(best, &part.rest));
            let shared = if parts.iter().all(has_all) { shared } else { 0 };
            let split = Split::of(parts, shared);
            // What is not found keeps the words that it has by itself.
            let is_last_whole = by_itself.as_ref() == split.parts.last().map(|part| &part.text);
            let some = split.of_some(whole).filter(|_| !list.is_apposition && is_last_whole);
            if some.as_ref().is_some_and(|some| some.is_before(best_of_some.as_ref())) {
                best_of_some = some;
            }
            let is_one = list.is_apposition && !split.is_apart(whole);
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

    /// Whether retrieval is in doubt about a part, so that a generator should be asked.
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
        if matched().next().is_none() {
            // Whoever was asked about a part has decided.
            let judged = parts.into_iter().find(|part| part.decided_by == DecidedBy::Model);
            let (decided_by, confidence, judgement) = match judged {
                Some(part) => (DecidedBy::Model, part.confidence, part.judgement),
                None => (DecidedBy::None, whole.confidence, None),
            };
            let answer = self.answer(mention, Outcome::NoMatch, decided_by, candidates);
            return Normalization { confidence, judgement, qualifiers, ..answer };
        }
        let confidence = matched().map(|part| part.confidence).product::<Option<f32>>();
        let mut answer = self.answer(mention, Outcome::Composite, DecidedBy::Parts, candidates);
        let mut ontologies: Vec<&OntologyTag> = matched().map(|part| &*part.ontology).collect();
        let mut seen = HashSet::new();
        ontologies.retain(|ontology| seen.insert(&ontology.name));
        answer.ontology = Arc::new(OntologyTag::joined(&ontologies));
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

//! One concept, one with what its edges say beside it, or several: decided by what is found for the whole mention, for what
//! is left of it, and for each part of each way to split it (`phrase.rs`).
//!
//! The whole is right where it is a name, or where the name that was found for it has the words of all parts; and
//! otherwise where it is surer than the parts together. What is found for a whole must speak of its negation or side too,
//! or that is taken off and said apart. A mention in which nothing joins two words and no edge qualifies is retrieved once.

use std::collections::HashMap;

use super::{DecidedBy, Error, Mention, Normalization, Normalizer, Outcome, Qualifiers, Side, is_only_exact, phrase};
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
    /// Whether some words belong to several parts.
    shares: bool,
}

/// The least confidence of a part: one that means nothing is no part.
const SURE_PART: f32 = 0.5;

/// What a way to split in which no words are shared must be surer by, as a factor, to be preferred to one in which some
/// are: "small" may be a concept too, but not in "small and broad thumbs".
const SHARED: f32 = 1.1;

/// How sure a whole must be, as a share of the parts together, where the name that was found has the words of all parts.
const COVERED: f32 = 0.5;

/// The same where that name lacks words.
const UNCOVERED: f32 = 1.2;

/// The least of all parts together.
const SURE_SPLIT: f32 = 0.4;

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
        let whole = self.without_negation(whole)?;
        if let Some(parts) = self.split(&whole)? {
            let Part { qualifiers, retrieval: whole, .. } = whole;
            return Ok(Reading::Several { qualifiers, whole, parts });
        }
        let Part { text, rest, qualifiers, retrieval } = self.without_side(whole)?;
        Ok(Reading::One { words: (text != rest).then_some(rest), qualifiers, retrieval })
    }

    /// The parts of a mention that is several.
    fn split(&self, whole: &Part) -> Result<Option<Vec<Part>>, Error> {
        if is_name(&whole.retrieval) {
            return Ok(None);
        }
        let readings = phrase::readings(&whole.rest);
        let own_words: usize = readings.first().map_or(0, |reading| words(&reading.join(" ")));
        let mut known: HashMap<String, Part> = HashMap::new();
        let mut best: Option<Split> = None;
        for reading in readings {
            let shares = words(&reading.join(" ")) > own_words;
            let mut parts = Vec::with_capacity(reading.len());
            for text in reading {
                let part = match known.get(&text) {
                    Some(part) => part.clone(),
                    None => known.entry(text.clone()).or_insert(self.part(&text)?).clone(),
                };
                parts.push(part);
            }
            let split = Split::of(parts, shares);
            if std::env::var("DUMP").is_ok() { eprintln!("  {:?} {:?}", split.sureness, split.parts.iter().map(|p| (p.text.as_str(), p.best().map(|b| b.name.clone()), sureness(&p.retrieval))).collect::<Vec<_>>()); }
            if best.as_ref().is_none_or(|best| split.is_better_than(best)) {
                best = Some(split);
            }
        }
        if let Some(best) = &best { if std::env::var("DUMP").is_ok() { eprintln!("WHOLE {} | {:?} {} covers {} | best {} {}", whole.text, whole.best().map(|b| (b.name.clone(), b.label.clone())), sureness(&whole.retrieval), best.is_covered_by(whole), best.sureness, best.parts.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join("|")); }}
        Ok(best.filter(|best| best.replaces(whole)).map(|best| best.parts))
    }

    /// What is found for a part, without the words that qualify it.
    fn part(&self, text: &str) -> Result<Part, Error> {
        let part = Part::new(text, self.retrieved(text)?);
        self.without_side(self.without_negation(part)?)
    }

    /// Takes off what negates a part, unless its name says so as well.
    fn without_negation(&self, part: Part) -> Result<Part, Error> {
        let negated = phrase::negated(&part.rest).filter(|_| !is_name(&part.retrieval));
        let Some((negation, rest)) = negated else { return Ok(part) };
        if part.best().is_some_and(|best| speaks_of_absence(&best.name) || speaks_of_absence(&best.label)) {
            return Ok(part);
        }
        let (rest, retrieval) = (rest.to_owned(), self.retrieved(rest)?);
        let qualifiers = Qualifiers { negation: Some(negation), ..part.qualifiers };
        Ok(Part { text: part.text, rest, qualifiers, retrieval })
    }

    /// Takes off the side a part names, unless its name has that too.
    fn without_side(&self, part: Part) -> Result<Part, Error> {
        let sided = phrase::sided(&part.rest).filter(|_| !is_name(&part.retrieval));
        let Some((side, rest)) = sided else { return Ok(part) };
        let retrieval = self.retrieved(rest)?;
        let names_it = part.best().is_some_and(|best| names_side(&best.name, side) || names_side(&best.label, side));
        if names_it && sureness(&part.retrieval) >= SIDED * sureness(&retrieval) {
            return Ok(part);
        }
        let (rest, qualifiers) = (rest.to_owned(), Qualifiers { side: Some(side), ..part.qualifiers });
        Ok(Part { text: part.text, rest, qualifiers, retrieval })
    }

    fn retrieved(&self, text: &str) -> Result<Retrieval, Error> {
        self.candidates(&Mention::new(text))
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
        let context = mention.context.clone();
        let answered = |part: Part| {
            let mention = Mention { text: part.text, context: context.clone() };
            Normalization { qualifiers: part.qualifiers, ..self.decide(mention, part.retrieval) }
        };
        let parts = parts.into_iter().map(answered).collect();
        let answer = self.answer(mention, Outcome::Composite, DecidedBy::Parts, candidates);
        Normalization { confidence, qualifiers, parts, ..answer }
    }
}

impl Split {
    fn of(parts: Vec<Part>, shares: bool) -> Self {
        let sureness = parts.iter().map(|part| sureness(&part.retrieval)).product();
        Self { parts, sureness, shares }
    }

    fn is_better_than(&self, other: &Self) -> bool {
        let weight = |split: &Self| if split.shares { split.sureness * SHARED } else { split.sureness };
        weight(self) > weight(other)
    }

    /// Whether these parts are the answer instead of the whole.
    fn replaces(&self, whole: &Part) -> bool {
        let are_sure = self.parts.iter().all(|part| sureness(&part.retrieval) >= SURE_PART);
        let mut ids: Vec<_> = self.parts.iter().filter_map(|part| part.best().map(|best| &best.id)).collect();
        ids.sort_unstable();
        ids.dedup();
        if !are_sure || self.sureness < SURE_SPLIT || ids.len() < self.parts.len() {
            return false;
        }
        let share = if self.is_covered_by(whole) { COVERED } else { UNCOVERED };
        sureness(&whole.retrieval) < share * self.sureness
    }

    /// Whether the name found for the whole has the words by which each part differs from the others.
    fn is_covered_by(&self, whole: &Part) -> bool {
        let Some(best) = whole.best() else { return false };
        let name = text::normal_form(&best.name);
        let name = text::stems(&name);
        let forms: Vec<String> = self.parts.iter().map(|part| text::normal_form(&part.rest)).collect();
        let stems: Vec<_> = forms.iter().map(|form| text::stems(form)).collect();
        stems.iter().all(|part| {
            part.iter().filter(|stem| !stems.iter().all(|other| other.contains(stem))).all(|stem| name.contains(stem))
        })
    }
}

/// How sure the best candidate is, by what was learnt, or where nothing was, by name.
fn sureness(retrieval: &Retrieval) -> f32 {
    retrieval.confidence.unwrap_or_else(|| if is_only_exact(&retrieval.candidates) { 1.0 } else { 0.0 })
}

/// Whether the mention is a name, of whatever concepts.
fn is_name(retrieval: &Retrieval) -> bool {
    retrieval.candidates.first().is_none_or(|best| best.ranks.is_equal_form())
}

fn words(text: &str) -> usize {
    text.split(' ').count()
}

/// Whether a name says that something is not there.
fn speaks_of_absence(name: &str) -> bool {
    let form = text::normal_form(name);
    let begins = ["agenesis", "aplasia", "anhidro", "lack", "undetect", "missing", "inab"];
    let is_one = |word: &str| {
        matches!(word, "no" | "not" | "non" | "without" | "absent" | "unable" | "negative" | "never" | "cannot" | "loss")
            || begins.iter().any(|beginning| word.starts_with(beginning))
            || word.ends_with("less")
    };
    form.contains("absence of") || form.ends_with(" absence") || form.split(' ').any(is_one)
}

/// Whether a name names a side.
fn names_side(name: &str, side: Side) -> bool {
    let words: &[&str] = match side {
        Side::Left => &["left"],
        Side::Right => &["right"],
        Side::Bilateral => &["bilateral", "bilaterally", "both"],
        Side::Unilateral => &["unilateral", "unilaterally", "one"],
    };
    text::normal_form(name).split(' ').any(|word| words.contains(&word))
}

//! What words at the edges of a mention or of a part say beside its concept: taken off, unless what is found says it too.

use std::borrow::Cow;

use super::composite::{Part, is_name, sureness};
use super::{Error, Mention, Normalizer, Qualifiers, Side, phrase, severity};
use crate::retrieve::{Candidate, Ranks, Retrieval};
use crate::text;

/// How sure a whole that names the side or the severity must be, as a share of what is left without it.
const SIDED: f32 = 0.5;

impl Normalizer {
    /// Takes off a severity or a side.
    pub(super) fn without_edge(&self, mention: &Mention, part: Part) -> Result<Part, Error> {
        let rest = part.rest.clone();
        let part = self.without_severity(mention, part)?;
        if part.rest == rest { self.without_side(mention, part) } else { Ok(part) }
    }

    /// Takes off what negates a part, unless its name says so as well.
    pub(super) fn without_negation(&self, mention: &Mention, part: Part) -> Result<Part, Error> {
        let negated = phrase::negated(&part.rest).filter(|_| !is_name(&part.retrieval));
        let Some((negation, rest)) = negated else { return self.without_normality(mention, part) };
        let (rest, retrieval) = (rest.to_owned(), self.retrieved(mention, rest)?);
        // What is denied by its very name is denied, whatever else it is called.
        let is_called_so = is_name(&retrieval);
        let is_same = part.best().map(|best| &best.id) == retrieval.candidates.first().map(|best| &best.id);
        if !(is_called_so && is_same) {
            let says_absence = |best: &Candidate| speaks_of_absence(&best.name) || speaks_of_absence(&best.label);
            if part.best().is_some_and(says_absence) && !speaks_of_absence(&rest) {
                return Ok(part);
            }
            // "No head control" is poor head control, and denies nothing.
            let is_lack = |best: &Candidate| speaks_of_lack(&best.name, &rest) && has_words_in(&best.name, &rest);
            if !is_called_so && retrieval.candidates.first().is_some_and(is_lack) {
                return Ok(part);
            }
        }
        let qualifiers = Qualifiers { negation: Some(negation), ..part.qualifiers };
        Ok(Part { rest, qualifiers, retrieval, ..part })
    }

    /// Takes off what says that something is as it should be: what is found for it denies that.
    fn without_normality(&self, mention: &Mention, part: Part) -> Result<Part, Error> {
        let normal = phrase::before(&part.rest, "normal").filter(|_| !is_name(&part.retrieval));
        let Some(rest) = normal else { return Ok(part) };
        let is_normal = |name: &str| text::normal_form(name).split(' ').any(|word| word == "normal");
        if part.best().is_none_or(|best| is_normal(&best.name)) {
            return Ok(part);
        }
        let (rest, retrieval) = (rest.to_owned(), self.retrieved(mention, rest)?);
        let is_wrong = |best: &Candidate| speaks_of_lack(&best.name, &rest) || speaks_of_lack(&best.label, &rest);
        if !retrieval.candidates.first().is_some_and(is_wrong) {
            return Ok(part);
        }
        let qualifiers = Qualifiers { negation: Some("normal".to_owned()), ..part.qualifiers };
        Ok(Part { rest, qualifiers, retrieval, ..part })
    }

    /// Takes off how severe a part is said to be, unless its name has that too.
    fn without_severity(&self, mention: &Mention, part: Part) -> Result<Part, Error> {
        let is_known = part.qualifiers.severity.is_some() || is_name(&part.retrieval);
        let Some((severity, rest)) = severity::named(&part.rest).filter(|_| !is_known) else { return Ok(part) };
        let retrieval = self.retrieved(mention, rest)?;
        let names_it = part.best().is_some_and(|best| severity::is_in(&best.name) || severity::is_in(&best.label));
        // "Mild motor delay" is no mild global developmental delay.
        let has_words = !is_name(&retrieval) || part.best().is_some_and(|best| has_words(best, rest));
        if names_it && has_words && sureness(&part.retrieval) >= SIDED * sureness(&retrieval) {
            return Ok(part);
        }
        if let Some(best) = retrieval.candidates.first() {
            // "Profound deafness" is profound hearing impairment.
            let called = format!("{} {}", severity.as_str(), best.label);
            let found = self.retrieved(mention, &called)?;
            if is_name(&found) {
                return Ok(Part { rest: called, retrieval: by_other_words(found, &retrieval), ..part });
            }
        }
        let (rest, qualifiers) = (rest.to_owned(), Qualifiers { severity: Some(severity), ..part.qualifiers });
        Ok(Part { rest, qualifiers, retrieval, ..part })
    }

    /// Takes off the side a part names, unless its name has that too.
    fn without_side(&self, mention: &Mention, part: Part) -> Result<Part, Error> {
        let is_known = part.qualifiers.side.is_some() || is_name(&part.retrieval);
        let sided = phrase::sided(&part.rest).filter(|_| !is_known);
        let Some((side, rest)) = sided else { return Ok(part) };
        let retrieval = self.retrieved(mention, rest)?;
        let names_it = part.best().is_some_and(|best| names_side(&best.name, side) || names_side(&best.label, side));
        if names_it && sureness(&part.retrieval) >= SIDED * sureness(&retrieval) {
            return Ok(part);
        }
        let (rest, qualifiers) = (rest.to_owned(), Qualifiers { side: Some(side), ..part.qualifiers });
        Ok(Part { rest, qualifiers, retrieval, ..part })
    }

    /// What is found for words of a mention, which are expected to be what the whole is.
    pub(super) fn retrieved(&self, mention: &Mention, text: &str) -> Result<Retrieval, Error> {
        self.candidates(&Mention { text: text.to_owned(), ..mention.clone() })
    }
}

/// Whether a candidate's names have all of the words.
pub(super) fn has_words(candidate: &Candidate, words: &str) -> bool {
    let names = stems_of(candidate);
    stems(words).iter().all(|stem| names.contains(stem))
}

/// Whether a name has all of the words.
fn has_words_in(name: &str, words: &str) -> bool {
    let name = stems(name);
    stems(words).iter().all(|stem| name.contains(stem))
}

/// The stems of a candidate's names.
pub(super) fn stems_of(candidate: &Candidate) -> Vec<String> {
    [&candidate.name, &candidate.label].into_iter().flat_map(|name| stems(name)).collect()
}

/// The stems of a text's words.
pub(super) fn stems(text: &str) -> Vec<String> {
    text::stems(&text::normal_form(text)).into_iter().map(Cow::into_owned).collect()
}

/// What was found by other words than the mention's, no surer than what they come from.
fn by_other_words(mut found: Retrieval, source: &Retrieval) -> Retrieval {
    for candidate in &mut found.candidates {
        candidate.ranks = Ranks { exact: None, ..candidate.ranks };
    }
    let no_surer = |own: Option<f32>, other: Option<f32>| own.zip(other).map(|(own, other)| own.min(other));
    found.confidence = no_surer(found.confidence, source.confidence);
    found.within = no_surer(found.within, source.within);
    found
}

/// Whether a name says that something is not there.
pub(super) fn speaks_of_absence(name: &str) -> bool {
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
    let begins = [
        "poor",
        "reduc",
        "decreas",
        "diminish",
        "impair",
        "loss",
        "lost",
        "abnormal",
        "delay",
        "hypo",
        "insuffic",
        "irregular",
        "disab",
        "disturb",
    ];
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

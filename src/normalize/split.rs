//! Ways to split a mention into its parts, and whether one is the answer instead of the whole. Pure.

use std::sync::Arc;

use super::OntologyTag;
use super::composite::{Part, is_name, sureness};
use super::edges::{has_words, stems, stems_of};
use crate::ontology::Curie;
use crate::retrieve::{Candidate, Retrieval};
use crate::text;

/// How sure a part must be that may as well be about the part before it.
const SURE_ALONE: f32 = 0.9;

/// The least of all parts together.
const SURE_PARTS: f32 = 0.6;

/// What a shared word adds to a way to split, as a factor: "atrophy" may be a concept too, but what was meant by "muscle
/// weakness and atrophy" has more words.
const SHARED: f32 = 0.02;

/// Shared words that add to it.
const SHARED_WORDS: usize = 4;

/// What parts of several ontologies take from a way to split, as a factor: in "hip and knee pain" no gene is meant.
const MIXED: f32 = 0.9;

/// How sure a whole must be, as a share of the parts together, where the name that was found has words of all parts.
pub(super) const COVERED: f32 = 0.5;

/// The same where some part has no word in that name.
const UNCOVERED: f32 = 1.12;

/// Words that so many names have that none of them says whether a name has a part.
const COMMON: [&str; 7] = ["bilateral", "disease", "disorder", "left", "right", "syndrome", "unilateral"];

/// A way to split a mention, with what is found for its parts.
pub(super) struct Split {
    pub(super) parts: Vec<Part>,
    /// The probability that all parts are right.
    sureness: f32,
    /// How many words belong to several parts.
    shared: usize,
}

impl Split {
    pub(super) fn of(parts: Vec<Part>, shared: usize) -> Self {
        let sureness = parts.iter().map(|part| sureness(&part.retrieval)).product();
        Self { parts, sureness, shared }
    }

    /// What ways to split are preferred by.
    fn weight(&self) -> f32 {
        let is_alike = self.parts.first().is_none_or(|first| {
            let is_all = |ontology| self.parts.iter().all(|part| ontologies(part).any(|other| other == ontology));
            ontologies(first).any(is_all)
        });
        let mixture = if is_alike { 1.0 } else { MIXED };
        mixture * self.sureness * SHARED.mul_add(self.shared.min(SHARED_WORDS) as f32, 1.0)
    }

    /// Whether this way is preferred to the best so far; of equal ones the first.
    pub(super) fn is_before(&self, best: Option<&Self>) -> bool {
        best.is_none_or(|best| self.weight() > best.weight())
    }

    /// Whether each part, of two that may as well be one about the other, is something by itself.
    pub(super) fn is_apart(&self, whole: &Part) -> bool {
        let is_name = |part: &Part| is_name(&part.retrieval);
        let is_sure = |part: &Part| is_name(part) || sureness(&part.retrieval) >= SURE_ALONE;
        self.parts.iter().all(is_name) || (self.parts.iter().all(is_sure) && !self.is_covered_by(whole))
    }

    /// Whether its parts are of different sides, so that no one concept is all of them.
    fn is_of_two_sides(&self) -> bool {
        let mut sides = self.parts.iter().filter_map(|part| part.qualifiers.side);
        sides.next().is_some_and(|first| sides.any(|side| side != first))
    }

    /// Whether these parts are the answer instead of the whole.
    pub(super) fn replaces(&self, whole: &Part) -> bool {
        // A family is no answer, so it is no part of one.
        let are_concepts = self.parts.iter().all(|part| part.retrieval.group.is_none());
        let are_sure = are_concepts && self.parts.iter().all(Part::is_sure);
        let ids = distinct(self.parts.iter());
        if self.is_of_two_sides() {
            let is_same = self.parts.windows(2).all(|pair| pair[0].rest == pair[1].rest);
            let are_matched = are_concepts && self.parts.iter().all(Part::is_matched);
            return are_matched && (is_same || ids.len() == self.parts.len());
        }
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
        sureness(found) < share * self.sureness
    }

    /// Whether some concept that is the best of a part is called by each: two names of one thing may stand side by side.
    fn is_one(&self) -> bool {
        let is_called = |part: &Part, id: &Curie| {
            part.retrieval.candidates.iter().any(|other| other.id == *id && other.ranks.exact.is_some())
        };
        let mut best = self.parts.iter().filter_map(Part::best);
        best.any(|best| self.parts.iter().all(|part| is_called(part, &best.id)))
    }

    /// The same where only some parts are found, and by these alone the whole: none where all are, or none is.
    pub(super) fn of_some(&self, whole: &Part) -> Option<Self> {
        // What is not found is told by how sure that is, where something says so.
        whole.retrieval.confidence?;
        let is_found = |part: &&Part| part.retrieval.group.is_none() && (part.is_fitted || part.is_sure());
        let (found, others): (Vec<&Part>, Vec<&Part>) = self.parts.iter().partition(is_found);
        let sureness_of = |part: &&Part| if part.is_fitted { 1.0 } else { sureness(&part.retrieval) };
        let together: f32 = found.iter().map(sureness_of).product();
        let ids = distinct(found.iter().copied());
        let is_again = |part: &&Part| part.best().is_some_and(|best| ids.contains(&&best.id));
        let is_some = found.iter().any(|part| part.is_sure()) && together >= SURE_PARTS && ids.len() == found.len();
        if !is_some
            || (others.is_empty() && !found.iter().any(|part| part.is_fitted))
            || others.iter().any(is_again)
            || self.is_covered_by(whole)
        {
            return None;
        }
        let is_found_by_some = whole.best().is_some_and(|best| ids.contains(&&best.id));
        let is_unsure = sureness(&whole.retrieval) < COVERED * together;
        // What fewer parts are found of is less likely what was meant.
        let sureness = together / (1.0 + others.len() as f32);
        (is_found_by_some || is_unsure).then(|| Self {
            parts: self.parts.clone(),
            sureness,
            shared: self.shared.min(1),
        })
    }

    /// Whether the name found for the whole has, of each part, one of the words that not all parts have.
    fn is_covered_by(&self, whole: &Part) -> bool {
        let Some(best) = whole.best() else { return false };
        let name = stems(&best.name);
        own_stems(&self.parts).iter().all(|own| own.is_empty() || own.iter().any(|stem| name.contains(stem)))
    }
}

/// The concepts that are found for parts, each once.
fn distinct<'a>(parts: impl Iterator<Item = &'a Part>) -> Vec<&'a Curie> {
    let mut ids: Vec<&Curie> = parts.filter_map(|part| part.best().map(|best| &best.id)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The ontologies of what is found for a part, of all that cannot be told apart.
fn ontologies(part: &Part) -> impl Iterator<Item = Option<&Arc<OntologyTag>>> {
    let tied = part.retrieval.tie.as_ref().map_or(1, |tie| tie.words.len());
    part.retrieval.candidates.iter().take(tied).map(|candidate| candidate.ontology.as_ref())
}

/// Of each part the stems of the words that not all parts have, and that say something.
fn own_stems(parts: &[Part]) -> Vec<Vec<String>> {
    let all: Vec<_> = parts.iter().map(|part| stems(&part.rest)).collect();
    let is_common = |stem: &str| COMMON.iter().any(|word| text::stem(word) == stem);
    let is_own = |stem: &&String| !is_common(stem) && !all.iter().all(|other| other.contains(stem));
    all.iter().map(|part| part.iter().filter(is_own).cloned().collect()).collect()
}

/// Puts first, for parts that share words, a candidate that has all words of the part before one that has none but the
/// shared: the others are what the part is there for. "Fine motor delay" beside "gross motor delay" is no motor delay.
pub(super) fn fit(parts: &mut [Part]) {
    let own = own_stems(parts);
    for (part, own) in parts.iter_mut().zip(own) {
        let is_shared = own.len() < stems(&part.rest).len() && !own.is_empty();
        let is_missed = part.best().is_some_and(|best| {
            let names = stems_of(best);
            !own.iter().any(|stem| names.contains(stem))
        });
        if !is_shared || !is_missed || part.is_sure() || is_name(&part.retrieval) {
            continue;
        }
        let candidates = &mut part.retrieval.candidates;
        if let Some(at) = candidates.iter().position(|candidate| has_words(candidate, &part.rest)) {
            let score = candidates[0].score;
            let fitted = Candidate { score, ..candidates.remove(at) };
            candidates.insert(0, fitted);
            (part.is_fitted, part.retrieval.tie) = (true, None);
            // As likely as what it stands before now, and no likelier than what that leaves.
            let left = |sure: f32| sure.min(1.0 - sure);
            part.retrieval.confidence = part.retrieval.confidence.map(left);
            part.retrieval.within = part.retrieval.within.map(left);
        }
    }
}

/// Puts first, of the candidates of a part that cannot be told apart, that of the ontology that the other parts are of.
pub(super) fn agree(parts: &mut [Part]) {
    let ontology = |part: &Part| part.best().and_then(|best| best.ontology.clone());
    let decided = parts.iter().find(|part| part.retrieval.tie.is_none() && part.is_matched());
    let Some(wanted) = decided.or(parts.first()).and_then(ontology) else { return };
    for part in parts {
        let Retrieval { candidates, tie: Some(tie), .. } = &mut part.retrieval else { continue };
        let tied = tie.words.len().min(candidates.len());
        if let Some(at) = candidates[..tied].iter().position(|other| other.ontology.as_ref() == Some(&wanted)) {
            let score = candidates[0].score;
            candidates[..=at].rotate_right(1);
            candidates[0].score = score;
            tie.words[..=at].rotate_right(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieve::{Ranks, Tie};

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
        // What is called by both, and is the best of neither, is another matter.
        let both = |id| part(&[(id, true), ("X:3", true)]);
        assert!(Split::of(vec![both("X:1"), both("X:2")], 0).replaces(&whole));
    }

    #[test]
    fn a_whole_for_which_just_its_parts_are_found_alike_is_those() {
        let mut whole = part(&[("X:1", false), ("X:2", false), ("X:3", false)]);
        whole.retrieval.tie = Some(Tie { shared_name: None, words: vec![Vec::new(); 2] });
        let split = |second| Split::of(vec![part(&[("X:2", true)]), part(&[(second, true)])], 0);
        assert!(split("X:1").replaces(&whole) && !split("X:4").replaces(&whole));
    }
}

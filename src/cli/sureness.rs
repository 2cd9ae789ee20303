//! How sure an answer is: the flags that ask for it, and the words that say it.

use std::collections::BTreeSet;

use super::index::count;
use super::open::Asking;
use super::output::Output;
use super::searched::Searched;
use crate::normalize::Normalization;
use crate::retrieve::{Candidate, Group, Threshold, Tie};

/// How sure an answer must be.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Sureness {
    /// Answers less sure than this are no match, from 0 (always answer) to 1; retrieval is never surer of words than
    /// 0.97. With --model, the model is asked about them first
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = share, conflicts_with = "accept_precision")]
    min_confidence: f32,
    /// Answer only from the confidence on at which answers are right this often, by what the index held back while it
    /// learnt: 0.95 for 95 of 100. With --model, the model is asked about the others, and its choices stand
    #[arg(long, value_name = "P", value_parser = share)]
    accept_precision: Option<f32>,
}

/// A number from 0 to 1.
pub(super) fn share(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

impl Sureness {
    /// The certainty from which on a model's choice is an answer.
    pub(super) const fn least_certainty(&self) -> f32 {
        self.min_confidence
    }

    /// The confidence from which on retrieval gives an answer; what a wished-for precision comes to is said.
    pub(super) fn least(&self, searched: &Searched, output: &Output) -> anyhow::Result<f32> {
        if let Some(precision) = self.accept_precision {
            let threshold = searched.threshold(precision)?;
            output.say(accepted(&threshold));
            return Ok(threshold.confidence);
        }
        // Where nothing was learnt no answer has a confidence, so that all would pass.
        if self.min_confidence > 0.0 && !searched.is_learnt()? {
            return Err(crate::retrieve::Error::NothingLearnt.into());
        }
        Ok(self.min_confidence)
    }
}

/// Why nothing that was learnt is asked, for the beginning of a line.
pub(super) fn unlearnt(asking: &Asking) -> &'static str {
    if asking.is_one_channel() { "with `--only`, nothing learnt is asked" } else { "nothing was learnt for this index" }
}

/// What a threshold promises, and by what.
fn accepted(threshold: &Threshold) -> String {
    let Threshold { confidence, precision, answered, mentions } = *threshold;
    format!(
        "answers need a confidence of {confidence:.4}: of {} simulated mentions held back while learning, \
         {:.1}% were answered so, {:.1}% of these rightly",
        count(mentions),
        answered * 100.0,
        precision * 100.0
    )
}

/// A confidence for people: `87% sure`, and nothing is certain for being rounded.
pub(super) fn percent(confidence: f32) -> String {
    match (confidence * 100.0).round() {
        100.0.. if confidence < 1.0 => "over 99% sure".to_owned(),
        ..1.0 if confidence > 0.0 => "under 1% sure".to_owned(),
        percent => format!("{percent:.0}% sure"),
    }
}

/// How sure the answer is, and what is amiss with it: one line each.
pub(super) fn lines(answer: &Normalization) -> Vec<String> {
    let mut lines = Vec::new();
    match answer.confidence.map(percent) {
        Some(sure) if answer.is_unsure() => lines.push(format!("no match: only {sure} of the best candidate")),
        Some(_) if answer.group.is_some() && answer.answer().is_none() => {}
        sure => lines.extend(sure),
    }
    lines.extend(answer.group.as_ref().map(|named| group(named, answer.answer().is_some())));
    lines.extend(answer.tie.as_ref().map(|tie| tied(tie, &answer.candidates)));
    lines
}

/// That no single gene is meant, or that it may be none.
fn group(group: &Group, is_answered: bool) -> String {
    let may_be = if is_answered { "maybe no single gene" } else { "no single gene" };
    format!("{may_be}: {group}")
}

/// `one or another` of these.
fn either(names: &BTreeSet<&str>) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}

/// Tied concepts that are named.
const NAMED: usize = 3;

/// What is tied, and what would decide.
fn tied(tie: &Tie, candidates: &[Candidate]) -> String {
    let count = tie.words.len();
    let named = if count > NAMED + 1 { NAMED } else { count };
    let mut concepts: Vec<String> =
        candidates.iter().take(named).map(|candidate| format!("{} {}", candidate.id, candidate.label)).collect();
    let last = match count - concepts.len() {
        0 => concepts.pop().unwrap_or_default(),
        1 => "1 other concept".to_owned(),
        more => format!("{more} other concepts"),
    };
    let both = if count == 2 && concepts.len() == 1 && candidates.len() > 1 { "both " } else { "" };
    let concepts = format!("{} and {last}", concepts.join(", "));
    // Of each candidate one word; those that have none are what remains without any.
    let words: Vec<String> =
        tie.words.iter().take(named).filter_map(|words| words.first()).map(|word| format!("`{word}`")).collect();
    let ontologies: BTreeSet<&str> = candidates
        .iter()
        .take(count)
        .filter_map(|candidate| Some(candidate.ontology.as_ref()?.name.as_str()))
        .collect();
    let decide = if ontologies.len() > 1 {
        format!("`--expect` with {} would decide", either(&ontologies))
    } else if words.is_empty() {
        "their labels have no words that would tell them apart".to_owned()
    } else {
        format!("{} with it would decide", words.join(" or "))
    };
    match &tie.shared_name {
        Some(name) => format!("`{name}` is a name of {both}{concepts}; {decide}"),
        None => format!("cannot be told apart by what the mention says: {concepts}; {decide}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::{Curie, Scope};
    use crate::retrieve::{Ranks, Scores};

    fn candidate(id: &str, label: &str) -> Candidate {
        Candidate {
            id: Curie::parse(id).unwrap(),
            label: label.to_owned(),
            name: "Shaking".to_owned(),
            scope: Scope::Broad,
            kind: None,
            language: None,
            ontology: None,
            score: 0.5,
            ranks: Ranks::default(),
            scores: Scores::default(),
        }
    }

    #[test]
    fn nothing_is_certain_for_being_rounded() {
        let said = [0.0, 0.001, 0.87, 0.9949, 0.9999, 1.0].map(percent);
        assert_eq!(said, ["0% sure", "under 1% sure", "87% sure", "99% sure", "over 99% sure", "100% sure"]);
    }

    #[test]
    fn a_share_is_a_number_from_zero_to_one() {
        assert!(share("0").is_ok() && share("1").is_ok() && share("0.95").is_ok());
        assert!(["1.01", "-0.1", "NaN", "95%", ""].iter().all(|text| share(text).is_err()));
    }

    #[test]
    fn a_tie_says_between_what_and_what_would_decide() {
        let words = |words: &[&str]| words.iter().map(|&word| vec![word.to_owned()]).collect::<Vec<_>>();
        let mut tie = Tie { shared_name: Some("Shaking".to_owned()), words: words(&["tremor", "shivering"]) };
        let candidates = [candidate("LIMB:4", "Tremor"), candidate("LIMB:5", "Shivering")];
        assert_eq!(
            tied(&tie, &candidates),
            "`Shaking` is a name of both LIMB:4 Tremor and LIMB:5 Shivering; `tremor` or `shivering` with it would decide"
        );
        assert_eq!(
            tied(&tie, &candidates[..1]),
            "`Shaking` is a name of LIMB:4 Tremor and 1 other concept; `tremor` or `shivering` with it would decide"
        );
        tie = Tie { shared_name: None, words: vec![Vec::new(); 7] };
        assert_eq!(
            tied(&tie, &candidates),
            "cannot be told apart by what the mention says: LIMB:4 Tremor, LIMB:5 Shivering and 5 other concepts; \
             their labels have no words that would tell them apart"
        );
    }
}

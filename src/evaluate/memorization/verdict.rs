//! Whether fine-tuning is worth while.

use serde::Serialize;

use super::{Change, Share, Term};
use crate::evaluate::report::words::{count, percent, points_within};

/// Whether fine-tuning is worth while.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether it can help with terms that were not trained on.
    pub helps: bool,
    /// Why, in a sentence.
    pub reason: String,
}

/// The overlap from which on identifiers are said to carry the name.
const CARRIES: f64 = 0.5;

/// The accuracy on the least popular quarter from which on a model is said not to go by popularity.
const KNOWN: f64 = 0.5;

/// The gain on withheld terms from which on fine-tuning is said to help. Many terms make a gain sure that is not worth a
/// model of one's own: from 5% to 6% right, most terms still need retrieval.
const LEAST_GAIN: f64 = 0.05;

impl Verdict {
    /// The advice.
    pub const fn advice(&self) -> &'static str {
        if self.helps { "fine-tuning can help here" } else { "retrieve, don't memorize" }
    }

    /// By what fine-tuning gained on withheld terms where that was measured; else by what the identifiers are made of and
    /// whether the base model knows rare ones.
    pub(super) fn of(terms: &[&Term], generalization: Option<Change>, lexicalization: f64) -> Self {
        if let Some(Change { gain, interval }) = generalization {
            let (helps, standing) = match interval.low > 0.0 {
                true if gain >= LEAST_GAIN => (true, "is better"),
                true => (false, "is hardly better"),
                false => (false, "is not shown to be better"),
            };
            let by = points_within(gain, interval);
            let reason = format!("on terms it was not trained on the fine-tuned model {standing} ({by} points)");
            return Self { helps, reason };
        }
        let rare = rarest(terms);
        let carries = lexicalization >= CARRIES;
        let helps = carries && rare.is_none_or(|rare| rare.accuracy >= KNOWN);
        let knows = rare.map_or_else(String::new, |rare| {
            format!("; the model knows {} of the {} least popular", percent(rare.accuracy), count(rare.terms))
        });
        let reason = format!(
            "identifiers {} the name ({:.0}% of their letters are in it, in order){knows}",
            if carries { "carry" } else { "do not carry" },
            100.0 * lexicalization
        );
        Self { helps, reason }
    }
}

/// The base model's answers to the quarter of the terms that occurs least, and to those that occur as often as the last of
/// them: where many never occur, that is more than a quarter.
fn rarest(terms: &[&Term]) -> Option<Share> {
    let mut known: Vec<(u64, bool)> = terms.iter().filter_map(|term| Some((term.popularity?, term.base))).collect();
    known.sort_by_key(|(count, _)| *count);
    let bound = known.get(known.len().div_ceil(4).checked_sub(1)?)?.0;
    Some(Share::of(known.iter().take_while(|(count, _)| *count <= bound).map(|(_, right)| *right)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::terms;
    use super::super::{Split, analyse};
    use super::*;

    fn verdict(terms: &[Term]) -> Verdict {
        analyse(terms, 500, 0)[0].verdict.clone()
    }

    #[test]
    fn a_gain_on_withheld_terms_is_help() {
        let better: Vec<Term> = terms().into_iter().map(|term| Term { tuned: Some(true), ..term }).collect();
        assert_eq!(verdict(&better).advice(), "fine-tuning can help here");
        assert_eq!(verdict(&terms()).advice(), "retrieve, don't memorize");
    }

    #[test]
    fn a_gain_that_is_sure_and_small_is_none() {
        // Of 1,000 withheld terms the base model knows 50 and the fine-tuned one 60, then 100.
        let of = |tuned: usize| {
            let term = |at| Term {
                split: Some(Split::Withheld),
                base: at < 50,
                tuned: Some(at < tuned),
                ..terms()[0].clone()
            };
            verdict(&(0..1000).map(term).collect::<Vec<_>>())
        };
        let small = of(60);
        assert!(!small.helps && small.reason.contains("is hardly better (+1.0 [+"), "{}", small.reason);
        assert!(of(100).helps);
    }

    #[test]
    fn without_a_fine_tuned_model_identifiers_and_rare_terms_decide() {
        let bare = |identifier: &str, base| {
            let of = |term: Term| Term { identifier: identifier.to_owned(), base, tuned: None, ..term };
            let terms: Vec<Term> = terms().into_iter().map(of).collect();
            verdict(&terms)
        };
        assert!(bare("TERM", true).helps);
        assert!(!bare("TERM", false).helps && !bare("X:0000", true).helps);
        assert!(bare("X:0000", true).reason.contains("do not carry"));
        // The twentieth of eighty occurs as often as its fellow of the other split.
        assert!(bare("TERM", true).reason.ends_with("the model knows 100.0% of the 20 least popular"));
    }

    #[test]
    fn terms_that_occur_as_rarely_as_the_last_of_the_quarter_belong_to_it() {
        let never = terms().into_iter().map(|term| Term { popularity: Some(0), tuned: None, ..term });
        let reason = verdict(&never.collect::<Vec<_>>()).reason;
        assert!(reason.ends_with("the model knows 25.0% of the 80 least popular"), "{reason}");
    }
}

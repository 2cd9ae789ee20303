//! How figures are written for people, and what kinds and verdicts are called.

use std::cmp::Ordering;

use super::{StratumKind, SystemKind};
use crate::evaluate::judge::Verdict;
use crate::evaluate::statistics::Interval;

/// Stands where there is nothing to tell.
pub(super) const NOTHING: &str = "–";
/// Characters of a hash that are shown.
const HASH_CHARACTERS: usize = 16;

/// A share as `46.3%`.
pub(in crate::evaluate) fn percent(share: f64) -> String {
    finite(share, |share| format!("{:.1}%", share * 100.0))
}

/// A share in percent, but without the sign: `46.3`.
pub(super) fn hundredths(share: f64) -> String {
    finite(share, |share| format!("{:.1}", share * 100.0))
}

/// A share and its interval as `46.3% [45.6, 47.0]`.
pub(in crate::evaluate) fn percent_within(share: f64, interval: Interval) -> String {
    format!("{} [{}, {}]", percent(share), hundredths(interval.low), hundredths(interval.high))
}

/// The same without the sign: `46.3 [45.6, 47.0]`.
pub(in crate::evaluate) fn hundredths_within(share: f64, interval: Interval) -> String {
    format!("{} [{}, {}]", hundredths(share), hundredths(interval.low), hundredths(interval.high))
}

/// A difference of shares in points, as `+13.7`.
pub(super) fn points(difference: f64) -> String {
    finite(difference, |difference| {
        let text = format!("{:+.1}", difference * 100.0);
        if matches!(text.as_str(), "-0.0" | "+0.0") { "0.0".to_owned() } else { text.replace('-', "−") }
    })
}

/// A difference and its interval as `+13.7 [+11.0, +16.2]`.
pub(in crate::evaluate) fn points_within(difference: f64, interval: Interval) -> String {
    format!("{} [{}, {}]", points(difference), points(interval.low), points(interval.high))
}

/// A figure of either sign as `+0.46`.
pub(in crate::evaluate) fn signed(figure: f64) -> String {
    finite(figure, |figure| {
        let text = format!("{figure:+.2}");
        if matches!(text.as_str(), "-0.00" | "+0.00") { "0.00".to_owned() } else { text.replace('-', "−") }
    })
}

/// Such a figure and its interval as `+0.46 [+0.31, +0.60]`.
pub(in crate::evaluate) fn signed_within(figure: f64, interval: Interval) -> String {
    format!("{} [{}, {}]", signed(figure), signed(interval.low), signed(interval.high))
}

/// A figure from 0 to 1 as `0.463`.
pub(in crate::evaluate) fn decimal(figure: f64) -> String {
    finite(figure, |figure| format!("{figure:.3}"))
}

/// A probability as `0.012` or `<0.001`.
pub(in crate::evaluate) fn probability(p: f64) -> String {
    finite(p, |p| if p < 0.001 { "<0.001".to_owned() } else { format!("{p:.3}") })
}

/// Milliseconds, with one place where they are few.
pub(super) fn milliseconds(time: f64) -> String {
    finite(time, |time| if time < 10.0 { format!("{time:.1}") } else { thousands(&format!("{time:.0}")) })
}

/// US dollars; with four places where they are few.
pub(super) fn dollars(amount: f64) -> String {
    finite(amount, |amount| if amount < 0.1 { format!("${amount:.4}") } else { format!("${amount:.2}") })
}

/// A count as `18,800`.
pub(in crate::evaluate) fn count(number: impl std::fmt::Display + Copy) -> String {
    thousands(&number.to_string())
}

/// The beginning of a hash.
pub(super) fn hash(text: &str) -> String {
    text.chars().take(HASH_CHARACTERS).collect()
}

/// What is there, or [`NOTHING`].
pub(in crate::evaluate) fn or_nothing<T>(value: Option<T>, write: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| NOTHING.to_owned(), write)
}

/// The first `most` characters of a text, with a mark where that is not all.
pub(super) fn beginning(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// How the second of two systems stands to the first.
pub(super) const fn standing(direction: Ordering) -> &'static str {
    match direction {
        Ordering::Greater => "better",
        Ordering::Less => "worse",
        Ordering::Equal => "no difference shown",
    }
}

pub(super) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right => "right",
        Verdict::Parent => "parent",
        Verdict::Child => "child",
        Verdict::Sibling => "sibling",
        Verdict::Unrelated => "other concept",
        Verdict::Obsolete => "obsolete",
        Verdict::Nonexistent => "does not exist",
        Verdict::Malformed => "malformed",
        Verdict::NoMatch => "said no match",
        Verdict::NotOffered => "not offered",
        Verdict::NoAnswer => "no answer",
    }
}

pub(super) const fn kind(kind: SystemKind) -> &'static str {
    match kind {
        SystemKind::Retrieval => "retrieval",
        SystemKind::Plain => "model alone",
        SystemKind::Rag => "model with retrieval",
        SystemKind::Recorded => "recorded",
    }
}

/// All that cases are parted by, in the order in which it is shown.
pub(super) const STRATA: [StratumKind; 6] = [
    StratumKind::Popularity,
    StratumKind::PopularityBin,
    StratumKind::Lexicalization,
    StratumKind::Length,
    StratumKind::Namespace,
    StratumKind::Split,
];

pub(super) const fn stratum(kind: StratumKind) -> &'static str {
    match kind {
        StratumKind::Popularity => "how often the concept occurs",
        StratumKind::PopularityBin => "how often the concept occurs, in parts of equal size",
        StratumKind::Lexicalization => "how much of the identifier is in the name",
        StratumKind::Length => "words of the mention",
        StratumKind::Namespace => "namespace",
        StratumKind::Split => "seen in fine-tuning",
    }
}

fn finite(figure: f64, write: impl FnOnce(f64) -> String) -> String {
    if figure.is_finite() { write(figure) } else { NOTHING.to_owned() }
}

fn thousands(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_never_say_nan() {
        assert_eq!(percent_within(0.4634, Interval { low: 0.456, high: 0.47 }), "46.3% [45.6, 47.0]");
        assert_eq!((points(0.137), points(-0.02), points(-0.0001)), ("+13.7".into(), "−2.0".into(), "0.0".into()));
        assert_eq!(signed_within(0.463, Interval { low: -1.0, high: 0.001 }), "+0.46 [−1.00, 0.00]");
        assert_eq!([1, 999, 1000, 18_800, 1_000_000].map(count), ["1", "999", "1,000", "18,800", "1,000,000"]);
        assert_eq!([0.31, 12.4, 12_345.0].map(milliseconds), ["0.3", "12", "12,345"]);
        assert_eq!([0.0042, 1.5].map(dollars), ["$0.0042", "$1.50"]);
        assert_eq!([0.0004, 0.0449].map(probability), ["<0.001", "0.045"]);
        for write in [percent, points, signed, decimal, probability, milliseconds, dollars] {
            assert_eq!([f64::NAN, f64::INFINITY].map(write), [NOTHING, NOTHING]);
        }
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(beginning("größer", 3), "grö…");
        assert_eq!(beginning("größer", 6), "größer");
    }
}

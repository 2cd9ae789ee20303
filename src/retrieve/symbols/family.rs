//! The members of a family, told by how their symbols go on: pure.

use std::collections::BTreeSet;

use super::GUESS;
use super::folding::{fold, latin};

/// What is left of a normal form where a member's number or letter follows.
pub(super) fn stem(form: &str) -> String {
    let mut stem = fold(&format!("{form} 0"));
    stem.pop();
    stem
}

/// Letters and digits of a stem at least.
pub(super) const LEAST: usize = 2;

/// Whether a family may be called so: a number at the end is a member's.
pub(super) fn is_stem(stem: &str) -> bool {
    stem.len() >= LEAST && !stem.ends_with(|c: char| c.is_ascii_digit())
}

/// Numbers of a member are below this.
const MOST: u32 = 40;

/// Which member of a family this ending makes (`1`, `2b`, `1a1`, `a`, `b2`), roughly in the order of its
/// numbers and letters.
pub(super) fn member(ending: &str) -> Option<u32> {
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number = |digits: &str| match digits {
        "" => Some(0),
        digits => digits.parse().ok().filter(|&number: &u32| number < MOST),
    };
    let letter = |letters: &str| match letters.as_bytes() {
        [] => Some(0),
        [letter @ b'a'..=b'z'] => Some(u32::from(letter - b'a')),
        _ => None,
    };
    let (first, rest) = ending.split_at(digits(ending));
    let (letters, last) = rest.split_at(rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len()));
    if ending.is_empty() {
        return None;
    }
    let (letters, last) = (letter(letters)?, number(last)?);
    Some(match first {
        "" => letters * 100 + last * 3,
        first => number(first)?.saturating_sub(1) * 100 + letters * 3 + last,
    })
}

/// Whether a key that goes on so behind a stem is a member's, whatever its number.
pub(super) fn is_member(stem: &str, ending: &str) -> bool {
    let after_digits = |text: &str| text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let letters = &ending[ending.len() - after_digits(ending)..];
    let last = letters.strip_prefix(|c: char| c.is_ascii_lowercase()).unwrap_or(letters);
    // What goes on with digits where the stem ends with some is another number.
    let is_apart = !(stem.ends_with(|c: char| c.is_ascii_digit()) && ending.starts_with(|c: char| c.is_ascii_digit()));
    !ending.is_empty() && is_apart && after_digits(last) == 0
}

/// Words that a member's name goes on with, behind its family's.
const BEHIND: &[&str] = &["family", "subfamily", "superfamily", "subunit", "chain", "type", "class", "member"];

/// Whether a normal form is the name of a member: that of the family, and a number, a letter or a word for a part of it.
pub(super) fn is_member_name(family: &str, form: &str) -> bool {
    let rest = form.strip_prefix(family).and_then(|rest| rest.strip_prefix(' '));
    let next = rest.and_then(|rest| rest.split(' ').next());
    next.is_some_and(|next| {
        let is_number = next.starts_with(|c: char| c.is_ascii_digit());
        is_number || next.len() == 1 || latin(next).is_some() || BEHIND.contains(&next)
    })
}

/// Letters and digits that symbols begin alike with.
const BEGINNING: usize = 2;

/// Genes whose symbols begin alike, at least, to be a family.
const FAMILY: usize = 3;

/// Whether some of these symbols begin alike: other genes were called so by chance.
pub(super) fn is_family(symbols: &BTreeSet<String>) -> bool {
    let beginning = |symbol: &String| symbol.chars().take(BEGINNING).collect::<String>();
    let beginnings: Vec<String> = symbols.iter().map(beginning).collect();
    beginnings.chunk_by(PartialEq::eq).any(|alike| alike.len() >= FAMILY)
}

/// What the members found by `(member, form)` cost: the first of a family stands for it.
pub(super) fn costs(mut members: Vec<(u32, u32)>) -> Vec<(u32, u8)> {
    members.sort_unstable();
    let first = members.first().map(|(member, _)| *member);
    let cost = |member: u32| {
        if Some(member) == first { GUESS } else { GUESS + 1 + u8::try_from(member / 100).unwrap_or(u8::MAX / 4) }
    };
    members.into_iter().map(|(member, form)| (form, cost(member))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_by_numbers_and_letters() {
        let members: Vec<_> = ["1", "2", "2b", "1a1", "a", "b2", "", "cyc", "95"].map(member).into();
        assert_eq!(members, [Some(0), Some(100), Some(103), Some(1), Some(0), Some(106), None, None, None]);
    }

    #[test]
    fn whose_symbol_or_name_goes_on_from_the_family_is_a_member() {
        let is_one = ["7", "14", "2b", "a", "1a1"].map(|ending| is_member("zrk", ending));
        assert!(is_one.iter().all(|&is_one| is_one), "{is_one:?}");
        assert!(!is_member("zrk", "") && !is_member("zrk", "cl2") && !is_member("p48", "1") && is_member("p48", "a"));
        assert!(is_member_name("zarkin", "zarkin 43") && is_member_name("zarkin", "zarkin subunit alpha 2"));
        assert!(!is_member_name("zarkin", "zarkin binding factor") && !is_member_name("zarkin", "zarkin"));
    }

    #[test]
    fn symbols_that_begin_alike_are_a_family() {
        let is_one = |symbols: &[&str]| is_family(&symbols.iter().map(|&symbol| symbol.to_owned()).collect());
        assert!(is_one(&["zrk1", "qx", "zrk2", "zrq3"]) && !is_one(&["zrk1", "zrk2", "qx", "wum"]));
    }

    #[test]
    fn the_first_member_stands_for_its_family() {
        assert_eq!(costs(vec![(100, 7), (0, 9), (200, 1)]), [(9, GUESS), (7, GUESS + 2), (1, GUESS + 3)]);
        assert_eq!(costs(Vec::new()), []);
    }

    #[test]
    fn the_stem_of_a_family_is_as_symbols_write_it() {
        assert_eq!((stem("collagen").as_str(), stem("interleukin").as_str()), ("col", "il"));
        assert!(is_stem("col") && !is_stem("il2") && !is_stem("c"));
    }
}

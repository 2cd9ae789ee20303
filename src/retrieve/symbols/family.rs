//! The members of a family, told by how their symbols go on: pure.

use super::GUESS;
use super::folding::fold;

/// What is left of a normal form where a member's number or letter follows.
pub(super) fn stem(form: &str) -> String {
    let mut stem = fold(&format!("{form} 0"));
    stem.pop();
    stem
}

/// Letters of a stem at least.
const LEAST: usize = 2;

/// Whether a family may be called so: a number at the end is a member's.
pub(super) fn is_stem(stem: &str) -> bool {
    stem.len() >= LEAST && !stem.ends_with(|c: char| c.is_ascii_digit())
}

/// Numbers of a member at most.
const MOST: u32 = 40;

/// Which member of a family this ending makes (`1`, `2b`, `1a1`, `a`, `b2`), in the order of its numbers and letters.
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

/// What the members found by `(member, form)` cost: the first of a family stands for it.
pub(super) fn costs(mut members: Vec<(u32, u32)>) -> Vec<(u32, u8)> {
    members.sort_unstable();
    let first = members.first().map(|(member, _)| *member);
    let cost = |member: u32| match () {
        () if Some(member) == first => GUESS,
        () => GUESS + 1 + u8::try_from(member / 100).unwrap_or(u8::MAX / 4),
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

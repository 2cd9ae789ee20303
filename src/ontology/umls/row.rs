//! Rows of Rich Release Format and the identifiers in them.

use super::super::lines::Line;
use super::super::tally::Tally;

/// A concept's identifier: `C` and seven digits, or as the NCI Metathesaurus makes them, `CL` and six.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Cui([u8; 8]);

impl Cui {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 8] = text.as_bytes().try_into().ok()?;
        let is_cui = bytes[0] == b'C'
            && (bytes[1].is_ascii_uppercase() || bytes[1].is_ascii_digit())
            && bytes[2..].iter().all(u8::is_ascii_digit);
        is_cui.then_some(Self(bytes))
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("it was made of ASCII")
    }
}

/// Said of rows with more or fewer fields than their file has.
pub(super) const ODD_ROW: &str = "has not the fields of this file; row passed over";

/// Said of what stands where a concept's identifier is expected.
pub(super) const NO_CUI: &str = "is no concept identifier; row passed over";

/// Said of rows that the release marks as suppressible.
pub(super) const SUPPRESSIBLE: &str = "is suppressible; left out";

/// The fields of a line, each of which ends in `|`; counts the line as odd where they are not `N`.
pub(super) fn fields<'a, const N: usize>(line: &Line<'a>, tally: &mut Tally) -> Option<[&'a str; N]> {
    tally.check_encoding(line);
    let mut fields = [""; N];
    let mut start = 0;
    let mut found = 0;
    for end in memchr::memchr_iter(b'|', line.text.as_bytes()) {
        if found == N {
            found += 1;
            break;
        }
        fields[found] = &line.text[start..end];
        found += 1;
        start = end + 1;
    }
    if found == N && start == line.text.len() {
        return Some(fields);
    }
    if !line.text.trim().is_empty() {
        tally.odd(line, line.text, ODD_ROW);
    }
    None
}

/// The identifier in `text`; counts the line as odd where there is none.
pub(super) fn cui(text: &str, line: &Line<'_>, tally: &mut Tally) -> Option<Cui> {
    let cui = Cui::parse(text);
    if cui.is_none() {
        tally.odd(line, text, NO_CUI);
    }
    cui
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> (Option<[&str; 3]>, u64) {
        let mut tally = Tally::default();
        let line = Line { place: "x", number: 1, text, is_utf8: true };
        let fields = fields(&line, &mut tally);
        (fields, tally.rows(ODD_ROW))
    }

    #[test]
    fn a_row_has_exactly_its_fields_each_with_its_end() {
        assert_eq!(split("a||c|"), (Some(["a", "", "c"]), 0));
        assert_eq!(split("a|b|c"), (None, 1));
        assert_eq!(split("a|b|"), (None, 1));
        assert_eq!(split("a|b|c|d|"), (None, 1));
        assert_eq!(split(" "), (None, 0));
    }

    #[test]
    fn identifiers_are_told_from_other_words() {
        assert_eq!(Cui::parse("C0036572").unwrap().as_str(), "C0036572");
        assert!(Cui::parse("CL413930").is_some());
        for text in ["", "C003657", "C00365722", "c0036572", "D0036572", "C003657x", "C\u{e9}03657"] {
            assert!(Cui::parse(text).is_none(), "{text}");
        }
    }
}

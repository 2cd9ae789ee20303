//! Cells that a spreadsheet would take for a formula, and the apostrophe that keeps it from doing so.

use std::borrow::Cow;

/// Whether a spreadsheet may take `cell` for a formula, and run what it says.
///
/// Spaces before it count as nothing, nor does a quote, which is a part of the value in TSV and none where a spreadsheet
/// reads it.
pub fn is_formula(cell: &str) -> bool {
    if cell.starts_with(['\t', '\r']) {
        return true;
    }
    let text = cell.trim_start_matches(|c: char| c == '"' || c.is_whitespace());
    match text.chars().next() {
        Some('=' | '@' | '\u{ff1d}' | '\u{ff20}') => true,
        Some('+' | '-' | '\u{ff0b}' | '\u{ff0d}') => computes(text),
        _ => false,
    }
}

/// Whether what begins with a sign goes on as a formula. `-5 diopters (left)` does not: a number and a word are none.
fn computes(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| matches!(c, '+' | '-' | '\u{ff0b}' | '\u{ff0d}') || c.is_whitespace());
    let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    let is_number = number.len() < rest.len();
    let unit = number.trim_start();
    if is_number && (unit.is_empty() || unit.starts_with(|c: char| c.is_alphabetic()) && !unit.contains(['|', '!'])) {
        return false;
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '$';
    rest.contains(['(', '|', '!']) || rest.split(|c| !is_word(c)).any(is_cell_name)
}

/// Whether a word names a cell of a sheet, such as `A1` or `$BC$12`.
fn is_cell_name(word: &str) -> bool {
    let word = word.strip_prefix('$').unwrap_or(word);
    let row = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let is_row = |row: &str| !row.is_empty() && row.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&(word.len() - row.len())) && is_row(row.strip_prefix('$').unwrap_or(row))
}

/// `cell` as no spreadsheet takes it for a formula.
pub fn guarded(cell: Cow<'_, str>) -> Cow<'_, str> {
    if is_formula(&cell) { Cow::Owned(format!("'{cell}")) } else { cell }
}

/// `text` without the apostrophe that kept a spreadsheet from taking it for a formula.
pub fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_compute_is_told_from_what_people_write() {
        for cell in [
            "=1+1",
            "=cmd|' /C calc'!A0",
            "@SUM(A1:A9)",
            " =1",
            "\"=1",
            "\tfits",
            "\rfits",
            "+cmd|' /C calc'!A0",
            "-2+3+cmd|' /C calc'!D2",
            "-A1",
            "+$B$12*2",
            "- SUM(A1)",
            "\u{ff1d}1+1",
        ] {
            assert!(is_formula(cell), "{cell:?}");
        }
        for cell in [
            "",
            "-",
            "--",
            "+/-",
            "-5 diopters",
            "-5.25 diopters (left eye)",
            "+2 reflexes",
            "-0.1234",
            "-1",
            "+46",
            "-ve for HIV",
            "- no seizures",
            "seizures =3",
            "a@b",
            "5\" long",
            "'=1",
        ] {
            assert!(!is_formula(cell), "{cell:?}");
        }
    }

    #[test]
    fn only_what_guards_a_formula_is_taken_away() {
        for (text, expected) in [("'=1+1", "=1+1"), ("' \"=1", " \"=1"), ("'s", "'s"), ("=1", "=1"), ("", "")] {
            assert_eq!(unguarded(text), expected);
        }
    }
}

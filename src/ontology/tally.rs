//! Oddities of files with millions of rows: counted by what they are, each told once with the first place it was met.

use std::collections::BTreeMap;

use super::Draft;
use super::lines::Line;

/// Longest piece of a row that is quoted.
const QUOTED_CHARACTERS: usize = 60;

/// Said of rows that end too early.
pub(super) const SHORT_ROW: &str = "has fewer cells than the header; row passed over";

/// What was odd, by what it is. Its size does not grow with the number of rows.
#[derive(Debug, Default)]
pub(super) struct Tally {
    kinds: BTreeMap<&'static str, Kind>,
}

#[derive(Debug)]
struct Kind {
    rows: u64,
    /// File and line of the first.
    place: String,
    line: usize,
    quoted: String,
}

impl Tally {
    /// Counts a row of which `what` is true, phrased so that it can follow what is `quoted` of the row.
    pub(super) fn odd(&mut self, line: &Line<'_>, quoted: &str, what: &'static str) {
        let kind = self.kinds.entry(what).or_insert_with(|| Kind {
            rows: 0,
            place: line.place.to_owned(),
            line: line.number,
            quoted: quoted.chars().take(QUOTED_CHARACTERS).collect(),
        });
        kind.rows += 1;
    }

    /// Counts the line where it is not UTF-8.
    pub(super) fn check_encoding(&mut self, line: &Line<'_>) {
        if !line.is_utf8 {
            self.odd(line, "", "the line is not UTF-8; read as Windows-1252");
        }
    }

    /// How many rows `what` was true of.
    #[cfg(test)]
    pub(super) fn rows(&self, what: &'static str) -> u64 {
        self.kinds.get(what).map_or(0, |kind| kind.rows)
    }

    /// Notes everything in `draft`. Where it was read from several files, each place has the name of its own.
    pub(super) fn note(self, draft: &mut Draft, has_several_files: bool) {
        for (what, Kind { rows, place, line, quoted }) in self.kinds {
            let place = if has_several_files { format!("{place}:{line}: ") } else { String::new() };
            let quoted = if quoted.is_empty() { quoted } else { format!("`{quoted}` ") };
            let others = match rows {
                1 => String::new(),
                2 => " (and so in 1 more row)".to_owned(),
                _ => format!(" (and so in {} more rows)", rows - 1),
            };
            draft.odd(if has_several_files { 0 } else { line }, format!("{place}{quoted}{what}{others}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: usize) -> Line<'static> {
        Line { place: "META/A.RRF", number, text: "", is_utf8: true }
    }

    #[test]
    fn ten_million_rows_are_one_oddity() {
        let mut tally = Tally::default();
        for number in 1..=10_000_000 {
            tally.odd(&line(number), "x", "is odd");
        }
        tally.odd(&line(3), "", "a remark");
        let mut draft = Draft::default();
        tally.note(&mut draft, true);
        let messages: Vec<_> = draft.oddities.iter().map(|oddity| (oddity.line, oddity.message.as_str())).collect();
        let expected = [(0, "META/A.RRF:3: a remark"), (0, "META/A.RRF:1: `x` is odd (and so in 9999999 more rows)")];
        assert_eq!(messages, expected);
    }

    #[test]
    fn of_one_file_the_line_is_told_and_what_is_quoted_is_short() {
        let mut tally = Tally::default();
        tally.odd(&line(7), &"é".repeat(1000), "is long");
        let mut draft = Draft::default();
        tally.note(&mut draft, false);
        assert_eq!(draft.oddities[0].line, 7);
        assert_eq!(draft.oddities[0].message, format!("`{}` is long", "é".repeat(60)));
    }
}

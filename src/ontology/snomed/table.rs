//! Tables of RF2: tab-separated, a header, no quoting; columns are found by their names.

use super::super::Error;
use super::super::lines::{Line, Lines};
use super::super::tally::Tally;

/// A table whose columns `N` are read.
pub(super) struct Table<'a, const N: usize> {
    lines: Lines<'a>,
    columns: [usize; N],
}

/// A line, and its cells where it has all that are read.
type Row<'a, const N: usize> = (Line<'a>, Option<[&'a str; N]>);

/// Said of rows that end too early.
pub(super) const SHORT_ROW: &str = "has fewer cells than the header; row passed over";

impl<'a, const N: usize> Table<'a, N> {
    /// Reads the header and finds the columns of these names.
    ///
    /// # Errors
    /// Where the file is empty or lacks one of them.
    pub(super) fn open(mut lines: Lines<'a>, names: [&str; N]) -> Result<Self, Error> {
        let place = lines.place().to_owned();
        let Some(header) = lines.next()? else {
            return Err(Error::Malformed { place, line: 1, message: "the file is empty".to_owned() });
        };
        let mut columns = [0; N];
        for (column, name) in columns.iter_mut().zip(names) {
            let found = header.text.split('\t').position(|cell| cell.trim() == name);
            *column = found.ok_or_else(|| header.malformed(format!("no column `{name}`")))?;
        }
        Ok(Self { lines, columns })
    }

    /// The next line with its cells.
    pub(super) fn next(&mut self, tally: &mut Tally) -> Result<Option<Row<'_, N>>, Error> {
        let columns = self.columns;
        let Some(line) = self.lines.next()? else { return Ok(None) };
        tally.check_encoding(&line);
        let mut cells = [None; N];
        for (at, cell) in line.text.split('\t').enumerate() {
            for (kept, _) in cells.iter_mut().zip(columns).filter(|(_, column)| *column == at) {
                *kept = Some(cell);
            }
        }
        if cells.contains(&None) {
            if !line.text.trim().is_empty() {
                tally.odd(&line, line.text, SHORT_ROW);
            }
            return Ok(Some((line, None)));
        }
        Ok(Some((line, Some(cells.map(Option::unwrap_or_default)))))
    }
}

/// The number in an identifier of SNOMED CT: 6 to 18 digits.
pub(super) fn number(text: &str) -> Option<u64> {
    let is_number = (6..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

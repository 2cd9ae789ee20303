//! Tables of RF2: tab-separated, a header, no quoting; columns are found by their names.

use super::super::Error;
use super::super::lines::{Line, Lines};
use super::super::tally::{SHORT_ROW, Tally};

/// A table whose columns `N` are read.
pub(super) struct Table<'a, const N: usize> {
    lines: Lines<'a>,
    columns: [usize; N],
}

/// A line, and its cells where it has all that are read.
type Row<'a, const N: usize> = (Line<'a>, Option<[&'a str; N]>);

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
        let columns = header.columns(names)?;
        Ok(Self { lines, columns })
    }

    /// The next line with its cells.
    pub(super) fn next(&mut self, tally: &mut Tally) -> Result<Option<Row<'_, N>>, Error> {
        let columns = self.columns;
        let Some(line) = self.lines.next()? else { return Ok(None) };
        tally.check_encoding(&line);
        let cells = line.cells(columns);
        if cells.is_none() && !line.text.trim().is_empty() {
            tally.odd(&line, line.text, SHORT_ROW);
        }
        Ok(Some((line, cells)))
    }
}

/// The number in an identifier of SNOMED CT: 6 to 18 digits.
pub(super) fn number(text: &str) -> Option<u64> {
    let is_number = (6..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

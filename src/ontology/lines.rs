//! Lines of a stream, one at a time and of bounded length, with their places.

use std::borrow::Cow;
use std::io::{BufRead, Read as _};

use super::{Error, decode};

/// The longest line that is read. The longest true ones, rows of genes with hundreds of names, are some 20 KB.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// A text file that is read line by line.
pub struct Lines<'a> {
    place: String,
    reader: Box<dyn BufRead + 'a>,
    number: usize,
    bytes: Vec<u8>,
    decoded: String,
}

/// One line without its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) place: &'a str,
    /// From 1.
    pub(super) number: usize,
    pub(super) text: &'a str,
    /// Whether it is UTF-8; it was read as Windows-1252 where it is not.
    pub(super) is_utf8: bool,
}

impl<'a> Lines<'a> {
    /// The lines of `reader`, which messages call `place`.
    pub fn new(place: impl Into<String>, reader: impl BufRead + 'a) -> Self {
        Self { place: place.into(), reader: Box::new(reader), number: 0, bytes: Vec::new(), decoded: String::new() }
    }

    /// What messages call the file.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The next line, of any encoding; `None` at the end.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a line longer than [`LONGEST_LINE`], [`Error::Stream`] where reading fails.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, Error> {
        self.bytes.clear();
        let limit = LONGEST_LINE as u64 + 2;
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.bytes);
        let read = read.map_err(|source| Error::Stream { place: self.place.clone(), line: self.number + 1, source })?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let line = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = if self.number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        if line.len() > LONGEST_LINE {
            return Err(Error::Malformed {
                place: self.place.clone(),
                line: self.number,
                message: format!("the line is longer than {LONGEST_LINE} bytes"),
            });
        }
        let place = &self.place;
        Ok(Some(match decode::line(line) {
            Cow::Borrowed(text) => Line { place, number: self.number, text, is_utf8: true },
            Cow::Owned(text) => {
                self.decoded = text;
                Line { place, number: self.number, text: &self.decoded, is_utf8: false }
            }
        }))
    }
}

impl<'a> Line<'a> {
    /// Where the columns of these names stand, in a header whose cells are apart by tabs.
    ///
    /// # Errors
    /// [`Error::Malformed`] where one is missing.
    pub(super) fn columns<const N: usize>(&self, names: [&str; N]) -> Result<[usize; N], Error> {
        let mut columns = [0; N];
        for (column, name) in columns.iter_mut().zip(names) {
            let found = self.text.split('\t').position(|cell| cell.trim() == name);
            *column = found.ok_or_else(|| self.malformed(format!("no column `{name}`")))?;
        }
        Ok(columns)
    }

    /// The cells of these columns; `None` where the row ends before one of them.
    pub(super) fn cells<const N: usize>(&self, columns: [usize; N]) -> Option<[&'a str; N]> {
        let mut cells = [None; N];
        for (at, cell) in self.text.split('\t').enumerate() {
            if let Some(column) = columns.iter().position(|column| *column == at) {
                cells[column] = Some(cell);
            }
        }
        cells.iter().all(Option::is_some).then(|| cells.map(Option::unwrap_or_default))
    }

    /// An error about this line.
    pub(super) fn malformed(&self, message: impl Into<String>) -> Error {
        Error::Malformed { place: self.place.to_owned(), line: self.number, message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<(usize, String, bool)> {
        let mut lines = Lines::new("x", bytes);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((line.number, line.text.to_owned(), line.is_utf8));
        }
        found
    }

    #[test]
    fn ends_of_lines_and_a_byte_order_mark_are_no_text() {
        let expected = [(1, "a".to_owned(), true), (2, String::new(), true), (3, "é".to_owned(), true)];
        assert_eq!(all("\u{feff}a\r\n\né".as_bytes()), expected);
        assert_eq!(all(b""), []);
    }

    #[test]
    fn a_line_that_is_not_utf8_is_read_as_windows_1252() {
        assert_eq!(all(b"S\xE9zary\nb"), [(1, "Sézary".to_owned(), false), (2, "b".to_owned(), true)]);
    }

    #[test]
    fn cells_are_found_by_the_names_of_their_columns() {
        let line = |text: &'static str| Line { place: "x", number: 1, text, is_utf8: true };
        let columns = line("a\tb \tc").columns(["c", "b"]).unwrap();
        assert_eq!(line("1\t\t3\t4").cells(columns), Some(["3", ""]));
        assert_eq!(line("1\t2").cells(columns), None);
        assert_eq!(line("a\tb").columns(["c"]).unwrap_err().to_string(), "x:1: no column `c`");
    }

    #[test]
    fn a_line_without_end_is_refused_with_its_place_and_not_held() {
        let endless = std::io::BufReader::new(std::io::repeat(b'x'));
        let mut lines = Lines::new("x.RRF", std::io::Cursor::new(b"first\n").chain(endless));
        assert_eq!(lines.next().unwrap().unwrap().text, "first");
        let error = lines.next().unwrap_err();
        assert_eq!(error.to_string(), "x.RRF:2: the line is longer than 1048576 bytes");
        assert!(lines.bytes.capacity() < 4 * LONGEST_LINE);
    }

    #[test]
    fn the_longest_line_is_read() {
        for end in ["", "\n", "\r\n"] {
            let text = format!("{}{end}b", "a".repeat(LONGEST_LINE));
            let read = Lines::new("x", text.as_bytes()).next().map(|line| line.map(|line| line.text.len()));
            assert_eq!(read.ok(), if end.is_empty() { None } else { Some(Some(LONGEST_LINE)) });
        }
    }
}

//! Files that hold a table in a format of their own, spreadsheets and Parquet: read as the CSV they say, and written.
//!
//! What they say in numbers, booleans and dates is text as a person would write it, and each column is of one [`Kind`],
//! so that a copy of it can hold numbers again. What is empty in them is an empty cell, and the other way round.

#![cfg_attr(
    not(any(feature = "excel", feature = "parquet")),
    allow(
        dead_code,
        unreachable_code,
        unused_variables,
        reason = "without its features there is nothing to read or write"
    )
)]

use std::borrow::Cow;
use std::io::Read;

use fs_err::File;

use super::{Error, Format};

/// A format that is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// `.xlsx`, also with macros, which are left alone.
    Spreadsheet,
    /// `.parquet`.
    Parquet,
}

/// What the cells of a column are, where they are not empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    #[default]
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Dates, with or without a time of day, in ISO 8601.
    Date,
}

impl Kind {
    /// What a cell of it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "whole number",
            Self::Number => "number",
            Self::Boolean => "`true` or `false`",
            Self::Date => "date",
        }
    }

    /// What holds both.
    #[cfg(feature = "excel")]
    pub(super) const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Integer, Self::Integer) => Self::Integer,
            (Self::Integer | Self::Number, Self::Integer | Self::Number) => Self::Number,
            (Self::Boolean, Self::Boolean) => Self::Boolean,
            (Self::Date, Self::Date) => Self::Date,
            _ => Self::Text,
        }
    }
}

/// A column to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its cells are.
    pub kind: Kind,
}

/// What is known of a table that came out of a container.
#[derive(Debug, Clone)]
pub struct Contained {
    /// What its columns hold.
    pub kinds: Vec<Kind>,
    /// The sheet it stands on, in a spreadsheet.
    pub sheet: Option<Sheet>,
    /// What its first row is counted as.
    pub(super) first_row: u64,
}

/// A sheet that is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Those that are not read, of those that can be seen.
    pub others: Vec<String>,
    /// How many cells hold a formula that nobody has worked out, which are read as empty.
    pub not_worked_out: u64,
    /// The first of them: `C7`.
    pub first_not_worked_out: Option<String>,
}

/// Text read out of a container.
pub(super) type Text = Box<dyn Read + Send>;

impl Container {
    /// What the first bytes of a file say.
    pub fn of_start(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [b'P', b'K', 3, 4, ..] => Some(Self::Spreadsheet),
            [b'P', b'A', b'R', b'1', ..] => Some(Self::Parquet),
            _ => None,
        }
    }

    /// The cargo feature that reads and writes it.
    pub const fn feature(self) -> &'static str {
        match self {
            Self::Spreadsheet => "excel",
            Self::Parquet => "parquet",
        }
    }

    /// What it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spreadsheet => "a spreadsheet",
            Self::Parquet => "a Parquet file",
        }
    }

    /// Whether this program was built with what reads and writes it; `given` is what asked for it.
    ///
    /// # Errors
    /// [`Error::NotCompiledIn`] where it was not.
    pub fn check(self, given: &str) -> Result<(), Error> {
        let is_there = match self {
            Self::Spreadsheet => cfg!(feature = "excel"),
            Self::Parquet => cfg!(feature = "parquet"),
        };
        if is_there {
            return Ok(());
        }
        Err(Error::NotCompiledIn { given: given.to_owned(), feature: self.feature() })
    }

    /// Reads the table of `file` as CSV.
    #[cfg_attr(not(feature = "excel"), expect(unused_variables, reason = "each part takes what it needs"))]
    pub(super) fn open(self, file: File, place: &str, sheet: Option<&str>) -> Result<(Text, Contained), Error> {
        self.check(&format!("`{place}`"))?;
        match self {
            #[cfg(feature = "excel")]
            Self::Spreadsheet => super::excel::open(file, place, sheet),
            #[cfg(feature = "parquet")]
            Self::Parquet => super::columnar::open(file, place),
            #[cfg(not(all(feature = "excel", feature = "parquet")))]
            _ => Err(Error::NotCompiledIn { given: place.to_owned(), feature: self.feature() }),
        }
    }
}

impl Format {
    /// The container that the ending of a file's name says, before `.gz` too.
    pub fn container_of_name(name: &str) -> Option<Container> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("xlsx") => Some(Container::Spreadsheet),
            Some("parquet") => Some(Container::Parquet),
            _ => None,
        }
    }
}

/// Writes a container, row by row; it is whole when the last is there.
pub struct Writer(Made);

enum Made {
    #[cfg(feature = "excel")]
    Spreadsheet(Box<super::excel::Writer>),
    #[cfg(feature = "parquet")]
    Parquet(Box<super::columnar::Writer>),
}

impl Writer {
    /// Begins with the header.
    ///
    /// # Errors
    /// Where there are more columns than it can hold, or this program was built without what writes it.
    pub fn begin(container: Container, columns: Vec<Column>) -> Result<Self, Error> {
        container.check(container.as_str())?;
        match container {
            #[cfg(feature = "excel")]
            Container::Spreadsheet => {
                super::excel::Writer::begin(columns).map(|made| Self(Made::Spreadsheet(Box::new(made))))
            }
            #[cfg(feature = "parquet")]
            Container::Parquet => {
                super::columnar::Writer::begin(columns).map(|made| Self(Made::Parquet(Box::new(made))))
            }
            #[cfg(not(all(feature = "excel", feature = "parquet")))]
            _ => {
                drop(columns);
                Err(Error::NotCompiledIn { given: container.as_str().to_owned(), feature: container.feature() })
            }
        }
    }

    /// Adds a row, a cell for each column.
    ///
    /// # Errors
    /// Where a cell is not what its column holds or there is no place for it, and where the system fails.
    pub fn write_row<'a>(&mut self, cells: impl IntoIterator<Item = Cow<'a, str>>) -> Result<(), Error> {
        match self.0 {
            #[cfg(feature = "excel")]
            Made::Spreadsheet(ref mut made) => made.write_row(cells),
            #[cfg(feature = "parquet")]
            Made::Parquet(ref mut made) => made.write_row(cells),
        }
    }

    /// The whole file, to be read from its beginning.
    ///
    /// # Errors
    /// Where the system fails.
    pub fn finish(self) -> Result<impl Read, Error> {
        let file: Result<File, Error> = match self.0 {
            #[cfg(feature = "excel")]
            Made::Spreadsheet(made) => made.finish(),
            #[cfg(feature = "parquet")]
            Made::Parquet(made) => made.finish(),
        };
        file
    }
}

/// A file without a name, that goes when it is closed.
pub(super) fn scratch() -> std::io::Result<File> {
    Ok(File::from_parts(tempfile::tempfile()?, "a temporary file"))
}

/// A number as a person would write it: the shortest text that is read as the same number.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let is_short = (1e-7..1e17).contains(&value.abs()) || !value.is_finite();
    if is_short { value.to_string() } else { format!("{value:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_do() {
        let written = [5.0, -0.0, 0.1, 0.1 + 0.2, 1e16, 1e300, 2.5e-9].map(number);
        assert_eq!(written, ["5", "0", "0.1", "0.30000000000000004", "10000000000000000", "1e300", "2.5e-9"]);
    }

    #[test]
    fn containers_are_told_by_their_first_bytes_and_by_the_ending_they_are_given() {
        assert_eq!(Container::of_start(b"PK\x03\x04"), Some(Container::Spreadsheet));
        assert_eq!(Container::of_start(b"PAR1"), Some(Container::Parquet));
        assert_eq!(Container::of_start(b"PAR"), None);
        assert_eq!(Format::container_of_name("A.XLSX"), Some(Container::Spreadsheet));
        assert_eq!(Format::container_of_name("a.parquet.gz"), Some(Container::Parquet));
        assert_eq!(Format::container_of_name("xlsx"), None);
    }
}

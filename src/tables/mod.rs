//! Tables as they come: rows of TSV, CSV, JSON lines and plain lines, of bounded length, each with its place.
//!
//! | file | what |
//! |---|---|
//! | `input.rs` | a file or standard input, packed or not, with its first bytes looked at before it is read |
//! | `container.rs` | files that hold a table in a format of their own, read as CSV, and written |
//! | `excel.rs` | spreadsheets (a cargo feature) |
//! | `columnar.rs` | Parquet files (a cargo feature) |
//! | `records.rs` | rows cut out of a stream of bytes |
//! | `cells.rs` | cells cut out of a row, with where each stands |
//! | `guard.rs` | cells that a spreadsheet would take for a formula |
//! | `table.rs` | a table read row by row: comments, header, cells |

mod cells;
#[cfg(feature = "parquet")]
mod columnar;
mod container;
#[cfg(feature = "excel")]
mod excel;
#[cfg(all(test, any(feature = "excel", feature = "parquet")))]
mod fixture;
mod guard;
mod input;
mod records;
mod table;

use std::io;

pub use cells::{Cell, quoted, split, split_csv};
pub use container::{Column, Contained, Container, Kind, Sheet, Writer};
pub use guard::{guarded, is_formula, unguarded};
pub use input::{Input, Reader};
pub use records::{Batch, Record, Records};
pub use table::{Row, Table, is_semicolons};

/// The longest row, in bytes.
pub const ROW_BYTES: usize = 8 << 20;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Cells between tabs, the first line naming them.
    Tsv,
    /// Cells between commas, quoted where needed, the first line naming them.
    Csv,
    /// A JSON object a line.
    Jsonl,
    /// A value a line.
    Lines,
}

impl Format {
    /// What the ending of a file's name says, before `.gz` too.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("tsv" | "tab") => Some(Self::Tsv),
            Some("csv") => Some(Self::Csv),
            Some("jsonl" | "ndjson") => Some(Self::Jsonl),
            _ => None,
        }
    }
}

/// Why a row cannot be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{place}:{line}: {problem}")]
pub struct RowError {
    /// The input.
    pub place: String,
    /// Its line, from 1.
    pub line: u64,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Longer than [`ROW_BYTES`].
    #[error("the line is longer than {ROW_BYTES} bytes")]
    TooLong,
    /// In another encoding.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// A quote that nothing closes.
    #[error("a quote is not closed")]
    OpenQuote,
    /// More or fewer cells than the header has.
    #[error("the header has {expected} columns, the row {found}")]
    Cells {
        /// Those of the row.
        found: usize,
        /// Those of the header.
        expected: usize,
    },
    /// No JSON, or JSON of another kind.
    #[error("the line is no JSON object (column {column})")]
    NotAnObject {
        /// Where it stops being one, from 1.
        column: usize,
    },
    /// A key that stands twice.
    #[error("the object has the key `{key}` twice")]
    KeyTwice {
        /// The key.
        key: String,
    },
    /// A key that is missing.
    #[error("the object has no key `{key}`")]
    NoKey {
        /// The key.
        key: String,
    },
    /// A value that should be text.
    #[error("the value of `{key}` is no text")]
    NotText {
        /// Its key.
        key: String,
    },
    /// A key that came too late to become a column.
    #[error("no object before this one has the key `{key}`, so the table has no column for it")]
    NoColumn {
        /// The key.
        key: String,
    },
}

/// Why a table cannot be read, or not further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system could not read it, or a packed file is damaged.
    #[error("cannot read `{place}`")]
    Read {
        /// The file.
        place: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A folder was given.
    #[error("`{place}` is a folder")]
    Folder {
        /// The folder.
        place: String,
    },
    /// Two bytes a letter.
    #[error("`{place}` is written in UTF-16, term2id reads UTF-8")]
    Utf16 {
        /// The file.
        place: String,
    },
    /// Bytes that are no text.
    #[error("`{place}` is no text")]
    Binary {
        /// The file.
        place: String,
    },
    /// Nothing, not even a header.
    #[error("`{place}` is empty: it has no header")]
    Empty {
        /// The file.
        place: String,
    },
    /// Semicolons between cells.
    #[error("`{place}` has semicolons between its cells, and term2id reads tabs or commas")]
    Semicolons {
        /// The file.
        place: String,
    },
    /// Comments without an end.
    #[error("{place}:{line}: the comments above the header are too long")]
    Comments {
        /// The file.
        place: String,
        /// The line at which they are.
        line: u64,
    },
    /// A header that cannot be read.
    #[error(transparent)]
    Header(RowError),
    /// This program was built without the part that reads and writes such files.
    #[error("{given} needs a part that this term2id was built without")]
    NotCompiledIn {
        /// The file in backticks, or what was to be made.
        given: String,
        /// The cargo feature that brings the part.
        feature: &'static str,
    },
    /// A spreadsheet or a Parquet file that does not come as a file of its own.
    #[error("`{place}` is a stream; spreadsheets and Parquet are read from a file that is not packed")]
    Stream {
        /// Where it comes from.
        place: String,
    },
    /// A zip file of another kind.
    #[error("`{place}` is a zip file without a workbook")]
    NoWorkbook {
        /// The file.
        place: String,
    },
    /// A spreadsheet larger than any should be.
    #[error("`{place}` is too large: {part} unpacks to more than {limit} bytes")]
    TooLarge {
        /// The file.
        place: String,
        /// What of it.
        part: String,
        /// How much is read at most.
        limit: u64,
    },
    /// A sheet that is not there.
    #[error("`{place}` has no sheet `{sheet}` (its sheets: {})", found.join(", "))]
    NoSheet {
        /// The file.
        place: String,
        /// The sheet that was asked for.
        sheet: String,
        /// Those it has, each in backticks.
        found: Vec<String>,
    },
    /// A sheet was asked for of a file without sheets.
    #[error("`{place}` is no spreadsheet, so it has no sheet `{sheet}`")]
    NoSheets {
        /// The file.
        place: String,
        /// The sheet that was asked for.
        sheet: String,
    },
    /// More columns than a sheet has.
    #[error("there are {found} columns, a sheet holds {limit}")]
    TooWide {
        /// The columns.
        found: usize,
        /// Those of a sheet.
        limit: usize,
    },
    /// More rows than a sheet has.
    #[error("row {row}: a sheet holds {limit} rows, with its header")]
    TooManyRows {
        /// The first that is too many, from 1.
        row: u64,
        /// Those of a sheet.
        limit: u64,
    },
    /// More letters than a cell of a sheet holds.
    #[error("row {row}, column `{column}`: the cell has {found} characters, one of a sheet holds {limit}")]
    TooLongCell {
        /// Its row in the sheet, from 1.
        row: u64,
        /// Its column.
        column: String,
        /// Its characters, in the units of UTF-16 that spreadsheets count.
        found: usize,
        /// Those of a cell of a sheet.
        limit: usize,
    },
    /// A cell that is not what its column holds.
    #[error("row {row}, column `{column}`: `{value}` is no {}", kind.as_str())]
    OtherKind {
        /// Its row, from 1.
        row: u64,
        /// Its column.
        column: String,
        /// What it says.
        value: String,
        /// What the column holds.
        kind: Kind,
    },
    /// A spreadsheet or Parquet file cannot be made.
    #[error("cannot make {what}")]
    Write {
        /// What is made.
        what: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
}

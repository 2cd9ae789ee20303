//! Tables as they come: rows of TSV, CSV, JSON lines and plain lines, of bounded length, each with its place.
//!
//! | file | what |
//! |---|---|
//! | `input.rs` | a file or standard input, packed or not, with its first bytes looked at before it is read |
//! | `records.rs` | rows cut out of a stream of bytes |
//! | `cells.rs` | cells cut out of a row, with where each stands |
//! | `table.rs` | a table read row by row: comments, header, cells |

mod cells;
mod input;
mod records;
mod table;

use std::io;

pub use cells::{Cell, quoted, split, split_csv, unguarded};
pub use input::{Input, Reader};
pub use records::{Batch, Record, Records};
pub use table::{Row, Table};

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
    /// A header that cannot be read.
    #[error(transparent)]
    Header(RowError),
}

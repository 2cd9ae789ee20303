//! Identifiers with labels, wherever they stand, held against an ontology.
//!
//! ```text
//! a file -> pairs with their places -> judged -> findings -> report, or a corrected copy
//! ```
//!
//! | file | what |
//! |---|---|
//! | `places/` | finds pairs of identifier and label: tables, JSON, YAML, Markdown and plain text |
//! | `prefixes.rs` | whose identifiers are judged, and which other vocabularies there are |
//! | `judge/` | what is wrong with a pair, and what would be right |
//! | `finding.rs` | what is told of it |
//! | `check.rs` | one file: its places judged in batches, findings in their order |
//! | `fix.rs` | a copy of the file with what is certain put right, every other byte as it was |
//! | `report/` | findings as text, TSV, JSON lines, SARIF and GitHub's annotations |

pub mod finding;
pub mod fix;
pub mod judge;
pub mod places;
pub mod prefixes;
pub mod report;

mod check;

use std::ops::Range;

pub use check::{Options, Tally, check};
pub use finding::{Edit, Finding, How, Kind, Level, Suggestion};
pub use judge::Judge;

/// A text in a file, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What it says: without quotes, escapes resolved.
    pub text: String,
    /// Its line, from 1.
    pub line: u64,
    /// The column it begins in, in characters, from 1.
    pub column: u64,
    /// Where it is written, in bytes from the start of the text behind a byte order mark; with its quotes. Empty where
    /// nothing can be written in its place.
    pub span: Range<u64>,
    /// How another text is written in its place.
    pub quoting: Quoting,
}

/// How a text is written where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// As it is.
    Plain,
    /// As a cell between these bytes, in quotes where it must be.
    Cell(u8),
    /// As a string of JSON, or of YAML in double quotes.
    Json,
    /// As a plain or single-quoted scalar of YAML.
    Yaml,
    /// As one of several texts in a cell between these bytes: only what needs no quotes.
    Part(u8),
}

/// An identifier, and what stands with it as its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The identifier as it is written.
    pub identifier: Field,
    /// The label; none where an identifier stands alone.
    pub label: Option<Label>,
}

/// What stands with an identifier as its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its text.
    pub field: Field,
    /// How much of it is the label.
    pub extent: Extent,
}

/// How much of a text is a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it: a cell, a value, what stands in parentheses or alone before them.
    Whole,
    /// Some number of its last words: running text before an identifier in parentheses.
    End,
}

/// What a reader finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A pair.
    Pair(Pair),
    /// A place that cannot be read; the rest of the file is, as far as it can be.
    Unreadable {
        /// Its line, from 1.
        line: u64,
        /// Its column in characters, from 1.
        column: u64,
        /// What is wrong, one lower-case phrase.
        problem: String,
    },
}

/// Why a file cannot be verified, or not further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error(transparent)]
    Input(#[from] crate::tables::Error),
    /// A column that was named is not there.
    #[error("`{place}` has no column `{column}` (its columns: {})", listed(found))]
    NoColumn {
        /// The file.
        place: String,
        /// The column.
        column: String,
        /// Those it has.
        found: Vec<String>,
    },
    /// No column holds identifiers.
    #[error("`{place}` has no column of identifiers that could be checked (its columns: {})", listed(found))]
    NoIdentifiers {
        /// The file.
        place: String,
        /// Its columns.
        found: Vec<String>,
    },
    /// The best identifier for a label could not be looked for.
    #[error(transparent)]
    Retrieve(#[from] crate::retrieve::Error),
    /// A file of YAML that is too long.
    #[error("`{place}` has more than {limit} bytes, and YAML is read whole")]
    TooLong {
        /// The file.
        place: String,
        /// How many it may have.
        limit: u64,
    },
}

/// Columns for an error, the first of very many.
fn listed(columns: &[String]) -> String {
    let shown: Vec<String> = columns.iter().take(20).map(|column| format!("`{column}`")).collect();
    let more = if columns.len() > 20 { format!(" and {} more", columns.len() - 20) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

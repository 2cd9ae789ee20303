//! Finds pairs of identifier and label in files of any form.
//!
//! | file | what |
//! |---|---|
//! | `table.rs` | TSV, CSV and SSSOM: an identifier and a label in cells of a row |
//! | `json.rs` | JSON and JSON lines: in an object |
//! | `yaml.rs` | YAML: in a mapping |
//! | `text.rs` | Markdown and plain text: beside each other |

mod identifier;
mod json;
mod object;
mod table;
mod text;
mod yaml;

#[cfg(test)]
mod sample;

use super::prefixes::Prefixes;
use super::{Error, Found};
use crate::tables::{self, Input};

pub use table::Columns;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Rows of cells, the first naming them.
    Table(tables::Format),
    /// One JSON value, of any depth.
    Json,
    /// A JSON value a line.
    JsonLines,
    /// YAML.
    Yaml,
    /// Markdown, plain text and whatever else people read.
    Text,
}

impl Format {
    /// What the ending of a file's name says, before `.gz` too.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        Some(match name.rsplit_once('.')?.1 {
            "tsv" | "tab" | "sssom" => Self::Table(tables::Format::Tsv),
            "csv" => Self::Table(tables::Format::Csv),
            "json" | "jsonld" | "geojson" => Self::Json,
            "jsonl" | "ndjson" => Self::JsonLines,
            "yaml" | "yml" => Self::Yaml,
            "txt" | "text" | "md" | "markdown" | "rst" | "tex" | "html" | "htm" | "xml" | "adoc" | "org" => Self::Text,
            _ => return None,
        })
    }

    /// What the first lines look like.
    fn of_content(input: &mut Input) -> Result<Self, Error> {
        let seen = input.first_lines()?;
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let mut lines = seen.split(is_end).filter(|line| !line.trim_ascii().is_empty());
        let start = seen.trim_ascii_start();
        if start.starts_with(b"---") && lines.clone().next().is_some_and(|line| line.trim_ascii() == b"---") {
            return Ok(Self::Yaml);
        }
        if start.starts_with(b"{") || start.starts_with(b"[") {
            // Each line of JSON lines is a whole value; of JSON on many lines the first is not.
            let is_value = |line: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
            let first_two: Vec<bool> = lines.take(2).map(is_value).collect();
            return Ok(if first_two == [true, true] { Self::JsonLines } else { Self::Json });
        }
        let Some(header) = lines.find(|line| !line.starts_with(b"#")) else { return Ok(Self::Text) };
        // As many tabs, or commas, in the row below as in the header: prose does not do that.
        let count = |line: &[u8], separator| memchr::memchr_iter(separator, line).count();
        let below = lines.next();
        for (separator, format) in [(b'\t', tables::Format::Tsv), (b',', tables::Format::Csv)] {
            let cells = count(header, separator);
            if cells > 0 && below.is_none_or(|below| count(below, separator) >= cells) {
                return Ok(Self::Table(format));
            }
        }
        Ok(Self::Text)
    }
}

/// Tells `each` what `input` holds, in its order. How it is written is told by its name or its content where `format`
/// does not say.
///
/// # Errors
/// Where the input cannot be read, or not further, and for a table without a column of identifiers.
pub(super) fn read(
    mut input: Input,
    format: Option<Format>,
    prefixes: &Prefixes,
    columns: &Columns,
    each: &mut dyn FnMut(Found),
) -> Result<(), Error> {
    let format = match format.or_else(|| Format::of_name(&input.place)) {
        Some(format) => format,
        // Who names columns has a table.
        None if !columns.is_empty() => return table::read(input, None, prefixes, columns, each),
        None => Format::of_content(&mut input)?,
    };
    match format {
        Format::Table(format) => table::read(input, Some(format), prefixes, columns, each),
        Format::Json | Format::JsonLines => json::read(input, prefixes, each),
        Format::Yaml => yaml::read(input, prefixes, each),
        Format::Text => text::read(input, prefixes, each),
    }
}

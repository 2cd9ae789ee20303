//! Rows that become a spreadsheet or a Parquet file.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::tables::{self, Column, Container, Kind, Writer};

/// Our columns that hold numbers.
const NUMBERS: [&str; 2] = ["score", "confidence"];

/// Rows on their way into a container. They come as CSV, the header first.
pub(super) struct Contained<'a> {
    out: &'a mut dyn Write,
    container: Container,
    /// Of the input's columns.
    kinds: Vec<Kind>,
    /// Whole rows that are not looked at yet.
    rows: Vec<u8>,
    writer: Option<Writer>,
}

impl<'a> Contained<'a> {
    /// `kinds` are those of the input's columns.
    pub(super) fn new(container: Container, kinds: Vec<Kind>, out: &'a mut dyn Write) -> Self {
        Self { out, container, kinds, rows: Vec::new(), writer: None }
    }

    /// Passes on the rows that are there.
    fn pass_on(&mut self) -> Result<(), tables::Error> {
        let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(self.rows.as_slice());
        for row in rows.records() {
            let row = row.map_err(|error| tables::Error::Write {
                what: self.container.as_str(),
                source: io::Error::other(error),
            })?;
            if let Some(writer) = &mut self.writer {
                writer.write_row(row.iter().map(Cow::Borrowed))?;
            } else {
                let columns = columns(row.iter(), &self.kinds);
                self.writer = Some(Writer::begin(self.container, columns)?);
            }
        }
        self.rows.clear();
        Ok(())
    }

    /// Writes the container.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.pass_on()?;
        if let Some(writer) = self.writer {
            io::copy(&mut writer.finish()?, self.out)?;
        }
        Ok(())
    }
}

impl Write for Contained<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rows.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Between two flushes stand whole rows.
    fn flush(&mut self) -> io::Result<()> {
        self.pass_on().map_err(io::Error::other)
    }
}

/// The columns of a header: those of the input are what they were there.
fn columns<'a>(names: impl Iterator<Item = &'a str>, kinds: &[Kind]) -> Vec<Column> {
    let names: Vec<String> = names.map(str::to_owned).collect();
    // A file has each column once, as an object has each key.
    let distinct = super::layout::distinct(&names);
    let kind = |at: usize| match kinds.get(at) {
        Some(kind) => *kind,
        None if NUMBERS.contains(&names[at].trim_start_matches("term2id_")) => Kind::Number,
        None => Kind::Text,
    };
    distinct.into_iter().enumerate().map(|(at, name)| Column { name, kind: kind(at) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Kind::{Integer, Number, Text};

    #[test]
    fn columns_of_the_input_keep_their_kind_and_ours_that_are_numbers_are_numbers() {
        let names = ["score", "n", "a", "a", "id", "term2id_score", "confidence"];
        let columns = columns(names.into_iter(), &[Kind::Text, Kind::Integer, Kind::Text, Kind::Text]);
        let kinds: Vec<Kind> = columns.iter().map(|column| column.kind).collect();
        assert_eq!(kinds, [Text, Integer, Text, Text, Text, Number, Number]);
        assert_eq!(columns[3].name, "a_2");
    }
}

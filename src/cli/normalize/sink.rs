//! What becomes of the rows of an answer before they are written: most formats pass as they are.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::tables::{self, Column, Container, Kind, Writer};

/// Our columns that hold numbers.
const NUMBERS: [&str; 2] = ["score", "confidence"];

/// Takes whole rows, as the stream writes them, and writes what a format makes of them.
pub(super) enum Sink<'a> {
    /// As they are.
    Plain(&'a mut dyn Write),
    /// In a container, which is written when all rows are there.
    Contained(Contained<'a>),
}

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

impl<'a> Sink<'a> {
    /// For a container, or for rows as they are; `kinds` are those of the input's columns.
    pub(super) fn new(container: Option<Container>, kinds: Vec<Kind>, out: &'a mut dyn Write) -> Self {
        match container {
            Some(container) => Self::Contained(Contained { out, container, kinds, rows: Vec::new(), writer: None }),
            None => Self::Plain(out),
        }
    }

    /// Writes what was held back until all rows were there.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Contained(contained) => contained.finish(),
        }
    }
}

impl Contained<'_> {
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

    fn finish(mut self) -> anyhow::Result<()> {
        self.pass_on()?;
        if let Some(writer) = self.writer {
            io::copy(&mut writer.finish()?, self.out)?;
        }
        Ok(())
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

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Contained(contained) => {
                contained.rows.extend_from_slice(bytes);
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            // Between two flushes stand whole rows.
            Self::Contained(contained) => contained.pass_on().map_err(io::Error::other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind::{Integer, Number, Text};
    use super::*;

    #[test]
    fn columns_of_the_input_keep_their_kind_and_ours_that_are_numbers_are_numbers() {
        let names = ["score", "n", "a", "a", "id", "term2id_score", "confidence"];
        let columns = columns(names.into_iter(), &[Kind::Text, Kind::Integer, Kind::Text, Kind::Text]);
        let kinds: Vec<Kind> = columns.iter().map(|column| column.kind).collect();
        assert_eq!(kinds, [Text, Integer, Text, Text, Text, Number, Number]);
        assert_eq!(columns[3].name, "a_2");
    }
}

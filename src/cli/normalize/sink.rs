//! What becomes of the rows of an answer before they are written: most formats pass as they are.

use std::collections::HashSet;
use std::io::{self, Write};

use super::contained::Contained;
use super::documents::Packets;
use crate::cli::index::count;

/// Takes whole rows, as the stream writes them, and writes what a format makes of them.
pub(super) enum Sink<'a> {
    /// As they are.
    Plain(&'a mut dyn Write),
    /// Each once.
    Distinct(Distinct<'a>),
    /// Gathered by document.
    Packets(Packets<'a>),
    /// In a container, which is written when all rows are there.
    Contained(Contained<'a>),
}

/// What is to be said about rows that were not written as they came.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) notes: Vec<String>,
    pub(super) warnings: Vec<String>,
}

impl Sink<'_> {
    /// What is to be said.
    pub(super) fn told(&self) -> Told {
        match self {
            Self::Plain(_) | Self::Contained(_) => Told::default(),
            Self::Distinct(distinct) => distinct.told(),
            Self::Packets(packets) => packets.told(),
        }
    }

    /// Writes what was held back until all rows were there.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Plain(_) | Self::Distinct(_) => Ok(()),
            Self::Packets(packets) => packets.finish(),
            Self::Contained(contained) => contained.finish(),
        }
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Distinct(distinct) => distinct.write(bytes),
            Self::Packets(packets) => packets.write(bytes),
            Self::Contained(contained) => contained.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Distinct(distinct) => distinct.out.flush(),
            Self::Packets(_) => Ok(()),
            Self::Contained(contained) => contained.flush(),
        }
    }
}

/// Writes a line where it stands for the first time. Of each, 16 bytes are kept.
pub(super) struct Distinct<'a> {
    out: &'a mut dyn Write,
    seen: HashSet<[u8; 16]>,
    passed_over: u64,
}

impl<'a> Distinct<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, seen: HashSet::new(), passed_over: 0 }
    }

    fn told(&self) -> Told {
        let notes = match self.passed_over {
            0 => Vec::new(),
            1 => vec!["1 row says what another one says, and stands in the set once".to_owned()],
            many => vec![format!("{} rows say what others say, and stand in the set once", count(many))],
        };
        Told { notes, warnings: Vec::new() }
    }
}

impl Write for Distinct<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let hash = blake3::hash(line);
            let start = *hash.as_bytes().first_chunk().expect("a hash has 32 bytes");
            if self.seen.insert(start) {
                self.out.write_all(line)?;
            } else {
                self.passed_over += 1;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_where_it_stands_first() {
        let mut out = Vec::new();
        let mut distinct = Distinct::new(&mut out);
        distinct.write_all(b"b\na\nb\n").unwrap();
        distinct.write_all(b"a\nc\n").unwrap();
        assert_eq!(distinct.told().notes, ["2 rows say what others say, and stand in the set once"]);
        assert_eq!(out, b"b\na\nc\n");
    }
}

//! What becomes of the rows of an answer before they are written: most formats pass as they are.

use std::io::{self, Write};

/// Takes whole rows, as the stream writes them, and writes what a format makes of them.
pub(super) enum Sink<'a> {
    /// As they are.
    Plain(&'a mut dyn Write),
}

impl Sink<'_> {
    /// Writes what was held back until all rows were there.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
        }
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
        }
    }
}

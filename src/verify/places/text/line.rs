//! A line, and where its parts stand in the file.

use std::cell::Cell;
use std::ops::Range;

use crate::verify::{Field, Quoting};

/// How far what stands in a line can be written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Editable {
    /// All of it.
    Yes,
    /// Identifiers, which need no quotes: the line is a string of JSON or a scalar of YAML.
    Identifiers,
    /// Nothing: it is written otherwise than it reads.
    No,
}

/// A line.
pub(super) struct Line<'a> {
    /// What it says.
    pub(super) text: &'a str,
    /// Its line in the file, from 1.
    number: u64,
    /// Where it begins.
    offset: u64,
    column: u64,
    editable: Editable,
    /// A byte, and how many characters stand before it: lines are read from left to right.
    cursor: Cell<(usize, u64)>,
}

impl<'a> Line<'a> {
    /// A line whose first byte stands at `offset` and in `column`.
    pub(super) const fn new(text: &'a str, number: u64, offset: u64, column: u64, editable: Editable) -> Self {
        Self { text, number, offset, column, editable, cursor: Cell::new((0, 0)) }
    }

    /// A part of it.
    pub(super) fn field(&self, range: Range<usize>, is_label: bool) -> Field {
        let text = self.text[range.clone()].to_owned();
        let (line, quoting) = (self.number, Quoting::Plain);
        if self.editable == Editable::No {
            return Field { text, line, column: self.column, span: self.offset..self.offset, quoting };
        }
        let column = self.column + self.characters(range.start);
        let start = self.offset + range.start as u64;
        let is_fixed = is_label && self.editable == Editable::Identifiers;
        let span = start..if is_fixed { start } else { self.offset + range.end as u64 };
        Field { text, line, column, span, quoting }
    }

    /// The characters before a byte.
    fn characters(&self, at: usize) -> u64 {
        let (last, count) = self.cursor.get();
        let between = |from: usize, to: usize| self.text[from..to].chars().count() as u64;
        let count = if at < last { count - between(at, last) } else { count + between(last, at) };
        self.cursor.set((at, count));
        count
    }
}

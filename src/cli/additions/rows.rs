//! Which format the rows of a table have, told by its header, and what a row says.

use anyhow::{Context as _, anyhow};

use super::{literals, own, sssom, uniprot};
use crate::ontology::{Curie, Name};
use crate::tables::{Cell, Table, unguarded};

/// What a row says.
pub(super) enum Said {
    /// Names of this identifier.
    Names(Curie, Vec<Name>),
    /// Nothing about a name; what it says instead.
    Nothing(String),
}

/// A format of rows, with where its columns are.
pub(super) enum Layout {
    Own(own::Columns),
    Mappings(sssom::Columns),
    Literals(literals::Columns),
    Proteins(uniprot::Columns),
}

impl Layout {
    /// The format of `table`, the one with the most telling columns first.
    pub(super) fn of(table: &Table) -> anyhow::Result<Self> {
        if let Some(columns) = sssom::Columns::of(table)? {
            return Ok(Self::Mappings(columns));
        }
        if let Some(columns) = uniprot::Columns::of(table) {
            return Ok(Self::Proteins(columns));
        }
        if let Some(columns) = literals::Columns::of(table) {
            return Ok(Self::Literals(columns));
        }
        Ok(Self::Own(own::Columns::of(table)?))
    }

    /// What a row says; `is_ours` tells identifiers of the ontology.
    pub(super) fn read(
        &self,
        place: &str,
        line: u64,
        cells: &[Cell],
        is_ours: &dyn Fn(&Curie) -> bool,
    ) -> anyhow::Result<Said> {
        let row = Row { place, line, cells };
        match self {
            Self::Own(columns) => columns.read(&row),
            Self::Mappings(columns) => columns.read(&row, is_ours),
            Self::Literals(columns) => columns.read(&row),
            Self::Proteins(columns) => columns.read(&row),
        }
    }
}

/// A row with its place.
pub(super) struct Row<'a> {
    place: &'a str,
    line: u64,
    cells: &'a [Cell],
}

impl<'a> Row<'a> {
    /// What a cell holds, where there is such a column and it holds something.
    pub(super) fn cell(&self, at: Option<usize>) -> Option<&'a str> {
        at.and_then(|at| self.cells.get(at)).map(|cell| unguarded(cell.text.trim())).filter(|text| !text.is_empty())
    }

    /// The name in a cell that must hold one.
    pub(super) fn name(&self, at: usize) -> anyhow::Result<&'a str> {
        self.cell(Some(at)).ok_or_else(|| self.error("the row has no name"))
    }

    /// The identifier in a cell of `column` that must hold one.
    pub(super) fn identifier(&self, at: usize, column: &str) -> anyhow::Result<Curie> {
        let text = self.cell(Some(at)).unwrap_or_default();
        Curie::parse(text).with_context(|| self.holds(column, text, "which is no identifier"))
    }

    /// An error of this row.
    pub(super) fn error(&self, message: &str) -> anyhow::Error {
        anyhow!("{}:{}: {message}", self.place, self.line)
    }

    /// That a cell holds what it should not.
    pub(super) fn holds(&self, column: &str, text: &str, why: &str) -> String {
        format!("{}:{}: `{column}` holds `{text}`, {why}", self.place, self.line)
    }
}

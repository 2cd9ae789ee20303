//! A report on the terminal.

use std::io::Write as _;

use crate::cli::index::counted;
use crate::cli::output::{BOLD, Column, Output, styled, table};
use crate::evaluate::report::Report;
use crate::evaluate::report::text::{self, Table};

/// Shows every system, and how accuracy rises with popularity where that is known.
pub(super) fn show(report: &Report, output: &Output) -> anyhow::Result<()> {
    let mut page = output.page();
    for ((dataset, table), tag) in text::tables(report).into_iter().zip(&report.datasets) {
        writeln!(page, "{}: {}; shares in percent", styled(BOLD, dataset), counted(tag.cases, "case"))?;
        writeln!(page, "{}\n", drawn(output, table))?;
    }
    for (dataset, popularity) in text::popularity(report) {
        writeln!(page, "{}: accuracy@1 in percent, by how often the concept occurs", styled(BOLD, dataset))?;
        writeln!(page, "{}\n", drawn(output, popularity))?;
    }
    page.flush()?;
    Ok(())
}

pub(super) fn drawn(output: &Output, text: Table) -> comfy_table::Table {
    let kind = |is_number| if is_number { Column::Number } else { Column::Text };
    let columns: Vec<(&str, Column)> =
        text.columns.iter().map(|column| (column.heading.as_str(), kind(column.is_number))).collect();
    table(output, &columns, text.rows)
}

//! A report on the terminal.

use std::io::Write as _;

use crate::cli::output::{BOLD, Column, Output, styled, table};
use crate::evaluate::report::Report;
use crate::evaluate::report::text::{self, Table};

/// Shows the table of all systems, how accuracy rises with popularity where that is known, and which differences are more
/// than chance.
pub(super) fn show(report: &Report, output: &Output) -> anyhow::Result<()> {
    let mut page = output.page();
    writeln!(page, "{}", drawn(output, text::table(report)))?;
    for (dataset, popularity) in text::popularity(report) {
        writeln!(page, "\n{}: accuracy@1 by how often the concept occurs", styled(BOLD, dataset))?;
        writeln!(page, "{}", drawn(output, popularity))?;
    }
    if !report.comparisons.is_empty() {
        writeln!(page, "\n{}", drawn(output, text::comparisons(&report.comparisons)))?;
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

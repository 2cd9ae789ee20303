//! A report on the terminal.

use std::io::Write as _;

use crate::cli::output::{Column, Output, table};
use crate::evaluate::report::Report;

/// Shows the table of all systems, and how accuracy rises with popularity where that is known.
pub(super) fn show(report: &Report, output: &Output) -> anyhow::Result<()> {
    use Column::{Number, Text};
    let columns = [
        ("cases", Text),
        ("system", Text),
        ("n", Number),
        ("accuracy@1", Number),
        ("@10", Number),
        ("@50", Number),
        ("unnamed", Number),
        ("ece", Number),
    ];
    let rows = report
        .results
        .iter()
        .map(|o| {
            vec![
                o.dataset.clone(),
                o.system.clone(),
                o.unique.cases.to_string(),
                format!("{:.1}", 100.0 * o.unique.accuracy),
                format!("{:.1}", 100.0 * o.unique.recall[2]),
                format!("{:.1}", 100.0 * o.unique.recall[4]),
                format!("{:.1}", 100.0 * o.unnamed.accuracy),
                o.calibration.as_ref().map(|c| format!("{:.3}", c.error)).unwrap_or_default(),
            ]
        })
        .collect();
    let mut page = output.page();
    writeln!(page, "{}", table(output, &columns, rows))?;
    page.flush()?;
    Ok(())
}

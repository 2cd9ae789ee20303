//! `term2id bench compare`: two reports, case by case.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::cli::Status;
use crate::cli::output::{Column, Output, table};
use crate::evaluate::report::compared::{Compared, compared};
use crate::evaluate::report::{CaseRow, Comparison, Report};

/// Tell whether one report is better than another
///
/// The same cases are compared one by one, each system with the one of the same name; where both reports have only one,
/// these two. Exits 1 where the second is worse beyond chance.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  term2id bench compare before/report.json after/report.json")]
pub(super) struct Arguments {
    /// The report that is compared with: its folder, or the report.json in it
    #[arg(value_name = "A")]
    first: PathBuf,
    /// The other
    #[arg(value_name = "B")]
    second: PathBuf,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> anyhow::Result<Status> {
    let (first, first_rows) = read(&arguments.first)?;
    let (second, second_rows) = read(&arguments.second)?;
    let Compared { comparisons, passed_over } = compared((&first, &first_rows), (&second, &second_rows));
    for phrase in &passed_over {
        output.warn(phrase);
    }
    if comparisons.is_empty() {
        bail!("the two reports have no system and dataset in common");
    }
    use Column::{Number, Text};
    let columns = [
        ("cases", Text),
        ("system", Text),
        ("difference", Number),
        ("95% interval", Text),
        ("only A", Number),
        ("only B", Number),
        ("p (Holm)", Number),
        ("B is", Text),
    ];
    let mut page = output.page();
    writeln!(page, "{}", table(output, &columns, comparisons.iter().map(row).collect()))?;
    page.flush()?;
    let is_worse = comparisons.iter().any(|comparison| comparison.direction() < 0);
    Ok(if is_worse { Status::SomeFailed } else { Status::Done })
}

/// A report and the cases beside it.
fn read(given: &Path) -> anyhow::Result<(Report, Vec<CaseRow>)> {
    let folder = if given.is_dir() { given } else { given.parent().unwrap_or(Path::new("")) };
    let path = if given.is_dir() { given.join("report.json") } else { given.to_owned() };
    Ok((Report::read(&path)?, CaseRow::read(&folder.join("cases.jsonl"))?))
}

fn row(comparison: &Comparison) -> Vec<String> {
    let Comparison { dataset, first, second, difference, interval, mcnemar, p_corrected, .. } = comparison;
    let system = if first == second { second.clone() } else { format!("{first} -> {second}") };
    let points = |share: f64| format!("{:+.1}", 100.0 * share);
    let direction = match comparison.direction() {
        1 => "better",
        -1 => "worse",
        _ => "no different, as far as is shown",
    };
    vec![
        dataset.clone(),
        system,
        points(*difference),
        format!("{} to {}", points(interval.low), points(interval.high)),
        mcnemar.only_first.to_string(),
        mcnemar.only_second.to_string(),
        format!("{p_corrected:.4}"),
        direction.to_owned(),
    ]
}

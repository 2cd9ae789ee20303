//! `term2id bench compare`: two reports, case by case.

use std::cmp::Ordering;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::shown::drawn;
use crate::cli::Status;
use crate::cli::output::Output;
use crate::evaluate::report::compared::{Compared, compared};
use crate::evaluate::report::{CaseRow, Report, text};

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
    let mut page = output.page();
    writeln!(page, "{}", drawn(output, text::comparisons(&comparisons)))?;
    let count =
        |direction: Ordering| comparisons.iter().filter(|comparison| comparison.direction() == direction).count();
    let (better, worse) = (count(Ordering::Greater), count(Ordering::Less));
    writeln!(page, "B is better in {better} of {}, worse in {worse}", comparisons.len())?;
    page.flush()?;
    Ok(if worse > 0 { Status::SomeFailed } else { Status::Done })
}

/// A report and the cases beside it.
fn read(given: &Path) -> anyhow::Result<(Report, Vec<CaseRow>)> {
    let folder = if given.is_dir() { given } else { given.parent().unwrap_or(Path::new("")) };
    let path = if given.is_dir() { given.join("report.json") } else { given.to_owned() };
    Ok((Report::read(&path)?, CaseRow::read(&folder.join("cases.jsonl"))?))
}

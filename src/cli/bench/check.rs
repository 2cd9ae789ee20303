//! `term2id bench check`: pinned scores, measured again.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::ValueEnum as _;

use super::measure::begun;
use super::opened::{Opened, Stage};
use crate::cli::Status;
use crate::cli::index::counted;
use crate::cli::open::Services;
use crate::cli::output::{Column, Output, table};
use crate::cli::searched;
use crate::evaluate::dataset::{self, Dataset};
use crate::evaluate::pins::{Pin, Pins, Standing};
use crate::evaluate::report::summary::Measured;
use crate::evaluate::report::{CaseRow, DatasetTag, Report, SystemKind, SystemTag, files, text};
use crate::evaluate::system::recorded::Recorded;

/// Measure every pinned configuration again, and tell what got worse
///
/// Exits 1 where a score is worse than pinned by more than the tolerance. A configuration whose files are not there is
/// skipped aloud.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  term2id bench check benches/quality.toml")]
pub(super) struct Arguments {
    /// The pinned scores
    #[arg(value_name = "FILE.toml")]
    pins: PathBuf,
    /// Only what is asked of these indexes, and of no other
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only_index: Vec<String>,
    /// Write a report of all that was measured into this folder
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Write over a report that is there
    #[arg(long, requires = "report")]
    force: bool,
    #[command(flatten)]
    services: Services,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let start = Instant::now();
    if let Some(folder) = &arguments.report {
        files::prepare(folder, arguments.force)?;
    }
    let pins = Pins::read(&arguments.pins)?;
    let mut checking = Checking {
        tolerance: pins.tolerance,
        report: begun(0, super::measure::SAMPLES),
        cases: Vec::new(),
        rows: Vec::new(),
        skipped: 0,
        worse: 0,
    };
    let mut names: Vec<&str> = pins.pins.iter().map(|pin| pin.index.as_str()).collect();
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(*name));
    let (only, pinned) = (&arguments.only_index, names.join("`, `"));
    if let Some(unknown) =
        only.iter().find(|only| !names.iter().any(|name| searched::names(name).contains(&only.as_str())))
    {
        bail!("nothing is pinned for the index `{unknown}` (there are `{pinned}`)");
    }
    // Of several that are asked as one, all.
    names.retain(|name| {
        only.is_empty() || searched::names(name).iter().all(|name| only.iter().any(|only| only == name))
    });
    if names.is_empty() {
        bail!("nothing is pinned for `{}` and no other (there are `{pinned}`)", only.join("`, `"));
    }
    let mut kinds: Vec<(&str, &[String])> = Vec::new();
    for pin in pins.pins.iter().filter(|pin| names.contains(&pin.index.as_str())) {
        let kind = (pin.index.as_str(), pin.expect.as_slice());
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    for (name, expect) in kinds {
        let pins: Vec<&Pin> = pins.pins.iter().filter(|pin| pin.index == name && pin.expect == expect).collect();
        let (there, missing): (Vec<&Pin>, Vec<&Pin>) = pins
            .into_iter()
            .partition(|pin| pin.cases.exists() && pin.recorded.as_ref().is_none_or(|file| file.exists()));
        for pin in &missing {
            output.say(format_args!("skipped: {} is not there", pin.cases.display()));
        }
        checking.skipped += missing.len();
        if !there.is_empty() {
            let opened = Opened::new(indexes, name, &arguments.services)?.expecting(expect)?;
            checking.index(&opened, &there, output)?;
        }
    }
    checking.report.correct();
    if let Some(folder) = &arguments.report {
        files::write(folder, &checking.report, &checking.cases, arguments.force)?;
    }
    checking.finish(start, output)
}

/// What was checked so far.
struct Checking {
    tolerance: f64,
    report: Report,
    cases: Vec<CaseRow>,
    rows: Vec<Vec<String>>,
    skipped: usize,
    worse: usize,
}

impl Checking {
    /// Measures what is pinned for one index: each dataset once, by all systems that have a pin for it.
    fn index(&mut self, opened: &Opened, pins: &[&Pin], output: &Output) -> anyhow::Result<()> {
        for tag in opened.tags() {
            if !self.report.indexes.contains(&tag) {
                self.report.indexes.push(tag);
            }
        }
        let name = match opened.searched.expected() {
            [] => opened.searched.tag().name,
            expected => format!("{} expecting {}", opened.searched.tag().name, expected.join("|")),
        };
        let mut groups: Vec<Vec<&Pin>> = Vec::new();
        for pin in pins {
            let same = |group: &&mut Vec<&Pin>| group[0].cases == pin.cases && group[0].only_where == pin.only_where;
            match groups.iter_mut().find(same) {
                Some(group) => group.push(pin),
                None => groups.push(vec![pin]),
            }
        }
        for these in groups {
            let only = these[0].only_where.iter().cloned().collect();
            let options = dataset::Options { only, ..dataset::Options::default() };
            let mut dataset = opened.dataset(&these[0].cases, &options, None, None)?;
            // The same cases may be asked of several indexes.
            if self.report.datasets.iter().any(|other| other.name == dataset.name) {
                dataset.name = format!("{} in {name}", dataset.name);
            }
            let measured: Vec<Measured> =
                these.iter().map(|pin| self.measure(opened, pin, &dataset, output)).collect::<anyhow::Result<_>>()?;
            let tag = DatasetTag::new(&dataset, &opened.searched.tag().name);
            self.report.add(&dataset, tag, &measured, 0, &opened.identifiers);
            self.cases.extend(CaseRow::all(&dataset, &measured));
            let results = &self.report.results[self.report.results.len() - measured.len()..];
            for (pin, outcome) in these.iter().zip(results) {
                for checked in pin.check(&outcome.unique, self.tolerance) {
                    self.worse += usize::from(checked.standing == Standing::Worse);
                    self.rows.push(vec![
                        checked.standing.to_string(),
                        outcome.dataset.clone(),
                        outcome.system.clone(),
                        checked.metric.to_owned(),
                        format!("{:.1}", checked.expected),
                        format!("{:.1}", checked.measured),
                        text::points((checked.measured - checked.expected) / 100.0),
                    ]);
                }
            }
        }
        Ok(())
    }

    fn measure(&mut self, opened: &Opened, pin: &Pin, dataset: &Dataset, output: &Output) -> anyhow::Result<Measured> {
        if let Some(file) = &pin.recorded {
            self.system(SystemTag::new(&pin.system, SystemKind::Recorded));
            let answers = Recorded::read(file)?.answers(dataset, &opened.identifiers)?;
            return Ok(Measured::new(&pin.system, dataset, answers, &opened.identifiers));
        }
        let stage = Stage::from_str(&pin.system, true).ok().with_context(|| {
            format!("`{}` is no stage of retrieval, and no file of recorded answers is given", pin.system)
        })?;
        self.system(stage.tag());
        opened.stage(stage, dataset, 0.0, false, output)
    }

    fn system(&mut self, tag: SystemTag) {
        if !self.report.systems.contains(&tag) {
            self.report.systems.push(tag);
        }
    }

    fn finish(self, start: Instant, output: &Output) -> anyhow::Result<Status> {
        use Column::{Number, Text};
        let columns = [
            ("", Text),
            ("cases", Text),
            ("system", Text),
            ("score", Text),
            ("pinned", Number),
            ("measured", Number),
            ("difference", Number),
        ];
        let checked = self.rows.len();
        let mut page = output.page();
        if checked > 0 {
            writeln!(page, "{}", table(output, &columns, self.rows))?;
        }
        page.flush()?;
        output.say(format_args!(
            "{} checked in {:.0} s, {} worse than pinned, {} skipped",
            counted(checked, "score"),
            start.elapsed().as_secs_f64(),
            self.worse,
            counted(self.skipped, "configuration"),
        ));
        Ok(if self.worse > 0 { Status::SomeFailed } else { Status::Done })
    }
}

//! `term2id bench --index ... --cases ...`: every system answers every case.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::asked::{self, Asked, Models};
use super::opened::{self, Opened, Stage};
use crate::cli::Status;
use crate::cli::index::{count, counted};
use crate::cli::open::{self, Services};
use crate::cli::output::Output;
use crate::evaluate::dataset::{self, Dataset};
use crate::evaluate::popularity::Popularity;
use crate::evaluate::report::summary::Measured;
use crate::evaluate::report::{CaseRow, DatasetTag, Report, SystemKind, SystemTag, files};
use crate::evaluate::system::Answer;
use crate::evaluate::system::recorded::Recorded;

/// What is measured, and against what.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The index that is asked: its name, or the path of its folder; several apart by commas are asked as one
    #[arg(long, short, value_name = "NAME", required = true)]
    index: Option<String>,
    /// Of several indexes, those that all mentions are expected to mean something of, where a column `expected` of the
    /// cases says nothing else
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    expect: Vec<String>,
    /// Files of cases (TSV, CSV, JSON lines): columns `mention` and `ids` (several apart by `|`, none where no concept is
    /// meant), where known also `context`, `doc_id`, `popularity`, `split`
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    cases: Vec<PathBuf>,
    /// Measure these stages of retrieval [default: all of it together, as `query` answers]
    #[arg(long, value_name = "STAGE", value_enum, value_delimiter = ',')]
    retrieval: Vec<Stage>,
    /// Measure every stage of retrieval that the index has, to see what each adds
    #[arg(long, conflicts_with = "retrieval")]
    each_stage: bool,
    /// Answers that someone else recorded: a table with the columns `mention` (or `term`) and
    /// `predicted_id`, and a name for it
    #[arg(long, value_name = "NAME=FILE", value_parser = named)]
    recorded: Vec<(String, PathBuf)>,
    /// The system that all others are compared with [default: all of retrieval together, else the first]
    #[arg(long, value_name = "SYSTEM")]
    against: Option<String>,
    /// Only so many cases of each file, chosen by --sampling-seed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    sample: Option<u64>,
    /// The seed of samples and of intervals; --seed is that of models
    #[arg(long, value_name = "N", default_value_t = 0)]
    sampling_seed: u64,
    /// Samples of each bootstrap
    #[arg(long, value_name = "N", default_value_t = SAMPLES, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    bootstrap: u32,
    /// How often concepts occur: HPO's phenotype.hpoa, a GAF file, or a table of identifiers and counts
    #[arg(long, value_name = "FILE")]
    popularity: Option<PathBuf>,
    /// Write report.json, cases.jsonl, report.md and report.html into this folder
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Write over a report that is there
    #[arg(long, requires = "report")]
    force: bool,
    /// Let `ranked` answer every mention with one concept, and split none into its parts
    #[arg(long)]
    whole: bool,
    /// What `ranked` is less sure of than this is no match, from 0 to 1
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = crate::cli::sureness::share)]
    min_confidence: f32,
    #[command(flatten)]
    services: Services,
    // Last: what follows would stand under their headings in the help.
    #[command(flatten)]
    table: Table,
    #[command(flatten)]
    asked: Asked,
}

/// What models answer is kept here, in the folder of the report: a benchmark that was killed goes on from there.
const CASSETTE: &str = "answers.cassette";

/// Samples of each bootstrap, where nothing is said.
pub(super) const SAMPLES: u32 = 2000;

/// How a table of cases is read.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Tables of cases")]
struct Table {
    /// The column of mentions [default: `mention`, else `term`]
    #[arg(long, value_name = "COLUMN")]
    mention_column: Option<String>,
    /// The column of gold identifiers [default: `ids`, `gold_id` or `id`]
    #[arg(long, value_name = "COLUMN")]
    ids_column: Option<String>,
    /// The column of counts, in the file of --popularity where one is given [default: `popularity`]
    #[arg(long, value_name = "COLUMN")]
    popularity_column: Option<String>,
    /// The column of the species that a case's gene is of, by name or number in the NCBI Taxonomy
    #[arg(long, value_name = "COLUMN")]
    species_column: Option<String>,
    /// Only rows with this value in this column
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = pair)]
    only_where: Vec<(String, String)>,
}

impl Table {
    fn options(&self, has_popularity: bool) -> dataset::Options {
        let popularity = self.popularity_column.as_deref().filter(|_| !has_popularity);
        dataset::Options {
            mention: self.mention_column.as_deref().map(str::to_lowercase),
            ids: self.ids_column.as_deref().map(str::to_lowercase),
            popularity: popularity.map(str::to_lowercase),
            species: self.species_column.as_deref().map(str::to_lowercase),
            only: self.only_where.iter().map(|(column, value)| (column.to_lowercase(), value.clone())).collect(),
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (left, right) = text.split_once('=').ok_or_else(|| "expected COLUMN=VALUE".to_owned())?;
    Ok((left.to_owned(), right.to_owned()))
}

fn named(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.trim().is_empty() && !file.is_empty() => {
            Ok((name.trim().to_owned(), PathBuf::from(file)))
        }
        _ => Err("expected NAME=FILE, such as gpt-4=answers.tsv".to_owned()),
    }
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let name = arguments.index.as_deref().context("`--index` names the index that is asked")?;
    if let Some(folder) = arguments.report.as_ref().filter(|_| !arguments.force) {
        files::refuse_existing(folder)?;
    }
    let opened = Opened::new(indexes, name, &arguments.services)?.expecting(&arguments.expect)?;
    let stages = arguments.stages(&opened)?;
    opened.check(&stages)?;
    if arguments.table.species_column.is_some() {
        opened.searched.only("--species-column")?;
    }
    let recorded = arguments
        .recorded
        .iter()
        .map(|(name, file)| Ok((name.as_str(), Recorded::read(file)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let cassette = arguments.report.as_ref().map(|folder| folder.join(CASSETTE));
    let models = if arguments.asked.asks_models() {
        let retriever = opened.searched.only("--model")?;
        arguments.asked.open(&arguments.services, retriever, cassette.as_deref())?
    } else {
        None
    };
    let asked = models.as_ref().map(Models::systems).unwrap_or_default();
    let mut systems: Vec<SystemTag> = stages.iter().map(|stage| stage.tag()).collect();
    systems.extend(asked.iter().map(|system| system.tag.clone()));
    systems.extend(recorded.iter().map(|(name, _)| SystemTag::new(name, SystemKind::Recorded)));
    let mut names = HashSet::new();
    if let Some(twice) = systems.iter().find(|system| !names.insert(system.name.as_str())) {
        bail!("two systems are called `{}`", twice.name);
    }
    let against = arguments.against(&systems)?;
    let popularity = match &arguments.popularity {
        Some(file) => {
            let column = arguments.table.popularity_column.as_deref();
            Some(opened::popularity(file, column, &opened.identifiers, output)?)
        }
        None => None,
    };
    let datasets = arguments.datasets(&opened, popularity.as_ref(), output)?;
    // What fails for want of answers fails before models are paid.
    let said = |dataset: &Dataset| {
        let said = |(name, recorded): &(&str, Recorded)| {
            let answers = recorded.answers(dataset, &opened.identifiers)?;
            asked::warn_of_none(name, &answers, output);
            Ok(answers)
        };
        recorded.iter().map(said).collect()
    };
    let said = datasets.iter().map(said).collect::<anyhow::Result<Vec<Vec<Vec<Answer>>>>>()?;
    if let Some(folder) = arguments.report.as_ref().filter(|_| !models.as_ref().is_some_and(Models::is_rehearsal)) {
        files::prepare(folder, arguments.force)?;
    }
    if let Some(models) = &models {
        models.announce(output);
        if !models.is_kept() {
            output
                .warn("answers of models are not kept; with `--report` or `--cassette` a run that ends early goes on");
        }
    }
    if let Some(models) = models.as_ref().filter(|models| models.is_rehearsal()) {
        for (dataset, system) in datasets.iter().flat_map(|dataset| asked.iter().map(move |system| (dataset, system))) {
            models.answer(system, &dataset.cases, &opened.identifiers, output)?;
        }
        models.account(output);
        return Ok(Status::Done);
    }
    let mut report = Report { indexes: opened.tags(), systems, ..begun(arguments.sampling_seed, arguments.bootstrap) };
    let mut rows = Vec::new();
    for (dataset, said) in datasets.iter().zip(said) {
        let mut measured = Vec::new();
        for stage in &stages {
            measured.push(opened.stage(*stage, dataset, arguments.min_confidence, arguments.whole, output)?);
        }
        for system in asked {
            let models = models.as_ref().context("systems are those of models")?;
            let answered = models.answer(system, &dataset.cases, &opened.identifiers, output)?;
            measured.push(answered.measured(&system.tag.name, dataset, &opened.identifiers));
        }
        for ((name, _), answers) in recorded.iter().zip(said) {
            measured.push(Measured::new(name, dataset, answers, &opened.identifiers));
        }
        let tag = DatasetTag::new(dataset, &opened.searched.tag().name);
        report.add(dataset, tag, &measured, against, &opened.identifiers);
        if arguments.report.is_some() {
            rows.extend(CaseRow::all(dataset, &measured));
        }
    }
    if let Some(models) = &models {
        models.account(output);
    }
    report.correct();
    super::shown::show(&report, output)?;
    if let Some(folder) = &arguments.report {
        files::write(folder, &report, &rows, arguments.force)?;
        output.say(format_args!("wrote {}", folder.join("report.html").display()));
    }
    Ok(Status::Done)
}

impl Arguments {
    /// The stages that take part, in the order of the pipeline.
    fn stages(&self, opened: &Opened) -> anyhow::Result<Vec<Stage>> {
        let known = opened.stages()?;
        if self.each_stage {
            return Ok(known);
        }
        Ok(match known.last() {
            Some(whole) if self.retrieval.is_empty() => vec![*whole],
            _ => Stage::ALL.into_iter().filter(|stage| self.retrieval.contains(stage)).collect(),
        })
    }

    /// The place of the system that others are compared with.
    fn against(&self, systems: &[SystemTag]) -> anyhow::Result<usize> {
        let place = |name: &str| systems.iter().position(|system| system.name == name);
        if let Some(name) = &self.against {
            return place(name).with_context(|| {
                let names: Vec<&str> = systems.iter().map(|system| system.name.as_str()).collect();
                format!("no system is called `{name}` (there are `{}`)", names.join("`, `"))
            });
        }
        let whole = [Stage::Ranked, Stage::Fused].iter().find_map(|stage| place(stage.name()));
        Ok(whole.unwrap_or(0))
    }

    fn datasets(
        &self,
        opened: &Opened,
        popularity: Option<&Popularity>,
        output: &Output,
    ) -> anyhow::Result<Vec<Dataset>> {
        let options = self.table.options(popularity.is_some());
        let mut datasets: Vec<Dataset> = Vec::new();
        for path in &self.cases {
            let sample = self.sample.map(|most| (usize::try_from(most).unwrap_or(usize::MAX), self.sampling_seed));
            let dataset = opened.dataset(path, &options, sample, popularity)?;
            if datasets.iter().any(|other| other.name == dataset.name) {
                bail!("two files of cases are called `{}`", dataset.name);
            }
            tell_unresolved(&dataset, output);
            datasets.push(dataset);
        }
        Ok(datasets)
    }
}

/// A report of nothing yet.
pub(super) fn begun(seed: u64, samples: u32) -> Report {
    Report {
        format: Report::FORMAT,
        made_by: concat!("term2id ", env!("CARGO_PKG_VERSION")).to_owned(),
        date: open::date(),
        command: open::command_line(),
        seed,
        samples: samples as usize,
        indexes: Vec::new(),
        datasets: Vec::new(),
        systems: Vec::new(),
        results: Vec::new(),
        comparisons: Vec::new(),
    }
}

/// Gold identifiers that are shown where they lead to no concept.
const SHOWN: usize = 5;

/// Says which gold identifiers lead to no concept: nothing is dropped silently.
fn tell_unresolved(dataset: &Dataset, output: &Output) {
    let unresolved = &dataset.unresolved;
    if unresolved.is_empty() {
        return;
    }
    output.warn(format_args!(
        "`{}`: {} without a live concept; its case is kept, and answered right by that text only",
        dataset.place,
        counted(unresolved.len(), "gold identifier"),
    ));
    for entry in unresolved.iter().take(SHOWN) {
        output.say(format_args!("  {}:{}: `{}`: {}", dataset.place, entry.line, entry.id, entry.reason));
    }
    if unresolved.len() > SHOWN {
        output.say(format_args!("  and {} more (`--report` lists all)", count(unresolved.len() - SHOWN)));
    }
}

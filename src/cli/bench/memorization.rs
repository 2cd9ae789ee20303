//! `term2id bench memorization`: what models know by heart, and when fine-tuning pays.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::measure::SAMPLES;
use super::shown::drawn;
use crate::cli::Status;
use crate::cli::index::{count, counted};
use crate::cli::open::{self, Services};
use crate::cli::output::{BOLD, Output, styled};
use crate::evaluate::memorization::{self, Columns, Predictors, Term, Terminology, analyse, join, of_cases, tables};
use crate::evaluate::report::CaseRow;
use crate::ontology::Curie;

/// Tell what models know by heart, of which terms, and when fine-tuning pays
///
/// Accuracy by how often an identifier occurs and by whether its text carries the name; of a fine-tuned model, what it
/// gained on the terms it was trained on and on those withheld.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id bench memorization --recorded gpt4.tsv --popularity-column id_hits_pmc
  term2id bench --index hp --cases split.tsv --systems plain --model MODEL --model ft:MODEL --report DIR
  term2id bench memorization --report DIR --base 'MODEL plain' --tuned 'ft:MODEL plain'")]
pub(super) struct Arguments {
    /// Recorded answers of the base model: a table with the columns `mention` or `term`, `ids` or `gold_id`, and
    /// `predicted_id`, where known also `terminology`, a count, and `split` (`trained` or `withheld`)
    #[arg(long, value_name = "FILE", required_unless_present = "report", conflicts_with = "report")]
    recorded: Option<PathBuf>,
    /// Recorded answers of the fine-tuned model to the same terms
    #[arg(long, value_name = "FILE", requires = "recorded")]
    recorded_tuned: Option<PathBuf>,
    /// The column that names the terminology [default: `terminology`]
    #[arg(long, value_name = "COLUMN", requires = "recorded")]
    terminology_column: Option<String>,
    /// The column of counts [default: `popularity`, else `id_hits_pmc`]
    #[arg(long, value_name = "COLUMN", requires = "recorded")]
    popularity_column: Option<String>,
    /// The folder of a report of `term2id bench` whose cases have a split
    #[arg(long, value_name = "DIR", requires = "base")]
    report: Option<PathBuf>,
    /// The base model's system in that report
    #[arg(long, value_name = "SYSTEM", requires = "report")]
    base: Option<String>,
    /// The fine-tuned model's system in that report
    #[arg(long, value_name = "SYSTEM", requires = "report")]
    tuned: Option<String>,
    /// An index whose encoder says how near identifiers and names are
    #[arg(long, short, value_name = "NAME")]
    index: Option<String>,
    /// Show also twenty parts of equal size, the most popular first
    #[arg(long)]
    bins: bool,
    /// The seed of the bootstrap
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    services: Services,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Tables for people
    Text,
    /// One object
    Json,
}

/// What is written as JSON.
#[derive(Serialize)]
struct Found {
    terminologies: Vec<Terminology>,
    #[serde(skip_serializing_if = "Option::is_none")]
    all: Option<Predictors>,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let mut terms = arguments.terms(output)?;
    if let Some(name) = &arguments.index {
        compare_vectors(&mut terms, indexes, name, &arguments.services)?;
    }
    if (arguments.report.is_some() || arguments.recorded_tuned.is_some())
        && terms.iter().all(|term| term.split.is_none())
    {
        output.warn("no term says whether it was trained on or withheld");
    }
    let terminologies = analyse(&terms, SAMPLES as usize, arguments.seed);
    let all = (terminologies.len() > 1).then(|| Predictors::pooled(&terms));
    let found = Found { terminologies, all };
    if arguments.format == Format::Json {
        let mut out = output.data();
        serde_json::to_writer_pretty(&mut out, &found).map_err(io::Error::from)?;
        writeln!(out)?;
        out.flush()?;
        return Ok(Status::Done);
    }
    let mut page = output.page();
    for terminology in &found.terminologies {
        show(terminology, arguments.bins, output, &mut page)?;
    }
    if let Some(all) = &found.all {
        writeln!(page, "{}", styled(BOLD, "all terminologies together"))?;
        show_predictors(all, output, &mut page)?;
    }
    page.flush()?;
    Ok(Status::Done)
}

impl Arguments {
    fn terms(&self, output: &Output) -> anyhow::Result<Vec<Term>> {
        if let Some(folder) = &self.report {
            let rows = CaseRow::read(&folder.join("cases.jsonl"))?;
            let base = self.base.as_deref().context("`--base` names the base model's system")?;
            for name in [Some(base), self.tuned.as_deref()].into_iter().flatten() {
                if !rows.iter().any(|row| row.system == name) {
                    let mut names: Vec<&str> = rows.iter().map(|row| row.system.as_str()).collect();
                    names.sort_unstable();
                    names.dedup();
                    bail!(
                        "no system of `{}` is called `{name}` (there are `{}`)",
                        folder.display(),
                        names.join("`, `")
                    );
                }
            }
            let terms = of_cases(&rows, base, self.tuned.as_deref());
            if terms.is_empty() {
                bail!("no case of `{}` means a concept", folder.display());
            }
            return Ok(terms);
        }
        let lower = |column: &Option<String>| column.as_deref().map(str::to_lowercase);
        let columns =
            Columns { terminology: lower(&self.terminology_column), popularity: lower(&self.popularity_column) };
        let file = self.recorded.as_deref().context("`--recorded` or `--report` says what was answered")?;
        let mut terms = memorization::read(file, &columns)?;
        if let Some(file) = &self.recorded_tuned {
            let tuned = memorization::read(file, &columns)?;
            let place = file.display().to_string();
            let lacking = join(&mut terms, &tuned, &place)?;
            if lacking > 0 {
                let terms = counted(terms.len() as u64, "term");
                output.warn(format_args!("{place}: no answer to {} of {terms}, counted as wrong", count(lacking)));
            }
        }
        Ok(terms)
    }
}

/// Adds the cosine of name and identifier, by the encoder of an index.
fn compare_vectors(terms: &mut [Term], indexes: &Path, name: &str, services: &Services) -> anyhow::Result<()> {
    let index = open::index(indexes, name)?;
    let encoders = services.query_encoders(&index)?;
    let encoder = encoders.beside.as_ref().unwrap_or(&encoders.main);
    for part in terms.chunks_mut(256) {
        let first = |term: &Term| term.identifier.split('|').next().unwrap_or_default().to_owned();
        let local = |id: String| Curie::parse(&id).map_or(id, |id| id.local().to_owned());
        let names: Vec<&str> = part.iter().map(|term| term.name.as_str()).collect();
        let identifiers: Vec<String> = part.iter().map(|term| local(first(term))).collect();
        let identifiers: Vec<&str> = identifiers.iter().map(String::as_str).collect();
        let pairs = encoder.embed(&names)?.into_iter().zip(encoder.embed(&identifiers)?);
        for (term, (name, identifier)) in part.iter_mut().zip(pairs) {
            // Vectors of unit length.
            term.similarity = Some(name.iter().zip(&identifier).map(|(a, b)| f64::from(a * b)).sum());
        }
    }
    Ok(())
}

fn show(terminology: &Terminology, has_bins: bool, output: &Output, page: &mut dyn Write) -> anyhow::Result<()> {
    let Terminology { name, all, predictors, verdict, .. } = terminology;
    writeln!(page, "{}: {}", styled(BOLD, name), tables::headline(all))?;
    for table in tables::accuracy(terminology, has_bins) {
        writeln!(page, "{}", drawn(output, table))?;
    }
    show_predictors(predictors, output, page)?;
    writeln!(page, "  {}: {}\n", styled(BOLD, verdict.advice()), verdict.reason)?;
    Ok(())
}

fn show_predictors(predictors: &Predictors, output: &Output, page: &mut dyn Write) -> anyhow::Result<()> {
    if let Some(table) = tables::coefficients(predictors) {
        writeln!(page, "{}", drawn(output, table))?;
    }
    for note in tables::notes(predictors) {
        writeln!(page, "  {note}")?;
    }
    Ok(())
}

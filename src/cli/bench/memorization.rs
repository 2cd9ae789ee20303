//! `term2id bench memorization`: what models know by heart, and when fine-tuning pays.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::measure::SAMPLES;
use crate::cli::Status;
use crate::cli::index::count;
use crate::cli::open::{self, Services};
use crate::cli::output::{BOLD, Column, Output, styled, table};
use crate::evaluate::memorization::{
    self, Change, Columns, Part, Predictors, Share, SplitBins, Term, Terminology, analyse, join, of_cases,
};
use crate::evaluate::report::CaseRow;
use crate::evaluate::statistics::Interval;
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
    /// Recorded answers of the base model: a table with the columns `term`, `gold_id` and `predicted_id`, where known
    /// also `terminology`, a count, and `split` (`trained` or `withheld`)
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
    let mut terms = arguments.terms()?;
    if let Some(name) = &arguments.index {
        compare_vectors(&mut terms, indexes, name, &arguments.services)?;
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
        show(terminology, output, &mut page)?;
    }
    if let Some(all) = &found.all {
        writeln!(page, "{}", styled(BOLD, "all terminologies together"))?;
        show_predictors(all, output, &mut page)?;
    }
    page.flush()?;
    Ok(Status::Done)
}

impl Arguments {
    fn terms(&self) -> anyhow::Result<Vec<Term>> {
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
            return Ok(of_cases(&rows, base, self.tuned.as_deref()));
        }
        let lower = |column: &Option<String>| column.as_deref().map(str::to_lowercase);
        let columns =
            Columns { terminology: lower(&self.terminology_column), popularity: lower(&self.popularity_column) };
        let file = self.recorded.as_deref().context("`--recorded` or `--report` says what was answered")?;
        let mut terms = memorization::read(file, &columns)?;
        if let Some(file) = &self.recorded_tuned {
            let tuned = memorization::read(file, &columns)?;
            join(&mut terms, &tuned, &file.display().to_string())?;
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

fn show(terminology: &Terminology, output: &Output, page: &mut dyn Write) -> anyhow::Result<()> {
    let Terminology { name, all, popularity, verdict, .. } = terminology;
    writeln!(
        page,
        "{}: {} of {} right ({})",
        styled(BOLD, name),
        count(all.base.right),
        count(all.base.terms),
        percent(all.base)
    )?;
    if let Some(tuned) = all.tuned {
        writeln!(page, "fine-tuned: {} of {} right ({})", count(tuned.right), count(tuned.terms), percent(tuned))?;
    }
    show_parts("terms", &terminology.splits, output, page)?;
    let changes = [
        ("gain in memorization (trained terms)", terminology.memorization),
        ("gain in generalization (withheld terms)", terminology.generalization),
        ("the first less the second", terminology.memorization_only),
    ];
    for (what, change) in changes {
        if let Some(Change { gain, interval }) = change {
            writeln!(page, "  {what}: {:+.1} points ({})", 100.0 * gain, range(interval, true))?;
        }
    }
    show_parts("identifier occurs", popularity, output, page)?;
    for SplitBins { split, bins } in terminology.split_bins.iter().filter(|_| all.tuned.is_some()) {
        show_parts(&format!("{}, most popular first", split.as_str()), bins, output, page)?;
    }
    show_predictors(&terminology.predictors, output, page)?;
    writeln!(page, "  {}: {}\n", styled(BOLD, verdict.advice()), verdict.reason)?;
    Ok(())
}

fn show_parts(heading: &str, parts: &[Part], output: &Output, page: &mut dyn Write) -> anyhow::Result<()> {
    if parts.is_empty() {
        return Ok(());
    }
    let has_tuned = parts.iter().any(|part| part.tuned.is_some());
    let mut columns =
        vec![(heading, Column::Text), ("n", Column::Number), ("accuracy@1", Column::Number), ("95%", Column::Text)];
    if has_tuned {
        columns.extend([("fine-tuned", Column::Number), ("95%", Column::Text)]);
    }
    let rows = parts.iter().map(|part| {
        let cells = |share: Share| [format!("{:.1}", 100.0 * share.accuracy), range(share.interval, false)];
        let mut row = vec![part.of.clone(), count(part.base.terms)];
        row.extend(cells(part.base));
        row.extend(part.tuned.map(cells).into_iter().flatten());
        row
    });
    writeln!(page, "{}", table(output, &columns, rows.collect()))?;
    Ok(())
}

fn show_predictors(predictors: &Predictors, output: &Output, page: &mut dyn Write) -> anyhow::Result<()> {
    if let Some(regression) = &predictors.regression {
        let columns = [
            ("log odds of a right answer by", Column::Text),
            ("coefficient", Column::Number),
            ("95%", Column::Text),
            ("by deviation", Column::Number),
            ("p", Column::Number),
        ];
        let rows = regression.coefficients.iter().map(|coefficient| {
            vec![
                coefficient.name.clone(),
                format!("{:+.2}", coefficient.estimate),
                format!("{:+.2} to {:+.2}", coefficient.interval.low, coefficient.interval.high),
                coefficient.by_deviation.map(|by| format!("{by:+.2}")).unwrap_or_default(),
                if coefficient.p < 0.0001 { "<0.0001".to_owned() } else { format!("{:.4}", coefficient.p) },
            ]
        });
        writeln!(page, "{}", table(output, &columns, rows.collect()))?;
    }
    let together = predictors.regression.as_ref().map(|regression| regression.auc);
    let aucs = [
        ("popularity", predictors.popularity_auc),
        ("lexicalization", predictors.lexicalization_auc),
        ("nearness of vectors", predictors.similarity_auc),
        ("the regression", together),
    ];
    let aucs: Vec<String> = aucs.iter().filter_map(|(name, auc)| auc.map(|auc| format!("{name} {auc:.2}"))).collect();
    if !aucs.is_empty() {
        writeln!(page, "  area under the ROC curve: {}", aucs.join(", "))?;
    }
    for note in &predictors.notes {
        writeln!(page, "  {note}")?;
    }
    Ok(())
}

fn percent(share: Share) -> String {
    format!("{:.1}%, {}", 100.0 * share.accuracy, range(share.interval, false))
}

/// In percent, or in points with their sign.
fn range(interval: Interval, is_difference: bool) -> String {
    let (low, high) = (100.0 * interval.low, 100.0 * interval.high);
    if is_difference { format!("{low:+.1} to {high:+.1}") } else { format!("{low:.1} to {high:.1}") }
}

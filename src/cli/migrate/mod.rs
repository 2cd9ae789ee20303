//! `term2id migrate`: what changed between two releases, and mappings brought along.

mod releases;
mod shown;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;

use super::Status;
use super::destination::{Destination, is_same};
use super::open::{self, Services};
use super::output::Output;
use crate::migrate::{self, Again, Changes, Mappings, Releases, Wanted, report};
use crate::retrieve;
use crate::tables::Input;
use releases::Release;

/// The heading of their flags in the help.
const MAPPINGS: &str = "Mappings";

/// Tell what changed between two releases of an ontology, and bring mappings from one to the other
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id migrate --from hp-2024-08.obo --to hp-2025-01.obo
  term2id migrate --from hp-2024-08.obo --to hp-2025-01.obo --format tsv -o changes.tsv
  term2id migrate --from hp-2024-08 --to hp-2025-01 mappings.sssom.tsv -o migrated.sssom.tsv

Of MAPPINGS, what is certain is rewritten (one replacement, a merge, a new label); a mention whose name went elsewhere
is asked again of the new release, best of an index of it; what only a person can say is left as it is. Every other
byte stays. The report next to OUT lists each row that was touched, and why.
Exit code 1 says that some rows are left for review or cannot be read.")]
pub(super) struct Arguments {
    /// The old release: an index (its name, or its folder), else a file, a web address or a name of the catalogue
    #[arg(long, value_name = "OLD")]
    from: String,
    /// The new release, likewise
    #[arg(long, value_name = "NEW")]
    to: String,
    /// Mappings to bring along: TSV, CSV or SSSOM TSV, also as .gz
    #[arg(value_name = "MAPPINGS")]
    mappings: Option<PathBuf>,
    /// Write to this file, which appears when all is done [default: standard output]
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Replace OUT, and the report of changed rows, where they exist
    #[arg(long)]
    force: bool,
    /// How changes are written
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with = "mappings")]
    format: Format,
    /// Where the report of changed rows goes [default: OUT with `.changed.tsv`]
    #[arg(long, value_name = "FILE", help_heading = MAPPINGS, requires = "mappings")]
    changed: Option<PathBuf>,
    /// The column of identifiers [default: `object_id`, `id` or `subject_id`, else the one that has most of OLD]
    #[arg(long, value_name = "COLUMN", help_heading = MAPPINGS, requires = "mappings")]
    id_column: Option<String>,
    /// The column of labels [default: the one that goes with the identifiers]
    #[arg(long, value_name = "COLUMN", help_heading = MAPPINGS, requires = "mappings")]
    label_column: Option<String>,
    /// The column of mentions [default: the label of the other side, `mention`, `phrase`, `text`, `term` or `name`]
    #[arg(long, value_name = "COLUMN", help_heading = MAPPINGS, requires = "mappings")]
    mention_column: Option<String>,
    /// How sure a new answer must be to be written, from 0 to 1, where the mention is no name of it
    #[arg(long, value_name = "P", default_value_t = 0.9, value_parser = probability, help_heading = MAPPINGS)]
    min_confidence: f32,
    #[command(flatten)]
    services: Services,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A summary for people
    Text,
    /// A change a row
    Tsv,
    /// One object with all changes, their counts and the phrases that go elsewhere
    Json,
}

fn probability(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|number| (0.0..=1.0).contains(number)).ok_or_else(|| "expected 0 to 1".to_owned())
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    match &arguments.mappings {
        Some(mappings) => bring(arguments, mappings, indexes, output),
        None => compare(arguments, indexes, output),
    }
}

fn destination(path: Option<&Path>, force: bool, output: &Output) -> anyhow::Result<Destination> {
    Ok(match path.filter(|path| path.as_os_str() != "-") {
        Some(path) => Destination::create_text(path, force)?,
        None => Destination::Standard(output.data()),
    })
}

fn open_both(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<(Release, Release)> {
    let from = Release::open("from", &arguments.from, indexes, output)?;
    let to = Release::open("to", &arguments.to, indexes, output)?;
    releases::check(&from, &to, output)?;
    Ok((from, to))
}

/// Tells what changed.
fn compare(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let is_page = arguments.format == Format::Text && arguments.output.is_none();
    let destination = if is_page {
        Destination::Standard(output.page())
    } else {
        destination(arguments.output.as_deref(), arguments.force, output)?
    };
    let (from, to) = open_both(arguments, indexes, output)?;
    let changes = Changes::between(&from.ontology, &to.ontology);
    destination.write(|out| match arguments.format {
        Format::Text if is_page => shown::write_summary(out, &changes, output),
        Format::Text => {
            let mut page = anstream::StripStream::new(Vec::new());
            shown::write_summary(&mut page, &changes, output)?;
            Ok(out.write_all(&page.into_inner())?)
        }
        Format::Tsv => Ok(report::write_tsv(out, &changes)?),
        Format::Json => Ok(report::write_json(out, &from.named, &to.named, &changes)?),
    })?;
    Ok(Status::Done)
}

/// Brings mappings along.
fn bring(arguments: &Arguments, mappings: &Path, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    // What can be wrong is found out before an ontology is read.
    if mappings.as_os_str() == "-" {
        bail!("mappings are read twice side by side and must be a file, not standard input");
    }
    let out = arguments.output.as_deref().filter(|path| path.as_os_str() != "-");
    let changed = arguments.changed.clone().or_else(|| out.map(beside));
    for written in [out, changed.as_deref()].into_iter().flatten() {
        if is_same(written, mappings) {
            bail!("`{}` is the input, which stays as it is", written.display());
        }
    }
    if let (Some(out), Some(changed)) = (out, &changed)
        && is_same(out, changed)
    {
        bail!("`{}` cannot be both the mappings and the report", out.display());
    }
    if Input::open(mappings)?.contained.is_some() {
        return Err(migrate::Error::NoTable { place: mappings.display().to_string() }.into());
    }
    let destination = destination(out, arguments.force, output)?;
    let report = match &changed {
        Some(changed) => Destination::create_text(changed, arguments.force)?,
        // Only standard output was asked for.
        None => Destination::Device(PathBuf::new(), Box::new(std::io::sink())),
    };
    let (from, to) = open_both(arguments, indexes, output)?;
    let again = match &to.index {
        Some(index) => {
            let retriever = open::retriever(index, &arguments.services, &retrieve::Options::default())?;
            Again::Normalizer(open::normalizer(index, Arc::new(retriever), 3), arguments.min_confidence)
        }
        None => Again::Names,
    };
    let is_by_name = matches!(again, Again::Names);
    let wanted = Wanted {
        id: arguments.id_column.clone(),
        label: arguments.label_column.clone(),
        mention: arguments.mention_column.clone(),
    };
    let today = open::date().split('T').next().unwrap_or_default().to_owned();
    let releases = Releases::new(from.ontology, to.ontology);
    let migration = Mappings { releases: &releases, again, wanted, today };
    let bar = output.progress("migrating", None);
    let tally = destination.write(|out| {
        report.write(|report| Ok(migration.run(mappings, out, report, &mut |tally| bar.set_position(tally.rows))?))
    });
    bar.finish_and_clear();
    let tally = tally?;
    shown::say_done(&tally, output);
    let left = tally.done.review + tally.done.unreadable;
    if tally.done.review > 0 && is_by_name {
        output.say("an index of the new release as --to answers more of them: `term2id index`");
    }
    if let Some(changed) = changed {
        output.say(format_args!("what was touched: {}", changed.display()));
    }
    Ok(if left > 0 { Status::SomeFailed } else { Status::Done })
}

/// `out.tsv` -> `out.changed.tsv`.
fn beside(out: &Path) -> PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let stem = [".tsv", ".csv"].into_iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    out.with_file_name(format!("{stem}.changed.tsv"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_stands_beside_the_mappings() {
        let of = |out: &str| beside(Path::new(out)).display().to_string();
        assert_eq!(of("a/out.sssom.tsv"), "a/out.sssom.changed.tsv");
        assert_eq!((of("out.csv.gz"), of("out")), ("out.changed.tsv".to_owned(), "out.changed.tsv".to_owned()));
    }
}

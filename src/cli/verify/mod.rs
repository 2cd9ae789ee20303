//! `term2id verify`: identifiers with labels, wherever they stand, held against an ontology.
//!
//! Findings are written as they come, whatever the size of a file; `--fix` reads a file a second time and writes a copy of
//! it with what is certain put right.

mod told;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context as _;

use super::destination::Destination;
use super::normalize::{Remembering, say_what_is_read};
use super::output::Output;
use super::{Status, open, source};
use crate::ontology::Ontology;
use crate::ontology::source::Source;
use crate::retrieve::{self, Retriever};
use crate::tables::{self, Container, Input};
use crate::verify::fix::Fixes;
use crate::verify::places::{self, Columns};
use crate::verify::report::{self, Place, Report};
use crate::verify::{Finding, Judge, Level, Options, check};
use told::Told;

/// Check identifiers against the labels that stand with them
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id verify --index hp annotations.tsv
  term2id verify --index hp --index mondo notes.md cases.json mappings.sssom.tsv
  term2id verify --ontology hp.obo answers.csv --id-column predicted --label-column term
  term2id verify --index hp annotations.tsv --fix

A finding says what is wrong with a pair (malformed, unknown-prefix, unknown-identifier, obsolete, alternative-identifier,
other-concept, unknown-label, spelling) and, where that can be told, which identifier and label would be right.
Identifiers of other vocabularies are counted and not checked. Folders are not walked: name their files.
Exit code 1 says that there are findings, with --fix that some are left; 2 that a file could not be read.")]
pub(super) struct Arguments {
    /// Tables, SSSOM, JSON, JSON lines, YAML, Markdown or plain text, also as .gz; `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// An index to check against: its name, or the path of its folder; may be given several times
    #[arg(long, short, value_name = "NAME", required_unless_present = "ontology")]
    index: Vec<String>,
    /// An ontology to check against without an index: a file, or what `term2id index` takes; then the best identifier
    /// for a label is told by names alone
    #[arg(long, value_name = "SOURCE")]
    ontology: Vec<String>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Which labels are right
    #[arg(long, value_enum, default_value_t = Labels::Any)]
    labels: Labels,
    /// The least that is told
    #[arg(long, value_enum, default_value_t = Least::Warning)]
    level: Least,
    /// How the files are written
    #[arg(long, value_enum, default_value_t = InputFormat::Auto)]
    input_format: InputFormat,
    /// The sheet of a spreadsheet [default: the first that can be seen]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    #[command(flatten)]
    table: Table,
    #[command(flatten)]
    fixing: Fixing,
    // Last: what follows would stand under its heading in the help.
    #[command(flatten)]
    services: open::Services,
}

/// Which columns of tables are read.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Tables")]
struct Table {
    /// A column of identifiers; may be given several times [default: told by names and content]
    #[arg(long, value_name = "NAME")]
    id_column: Vec<String>,
    /// The column of its labels, in the order of the columns of identifiers
    #[arg(long, value_name = "NAME", requires = "id_column")]
    label_column: Vec<String>,
    /// Only rows with this value in this column
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = pair)]
    only_where: Vec<(String, String)>,
}

/// What is done with what is certain.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Putting right what is certain")]
struct Fixing {
    /// Write a corrected copy of each file, `NAME.fixed.EXT` beside it
    #[arg(long)]
    fix: bool,
    /// Write the corrected copy to this file
    #[arg(long, short, value_name = "FILE", requires = "fix")]
    output: Option<PathBuf>,
    /// Correct the files themselves
    #[arg(long, requires = "fix", conflicts_with = "output")]
    in_place: bool,
    /// Replace a copy that exists
    #[arg(long, requires = "fix")]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A line a finding, and one below it that says what would be right
    Text,
    /// A row a finding, with a header
    Tsv,
    /// An object a finding
    Jsonl,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a workflow on GitHub
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Labels {
    /// Labels and synonyms
    Any,
    /// Preferred labels only
    Preferred,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Least {
    /// What is wrong
    Error,
    /// What someone should look at
    Warning,
    /// Synonyms too
    Note,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum InputFormat {
    /// By the ending of the name, else by the first lines
    Auto,
    /// Cells between tabs, a header
    Tsv,
    /// Cells between commas, a header
    Csv,
    /// JSON
    Json,
    /// A JSON value a line
    Jsonl,
    /// YAML
    Yaml,
    /// Markdown, plain text
    Text,
}

impl From<Format> for report::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Tsv => Self::Tsv,
            Format::Jsonl => Self::JsonLines,
            Format::Sarif => Self::Sarif,
            Format::Github => Self::Github,
        }
    }
}

impl From<Least> for Level {
    fn from(least: Least) -> Self {
        match least {
            Least::Error => Self::Error,
            Least::Warning => Self::Warning,
            Least::Note => Self::Note,
        }
    }
}

impl InputFormat {
    const fn given(self) -> Option<places::Format> {
        Some(match self {
            Self::Auto => return None,
            Self::Tsv => places::Format::Table(tables::Format::Tsv),
            Self::Csv => places::Format::Table(tables::Format::Csv),
            Self::Json => places::Format::Json,
            Self::Jsonl => places::Format::JsonLines,
            Self::Yaml => places::Format::Yaml,
            Self::Text => places::Format::Text,
        })
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (left, right) = text.split_once('=').ok_or_else(|| "expected COLUMN=VALUE".to_owned())?;
    Ok((left.to_owned(), right.to_owned()))
}

/// Why nothing can be put right.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("`--output` names one corrected copy, and {count} files were given")]
    ManyFiles { count: usize },
    #[error("standard input cannot be put right: it is read once")]
    StandardInput,
    #[error("`{place}` is a spreadsheet or a packed table, which cannot be put right in place of its bytes")]
    NotText { place: String },
    #[error("{labels} columns of labels and {ids} of identifiers were named")]
    MoreLabels { labels: usize, ids: usize },
    #[error("`{place}` changed while it was read")]
    Changed {
        place: String,
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// What to type next.
    pub(super) const fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::ManyFiles { .. } => "without `--output` each gets a copy beside it; `--in-place` corrects the files",
            Self::StandardInput => "give the file by its name",
            Self::NotText { .. } => "save it as CSV or TSV",
            Self::MoreLabels { .. } => "the first `--label-column` belongs to the first `--id-column`, and so on",
            Self::Changed { .. } => return None,
        })
    }
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let fixing = &arguments.fixing;
    if fixing.output.is_some() && arguments.files.len() > 1 {
        return Err(Error::ManyFiles { count: arguments.files.len() }.into());
    }
    let options = Options { format: arguments.input_format.given(), columns: arguments.table.columns()? };
    let judge = judge(arguments, indexes, output)?;
    let mut out = output.data();
    let mut report = Report::begin(arguments.format.into(), &mut out)?;
    let mut told = Told::default();
    let mut failure: Option<anyhow::Error> = None;
    for file in &arguments.files {
        let run = Run {
            file,
            options: &options,
            judge: &judge,
            least: arguments.level.into(),
            fixing,
            sheet: arguments.sheet.as_deref(),
        };
        match run.check(&mut report, &mut told, output) {
            Ok(()) => told.files += 1,
            Err(_) if output.is_closed() => return Ok(Status::Done),
            // The others are read all the same; the last of the errors is said by who called.
            Err(error) => {
                if let Some(earlier) = failure.replace(error) {
                    output.error(&earlier, super::hint::of(&earlier, indexes).as_deref());
                }
            }
        }
    }
    report.end()?;
    io::Write::flush(&mut out)?;
    if told.files > 0 {
        told.summarize(fixing.fix, output);
    }
    match failure {
        Some(error) => Err(error),
        None if told.findings > told.fixed => Ok(Status::SomeFailed),
        None => Ok(Status::Done),
    }
}

impl Table {
    fn columns(&self) -> Result<Columns, Error> {
        let (ids, labels) = (self.id_column.len(), self.label_column.len());
        if labels > ids {
            return Err(Error::MoreLabels { labels, ids });
        }
        let labels = self.label_column.iter().cloned().map(Some).chain(std::iter::repeat(None));
        let pairs = self.id_column.iter().cloned().zip(labels).collect();
        Ok(Columns { pairs, only_where: self.only_where.clone() })
    }
}

/// Opens what is checked against.
fn judge(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Judge> {
    let mut ontologies: Vec<Arc<Ontology>> = Vec::new();
    let mut retrievers: Vec<(usize, Arc<dyn Retriever>)> = Vec::new();
    for name in &arguments.index {
        let index = open::index(indexes, name)?;
        let retriever = open::retriever(&index, &arguments.services, &retrieve::Options::default())?;
        retrievers.push((ontologies.len(), Arc::new(Remembering::new(Arc::new(retriever)))));
        ontologies.push(Arc::new(index.ontology()?));
    }
    for given in &arguments.ontology {
        let ontology = source::ontology(&Source::parse(given)?, indexes, output)?;
        ontologies.push(Arc::new(ontology));
    }
    let judge = Judge::new(ontologies).wanting_preferred_labels(arguments.labels == Labels::Preferred);
    Ok(retrievers.into_iter().fold(judge, |judge, (position, retriever)| judge.with_retriever(position, retriever)))
}

/// The length of a file and when it was written; none where it cannot be told.
fn stamp(file: &Path) -> Option<(u64, SystemTime)> {
    let metadata = fs_err::metadata(file).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

/// One file that is checked.
struct Run<'a> {
    file: &'a Path,
    options: &'a Options,
    judge: &'a Judge,
    least: Level,
    fixing: &'a Fixing,
    sheet: Option<&'a str>,
}

impl Run<'_> {
    fn check(&self, report: &mut Report<'_>, told: &mut Told, output: &Output) -> anyhow::Result<()> {
        // Where nothing can be written is found out before anything is told.
        let copy = if self.fixing.fix { Some(self.destination()?) } else { None };
        let before = stamp(self.file);
        let input = Input::open_sheet(self.file, self.sheet)?;
        say_what_is_read(&input, self.sheet.is_some(), output);
        let name = input.place.clone();
        let place = Place { name: &name, is_marked: input.is_marked };
        let mut fixes = Fixes::default();
        let mut failure = None;
        let mut each = |finding: Finding| {
            if finding.level < self.least || failure.is_some() {
                return;
            }
            let is_fixed = copy.is_some() && fixes.add(&finding);
            let is_wrong = finding.level > Level::Note;
            told.findings += u64::from(is_wrong);
            told.fixed += u64::from(is_fixed && is_wrong);
            failure = report.add(place, &finding, is_fixed).err();
        };
        let tally = check(input, self.options, self.judge, &mut each);
        if let Some(error) = failure {
            return Err(error.into());
        }
        let tally = tally?;
        if tally.pairs == 0 && tally.found.is_empty() {
            let ours: Vec<String> = self.judge.prefixes().ours().map(|prefix| format!("`{prefix}:`")).collect();
            output.warn(format_args!("`{name}` holds no identifiers ({} are checked)", ours.join(", ")));
        }
        told.add(tally);
        match copy {
            // A file that is right stays as it is.
            Some(_) if self.fixing.in_place && fixes.is_empty() => Ok(()),
            Some((path, destination)) => {
                let input = Input::open(self.file)?;
                destination.write(|out| {
                    // Writing is named by who writes; what else fails is the file that was read.
                    let changed = |source: io::Error| match source.kind() {
                        io::ErrorKind::UnexpectedEof => Error::Changed { place: name.clone(), source }.into(),
                        _ => anyhow::Error::from(source),
                    };
                    fixes.copy(input, out).map_err(changed)?;
                    // Where another text stands there now, its places are others.
                    if stamp(self.file) == before { Ok(()) } else { Err(changed(io::ErrorKind::UnexpectedEof.into())) }
                })?;
                output.say(format_args!("corrected copy: {}", path.display()));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Where the corrected copy goes.
    fn destination(&self) -> anyhow::Result<(PathBuf, Destination)> {
        if self.file.as_os_str() == "-" {
            return Err(Error::StandardInput.into());
        }
        let place = self.file.display().to_string();
        // What is no file is refused by who opens it.
        let mut magic = [0; 4];
        if let Ok(file) = fs_err::File::open(self.file)
            && file.take(4).read_exact(&mut magic).is_ok()
            && Container::of_start(&magic).is_some()
        {
            return Err(Error::NotText { place }.into());
        }
        if self.fixing.in_place {
            return Ok((self.file.to_owned(), Destination::create(self.file, true)?));
        }
        let path = match &self.fixing.output {
            Some(path) => path.clone(),
            None => copy_name(self.file).with_context(|| format!("`{place}` is no name of a file"))?,
        };
        let destination = Destination::create(&path, self.fixing.force)?;
        Ok((path, destination))
    }
}

/// `NAME.fixed.EXT` beside a file.
fn copy_name(file: &Path) -> Option<PathBuf> {
    let name = file.file_name()?.to_str()?;
    let packed = if name.to_ascii_lowercase().ends_with(".gz") { name.len() - 3 } else { name.len() };
    let (name, gz) = name.split_at(packed);
    let copy = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => format!("{stem}.fixed.{ending}{gz}"),
        _ => format!("{name}.fixed{gz}"),
    };
    Some(file.with_file_name(copy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_named_after_its_file() {
        for (file, expected) in [
            ("a/b.tsv", "a/b.fixed.tsv"),
            ("b.sssom.tsv.gz", "b.sssom.fixed.tsv.gz"),
            ("README", "README.fixed"),
            (".hidden", ".hidden.fixed"),
        ] {
            assert_eq!(copy_name(Path::new(file)), Some(PathBuf::from(expected)));
        }
        assert_eq!(copy_name(Path::new("..")), None);
    }
}

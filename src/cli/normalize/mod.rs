//! `term2id normalize`: an identifier for every row of a file, of any size.
//!
//! Rows are TSV, CSV, JSON lines or plain lines, or stand in a spreadsheet or a Parquet file, and come out as TSV, CSV,
//! JSON lines, spreadsheet or Parquet with their own columns kept, in their order; [`table`] and [`json`] say which columns and keys are added. A row that cannot be read or answered
//! carries its error, and the run goes on. A run that asks for a column that is not there does not begin; of JSON lines
//! it begins with the first row that has the key, and not at all where none of the first 512 has.
//!
//! Or they become a mapping set ([`sssom`]) or phenopackets ([`phenopacket`]), in which rows that failed are left out.
//!
//! [`table`]: crate::export::table
//! [`json`]: crate::export::json
//! [`sssom`]: crate::export::sssom
//! [`phenopacket`]: crate::export::phenopacket

mod contained;
mod documents;
mod layout;
mod memory;
mod publishing;
mod sink;
mod stream;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::choosing::{Chooser, Choosing};
use super::destination::Destination;
use super::output::{COMMAND, Output, styled};
use super::references::References;
use super::searched::Searched;
use super::sureness::{Sureness, share};
use super::{Status, index::count, open};
use crate::export::error_line;
use crate::export::review::{Certainty, OFFERED};
use crate::export::table::Dialect;
use crate::normalize::Normalizer;
use crate::tables::{self, Container, Format, Input, Kind, RowError};
use contained::Contained;
use documents::{Documents, Packets, Target};
use layout::Wanted;
pub(in crate::cli) use memory::Remembering;
use publishing::Publishing;
use sink::{Distinct, Sink};
use stream::{Stream, Tally, Writing};

/// Give every row of a file its identifier
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id normalize --index hp phrases.tsv -o answers.tsv
  term2id normalize --index hp notes.csv --column finding --format jsonl
  term2id normalize --index hp patients.xlsx --sheet Findings --column finding -o answers.xlsx
  cut -f3 cases.tsv | term2id normalize --index hp -
  term2id normalize --index hp phrases.tsv -o answers.tsv --model gpt-4o --cassette run.cassette
  term2id normalize --index hp phrases.tsv -o phrases.sssom.tsv --license https://creativecommons.org/licenses/by/4.0/
  term2id normalize --index hp cases.tsv --format phenopacket --document-column patient -o packets/
  term2id normalize --index hp phrases.tsv -o sheet.tsv --review
  term2id normalize --index mondo diagnoses.tsv -o answers.tsv --map-to mesh,omim,orphanet
  term2id normalize --index hp,mondo,hgnc,go cases.tsv --expect-column kind -o answers.tsv
  term2id normalize --index genes experiments.tsv --column gene --species-column organism -o answers.tsv

The columns of the input are kept; `id`, `label`, `score`, `confidence`, `name`, `scope`, `tied_with`, `parts`,
`qualifiers`, `ontology`, `ontology_version`, `decided_by` and `error` are added, with --model also `reason`, `model` and
`prompt_hash`, with --also a column for each vocabulary. JSON lines also carry all candidates. A mention of several
concepts, such as 'hearing and vision loss', has those of its `parts`, apart by `|`; `qualifiers` has negation, side and
severity, such as `negated:no|left`. With sssom (or OUT ending in .sssom.tsv) each distinct mention is a mapping, with
phenopacket each document a phenopacket: one a line, or one a file where OUT is a folder or ends in `/`.
Exit code 1 says that some rows failed; each carries its error, but in sssom and phenopacket it is left out.")]
pub(super) struct Arguments {
    #[command(flatten)]
    asking: open::Asking,
    #[command(flatten)]
    sureness: Sureness,
    #[command(flatten)]
    references: References,
    /// TSV, CSV, JSON lines or a mention a line, also as .gz, a spreadsheet (.xlsx) or Parquet; `-` for standard input
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    /// Write to this file, which appears when all is done [default: standard output]
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Replace OUT where it exists
    #[arg(long)]
    force: bool,
    /// The column (or key) of the mention [default: mention]
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// The column (or key) of the sentence around it [default: context, where there is one]
    #[arg(long, value_name = "NAME")]
    context_column: Option<String>,
    /// The column (or key) of the ontologies that a mention is expected to mean something of, where several are asked: as
    /// for --expect, apart by `|`; where it is empty, those of --expect
    #[arg(long, value_name = "NAME")]
    expect_column: Option<String>,
    /// The column (or key) of the species that a row's gene is of: `human`, `Mus musculus`, its number in the NCBI
    /// Taxonomy; where it is empty, that of --species
    #[arg(long, value_name = "NAME", conflicts_with = "namespace")]
    species_column: Option<String>,
    /// How INPUT is written
    #[arg(long, value_enum, default_value_t = InputFormat::Auto)]
    input_format: InputFormat,
    /// The sheet of a spreadsheet [default: the first that can be seen]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// How answers are written [default: by the ending of OUT, else as INPUT; lines, spreadsheets and Parquet become tsv]
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    /// Make a review sheet: mark what is certain, and for the rest add the best candidates and columns for a person's
    /// `decision` and `comment`. `term2id review` takes it from there
    #[arg(long)]
    review: bool,
    /// With --review, the confidence from which on an answer needs no person; a name of one concept and no other needs
    /// none anyway
    #[arg(long, value_name = "P", default_value_t = 0.9, value_parser = share, requires = "review")]
    certain: f32,
    /// Answer every mention with one concept: split none into its parts, take off neither negation, side nor severity
    #[arg(long)]
    whole: bool,
    /// Candidates a row, in JSON lines
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10)]
    top: usize,
    /// Threads that look for answers [default: one a core]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    threads: usize,
    // Last: what follows would stand under its heading in the help.
    #[command(flatten)]
    publishing: Publishing,
    #[command(flatten)]
    choosing: Choosing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum InputFormat {
    /// By the ending of the name, else by the first lines; spreadsheets and Parquet always by their first bytes
    Auto,
    /// Cells between tabs, a header, no quotes
    Tsv,
    /// Cells between commas, a header
    Csv,
    /// A JSON object a line
    Jsonl,
    /// A mention a line
    Lines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum OutputFormat {
    /// Cells between tabs, no quotes
    Tsv,
    /// Cells between commas, quoted where needed
    Csv,
    /// An object a row, with all candidates
    Jsonl,
    /// A mapping set: SSSOM TSV 1.1
    Sssom,
    /// Phenopackets, version 2, of answers from HPO
    Phenopacket,
    /// A spreadsheet, in which no text is a formula
    Xlsx,
    /// Parquet, in which empty cells are null
    Parquet,
}

impl InputFormat {
    const fn given(self) -> Option<Format> {
        Some(match self {
            Self::Auto => return None,
            Self::Tsv => Format::Tsv,
            Self::Csv => Format::Csv,
            Self::Jsonl => Format::Jsonl,
            Self::Lines => Format::Lines,
        })
    }
}

impl OutputFormat {
    /// As the file is called, else as the input is written.
    fn fitting(out: Option<&Path>, input: Format) -> Self {
        let name = out.and_then(Path::file_name).unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        match Format::container_of_name(&name) {
            Some(Container::Spreadsheet) => return Self::Xlsx,
            Some(Container::Parquet) => return Self::Parquet,
            None => {}
        }
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        if name.ends_with(".sssom.tsv") {
            return Self::Sssom;
        }
        match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("tsv" | "tab") => Self::Tsv,
            Some("csv") => Self::Csv,
            Some("jsonl" | "ndjson" | "json") => Self::Jsonl,
            _ => match input {
                Format::Tsv | Format::Lines => Self::Tsv,
                Format::Csv => Self::Csv,
                Format::Jsonl => Self::Jsonl,
            },
        }
    }

    /// How rows of `input` are written in it, with answers of what is `searched`.
    fn writing(self, publishing: &Publishing, searched: &Searched, input: &Path) -> anyhow::Result<Writing> {
        Ok(match self {
            Self::Tsv => Writing::Table(Dialect::Tsv),
            Self::Csv => Writing::Table(Dialect::Csv),
            Self::Xlsx | Self::Parquet => Writing::Table(Dialect::Cells),
            Self::Jsonl => Writing::Json,
            Self::Sssom => {
                let searched = searched.all()?;
                let indexes: Vec<_> = searched.iter().map(|one| one.index().as_ref()).collect();
                Writing::Mappings(Arc::new(publishing.mapping_set(&indexes, input)?))
            }
            Self::Phenopacket => Writing::Findings(Arc::new(publishing.documents().ok_or(Error::NoDocument)?)),
        })
    }

    /// The container that its rows are put into.
    const fn container(self) -> Option<Container> {
        match self {
            Self::Xlsx => Some(Container::Spreadsheet),
            Self::Parquet => Some(Container::Parquet),
            Self::Tsv | Self::Csv | Self::Jsonl | Self::Sssom | Self::Phenopacket => None,
        }
    }
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    // What can be wrong is found out before the index is opened, and long before anything is answered.
    let out = arguments.output.as_deref().filter(|path| path.as_os_str() != "-");
    let is_packet = arguments.format == Some(OutputFormat::Phenopacket);
    let folder = out.filter(|path| is_packet && documents::is_folder(path));
    let destination = match out.filter(|_| folder.is_none()) {
        Some(path) => Destination::create(path, arguments.force)?,
        // Into a folder, files are written when all is done.
        None if folder.is_some() => Destination::Standard(Box::new(std::io::sink())),
        None => Destination::Standard(output.data()),
    };
    let input = Input::open_sheet(&arguments.input, arguments.sheet.as_deref())?;
    say_what_is_read(&input, arguments.sheet.is_some(), output);
    let (length, taken, origin) = (input.length, Arc::clone(&input.taken), input.contained.clone());
    let wanted = Wanted {
        mention: arguments.column.clone(),
        context: arguments.context_column.clone(),
        expected: arguments.expect_column.clone(),
        species: arguments.species_column.clone(),
    };
    let stream = Stream::begin(input, arguments.input_format.given(), &wanted)?;
    // Who wants no file reads the answers.
    let own = if origin.is_some() { Format::Tsv } else { stream.format() };
    let format = arguments.format.unwrap_or_else(|| OutputFormat::fitting(out, own));
    let kinds = origin.map_or_else(|| vec![Kind::Text; stream.columns().len()], |found| found.kinds);
    arguments.check(format, &stream, out, output)?;
    let stream = stream.for_review(arguments.review.then_some(Certainty { least: arguments.certain }));
    let searched = arguments.asking.open(indexes)?;
    let stream = stream.expecting(searched.expected());
    let least = arguments.sureness.least(&searched, output)?;
    let chooser = arguments.choosing.open(arguments.asking.services(), &searched)?;
    let writing = format.writing(&arguments.publishing, &searched, &arguments.input)?;
    let collection = if is_packet {
        Some(arguments.publishing.collection(searched.only("--format phenopacket")?.index())?)
    } else {
        None
    };
    let namespaces = arguments.references.namespaces(&searched, output)?;
    let normalizer = arguments.normalizer(&searched, least).with_references(namespaces);
    let normalizer = match &chooser {
        Some(chooser) => chooser.added_to(normalizer),
        None => normalizer,
    };
    let chooser = chooser.as_ref();
    if let Some(chooser) = chooser {
        chooser.announce(output);
    }

    let is_rehearsal = chooser.is_some_and(|chooser| chooser.called.is_rehearsal());
    let start = Instant::now();
    let bar = output.progress("normalizing", length);
    let run = |out: &mut dyn std::io::Write| {
        let at_once = chooser.map_or(1, Chooser::at_once);
        let mut sink = match (format, collection) {
            (OutputFormat::Sssom, _) => Sink::Distinct(Distinct::new(out)),
            (_, Some(collection)) => Sink::Packets(Packets::new(
                collection,
                Target::of(folder.filter(|_| !is_rehearsal), arguments.force, out),
            )),
            _ => match format.container() {
                Some(container) => Sink::Contained(Contained::new(container, kinds, out)),
                None => Sink::Plain(out),
            },
        };
        let tally = stream.run(&normalizer, writing, arguments.threads, at_once, &mut sink, &mut |tally| {
            // Of a packed file, fewer bytes are taken than its rows have.
            let bytes = || taken.load(Ordering::Relaxed).min(tally.bytes);
            bar.set_position(if length.is_some() { bytes() } else { tally.rows });
            if let Some(chooser) = chooser {
                bar.set_message(progress(tally, start, chooser));
            }
        })?;
        if let Some(error) = chooser.filter(|_| tally.is_stopped).and_then(|chooser| chooser.called.failure()) {
            return Err(error.into());
        }
        let told = sink.told();
        sink.finish()?;
        Ok((tally, told))
    };
    let tally = match chooser {
        // What is only counted is written nowhere.
        Some(_) if is_rehearsal => run(&mut std::io::sink()),
        _ => destination.write(run),
    };
    bar.finish_and_clear();
    let (tally, mut told) = tally?;
    if !is_rehearsal {
        summarize(&tally, start, output);
        if tally.failed > 0 && matches!(format, OutputFormat::Sssom | OutputFormat::Phenopacket) {
            told.warnings.push("rows that failed are left out of what is written".to_owned());
        }
        told.notes.iter().for_each(|note| output.say(note));
        told.warnings.iter().for_each(|warning| output.warn(warning));
        if arguments.review {
            review_summary(&tally, out, arguments, output);
        }
    }
    if let Some(chooser) = chooser {
        account(chooser, &tally, output);
    }
    if is_rehearsal {
        return Ok(Status::Done);
    }
    Ok(if tally.failed > 0 || tally.is_stopped { Status::SomeFailed } else { Status::Done })
}

impl Arguments {
    /// Answers from what is searched; no match where that is less sure than `least`.
    fn normalizer(&self, searched: &Searched, least: f32) -> Normalizer {
        let retriever = Arc::new(Remembering::new(searched.retriever()));
        let limit = if self.review { self.top.max(OFFERED) } else { self.top };
        let normalizer = Normalizer::new(retriever, searched.tag(), limit)
            .with_least_confidence(least)
            .with_least_certainty(self.sureness.least_certainty());
        if self.whole { normalizer } else { normalizer.splitting() }
    }

    /// Refuses what does not go together, before anything is opened that takes time.
    fn check(&self, format: OutputFormat, stream: &Stream, out: Option<&Path>, output: &Output) -> anyhow::Result<()> {
        if let Some(container) = format.container() {
            container.check(container.as_str())?;
            if out.is_none() && output.is_terminal() {
                return Err(Error::Terminal { what: container.as_str() }.into());
            }
        }
        self.publishing.check(format)?;
        if self.references.is_any() && matches!(format, OutputFormat::Sssom | OutputFormat::Phenopacket) {
            return Err(Error::NoReferences { format }.into());
        }
        if self.expect_column.is_some() && !self.asking.is_several() {
            return Err(Error::OneIndex { flag: "--expect-column" }.into());
        }
        let is_of_one = match format {
            OutputFormat::Phenopacket => Some("--format phenopacket"),
            _ if self.review => Some("--review"),
            _ if self.species_column.is_some() => Some("--species-column"),
            _ => None,
        };
        if let Some(flag) = is_of_one.filter(|_| self.asking.is_several()) {
            return Err(Error::SeveralIndexes { flag }.into());
        }
        stream.require(self.publishing.documents().iter().flat_map(Documents::columns))?;
        if self.review && !matches!(format, OutputFormat::Tsv | OutputFormat::Csv | OutputFormat::Xlsx) {
            return Err(Error::NoSheet { format }.into());
        }
        Ok(())
    }
}

/// What the model was asked and has cost, and why no more of it.
fn account(chooser: &Chooser, tally: &Tally, output: &Output) {
    chooser.account(tally.spared, output);
    if chooser.called.is_rehearsal() {
        return;
    }
    if let Some(error) = chooser.called.model.stopped().filter(|_| tally.is_stopped) {
        output.warn(format_args!(
            "stopped after {} {}, which {} kept: {}",
            count(tally.rows),
            if tally.rows == 1 { "row" } else { "rows" },
            if tally.rows == 1 { "is" } else { "are" },
            error_line(&**error)
        ));
    }
}

/// Which sheet of a spreadsheet is read, where there are others, and what of it is not there.
pub(super) fn say_what_is_read(input: &Input, is_chosen: bool, output: &Output) {
    let Some(sheet) = input.contained.as_ref().and_then(|contained| contained.sheet.as_ref()) else { return };
    let place = &input.place;
    if !is_chosen && !sheet.others.is_empty() {
        let others: Vec<String> = sheet.others.iter().map(|name| format!("`{name}`")).collect();
        output.say(format_args!("sheet `{}` of `{place}`; --sheet takes another ({})", sheet.name, others.join(", ")));
    }
    if let Some(first) = &sheet.first_not_worked_out {
        output.warn(format_args!(
            "{} of `{place}` {} a formula without a value, first {first}, and are read as empty; a spreadsheet program \
             that opens and saves it works them out",
            match sheet.not_worked_out {
                1 => "1 cell".to_owned(),
                number => format!("{} cells", count(number)),
            },
            if sheet.not_worked_out == 1 { "has" } else { "have" },
        ));
    }
}

/// How fast it goes, and what it has cost so far.
fn progress(tally: &Tally, start: Instant, chooser: &Chooser) -> String {
    let rate = tally.rows as f64 / start.elapsed().as_secs_f64().max(0.001);
    let money = chooser.called.money(chooser.called.model.spending().asked.dollars).map(|money| format!(" {money}"));
    format!("{rate:.0} rows/s{}", money.unwrap_or_default())
}

fn summarize(tally: &Tally, start: Instant, output: &Output) {
    let seconds = start.elapsed().as_secs_f64();
    let matched = tally.exact + tally.retrieval + tally.model + tally.composite;
    let some = |number: u64, what: &str| (number > 0).then(|| format!("{} {what}", count(number)));
    let among = |parts: &[Option<String>]| {
        let parts: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
    };
    output.say(format_args!(
        "{} {}: {} matched{}, {} no match{}, {} failed{}; {seconds:.1} s, {:.0} rows/s",
        count(tally.rows),
        if tally.rows == 1 { "row" } else { "rows" },
        count(matched),
        among(&[
            Some(format!("{} exact", count(tally.exact))),
            if tally.model > 0 { some(tally.retrieval, "by retrieval") } else { None },
            some(tally.model, "by the model"),
            some(tally.composite, "of several concepts"),
            some(tally.negated, "negated"),
            some(tally.tied, "tied")
        ]),
        count(tally.none),
        among(&[some(tally.model_none, "by the model"), some(tally.unsure, "not sure enough")]),
        count(tally.failed),
        among(&[some(tally.not_offered, "not offered"), some(tally.unreadable, "unreadable")]),
        tally.rows as f64 / seconds.max(0.001),
    ));
    if let Some(first) = &tally.first_failure {
        output.warn(format_args!("{} of {} rows failed, first {first}", count(tally.failed), count(tally.rows)));
    }
}

/// How much a person is to decide, and how.
fn review_summary(tally: &Tally, out: Option<&Path>, arguments: &Arguments, output: &Output) {
    output.say(format_args!("{} certain, {} to decide", count(tally.certain), count(tally.to_decide)));
    if let Some(out) = out.filter(|_| tally.to_decide > 0) {
        let column = arguments.column.as_ref().map(|column| format!(" --column '{column}'")).unwrap_or_default();
        let command = format!("term2id review {} --index {}{column}", out.display(), arguments.asking.index);
        // What is packed cannot be written into row by row.
        if Format::of_name(&out.to_string_lossy()).is_some() && out.extension().is_none_or(|ending| ending != "gz") {
            output.say(format_args!("  decide here: {}", styled(COMMAND, command)));
        }
        output.say("  in a spreadsheet, in the column `decision`: a candidate's number, an identifier, `ok` or `none`");
    }
}

/// Why a run could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum Error {
    #[error(transparent)]
    Input(#[from] tables::Error),
    #[error("`{place}` has no column `{column}` (its columns: {})", listed(found))]
    NoColumn { place: String, column: String, found: Vec<String> },
    #[error("`{place}` has the column `{column}` twice")]
    ColumnTwice { place: String, column: String },
    #[error(transparent)]
    FirstRow(RowError),
    #[error("`{place}` has no column `{column}` (its columns: {})", listed(found))]
    NoOtherColumn { place: String, column: String, found: Vec<String> },
    #[error("`--format phenopacket` needs `--document-column`")]
    NoDocument,
    #[error("`{flag}` is for `--format {format}`")]
    OtherFormat { flag: &'static str, format: &'static str },
    #[error("the index `{index}` has concepts of {}, and phenopackets are of `HP` only", listed(found))]
    NotPhenotypes { index: String, found: Vec<String> },
    #[error("`{flag}` is about several ontologies, and `--index` names one")]
    OneIndex { flag: &'static str },
    #[error("`{flag}` is about one ontology, and `--index` names several")]
    SeveralIndexes { flag: &'static str },
    #[error("{what} cannot be shown in a terminal")]
    Terminal { what: &'static str },
    #[error("`--also` adds columns or keys, and `{}` has no room for them", name_of(*format))]
    NoReferences { format: OutputFormat },
    #[error("a review sheet is a table, and `{}` is none", name_of(*format))]
    NoSheet { format: OutputFormat },
}

/// A format as it is given on the command line.
fn name_of(format: OutputFormat) -> String {
    clap::ValueEnum::to_possible_value(&format).map(|value| value.get_name().to_owned()).unwrap_or_default()
}

impl Error {
    /// What to type next.
    pub(super) fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoColumn { .. } => {
                "`--column`, `--context-column`, `--expect-column` and `--species-column` name columns; `--input-format lines` takes whole lines as mentions"
            }
            Self::NoReferences { .. } => "`--format tsv`, `csv`, `xlsx`, `parquet` or `jsonl` has",
            Self::NoSheet { .. } => "`--format tsv`, `csv` or `xlsx` makes one",
            Self::FirstRow(_) => "`--input-format` says how the input is written",
            Self::NoOtherColumn { .. } => "`--document-column` and `--excluded-column` name columns of the input",
            Self::NoDocument => "it names the column that says which patient or document a row is about",
            Self::NotPhenotypes { .. } => "`--index` names an index of HPO: `term2id index hp` builds one",
            Self::Terminal { .. } => "`-o` names a file for it",
            _ => return None,
        })
    }
}

/// Columns for an error, the first of very many.
fn listed(columns: &[String]) -> String {
    let shown: Vec<String> = columns.iter().take(20).map(|column| format!("`{column}`")).collect();
    let more = if columns.len() > 20 { format!(" and {} more", columns.len() - 20) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

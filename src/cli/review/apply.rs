//! `term2id review apply`: the decisions of a sheet become mappings and personal synonyms.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::orcid;
use crate::cli::destination::{Destination, is_same};
use crate::cli::index::{count, counted};
use crate::cli::mapping_set::About;
use crate::cli::output::{DIM, Output, styled};
use crate::cli::{Status, open};
use crate::export::sssom::{self, Justification, Mapping, MappingSet};
use crate::export::table::Dialect;
use crate::ontology::Ontology;
use crate::review::{Curation, Fault, Orcid, Outcome, Row, Sheet, Synonym, add, word};
use crate::tables::Input;

/// Rows of a kind that are named.
const NAMED: usize = 20;

/// Turn the decisions of a review sheet into mappings
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id review apply sheet.tsv --index hp -o mappings.sssom.tsv --author 0000-0002-1825-0097
  term2id review apply sheet.csv --index hp -o mappings.csv --synonyms mine.tsv
  term2id index hp --add-names mine.tsv                         the next index knows them

What is certain is written as it stands, what a person decided as theirs, and what is left to decide not at all.
Exit code 1 says that some decisions could not be read; the others are written.")]
pub(super) struct Arguments {
    /// The review sheet: TSV or CSV; `-` for standard input
    #[arg(value_name = "SHEET")]
    sheet: PathBuf,
    /// The index the sheet was made with: its name, or the path of its folder
    #[arg(long, short, value_name = "NAME")]
    index: String,
    /// Write to this file, which appears when all is done [default: standard output]
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Replace OUT where it exists
    #[arg(long)]
    force: bool,
    /// How mappings are written [default: csv where OUT ends so, else sssom]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The column of the mention [default: mention]
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Who decided
    #[arg(long, value_name = "ORCID", value_parser = orcid)]
    author: Option<Orcid>,
    /// Add the phrases that became names of concepts to this file, for `term2id index --add-names`
    #[arg(long, value_name = "FILE")]
    synonyms: Option<PathBuf>,
    #[command(flatten)]
    about: About,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A mapping set in SSSOM's TSV
    Sssom,
    /// The same mappings as a plain table
    Tsv,
    /// The same between commas
    Csv,
}

/// The columns of a plain table.
const COLUMNS: [&str; 8] = ["mention", "id", "label", "relation", "decided_by", "confidence", "author", "comment"];

/// Writes mappings, each once.
struct Writer<'a> {
    out: &'a mut dyn Write,
    format: Format,
    set: &'a MappingSet,
    /// Of what was written.
    seen: HashSet<blake3::Hash>,
}

/// How many rows there were of each kind.
#[derive(Debug, Default)]
struct Tally {
    certain: u64,
    decided: u64,
    none: u64,
    undecided: u64,
    repeated: u64,
    nothing: u64,
    faults: u64,
    followed: u64,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let out = arguments.output.as_deref().filter(|path| path.as_os_str() != "-");
    let (sheet, mine) = (Some(arguments.sheet.as_path()), arguments.synonyms.as_deref());
    for (left, right) in [(out, sheet), (mine, sheet), (mine, out)] {
        if let (Some(left), Some(right)) = (left, right)
            && is_same(left, right)
        {
            bail!("`{}` is given twice, and one would replace the other", left.display());
        }
    }
    let destination = match out {
        Some(path) => Destination::create_text(path, arguments.force)?,
        None => Destination::Standard(output.data()),
    };
    let is_csv = out.and_then(Path::extension).is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let format = arguments.format.unwrap_or(if is_csv { Format::Csv } else { Format::Sssom });
    let mut sheet = Sheet::begin(Input::open(&arguments.sheet)?, arguments.column.as_deref())?;
    let mine = arguments.synonyms.as_deref().map(Mine::read).transpose()?;
    let ontology = open::index(indexes, &arguments.index)?.ontology()?;
    let date = arguments.about.day();
    let prefixes = sssom::prefixes(ontology.live().map(|concept| concept.id.as_str()));
    let set = arguments.about.mapping_set(vec![(&ontology).into()], prefixes, &arguments.sheet, &[ontology.name()])?;
    let mut curation = Curation::new(&ontology, arguments.author.clone());
    let tally = destination.write(|out| {
        let mut writer = Writer { out, format, set: &set, seen: HashSet::new() };
        take_all(&mut sheet, &mut curation, &mut writer, output)
    })?;
    let conflicts = curation.conflicts();
    for conflict in conflicts.iter().take(NAMED) {
        let decisions: Vec<String> =
            conflict.decisions.iter().map(|(line, said)| format!("line {line} {said}")).collect();
        let mention = &conflict.mention;
        output.warn(format_args!("decisions about `{mention}` differ: {}; all are written", decisions.join(", ")));
    }
    if conflicts.len() > NAMED {
        output.warn(format_args!("and about {}", counted(conflicts.len() - NAMED, "other phrase")));
    }
    summarize(&tally, &arguments.sheet, output);
    if let Some(mine) = mine {
        mine.keep(&curation.synonyms(&date), output)?;
    }
    Ok(if tally.faults > 0 { Status::SomeFailed } else { Status::Done })
}

/// Takes every row in, and writes what comes of it.
fn take_all(
    sheet: &mut Sheet,
    curation: &mut Curation<'_>,
    writer: &mut Writer<'_>,
    output: &Output,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    writer.begin()?;
    let mut is_checked = false;
    while let Some(row) = sheet.read()? {
        if let Ok(row) = &row
            && !std::mem::replace(&mut is_checked, true)
        {
            check_release(row, curation.ontology(), output);
        }
        match row.and_then(|row| Ok((curation.take(&row)?, row))) {
            Err(fault) => tally.note(&fault, output),
            Ok((Outcome::Undecided, _)) => tally.undecided += 1,
            Ok((Outcome::Nothing, _)) => tally.nothing += 1,
            Ok((Outcome::Certain(mapping), _)) => {
                tally.certain += 1;
                tally.repeated += u64::from(!writer.write(&mapping)?);
            }
            Ok((Outcome::Decided(mapping, followed), row)) => {
                *(if mapping.object.is_some() { &mut tally.decided } else { &mut tally.none }) += 1;
                if let (Some(old), Some((new, label))) = (followed, &mapping.object) {
                    tally.followed += 1;
                    if tally.followed <= NAMED as u64 {
                        let place = styled(DIM, format_args!("{}:{}", row.place(), row.line));
                        output.say(format_args!("{place}: `{old}` is now `{new}` {label}"));
                    }
                }
                tally.repeated += u64::from(!writer.write(&mapping)?);
            }
        }
    }
    Ok(tally)
}

/// Warns where the sheet was made with another ontology or release than is open.
fn check_release(row: &Row, ontology: &Ontology, output: &Output) {
    let (name, version) = (row.cell("ontology"), row.cell("ontology_version"));
    let here = ontology.version().unwrap_or_default();
    if !name.is_empty() && (name != ontology.name() || version != here) {
        output.warn(format_args!(
            "`{}` was made with {}, the index is {}",
            row.place(),
            format!("{name} {version}").trim(),
            format!("{} {here}", ontology.name()).trim()
        ));
    }
}

impl Tally {
    fn note(&mut self, fault: &Fault, output: &Output) {
        self.faults += 1;
        if self.faults <= NAMED as u64 {
            output.warn(fault);
        }
    }
}

fn summarize(tally: &Tally, sheet: &Path, output: &Output) {
    let parts = [
        (tally.certain, "certain"),
        (tally.decided, "decided"),
        (tally.none, "decided to be no concept"),
        (tally.undecided, "left to decide"),
        (tally.faults, "that cannot be read"),
        (tally.nothing, "without an answer"),
    ];
    let total = parts.iter().map(|(number, _)| number).sum::<u64>();
    let some = parts.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = some.map(|(number, what)| format!("{} {what}", count(*number))).collect();
    output.say(format_args!("{}: {}", counted(total, "row"), parts.join(", ")));
    if tally.repeated > 0 {
        output.say(format_args!("  {} not written again", counted(tally.repeated, "mapping")));
    }
    if tally.faults > NAMED as u64 {
        output.warn(format_args!("and {} more of `{}`", count(tally.faults - NAMED as u64), sheet.display()));
    }
}

/// A file of personal synonyms.
struct Mine {
    file: PathBuf,
    /// What it holds, where it is there.
    existing: Option<Vec<u8>>,
}

impl Mine {
    /// Reads it, and finds out whether it can be added to before anything is written.
    fn read(file: &Path) -> anyhow::Result<Self> {
        let existing = match fs_err::read(file) {
            Ok(bytes) => Some(bytes).filter(|bytes| !bytes.is_empty()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        if existing.as_ref().is_some_and(|bytes| bytes.starts_with(b"\x1f\x8b")) {
            bail!("`{}` is packed, and only a plain file can be added to", file.display());
        }
        add(&file.display().to_string(), existing.as_deref(), &[], &mut io::sink())?;
        Ok(Self { file: file.to_owned(), existing })
    }

    /// Adds the synonyms; the file is replaced whole.
    fn keep(self, synonyms: &[Synonym], output: &Output) -> anyhow::Result<()> {
        let place = self.file.display().to_string();
        let destination = Destination::create(&self.file, true)?;
        let added = destination.write(|out| Ok(add(&place, self.existing.as_deref(), synonyms, out)?))?;
        output.say(format_args!("{} added to `{place}`", counted(added, "synonym")));
        Ok(())
    }
}

impl Writer<'_> {
    fn begin(&mut self) -> io::Result<()> {
        match self.format {
            Format::Sssom => self.set.write_header(self.out),
            Format::Tsv => Dialect::Tsv.write_line(self.out, COLUMNS),
            Format::Csv => Dialect::Csv.write_line(self.out, COLUMNS),
        }
    }

    /// Writes a mapping that was not written before; whether it was new.
    fn write(&mut self, mapping: &Mapping) -> io::Result<bool> {
        let mut row = Vec::new();
        match self.format {
            Format::Sssom => mapping.write(self.set, &mut row)?,
            Format::Tsv => Dialect::Tsv.write_line(&mut row, cells(mapping))?,
            Format::Csv => Dialect::Csv.write_line(&mut row, cells(mapping))?,
        }
        let is_new = self.seen.insert(blake3::hash(&row));
        if is_new {
            self.out.write_all(&row)?;
        }
        Ok(is_new)
    }
}

/// The cells of a plain table, in the order of [`COLUMNS`].
fn cells(mapping: &Mapping) -> [String; COLUMNS.len()] {
    let (id, label) =
        mapping.object.as_ref().map_or_else(Default::default, |(id, label)| (id.to_string(), label.clone()));
    let relation = if mapping.object.is_some() { word(mapping.predicate) } else { "" };
    let decided_by = if mapping.justification == Justification::Manual { "person" } else { "term2id" };
    [
        mapping.subject_label.clone(),
        id,
        label,
        relation.to_owned(),
        decided_by.to_owned(),
        mapping.confidence.map(|confidence| format!("{confidence:.4}")).unwrap_or_default(),
        mapping.author.clone().unwrap_or_default(),
        mapping.comment.clone().unwrap_or_default(),
    ]
}

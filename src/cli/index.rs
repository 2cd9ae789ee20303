//! `term2id index`: reads an ontology and builds its index.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use anyhow::Context as _;
use indicatif::ProgressBar;

use super::output::{BOLD, COMMAND, DIM, Output, styled};
use super::{Status, open};
use crate::embed::{self, EmbedderSpec};
use crate::index::{
    Build, Description, ENCODER_TABLE, GraphParameters, Index, Provenance, Selection, Step, VectorKind,
};
use crate::ontology::{Curie, Oddity, Ontology, obo, sample};

/// Oddities that are shown where not all are wanted.
const SHOWN_ODDITIES: usize = 5;

/// Build the index of an ontology
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id index sample                          the small ontology that is compiled in
  term2id index hp.obo                          the index `hp` of a release on disk
  term2id index hp.obo --under HP:0000707 --name nervous-system

Standard output gets one line: the folder of the index.")]
pub(super) struct Arguments {
    /// An ontology: a file, or `sample`
    source: String,
    /// The name of the index [default: what the ontology calls itself]
    #[arg(long)]
    name: Option<String>,
    /// What turns names into vectors: `ngram`, `fastembed:<model or folder>` or `openai:<model>`
    #[arg(long, value_name = "SPEC", default_value = "ngram")]
    encoder: String,
    /// How vectors are searched: by a graph (fast at any size) or all of them
    #[arg(long, value_enum, default_value_t = Vector::Hnsw)]
    vector: Vector,
    /// Leave these names out: a TSV file with the columns id and synonym
    #[arg(long, value_name = "FILE.tsv")]
    exclude_names: Option<PathBuf>,
    /// Only this concept and what is below it
    #[arg(long, value_name = "CURIE")]
    under: Option<String>,
    /// Build the same index, bit for bit, each time (slower)
    #[arg(long)]
    deterministic: bool,
    /// List everything in the source that was mended or passed over
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Vector {
    Hnsw,
    Exact,
}

/// An ontology and what it was read from.
pub(super) struct Read {
    pub(super) ontology: Ontology,
    pub(super) provenance: Provenance,
    /// What oddities are said to be in.
    place: String,
}

/// How an index is built.
pub(super) struct Plan<'a> {
    pub(super) name: &'a str,
    pub(super) encoder: &'a EmbedderSpec,
    pub(super) vector: VectorKind,
    pub(super) deterministic: bool,
    pub(super) selection: &'a Selection,
}

pub(super) fn run(arguments: Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let start = Instant::now();
    let encoder: EmbedderSpec = arguments.encoder.parse()?;
    if let Some(name) = &arguments.name {
        open::check_name(name)?;
    }
    let mut selection = Selection::default();
    selection.under = arguments.under.as_deref().map(Curie::parse).transpose()?;
    let read = read(&arguments.source, arguments.name.as_deref())?;
    let unmatched = match &arguments.exclude_names {
        Some(file) => super::exclusions::read(file, &read.ontology, &mut selection)?,
        None => 0,
    };
    let plan = Plan {
        name: arguments.name.as_deref().unwrap_or_else(|| read.ontology.name()),
        encoder: &encoder,
        vector: if arguments.vector == Vector::Exact { VectorKind::Exact } else { VectorKind::Hnsw },
        deterministic: arguments.deterministic,
        selection: &selection,
    };
    let index = build(&read, &plan, indexes, output)?;
    if unmatched > 0 {
        output.warn(format_args!("{unmatched} of {} names to leave out are in no concept", selection.excluded()));
    }
    report_oddities(&read, arguments.verbose, output);
    summarize(&index, start, output);
    let mut out = output.data();
    writeln!(out, "{}", index.folder().display())?;
    out.flush()?;
    Ok(Status::Done)
}

/// Reads the ontology `source`, calling it `name` where one is given.
pub(super) fn read(source: &str, name: Option<&str>) -> anyhow::Result<Read> {
    let (bytes, place) = if source == sample::NAME {
        (sample::bytes().to_vec(), "sample.obo".to_owned())
    } else {
        let path = Path::new(source);
        let bytes = fs_err::read(path)
            .map_err(|error| crate::ontology::Error::Read { path: path.to_owned(), source: error })?;
        (bytes, path.file_name().map_or_else(|| source.to_owned(), |name| name.to_string_lossy().into_owned()))
    };
    let draft = obo::read(&bytes, &place)?;
    let stem = place.split('.').next().unwrap_or("ontology").to_owned();
    let name = name.map(str::to_owned).or_else(|| draft.name.clone()).unwrap_or(stem);
    let ontology = Ontology::assemble(draft, &name, &place)?;
    let provenance = Provenance {
        given: source.to_owned(),
        blake3: blake3::hash(&bytes).to_hex().to_string(),
        oddities: ontology.oddities().len(),
    };
    Ok(Read { ontology, provenance, place })
}

/// Builds the index of what was read, in the order HOUSE draws: names, encoder, search structures, seal.
pub(super) fn build(read: &Read, plan: &Plan<'_>, indexes: &Path, output: &Output) -> anyhow::Result<Index> {
    open::check_name(plan.name)?;
    let build = Build::begin(indexes, plan.name)?;
    let names = build.names(&read.ontology, plan.selection)?;
    let table = build.folder().join(ENCODER_TABLE);
    if *plan.encoder == EmbedderSpec::Ngram {
        embed::ngram::fit(names.all_forms(), &table)?;
    }
    let embedder = open::encoder(plan.encoder, &table)?;
    let graph = (plan.vector == VectorKind::Hnsw)
        .then(|| GraphParameters { deterministic: plan.deterministic, ..GraphParameters::default() });
    let bars = Bars { output, shown: Mutex::new(None) };
    let unsealed = build.search(names, &*embedder, graph, &|step, done, total| bars.show(step, done, total))?;
    bars.clear();
    let description = Description {
        version: read.ontology.version().map(str::to_owned),
        source: read.provenance.clone(),
        encoder: plan.encoder.to_string(),
    };
    unsealed.seal(description, &read.ontology, plan.selection).context("the index was built and cannot be used")
}

/// The bar of the step that is running.
struct Bars<'a> {
    output: &'a Output,
    shown: Mutex<Option<(Step, ProgressBar)>>,
}

impl Bars<'_> {
    fn show(&self, step: Step, done: usize, total: usize) {
        // Steps tell from many threads at once; what the bar misses, the next call shows.
        let Ok(mut shown) = self.shown.try_lock() else { return };
        if let Some((current, bar)) = &*shown
            && *current == step
        {
            bar.set_position(done as u64);
            return;
        }
        if let Some((_, bar)) = shown.take() {
            bar.finish_and_clear();
        }
        let label = match step {
            Step::Encode => "turning into vectors",
            Step::Words => "indexing words",
            Step::Graph => "linking vectors",
        };
        *shown = Some((step, self.output.progress(label, Some(total as u64))));
    }

    fn clear(&self) {
        if let Ok(mut shown) = self.shown.lock()
            && let Some((_, bar)) = shown.take()
        {
            bar.finish_and_clear();
        }
    }
}

fn report_oddities(read: &Read, all: bool, output: &Output) {
    let oddities = read.ontology.oddities();
    if oddities.is_empty() {
        return;
    }
    let things = if oddities.len() == 1 { "thing was" } else { "things were" };
    output.warn(format_args!("{} {things} mended or passed over in `{}`", count(oddities.len()), read.place));
    let shown = if all { oddities.len() } else { SHOWN_ODDITIES };
    for Oddity { line, message } in oddities.iter().take(shown) {
        let place = if *line == 0 { read.place.clone() } else { format!("{}:{line}", read.place) };
        output.say(format_args!("  {}: {message}", styled(DIM, place)));
    }
    if oddities.len() > shown {
        output.say(format_args!(
            "  {}",
            styled(DIM, format_args!("and {} more; --verbose lists all", count(oddities.len() - shown)))
        ));
    }
}

fn summarize(index: &Index, start: Instant, output: &Output) {
    let manifest = index.manifest();
    let counts = manifest.counts;
    let release = manifest.version.as_deref().map(|version| format!(", release {version}")).unwrap_or_default();
    output.say(format_args!("{}{release}", styled(BOLD, &manifest.name)));
    output.say(format_args!(
        "  {} concepts, {} names ({} different), {} retired identifiers",
        count(counts.concepts),
        count(counts.names),
        count(counts.forms),
        count(counts.retired)
    ));
    output.say(format_args!("  built in {:.1} s", start.elapsed().as_secs_f32()));
    let command = format!("term2id query --index {} 'some words'", manifest.name);
    output.say(format_args!("  ask it: {}", styled(COMMAND, command)));
}

/// A number with its thousands apart.
pub(super) fn count(number: usize) -> String {
    indicatif::HumanCount(number as u64).to_string()
}

//! `term2id index`: reads an ontology and builds its index.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use anyhow::bail;
use indicatif::ProgressBar;

use super::Status;
use super::open::{self, ENCODERS, Services};
use super::output::{BOLD, COMMAND, DIM, Output, styled};
use crate::build::{self, Plan, Step};
use crate::embed::{self, EncoderSpec, training};
use crate::index::{self, AddedNames, Index, Provenance, Selection, VectorKind};
use crate::ontology::source::{self, Fetched, Options, Sort, Source};
use crate::ontology::{Concept, Curie, Oddity, Ontology, Resolution, table, umls};

/// Oddities that are shown where not all are wanted.
const SHOWN_ODDITIES: usize = 5;

/// Build the index of an ontology
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id index sample                          the small ontology that is compiled in
  term2id index hp                              the current release, downloaded and kept
  term2id index hp.obo --name hp-2024           a release on disk
  term2id index genes.tsv --id-column gene --label-column symbol --prefix HGNC
  term2id index 2024AA/META --name umls --language en --vocabulary SNOMEDCT_US,MSH
  term2id index gene_info.gz --name mouse --taxon 10090
  term2id index mondo --subset rare --name mondo-rare             a part of it
  term2id index hp --add-names hp-fr.synonyms.owl.gz              and names from elsewhere
  term2id index hp --encoder ngram+fastembed:all-MiniLM-L6-v2/    a model on disk helps the n-grams

Standard output gets one line: the folder of the index.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Arguments {
    /// An ontology: a file (OBO, OBO Graphs JSON, OWL or SKOS as RDF/XML, Turtle, N-Triples or functional syntax, TSV or
    /// CSV, NCBI's `gene_info`, each also as .gz), a folder with a release of UMLS (MRCONSO.RRF and what stands beside it) or
    /// SNOMED CT (an RF2 snapshot), a web address, a name of the catalogue such as `hp` or `mondo`, or `sample`
    source: String,
    /// The name of the index [default: what the ontology calls itself]
    #[arg(long)]
    name: Option<String>,
    /// What turns names into vectors: `ngram`, `fastembed:<model or folder>`, `openai:<model>` or `bert:<folder>`, or
    /// `ngram+` and one of the others for both
    #[arg(long, value_name = "SPEC", default_value = "ngram")]
    encoder: String,
    /// How vectors are searched: by a graph (fast at any size) or all of them
    #[arg(long, value_enum, default_value_t = Vector::Hnsw)]
    vector: Vector,
    /// Leave these names out: a TSV file with the columns id and synonym
    #[arg(long, value_name = "FILE.tsv")]
    exclude_names: Option<PathBuf>,
    /// Give concepts more names: a table with the columns id and name, and perhaps scope (default exact), kind and
    /// language, such as `term2id review apply --synonyms` writes; SSSOM; literal mappings (ssslm, biosynonyms); `UniProt`'s
    /// table of Entry and Protein names; or an ontology. Identifiers may be of any vocabulary that SOURCE refers to
    #[arg(long, value_name = "FILE")]
    add_names: Vec<PathBuf>,
    /// Keep only the names in these languages, such as `fr,en`, and those whose language is not stated [default: all]
    #[arg(long, value_name = "LANGUAGES", value_delimiter = ',')]
    language: Vec<String>,
    /// Only this concept and what is below it
    #[arg(long, value_name = "CURIE")]
    under: Option<String>,
    /// Only what is in this subset of the ontology (Mondo's `rare`, HPO's `hposlim_core`); several apart by commas or by
    /// several flags
    #[arg(long, value_name = "SUBSET", value_delimiter = ',')]
    subset: Vec<String>,
    /// Only the concepts whose identifiers are in this file, each at the beginning of a line; a header and lines that begin
    /// with `#` are passed over
    #[arg(long, value_name = "FILE")]
    only_ids: Option<PathBuf>,
    /// How often every concept is seen while the encoder learns from the ontology's synonyms
    #[arg(long, value_name = "N", default_value_t = training::Options::default().epochs)]
    epochs: usize,
    /// Another ontology whose names the encoder learns from as well (a file, a web address or a name of the catalogue);
    /// its concepts are not candidates
    #[arg(long, value_name = "SOURCE", conflicts_with = "no_train")]
    train_with: Vec<String>,
    /// Learn nothing: names are near only where they share letters (the same as `--epochs 0`)
    #[arg(long, conflicts_with = "epochs")]
    no_train: bool,
    /// Insert vectors one after the other, so that the same source gives the same answers each time (slower)
    #[arg(long)]
    deterministic: bool,
    /// Download again what is kept from an earlier time
    #[arg(long)]
    refresh: bool,
    /// List everything in the source that was mended or passed over
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    services: Services,
    /// How a model of `fastembed:` or `bert:` makes one vector of its tokens' [default: what its folder says, else by
    /// its name]
    #[arg(long, value_enum, help_heading = ENCODERS)]
    pooling: Option<Pooling>,
    #[command(flatten)]
    table: Table,
    #[command(flatten)]
    release: Release,
}

/// The heading of its flags in the help.
const TABLES: &str = "Tables";

/// The heading of its flags in the help.
const RELEASES: &str = "UMLS, SNOMED CT and NCBI Gene";

/// Which part of a large release is read.
#[derive(Debug, Clone, Default, clap::Args)]
struct Release {
    /// Of UMLS, only names and parents of these vocabularies, apart by commas, those in front preferred for labels:
    /// `SNOMEDCT_US,MSH`
    #[arg(long, help_heading = RELEASES, value_name = "SAB", value_delimiter = ',')]
    vocabulary: Vec<String>,
    /// Of UMLS, only concepts of these semantic types, apart by commas: `T047,T184`
    #[arg(long, help_heading = RELEASES, value_name = "TUI", value_delimiter = ',', value_parser = semantic_type)]
    semantic_type: Vec<String>,
    /// Of NCBI Gene, only genes of these species, by their numbers in the NCBI Taxonomy, apart by commas: `9606,10090`
    #[arg(long, help_heading = RELEASES, value_name = "NUMBER", value_delimiter = ',', value_parser = taxon)]
    taxon: Vec<u32>,
}

fn semantic_type(text: &str) -> Result<String, String> {
    umls::semantic_type(text).ok_or_else(|| "expected a T and three digits, as in `T047`".to_owned())
}

fn taxon(text: &str) -> Result<u32, String> {
    let number = text.trim().rsplit(':').next().unwrap_or_default();
    number.parse().map_err(|_| "expected a number of the NCBI Taxonomy, such as 9606".to_owned())
}

/// How to read a table whose header does not tell.
#[derive(Debug, Clone, Default, clap::Args)]
struct Table {
    /// The column of identifiers [default: told by the header]
    #[arg(long, help_heading = TABLES, value_name = "COLUMN")]
    id_column: Option<String>,
    /// The column of labels [default: told by the header]
    #[arg(long, help_heading = TABLES, value_name = "COLUMN")]
    label_column: Option<String>,
    /// The columns of synonyms, and no others; several apart by commas or by several flags
    #[arg(long, help_heading = TABLES, alias = "synonym-columns", value_name = "COLUMN", value_delimiter = ',')]
    synonym_column: Vec<String>,
    /// What stands between cells: a character or `tab` [default: told by the header]
    #[arg(long, help_heading = TABLES, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The prefix of identifiers written without one, such as `HGNC`
    #[arg(long, help_heading = TABLES, value_name = "PREFIX")]
    prefix: Option<String>,
}

impl Table {
    fn options(&self) -> table::Options {
        table::Options {
            delimiter: self.delimiter,
            id_column: self.id_column.clone(),
            label_column: self.label_column.clone(),
            synonym_columns: self.synonym_column.clone(),
            prefix: self.prefix.clone(),
        }
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        (_, &[byte]) if byte.is_ascii() => Ok(byte),
        _ => Err("expected one ASCII character, or `tab`".to_owned()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Vector {
    Hnsw,
    Exact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Pooling {
    /// The first token's
    Cls,
    /// Their mean
    Mean,
}

impl From<Pooling> for embed::Pooling {
    fn from(pooling: Pooling) -> Self {
        match pooling {
            Pooling::Cls => Self::Cls,
            Pooling::Mean => Self::Mean,
        }
    }
}

/// An ontology and what it was read from.
pub(super) struct Read {
    pub(super) ontology: Ontology,
    pub(super) provenance: Provenance,
    /// Names that were added to it.
    added: Vec<AddedNames>,
    /// What oddities are said to be in.
    place: String,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let start = Instant::now();
    let encoder: EncoderSpec = arguments.encoder.parse()?;
    if arguments.pooling.is_some() && !encoder.beside.as_ref().unwrap_or(&encoder.main).pools() {
        bail!("`--pooling` is for `fastembed:` and `bert:`, `{encoder}` has nothing to pool");
    }
    if let Some(name) = &arguments.name {
        open::check_name(name)?;
    }
    let under = arguments.under.as_deref().map(Curie::parse).transpose()?;
    let fetch = |given: &String| super::source::fetch(&Source::parse(given)?, arguments.refresh, indexes, output);
    let fetched = fetch(&arguments.source)?;
    let beside = arguments.train_with.iter().map(fetch).collect::<anyhow::Result<Vec<Fetched>>>()?;
    arguments.check_sorts(std::iter::once(&fetched).chain(&beside))?;
    let options = arguments.options();
    let others = arguments.train_with.iter().zip(&beside);
    let others = others
        .map(|(other, fetched)| Ok((other.clone(), Read::new(other, fetched, &options)?.ontology)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut read = Read::new(&arguments.source, &fetched, &options)?;
    for file in &arguments.add_names {
        read.added.push(super::additions::add(
            file,
            &mut read.ontology,
            &arguments.language,
            arguments.verbose,
            output,
        )?);
    }
    let mut selection = Selection::default();
    selection.under = under.map(|id| root(&read.ontology, id)).transpose()?;
    selection.subsets.clone_from(&arguments.subset);
    if let Some(file) = &arguments.only_ids {
        let (only, unknown) = super::inclusions::read(file, &read.ontology)?;
        if unknown > 0 {
            output.warn(format_args!(
                "{} of `{}` lead to no live concept",
                counted(unknown, "identifier"),
                file.display()
            ));
        }
        selection.only = Some(only);
    }
    let unmatched = match &arguments.exclude_names {
        Some(file) => super::exclusions::read(file, &read.ontology, &mut selection)?,
        None => 0,
    };
    let excluded = selection.excluded();
    let plan = Plan {
        source: read.provenance.clone(),
        added_names: read.added.clone(),
        selection,
        encoder,
        pooling: arguments.pooling.map(Into::into),
        vector: if arguments.vector == Vector::Exact { VectorKind::Exact } else { VectorKind::Hnsw },
        epochs: if arguments.no_train { 0 } else { arguments.epochs },
        train_with: others,
        deterministic: arguments.deterministic,
        ..Plan::new(arguments.name.as_deref().unwrap_or_else(|| read.ontology.name()))
    };
    let index = build(&read.ontology, &plan, &arguments.services, indexes, output)?;
    if unmatched > 0 {
        output.warn(format_args!("{unmatched} of {excluded} names to leave out are in no concept"));
    }
    report_oddities(&read.oddities(), arguments.verbose, output);
    if !read.ontology.live().any(Concept::has_label) {
        output.warn(format_args!(
            "no concept of `{}` has a label, so that answers show identifiers in its place; the names of another ontology's \
             concepts are what `--add-names` reads",
            read.place
        ));
    }
    summarize(&index, start, output);
    let mut out = output.data();
    writeln!(out, "{}", index.folder().display())?;
    out.flush()?;
    Ok(Status::Done)
}

impl Arguments {
    /// The languages that are kept, as names are tagged with them.
    fn languages(&self) -> Vec<String> {
        self.language.iter().map(|language| language.trim().to_lowercase().replace('_', "-")).collect()
    }

    /// How sources are read.
    fn options(&self) -> Options {
        let release = self.release.clone();
        Options {
            name: self.name.clone(),
            languages: self.languages(),
            table: self.table.options(),
            vocabularies: release.vocabulary,
            semantic_types: release.semantic_type,
            taxa: release.taxon,
        }
    }

    /// Refuses flags that none of the sources has a use for.
    fn check_sorts<'a>(&self, sources: impl Iterator<Item = &'a Fetched>) -> anyhow::Result<()> {
        let sorts: Vec<Option<Sort>> = sources.map(source::sort).collect::<Result<_, _>>()?;
        // What cannot be read says so itself.
        if sorts.contains(&None) {
            return Ok(());
        }
        let (table, release) = (&self.table, &self.release);
        let flags = [
            ("--id-column", table.id_column.is_some(), Sort::Table, "tables"),
            ("--label-column", table.label_column.is_some(), Sort::Table, "tables"),
            ("--synonym-column", !table.synonym_column.is_empty(), Sort::Table, "tables"),
            ("--delimiter", table.delimiter.is_some(), Sort::Table, "tables"),
            ("--prefix", table.prefix.is_some(), Sort::Table, "tables"),
            ("--vocabulary", !release.vocabulary.is_empty(), Sort::Umls, "releases of UMLS"),
            ("--semantic-type", !release.semantic_type.is_empty(), Sort::Umls, "releases of UMLS"),
            ("--taxon", !release.taxon.is_empty(), Sort::GeneInfo, "NCBI's `gene_info`"),
        ];
        let idle = flags.into_iter().find(|(_, is_given, sort, _)| *is_given && !sorts.contains(&Some(*sort)));
        match idle {
            Some((flag, .., of)) => bail!("`{flag}` is for {of}, and `{}` is something else", self.source),
            None => Ok(()),
        }
    }
}

/// The live concept that `id` leads to.
fn root(ontology: &Ontology, id: Curie) -> anyhow::Result<Curie> {
    match ontology.resolve(&id) {
        Resolution::Merged(concept) => Ok(concept.id.clone()),
        Resolution::Retired(concept) => Err(open::retired(concept)),
        // What is unknown is refused by the build, with the index's own error.
        Resolution::Live(_) | Resolution::Unknown => Ok(id),
    }
}

impl Read {
    /// Reads what was fetched for `given`.
    pub(super) fn new(given: &str, fetched: &Fetched, options: &Options) -> anyhow::Result<Self> {
        let ontology = source::read(fetched, options)?;
        let provenance =
            Provenance { given: given.to_owned(), blake3: fetched.blake3.clone(), oddities: ontology.oddity_count() };
        Ok(Self { ontology, provenance, added: Vec::new(), place: fetched.place.clone() })
    }

    fn oddities(&self) -> Oddities<'_> {
        Oddities { place: &self.place, told: self.ontology.oddities(), count: self.ontology.oddity_count() }
    }
}

/// Builds the index of what was read while a bar shows how far.
pub(super) fn build(
    ontology: &Ontology,
    plan: &Plan<'_>,
    services: &Services,
    indexes: &Path,
    output: &Output,
) -> anyhow::Result<Index> {
    open::check_name(plan.name)?;
    // A service is paid by the name: what it has answered is kept until the index is whole.
    let kept = indexes.join(format!(".{}.embeddings", plan.name));
    let bars = Bars { output, shown: Mutex::new(None) };
    let encoders = |words: &_| services.build_encoders(&plan.encoder, plan.pooling, words, &kept, output);
    let show = |step, done, total| bars.show(step, done, total);
    let index = build::index_with::<anyhow::Error>(ontology, plan, indexes, encoders, &show)?;
    bars.clear();
    // What is left behind costs space only.
    let _ = fs_err::remove_file(&kept);
    Ok(index)
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
            Step::Synonyms => "learning synonyms",
            Step::Search(searched) => match searched {
                index::Step::Encode => "turning into vectors",
                index::Step::EncodeDense => "turning into dense vectors",
                index::Step::Words => "indexing words",
                index::Step::Graph => "linking vectors",
                index::Step::GraphDense => "linking dense vectors",
            },
            Step::Ranking => "learning to rank",
        };
        let total = (total > 0).then_some(total as u64);
        *shown = Some((step, self.output.progress(label, total)));
    }

    fn clear(&self) {
        if let Ok(mut shown) = self.shown.lock()
            && let Some((_, bar)) = shown.take()
        {
            bar.finish_and_clear();
        }
    }
}

/// What was odd in a source.
pub(super) struct Oddities<'a> {
    pub(super) place: &'a str,
    /// Those that are kept.
    pub(super) told: &'a [Oddity],
    /// How many there were.
    pub(super) count: usize,
}

/// Says what was odd: all that is kept of it, or some.
pub(super) fn report_oddities(oddities: &Oddities<'_>, all: bool, output: &Output) {
    let Oddities { place: source, told, count: number } = *oddities;
    if told.is_empty() {
        return;
    }
    let things = if number == 1 { "thing was" } else { "things were" };
    output.warn(format_args!("{} {things} mended or passed over in `{source}`", count(number)));
    let shown = if all { told.len() } else { SHOWN_ODDITIES };
    for Oddity { line, message } in told.iter().take(shown) {
        let place = if *line == 0 { source.to_owned() } else { format!("{source}:{line}") };
        output.say(format_args!("  {}: {message}", styled(DIM, place)));
    }
    if number > shown {
        let all = if all { "" } else { "; --verbose lists all" };
        output.say(format_args!("  {}", styled(DIM, format_args!("and {} more{all}", count(number - shown)))));
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
    for AddedNames { given, names, .. } in &manifest.added_names {
        output.say(format_args!("  {} of them from `{given}`", counted(*names, "name")));
    }
    output.say(format_args!("  built in {:.1} s", start.elapsed().as_secs_f32()));
    if manifest.simulated_mentions.is_none() {
        output.say("  nothing was learnt that says how sure an answer is");
    }
    let command = format!("term2id query --index {} 'some words'", manifest.name);
    output.say(format_args!("  ask it: {}", styled(COMMAND, command)));
}

/// A number with its thousands apart.
pub(super) fn count(number: impl TryInto<u64>) -> String {
    indicatif::HumanCount(number.try_into().unwrap_or(u64::MAX)).to_string()
}

/// The same with what is counted: `1 call`, `3 calls`.
pub(super) fn counted(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

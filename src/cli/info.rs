//! `term2id info`: what an index was made from.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::index::{count, counted};
use super::list::{bytes, size};
use super::output::{BOLD, DIM, Output, styled};
use super::references::listed;
use super::{Status, open};
use crate::embed::Pooling;
use crate::embed::training::Outcome;
use crate::index::{AddedNames, Encoder, FileMark, GraphParameters, Manifest, VectorKind};

/// Show what an index was made from
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id info sample
  term2id info sample --format json")]
pub(super) struct Arguments {
    /// The index: its name, or the path of its folder
    name: String,
    /// For people, or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// The JSON answer. Scripts depend on these names.
#[derive(Serialize)]
struct Info<'a> {
    name: &'a str,
    version: Option<&'a str>,
    concepts: usize,
    names: usize,
    forms: usize,
    retired: usize,
    encoder: &'a str,
    dimensions: usize,
    beside: Option<Beside<'a>>,
    training: Option<&'a Outcome>,
    trained_with: &'a [String],
    simulated_mentions: Option<usize>,
    vector: VectorKind,
    graph: Option<&'a GraphParameters>,
    source: &'a str,
    source_blake3: &'a str,
    oddities: usize,
    under: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    only_subsets: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    only_identifiers: Option<usize>,
    subsets: &'a BTreeMap<String, usize>,
    vocabularies: &'a BTreeMap<String, usize>,
    excluded_names: usize,
    #[serde(skip_serializing_if = "<[AddedNames]>::is_empty")]
    added_names: &'a [AddedNames],
    format: u32,
    term2id: &'a str,
    folder: PathBuf,
    bytes: u64,
    files: &'a BTreeMap<String, FileMark>,
}

/// The encoder of the dense channel.
#[derive(Serialize)]
struct Beside<'a> {
    encoder: &'a str,
    dimensions: usize,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let (folder, manifest) = open::manifest(indexes, &arguments.name)?;
    match arguments.format {
        Format::Json => {
            let mut out = output.data();
            serde_json::to_writer_pretty(&mut out, &info(&manifest, folder))?;
            writeln!(out)?;
            out.flush()?;
        }
        Format::Text => text(&manifest, &folder, output)?,
    }
    Ok(Status::Done)
}

fn info(manifest: &Manifest, folder: PathBuf) -> Info<'_> {
    Info {
        name: &manifest.name,
        version: manifest.version.as_deref(),
        concepts: manifest.counts.concepts,
        names: manifest.counts.names,
        forms: manifest.counts.forms,
        retired: manifest.counts.retired,
        encoder: &manifest.encoder.spec,
        dimensions: manifest.encoder.dimensions,
        beside: (manifest.encoder.beside.as_deref())
            .map(|beside| Beside { encoder: &beside.spec, dimensions: beside.dimensions }),
        training: manifest.training.as_ref(),
        trained_with: &manifest.trained_with,
        simulated_mentions: manifest.simulated_mentions,
        vector: manifest.vector,
        graph: manifest.graph.as_ref(),
        source: &manifest.source.given,
        source_blake3: &manifest.source.blake3,
        oddities: manifest.source.oddities,
        under: manifest.under.as_deref(),
        only_subsets: &manifest.only_subsets,
        only_identifiers: manifest.only_identifiers,
        subsets: &manifest.subsets,
        vocabularies: &manifest.vocabularies,
        excluded_names: manifest.excluded_names,
        added_names: &manifest.added_names,
        format: manifest.format,
        term2id: &manifest.term2id,
        folder,
        bytes: bytes(manifest),
        files: &manifest.files,
    }
}

/// What made vectors, on one line.
fn encoder(encoder: &Encoder) -> String {
    let pooling = match encoder.pooling {
        None => "",
        Some(Pooling::Cls) => ", pooling cls",
        Some(Pooling::Mean) => ", pooling mean",
    };
    format!("{} ({} dimensions{pooling})", encoder.spec, encoder.dimensions)
}

fn text(manifest: &Manifest, folder: &Path, output: &Output) -> anyhow::Result<()> {
    let counts = manifest.counts;
    let vector = match (&manifest.vector, &manifest.graph) {
        (VectorKind::Hnsw, Some(graph)) => format!(
            "hnsw ({} neighbours, ef {} while building, {} while searching{})",
            graph.neighbours,
            graph.ef_construction,
            graph.ef_search,
            if graph.deterministic { ", deterministic" } else { "" }
        ),
        (VectorKind::Hnsw, None) => "hnsw".to_owned(),
        (VectorKind::Exact, _) => "exact".to_owned(),
    };
    let learnt = manifest.training.map_or_else(
        || "nothing: untrained".to_owned(),
        |learnt| {
            format!("{} pairs of names, {} times; last loss {:.3}", count(learnt.pairs), learnt.epochs, learnt.loss)
        },
    );
    let mut rows = vec![
        ("release", manifest.version.clone().unwrap_or_else(|| "not stated".to_owned())),
        ("concepts", count(counts.concepts)),
        ("names", format!("{} ({} different)", count(counts.names), count(counts.forms))),
        ("retired", count(counts.retired)),
        ("encoder", encoder(&manifest.encoder)),
    ];
    if let Some(beside) = &manifest.encoder.beside {
        rows.push(("beside it", encoder(beside)));
    }
    let ranker = manifest.simulated_mentions.map_or_else(
        || "not learnt: the plain score, and no confidence".to_owned(),
        |mentions| format!("learnt from {} simulated mentions", count(mentions)),
    );
    if !manifest.trained_with.is_empty() {
        rows.push(("also learnt", format!("from {}", manifest.trained_with.join(", "))));
    }
    rows.extend([
        ("learnt", learnt),
        ("ranker", ranker),
        ("vector", vector),
        ("source", manifest.source.given.clone()),
        ("", format!("blake3 {}", manifest.source.blake3)),
    ]);
    if manifest.source.oddities > 0 {
        rows.push(("oddities", format!("{} mended or passed over", count(manifest.source.oddities))));
    }
    if let Some(under) = &manifest.under {
        rows.push(("under", under.clone()));
    }
    if !manifest.only_subsets.is_empty() {
        rows.push(("limited to", format!("the subset {}", manifest.only_subsets.join(", "))));
    }
    if let Some(only) = manifest.only_identifiers {
        rows.push(("limited to", format!("{} by identifier", counted(only, "concept"))));
    }
    for (heading, counts) in [("refers to", &manifest.vocabularies), ("subsets", &manifest.subsets)] {
        if !counts.is_empty() {
            rows.push((heading, listed(counts)));
        }
    }
    if manifest.excluded_names > 0 {
        rows.push(("names left out", count(manifest.excluded_names)));
    }
    for AddedNames { given, names, .. } in &manifest.added_names {
        rows.push(("names added", format!("{} from {given}", count(*names))));
    }
    rows.push(("built by", format!("term2id {} (format {})", manifest.term2id, manifest.format)));
    rows.push(("folder", format!("{} ({})", folder.display(), size(bytes(manifest)))));
    let mut out = output.page();
    writeln!(out, "{}", styled(BOLD, &manifest.name))?;
    for (heading, value) in rows {
        writeln!(out, "  {}{value}", styled(DIM, format_args!("{heading:<16}")))?;
    }
    for (at, (file, mark)) in manifest.files.iter().enumerate() {
        let heading = if at == 0 { "files" } else { "" };
        writeln!(out, "  {}{:>9}  {file}", styled(DIM, format_args!("{heading:<16}")), size(mark.bytes))?;
    }
    Ok(out.flush()?)
}

//! `term2id list`: the indexes there are, or the ontologies known by name.

use std::io::Write as _;
use std::path::Path;

use super::index::count;
use super::output::{COMMAND, Column, Output, styled, table};
use super::{Status, open};
use crate::index::{self, Manifest};
use crate::ontology::catalogue;

/// List the indexes, or the ontologies known by name
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id list
  term2id list --catalogue")]
pub(super) struct Arguments {
    /// The ontologies that `term2id index` knows by name, with prefix, licence and address
    #[arg(long)]
    catalogue: bool,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    if arguments.catalogue {
        list_catalogue(output)?;
    } else {
        list_indexes(indexes, output)?;
    }
    Ok(Status::Done)
}

fn list_indexes(indexes: &Path, output: &Output) -> anyhow::Result<()> {
    let names = index::list(indexes)?;
    if names.is_empty() {
        output.say(format_args!("no index in `{}` yet", indexes.display()));
        output.say(format_args!("{} builds one of the compiled-in sample", styled(COMMAND, "`term2id index sample`")));
        return Ok(());
    }
    let mut rows = Vec::new();
    for name in names {
        match open::manifest(indexes, &name) {
            Ok((_, manifest)) => rows.push(row(&name, &manifest)),
            // One index that cannot be read hides none of the others.
            Err(error) => output.warn(format_args!("{error:#}")),
        }
    }
    let columns = [
        ("name", Column::Identifier),
        ("release", Column::Text),
        ("concepts", Column::Number),
        ("names", Column::Number),
        ("encoder", Column::Text),
        ("size", Column::Number),
    ];
    let mut out = output.page();
    writeln!(out, "{}", table(output, &columns, rows))?;
    Ok(out.flush()?)
}

fn row(name: &str, manifest: &Manifest) -> Vec<String> {
    vec![
        name.to_owned(),
        manifest.version.clone().unwrap_or_else(|| "-".to_owned()),
        count(manifest.counts.concepts),
        count(manifest.counts.names),
        manifest.encoder.spec.clone(),
        size(bytes(manifest)),
    ]
}

fn list_catalogue(output: &Output) -> anyhow::Result<()> {
    let mut out = output.page();
    let entries = catalogue::ENTRIES.iter();
    let rows = entries.map(|entry| [entry.name, entry.prefix, entry.title, entry.licence].map(str::to_owned).into());
    let columns =
        [("name", Column::Identifier), ("prefix", Column::Text), ("title", Column::Text), ("licence", Column::Text)];
    writeln!(out, "{}", table(output, &columns, rows.collect()))?;
    Ok(out.flush()?)
}

/// Bytes of an index on disk, the manifest left out.
pub(super) fn bytes(manifest: &Manifest) -> u64 {
    manifest.files.values().map(|file| file.bytes).sum()
}

/// A size for people.
pub(super) fn size(bytes: u64) -> String {
    indicatif::DecimalBytes(bytes).to_string()
}

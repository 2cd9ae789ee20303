//! `term2id show`: what the ontology says of an identifier.

use std::path::Path;

use anyhow::anyhow;

use super::output::Output;
use super::{Status, concept, open, searched};
use crate::index::{Found, Index};
use crate::ontology::{Curie, curie, xref};

/// Show concepts: names, definition, parents, cross-references, and what replaced a retired one
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  term2id show --index sample HP:0001250")]
pub(super) struct Arguments {
    /// The index: its name, or the path of its folder; several apart by commas
    #[arg(long, short, value_name = "NAME")]
    index: String,
    /// Identifiers in any spelling: `HP:0001250`, `hp_0001250`, `http://purl.obolibrary.org/obo/HP_0001250`; those of
    /// other vocabularies (`OMIM:154700`, `ENSG00000141510`) show the concepts that refer to them
    #[arg(required = true, value_name = "CURIE")]
    ids: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let ids = arguments.ids.iter().map(|id| identifier(id)).collect::<Result<Vec<_>, _>>()?;
    let names = searched::distinct(indexes, &arguments.index)?;
    let opened = names.iter().map(|name| open::index(indexes, name)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut out = output.page();
    let mut status = Status::Done;
    let mut any = false;
    for id in &ids {
        let mut shown = Vec::new();
        for index in &opened {
            shown.extend(index.names().find(id)?.map(|found| (index, found)));
        }
        let is_own = !shown.is_empty();
        if !is_own {
            for index in &opened {
                shown.extend(referring(index, id)?.into_iter().map(|found| (index, found)));
            }
        }
        for (index, found) in &shown {
            if std::mem::replace(&mut any, true) {
                writeln!(out)?;
            }
            if let (Found::Live(concept), false) = (found, is_own) {
                writeln!(out, "{}", concept::referring(id, concept))?;
            }
            concept::write(&mut out, id, found, index.names(), output.width())?;
        }
        if shown.is_empty() {
            let asked: Vec<&str> = opened.iter().map(|index| index.manifest().name.as_str()).collect();
            let error = anyhow!("`{id}` is not in `{}`", asked.join("|"));
            if ids.len() == 1 {
                return Err(error);
            }
            output.error(&error, None);
            status = Status::SomeFailed;
        }
    }
    out.flush()?;
    Ok(status)
}

/// The identifier that someone typed; those of some vocabularies are known by their shape.
fn identifier(text: &str) -> Result<Curie, curie::Error> {
    Curie::parse(text).or_else(|error| xref::of_bare(text).ok_or(error))
}

/// The live concepts that have a cross-reference to `id`.
fn referring(index: &Index, id: &Curie) -> anyhow::Result<Vec<Found>> {
    let names = index.names();
    let mut all = Vec::new();
    for &concept in names.concepts_of_xref(id.as_str()) {
        all.extend(names.find(&Curie::parse(names.id(concept))?)?);
    }
    Ok(all)
}

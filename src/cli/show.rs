//! `term2id show`: what the ontology says of an identifier.

use std::path::Path;

use anyhow::anyhow;

use super::output::Output;
use super::{Status, concept, open, searched};
use crate::ontology::Curie;

/// Show concepts: names, definition, parents, cross-references, and what replaced a retired one
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  term2id show --index sample HP:0001250")]
pub(super) struct Arguments {
    /// The index: its name, or the path of its folder; several apart by commas
    #[arg(long, short, value_name = "NAME")]
    index: String,
    /// Identifiers in any spelling: `HP:0001250`, `hp_0001250`, `http://purl.obolibrary.org/obo/HP_0001250`
    #[arg(required = true, value_name = "CURIE")]
    ids: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let ids = arguments.ids.iter().map(|id| Curie::parse(id)).collect::<Result<Vec<_>, _>>()?;
    let names = searched::names(&arguments.index);
    let opened = names.iter().map(|name| open::index(indexes, name)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut out = output.page();
    let mut status = Status::Done;
    let mut any = false;
    for id in &ids {
        let mut is_found = false;
        for index in &opened {
            let Some(found) = index.names().find(id)? else { continue };
            is_found = true;
            if std::mem::replace(&mut any, true) {
                writeln!(out)?;
            }
            concept::write(&mut out, id, &found, index.names(), output.width())?;
        }
        if !is_found {
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

//! Sources of ontologies for commands: fetched while a bar shows how far, and read while what is odd is told.

use std::path::Path;
use std::sync::Mutex;

use indicatif::ProgressBar;

use super::index::count;
use super::open;
use super::output::Output;
use crate::ontology::Ontology;
use crate::ontology::source::{self, Downloads, Fetched, Options, Source};

/// Brings what `source` names; a download is kept beside the indexes.
pub(super) fn fetch(source: &Source, refresh: bool, indexes: &Path, output: &Output) -> anyhow::Result<Fetched> {
    let folder = open::downloads_folder(indexes);
    let download = Mutex::new(None);
    let progress = |done: u64, total: Option<u64>| {
        let Ok(mut shown) = download.lock() else { return };
        let bar: &mut ProgressBar = shown.get_or_insert_with(|| output.download(total));
        bar.set_position(done);
    };
    let fetched = source.fetch(Downloads { folder: &folder, refresh }, &progress);
    if let Ok(Some(bar)) = download.into_inner() {
        bar.finish_and_clear();
    }
    Ok(fetched?)
}

/// The ontology that `source` names, for who needs no index of it.
pub(super) fn ontology(source: &Source, indexes: &Path, output: &Output) -> anyhow::Result<Ontology> {
    let fetched = fetch(source, false, indexes, output)?;
    let ontology = source::read(&fetched, &Options::default())?;
    if let Some(first) = ontology.oddities().first() {
        let number = count(ontology.oddity_count());
        let place = format!("{}:{}", fetched.place, first.line);
        output.warn(format_args!("mended or passed over: {number}, first {place}: {}", first.message));
    }
    Ok(ontology)
}

//! The two releases: indexes by name or folder, else whatever an ontology can be read from.

use std::path::Path;
use std::sync::Arc;

use crate::cli::open;
use crate::cli::output::{BOLD, Output, styled};
use crate::cli::source;
use crate::index::Index;
use crate::migrate::{self, report};
use crate::ontology::Ontology;
use crate::ontology::source::Source;

/// A release as it was opened.
pub(super) struct Release {
    pub(super) ontology: Ontology,
    /// Where it is an index.
    pub(super) index: Option<Arc<Index>>,
    pub(super) named: report::Release,
}

impl Release {
    /// Opens what was `given` as the release that `--{flag}` names, and says what it was taken for.
    pub(super) fn open(flag: &str, given: &str, indexes: &Path, output: &Output) -> anyhow::Result<Self> {
        let (ontology, index) = match folder(given, indexes) {
            Some(folder) => {
                let index = Index::open(&folder)?;
                (index.ontology()?, Some(Arc::new(index)))
            }
            None => (source::ontology(&Source::parse(given)?, indexes, output)?, None),
        };
        let kind = if index.is_some() { "index" } else { "file" };
        let (name, version) = (ontology.name().to_owned(), ontology.version().map(str::to_owned));
        let release = match &version {
            Some(version) => format!("release {version}"),
            None => "of no stated release".to_owned(),
        };
        output.say(format_args!("{flag:>4} {} {release} (the {kind} `{given}`)", styled(BOLD, &name)));
        let named = report::Release { given: given.to_owned(), kind, name, version };
        Ok(Self { ontology, index, named })
    }
}

/// The folder of an index of this name, where there is one.
fn folder(given: &str, indexes: &Path) -> Option<std::path::PathBuf> {
    let folder = Path::new(given);
    if folder.is_dir() && given.contains(['/', '\\']) {
        return Some(folder.to_owned());
    }
    open::index_folder(indexes, given).ok().filter(|folder| folder.is_dir())
}

/// Refuses releases of two ontologies, and warns of one release on both sides.
pub(super) fn check(from: &Release, to: &Release, output: &Output) -> Result<(), migrate::Error> {
    let (from_prefix, to_prefix) = (migrate::prefix(&from.ontology), migrate::prefix(&to.ontology));
    if from_prefix != to_prefix {
        return Err(migrate::Error::OtherOntology {
            from: from.named.given.clone(),
            to: to.named.given.clone(),
            from_prefix: from_prefix.to_owned(),
            to_prefix: to_prefix.to_owned(),
        });
    }
    if let Some(version) = from.named.version.as_ref().filter(|version| Some(*version) == to.named.version.as_ref()) {
        output.warn(format_args!("both sides are release {version}"));
    }
    Ok(())
}

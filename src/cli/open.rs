//! From arguments to what is opened: the folder of indexes, an index, its embedder, the retriever over both.
//!
//! The only file that reads the environment.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use etcetera::BaseStrategy as _;

use crate::embed::ngram::NgramEmbedder;
use crate::embed::{Embedder, EmbedderSpec};
use crate::index::{ENCODER_TABLE, Found, Index, Manifest};
use crate::ontology::Curie;
use crate::retrieve::{Channel, Hybrid, Options};

/// The name of the folder of indexes below the working folder, and in the user's data folder.
const INDEXES: &str = "indexes";

/// Which index is asked, and how.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Asking {
    /// The index to ask: its name, or the path of its folder
    #[arg(long, short, value_name = "NAME")]
    pub(crate) index: String,
    /// Ask one way of searching only
    #[arg(long, value_enum)]
    only: Option<Only>,
    /// Only this concept and what is below it
    #[arg(long, value_name = "CURIE")]
    under: Option<String>,
    /// Only this namespace, such as GO's `biological_process`
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Only {
    Exact,
    Lexical,
    Vector,
}

impl From<Only> for Channel {
    fn from(only: Only) -> Self {
        match only {
            Only::Exact => Self::Exact,
            Only::Lexical => Self::Lexical,
            Only::Vector => Self::Vector,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where indexes are: what was given, else `TERM2ID_INDEXES`, else `./indexes` where it exists, else the user's data
/// folder.
pub(crate) fn indexes_folder(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(folder) = given.or_else(|| environment("TERM2ID_INDEXES").map(PathBuf::from)) {
        return Ok(folder);
    }
    let here = PathBuf::from(INDEXES);
    if here.is_dir() {
        return Ok(here);
    }
    let home =
        etcetera::choose_base_strategy().context("cannot tell where the user's data folder is; give --indexes")?;
    Ok(home.data_dir().join("term2id").join(INDEXES))
}

/// The folder of the index `name`; a name with a path in it is the folder itself.
pub(crate) fn index_folder(indexes: &Path, name: &str) -> anyhow::Result<PathBuf> {
    if name.contains(['/', '\\']) {
        return Ok(PathBuf::from(name));
    }
    check_name(name)?;
    Ok(indexes.join(name))
}

/// Refuses names that are no plain folder name.
pub(crate) fn check_name(name: &str) -> anyhow::Result<()> {
    let is_plain = name.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if is_plain { Ok(()) } else { bail!("`{name}` cannot name an index (letters, digits, `-`, `_` and `.` can)") }
}

/// The index `name`, every byte verified.
pub(crate) fn index(indexes: &Path, name: &str) -> anyhow::Result<Arc<Index>> {
    Ok(Arc::new(Index::open(&index_folder(indexes, name)?)?))
}

/// What the index `name` was made from; its files are not looked at.
pub(crate) fn manifest(indexes: &Path, name: &str) -> anyhow::Result<(PathBuf, Manifest)> {
    let folder = index_folder(indexes, name)?;
    let manifest = Manifest::read(&folder)?;
    Ok((folder, manifest))
}

/// The encoder an index is built with. `table` is where the n-gram table was written.
pub(crate) fn encoder(spec: &EmbedderSpec, table: &Path) -> anyhow::Result<Arc<dyn Embedder>> {
    match spec {
        EmbedderSpec::Ngram => Ok(Arc::new(NgramEmbedder::open(table)?)),
        other => bail!("the encoder `{other}` is not built in yet"),
    }
}

impl Asking {
    /// Opens the index, its embedder and the retriever over both.
    pub(crate) fn open(&self, indexes: &Path) -> anyhow::Result<Hybrid> {
        let index = index(indexes, &self.index)?;
        let spec: EmbedderSpec = index.manifest().encoder.spec.parse()?;
        let embedder = encoder(&spec, &index.folder().join(ENCODER_TABLE))?;
        let under = self.under.as_deref().map(|text| live(&index, text)).transpose()?;
        let options = Options { only: self.only.map(Channel::from), under, namespace: self.namespace.clone() };
        Ok(Hybrid::new(index, embedder, &options)?)
    }
}

/// The live concept that `text` names, through merges.
fn live(index: &Index, text: &str) -> anyhow::Result<Curie> {
    let id = Curie::parse(text)?;
    match index.names().find(&id)? {
        Some(Found::Merged(concept)) => Ok(concept.id),
        Some(Found::Retired(concept)) => {
            let replaced_by = concept.retirement.map(|retirement| retirement.replaced_by).unwrap_or_default();
            Err(match replaced_by.first() {
                Some(new) => anyhow!("`{id}` is retired, replaced by `{new}`"),
                None => anyhow!("`{id}` is retired and nothing replaced it"),
            })
        }
        // What is unknown is refused by the retriever, with the index's own error.
        Some(Found::Live(_)) | None => Ok(id),
    }
}

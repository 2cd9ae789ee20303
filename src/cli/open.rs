//! From arguments to what is opened: the folder of indexes, an index, its embedders, the retriever over both.
//!
//! The only file that reads the environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, anyhow, bail};
use etcetera::BaseStrategy as _;

use super::output::Output;
use super::searched::{self, Searched};
use crate::embed::local::{self, LocalEmbedder};
use crate::embed::ngram::NgramEmbedder;
use crate::embed::remote::{self, RemoteEmbedder};
use crate::embed::{self, Embedder, EmbedderSpec, EncoderSpec, Encoders, Pooling};
use crate::index::{Encoder, Found, Index, Manifest};
use crate::normalize::{Normalizer, OntologyTag};
use crate::ontology::{Concept, Curie, species};
use crate::retrieve::{Channel, Hybrid, Options, Retriever};
use crate::service::{Endpoint, Key};

/// The name of the folder of indexes below the working folder, and in the user's data folder.
const INDEXES: &str = "indexes";

/// Which index is asked, and how.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Asking {
    /// The index to ask: its name, or the path of its folder; several apart by commas are asked as one
    #[arg(long, short, value_name = "NAME")]
    pub(crate) index: String,
    /// Of several indexes, those that mentions are expected to mean something of, by name or prefix: a preference (20
    /// times likelier), not a limit
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    expect: Vec<String>,
    /// Ask one way of searching only
    #[arg(long, value_enum)]
    only: Option<Only>,
    /// Only this concept and what is below it
    #[arg(long, value_name = "CURIE")]
    under: Option<String>,
    /// Only this namespace, such as GO's `biological_process`
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Only this subset of the ontology, such as Mondo's `rare` or HPO's `hposlim_core`; `term2id info` names those of an
    /// index
    #[arg(long, value_name = "SUBSET")]
    subset: Option<String>,
    /// Only genes of this species: `human`, `mouse`, its number in the NCBI Taxonomy
    #[arg(long, value_name = "SPECIES", value_parser = species, conflicts_with = "namespace")]
    species: Option<String>,
    #[command(flatten)]
    services: Services,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Only {
    /// Names of the same normal form
    Exact,
    /// Words and their beginnings, by BM25
    Lexical,
    /// Names whose vectors are near
    Vector,
    /// The same by the second encoder, in an index built with `ngram+...`
    Dense,
}

impl From<Only> for Channel {
    fn from(only: Only) -> Self {
        match only {
            Only::Exact => Self::Exact,
            Only::Lexical => Self::Lexical,
            Only::Vector => Self::Vector,
            Only::Dense => Self::Dense,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// A path, whatever its bytes.
fn environment_path(name: &str) -> Option<PathBuf> {
    environment(name).map(PathBuf::from)
}

/// An address or a key; what is not UTF-8 is neither.
fn environment_text(name: &str) -> Option<String> {
    environment(name)?.into_string().ok()
}

/// The command line, but for where the program lies.
pub(crate) fn command_line() -> Vec<String> {
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once("term2id".to_owned()).chain(arguments).collect()
}

/// Now, or what `SOURCE_DATE_EPOCH` says for who wants the same bytes again: `2026-11-23T02:15:00Z`.
pub(crate) fn date() -> String {
    let given = environment_text("SOURCE_DATE_EPOCH").and_then(|seconds| seconds.parse().ok());
    let given = given.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    let now = given.unwrap_or_else(SystemTime::now);
    humantime::format_rfc3339_seconds(now).to_string()
}

/// Where indexes are: what was given, else `TERM2ID_INDEXES`, else `./indexes` where it exists, else the user's data
/// folder.
pub(crate) fn indexes_folder(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(folder) = given.or_else(|| environment_path("TERM2ID_INDEXES")) {
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

/// Where what is downloaded is kept: below the user's cache folder, else beside the indexes.
fn cache_folder(indexes: &Path) -> PathBuf {
    etcetera::choose_base_strategy().map_or_else(|_| indexes.join(".cache"), |home| home.cache_dir().join("term2id"))
}

/// Where downloaded ontologies are kept.
pub(crate) fn downloads_folder(indexes: &Path) -> PathBuf {
    cache_folder(indexes).join("ontologies")
}

/// What holds the key of services that are named beside a model.
pub(crate) const OWN_KEY: &str = "TERM2ID_API_KEY";

/// The heading of their flags in the help.
pub(crate) const ENCODERS: &str = "Other encoders";

/// Where encoders other than `ngram` find what they need.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Services {
    /// The ONNX Runtime library for `fastembed:` [default: `ORT_DYLIB_PATH`, else searched for]
    #[arg(long, value_name = "FILE", help_heading = ENCODERS)]
    onnxruntime: Option<PathBuf>,
    /// The address of the service for `openai:` and for --model, up to `/v1` [default: `OPENAI_BASE_URL`, else
    /// `OpenAI`'s]; its key is read from `OPENAI_API_KEY`
    #[arg(long, value_name = "URL", help_heading = ENCODERS)]
    base_url: Option<String>,
    /// The address of the service for `openai:` where it is another than the model's
    #[arg(long, value_name = "URL", help_heading = ENCODERS)]
    encoder_url: Option<String>,
}

impl Services {
    /// The encoders an index is built with; answers of a service are kept in `kept` so that a second try has them.
    pub(crate) fn build_encoders(
        &self,
        spec: &EncoderSpec,
        pooling: Option<Pooling>,
        words: &Arc<NgramEmbedder>,
        kept: &Path,
        output: &Output,
    ) -> anyhow::Result<Encoders> {
        let open = |spec: &EmbedderSpec| -> anyhow::Result<Arc<dyn Embedder>> {
            Ok(match spec {
                EmbedderSpec::Ngram => Arc::clone(words) as Arc<dyn Embedder>,
                EmbedderSpec::Fastembed(model) => Arc::new(self.local(model, pooling, !output.is_quiet())?),
                EmbedderSpec::Openai(model) => Arc::new(RemoteEmbedder::new(self.remote(model))?.keeping(kept)?),
                EmbedderSpec::Bert(folder) => embed::open_bert(folder, pooling)?,
            })
        };
        Ok(Encoders { main: open(&spec.main)?, beside: spec.beside.as_ref().map(open).transpose()? })
    }

    /// The encoders that `index` was built with.
    pub(crate) fn query_encoders(&self, index: &Index) -> anyhow::Result<Encoders> {
        let open = |encoder: &Encoder| -> anyhow::Result<Arc<dyn Embedder>> {
            Ok(match encoder.spec.parse()? {
                EmbedderSpec::Ngram => Arc::clone(index.parts().table()) as Arc<dyn Embedder>,
                EmbedderSpec::Fastembed(model) => Arc::new(self.local(&model, encoder.pooling, false)?),
                EmbedderSpec::Openai(model) => {
                    let options = remote::Options { dimensions: Some(encoder.dimensions), ..self.remote(&model) };
                    Arc::new(RemoteEmbedder::new(options)?)
                }
                EmbedderSpec::Bert(folder) => embed::open_bert(&folder, encoder.pooling)?,
            })
        };
        let encoder = &index.manifest().encoder;
        Ok(Encoders { main: open(encoder)?, beside: encoder.beside.as_deref().map(open).transpose()? })
    }

    fn local(&self, model: &str, pooling: Option<Pooling>, progress: bool) -> anyhow::Result<LocalEmbedder> {
        let python = ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().filter_map(environment_path);
        let options = local::Options {
            runtime: self.onnxruntime.clone().or_else(|| environment_path("ORT_DYLIB_PATH")),
            runtime_folders: python.chain([PathBuf::from(".venv")]).collect(),
            cache: cache_folder(Path::new(INDEXES)).join("models"),
            hub: environment_text("HF_ENDPOINT"),
            pooling,
            progress,
            ..local::Options::default()
        };
        Ok(LocalEmbedder::open(model, &options)?)
    }

    fn remote(&self, model: &str) -> remote::Options {
        let endpoint = self.endpoint();
        let base_url = self.encoder_url.clone().or(endpoint.base_url);
        remote::Options { endpoint: Endpoint { base_url, ..endpoint }, ..remote::Options::new(model) }
    }

    /// The service of a model: the usual one, or the one at `url`. That gets a key of its own, and never the one that
    /// belongs to the usual service.
    pub(crate) fn chat_endpoint(&self, url: Option<&str>, timeout_seconds: u64, retries: u32) -> Endpoint {
        let usual = Endpoint { timeout_seconds, retries, ..self.endpoint() };
        match url {
            Some(url) if !usual.is_at(url) => {
                let key = environment_text(OWN_KEY).as_deref().map(Key::new);
                Endpoint { base_url: Some(url.to_owned()), key, ..usual }
            }
            _ => usual,
        }
    }

    /// Whether the usual service is the one at `url`.
    pub(crate) fn is_usual(&self, url: &str) -> bool {
        self.endpoint().is_at(url)
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint {
            base_url: self.base_url.clone().or_else(|| environment_text("OPENAI_BASE_URL")),
            key: environment_text("OPENAI_API_KEY").as_deref().map(Key::new),
            ..Endpoint::default()
        }
    }
}

/// The namespace of a species' genes.
fn species(given: &str) -> Result<String, String> {
    let known = || species::known().collect::<Vec<_>>().join("`, `");
    species::namespace(given).ok_or_else(|| format!("no species that is known, such as `{}`, nor a number", known()))
}

impl Asking {
    /// Where services are found.
    pub(crate) const fn services(&self) -> &Services {
        &self.services
    }

    /// Whether one way of searching is asked alone.
    pub(crate) const fn is_one_channel(&self) -> bool {
        self.only.is_some()
    }

    /// Whether several indexes are asked as one.
    pub(crate) fn is_several(&self) -> bool {
        searched::names(&self.index).len() > 1
    }

    /// Opens the index, its embedders and the retriever over both; of several, each when it is first needed.
    pub(crate) fn open(&self, indexes: &Path) -> anyhow::Result<Searched> {
        if self.is_several() {
            return self.open_several(indexes)?.expecting(&self.expect);
        }
        let index = index(indexes, &self.index)?;
        let under = self.under.as_deref().map(|text| live(&index, text)).transpose()?;
        let options = Options {
            only: self.only.map(Channel::from),
            under,
            namespace: self.namespace.clone().or_else(|| self.species.clone()),
            subset: self.subset.clone(),
            ..Options::default()
        };
        Searched::one(Arc::new(retriever(&index, &self.services, &options)?)).expecting(&self.expect)
    }

    fn open_several(&self, indexes: &Path) -> anyhow::Result<Searched> {
        let limits = [
            ("--under", self.under.is_some()),
            ("--namespace", self.namespace.is_some()),
            ("--subset", self.subset.is_some()),
            ("--species", self.species.is_some()),
        ];
        if let Some((flag, _)) = limits.into_iter().find(|(_, is_given)| *is_given) {
            bail!("`{flag}` limits one index, and `--index` names several");
        }
        let options = Options { only: self.only.map(Channel::from), ..Options::default() };
        Searched::several(indexes, &searched::distinct(indexes, &self.index)?, &self.services, &options)
    }
}

/// The retriever over an opened index.
pub(crate) fn retriever(index: &Arc<Index>, services: &Services, options: &Options) -> anyhow::Result<Hybrid> {
    let encoders = services.query_encoders(index)?;
    Ok(Hybrid::new(Arc::clone(index), encoders, options)?)
}

/// Answers from a retriever over `index`, with at most so many candidates each.
pub(crate) fn normalizer(index: &Index, retriever: Arc<dyn Retriever>, limit: usize) -> Normalizer {
    Normalizer::new(retriever, tag(index), limit)
}

/// The ontology of an index, as answers name it.
pub(crate) fn tag(index: &Index) -> OntologyTag {
    let manifest = index.manifest();
    OntologyTag { name: manifest.name.clone(), version: manifest.version.clone() }
}

/// The live concept that `text` names, through merges.
fn live(index: &Index, text: &str) -> anyhow::Result<Curie> {
    let id = Curie::parse(text)?;
    match index.names().find(&id)? {
        Some(Found::Merged(concept)) => Ok(concept.id),
        Some(Found::Retired(concept)) => Err(retired(&concept)),
        // What is unknown is refused by the retriever, with the index's own error.
        Some(Found::Live(_)) | None => Ok(id),
    }
}

/// That a retired concept has nothing below it, and what to take instead.
pub(crate) fn retired(concept: &Concept) -> anyhow::Error {
    let replaced_by = concept.retirement.as_ref().and_then(|retirement| retirement.replaced_by.first());
    match replaced_by {
        Some(new) => anyhow!("`{}` is retired, replaced by `{new}`", concept.id),
        None => anyhow!("`{}` is retired and nothing replaced it", concept.id),
    }
}

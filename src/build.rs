//! From an ontology to an index that can be asked: the steps of [`crate::index`], and what is learnt between them.
//!
//! ```
//! use std::sync::Arc;
//! use term2id::build::{self, Plan};
//! use term2id::ontology::{Concept, Curie, Draft, Name, Ontology, Scope};
//! use term2id::{Hybrid, Mention, Normalizer};
//!
//! let mut concept = Concept::new(Curie::parse("HP:0001176")?);
//! concept.names = vec![Name::new("Large hands", Scope::Label), Name::new("Large hand", Scope::Exact)];
//! let draft = Draft { concepts: vec![(1, concept)], ..Draft::default() };
//! let ontology = Ontology::assemble(draft, "mine", "mine.json")?;
//!
//! let folder = tempfile::tempdir()?;
//! let index = build::index(&ontology, &Plan::new("mine"), folder.path())?;
//! let normalizer = Normalizer::over(Hybrid::of(Arc::new(index))?, 10);
//! let answer = normalizer.normalize_by_retrieval(Mention::new("LARGE HANDS"));
//! assert_eq!(answer.answer().unwrap().id.as_str(), "HP:0001176");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::path::Path;
use std::sync::Arc;

use crate::embed::ngram::NgramEmbedder;
use crate::embed::{self, EmbedderSpec, EncoderSpec, Encoders, Pooling, training};
use crate::index::{
    self, AddedNames, Build, Description, ENCODER_TABLE, GraphParameters, Index, Provenance, Selection, VectorKind,
};
use crate::ontology::Ontology;
use crate::retrieve::{self, Withheld, learning, symbols};

/// What an index is built of, and how.
#[derive(Debug)]
pub struct Plan<'a> {
    /// What the index is called: the name of its folder.
    pub name: &'a str,
    /// What the ontology was read from, for the manifest.
    pub source: Provenance,
    /// Names that its concepts got beside the ontology's own, for the manifest.
    pub added_names: Vec<AddedNames>,
    /// Which part of the ontology can be answered.
    pub selection: Selection,
    /// What turns names into vectors.
    pub encoder: EncoderSpec,
    /// How token vectors are pooled; `None` where the model says.
    pub pooling: Option<Pooling>,
    /// How vectors are searched.
    pub vector: VectorKind,
    /// How often every concept is seen while the n-gram table is learnt; 0 for learning nothing.
    pub epochs: usize,
    /// Other ontologies whose names it is learnt from as well, each as it was given.
    pub train_with: Vec<(String, Ontology)>,
    /// Whether the same source gives the same answers each time (slower).
    pub deterministic: bool,
}

impl<'a> Plan<'a> {
    /// The whole ontology, with the encoder that is learnt from it.
    pub fn new(name: &'a str) -> Self {
        Self {
            name,
            source: Provenance { given: name.to_owned(), ..Provenance::default() },
            added_names: Vec::new(),
            selection: Selection::default(),
            encoder: EncoderSpec { main: EmbedderSpec::Ngram, beside: None },
            pooling: None,
            vector: VectorKind::Hnsw,
            epochs: training::Options::default().epochs,
            train_with: Vec::new(),
            deterministic: false,
        }
    }
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The n-gram table is learnt from synonyms.
    Synonyms,
    /// What is searched is built.
    Search(index::Step),
    /// The ranker is learnt from simulated mentions.
    Ranking,
}

/// Builds the index `indexes/name` with the encoder that is learnt from the ontology; an index of that name is replaced
/// when all is done.
///
/// # Errors
/// [`Error::OtherEncoder`] where the plan asks for another encoder ([`index_with`] takes any); where the folder cannot be
/// written, or another build of that name is running.
pub fn index(ontology: &Ontology, plan: &Plan<'_>, indexes: &Path) -> Result<Index, Error> {
    if plan.encoder.main != EmbedderSpec::Ngram || plan.encoder.beside.is_some() {
        return Err(Error::OtherEncoder { given: plan.encoder.to_string() });
    }
    index_with(
        ontology,
        plan,
        indexes,
        |words| Ok(Encoders { main: Arc::clone(words) as _, beside: None }),
        &|_, _, _| {},
    )
}

/// The same with encoders that `open` makes once the n-gram table is learnt; `show` is told of each step how much is done,
/// of how much (0 where that is not known).
///
/// # Errors
/// Where the folder cannot be written, another build of that name is running, or an encoder fails.
pub fn index_with<E>(
    ontology: &Ontology,
    plan: &Plan<'_>,
    indexes: &Path,
    open: impl FnOnce(&Arc<NgramEmbedder>) -> Result<Encoders, E>,
    show: &(dyn Fn(Step, usize, usize) + Sync),
) -> Result<Index, E>
where
    E: From<index::Error> + From<embed::Error> + From<retrieve::Error>,
{
    let build = Build::begin(indexes, plan.name)?;
    let names = build.names(ontology, &plan.selection)?;
    let withheld = if plan.epochs == 0 { Withheld::default() } else { learning::withhold(&names) };
    let definitions = learning::definitions(&names, ontology);
    let table = build.folder().join(ENCODER_TABLE);
    let options = training::Options { epochs: plan.epochs, ..training::Options::default() };
    let others: Vec<Vec<String>> =
        plan.train_with.iter().flat_map(|(_, other)| learning::texts_of_other(other, &names, &withheld)).collect();
    let mut texts = learning::texts(&names, &definitions, &withheld);
    texts.extend(others.iter().map(|texts| texts.iter().map(String::as_str).collect()));
    let learnt = training::train(&texts, &options, &table, &|done, _| show(Step::Synonyms, done, options.epochs))?;
    drop(texts);
    let words = Arc::new(NgramEmbedder::open(&table)?);
    let encoders = open(&words)?;
    let graph = (plan.vector == VectorKind::Hnsw)
        .then(|| GraphParameters { deterministic: plan.deterministic, ..GraphParameters::default() });
    let searching = |step, done, total| show(Step::Search(step), done, total);
    let unsealed = build.search(names, &words, &*encoders.main, encoders.beside.as_deref(), graph, &searching)?;
    symbols::write(&unsealed)?;
    show(Step::Ranking, 0, 0);
    let simulated_mentions = learning::learn(&unsealed, &encoders, &withheld, &definitions)?;
    let description = Description {
        version: ontology.version().map(str::to_owned),
        source: plan.source.clone(),
        encoder: plan.encoder.clone(),
        pooling: plan.pooling,
        training: learnt,
        trained_with: plan.train_with.iter().map(|(given, _)| given.clone()).collect(),
        added_names: plan.added_names.clone(),
        simulated_mentions,
    };
    Ok(unsealed.seal(description, ontology, &plan.selection)?)
}

/// Why an index could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Its parts cannot be made or written.
    #[error("cannot build the index")]
    Index(#[from] index::Error),
    /// Names cannot be turned into vectors.
    #[error("cannot turn names into vectors")]
    Embed(#[from] embed::Error),
    /// The ranker cannot be learnt.
    #[error("cannot learn to rank")]
    Retrieve(#[from] retrieve::Error),
    /// The plan asks for an encoder that has to be opened first.
    #[error("the encoder `{given}` has to be opened first")]
    OtherEncoder {
        /// What the plan asks for.
        given: String,
    },
}

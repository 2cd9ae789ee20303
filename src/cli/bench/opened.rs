//! An opened index as benchmarks need it: its identifiers, and retrieval in each of its stages.

use std::path::Path;
use std::sync::Arc;

use crate::cli::index::count;
use crate::cli::open::{self, Services};
use crate::cli::output::Output;
use crate::embed::Encoders;
use crate::evaluate::dataset::{self, Dataset};
use crate::evaluate::identifiers::Identifiers;
use crate::evaluate::metrics::DEEPEST;
use crate::evaluate::popularity::{PassedOver, Popularity};
use crate::evaluate::report::summary::Measured;
use crate::evaluate::report::{IndexTag, SystemKind, SystemTag};
use crate::evaluate::system::retrieval;
use crate::index::Index;
use crate::retrieve::{self, Channel, Hybrid, Options, Retriever};

/// A stage of retrieval, alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Stage {
    /// Names that are equal, but for case, punctuation and the like
    Exact,
    /// BM25 over words and their parts
    Lexical,
    /// Nearest vectors of the main encoder
    Vector,
    /// Nearest vectors of the second encoder, where the index has one
    Dense,
    /// All of these together, without what was learnt to rank them
    Fused,
    /// The same, ranked: what `query` and `normalize` answer
    Ranked,
}

impl Stage {
    pub(super) const ALL: [Self; 6] =
        [Self::Exact, Self::Lexical, Self::Vector, Self::Dense, Self::Fused, Self::Ranked];

    /// What tables call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Lexical => "lexical",
            Self::Vector => "vector",
            Self::Dense => "dense",
            Self::Fused => "fused",
            Self::Ranked => "ranked",
        }
    }

    fn options(self) -> Options {
        let only = |channel| Options { only: Some(channel), ..Options::default() };
        match self {
            Self::Exact => only(Channel::Exact),
            Self::Lexical => only(Channel::Lexical),
            Self::Vector => only(Channel::Vector),
            Self::Dense => only(Channel::Dense),
            Self::Fused => Options { unranked: true, ..Options::default() },
            Self::Ranked => Options::default(),
        }
    }

    pub(super) fn tag(self) -> SystemTag {
        SystemTag::new(self.name(), SystemKind::Retrieval)
    }
}

/// An index that is measured.
pub(super) struct Opened {
    pub(super) index: Arc<Index>,
    pub(super) identifiers: Identifiers,
    /// All of retrieval.
    pub(super) retriever: Arc<Hybrid>,
    encoders: Encoders,
}

impl Opened {
    pub(super) fn new(indexes: &Path, name: &str, services: &Services) -> anyhow::Result<Self> {
        let index = open::index(indexes, name)?;
        let identifiers = Identifiers::new(Arc::new(index.ontology()?));
        let encoders = services.query_encoders(&index)?;
        let retriever = Arc::new(Hybrid::new(Arc::clone(&index), encoders.clone(), &Options::default())?);
        Ok(Self { index, identifiers, retriever, encoders })
    }

    pub(super) fn tag(&self) -> IndexTag {
        let manifest = self.index.manifest();
        IndexTag {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            blake3: manifest.source.blake3.clone(),
            encoder: manifest.encoder.id.clone(),
            concepts: self.index.names().concepts(),
            names: self.index.names().names(),
        }
    }

    /// The stages that this index has.
    pub(super) fn stages(&self) -> Vec<Stage> {
        let has = |stage: &Stage| match stage {
            Stage::Dense => self.index.parts().dense().is_some(),
            Stage::Ranked => self.retriever.is_learnt(),
            _ => true,
        };
        Stage::ALL.into_iter().filter(has).collect()
    }

    /// The retriever of a stage.
    fn retriever_of(&self, stage: Stage) -> anyhow::Result<Arc<Hybrid>> {
        if stage != Stage::Ranked {
            return Ok(Arc::new(Hybrid::new(Arc::clone(&self.index), self.encoders.clone(), &stage.options())?));
        }
        // Without a ranker it would be another stage under this name.
        if !self.retriever.is_learnt() {
            return Err(retrieve::Error::NothingLearnt.into());
        }
        Ok(Arc::clone(&self.retriever))
    }

    /// Refuses stages that the index does not have.
    pub(super) fn check(&self, stages: &[Stage]) -> anyhow::Result<()> {
        stages.iter().try_for_each(|stage| self.retriever_of(*stage).map(drop))
    }

    /// The cases of a file, or as many as `sample` says by a seed, with all that is known of them before they are asked.
    pub(super) fn dataset(
        &self,
        path: &Path,
        options: &dataset::Options,
        sample: Option<(usize, u64)>,
        popularity: Option<&Popularity>,
    ) -> anyhow::Result<Dataset> {
        let mut dataset = Dataset::read(path, options, &self.identifiers)?;
        if let Some((most, seed)) = sample {
            dataset.sample(most, seed);
        }
        dataset.mark_named(self.retriever_of(Stage::Exact)?.as_ref())?;
        if let Some(popularity) = popularity {
            dataset.set_popularity(popularity);
        }
        Ok(dataset)
    }

    /// A stage's answers to a dataset; what is less sure than `least` is no match. Of all of retrieval, mentions of several
    /// concepts are split, unless each `is_whole`.
    pub(super) fn stage(
        &self,
        stage: Stage,
        dataset: &Dataset,
        least: f32,
        is_whole: bool,
        output: &Output,
    ) -> anyhow::Result<Measured> {
        let retriever = self.retriever_of(stage)?;
        let least = if stage == Stage::Ranked { least } else { 0.0 };
        let normalizer = open::normalizer(retriever.index(), Arc::clone(&retriever) as Arc<dyn Retriever>, DEEPEST)
            .with_least_confidence(least);
        let normalizer = if stage == Stage::Ranked && !is_whole { normalizer.splitting() } else { normalizer };
        let bar = output.progress(stage.name(), Some(dataset.cases.len() as u64));
        let answers = retrieval::answers(&normalizer, &dataset.cases, &|done| bar.set_position(done as u64));
        bar.finish_and_clear();
        let measured = Measured::new(stage.name(), dataset, answers, &self.identifiers);
        Ok(Measured { at_once: rayon::current_num_threads(), ..measured })
    }
}

/// Reads how often concepts occur, and says what of the file is about none.
pub(super) fn popularity(
    path: &Path,
    column: Option<&str>,
    identifiers: &Identifiers,
    output: &Output,
) -> anyhow::Result<Popularity> {
    let popularity = Popularity::open(path, column, identifiers)?;
    if let Some(counts) = popularity.column() {
        output.say(format_args!("`{}`: the column `{counts}` says how often concepts occur", path.display()));
    }
    if let Some(PassedOver { identifiers, first, line }) = popularity.passed_over() {
        let others = match identifiers - 1 {
            0 => String::new(),
            others => format!(" (nor do {} others)", count(others)),
        };
        output.warn(format_args!("{}:{line}: `{first}` leads to no live concept{others}", path.display()));
    }
    Ok(popularity)
}

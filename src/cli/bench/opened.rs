//! An opened index as benchmarks need it: its identifiers, and retrieval in each of its stages.

use std::path::Path;
use std::sync::Arc;

use crate::cli::open::{self, Services};
use crate::cli::output::Output;
use crate::evaluate::dataset::{self, Dataset};
use crate::evaluate::identifiers::Identifiers;
use crate::evaluate::metrics::CUTOFFS;
use crate::evaluate::popularity::Popularity;
use crate::evaluate::report::summary::Measured;
use crate::evaluate::report::{IndexTag, SystemKind, SystemTag};
use crate::evaluate::system::retrieval;
use crate::index::Index;
use crate::normalize::{Normalizer, OntologyTag};
use crate::retrieve::{Channel, Hybrid, Options, Retriever};

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
        SystemTag {
            name: self.name().to_owned(),
            kind: SystemKind::Retrieval,
            model: None,
            url: None,
            offered: None,
            has_context: false,
            prompt_hash: None,
        }
    }
}

/// An index that is measured.
pub(super) struct Opened {
    pub(super) index: Arc<Index>,
    pub(super) identifiers: Identifiers,
    /// All of retrieval.
    pub(super) retriever: Arc<Hybrid>,
    services: Services,
}

impl Opened {
    pub(super) fn new(indexes: &Path, name: &str, services: &Services) -> anyhow::Result<Self> {
        let index = open::index(indexes, name)?;
        let identifiers = Identifiers::new(Arc::new(index.ontology()?));
        let retriever = Arc::new(open::retriever(&index, services, &Options::default())?);
        Ok(Self { index, identifiers, retriever, services: services.clone() })
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

    /// The cases of a file, with all that is known of them before they are asked.
    pub(super) fn dataset(
        &self,
        path: &Path,
        options: &dataset::Options,
        popularity: Option<&Popularity>,
    ) -> anyhow::Result<Dataset> {
        let mut dataset = Dataset::read(path, options, &self.identifiers)?;
        dataset.mark_named(&open::retriever(&self.index, &self.services, &Stage::Exact.options())?)?;
        if let Some(popularity) = popularity {
            dataset.set_popularity(popularity);
        }
        Ok(dataset)
    }

    /// Answers with so many candidates as recall is told for.
    pub(super) fn normalizer(&self, retriever: Arc<dyn Retriever>) -> Normalizer {
        let manifest = self.index.manifest();
        let ontology = OntologyTag { name: manifest.name.clone(), version: manifest.version.clone() };
        Normalizer::new(retriever, ontology, CUTOFFS[CUTOFFS.len() - 1])
    }

    /// A stage's answers to a dataset; what is less sure than `least` is no match.
    pub(super) fn stage(
        &self,
        stage: Stage,
        dataset: &Dataset,
        least: f32,
        output: &Output,
    ) -> anyhow::Result<Measured> {
        let retriever: Arc<dyn Retriever> = match stage {
            Stage::Ranked => Arc::clone(&self.retriever) as Arc<dyn Retriever>,
            stage => Arc::new(open::retriever(&self.index, &self.services, &stage.options())?),
        };
        let least = if stage == Stage::Ranked { least } else { 0.0 };
        let normalizer = self.normalizer(retriever).with_least_confidence(least);
        let bar = output.progress(stage.name(), Some(dataset.cases.len() as u64));
        let answers = retrieval::answers(&normalizer, &dataset.cases, &|done| bar.set_position(done as u64));
        bar.finish_and_clear();
        let measured = Measured::new(stage.name(), dataset, answers, &self.identifiers);
        Ok(Measured { at_once: rayon::current_num_threads(), ..measured })
    }
}

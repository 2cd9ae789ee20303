//! An opened index as benchmarks need it: its identifiers, and retrieval in each of its stages.

use std::path::Path;
use std::sync::Arc;

use crate::cli::index::count;
use crate::cli::open::{self, Services};
use crate::cli::output::Output;
use crate::cli::searched::{self, Searched};
use crate::embed::Encoders;
use crate::evaluate::dataset::{self, Dataset};
use crate::evaluate::identifiers::Identifiers;
use crate::evaluate::metrics::DEEPEST;
use crate::evaluate::popularity::{PassedOver, Popularity};
use crate::evaluate::report::summary::Measured;
use crate::evaluate::report::{IndexTag, SystemKind, SystemTag};
use crate::evaluate::system::retrieval;
use crate::index::Index;
use crate::normalize::Normalizer;
use crate::ontology::Ontology;
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
    /// One, or several that are asked as one.
    parts: Vec<Part>,
    pub(super) identifiers: Identifiers,
    /// All of retrieval.
    pub(super) searched: Searched,
}

struct Part {
    index: Arc<Index>,
    encoders: Encoders,
}

impl Part {
    fn retriever(&self, stage: Stage) -> Result<Arc<Hybrid>, retrieve::Error> {
        Ok(Arc::new(Hybrid::new(Arc::clone(&self.index), self.encoders.clone(), &stage.options())?))
    }
}

impl Opened {
    pub(super) fn new(indexes: &Path, names: &str, services: &Services) -> anyhow::Result<Self> {
        let open = |name: &str| -> anyhow::Result<Part> {
            let index = open::index(indexes, name)?;
            let encoders = services.query_encoders(&index)?;
            Ok(Part { index, encoders })
        };
        let names = searched::distinct(indexes, names)?;
        let parts = names.iter().map(|name| open(name)).collect::<anyhow::Result<Vec<Part>>>()?;
        let ontologies = parts.iter().map(|part| part.index.ontology()).collect::<Result<Vec<_>, _>>()?;
        let retrievers = parts.iter().map(|part| part.retriever(Stage::Ranked)).collect::<Result<Vec<_>, _>>()?;
        let searched = Searched::of(retrievers);
        let identifiers = match <[Ontology; 1]>::try_from(ontologies) {
            Ok([only]) => Identifiers::new(Arc::new(only)),
            Err(ontologies) => Identifiers::of_several(ontologies, &searched.tag().name)?,
        };
        Ok(Self { parts, identifiers, searched })
    }

    /// The same, with what mentions are expected to be.
    pub(super) fn expecting(self, expected: &[String]) -> anyhow::Result<Self> {
        Ok(Self { searched: self.searched.expecting(expected)?, ..self })
    }

    pub(super) fn tags(&self) -> Vec<IndexTag> {
        let tag = |Part { index, .. }: &Part| {
            let manifest = index.manifest();
            IndexTag {
                name: manifest.name.clone(),
                version: manifest.version.clone(),
                blake3: manifest.source.blake3.clone(),
                encoder: manifest.encoder.id.clone(),
                concepts: index.names().concepts(),
                names: index.names().names(),
            }
        };
        self.parts.iter().map(tag).collect()
    }

    /// The stages that this index has, or that all of several have.
    pub(super) fn stages(&self) -> anyhow::Result<Vec<Stage>> {
        let is_learnt = self.searched.is_learnt()?;
        let has = |stage: &Stage| match stage {
            Stage::Dense => self.parts.iter().all(|part| part.index.parts().dense().is_some()),
            Stage::Ranked => is_learnt,
            _ => true,
        };
        Ok(Stage::ALL.into_iter().filter(has).collect())
    }

    /// The retriever of a stage.
    fn retriever_of(&self, stage: Stage) -> anyhow::Result<Arc<dyn Retriever>> {
        if stage != Stage::Ranked {
            let retrievers = self.parts.iter().map(|part| part.retriever(stage)).collect::<Result<Vec<_>, _>>()?;
            return Ok(Searched::of(retrievers).retriever());
        }
        // Without a ranker it would be another stage under this name.
        if !self.searched.is_learnt()? {
            return Err(retrieve::Error::NothingLearnt.into());
        }
        Ok(self.searched.retriever())
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
        dataset.expect(self.searched.expected());
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
        let least = if stage == Stage::Ranked { least } else { 0.0 };
        let normalizer = Normalizer::new(self.retriever_of(stage)?, self.searched.tag(), DEEPEST);
        let normalizer = normalizer.with_least_confidence(least);
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

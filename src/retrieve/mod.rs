//! Retrieval: a mention in, ranked candidate concepts out, each with the name that matched and how.

pub mod learning;
pub mod symbols;

mod alignment;
mod channels;
mod examine;
mod explain;
mod features;
mod hybrid;
mod limits;
mod phrases;
mod ranking;
mod several;
mod trees;

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::ontology::{Curie, Scope, Tag};

pub use channels::Channel;
pub use explain::{Contribution, Explanation};
pub use hybrid::{Hybrid, Options};
pub use phrases::Withheld;
pub use ranking::Threshold;
pub use several::{EXPECTED, Opener, Several};
pub use trees::EngineError;

/// What someone wrote, to be normalized.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mention {
    /// The words.
    pub text: String,
    /// The sentence they stand in, where it is known.
    pub context: Option<String>,
    /// The ontologies it is expected to mean something of, by the names of their indexes or the prefixes of their
    /// identifiers; none where nothing is expected. Read where several ontologies are asked ([`Several`]).
    pub expected: Vec<String>,
    /// The species that a gene is of, by its name (`mouse`, `Mus musculus`) or its number in the NCBI Taxonomy; none where
    /// nothing is said. No other species' genes are found then. Read where one index is asked ([`Hybrid`]).
    pub species: Option<String>,
}

impl Mention {
    /// A mention without context.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Expectations as a cell of a table has them: words apart by `|`.
    pub fn expectations(cell: &str) -> Vec<String> {
        cell.split(['|', ',', ';']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }
}

/// The rank (from 1) of a candidate's best form in each channel that found it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Ranks {
    /// By equal normal form (1) or equal key (2).
    pub exact: Option<u32>,
    /// By BM25.
    pub lexical: Option<u32>,
    /// By cosine.
    pub vector: Option<u32>,
    /// By cosine of the dense encoder, in an index that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dense: Option<u32>,
}

impl Ranks {
    /// Whether the mention is this name, but for case, punctuation and the like.
    pub fn is_equal_form(&self) -> bool {
        self.exact == Some(1)
    }
}

/// The score of a candidate's best form in each channel that found it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Scores {
    /// BM25, from 0 up.
    pub lexical: Option<f32>,
    /// Cosine, from -1 to 1.
    pub vector: Option<f32>,
    /// Cosine by the dense encoder, from -1 to 1, in an index that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dense: Option<f32>,
}

/// A concept that may be what the mention means.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// Its identifier.
    pub id: Curie,
    /// Its label.
    pub label: String,
    /// The name that matched best, as the ontology writes it.
    pub name: String,
    /// That name's scope.
    pub scope: Scope,
    /// That name's synonym type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The language that name is tagged with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The ontology it is of, where several are asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ontology: Option<Arc<Tag>>,
    /// What candidates are ranked by, from 0 to 1; comparable within one answer, not a probability.
    pub score: f32,
    /// Rank in each channel.
    pub ranks: Ranks,
    /// Score in each channel.
    pub scores: Scores,
}

impl Candidate {
    /// A concept that is found by its label, in no channel and without a score: what a retriever of one's own begins with.
    pub fn new(id: Curie, label: impl Into<String>) -> Self {
        let label = label.into();
        Self {
            id,
            name: label.clone(),
            label,
            scope: Scope::Label,
            kind: None,
            language: None,
            ontology: None,
            score: 0.0,
            ranks: Ranks::default(),
            scores: Scores::default(),
        }
    }
}

/// What was found for a mention.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Retrieval {
    /// The candidates, best first.
    pub candidates: Vec<Candidate>,
    /// The estimated probability that the first candidate is right, from 0 to 1; `None` where nothing was learnt that
    /// says so.
    pub confidence: Option<f32>,
    /// The same as if its ontology alone were asked and nothing were tied with it, where several are.
    pub within: Option<f32>,
    /// That the first candidates cannot be told apart, where that is so.
    pub tie: Option<Tie>,
    /// The family or complex that the mention names, where it is no gene's own name.
    pub group: Option<Group>,
}

/// A family or complex of genes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What the nomenclature calls it; else what the mention does.
    pub name: String,
    /// How many genes are in it, or are called as its members are; `None` where no others are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genes: Option<usize>,
    /// Whether the mention says that it is one, by its plural or a word for it.
    #[serde(skip)]
    pub is_said: bool,
}

impl fmt::Display for Group {
    /// What it is, in words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.genes {
            Some(genes) => write!(f, "`{}` is a group of {genes} genes", self.name),
            None => write!(f, "`{}` is a group of genes", self.name),
        }
    }
}

/// Candidates that nothing in the mention tells apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    /// The name that all of them have in the same scope; `None` where other evidence is equal.
    pub shared_name: Option<String>,
    /// Of each tied candidate, best first, the words of its label that none of the others has in a name: any of them
    /// in the mention or around it would decide.
    pub words: Vec<Vec<String>>,
}

/// What the ontology says about a concept, beside its names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// The definition, where it has one.
    pub definition: Option<String>,
    /// Its direct parents.
    pub parents: Vec<Parent>,
    /// Its cross-references, as the ontology writes them.
    pub xrefs: Vec<String>,
}

/// A concept directly above another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// Its identifier.
    pub id: Curie,
    /// Its label.
    pub label: String,
}

/// Finds candidates.
pub trait Retriever: Send + Sync {
    /// The best `limit` candidates, best first; the same for the same mention. Confidence and tie are about all that
    /// was found, however few candidates are asked for.
    ///
    /// # Errors
    /// Where the index or the embedder fails.
    fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Retrieval, Error>;

    /// What the ontology says about a candidate.
    ///
    /// # Errors
    /// Where the index fails.
    fn describe(&self, candidate: &Candidate) -> Result<Description, Error>;
}

impl From<crate::arrays::Error> for Error {
    /// What the ranker learnt is a part of the index.
    fn from(error: crate::arrays::Error) -> Self {
        Self::Index(error.into())
    }
}

/// Why retrieval failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The index failed.
    #[error("cannot search the index")]
    Index(#[from] crate::index::Error),
    /// The mention could not be turned into a vector.
    #[error("cannot turn the mention into a vector")]
    Embed(#[from] crate::embed::Error),
    /// The index's vectors were made by another encoder.
    #[error("the index was made with the encoder `{index}` and cannot be asked with `{given}`")]
    OtherEncoder {
        /// Of the index.
        index: String,
        /// Of the query.
        given: String,
    },
    /// The index has no second encoder, and it alone was to be asked.
    #[error("the index has no dense encoder")]
    NoDense,
    /// A model of the ranker cannot be learnt, written or read.
    #[error("cannot use the ranker's trees")]
    Trees(#[source] EngineError),
    /// The ranker knows other features than this version computes.
    #[error("the index's ranker was learnt by another version of term2id")]
    OtherFeatures,
    /// The index has no ranker, so no confidence.
    #[error("nothing was learnt for this index that says how sure an answer is")]
    NothingLearnt,
    /// No answers are right as often as wished for.
    #[error("no confidence is high enough for a precision of {precision}")]
    NoThreshold {
        /// The share of answers that should be right.
        precision: f32,
    },
    /// One of several ontologies cannot be opened.
    #[error("cannot open the index `{index}`")]
    Open {
        /// Its name.
        index: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An expectation names none of the ontologies that are asked.
    #[error("`{word}` is none of the ontologies that are asked (`{}`)", asked.join("`, `"))]
    NotAsked {
        /// What names none.
        word: String,
        /// The names of those that are asked.
        asked: Vec<String>,
    },
    /// What a mention is said to be of is no species.
    #[error("no species is known as `{species}`, and none has it as its number in the NCBI Taxonomy")]
    UnknownSpecies {
        /// What is none.
        species: String,
    },
    /// The identifier stored for a concept is none.
    #[error(transparent)]
    Curie(#[from] crate::ontology::curie::Error),
}

impl Error {
    /// Whether there is nothing of the species that a mention is said to be of.
    pub const fn is_of_species(&self) -> bool {
        matches!(self, Self::UnknownSpecies { .. } | Self::Index(crate::index::Error::UnknownSpecies { .. }))
    }
}

//! Embedders: text in, unit vectors out.
//!
//! [`ngram`] needs no model file and no network; [`local`] runs an ONNX model from disk; [`remote`] asks an
//! OpenAI-compatible service. An index records which one made its vectors and uses the same for its queries.

pub mod local;
pub mod ngram;
pub mod remote;
pub mod training;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Turns texts into vectors.
pub trait Embedder: Send + Sync {
    /// What tells this embedder from any other: the spelling of its [`EmbedderSpec`], and where the model is a file,
    /// a fingerprint of it. Vectors of different identities must not be compared.
    fn id(&self) -> &str;

    /// Length of every vector.
    fn dimensions(&self) -> usize;

    /// One vector of Euclidean length 1 for each text, in the order of the texts; a text with nothing in it that the
    /// embedder knows has a vector of zeros.
    ///
    /// # Errors
    /// Where the model or the service fails; the n-gram embedder never does.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error>;
}

/// Which embedder is meant, as written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbedderSpec {
    /// `ngram`: hashed words and character n-grams.
    Ngram,
    /// `fastembed:<catalogue name or folder>`: an ONNX model on this machine.
    Fastembed(String),
    /// `openai:<model>`: an OpenAI-compatible `/embeddings` service.
    Openai(String),
}

impl FromStr for EmbedderSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once(':') {
            None if text == "ngram" => Ok(Self::Ngram),
            Some(("fastembed", model)) if !model.is_empty() => Ok(Self::Fastembed(model.to_owned())),
            Some(("openai", model)) if !model.is_empty() => Ok(Self::Openai(model.to_owned())),
            _ => Err(Error::UnknownSpec { given: text.to_owned() }),
        }
    }
}

impl fmt::Display for EmbedderSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ngram => f.write_str("ngram"),
            Self::Fastembed(model) => write!(f, "fastembed:{model}"),
            Self::Openai(model) => write!(f, "openai:{model}"),
        }
    }
}

/// Why texts could not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not one of the spellings of [`EmbedderSpec`].
    #[error("`{given}` is no encoder (known: `ngram`, `fastembed:<model or folder>`, `openai:<model>`)")]
    UnknownSpec {
        /// What was given.
        given: String,
    },
    /// The n-gram table cannot be written or opened.
    #[error(transparent)]
    Arrays(#[from] crate::arrays::Error),
    /// The n-gram table has other dimensions than this version writes.
    #[error("`{}` is no n-gram table of this version", path.display())]
    Table {
        /// The file.
        path: PathBuf,
    },
    /// A file of the model folder is missing or cannot be read.
    #[error("cannot read `{}` of the model folder", path.display())]
    ModelFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// Scales `vector` to Euclidean length 1; a vector of zeros stays as it is.
pub fn scale_to_unit(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        for value in vector {
            *value /= length;
        }
    }
}

//! Embedders: text in, unit vectors out.
//!
//! [`ngram`] needs no model file and no network; [`local`] runs an ONNX model from disk; [`remote`] asks an
//! OpenAI-compatible service. An index records which one made its vectors and uses the same for its queries.

pub mod local;
pub mod ngram;
pub mod remote;
pub mod training;

mod kept;
mod patience;
mod runtime;

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
    /// Neither a folder nor a name of the catalogue.
    #[error("`{given}` is neither a folder nor a model of the catalogue")]
    UnknownModel {
        /// What was given.
        given: String,
    },
    /// A model of the catalogue could not be fetched.
    #[error("cannot download `{model}` (without a network, give a folder that holds a model: `fastembed:<folder>`)")]
    Download {
        /// The model.
        model: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No ONNX Runtime library is where one usually is.
    #[error("no ONNX Runtime library found: `pip install onnxruntime` brings one, `ORT_DYLIB_PATH` names one")]
    RuntimeMissing,
    /// A library that is no ONNX Runtime, or too old a one.
    #[error("cannot use `{}` as ONNX Runtime: `pip install --upgrade onnxruntime` brings a new one", path.display())]
    Runtime {
        /// The library.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The model cannot be loaded or run.
    #[error("the model `{model}` does not work")]
    Model {
        /// The model.
        model: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The model answered with something that is no vector.
    #[error("the model `{model}` made a vector of unexpected length, or with values that are no numbers")]
    Vector {
        /// The model.
        model: String,
    },
    /// The address of a service is none.
    #[error("`{given}` is no address of a service (expected: `https://<host>/v1`)")]
    ServiceAddress {
        /// What was given, without user and password.
        given: String,
    },
    /// The key holds characters that cannot be sent.
    #[error("the key in `OPENAI_API_KEY` holds characters no key has, perhaps a line break")]
    Key,
    /// The means to ask a service could not be set up.
    #[error("cannot prepare to ask `{url}`")]
    Client {
        /// The service.
        url: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The service wants a key, or another one.
    #[error("`{url}` does not accept the key, or wants one: set `OPENAI_API_KEY`")]
    Unauthorized {
        /// The service.
        url: String,
    },
    /// The service does not have the model, or no embeddings at all.
    #[error("`{url}` has no embedding model `{model}`")]
    NoSuchModel {
        /// The service.
        url: String,
        /// The model.
        model: String,
    },
    /// The service answered with an error, for the last time where asking again made sense.
    #[error("`{url}` answered with status {status} ({attempts} tries): {message}")]
    Refused {
        /// The service.
        url: String,
        /// HTTP status.
        status: u16,
        /// How often it was asked.
        attempts: u32,
        /// The beginning of what it said.
        message: String,
    },
    /// No whole answer came.
    #[error("no answer from `{url}` ({attempts} tries)")]
    Unreachable {
        /// The service.
        url: String,
        /// How often it was asked.
        attempts: u32,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What the service answered is no list of vectors.
    #[error("`{url}` answered with something else than vectors: {answer}")]
    UnreadableAnswer {
        /// The service.
        url: String,
        /// The beginning of the answer.
        answer: String,
    },
    /// Fewer or more vectors than texts, or their numbering has gaps.
    #[error("`{url}` was sent {asked} texts and answered with {answered} vectors, or did not number them in order")]
    WrongCount {
        /// The service.
        url: String,
        /// Texts sent.
        asked: usize,
        /// Vectors received.
        answered: usize,
    },
    /// Vectors of another length than the model's.
    #[error("`{url}` answered with a vector of {found} dimensions where {expected} were expected")]
    WrongDimensions {
        /// The service.
        url: String,
        /// The length expected.
        expected: usize,
        /// The length received.
        found: usize,
    },
    /// Vectors already paid for could not be kept or read back.
    #[error("cannot keep finished vectors in `{}`", path.display())]
    Kept {
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

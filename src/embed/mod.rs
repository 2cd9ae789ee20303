//! Embedders: text in, unit vectors out.
//!
//! [`ngram`] needs no model file and no network; [`local`] runs an ONNX model from disk, `bert` (a cargo feature) a
//! Hugging Face folder; [`remote`] asks an OpenAI-compatible service. An index records which ones made its vectors and
//! uses the same for its queries.

#[cfg(feature = "bert")]
pub mod bert;
pub mod local;
pub mod ngram;
pub mod remote;
pub mod training;

mod folder;
mod kept;
mod runtime;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

pub use folder::Pooling;

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
    /// `bert:<folder>`: a Hugging Face folder of a BERT model, where the cargo feature `bert` is on.
    Bert(String),
}

impl EmbedderSpec {
    /// Whether it makes one vector of a text's token vectors, so that there is a [`Pooling`] to choose.
    pub const fn pools(&self) -> bool {
        matches!(self, Self::Fastembed(_) | Self::Bert(_))
    }
}

impl FromStr for EmbedderSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once(':') {
            None if text == "ngram" => Ok(Self::Ngram),
            Some(("fastembed", model)) if !model.is_empty() => Ok(Self::Fastembed(model.to_owned())),
            Some(("openai", model)) if !model.is_empty() => Ok(Self::Openai(model.to_owned())),
            Some(("bert", folder)) if !folder.is_empty() => Ok(Self::Bert(folder.to_owned())),
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
            Self::Bert(folder) => write!(f, "bert:{folder}"),
        }
    }
}

/// The embedders of an index, as written on the command line: one, or `ngram+` and another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncoderSpec {
    /// The one every index has.
    pub main: EmbedderSpec,
    /// A second one, whose vectors are a channel of their own; only beside `ngram`, and never `ngram` itself.
    pub beside: Option<EmbedderSpec>,
}

impl FromStr for EncoderSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let unknown = || Error::UnknownSpec { given: text.to_owned() };
        // Folders may have a `+` in their names: it joins after `ngram` only.
        match text.strip_prefix("ngram+") {
            None => Ok(Self { main: text.parse()?, beside: None }),
            Some("ngram") => Err(unknown()),
            Some(other) => {
                let beside = other.parse().map_err(|_: Error| unknown())?;
                Ok(Self { main: EmbedderSpec::Ngram, beside: Some(beside) })
            }
        }
    }
}

impl fmt::Display for EncoderSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.beside {
            None => self.main.fmt(f),
            Some(beside) => write!(f, "{}+{beside}", self.main),
        }
    }
}

/// The opened embedders of an index.
#[derive(Clone)]
pub struct Encoders {
    /// The one every index has.
    pub main: Arc<dyn Embedder>,
    /// The second one, where the index has its vectors too.
    pub beside: Option<Arc<dyn Embedder>>,
}

/// Opens the Hugging Face folder that `bert:<folder>` names.
///
/// # Errors
/// [`Error::NotCompiledIn`] without the cargo feature `bert`; with it, those of `BertEmbedder::open`.
#[cfg_attr(not(feature = "bert"), expect(unused_variables, reason = "used where the feature is on"))]
pub fn open_bert(folder: &str, pooling: Option<Pooling>) -> Result<Arc<dyn Embedder>, Error> {
    #[cfg(feature = "bert")]
    return Ok(Arc::new(bert::BertEmbedder::open(std::path::Path::new(folder), pooling)?));
    #[cfg(not(feature = "bert"))]
    Err(Error::NotCompiledIn { spec: EmbedderSpec::Bert(folder.to_owned()).to_string(), feature: "bert" })
}

/// Why texts could not be embedded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not one of the spellings of [`EmbedderSpec`].
    #[error(
        "`{given}` is no encoder (known: `ngram`, `fastembed:<model or folder>`, `openai:<model>`, `bert:<folder>`, and \
         `ngram+` before one of the others)"
    )]
    UnknownSpec {
        /// What was given.
        given: String,
    },
    /// This program was built without the part that opens such an embedder.
    #[error("`{spec}` needs a part that this term2id was built without")]
    NotCompiledIn {
        /// What was given.
        spec: String,
        /// The cargo feature that brings the part.
        feature: &'static str,
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
    /// A file of the model folder does not parse.
    #[error("`{}` of the model folder is not what it should be", path.display())]
    ModelSyntax {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A model of a kind that is not read here.
    #[error("`{}` says {setting} `{found}`, which cannot be run (known: {known})", path.display())]
    Unsupported {
        /// The file that says so.
        path: PathBuf,
        /// The setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// Values that can be run.
        known: &'static str,
    },
    /// A vocabulary without a token that every text needs.
    #[error("`{}` has no token `{token}`", path.display())]
    Vocabulary {
        /// The vocabulary.
        path: PathBuf,
        /// The token.
        token: &'static str,
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
    /// The service gave no answer that can be used.
    #[error(transparent)]
    Service(#[from] crate::service::Error),
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn specs_are_read_and_printed() {
        let fastembed = |model: &str| EmbedderSpec::Fastembed(model.to_owned());
        for (text, main, beside) in [
            ("ngram", EmbedderSpec::Ngram, None),
            ("fastembed:a/b", fastembed("a/b"), None),
            ("openai:m", EmbedderSpec::Openai("m".to_owned()), None),
            ("bert:./SapBERT", EmbedderSpec::Bert("./SapBERT".to_owned()), None),
            ("fastembed:ngram+bert:x", fastembed("ngram+bert:x"), None),
            ("ngram+fastembed:C:/a+b", EmbedderSpec::Ngram, Some(fastembed("C:/a+b"))),
            ("ngram+openai:m", EmbedderSpec::Ngram, Some(EmbedderSpec::Openai("m".to_owned()))),
            ("ngram+bert:x", EmbedderSpec::Ngram, Some(EmbedderSpec::Bert("x".to_owned()))),
        ] {
            let spec: EncoderSpec = text.parse().unwrap();
            assert_eq!(spec.to_string(), text);
            assert_eq!(spec, EncoderSpec { main, beside });
        }
    }

    #[test]
    fn what_is_no_spec_is_repeated_whole() {
        for text in
            ["", "gpt", "ngram+", "ngram+ngram", "ngram+gpt", "ngram+ngram+bert:x", "bert:", "Ngram", "ngram +bert:x"]
        {
            let error = text.parse::<EncoderSpec>().unwrap_err();
            assert!(matches!(&error, Error::UnknownSpec { given } if given == text), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_model_is_called_it_is_read_as_it_is_printed(model in "\\PC{1,20}", kind in 0..3, is_beside: bool) {
            let other = match kind {
                0 => EmbedderSpec::Fastembed(model),
                1 => EmbedderSpec::Openai(model),
                _ => EmbedderSpec::Bert(model),
            };
            let spec = if is_beside {
                EncoderSpec { main: EmbedderSpec::Ngram, beside: Some(other) }
            } else {
                EncoderSpec { main: other, beside: None }
            };
            prop_assert_eq!(spec.to_string().parse::<EncoderSpec>().unwrap(), spec);
        }
    }

    #[cfg(not(feature = "bert"))]
    #[test]
    fn what_is_not_compiled_in_is_said() {
        let error = open_bert("x", None).err().unwrap();
        assert_eq!(error.to_string(), "`bert:x` needs a part that this term2id was built without");
    }
}

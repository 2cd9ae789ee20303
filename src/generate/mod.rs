//! Generation: a language model chooses among the candidates that were retrieved, and only among them.
//!
//! | file | what |
//! |---|---|
//! | [`prompt`] | mention and candidates become messages: templates, and how data is kept apart from instructions |
//! | `answer.rs` | an answer is read: a number that was offered, none, or an error; pure |
//! | `certainty.rs` | how sure the model was, by its log-probabilities; pure |
//! | `votes.rs` | orders in which candidates are shown, and what several answers come to; pure |
//! | `chat.rs` | one completion of a service, in the best form it can give |
//! | [`cassette`] | record and replay |
//! | [`budget`] | tokens, prices, limits, and what was spent |
//! | [`model`] | the generator: all of the above in turn |

pub mod budget;
pub mod cassette;
pub mod model;
pub mod prompt;

mod answer;
mod certainty;
mod chat;
pub(crate) mod votes;

pub use chat::Format;

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use crate::retrieve::{Candidate, Description, Mention};
use crate::service;

/// What a generator is asked to do: work that waits for a service most of the time.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// A candidate with what the ontology says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The candidate.
    pub candidate: Candidate,
    /// Its definition and parents.
    pub description: Description,
}

/// What was chosen: a position among what was offered, so never anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Choice {
    /// The offer at this position.
    Offer(usize),
    /// None of them.
    NoMatch,
}

/// A choice, and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What was chosen.
    pub choice: Choice,
    /// Why, in the model's words; empty where no reason was asked for.
    pub reason: String,
    /// How sure, from 0 to 1: the share of votes where several were asked for, else by log-probabilities, else as the
    /// model says itself.
    pub certainty: Option<f32>,
}

/// Who chooses, and by which prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The model, as its service calls it.
    pub model: String,
    /// The prompt, see [`prompt::Prompts::hash`].
    pub prompt_hash: String,
}

/// Chooses among candidates, and knows names for things.
pub trait Generator: Send + Sync {
    /// What stands in every answer that it was asked for.
    fn signature(&self) -> Signature;

    /// Which of `offers` the mention means.
    ///
    /// # Errors
    /// Where the service fails, or its answer cannot be read or is none of those offered. Never "no match" instead.
    fn choose<'a>(&'a self, mention: &'a Mention, offers: &'a [Offer]) -> Answering<'a, Decision>;

    /// What the model itself would answer without candidates: a name, a symbol or an identifier; at most one, none
    /// where it does not know. Nothing, unless it is said.
    ///
    /// # Errors
    /// As [`Generator::choose`].
    fn propose<'a>(&'a self, _mention: &'a Mention) -> Answering<'a, Vec<String>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// What the model itself says the identifier is, as it wrote it; `None` where it says that there is none. It exists
    /// to be measured, as what retrieval is compared with, and is never an answer of term2id. None, unless it is said.
    ///
    /// # Errors
    /// As [`Generator::choose`]; an identifier that does not exist is no error.
    fn identify<'a>(&'a self, _mention: &'a Mention) -> Answering<'a, Option<String>> {
        Box::pin(async { Ok(None) })
    }

    /// Up to three names an ontology would use for what the mention means, when none of `offers` was it. Nothing, unless
    /// it is said.
    ///
    /// # Errors
    /// As [`Generator::choose`].
    fn rewrite<'a>(&'a self, _mention: &'a Mention, _offers: &'a [Offer]) -> Answering<'a, Vec<String>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// The outcome of `work`, which computes or reads files, on a thread for that.
pub(crate) async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime ends, and this with it.
        Err(_) => std::future::pending().await,
    }
}

/// Why there is no choice.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The service failed.
    #[error(transparent)]
    Service(#[from] service::Error),
    /// The answer is none of the candidates.
    #[error("not offered: the model answered `{answer}`")]
    NotOffered {
        /// What it answered.
        answer: String,
    },
    /// The answer says nothing that can be read.
    #[error("unreadable answer: `{answer}`")]
    Unreadable {
        /// The beginning of it.
        answer: String,
    },
    /// The model refused.
    #[error("the model refused: `{message}`")]
    Refusal {
        /// What it said.
        message: String,
    },
    /// The service does not want to answer this, though it answers others.
    #[error("the service declined with status {status}: {message}")]
    Declined {
        /// HTTP status.
        status: u16,
        /// The beginning of what it said.
        message: String,
    },
    /// The service keeps the answer back.
    #[error("the service's content filter kept the answer back")]
    Filtered,
    /// The answer was longer than allowed.
    #[error("the answer was cut off after {tokens} tokens")]
    CutOff {
        /// The most that was allowed.
        tokens: u32,
    },
    /// The service answered, and the model did not.
    #[error("the service answered without an answer of the model")]
    Empty,
    /// A run that may only replay was asked something new.
    #[error("the cassette has no answer to this, and nothing may be asked")]
    NotRecorded,
    /// The cassette failed.
    #[error("cannot use the cassette")]
    Cassette(#[from] cassette::Error),
    /// A template is wrong.
    #[error("cannot make the prompt `{name}`")]
    Prompt {
        /// Its name.
        name: &'static str,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file of prompts or prices cannot be read.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Money is limited and the model's price is not known.
    #[error("the price of `{model}` is not known, so no sum of money can be a limit")]
    NoPrice {
        /// The model.
        model: String,
    },
    /// No more calls are allowed.
    #[error("the limit of calls is reached: {calls}")]
    CallsUsedUp {
        /// The limit.
        calls: u64,
    },
    /// No more money is allowed.
    #[error("the limit of ${limit} is reached (${spent:.4} spent)")]
    MoneyUsedUp {
        /// The limit, in US dollars.
        limit: f64,
        /// Spent so far.
        spent: f64,
    },
    /// Too many calls failed one after the other.
    #[error("{failures} calls to `{url}` failed one after the other")]
    Gone {
        /// The service.
        url: String,
        /// How many.
        failures: u32,
        /// Why the last one did.
        #[source]
        source: Box<Self>,
    },
    /// One answer after the other was cut off.
    #[error("{answers} answers one after the other were cut off after {tokens} tokens")]
    AllCutOff {
        /// How many.
        answers: u32,
        /// The most that was allowed.
        tokens: u32,
    },
    /// The run has stopped asking, and this is why.
    #[error(transparent)]
    Stopped(Arc<Self>),
    /// Nothing was asked: what would be is only counted.
    #[error("nothing was asked")]
    Rehearsed,
}

impl Error {
    /// Whether nothing else can be asked either, so that a run should stop.
    pub fn stops(&self) -> bool {
        match self {
            Self::Service(error) => error.is_final(),
            Self::Stopped(_)
            | Self::CallsUsedUp { .. }
            | Self::MoneyUsedUp { .. }
            | Self::Gone { .. }
            | Self::AllCutOff { .. }
            | Self::NotRecorded
            | Self::Cassette(_)
            | Self::Prompt { .. }
            | Self::File { .. }
            | Self::NoPrice { .. } => true,
            _ => false,
        }
    }

    /// Whether a limit of the user's own was reached.
    pub fn is_limit(&self) -> bool {
        match self {
            Self::CallsUsedUp { .. } | Self::MoneyUsedUp { .. } => true,
            Self::Stopped(error) => error.is_limit(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::{Curie, Scope};
    use crate::retrieve::{Ranks, Scores};

    /// An offer of which nothing more is known than its names.
    pub(super) fn offer(id: &str, label: &str, name: &str) -> Offer {
        let candidate = Candidate {
            id: Curie::parse(id).unwrap(),
            label: label.to_owned(),
            name: name.to_owned(),
            scope: if label == name { Scope::Label } else { Scope::Exact },
            kind: None,
            language: None,
            ontology: None,
            score: 0.5,
            ranks: Ranks::default(),
            scores: Scores::default(),
        };
        Offer { candidate, description: Description::default() }
    }

    #[test]
    fn what_stops_a_run_stops_it_from_wherever_it_comes() {
        let used_up = Error::CallsUsedUp { calls: 3 };
        assert!(used_up.stops() && used_up.is_limit());
        let stopped = Error::Stopped(Arc::new(used_up));
        assert!(stopped.stops() && stopped.is_limit());
        assert_eq!(stopped.to_string(), "the limit of calls is reached: 3");
        assert!(!Error::Empty.stops() && !Error::NotOffered { answer: "7".into() }.stops());
        assert!(Error::NotRecorded.stops() && !Error::NotRecorded.is_limit());
    }
}

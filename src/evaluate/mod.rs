//! Evaluation: how right the answers are, for which terms, at what cost, and how sure one can be of a difference.
//!
//! Cases (a mention and the concepts it means) go through systems (retrieval in its stages, a model alone, a model that
//! chooses among what was retrieved, answers that someone else recorded); every answer is judged once, and all that is
//! reported is computed from judged answers.
//!
//! | file | what |
//! |---|---|
//! | [`identifiers`] | what an identifier leads to in the ontology of the index, and how two concepts are related |
//! | [`popularity`] | how often concepts occur, by files that the user gives |
//! | [`made`] | cases made from the ontology's own names |
//! | [`dataset`] | cases from files, with their gold identifiers resolved |
//! | [`system`] | who answers, and what was answered |
//! | [`judge`] | an answer against its case: right, or wrong in which way; pure |
//! | [`metrics`] | accuracy, recall, ranks, abstention, calibration; pure |
//! | [`statistics`] | intervals, tests, regression; pure |
//! | [`report`] | all of it in one value, and the files it is written to |

pub mod dataset;
pub mod identifiers;
pub mod judge;
pub mod made;
pub mod metrics;
pub mod popularity;
pub mod report;
pub mod statistics;
pub mod system;

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Retrieval failed.
    #[error("cannot look for candidates")]
    Retrieve(#[from] crate::retrieve::Error),
    /// A file cannot be opened or read.
    #[error("cannot read `{place}`")]
    Read {
        /// The file.
        place: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A place in a file that cannot be understood.
    #[error("{place}:{line}: {message}")]
    Malformed {
        /// The file.
        place: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A file without a row.
    #[error("`{place}` is empty")]
    Empty {
        /// The file.
        place: String,
    },
    /// A file of counts, and none is of a concept of the ontology.
    #[error("`{place}` counts no concept of `{ontology}`")]
    NoCounts {
        /// The file.
        place: String,
        /// The ontology's name.
        ontology: String,
    },
}

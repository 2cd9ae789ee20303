//! Evaluation: how right the answers are, for which terms, at what cost, and how sure one can be of a difference.
//!
//! Cases (a mention and the concepts it means) go through systems (retrieval in its stages, a model alone, a model that
//! chooses among what was retrieved, answers that someone else recorded); every answer is judged once, and all that is
//! reported is computed from judged answers.
//!
//! | file | what |
//! |---|---|
//! | [`identifiers`] | what an identifier leads to in the ontology of the index, and how two concepts are related |
//! | [`dataset`] | cases from files, with their gold identifiers resolved |
//! | [`system`] | who answers, and what was answered |
//! | [`judge`] | an answer against its case: right, or wrong in which way; pure |
//! | [`metrics`] | accuracy, recall, ranks, abstention, calibration; pure |
//! | [`statistics`] | intervals, tests, regression; pure |
//! | [`finetune`] | training data made of an ontology, and what a service demands of it |
//! | [`report`] | all of it in one value, and the files it is written to |

pub mod dataset;
pub mod finetune;
pub mod identifiers;
pub mod judge;
pub mod metrics;
pub mod report;
pub mod statistics;
pub mod system;

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Retrieval failed.
    #[error("cannot look for candidates")]
    Retrieve(#[from] crate::retrieve::Error),
}

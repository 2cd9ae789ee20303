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
//! | [`system`] | who answers, and what was answered; `asking`: language models, alone and with retrieval |
//! | [`judge`] | an answer against its case: right, or wrong in which way; pure |
//! | [`lexicalization`] | whether an identifier's text carries the name; pure |
//! | [`metrics`] | accuracy, recall, ranks, abstention, calibration; pure |
//! | [`statistics`] | intervals, tests, regression; pure |
//! | [`memorization`] | what models know by heart, of which terms, and when fine-tuning pays |
//! | [`pins`] | pinned scores, and whether measured ones are worse; pure |
//! | [`finetune`] | training data made of an ontology, and what a service demands of it |
//! | [`report`] | all of it in one value, and the files it is written to |

pub mod dataset;
pub mod finetune;
pub mod identifiers;
pub mod judge;
pub mod lexicalization;
pub mod made;
pub mod memorization;
pub mod metrics;
pub mod pins;
pub mod popularity;
pub mod report;
pub mod statistics;
pub mod system;

use std::path::PathBuf;

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
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
    /// A line that is no JSON object.
    #[error("{place}:{line}: no JSON object")]
    Json {
        /// The file.
        place: String,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// A column that is needed.
    #[error("{place}:1: there is no column `{column}` (there are `{columns}`)")]
    NoColumn {
        /// The file.
        place: String,
        /// The column.
        column: String,
        /// Those that there are.
        columns: String,
    },
    /// A file of pinned scores that is not what it should be.
    #[error("`{place}` cannot be read as pinned scores")]
    Pins {
        /// The file.
        place: String,
        /// What the parser says, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A pinned score that is none.
    #[error("{place}: `{score}` is no score from 0 to 100")]
    NoPercentage {
        /// The file.
        place: String,
        /// The number.
        score: f64,
    },
    /// A pin without a score.
    #[error("{place}: nothing is pinned of `{system}` on `{cases}`")]
    NothingPinned {
        /// The file.
        place: String,
        /// The cases.
        cases: String,
        /// The system.
        system: String,
    },
    /// A gold identifier that is none.
    #[error("{place}:{line}: `{id}` is no identifier, and no concept is called so")]
    NoIdentifier {
        /// The file.
        place: String,
        /// The line, from 1.
        line: usize,
        /// The text.
        id: String,
    },
    /// A gold identifier of another ontology.
    #[error("{place}:{line}: no concept of the index has an identifier with the prefix of `{id}`")]
    UnknownPrefix {
        /// The file.
        place: String,
        /// The line, from 1.
        line: usize,
        /// The identifier.
        id: String,
    },
    /// A file without cases.
    #[error("`{place}` holds no cases")]
    NoCases {
        /// The file.
        place: String,
    },
    /// A file of more cases than fit.
    #[error("`{place}` holds more than {most} cases")]
    TooManyCases {
        /// The file.
        place: String,
        /// The most that are read.
        most: usize,
    },
    /// A recording that says nothing about any case.
    #[error("`{place}` has no answer to any of the {cases} cases of `{dataset}`")]
    NothingRecorded {
        /// The file.
        place: String,
        /// The dataset.
        dataset: String,
        /// How many cases it has.
        cases: usize,
    },
    /// A file of counts, and none is of a concept of the ontology.
    #[error("`{place}` counts no concept of `{ontology}`")]
    NoCounts {
        /// The file.
        place: String,
        /// The ontology's name.
        ontology: String,
    },
    /// A file without a row.
    #[error("`{place}` is empty")]
    Empty {
        /// The file.
        place: String,
    },
    /// Retrieval failed.
    #[error("cannot look for candidates")]
    Retrieve(#[from] crate::retrieve::Error),
    /// A model cannot be asked any more: a limit is reached, its service is gone, or a recording has no answer.
    #[error("cannot go on asking the model")]
    Generate(#[from] crate::generate::Error),
    /// A file of a report is there already.
    #[error("`{}` exists already", path.display())]
    ReportExists {
        /// The file.
        path: PathBuf,
    },
    /// A file of a report cannot be written.
    #[error("cannot write `{}`", path.display())]
    WriteReport {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A report cannot be read.
    #[error("cannot read the report `{}`", path.display())]
    ReadReport {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A report of another version of the program.
    #[error("`{}` has format {format}, and {known} is the one that is read", path.display())]
    ReportFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
        /// The one that is read.
        known: u32,
    },
    /// A prompt to train on cannot be made.
    #[error("cannot make the prompt")]
    Prompt(#[source] crate::generate::Error),
}

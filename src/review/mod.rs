//! What a person decides about answers that are not certain: the sheet, the decisions in it, and what follows from them.
//!
//! ```text
//! sheet -> rows -> decisions -> mappings, personal synonyms
//! ```
//!
//! | file | what |
//! |---|---|
//! | `sheet.rs` | the sheet that `normalize --review` makes, read back row by row |
//! | `decision.rs` | what a cell of the column `decision` says |
//! | `edit.rs` | a decision written into the sheet, every other byte as it was |
//! | `mappings.rs` | rows and decisions become mappings; decisions that contradict each other are found |
//! | `synonyms.rs` | phrases that became names, in a file of a person's own |
//! | `orcid.rs` | who decides |

mod decision;
mod edit;
mod mappings;
mod orcid;
mod sheet;
mod synonyms;

use std::path::PathBuf;

use crate::ontology::Curie;
use crate::tables;

pub use decision::{Choice, Decision, Resolved, word};
pub use edit::{Edit, write};
pub use mappings::{Conflict, Curation, Outcome};
pub use orcid::Orcid;
pub use sheet::{Offer, Row, Sheet, Standing};
pub use synonyms::{Synonym, add};

/// Why a row's decision cannot be taken in.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{place}:{line}: {problem}")]
pub struct Fault {
    /// The sheet.
    pub place: String,
    /// Its line, from 1.
    pub line: u64,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a row or its decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The row cannot be read.
    #[error(transparent)]
    Row(tables::Problem),
    /// The decision is no word of the grammar.
    #[error("the decision `{decision}` is no candidate's number, identifier, `ok` or `none`")]
    Unreadable {
        /// What it says.
        decision: String,
    },
    /// A number without its candidate.
    #[error("the decision is candidate {number}, the row has {count}")]
    NoCandidate {
        /// The number, from 1.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// The answer is accepted where there is none.
    #[error("the decision accepts the answer, and the row has none")]
    NoAnswer,
    /// The answer is accepted where there are several.
    #[error("the decision accepts the answer, and the row has several; a decision is about one of the candidates")]
    SeveralAnswers,
    /// No concept is broader or narrower.
    #[error("the decision `{decision}` is a relation to no concept")]
    RelationToNone {
        /// What it says.
        decision: String,
    },
    /// A cell that should hold an identifier.
    #[error("`{text}` is no identifier")]
    NoIdentifier {
        /// What it holds.
        text: String,
    },
    /// An author that is none.
    #[error("{why}")]
    Author {
        /// Why not.
        why: String,
    },
    /// An identifier that the index does not know.
    #[error("`{id}` is no concept of the index")]
    Unknown {
        /// The identifier.
        id: Curie,
    },
    /// An identifier that is retired, and nothing certain stands in its place.
    #[error("`{id}` is retired and no one concept replaces it")]
    Retired {
        /// The identifier.
        id: Curie,
    },
    /// What stands behind the identifier is not its label.
    #[error("the decision says `{written}`, but `{id}` is `{label}`")]
    OtherLabel {
        /// The identifier.
        id: Curie,
        /// Its concept's label.
        label: String,
        /// What stands there.
        written: String,
    },
}

/// Why a sheet, or a file beside it, cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error(transparent)]
    Input(#[from] tables::Error),
    /// A column is missing.
    #[error("`{place}` has no column `{column}`")]
    NoColumn {
        /// The file.
        place: String,
        /// The column.
        column: String,
    },
    /// A row of a file of synonyms cannot be read.
    #[error(transparent)]
    Row(#[from] tables::RowError),
    /// The file is not what it was when it was read.
    #[error("`{}` was changed by someone else", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The system could not read or write it.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// No ORCID.
    #[error("`{given}` is no ORCID, which looks like 0000-0002-1825-0097")]
    Orcid {
        /// What was given.
        given: String,
    },
    /// An ORCID with a slip in it.
    #[error("`{given}` is no ORCID: its last character should be `{expected}`")]
    OrcidChecksum {
        /// What was given.
        given: String,
        /// What the other digits lead to.
        expected: char,
    },
}

//! Cases from files, with their gold identifiers resolved.

use serde::{Deserialize, Serialize};

use crate::ontology::Curie;
use crate::retrieve::Mention;

/// A mention, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What is asked.
    pub mention: Mention,
    /// The gold identifiers as written; none where no concept is meant.
    pub ids: Vec<String>,
    /// What they lead to in the ontology of the index: live concepts. An identifier that leads to none is in the
    /// dataset's list of those, and the case can then be answered right only by that identifier itself.
    pub gold: Vec<Curie>,
    /// The document it stands in.
    pub doc_id: Option<String>,
    /// How often the concept occurs, by whatever count was given.
    pub popularity: Option<u64>,
    /// Which part of a terminology it belongs to, where models were fine-tuned on the other.
    pub split: Option<Split>,
    /// Where it stands: the line of a file, from 1; of cases that were made, their number.
    pub line: usize,
    /// Whether no earlier case has this mention (in lower case) and these gold identifiers.
    pub is_first: bool,
}

impl Case {
    /// Whether a concept is meant.
    pub fn has_gold(&self) -> bool {
        !self.ids.is_empty()
    }
}

/// Which terms a fine-tuned model has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// These.
    Trained,
    /// Not these.
    Withheld,
}

/// Cases that belong together.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    /// What it is called: a file's name without its endings.
    pub name: String,
    /// The file, as it was given.
    pub place: String,
    /// The BLAKE3 of the file, in hexadecimal digits.
    pub blake3: String,
    /// The cases.
    pub cases: Vec<Case>,
    /// Gold identifiers that lead to no live concept.
    pub unresolved: Vec<Unresolved>,
}

/// A gold identifier that leads to no live concept of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unresolved {
    /// The line of the file, from 1.
    pub line: usize,
    /// The identifier as written.
    pub id: String,
    /// Why, in one lower-case phrase.
    pub reason: String,
}

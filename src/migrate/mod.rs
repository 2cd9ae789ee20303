//! What changed between two releases of an ontology, and what that does to mappings.
//!
//! ```text
//! two ontologies -> changes -> report
//! a row of mappings -> its fate -> the row, rewritten where that is certain, and a line of the report
//! ```
//!
//! | file | what |
//! |---|---|
//! | `changes.rs` | what became of every identifier: pure |
//! | `names.rs` | what became of the names of concepts that stay, and of phrases: pure |
//! | `report.rs` | changes as TSV and JSON |
//! | `columns.rs` | which columns of mappings hold what |
//! | `fate.rs` | what the next release does to a row, and what its mention leads to when it is asked again |
//! | `mappings.rs` | a copy of mappings with what is certain rewritten, every other byte as it was |

mod changes;
mod columns;
mod fate;
mod mappings;
mod names;
pub mod report;

use std::io;

pub use changes::{Change, Changes, Concerned, Kind, Other, Reassigned};
pub use columns::Wanted;
pub use fate::{Again, Releases};
pub use mappings::{Done, Mappings, Tally};

use crate::ontology::Ontology;

/// Why releases cannot be compared, or mappings not brought along.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The two sides are no releases of one ontology.
    #[error(
        "`{from}` and `{to}` are no releases of one ontology: their identifiers begin with `{from_prefix}` and `{to_prefix}`"
    )]
    OtherOntology {
        /// What was given as the old release.
        from: String,
        /// What was given as the new one.
        to: String,
        /// The prefix of most of the old release's concepts.
        from_prefix: String,
        /// The same of the new one's.
        to_prefix: String,
    },
    /// The mappings cannot be read, or not further.
    #[error(transparent)]
    Input(#[from] crate::tables::Error),
    /// Mappings that are no table.
    #[error("`{place}` is no table: mappings are TSV, CSV or SSSOM TSV")]
    NoTable {
        /// The mappings.
        place: String,
    },
    /// A column that was asked for is not there.
    #[error("`{place}` has no column `{column}` (its columns: {})", found.join(", "))]
    NoColumn {
        /// The mappings.
        place: String,
        /// The column.
        column: String,
        /// Those it has.
        found: Vec<String>,
    },
    /// No column holds identifiers of the old release.
    #[error("`{place}` has no column with identifiers of `{prefix}` (its columns: {})", found.join(", "))]
    NoIdentifiers {
        /// The mappings.
        place: String,
        /// The prefix that was looked for.
        prefix: String,
        /// The columns it has.
        found: Vec<String>,
    },
    /// The copy or the report cannot be written.
    #[error("cannot write")]
    Write(#[from] io::Error),
}

/// The prefix of most of an ontology's concepts; of several equally frequent ones, the smallest.
pub fn prefix(ontology: &Ontology) -> &str {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for concept in ontology.concepts() {
        *counts.entry(concept.id.prefix()).or_default() += 1;
    }
    // The last of equals is taken, so that the walk is backwards.
    counts.into_iter().rev().max_by_key(|&(_, count)| count).map_or("", |(prefix, _)| prefix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::obo;

    #[test]
    fn an_ontology_is_known_by_the_prefix_of_most_of_its_concepts() {
        let ids = ["A:1", "B:1", "B:2", "C:1", "C:2"];
        let text = ids.map(|id| format!("[Term]\nid: {id}\nname: {id}\n\n")).concat();
        let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x").unwrap(), "x", "x").unwrap();
        assert_eq!(prefix(&ontology), "B");
    }
}

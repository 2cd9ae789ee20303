//! Changes as TSV and as JSON.
//!
//! TSV has a change a row, in the columns [`COLUMNS`]; `to_id` and `to_label` hold several with `|` between them.
//!
//! JSON is one object:
//!
//! | key | what |
//! |---|---|
//! | `from`, `to` | the releases: `given`, `kind` (`index` or `file`), `name`, `version` |
//! | `counts` | how many changes there are of each kind, every kind named |
//! | `other` | counts of what else changed: `redefined`, `reparented`, `other_namespace`, `other_xrefs`, `other_subsets`, `respelled`, `restated`, `unseen` |
//! | `changes` | a change each: `kind`, `id`, `label`, and where there is something to say `name`, `old`, `new`, `to` (of `id` and `label`), `path` (identifiers), `note` |
//! | `phrases` | phrases that are the name of another concept than before: `phrase`, `from`, `to` (each `id` and `label`) |

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::changes::{Change, Changes, Concerned, Kind, Other, Reassigned};
use crate::export::table::Dialect;
use crate::ontology::Curie;

/// The columns of the TSV, in order.
pub const COLUMNS: [&str; 9] = ["kind", "id", "label", "name", "old", "new", "to_id", "to_label", "note"];

/// A release as reports name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// What was given on the command line.
    pub given: String,
    /// What that was taken for: `index` or `file`.
    pub kind: &'static str,
    /// What the ontology calls itself.
    pub name: String,
    /// The release, where the ontology states one.
    pub version: Option<String>,
}

/// Writes a header and a row a change.
///
/// # Errors
/// Where `out` fails.
pub fn write_tsv(out: &mut dyn Write, changes: &Changes) -> io::Result<()> {
    Dialect::Tsv.write_line(out, COLUMNS)?;
    for change in &changes.changes {
        let Change { kind, id, label, name, old, new, to, .. } = change;
        let joined = |what: fn(&Concerned) -> &str| to.iter().map(what).collect::<Vec<_>>().join("|");
        let (to_id, to_label) = (joined(|to| to.id.as_str()), joined(|to| &to.label));
        let note = note(change);
        let cells = [kind.as_str(), id.as_str(), label, name, old, new, &to_id, &to_label, &note];
        Dialect::Tsv.write_line(out, cells)?;
    }
    Ok(())
}

/// What is said of a change beside its columns: the way, and the note.
pub fn note(change: &Change) -> String {
    let way = change.path.iter().map(Curie::as_str).collect::<Vec<_>>().join(" > ");
    match (way.is_empty(), change.note.is_empty()) {
        (false, false) => format!("{way}; {}", change.note),
        (false, true) => way,
        (true, _) => change.note.clone(),
    }
}

/// Writes the object, and the end of its line.
///
/// # Errors
/// Where `out` fails.
pub fn write_json(out: &mut dyn Write, from: &Release, to: &Release, changes: &Changes) -> io::Result<()> {
    #[derive(Serialize)]
    struct Object<'a> {
        from: &'a Release,
        to: &'a Release,
        counts: BTreeMap<Kind, usize>,
        other: Other,
        changes: &'a [Change],
        phrases: &'a [Reassigned],
    }
    let mut counts: BTreeMap<Kind, usize> = Kind::ALL.into_iter().map(|kind| (kind, 0)).collect();
    counts.extend(changes.counts());
    let Changes { changes, phrases, other } = changes;
    let object = Object { from, to, counts, other: *other, changes, phrases };
    serde_json::to_writer_pretty(&mut *out, &object)?;
    writeln!(out)
}

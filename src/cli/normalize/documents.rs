//! Rows by document: which document a row is about, whether what it says is there, and the phenopackets that come of it.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::layout::{Fields, Layout};
use super::sink::Told;
use crate::cli::destination::{self, Destination};
use crate::cli::index::count;
use crate::export::phenopacket::{Collection, Finding};
use crate::tables::Problem;

/// The longest name of a file made of a document's, in bytes.
const NAME_BYTES: usize = 100;

/// Which columns say what a row is about.
#[derive(Debug, Clone)]
pub(super) struct Documents {
    pub(super) document: String,
    pub(super) excluded: Option<String>,
}

/// Why it cannot be said what a row is about.
#[derive(Debug, thiserror::Error)]
#[error("{place}:{line}: {reason}")]
pub(super) struct Unplaced {
    pub(super) place: String,
    pub(super) line: u64,
    pub(super) reason: Reason,
}

/// What is wrong with the row.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reason {
    #[error(transparent)]
    Problem(#[from] Problem),
    #[error("`{column}` is empty, and so names no document")]
    NoDocument { column: String },
    #[error("`{column}` holds `{value}`, which is neither yes nor no")]
    Unclear { column: String, value: String },
}

impl Documents {
    /// The columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.document.as_str()).chain(self.excluded.as_deref())
    }

    /// The document that a row is about, and whether what it says is not there.
    pub(super) fn read(&self, fields: &Fields<'_>, layout: &Layout) -> Result<(String, bool), Reason> {
        let members = fields.members(layout);
        let value = |column: &str| {
            let cell = members.iter().find(|(name, _)| *name == column).map(|(_, cell)| cell.text());
            cell.map(|cell| cell.trim().to_owned())
        };
        let column = &self.document;
        let document = value(column).ok_or_else(|| Problem::NoKey { key: column.clone() })?;
        if document.is_empty() {
            return Err(Reason::NoDocument { column: column.clone() });
        }
        let is_excluded = match self.excluded.as_ref().and_then(|column| Some((column, value(column)?))) {
            Some((column, value)) => {
                is_exclusion(&value).ok_or_else(|| Reason::Unclear { column: column.clone(), value })?
            }
            None => false,
        };
        Ok((document, is_excluded))
    }
}

/// Whether a cell says that a finding is not there; none where it says neither.
fn is_exclusion(value: &str) -> Option<bool> {
    match value.to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" | "excluded" | "absent" | "negated" | "negative" => Some(true),
        "" | "false" | "f" | "no" | "n" | "0" | "present" | "observed" | "affirmed" | "positive" => Some(false),
        _ => None,
    }
}

/// Gathers findings, a JSON object a line, and writes the phenopackets.
pub(super) struct Packets<'a> {
    collection: Collection,
    target: Target<'a>,
}

/// Where phenopackets go.
pub(super) enum Target<'a> {
    /// One a line.
    Lines(&'a mut dyn Write),
    /// One a file in this folder; those that exist are replaced where that is wished for.
    Folder(PathBuf, bool),
}

impl<'a> Target<'a> {
    /// The folder where there is one, else lines into `out`.
    pub(super) fn of(folder: Option<&Path>, replace: bool, out: &'a mut dyn Write) -> Self {
        folder.map_or(Self::Lines(out), |folder| Self::Folder(folder.to_owned(), replace))
    }
}

impl<'a> Packets<'a> {
    pub(super) const fn new(collection: Collection, target: Target<'a>) -> Self {
        Self { collection, target }
    }

    pub(super) fn told(&self) -> Told {
        let documents = self.collection.ids().len();
        let documents = format!("{} {}", count(documents), if documents == 1 { "document" } else { "documents" });
        let mut conflicts = self.collection.conflicts();
        let warning = conflicts.next().map(|first| {
            let which = format!("first `{}` in `{}`", first.id, first.document);
            match conflicts.count() {
                0 => format!("one feature is both present and excluded, and written as present: {which}"),
                more => {
                    format!(
                        "{} features are both present and excluded, and written as present, {which}",
                        count(more + 1)
                    )
                }
            }
        });
        Told { notes: vec![documents], warnings: warning.into_iter().collect() }
    }

    pub(super) fn finish(self) -> anyhow::Result<()> {
        let Self { collection, target } = self;
        let places = 0..collection.ids().len();
        match target {
            Target::Lines(out) => {
                for place in places {
                    collection.write(place, out)?;
                }
                out.flush()?;
            }
            Target::Folder(folder, replace) => {
                if !folder.is_dir() {
                    let failed = |source| destination::Error::Write { path: folder.clone(), source };
                    fs_err::create_dir(&folder).map_err(failed)?;
                }
                let paths: Vec<PathBuf> = file_names(collection.ids()).map(|name| folder.join(name)).collect();
                // All or none, as far as that can be told before.
                if let Some(path) = paths.iter().find(|path| !replace && path.exists()) {
                    return Err(destination::Error::Exists { path: path.clone() }.into());
                }
                for (place, path) in places.zip(&paths) {
                    Destination::create(path, replace)?.write(|out| Ok(collection.write(place, out)?))?;
                }
            }
        }
        Ok(())
    }
}

impl Write for Packets<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for line in bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            let finding: Finding = serde_json::from_slice(line)?;
            self.collection.add(finding);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether `-o` names a folder.
pub(super) fn is_folder(out: &Path) -> bool {
    out.is_dir() || out.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR])
}

/// A file for each document: its name with nothing a file system minds, and no name twice, in any case.
fn file_names<'a>(documents: impl Iterator<Item = &'a str>) -> impl Iterator<Item = String> {
    let mut taken = HashSet::new();
    documents.map(move |document| {
        let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
        let mut name: String = document.chars().map(safe).collect();
        while name.len() > NAME_BYTES {
            name.pop();
        }
        if name.starts_with('.') {
            name.insert(0, '_');
        }
        let (stem, mut number) = (name.clone(), 2);
        while !taken.insert(name.to_lowercase()) {
            name = format!("{stem}_{number}");
            number += 1;
        }
        name + ".json"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_safe_and_distinct() {
        let names: Vec<String> = file_names(["a/b", "a:b", "A_B", "..", "PMID 1", "é"].into_iter()).collect();
        assert_eq!(names, ["a_b.json", "a_b_2.json", "A_B_3.json", "_...json", "PMID_1.json", "é.json"]);
        assert!(file_names([&*"x".repeat(300)].into_iter()).all(|name| name.len() < 110));
    }

    #[test]
    fn people_say_in_many_ways_that_something_is_not_there() {
        assert!(["TRUE", "yes", "1", "Absent", "negated"].iter().all(|value| is_exclusion(value) == Some(true)));
        assert!(["", "False", "no", "0", "present"].iter().all(|value| is_exclusion(value) == Some(false)));
        assert_eq!(is_exclusion("maybe"), None);
    }

    #[test]
    fn nothing_is_overwritten_unasked_and_then_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("packets");
        let run = |replace| {
            let ontology = crate::normalize::OntologyTag { name: "hp".into(), version: None };
            let collection = Collection::new(&ontology, "2026-11-23T00:00:00Z".to_owned());
            let mut packets = Packets::new(collection, Target::Folder(place.clone(), replace));
            for document in ["a", "b"] {
                let finding = Finding {
                    document: document.to_owned(),
                    feature: None,
                    side: None,
                    severity: None,
                    is_excluded: false,
                };
                packets.write_all(&serde_json::to_vec(&finding).unwrap()).unwrap();
            }
            packets.finish()
        };
        run(false).unwrap();
        fs_err::write(place.join("b.json"), "mine").unwrap();
        fs_err::remove_file(place.join("a.json")).unwrap();
        let error = run(false).unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(destination::Error::Exists { path }) if path.ends_with("b.json")));
        assert!(!place.join("a.json").exists());
        run(true).unwrap();
        assert!(fs_err::read_to_string(place.join("b.json")).unwrap().starts_with("{\"id\":\"b\""));
    }
}

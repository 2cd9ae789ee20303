//! Phrases that became names of concepts, in a file of a person's own that `index --add-names` takes in.

use std::collections::HashSet;
use std::io::{Cursor, Write};

use super::Error;
use crate::export::table::Dialect;
use crate::ontology::{Curie, Scope};
use crate::tables::{Format, Input, Table, unguarded};
use crate::text;

/// The columns of a new file.
const COLUMNS: [&str; 5] = ["id", "name", "scope", "author", "date"];

/// A phrase that is a name of a concept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synonym {
    /// The concept.
    pub id: Curie,
    /// The phrase as it was written.
    pub name: String,
    /// How it relates to the concept.
    pub scope: Scope,
    /// Who said so.
    pub author: Option<String>,
    /// When: `2026-11-23`.
    pub date: String,
}

/// Writes what the file `place` holds, byte for byte, and behind it those of `synonyms` that are not in it; how many these
/// are. Where there was no file, its `existing` bytes are none.
///
/// # Errors
/// Where the file is no table of names, or `out` fails.
pub fn add(place: &str, existing: Option<&[u8]>, synonyms: &[Synonym], out: &mut dyn Write) -> Result<usize, Error> {
    let failed = |source| Error::Write { path: place.into(), source };
    let (columns, dialect, mut seen) = if let Some(bytes) = existing {
        read(place, bytes)?
    } else {
        let dialect = if Format::of_name(place) == Some(Format::Csv) { Dialect::Csv } else { Dialect::Tsv };
        (COLUMNS.map(str::to_owned).to_vec(), dialect, HashSet::new())
    };
    match existing {
        Some(bytes) => {
            out.write_all(bytes).map_err(failed)?;
            if !bytes.ends_with(b"\n") {
                out.write_all(b"\n").map_err(failed)?;
            }
        }
        None => dialect.write_line(out, &columns).map_err(failed)?,
    }
    let mut added = 0;
    for synonym in synonyms {
        if !seen.insert((synonym.id.clone(), text::normal_form(&synonym.name))) {
            continue;
        }
        let cells = columns.iter().map(|column| match column.as_str() {
            "id" | "curie" => synonym.id.to_string(),
            "name" | "synonym" | "label" => synonym.name.clone(),
            "scope" => synonym.scope.to_string(),
            "author" => synonym.author.clone().unwrap_or_default(),
            "date" => synonym.date.clone(),
            _ => String::new(),
        });
        dialect.write_line(out, cells).map_err(failed)?;
        added += 1;
    }
    Ok(added)
}

/// The columns of a file and what it holds.
#[expect(clippy::type_complexity, reason = "three things that are read in one go")]
fn read(place: &str, bytes: &[u8]) -> Result<(Vec<String>, Dialect, HashSet<(Curie, String)>), Error> {
    let input = Input::new(place.to_owned(), Some(bytes.len() as u64), Box::new(Cursor::new(bytes.to_vec())))?;
    let mut table = Table::begin(input, None)?;
    let no_column = |column: &str| Error::NoColumn { place: place.to_owned(), column: column.to_owned() };
    let column = |names: &[&str]| names.iter().find_map(|name| table.column(name)).ok_or_else(|| no_column(names[0]));
    let (id, name) = (column(&["id", "curie"])?, column(&["name", "synonym", "label"])?);
    let dialect = if table.format() == Format::Csv { Dialect::Csv } else { Dialect::Tsv };
    let columns = table.columns().iter().map(|column| column.trim().to_lowercase()).collect();
    let mut seen = HashSet::new();
    while let Some(row) = table.read()? {
        let cells = row.cells?;
        if let Ok(id) = Curie::parse(&cells[id].text) {
            seen.insert((id, text::normal_form(unguarded(&cells[name].text))));
        }
    }
    Ok((columns, dialect, seen))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synonym(id: &str, name: &str) -> Synonym {
        let author = Some("orcid:0000-0002-1825-0097".to_owned());
        Synonym {
            id: Curie::parse(id).unwrap(),
            name: name.into(),
            scope: Scope::Exact,
            author,
            date: "2026-11-23".into(),
        }
    }

    fn added(place: &str, existing: Option<&str>, synonyms: &[Synonym]) -> Result<(String, usize), String> {
        let mut out = Vec::new();
        let added = add(place, existing.map(str::as_bytes), synonyms, &mut out);
        added.map(|added| (String::from_utf8(out).unwrap(), added)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_is_made_and_added_to_and_holds_a_name_once() {
        let (first, count) = added("s.tsv", None, &[synonym("X:1", "jerks"), synonym("X:1", "fits")]).unwrap();
        let header = "id\tname\tscope\tauthor\tdate\n";
        let rest = "EXACT\torcid:0000-0002-1825-0097\t2026-11-23\n";
        assert_eq!((first.clone(), count), (format!("{header}X:1\tjerks\t{rest}X:1\tfits\t{rest}"), 2));
        let more = [synonym("X:1", "Jerks"), synonym("X:1", "Fits"), synonym("X:2", "jerks")];
        assert_eq!(added("s.tsv", Some(&first), &more).unwrap(), (format!("{first}X:2\tjerks\t{rest}"), 1));
    }

    #[test]
    fn what_a_file_holds_stays_as_it_is() {
        let existing = "Synonym,curie,seen by\n\"a, b\",X:1,me";
        let (text, count) = added("s.csv", Some(existing), &[synonym("X:1", "A, b"), synonym("X:1", "c, d")]).unwrap();
        assert_eq!((text, count), (format!("{existing}\n\"c, d\",X:1,\n"), 1));
        assert_eq!(added("s.tsv", Some("id\n"), &[]).unwrap_err(), "`s.tsv` has no column `name`");
        assert!(added("s.tsv", Some("id\tname\nX:1\n"), &[]).unwrap_err().starts_with("s.tsv:2: "));
    }
}

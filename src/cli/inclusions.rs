//! The file of `--only-ids`: the concepts that an index is limited to.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::ontology::{Curie, Ontology, Succession, curie};
use crate::tables::{Batch, Format, Input, Records};

/// How a header ends that says that identifiers stand below it: `HPO ID`, `subject_id`.
const HEADERS: [&str; 8] = ["id", "ids", "curie", "curies", "identifier", "identifiers", "iri", "uri"];

/// The identifier at the beginning of a line, with white space, a comma or nothing behind it.
fn identifier(line: &str) -> Result<Curie, curie::Error> {
    let cell = line.split(['\t', ',', ';']).next().unwrap_or_default().trim().trim_matches('"');
    let word = cell.split_whitespace().next().unwrap_or_default();
    Curie::parse(cell).or_else(|error| {
        // People write `HP: 0001250`.
        let second = cell.split_whitespace().nth(1).filter(|_| word.ends_with(':'));
        let both = second.map(|second| format!("{word} {second}"));
        Curie::parse(both.as_deref().unwrap_or(word)).map_err(|_| error)
    })
}

/// Whether a line says what the lines below are.
fn is_header(line: &str) -> bool {
    let cell = line.split(['\t', ',', ';']).next().unwrap_or_default().trim().trim_matches('"').to_lowercase();
    // "Sarcoid" ends so too, and is no header.
    cell.rsplit([' ', '_', '-']).next().is_some_and(|last| HEADERS.contains(&last))
}

/// Reads the identifiers of `file`, one at the beginning of each line: the live concepts they lead to, and how many lead to
/// none.
pub(super) fn read(file: &Path, ontology: &Ontology) -> anyhow::Result<(BTreeSet<Curie>, usize)> {
    let mut input = Input::open(file)?;
    let (line_end, place) = (input.line_end()?, input.place.clone());
    let mut records = Records::of(input, Format::Lines, line_end);
    let (mut only, mut unknown, mut batch, mut is_first) = (BTreeSet::new(), 0, Batch::default(), true);
    loop {
        batch.clear();
        if !records.read(&mut batch).with_context(|| format!("cannot read `{place}`"))? {
            break;
        }
        for record in &batch.records {
            let line = record.line;
            if let Some(problem) = &record.problem {
                bail!("{place}:{line}: {problem}");
            }
            let text = std::str::from_utf8(batch.bytes(record))
                .with_context(|| format!("{place}:{line}: the line is not UTF-8"))?;
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let id = identifier(text);
            if std::mem::take(&mut is_first) && id.is_err() && is_header(text) {
                continue;
            }
            let id = id.with_context(|| format!("{place}:{line}: the line begins with no identifier"))?;
            match ontology.succession(&id) {
                Succession::Live(concept) | Succession::Replaced(concept) => {
                    only.insert(concept.id.clone());
                }
                _ => unknown += 1,
            }
        }
    }
    if only.is_empty() {
        bail!("`{place}` has no identifier of a live concept");
    }
    Ok((only, unknown))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::obo;

    fn read_text(text: &[u8]) -> Result<(Vec<String>, usize), String> {
        let obo = "[Term]\nid: X:1\nname: one\nalt_id: X:9\n\n[Term]\nid: X:2\nname: two\n";
        let ontology = Ontology::assemble(obo::read(obo.as_bytes(), "x").unwrap(), "x", "x").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ids.txt");
        fs_err::write(&path, text).unwrap();
        let place = format!("{}/", folder.path().display());
        let (only, unknown) = read(&path, &ontology).map_err(|error| error.to_string().replace(&place, ""))?;
        Ok((only.iter().map(ToString::to_string).collect(), unknown))
    }

    #[test]
    fn identifiers_lead_to_live_concepts_and_those_that_do_not_are_counted() {
        let text = b"# rare\nid\tlabel\nX:9\tone\n\nX:2\nX:3\nX:1\n";
        assert_eq!(read_text(text), Ok((vec!["X:1".to_owned(), "X:2".to_owned()], 1)));
    }

    #[test]
    fn an_identifier_may_have_any_spelling_and_anything_behind_it() {
        for line in ["X:1 one", "X:1\tone", "X:1 , one", "\"X:1\",\"one\"", "  <X:1>  one two", "X:1;one", "X:1 # one"]
        {
            let text = format!("HPO ID\tname\n# some\n{line}\nX:2\n");
            let (found, _) = read_text(text.as_bytes()).unwrap();
            assert_eq!(found, ["X:1", "X:2"], "{line}");
        }
        for (line, id) in [
            ("HP: 0001250 Seizure", "HP:0001250"),
            ("hp_0001250 Seizure", "HP:0001250"),
            ("http://purl.obolibrary.org/obo/HP_0001250\tSeizure", "HP:0001250"),
            ("https://identifiers.org/hgnc/11998", "HGNC:11998"),
        ] {
            assert_eq!(identifier(line).unwrap().as_str(), id);
        }
        assert!(identifier("Seizure HP:0001250").is_err());
    }

    #[test]
    fn only_the_first_line_may_be_a_header() {
        assert_eq!(read_text(b"subject_id,label\nX:1\n"), Ok((vec!["X:1".to_owned()], 0)));
        let said = |text: &[u8]| read_text(text).unwrap_err();
        assert_eq!(said(b"X:1\nsubject_id\n"), "ids.txt:2: the line begins with no identifier");
        for first in ["seizure", "Sarcoid"] {
            let text = format!("{first}\nX:1\n");
            assert_eq!(said(text.as_bytes()), "ids.txt:1: the line begins with no identifier");
        }
    }

    #[test]
    fn a_line_without_an_identifier_is_an_error_with_its_place() {
        let said = |text: &[u8]| read_text(text).unwrap_err();
        assert_eq!(said(b"X:1\nseizure\n"), "ids.txt:2: the line begins with no identifier");
        assert_eq!(said(b"X:1\nX:\xFF2\n"), "ids.txt:2: the line is not UTF-8");
        assert_eq!(said(b"X:7\n"), "`ids.txt` has no identifier of a live concept");
    }
}

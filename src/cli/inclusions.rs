//! The file of `--only-ids`: the concepts that an index is limited to.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::ontology::{Curie, Ontology, Succession};
use crate::tables::{Batch, Format, Input, Records};

/// Headers that say what the identifiers below are.
const HEADERS: [&str; 3] = ["id", "curie", "identifier"];

/// Reads the identifiers of `file`, the first word of each line: the live concepts they lead to, and how many lead to none.
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
            let word = text.split(['\t', ',']).next().unwrap_or_default().trim();
            if word.is_empty() || word.starts_with('#') {
                continue;
            }
            if std::mem::take(&mut is_first) && HEADERS.iter().any(|header| word.eq_ignore_ascii_case(header)) {
                continue;
            }
            let id =
                Curie::parse(word).with_context(|| format!("{place}:{line}: the line begins with no identifier"))?;
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
    fn a_line_without_an_identifier_is_an_error_with_its_place() {
        let said = |text: &[u8]| read_text(text).unwrap_err();
        assert_eq!(said(b"X:1\nseizure\n"), "ids.txt:2: the line begins with no identifier");
        assert_eq!(said(b"X:1\nX:\xFF2\n"), "ids.txt:2: the line is not UTF-8");
        assert_eq!(said(b"X:7\n"), "`ids.txt` has no identifier of a live concept");
    }
}

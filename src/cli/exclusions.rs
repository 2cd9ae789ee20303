//! The file of `--exclude-names`: names that stay out of an index.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};

use crate::index::Selection;
use crate::ontology::{Concept, Curie, Ontology, Resolution};

/// Reads the (id, synonym) rows of `file` into `selection`; how many of them are no name of the concept they name.
pub(super) fn read(file: &Path, ontology: &Ontology, selection: &mut Selection) -> anyhow::Result<usize> {
    let bytes = fs_err::read(file)?;
    let text = std::str::from_utf8(&bytes).with_context(|| format!("`{}` is not UTF-8", file.display()))?;
    parse(text, &file.display().to_string(), ontology, selection)
}

fn parse(text: &str, place: &str, ontology: &Ontology, selection: &mut Selection) -> anyhow::Result<usize> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().zip(1_usize..);
    let header = lines.next().map(|(line, _)| line.to_lowercase()).unwrap_or_default();
    let columns: Vec<&str> = header.split('\t').map(str::trim).take(2).collect();
    if columns != ["id", "synonym"] {
        bail!("{place}:1: the first two columns must be called `id` and `synonym`");
    }
    let mut rows = HashSet::new();
    for (line, number) in lines.filter(|(line, _)| !line.trim().is_empty()) {
        let mut fields = line.split('\t').map(str::trim);
        let (Some(id), Some(name)) = (fields.next(), fields.next().filter(|name| !name.is_empty())) else {
            return Err(anyhow!("{place}:{number}: the row has no second column"));
        };
        let id = Curie::parse(id).with_context(|| format!("{place}:{number}: the first column is no identifier"))?;
        let id = match ontology.resolve(&id) {
            Resolution::Merged(concept) => concept.id.clone(),
            _ => id,
        };
        selection.exclude(id.clone(), name);
        rows.insert((id, name.to_lowercase()));
    }
    let is_name = |concept: &Concept, name: &str| concept.names.iter().any(|known| known.text.to_lowercase() == name);
    let unmatched = rows.iter().filter(|(id, name)| !ontology.get(id).is_some_and(|concept| is_name(concept, name)));
    Ok(unmatched.count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::obo;

    fn ontology() -> Ontology {
        let text = "[Term]\nid: HP:1\nname: Large hands\nalt_id: HP:9\nsynonym: \"Big hands\" EXACT []\n";
        Ontology::assemble(obo::read(text.as_bytes(), "x").unwrap(), "x", "x").unwrap()
    }

    fn read(text: &str) -> Result<(usize, usize), String> {
        let mut selection = Selection::default();
        let unmatched = parse(text, "out.tsv", &ontology(), &mut selection);
        unmatched.map(|unmatched| (selection.excluded(), unmatched)).map_err(|error| error.to_string())
    }

    #[test]
    fn names_are_compared_trimmed_and_without_regard_to_case() {
        assert_eq!(read("id\tsynonym\nhp_1\t BIG HANDS \nHP:1\tother\n\nHP:9\tlarge hands\t5\n"), Ok((3, 1)));
    }

    #[test]
    fn a_bad_row_is_an_error_with_its_line() {
        assert_eq!(read("id\tsynonym\nHP:1\n").unwrap_err(), "out.tsv:2: the row has no second column");
        let message = "out.tsv:3: the first column is no identifier";
        assert_eq!(read("id\tsynonym\nHP:1\tx\nseizure\tx\n").unwrap_err(), message);
        assert!(read("HP:1\tx\n").unwrap_err().starts_with("out.tsv:1:"));
        assert!(read("").is_err());
    }
}

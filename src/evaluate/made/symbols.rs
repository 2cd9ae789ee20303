//! Identifiers as people write those of a nomenclature.

use crate::evaluate::identifiers::{Identifiers, Standing};
use crate::ontology::Curie;

/// The label of a live concept, such as a gene's symbol, where it leads to that concept alone when it is read as an
/// identifier; else the identifier itself.
pub fn symbol(id: &Curie, identifiers: &Identifiers) -> String {
    let label = identifiers.ontology().get(id).map_or(id.as_str(), |concept| concept.label());
    // What stands between identifiers or cells in a table of cases cannot stand in one of them.
    let is_writable = label.trim() == label && !label.contains(['|', '\t', '\n', '\r']);
    let leads_back = || identifiers.standing(label) == Standing::Live(id.clone());
    if is_writable && leads_back() { label.to_owned() } else { id.to_string() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::tests::{ontology, request, sample_ontology};
    use super::super::{Request, What, make};
    use super::*;
    use crate::evaluate::dataset::{Dataset, Options};

    #[test]
    fn a_label_that_several_have_or_that_cannot_be_written_is_no_symbol() {
        let text = "[Term]\nid: G:1\nname: AB1\n\n[Term]\nid: G:2\nname: TWO\n\n[Term]\nid: G:3\nname: TWO\n\n\
            [Term]\nid: G:4\nname: A|B\n\n[Term]\nid: G:5\nname: G:1\n\n[Term]\nid: G:6\nname: obsolete TWO\n\
            is_obsolete: true\n\n[Term]\nid: G:7\n";
        let identifiers = Identifiers::new(Arc::new(ontology(text)));
        let spelled = |at: usize| symbol(&Curie::parse(&format!("G:{at}")).unwrap(), &identifiers);
        assert_eq!((1..=8).map(spelled).collect::<Vec<_>>(), ["AB1", "G:2", "G:3", "G:4", "G:5", "G:6", "G:7", "G:8"]);
    }

    #[test]
    fn symbols_are_read_back_as_the_concepts_they_were_made_of() {
        let ontology = Arc::new(sample_ontology());
        let identifiers = Identifiers::new(Arc::clone(&ontology));
        let kinds = ["name".to_owned()];
        let made = make(&ontology, &Request { kinds: &kinds, ..request(What::Names) }).cases;
        assert!(made.len() > 20, "{}", made.len());
        let spelled = |id: &Curie| symbol(id, &identifiers);
        let rows = made.iter().map(|case| {
            let ids: Vec<String> = case.ids.iter().map(spelled).collect();
            assert!(ids.iter().all(|id| !id.starts_with("HGNC:")), "{ids:?}");
            format!("{}\t{}\n", case.mention, ids.join("|"))
        });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("genes.tsv");
        fs_err::write(&path, format!("mention\tids\n{}", rows.collect::<String>())).unwrap();
        let dataset = Dataset::read(&path, &Options::default(), &identifiers).unwrap();
        assert!(dataset.unresolved.is_empty());
        let read: Vec<&[Curie]> = dataset.cases.iter().map(|case| case.gold.as_slice()).collect();
        assert_eq!(read, made.iter().map(|case| case.ids.as_slice()).collect::<Vec<_>>());
    }
}

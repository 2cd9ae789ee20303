//! The ontology compiled into the binary: a few hundred well-known concepts of HPO, GO, Mondo and HGNC, picked by hand
//! so that term2id can be tried without a download.

/// The name it is asked for and indexed by.
pub const NAME: &str = "sample";

/// The OBO file. Sources and licences stand in its header.
pub fn bytes() -> &'static [u8] {
    include_str!("sample.obo").as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn values(tag: &str) -> impl Iterator<Item = &'static str> {
        let text = std::str::from_utf8(bytes()).unwrap();
        text.lines().filter_map(move |line| line.strip_prefix(tag)?.strip_prefix(": "))
    }

    #[test]
    fn every_identifier_stands_once_and_every_parent_is_inside() {
        let ids: Vec<_> = values("id").collect();
        assert!((300..500).contains(&ids.len()), "{} concepts", ids.len());
        let known: HashSet<_> = ids.iter().copied().collect();
        assert_eq!(known.len(), ids.len());
        for tag in ["is_a", "replaced_by"] {
            for value in values(tag) {
                let id = value.split(' ').next().unwrap();
                assert!(known.contains(id), "`{tag}: {value}` leads out of the file");
            }
        }
        for id in values("alt_id") {
            assert!(!known.contains(id), "`{id}` is both a concept and merged into one");
        }
    }

    #[test]
    fn it_holds_concepts_of_four_ontologies_and_no_definitions() {
        for prefix in ["HP:", "GO:", "MONDO:", "HGNC:"] {
            assert!(values("id").filter(|id| id.starts_with(prefix)).count() >= 40, "{prefix}");
        }
        assert_eq!(values("def").count(), 0);
        assert!(values("is_obsolete").count() >= 2);
    }
}

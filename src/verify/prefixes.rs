//! Which prefixes identifiers may have: those of the ontologies that are asked, and those of other vocabularies.

use std::collections::{BTreeMap, BTreeSet};

use crate::ontology::{Ontology, catalogue};

/// One concept in so many must have a prefix for the ontology to be the authority on it: ontologies name a few concepts
/// of others.
const SHARE: usize = 200;

/// Vocabularies that stand in data beside those of the catalogue, and schemes of addresses; lower case, sorted.
const OTHERS: &[&str] = &[
    "atc",
    "bao",
    "bfo",
    "biolink",
    "cas",
    "chembl",
    "clinicaltrials",
    "clinvar",
    "cosmic",
    "dbsnp",
    "dc",
    "dcterms",
    "decipher",
    "doi",
    "drugbank",
    "ec",
    "ensembl",
    "foaf",
    "ftp",
    "gard",
    "geno",
    "hgvs",
    "http",
    "https",
    "iao",
    "icd-10",
    "icd-11",
    "icd10",
    "icd10cm",
    "icd10who",
    "icd11",
    "icd9",
    "icd9cm",
    "icdo",
    "interpro",
    "isbn",
    "isbn-10",
    "isbn-13",
    "issn",
    "kegg",
    "loinc",
    "mailto",
    "medbook",
    "meddra",
    "medgen",
    "mesh",
    "mgi",
    "mmrrc",
    "mpath",
    "nbo",
    "ncbigene",
    "obo",
    "oboinowl",
    "omim",
    "omimps",
    "omop",
    "orcid",
    "owl",
    "pdb",
    "pfam",
    "pharmgkb",
    "pmc",
    "pmcid",
    "pmid",
    "prov",
    "pubchem",
    "pubmed",
    "rdf",
    "rdfs",
    "reactome",
    "refseq",
    "rgd",
    "rhea",
    "ro",
    "rrid",
    "rxnorm",
    "sctid",
    "semapv",
    "sgd",
    "skos",
    "snomed",
    "snomedct",
    "snomedct_us",
    "sssom",
    "umls",
    "uniprot",
    "uniprotkb",
    "urn",
    "wd",
    "wikidata",
    "wikipedia",
    "xsd",
    "zfin",
];

/// Which prefixes are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefixes {
    ours: BTreeSet<String>,
}

impl Prefixes {
    /// Those of `ontologies`.
    pub fn of<'a>(ontologies: impl IntoIterator<Item = &'a Ontology>) -> Self {
        let mut ours = BTreeSet::new();
        for ontology in ontologies {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for concept in ontology.concepts() {
                *counts.entry(concept.id.prefix()).or_default() += 1;
            }
            let all = ontology.concepts().len();
            let own = counts.into_iter().filter(|(_, count)| count * SHARE >= all);
            ours.extend(own.map(|(prefix, _)| prefix.to_owned()));
        }
        Self { ours }
    }

    /// Whether the ontologies say what identifiers of this prefix there are; the prefix as [`Curie::parse`] gives it.
    ///
    /// [`Curie::parse`]: crate::ontology::Curie::parse
    pub fn is_ours(&self, prefix: &str) -> bool {
        self.ours.contains(prefix)
    }

    /// Whether it belongs to another vocabulary that is known by name.
    pub fn is_foreign(&self, prefix: &str) -> bool {
        let is_other = || OTHERS.binary_search(&prefix.to_ascii_lowercase().as_str()).is_ok();
        !self.is_ours(prefix) && (catalogue::find(prefix).is_some() || is_other())
    }

    /// The prefixes that are ours, sorted.
    pub fn ours(&self) -> impl Iterator<Item = &str> {
        self.ours.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::{Concept, Curie, Draft};

    #[test]
    fn others_are_sorted_for_the_search() {
        assert!(OTHERS.is_sorted_by(|left, right| left < right));
    }

    #[test]
    fn a_prefix_is_ours_where_enough_concepts_have_it() {
        let ids = (1..=300).map(|number| format!("HP:{number:07}")).chain(["RO:0002200".to_owned()]);
        let concepts = ids.map(|id| (1, Concept::new(Curie::parse(&id).unwrap()))).collect();
        let ontology = Ontology::assemble(Draft { concepts, ..Draft::default() }, "hp", "hp").unwrap();
        let prefixes = Prefixes::of([&ontology]);
        assert!(prefixes.is_ours("HP") && !prefixes.is_foreign("HP"));
        for foreign in ["RO", "PMID", "MONDO", "snomedct", "https"] {
            assert!(!prefixes.is_ours(foreign) && prefixes.is_foreign(foreign), "{foreign}");
        }
        assert!(!prefixes.is_foreign("HPP"));
    }
}

//! The ontologies known by name: where they are published, under which licence, and how their identifiers are written.

/// One ontology of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The short name used on the command line (`hp`).
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The preferred spelling of its CURIE prefix (`HP`).
    pub prefix: &'static str,
    /// Other prefixes people write for the same identifiers, lower case (`orpha` for `Orphanet`).
    pub other_prefixes: &'static [&'static str],
    /// Where the release is published.
    pub url: &'static str,
    /// The format of what stands at `url`.
    pub format: Format,
    /// The licence: an SPDX identifier, or the address of its text or of the homepage that states it.
    pub licence: &'static str,
    /// The address of a concept's page, up to the local part of its identifier.
    pub page: &'static str,
}

/// The format an ontology is published in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// OBO.
    Obo,
    /// A table with one row a concept.
    Table,
    /// OWL as RDF/XML.
    Owl,
}

/// An ontology of the OBO Library. The file name is `<name>.obo` unless another is given.
macro_rules! obo {
    ($name:literal, $title:literal, $prefix:literal, $others:expr, $licence:literal) => {
        obo!($name, $title, $prefix, $others, $licence, concat!($name, ".obo"), Format::Obo)
    };
    ($name:literal, $title:literal, $prefix:literal, $others:expr, $licence:literal, $file:expr, $format:expr) => {
        Entry {
            name: $name,
            title: $title,
            prefix: $prefix,
            other_prefixes: &$others,
            url: concat!("http://purl.obolibrary.org/obo/", $file),
            format: $format,
            licence: $licence,
            page: concat!("http://purl.obolibrary.org/obo/", $prefix, "_"),
        }
    };
}

/// All entries, sorted by name.
///
/// Of CL and Uberon the basic editions are taken: the full ones repeat terms of the ontologies they import.
pub const ENTRIES: &[Entry] = &[
    obo!("apo", "Ascomycete Phenotype Ontology", "APO", [], "CC-BY-4.0"),
    obo!("bto", "BRENDA Tissue Ontology", "BTO", [], "CC-BY-4.0"),
    obo!("chebi", "Chemical Entities of Biological Interest", "CHEBI", [], "CC-BY-4.0"),
    obo!("cl", "Cell Ontology", "CL", [], "CC-BY-4.0", "cl/cl-basic.obo", Format::Obo),
    obo!("clo", "Cell Line Ontology", "CLO", [], "CC-BY-4.0", "clo.owl", Format::Owl),
    obo!("doid", "Human Disease Ontology", "DOID", [], "CC0-1.0"),
    obo!("eco", "Evidence and Conclusion Ontology", "ECO", [], "CC0-1.0"),
    obo!("ecto", "Environmental Conditions, Treatments and Exposures Ontology", "ECTO", [], "CC0-1.0"),
    Entry {
        name: "efo",
        title: "Experimental Factor Ontology",
        prefix: "EFO",
        other_prefixes: &[],
        url: "https://www.ebi.ac.uk/efo/efo.obo",
        format: Format::Obo,
        licence: "Apache-2.0",
        page: "http://www.ebi.ac.uk/efo/EFO_",
    },
    obo!("emapa", "Mouse Developmental Anatomy Ontology", "EMAPA", [], "CC-BY-4.0"),
    obo!("envo", "Environment Ontology", "ENVO", [], "CC0-1.0"),
    obo!("fbbt", "Drosophila Gross Anatomy Ontology", "FBbt", [], "CC-BY-4.0"),
    obo!("foodon", "Food Ontology", "FOODON", [], "https://foodon.org/", "foodon.owl", Format::Owl),
    obo!("fypo", "Fission Yeast Phenotype Ontology", "FYPO", [], "CC-BY-4.0"),
    obo!("go", "Gene Ontology", "GO", [], "CC-BY-4.0"),
    Entry {
        name: "hgnc",
        title: "HGNC Complete Set of Human Gene Names",
        prefix: "HGNC",
        other_prefixes: &[],
        url: "https://storage.googleapis.com/public-download-files/hgnc/tsv/tsv/hgnc_complete_set.txt",
        format: Format::Table,
        licence: "CC0-1.0",
        page: "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/HGNC:",
    },
    obo!("hp", "Human Phenotype Ontology", "HP", ["hpo"], "https://hpo.jax.org/app/license"),
    obo!("hsapdv", "Human Developmental Stages", "HsapDv", [], "CC-BY-3.0"),
    obo!("ma", "Mouse Adult Gross Anatomy Ontology", "MA", [], "CC-BY-4.0"),
    obo!("maxo", "Medical Action Ontology", "MAXO", [], "https://github.com/monarch-initiative/MAxO"),
    obo!("mi", "Molecular Interactions Controlled Vocabulary", "MI", ["psi-mi", "psimi"], "CC-BY-4.0"),
    obo!("mondo", "Mondo Disease Ontology", "MONDO", [], "CC-BY-4.0"),
    obo!("mp", "Mammalian Phenotype Ontology", "MP", [], "CC-BY-4.0"),
    obo!("ncbitaxon", "NCBI Organismal Classification", "NCBITaxon", ["taxon", "taxonomy", "txid"], "CC0-1.0"),
    obo!("ncit", "NCI Thesaurus, OBO Edition", "NCIT", [], "CC-BY-4.0"),
    obo!("oba", "Ontology of Biological Attributes", "OBA", [], "CC0-1.0"),
    obo!("obi", "Ontology for Biomedical Investigations", "OBI", [], "CC-BY-4.0"),
    Entry {
        name: "ordo",
        title: "Orphanet Rare Disease Ontology",
        prefix: "Orphanet",
        other_prefixes: &["ordo", "orpha", "orphanet.ordo"],
        url: "https://www.orphadata.com/data/ontologies/ordo/last_version/ordo_orphanet.owl",
        format: Format::Owl,
        licence: "CC-BY-4.0",
        page: "https://www.orpha.net/en/disease/detail/",
    },
    obo!("pato", "Phenotype and Trait Ontology", "PATO", [], "CC-BY-3.0"),
    obo!("po", "Plant Ontology", "PO", [], "CC-BY-4.0"),
    obo!("pr", "Protein Ontology", "PR", ["pro"], "CC-BY-4.0"),
    obo!("so", "Sequence Types and Features Ontology", "SO", [], "CC-BY-4.0"),
    obo!("symp", "Symptom Ontology", "SYMP", [], "CC0-1.0"),
    obo!("uberon", "Uberon Multi-Species Anatomy Ontology", "UBERON", [], "CC-BY-3.0", "uberon/basic.obo", Format::Obo),
    obo!("uo", "Units of Measurement Ontology", "UO", [], "CC-BY-3.0"),
    obo!("vo", "Vaccine Ontology", "VO", [], "http://www.violinet.org/vaccineontology", "vo.owl", Format::Owl),
    obo!("wbbt", "C. elegans Gross Anatomy Ontology", "WBbt", [], "CC-BY-4.0"),
    obo!("wbphenotype", "C. elegans Phenotype Ontology", "WBPhenotype", [], "CC-BY-4.0"),
    obo!("xao", "Xenopus Anatomy Ontology", "XAO", [], "CC-BY-3.0"),
    obo!("zfa", "Zebrafish Anatomy and Development Ontology", "ZFA", [], "CC-BY-3.0"),
    obo!("zp", "Zebrafish Phenotype Ontology", "ZP", [], "CC-BY-3.0"),
];

/// The entry of this name or prefix, in any case.
pub fn find(name: &str) -> Option<&'static Entry> {
    let is = |word: &&'static str| word.eq_ignore_ascii_case(name);
    let by_name = ENTRIES.iter().find(|entry| is(&entry.name));
    by_name.or_else(|| ENTRIES.iter().find(|entry| is(&entry.prefix) || entry.other_prefixes.iter().any(is)))
}

#[cfg(test)]
mod tests {
    use super::super::Curie;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_sorted_and_each_stands_once() {
        assert!(ENTRIES.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn no_prefix_means_two_ontologies() {
        let mut seen = HashSet::new();
        for entry in ENTRIES {
            assert!(seen.insert(entry.prefix.to_ascii_lowercase()), "{}", entry.prefix);
            for other in entry.other_prefixes {
                assert_eq!(*other, other.to_ascii_lowercase());
                assert!(seen.insert((*other).to_owned()), "{other}");
            }
        }
    }

    #[test]
    fn every_prefix_in_every_spelling_is_printed_in_the_preferred_one() {
        for entry in ENTRIES {
            let preferred = format!("{}:0000012", entry.prefix);
            for spelling in entry.other_prefixes.iter().copied().chain([entry.prefix]) {
                for spelling in [spelling.to_owned(), spelling.to_ascii_lowercase(), spelling.to_ascii_uppercase()] {
                    assert_eq!(Curie::parse(&format!("{spelling}:0000012")).unwrap().as_str(), preferred);
                }
            }
        }
    }

    #[test]
    fn an_entry_is_found_by_its_name_or_a_prefix_in_any_case() {
        for given in ["ordo", "Orphanet", "ORPHA"] {
            assert_eq!(find(given).unwrap().name, "ordo");
        }
        assert_eq!(find("HP").unwrap().name, "hp");
        assert_eq!(find("nothing"), None);
    }

    #[test]
    fn every_entry_says_where_and_under_which_licence() {
        for entry in ENTRIES {
            assert!(!entry.title.is_empty() && !entry.licence.is_empty(), "{}", entry.name);
            assert!(entry.url.starts_with("http") && entry.page.starts_with("http"), "{}", entry.name);
        }
    }
}

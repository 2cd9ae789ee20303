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
    /// The licence, as an SPDX identifier where there is one.
    pub licence: &'static str,
}

/// All entries, sorted by name.
pub const ENTRIES: &[Entry] = &[Entry {
    name: "hp",
    title: "Human Phenotype Ontology",
    prefix: "HP",
    other_prefixes: &["hpo"],
    url: "http://purl.obolibrary.org/obo/hp.obo",
    licence: "https://hpo.jax.org/app/license",
}];

/// The entry of this name, in any case.
pub fn find(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
}

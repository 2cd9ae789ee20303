//! What the mapping set of decisions says about itself: the flags for it, and what is written where none is given.

use std::collections::BTreeSet;

use crate::export::sssom::MappingSet;
use crate::normalize::OntologyTag;
use crate::ontology::{Ontology, catalogue};

/// The heading of these flags in the help.
const HEADING: &str = "Mapping set";

/// What is said about a mapping set.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Publishing {
    /// The address of the mapping set, in sssom [default: one that follows from its content]
    #[arg(long, value_name = "URL", help_heading = HEADING)]
    mapping_set_id: Option<String>,
    /// The address of its licence, in sssom [default: <https://w3id.org/sssom/license/unspecified>]
    #[arg(long, value_name = "URL", help_heading = HEADING)]
    license: Option<String>,
    /// When it was made [default: the day of `SOURCE_DATE_EPOCH`, else today]
    #[arg(long, value_name = "YYYY-MM-DD", help_heading = HEADING)]
    pub(super) date: Option<String>,
}

impl Publishing {
    /// The mapping set of decisions about concepts of `ontology`, made on this `date` of a sheet with this checksum.
    pub(super) fn mapping_set(&self, ontology: &Ontology, sheet: &str, date: &str) -> MappingSet {
        let id = || {
            let hash = blake3::hash(format!("{sheet}\n{}\n{date}\n", ontology.name()).as_bytes()).to_hex();
            format!("urn:blake3:{hash}")
        };
        let prefixes: BTreeSet<&str> = ontology.live().map(|concept| concept.id.prefix()).collect();
        let address = |prefix: &str| match catalogue::find(prefix) {
            Some(entry) => entry.page.to_owned(),
            None => format!("https://bioregistry.io/{}:", prefix.to_lowercase()),
        };
        let version = ontology.version().map(str::to_owned);
        MappingSet {
            id: self.mapping_set_id.clone().unwrap_or_else(id),
            license: self.license.clone().unwrap_or_else(|| "https://w3id.org/sssom/license/unspecified".to_owned()),
            ontology: OntologyTag { name: ontology.name().to_owned(), version },
            prefixes: prefixes.into_iter().map(|prefix| (prefix.to_owned(), address(prefix))).collect(),
            date: date.to_owned(),
        }
    }
}

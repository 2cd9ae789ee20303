//! What mapping sets and phenopackets say about themselves: the flags for it, and what is written where none is given.

use std::collections::BTreeSet;
use std::path::Path;

use super::documents::Documents;
use super::{Error, OutputFormat};
use crate::cli::mapping_set::{About, HEADING};
use crate::cli::open;
use crate::export::phenopacket::{self, Collection};
use crate::export::sssom::{self, MappingSet};
use crate::index::Index;
use crate::tables;

/// What is said about a mapping set or about phenopackets.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Publishing {
    #[command(flatten)]
    about: About,
    /// The column (or key) that says which document or patient a row is about, for phenopacket
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    document_column: Option<String>,
    /// The column (or key) that says whether a finding is not there (yes, true, 1, excluded, absent, negated, or their
    /// contraries), for phenopacket
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    excluded_column: Option<String>,
}

impl Publishing {
    /// Refuses flags that say nothing in `format`, and a format that lacks one.
    pub(super) fn check(&self, format: OutputFormat) -> Result<(), Error> {
        let (is_set, is_packet) = (format == OutputFormat::Sssom, format == OutputFormat::Phenopacket);
        let wrong = [
            ("--mapping-set-id", self.about.mapping_set_id.is_some() && !is_set, "sssom"),
            ("--license", self.about.license.is_some() && !is_set, "sssom"),
            ("--date", self.about.date.is_some() && !is_set && !is_packet, "sssom` and `--format phenopacket"),
            ("--document-column", self.document_column.is_some() && !is_packet, "phenopacket"),
            ("--excluded-column", self.excluded_column.is_some() && !is_packet, "phenopacket"),
        ];
        if let Some((flag, _, format)) = wrong.into_iter().find(|(_, is_wrong, _)| *is_wrong) {
            return Err(Error::OtherFormat { flag, format });
        }
        if is_packet && self.document_column.is_none() {
            return Err(Error::NoDocument);
        }
        Ok(())
    }

    /// The columns that say what a row is about.
    pub(super) fn documents(&self) -> Option<Documents> {
        let excluded = self.excluded_column.clone();
        self.document_column.clone().map(|document| Documents { document, excluded })
    }

    /// The mapping set of answers from `indexes` to `input`.
    pub(super) fn mapping_set(&self, indexes: &[&Index], input: &Path) -> Result<MappingSet, tables::Error> {
        let concepts =
            |index: &Index| u32::try_from(index.names().concepts()).expect("concepts are counted in 32 bits");
        let ids = indexes.iter().flat_map(|index| (0..concepts(index)).map(|concept| index.names().id(concept)));
        let prefixes = sssom::prefixes(ids);
        let made_of = |index: &&Index| {
            let manifest = index.manifest();
            [manifest.source.blake3.clone(), manifest.name.clone()]
        };
        let made_of: Vec<String> = indexes.iter().flat_map(made_of).collect();
        let ontologies = indexes.iter().map(|index| open::tag(index)).collect();
        self.about.mapping_set(ontologies, prefixes, input, &made_of)
    }

    /// Where phenopackets of answers from `index` are gathered.
    ///
    /// # Errors
    /// Where the index is not one of HPO.
    pub(super) fn collection(&self, index: &Index) -> Result<Collection, Error> {
        let names = index.names();
        let concepts = u32::try_from(names.concepts()).expect("concepts are counted in 32 bits");
        let prefixes: BTreeSet<&str> =
            (0..concepts).map(|concept| names.id(concept).split(':').next().unwrap_or_default()).collect();
        if prefixes.iter().any(|prefix| *prefix != phenopacket::PREFIX) {
            let found = prefixes.into_iter().map(str::to_owned).collect();
            return Err(Error::NotPhenotypes { index: index.manifest().name.clone(), found });
        }
        let created = self.about.date.as_ref().map_or_else(open::date, |day| format!("{day}T00:00:00Z"));
        Ok(Collection::new(&open::tag(index), created))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_another_format_are_refused() {
        let said = |publishing: &Publishing, format| publishing.check(format).err().map(|error| error.to_string());
        let about = About { license: Some("https://a.org/".to_owned()), ..About::default() };
        let license = Publishing { about, ..Publishing::default() };
        assert_eq!(said(&license, OutputFormat::Tsv).unwrap(), "`--license` is for `--format sssom`");
        assert_eq!(said(&license, OutputFormat::Sssom), None);
        assert!(said(&Publishing::default(), OutputFormat::Phenopacket).unwrap().contains("`--document-column`"));
    }
}

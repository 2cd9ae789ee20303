//! What mapping sets and phenopackets say about themselves: the flags for it, and what is written where none is given.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::documents::Documents;
use super::{Error, OutputFormat};
use crate::cli::open;
use crate::export::phenopacket::{self, Collection};
use crate::export::sssom::{self, MappingSet};
use crate::index::Index;
use crate::normalize::OntologyTag;
use crate::tables::{self, Input};

/// The heading of these flags in the help.
const HEADING: &str = "Mapping sets and phenopackets";

/// What is said about a mapping set or about phenopackets.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Publishing {
    /// The address of the mapping set, in sssom [default: a urn:uuid that follows from input, release and date]
    #[arg(long, value_name = "URL", value_parser = address, help_heading = HEADING)]
    mapping_set_id: Option<String>,
    /// The address of its licence, in sssom [default: <https://w3id.org/sssom/license/unspecified>]
    #[arg(long, value_name = "URL", value_parser = address, help_heading = HEADING)]
    license: Option<String>,
    /// When it was made, in sssom and phenopacket [default: the day of `SOURCE_DATE_EPOCH`, else today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, help_heading = HEADING)]
    date: Option<String>,
    /// The column (or key) that says which document or patient a row is about, for phenopacket
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    document_column: Option<String>,
    /// The column (or key) that says whether a finding is not there (yes, true, 1, excluded, absent, negated, or their
    /// contraries), for phenopacket
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    excluded_column: Option<String>,
}

/// An address with a scheme, without white space.
fn address(text: &str) -> Result<String, String> {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    };
    let is_bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\');
    match text.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) && !rest.is_empty() && !rest.contains(is_bad) => Ok(text.to_owned()),
        _ => Err("expected an address such as https://w3id.org/example/set".to_owned()),
    }
}

fn day(text: &str) -> Result<String, String> {
    let is_day = text.len() == 10 && humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).is_ok();
    if is_day { Ok(text.to_owned()) } else { Err("expected a day such as 2026-11-23".to_owned()) }
}

/// What an input can be told by, though it is read once only.
pub(super) struct Source {
    /// Where it is a file.
    path: Option<PathBuf>,
    first_line: Vec<u8>,
}

impl Source {
    pub(super) fn of(input: &mut Input, given: &Path) -> Result<Self, tables::Error> {
        let path = input.length.map(|_| given.to_owned());
        Ok(Self { path, first_line: input.first_line()?.to_vec() })
    }

    /// Of all its bytes where it is a file, else of its first line.
    fn hash(&self) -> Result<blake3::Hash, tables::Error> {
        let Some(path) = &self.path else { return Ok(blake3::hash(&self.first_line)) };
        let read = |source| tables::Error::Read { place: path.display().to_string(), source };
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(fs_err::File::open(path).map_err(read)?).map_err(read)?;
        Ok(hasher.finalize())
    }
}

impl Publishing {
    /// Refuses flags that say nothing in `format`, and a format that lacks one.
    pub(super) fn check(&self, format: OutputFormat) -> Result<(), Error> {
        let (is_set, is_packet) = (format == OutputFormat::Sssom, format == OutputFormat::Phenopacket);
        let wrong = [
            ("--mapping-set-id", self.mapping_set_id.is_some() && !is_set, "sssom"),
            ("--license", self.license.is_some() && !is_set, "sssom"),
            ("--date", self.date.is_some() && !is_set && !is_packet, "sssom` and `--format phenopacket"),
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

    /// The mapping set of answers from `index` to `input`.
    pub(super) fn mapping_set(&self, index: &Index, input: &Source) -> Result<MappingSet, tables::Error> {
        let date = self.date.clone().unwrap_or_else(|| open::date().chars().take(10).collect());
        let names = index.names();
        let concepts = u32::try_from(names.concepts()).expect("concepts are counted in 32 bits");
        let prefixes = sssom::prefixes((0..concepts).map(|concept| names.id(concept)));
        let id = if let Some(id) = &self.mapping_set_id {
            id.clone()
        } else {
            let mut hasher = blake3::Hasher::new();
            let (input, manifest) = (input.hash()?, index.manifest());
            for part in [input.to_hex().as_str(), &manifest.source.blake3, &manifest.name, &date] {
                // Ends, so that no two lists of parts are the same bytes.
                hasher.update(part.as_bytes()).update(b"\n");
            }
            uuid(hasher.finalize())
        };
        let license = self.license.clone().unwrap_or_else(|| sssom::UNSPECIFIED_LICENSE.to_owned());
        Ok(MappingSet { id, license, ontology: tag(index), prefixes, date })
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
        let created = self.date.as_ref().map_or_else(open::date, |day| format!("{day}T00:00:00Z"));
        Ok(Collection::new(&tag(index), created))
    }
}

fn tag(index: &Index) -> OntologyTag {
    OntologyTag { name: index.manifest().name.clone(), version: index.manifest().version.clone() }
}

/// A hash as a UUID of version 8, which is for such.
fn uuid(hash: blake3::Hash) -> String {
    let mut bytes: [u8; 16] = *hash.as_bytes().first_chunk().expect("a hash has 32 bytes");
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_scheme_and_days_exist() {
        assert!(["https://a.org/x#y", "urn:uuid:1"].iter().all(|text| address(text).is_ok()));
        assert!(["a.org/x", "/x", "https://a b", "http:", "1a:b", "a:b\nc"].iter().all(|text| address(text).is_err()));
        assert!(day("2026-11-23").is_ok() && day("2024-02-29").is_ok());
        assert!(["2026-13-01", "2026-02-30", "26-01-01", "2026-1-1", "today"].iter().all(|text| day(text).is_err()));
    }

    #[test]
    fn a_hash_becomes_a_uuid_of_its_own_version() {
        let uuid = uuid(blake3::hash(b""));
        assert_eq!(uuid, "urn:uuid:af1349b9-f5f9-81a6-a040-4dea36dcc949");
    }

    #[test]
    fn flags_of_another_format_are_refused() {
        let said = |publishing: &Publishing, format| publishing.check(format).err().map(|error| error.to_string());
        let license = Publishing { license: Some("https://a.org/".to_owned()), ..Publishing::default() };
        assert_eq!(said(&license, OutputFormat::Tsv).unwrap(), "`--license` is for `--format sssom`");
        assert_eq!(said(&license, OutputFormat::Sssom), None);
        assert!(said(&Publishing::default(), OutputFormat::Phenopacket).unwrap().contains("`--document-column`"));
    }
}

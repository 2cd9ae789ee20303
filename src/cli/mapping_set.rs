//! What a mapping set says about itself: the flags for it, and what is written where none is given.

use std::path::Path;
use std::time::SystemTime;

use super::open;
use crate::export::sssom::{self, MappingSet};
use crate::normalize::OntologyTag;
use crate::tables;

/// The heading of these flags in the help.
pub(super) const HEADING: &str = "Mapping sets and phenopackets";

/// What is said about a mapping set.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct About {
    /// The address of the mapping set, in sssom [default: a urn:uuid that follows from input, release
    /// and date; of standard input, one of its own]
    #[arg(long, value_name = "URL", value_parser = address, help_heading = HEADING)]
    pub(super) mapping_set_id: Option<String>,
    /// The address of its licence, in sssom [default: <https://w3id.org/sssom/license/unspecified>]
    #[arg(long, value_name = "URL", value_parser = address, help_heading = HEADING)]
    pub(super) license: Option<String>,
    /// When it was made [default: the day of `SOURCE_DATE_EPOCH`, else today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, help_heading = HEADING)]
    pub(super) date: Option<String>,
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

impl About {
    /// The day it was made.
    pub(super) fn day(&self) -> String {
        self.date.clone().unwrap_or_else(|| open::date().chars().take(10).collect())
    }

    /// The set of mappings of what `input` says to concepts of `ontologies`. Where no identifier is given, it follows from
    /// the input, from what else it was made of, and from the day.
    ///
    /// # Errors
    /// Where the input cannot be read.
    pub(super) fn mapping_set(
        &self,
        ontologies: Vec<OntologyTag>,
        prefixes: Vec<(String, String)>,
        input: &Path,
        others: &[impl AsRef<str>],
    ) -> Result<MappingSet, tables::Error> {
        let date = self.day();
        let id = if let Some(id) = &self.mapping_set_id {
            id.clone()
        } else {
            let mut hasher = blake3::Hasher::new();
            let (checksum, others) = (checksum(input)?, others.iter().map(AsRef::as_ref));
            for part in [checksum.as_str()].into_iter().chain(others).chain([date.as_str()]) {
                // Ends, so that no two lists of parts are the same bytes.
                hasher.update(part.as_bytes()).update(b"\n");
            }
            uuid(hasher.finalize())
        };
        let license = self.license.clone().unwrap_or_else(|| sssom::UNSPECIFIED_LICENSE.to_owned());
        Ok(MappingSet { id, license, ontologies, prefixes, date })
    }
}

/// What an input is told by: all its bytes. What is read once only is told by when that was.
fn checksum(input: &Path) -> Result<String, tables::Error> {
    if !input.is_file() {
        return Ok(format!("{:?} {}", SystemTime::now(), std::process::id()));
    }
    let read = |source| tables::Error::Read { place: input.display().to_string(), source };
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs_err::File::open(input).map_err(read)?).map_err(read)?;
    Ok(hasher.finalize().to_hex().to_string())
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
}

//! Compact identifiers: `HP:0001250`, in whichever spelling people write them.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::catalogue::{self, Entry};

/// A compact identifier in its preferred spelling, such as `HP:0001250`.
///
/// A web address that names a concept in a way term2id does not know is kept whole, so that no concept is lost.
/// Ordered as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Curie(Box<str>);

/// A text that is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no identifier (expected a prefix, a colon and a local part, as in `HP:0001250`)")]
pub struct Error(pub String);

/// Addresses, without their scheme, that end in `PREFIX_LOCAL`.
const UNDERSCORE_BASES: [&str; 3] = ["purl.obolibrary.org/obo/", "www.orpha.net/ORDO/", "www.ebi.ac.uk/efo/"];

/// Addresses, without their scheme, that end in `prefix:local` or `prefix/local`.
const RESOLVER_BASES: [&str; 3] = ["identifiers.org/", "bioregistry.io/", "n2t.net/"];

/// Pages of one concept, without their scheme, that end in the local part, with the prefix that is meant.
const PAGE_BASES: [(&str, &str); 2] = [
    ("www.genenames.org/data/gene-symbol-report/#!/hgnc_id/", "HGNC"),
    ("www.orpha.net/en/disease/detail/", "Orphanet"),
];

/// The entry of the catalogue that each prefix stands for, by the prefix in lower case.
static PREFIXES: LazyLock<HashMap<String, &'static Entry>> = LazyLock::new(|| {
    let spellings = |entry: &'static Entry| entry.other_prefixes.iter().copied().chain([entry.prefix]);
    let entries = catalogue::ENTRIES.iter();
    entries.flat_map(|entry| spellings(entry).map(move |prefix| (prefix.to_ascii_lowercase(), entry))).collect()
});

/// Longer than any prefix of the catalogue.
const LONGEST_PREFIX: usize = 32;

impl Curie {
    /// Reads any of the spellings `HP:0001250`, `hp:0001250`, `HP_0001250`, `obo:HP_0001250`, `HGNC:HGNC:11998`,
    /// `http://purl.obolibrary.org/obo/HP_0001250`, `https://identifiers.org/hgnc/11998` and the like, with or without
    /// angle brackets and white space around it.
    ///
    /// # Errors
    /// Where the text has no prefix (letters, digits, `.`, `_`, `-`, a letter first), no local part, or white space
    /// inside.
    pub fn parse(text: &str) -> Result<Self, Error> {
        read(strip_brackets(text)).ok_or_else(|| Error(text.to_owned()))
    }

    /// The whole identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the colon.
    pub fn prefix(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// The part after the first colon.
    pub fn local(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, local)| local)
    }

    /// Whether it is written as an ontology of the catalogue writes its identifiers: a known prefix, then digits.
    pub fn is_catalogued(&self) -> bool {
        known(self.prefix()).is_some() && self.local().bytes().all(|byte| byte.is_ascii_digit())
    }

    /// The address of the concept's page; `None` where the prefix is not known to the catalogue.
    pub fn url(&self) -> Option<String> {
        if strip_scheme(&self.0).is_some() {
            return Some(self.0.to_string());
        }
        let entry = known(self.prefix())?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        self.local().chars().all(is_plain).then(|| format!("{}{}", entry.page, self.local()))
    }
}

/// Reads an identifier that stands without brackets.
fn read(text: &str) -> Option<Curie> {
    if let Some(address) = strip_scheme(text) {
        return (!address.is_empty() && !text.contains(char::is_whitespace))
            .then(|| read_address(address).unwrap_or_else(|| Curie(text.into())));
    }
    if let Some((prefix, local)) = text.split_once(':') {
        // People write `HP: 0001250`; after an unknown word that is rather a sentence.
        let local = if known(prefix).is_some() { local.trim_start() } else { local };
        return compose(prefix, local);
    }
    let (prefix, local) = split_underscore(text)?;
    known(prefix).and_then(|_| compose(prefix, local))
}

/// Reads an address without its scheme; `None` where it does not name a concept in a way that is known.
fn read_address(address: &str) -> Option<Curie> {
    for base in UNDERSCORE_BASES {
        if let Some(rest) = strip_base(address, base) {
            let (prefix, local) = split_underscore(rest)?;
            return compose(prefix, local);
        }
    }
    for base in RESOLVER_BASES {
        if let Some(rest) = strip_base(address, base) {
            let (prefix, local) = rest.split_once([':', '/'])?;
            // A second address in there would be read as something else the next time.
            return (!local.contains('/')).then(|| compose(prefix, local))?;
        }
    }
    PAGE_BASES.iter().find_map(|(base, prefix)| compose(prefix, strip_base(address, base)?))
}

/// Puts a prefix in its preferred spelling before a local part that may repeat the prefix.
fn compose(prefix: &str, local: &str) -> Option<Curie> {
    if prefix.eq_ignore_ascii_case("obo")
        && let Some((inner, rest)) = split_underscore(local)
        && !inner.eq_ignore_ascii_case("obo")
    {
        return compose(inner, rest);
    }
    let entry = known(prefix);
    let mut local = local;
    if let Some(entry) = entry {
        while let Some((repeated, rest)) = local.split_once([':', '_'])
            && known(repeated) == Some(entry)
        {
            local = rest;
        }
    }
    let is_valid = is_prefix(prefix) && !local.is_empty() && !local.contains(char::is_whitespace);
    is_valid.then(|| {
        let prefix = entry.map_or(prefix, |entry| entry.prefix);
        let mut text = String::with_capacity(prefix.len() + 1 + local.len());
        text.push_str(prefix);
        text.push(':');
        text.push_str(local);
        Curie(text.into())
    })
}

/// Splits `HP_0001250` at its last underscore; `None` for words such as `part_of` whose end holds no digit.
fn split_underscore(text: &str) -> Option<(&str, &str)> {
    let (prefix, local) = text.rsplit_once('_')?;
    let is_local = local.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && local.bytes().any(|byte| byte.is_ascii_digit());
    (is_prefix(prefix) && is_local).then_some((prefix, local))
}

/// The entry of the catalogue this prefix stands for, in any case; allocates nothing.
fn known(prefix: &str) -> Option<&'static Entry> {
    let mut buffer = [0; LONGEST_PREFIX];
    let lower = buffer.get_mut(..prefix.len())?;
    lower.copy_from_slice(prefix.as_bytes());
    lower.make_ascii_lowercase();
    PREFIXES.get(std::str::from_utf8(lower).ok()?).copied()
}

fn is_prefix(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn strip_brackets(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        text = inner.trim();
    }
    text
}

fn strip_scheme(text: &str) -> Option<&str> {
    strip_base(text, "http://").or_else(|| strip_base(text, "https://"))
}

/// `text` without `base` before it, in any case.
fn strip_base<'a>(text: &'a str, base: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(base.len())?;
    start.eq_ignore_ascii_case(base).then_some(rest)
}

impl fmt::Display for Curie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Curie {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn print(text: &str) -> String {
        Curie::parse(text).unwrap().to_string()
    }

    #[test]
    fn every_spelling_of_one_identifier_is_printed_alike() {
        for spelling in [
            "HP:0001250",
            "hp:0001250",
            "HPO:0001250",
            "HP_0001250",
            "hp_0001250",
            "obo:HP_0001250",
            "OBO:hp_0001250",
            "HP:HP:0001250",
            "HP:HP_0001250",
            "HP: 0001250",
            "  HP:0001250\t",
            "http://purl.obolibrary.org/obo/HP_0001250",
            "HTTPS://purl.obolibrary.org/obo/hp_0001250",
            "<http://purl.obolibrary.org/obo/HP_0001250>",
            "https://bioregistry.io/hp:0001250",
            "https://identifiers.org/HP:0001250",
        ] {
            assert_eq!(print(spelling), "HP:0001250", "{spelling}");
        }
        for spelling in [
            "HGNC:11998",
            "hgnc:11998",
            "HGNC:HGNC:11998",
            "https://identifiers.org/hgnc:11998",
            "https://identifiers.org/hgnc/11998",
            "http://identifiers.org/hgnc/HGNC:11998",
            "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/HGNC:11998",
        ] {
            assert_eq!(print(spelling), "HGNC:11998", "{spelling}");
        }
        for spelling in [
            "Orphanet:558",
            "ORPHA:558",
            "ORDO:558",
            "Orphanet_558",
            "http://www.orpha.net/ORDO/Orphanet_558",
            "https://www.orpha.net/en/disease/detail/558",
        ] {
            assert_eq!(print(spelling), "Orphanet:558", "{spelling}");
        }
    }

    #[test]
    fn a_local_part_may_hold_letters() {
        assert_eq!(print("http://purl.obolibrary.org/obo/NCIT_C12345"), "NCIT:C12345");
        assert_eq!(print("PR_Q9Y6K9-2"), "PR:Q9Y6K9-2");
        assert_eq!(print("taxon:9606"), "NCBITaxon:9606");
    }

    #[test]
    fn an_unknown_prefix_is_kept_as_written() {
        for text in ["umls:C0036572", "My.Own-terms_2:a/b", "foo:FOO:1", "obo:part_of", "GO_REF:0000002"] {
            assert_eq!(print(text), text);
        }
        assert_eq!(print("http://purl.obolibrary.org/obo/BFO_0000050"), "BFO:0000050");
        assert_eq!(print("http://purl.obolibrary.org/obo/APOLLO_SV_00000600"), "APOLLO_SV:00000600");
    }

    #[test]
    fn an_address_that_names_nothing_known_is_kept_whole() {
        for text in [
            "http://example.org/terms#12",
            "http://purl.obolibrary.org/obo/hp#layperson",
            "http://purl.obolibrary.org/obo/GO_REF",
            "https://identifiers.org/http///purl.obolibrary.org/obo/HP_1",
            "http://purl.obolibrary.org/obo/",
        ] {
            assert_eq!(print(text), text);
        }
    }

    #[test]
    fn words_sentences_and_halves_are_no_identifiers() {
        for text in [
            "",
            " ",
            ":",
            "HP:",
            ":12",
            "HP:HP:",
            "part_of",
            "GO_REF",
            "seizure",
            "XYZ_0000012",
            "1a:2",
            "HP:00 01",
            "a b:c",
            "Note: 12",
            "http://",
            "http://a b",
            "<>",
            "é:1",
            "_:b0",
        ] {
            assert!(Curie::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn parts_and_page_of_an_identifier() {
        let id = Curie::parse("hp_0001250").unwrap();
        assert_eq!((id.prefix(), id.local()), ("HP", "0001250"));
        assert_eq!(id.url().unwrap(), "http://purl.obolibrary.org/obo/HP_0001250");
        assert_eq!(Curie::parse("umls:C1").unwrap().url(), None);
        assert_eq!(Curie::parse("HP:a/b").unwrap().url(), None);
    }

    #[test]
    fn the_page_of_a_concept_names_the_concept() {
        for entry in catalogue::ENTRIES {
            let id = Curie::parse(&format!("{}:0000012", entry.prefix)).unwrap();
            assert_eq!(print(&id.url().unwrap()), id.as_str());
        }
    }

    #[test]
    fn odd_content_of_an_index_file_does_not_panic() {
        let id: Curie = serde_json::from_str("\"no identifier\"").unwrap();
        assert_eq!((id.prefix(), id.local(), id.url()), ("no identifier", "", None));
    }

    #[test]
    fn the_longest_known_prefix_fits_the_buffer() {
        assert!(PREFIXES.keys().all(|prefix| prefix.len() <= LONGEST_PREFIX));
    }

    /// Text made of the pieces that identifiers are made of, which random text seldom hits.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("http://"),
            Just("https://"),
            Just("purl.obolibrary.org/obo/"),
            Just("identifiers.org/"),
            Just("www.orpha.net/en/disease/detail/"),
            Just("www.genenames.org/data/gene-symbol-report/#!/hgnc_id/"),
            Just("http"),
            Just("obo"),
            Just("HP"),
            Just("hpo"),
            Just("Hgnc"),
            Just("foo"),
            Just(":"),
            Just("_"),
            Just("/"),
            Just("<"),
            Just(">"),
            Just(" "),
            Just("12"),
            Just("é"),
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_what_is_printed_is_read_back(text in prop_oneof![any::<String>(), pieces()]) {
            if let Ok(id) = Curie::parse(&text) {
                prop_assert_eq!(Curie::parse(id.as_str()), Ok(id.clone()));
                prop_assert!(!id.as_str().contains(char::is_whitespace));
                let _ = (id.prefix(), id.local(), id.url());
            }
        }
    }
}

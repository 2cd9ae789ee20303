//! What looks like an identifier, and whose it is.

use std::sync::LazyLock;

use regex::Regex;

use crate::ontology::Curie;
use crate::verify::prefixes::Prefixes;

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 200;

/// Whose an identifier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// An ontology's that is asked; it may be written wrongly.
    Ours,
    /// That of another vocabulary.
    Foreign,
    /// Nobody's who is known: something that is written as identifiers are.
    Unknown,
}

/// Capitals and some digits, or letters and seven digits with a zero before them, as most ontologies write theirs.
static SHAPE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:[A-Z]{2,}:[0-9]{3,}|[A-Za-z]{2,}:0[0-9]{6})$").expect("it is a valid pattern"));

/// Whose identifier `text` is, all of it; none where it is no identifier.
pub(super) fn owner(text: &str, prefixes: &Prefixes) -> Option<Owner> {
    let text = text.trim();
    if text.len() > LONGEST || !text.contains([':', '_']) {
        return None;
    }
    let has_digit = |local: &str| local.bytes().any(|byte| byte.is_ascii_digit());
    if let Ok(id) = Curie::parse(text) {
        if prefixes.is_foreign(id.prefix()) {
            // Addresses of no concept are no identifiers.
            return (!text.contains("://") || !id.as_str().contains("://")).then_some(Owner::Foreign);
        }
        if prefixes.is_ours(id.prefix()) {
            return has_digit(id.local()).then_some(Owner::Ours);
        }
    }
    // Whatever the ontology's prefix is, some write it otherwise.
    if let Some((prefix, local)) = text.split_once([':', '_']) {
        let local = local.trim_start();
        let is_one_word = has_digit(local) && !local.contains(char::is_whitespace);
        if is_one_word && (prefixes.is_ours(prefix) || prefixes.is_ours(&prefix.to_ascii_uppercase())) {
            return Some(Owner::Ours);
        }
        if is_one_word && prefixes.is_foreign(prefix) {
            return Some(Owner::Foreign);
        }
    }
    SHAPE.is_match(text).then_some(Owner::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::places::sample::prefixes;

    #[test]
    fn an_identifier_belongs_to_someone() {
        for (text, expected) in [
            ("HP:0001250", Some(Owner::Ours)),
            ("hp_0001250", Some(Owner::Ours)),
            ("HP: 0001250", Some(Owner::Ours)),
            ("HP:125", Some(Owner::Ours)),
            ("HP::0001250", Some(Owner::Ours)),
            ("http://purl.obolibrary.org/obo/HP_0001250", Some(Owner::Ours)),
            ("PMID:123", Some(Owner::Foreign)),
            ("PMID: 123", Some(Owner::Foreign)),
            ("MONDO:0005148", Some(Owner::Foreign)),
            ("HPP:0001250", Some(Owner::Unknown)),
            ("Hpp:0001250", Some(Owner::Unknown)),
            ("chr7:1234", None),
            ("NM_000059.3:c.7790", None),
            ("http://example.org/123", None),
            ("12:30", None),
            ("HP:see below", None),
            ("Page:123", None),
            ("seizure", None),
        ] {
            assert_eq!(owner(text, &prefixes()), expected, "{text}");
        }
    }
}

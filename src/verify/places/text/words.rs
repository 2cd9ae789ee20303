//! Whether words are a label rather than a remark or a sentence.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::object;

/// The most words a label has.
pub(super) const MOST_WORDS: usize = 12;

/// The most bytes a label has.
const LONGEST: usize = 200;

/// Words of sentences, which no label has.
static PROSE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "patient, patients, patient's, proband, she, he, his, her, hers, they, their, it, its, was, were, had, has, \
     have, having, is, are, been, be, presented, presents, presenting, showed, shows, shown, noted, reported, \
     reports, diagnosed, include, includes, including, included, developed, develops, also, who, which, we, our, \
     this, these, that, there, reveals, revealed, todo, fixme, check, confirm, unsure, verify, maybe, does, did, \
     not, suffers, suffered, exhibits, exhibited, because, then, but, after, before, when, while, see, should, \
     could, would, can, may, might, will, mapped, maps, assigned, corresponds, means, describes, matches, \
     matched, i, you, boy, girl, e.g., i.e., et, confidence, score, probability, instead, use, used, replaced, \
     deprecated, obsolete:"
        .split(", ")
        .collect()
});

/// Remarks on an identifier, no labels.
static REMARKS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "present, absent, yes, no, true, false, observed, excluded, unknown, null, none, n/a, na, nil, high, low, \
     medium, mild, moderate, severe, profound, recurrent, certain, uncertain, exact, broad, narrow, related, \
     match, exact match, no match, link, here, source, obsolete, deprecated, new, old, default, ok, correct, \
     incorrect, wrong, right, same, above, below, hpo, hp, mondo, class, ibid, ditto, retired, merged, alias, \
     and, or, to, with, of"
        .split(", ")
        .collect()
});

/// How remarks and references begin.
static REMARK_START: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(?:fig(?:ure)?s?\b|tables?\b|refs?\b|references?\b|suppl|supplement|cf\b|pp?\.?\s*\d|n\s*=|page\b|chapter\b|section\b|line\s+\d|version\b|v\d|[\d.,/]+\s*(?:%|days?|weeks?|months?|years?|yrs?|mo|y)\b|aged?\s+\d|onset\s+(?:at|in)\b)",
    )
    .expect("it is a valid pattern")
});

/// Whether `text` has a word that only sentences have.
pub(super) fn is_prose(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '.').to_lowercase();
        let bare = word.trim_end_matches('.');
        PROSE.contains(bare) || PROSE.contains(word.as_str())
    })
}

/// Whether `text` ends a sentence inside.
pub(super) fn has_sentence_end(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_end = |at: usize| {
        matches!(bytes[at], b'!' | b'?')
            // `sp. nov.` and initials end no sentence; two words of some length do.
            || (bytes[at] == b'.' && at > 3 && bytes[at - 3..at].iter().all(u8::is_ascii_lowercase))
    };
    (0..bytes.len().saturating_sub(1)).any(|at| bytes[at + 1] == b' ' && is_end(at))
        || text.ends_with(['!', '?'])
        || (bytes.len() > 4 && bytes.ends_with(b".") && is_end(bytes.len() - 1))
}

/// Whether what stands in brackets behind a label is a remark rather than a part of it.
pub(super) fn is_remark(text: &str) -> bool {
    let text = text.trim();
    REMARKS.contains(text.to_lowercase().as_str())
        || !text.contains(char::is_alphabetic)
        || text.contains([':', '=', '%', '<', '>', '/', '@'])
        || REMARK_START.is_match(text)
        || is_prose(text)
}

/// Whether `text` may be a label: some words without the signs of sentences, remarks and fields.
pub(in crate::verify::places) fn may_be_label(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_lowercase();
    let signs = ['=', '<', '>', '{', '}', '@', '|', '\\', '\n', '\t', '"', '`', '*'];
    (2..=LONGEST).contains(&text.len())
        && text.chars().any(char::is_alphabetic)
        && text.split_whitespace().count() <= MOST_WORDS
        && !text.contains(signs)
        && !text.contains(": ")
        && !text.contains("://")
        && !text.ends_with([':', ','])
        && !has_sentence_end(text)
        && !REMARKS.contains(lower.as_str())
        && !object::is_field(&lower.split([' ', '_', '-']).collect::<Vec<_>>().join(" "))
        && !REMARK_START.is_match(text)
        && !is_prose(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_told_from_remarks_and_sentences() {
        for text in [
            "Seizure",
            "Intellectual disability, mild",
            "Seizure (disorder)",
            "2-3 toe syndactyly",
            "F8",
            "Abnormality of the nervous system",
            "Crohn's disease",
        ] {
            assert!(may_be_label(text), "{text}");
        }
        for text in [
            "",
            "3/7",
            "n = 5",
            "n=5",
            "see Table 2",
            "Table 2",
            "present",
            "HPO ID",
            "hpo_term",
            "confidence: 0.9",
            "The patient had fits",
            "It began early. It went on",
            "5 years",
            "Smith et al., 2020",
        ] {
            assert!(!may_be_label(text), "{text}");
        }
    }
}

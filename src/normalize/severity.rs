//! How severe a mention says its concept is, by a word at its edge. Pure: whether the word belongs to the concept's name is
//! for what is found to say (`composite/`).

use serde::{Deserialize, Serialize};

use super::phrase::{before, behind, is_of_each};
use crate::text;

/// How severe a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Between normal and abnormal.
    Borderline,
    /// Minor.
    Mild,
    /// Medium.
    Moderate,
    /// High.
    Severe,
    /// Extremely high.
    Profound,
}

/// Words that say how severe a finding is.
const WORDS: [(&str, Severity); 9] = [
    ("borderline", Severity::Borderline),
    ("mildly", Severity::Mild),
    ("mild", Severity::Mild),
    ("moderately", Severity::Moderate),
    ("moderate", Severity::Moderate),
    ("severely", Severity::Severe),
    ("severe", Severity::Severe),
    ("profoundly", Severity::Profound),
    ("profound", Severity::Profound),
];

impl Severity {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Borderline, Self::Mild, Self::Moderate, Self::Severe, Self::Profound];

    /// The word that is written into outputs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Borderline => "borderline",
            Self::Mild => "mild",
            Self::Moderate => "moderate",
            Self::Severe => "severe",
            Self::Profound => "profound",
        }
    }
}

/// The severity that a mention names at its edge, and what is left of it.
pub(super) fn named(text: &str) -> Option<(Severity, &str)> {
    let text = text.trim();
    // "Mild to moderate" says neither, and a borderline personality is no finding on a border.
    let is_other = |rest: &str| matches!(rest.split([' ', '-']).next(), Some("to" | "personality"));
    let begins = WORDS.iter().find_map(|(word, severity)| Some((*severity, before(text, word)?)));
    let begins = begins.filter(|(_, rest)| !is_other(rest) && !is_of_each(rest, is_one));
    let ends = || {
        WORDS.iter().find_map(|(word, severity)| {
            let rest = behind(text, word)?;
            let is_apart = text[rest.len()..].trim_start().starts_with([',', '(', ':', '-']);
            (is_apart && !is_of_each(rest, is_one)).then_some((*severity, rest))
        })
    };
    begins.or_else(ends)
}

/// Whether a word says how severe something is.
pub(super) fn is_one(word: &str) -> bool {
    WORDS.iter().any(|(known, _)| known.eq_ignore_ascii_case(word))
}

/// Whether a name says how severe something is.
pub(super) fn is_in(name: &str) -> bool {
    let form = text::normal_form(name);
    form.split(' ').any(is_one) && !form.split(' ').all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_severity_is_taken_off_either_edge() {
        assert_eq!(named("Mild left hand weakness"), Some((Severity::Mild, "left hand weakness")));
        assert_eq!(named("severely impaired vision"), Some((Severity::Severe, "impaired vision")));
        assert_eq!(named("ataxia, profound"), Some((Severity::Profound, "ataxia")));
        assert_eq!(named("ataxia (moderate)"), Some((Severity::Moderate, "ataxia")));
        for text in
            ["mild to moderate ataxia", "severe", "ataxia mild", "mild or severe ataxia", "mild cough and severe fits"]
        {
            assert_eq!(named(text), None, "{text}");
        }
        assert_eq!(named("borderline personality disorder"), None);
    }

    #[test]
    fn a_name_says_how_severe_something_is_and_what() {
        assert!(is_in("Intellectual disability, mild") && !is_in("Mild") && !is_in("Mildew allergy"));
    }
}

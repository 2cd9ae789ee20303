//! What is wrong with a pair, how bad that is, and what would be right.

use std::ops::Range;

use super::{Field, Quoting};
use crate::ontology::{Curie, Scope};

/// What is wrong. The order is that of precedence: of a pair only the first is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A place that cannot be read.
    Unreadable,
    /// No identifier, or one that is written as no identifier of its prefix is.
    Malformed,
    /// A prefix that is neither an ontology's that was asked nor that of a vocabulary known by name.
    UnknownPrefix,
    /// No concept of the release.
    Unknown,
    /// A retired concept.
    Obsolete,
    /// An identifier that was merged into another.
    AlternativeId,
    /// The label is a name of other concepts, not of this one.
    OtherConcept,
    /// The label is a name of no concept.
    UnknownLabel,
    /// The label is a name of the concept but for its spelling.
    Spelling,
    /// The label is a synonym.
    Synonym,
}

impl Kind {
    /// All kinds, in order of precedence.
    pub const ALL: [Self; 10] = [
        Self::Unreadable,
        Self::Malformed,
        Self::UnknownPrefix,
        Self::Unknown,
        Self::Obsolete,
        Self::AlternativeId,
        Self::OtherConcept,
        Self::UnknownLabel,
        Self::Spelling,
        Self::Synonym,
    ];

    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Malformed => "malformed",
            Self::UnknownPrefix => "unknown-prefix",
            Self::Unknown => "unknown-identifier",
            Self::Obsolete => "obsolete",
            Self::AlternativeId => "alternative-identifier",
            Self::OtherConcept => "other-concept",
            Self::UnknownLabel => "unknown-label",
            Self::Spelling => "spelling",
            Self::Synonym => "synonym",
        }
    }

    /// What it means, a sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Unreadable => "A place in the file cannot be read.",
            Self::Malformed => "An identifier is not written as identifiers of its prefix are.",
            Self::UnknownPrefix => "An identifier has a prefix of no known vocabulary.",
            Self::Unknown => "An identifier is not in the release of its ontology.",
            Self::Obsolete => "An identifier is that of a retired concept.",
            Self::AlternativeId => "An identifier was merged into another one.",
            Self::OtherConcept => "A label is a name of another concept than the identifier's.",
            Self::UnknownLabel => "A label is a name of no concept.",
            Self::Spelling => "A label differs from a name of the identifier's concept in spelling only.",
            Self::Synonym => "A label is a synonym of the identifier's concept, not its preferred label.",
        }
    }

    /// How bad it is, where nothing makes it better.
    pub const fn level(self) -> Level {
        match self {
            Self::Synonym => Level::Note,
            Self::UnknownPrefix | Self::AlternativeId | Self::Spelling => Level::Warning,
            _ => Level::Error,
        }
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing is wrong, but it might interest someone.
    Note,
    /// Someone should look.
    Warning,
    /// It is wrong.
    Error,
}

impl Level {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How a suggestion was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum How {
    /// It is the identifier, written as it should be.
    Identifier,
    /// Merges and replacements lead to it.
    Succession,
    /// A curator of the ontology asks for it to be considered.
    Consider,
    /// The label is a name of it.
    Name(Scope),
    /// The label is nearly a name of it.
    Spelling,
    /// It is the best candidate for the label, with the estimated probability that it is right.
    Retrieval(Option<f32>),
}

impl How {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Succession => "succession",
            Self::Consider => "consider",
            Self::Name(Scope::Label) => "label",
            Self::Name(_) => "synonym",
            Self::Spelling => "spelling",
            Self::Retrieval(_) => "retrieval",
        }
    }

    /// The estimated probability that it is right.
    pub const fn confidence(self) -> Option<f32> {
        match self {
            Self::Retrieval(confidence) => confidence,
            _ => None,
        }
    }
}

/// What would be right, or may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The identifier.
    pub id: Curie,
    /// What stands with it as its label.
    pub label: String,
    /// How it was found.
    pub how: How,
}

/// A text that takes the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What it takes the place of, in bytes from the start of the text behind a byte order mark.
    pub span: Range<u64>,
    /// The text as it is written there.
    pub written: String,
}

impl Edit {
    /// `text` in the place of `field`; none where it cannot be written there.
    pub fn of(field: &Field, text: &str) -> Option<Self> {
        if field.span.is_empty() {
            return None;
        }
        // Only quotes make what is written longer than what it says: neither cells nor plain scalars have escapes.
        let is_quoted = field.span.end - field.span.start > field.text.len() as u64;
        let written = written(text, field.quoting, is_quoted)?;
        Some(Self { span: field.span.clone(), written })
    }
}

/// How `text` is written where a text stood that was in quotes or not.
fn written(text: &str, quoting: Quoting, is_quoted: bool) -> Option<String> {
    let has = |bytes: &[u8]| text.bytes().any(|byte| bytes.contains(&byte));
    match quoting {
        _ if text.chars().any(char::is_control) => None,
        Quoting::Yaml if is_quoted || !is_plain_scalar(text) => Some(format!("'{}'", text.replace('\'', "''"))),
        Quoting::Plain | Quoting::Yaml => Some(text.to_owned()),
        Quoting::Part(separator) => (!has(&[separator, b'"', b'|', b';'])).then(|| text.to_owned()),
        Quoting::Cell(_) if is_quoted => Some(format!("\"{}\"", text.replace('"', "\"\""))),
        // A cell of TSV begins with a quote only where it is in quotes.
        Quoting::Cell(b'\t') => (!text.starts_with('"')).then(|| text.to_owned()),
        Quoting::Cell(separator) => Some(crate::tables::quoted(text, separator)),
        Quoting::Json => Some(serde_json::Value::from(text).to_string()),
    }
}

/// Whether YAML reads `text` as that text where it stands without quotes, in a flow too.
fn is_plain_scalar(text: &str) -> bool {
    let starts_well = text.starts_with(|c: char| c.is_alphabetic());
    let has_sign = text.contains([',', '[', ']', '{', '}', '#', '"', '\'', '&', '*', '!', '%', '@', '`', '\\']);
    let is_word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].iter();
    starts_well
        && !has_sign
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !is_word.into_iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// What is wrong with a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// How bad it is.
    pub level: Level,
    /// The line, from 1.
    pub line: u64,
    /// The column, in characters from 1.
    pub column: u64,
    /// Where the identifier is written, in bytes from the start of the text behind a byte order mark; nothing for what
    /// is unreadable.
    pub span: Range<u64>,
    /// The identifier as it is written.
    pub identifier: String,
    /// The label as it is written, where there is one.
    pub label: Option<String>,
    /// What is wrong, one lower-case phrase.
    pub message: String,
    /// What would be right, or may be.
    pub suggestion: Option<Suggestion>,
    /// What puts it right, where that is certain; else nothing.
    pub edits: Vec<Edit>,
}

impl Finding {
    /// Whether what would be right is certain.
    pub fn is_certain(&self) -> bool {
        !self.edits.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_their_order_and_have_names_of_their_own() {
        assert!(Kind::ALL.is_sorted());
        let names: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
    }

    #[test]
    fn where_nothing_can_be_written_there_is_no_edit() {
        let field = |span| Field { text: "a".to_owned(), line: 1, column: 1, span, quoting: Quoting::Plain };
        assert_eq!(Edit::of(&field(3..3), "b"), None);
        assert!(Edit::of(&field(3..4), "b").is_some_and(|edit| edit.written == "b"));
    }

    #[test]
    fn a_text_is_written_as_its_place_asks() {
        for (text, quoting, is_quoted, expected) in [
            ("a, b", Quoting::Plain, false, Some("a, b")),
            ("a, b", Quoting::Cell(b','), false, Some("\"a, b\"")),
            ("a", Quoting::Cell(b','), true, Some("\"a\"")),
            ("a \"b\"", Quoting::Cell(b','), true, Some("\"a \"\"b\"\"\"")),
            ("a, \"b\"", Quoting::Cell(b'\t'), false, Some("a, \"b\"")),
            ("\"b\" a", Quoting::Cell(b'\t'), false, None),
            ("a, b", Quoting::Part(b','), false, None),
            ("a b", Quoting::Part(b','), false, Some("a b")),
            ("a \"b\"", Quoting::Json, true, Some("\"a \\\"b\\\"\"")),
            ("HP:0001250", Quoting::Yaml, false, Some("HP:0001250")),
            ("a's", Quoting::Yaml, true, Some("'a''s'")),
            ("a: b", Quoting::Yaml, false, Some("'a: b'")),
            ("no", Quoting::Yaml, false, Some("'no'")),
            ("3-toed", Quoting::Yaml, false, Some("'3-toed'")),
            ("a\tb", Quoting::Plain, false, None),
        ] {
            assert_eq!(written(text, quoting, is_quoted).as_deref(), expected, "{text} {quoting:?}");
        }
    }
}

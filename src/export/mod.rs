//! Answers in formats that others read. Pure: a [`Normalization`] and the row it came from in, text out.
//!
//! [`Normalization`]: crate::normalize::Normalization

pub mod json;
pub mod phenopacket;
pub mod review;
pub mod sssom;
pub mod table;

use std::borrow::Cow;

use serde_json::value::RawValue;

pub use crate::normalize::error_line;

use crate::normalize::Normalization;
use crate::retrieve::Candidate;

/// A value of one of the input's own columns, kept beside the answer.
#[derive(Debug, Clone)]
pub enum Cell<'a> {
    /// A cell of a table.
    Text(Cow<'a, str>),
    /// A value of a JSON object, as it is written there.
    Json(&'a RawValue),
}

impl Cell<'_> {
    /// The text a table shows for it: a JSON string without its quotes, nothing for `null`, other JSON as it is
    /// written.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Json(value) if value.get() == "null" => Cow::Borrowed(""),
            Self::Json(value) => {
                serde_json::from_str::<String>(value.get()).map_or_else(|_| Cow::Borrowed(value.get()), Cow::Owned)
            }
        }
    }

    /// Whether it says the same as `text`.
    fn says(&self, text: &str) -> bool {
        match self {
            Self::Text(own) => own == text,
            Self::Json(value) => serde_json::from_str::<String>(value.get()).is_ok_and(|own| own == text),
        }
    }
}

/// Something of the answer, or of the answers to the parts of a composite mention, with `|` between them; none where there
/// is no answer.
fn answers(normalization: &Normalization, of: fn(&Candidate) -> &str) -> Option<Cow<'_, str>> {
    if normalization.parts.is_empty() {
        return normalization.answer().map(|answer| Cow::Borrowed(of(answer)));
    }
    let parts = normalization.answered().filter_map(Normalization::answer);
    Some(Cow::Owned(parts.map(of).collect::<Vec<_>>().join("|")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_value_is_a_cell_of_a_table() {
        let text = |json: &str| {
            let value: Box<RawValue> = serde_json::from_str(json).unwrap();
            Cell::Json(&value).text().into_owned()
        };
        assert_eq!(text(r#""a \"b\"""#), "a \"b\"");
        assert_eq!(text("null"), "");
        assert_eq!(text("12345678901234567890123"), "12345678901234567890123");
        assert_eq!(text(r#"[1,{"b":2,"a":1}]"#), r#"[1,{"b":2,"a":1}]"#);
    }
}

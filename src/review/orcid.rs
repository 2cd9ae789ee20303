//! Who decides: an ORCID, whose last character checks the others.

use std::fmt;
use std::str::FromStr;

use super::Error;

/// An ORCID, such as `0000-0002-1825-0097`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orcid(String);

impl FromStr for Orcid {
    type Err = Error;

    /// Reads it alone, as an address (`https://orcid.org/...`) or as a CURIE (`orcid:...`).
    fn from_str(given: &str) -> Result<Self, Error> {
        let lower = given.trim().to_ascii_lowercase();
        let number = ["https://orcid.org/", "http://orcid.org/", "orcid.org/", "orcid:"]
            .iter()
            .find_map(|start| lower.strip_prefix(start))
            .unwrap_or(&lower);
        let number = number.trim_end_matches('/').to_ascii_uppercase();
        let groups: Vec<&str> = number.split('-').collect();
        let digits: String = groups.concat();
        let is_shaped = groups.len() == 4
            && groups.iter().all(|group| group.len() == 4)
            && digits.chars().take(15).all(|c| c.is_ascii_digit())
            && digits.ends_with(|c: char| c.is_ascii_digit() || c == 'X');
        if !is_shaped {
            return Err(Error::Orcid { given: given.to_owned() });
        }
        let expected = check(&digits[..15]);
        if !digits.ends_with(expected) {
            return Err(Error::OrcidChecksum { given: given.to_owned(), expected });
        }
        Ok(Self(number))
    }
}

/// The character that `digits` lead to, by ISO 7064 MOD 11-2.
fn check(digits: &str) -> char {
    let total = digits.chars().filter_map(|digit| digit.to_digit(10)).fold(0, |total, digit| (total + digit) * 2 % 11);
    match (12 - total) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

impl fmt::Display for Orcid {
    /// As a CURIE.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "orcid:{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        text.parse::<Orcid>().map(|orcid| orcid.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_orcid_is_read_in_any_spelling() {
        let expected = Ok("orcid:0000-0002-1825-0097".to_owned());
        for text in ["0000-0002-1825-0097", "ORCID:0000-0002-1825-0097", " https://orcid.org/0000-0002-1825-0097/ "] {
            assert_eq!(read(text), expected);
        }
        assert_eq!(read("0000-0002-1694-233x"), Ok("orcid:0000-0002-1694-233X".to_owned()));
    }

    #[test]
    fn a_slip_is_seen() {
        let said = "`0000-0002-1825-0079` is no ORCID: its last character should be `0`";
        assert_eq!(read("0000-0002-1825-0079").unwrap_err(), said);
        for text in
            ["", "Ann", "0000-0002-1825-009", "0000-0002-1825-00977", "00000002-1825-0097", "000X-0002-1825-0097"]
        {
            assert!(read(text).unwrap_err().contains("looks like"), "{text}");
        }
    }
}

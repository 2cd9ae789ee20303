//! Whether an identifier's text carries the name: arbitrary numbers do not, symbols made of a name's letters do.

use crate::ontology::Curie;

/// Letters of a text that are compared; names and identifiers are shorter.
const LETTERS: usize = 1000;

/// How much of an identifier's text stands in the name, from 0 to 1: the letters and digits of its local part that are
/// found in the name in their order (longest common subsequence), as a share of all of them. `BRCA1` is wholly in "breast
/// cancer 1". A number carries no name: 0 where the local part has no letter, and where either has nothing to compare.
pub fn overlap(name: &str, identifier: &str) -> f64 {
    let local = Curie::parse(identifier).ok().map(|id| id.local().to_owned());
    let identifier = letters(local.as_deref().unwrap_or(identifier));
    let name = letters(name);
    if !identifier.iter().any(|character| character.is_alphabetic()) {
        return 0.0;
    }
    common(&name, &identifier) as f64 / identifier.len() as f64
}

fn letters(text: &str) -> Vec<char> {
    text.to_lowercase().chars().filter(|character| character.is_alphanumeric()).take(LETTERS).collect()
}

/// Length of the longest common subsequence (Wagner and Fischer 1974).
fn common(left: &[char], right: &[char]) -> usize {
    let mut row = vec![0; right.len() + 1];
    for letter in left {
        let mut diagonal = 0;
        for (at, other) in right.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if letter == other { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_made_of_a_names_letters_is_wholly_in_it() {
        assert!((overlap("breast cancer 1", "BRCA1") - 1.0).abs() < 1e-12);
        assert!((overlap("tissue factor", "F3") - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_number_is_not_in_a_name_and_its_prefix_does_not_count() {
        assert!(overlap("trisomy 21", "HP:0000021").abs() < 1e-12);
        assert!(overlap("a name", "").abs() < 1e-12 && overlap("", "F3").abs() < 1e-12);
    }

    #[test]
    fn letters_count_in_their_order_only() {
        assert!((overlap("cba", "abc") - 1.0 / 3.0).abs() < 1e-12);
    }
}

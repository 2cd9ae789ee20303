//! Cross-references: identifiers that other vocabularies give to the same thing, as an ontology writes them.

use super::Curie;

/// What every spelling of one cross-reference has in common: its prefix in lower case and its local part. `None` where it
/// is no identifier.
pub fn key(xref: &str) -> Option<String> {
    let id = Curie::parse(xref).ok()?;
    Some(format!("{}:{}", id.prefix().to_ascii_lowercase(), id.local()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_a_prefix_does_not_matter() {
        assert_eq!(key("mesh:D012640"), key("MESH:D012640"));
        assert_eq!(key("no identifier"), None);
    }
}

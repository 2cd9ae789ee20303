//! Where an identifier leads when it was merged or retired, through any number of steps.

use std::collections::HashSet;

use super::{Concept, Curie, Ontology, Resolution};

/// Where an identifier leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Succession<'a> {
    /// It is a live concept's own.
    Live(&'a Concept),
    /// Merges and single replacements lead from it to this live concept.
    Replaced(&'a Concept),
    /// A retired concept stands at the end that has several replacements: which of them is for a person to say.
    Several(&'a Concept),
    /// A retired concept stands at the end that has no replacement, though perhaps concepts to consider.
    Ended(&'a Concept),
    /// Replacements lead back to where they came from; a concept of that circle.
    Cycle(&'a Concept),
    /// It is of no concept.
    Unknown,
}

impl Ontology {
    /// Where `id` leads, through merges and replacements. A replacement that does not exist is none.
    pub fn succession(&self, id: &Curie) -> Succession<'_> {
        let mut concept = match self.resolve(id) {
            Resolution::Live(concept) => return Succession::Live(concept),
            Resolution::Merged(concept) if !concept.is_retired() => return Succession::Replaced(concept),
            Resolution::Merged(concept) | Resolution::Retired(concept) => concept,
            Resolution::Unknown => return Succession::Unknown,
        };
        let mut seen = HashSet::new();
        loop {
            if !seen.insert(&concept.id) {
                return Succession::Cycle(concept);
            }
            let replaced_by = concept.retirement.as_ref().map_or(&[][..], |retirement| &retirement.replaced_by);
            let next = match replaced_by {
                [] => return Succession::Ended(concept),
                [replacement] => self.resolve(replacement),
                _ => return Succession::Several(concept),
            };
            concept = match next {
                Resolution::Live(concept) => return Succession::Replaced(concept),
                Resolution::Merged(concept) if !concept.is_retired() => return Succession::Replaced(concept),
                Resolution::Merged(concept) | Resolution::Retired(concept) => concept,
                Resolution::Unknown => return Succession::Ended(concept),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::obo;

    fn end(id: &str) -> String {
        let retired = |id: &str, rest: &str| format!("[Term]\nid: {id}\nname: {id}\nis_obsolete: true\n{rest}\n");
        let text = [
            "[Term]\nid: X:1\nname: one\nalt_id: X:9\n\n".to_owned(),
            "[Term]\nid: X:2\nname: two\n\n".to_owned(),
            retired("X:3", "replaced_by: X:9\n"),
            retired("X:4", "replaced_by: X:3\n"),
            retired("X:5", "replaced_by: X:1\nreplaced_by: X:2\n"),
            retired("X:6", "consider: X:1\n"),
            retired("X:7", "replaced_by: X:8\n"),
            retired("X:8", "replaced_by: X:7\n"),
            retired("X:10", "replaced_by: X:99\n"),
            retired("X:11", "replaced_by: X:5\n"),
        ]
        .concat();
        let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x").unwrap(), "x", "x").unwrap();
        match ontology.succession(&Curie::parse(id).unwrap()) {
            Succession::Live(concept) => format!("live {}", concept.id),
            Succession::Replaced(concept) => format!("replaced {}", concept.id),
            Succession::Several(concept) => format!("several {}", concept.id),
            Succession::Ended(concept) => format!("ended {}", concept.id),
            Succession::Cycle(concept) => format!("cycle {}", concept.id),
            Succession::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn replacements_are_followed_to_their_end() {
        assert_eq!((end("X:1"), end("X:9")), ("live X:1".to_owned(), "replaced X:1".to_owned()));
        assert_eq!((end("X:3"), end("X:4")), ("replaced X:1".to_owned(), "replaced X:1".to_owned()));
        assert_eq!((end("X:5"), end("X:11")), ("several X:5".to_owned(), "several X:5".to_owned()));
        assert_eq!((end("X:6"), end("X:99")), ("ended X:6".to_owned(), "unknown".to_owned()));
    }

    #[test]
    fn a_circle_and_a_replacement_that_does_not_exist_are_no_replacement() {
        assert_eq!((end("X:7"), end("X:8")), ("cycle X:7".to_owned(), "cycle X:8".to_owned()));
        assert_eq!(end("X:10"), "ended X:10");
    }
}

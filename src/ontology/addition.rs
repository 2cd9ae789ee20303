//! Names that are added to an ontology's concepts.

use super::{Concept, Curie, Name, Ontology, Succession};
use crate::text;

/// What became of a name that was to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It was added to this concept.
    New(Curie),
    /// The concept has it already, in a scope that is trusted as much or more.
    Known(Curie),
    /// The identifier leads to no live concept.
    Nowhere,
}

impl Ontology {
    /// Adds a name to the live concept that `id` leads to, through merges and replacements. The label stays the label.
    pub fn add_name(&mut self, id: &Curie, name: Name) -> Added {
        let (Succession::Live(concept) | Succession::Replaced(concept)) = self.succession(id) else {
            return Added::Nowhere;
        };
        let id = concept.id.clone();
        let has = |concept: &Concept| {
            let form = text::normal_form(&name.text);
            concept.names.iter().any(|own| own.scope <= name.scope && text::normal_form(&own.text) == form)
        };
        if has(concept) {
            return Added::Known(id);
        }
        if let Some(position) = self.position(&id) {
            self.concepts[position].names.push(name);
        }
        Added::New(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::{Lexicon, Scope, obo};

    #[test]
    fn names_join_the_concept_that_an_identifier_leads_to() {
        let text = "[Term]\nid: X:1\nname: one\nalt_id: X:9\nsynonym: \"uno\" RELATED []\n\n\
                    [Term]\nid: X:2\nname: gone\nis_obsolete: true\n";
        let mut ontology = Ontology::assemble(obo::read(text.as_bytes(), "x").unwrap(), "x", "x").unwrap();
        let id = |text: &str| Curie::parse(text).unwrap();
        let mut add = |to: &str, text: &str, scope| ontology.add_name(&id(to), Name::new(text, scope));
        assert_eq!(add("X:9", "first", Scope::Exact), Added::New(id("X:1")));
        assert_eq!(add("X:1", "First", Scope::Narrow), Added::Known(id("X:1")));
        assert_eq!(add("X:1", "One", Scope::Exact), Added::Known(id("X:1")));
        assert_eq!(add("X:1", "uno", Scope::Exact), Added::New(id("X:1")));
        assert_eq!((add("X:2", "a", Scope::Exact), add("X:3", "a", Scope::Exact)), (Added::Nowhere, Added::Nowhere));
        let found = Lexicon::of(&ontology).concept(&ontology, "first").map(|concept| concept.label().to_owned());
        assert_eq!(found.as_deref(), Some("one"));
    }
}

//! Which concepts have a name: an ontology's names by their normal form.

use std::collections::HashMap;

use super::{Concept, Curie, Name, Ontology, Scope};
use crate::text;

/// The names of an ontology's live concepts, by their normal form.
#[derive(Debug, Clone)]
pub struct Lexicon {
    /// Positions of a concept in the ontology and of a name in the concept, in the order of both.
    by_form: HashMap<Box<str>, Vec<(u32, u32)>>,
    concepts: usize,
}

impl Lexicon {
    /// That of `ontology`.
    pub fn of(ontology: &Ontology) -> Self {
        let mut by_form: HashMap<Box<str>, Vec<(u32, u32)>> = HashMap::new();
        for (concept, found) in (0_u32..).zip(ontology.concepts()).filter(|(_, concept)| !concept.is_retired()) {
            for (name, Name { text, .. }) in (0_u32..).zip(&found.names) {
                by_form.entry(text::normal_form(text).into()).or_default().push((concept, name));
            }
        }
        Self { by_form, concepts: ontology.concepts().len() }
    }

    /// The concepts of `ontology`, of which this must be the lexicon, that have `text` as a name, each once with the name
    /// that is most to be trusted; labels before synonyms, then by identifier.
    pub fn concepts<'a>(&self, ontology: &'a Ontology, text: &str) -> Vec<(&'a Concept, &'a Name)> {
        self.concepts_of_form(ontology, &text::normal_form(text))
    }

    /// The same by a normal form.
    pub fn concepts_of_form<'a>(&self, ontology: &'a Ontology, form: &str) -> Vec<(&'a Concept, &'a Name)> {
        debug_assert_eq!(self.concepts, ontology.concepts().len(), "the lexicon of another ontology");
        let found = self.by_form.get(form).map_or(&[][..], Vec::as_slice);
        let mut names: Vec<(&Concept, &Name)> = found
            .iter()
            .filter_map(|&(concept, name)| {
                let concept = ontology.concepts().get(concept as usize)?;
                Some((concept, concept.names.get(name as usize)?))
            })
            .collect();
        let order = |(concept, name): &(&'a Concept, &'a Name)| (name.scope, &concept.id);
        names.sort_by(|left, right| order(left).cmp(&order(right)));
        let mut seen: Vec<&Curie> = Vec::new();
        names.retain(|(concept, _)| {
            let is_new = !seen.contains(&&concept.id);
            seen.push(&concept.id);
            is_new
        });
        names
    }

    /// The normal forms of all names, in no order.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        self.by_form.keys().map(|form| &**form)
    }

    /// The one concept that has `text` as its label or, where none has, as an exact synonym.
    pub fn concept<'a>(&self, ontology: &'a Ontology, text: &str) -> Option<&'a Concept> {
        let found = self.concepts(ontology, text);
        [Scope::Label, Scope::Exact].into_iter().find_map(|scope| {
            let mut of_scope = found.iter().filter(|(_, name)| name.scope == scope);
            match (of_scope.next(), of_scope.next()) {
                (Some((concept, _)), None) => Some(Some(*concept)),
                (Some(_), Some(_)) => Some(None),
                (None, _) => None,
            }
        })?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::obo;

    #[test]
    fn concepts_are_found_by_any_spelling_of_their_names_labels_first() {
        let text = "[Term]\nid: X:1\nname: one\nsynonym: \"Two\" EXACT []\nsynonym: \"two\" RELATED []\n\n\
                    [Term]\nid: X:2\nname: two\n\n[Term]\nid: X:3\nname: three\nsynonym: \"one-a\" EXACT []\n\n\
                    [Term]\nid: X:4\nname: four\nsynonym: \"one a\" EXACT []\n\n[Term]\nid: X:5\nname: gone\nis_obsolete: true\n";
        let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x").unwrap(), "x", "x").unwrap();
        let lexicon = Lexicon::of(&ontology);
        let ids = |text: &str| {
            let found = lexicon.concepts(&ontology, text);
            found.iter().map(|(concept, name)| format!("{} {}", concept.id, name.scope)).collect::<Vec<_>>()
        };
        assert_eq!(ids("TWO"), ["X:2 LABEL", "X:1 EXACT"]);
        assert!(ids("gone").is_empty());
        let one = |text: &str| lexicon.concept(&ontology, text).map(|concept| concept.id.to_string());
        assert_eq!((one("two"), one("One A"), one("nothing")), (Some("X:2".to_owned()), None, None));
    }
}

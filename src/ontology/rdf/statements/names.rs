//! Texts with their language, and the synonyms of one subject, each once.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::ontology::{Name, Scope, languages};

/// A text and its language, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ontology::rdf) struct Text {
    pub(in crate::ontology::rdf) text: String,
    pub(in crate::ontology::rdf) language: Option<String>,
}

impl Text {
    pub(in crate::ontology::rdf) fn new(text: &str, language: Option<&str>) -> Self {
        let language = language.filter(|language| !language.is_empty()).map(str::to_lowercase);
        Self { text: text.trim().to_owned(), language }
    }

    pub(in crate::ontology::rdf) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// How good a label it is, the smaller the better: by its language, then by what it says.
    pub(super) fn preference(&self) -> (u8, &str, Option<&str>) {
        (languages::rank(self.language.as_deref()), &self.text, self.language.as_deref())
    }

    pub(super) fn into_name(self, scope: Scope) -> Name {
        Name { language: self.language, ..Name::new(self.text, scope) }
    }
}

/// Synonyms in the order they were first said. Their types are as written.
#[derive(Debug, Default)]
pub(super) struct Names {
    list: Vec<Name>,
    /// Where a name stands, by its hash; empty while there are few.
    positions: HashMap<u64, usize>,
}

/// So many are compared one by one.
const FEW: usize = 32;

impl Names {
    pub(super) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The position of a name, which is added where it is new.
    pub(super) fn add(&mut self, scope: Scope, text: Text) -> usize {
        let is = |name: &Name| name.scope == scope && name.text == text.text && name.language == text.language;
        if self.list.len() < FEW {
            if let Some(position) = self.list.iter().position(is) {
                return position;
            }
        } else {
            if self.positions.is_empty() {
                for (position, name) in self.list.iter().enumerate() {
                    let hash = hash(name.scope, &name.text, name.language.as_deref());
                    self.positions.entry(hash).or_insert(position);
                }
            }
            let hash = hash(scope, &text.text, text.language.as_deref());
            match self.positions.get(&hash) {
                Some(&position) if is(&self.list[position]) => return position,
                _ => self.positions.insert(hash, self.list.len()),
            };
        }
        self.list.push(text.into_name(scope));
        self.list.len() - 1
    }

    /// Gives a name a type; a name that has another type already stands once more with this one.
    pub(super) fn set_kind(&mut self, position: usize, kind: &str) {
        let Some(name) = self.list.get_mut(position) else { return };
        match &name.kind {
            None => name.kind = Some(kind.to_owned()),
            Some(first) if first == kind => {}
            Some(_) => {
                let again = Name { kind: Some(kind.to_owned()), ..name.clone() };
                self.list.push(again);
            }
        }
    }

    pub(super) fn into_names(self) -> impl Iterator<Item = Name> {
        self.list.into_iter()
    }
}

fn hash(scope: Scope, text: &str, language: Option<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (scope, text, language).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once_however_many_there_are() {
        let mut names = Names::default();
        for _ in 0..2 {
            for number in 0..100 {
                assert_eq!(names.add(Scope::Exact, Text::new(&number.to_string(), None)), number);
            }
        }
        assert_eq!(names.add(Scope::Exact, Text::new("1", Some("FR"))), 100);
        assert_eq!(names.into_names().last().unwrap().language.as_deref(), Some("fr"));
    }

    #[test]
    fn a_second_type_makes_a_second_name() {
        let mut names = Names::default();
        let position = names.add(Scope::Exact, Text::new("a", None));
        for kind in ["x", "x", "y"] {
            names.set_kind(position, kind);
        }
        let kinds: Vec<_> = names.into_names().map(|name| name.kind.unwrap()).collect();
        assert_eq!(kinds, ["x", "y"]);
    }
}

//! How near a label is to the names of concepts.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use crate::ontology::{Concept, Curie, Lexicon, Name, Ontology, Resolution};
use crate::retrieve::Retriever;
use crate::text;

/// Characters of a form in which one typing error is one, and those in which two are.
const TYPED: [usize; 2] = [5, 10];

/// What stands in the place of a mistyped character.
const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789 ";

/// A concept, and the name of it that is meant.
pub(super) type Named<'a> = (&'a Concept, &'a Name);

/// The names of one ontology.
pub(super) struct Names {
    pub(super) ontology: Arc<Ontology>,
    /// Finds what has no such name, where there is an index.
    pub(super) retriever: Option<Arc<dyn Retriever>>,
    lexicon: Lexicon,
    /// Every word of a name: who writes one of them has not mistyped another.
    words: OnceLock<HashSet<Box<str>>>,
    /// Normal forms by their key.
    keys: OnceLock<HashMap<Box<str>, Vec<Box<str>>>>,
}

/// A name that a label is, but for its spelling.
#[derive(Debug, Clone, Copy)]
pub(super) struct Misspelt<'a> {
    pub(super) name: &'a Name,
    /// Whether nothing else is as near.
    pub(super) is_sure: bool,
}

impl Names {
    pub(super) fn of(ontology: Arc<Ontology>) -> Self {
        let lexicon = Lexicon::of(&ontology);
        Self { ontology, retriever: None, lexicon, words: OnceLock::new(), keys: OnceLock::new() }
    }

    /// The concepts that have a name of this form; those that have `label` as it is written first, labels before
    /// synonyms.
    pub(super) fn having(&self, label: &str, form: &str) -> Vec<Named<'_>> {
        let mut found = self.lexicon.concepts_of_form(&self.ontology, form);
        for (concept, name) in &mut found {
            if let Some(same) = carried(concept, label) {
                *name = same;
            }
        }
        found.sort_by_key(|(_, name)| (!is_same(&name.text, label), name.scope));
        found
    }

    /// The concepts that have a name of the same words in any order and inflection, but for those of the same form.
    pub(super) fn having_words(&self, form: &str) -> Vec<Named<'_>> {
        let key = text::key(form);
        let forms = self.keys().get(key.as_str()).map_or(&[][..], Vec::as_slice);
        let others = forms.iter().filter(|other| !key.is_empty() && ***other != *form);
        let mut found: Vec<Named<'_>> =
            others.flat_map(|form| self.lexicon.concepts_of_form(&self.ontology, form)).collect();
        found.sort_by(|left, right| (left.1.scope, &left.0.id).cmp(&(right.1.scope, &right.0.id)));
        found.dedup_by(|left, right| left.0.id == right.0.id);
        found
    }

    /// The concepts that have a name one typing error away.
    pub(super) fn near(&self, form: &str) -> Vec<Named<'_>> {
        let mut found: Vec<Named<'_>> = Vec::new();
        for near in neighbours(form) {
            let these = self.lexicon.concepts_of_form(&self.ontology, &near);
            if !these.is_empty() && is_mistyped(form, &near, 1) && !self.is_worded(form, &near) {
                found.extend(these);
            }
        }
        found.sort_by(|left, right| (left.1.scope, &left.0.id).cmp(&(right.1.scope, &right.0.id)));
        found.dedup_by(|left, right| left.0.id == right.0.id);
        found
    }

    /// The name of `concept` that has the same words as `form` in any order and inflection.
    pub(super) fn own_words<'a>(&self, concept: &'a Concept, form: &str) -> Option<Misspelt<'a>> {
        let key = text::key(form);
        let has_key = |name: &&Name| text::key(&text::normal_form(&name.text)) == key;
        let name = concept.names.iter().find(has_key).filter(|_| !key.is_empty())?;
        Some(Misspelt { name, is_sure: self.having_words(form).iter().all(|(other, _)| other.id == concept.id) })
    }

    /// The name of `concept` that someone mistyped who wrote `form`, unless another concept's is nearer.
    pub(super) fn own_typed<'a>(&self, concept: &'a Concept, form: &str) -> Option<Misspelt<'a>> {
        let distance = |name: &'a Name| {
            let own = text::normal_form(&name.text);
            let distance = distance(form, &own)?;
            (!self.is_worded(form, &own)).then_some((distance, name))
        };
        let (distance, name) = concept.names.iter().filter_map(distance).min_by_key(|(distance, _)| *distance)?;
        let others = self.near(form).iter().any(|(other, _)| other.id != concept.id);
        (distance == 1 || !others).then_some(Misspelt { name, is_sure: !others })
    }

    /// Whether `label` is a name of `concept` but for what the normal form takes away.
    pub(super) fn own_form(&self, concept: &Concept, label: &str) -> bool {
        let form = text::normal_form(label);
        self.lexicon.concepts_of_form(&self.ontology, &form).iter().any(|(own, _)| own.id == concept.id)
    }

    /// Whether `label` is a name of `target`, or was one of the retired concept that `id` leads to it from.
    pub(super) fn is_called(&self, id: &Curie, target: &Concept, label: &str) -> bool {
        self.own_form(target, label) || self.was_called(id, label)
    }

    /// Whether `label` was a name of the retired concept that `id` is of.
    pub(super) fn was_called(&self, id: &Curie, label: &str) -> bool {
        match self.ontology.resolve(id) {
            Resolution::Merged(concept) | Resolution::Retired(concept) => was_called(concept, label),
            Resolution::Live(_) | Resolution::Unknown => false,
        }
    }

    /// Whether every word in which `form` differs from `other` is a word of a name, so that no letter slipped in it.
    fn is_worded(&self, form: &str, other: &str) -> bool {
        let words =
            self.words.get_or_init(|| self.lexicon.forms().flat_map(|form| form.split(' ')).map(Box::from).collect());
        let mut differing = form.split(' ').filter(|word| other.split(' ').all(|own| own != *word)).peekable();
        differing.peek().is_some() && differing.all(|word| words.contains(word))
    }

    fn keys(&self) -> &HashMap<Box<str>, Vec<Box<str>>> {
        self.keys.get_or_init(|| {
            let mut forms: Vec<&str> = self.lexicon.forms().collect();
            forms.sort_unstable();
            let mut keys: HashMap<Box<str>, Vec<Box<str>>> = HashMap::new();
            for form in forms {
                keys.entry(text::key(form).into()).or_default().push(form.into());
            }
            keys
        })
    }
}

/// Whether two texts are equal but for case and white space.
pub(super) fn is_same(left: &str, right: &str) -> bool {
    let is_same_word = |left: &str, right: &str| {
        let is_ascii = left.is_ascii() && right.is_ascii();
        left.eq_ignore_ascii_case(right) || (!is_ascii && left.to_lowercase() == right.to_lowercase())
    };
    let (mut left, mut right) = (left.split_whitespace(), right.split_whitespace());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(left), Some(right)) if is_same_word(left, right) => {}
            _ => return false,
        }
    }
}

/// The name of `concept` that `label` is, but for case and white space; its preferred label before others.
pub(super) fn carried<'a>(concept: &'a Concept, label: &str) -> Option<&'a Name> {
    concept.names.iter().filter(|name| is_same(&name.text, label)).min_by_key(|name| name.scope)
}

/// Whether a concept that was retired was called `label`: its names say that it is retired.
fn was_called(concept: &Concept, label: &str) -> bool {
    let bare = |text: &str| {
        let text = text.trim();
        let rest = text.get("obsolete".len()..).filter(|_| text.to_ascii_lowercase().starts_with("obsolete"));
        text::normal_form(rest.unwrap_or(text))
    };
    let label = bare(label);
    concept.names.iter().any(|name| bare(&name.text) == label)
}

/// The typing errors between two forms, where there are one or two and the forms are long enough for it.
fn distance(form: &str, other: &str) -> Option<usize> {
    [1, 2].into_iter().find(|&errors| is_mistyped(form, other, errors))
}

/// Whether `form` is `other` with so many typing errors, none of them in a number.
fn is_mistyped(form: &str, other: &str, errors: usize) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let length = other.chars().count();
    length >= TYPED[errors - 1]
        && form.len().abs_diff(other.len()) <= 4 * errors
        && digits(form) == digits(other)
        && strsim::osa_distance(form, other) == errors
}

/// Every form one typing error away from `form`, some of them twice.
fn neighbours(form: &str) -> impl Iterator<Item = String> {
    let characters: Vec<char> = form.chars().collect();
    // Nobody means a name with a text so long that is none.
    let length = if characters.len() > 200 { 0 } else { characters.len() };
    (0..=length).flat_map(move |at| {
        let (before, after): (String, Vec<char>) = (characters[..at].iter().collect(), characters[at..].to_vec());
        let rest = |from: usize| after.get(from..).map(|rest| rest.iter().collect::<String>());
        let mut found = Vec::new();
        if let Some(rest) = rest(1) {
            found.push(format!("{before}{rest}"));
            found.extend(ALPHABET.chars().map(|c| format!("{before}{c}{rest}")));
        }
        if let (Some(rest), [first, second, ..]) = (rest(2), &after[..]) {
            found.push(format!("{before}{second}{first}{rest}"));
        }
        let rest: String = after.iter().collect();
        found.extend(ALPHABET.chars().map(|c| format!("{before}{c}{rest}")));
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::obo;

    fn names() -> Names {
        let terms = [
            ("1", "Seizure", "synonym: \"Epileptic fit\" EXACT []"),
            ("2", "Hypocalcemia", ""),
            ("3", "Hypercalcemia", ""),
            ("4", "Atypical hands", ""),
            ("5", "Abnormality of the foot", "synonym: \"Typical toes\" RELATED []"),
            ("6", "Macular dystrophy 1", ""),
        ];
        let term = |(id, name, rest): &(&str, &str, &str)| format!("[Term]\nid: X:{id}\nname: {name}\n{rest}\n\n");
        let text: String = terms.iter().map(term).collect();
        Names::of(Arc::new(Ontology::assemble(obo::read(text.as_bytes(), "x").unwrap(), "x", "x").unwrap()))
    }

    fn typed(names: &Names, concept: usize, label: &str) -> Option<(String, bool)> {
        let found = names.own_typed(&names.ontology.concepts()[concept - 1], &text::normal_form(label))?;
        Some((found.name.text.clone(), found.is_sure))
    }

    #[test]
    fn case_and_white_space_are_no_difference() {
        assert!(is_same("Big  hands", " big HANDS ") && is_same("Ödem", "öDEM") && is_same("a b", "a\u{a0}B"));
        assert!(!is_same("Big hands", "Bighands") && !is_same("hand", "hands"));
    }

    #[test]
    fn one_or_two_slips_are_typing_errors_and_other_words_are_not() {
        let names = names();
        let sure = |name: &str| Some((name.to_owned(), true));
        assert_eq!(typed(&names, 1, "Siezure"), sure("Seizure"));
        assert_eq!(typed(&names, 1, "Seizzure"), sure("Seizure"));
        assert_eq!(typed(&names, 1, "Epilptic fti"), sure("Epileptic fit"));
        assert_eq!(typed(&names, 1, "Szr"), None);
        // `typical` is a word of its own; so are numbers.
        assert_eq!(typed(&names, 4, "Typical hands"), None);
        assert_eq!(typed(&names, 6, "Macular dystrophy 2"), None);
    }

    #[test]
    fn another_concept_may_be_nearer_or_as_near() {
        let names = names();
        assert_eq!(typed(&names, 2, "Hypecalcemia"), Some(("Hypocalcemia".to_owned(), false)));
        assert_eq!(typed(&names, 2, "Hypercalcmia"), None);
    }

    #[test]
    fn order_and_inflection_are_spelling() {
        let names = names();
        let foot = &names.ontology.concepts()[4];
        assert!(names.own_words(foot, "foot abnormalities").is_some_and(|found| found.is_sure));
        let found = names.having_words("abnormalities of feet");
        assert_eq!(found.iter().map(|(concept, _)| concept.id.as_str()).collect::<Vec<_>>(), ["X:5"]);
        assert!(names.having_words("foot").is_empty());
    }

    #[test]
    fn a_retired_concept_is_called_as_before() {
        let mut concept = names().ontology.concepts()[0].clone();
        concept.names[0].text = "obsolete Big hands".to_owned();
        assert!(was_called(&concept, "big hands") && was_called(&concept, "obsolete big hands"));
        assert!(!was_called(&concept, "small hands"));
    }
}

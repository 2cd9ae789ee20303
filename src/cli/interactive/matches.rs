//! Which letters of a name were typed.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::text;

/// The words of a query.
pub(super) struct Words(Vec<Word>);

struct Word {
    form: String,
    stem: String,
}

impl Words {
    pub(super) fn of(query: &str) -> Self {
        let form = text::normal_form(query);
        let words = form.split_ascii_whitespace();
        Self(words.map(|word| Word { form: word.to_owned(), stem: text::stem(word).into_owned() }).collect())
    }

    /// The parts of `name` that stand in the query: words whose stem does, and beginnings of words.
    pub(super) fn marks(&self, name: &str) -> Vec<Range<usize>> {
        name.unicode_word_indices().filter_map(|(start, word)| self.mark(start, word)).collect()
    }

    fn mark(&self, start: usize, word: &str) -> Option<Range<usize>> {
        let form = text::normal_form(word);
        let stem = text::stem(&form);
        if self.0.iter().any(|typed| typed.form == form || typed.stem == stem) {
            return Some(start..start + word.len());
        }
        let beginning = self.0.iter().filter(|typed| form.starts_with(&typed.form));
        let letters = beginning.map(|typed| typed.form.chars().count()).max()?;
        // Where the normal form is longer or shorter than the word, their letters do not stand in the same places.
        let is_aligned = form.chars().count() == word.chars().count();
        let end = word.char_indices().nth(letters).filter(|_| is_aligned).map_or(word.len(), |(at, _)| at);
        Some(start..start + end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(query: &str, name: &str) -> String {
        let mut marked = name.to_owned();
        for range in Words::of(query).marks(name).into_iter().rev() {
            marked.insert(range.end, ']');
            marked.insert(range.start, '[');
        }
        marked
    }

    #[test]
    fn words_are_marked_in_any_inflection_and_spelling() {
        assert_eq!(marked("big hands", "Large hand, big"), "Large [hand], [big]");
        assert_eq!(marked("downs syndrome tumour", "Down's syndrome-tumor"), "[Down's] [syndrome]-[tumor]");
        assert_eq!(marked("type ii", "Type 2 thing"), "[Type] [2] thing");
    }

    #[test]
    fn the_beginning_of_a_word_is_marked_while_it_is_typed() {
        assert_eq!(marked("seiz", "Febrile Seizures"), "Febrile [Seiz]ures");
        assert_eq!(marked("c", "Café au lait"), "[C]afé au lait");
        assert_eq!(marked("oedem", "Œdema"), "[Œdem]a");
    }

    #[test]
    fn nothing_typed_marks_nothing() {
        for query in ["", "  ", "-"] {
            assert_eq!(marked(query, "Seizure"), "Seizure");
        }
        assert!(Words::of("seizure").marks("").is_empty());
    }
}

//! What is known about a pair of mention and form: pure functions of words and their similarities.

use std::collections::HashMap;

use crate::index::{MentionWord, Words};

/// How well the words of a mention and of a form cover each other.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Alignment {
    /// Share of the mention's words found in the form, weighted by rarity and similarity, from 0 to 1.
    pub mention: f32,
    /// Share of the form's words found in the mention, likewise.
    pub form: f32,
}

impl Alignment {
    /// The mean of both directions and of their harmonic mean, which is small where either is.
    pub(super) fn mean(self) -> f32 {
        let sum = self.mention + self.form;
        let harmonic = if sum > 0.0 { 2.0 * self.mention * self.form / sum } else { 0.0 };
        (sum + harmonic) / 3.0
    }
}

/// Compares one mention with many forms, each pair of words once.
pub(super) struct Aligner<'a> {
    words: &'a Words,
    mention: Vec<MentionWord>,
    similarities: HashMap<u32, Box<[f32]>>,
}

impl<'a> Aligner<'a> {
    pub(super) fn new(words: &'a Words, mention: Vec<MentionWord>) -> Self {
        Self { words, mention, similarities: HashMap::new() }
    }

    /// Each word of the mention with its most similar word of the form, and back.
    pub(super) fn align(&mut self, form: u32) -> Alignment {
        let mut best = vec![0.0_f32; self.mention.len()];
        let (mut found, mut total) = (0.0, 0.0);
        for &word in self.words.of_form(form) {
            let similarities = self
                .similarities
                .entry(word)
                .or_insert_with(|| self.mention.iter().map(|mention| self.words.similarity(mention, word)).collect());
            let mut nearest = 0.0_f32;
            for (best, &similarity) in best.iter_mut().zip(similarities.iter()) {
                *best = best.max(similarity);
                nearest = nearest.max(similarity);
            }
            let rarity = self.words.rarity(word);
            found += rarity * nearest;
            total += rarity;
        }
        let weight: f32 = self.mention.iter().map(|word| word.rarity).sum();
        let covered: f32 = self.mention.iter().zip(&best).map(|(word, best)| word.rarity * best).sum();
        let share = |part: f32, whole: f32| if whole > 0.0 { part / whole } else { 0.0 };
        Alignment { mention: share(covered, weight), form: share(found, total) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_covers_half_and_is_half_covered_is_better_than_one_that_only_covers() {
        assert!((Alignment { mention: 1.0, form: 1.0 }.mean() - 1.0).abs() < 1e-6);
        assert!((Alignment { mention: 1.0, form: 0.5 }.mean() - (1.5 + 2.0 / 3.0) / 3.0).abs() < 1e-6);
        assert!(Alignment { mention: 0.5, form: 0.5 }.mean() > Alignment { mention: 1.0, form: 0.0 }.mean());
    }
}

//! How well the words of a mention and of a form cover each other: pure functions of words and their similarities.

use rustc_hash::FxHashMap;

use crate::index::{MentionWord, Words};

/// How well two lists of words cover each other. Shares are weighted by rarity; everything lies from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Alignment {
    /// Share of the mention's words found in the form, each by its most similar one.
    pub mention: f32,
    /// Share of the form's words found in the mention, likewise.
    pub form: f32,
    /// How alike the mention's least similar word is to its most similar one.
    pub mention_worst: f32,
    /// The same of the form's.
    pub form_worst: f32,
    /// Share of the mention's words that stand in the form.
    pub mention_equal: f32,
    /// Share of the form's words that stand in the mention.
    pub form_equal: f32,
    /// How alike the last words are: in English, a phrase's head.
    pub head: f32,
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
    mention: &'a [MentionWord],
    similarities: FxHashMap<u32, Box<[f32]>>,
}

/// The best of one direction so far, and whether it is the same word.
#[derive(Clone, Copy, Default)]
struct Match {
    similarity: f32,
    is_equal: bool,
}

impl<'a> Aligner<'a> {
    pub(super) fn new(words: &'a Words, mention: &'a [MentionWord]) -> Self {
        Self { words, mention, similarities: FxHashMap::default() }
    }

    /// Each word of the mention with its most similar word of the form, and back.
    pub(super) fn align(&mut self, form: u32) -> Alignment {
        let Self { words, mention, similarities } = self;
        let mut of_mention = vec![Match::default(); mention.len()];
        let mut form_side = Side::default();
        let mut head = 0.0;
        for &word in words.of_form(form) {
            let similarities = similarities
                .entry(word)
                .or_insert_with(|| mention.iter().map(|mention| words.similarity(mention, word)).collect());
            let mut of_word = Match::default();
            for ((best, &similarity), mention) in of_mention.iter_mut().zip(similarities.iter()).zip(*mention) {
                let is_equal = mention.known == Some(word);
                for side in [best, &mut of_word] {
                    side.similarity = side.similarity.max(similarity);
                    side.is_equal |= is_equal;
                }
            }
            form_side.add(words.rarity(word), of_word);
            head = similarities.last().copied().unwrap_or(0.0);
        }
        let mut mention_side = Side::default();
        for (word, best) in mention.iter().zip(of_mention) {
            mention_side.add(word.rarity, best);
        }
        Alignment {
            mention: mention_side.share(mention_side.similar),
            form: form_side.share(form_side.similar),
            mention_worst: mention_side.worst.unwrap_or(0.0),
            form_worst: form_side.worst.unwrap_or(0.0),
            mention_equal: mention_side.share(mention_side.equal),
            form_equal: form_side.share(form_side.equal),
            head,
        }
    }
}

/// What of one side is found on the other.
#[derive(Default)]
struct Side {
    similar: f32,
    equal: f32,
    total: f32,
    worst: Option<f32>,
}

impl Side {
    fn add(&mut self, rarity: f32, best: Match) {
        self.total += rarity;
        self.similar += rarity * best.similarity;
        self.equal += if best.is_equal { rarity } else { 0.0 };
        self.worst = Some(self.worst.map_or(best.similarity, |worst| worst.min(best.similarity)));
    }

    fn share(&self, part: f32) -> f32 {
        if self.total > 0.0 { part / self.total } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_covers_half_and_is_half_covered_is_better_than_one_that_only_covers() {
        let of = |mention, form| Alignment { mention, form, ..Alignment::default() };
        assert!((of(1.0, 1.0).mean() - 1.0).abs() < 1e-6);
        assert!((of(1.0, 0.5).mean() - (1.5 + 2.0 / 3.0) / 3.0).abs() < 1e-6);
        assert!(of(0.5, 0.5).mean() > of(1.0, 0.0).mean());
    }

    #[test]
    fn a_side_weighs_its_words_by_rarity() {
        let mut side = Side::default();
        side.add(3.0, Match { similarity: 1.0, is_equal: true });
        side.add(1.0, Match { similarity: 0.5, is_equal: false });
        assert!((side.share(side.similar) - 0.875).abs() < 1e-6 && (side.share(side.equal) - 0.75).abs() < 1e-6);
        assert_eq!(side.worst, Some(0.5));
    }
}

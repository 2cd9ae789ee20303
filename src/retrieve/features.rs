//! What is known about a pair of mention and candidate, as numbers a ranker learns from.
//!
//! None of them is or follows from an identifier: a ranker may learn what a good match looks like, not which concepts
//! are asked for.

use rustc_hash::FxHashMap;

use crate::text;

/// Declares the features once: field, what a curator reads, and the row of numbers in this order.
macro_rules! features {
    ($($(#[$meta:meta])* $field:ident: $title:literal,)*) => {
        /// What is known about a pair of mention and candidate. Of a candidate's names, the best by the first look
        /// counts, where nothing else is said.
        #[derive(Debug, Clone, Copy, Default, PartialEq)]
        pub(super) struct Features { $($(#[$meta])* pub $field: f32,)* }

        /// The field of each feature, in the order of [`Features::row`].
        pub(super) const FIELDS: [&str; [$($title),*].len()] = [$(stringify!($field)),*];

        /// What each feature says, for people.
        pub(super) const TITLES: [&str; FIELDS.len()] = [$($title),*];

        impl Features {
            /// The numbers in their order.
            pub(super) const fn row(&self) -> [f32; FIELDS.len()] { [$(self.$field),*] }
        }
    };
}

features! {
    /// The plain score ([`super::ranking::first_look`]).
    first: "first look: nearness, words and BM25 together",
    /// How far that is below the best candidate's.
    first_gap: "first look, below the best candidate",
    /// Whether the normal forms are equal.
    equal_form: "same name, but for case and punctuation",
    /// Whether the keys are equal.
    equal_key: "same words in another order or number",
    /// BM25 as a share of the mention's best.
    lexical_share: "BM25, as a share of the best",
    /// BM25 by the rarity of the mention's words.
    lexical_rarity: "BM25, by how rare the words are",
    /// Cosine with the name.
    cosine: "nearness of this name",
    /// The highest cosine with any of the concept's names.
    cosine_best: "nearness of the nearest name",
    /// The second highest.
    cosine_second: "nearness of the second nearest name",
    /// The mean of all.
    cosine_mean: "nearness of all names on average",
    /// Cosine with the label.
    cosine_label: "nearness of the label",
    /// [`super::alignment::Alignment::mention`].
    mention_covered: "mention's words found in the name",
    /// [`super::alignment::Alignment::form`].
    name_covered: "name's words found in the mention",
    /// [`super::alignment::Alignment::mention_worst`].
    mention_worst: "mention's word that fits least",
    /// [`super::alignment::Alignment::form_worst`].
    name_worst: "name's word that fits least",
    /// [`super::alignment::Alignment::mention_equal`].
    mention_equal: "mention's words that stand in the name",
    /// [`super::alignment::Alignment::form_equal`].
    name_equal: "name's words that stand in the mention",
    /// [`super::alignment::Alignment::head`].
    head: "last words alike",
    /// Alignment with the label.
    label_covered: "label's and mention's words found in each other",
    /// The best alignment with any of the concept's names.
    best_covered: "best of all names, words found in each other",
    /// [`letters`].
    letters: "letters in common",
    /// [`Spelling::mention`].
    mention_spelling: "mention's words spelled alike in the name",
    /// [`Spelling::form`].
    name_spelling: "name's words spelled alike in the mention",
    /// Numbers of the mention that the name lacks.
    numbers_missing: "numbers the name lacks",
    /// Numbers of the name that the mention lacks.
    numbers_added: "numbers the mention lacks",
    /// Words of the name less words of the mention.
    words_added: "words more in the name",
    /// 0 for a label, 1 for an exact synonym, 2 for the other scopes.
    scope: "kind of name",
    /// The logarithm of how many forms name the concept.
    names: "number of names",
    /// The logarithm of how many concepts are below the concept, itself included.
    below: "number of narrower concepts",
    /// The best first look of a parent.
    parent: "first look at a parent",
    /// The best first look of a child.
    child: "first look at a child",
    /// Cosine with the name by the dense encoder; 0 without that encoder.
    dense_name: "nearness of this name by the second encoder",
    /// The highest such cosine with any of the concept's names.
    dense: "nearness by the second encoder",
    /// How far that is below the best candidate's.
    dense_gap: "nearness by the second encoder, below the best",
    /// Words of the mention.
    mention_words: "words of the mention",
    /// Letters of the mention.
    mention_letters: "letters of the mention",
    /// Share of the mention's words that no name has.
    mention_unknown: "mention's words that no name has",
    /// The first look at the best candidate.
    best_first: "first look at the best candidate",
}

/// The letters of a form as sorted codes of the trigrams of its words, each word framed by spaces.
pub(super) fn trigrams(form: &str) -> Vec<u64> {
    let mut codes = Vec::with_capacity(form.len() + 2);
    for word in form.split(' ') {
        let mut window = [u64::from(' '), 0];
        for (at, letter) in word.chars().chain([' ']).enumerate() {
            let letter = u64::from(letter);
            if at > 0 {
                codes.push(window[0] << 42 | window[1] << 21 | letter);
                window[0] = window[1];
            }
            window[1] = letter;
        }
    }
    codes.sort_unstable();
    codes
}

/// The Dice coefficient of two lists of [`trigrams`].
pub(super) fn letters(left: &[u64], right: &[u64]) -> f32 {
    let (mut at, mut other, mut same) = (0, 0, 0);
    while let (Some(one), Some(two)) = (left.get(at), right.get(other)) {
        match one.cmp(two) {
            std::cmp::Ordering::Less => at += 1,
            std::cmp::Ordering::Greater => other += 1,
            std::cmp::Ordering::Equal => (at, other, same) = (at + 1, other + 1, same + 1),
        }
    }
    2.0 * same as f32 / (left.len() + right.len()).max(1) as f32
}

/// How much of each side is spelled like a word of the other, by letters, from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Spelling {
    pub mention: f32,
    pub form: f32,
}

/// Compares the words of one mention with those of many forms by spelling, each pair once.
pub(super) struct Speller<'a> {
    mention: Vec<&'a str>,
    alike: FxHashMap<String, Box<[f32]>>,
}

impl<'a> Speller<'a> {
    pub(super) fn new(mention: Vec<&'a str>) -> Self {
        Self { mention, alike: FxHashMap::default() }
    }

    /// Each word with the one that is spelled most like it, and back.
    pub(super) fn spelling(&mut self, form: &[&str]) -> Spelling {
        let Self { mention, alike } = self;
        let mut of_mention = vec![0.0_f32; mention.len()];
        let mut of_form = 0.0;
        for &word in form {
            if !alike.contains_key(word) {
                alike.insert(word.to_owned(), mention.iter().map(|other| spelled_alike(other, word)).collect());
            }
            let mut nearest = 0.0_f32;
            for (best, &alike) in of_mention.iter_mut().zip(&*alike[word]) {
                *best = best.max(alike);
                nearest = nearest.max(alike);
            }
            of_form += nearest * word.len() as f32;
        }
        let total = |words: &[&str]| words.iter().map(|word| word.len()).sum::<usize>().max(1) as f32;
        let of_mention: f32 = mention.iter().zip(of_mention).map(|(word, best)| best * word.len() as f32).sum();
        Spelling { mention: of_mention / total(mention), form: of_form / total(form) }
    }
}

/// 1 less the share of letters that differ (optimal string alignment).
fn spelled_alike(left: &str, right: &str) -> f32 {
    let (left_letters, right_letters) = (left.chars().count(), right.chars().count());
    let (shorter, longer) = (left_letters.min(right_letters), left_letters.max(right_letters));
    // Words of very different length are not spelled alike.
    if left == right {
        1.0
    } else if 2 * shorter < longer {
        0.0
    } else {
        1.0 - strsim::osa_distance(left, right) as f32 / longer as f32
    }
}

/// How many of the numbers in `left` are not in `right`.
pub(super) fn numbers_only_in(left: &[&str], right: &[&str]) -> f32 {
    let is_number = |word: &&&str| word.contains(|c: char| c.is_ascii_digit());
    left.iter().filter(is_number).filter(|word| !right.contains(word)).count() as f32
}

/// The words of a form, stop words included.
pub(super) fn words(form: &str) -> Vec<&str> {
    form.split(' ').filter(|word| !word.is_empty()).collect()
}

/// The words of a form that are not stop words.
pub(super) fn content_words(form: &str) -> Vec<&str> {
    words(form).into_iter().filter(|word| !text::is_stop_word(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_its_place_in_the_row() {
        let features = Features { first: 1.0, best_first: 2.0, ..Features::default() };
        let row = features.row();
        assert_eq!((row[0], row[FIELDS.len() - 1], row.iter().sum::<f32>()), (1.0, 2.0, 3.0));
        assert_eq!((FIELDS[0], FIELDS[FIELDS.len() - 1]), ("first", "best_first"));
    }

    #[test]
    fn letters_in_common_do_not_depend_on_word_order() {
        let share = |left, right| letters(&trigrams(left), &trigrams(right));
        assert!((share("large hand", "hand large") - 1.0).abs() < 1e-6);
        assert!(share("seizure", "skizure") > 0.4 && share("seizure", "fever") < 0.1);
        assert!(share("", "fever").abs() < 1e-6);
    }

    #[test]
    fn a_word_with_a_typing_error_is_spelled_like_the_word() {
        let spelled = Speller::new(vec!["skizure", "at", "night"]).spelling(&["seizure"]);
        assert!(spelled.form > 0.8 && spelled.mention < spelled.form, "{spelled:?}");
        assert_eq!(Speller::new(Vec::new()).spelling(&["fever"]), Spelling::default());
    }

    #[test]
    fn numbers_are_counted_where_the_other_side_lacks_them() {
        assert!((numbers_only_in(&["type", "2", "b12"], &["type", "2"]) - 1.0).abs() < 1e-6);
    }
}

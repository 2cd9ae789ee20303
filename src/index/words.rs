//! The distinct words (stems) of the forms: how rare each is, where it stands, and its own small vector.
//!
//! The second look at a candidate compares it with the mention word by word. What that needs is laid down here, so
//! that it costs one int8 product a pair of words.

#![expect(
    clippy::cast_possible_truncation,
    reason = "positions are 32 bits wide; Names::write refuses more names than that"
)]

use std::collections::HashMap;
use std::path::Path;

use super::Error;
use super::names::Names;
use super::vector::{self, product, quantize};
use crate::arrays::{Array, Arrays, Strings, Writer};
use crate::embed::Embedder;
use crate::text;

const ARRAYS: &str = "words.safetensors";

/// The opened arrays. A word is known by its position.
pub struct Words {
    word: Strings,
    rarity: Array<f32>,
    form_first: Array<u32>,
    form_word: Array<u32>,
    codes: Array<i8>,
    inverse_norms: Array<f32>,
    /// Hashes of the words and of what is left of each without one letter, sorted, and the word of each.
    cut_hash: Array<u32>,
    cut_word: Array<u32>,
}

/// A word of a mention, ready to be compared.
#[derive(Debug, Clone)]
pub struct MentionWord {
    /// How rare it is; a word that no name has is the rarest.
    pub rarity: f32,
    /// Its position, if a name has it.
    pub known: Option<u32>,
    /// The known word that it probably is with a typing error.
    pub meant: Option<u32>,
    code: Vec<i8>,
    inverse_norm: f32,
}

impl Words {
    /// Writes the words of all forms, with the vectors `embedder` gives them, into `folder` and opens them.
    pub(super) fn build(names: &Names, embedder: &dyn Embedder, folder: &Path) -> Result<Self, Error> {
        let mut words: Vec<String> = Vec::new();
        let mut known: HashMap<String, u32> = HashMap::new();
        let (mut form_first, mut form_word) = (vec![0_u32], Vec::new());
        for form in names.all_forms() {
            for stem in text::stems(form) {
                form_word.push(*known.entry(stem.into_owned()).or_insert_with_key(|stem| {
                    words.push(stem.clone());
                    words.len() as u32 - 1
                }));
            }
            form_first.push(form_word.len() as u32);
        }
        let mut forms_with = vec![0_u32; words.len()];
        for ends in form_first.windows(2) {
            let mut distinct = form_word[ends[0] as usize..ends[1] as usize].to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            for word in distinct {
                forms_with[word as usize] += 1;
            }
        }
        let rarity: Vec<f32> = forms_with.iter().map(|&count| rarity(names.forms(), count)).collect();
        // Sorted, so that a word is found by bisection; forms refer to the sorted positions.
        let mut order: Vec<u32> = (0..words.len() as u32).collect();
        order.sort_by(|&left, &right| words[left as usize].cmp(&words[right as usize]));
        let mut sorted = vec![0_u32; words.len()];
        for (position, &word) in order.iter().enumerate() {
            sorted[word as usize] = position as u32;
        }
        let ordered: Vec<&str> = order.iter().map(|&word| words[word as usize].as_str()).collect();
        let codes = vector::encode(&ordered, embedder, &|_| {})?;
        let mut writer = Writer::default();
        writer.strings("word", ordered);
        writer.numbers("rarity", &order.iter().map(|&word| rarity[word as usize]).collect::<Vec<_>>());
        writer.numbers("form_first", &form_first);
        writer.numbers("form_word", &form_word.iter().map(|&word| sorted[word as usize]).collect::<Vec<_>>());
        codes.write_coarse(&mut writer);
        let mut cuts: Vec<(u32, u32)> = Vec::new();
        for (position, &word) in order.iter().enumerate() {
            each_cut(&words[word as usize], |cut| cuts.push((cut, position as u32)));
        }
        cuts.sort_unstable();
        cuts.dedup();
        let (cut_hashes, cut_words): (Vec<u32>, Vec<u32>) = cuts.into_iter().unzip();
        writer.numbers("cut_hash", &cut_hashes);
        writer.numbers("cut_word", &cut_words);
        writer.write(&folder.join(ARRAYS))?;
        Self::open(folder)
    }

    /// Opens what [`Words::build`] wrote.
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let arrays = Arrays::open(&folder.join(ARRAYS))?;
        Ok(Self {
            word: arrays.strings("word")?,
            rarity: arrays.numbers("rarity")?,
            form_first: arrays.numbers("form_first")?,
            form_word: arrays.numbers("form_word")?,
            codes: arrays.numbers("codes")?,
            inverse_norms: arrays.numbers("inverse_norms")?,
            cut_hash: arrays.numbers("cut_hash")?,
            cut_word: arrays.numbers("cut_word")?,
        })
    }

    /// How many distinct words there are.
    pub fn len(&self) -> usize {
        self.word.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The words of a form, in their order.
    pub fn of_form(&self, form: u32) -> &[u32] {
        let form = form as usize;
        &self.form_word[self.form_first[form] as usize..self.form_first[form + 1] as usize]
    }

    /// The rarity of a word: the logarithm of (forms + 1) / (forms with it + 1).
    pub fn rarity(&self, word: u32) -> f32 {
        self.rarity[word as usize]
    }

    /// A word of a mention with the vector an embedder gave it.
    pub fn mention_word(&self, stem: &str, vector: &[f32]) -> MentionWord {
        let known = self.word.binary_search(stem).map(|word| word as u32);
        let (code, inverse_norm) = quantize(vector);
        let meant = if known.is_none() { self.corrections(stem).first().copied() } else { None };
        let rarity = known.or(meant).map_or_else(|| rarity(self.form_first.len() - 1, 0), |word| self.rarity(word));
        MentionWord { rarity, known, meant, code, inverse_norm }
    }

    /// A word by its position.
    pub fn word(&self, word: u32) -> &str {
        self.word.get(word as usize)
    }

    /// The words that are one typing error away from `stem` (a letter more, less, other, or two swapped), commonest
    /// first. None for words that are known, short, or have digits in them: of a gene symbol, every neighbour is
    /// another gene.
    pub fn corrections(&self, stem: &str) -> Vec<u32> {
        if self.word.binary_search(stem).is_some() {
            return Vec::new();
        }
        let mut near: Vec<u32> = Vec::new();
        each_cut(stem, |cut| {
            let start = self.cut_hash.partition_point(|&hash| hash < cut);
            let same = self.cut_hash[start..].iter().take_while(|&&hash| hash == cut).count();
            near.extend_from_slice(&self.cut_word[start..start + same]);
        });
        near.sort_unstable();
        near.dedup();
        near.retain(|&word| strsim::osa_distance(stem, self.word(word)) == 1);
        near.sort_by(|&left, &right| self.rarity(left).total_cmp(&self.rarity(right)).then(left.cmp(&right)));
        near
    }

    /// How alike two words are: 1 for the same word, else the cosine of their vectors where positive.
    pub fn similarity(&self, mention: &MentionWord, word: u32) -> f32 {
        if mention.known == Some(word) {
            return 1.0;
        }
        let at = word as usize;
        let own = (product(&mention.code, self.codes.row(at)) * mention.inverse_norm * self.inverse_norms[at])
            .clamp(0.0, 1.0);
        let Some(meant) = mention.meant else { return own };
        let with = meant as usize;
        let corrected = if meant == word {
            1.0
        } else {
            product(self.codes.row(with), self.codes.row(at)) * self.inverse_norms[with] * self.inverse_norms[at]
        };
        own.max(CORRECTED * corrected)
    }
}

/// How alike a word is to the one it is without its typing error.
const CORRECTED: f32 = 0.95;

/// Letters that a word must have for a typing error to be told from another word.
const SHORTEST_CORRECTED: usize = 4;

/// Calls `visit` with the hash of the word and of what is left of it without one letter, for each letter: two words are
/// at most one typing error apart only where these meet (Garbe's symmetric deletion).
fn each_cut(word: &str, mut visit: impl FnMut(u32)) {
    if word.len() < SHORTEST_CORRECTED || !word.chars().all(char::is_alphabetic) {
        return;
    }
    let hash = |parts: [&str; 2]| {
        let bytes = parts.iter().flat_map(|part| part.bytes());
        bytes.fold(0x811c_9dc5_u32, |state, byte| (state ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    };
    visit(hash([word, ""]));
    for (at, letter) in word.char_indices() {
        visit(hash([&word[..at], &word[at + letter.len_utf8()..]]));
    }
}

fn rarity(forms: usize, with: u32) -> f32 {
    ((forms as f32 + 1.0) / (with as f32 + 1.0)).ln()
}

#[cfg(test)]
mod tests {
    use super::super::Selection;
    use super::*;
    use crate::embed::ngram::NgramEmbedder;
    use crate::embed::training;
    use crate::ontology::{Ontology, obo};

    fn words(labels: &[&str]) -> (tempfile::TempDir, Words) {
        let folder = tempfile::tempdir().unwrap();
        let term = |(at, label): (usize, &&str)| format!("[Term]\nid: X:{at}\nname: {label}\n\n");
        let text: String = labels.iter().enumerate().map(term).collect();
        let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x.obo").unwrap(), "x", "x.obo").unwrap();
        let names = Names::write(&ontology, &Selection::default(), folder.path()).unwrap();
        let table = folder.path().join("table");
        training::train(&[], &training::Options { epochs: 0, ..training::Options::default() }, &table, &|_, _| {})
            .unwrap();
        let words = Words::build(&names, &NgramEmbedder::open(&table).unwrap(), folder.path()).unwrap();
        (folder, words)
    }

    fn corrected(words: &Words, stem: &str) -> Vec<String> {
        words.corrections(stem).into_iter().map(|word| words.word(word).to_owned()).collect()
    }

    #[test]
    fn a_letter_more_less_other_or_swapped_is_corrected() {
        let (_folder, words) = words(&["tremor", "fever"]);
        for wrong in ["tremorx", "tremr", "tremur", "termor"] {
            assert_eq!(corrected(&words, wrong), ["tremor"], "{wrong}");
        }
        assert!(corrected(&words, "tromer").is_empty());
    }

    #[test]
    fn the_commonest_of_several_corrections_is_first() {
        let (_folder, words) = words(&["bone cast", "bone cyst", "renal cyst"]);
        assert_eq!(corrected(&words, "cest"), ["cyst", "cast"]);
    }

    #[test]
    fn known_short_and_numbered_words_stay() {
        let (_folder, words) = words(&["cyst", "cast", "eye", "krt14"]);
        for word in ["cyst", "eya", "krt15"] {
            assert!(corrected(&words, word).is_empty(), "{word}");
        }
    }

    #[test]
    fn a_word_with_a_typing_error_is_nearly_the_word() {
        let (_folder, words) = words(&["tremor", "fever"]);
        let mention = words.mention_word("tremorx", &vec![0.0; crate::embed::ngram::DIMENSIONS]);
        let tremor = mention.meant.unwrap();
        assert!((words.similarity(&mention, tremor) - CORRECTED).abs() < 1e-6);
        assert!((mention.rarity - words.rarity(tremor)).abs() < 1e-6);
    }
}

//! Words and character n-grams, hashed to rows of one table and summed: no model file, no network.
//!
//! The vector of a text is the sum of its features' rows, each times the feature's weight, scaled to length 1. In a
//! table of seeded random signs the cosine of two vectors estimates the weighted overlap of their features (a random
//! projection); the more dimensions, the closer.

#![expect(clippy::cast_possible_truncation, reason = "hashes and codes are cut on purpose")]

use std::path::Path;

use super::{Embedder, Error, scale_to_unit};
use crate::arrays::{Array, Arrays, Writer};
use crate::text;

/// Rows of the table; a power of two, so that a hash is cut to a row by a mask.
pub const ROWS: usize = 1 << 16;

/// Length of a vector.
pub const DIMENSIONS: usize = 128;

/// What the rows are drawn from before anything is learnt.
pub(super) const SEED: u64 = 0x7465_726d_3269_6421;

/// A word counts as much as this many of its n-grams of the same rarity.
const WORD_WEIGHT: f32 = 3.0;

/// The encoder of an index: a table of rows and a weight for each.
pub struct NgramEmbedder {
    rows: Array<i8>,
    weights: Array<f32>,
}

impl NgramEmbedder {
    /// Opens a table that [`super::training::train`] wrote.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let arrays = Arrays::open(path)?;
        let encoder = Self { rows: arrays.numbers("rows")?, weights: arrays.numbers("weights")? };
        if encoder.rows.width() != DIMENSIONS
            || encoder.rows.len() != ROWS * DIMENSIONS
            || encoder.weights.len() != ROWS
        {
            return Err(Error::Table { path: path.to_owned() });
        }
        Ok(encoder)
    }

    /// The vector of one text.
    pub fn vector(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0_f32; DIMENSIONS];
        each_feature(&text::normal_form(text), |feature, emphasis| {
            let row = row_of(feature);
            let weight = self.weights[row] * emphasis;
            for (total, &value) in sum.iter_mut().zip(self.rows.row(row)) {
                *total += weight * f32::from(value);
            }
        });
        scale_to_unit(&mut sum);
        sum
    }
}

impl Embedder for NgramEmbedder {
    fn id(&self) -> &'static str {
        "ngram"
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        Ok(texts.iter().map(|text| self.vector(text)).collect())
    }
}

/// How rare each row's features are among `names`, in their normal form: the logarithm of (names + 1) / (names with it + 1); 0 for a row
/// that no name has, since it could only add noise.
pub(super) fn rarity<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<f32> {
    let mut counts = vec![0_u32; ROWS];
    let mut total = 0_u32;
    for name in names {
        let mut rows: Vec<usize> = features(name).into_iter().map(|feature| feature.row).collect();
        rows.sort_unstable();
        rows.dedup();
        for row in rows {
            counts[row] += 1;
        }
        total += 1;
    }
    let rarity =
        |&count: &u32| if count == 0 { 0.0 } else { ((f64::from(total) + 1.0) / (f64::from(count) + 1.0)).ln() };
    counts.iter().map(|count| rarity(count) as f32).collect()
}

/// Writes a table: each row as int8, its scale in the weight.
pub(super) fn write(rows: &[f32], weights: &[f32], path: &Path) -> Result<(), Error> {
    let mut codes = Vec::with_capacity(rows.len());
    let mut scaled = Vec::with_capacity(weights.len());
    for (row, weight) in rows.chunks_exact(DIMENSIONS).zip(weights) {
        let largest = row.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
        codes.extend(row.iter().map(|value| (value * 127.0 / largest).round() as i8));
        scaled.push(weight * largest / 127.0);
    }
    let mut writer = Writer::default();
    writer.rows("rows", &codes, DIMENSIONS);
    writer.numbers("weights", &scaled);
    Ok(writer.write(path)?)
}

/// Numbers that look random and follow from a seed: `SplitMix64` (Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        finish(self.0)
    }

    /// A sequence of its own, for work done elsewhere.
    pub(super) const fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// From 0 up to, not including, 1.
    pub(super) fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// From 0 up to, not including, `end`.
    pub(super) const fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// From the standard normal distribution (Box and Muller 1958).
    pub(super) fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f32::consts::TAU * self.unit()).cos()
    }

    /// Every order is as likely.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

const fn finish(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A feature of a text: its row of the table, and what its kind counts for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feature {
    pub(super) row: usize,
    pub(super) emphasis: f32,
}

/// The features of a normal form, in order, with repeats.
pub(super) fn features(form: &str) -> Vec<Feature> {
    let mut features = Vec::with_capacity(3 * form.len());
    each_feature(form, |feature, emphasis| {
        features.push(Feature { row: row_of(feature), emphasis });
    });
    features
}

/// Calls `visit` with the hash of every feature of a normal form and what the feature's kind counts for: stems, and
/// the 3- to 5-grams of each word framed by spaces.
fn each_feature(form: &str, mut visit: impl FnMut(u64, f32)) {
    for stem in text::stems(form) {
        visit(hash(b'w', stem.as_bytes()), WORD_WEIGHT);
    }
    let mut framed = String::new();
    for word in form.split(' ').filter(|word| !word.is_empty()) {
        framed.clear();
        framed.extend([" ", word, " "]);
        for length in 3..=5 {
            for gram in text::grams(&framed, length) {
                visit(hash(b'g', gram.as_bytes()), 1.0);
            }
        }
    }
}

/// FNV-1a, finished so that its low bits are as good as its high ones.
fn hash(kind: u8, bytes: &[u8]) -> u64 {
    let step = |state: u64, &byte: &u8| (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    finish(bytes.iter().fold(step(0xcbf2_9ce4_8422_2325, &kind), step))
}

const fn row_of(feature: u64) -> usize {
    (feature as usize) & (ROWS - 1)
}

#[cfg(test)]
mod tests {
    use super::super::training;
    use super::*;

    fn encoder() -> NgramEmbedder {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("encoder.safetensors");
        let names = ["seizure", "febrile seizure", "small hand", "large hand", "abnormality of the hand"]
            .map(|name| vec![name]);
        training::train(&names, &training::Options::default(), &path, &|_, _| {}).unwrap();
        NgramEmbedder::open(&path).unwrap()
    }

    fn cosine(left: &[f32], right: &[f32]) -> f32 {
        left.iter().zip(right).map(|(left, right)| left * right).sum()
    }

    #[test]
    fn vectors_have_length_one() {
        let vector = encoder().vector("Febrile seizures");
        assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn nothing_known_is_a_vector_of_zeros() {
        assert!(encoder().vector("?!").iter().all(|&value| value.abs() < f32::EPSILON));
    }

    #[test]
    fn a_typing_error_stays_near() {
        let encoder = encoder();
        let [right, wrong, other] =
            ["febrile seizure", "febrile seizzure", "small hand"].map(|text| encoder.vector(text));
        assert!(cosine(&right, &wrong) > 0.4 && cosine(&right, &other) < 0.2);
    }

    #[test]
    fn the_table_is_the_same_each_time() {
        assert_eq!(encoder().vector("large hands"), encoder().vector("large hands"));
    }
}

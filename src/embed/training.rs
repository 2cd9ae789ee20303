//! Learns the n-gram table from an ontology's own synonyms: names of one concept are drawn together, names of others
//! apart.
//!
//! The loss is `InfoNCE` both ways (van den Oord, Li and Vinyals 2018) with the other pairs of the batch as negatives,
//! names of the same concept left out of them. The gradient touches only the rows present in a batch, so Adam (Kingma
//! and Ba 2015) is applied to those alone. Everything is summed in a fixed order: the same names and seed give the
//! same table, whatever the number of threads.

use std::path::Path;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, Axis, linalg::general_mat_mul, s};
use rayon::slice::ParallelSliceMut as _;

use serde::{Deserialize, Serialize};

use super::Error;
use super::ngram::{self, DIMENSIONS, Feature, ROWS, Random};
use crate::text;

/// How the table is learnt.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Times every concept is seen.
    pub epochs: usize,
    /// What every random choice follows from.
    pub seed: u64,
    /// Pairs compared with each other at once.
    pub batch: usize,
    /// Adam's step at the start; it falls to a tenth along a half cosine.
    pub learning_rate: f32,
    /// Share of features left out of a name each time it is seen.
    pub dropout: f32,
    /// Share of names that get a typing error.
    pub typing_errors: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self { epochs: 15, seed: 1, batch: 512, learning_rate: 5e-3, dropout: 0.15, typing_errors: 0.15 }
    }
}

/// What training came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Times every concept was seen.
    pub epochs: usize,
    /// What every random choice followed from.
    pub seed: u64,
    /// Pairs of names seen in an epoch.
    pub pairs: usize,
    /// Mean loss of the last epoch, in nats.
    pub loss: f32,
}

/// Learns a table from `concepts` (the normal forms of each concept's names) and writes it to `path`.
///
/// `progress` is told how many epochs are done. Returns `None`, and writes the untrained table, where no concept has
/// two names: there is nothing to learn from.
pub fn train(
    concepts: &[Vec<&str>],
    options: &Options,
    path: &Path,
    progress: &dyn Fn(usize, usize),
) -> Result<Option<Outcome>, Error> {
    let names: Vec<&str> = concepts.iter().flatten().copied().collect();
    let mut table = Table::new(ngram::rarity(names.iter().copied()));
    if options.epochs == 0 || concepts.iter().all(|names| names.len() < 2) {
        table.write(path)?;
        return Ok(None);
    }
    let mut random = Random::new(options.seed);
    let mut outcome = Outcome { epochs: options.epochs, seed: options.seed, pairs: 0, loss: 0.0 };
    let mut state = Adam::new();
    for epoch in 0..options.epochs {
        let mut pairs = pairs(concepts, &mut random);
        random.shuffle(&mut pairs);
        let (mut total, mut seen) = (0.0, 0);
        for batch in pairs.chunks(options.batch) {
            if batch.len() < 2 {
                continue;
            }
            let done = (epoch as f32 + seen as f32 / pairs.len() as f32) / options.epochs as f32;
            state.rate = options.learning_rate * (0.55 + 0.45 * (std::f32::consts::PI * done.min(1.0)).cos());
            total += table.step(batch, options, &mut random, &mut state) * batch.len() as f32;
            seen += batch.len();
        }
        (outcome.pairs, outcome.loss) = (seen, total / seen.max(1) as f32);
        progress(epoch + 1, options.epochs);
    }
    table.write(path)?;
    Ok((outcome.pairs > 0).then_some(outcome))
}

/// Two names of one concept.
struct Pair<'a> {
    concept: usize,
    left: &'a str,
    right: &'a str,
}

/// A random pair of names of each concept that has two, and half of the others against themselves.
fn pairs<'a>(concepts: &[Vec<&'a str>], random: &mut Random) -> Vec<Pair<'a>> {
    let mut pairs = Vec::with_capacity(concepts.len());
    for (concept, names) in concepts.iter().enumerate() {
        match names.len() {
            0 => {}
            1 if random.below(2) == 0 => {}
            1 => pairs.push(Pair { concept, left: names[0], right: names[0] }),
            count => {
                let left = random.below(count);
                let right = (left + 1 + random.below(count - 1)) % count;
                pairs.push(Pair { concept, left: names[left], right: names[right] });
            }
        }
    }
    pairs
}

/// The table while it is learnt.
struct Table {
    rows: Array2<f32>,
    weights: Vec<f32>,
    seen: Vec<bool>,
    temperature: f32,
}

/// Adam's memory: first and second moments of rows, weights and temperature.
struct Adam {
    rate: f32,
    steps: i32,
    rows: [Array2<f32>; 2],
    weights: [Vec<f32>; 2],
    temperature: [f32; 2],
}

const DECAY: [f32; 2] = [0.9, 0.999];

/// Rows of the table that one thread updates at a time.
const CHUNK: usize = 1024;

impl Adam {
    fn new() -> Self {
        let rows = || Array2::zeros((ROWS, DIMENSIONS));
        Self {
            rate: 0.0,
            steps: 0,
            rows: [rows(), rows()],
            weights: [vec![0.0; ROWS], vec![0.0; ROWS]],
            temperature: [0.0; 2],
        }
    }

    /// Moves `value` against `gradient`.
    fn update(rate: f32, correction: [f32; 2], value: &mut f32, gradient: f32, first: &mut f32, second: &mut f32) {
        *first = DECAY[0] * *first + (1.0 - DECAY[0]) * gradient;
        *second = DECAY[1] * *second + (1.0 - DECAY[1]) * gradient * gradient;
        *value -= rate * (*first / correction[0]) / ((*second / correction[1]).sqrt() + 1e-8);
    }
}

/// A row, the side and the name that has it as a feature, and what the feature counts for.
type Touch = (usize, usize, usize, f32);

/// One side of a batch: the features of each name, its sum's length, and its vector.
struct Side {
    features: Vec<Vec<Feature>>,
    lengths: Vec<f32>,
    vectors: Array2<f32>,
}

impl Table {
    fn new(weights: Vec<f32>) -> Self {
        let deviation = (DIMENSIONS as f32).sqrt().recip();
        let seen: Vec<bool> = weights.iter().map(|&weight| weight > 0.0).collect();
        let mut rows = Array2::zeros((ROWS, DIMENSIONS));
        // Rows that no name has stay zeros: a small ontology has few others, and is done at once.
        for (at, mut row) in rows.axis_iter_mut(Axis(0)).enumerate().filter(|(at, _)| seen[*at]) {
            let mut random = Random::new(ngram::SEED.wrapping_add(at as u64));
            row.mapv_inplace(|_: f32| random.normal() * deviation);
        }
        Self { rows, weights, seen, temperature: 20.0 }
    }

    fn side<'a>(&self, names: impl Iterator<Item = &'a str>, options: &Options, random: &mut Random) -> Side {
        let seeded: Vec<(&str, Random)> = names.map(|name| (name, random.fork())).collect();
        let mut features: Vec<Vec<Feature>> = Vec::with_capacity(seeded.len());
        seeded
            .into_par_iter()
            .map(|(name, mut random)| {
                let name = if random.unit() < options.typing_errors {
                    typing_error(name, &mut random)
                } else {
                    name.to_owned()
                };
                let mut features = ngram::features(&name);
                features.retain(|feature| self.seen[feature.row] && random.unit() >= options.dropout);
                features
            })
            .collect_into_vec(&mut features);
        let mut vectors = Array2::zeros((features.len(), DIMENSIONS));
        let mut lengths = vec![0.0; features.len()];
        vectors.axis_iter_mut(Axis(0)).into_par_iter().zip(&features).zip(&mut lengths).for_each(
            |((mut vector, features), length)| {
                for feature in features {
                    vector.scaled_add(self.weights[feature.row] * feature.emphasis, &self.rows.row(feature.row));
                }
                *length = vector.dot(&vector).sqrt().max(1e-6);
                vector /= *length;
            },
        );
        Side { features, lengths, vectors }
    }

    /// One step of Adam on a batch; returns its mean loss.
    fn step(&mut self, batch: &[Pair<'_>], options: &Options, random: &mut Random, state: &mut Adam) -> f32 {
        let left = self.side(batch.iter().map(|pair| pair.left), options, random);
        let right = self.side(batch.iter().map(|pair| pair.right), options, random);
        let (loss, mut gradient, cosines) = self.info_nce(batch, &left.vectors, &right.vectors);
        let temperature_gradient = (&gradient * &cosines).sum();
        gradient *= self.temperature;
        let left_gradient = product(&gradient.view(), &right.vectors.view());
        let right_gradient = product(&gradient.t(), &left.vectors.view());
        self.apply(&[(left, left_gradient), (right, right_gradient)], temperature_gradient, state);
        loss
    }

    /// The loss, its gradient by the scaled cosines, and the cosines.
    fn info_nce(&self, batch: &[Pair<'_>], left: &Array2<f32>, right: &Array2<f32>) -> (f32, Array2<f32>, Array2<f32>) {
        let count = batch.len();
        let cosines = product(&left.view(), &right.t());
        // A cosine is at most 1, so no exponent is positive.
        let mut shares = cosines.mapv(|_| 0.0);
        shares.axis_iter_mut(Axis(0)).into_par_iter().enumerate().for_each(|(row, mut shares)| {
            for (column, share) in shares.iter_mut().enumerate() {
                let same = row != column
                    && (batch[row].concept == batch[column].concept
                        || batch[row].left == batch[column].right
                        || batch[row].right == batch[column].left);
                *share = if same { 0.0 } else { (self.temperature * (cosines[(row, column)] - 1.0)).exp() };
            }
        });
        // A name of which nothing is left has cosine 0 with all: at a high temperature its sum could vanish.
        let rows = shares.sum_axis(Axis(1)).mapv(|sum| sum.max(1e-30));
        let columns = shares.sum_axis(Axis(0)).mapv(|sum| sum.max(1e-30));
        let mut loss = 0.0;
        for at in 0..count {
            let right_share = shares[(at, at)].max(1e-30);
            loss -= f32::midpoint((right_share / rows[at]).ln(), (right_share / columns[at]).ln());
        }
        let scale = 0.5 / count as f32;
        shares.axis_iter_mut(Axis(0)).into_par_iter().enumerate().for_each(|(row, mut shares)| {
            for (column, share) in shares.iter_mut().enumerate() {
                *share = *share * (1.0 / rows[row] + 1.0 / columns[column]) * scale;
            }
            shares[row] -= 2.0 * scale;
        });
        (loss / count as f32, shares, cosines)
    }

    /// Carries the gradient of the vectors back to rows and weights, and takes the step.
    fn apply(&mut self, sides: &[(Side, Array2<f32>)], temperature_gradient: f32, state: &mut Adam) {
        // Gradients of the sums: what of the vectors' gradients does not only change their length.
        let mut sums = Vec::with_capacity(sides.len());
        for (side, gradient) in sides {
            let mut sum = gradient.clone();
            sum.axis_iter_mut(Axis(0)).into_par_iter().enumerate().for_each(|(name, mut sum)| {
                let vector = side.vectors.row(name);
                let along = sum.dot(&vector);
                sum.scaled_add(-along, &vector);
                sum /= side.lengths[name];
            });
            sums.push(sum);
        }
        let mut touched: Vec<Touch> = Vec::new();
        for (which, (side, _)) in sides.iter().enumerate() {
            for (name, features) in side.features.iter().enumerate() {
                touched.extend(features.iter().map(|feature| (feature.row, which, name, feature.emphasis)));
            }
        }
        touched.par_sort_unstable_by_key(|&(row, which, name, emphasis)| (row, which, name, emphasis.to_bits()));
        state.steps += 1;
        let correction = DECAY.map(|decay| 1.0 - decay.powi(state.steps));
        let rate = state.rate;
        let [first, second] = &mut state.temperature;
        Adam::update(rate * 10.0, correction, &mut self.temperature, temperature_gradient, first, second);
        self.temperature = self.temperature.clamp(1.0, 100.0);

        // Every chunk of the table sees its own part of what was touched, in order, whichever thread works on it.
        let [first_weights, second_weights] = &mut state.weights;
        let [first_rows, second_rows] = &mut state.rows;
        let wide = CHUNK * DIMENSIONS;
        let rows = self.rows.as_slice_mut().expect("made in standard layout").par_chunks_mut(wide);
        let first = first_rows.as_slice_mut().expect("made in standard layout").par_chunks_mut(wide);
        let second = second_rows.as_slice_mut().expect("made in standard layout").par_chunks_mut(wide);
        let weights = self.weights.par_chunks_mut(CHUNK);
        let weight_moments = first_weights.par_chunks_mut(CHUNK).zip(second_weights.par_chunks_mut(CHUNK));
        rows.zip(first.zip(second)).zip(weights.zip(weight_moments)).enumerate().for_each(
            |(chunk, ((rows, (first, second)), (weights, (first_weights, second_weights))))| {
                let start = chunk * CHUNK;
                let from = touched.partition_point(|touch| touch.0 < start);
                let to = touched.partition_point(|touch| touch.0 < start + CHUNK);
                let mut sum = [0.0_f32; DIMENSIONS];
                for group in touched[from..to].chunk_by(|left, right| left.0 == right.0) {
                    let at = group[0].0 - start;
                    let wide = at * DIMENSIONS..(at + 1) * DIMENSIONS;
                    sum.fill(0.0);
                    for &(_, which, name, emphasis) in group {
                        let gradient = sums[which].row(name).to_slice().expect("a row of standard layout");
                        sum.iter_mut().zip(gradient).for_each(|(sum, value)| *sum += emphasis * value);
                    }
                    let row = &mut rows[wide.clone()];
                    let weight = sum.iter().zip(row.iter()).map(|(left, right)| left * right).sum();
                    let moments = first[wide.clone()].iter_mut().zip(&mut second[wide]);
                    for ((value, gradient), (first, second)) in row.iter_mut().zip(&sum).zip(moments) {
                        Adam::update(rate, correction, value, gradient * weights[at], first, second);
                    }
                    let moments = (&mut first_weights[at], &mut second_weights[at]);
                    Adam::update(rate, correction, &mut weights[at], weight, moments.0, moments.1);
                }
            },
        );
    }

    fn write(&self, path: &Path) -> Result<(), Error> {
        ngram::write(self.rows.as_slice().expect("made in standard layout"), &self.weights, path)
    }
}

/// A matrix product whose rows are computed in blocks of fixed size, so that threads do not change the sums.
fn product(left: &ArrayView2<'_, f32>, right: &ArrayView2<'_, f32>) -> Array2<f32> {
    const BLOCK: usize = 128;
    let mut result = Array2::zeros((left.nrows(), right.ncols()));
    result.axis_chunks_iter_mut(Axis(0), BLOCK).into_par_iter().enumerate().for_each(|(block, mut result)| {
        let rows = left.slice(s![block * BLOCK..(block * BLOCK + result.nrows()), ..]);
        general_mat_mul(1.0, &rows, right, 0.0, &mut result);
    });
    result
}

/// The name with one letter dropped, doubled, swapped with the next or replaced.
fn typing_error(name: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let places: Vec<usize> = (0..letters.len()).filter(|&at| letters[at].is_alphabetic()).collect();
    if places.len() < 4 {
        return name.to_owned();
    }
    let at = places[random.below(places.len())];
    match random.below(4) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, letters[at]),
        2 if at + 1 < letters.len() => letters.swap(at, at + 1),
        _ => letters[at] = ('a'..='z').nth(random.below(26)).unwrap_or('a'),
    }
    text::normal_form(&letters.into_iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::ngram::NgramEmbedder;
    use super::*;

    const CONCEPTS: [&[&str]; 6] = [
        &["nosebleed", "epistaxis"],
        &["heart attack", "myocardial infarction"],
        &["seizure", "epileptic fit"],
        &["small hand", "short hand"],
        &["large hand", "big hand", "enlarged hand"],
        &["fever"],
    ];

    fn learn(concepts: &[&[&str]], options: &Options) -> (Option<Outcome>, NgramEmbedder) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.safetensors");
        let concepts: Vec<Vec<&str>> = concepts.iter().map(|names| names.to_vec()).collect();
        let outcome = train(&concepts, options, &path, &|_, _| {}).unwrap();
        (outcome, NgramEmbedder::open(&path).unwrap())
    }

    fn cosine(embedder: &NgramEmbedder, left: &str, right: &str) -> f32 {
        embedder.vector(left).iter().zip(embedder.vector(right)).map(|(left, right)| left * right).sum()
    }

    #[test]
    fn synonyms_that_share_no_letters_come_near_and_others_stay_apart() {
        let (outcome, learnt) = learn(&CONCEPTS, &Options { epochs: 60, ..Options::default() });
        let (_, untrained) = learn(&CONCEPTS, &Options { epochs: 0, ..Options::default() });
        assert!(outcome.is_some_and(|outcome| outcome.loss < 1.0), "{outcome:?}");
        assert!(cosine(&untrained, "nosebleed", "epistaxis") < 0.3);
        assert!(cosine(&learnt, "nosebleed", "epistaxis") > 0.6);
        assert!(cosine(&learnt, "nosebleed", "myocardial infarction") < 0.3);
    }

    #[test]
    fn an_ontology_without_synonyms_teaches_nothing_and_still_has_a_table() {
        let (outcome, table) = learn(&[&["fever"], &["cough"]], &Options::default());
        assert_eq!(outcome, None);
        assert!(cosine(&table, "fever", "fevers") > 0.5);
    }

    #[test]
    fn the_number_of_threads_does_not_change_the_table() {
        let vector = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| learn(&CONCEPTS, &Options::default()).1.vector("big nosebleed"))
        };
        assert_eq!(vector(1), vector(3));
    }

    #[test]
    fn a_typing_error_changes_one_place_and_spares_short_names() {
        let mut random = Random::new(7);
        for _ in 0..50 {
            assert_ne!(typing_error("epistaxis", &mut random), "");
        }
        assert_eq!(typing_error("abc", &mut random), "abc");
    }
}

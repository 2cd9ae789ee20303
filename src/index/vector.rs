//! Nearest neighbours among the vectors of the forms: one int8 code each, the best looked at again in half precision.
//!
//! An int8 code is the vector scaled so that its largest component is 127; cosines do not mind the scale. Either every
//! code is compared (exact), or the graph leads to the near ones ([`super::graph`]).

#![expect(
    clippy::cast_possible_truncation,
    reason = "positions are 32 bits wide; Names::write refuses more names than that"
)]

use std::collections::BinaryHeap;
use std::path::Path;

use half::f16;
use half::slice::HalfFloatSliceExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use simsimd::SpatialSimilarity;

use super::graph::{Graph, GraphParameters};
use super::{Error, Hit, Subset};
use crate::arrays::{Array, Arrays, Writer};

/// How nearest neighbours are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VectorKind {
    /// A hierarchical navigable small world graph: fast at any size, finds nearly all.
    Hnsw,
    /// A scan of all codes: finds all, its time grows with their number.
    Exact,
}

/// At least this many of the nearest codes are looked at again with more bits.
const SECOND_LOOK: usize = 40;

/// The files of one encoder's vectors in an index folder.
pub(super) struct Files {
    vectors: &'static str,
    graph: &'static str,
}

/// Those of the encoder that every index has.
pub(super) const MAIN: Files = Files { vectors: "vectors.safetensors", graph: "graph.safetensors" };
/// Those of the one beside it.
pub(super) const DENSE: Files = Files { vectors: "dense.safetensors", graph: "dense_graph.safetensors" };

/// The opened vectors.
pub struct VectorIndex {
    codes: Array<i8>,
    inverse_norms: Array<f32>,
    halves: Array<f16>,
    graph: Option<Graph>,
}

/// The vectors of all forms while an index is built.
pub(super) struct Codes {
    dimensions: usize,
    rows: Vec<i8>,
    inverse_norms: Vec<f32>,
    halves: Vec<f16>,
}

impl Codes {
    pub(super) fn new(dimensions: usize) -> Self {
        Self { dimensions, rows: Vec::new(), inverse_norms: Vec::new(), halves: Vec::new() }
    }

    /// Adds the vector of the next form.
    pub(super) fn push(&mut self, vector: &[f32]) {
        let (code, inverse_norm) = quantize(vector);
        self.rows.extend_from_slice(&code);
        self.inverse_norms.push(inverse_norm);
        let at = self.halves.len();
        self.halves.resize(at + vector.len(), f16::ZERO);
        self.halves[at..].convert_from_f32_slice(vector);
    }

    fn append(&mut self, mut other: Self) {
        self.rows.append(&mut other.rows);
        self.inverse_norms.append(&mut other.inverse_norms);
        self.halves.append(&mut other.halves);
    }

    fn len(&self) -> usize {
        self.inverse_norms.len()
    }

    /// Adds the codes alone, without the half-precision vectors.
    pub(super) fn write_coarse(&self, writer: &mut Writer) {
        writer.rows("codes", &self.rows, self.dimensions);
        writer.numbers("inverse_norms", &self.inverse_norms);
    }
}

/// The int8 code of a vector and 1 over the code's length; (zeros, 0) of a vector of zeros.
pub(super) fn quantize(vector: &[f32]) -> (Vec<i8>, f32) {
    let largest = vector.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    if largest <= 0.0 || !largest.is_finite() {
        return (vec![0; vector.len()], 0.0);
    }
    #[expect(clippy::cast_possible_truncation, reason = "scaled to at most 127 before")]
    let code: Vec<i8> = vector.iter().map(|value| (value * 127.0 / largest).round() as i8).collect();
    let squares: f32 = code.iter().map(|&value| f32::from(value).powi(2)).sum();
    (code, squares.sqrt().recip())
}

/// The product of two codes; times both inverse norms, it is their cosine.
pub(super) fn product(left: &[i8], right: &[i8]) -> f32 {
    <i8 as SpatialSimilarity>::dot(left, right).map_or(0.0, |dot| dot as f32)
}

/// A mention's vector, ready to be compared.
pub struct Query {
    vector: Vec<f32>,
    code: Vec<i8>,
    inverse_norm: f32,
}

impl VectorIndex {
    /// Writes the vectors, and the graph where one is asked for, into `folder` and opens them.
    pub(super) fn build(
        codes: &Codes,
        graph: Option<&GraphParameters>,
        folder: &Path,
        files: &Files,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, Error> {
        let mut writer = Writer::default();
        codes.write_coarse(&mut writer);
        writer.rows("halves", &codes.halves, codes.dimensions);
        writer.write(&folder.join(files.vectors))?;
        drop(writer);
        if let Some(parameters) = graph {
            let rows = codes.rows.chunks_exact(codes.dimensions).zip(codes.inverse_norms.iter().copied());
            Graph::build(rows, parameters, &folder.join(files.graph), progress)?;
        }
        Self::open(folder, files, graph)
    }

    /// Opens what [`VectorIndex::build`] wrote.
    pub(super) fn open(folder: &Path, files: &Files, graph: Option<&GraphParameters>) -> Result<Self, Error> {
        let arrays = Arrays::open(&folder.join(files.vectors))?;
        let opened = Self {
            codes: arrays.numbers("codes")?,
            inverse_norms: arrays.numbers("inverse_norms")?,
            halves: arrays.numbers("halves")?,
            graph: graph.map(|parameters| Graph::open(&folder.join(files.graph), parameters)).transpose()?,
        };
        Ok(opened)
    }

    /// How many vectors there are.
    pub fn len(&self) -> usize {
        self.inverse_norms.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes a vector of length 1 ready to be compared with many.
    pub fn query(&self, vector: Vec<f32>) -> Query {
        let (code, inverse_norm) = quantize(&vector);
        Query { vector, code, inverse_norm }
    }

    /// The `limit` forms whose vectors have the highest cosine with the query's, best first, ties by position.
    ///
    /// With a subset, or without a graph, every code inside is compared.
    pub fn search(&self, query: &Query, limit: usize, subset: Option<&Subset>) -> Vec<Hit> {
        match (&self.graph, subset) {
            (Some(graph), None) => {
                let wanted = limit.max(SECOND_LOOK);
                self.second_look(query, graph.search(wanted, |form| self.coarse(query, form)), limit)
            }
            _ => self.scan(query, limit, subset),
        }
    }

    /// The same without the graph: the yardstick of the search with it.
    pub fn scan(&self, query: &Query, limit: usize, subset: Option<&Subset>) -> Vec<Hit> {
        let near = self.nearest_codes(query, limit.max(SECOND_LOOK), subset);
        self.second_look(query, near, limit)
    }

    /// The cosine of the query's vector and a form's.
    pub fn cosine(&self, query: &Query, form: u32) -> f32 {
        let mut row = [0.0_f32; 1024];
        let halves = self.halves.row(form as usize);
        let parts = halves.chunks(row.len()).zip(query.vector.chunks(row.len()));
        parts
            .map(|(halves, vector)| {
                let row = &mut row[..halves.len()];
                halves.convert_to_f32_slice(row);
                <f32 as SpatialSimilarity>::dot(vector, row).map_or(0.0, |dot| dot as f32)
            })
            .sum()
    }

    fn second_look(&self, query: &Query, near: Vec<Hit>, limit: usize) -> Vec<Hit> {
        // A vector of zeros is near nothing.
        if query.inverse_norm <= 0.0 {
            return Vec::new();
        }
        let mut hits: Vec<Hit> =
            near.into_iter().map(|hit| Hit { score: self.cosine(query, hit.form), ..hit }).collect();
        hits.sort_by(Hit::best_first);
        hits.truncate(limit);
        hits
    }

    fn nearest_codes(&self, query: &Query, wanted: usize, subset: Option<&Subset>) -> Vec<Hit> {
        let mut best: BinaryHeap<std::cmp::Reverse<Hit>> = BinaryHeap::with_capacity(wanted + 1);
        for form in 0..self.len() as u32 {
            if subset.is_some_and(|subset| !subset.has_form(form)) {
                continue;
            }
            let score = self.coarse(query, form);
            if best.len() < wanted {
                best.push(std::cmp::Reverse(Hit { form, score }));
            } else if best.peek().is_some_and(|worst| score > worst.0.score) {
                best.pop();
                best.push(std::cmp::Reverse(Hit { form, score }));
            }
        }
        best.into_iter().map(|hit| hit.0).collect()
    }

    /// The cosine of the codes.
    fn coarse(&self, query: &Query, form: u32) -> f32 {
        product(&query.code, self.codes.row(form as usize)) * self.inverse_norms[form as usize] * query.inverse_norm
    }
}

/// The vectors of many texts, on all cores, in order.
pub(super) fn encode(
    forms: &[&str],
    embedder: &dyn crate::embed::Embedder,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Codes, Error> {
    const BATCH: usize = 1024;
    let done = std::sync::atomic::AtomicUsize::new(0);
    let batches: Vec<Codes> = forms
        .par_chunks(BATCH)
        .map(|batch| {
            let mut codes = Codes::new(embedder.dimensions());
            for vector in embedder.embed(batch)? {
                codes.push(&vector);
            }
            progress(done.fetch_add(batch.len(), std::sync::atomic::Ordering::Relaxed) + batch.len());
            Ok(codes)
        })
        .collect::<Result<_, crate::embed::Error>>()?;
    let mut codes = Codes::new(embedder.dimensions());
    for batch in batches {
        codes.append(batch);
    }
    debug_assert_eq!(codes.len(), forms.len());
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unit vectors that are neither random nor regular: a low-discrepancy walk.
    fn vectors(count: usize, dimensions: usize) -> Vec<Vec<f32>> {
        (0..count)
            .map(|row| {
                let mut vector: Vec<f32> =
                    (0..dimensions).map(|at| ((row * (at + 3)) as f32 * 0.618_034 + (at as f32)).sin()).collect();
                crate::embed::scale_to_unit(&mut vector);
                vector
            })
            .collect()
    }

    fn index(vectors: &[Vec<f32>], graph: Option<&GraphParameters>) -> (tempfile::TempDir, VectorIndex) {
        let folder = tempfile::tempdir().unwrap();
        let mut codes = Codes::new(vectors[0].len());
        for vector in vectors {
            codes.push(vector);
        }
        let index = VectorIndex::build(&codes, graph, folder.path(), &MAIN, &|_| {}).unwrap();
        (folder, index)
    }

    #[test]
    fn the_nearest_of_a_row_is_the_row_itself() {
        let vectors = vectors(500, 32);
        let (_folder, index) = index(&vectors, None);
        for (row, vector) in vectors.iter().enumerate() {
            let hits = index.search(&index.query(vector.clone()), 1, None);
            assert!((hits[0].score - 1.0).abs() < 1e-2, "{hits:?}");
            assert!(
                hits[0].form as usize == row || index.search(&index.query(vector.clone()), 5, None)[1].score > 0.999
            );
        }
    }

    #[test]
    fn the_graph_finds_what_the_scan_finds() {
        let vectors = vectors(2000, 32);
        let parameters = GraphParameters { deterministic: true, ..GraphParameters::default() };
        let (_folder, index) = index(&vectors, Some(&parameters));
        let (mut found, mut wanted) = (0, 0);
        for vector in vectors.iter().step_by(20) {
            let exact = index.scan(&index.query(vector.clone()), 10, None);
            let near = index.search(&index.query(vector.clone()), 10, None);
            wanted += exact.len();
            found += exact.iter().filter(|hit| near.iter().any(|other| other.form == hit.form)).count();
        }
        assert!(found * 100 >= wanted * 98, "{found} of {wanted}");
    }

    #[test]
    fn a_vector_of_zeros_has_no_neighbours_and_is_nobodys() {
        let mut vectors = vectors(50, 16);
        vectors[7] = vec![0.0; 16];
        let (_folder, index) = index(&vectors, None);
        assert!(index.search(&index.query(vectors[7].clone()), 5, None).is_empty());
        assert!(index.search(&index.query(vectors[8].clone()), 5, None).iter().all(|hit| hit.form != 7));
    }
}

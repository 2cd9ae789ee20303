//! A hierarchical navigable small world graph (Malkov and Yashunin 2018): built by `hnsw_rs`, which no other file
//! names, then written as plain arrays and searched there.
//!
//! `hnsw_rs` reads its own files into memory, trusts their lengths and ends the process on a bad one. The arrays are
//! mapped instead: opening costs no time at any size, and nothing but a verified file is ever searched.

#![expect(
    clippy::cast_possible_truncation,
    reason = "positions are 32 bits wide; Names::write refuses more names than that"
)]

use std::collections::BinaryHeap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use hnsw_rs::prelude::{Distance, Hnsw};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::vector::product;
use super::{Error, Hit};
use crate::arrays::{Array, Arrays, Writer};

/// How the graph is built and searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphParameters {
    /// Neighbours a node keeps in the upper layers; twice as many in the lowest.
    pub neighbours: usize,
    /// Nodes kept in sight while a node is inserted.
    pub ef_construction: usize,
    /// Nodes kept in sight while searching.
    pub ef_search: usize,
    /// Inserted one after the other, so that the same vectors give the same graph.
    pub deterministic: bool,
}

impl Default for GraphParameters {
    fn default() -> Self {
        Self { neighbours: 16, ef_construction: 100, ef_search: 150, deterministic: false }
    }
}

const MAX_LAYERS: usize = 16;

/// The opened graph.
pub(super) struct Graph {
    layers: Vec<Layer>,
    entry: u32,
    ef_search: usize,
}

/// One layer: its nodes, sorted (none listed where it holds all), and the neighbours of each.
struct Layer {
    nodes: Array<u32>,
    starts: Array<u32>,
    neighbours: Array<u32>,
}

impl Layer {
    fn neighbours(&self, node: u32) -> &[u32] {
        let slot = if self.nodes.is_empty() { Some(node as usize) } else { self.nodes.binary_search(&node).ok() };
        slot.and_then(|slot| self.neighbours.get(self.starts[slot] as usize..self.starts[slot + 1] as usize))
            .unwrap_or(&[])
    }
}

/// 1 - cosine of two int8 codes, each followed by the four bytes of its inverse length: `hnsw_rs` shows a distance the
/// two slices and nothing else, and computing their lengths again each time would take twice as long.
struct CosineDistance;

/// A code as [`CosineDistance`] wants it.
fn with_inverse_norm(code: &[i8], inverse_norm: f32) -> Vec<i8> {
    code.iter().copied().chain(inverse_norm.to_ne_bytes().map(u8::cast_signed)).collect()
}

impl Distance<i8> for CosineDistance {
    fn eval(&self, left: &[i8], right: &[i8]) -> f32 {
        let (Some((left, left_norm)), Some((right, right_norm))) = (left.split_last_chunk(), right.split_last_chunk())
        else {
            return 1.0;
        };
        let inverse_norm = |bytes: &[i8; 4]| f32::from_ne_bytes(bytes.map(i8::cast_unsigned));
        (1.0 - product(left, right) * inverse_norm(left_norm) * inverse_norm(right_norm)).max(0.0)
    }
}

impl Graph {
    /// Builds the graph of `codes`, each with its inverse length, and writes it to `path`.
    pub(super) fn build<'a>(
        codes: impl Iterator<Item = (&'a [i8], f32)>,
        parameters: &GraphParameters,
        path: &Path,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<(), Error> {
        let rows: Vec<Vec<i8>> = codes.map(|(code, inverse_norm)| with_inverse_norm(code, inverse_norm)).collect();
        let hnsw: Hnsw<'_, i8, CosineDistance> =
            Hnsw::new(parameters.neighbours, rows.len().max(1), MAX_LAYERS, parameters.ef_construction, CosineDistance);
        let done = AtomicUsize::new(0);
        let insert = |(position, row): (usize, &Vec<i8>)| {
            hnsw.insert_slice((row, position));
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        };
        if parameters.deterministic {
            rows.iter().enumerate().for_each(insert);
        } else {
            // The first nodes one by one: threads that start on an empty graph would each found their own.
            let serial = rows.len().min(1000);
            rows[..serial].iter().enumerate().for_each(insert);
            rows[serial..].par_iter().enumerate().for_each(|(at, row)| insert((serial + at, row)));
        }
        write(&hnsw, rows.len(), path)
    }

    /// Opens what [`Graph::build`] wrote.
    pub(super) fn open(path: &Path, parameters: &GraphParameters) -> Result<Self, Error> {
        let arrays = Arrays::open(path)?;
        let header: Array<u32> = arrays.numbers("header")?;
        let &[layers, entry] = &header[..] else {
            return Err(Error::Inconsistent { path: path.to_owned() });
        };
        let layers = (0..layers)
            .map(|layer| {
                Ok(Layer {
                    nodes: arrays.numbers(&format!("{layer}.nodes"))?,
                    starts: arrays.numbers(&format!("{layer}.starts"))?,
                    neighbours: arrays.numbers(&format!("{layer}.neighbours"))?,
                })
            })
            .collect::<Result<_, crate::arrays::Error>>()?;
        Ok(Self { layers, entry, ef_search: parameters.ef_search })
    }

    /// The `wanted` nodes nearest to what `similarity` measures, in no order.
    pub(super) fn search(&self, wanted: usize, similarity: impl Fn(u32) -> f32) -> Vec<Hit> {
        let Some((lowest, upper)) = self.layers.split_first() else { return Vec::new() };
        let mut nearest = Hit { form: self.entry, score: similarity(self.entry) };
        for layer in upper.iter().rev() {
            loop {
                let better = layer
                    .neighbours(nearest.form)
                    .iter()
                    .map(|&form| Hit { form, score: similarity(form) })
                    .max()
                    .filter(|hit| hit.score > nearest.score);
                match better {
                    Some(hit) => nearest = hit,
                    None => break,
                }
            }
        }
        let ef = self.ef_search.max(wanted);
        let mut seen = vec![0_u64; lowest.starts.len().div_ceil(64)];
        let mut first_seen = |form: u32| {
            let (word, bit) = (form as usize / 64, 1_u64 << (form % 64));
            let fresh = seen[word] & bit == 0;
            seen[word] |= bit;
            fresh
        };
        first_seen(nearest.form);
        let mut open = BinaryHeap::from([nearest]);
        let mut best = BinaryHeap::from([std::cmp::Reverse(nearest)]);
        while let Some(hit) = open.pop() {
            if best.len() >= ef && best.peek().is_some_and(|worst| hit.score < worst.0.score) {
                break;
            }
            for &form in lowest.neighbours(hit.form) {
                if !first_seen(form) {
                    continue;
                }
                let near = Hit { form, score: similarity(form) };
                if best.len() < ef || best.peek().is_some_and(|worst| near.score > worst.0.score) {
                    open.push(near);
                    best.push(std::cmp::Reverse(near));
                    if best.len() > ef {
                        best.pop();
                    }
                }
            }
        }
        let mut best: Vec<Hit> = best.into_iter().map(|hit| hit.0).collect();
        best.sort_by(Hit::best_first);
        best.truncate(wanted);
        best
    }
}

/// Writes the layers of a built graph as arrays.
fn write(hnsw: &Hnsw<'_, i8, CosineDistance>, nodes: usize, path: &Path) -> Result<(), Error> {
    let points = hnsw.get_point_indexation();
    let mut lists: Vec<Vec<Vec<u32>>> = vec![Vec::new(); nodes];
    let mut entry = (0, 0_u32);
    if nodes > 0 {
        for point in points {
            let level = usize::from(point.get_point_id().0);
            let node = point.get_origin_id();
            let neighbours = point.get_neighborhood_id();
            lists[node] = neighbours
                .into_iter()
                .take(level + 1)
                .map(|layer| layer.into_iter().map(|neighbour| neighbour.d_id as u32).collect())
                .collect();
            entry = entry.max((level + 1, node as u32));
        }
    }
    let layers = entry.0;
    let mut writer = Writer::default();
    for layer in 0..layers {
        let members: Vec<u32> = (0..nodes as u32).filter(|&node| lists[node as usize].len() > layer).collect();
        let (mut starts, mut neighbours) = (vec![0_u32], Vec::new());
        for &node in &members {
            neighbours.extend_from_slice(&lists[node as usize][layer]);
            starts.push(neighbours.len() as u32);
        }
        writer.numbers(&format!("{layer}.nodes"), if layer == 0 { &[] } else { &members[..] });
        writer.numbers(&format!("{layer}.starts"), &starts);
        writer.numbers(&format!("{layer}.neighbours"), &neighbours);
    }
    writer.numbers("header", &[layers as u32, entry.1]);
    Ok(writer.write(path)?)
}

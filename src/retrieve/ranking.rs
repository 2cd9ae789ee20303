//! From hits of several channels to one order: pure functions.

/// The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).
const RRF_K: f32 = 60.0;

/// Reciprocal rank fusion: the sum of `weight / (60 + rank)` over the channels that found it.
pub(super) fn fused(ranks: impl IntoIterator<Item = (f32, Option<u32>)>) -> f32 {
    ranks.into_iter().filter_map(|(weight, rank)| rank.map(|rank| weight / (RRF_K + rank as f32))).sum()
}

//! Asks the exact, the lexical and the vector channel for the forms that a mention may be.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Error, Ranks, Scores};
use crate::embed::{Embedder, Encoders};
use crate::index::{Hit, MentionWord, Parts, Query, Subset};
use crate::text;

/// One way to find forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Equal normal forms, then equal keys.
    Exact,
    /// BM25.
    Lexical,
    /// Nearest vectors.
    Vector,
    /// Nearest vectors of the dense encoder, in an index that has one.
    Dense,
}

/// What the channels found of one form.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Found {
    pub ranks: Ranks,
    pub scores: Scores,
}

/// What is searched, and what turns a mention into what it is searched with.
#[derive(Clone)]
pub(super) struct Channels {
    pub parts: Arc<Parts>,
    pub encoders: Encoders,
}

/// What a search is limited to.
#[derive(Clone, Copy, Default)]
pub(super) struct Limits<'a> {
    /// This channel alone.
    pub only: Option<Channel>,
    /// Forms of these concepts alone.
    pub subset: Option<&'a Arc<Subset>>,
    /// Not these forms, as if they were not in the index: sorted.
    pub without: &'a [u32],
}

/// A mention in the shapes that the channels are asked in.
pub(super) struct Asked<'a> {
    /// Its normal form.
    pub form: &'a str,
    /// Its words.
    pub words: Vec<MentionWord>,
    /// The form with its typing errors corrected, where it has any.
    corrected: Option<String>,
    /// The vectors of the form and of the corrected form.
    vectors: Vec<Query>,
    /// The same by the dense encoder, where there is one.
    dense: Vec<Query>,
}

impl Asked<'_> {
    /// The form as it is, and corrected.
    fn forms(&self) -> impl Iterator<Item = &str> {
        [Some(self.form), self.corrected.as_deref()].into_iter().flatten()
    }
}

impl Channels {
    /// Puts normal forms into the shapes that the channels are asked in; the encoders see all of them at once, and
    /// nothing where their channel is not asked.
    pub(super) fn prepare<'a>(&self, forms: &[&'a str], only: Option<Channel>) -> Result<Vec<Asked<'a>>, Error> {
        let asks = |channel| only.is_none_or(|only| only == channel);
        let known = self.parts.words();
        let vector = |stem: &str| self.parts.table().vector(stem);
        let asked = |&form: &&'a str| {
            let words: Vec<MentionWord> =
                text::stems(form).iter().map(|stem| known.mention_word(stem, &vector(stem))).collect();
            let corrected = words.iter().any(|word| word.meant.is_some()).then(|| self.corrected(form, &words));
            Asked { form, words, corrected, vectors: Vec::new(), dense: Vec::new() }
        };
        let mut all: Vec<Asked<'a>> = forms.iter().map(asked).collect();
        let texts: Vec<&str> = all.iter().flat_map(Asked::forms).collect();
        let embedded = |encoder: Option<&Arc<dyn Embedder>>, channel| match encoder.filter(|_| asks(channel)) {
            Some(encoder) => encoder.embed(&texts),
            None => Ok(Vec::new()),
        };
        let mut vectors = embedded(Some(&self.encoders.main), Channel::Vector)?.into_iter();
        let mut dense = embedded(self.encoders.beside.as_ref(), Channel::Dense)?.into_iter();
        for asked in &mut all {
            let count = asked.forms().count();
            asked.vectors = vectors.by_ref().take(count).map(|vector| self.parts.vector().query(vector)).collect();
            if let Some(index) = self.parts.dense() {
                asked.dense = dense.by_ref().take(count).map(|vector| index.query(vector)).collect();
            }
        }
        Ok(all)
    }

    /// The form with each word that looks like a typing error replaced by the word that was probably meant.
    fn corrected(&self, form: &str, words: &[MentionWord]) -> String {
        // The mention's words are those of the form that are no stop words, in their order.
        let mut words = words.iter();
        let corrected = form.split(' ').map(|word| {
            if text::is_stop_word(word) {
                return word;
            }
            let meant = words.next().and_then(|mention| mention.meant);
            meant.map_or(word, |meant| self.parts.words().word(meant))
        });
        corrected.collect::<Vec<_>>().join(" ")
    }

    /// Every form the channels find, at least `depth` from each where there are so many.
    pub(super) fn find(
        &self,
        asked: &Asked<'_>,
        depth: usize,
        limits: Limits<'_>,
    ) -> Result<BTreeMap<u32, Found>, Error> {
        let asks = |channel| limits.only.is_none_or(|only| only == channel);
        let depth = depth + limits.without.len();
        let subset = limits.subset.map(Arc::as_ref);
        let mut found: BTreeMap<u32, Found> = BTreeMap::new();
        if asks(Channel::Exact) {
            let names = self.parts.names();
            let equal = names.form_of(asked.form);
            for other in names.forms_of_key(&text::key(asked.form)) {
                found.entry(other).or_default().ranks.exact = Some(if Some(other) == equal { 1 } else { 2 });
            }
        }
        if asks(Channel::Lexical) {
            // A word with a typing error shares few trigrams with what was meant; the vectors look for both.
            let form = asked.corrected.as_deref().unwrap_or(asked.form);
            let hits = self.parts.lexical().search(form, depth, limits.subset)?;
            note(&mut found, hits, |found| (&mut found.ranks.lexical, &mut found.scores.lexical));
        }
        if asks(Channel::Vector) {
            let vectors = self.parts.vector();
            for query in &asked.vectors {
                let hits = vectors.search(query, depth, subset);
                note(&mut found, hits, |found| (&mut found.ranks.vector, &mut found.scores.vector));
            }
        }
        if let Some(dense) = self.parts.dense().filter(|_| asks(Channel::Dense)) {
            for query in &asked.dense {
                let hits = dense.search(query, depth, subset);
                note(&mut found, hits, |found| (&mut found.ranks.dense, &mut found.scores.dense));
            }
        }
        for (&form, found) in &mut found {
            if asks(Channel::Vector) {
                found.scores.vector = Some(self.cosine(asked, form));
            }
            if asks(Channel::Dense) {
                found.scores.dense = self.dense_cosine(asked, form);
            }
        }
        found.retain(|form, _| {
            limits.without.binary_search(form).is_err() && limits.subset.is_none_or(|subset| subset.has_form(*form))
        });
        Ok(found)
    }

    /// The cosine of the mention and a form, the mention as it is or corrected.
    pub(super) fn cosine(&self, asked: &Asked<'_>, form: u32) -> f32 {
        asked.vectors.iter().map(|query| self.parts.vector().cosine(query, form)).fold(-1.0, f32::max)
    }

    /// The same by the dense encoder.
    pub(super) fn dense_cosine(&self, asked: &Asked<'_>, form: u32) -> Option<f32> {
        let dense = self.parts.dense().filter(|_| !asked.dense.is_empty())?;
        Some(asked.dense.iter().map(|query| dense.cosine(query, form)).fold(-1.0, f32::max))
    }
}

/// Keeps rank and score of each hit, the better one where a form was found before.
fn note(
    found: &mut BTreeMap<u32, Found>,
    hits: Vec<Hit>,
    place: impl Fn(&mut Found) -> (&mut Option<u32>, &mut Option<f32>),
) {
    for (rank, hit) in (1..).zip(hits) {
        let (best_rank, best_score) = place(found.entry(hit.form).or_default());
        *best_rank = Some(best_rank.map_or(rank, |best| best.min(rank)));
        *best_score = Some(best_score.map_or(hit.score, |best| best.max(hit.score)));
    }
}

//! Asks the exact, the lexical and the vector channel, and folds the forms they find into concepts.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::features::Aligner;
use super::ranking;
use super::{Candidate, Error, Mention, Ranks, Retriever, Scores};
use crate::embed::Embedder;
use crate::embed::ngram::NgramEmbedder;
use crate::index::{Hit, Index, Subset};
use crate::ontology::Curie;
use crate::text;

/// Forms each channel is asked for.
const DEPTH: usize = 150;

/// One way to find forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Equal normal forms, then equal keys.
    Exact,
    /// BM25.
    Lexical,
    /// Nearest vectors.
    Vector,
}

/// What a retriever is limited to.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Ask this channel alone.
    pub only: Option<Channel>,
    /// Only this concept and what is below it.
    pub under: Option<Curie>,
    /// Only this namespace.
    pub namespace: Option<String>,
}

/// Retrieval over one index.
pub struct Hybrid {
    index: Arc<Index>,
    words: Arc<NgramEmbedder>,
    embedder: Arc<dyn Embedder>,
    only: Option<Channel>,
    subset: Option<Arc<Subset>>,
}

/// What the channels know of one form.
#[derive(Debug, Clone, Copy, Default)]
struct Evidence {
    ranks: Ranks,
    scores: Scores,
}

impl Hybrid {
    /// Retrieval over `index` with the embedder that made its vectors.
    pub fn new(
        index: Arc<Index>,
        words: Arc<NgramEmbedder>,
        embedder: Arc<dyn Embedder>,
        options: &Options,
    ) -> Result<Self, Error> {
        let expected = &index.manifest().encoder.id;
        if expected != embedder.id() {
            return Err(Error::OtherEncoder { index: expected.clone(), given: embedder.id().to_owned() });
        }
        let subset = match (&options.under, &options.namespace) {
            (None, None) => None,
            (under, namespace) => Some(Arc::new(index.names().subset(under.as_ref(), namespace.as_deref())?)),
        };
        Ok(Self { index, words, embedder, only: options.only, subset })
    }

    /// The index that is asked.
    pub const fn index(&self) -> &Arc<Index> {
        &self.index
    }

    fn asks(&self, channel: Channel) -> bool {
        self.only.is_none_or(|only| only == channel)
    }

    /// Every form a channel finds, with what the channels say of it.
    fn evidence(&self, form: &str) -> Result<BTreeMap<u32, Evidence>, Error> {
        let mut evidence: BTreeMap<u32, Evidence> = BTreeMap::new();
        if self.asks(Channel::Exact) {
            let names = self.index.names();
            let equal = names.form_of(form);
            for found in names.forms_of_key(&text::key(form)) {
                evidence.entry(found).or_default().ranks.exact = Some(if Some(found) == equal { 1 } else { 2 });
            }
        }
        if self.asks(Channel::Lexical) {
            let hits = self.index.lexical().search(form, DEPTH, self.subset.as_ref())?;
            for (rank, Hit { form, score }) in (1..).zip(hits) {
                let found = evidence.entry(form).or_default();
                (found.ranks.lexical, found.scores.lexical) = (Some(rank), Some(score));
            }
        }
        if self.asks(Channel::Vector) {
            let vectors = self.embedder.embed(&[form])?;
            for vector in &vectors {
                let hits = self.index.vector().search(vector, DEPTH, self.subset.as_deref());
                for (rank, Hit { form, score }) in (1..).zip(hits) {
                    let found = evidence.entry(form).or_default();
                    (found.ranks.vector, found.scores.vector) = (Some(rank), Some(score));
                }
            }
        }
        Ok(evidence)
    }
}

/// A concept's best name so far.
#[derive(Clone, Copy)]
struct Best {
    concept: u32,
    name: u32,
    score: f32,
    evidence: Evidence,
}

impl Retriever for Hybrid {
    fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Vec<Candidate>, Error> {
        let form = text::normal_form(&mention.text);
        if form.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let names = self.index.names();
        let mut best: BTreeMap<u32, Best> = BTreeMap::new();
        let mention_words = text::stems(&form)
            .iter()
            .map(|stem| self.index.words().mention_word(stem, &self.words.vector(stem)))
            .collect();
        let mut aligner = Aligner::new(self.index.words(), mention_words);
        let w = weights();
        let evidence = self.evidence(&form)?;
        let top = evidence.values().filter_map(|e| e.scores.lexical).fold(0.0_f32, f32::max).max(1e-6);
        for (form, evidence) in evidence {
            let ranks = evidence.ranks;
            let a = aligner.align(form);
            let score = w[0] * ranking::fused([(3.0, ranks.exact), (1.0, ranks.lexical), (1.0, ranks.vector)]) * 30.0
                + w[1] * a.harmonic()
                + w[2] * evidence.scores.vector.unwrap_or(0.0)
                + w[3] * evidence.scores.lexical.unwrap_or(0.0) / top
                + w[4] * a.mention
                + w[5] * a.form
                + match ranks.exact {
                    Some(1) => 2.0,
                    Some(2) => 1.0,
                    _ => 0.0,
                };
            for &name in names.names_of_form(form) {
                let concept = names.concept_of(name);
                if self.subset.as_ref().is_some_and(|subset| !subset.has_concept(concept)) {
                    continue;
                }
                let new = Best { concept, name, score, evidence };
                let old = best.entry(concept).or_insert(new);
                let order = new.score.total_cmp(&old.score).then_with(|| names.scope(old.name).cmp(&names.scope(name)));
                if order == Ordering::Greater {
                    *old = new;
                }
            }
        }
        let mut best: Vec<Best> = best.into_values().collect();
        best.sort_by(|left, right| {
            let by_scope = || names.scope(left.name).cmp(&names.scope(right.name));
            right.score.total_cmp(&left.score).then_with(by_scope).then(left.concept.cmp(&right.concept))
        });
        best.truncate(limit);
        best.into_iter()
            .map(|best| {
                Ok(Candidate {
                    id: Curie::parse(names.id(best.concept))?,
                    label: names.label(best.concept).to_owned(),
                    name: names.text(best.name).to_owned(),
                    scope: names.scope(best.name),
                    kind: names.kind(best.name).map(str::to_owned),
                    score: best.score,
                    ranks: best.evidence.ranks,
                    scores: best.evidence.scores,
                })
            })
            .collect()
    }
}

fn weights() -> Vec<f32> {
    #[allow(clippy::disallowed_methods)]
    static W: std::sync::LazyLock<Vec<f32>> = std::sync::LazyLock::new(|| {
        std::env::var("W")
            .map(|w| w.split(',').map(|x| x.parse().unwrap()).collect())
            .unwrap_or(vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    });
    W.clone()
}

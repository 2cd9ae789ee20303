//! Asks the exact, the lexical and the vector channel, looks at what they find a second time, and folds forms into
//! concepts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::features::Aligner;
use super::ranking::{self, Evidence};
use super::{Candidate, Error, Mention, Ranks, Retriever, Scores};
use crate::embed::Embedder;
use crate::index::{Found as Entry, Index, Subset};
use crate::ontology::{Curie, Scope};
use crate::text;

/// Forms each channel is asked for, at least.
const DEPTH: usize = 120;

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
    /// Ask this channel alone, and rank by it alone.
    pub only: Option<Channel>,
    /// Only this concept and what is below it.
    pub under: Option<Curie>,
    /// Only this namespace.
    pub namespace: Option<String>,
}

/// Retrieval over one index.
pub struct Hybrid {
    index: Arc<Index>,
    embedder: Arc<dyn Embedder>,
    only: Option<Channel>,
    subset: Option<Arc<Subset>>,
}

/// What the channels found of one form.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    ranks: Ranks,
    scores: Scores,
}

/// A concept's best name so far.
#[derive(Clone, Copy)]
struct Best {
    name: u32,
    score: f32,
    found: Found,
}

impl Hybrid {
    /// Retrieval over `index` with the embedder that made its vectors.
    ///
    /// # Errors
    /// [`Error::OtherEncoder`] where the embedder is another one; and where the index has no such concept or
    /// namespace.
    pub fn new(index: Arc<Index>, embedder: Arc<dyn Embedder>, options: &Options) -> Result<Self, Error> {
        let expected = &index.manifest().encoder.id;
        if expected != embedder.id() {
            return Err(Error::OtherEncoder { index: expected.clone(), given: embedder.id().to_owned() });
        }
        let subset = match (&options.under, &options.namespace) {
            (None, None) => None,
            (under, namespace) => Some(Arc::new(index.names().subset(under.as_ref(), namespace.as_deref())?)),
        };
        Ok(Self { index, embedder, only: options.only, subset })
    }

    /// The index that is asked.
    pub const fn index(&self) -> &Arc<Index> {
        &self.index
    }

    fn asks(&self, channel: Channel) -> bool {
        self.only.is_none_or(|only| only == channel)
    }

    /// Every form a channel finds in what the retriever is limited to.
    fn find(&self, form: &str, depth: usize) -> Result<BTreeMap<u32, Found>, Error> {
        let mut found: BTreeMap<u32, Found> = BTreeMap::new();
        let names = self.index.names();
        if self.asks(Channel::Exact) {
            let equal = names.form_of(form);
            for other in names.forms_of_key(&text::key(form)) {
                found.entry(other).or_default().ranks.exact = Some(if Some(other) == equal { 1 } else { 2 });
            }
        }
        if self.asks(Channel::Lexical) {
            let hits = self.index.lexical().search(form, depth, self.subset.as_ref())?;
            for (rank, hit) in (1..).zip(hits) {
                let found = found.entry(hit.form).or_default();
                (found.ranks.lexical, found.scores.lexical) = (Some(rank), Some(hit.score));
            }
        }
        if self.asks(Channel::Vector) {
            let vectors = self.index.vector();
            for vector in self.embedder.embed(&[form])? {
                let query = vectors.query(vector);
                let hits = vectors.search(&query, depth, self.subset.as_deref());
                for (rank, hit) in (1..).zip(hits) {
                    let found = found.entry(hit.form).or_default();
                    (found.ranks.vector, found.scores.vector) = (Some(rank), Some(hit.score));
                }
                for (&form, found) in found.iter_mut().filter(|(_, found)| found.scores.vector.is_none()) {
                    found.scores.vector = Some(vectors.cosine(&query, form));
                }
            }
        }
        if let Some(subset) = &self.subset {
            found.retain(|&form, _| subset.has_form(form));
        }
        Ok(found)
    }

    /// The forms found, each with its score.
    fn score(&self, form: &str, found: BTreeMap<u32, Found>) -> Vec<(u32, f32, Found)> {
        if self.only.is_some() {
            let by_rank = |found: &Found| ranking::fused([found.ranks.exact, found.ranks.lexical, found.ranks.vector]);
            return found.into_iter().map(|(form, found)| (form, by_rank(&found), found)).collect();
        }
        let words = self.index.words();
        let mention =
            text::stems(form).iter().map(|stem| words.mention_word(stem, &self.index.table().vector(stem))).collect();
        let mut aligner = Aligner::new(words, mention);
        let best_lexical = found.values().filter_map(|found| found.scores.lexical).fold(f32::MIN_POSITIVE, f32::max);
        found
            .into_iter()
            .map(|(form, found)| {
                let evidence = Evidence {
                    exact: found.ranks.exact,
                    lexical: found.scores.lexical.unwrap_or(0.0) / best_lexical,
                    cosine: found.scores.vector.unwrap_or(0.0),
                    alignment: aligner.align(form),
                };
                (form, ranking::score(&evidence), found)
            })
            .collect()
    }

    /// Each concept with its best name, best concept first: by score, then by the scope of the name that matched,
    /// then by identifier.
    fn fold(&self, scored: Vec<(u32, f32, Found)>) -> Vec<(u32, Best)> {
        let names = self.index.names();
        let better = |new: &Best, old: &Best| {
            old.score.total_cmp(&new.score).then_with(|| names.scope(new.name).cmp(&names.scope(old.name)))
        };
        let mut concepts: BTreeMap<u32, Best> = BTreeMap::new();
        for (form, score, found) in scored {
            for &name in names.names_of_form(form) {
                let concept = names.concept_of(name);
                if !self.has(concept) {
                    continue;
                }
                let new = Best { name, score, found };
                let best = concepts.entry(concept).or_insert(new);
                if better(&new, best).is_lt() {
                    *best = new;
                }
            }
        }
        let mut ranked: Vec<(u32, Best)> = concepts.into_iter().collect();
        ranked.sort_by(|(left_id, left), (right_id, right)| better(left, right).then(left_id.cmp(right_id)));
        ranked
    }
}

impl Hybrid {
    /// Where the mention is an identifier: the live concepts it leads to, through merges and replacements. Looked for as
    /// words, an identifier would only find names with numbers in them.
    fn identified(&self, mention: &str) -> Result<Option<Vec<Candidate>>, Error> {
        let Ok(id) = Curie::parse(mention) else { return Ok(None) };
        let names = self.index.names();
        let leads_to = match names.find(&id)? {
            Some(Entry::Live(concept) | Entry::Merged(concept)) => vec![concept.id],
            Some(Entry::Retired(concept)) => {
                let mut live = Vec::new();
                for id in concept.retirement.unwrap_or_default().replaced_by {
                    if let Some(Entry::Live(concept) | Entry::Merged(concept)) = names.find(&id)? {
                        live.push(concept.id);
                    }
                }
                live
            }
            None if id.is_catalogued() => Vec::new(),
            None => return Ok(None),
        };
        let inside = |id: &Curie| names.position(id).filter(|&concept| self.has(concept));
        Ok(Some(
            leads_to
                .into_iter()
                .filter_map(|id| inside(&id).map(|concept| (id, concept)))
                .map(|(id, concept)| Candidate {
                    id,
                    label: names.label(concept).to_owned(),
                    name: names.label(concept).to_owned(),
                    scope: Scope::Label,
                    kind: None,
                    score: 1.0,
                    ranks: Ranks { exact: Some(1), ..Ranks::default() },
                    scores: Scores::default(),
                })
                .collect(),
        ))
    }

    fn has(&self, concept: u32) -> bool {
        self.subset.as_ref().is_none_or(|subset| subset.has_concept(concept))
    }
}

impl Retriever for Hybrid {
    fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Vec<Candidate>, Error> {
        let form = text::normal_form(&mention.text);
        if form.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        if let Some(candidates) = self.identified(&mention.text)? {
            return Ok(candidates.into_iter().take(limit).collect());
        }
        let names = self.index.names();
        // Several forms may name one concept.
        let found = self.find(&form, DEPTH.max(limit.saturating_mul(2)))?;
        let scored = self.score(&form, found);
        self.fold(scored)
            .into_iter()
            .take(limit)
            .map(|(concept, best)| {
                Ok(Candidate {
                    id: Curie::parse(names.id(concept))?,
                    label: names.label(concept).to_owned(),
                    name: names.text(best.name).to_owned(),
                    scope: names.scope(best.name),
                    kind: names.kind(best.name).map(str::to_owned),
                    score: best.score,
                    ranks: best.found.ranks,
                    scores: best.found.scores,
                })
            })
            .collect()
    }
}

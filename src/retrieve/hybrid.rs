//! The retriever: channels find forms, forms are folded into concepts, concepts are ranked, and what cannot be told
//! apart is said to be a tie.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::channels::{Asked, Channel, Channels, Found, Limits};
use super::examine::{Examiner, Seen, fold};
use super::explain::{Explanation, explain};
use super::features::Features;
use super::limits::Limited;
use super::ranking::{self, Ranker, Threshold};
use super::symbols::{self, Nearness, Place, Symbols};
use super::{Candidate, Description, Error, Mention, Parent, Ranks, Retrieval, Retriever, Scores, Tie};
use crate::embed::Encoders;
use crate::index::{Found as Entry, Index, Names, Subset};
use crate::ontology::{Curie, Scope, species, xref};
use crate::text;

/// Forms each channel is asked for, at least.
pub(super) const DEPTH: usize = 140;

/// What a retriever is limited to.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Ask this channel alone, and rank by it alone.
    pub only: Option<Channel>,
    /// Keep the order of the first look: leave what was learnt for the index out.
    pub unranked: bool,
    /// Only this concept and what is below it.
    pub under: Option<Curie>,
    /// Only this namespace.
    pub namespace: Option<String>,
    /// Only this subset of the ontology.
    pub subset: Option<String>,
}

/// Retrieval over one index.
pub struct Hybrid {
    index: Arc<Index>,
    channels: Channels,
    ranker: Option<Ranker>,
    only: Option<Channel>,
    limited: Limited,
    symbols: Option<Symbols>,
}

/// A concept in its place: what was seen, and where something is learnt, what else is known.
struct Ranked {
    seen: Seen,
    known: Option<(Features, f32)>,
    /// How near its name is to the mention, where that was found by its spelling.
    nearness: Option<Nearness>,
}

impl Ranked {
    fn is_equal_form(&self) -> bool {
        self.seen.found.ranks.is_equal_form()
    }

    fn score(&self) -> f32 {
        if let Some(nearness) = self.nearness {
            return symbols::sureness(nearness);
        }
        self.known.as_ref().map_or(self.seen.first.min(1.0), |(_, margin)| ranking::score_of(*margin))
    }
}

impl Hybrid {
    /// Retrieval over `index` with the encoders that made its vectors.
    ///
    /// # Errors
    /// [`Error::OtherEncoder`] where an encoder is another one; where the index has no such concept or namespace; and
    /// where what was learnt for it cannot be read.
    pub fn new(index: Arc<Index>, encoders: Encoders, options: &Options) -> Result<Self, Error> {
        let expected = &index.manifest().encoder;
        let beside = encoders.beside.as_ref().map(|encoder| encoder.id());
        let pairs = [
            (Some(expected.id.as_str()), Some(encoders.main.id())),
            (expected.beside.as_ref().map(|beside| beside.id.as_str()), beside),
        ];
        for (index, given) in pairs {
            if index != given {
                let id = |id: Option<&str>| id.unwrap_or("none").to_owned();
                return Err(Error::OtherEncoder { index: id(index), given: id(given) });
            }
        }
        let limited = Limited::new(index.names(), options)?;
        if options.only == Some(Channel::Dense) && index.parts().dense().is_none() {
            return Err(Error::NoDense);
        }
        let learnt = index.parts().ranking().filter(|_| options.only.is_none() && !options.unranked);
        let ranker = learnt.map(Ranker::open).transpose()?;
        let looked_up = index.parts().symbols().filter(|_| options.only.is_none() && !options.unranked);
        let symbols = looked_up.map(Symbols::open).transpose()?;
        let channels = Channels { parts: Arc::clone(index.parts()), encoders };
        Ok(Self { index, channels, ranker, only: options.only, limited, symbols })
    }

    /// Retrieval over an index that was built with the encoder that is learnt from it.
    ///
    /// # Errors
    /// [`Error::OtherEncoder`] where the index was built with another encoder, which has to be opened first; where what was
    /// learnt for it cannot be read.
    pub fn of(index: Arc<Index>) -> Result<Self, Error> {
        let words = Arc::clone(index.parts().table());
        Self::new(index, Encoders { main: words, beside: None }, &Options::default())
    }

    /// The index that is asked.
    pub const fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// Whether something was learnt that says how sure an answer is.
    pub const fn is_learnt(&self) -> bool {
        self.ranker.is_some()
    }

    /// From which confidence on answers are right as often as `precision` says, by what was held back while learning.
    ///
    /// # Errors
    /// Where nothing was learnt, or no threshold is enough.
    pub fn threshold(&self, precision: f32) -> Result<Threshold, Error> {
        let ranker = self.ranker.as_ref().ok_or(Error::NothingLearnt)?;
        ranker.calibration.threshold(precision).ok_or(Error::NoThreshold { precision })
    }

    /// What speaks for each of the best `limit` candidates and against it, in the order of [`Retriever::retrieve`].
    ///
    /// # Errors
    /// Where retrieval fails.
    pub fn explain(&self, mention: &Mention, limit: usize) -> Result<Vec<Explanation>, Error> {
        let form = text::normal_form(&mention.text);
        let within = self.within(mention)?;
        if form.is_empty() || self.identified(&mention.text, within.as_deref())?.is_some() {
            return Ok(Vec::new());
        }
        let Some(ranker) = &self.ranker else { return Ok(Vec::new()) };
        let (concepts, ..) = self.answer(&mention.text, &form, limit, within.as_ref())?;
        let first = &concepts[..concepts.len().min(limit)];
        // What was found by its spelling alone was not examined.
        let known: Vec<&(Features, f32)> = first.iter().filter_map(|ranked| ranked.known.as_ref()).collect();
        let mut explained = explain(ranker, &known)?.into_iter();
        let of = |ranked: &Ranked| ranked.known.as_ref().map_or(Some(Explanation::default()), |_| explained.next());
        let end = first.iter().rposition(|ranked| ranked.known.is_some()).map_or(0, |last| last + 1);
        Ok(first[..end].iter().map_while(of).collect())
    }

    /// All concepts found for a normal form, best first: by [`ranking::best_first`] where something was learnt, by the
    /// first look further down. With it how rare the form's words are in this index, on average.
    fn rank(&self, form: &str, limit: usize, within: Option<&Arc<Subset>>) -> Result<(Vec<Ranked>, f32), Error> {
        let Some(asked) = self.channels.prepare(&[form], self.only)?.pop() else { return Ok((Vec::new(), 0.0)) };
        // What a word is taken for where it looks like a typing error is a guess: as it is written, no name has it.
        let unknown = (self.names().forms() as f32 + 1.0).ln();
        let rarity = asked.words.iter().map(|word| if word.known.is_some() { word.rarity } else { unknown });
        let rarity = rarity.sum::<f32>() / asked.words.len().max(1) as f32;
        Ok((self.ranked(&asked, limit, within)?, rarity))
    }

    fn ranked(&self, asked: &Asked<'_>, limit: usize, within: Option<&Arc<Subset>>) -> Result<Vec<Ranked>, Error> {
        let limits = Limits { only: self.only, subset: within, without: &[] };
        // Several forms may name one concept.
        let found = self.channels.find(asked, DEPTH.max(limit.saturating_mul(2)), limits)?;
        let names = self.names();
        if self.only.is_some() {
            let by_rank = |ranks: Ranks| ranking::fused([ranks.exact, ranks.lexical, ranks.vector, ranks.dense]);
            let scored: Vec<_> = found.into_iter().map(|(form, found)| (form, by_rank(found.ranks), found)).collect();
            let seen = fold(names, &scored, 0.0, within.map(Arc::as_ref));
            return Ok(seen.into_iter().map(|seen| Ranked { seen, known: None, nearness: None }).collect());
        }
        let mut examiner = Examiner::new(&self.channels, asked, &found);
        let scored = examiner.first_look(&found);
        let seen = fold(names, &scored, ranking::BREADTH, within.map(Arc::as_ref));
        let Some(learnt) = &self.ranker else {
            return Ok(seen.into_iter().map(|seen| Ranked { seen, known: None, nearness: None }).collect());
        };
        let known = examiner.examine(&seen, &[]);
        let first = known.len();
        let known = known.into_iter().map(|features| Some((features, learnt.margin(&features))));
        let known = known.chain(std::iter::repeat(None));
        let mut concepts: Vec<Ranked> =
            seen.into_iter().zip(known).map(|(seen, known)| Ranked { seen, known, nearness: None }).collect();
        // What was not examined stays behind, in the order of the first look.
        concepts[..first].sort_by(|left, right| {
            let known = left.known.as_ref().zip(right.known.as_ref());
            known
                .map_or(Ordering::Equal, |(left, right)| ranking::best_first(left, right))
                .then(left.seen.concept.cmp(&right.seen.concept))
        });
        Ok(concepts)
    }

    /// All concepts found for a mention, best first, how sure that is, and how rare the words are in this index.
    fn answer(
        &self,
        mention: &str,
        form: &str,
        limit: usize,
        within: Option<&Arc<Subset>>,
    ) -> Result<(Vec<Ranked>, Option<f32>, f32), Error> {
        let (ranked, rarity) = self.rank(form, limit, within)?;
        let known: Vec<(Features, f32)> = ranked.iter().map_while(|ranked| ranked.known).collect();
        let confidence = self.ranker.as_ref().and_then(|ranker| ranker.confidence(&known));
        let Some(symbols) = self.symbols.as_ref().filter(|_| mention.len() <= GENE_BYTES) else {
            return Ok((ranked, confidence, rarity));
        };
        let names = self.names();
        // `CAT gene` is catalase, and a name may begin with a species.
        let is_symbol = |word: &str| !word.chars().any(char::is_lowercase);
        let is_name = names.form_of(form).is_some() || mention.split_whitespace().next().is_some_and(is_symbol);
        let of_other = species::named_before(mention).filter(|_| !is_name);
        let gene = of_other.as_ref().map_or(mention, |(_, gene)| gene);
        let found = symbols.folded().find(names, gene, within.map(Arc::as_ref));
        let concepts: Vec<u32> = ranked.iter().map(|ranked| ranked.seen.concept).collect();
        let is_lesser = |concept| symbols::is_lesser(names, concept);
        let places = symbols::merge(mention, &concepts, &found, confidence, is_lesser);
        let confidence = symbols::answer_confidence(&places, confidence);
        let mut old: Vec<Option<Ranked>> = ranked.into_iter().map(Some).collect();
        let moved = |place: &Place| placed(place, place.ranked.and_then(|at| old[at].take()));
        let ranked: Vec<Ranked> = places.iter().filter_map(moved).collect();
        let is_of = |ranked: &Ranked, species: &str| names.namespace(ranked.seen.concept) == Some(species);
        let mut ranked: Vec<Ranked> = match &of_other {
            // The species that is named decides, where the index has its gene.
            Some((species, _)) if ranked.iter().any(|one| is_of(one, species)) => {
                ranked.into_iter().filter(|one| is_of(one, species)).collect()
            }
            _ => ranked,
        };
        // The gene of another species than the mention says is a guess at what was meant.
        let is_other = |(species, _): &(String, &str)| {
            let namespace = ranked.first().and_then(|first| names.namespace(first.seen.concept));
            namespace.is_some_and(|namespace| species::is_namespace(namespace) && namespace != species)
        };
        let is_other = of_other.as_ref().is_some_and(is_other);
        if !is_other {
            return Ok((ranked, confidence, rarity));
        }
        // It is called so, but is not what is called so.
        for one in &mut ranked {
            let exact = &mut one.seen.found.ranks.exact;
            *exact = exact.map(|_| 2);
        }
        Ok((ranked, confidence.map(|confidence| confidence * OTHER_SPECIES), rarity))
    }

    /// The first candidates where nothing tells them apart: a name they share in one scope, or the same evidence.
    fn tie(&self, ranked: &[Ranked]) -> Option<Tie> {
        let names = self.names();
        let first = ranked.first()?;
        let has_same_name = |other: &Ranked| {
            first.is_equal_form()
                && other.is_equal_form()
                && names.scope(first.seen.name) == names.scope(other.seen.name)
        };
        let is_as_near = |other: &Ranked| first.nearness.is_some() && first.nearness == other.nearness;
        let is_alike = |other: &Ranked| {
            let margin = |ranked: &Ranked| ranked.known.as_ref().map_or(ranked.seen.first, |(_, margin)| *margin);
            first.is_equal_form() == other.is_equal_form() && (margin(first) - margin(other)).abs() < INDISTINCT
        };
        let is_tied = |other: &&Ranked| match first.nearness {
            Some(_) => is_as_near(other),
            None => other.nearness.is_none() && (has_same_name(other) || is_alike(other)),
        };
        let tied = ranked.iter().take_while(is_tied).count();
        if tied < 2 {
            return None;
        }
        let is_shared = has_same_name(&ranked[1]) || (is_as_near(&ranked[1]) && self.is_one_name(&ranked[..2]));
        let shared_name = is_shared.then(|| names.text(first.seen.name).to_owned());
        let concepts = ranked[..tied].iter().map(|ranked| ranked.seen.concept);
        let tied: Vec<_> = concepts.map(|concept| (names.label(concept), self.stems(concept))).collect();
        Some(Tie { shared_name, words: telling_apart(&tied) })
    }

    /// Whether the names that matched are one but for their spelling.
    fn is_one_name(&self, ranked: &[Ranked]) -> bool {
        let names = self.names();
        let mut keys = ranked.iter().map(|ranked| text::key(names.form(names.form_of_name(ranked.seen.name))));
        keys.next().is_some_and(|first| keys.all(|other| other == first))
    }

    /// The stems of all words in a concept's names.
    fn stems(&self, concept: u32) -> BTreeSet<String> {
        let names = self.names();
        let of_name = |name| text::stems(names.form(names.form_of_name(name))).into_iter();
        names.names_of(concept).flat_map(of_name).map(Cow::into_owned).collect()
    }

    /// The stems of all words in a candidate's names.
    pub(super) fn stems_of(&self, candidate: &Candidate) -> BTreeSet<String> {
        self.names().position(&candidate.id).map(|concept| self.stems(concept)).unwrap_or_default()
    }

    fn names(&self) -> &Names {
        self.channels.parts.names()
    }

    fn candidate(&self, ranked: &Ranked, score: f32) -> Result<Candidate, Error> {
        let (names, seen) = (self.names(), &ranked.seen);
        Ok(Candidate {
            id: Curie::parse(names.id(seen.concept))?,
            label: names.label(seen.concept).to_owned(),
            name: names.text(seen.name).to_owned(),
            scope: names.scope(seen.name),
            kind: names.kind(seen.name).map(str::to_owned),
            language: names.language(seen.name).map(str::to_owned),
            ontology: None,
            score,
            ranks: seen.found.ranks,
            scores: seen.found.scores,
        })
    }

    /// Where the mention is an identifier, of this ontology or of a vocabulary it refers to: the live concepts it leads to,
    /// through merges and replacements. Looked for as words, an identifier would only find names with numbers in them.
    pub(super) fn identified(&self, mention: &str, within: Option<&Subset>) -> Result<Option<Vec<Candidate>>, Error> {
        let names = self.names();
        let (mut score, mut ranks) = (1.0, Ranks { exact: Some(1), ..Ranks::default() });
        let (id, is_certain) = match Curie::parse(mention) {
            Ok(id) => {
                let is_certain = id.is_catalogued() || xref::is_identifier(&id);
                (id, is_certain)
            }
            // What is a name as well is that name.
            Err(_) => match xref::of_bare(mention) {
                Some(id) if names.form_of(&text::normal_form(mention)).is_none() => {
                    if xref::is_short_number(mention) {
                        (score, ranks) = (SHORT_NUMBER, Ranks::default());
                    }
                    // No words look like this.
                    let is_certain = id.prefix().eq_ignore_ascii_case("ENSEMBL");
                    (id, is_certain)
                }
                _ => return Ok(None),
            },
        };
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
            None => {
                let concepts = names.concepts_of_xref(id.as_str());
                if concepts.is_empty() && !is_certain {
                    return Ok(None);
                }
                concepts.iter().map(|&concept| Curie::parse(names.id(concept))).collect::<Result<_, _>>()?
            }
        };
        let has = |concept: &u32| within.is_none_or(|within| within.has_concept(*concept));
        let inside = |id: &Curie| names.position(id).filter(has);
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
                    language: None,
                    ontology: None,
                    score,
                    ranks,
                    scores: Scores::default(),
                })
                .collect(),
        ))
    }

    /// What is left of the index for a mention: of its species, where it says one.
    fn within(&self, mention: &Mention) -> Result<Option<Arc<Subset>>, Error> {
        self.limited.of(self.names(), mention.species.as_deref())
    }

    /// What is left of it for a mention that says none.
    pub(super) const fn usual(&self) -> Option<&Arc<Subset>> {
        self.limited.usual()
    }

    /// What is found for a mention that is no identifier, given in its normal form as well; and how rare its words are in
    /// this index, on average.
    pub(super) fn search(
        &self,
        mention: &str,
        form: &str,
        limit: usize,
        within: Option<&Arc<Subset>>,
    ) -> Result<(Retrieval, f32), Error> {
        let (ranked, confidence, rarity) = self.answer(mention, form, limit, within)?;
        let tie = self.tie(&ranked);
        let is_gene = ranked.first().is_some_and(|first| first.nearness.is_some_and(symbols::is_sure));
        let symbols = self.symbols.as_ref().filter(|_| mention.len() <= GENE_BYTES);
        let group = symbols.and_then(|symbols| symbols.group(self.names(), mention, form, is_gene));
        // Of candidates that nothing tells apart, none is likelier than the others.
        let is_spelled = ranked.first().is_some_and(|first| first.nearness.is_some());
        let share = tie.as_ref().filter(|_| !is_spelled).map_or(1.0, |tie| (tie.words.len() as f32).recip());
        let confidence = confidence.map(|confidence| confidence.min(share));
        // What stands further down, for its scope or because it was not examined, has no higher score.
        let mut least = 1.0_f32;
        let candidates = ranked.iter().take(limit).map(|ranked| {
            least = least.min(ranked.score());
            self.candidate(ranked, least)
        });
        let candidates = candidates.collect::<Result<_, _>>()?;
        Ok((Retrieval { candidates, confidence, within: None, tie, group }, rarity))
    }
}

/// The longest mention that is looked up as a gene.
const GENE_BYTES: usize = 256;

/// How sure it is that a number of one or two digits without a prefix is NCBI Gene's. Anyone numbers rows, doses and
/// types so, and few genes have such a number: it is translated like any other, but is likelier to mean no gene.
const SHORT_NUMBER: f32 = 0.3;

/// What is left of the confidence in a gene of another species than the mention says.
const OTHER_SPECIES: f32 = 0.3;

/// A concept in its place by the spelling of the mention.
fn placed(place: &Place, ranked: Option<Ranked>) -> Option<Ranked> {
    let Some(found) = place.found else { return ranked };
    let nearness = found.nearness;
    let exact = match nearness {
        Nearness { is_folded: false, .. } => Some(1),
        Nearness { cost: 0, .. } => Some(2),
        _ => None,
    };
    let (known, mut seen) = match ranked {
        Some(ranked) => (ranked.known, ranked.seen),
        None => (None, Seen { concept: found.concept, name: found.name, first: 0.0, found: Found::default() }),
    };
    (seen.name, seen.found.ranks.exact) = (found.name, exact);
    Some(Ranked { seen, known, nearness: Some(nearness) })
}

/// Margins nearer than this are equal.
const INDISTINCT: f32 = 1e-4;

/// Of tied concepts, each given by its label and the stems of its names: the words of each label that none of the others
/// has in a name.
pub(super) fn telling_apart(concepts: &[(&str, BTreeSet<String>)]) -> Vec<Vec<String>> {
    let words = |(at, (label, _)): (usize, &(&str, BTreeSet<String>))| {
        let label = text::normal_form(label);
        let is_own = |word: &&str| {
            let stem = text::stem(word);
            !concepts.iter().enumerate().any(|(other, (_, stems))| other != at && stems.contains(stem.as_ref()))
        };
        label.split(' ').filter(|word| !text::is_stop_word(word)).filter(is_own).map(str::to_owned).collect()
    };
    concepts.iter().enumerate().map(words).collect()
}

/// What an identifier given as a mention leads to. Which concept it means is no guess, unless it was replaced by several:
/// then one is as likely as the others.
pub(super) fn of_identifier(mut candidates: Vec<Candidate>, limit: usize) -> Retrieval {
    let confidence = candidates.first().map(|first| first.score / candidates.len() as f32);
    candidates.truncate(limit);
    Retrieval { candidates, confidence, ..Retrieval::default() }
}

impl Retriever for Hybrid {
    fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Retrieval, Error> {
        let form = text::normal_form(&mention.text);
        if form.is_empty() || limit == 0 {
            return Ok(Retrieval::default());
        }
        let within = self.within(mention)?;
        match self.identified(&mention.text, within.as_deref())? {
            Some(candidates) => Ok(of_identifier(candidates, limit)),
            None => Ok(self.search(&mention.text, &form, limit, within.as_ref())?.0),
        }
    }

    fn describe(&self, candidate: &Candidate) -> Result<Description, Error> {
        let names = self.names();
        let Some(Entry::Live(concept)) = names.find(&candidate.id)? else { return Ok(Description::default()) };
        let label = |id: &Curie| names.position(id).map(|parent| names.label(parent).to_owned());
        let parents = concept.parents.into_iter();
        let parents = parents.filter_map(|id| label(&id).map(|label| Parent { id, label })).collect();
        Ok(Description { definition: concept.definition, parents, xrefs: concept.xrefs })
    }
}

//! Several ontologies asked at once, as one ranking.
//!
//! Each index ranks its own concepts by margins, which are log-odds of an alike making, and knows how usual the
//! mention's words are in its own names. A candidate's strength is half of its margin less half of the rarity that the
//! words have in its index on average: a short gene symbol that is near in letters loses against a phenotype whose words
//! are those of phenotypes. Nothing of it is learnt for the ontologies that happen to be asked.
//!
//! What the strengths come to as probabilities says which ontology is meant; an answer's confidence is that of its own
//! index times this. Candidates of several ontologies whose matched name is the same are tied.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

use super::hybrid::{of_identifier, telling_apart};
use super::ranking::sigmoid;
use super::{Candidate, Description, Error, Explanation, Hybrid, Mention, Retrieval, Retriever, Tie};
use crate::ontology::{Curie, Scope, Tag, catalogue, xref};
use crate::text;

/// How many times likelier than else a mention is taken to mean something of an ontology that is expected: nearly always
/// enough to decide between names that are alike, and not enough to take a bad match for a good one.
pub const EXPECTED: f32 = 20.0;

/// What one of the words' mean rarity takes from a candidate's strength, beside half of its margin: of the shares that
/// were tried the one that put the right concept first most often, and a round one.
const RARITY: f32 = 0.5;

/// Opens one of the indexes.
pub type Opener = Box<dyn Fn() -> Result<Arc<Hybrid>, Box<dyn std::error::Error + Send + Sync>> + Send + Sync>;

/// Retrieval over several indexes, each opened when it is first needed.
pub struct Several {
    members: Vec<Member>,
    /// Held while indexes are opened.
    opening: Mutex<()>,
}

struct Member {
    tag: Arc<Tag>,
    open: Opener,
    opened: OnceLock<Arc<Hybrid>>,
    /// Those of its identifiers.
    prefixes: OnceLock<BTreeSet<String>>,
}

/// What one index found for a mention.
struct Answer {
    retrieval: Retrieval,
    /// What the log-odds of each of its scores are raised by.
    raised: f32,
    /// Whether its ontology is expected.
    is_expected: bool,
}

/// A candidate's place: which answer it is of, and where it stands there.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    answer: usize,
    at: usize,
    strength: f32,
}

impl Answer {
    fn new(retrieval: Retrieval, rarity: f32, is_expected: bool) -> Self {
        let raised = if is_expected { 0.0 } else { -EXPECTED.ln() } - RARITY * rarity;
        Self { retrieval, raised, is_expected }
    }

    fn strength(&self, at: usize) -> f32 {
        log_odds(self.retrieval.candidates[at].score) + self.raised
    }

    /// How many of its first candidates it cannot tell apart, of those that are there: at least the first.
    fn tied(&self) -> usize {
        let tied = self.retrieval.tie.as_ref().map_or(1, |tie| tie.words.len());
        tied.min(self.retrieval.candidates.len())
    }

    /// Whether the first candidate's matched name says what it is, and not only something related.
    fn is_exact(&self) -> bool {
        let first = self.retrieval.candidates.first();
        first.is_some_and(|first| matches!(first.scope, Scope::Label | Scope::Exact))
    }

    /// The first candidate's matched name, as names are compared.
    fn name(&self) -> Option<String> {
        let first = self.retrieval.candidates.first()?;
        Some(text::key(&text::normal_form(&first.name)))
    }
}

/// A score as log-odds; one that was rounded to nothing or all of it as nearly so.
fn log_odds(score: f32) -> f32 {
    let score = score.clamp(1e-6, 1.0 - 1e-6);
    (score / (1.0 - score)).ln()
}

/// All candidates, strongest first, and of them how many are tied: those of the first's ontology that are tied with it,
/// and of others as well where their matched name is the same and they are as much expected. Of such, a label or exact
/// synonym is before a name that only is related. Candidates of one answer keep their order; equal strengths keep that of
/// the answers.
fn placed(answers: &[Answer]) -> (Vec<Place>, usize) {
    let places = |(answer, found): (usize, &Answer)| {
        let strength = |at| Place { answer, at, strength: found.strength(at) };
        (0..found.retrieval.candidates.len()).map(strength).collect::<Vec<_>>()
    };
    let mut places: Vec<Place> = answers.iter().enumerate().flat_map(places).collect();
    places.sort_by(|left, right| right.strength.total_cmp(&left.strength));
    let Some(first) = places.first().map(|first| &answers[first.answer]) else { return (places, 0) };
    let name = first.name();
    let is_alike =
        |other: &Answer| std::ptr::eq(other, first) || (other.is_expected == first.is_expected && other.name() == name);
    let some_is_exact = answers.iter().any(|other| is_alike(other) && other.is_exact());
    let is_tied = |other: &Answer| is_alike(other) && other.is_exact() == some_is_exact;
    let tied: Vec<usize> = answers.iter().map(|other| if is_tied(other) { other.tied() } else { 0 }).collect();
    // Those that are tied stand together.
    let (mut all, others): (Vec<Place>, Vec<Place>) = places.iter().partition(|place| place.at < tied[place.answer]);
    let count = all.len();
    all.extend(others);
    (all, count)
}

/// The probability that the ontology of the answer at `chosen` is meant, by the best candidate of each.
fn share(answers: &[Answer], chosen: usize) -> f32 {
    let best = |answer: &Answer| if answer.retrieval.candidates.is_empty() { None } else { Some(answer.strength(0)) };
    let own = best(&answers[chosen]).unwrap_or_default();
    answers.iter().filter_map(best).map(|other| (other - own).exp()).sum::<f32>().recip()
}

impl Several {
    /// Retrieval over the ontologies with these tags; equally good candidates keep their order.
    pub fn new(ontologies: impl IntoIterator<Item = (Tag, Opener)>) -> Self {
        let member =
            |(tag, open)| Member { tag: Arc::new(tag), open, opened: OnceLock::new(), prefixes: OnceLock::new() };
        Self { members: ontologies.into_iter().map(member).collect(), opening: Mutex::new(()) }
    }

    /// The ontologies, in their order.
    pub fn tags(&self) -> impl ExactSizeIterator<Item = &Arc<Tag>> {
        self.members.iter().map(|member| &member.tag)
    }

    /// All ontologies as one: names and releases with `|` between them.
    pub fn tag(&self) -> Tag {
        Tag::joined(&self.members.iter().map(|member| &*member.tag).collect::<Vec<_>>())
    }

    /// The retriever of each ontology, all opened now.
    ///
    /// # Errors
    /// Where one cannot be opened.
    pub fn all(&self) -> Result<Vec<Arc<Hybrid>>, Error> {
        self.open(|_| true)?;
        Ok(self.members.iter().filter_map(|member| member.opened.get().cloned()).collect())
    }

    /// The retrievers in which `id` is looked up: the one whose own identifiers have its prefix, by the catalogue, else all.
    ///
    /// # Errors
    /// Where one cannot be opened.
    pub fn with(&self, id: &Curie) -> Result<Vec<Arc<Hybrid>>, Error> {
        let own = self
            .members
            .iter()
            .find(|member| catalogue::find(&member.tag.name).is_some_and(|entry| entry.prefix == id.prefix()));
        let Some(own) = own else { return self.all() };
        self.open(|member| std::ptr::eq(member, own))?;
        let own: Vec<Arc<Hybrid>> = own.opened.get().cloned().into_iter().collect();
        let is_known = own.iter().map(|own| own.index().names().find(id)).collect::<Result<Vec<_>, _>>()?;
        if is_known.iter().any(Option::is_some) { Ok(own) } else { self.all() }
    }

    /// Whether every expectation is one of the ontologies.
    ///
    /// # Errors
    /// [`Error::NotAsked`] where one is not.
    pub fn check(&self, expected: &[String]) -> Result<(), Error> {
        self.expected(expected).map(drop)
    }

    /// What speaks for each of the best `limit` candidates and against it in its own index, in the order of
    /// [`Retriever::retrieve`]; as many as the first of them have an explanation.
    ///
    /// # Errors
    /// Where retrieval fails.
    pub fn explain(&self, mention: &Mention, limit: usize) -> Result<Vec<Explanation>, Error> {
        self.open(|_| true)?;
        let candidates = self.retrieve(mention, limit)?.candidates;
        let explain = |member: &Member| Ok(member.retriever().explain(mention, limit)?.into_iter());
        let mut explanations = self.members.iter().map(explain).collect::<Result<Vec<_>, Error>>()?;
        let next = |candidate: &Candidate| {
            let member = self.members.iter().position(|member| Some(&member.tag) == candidate.ontology.as_ref())?;
            explanations[member].next()
        };
        Ok(candidates.iter().map_while(next).collect())
    }

    /// Which of the ontologies are expected: all where nothing is.
    fn expected(&self, words: &[String]) -> Result<Vec<bool>, Error> {
        let mut expected = vec![words.is_empty(); self.members.len()];
        for word in words {
            let mut found = self.members.iter().map(|member| member.is_called(word)).collect::<Vec<_>>();
            if !found.contains(&true) {
                self.open(|_| true)?;
                found = self.members.iter().map(|member| member.has_prefix(word)).collect();
            }
            if !found.contains(&true) {
                let asked = self.tags().map(|tag| tag.name.clone()).collect();
                return Err(Error::NotAsked { word: word.clone(), asked });
            }
            expected.iter_mut().zip(found).for_each(|(expected, found)| *expected |= found);
        }
        Ok(expected)
    }

    /// Opens those of the wanted indexes that are not open yet, at once.
    fn open(&self, wanted: impl Fn(&Member) -> bool) -> Result<(), Error> {
        let is_missing = |member: &&Member| wanted(member) && member.opened.get().is_none();
        if !self.members.iter().any(|member| is_missing(&member)) {
            return Ok(());
        }
        // What is guarded is whole, whichever thread stopped while it held the lock.
        let _turn = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<&Member> = self.members.iter().filter(is_missing).collect();
        // On threads of their own: those of the caller's pool may all be waiting here, and opening takes threads too.
        let open = || {
            let pool = rayon::ThreadPoolBuilder::new().build();
            let pool = pool.map_err(|error| Error::Open { index: self.tag().name, source: Box::new(error) })?;
            pool.install(|| missing.par_iter().map(|member| member.open()).collect::<Result<Vec<Arc<Hybrid>>, Error>>())
        };
        let opened = std::thread::scope(|scope| scope.spawn(open).join());
        let opened = opened.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        for (member, hybrid) in missing.into_iter().zip(opened) {
            // Nobody else sets it: the lock is held.
            let _ = member.opened.set(hybrid);
        }
        Ok(())
    }

    /// What the mention leads to as an identifier, where it is one.
    fn identified(&self, mention: &str) -> Result<Option<Vec<Candidate>>, Error> {
        let written = Curie::parse(mention).ok();
        let Some(id) = written.clone().or_else(|| xref::of_bare(mention)) else { return Ok(None) };
        let asked = self.with(&id)?;
        let form = text::normal_form(mention);
        let is_name = |other: &Arc<Hybrid>| other.index().names().form_of(&form).is_some();
        // What is a name as well in any of them is that name.
        if written.is_none() && asked.iter().any(is_name) {
            return Ok(None);
        }
        let mut all = None;
        for member in self.members.iter().filter(|member| member.is_among(&asked)) {
            if let Some(found) = member.identified(mention)? {
                let found = found.into_iter().map(|candidate| member.tagged(candidate));
                all.get_or_insert_with(Vec::new).extend(found);
            }
        }
        Ok(all)
    }
}

impl Member {
    fn open(&self) -> Result<Arc<Hybrid>, Error> {
        (self.open)().map_err(|source| Error::Open { index: self.tag.name.clone(), source })
    }

    fn retriever(&self) -> &Hybrid {
        self.opened.get().expect("it is opened before it is asked")
    }

    /// What a mention leads to as an identifier.
    fn identified(&self, mention: &str) -> Result<Option<Vec<Candidate>>, Error> {
        let hybrid = self.retriever();
        hybrid.identified(mention, hybrid.usual().map(Arc::as_ref))
    }

    fn is_among(&self, opened: &[Arc<Hybrid>]) -> bool {
        self.opened.get().is_some_and(|own| opened.iter().any(|other| Arc::ptr_eq(own, other)))
    }

    fn tagged(&self, candidate: Candidate) -> Candidate {
        Candidate { ontology: Some(Arc::clone(&self.tag)), ..candidate }
    }

    /// Whether `word` is its name, or another name of its ontology.
    fn is_called(&self, word: &str) -> bool {
        let entry = catalogue::find(&self.tag.name);
        self.tag.name.eq_ignore_ascii_case(word) || (entry.is_some() && entry == catalogue::find(word))
    }

    /// Whether some of its identifiers have this prefix.
    fn has_prefix(&self, prefix: &str) -> bool {
        let prefixes = self.prefixes.get_or_init(|| {
            let names = self.retriever().index().names();
            let concepts = u32::try_from(names.concepts()).expect("concepts are counted in 32 bits");
            let prefix = |concept| names.id(concept).split(':').next().unwrap_or_default().to_lowercase();
            (0..concepts).map(prefix).collect()
        });
        prefixes.contains(&prefix.to_lowercase())
    }
}

impl Retriever for Several {
    fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Retrieval, Error> {
        let expected = self.expected(&mention.expected)?;
        let form = text::normal_form(&mention.text);
        if form.is_empty() || limit == 0 {
            return Ok(Retrieval::default());
        }
        if let Some(candidates) = self.identified(&mention.text)? {
            return Ok(of_identifier(candidates, limit));
        }
        self.open(|_| true)?;
        let ask = |(member, &is_expected): (&Member, &bool)| -> Result<Answer, Error> {
            let hybrid = member.retriever();
            let (retrieval, rarity) = hybrid.search(&mention.text, &form, limit, hybrid.usual())?;
            Ok(Answer::new(retrieval, rarity, is_expected))
        };
        let answers = self.members.par_iter().zip(&expected).map(ask).collect::<Result<Vec<_>, Error>>()?;
        let (places, tied) = placed(&answers);
        let Some(first) = places.first().copied() else { return Ok(Retrieval::default()) };

        let highest = answers.iter().map(|answer| answer.raised).fold(f32::MIN, f32::max);
        // Who stands further down, for what is tied, has no higher score.
        let mut least = 1.0_f32;
        let candidates: Vec<Candidate> = places
            .iter()
            .map(|place| {
                least = least.min(sigmoid(place.strength - highest));
                let candidate = answers[place.answer].retrieval.candidates[place.at].clone();
                Candidate { score: least, ..self.members[place.answer].tagged(candidate) }
            })
            .collect();
        let own = &answers[first.answer].retrieval;
        let is_across = places[..tied].iter().any(|place| place.answer != first.answer);
        let tie = if is_across {
            let named = places[..tied].iter().zip(&candidates).map(|(place, candidate)| {
                (candidate.label.as_str(), self.members[place.answer].retriever().stems_of(candidate))
            });
            let words = telling_apart(&named.collect::<Vec<_>>());
            Some(Tie { shared_name: Some(candidates[0].name.clone()), words })
        } else {
            own.tie.clone()
        };
        // Of candidates that nothing tells apart, none is likelier than the others.
        let most = tie.as_ref().filter(|_| is_across).map_or(1.0, |tie| (tie.words.len() as f32).recip());
        let confidence = own.confidence.map(|confidence| (confidence * share(&answers, first.answer)).min(most));
        let within = own.confidence.map(|confidence| (confidence * answers[first.answer].tied() as f32).min(1.0));
        let candidates = candidates.into_iter().take(limit).collect();
        // A family of genes is what is meant where its ontology is.
        let group = own.group.clone();
        Ok(Retrieval { candidates, confidence, within, tie, group })
    }

    fn describe(&self, candidate: &Candidate) -> Result<Description, Error> {
        let own = self.members.iter().find(|member| Some(&member.tag) == candidate.ontology.as_ref());
        let Some(own) = own else { return Ok(Description::default()) };
        self.open(|member| std::ptr::eq(member, own))?;
        own.retriever().describe(candidate)
    }
}

//! Folds the forms that were found into concepts, and says of the best of them all that is known.

use std::collections::{BTreeMap, HashMap};

use super::alignment::{Aligner, Alignment};
use super::channels::{Asked, Channels, Found};
use super::features::{self, Features};
use super::ranking::{self, Evidence};
use crate::index::{MentionWord, Names, Subset};
use crate::ontology::Scope;
use crate::text;

/// Candidates of which more is known than the first look: the right one is rarely further down.
pub(super) const EXAMINED: usize = 45;

/// A concept with its best name, and what the channels found of that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub concept: u32,
    pub name: u32,
    pub first: f32,
    pub found: Found,
}

/// The order of names and concepts by the first look: by score, then by the scope of the name.
fn better(names: &Names, new: &Seen, old: &Seen) -> std::cmp::Ordering {
    old.first.total_cmp(&new.first).then_with(|| names.scope(new.name).cmp(&names.scope(old.name)))
}

/// The logarithm of how many concepts are below one, itself included.
fn breadth(names: &Names, concept: u32) -> f32 {
    (1.0 + names.below(concept) as f32).ln()
}

/// Each concept with its best name, best concept first, `breadth_counts` times its breadth added to the score; ties go to
/// the better scope, then to the smaller identifier.
pub(super) fn fold(
    names: &Names,
    scored: &[(u32, f32, Found)],
    breadth_counts: f32,
    subset: Option<&Subset>,
) -> Vec<Seen> {
    let mut concepts: BTreeMap<u32, Seen> = BTreeMap::new();
    for &(form, first, found) in scored {
        for &name in names.names_of_form(form) {
            let concept = names.concept_of(name);
            if subset.is_some_and(|subset| !subset.has_concept(concept)) {
                continue;
            }
            let first = first + breadth_counts * breadth(names, concept);
            let new = Seen { concept, name, first, found };
            let best = concepts.entry(concept).or_insert(new);
            if better(names, &new, best).is_lt() {
                *best = new;
            }
        }
    }
    let mut ranked: Vec<Seen> = concepts.into_values().collect();
    ranked.sort_unstable_by(|left, right| better(names, left, right).then(left.concept.cmp(&right.concept)));
    ranked
}

/// One mention beside many forms.
pub(super) struct Examiner<'a> {
    channels: &'a Channels,
    asked: &'a Asked<'a>,
    aligner: Aligner<'a>,
    best_lexical: f32,
}

impl<'a> Examiner<'a> {
    pub(super) fn new(channels: &'a Channels, asked: &'a Asked<'a>, found: &BTreeMap<u32, Found>) -> Self {
        let aligner = Aligner::new(channels.parts.words(), &asked.words);
        let scores = found.values().filter_map(|found| found.scores.lexical);
        Self { channels, asked, aligner, best_lexical: scores.fold(f32::MIN_POSITIVE, f32::max) }
    }

    /// The first look at every form.
    pub(super) fn first_look(&mut self, found: &BTreeMap<u32, Found>) -> Vec<(u32, f32, Found)> {
        let evidence = |aligner: &mut Aligner<'_>, form: u32, found: &Found| Evidence {
            exact: found.ranks.exact,
            lexical: found.scores.lexical.unwrap_or(0.0) / self.best_lexical,
            cosine: found.scores.vector.unwrap_or(0.0),
            dense: found.scores.dense,
            alignment: aligner.align(form),
        };
        let aligner = &mut self.aligner;
        found
            .iter()
            .map(|(&form, found)| (form, ranking::first_look(&evidence(aligner, form, found)), *found))
            .collect()
    }

    /// All that is known about the first [`EXAMINED`] of `ranked`; forms in `without` do not exist.
    pub(super) fn examine(&mut self, ranked: &[Seen], without: &[u32]) -> Vec<Features> {
        let ranked = &ranked[..ranked.len().min(EXAMINED)];
        let names = self.channels.parts.names();
        let is_unknown = |word: &&MentionWord| word.known.is_none() && word.meant.is_none();
        let mut mention = Mention {
            words: features::words(self.asked.form),
            speller: features::Speller::new(features::content_words(self.asked.form)),
            trigrams: features::trigrams(self.asked.form),
            rarity: self.asked.words.iter().map(|word| word.rarity).sum::<f32>().max(0.1),
            unknown: self.asked.words.iter().filter(is_unknown).count() as f32 / self.asked.words.len().max(1) as f32,
            letters: text::grams(self.asked.form, 1).len() as f32,
        };
        let best_first = ranked.first().map_or(0.0, |seen| seen.first);
        let firsts: HashMap<u32, f32> = ranked.iter().map(|seen| (seen.concept, seen.first)).collect();
        let mut children: HashMap<u32, f32> = HashMap::new();
        for seen in ranked {
            for &parent in names.parents(seen.concept) {
                let best = children.entry(parent).or_insert(0.0);
                *best = best.max(seen.first);
            }
        }
        let mut all: Vec<Features> = ranked
            .iter()
            .map(|seen| {
                let mut features = self.pair(&mut mention, seen, without);
                features.first_gap = seen.first - best_first;
                features.best_first = best_first;
                let parents = names.parents(seen.concept).iter().filter_map(|parent| firsts.get(parent));
                features.parent = parents.copied().fold(0.0, f32::max);
                features.child = children.get(&seen.concept).copied().unwrap_or(0.0);
                features
            })
            .collect();
        let best_dense = all.iter().map(|features| features.dense).fold(0.0, f32::max);
        for features in &mut all {
            features.dense_gap = features.dense - best_dense;
        }
        all
    }

    fn pair(&mut self, mention: &mut Mention<'_>, seen: &Seen, without: &[u32]) -> Features {
        let names = self.channels.parts.names();
        let form = names.form_of_name(seen.name);
        let text = names.form(form);
        let words = features::words(text);
        let content = features::content_words(text);
        let spelling = mention.speller.spelling(&content);
        let exists = |form: &u32| without.binary_search(form).is_err();
        let mut forms: Vec<u32> =
            names.names_of(seen.concept).map(|name| names.form_of_name(name)).filter(exists).collect();
        let label = forms.first().copied().unwrap_or(form);
        forms.sort_unstable();
        forms.dedup();
        // Its names are few, and its label and best name among them: each is looked at once.
        let looks: Vec<(f32, Alignment)> =
            forms.iter().map(|&form| (self.channels.cosine(self.asked, form), self.aligner.align(form))).collect();
        let look = |form| forms.binary_search(&form).map_or_else(|_| Default::default(), |at| looks[at]);
        let (_, alignment) = look(form);
        let (cosine_label, label_alignment) = look(label);
        let best_covered = looks.iter().map(|(_, alignment)| alignment.mean()).fold(0.0, f32::max);
        let mut cosines: Vec<f32> = looks.iter().map(|(cosine, _)| *cosine).collect();
        cosines.sort_by(|left, right| right.total_cmp(left));
        let nearest = cosines.first().copied().unwrap_or(0.0);
        let dense = forms.iter().filter_map(|&form| self.channels.dense_cosine(self.asked, form));
        Features {
            first: seen.first,
            first_gap: 0.0,
            equal_form: f32::from(u8::from(seen.found.ranks.is_equal_form())),
            equal_key: f32::from(u8::from(seen.found.ranks.exact == Some(2))),
            lexical_share: seen.found.scores.lexical.unwrap_or(0.0) / self.best_lexical,
            lexical_rarity: seen.found.scores.lexical.unwrap_or(0.0) / mention.rarity,
            cosine: seen.found.scores.vector.unwrap_or(0.0),
            cosine_best: nearest,
            cosine_second: cosines.get(1).copied().unwrap_or(nearest),
            cosine_mean: cosines.iter().sum::<f32>() / cosines.len().max(1) as f32,
            cosine_label,
            mention_covered: alignment.mention,
            name_covered: alignment.form,
            mention_worst: alignment.mention_worst,
            name_worst: alignment.form_worst,
            mention_equal: alignment.mention_equal,
            name_equal: alignment.form_equal,
            head: alignment.head,
            label_covered: label_alignment.mean(),
            best_covered,
            letters: features::letters(&mention.trigrams, &features::trigrams(text)),
            mention_spelling: spelling.mention,
            name_spelling: spelling.form,
            numbers_missing: features::numbers_only_in(&mention.words, &words),
            numbers_added: features::numbers_only_in(&words, &mention.words),
            words_added: words.len() as f32 - mention.words.len() as f32,
            scope: match names.scope(seen.name) {
                Scope::Label => 0.0,
                Scope::Exact => 1.0,
                Scope::Narrow | Scope::Broad | Scope::Related => 2.0,
            },
            names: (forms.len().max(1) as f32).ln(),
            below: breadth(names, seen.concept),
            parent: 0.0,
            child: 0.0,
            dense: dense.fold(0.0, f32::max),
            dense_name: seen.found.scores.dense.unwrap_or(0.0),
            dense_gap: 0.0,
            mention_words: mention.words.len() as f32,
            mention_letters: mention.letters,
            mention_unknown: mention.unknown,
            best_first: 0.0,
        }
    }
}

/// What of the mention every pair needs.
struct Mention<'a> {
    words: Vec<&'a str>,
    speller: features::Speller<'a>,
    trigrams: Vec<u64>,
    rarity: f32,
    unknown: f32,
    letters: f32,
}

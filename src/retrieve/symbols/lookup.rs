//! Finds the names that a mention may be, by what is left of both.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::folding::{abbreviation, fold, initials, squeeze};
use super::spellings::{DEAREST, Spelling, spellings};
use super::{GUESS, Match, NAME, Nearness, OTHER_SYMBOL, SYMBOL, family, is_lesser, kind};
use crate::arrays::{Array, Arrays, Strings, Writer};
use crate::index::{Names, Subset};
use crate::retrieve::Error;
use crate::text;

/// The folded names of a nomenclature: keys, the form each is of, and what it costs to come from one to the other.
pub(in crate::retrieve) struct Folded {
    key: Strings,
    form: Array<u32>,
    cost: Array<u8>,
}

/// What it costs that a name's words stand in another order.
const TURNED: u8 = 1;

/// What it costs that the first word of a name is missing.
const BEHEADED: u8 = 3;

/// What it costs that a mention is what is called after a gene's receptor, or the other way round.
const RECEPTOR: u8 = 2;

/// Letters and digits of what a receptor is called after, at least.
const LEAST_OF_LIGAND: usize = 3;

/// Writes the keys of all names, sorted.
pub(super) fn write(names: &Names, writer: &mut Writer) {
    let mut entries: Vec<(String, u32, u8)> = Vec::new();
    for (form, at) in names.all_forms().zip(0_u32..) {
        entries.push((fold(form), at, 0));
        entries.extend(abbreviation(form).map(|short| (short, at, DEAREST)));
        if let Some((_, rest)) = form.split_once(' ').filter(|(_, rest)| rest.contains(' ')) {
            entries.push((fold(rest), at, BEHEADED));
            entries.extend(initials(form, 3).map(|initials| (initials, at, DEAREST)));
        }
        // `lipase, endothelial` is an endothelial lipase.
        let written = names.names_of_form(at).first().map_or("", |&name| names.text(name));
        if let Some((head, rest)) = written.split_once(", ").filter(|(_, rest)| !rest.contains(',')) {
            let turned = text::normal_form(&format!("{rest} {head}"));
            entries.extend(initials(&turned, 3).map(|initials| (initials, at, DEAREST)));
            entries.push((fold(&turned), at, TURNED));
        }
    }
    entries.sort_unstable();
    entries.dedup_by(|one, other| one.0 == other.0 && one.1 == other.1);
    writer.strings("key", entries.iter().map(|(key, ..)| key.as_str()));
    writer.numbers("key_form", &entries.iter().map(|(_, form, _)| *form).collect::<Vec<_>>());
    writer.numbers("key_cost", &entries.iter().map(|(.., cost)| *cost).collect::<Vec<_>>());
}

/// What a concept's names must say.
#[derive(Clone, Copy)]
enum Says {
    Anything,
    Receptor,
    /// Nothing that makes it a gene that people rarely mean.
    NotLesser,
}

/// What was found so far: the nearest name of each concept.
struct Found<'a> {
    names: &'a Names,
    subset: Option<&'a Subset>,
    /// The normal form of the mention.
    whole: String,
    best: BTreeMap<u32, Match>,
}

impl Found<'_> {
    /// Notes the names of a form that was reached at this cost, where the concept is as it should be.
    fn note(&mut self, form: u32, cost: u8, says: Says) {
        let names = self.names;
        let is_folded = names.form(form) != self.whole;
        for &name in names.names_of_form(form) {
            let concept = names.concept_of(name);
            let is_inside = self.subset.is_none_or(|subset| subset.has_concept(concept));
            let is_fit = match says {
                Says::Anything => true,
                Says::Receptor => is_called(names, concept, "receptor"),
                Says::NotLesser => !is_lesser(names, concept),
            };
            if !is_inside || !is_fit {
                continue;
            }
            let nearness = Nearness { cost, is_folded, kind: kind(names, name) };
            let new = Match { concept, name, nearness };
            let best = self.best.entry(concept).or_insert(new);
            if new.nearness < best.nearness {
                *best = new;
            }
        }
    }

    /// The nearest first. Of those that are equally near: those that people mean, those whose symbol the name
    /// abbreviates, those that are written so, and those that were given most names.
    fn sorted(self, mention: &str) -> Vec<Match> {
        let names = self.names;
        let mut all: Vec<Match> = self.best.into_values().collect();
        all.sort_by_cached_key(|found| {
            let (concept, text) = (found.concept, names.text(found.name));
            let is_other = text != mention.trim();
            let is_far = !is_abbreviation(text, names.label(concept));
            (
                found.nearness,
                is_lesser(names, concept),
                is_far,
                is_other,
                Reverse(names.names_of(concept).len()),
                concept,
            )
        });
        all
    }
}

impl Folded {
    pub(super) fn open(arrays: &Arrays) -> Result<Self, Error> {
        Ok(Self { key: arrays.strings("key")?, form: arrays.numbers("key_form")?, cost: arrays.numbers("key_cost")? })
    }

    /// The first place whose key is not before `key`.
    fn start(&self, key: &str) -> usize {
        let (mut from, mut to) = (0, self.key.len());
        while from < to {
            let middle = from.midpoint(to);
            if self.key.get(middle) < key {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

    /// The forms of a key, with what each costs.
    fn of_key<'a>(&'a self, key: &'a str) -> impl Iterator<Item = (u32, u8)> + 'a {
        let places = (self.start(key)..self.key.len()).take_while(move |&at| self.key.get(at) == key);
        places.map(|at| (self.form[at], self.cost[at]))
    }

    /// The forms that go on where `stem` ends, as the members of a family do, with what each costs.
    fn members(&self, stem: &str) -> Vec<(u32, u8)> {
        if !family::is_stem(stem) {
            return Vec::new();
        }
        let places = (self.start(stem)..self.key.len()).take_while(|&at| self.key.get(at).starts_with(stem));
        let whole = places.filter(|&at| self.cost[at] == 0);
        let member = |at: usize| Some((family::member(&self.key.get(at)[stem.len()..])?, self.form[at]));
        family::costs(whole.filter_map(member).collect())
    }

    /// Whether a normal form is a gene's approved symbol or name, but for the habits of writing.
    pub(super) fn is_gene(&self, names: &Names, form: &str) -> bool {
        let is_approved = |&name: &u32| matches!(kind(names, name), SYMBOL | NAME);
        let key = fold(form);
        let mut forms = self.of_key(&key).filter(|(_, cost)| *cost == 0);
        forms.any(|(form, _)| names.names_of_form(form).iter().any(is_approved))
    }

    /// How many genes have symbols that go on from a normal form as those of a family's members do; where those are none,
    /// how many are called so, or by other symbols or names of that kind. `None` where they are no family. Of several
    /// species, a symbol counts once.
    pub(super) fn relatives(&self, names: &Names, form: &str) -> Option<usize> {
        let stem = family::stem(form);
        if stem.len() < family::LEAST {
            return None;
        }
        let (mut approved, mut called) = (BTreeSet::new(), BTreeSet::new());
        for at in (self.start(&stem)..self.key.len()).filter(|&at| self.cost[at] == 0) {
            let Some(ending) = self.key.get(at).strip_prefix(stem.as_str()) else { break };
            let other = names.form(self.form[at]);
            let is_member = |&&name: &&u32| match kind(names, name) {
                ..=OTHER_SYMBOL => ending.is_empty() || family::is_member(&stem, ending),
                _ => family::is_member_name(form, other),
            };
            for &name in names.names_of_form(self.form[at]).iter().filter(is_member) {
                let concept = names.concept_of(name);
                if is_lesser(names, concept) {
                    continue;
                }
                let symbol = names.label(concept).to_lowercase();
                if kind(names, name) == SYMBOL {
                    approved.insert(symbol.clone());
                }
                called.insert(symbol);
            }
        }
        [approved, called].iter().find(|symbols| family::is_family(symbols)).map(BTreeSet::len)
    }

    /// The concepts that a mention may name, each by its nearest name, the nearest first.
    pub(in crate::retrieve) fn find(&self, names: &Names, mention: &str, subset: Option<&Subset>) -> Vec<Match> {
        let whole = text::normal_form(mention);
        let mut found = Found { names, subset, whole: whole.clone(), best: BTreeMap::new() };
        let written = |spelling: Spelling| (text::normal_form(&spelling.text), spelling.cost);
        let spellings: Vec<(String, u8)> = spellings(mention).into_iter().map(written).collect();
        for (form, cost) in &spellings {
            let squeezed = squeeze(form);
            for (other, way) in self.of_key(&fold(form)) {
                let is_squeezed = squeeze(names.form(other)) == squeezed;
                let cost = cost + way + u8::from(!is_squeezed && way == 0);
                if cost <= DEAREST {
                    found.note(other, cost, Says::Anything);
                }
            }
        }
        // The receptor of X is often called X as well.
        if let Some(stem) = fold(&whole).strip_suffix('r').filter(|stem| stem.len() >= LEAST_OF_LIGAND) {
            for (other, _) in self.of_key(stem).filter(|(_, way)| *way == 0) {
                found.note(other, RECEPTOR, Says::Receptor);
            }
        }
        if let Some(initials) = initials(&whole, 2) {
            for (other, _) in self.of_key(&initials).filter(|(_, way)| *way == 0) {
                found.note(other, DEAREST, Says::Anything);
            }
        }
        // A family may be meant, though one gene is called so.
        for (form, cost) in spellings.iter().filter(|(_, cost)| *cost <= GUESS) {
            for (other, way) in self.members(&family::stem(form)) {
                found.note(other, cost.saturating_add(way), Says::NotLesser);
            }
        }
        found.sorted(mention)
    }
}

/// Whether one of a concept's names has this word.
fn is_called(names: &Names, concept: u32, word: &str) -> bool {
    names.names_of(concept).any(|name| names.form(names.form_of_name(name)).split(' ').any(|other| other == word))
}

/// Whether a name is made of letters of the symbol in their order, as `ZK` is of `ZRK1`.
fn is_abbreviation(name: &str, symbol: &str) -> bool {
    let mut letters = symbol.chars().flat_map(char::to_lowercase);
    let mut written = name.chars().flat_map(char::to_lowercase).filter(|letter| letter.is_alphanumeric());
    written.all(|letter| letters.any(|other| other == letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abbreviation_has_the_letters_of_the_symbol_in_their_order() {
        assert!(is_abbreviation("NK-1", "NKX1-1") && is_abbreviation("pl", "PLG"));
        assert!(!is_abbreviation("LP", "PLG"));
    }
}

//! Genes as people write them: the names of a nomenclature (approved, previous and alias symbols) found by what is left
//! of a mention when the habits of writing are taken off it.

mod folding;
mod spellings;

use std::collections::BTreeMap;

use crate::index::{Names, Subset};
use crate::ontology::Scope;
use crate::text;
use folding::{fold, initials, squeeze};
use spellings::spellings;

/// How near a mention is to a name of a concept. The order is the order of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Nearness {
    /// What had to be changed: nothing (0) up to nearly everything.
    pub cost: u8,
    /// Whether the normal forms differ.
    pub is_folded: bool,
    /// What kind of name it is: an approved symbol (0) up to an alias name.
    pub kind: u8,
}

/// A concept one of whose names is the mention, written otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match {
    pub concept: u32,
    pub name: u32,
    pub nearness: Nearness,
}

/// The folded names of a nomenclature.
pub(super) struct Symbols {
    /// Key, form, and what it costs to come from that form to the key; sorted.
    entries: Vec<(Box<str>, u32, u8)>,
}

/// Costs from which on a match is a guess.
pub(super) const GUESS: u8 = 3;

impl Symbols {
    /// Whether an index is a nomenclature: one whose names are told apart as symbols were.
    pub(super) fn is_nomenclature(names: &Names) -> bool {
        names.kinds().any(|kind| matches!(kind, "alias_symbol" | "prev_symbol"))
    }

    pub(super) fn build(names: &Names) -> Self {
        let mut entries: Vec<(Box<str>, u32, u8)> = Vec::new();
        for (form, at) in names.all_forms().zip(0_u32..) {
            let words = form.split(' ').count();
            entries.push((fold(form).into(), at, 0));
            if words >= 3 {
                if let Some((_, rest)) = form.split_once(' ') {
                    entries.push((fold(rest).into(), at, 3));
                }
                if let Some(initials) = initials(form) {
                    entries.push((initials.into(), at, 4));
                }
            }
            // `lipase, endothelial` is an endothelial lipase.
            let text = names.names_of_form(at).first().map(|&name| names.text(name)).unwrap_or_default();
            if let Some((head, modifier)) = text.split_once(", ").filter(|(_, modifier)| !modifier.contains(',')) {
                let turned = text::normal_form(&format!("{modifier} {head}"));
                if let Some(initials) = initials(&turned) .filter(|_| words >= 2){
                    entries.push((initials.into(), at, 4));
                }
                entries.push((fold(&turned).into(), at, 1));
            }
        }
        entries.sort_unstable();
        entries.dedup_by(|one, other| one.0 == other.0 && one.1 == other.1);
        Self { entries }
    }

    fn of_key<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a (Box<str>, u32, u8)> {
        let start = self.entries.partition_point(|(other, ..)| **other < *key);
        self.entries[start..].iter().take_while(move |(other, ..)| **other == *key)
    }

    /// The concepts that a mention may name, each by its nearest name, the nearest first.
    pub(super) fn find(&self, names: &Names, mention: &str, subset: Option<&Subset>) -> Vec<Match> {
        let mut found: BTreeMap<u32, Match> = BTreeMap::new();
        let mut note = |form: u32, cost: u8, is_folded: bool| {
            for &name in names.names_of_form(form) {
                let concept = names.concept_of(name);
                if subset.is_some_and(|subset| !subset.has_concept(concept)) {
                    continue;
                }
                let new = Match { concept, name, nearness: Nearness { cost, is_folded, kind: kind(names, name) } };
                let best = found.entry(concept).or_insert(new);
                if new.nearness < best.nearness {
                    *best = new;
                }
            }
        };
        let spellings = spellings(mention);
        let whole = text::normal_form(mention);
        for spelling in &spellings {
            let form = text::normal_form(&spelling.text);
            let squeezed = squeeze(&form);
            for (_, other, extra) in self.of_key(&fold(&form)) {
                let other_form = names.form(*other);
                let is_squeezed = squeeze(other_form) == squeezed;
                let cost = spelling.cost + extra + u8::from(!is_squeezed && *extra == 0);
                note(*other, cost, other_form != whole);
            }
        }
        let nearest = found.values().map(|found| found.nearness.cost).min();
        if nearest.is_none_or(|cost| cost >= GUESS) {
            for spelling in spellings.iter().filter(|spelling| spelling.cost <= 1) {
                for (form, cost) in self.members(&fold(&text::normal_form(&spelling.text))) {
                    for &name in names.names_of_form(form) {
                        let concept = names.concept_of(name);
                        if subset.is_some_and(|subset| !subset.has_concept(concept)) {
                            continue;
                        }
                        let nearness = Nearness { cost: cost + spelling.cost, is_folded: true, kind: kind(names, name) };
                        let new = Match { concept, name, nearness };
                        let best = found.entry(concept).or_insert(new);
                        if new.nearness < best.nearness {
                            *best = new;
                        }
                    }
                }
            }
        }
        let mut found: Vec<Match> = found.into_values().collect();
        let is_as_written = |name: u32| names.text(name) == mention.trim();
        found.sort_by_cached_key(|found| {
            (
                found.nearness,
                !is_as_written(found.name),
                is_lesser(names, found.concept),
                std::cmp::Reverse(names.names_of(found.concept).len()),
                found.concept,
            )
        });
        found
    }

    /// Forms that go on where `stem` ends, as the members of a family do, with what each costs.
    fn members(&self, stem: &str) -> Vec<(u32, u8)> {
        if stem.len() < 2 || stem.ends_with(|c: char| c.is_ascii_digit()) {
            return Vec::new();
        }
        let start = self.entries.partition_point(|(other, ..)| **other < *stem);
        let family = self.entries[start..].iter().take_while(|(key, ..)| key.starts_with(stem));
        let mut members: Vec<(u32, u32, &str)> = Vec::new();
        for (key, form, extra) in family.filter(|(.., extra)| *extra == 0) {
            let rest = &key[stem.len()..];
            if let Some(number) = member(rest) {
                members.push((number, *form, rest));
            }
        }
        members.sort_unstable();
        let first = members.first().map(|(number, ..)| *number);
        members.iter().map(|(number, form, _)| (*form, if Some(*number) == first { GUESS } else { 4 + u8::try_from(number / 100).unwrap_or(9).min(20) })).collect()
    }
}

/// Which member of a family this ending makes, from 0 up.
fn member(rest: &str) -> Option<u32> {
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, letters) = rest.split_at(digits);
    let letter = |letters: &str| match letters.as_bytes() {
        [] => Some(0),
        [letter] => Some(u32::from(letter - b'a')),
        _ => None,
    };
    if digits == 0 {
        // `a`, `b2`
        let first = rest.chars().next()?;
        let number = rest[first.len_utf8()..].parse().ok().or((rest.len() == 1).then_some(0_u32))?;
        return (first.is_ascii_lowercase() && number < 30).then(|| u32::from(first as u8 - b'a') * 100 + number * 3);
    }
    let number: u32 = number.parse().ok().filter(|&number| number < 40)?;
    Some(number.saturating_sub(1) * 100 + letter(letters)?)
}

fn kind(names: &Names, name: u32) -> u8 {
    match (names.scope(name), names.kind(name)) {
        (Scope::Label, _) => 0,
        (_, Some("prev_symbol")) => 1,
        (_, Some("alias_symbol")) => 2,
        (_, Some("name")) => 3,
        (_, Some("prev_name")) => 4,
        _ => 5,
    }
}

/// Whether a gene is one that stands beside another: people rarely mean it without saying so.
pub(super) fn is_lesser(names: &Names, concept: u32) -> bool {
    names.names_of(concept).filter(|&name| names.kind(name) == Some("name")).any(|name| {
        let form = names.form(names.form_of_name(name));
        LESSER.iter().any(|word| form.split(' ').any(|other| other == *word))
    })
}

/// What the names of such genes say.
const LESSER: &[&str] =
    &["pseudogene", "antisense", "intergenic", "intronic", "overlapping", "readthrough", "fragile", "divergent", "lncrna"];

//! Families and complexes by their names: a mention of one is none of a single gene.

use std::collections::BTreeMap;

use super::family::stem;
use super::folding::tokens;
use crate::arrays::{Array, Arrays, Strings, Writer};
use crate::index::Names;
use crate::retrieve::{Error, Group};
use crate::text;

/// The groups of a nomenclature, by what is left of their names.
pub(in crate::retrieve) struct Groups {
    key: Strings,
    name: Strings,
    genes: Array<u32>,
}

/// Words after the name of a family that say of nothing that it is one, and are no part of its name.
const BEHIND: [&str; 3] = ["member", "gene", "protein"];

/// What is left of a family's name: its stem, without the words that say that it is a family.
fn key(form: &str) -> String {
    let mut rest = form.strip_prefix("the ").unwrap_or(form);
    while let Some((before, last)) = rest.rsplit_once(' ') {
        if !SAID.contains(&last) && !BEHIND.contains(&last) {
            break;
        }
        rest = before;
    }
    stem(rest)
}

/// Whether a normal form says that it is of more than one gene.
fn says_family(form: &str) -> bool {
    let last = form.rsplit(' ').next().unwrap_or(form);
    SAID.contains(&last) || tokens(last).last().is_some_and(|stem| !last.ends_with(stem))
}

/// Words that say so behind the name of a family.
const SAID: &[&str] = &[
    "family",
    "families",
    "superfamily",
    "subfamily",
    "complex",
    "complexes",
    "group",
    "groups",
    "members",
    "genes",
    "proteins",
];

/// Letters and digits of a group's key at least.
const LEAST: usize = 2;

impl Groups {
    pub(super) fn open(arrays: &Arrays) -> Result<Self, Error> {
        Ok(Self {
            key: arrays.strings("group_key")?,
            name: arrays.strings("group")?,
            genes: arrays.numbers("group_genes")?,
        })
    }

    /// The group that a mention names.
    pub(in crate::retrieve) fn find(&self, mention: &str) -> Option<Group> {
        let form = text::normal_form(mention);
        let key = key(&form);
        let at = self.key.binary_search(&key).filter(|_| key.len() >= LEAST)?;
        Some(Group {
            name: self.name.get(at).to_owned(),
            genes: Some(self.genes[at] as usize),
            is_said: says_family(&form),
        })
    }

    /// Whether several groups are of such things, as many are of kinases.
    pub(super) fn are_kinds(&self, name: &str) -> bool {
        let key = key(&text::normal_form(name));
        let is_one = |other: &&str| key.len() >= LEAST_OF_KIND && other.ends_with(&key);
        self.key.iter().filter(is_one).nth(1).is_some()
    }
}

/// Letters and digits of the key of what several groups are of, at least.
const LEAST_OF_KIND: usize = 5;

/// Writes the groups that have more than one gene; of those whose names are alike the one with the most.
pub(super) fn write(names: &Names, writer: &mut Writer) {
    let mut genes: BTreeMap<&str, u32> = BTreeMap::new();
    for concept in 0..u32::try_from(names.concepts()).unwrap_or(u32::MAX) {
        // NCBI's subsets are kinds of genes, no families.
        if names.id(concept).starts_with("NCBIGene:") {
            continue;
        }
        for group in names.subsets_of(concept) {
            *genes.entry(group).or_default() += 1;
        }
    }
    let mut groups: BTreeMap<String, (&str, u32)> = BTreeMap::new();
    for (name, genes) in genes.into_iter().filter(|(_, genes)| *genes > 1) {
        let best = groups.entry(key(&text::normal_form(name))).or_insert((name, genes));
        if genes > best.1 {
            *best = (name, genes);
        }
    }
    writer.strings("group_key", groups.keys().map(String::as_str));
    writer.strings("group", groups.values().map(|(name, _)| *name));
    writer.numbers("group_genes", &groups.values().map(|(_, genes)| *genes).collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_the_same_in_the_plural_and_with_the_words_that_say_that_it_is_one() {
        let same = |one: &str, other: &str| assert_eq!(key(&text::normal_form(one)), key(&text::normal_form(other)));
        same("Cadherins", "the cadherin superfamily");
        same("Toll like receptors", "the toll-like receptor family");
        same("Zarkin promoting complex", "zarkin-promoting complexes");
        assert_ne!(key("cadherin"), key("cadherin 1"));
    }

    #[test]
    fn a_plural_or_a_word_for_it_says_that_a_family_is_meant() {
        assert!(says_family("cadherins") && says_family("cadherin family") && says_family("zarkin proteins"));
        assert!(!says_family("cadherin") && !says_family("cadherin 1") && !says_family("zarkin gas"));
    }
}

//! Genes as people write them: the names of a nomenclature (approved, previous and alias symbols) found by what is left
//! of a mention when the habits of writing are taken off it.
//!
//! `folding.rs` takes them off a name, `spellings.rs` thinks of the other ways a mention may be written, `family.rs`
//! knows the members of a family by their symbols, `groups.rs` families by their name, `plurals.rs` what says that several
//! are meant, `lookup.rs` finds the names, and `merging.rs` puts what was found among what was ranked.

mod family;
mod folding;
mod groups;
mod lookup;
mod merging;
mod plurals;
mod spellings;

use crate::arrays::{Arrays, Writer};
use crate::index::{Names, SYMBOLS, Unsealed};
use crate::ontology::Scope;

use super::{Error, Group};
use crate::text;
use groups::Groups;
use lookup::Folded;
use plurals::Plural;

pub(super) use merging::{Place, answer_confidence, merge, sureness};

/// How near a mention is to a name of a concept. The order is the order of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Nearness {
    /// How much had to be changed, from nothing (0) up.
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

/// Costs from which on a match is a guess.
const GUESS: u8 = 3;

/// Whether a name that is as near to a mention is no guess.
pub(super) const fn is_sure(nearness: Nearness) -> bool {
    nearness.cost < GUESS
}

/// What the names of a nomenclature are looked up by.
pub(super) struct Symbols {
    folded: Folded,
    groups: Groups,
}

impl Symbols {
    /// Opens what [`write`] wrote.
    pub(super) fn open(arrays: &Arrays) -> Result<Self, Error> {
        Ok(Self { folded: Folded::open(arrays)?, groups: Groups::open(arrays)? })
    }

    /// What is found by name.
    pub(super) const fn folded(&self) -> &Folded {
        &self.folded
    }

    /// The family or complex that a mention names, given in its normal form as well: one that it says it is of several
    /// genes of, or, where no gene is called so, one of its name.
    pub(super) fn group(&self, names: &Names, mention: &str, form: &str, is_gene: bool) -> Option<Group> {
        // Names in the plural, or with such a word, are names.
        let plural = plurals::plural(mention).filter(|_| names.form_of(form).is_none());
        let several = plural.and_then(|plural| self.several(names, plural));
        several.or_else(|| self.groups.find(mention).filter(|_| !is_gene))
    }

    /// The family that a plural is of, where it is of one and not of copies of one gene.
    fn several(&self, names: &Names, plural: Plural<'_>) -> Option<Group> {
        let readings = std::iter::once(plural.of).chain(plural.in_full).map(|of| (of, text::normal_form(of)));
        let readings: Vec<(&str, String)> = readings.collect();
        let is_gene = readings.iter().any(|(_, form)| self.folded.is_gene(names, form));
        if is_gene && !plural.is_family {
            return None;
        }
        if let Some(group) = self.groups.find(plural.of) {
            return Some(Group { is_said: true, ..group });
        }
        let said = |of: &str, genes| Some(Group { name: of.to_owned(), genes, is_said: true });
        // How many are called after a gene is not how many are of its family.
        let relatives = |at: usize| Some((self.folded.relatives(names, &readings[at].1)?, readings[at].0));
        let mut relatives = (0..readings.len()).filter(|_| !is_gene).filter_map(relatives);
        // Of words, `protein` may be one more; behind a symbol it only says what it is of.
        let relatives = if plural.of.contains(' ') { relatives.next_back() } else { relatives.next() };
        match relatives {
            Some((genes, of)) => said(of, Some(genes)),
            None if plural.is_family || self.groups.are_kinds(plural.of) => said(plural.of, None),
            None => None,
        }
    }
}

/// Writes what mentions are looked up by beside the other parts, where the index is a nomenclature: one that tells
/// symbols from what they were called before.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(unsealed: &Unsealed) -> Result<(), Error> {
    let names = unsealed.parts().names();
    if !names.kinds().any(|kind| matches!(kind, "alias_symbol" | "prev_symbol")) {
        return Ok(());
    }
    let mut writer = Writer::default();
    lookup::write(names, &mut writer);
    groups::write(names, &mut writer);
    Ok(writer.write(&unsealed.folder().join(SYMBOLS))?)
}

/// The kind of an approved symbol.
const SYMBOL: u8 = 0;

/// The kind of a symbol that is older or another one, at most.
const OTHER_SYMBOL: u8 = 2;

/// The kind of an approved name.
const NAME: u8 = 3;

/// The kind of a name as a place in the order of trust.
fn kind(names: &Names, name: u32) -> u8 {
    match (names.scope(name), names.kind(name)) {
        (Scope::Label, _) => SYMBOL,
        (_, Some("prev_symbol")) => 1,
        (_, Some("alias_symbol")) => OTHER_SYMBOL,
        (_, Some("name")) => NAME,
        (_, Some("prev_name")) => 4,
        _ => 5,
    }
}

/// What the names of genes say that stand beside another, or make no protein: people rarely mean those without saying so.
const LESSER: &[&str] = &[
    "pseudogene",
    "antisense",
    "intergenic",
    "intronic transcript",
    "overlapping transcript",
    "divergent transcript",
    "expressed transcript",
    "readthrough",
    "fragile site",
    "host gene",
    "lncrna",
    "microrna",
    "non coding",
    "non protein coding",
    "nuclear rna",
    "nucleolar rna",
    "ribosomal rna",
    "transfer rna",
];

/// What a gene is called that has lost its function in some people only.
const SOMETIMES: &str = "gene pseudogene";

/// Whether a normal form says that it is of such a gene.
fn says_lesser(form: &str) -> bool {
    let is_phrase = |(at, phrase): (usize, &str)| {
        let (before, after) = (&form[..at], &form[at + phrase.len()..]);
        (before.is_empty() || before.ends_with(' ')) && (after.is_empty() || after.starts_with(' '))
    };
    !form.ends_with(SOMETIMES) && LESSER.iter().any(|phrase| form.match_indices(phrase).any(is_phrase))
}

/// Whether a gene is one of those.
pub(super) fn is_lesser(names: &Names, concept: u32) -> bool {
    let full = names.names_of(concept).filter(|&name| names.kind(name) == Some("name"));
    full.map(|name| names.form(names.form_of_name(name))).any(says_lesser)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genes_that_stand_beside_another_are_told_by_whole_words() {
        assert!(says_lesser("zarkin 1 pseudogene 2") && says_lesser("zrk1 antisense rna 1"));
        assert!(!says_lesser("zarkin 1 gene pseudogene") && !says_lesser("fragile x zarkin"));
        assert!(!says_lesser("antisenseless"));
    }
}

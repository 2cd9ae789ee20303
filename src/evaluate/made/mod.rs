//! Cases made from an ontology's own names.
//!
//! | file | what |
//! |---|---|
//! | `names.rs` | names and the concepts that have them |
//! | `synonyms.rs` | synonyms to be held out of an index |
//! | `typos.rs` | names with typing errors |
//! | `split.rs` | popularity bins, and terms that a model is trained on or not |
//! | `symbols.rs` | identifiers as people write those of a nomenclature |
//!
//! All that is random follows from the seed and from what is drawn, by BLAKE3: the same on every machine, and a name
//! that comes into the ontology changes little about which others are drawn.

mod names;
mod split;
mod symbols;
mod synonyms;
mod typos;

use std::collections::{BTreeMap, HashSet};

pub use split::{Parting, part, put_into_bins};
pub use symbols::symbol;

use super::dataset::Split;
use super::popularity::Popularity;
use crate::ontology::{Curie, Ontology, Scope};
use names::{Candidate, Known};

/// What cases are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Labels.
    Labels,
    /// Names of the wanted scopes and kinds.
    Names,
    /// Synonyms of the wanted scopes and kinds, each to be held out of the index that is asked.
    Synonyms,
    /// Labels, and synonyms of the wanted scopes and kinds, with this many typing errors each.
    Typos(usize),
}

/// Which cases are wanted.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// What they are made of.
    pub what: What,
    /// The scopes of their names, but for labels.
    pub scopes: &'a [Scope],
    /// The synonym types of their names, but for labels; all where none is given.
    pub kinds: &'a [String],
    /// Another ontology whose names they are, by the same identifiers.
    pub source: Option<&'a Ontology>,
    /// Only this concept and what is below it.
    pub under: Option<&'a Curie>,
    /// Only concepts of this namespace.
    pub namespace: Option<&'a str>,
    /// How many; all where none is given.
    pub sample: Option<usize>,
    /// What every random choice follows from.
    pub seed: u64,
}

/// A case that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What is asked.
    pub mention: String,
    /// The live concepts it means, sorted; never empty.
    pub ids: Vec<Curie>,
    /// How often they occur, the most popular of them.
    pub popularity: Option<u64>,
    /// The part of all cases, by popularity: 1 is the most popular.
    pub bin: Option<usize>,
    /// Whether a model may be trained on it.
    pub split: Option<Split>,
    /// The namespace of the concept.
    pub namespace: Option<String>,
}

/// What was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cases {
    /// The cases, sorted by their first identifier, then by mention.
    pub cases: Vec<Made>,
    /// Names to leave out of the index, sorted: of held out synonyms only.
    pub exclusions: Vec<(Curie, String)>,
    /// How many names were of no use, and why.
    pub skipped: BTreeMap<Skipped, usize>,
}

/// Why a name became no case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skipped {
    /// It is of a concept that the ontology does not have.
    Unknown,
    /// It is also a label.
    Label,
    /// Its concept has another name that differs in case, number or punctuation only.
    Spelling,
    /// So has another concept.
    OtherConcept,
    /// Its concept has no label that would remain.
    Unlabelled,
    /// It holds a tab or a line break, which no row of an exclusion list can hold.
    Unwritable,
    /// It has no word that is long enough for a typing error.
    Short,
    /// Each error that was tried makes another name, or one that has the same normal form.
    AnotherName,
}

impl Skipped {
    /// In words, after a number of names.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Unknown => "of concepts that the index does not have",
            Self::Label => "also labels",
            Self::Spelling => "spelled like another name of their concept",
            Self::OtherConcept => "spelled like a name of another concept",
            Self::Unlabelled => "of concepts without a label",
            Self::Unwritable => "with a tab or line break",
            Self::Short => "without a word of four letters",
            Self::AnotherName => "one error away from a name only",
        }
    }
}

/// Makes cases from the live concepts of `ontology`.
///
/// An index may have had names excluded; its ontology has them all the same, and so have cases that are made from it.
pub fn make(ontology: &Ontology, request: &Request<'_>) -> Cases {
    let mut cases = Cases::default();
    let known = Known::of(ontology, request, &mut cases.skipped);
    let mut candidates = known.candidates(request);
    let tag = match request.what {
        What::Labels => "labels",
        What::Names => "names",
        What::Synonyms => "synonyms",
        What::Typos(_) => "typos",
    };
    candidates.sort_by_cached_key(|candidate| draw(request.seed, tag, &candidate.ids[0], candidate.text));
    let wanted = request.sample.unwrap_or(usize::MAX);
    match request.what {
        What::Labels | What::Names => {
            candidates.truncate(wanted);
            cases.cases = candidates.iter().map(|candidate| candidate.asked_as(candidate.text.to_owned())).collect();
        }
        What::Synonyms => synonyms::hold_out(&known, candidates, wanted, &mut cases),
        What::Typos(errors) => typos::misspell(&known, &candidates, errors, wanted, request.seed, &mut cases),
    }
    cases.cases.sort_by(|left, right| (&left.ids[0], &left.mention).cmp(&(&right.ids[0], &right.mention)));
    cases.exclusions.sort();
    cases
}

impl Candidate<'_> {
    fn asked_as(&self, mention: String) -> Made {
        let namespace = self.namespace.map(str::to_owned);
        Made { mention, ids: self.ids.clone(), popularity: None, bin: None, split: None, namespace }
    }
}

impl Cases {
    /// Leaves out what is in neither part.
    pub fn keep_parts(&mut self) {
        self.cases.retain(|case| case.split.is_some());
        let kept: HashSet<(&Curie, &str)> =
            self.cases.iter().flat_map(|case| case.ids.iter().map(|id| (id, case.mention.as_str()))).collect();
        self.exclusions.retain(|(id, text)| kept.contains(&(id, text)));
    }
}

/// Writes into each case how often its concepts occur.
pub fn count(cases: &mut [Made], popularity: &Popularity) {
    for case in cases {
        case.popularity = case.ids.iter().filter_map(|id| popularity.of(id)).max();
    }
}

/// A number for `mention` of `id`, for the purpose `tag`: random, and the same on every machine.
fn draw(seed: u64, tag: &str, id: &Curie, mention: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    for part in [tag, id.as_str(), mention] {
        hasher.update(part.as_bytes()).update(&[0]);
    }
    let digest = hasher.finalize();
    u64::from_le_bytes(digest.as_bytes()[..8].try_into().expect("a digest has 32 bytes"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ontology::{obo, sample};

    /// The ontology of an OBO text.
    pub(crate) fn ontology(text: &str) -> Ontology {
        Ontology::assemble(obo::read(text.as_bytes(), "x.obo").unwrap(), "x", "x.obo").unwrap()
    }

    /// The ontology that is compiled in.
    pub(crate) fn sample_ontology() -> Ontology {
        ontology(std::str::from_utf8(sample::bytes()).unwrap())
    }

    /// All cases of `what`, of exact synonyms.
    pub(crate) fn request(what: What) -> Request<'static> {
        Request {
            what,
            scopes: &[Scope::Exact],
            kinds: &[],
            source: None,
            under: None,
            namespace: None,
            sample: None,
            seed: 0,
        }
    }

    /// Mentions and identifiers.
    pub(crate) fn shown(cases: &Cases) -> Vec<(&str, String)> {
        let ids = |case: &Made| case.ids.iter().map(Curie::as_str).collect::<Vec<_>>().join("|");
        cases.cases.iter().map(|case| (case.mention.as_str(), ids(case))).collect()
    }

    const HANDS: &str = "\
[Term]\nid: X:3\nname: Hand\nnamespace: body\nsynonym: \"Manus\" EXACT latin []\nsynonym: \"Paw\" RELATED []\n
[Term]\nid: X:2\nname: Fist\nnamespace: sign\nis_a: X:3\n
[Term]\nid: X:1\nname: hand\nsynonym: \"Manus\" EXACT []\n
[Term]\nid: X:4\nname: obsolete Claw\nis_obsolete: true\n";

    #[test]
    fn labels_lead_to_every_live_concept_that_has_them() {
        let cases = make(&ontology(HANDS), &request(What::Labels));
        assert_eq!(shown(&cases), [("hand", "X:1|X:3".to_owned()), ("Fist", "X:2".to_owned())]);
        assert!(cases.skipped.is_empty() && cases.exclusions.is_empty());
    }

    #[test]
    fn names_are_those_of_a_scope_and_kind() {
        let ontology = ontology(HANDS);
        let wanted = Request { scopes: &[Scope::Related], ..request(What::Names) };
        assert_eq!(shown(&make(&ontology, &wanted)), [("Paw", "X:3".to_owned())]);
        let kinds = ["latin".to_owned()];
        let wanted = Request { kinds: &kinds, ..request(What::Names) };
        assert_eq!(shown(&make(&ontology, &wanted)), [("Manus", "X:1|X:3".to_owned())]);
    }

    #[test]
    fn cases_can_be_limited_to_a_part_of_the_ontology() {
        let ontology = ontology(HANDS);
        let under = Curie::parse("X:3").unwrap();
        let wanted = Request { under: Some(&under), ..request(What::Labels) };
        assert_eq!(shown(&make(&ontology, &wanted)).len(), 2);
        let wanted = Request { under: Some(&under), namespace: Some("sign"), ..request(What::Labels) };
        let cases = make(&ontology, &wanted);
        assert_eq!(shown(&cases), [("Fist", "X:2".to_owned())]);
        assert_eq!(cases.cases[0].namespace.as_deref(), Some("sign"));
    }

    #[test]
    fn names_of_another_ontology_lead_to_live_concepts_of_this_one() {
        let other = ontology("[Term]\nid: X:2\nname: Pugnus\n\n[Term]\nid: X:9\nname: Tail\n");
        let wanted = Request { source: Some(&other), scopes: &Scope::ALL, ..request(What::Names) };
        let cases = make(&ontology(HANDS), &wanted);
        assert_eq!(shown(&cases), [("Pugnus", "X:2".to_owned())]);
        assert_eq!(cases.cases[0].namespace.as_deref(), Some("sign"));
        assert_eq!(cases.skipped, BTreeMap::from([(Skipped::Unknown, 1)]));
    }

    #[test]
    fn synonyms_in_neither_part_stay_in_the_index() {
        let mut cases = make(&sample_ontology(), &request(What::Synonyms));
        let all = cases.exclusions.len();
        part(&mut cases.cases, &Parting { each: 10, by_namespace: false, seed: 0 });
        cases.keep_parts();
        assert_eq!(cases.cases.len(), 20);
        let ids: usize = cases.cases.iter().map(|case| case.ids.len()).sum();
        assert!(cases.exclusions.len() == ids && ids < all);
    }

    #[test]
    fn the_same_seed_draws_the_same_and_another_seed_others() {
        let ontology = sample_ontology();
        for what in [What::Labels, What::Names, What::Synonyms, What::Typos(1)] {
            let wanted = Request { sample: Some(40), ..request(what) };
            let cases = make(&ontology, &wanted);
            assert_eq!(cases.cases.len(), 40);
            assert!(cases.cases.is_sorted_by_key(|case| (&case.ids[0], &case.mention)));
            assert_eq!(make(&ontology, &wanted), cases);
            assert_ne!(make(&ontology, &Request { seed: 1, ..wanted }).cases, cases.cases);
        }
    }

    #[test]
    fn what_is_drawn_is_the_same_on_every_machine() {
        let id = Curie::parse("X:1").unwrap();
        let digest = blake3::hash(b"\x07\0\0\0\0\0\0\0labels\0X:1\0hand\0");
        assert_eq!(draw(7, "labels", &id, "hand").to_le_bytes(), digest.as_bytes()[..8]);
    }
}

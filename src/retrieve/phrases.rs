//! Mentions as people might write them, made of an ontology's own names: what the ranker learns from.
//!
//! Synonyms that the encoder has never seen, names with typing errors, with a word more, less or exchanged, definitions,
//! and each of these of a concept that is taken away whole, so that nothing is right.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;

use crate::index::Names;
use crate::text;

/// A mention whose answer is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Simulated {
    /// Its normal form.
    pub form: String,
    /// Forms that are not to be found, sorted: its own, or all of its concept's.
    pub without: Vec<u32>,
    /// The concepts that are right, sorted; none where the concept was taken away.
    pub right: Vec<u32>,
    /// The first concept that it was made of.
    pub source: u32,
}

/// Names that the encoder must not learn from, so that it meets them as it meets a stranger's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withheld {
    /// Forms, sorted.
    pub forms: BTreeSet<u32>,
    /// Concepts whose definitions are left out as well.
    pub concepts: BTreeSet<u32>,
}

/// Share of the concepts with several names that one of them is withheld from.
const WITHHELD: f32 = 0.07;

/// Most concepts that a name is withheld from: more teach nothing more.
const MOST_WITHHELD: usize = 2500;

/// Fewer make no lesson.
const FEWEST_WITHHELD: usize = 100;

/// Chooses one name of some concepts with several; of none where an ontology is too small to learn from.
pub fn withhold(names: &Names) -> Withheld {
    let mut random = Rng::with_seed(11);
    let mut withheld = Withheld::default();
    let several: Vec<(u32, Vec<u32>)> = (0..names.concepts())
        .filter_map(|concept| u32::try_from(concept).ok())
        .map(|concept| (concept, forms_of(names, concept)))
        .filter(|(_, forms)| forms.iter().map(|&form| text::key(names.form(form))).collect::<BTreeSet<_>>().len() > 1)
        .collect();
    let share = WITHHELD.min(MOST_WITHHELD as f32 / several.len().max(1) as f32);
    if several.len() as f32 * share < FEWEST_WITHHELD as f32 {
        return withheld;
    }
    for (concept, forms) in several {
        if random.f32() < share {
            let chosen = forms[random.usize(..forms.len())];
            // Variants in spelling would give it away.
            withheld.forms.extend(names.forms_of_key(&text::key(names.form(chosen))));
            withheld.concepts.insert(concept);
        }
    }
    withheld
}

/// The distinct forms of a concept's names, sorted.
fn forms_of(names: &Names, concept: u32) -> Vec<u32> {
    let forms: BTreeSet<u32> = names.names_of(concept).map(|name| names.form_of_name(name)).collect();
    forms.into_iter().collect()
}

/// The concepts that a form names, sorted.
fn owners(names: &Names, form: u32) -> Vec<u32> {
    let owners: BTreeSet<u32> = names.names_of_form(form).iter().map(|&name| names.concept_of(name)).collect();
    owners.into_iter().collect()
}

/// How a mention is made of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Same,
    TypingError,
    WordLess,
    WordMore,
    OtherOrder,
    OtherWord,
    OtherWordAndMore,
}

/// The kinds, whether of a withheld name, and how many of each among a hundred.
const MIX: [(Kind, bool, usize); 10] = [
    (Kind::Same, true, 30),
    (Kind::TypingError, true, 4),
    (Kind::WordMore, true, 4),
    (Kind::Same, false, 12),
    (Kind::TypingError, false, 12),
    (Kind::WordLess, false, 10),
    (Kind::WordMore, false, 12),
    (Kind::OtherOrder, false, 2),
    (Kind::OtherWord, false, 8),
    (Kind::OtherWordAndMore, false, 4),
];

/// So many definitions come on top of a hundred mentions of names.
const DEFINITIONS: usize = 15;

/// For so many mentions there is one more with its concept taken away.
const TAKEN_AWAY: usize = 10;

/// What people write before a name and after it.
const BEFORE: [&str; 26] = [
    "severe",
    "mild",
    "moderate",
    "marked",
    "bilateral",
    "left",
    "right",
    "unilateral",
    "progressive",
    "chronic",
    "acute",
    "recurrent",
    "congenital",
    "history of",
    "presence of",
    "signs of",
    "slight",
    "multiple",
    "isolated",
    "diffuse",
    "early onset",
    "patient had",
    "intermittent",
    "evidence of",
    "generalized",
    "episodes of",
];
const AFTER: [&str; 12] = [
    "in infancy",
    "on examination",
    "since birth",
    "in both",
    "was noted",
    "present",
    "in childhood",
    "at birth",
    "noted",
    "in adulthood",
    "condition",
    "of the patient",
];

/// About `count` mentions of the names, and some of `definitions` (concept and normal form).
pub(super) fn simulate(
    names: &Names,
    withheld: &Withheld,
    definitions: &[(u32, String)],
    count: usize,
) -> Vec<Simulated> {
    let mut random = Rng::with_seed(5);
    let exchanged = exchanged_words(names, withheld);
    let unseen: Vec<u32> = withheld.forms.iter().copied().collect();
    let mut mentions = Vec::new();
    for (kind, is_withheld, share) in MIX {
        let wanted = count * share / 100;
        let start = mentions.len();
        // A name may be too short to lose a word, or what is made of it may be another concept's name.
        for _ in 0..100 * wanted {
            if mentions.len() - start == wanted {
                break;
            }
            let form = match (is_withheld, unseen.len(), names.names()) {
                (true, 0, _) | (_, _, 0) => break,
                (true, choices, _) => unseen[random.usize(..choices)],
                (false, _, choices) => names.form_of_name(u32::try_from(random.usize(..choices)).unwrap_or(0)),
            };
            if random.f32() > mentioned(names, form) {
                continue;
            }
            mentions.extend(mention(names, form, kind, is_withheld, &exchanged, &mut random));
        }
    }
    for _ in 0..if definitions.is_empty() { 0 } else { count * DEFINITIONS / 100 } {
        let (concept, definition) = &definitions[random.usize(..definitions.len())];
        let words = random.usize(4..=30);
        let form = definition.split(' ').take(words).collect::<Vec<_>>().join(" ");
        mentions.push(Simulated { form, without: Vec::new(), right: vec![*concept], source: *concept });
    }
    for at in 0..mentions.len() / TAKEN_AWAY {
        let mut taken = mentions[at * TAKEN_AWAY + random.usize(..TAKEN_AWAY)].clone();
        let forms: BTreeSet<u32> = taken.right.iter().flat_map(|&concept| forms_of(names, concept)).collect();
        (taken.without, taken.right) = (forms.into_iter().collect(), Vec::new());
        mentions.push(taken);
    }
    mentions
}

/// How likely a form's concept is mentioned at all: people write of broad concepts more often than of leaves (the idea of
/// intrinsic information content, Seco, Veale and Hayes 2004).
fn mentioned(names: &Names, form: u32) -> f32 {
    let below = owners(names, form).into_iter().map(|concept| names.below(concept)).max().unwrap_or(0);
    ((1.0 + (1.0 + below as f32).ln()) / 6.0).min(1.0)
}

fn mention(
    names: &Names,
    form: u32,
    kind: Kind,
    is_withheld: bool,
    exchanged: &BTreeMap<String, Vec<String>>,
    random: &mut Rng,
) -> Option<Simulated> {
    let text = names.form(form);
    let written = written(text, kind, exchanged, random)?;
    let mut right = owners(names, form);
    let is_anothers = |form: u32| owners(names, form).iter().any(|owner| right.binary_search(owner).is_err());
    if written.is_empty() || (kind != Kind::Same && names.forms_of_key(&text::key(&written)).any(is_anothers)) {
        return None;
    }
    let mut own: Vec<u32> = names.forms_of_key(&text::key(text)).collect();
    own.sort_unstable();
    if is_withheld {
        // Without its name a concept must have another one to be found by.
        right.retain(|&concept| forms_of(names, concept).iter().any(|form| own.binary_search(form).is_err()));
    } else {
        own.clear();
    }
    let source = *right.first()?;
    Some(Simulated { form: written, without: own, right, source })
}

fn written(form: &str, kind: Kind, exchanged: &BTreeMap<String, Vec<String>>, random: &mut Rng) -> Option<String> {
    let mut words: Vec<&str> = form.split(' ').collect();
    match kind {
        Kind::Same => {}
        Kind::TypingError => {
            let mut wrong = typing_error(form, random)?;
            if random.u8(..10) < 3 {
                wrong = typing_error(&wrong, random)?;
            }
            return Some(wrong);
        }
        Kind::WordLess if words.len() < 3 => return None,
        Kind::WordLess => {
            words.remove(random.usize(..words.len()));
        }
        Kind::OtherOrder if words.len() < 2 => return None,
        Kind::OtherOrder => random.shuffle(&mut words),
        Kind::WordMore => more(&mut words, random),
        Kind::OtherWord | Kind::OtherWordAndMore => {
            let places: Vec<usize> = (0..words.len()).filter(|&at| exchanged.contains_key(words[at])).collect();
            let at = *places.get(random.usize(..places.len().max(1)))?;
            let others = exchanged.get(words[at])?;
            words[at] = &others[random.usize(..others.len())];
            if kind == Kind::OtherWordAndMore {
                more(&mut words, random);
            }
        }
    }
    Some(text::normal_form(&words.join(" ")))
}

fn more(words: &mut Vec<&str>, random: &mut Rng) {
    if random.u8(..3) > 0 {
        words.insert(0, BEFORE[random.usize(..BEFORE.len())]);
    } else {
        words.push(AFTER[random.usize(..AFTER.len())]);
    }
}

/// The form with a letter dropped, added, doubled, swapped with the next or replaced.
fn typing_error(form: &str, random: &mut Rng) -> Option<String> {
    let mut letters: Vec<char> = form.chars().collect();
    let places: Vec<usize> = (0..letters.len()).filter(|&at| letters[at].is_alphabetic()).collect();
    if places.len() < 4 {
        return None;
    }
    let at = places[random.usize(..places.len())];
    match random.u8(..5) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, random.lowercase()),
        2 if at + 1 < letters.len() => letters.swap(at, at + 1),
        3 => letters.insert(at, letters[at]),
        _ => letters[at] = random.lowercase(),
    }
    Some(text::normal_form(&letters.into_iter().collect::<String>()))
}

/// Words that stand for each other in names of at least two concepts that are else the same (`big`, `large`).
fn exchanged_words(names: &Names, withheld: &Withheld) -> BTreeMap<String, Vec<String>> {
    let mut pairs: BTreeMap<(&str, &str), BTreeSet<u32>> = BTreeMap::new();
    for concept in (0..names.concepts()).filter_map(|concept| u32::try_from(concept).ok()) {
        let forms = forms_of(names, concept).into_iter().filter(|form| !withheld.forms.contains(form));
        let split: Vec<Vec<&str>> = forms.map(|form| names.form(form).split(' ').collect()).collect();
        for left in &split {
            for right in split.iter().filter(|right| right.len() == left.len() && left.len() > 1) {
                let mut other = left.iter().zip(right).filter(|(left, right)| left != right);
                if let (Some((from, to)), None) = (other.next(), other.next()) {
                    pairs.entry((from, to)).or_default().insert(concept);
                }
            }
        }
    }
    let mut exchanged: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ((from, to), concepts) in pairs {
        if concepts.len() > 1 {
            exchanged.entry(from.to_owned()).or_default().push(to.to_owned());
        }
    }
    exchanged
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::index::{Build, Selection};
    use crate::ontology::{Ontology, obo};

    /// Names of findings of organs; each has two names of different words.
    fn names(findings: usize, organs: usize) -> (tempfile::TempDir, Names) {
        let mut text = String::new();
        for finding in 0..findings {
            for organ in 0..organs {
                let (finding, organ) = (letters("find", finding), letters("organ", organ));
                let _ = writeln!(text, "[Term]\nid: X:{finding}{organ}\nname: {organ} {finding} region");
                let _ = writeln!(text, "synonym: \"{finding} state of {organ}\" EXACT []\n");
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x.obo").unwrap(), "x", "x.obo").unwrap();
        let build = Build::begin(folder.path(), "x").unwrap();
        let names = build.names(&ontology, &Selection::default()).unwrap();
        // The arrays are mapped, and outlive the folder that the build removes.
        (folder, names)
    }

    fn letters(stem: &str, number: usize) -> String {
        let letter = |digit: usize| char::from(b"bcdfghjklm"[digit % 10]);
        format!("{stem}{}{}o", letter(number / 10), letter(number))
    }

    #[test]
    fn a_small_ontology_keeps_all_its_names() {
        let (_folder, names) = names(10, 10);
        assert_eq!(withhold(&names), Withheld::default());
    }

    #[test]
    fn of_a_large_one_some_names_are_withheld_and_no_concept_loses_all() {
        let (_folder, names) = names(50, 50);
        let withheld = withhold(&names);
        assert!((100..250).contains(&withheld.forms.len()), "{}", withheld.forms.len());
        for &concept in &withheld.concepts {
            assert!(forms_of(&names, concept).iter().any(|form| !withheld.forms.contains(form)));
        }
    }

    #[test]
    fn what_is_withheld_or_taken_away_is_not_to_be_found() {
        let (_folder, names) = names(50, 50);
        let withheld = withhold(&names);
        let mentions = simulate(&names, &withheld, &[], 1000);
        assert!(mentions.iter().any(|mention| mention.right.is_empty()));
        for mention in &mentions {
            assert!(mention.without.is_sorted() && mention.right.is_sorted());
            if let Some(form) = names.form_of(&mention.form)
                && !mention.without.is_empty()
            {
                assert!(mention.without.contains(&form), "{mention:?}");
            }
        }
        assert_eq!(mentions, simulate(&names, &withheld, &[], 1000));
    }

    #[test]
    fn every_kind_of_mention_can_be_made() {
        let (_folder, names) = names(10, 10);
        let exchanged = BTreeMap::from([("region".to_owned(), vec!["zone".to_owned()])]);
        let mut random = Rng::with_seed(1);
        for (kind, is_withheld, _) in MIX {
            let forms = 0..u32::try_from(names.forms()).unwrap();
            let made = forms.filter_map(|form| mention(&names, form, kind, is_withheld, &exchanged, &mut random));
            assert!(made.count() > 50, "{kind:?} {is_withheld}");
        }
    }

    #[test]
    fn words_are_exchanged_where_two_concepts_agree_that_they_can_be() {
        let text = "[Term]\nid: X:1\nname: big hand\nsynonym: \"large hand\" EXACT []\n\n\
                    [Term]\nid: X:2\nname: big foot\nsynonym: \"large foot\" EXACT []\nsynonym: \"big paw\" EXACT []\n";
        let folder = tempfile::tempdir().unwrap();
        let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x.obo").unwrap(), "x", "x.obo").unwrap();
        let build = Build::begin(folder.path(), "x").unwrap();
        let names = build.names(&ontology, &Selection::default()).unwrap();
        let exchanged = exchanged_words(&names, &Withheld::default());
        assert_eq!(exchanged["big"], ["large"]);
        assert!(!exchanged.contains_key("foot"));
    }
}

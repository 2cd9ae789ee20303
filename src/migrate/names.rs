//! What became of the names of concepts, and of phrases.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::changes::{Change, Changes, Concerned, End, Kind, Reassigned};
use crate::ontology::{Concept, Curie, Lexicon, Name, Ontology, Scope, Succession};
use crate::text;

/// What names are compared by: the normal form, or the name itself where nothing is left of it.
pub(super) fn form(name: &str) -> String {
    let form = text::normal_form(name);
    if form.is_empty() { name.to_owned() } else { form }
}

/// A concept whose names differ between the releases; one that is not live in one of them has none there.
struct Differing<'a> {
    id: &'a Curie,
    before: Option<&'a Concept>,
    now: Option<&'a Concept>,
    /// Forms it had and has, each with how it is first written.
    had: BTreeMap<String, &'a str>,
    has: BTreeMap<String, &'a str>,
    /// Where it went, if it is live no more, or where it came back from.
    kin: Vec<Curie>,
}

impl Differing<'_> {
    const fn stayed(&self) -> bool {
        self.before.is_some() && self.now.is_some()
    }

    /// Whether losing `form` is told by another change: the concept is gone or has another label.
    fn loss_is_told(&self, form: &str) -> bool {
        !self.stayed() || self.before.is_some_and(|concept| self::form(concept.label()) == form)
    }

    /// Whether gaining `form` is told by another change: the concept is new or has another label.
    fn gain_is_told(&self, form: &str) -> bool {
        !self.stayed() || self.now.is_some_and(|concept| self::form(concept.label()) == form)
    }
}

/// All that differs, and who lost and gained each form, as positions.
struct Names<'a> {
    differing: Vec<Differing<'a>>,
    lost: HashMap<String, Vec<usize>>,
    gained: HashMap<String, Vec<usize>>,
}

/// Adds to `changes` what became of names and phrases.
pub(super) fn compare(old: &Ontology, new: &Ontology, changes: &mut Changes) {
    let names = Names::of(old, new);
    for (position, differing) in names.differing.iter().enumerate() {
        if let (Some(before), Some(now)) = (differing.before, differing.now) {
            names.synonyms(position, before, now, changes);
        } else {
            for (form, name) in &differing.had {
                names.moved(position, form, name, changes);
            }
        }
    }
    changes.phrases = names.phrases(old, new);
}

impl<'a> Names<'a> {
    fn of(old: &'a Ontology, new: &'a Ontology) -> Self {
        let ids: BTreeSet<&Curie> = old.live().chain(new.live()).map(|concept| &concept.id).collect();
        let live = |ontology: &'a Ontology, id| ontology.get(id).filter(|concept| !concept.is_retired());
        let mut names = Self { differing: Vec::new(), lost: HashMap::new(), gained: HashMap::new() };
        for id in ids {
            let (before, now) = (live(old, id), live(new, id));
            if before.zip(now).is_some_and(|(before, now)| before.names == now.names) {
                continue;
            }
            let forms = |concept: Option<&'a Concept>| {
                let mut forms = BTreeMap::new();
                for name in concept.map_or(&[][..], |concept| &concept.names) {
                    forms.entry(form(&name.text)).or_insert(name.text.as_str());
                }
                forms
            };
            let (had, has) = (forms(before), forms(now));
            let position = names.differing.len();
            for form in had.keys().filter(|form| !has.contains_key(*form)) {
                names.lost.entry(form.clone()).or_default().push(position);
            }
            for form in has.keys().filter(|form| !had.contains_key(*form)) {
                names.gained.entry(form.clone()).or_default().push(position);
            }
            let kin = match (before, now) {
                (Some(_), None) => End::of(new, id).to,
                (None, Some(_)) => End::of(old, id).to,
                _ => Vec::new(),
            };
            let kin = kin.into_iter().map(|concerned| concerned.id).collect();
            names.differing.push(Differing { id, before, now, had, has, kin });
        }
        names
    }

    /// Whether names go from one concept to the other with a merge, a replacement or a revival.
    fn goes_along(&self, loser: usize, gainer: usize) -> bool {
        let (loser, gainer) = (&self.differing[loser], &self.differing[gainer]);
        (loser.now.is_none() && loser.kin.contains(gainer.id))
            || (gainer.before.is_none() && gainer.kin.contains(loser.id))
    }

    /// Whether a form's way from one concept to the other is a change of its own.
    fn is_moved(&self, form: &str, loser: usize, gainer: usize) -> bool {
        let is_told = self.differing[loser].loss_is_told(form) && self.differing[gainer].gain_is_told(form);
        !is_told && !self.goes_along(loser, gainer)
    }

    /// The positions of those who lost or gained a form.
    fn who<'b>(of: &'b HashMap<String, Vec<usize>>, form: &str) -> &'b [usize] {
        of.get(form).map_or(&[], Vec::as_slice)
    }

    /// Reports that a concept's name belongs to others now, where it does.
    fn moved(&self, loser: usize, form: &str, name: &str, changes: &mut Changes) -> bool {
        let gainers = Self::who(&self.gained, form).iter().copied();
        let gainers: Vec<usize> = gainers.filter(|&gainer| self.is_moved(form, loser, gainer)).collect();
        let (Some(&first), lost) = (gainers.first(), &self.differing[loser]) else { return false };
        let scope = |concept: Option<&Concept>| {
            let names = concept.map_or(&[][..], |concept| &concept.names);
            scopes(names.iter().filter(|name| self::form(&name.text) == form))
        };
        let label = lost.now.or(lost.before).map_or("", Concept::label);
        let mut change = Change::new(Kind::SynonymMoved, lost.id, label);
        name.clone_into(&mut change.name);
        (change.old, change.new) = (scope(lost.before), scope(self.differing[first].now));
        change.to = gainers.iter().filter_map(|&gainer| self.differing[gainer].now).map(Concerned::of).collect();
        changes.changes.push(change);
        true
    }

    /// What became of the synonyms of a concept that stayed.
    fn synonyms(&self, position: usize, before: &'a Concept, now: &'a Concept, changes: &mut Changes) {
        let differing = &self.differing[position];
        let (old, new) = (by_text(before), by_text(now));
        let (old_label, new_label) = (form(before.label()), form(now.label()));
        let change = |kind, name: &str, old: &[&Name], new: &[&Name]| {
            let mut change = Change::new(kind, &now.id, now.label());
            name.clone_into(&mut change.name);
            let synonyms = |names: &[&Name]| scopes(names.iter().copied().filter(|name| name.scope != Scope::Label));
            (change.old, change.new) = (synonyms(old), synonyms(new));
            change
        };
        let mut gone: Vec<(&str, String)> =
            old.keys().filter(|text| !new.contains_key(*text)).map(|text| (*text, form(text))).collect();
        for (text, names) in &new {
            let form = form(text);
            if let Some(earlier) = old.get(text) {
                let (had, has) = (has_synonym(earlier), has_synonym(names));
                let is_label_still = [before.label(), now.label()] == [*text; 2];
                let difference = change(Kind::SynonymRescoped, text, earlier, names);
                match (had, has) {
                    (true, true) if difference.old != difference.new => changes.changes.push(difference),
                    (true, false) if is_label_still => {
                        changes.changes.push(Change { kind: Kind::SynonymRemoved, ..difference });
                    }
                    (false, true) if is_label_still => {
                        changes.changes.push(Change { kind: Kind::SynonymAdded, ..difference });
                    }
                    _ => {}
                }
                continue;
            }
            // That goes along with another label, whose spelling may be another too.
            if form == new_label && *text == now.label() || (form == old_label && old_label != new_label) {
                continue;
            }
            let earlier = gone.iter().position(|(gone, its)| *its == form && *gone != before.label());
            if let Some(earlier) = earlier {
                let (spelled, _) = gone.remove(earlier);
                let difference = change(Kind::SynonymRescoped, text, &old[spelled], names);
                if difference.old == difference.new {
                    changes.other.respelled += 1;
                } else {
                    changes.changes.push(difference);
                }
                continue;
            }
            let losers = if differing.had.contains_key(&form) { &[][..] } else { Self::who(&self.lost, &form) };
            let is_told = |&loser: &usize| self.goes_along(loser, position) || self.is_moved(&form, loser, position);
            if !losers.iter().any(is_told) {
                changes.changes.push(change(Kind::SynonymAdded, text, &[], names));
            }
        }
        let mut told: BTreeSet<String> = BTreeSet::new();
        for (text, form) in gone {
            let is_lost = !differing.has.contains_key(&form);
            if is_lost && (told.contains(&form) || self.moved(position, &form, text, changes)) {
                told.insert(form);
                continue;
            }
            let went_along =
                is_lost && Self::who(&self.gained, &form).iter().any(|&who| self.goes_along(position, who));
            let is_label_now = form == new_label && old_label != new_label;
            if text != before.label() && !went_along && !is_label_now {
                changes.changes.push(change(Kind::SynonymRemoved, text, &old[text], &[]));
            }
        }
    }

    /// Phrases that are the name of another concept than before.
    fn phrases(&self, old: &Ontology, new: &Ontology) -> Vec<Reassigned> {
        if self.differing.is_empty() {
            return Vec::new();
        }
        let (lexicon_before, lexicon_now) = rayon::join(|| Lexicon::of(old), || Lexicon::of(new));
        let forms = self.differing.iter().flat_map(|differing| differing.had.iter().chain(&differing.has));
        let mut phrases = Vec::new();
        for (form, &name) in forms.collect::<BTreeMap<_, _>>() {
            let (Some(before), Some(now)) = (lexicon_before.concept(old, name), lexicon_now.concept(new, name)) else {
                continue;
            };
            if !leads_to(new, &before.id, &now.id) {
                let (from, to) = (Concerned::of(before), Concerned::of(now));
                phrases.push(Reassigned { phrase: form.clone(), from, to });
            }
        }
        phrases
    }
}

/// Whether `id` is `end`, or leads to it for certain.
pub(super) fn leads_to(ontology: &Ontology, id: &Curie, end: &Curie) -> bool {
    matches!(ontology.succession(id), Succession::Live(concept) | Succession::Replaced(concept) if concept.id == *end)
}

/// A concept's names by their text.
fn by_text(concept: &Concept) -> BTreeMap<&str, Vec<&Name>> {
    let mut names: BTreeMap<&str, Vec<&Name>> = BTreeMap::new();
    for name in &concept.names {
        names.entry(&name.text).or_default().push(name);
    }
    names
}

fn has_synonym(names: &[&Name]) -> bool {
    names.iter().any(|name| name.scope != Scope::Label)
}

/// Scopes and types of names of one text: `EXACT layperson|RELATED`.
fn scopes<'a>(names: impl Iterator<Item = &'a Name>) -> String {
    let said = names.map(|name| match &name.kind {
        Some(kind) => (name.scope, format!("{} {kind}", name.scope)),
        None => (name.scope, name.scope.to_string()),
    });
    let said: BTreeSet<(Scope, String)> = said.collect();
    said.into_iter().map(|(_, said)| said).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use super::super::changes::tests::ontology;
    use super::*;

    /// A concept a part: `id label; SCOPE synonym; ...`, or a line of OBO with a colon.
    fn concepts(text: &str) -> Ontology {
        let term = |part: &str| {
            let mut items = part.split(';').map(str::trim);
            let (id, label) = items.next().unwrap().split_once(' ').unwrap();
            let lines = items.map(|item| match item.split_once(' ').unwrap() {
                (tag, _) if tag.ends_with(':') => format!("{item}\n"),
                (scope, synonym) => format!("synonym: \"{synonym}\" {scope} []\n"),
            });
            format!("[Term]\nid: X:{id}\nname: {label}\n{}", lines.collect::<String>())
        };
        ontology(&text.split('/').map(|part| term(part.trim())).collect::<Vec<_>>().join("\n"))
    }

    fn seen(old: &str, new: &str) -> Vec<String> {
        let changes = Changes::between(&concepts(old), &concepts(new));
        let line = |change: &Change| {
            let to = change.to.iter().map(|to| to.id.local()).collect::<Vec<_>>().join("|");
            let parts = [change.kind.as_str(), change.id.local(), &change.name, &change.old, ">", &change.new, &to];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        };
        changes.changes.iter().map(line).collect()
    }

    #[test]
    fn names_are_added_removed_rescoped_and_respelled() {
        let old = "1 one; EXACT uno; EXACT eins; RELATED ein-s";
        assert_eq!(seen(old, "1 one; EXACT uno; EXACT eins; RELATED ein-s; BROAD un"), ["synonym_added 1 un > BROAD"]);
        assert_eq!(seen(old, "1 one; EXACT eins; RELATED ein-s"), ["synonym_removed 1 uno EXACT >"]);
        assert_eq!(
            seen(old, "1 one; NARROW uno; EXACT eins; RELATED ein-s"),
            ["synonym_rescoped 1 uno EXACT > NARROW"]
        );
        assert!(seen(old, "1 one; EXACT Uno; EXACT eins; RELATED ein-s").is_empty());
        assert!(seen(old, "1 one; RELATED ein-s; EXACT eins; EXACT uno").is_empty());
        assert_eq!(seen("1 one", "1 one; EXACT one"), ["synonym_added 1 one > EXACT"]);
    }

    #[test]
    fn names_that_go_along_with_another_label_are_part_of_that() {
        assert_eq!(seen("1 one", "1 uno; EXACT one"), ["renamed 1 one > uno"]);
        assert_eq!(seen("1 one; EXACT uno", "1 uno"), ["renamed 1 one > uno"]);
        assert_eq!(seen("1 one; EXACT uno", "1 uno; EXACT One"), ["renamed 1 one > uno"]);
        assert_eq!(seen("1 one; EXACT ein", "1 One"), ["renamed 1 one > One", "synonym_removed 1 ein EXACT >"]);
    }

    #[test]
    fn a_name_that_changes_its_concept_is_moved() {
        assert_eq!(seen("1 one; EXACT x / 2 two", "1 one / 2 two; RELATED X"), ["synonym_moved 1 x EXACT > RELATED 2"]);
        // It becomes a new concept, or the label of another.
        assert_eq!(seen("1 one; EXACT x", "1 one / 2 x"), ["added 2 >", "synonym_moved 1 x EXACT > LABEL 2"]);
        assert_eq!(
            seen("1 one; EXACT x / 2 two", "1 one / 2 x"),
            ["renamed 2 two > x", "synonym_moved 1 x EXACT > LABEL 2"]
        );
        // Both sides are told already.
        assert_eq!(seen("1 one", "1 other / 2 one"), ["added 2 >", "renamed 1 one > other"]);
        // Who keeps it has not lost it.
        assert_eq!(seen("1 one; EXACT x / 2 two", "1 one; EXACT x / 2 two; EXACT x"), ["synonym_added 2 x > EXACT"]);
    }

    #[test]
    fn names_that_go_along_with_a_merge_or_a_replacement_are_part_of_that() {
        assert_eq!(seen("1 one / 2 two; EXACT x", "1 one; alt_id: X:2; EXACT two; EXACT x"), ["merged 2 > 1"]);
        let retired = "2 obsolete two; is_obsolete: true; replaced_by: X:1";
        assert_eq!(
            seen("1 one / 2 two; EXACT x / 3 three", &format!("1 one; EXACT two / {retired} / 3 three; EXACT x")),
            ["retired_replaced 2 > 1", "synonym_moved 2 x EXACT > EXACT 3"]
        );
        assert_eq!(seen("1 one; alt_id: X:2; EXACT two", "1 one / 2 two"), ["revived 2 >"]);
    }

    #[test]
    fn a_phrase_is_reassigned_where_its_concept_is_another_one() {
        let phrases = |old, new| {
            let changes = Changes::between(&concepts(old), &concepts(new));
            let line = |phrase: &Reassigned| format!("{} {}>{}", phrase.phrase, phrase.from.id, phrase.to.id);
            changes.phrases.iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(phrases("1 one; EXACT X / 2 two", "1 one / 2 two; EXACT x"), ["x X:1>X:2"]);
        assert_eq!(phrases("1 one; EXACT x / 2 two", "1 one; EXACT x / 2 x"), ["x X:1>X:2"]);
        assert!(phrases("1 one / 2 two", "1 one; alt_id: X:2; EXACT two").is_empty());
        assert!(phrases("1 one; EXACT x / 2 two", "1 one / 2 two").is_empty());
    }
}

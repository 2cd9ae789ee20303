//! What the next release does to a row of mappings, and what its mention leads to when it is asked again.

use super::changes::{Concerned, End, Kind, found};
use super::columns::says_nothing;
use super::names::{form, leads_to};
use super::prefix;
use crate::normalize::{DecidedBy, Normalizer, error_line};
use crate::ontology::{Concept, Curie, Lexicon, Ontology, Resolution, Scope, Succession};
use crate::retrieve::Mention;

/// Two releases of an ontology, and their names.
#[derive(Debug)]
pub struct Releases {
    old: Ontology,
    new: Ontology,
    before: Lexicon,
    now: Lexicon,
}

/// Who is asked again about a mention.
#[derive(Clone)]
pub enum Again {
    /// The names of the new release.
    Names,
    /// A normalizer over an index of the new release; a row is given what it is at least this sure of.
    Normalizer(Normalizer, f32),
}

/// What was found for a mention that was asked again.
#[derive(Debug, Clone, Default, PartialEq)]
struct Asked {
    /// The best concepts, best first.
    found: Vec<Concerned>,
    /// Whether the first of them may be written without a person.
    is_certain: bool,
    /// Whether the mention is a name of the first and of no other.
    is_by_name: bool,
    confidence: Option<f32>,
    why: String,
}

/// The cells of a row that matter.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cells<'a> {
    pub(super) id: &'a str,
    pub(super) label: Option<&'a str>,
    pub(super) mention: Option<&'a str>,
    pub(super) matched: Option<&'a str>,
    /// Whether a person decided.
    pub(super) is_manual: bool,
}

/// What is done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing touches it.
    Unchanged,
    /// Its identifier or label is written anew, since that is certain.
    Rewritten,
    /// Its mention was asked again, and the new answer is written.
    Renormalized,
    /// Its mention was asked again, and the answer is the same.
    Confirmed,
    /// Left as it is, for a person.
    Review,
    /// Left as it is, since it cannot be read.
    Unreadable,
}

impl Action {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Rewritten => "rewritten",
            Self::Renormalized => "renormalized",
            Self::Confirmed => "confirmed",
            Self::Review => "review",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fate {
    pub(super) action: Action,
    /// The concept it is about now; none where it is left as it is.
    pub(super) to: Option<Concerned>,
    /// The label to write.
    pub(super) label: Option<String>,
    pub(super) why: String,
    pub(super) confidence: Option<f32>,
    /// Whether the new answer is a name of its concept and of no other.
    pub(super) is_by_name: bool,
    /// The scope that the mention has as a name of a concept that took the place of the row's.
    pub(super) scope: Option<Scope>,
    /// For a person to choose from.
    pub(super) suggestions: Vec<Concerned>,
}

impl Fate {
    pub(super) fn new(action: Action, why: impl Into<String>) -> Self {
        let (to, label, suggestions) = (None, None, Vec::new());
        Self { action, to, label, why: why.into(), confidence: None, is_by_name: false, scope: None, suggestions }
    }

    fn review(why: impl Into<String>, suggestions: Vec<Concerned>) -> Self {
        Self { suggestions, ..Self::new(Action::Review, why) }
    }

    fn renormalized(asked: Asked, why: &str) -> Self {
        let to = asked.found.into_iter().next();
        let label = to.as_ref().map(|to| to.label.clone());
        let (confidence, is_by_name) = (asked.confidence, asked.is_by_name);
        let why = format!("{why}; {}", asked.why);
        Self { to, label, confidence, is_by_name, ..Self::new(Action::Renormalized, why) }
    }
}

impl Releases {
    /// Two releases of one ontology.
    pub fn new(old: Ontology, new: Ontology) -> Self {
        let (before, now) = rayon::join(|| Lexicon::of(&old), || Lexicon::of(&new));
        Self { old, new, before, now }
    }

    /// The old release.
    pub const fn old(&self) -> &Ontology {
        &self.old
    }

    /// The new release.
    pub const fn new_one(&self) -> &Ontology {
        &self.new
    }

    /// The prefix of most identifiers.
    pub fn prefix(&self) -> &str {
        prefix(&self.old)
    }

    /// What becomes of a row.
    pub(super) fn fate(&self, again: &Again, row: Cells<'_>) -> Fate {
        let given = row.id.trim();
        if says_nothing(given) {
            return self.unanswered(row);
        }
        let Ok(id) = Curie::parse(given) else {
            return Fate::new(Action::Unreadable, format!("`{given}` is no identifier"));
        };
        let before = found(self.old.resolve(&id));
        if before.is_none() && self.new.resolve(&id) == Resolution::Unknown {
            // What belongs to another ontology is none of ours.
            return if id.prefix() == self.prefix() {
                Fate::review(format!("{id} is in neither release"), self.suggestions(row))
            } else {
                Fate::new(Action::Unchanged, String::new())
            };
        }
        match self.new.succession(&id) {
            Succession::Live(target) | Succession::Replaced(target) => self.certain(again, row, &id, before, target),
            _ => self.uncertain(again, row, &id),
        }
    }

    /// A row without an identifier: a name that it has now is worth a look.
    fn unanswered(&self, row: Cells<'_>) -> Fate {
        let Some(mention) = row.mention.filter(|mention| !mention.trim().is_empty()) else {
            return Fate::new(Action::Unchanged, String::new());
        };
        match (self.before.concept(&self.old, mention), self.now.concept(&self.new, mention)) {
            (None, Some(concept)) => {
                Fate::review(format!("`{mention}` is now a name of {}", concept.id), vec![Concerned::of(concept)])
            }
            _ => Fate::new(Action::Unchanged, String::new()),
        }
    }

    /// A row whose identifier leads to one live concept.
    fn certain(&self, again: &Again, row: Cells<'_>, id: &Curie, before: Option<&Concept>, target: &Concept) -> Fate {
        let is_other = target.id != *id;
        // What had been part of another concept means less now.
        if let Some(whole) = before.filter(|before| !is_other && before.id != *id && row.label != Some(target.label()))
        {
            let why = format!("{id} was merged into {} and is a concept of its own now", whole.id);
            return Fate::review(why, vec![Concerned::of(target), self.renewed(whole)]);
        }
        let mut why = Vec::new();
        if is_other {
            why.push(self.way(id, target));
        }
        let old_label = before.filter(|before| before.id == *id).map(Concept::label);
        let renamed = old_label.filter(|old| *old != target.label());
        let label = row.label.filter(|label| (is_other || renamed.is_some()) && *label != target.label());
        if let (false, Some(old), true) = (is_other, renamed, label.is_some()) {
            why.push(format!("renamed from `{old}`"));
        }
        let mut action = if is_other || label.is_some() { Action::Rewritten } else { Action::Unchanged };
        let (mut confidence, mut is_by_name) = (None, false);
        if let Some((mention, reason)) = self.touched(row, before, target, is_other, renamed) {
            let asked = again.ask(self, mention);
            if asked.found.first().is_none_or(|first| first.id != target.id) {
                return Self::answered_otherwise(row, asked, &reason, target);
            }
            (confidence, is_by_name) = (asked.confidence, asked.is_by_name);
            why.push(format!("{reason}; asked again, the answer is {}", target.id));
            if action == Action::Unchanged {
                action = Action::Confirmed;
            }
        }
        let to = Some(Concerned::of(target));
        let label = label.map(|_| target.label().to_owned());
        let scope = row.mention.filter(|_| is_other && !row.is_manual).and_then(|mention| self.scope(target, mention));
        Fate { to, label, confidence, is_by_name, scope, ..Fate::new(action, why.join("; ")) }
    }

    /// The scope of the name of `concept` that is equal to `text`.
    fn scope(&self, concept: &Concept, text: &str) -> Option<Scope> {
        let found = self.now.concepts(&self.new, text);
        found.into_iter().find(|(other, _)| other.id == concept.id).map(|(_, name)| name.scope)
    }

    /// An old concept as the new release has it, where it does.
    fn renewed(&self, before: &Concept) -> Concerned {
        Concerned::of(found(self.new.resolve(&before.id)).unwrap_or(before))
    }

    /// A row that another concept than the expected one is found for.
    fn answered_otherwise(row: Cells<'_>, asked: Asked, reason: &str, expected: &Concept) -> Fate {
        if asked.is_certain && !row.is_manual {
            return Fate::renormalized(asked, reason);
        }
        let mut suggestions = asked.found;
        if !suggestions.iter().any(|suggestion| suggestion.id == expected.id) {
            suggestions.push(Concerned::of(expected));
        }
        let who = if asked.is_certain && row.is_manual { "; a person had decided" } else { "" };
        let why = format!("{reason}; {}{who}", asked.why);
        Fate { confidence: asked.confidence, ..Fate::review(why, suggestions) }
    }

    /// A row whose identifier leads to no one live concept.
    fn uncertain(&self, again: &Again, row: Cells<'_>, id: &Curie) -> Fate {
        let end = End::of(&self.new, id);
        let ids = end.to.iter().map(|to| to.id.as_str()).collect::<Vec<_>>().join(", ");
        let reason = match end.kind {
            Kind::RetiredSeveral => format!("{id} is retired, replaced by several: {ids}"),
            Kind::RetiredConsider => format!("{id} is retired, to consider: {ids}"),
            Kind::Cycle => format!("{id} is retired, and its replacements go in a circle"),
            Kind::Removed => format!("{id} is gone"),
            _ => format!("{id} is retired without a replacement"),
        };
        let Some(mention) = row.mention.filter(|mention| !mention.trim().is_empty()) else {
            let mut suggestions = end.to;
            suggestions.extend(self.suggestions(row));
            return Fate::review(reason, without_repeats(suggestions));
        };
        let asked = again.ask(self, mention);
        let is_offered = |first: &Concerned| end.to.is_empty() || end.to.iter().any(|to| to.id == first.id);
        let is_fitting = asked.found.first().is_some_and(is_offered) && end.kind != Kind::Removed;
        if asked.is_certain && is_fitting && !row.is_manual {
            return Fate::renormalized(asked, &reason);
        }
        let suggestions = end.to.into_iter().chain(asked.found).collect();
        let why = format!("{reason}; {}", asked.why);
        Fate { confidence: asked.confidence, ..Fate::review(why, without_repeats(suggestions)) }
    }

    /// What a row's mention, or its label, is a name of now.
    fn suggestions(&self, row: Cells<'_>) -> Vec<Concerned> {
        let texts = [row.mention, row.label].into_iter().flatten().filter(|text| !text.trim().is_empty());
        let found =
            texts.flat_map(|text| self.now.concepts(&self.new, text)).map(|(concept, _)| Concerned::of(concept));
        without_repeats(found.collect())
    }

    /// How an identifier leads to another one.
    fn way(&self, id: &Curie, target: &Concept) -> String {
        let verb = match self.new.resolve(id) {
            Resolution::Merged(_) => "merged into",
            _ => "retired, replaced by",
        };
        let since = if matches!(self.old.resolve(id), Resolution::Live(_)) { "" } else { " (not live before either)" };
        let path = End::of(&self.new, id).path;
        let by = path.get(1..path.len().saturating_sub(1)).unwrap_or_default();
        let by = by.iter().map(Curie::as_str).collect::<Vec<_>>().join(", ");
        let by = if by.is_empty() { String::new() } else { format!(" by way of {by}") };
        format!("{verb} {}{by}{since}", target.id)
    }

    /// The name of a row that the next release touches, and how.
    fn touched<'a>(
        &self,
        row: Cells<'a>,
        before: Option<&Concept>,
        target: &Concept,
        is_other: bool,
        renamed: Option<&str>,
    ) -> Option<(&'a str, String)> {
        let mention = row.mention.filter(|mention| !mention.trim().is_empty())?;
        let is_name = |concept: &Concept, name: &str| {
            let form = form(name);
            concept.names.iter().any(|known| self::form(&known.text) == form)
        };
        if let Some(now) = self.now.concept(&self.new, mention).filter(|now| now.id != target.id) {
            let earlier = self.before.concept(&self.old, mention);
            if earlier.is_none_or(|earlier| !leads_to(&self.new, &earlier.id, &now.id)) {
                return Some((mention, format!("`{mention}` is now a name of {}", now.id)));
            }
        }
        // What a name that goes with a merge or another label was a name of is told by that.
        let (Some(before), false) = (before, is_other) else { return None };
        let matched = row.matched.filter(|matched| !matched.trim().is_empty());
        [Some(mention), matched].into_iter().flatten().find_map(|name| {
            let is_told = renamed.is_some_and(|label| form(label) == form(name));
            let is_lost = !is_told && is_name(before, name) && !is_name(target, name);
            is_lost.then(|| (mention, format!("`{name}` is no name of {} any more", target.id)))
        })
    }
}

impl Again {
    fn ask(&self, releases: &Releases, mention: &str) -> Asked {
        match self {
            Self::Names => by_name(releases, mention),
            Self::Normalizer(normalizer, least) => by_index(normalizer, *least, mention),
        }
    }
}

/// The concepts that have the mention as a name.
fn by_name(releases: &Releases, mention: &str) -> Asked {
    let found = releases.now.concepts(&releases.new, mention);
    let mut found: Vec<Concerned> = found.into_iter().map(|(concept, _)| Concerned::of(concept)).collect();
    if let Some(concept) = releases.now.concept(&releases.new, mention) {
        found.retain(|other| other.id != concept.id);
        found.insert(0, Concerned::of(concept));
        let why = format!("`{mention}` is a name of {}", concept.id);
        return Asked { found, is_certain: true, is_by_name: true, confidence: None, why };
    }
    let why = match found.len() {
        0 => format!("`{mention}` is a name of no concept, and there is no index of the new release to ask"),
        1 => format!("`{mention}` is a name of {} only loosely", found[0].id),
        count => format!("`{mention}` is a name of {count} concepts"),
    };
    Asked { found, why, ..Asked::default() }
}

/// The answer of an index.
fn by_index(normalizer: &Normalizer, least: f32, mention: &str) -> Asked {
    let answer = normalizer.normalize_by_retrieval(Mention::new(mention.to_owned()));
    if let Some(error) = answer.error() {
        return Asked { why: format!("asked again, it failed: {}", error_line(error)), ..Asked::default() };
    }
    let Some(first) = answer.answer() else {
        return Asked { why: "asked again, there is no match".to_owned(), ..Asked::default() };
    };
    let is_trusted = matches!(first.scope, Scope::Label | Scope::Exact);
    let is_by_name = answer.decided_by == DecidedBy::Exact && is_trusted;
    let is_sure = answer.tie.is_none() && answer.confidence.is_some_and(|confidence| confidence >= least);
    let name = match (answer.tie.is_some(), is_by_name) {
        (true, _) => format!("asked again, {} is one of several that nothing tells apart", first.id),
        (false, true) => format!("asked again, it is a name of {}", first.id),
        (false, false) => format!("asked again, the answer is {} by `{}`", first.id, first.name),
    };
    let shown = answer.candidates.iter().take(3);
    let found = shown.map(|candidate| Concerned { id: candidate.id.clone(), label: candidate.label.clone() }).collect();
    Asked { found, is_certain: is_by_name || is_sure, is_by_name, confidence: answer.confidence, why: name }
}

/// Each concept once, in the order they first stand in.
fn without_repeats(mut found: Vec<Concerned>) -> Vec<Concerned> {
    let mut seen: Vec<Curie> = Vec::new();
    found.retain(|concerned| {
        let is_new = !seen.contains(&concerned.id);
        seen.push(concerned.id.clone());
        is_new
    });
    found
}

#[cfg(test)]
mod tests {
    use super::super::changes::tests::ontology;
    use super::*;

    const OLD: &str = "\
[Term]\nid: X:1\nname: one\nsynonym: \"uno\" EXACT []\nsynonym: \"ein\" EXACT []\n
[Term]\nid: X:2\nname: two\n
[Term]\nid: X:3\nname: three\n
[Term]\nid: X:4\nname: four\n
[Term]\nid: X:5\nname: five\n
[Term]\nid: X:6\nname: six\n";

    const NEW: &str = "\
[Term]\nid: X:1\nname: the one\nalt_id: X:2\n
[Term]\nid: X:3\nname: three\nsynonym: \"uno\" EXACT []\nsynonym: \"five\" EXACT []\nsynonym: \"new\" EXACT []\n
[Term]\nid: X:4\nname: obsolete four\nis_obsolete: true\nreplaced_by: X:1\nreplaced_by: X:3\n
[Term]\nid: X:5\nname: obsolete five\nis_obsolete: true\n";

    /// `action id why` of a row of identifier, label and mention.
    fn fate(id: &str, label: &str, mention: &str) -> String {
        let releases = Releases::new(ontology(OLD), ontology(NEW));
        let row = Cells { id, label: Some(label), mention: Some(mention), ..Cells::default() };
        let fate = releases.fate(&Again::Names, row);
        let to = fate.to.map_or_else(String::new, |to| format!(" {}", to.id));
        let suggestions: Vec<&str> = fate.suggestions.iter().map(|suggestion| suggestion.id.as_str()).collect();
        format!("{}{to} [{}] {}", fate.action.as_str(), suggestions.join(" "), fate.why)
    }

    #[test]
    fn what_is_certain_is_rewritten_and_what_nothing_touches_stays() {
        assert_eq!(fate("X:3", "anything", "my words"), "unchanged X:3 [] ");
        assert_eq!(fate("X:2", "two", "two"), "rewritten X:1 [] merged into X:1");
        assert_eq!(fate("X:1", "one", "one"), "rewritten X:1 [] renamed from `one`");
        assert_eq!(fate("Y:9", "other", "uno"), "unchanged [] ");
    }

    #[test]
    fn a_mention_whose_name_is_gone_or_goes_elsewhere_is_asked_again() {
        assert_eq!(fate("X:1", "one", "Uno"), "renormalized X:3 [] `Uno` is now a name of X:3; `Uno` is a name of X:3");
        let gone = "`ein` is no name of X:1 any more; `ein` is a name of no concept, and there is no index of the new release to ask";
        assert_eq!(fate("X:1", "one", "ein"), format!("review [X:1] {gone}"));
        assert_eq!(
            fate("X:5", "five", "five"),
            "renormalized X:3 [] X:5 is retired without a replacement; `five` is a name of X:3"
        );
    }

    #[test]
    fn what_only_a_person_can_say_is_left_with_suggestions() {
        assert!(fate("X:4", "four", "four").starts_with("review [X:1 X:3] X:4 is retired, replaced by several"));
        assert!(fate("X:6", "six", "uno").starts_with("review [X:3] X:6 is gone"));
        assert_eq!(fate("X:77", "x", "uno"), "review [X:3] X:77 is in neither release");
        assert_eq!(fate("", "", "new"), "review [X:3] `new` is now a name of X:3");
        assert_eq!(fate("nonsense", "", "new"), "unreadable [] `nonsense` is no identifier");
    }

    #[test]
    fn what_a_person_decided_is_not_decided_again() {
        let releases = Releases::new(ontology(OLD), ontology(NEW));
        let row = Cells { id: "X:1", mention: Some("uno"), is_manual: true, ..Cells::default() };
        assert_eq!(releases.fate(&Again::Names, row).action, Action::Review);
    }
}

//! What changed between two releases, each change once.
//!
//! An identifier has one change at most: what became of it. What follows from a change elsewhere is none: an identifier
//! that was retired before and is replaced as before is not redirected by what became of its replacement. Names of
//! concepts that stay live have changes of their own (`names.rs`), but for those that go along with a merge, a
//! replacement, a revival or another label.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use serde::Serialize;

use super::names;
use crate::ontology::{Concept, Curie, Ontology, Resolution, Retirement, Succession};

/// What became of an identifier or a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A concept that was not there.
    Added,
    /// A concept has another label.
    Renamed,
    /// Retired, and one live concept stands at the end of its replacements.
    RetiredReplaced,
    /// Retired, with several replacements.
    RetiredSeveral,
    /// Retired, with nothing but concepts to consider.
    RetiredConsider,
    /// Retired, with nothing.
    RetiredEnded,
    /// Retired, and its replacements lead back to it or go in a circle.
    Cycle,
    /// Now an alternative identifier of another concept.
    Merged,
    /// Was retired or merged and is live.
    Revived,
    /// Gone without a trace.
    Removed,
    /// Was retired or merged before, and now leads elsewhere.
    Redirected,
    /// A concept has one more name.
    SynonymAdded,
    /// A concept has one name less.
    SynonymRemoved,
    /// A name that belonged to one concept belongs to another: the same phrase goes elsewhere.
    SynonymMoved,
    /// A synonym has another scope or type.
    SynonymRescoped,
}

impl Kind {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 15] = [
        Self::Added,
        Self::Renamed,
        Self::RetiredReplaced,
        Self::RetiredSeveral,
        Self::RetiredConsider,
        Self::RetiredEnded,
        Self::Cycle,
        Self::Merged,
        Self::Revived,
        Self::Removed,
        Self::Redirected,
        Self::SynonymAdded,
        Self::SynonymRemoved,
        Self::SynonymMoved,
        Self::SynonymRescoped,
    ];

    /// The word that is written into outputs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Renamed => "renamed",
            Self::RetiredReplaced => "retired_replaced",
            Self::RetiredSeveral => "retired_several",
            Self::RetiredConsider => "retired_consider",
            Self::RetiredEnded => "retired_ended",
            Self::Cycle => "cycle",
            Self::Merged => "merged",
            Self::Revived => "revived",
            Self::Removed => "removed",
            Self::Redirected => "redirected",
            Self::SynonymAdded => "synonym_added",
            Self::SynonymRemoved => "synonym_removed",
            Self::SynonymMoved => "synonym_moved",
            Self::SynonymRescoped => "synonym_rescoped",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A concept that has to do with a change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Concerned {
    /// Its identifier.
    pub id: Curie,
    /// Its label; empty where the release has no such concept.
    pub label: String,
}

impl Concerned {
    /// A concept.
    pub(super) fn of(concept: &Concept) -> Self {
        Self { id: concept.id.clone(), label: concept.label().to_owned() }
    }

    /// What a release has under `id`.
    fn named(ontology: &Ontology, id: &Curie) -> Self {
        let label = found(ontology.resolve(id)).map(Concept::label);
        Self { id: id.clone(), label: label.unwrap_or_default().to_owned() }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What happened.
    pub kind: Kind,
    /// To which identifier, or to the name of which concept.
    pub id: Curie,
    /// The label: the new one where it is live in the new release, else the old one.
    pub label: String,
    /// The name that was added, removed, moved or rescoped.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What was before: a label, the scope of a name, where an identifier led.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub old: String,
    /// The same now.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub new: String,
    /// Where it leads: the live concept at the end, the several replacements, the concepts to consider, the concepts that
    /// have the name now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Concerned>,
    /// The identifiers from it to the end, itself first, where there are steps between; of a circle, all of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Curie>,
    /// What else is to be said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Change {
    pub(super) fn new(kind: Kind, id: &Curie, label: &str) -> Self {
        Self {
            kind,
            id: id.clone(),
            label: label.to_owned(),
            name: String::new(),
            old: String::new(),
            new: String::new(),
            to: Vec::new(),
            path: Vec::new(),
            note: String::new(),
        }
    }
}

/// A phrase whose one concept by name is another than where the earlier one led.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reassigned {
    /// Its normal form.
    pub phrase: String,
    /// The concept it was a name of.
    pub from: Concerned,
    /// The concept it is a name of.
    pub to: Concerned,
}

/// What changed and sends no identifier and no name elsewhere: counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Other {
    /// Concepts with another definition.
    pub redefined: usize,
    /// Concepts with other parents.
    pub reparented: usize,
    /// Concepts in another namespace.
    pub other_namespace: usize,
    /// Concepts with other cross-references.
    pub other_xrefs: usize,
    /// Concepts in other subsets.
    pub other_subsets: usize,
    /// Synonyms written otherwise, of the same normal form and scope.
    pub respelled: usize,
    /// Retired or merged identifiers that lead where they led, on another way.
    pub restated: usize,
    /// Identifiers that were not there and are retired or alternative ones already.
    pub unseen: usize,
}

impl Other {
    /// Each count with what it counts.
    pub const fn counts(&self) -> [(&'static str, usize); 8] {
        [
            ("redefined", self.redefined),
            ("reparented", self.reparented),
            ("in another namespace", self.other_namespace),
            ("with other cross-references", self.other_xrefs),
            ("in other subsets", self.other_subsets),
            ("synonyms respelled", self.respelled),
            ("identifiers that lead there on another way", self.restated),
            ("new identifiers that are retired or merged already", self.unseen),
        ]
    }
}

/// All that changed from one release to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The changes, by kind, identifier and name.
    pub changes: Vec<Change>,
    /// Phrases that go elsewhere, in the order of their text.
    pub phrases: Vec<Reassigned>,
    /// What else changed.
    pub other: Other,
}

impl Changes {
    /// What changed from `old` to `new`.
    pub fn between(old: &Ontology, new: &Ontology) -> Self {
        let mut found = Self::default();
        for id in identifiers(old).chain(identifiers(new)).collect::<BTreeSet<_>>() {
            found.identifier(old, new, id);
        }
        names::compare(old, new, &mut found);
        found
            .changes
            .sort_by(|left, right| (left.kind, &left.id, &left.name).cmp(&(right.kind, &right.id, &right.name)));
        found
    }

    /// How many there are of each kind that occurs.
    pub fn counts(&self) -> BTreeMap<Kind, usize> {
        let mut counts = BTreeMap::new();
        for change in &self.changes {
            *counts.entry(change.kind).or_default() += 1;
        }
        counts
    }

    /// What became of one identifier.
    fn identifier(&mut self, old: &Ontology, new: &Ontology, id: &Curie) {
        use Resolution::{Live, Merged, Retired, Unknown};
        let change = match (old.resolve(id), new.resolve(id)) {
            (Unknown, Live(now)) => Change::new(Kind::Added, id, now.label()),
            (Unknown, Retired(_) | Merged(_)) => {
                self.other.unseen += 1;
                return;
            }
            (Live(before), Live(now)) => return self.stayed(before, now),
            (Live(before), Retired(_) | Merged(_)) | (Retired(before), Merged(_)) => left(new, id, before),
            (before @ (Retired(_) | Merged(_)), Live(now)) => {
                let note = match before {
                    Merged(concept) => format!("was merged into {}", concept.id),
                    _ => "was retired".to_owned(),
                };
                Change { note, ..Change::new(Kind::Revived, id, now.label()) }
            }
            // An alternative identifier of what is gone went with it.
            (Merged(before), Unknown) if new.resolve(&before.id) == Unknown => return,
            (Merged(before), Unknown) => {
                let note = format!("was an alternative identifier of {}", before.id);
                Change { note, ..Change::new(Kind::Removed, id, before.label()) }
            }
            (Live(before), Unknown) => Change::new(Kind::Removed, id, before.label()),
            (Retired(before), Unknown) => {
                Change { note: "was retired".to_owned(), ..Change::new(Kind::Removed, id, before.label()) }
            }
            (Retired(before), Retired(now)) if directions(before) == directions(now) => return,
            // What follows from what became of the concept it had been merged into.
            (Merged(before), Merged(now)) if before.id == now.id => return,
            (Retired(before) | Merged(before), Retired(_) | Merged(_)) => {
                if leads_there_too(old, new, id) {
                    self.other.restated += 1;
                    return;
                }
                redirected(old, new, id, before)
            }
            (Unknown, Unknown) => return,
        };
        self.changes.push(change);
    }

    /// A concept that was live and is.
    fn stayed(&mut self, before: &Concept, now: &Concept) {
        if before.label() != now.label() {
            let form = names::form(before.label());
            let is_kept = now.synonyms().any(|name| names::form(&name.text) == form);
            let is_respelled = names::form(now.label()) == form;
            let note = match (is_kept, is_respelled) {
                (true, _) => "the old label is a synonym",
                (false, true) => "only spelled otherwise",
                (false, false) => "the old label is no name of it any more",
            };
            let mut change = Change::new(Kind::Renamed, &now.id, now.label());
            (change.old, change.new) = (before.label().to_owned(), now.label().to_owned());
            self.changes.push(Change { note: note.to_owned(), ..change });
        }
        let other = &mut self.other;
        other.redefined += usize::from(before.definition != now.definition);
        other.reparented += usize::from(before.parents != now.parents);
        other.other_namespace += usize::from(before.namespace != now.namespace);
        let differ = |before: &[String], now: &[String]| {
            before != now && before.iter().collect::<BTreeSet<_>>() != now.iter().collect::<BTreeSet<_>>()
        };
        other.other_xrefs += usize::from(differ(&before.xrefs, &now.xrefs));
        other.other_subsets += usize::from(differ(&before.subsets, &now.subsets));
    }
}

/// Every identifier a release knows: concepts' own and alternative ones.
fn identifiers(ontology: &Ontology) -> impl Iterator<Item = &Curie> {
    ontology.concepts().iter().flat_map(|concept| std::iter::once(&concept.id).chain(&concept.alternative_ids))
}

/// The concept that an identifier is of.
pub(super) const fn found(resolution: Resolution<'_>) -> Option<&Concept> {
    match resolution {
        Resolution::Live(concept) | Resolution::Merged(concept) | Resolution::Retired(concept) => Some(concept),
        Resolution::Unknown => None,
    }
}

/// What a retired concept says of where to go, whatever the order.
fn directions(concept: &Concept) -> (BTreeSet<&Curie>, BTreeSet<&Curie>) {
    let of = |list: fn(&Retirement) -> &Vec<Curie>| concept.retirement.iter().flat_map(list).collect();
    (of(|retirement| &retirement.replaced_by), of(|retirement| &retirement.consider))
}

/// That a live identifier was retired or merged, or a retired one merged.
fn left(new: &Ontology, id: &Curie, before: &Concept) -> Change {
    let is_merged = matches!(new.resolve(id), Resolution::Merged(_));
    let end = End::of(new, id);
    let kind = match end.kind {
        Kind::RetiredReplaced if is_merged => Kind::Merged,
        kind => kind,
    };
    Change { to: end.to, path: end.path, note: end.note, ..Change::new(kind, id, before.label()) }
}

/// That an identifier which was retired or merged before leads elsewhere.
fn redirected(old: &Ontology, new: &Ontology, id: &Curie, before: &Concept) -> Change {
    let (was, end) = (End::of(old, id), End::of(new, id));
    let kind = if end.kind == Kind::Cycle { Kind::Cycle } else { Kind::Redirected };
    let mut change = Change::new(kind, id, before.label());
    (change.old, change.new) = (was.said(), end.said());
    Change { to: end.to, path: end.path, note: end.note, ..change }
}

/// Whether a retired or merged identifier leads where it led, as far as its earlier end still is one.
fn leads_there_too(old: &Ontology, new: &Ontology, id: &Curie) -> bool {
    let (Succession::Replaced(before), Succession::Replaced(now)) = (old.succession(id), new.succession(id)) else {
        return false;
    };
    matches!(new.succession(&before.id), Succession::Live(end) | Succession::Replaced(end) if end.id == now.id)
}

/// Where an identifier that is no live concept's leads.
pub(super) struct End {
    /// As if it had been live before.
    pub(super) kind: Kind,
    /// The concepts named there.
    pub(super) to: Vec<Concerned>,
    pub(super) path: Vec<Curie>,
    note: String,
}

impl End {
    pub(super) fn of(ontology: &Ontology, id: &Curie) -> Self {
        let named = |ids: &[Curie]| ids.iter().map(|id| Concerned::named(ontology, id)).collect::<Vec<_>>();
        let path = path(ontology, id);
        let steps = |path: Vec<Curie>| if path.len() > 2 { path } else { Vec::new() };
        let end = |kind, to, path| Self { kind, to, path, note: String::new() };
        let retirement = |concept: &Concept| concept.retirement.clone().unwrap_or_default();
        match ontology.succession(id) {
            Succession::Live(concept) | Succession::Replaced(concept) => {
                end(Kind::RetiredReplaced, vec![Concerned::of(concept)], steps(path))
            }
            Succession::Several(concept) => {
                end(Kind::RetiredSeveral, named(&retirement(concept).replaced_by), steps(path))
            }
            Succession::Ended(last) => {
                let own = ontology.get(id).map(&retirement).unwrap_or_default().consider;
                let consider = if own.is_empty() { retirement(last).consider } else { own };
                let missing = retirement(last).replaced_by;
                let kind = if consider.is_empty() { Kind::RetiredEnded } else { Kind::RetiredConsider };
                let note = match missing.first() {
                    Some(missing) => format!("its replacement {missing} does not exist"),
                    None => String::new(),
                };
                Self { note, ..end(kind, named(&consider), steps(path)) }
            }
            Succession::Cycle(_) => end(Kind::Cycle, Vec::new(), path),
            Succession::Unknown => end(Kind::Removed, Vec::new(), Vec::new()),
        }
    }

    /// In a few words, for reports.
    fn said(&self) -> String {
        let ids = self.to.iter().map(|to| to.id.as_str()).collect::<Vec<_>>().join("|");
        match self.kind {
            Kind::RetiredConsider => format!("consider {ids}"),
            Kind::Cycle => "a circle".to_owned(),
            _ => ids,
        }
    }
}

/// The identifiers from `id` on, through merges and single replacements, to where that ends or comes back.
fn path(ontology: &Ontology, id: &Curie) -> Vec<Curie> {
    let mut path = vec![id.clone()];
    let mut seen: HashSet<Curie> = path.iter().cloned().collect();
    let mut at = ontology.resolve(id);
    loop {
        let next = match at {
            Resolution::Merged(concept) => concept.id.clone(),
            Resolution::Retired(concept) => match concept.retirement.as_ref().map(|said| said.replaced_by.as_slice()) {
                Some([next]) => next.clone(),
                _ => return path,
            },
            Resolution::Live(_) | Resolution::Unknown => return path,
        };
        let is_new = seen.insert(next.clone());
        at = ontology.resolve(&next);
        if at == Resolution::Unknown {
            return path;
        }
        path.push(next);
        if !is_new {
            return path;
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ontology::obo;

    pub(in super::super) fn ontology(text: &str) -> Ontology {
        Ontology::assemble(obo::read(text.as_bytes(), "x").unwrap(), "x", "x").unwrap()
    }

    /// `kind id > to`, a line each.
    fn seen(old: &str, new: &str) -> Vec<String> {
        let terms = |text: &str| {
            let lines = text.split('/').map(|line| match line.trim().split_once(' ') {
                Some((id, rest)) => format!("[Term]\nid: X:{id}\nname: {id}\n{}\n", rest.replace("; ", "\n")),
                None => format!("[Term]\nid: X:{0}\nname: {0}\n", line.trim()),
            });
            ontology(&lines.collect::<Vec<_>>().join("\n"))
        };
        let changes = Changes::between(&terms(old), &terms(new)).changes;
        let line = |change: &Change| {
            let to: Vec<&str> = change.to.iter().map(|to| to.id.local()).collect();
            let path: Vec<&str> = change.path.iter().map(Curie::local).collect();
            let line = format!("{} {} {}", change.kind, change.id.local(), to.join("|"));
            format!("{} {}", line.trim_end(), path.join(">")).trim_end().to_owned()
        };
        changes.iter().map(line).collect()
    }

    #[test]
    fn what_became_of_identifiers_is_told_once_each() {
        assert_eq!(seen("1 / 2", "1 / 3"), ["added 3", "removed 2"]);
        let gone = "is_obsolete: true; ";
        let old = "1 / 2 / 3 / 4 / 5 / 6 / 7 / 8 / 9";
        let new = format!(
            "1 alt_id: X:9 / 2 {gone}replaced_by: X:3 / 3 {gone}replaced_by: X:1 / 4 {gone}replaced_by: X:1; replaced_by: X:8 \
             / 5 {gone}consider: X:1 / 6 {gone}replaced_by: X:7 / 7 {gone}replaced_by: X:6 / 8"
        );
        assert_eq!(
            seen(old, &new),
            [
                "retired_replaced 2 1 2>3>1",
                "retired_replaced 3 1",
                "retired_several 4 1|8",
                "retired_consider 5 1",
                "cycle 6 6>7>6",
                "cycle 7 7>6>7",
                "merged 9 1"
            ]
        );
        assert_eq!(seen("1 / 2", "1 / 2 is_obsolete: true"), ["retired_ended 2"]);
        assert_eq!(seen("1 alt_id: X:3 / 2 is_obsolete: true", "1 / 2 / 3"), ["revived 2", "revived 3"]);
    }

    #[test]
    fn what_follows_from_a_change_elsewhere_is_none() {
        let gone = "is_obsolete: true; replaced_by: ";
        // 2 was replaced by 1, which is now replaced by 3: 2 is as it was.
        assert_eq!(
            seen(&format!("1 / 2 {gone}X:1 / 3"), &format!("1 {gone}X:3 / 2 {gone}X:1 / 3")),
            ["retired_replaced 1 3"]
        );
        // An alternative identifier goes along with the concept that is merged or removed.
        assert_eq!(seen("1 / 2 alt_id: X:9", "1 alt_id: X:2; alt_id: X:9"), ["merged 2 1"]);
        assert_eq!(seen("1 / 2 alt_id: X:9", "1"), ["removed 2"]);
        assert_eq!(seen("1 / 2 alt_id: X:9", "1 / 2"), ["removed 9"]);
        // The shorter way to the same end.
        let old = format!("1 / 2 {gone}X:1 / 3 {gone}X:2");
        assert!(seen(&old, &format!("1 / 2 {gone}X:1 / 3 {gone}X:1")).is_empty());
    }

    #[test]
    fn a_retired_identifier_with_another_replacement_is_redirected() {
        let gone = "is_obsolete: true; ";
        let old = format!("1 / 2 / 3 {gone}replaced_by: X:1 / 4 {gone}consider: X:1 / 5 alt_id: X:6");
        let new = format!("1 / 2 alt_id: X:6 / 3 {gone}replaced_by: X:2 / 4 {gone}replaced_by: X:2 / 5");
        assert_eq!(seen(&old, &new), ["redirected 3 2", "redirected 4 2", "redirected 6 2"]);
    }
}

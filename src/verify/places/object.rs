//! Pairs in objects of JSON and mappings of YAML: which member is an identifier, and which its label.

use std::collections::HashSet;
use std::mem;
use std::sync::LazyLock;

use super::identifier::{Owner, owner};
use super::text;
use crate::verify::prefixes::Prefixes;
use crate::verify::{Extent, Field, Found, Label, Pair};

/// The deepest nesting that is followed.
pub(super) const DEEPEST: usize = 512;

/// The longest text that is kept for a pair, in bytes.
const LONGEST_MEMBER: usize = 4096;

/// Members of one object that are kept at a time.
const MOST_MEMBERS: usize = 1024;

/// The last words of keys whose values are identifiers.
const ID_WORDS: &[&str] = &["id", "ids", "curie", "curies", "identifier", "code", "iri", "uri", "accession", "ref"];

/// The last words of keys whose values are labels, the surest first.
const LABEL_WORDS: &[&str] =
    &["label", "lbl", "display", "preflabel", "name", "term", "title", "rdfslabel", "labels", "names"];

/// Words of keys that say nothing about what is meant.
const EMPTY_WORDS: &[&str] =
    &["term", "concept", "class", "entity", "preferred", "pref", "standard", "ontology", "rdfs", "skos", "obo", "the"];

/// Words for what is meant that mean the same.
const KINDS: &[&[&str]] = &[
    &["hpo", "hp", "phenotype", "phenotypic_feature", "feature", "symptom", "finding", "sign", "abnormality", "trait"],
    &["mondo", "disease", "disorder", "condition", "diagnosis"],
    &["gene", "hgnc", "symbol", "gene_symbol"],
    &["go", "process", "function", "component"],
];

/// Words of keys whose identifier is not that of the object.
static RELATIONS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "parent, alt, alternative, replaced, replacement, broader, narrower, xref, root, ancestor, child, modifier, \
     onset, severity, frequency, inheritance, evidence, patient, subset, source, predicate, relation, sex, status"
        .split(", ")
        .collect()
});

/// Keys that are the names of fields, not labels.
static FIELDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "id, ids, hpo, hp, term, terms, type, value, val, sub, subj, subject, obj, object, pred, predicate, parent, \
     parents, child, children, modifier, modifiers, onset, severity, frequency, inheritance, sex, gender, \
     phenotype, phenotypes, symptom, symptoms, feature, features, disease, diseases, disorder, gene, genes, code, \
     codes, curie, identifier, identifiers, key, mapping, match, matches, mondo, hgnc, go, label, name, system, \
     url, uri, iri, xref, xrefs, evidence, source, status, class, concept, concepts, entity, result, results, \
     answer, note, notes, see, annotation, annotations, reference, references, replaced by, consider, is a, alt \
     id, hpo id, hpo ids, hpo term, hpo terms, ontology, best match, diagnosis, finding, findings, hpo code, \
     mondo id, hgnc id, term id, example, examples, accession, root, category, default, other"
        .split(", ")
        .collect()
});

/// Whether a key or a lead such as `HPO ID` names a field and is no label; in lower case.
pub(super) fn is_field(words: &str) -> bool {
    FIELDS.contains(words)
}

/// What a key says about its value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Key {
    /// What is meant: `object` of `object_label`, nothing of `label`.
    stem: String,
    /// Whether its last word says identifier.
    is_id: bool,
    /// How surely its value is a label: the smaller the surer.
    label: Option<usize>,
}

impl Key {
    /// Reads `objectLabel`, `object_label`, `Object label` and the like.
    pub(super) fn read(key: &str) -> Self {
        let words = words(key);
        let stem = |words: &[String]| {
            let telling = |word: &&String| !EMPTY_WORDS.contains(&word.as_str());
            words.iter().filter(telling).map(String::as_str).collect::<Vec<_>>().join("_")
        };
        let Some((last, before)) = words.split_last() else { return Self::default() };
        if ID_WORDS.contains(&last.as_str()) {
            return Self { stem: stem(before), is_id: true, label: None };
        }
        if let Some(rank) = LABEL_WORDS.iter().position(|word| word == last) {
            return Self { stem: stem(before), is_id: false, label: Some(rank) };
        }
        // `"phenotype": "Seizure"` beside `"id"`.
        let stem = stem(&words);
        let is_noun = KINDS.iter().any(|kind| kind.contains(&stem.as_str()));
        Self { label: is_noun.then_some(LABEL_WORDS.len()), stem, is_id: false }
    }

    /// Whether its value may be a label.
    pub(super) const fn may_be_label(&self) -> bool {
        self.label.is_some()
    }

    fn is_like(&self, other: &Self) -> bool {
        KINDS.iter().any(|kind| kind.contains(&self.stem.as_str()) && kind.contains(&other.stem.as_str()))
    }

    fn is_relation(&self) -> bool {
        self.stem.split('_').any(|word| RELATIONS.contains(word))
    }
}

/// The words of a key in lower case; `hpoId` has two.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in key.chars() {
        let is_letter = character.is_alphanumeric();
        if !is_letter || (character.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        let word = words.last_mut().expect("there is always one");
        word.extend(is_letter.then(|| character.to_lowercase()).into_iter().flatten());
        was_lower = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Which of `labels` goes with the identifier at `at` of `ids`.
pub(super) fn label_of(ids: &[Key], at: usize, labels: &[Key]) -> Option<usize> {
    let id = &ids[at];
    let best = |fits: &dyn Fn(&Key) -> bool| {
        let fitting = labels.iter().enumerate().filter(|(_, label)| fits(label));
        fitting.min_by_key(|(_, label)| label.label).map(|(at, _)| at)
    };
    // An identifier under a bare `label`-like key beside one under `id` does not take the label from it.
    let is_first = ids.iter().position(|other| other.stem == id.stem && other.is_id).is_none_or(|first| first == at);
    if let Some(found) = best(&|label| label.stem == id.stem).filter(|_| is_first) {
        return Some(found);
    }
    if let Some(found) = best(&|label| label.is_like(id)).filter(|_| ids.iter().filter(|o| o.is_like(id)).count() == 1)
    {
        return Some(found);
    }
    let is_only = ids.iter().filter(|other| !other.is_relation()).count() == 1 && !id.is_relation();
    if is_only && let Some(found) = best(&|label| label.stem.is_empty()) {
        return Some(found);
    }
    // `{"phenotype": "Seizure", "id": "HP:0001250"}`, `{"hpo_term": ..., "id": ...}`.
    (is_only && id.stem.is_empty() && labels.len() == 1).then_some(0)
}

/// An object or an array that is open.
enum Level {
    Object(Object),
    Array(Array),
}

/// What of an open object may be a pair.
#[derive(Default)]
struct Object {
    /// The identifier that it is the value of.
    outer: Option<Field>,
    /// The key whose value comes.
    key: Option<Field>,
    ids: Vec<Member>,
    labels: Vec<Member>,
    /// Whether it has other members.
    has_others: bool,
}

/// A member of an object.
struct Member {
    key: Option<Field>,
    read: Key,
    value: Field,
    owner: Option<Owner>,
    /// What a comment behind it says.
    comment: Option<Field>,
}

/// What of an open array may be a pair: its only two texts.
#[derive(Default)]
struct Array {
    is_inner: bool,
    texts: Vec<Field>,
    length: usize,
}

/// Takes in a document piece by piece and tells the pairs.
pub(super) struct Collector<'a> {
    prefixes: &'a Prefixes,
    each: &'a mut dyn FnMut(Found),
    levels: Vec<Level>,
}

impl<'a> Collector<'a> {
    /// Tells `each`.
    pub(super) fn new(prefixes: &'a Prefixes, each: &'a mut dyn FnMut(Found)) -> Self {
        Self { prefixes, each, levels: Vec::new() }
    }

    /// How many objects and arrays are open.
    pub(super) const fn depth(&self) -> usize {
        self.levels.len()
    }

    /// Tells of a place that cannot be read.
    pub(super) fn unreadable(&mut self, line: u64, column: u64, problem: String) {
        (self.each)(Found::Unreadable { line, column, problem });
    }

    /// An object begins.
    pub(super) fn open_object(&mut self) {
        let outer = match self.levels.last_mut() {
            Some(Level::Object(object)) => {
                object.has_others = true;
                let key = object.key.take();
                key.filter(|key| owner(&key.text, self.prefixes).is_some_and(|owner| owner != Owner::Foreign))
            }
            Some(Level::Array(array)) => {
                array.length += 1;
                None
            }
            None => None,
        };
        self.levels.push(Level::Object(Object { outer, ..Object::default() }));
    }

    /// An array begins.
    pub(super) fn open_array(&mut self) {
        let key = self.other();
        // A list about an identifier says nothing of its label.
        if let Some(key) = key.filter(|key| owner(&key.text, self.prefixes) == Some(Owner::Ours)) {
            self.pair(key, None);
        }
        let is_inner = matches!(self.levels.last(), Some(Level::Array(_)));
        self.levels.push(Level::Array(Array { is_inner, ..Array::default() }));
    }

    /// The innermost object or array ends.
    pub(super) fn close(&mut self) {
        match self.levels.pop() {
            Some(Level::Object(object)) => self.tell_object(object),
            Some(Level::Array(array)) => self.tell_array(array),
            None => {}
        }
    }

    /// Everything that is open ends.
    pub(super) fn close_all(&mut self) {
        while !self.levels.is_empty() {
            self.close();
        }
    }

    /// A key; none that is too long or no text.
    pub(super) fn key(&mut self, key: Option<Field>) {
        if let Some(Level::Object(object)) = self.levels.last_mut() {
            object.key = key.filter(|key| key.text.len() <= LONGEST_MEMBER);
        }
    }

    /// A value that is no text, or none that can be read; its key.
    pub(super) fn other(&mut self) -> Option<Field> {
        match self.levels.last_mut() {
            Some(Level::Object(object)) => {
                object.has_others = true;
                object.key.take()
            }
            Some(Level::Array(array)) => {
                array.length += 1;
                None
            }
            None => None,
        }
    }

    /// A number, a truth value or nothing.
    pub(super) fn scalar(&mut self) {
        let key = self.other();
        if let Some(key) = key.filter(|key| owner(&key.text, self.prefixes) == Some(Owner::Ours)) {
            self.pair(key, None);
        }
    }

    /// A text, with what a comment behind it says.
    pub(super) fn text(&mut self, value: Field, comment: Option<Field>) {
        let Some(found) = owner(&value.text, self.prefixes) else { return self.words(value) };
        if found == Owner::Foreign {
            self.other();
            return;
        }
        match self.levels.last_mut() {
            Some(Level::Object(object)) => {
                let key = object.key.take();
                let read = key.as_ref().map(|key| Key::read(&key.text)).unwrap_or_default();
                put(&mut object.ids, Member { key, read, value, owner: Some(found), comment });
                self.bound();
            }
            Some(Level::Array(array)) => {
                array.length += 1;
                let is_first = array.is_inner && array.length <= 2 && comment.is_none();
                if is_first {
                    array.texts.push(value);
                } else {
                    self.identifier(value, comment);
                }
            }
            None => self.identifier(value, comment),
        }
    }

    /// A text of several lines, which are known to stand where they stand.
    pub(super) fn lines(&mut self, value: Field, lines: &[Field]) {
        if lines.len() < 2 {
            return self.text(value, None);
        }
        for line in lines {
            text::inside(line, self.prefixes, self.each);
        }
        self.other();
    }

    /// A text that is no identifier.
    fn words(&mut self, value: Field) {
        let is_kept = value.text.len() <= LONGEST_MEMBER;
        let has_pairs = text::inside(&value, self.prefixes, self.each);
        match self.levels.last_mut() {
            Some(Level::Object(object)) => {
                let key = object.key.take();
                if let Some(key) = &key
                    && let Some(owner @ (Owner::Ours | Owner::Unknown)) = owner(&key.text, self.prefixes)
                {
                    let label = (is_kept && !has_pairs && text::may_be_label(&value.text)).then_some(value);
                    if label.is_some() || owner == Owner::Ours {
                        self.pair(key.clone(), label);
                    }
                    return;
                }
                let read = key.as_ref().map(|key| Key::read(&key.text)).unwrap_or_default();
                if is_kept && !has_pairs && read.may_be_label() && !value.text.trim().is_empty() {
                    put(&mut object.labels, Member { key, read, value, owner: None, comment: None });
                    self.bound();
                } else {
                    object.has_others = true;
                }
            }
            Some(Level::Array(array)) => {
                array.length += 1;
                if array.is_inner && array.length <= 2 && is_kept && !has_pairs {
                    array.texts.push(value);
                }
            }
            None => {}
        }
    }

    /// Tells what an object holds so far where it holds very much.
    fn bound(&mut self) {
        if let Some(Level::Object(object)) = self.levels.last_mut()
            && object.ids.len() + object.labels.len() > MOST_MEMBERS
        {
            let rest = Object { has_others: true, ..Object::default() };
            let object = mem::replace(object, rest);
            self.tell_object(object);
        }
    }

    fn tell_object(&mut self, mut object: Object) {
        if let Some(outer) = object.outer.take()
            && object.ids.is_empty()
        {
            let ids = [Key { is_id: true, ..Key::default() }];
            let labels: Vec<Key> = object.labels.iter().map(|member| member.read.clone()).collect();
            let label = label_of(&ids, 0, &labels).map(|at| object.labels.swap_remove(at).value);
            if label.is_some() || owner(&outer.text, self.prefixes) == Some(Owner::Ours) {
                self.pair(outer, label);
            }
            return;
        }
        let ids: Vec<Key> = object.ids.iter().map(|member| member.read.clone()).collect();
        let labels: Vec<Key> = object.labels.iter().map(|member| member.read.clone()).collect();
        let is_map = !object.has_others && object.labels.is_empty() && object.ids.len() > 1;
        let is_map = is_map && object.ids.iter().all(|member| may_be_key(member.key.as_ref(), false));
        for (at, member) in object.ids.into_iter().enumerate() {
            let label = label_of(&ids, at, &labels).map(|at| object.labels[at].value.clone());
            // `{"Seizure": "HP:0001250"}`.
            let is_label = !ids[at].is_id && (is_map || may_be_key(member.key.as_ref(), true));
            let label = label.or_else(|| member.key.filter(|_| is_label));
            match label {
                Some(label) => self.pair(member.value, Some(label)),
                None if member.owner == Some(Owner::Unknown) && member.comment.is_none() => {}
                None => self.identifier(member.value, member.comment),
            }
        }
    }

    fn tell_array(&mut self, array: Array) {
        let is_pair = array.length == 2 && array.texts.len() == 2;
        let mut texts: Vec<Field> = array.texts;
        let owners: Vec<Option<Owner>> = texts.iter().map(|text| owner(&text.text, self.prefixes)).collect();
        match owners[..] {
            [Some(_), None] | [None, Some(_)] if is_pair => {
                let second = texts.pop().expect("there are two");
                let first = texts.pop().expect("there are two");
                let (id, label) = if owners[0].is_some() { (first, second) } else { (second, first) };
                if text::may_be_label(&label.text) {
                    self.pair(id, Some(label));
                } else {
                    self.identifier(id, None);
                }
            }
            _ => {
                for (text, owner) in texts.into_iter().zip(owners) {
                    if owner.is_some() {
                        self.identifier(text, None);
                    }
                }
            }
        }
    }

    /// Tells of an identifier that has no label but a comment's.
    fn identifier(&mut self, id: Field, comment: Option<Field>) {
        let label = comment.filter(|comment| text::may_be_label(&comment.text));
        if label.is_some() || owner(&id.text, self.prefixes) == Some(Owner::Ours) {
            self.pair(id, label);
        }
    }

    fn pair(&mut self, identifier: Field, label: Option<Field>) {
        let label = label.map(|field| Label { field, extent: Extent::Whole });
        (self.each)(Found::Pair(Pair { identifier, label }));
    }
}

/// Adds a member; of two with the same key the last counts.
fn put(members: &mut Vec<Member>, member: Member) {
    let key = member.key.as_ref().map(|key| &key.text);
    // Only few members are looked through, so that a large map takes no time.
    let same = members.iter().rev().take(64).position(|other| other.key.as_ref().map(|key| &key.text) == key);
    match same.filter(|_| key.is_some()) {
        Some(back) => {
            let at = members.len() - 1 - back;
            members[at] = member;
        }
        None => members.push(member),
    }
}

/// Whether a key whose value is an identifier is rather its label than the name of a field.
fn may_be_key(key: Option<&Field>, is_strict: bool) -> bool {
    key.is_some_and(|key| {
        let text = key.text.trim();
        let is_name = text.contains(char::is_whitespace) || text.starts_with(char::is_uppercase);
        let characters = || text.chars();
        let is_camel =
            characters().zip(characters().skip(1)).any(|(one, two)| one.is_lowercase() && two.is_uppercase());
        let is_written = !text.contains(['_', '@', '$', '/']) && !is_camel;
        let joined = words(text).join(" ");
        is_written && (is_name || !is_strict) && !is_field(&joined) && text::may_be_label(text)
    })
}

//! What is gathered of statements, one subject at a time or scattered, until they are a draft.
//!
//! Only what an ontology keeps is held: subjects that turn out to be individuals or relations are let go when the next
//! subject begins, and of nodes without a name only those that annotate a synonym.
//!
//! The order of statements says nothing in RDF. What a concept has several of is sorted, and of what it has one the least is
//! kept, so that one ontology is the same in whatever order it is written.

mod annotations;
mod names;

use std::collections::{HashMap, HashSet};

use super::vocabulary::{self, Naming, Property, Sort};
use super::{Node, Object};
use crate::ontology::identifier::{self, Merged, add_merged, last_part, noted};
use crate::ontology::{Concept, Curie, Draft, Name, Retirement, Scope, languages, obo, xref};
use annotations::{Annotations, Found};
use names::Names;
pub(super) use names::Text;

/// Statements as they come in, and what they say of classes so far.
#[derive(Default)]
pub(super) struct Statements {
    draft: Draft,
    positions: HashMap<Box<str>, usize>,
    subjects: Vec<Subject>,
    /// The subject of the last statement, which mostly is that of the next as well.
    current: Option<(Box<str>, usize)>,
    annotations: Annotations,
    /// Names that are nodes of their own: whose, what, and which node.
    name_nodes: Vec<(usize, Naming, u64)>,
    /// The texts of such nodes.
    literal_forms: HashMap<u64, Text>,
}

/// What is known of a subject with an address.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "a subject may be several things at once")]
struct Subject {
    line: usize,
    is_class: bool,
    is_annotation_property: bool,
    is_ontology: bool,
    /// Whether a type said that it is something else.
    is_other: bool,
    /// Whether something else holds its position.
    is_pinned: bool,
    is_deprecated: bool,
    labels: Vec<Text>,
    preferred: Vec<Text>,
    names: Names,
    /// The definition, with the rank of its language and that language before it.
    definition: Option<(u8, Option<String>, String)>,
    parents: Vec<Curie>,
    namespace: Option<String>,
    /// What other vocabularies call it, said to mean the same.
    equivalents: Vec<String>,
    xrefs: Vec<String>,
    alternative_ids: Vec<Curie>,
    subsets: Vec<String>,
    retirement: Retirement,
    header: Option<Box<Header>>,
}

/// What an ontology says of itself.
#[derive(Default)]
struct Header {
    version_iri: Option<String>,
    version_info: Option<String>,
    default_namespace: Option<String>,
    title: Option<(u8, String)>,
}

impl Subject {
    fn is_named(&self) -> bool {
        !(self.labels.is_empty() && self.preferred.is_empty() && self.names.is_empty())
    }

    /// Whether nothing but its type is known.
    fn is_mere_reference(&self) -> bool {
        !self.is_deprecated
            && !self.is_named()
            && self.definition.is_none()
            && self.parents.is_empty()
            && self.equivalents.is_empty()
            && self.xrefs.is_empty()
            && self.alternative_ids.is_empty()
    }
}

impl Statements {
    /// Takes in a statement that stands in this line.
    pub(super) fn take(&mut self, line: usize, subject: Node<'_>, predicate: &str, object: &Object<'_>) {
        let Some(property) = vocabulary::property(predicate) else { return };
        match property {
            Property::AnnotatedSource | Property::AnnotatedBy | Property::AnnotatedTarget | Property::SynonymType => {
                if let Some(found) = self.annotations.take(subject, property, object) {
                    self.annotated(line, found);
                }
            }
            Property::LiteralForm => {
                if let Object::Literal { text, language } = object {
                    let text = Text::new(text, *language);
                    let form = self.literal_forms.entry(subject.key()).or_insert_with(|| text.clone());
                    if text.preference() < form.preference() {
                        *form = text;
                    }
                }
            }
            Property::Imports => {
                if let Object::Node(Node::Iri(iri)) = object {
                    self.draft.odd(line, format!("the import of `{iri}` is not followed"));
                }
            }
            _ => {
                if let Node::Iri(iri) = subject {
                    self.describe(line, iri, property, object);
                }
            }
        }
    }

    /// Takes in a synonym with the types that an annotation gives it.
    pub(super) fn take_synonym(&mut self, line: usize, iri: &str, scope: Scope, text: Text, kinds: &[String]) {
        let position = self.subject(line, iri);
        for kind in kinds {
            let name = self.subjects[position].names.add(scope, text.clone());
            self.subjects[position].names.set_kind(name, kind);
        }
        if kinds.is_empty() {
            self.subjects[position].names.add(scope, text);
        }
    }

    fn annotated(&mut self, line: usize, found: Found) {
        match found {
            Found::Synonym { source, scope, text, kinds } => {
                let position = self.subject(line, &source);
                self.subjects[position].is_pinned = true;
                let name = self.subjects[position].names.add(scope, text);
                for kind in kinds {
                    self.subjects[position].names.set_kind(name, &kind);
                }
                self.annotations.place(position, name);
            }
            Found::Placed { subject, name, kind } => self.subjects[subject].names.set_kind(name, &kind),
        }
    }

    /// The position of the subject of this address.
    fn subject(&mut self, line: usize, iri: &str) -> usize {
        if let Some((current, position)) = &self.current
            && **current == *iri
        {
            return *position;
        }
        self.leave();
        let position = self.position(line, iri);
        self.current = Some((iri.into(), position));
        position
    }

    /// The position of the subject of this address, which does not become the current one.
    fn position(&mut self, line: usize, iri: &str) -> usize {
        if let Some(&position) = self.positions.get(iri) {
            return position;
        }
        let position = self.subjects.len();
        self.positions.insert(iri.into(), position);
        self.subjects.push(Subject { line, ..Subject::default() });
        position
    }

    /// Lets the current subject go where it is no class.
    fn leave(&mut self) {
        let Some((iri, position)) = self.current.take() else { return };
        let is_last = position + 1 == self.subjects.len();
        let subject = &mut self.subjects[position];
        if !subject.is_other || subject.is_class || subject.is_annotation_property || subject.is_pinned {
            return;
        }
        if is_last {
            self.subjects.pop();
            self.positions.remove(&iri);
        } else {
            *subject = Subject { line: subject.line, is_other: true, ..Subject::default() };
        }
    }

    fn describe(&mut self, line: usize, iri: &str, property: Property, object: &Object<'_>) {
        // Of a parent without a name nothing is kept, so nothing need be known of its child.
        if property == Property::Parent && !matches!(object, Object::Node(Node::Iri(_))) {
            return;
        }
        let position = self.subject(line, iri);
        match (property, object) {
            (Property::Type, Object::Node(Node::Iri(kind))) => self.set_type(line, position, vocabulary::sort(kind)),
            (Property::Name(naming), Object::Literal { text, language }) => {
                self.name(line, position, iri, naming, Text::new(text, *language));
            }
            (Property::Name(_), Object::Node(_)) => {
                self.draft.odd(line, format!("a name of `{iri}` is no text; passed over"));
            }
            (Property::NameNode(naming), Object::Node(node)) => {
                self.subjects[position].is_pinned = true;
                self.name_nodes.push((position, naming, node.key()));
            }
            (Property::Definition, Object::Literal { text, language }) => {
                self.define(line, position, iri, text, *language);
            }
            (Property::Parent, Object::Node(Node::Iri(parent))) => {
                if vocabulary::is_obsolete_class(parent) {
                    self.subjects[position].is_deprecated = true;
                } else if !vocabulary::is_built_in(parent) {
                    let found = noted(parent, line, || format!("the parent of `{iri}`"), &mut self.draft);
                    self.subjects[position].parents.extend(found);
                }
            }
            (Property::Child, Object::Node(Node::Iri(child))) => {
                let found = noted(iri, line, || format!("the parent of `{child}`"), &mut self.draft);
                let child = self.position(line, child);
                self.subjects[child].parents.extend(found);
            }
            (Property::Deprecated, Object::Literal { text, .. }) => {
                self.subjects[position].is_deprecated |= matches!(text.trim(), "true" | "1");
            }
            (Property::ReplacedBy | Property::Consider | Property::AlternativeId, _) => {
                self.lead(line, position, iri, property, object);
            }
            (Property::VersionIri | Property::VersionInfo | Property::DefaultNamespace | Property::Title, _) => {
                self.head(position, property, object);
            }
            (Property::Xref | Property::Equivalent, _) => {
                let written = match object {
                    Object::Literal { text, .. } => (*text).to_owned(),
                    Object::Node(Node::Iri(other)) => {
                        Curie::parse(other).map_or_else(|_| (*other).to_owned(), |id| id.to_string())
                    }
                    Object::Node(Node::Blank(_)) => return,
                };
                let subject = &mut self.subjects[position];
                let kept = if property == Property::Equivalent { &mut subject.equivalents } else { &mut subject.xrefs };
                kept.push(written);
            }
            (Property::Namespace, Object::Literal { text, .. }) => {
                keep_least(&mut self.subjects[position].namespace, (*text).to_owned());
            }
            (Property::Subset, Object::Node(Node::Iri(subset))) => {
                self.subjects[position].subsets.push(last_part(subset).to_owned());
            }
            (Property::Subset, Object::Literal { text, .. }) => {
                self.subjects[position].subsets.push((*text).to_owned());
            }
            _ => {}
        }
    }

    fn set_type(&mut self, line: usize, position: usize, sort: Option<Sort>) {
        let subject = &mut self.subjects[position];
        if !subject.is_class {
            subject.line = line;
        }
        match sort {
            Some(Sort::Class) => subject.is_class = true,
            Some(Sort::DeprecatedClass) => (subject.is_class, subject.is_deprecated) = (true, true),
            Some(Sort::Annotation) => subject.is_annotation_property = true,
            Some(Sort::Ontology) => (subject.is_ontology, subject.is_pinned) = (true, true),
            Some(Sort::Other) => subject.is_other = true,
            None => {}
        }
    }

    fn name(&mut self, line: usize, position: usize, iri: &str, naming: Naming, text: Text) {
        if text.is_empty() {
            self.draft.odd(line, format!("a name of `{iri}` is empty; passed over"));
            return;
        }
        let subject = &mut self.subjects[position];
        match naming {
            Naming::Label if !subject.labels.contains(&text) => subject.labels.push(text),
            Naming::Preferred if !subject.preferred.contains(&text) => subject.preferred.push(text),
            Naming::Label | Naming::Preferred => {}
            Naming::Synonym(scope, kind) => {
                let name = subject.names.add(scope, text);
                if let Some(kind) = kind {
                    subject.names.set_kind(name, kind);
                }
            }
        }
    }

    fn define(&mut self, line: usize, position: usize, iri: &str, text: &str, language: Option<&str>) {
        let language = language.map(str::to_lowercase);
        let rank = languages::rank(language.as_deref());
        let known = &mut self.subjects[position].definition;
        if known.as_ref().is_some_and(|(first, own, other)| (rank, &language) == (*first, own) && other != text) {
            self.draft.odd(line, format!("`{iri}` has two definitions in one language; one is passed over"));
        }
        keep_least(known, (rank, language, text.to_owned()));
    }

    /// Identifiers that a concept leads to or had.
    fn lead(&mut self, line: usize, position: usize, iri: &str, property: Property, object: &Object<'_>) {
        let written = match object {
            Object::Node(Node::Iri(other)) => other,
            Object::Literal { text, .. } => text,
            Object::Node(Node::Blank(_)) => return,
        };
        let what = match property {
            Property::ReplacedBy => "what replaces",
            Property::Consider => "what to consider for",
            _ => "an alternative identifier of",
        };
        let found = noted(written, line, || format!("{what} `{iri}`"), &mut self.draft);
        let subject = &mut self.subjects[position];
        match property {
            Property::ReplacedBy => subject.retirement.replaced_by.extend(found),
            Property::Consider => subject.retirement.consider.extend(found),
            _ => subject.alternative_ids.extend(found),
        }
    }

    fn head(&mut self, position: usize, property: Property, object: &Object<'_>) {
        let subject = &mut self.subjects[position];
        // Single classes have versions and titles as well.
        if subject.is_class {
            return;
        }
        let header = subject.header.get_or_insert_default();
        match (property, object) {
            (Property::VersionIri, Object::Node(Node::Iri(text)) | Object::Literal { text, .. }) => {
                keep_least(&mut header.version_iri, obo::release(text));
            }
            (Property::VersionInfo, Object::Literal { text, .. }) => {
                keep_least(&mut header.version_info, obo::release(text));
            }
            (Property::DefaultNamespace, Object::Literal { text, .. }) => {
                keep_least(&mut header.default_namespace, (*text).to_owned());
            }
            (Property::Title, Object::Literal { text, language }) => {
                keep_least(&mut header.title, (languages::rank(*language), (*text).to_owned()));
            }
            _ => {}
        }
    }

    /// The draft of all that was said.
    pub(super) fn finish(mut self) -> Draft {
        self.leave();
        for (position, naming, node) in std::mem::take(&mut self.name_nodes) {
            if let Some(text) = self.literal_forms.get(&node) {
                let (text, line) = (text.clone(), self.subjects[position].line);
                self.name(line, position, "a concept", naming, text);
            }
        }
        drop(std::mem::take(&mut self.literal_forms));
        drop(std::mem::take(&mut self.annotations));
        let mut iris: Vec<(Box<str>, usize)> = std::mem::take(&mut self.positions).into_iter().collect();
        iris.sort_unstable_by_key(|&(_, position)| position);
        debug_assert!(iris.len() == self.subjects.len(), "every subject has an address");
        let mut subjects: Vec<(Box<str>, Subject)> =
            iris.into_iter().map(|(iri, _)| iri).zip(std::mem::take(&mut self.subjects)).collect();
        let default_namespace = self.take_header(&mut subjects);
        let kinds: HashMap<String, String> = subjects
            .iter()
            .filter(|(_, subject)| subject.is_annotation_property)
            .filter_map(|(iri, subject)| {
                let label = subject.labels.iter().min_by_key(|label| label.preference())?;
                Some((iri.to_string(), label.text.to_lowercase().replace(' ', "_")))
            })
            .collect();
        let parents: HashSet<Curie> =
            subjects.iter().flat_map(|(_, subject)| &subject.parents).cloned().collect::<HashSet<_>>();
        let mut draft = std::mem::take(&mut self.draft);
        let mut merged = Vec::new();
        let mut references: Option<(usize, usize, String)> = None;
        for (iri, subject) in subjects {
            // A subject with a parent is a class, whether or not it says so, and so is a parent that has a name.
            let is_parent = || identifier::parse(&iri).is_ok_and(|id| parents.contains(&id));
            let is_in_hierarchy = || !subject.parents.is_empty() || (subject.is_named() && is_parent());
            let is_class = subject.is_class || (!subject.is_other && is_in_hierarchy());
            if !is_class || vocabulary::is_built_in(&iri) {
                continue;
            }
            let line = subject.line;
            let Some(id) = noted(&iri, line, || "a class".to_owned(), &mut draft) else { continue };
            if subject.is_mere_reference() && !parents.contains(&id) {
                let (_, count, _) = references.get_or_insert_with(|| (line, 0, id.to_string()));
                *count += 1;
                continue;
            }
            if subject.is_deprecated && !subject.retirement.replaced_by.is_empty() && !subject.is_named() {
                merged.push(Merged { line, id, replaced_by: sorted(subject.retirement.replaced_by) });
                continue;
            }
            let mut concept = subject.concept(id, &kinds, &mut draft);
            concept.namespace = concept.namespace.or_else(|| default_namespace.clone());
            draft.concepts.push((line, concept));
        }
        if let Some((line, count, first)) = references {
            let message =
                format!("{count} classes have nothing but an identifier (the first is `{first}`); passed over");
            draft.odd(line, message);
        }
        merged.sort_by(|left, right| left.id.cmp(&right.id));
        add_merged(merged, 0, &mut draft);
        draft
    }

    /// Takes name and version from the first ontology there is; gives back its default namespace.
    fn take_header(&mut self, subjects: &mut [(Box<str>, Subject)]) -> Option<String> {
        let (iri, subject) = subjects.iter_mut().find(|(_, subject)| subject.is_ontology)?;
        let header = *subject.header.take().unwrap_or_default();
        let title = header.title.map(|(_, title)| title);
        self.draft.name = obo::short_name(iri.trim_end_matches(['/', '#'])).or(title);
        self.draft.version = header.version_iri.or(header.version_info);
        header.default_namespace
    }
}

impl Subject {
    fn concept(self, id: Curie, kinds: &HashMap<String, String>, draft: &mut Draft) -> Concept {
        let mut concept = Concept::new(id);
        if self.is_deprecated {
            let Retirement { replaced_by, consider } = self.retirement;
            concept.retirement = Some(Retirement { replaced_by: sorted(replaced_by), consider: sorted(consider) });
        } else if self.retirement != Retirement::default() {
            draft.odd(self.line, format!("`{}` has a replacement but is not obsolete; kept as live", concept.id));
        }
        concept.names = names(self.labels, self.preferred);
        let typed = |name: Name| Name { kind: name.kind.map(|written| obo::declared_kind(&written, kinds)), ..name };
        concept.names.extend(sorted_names(self.names.into_names().map(typed).collect()));
        concept.definition = self.definition.map(|(.., text)| text);
        concept.parents = self.parents;
        concept.namespace = self.namespace;
        let mut seen = HashSet::new();
        concept.xrefs = sorted(self.equivalents);
        concept.xrefs.extend(sorted(self.xrefs));
        concept.xrefs.retain(|written| seen.insert(xref::key(written).unwrap_or_else(|| written.clone())));
        concept.alternative_ids = sorted(self.alternative_ids);
        concept.subsets = sorted(self.subsets);
        concept
    }
}

/// The label, which is the best of `labels` (else of `preferred`), then the others as exact synonyms.
fn names(labels: Vec<Text>, preferred: Vec<Text>) -> Vec<Name> {
    let mut texts = labels;
    let from = if texts.is_empty() { preferred.len() } else { texts.len() };
    for text in preferred {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let Some(best) = (0..from).min_by(|&left, &right| texts[left].preference().cmp(&texts[right].preference())) else {
        return Vec::new();
    };
    let label = texts.remove(best).into_name(Scope::Label);
    let others = texts.into_iter().map(|text| text.into_name(Scope::Exact)).collect();
    std::iter::once(label).chain(sorted_names(others)).collect()
}

/// Names in the order of trust, then by what they say, each once.
fn sorted_names(mut names: Vec<Name>) -> Vec<Name> {
    fn key(name: &Name) -> impl Ord + '_ {
        (name.scope, &name.text, &name.language, &name.kind)
    }
    names.sort_by(|left, right| key(left).cmp(&key(right)));
    names.dedup();
    names
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}

/// Keeps the smaller of what is known and what was found.
fn keep_least<T: Ord>(known: &mut Option<T>, found: T) {
    if known.as_ref().is_none_or(|known| found < *known) {
        *known = Some(found);
    }
}

#[cfg(test)]
mod tests;

//! Makes one consistent ontology of a reader's draft.

use std::collections::{HashMap, HashSet};

use rustc_hash::FxHashMap;

use super::{Concept, Curie, Draft, Error, Name, Ontology, Scope};

impl Ontology {
    /// Makes a consistent ontology of what a reader found in `place`, calling it `name`.
    ///
    /// Two stanzas of one identifier are merged; parents that do not exist and edges that close a cycle are taken
    /// out. Each of these is noted as an [`super::Oddity`].
    ///
    /// # Errors
    /// [`Error::Empty`] where the draft holds no concept.
    pub fn assemble(mut draft: Draft, name: &str, place: &str) -> Result<Self, Error> {
        let mut found = std::mem::take(&mut draft.concepts);
        if found.is_empty() {
            return Err(Error::Empty { place: place.to_owned() });
        }
        // Millions of concepts stand in order already; where they do, nothing is moved.
        if !found.is_sorted_by(|(_, left), (_, right)| left.id <= right.id) {
            found.sort_by(|(_, left), (_, right)| left.id.cmp(&right.id));
        }
        found.dedup_by(|(line, second), (first_line, first)| {
            let is_same = first.id == second.id;
            if is_same {
                draft.odd(*line, format!("`{}` is defined again (first in line {first_line}); merged", first.id));
                merge(first, second);
            }
            is_same
        });
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        let mut concepts: Vec<Concept> = found.into_iter().map(|(_, concept)| concept).collect();

        let mut unlabelled: Option<(usize, usize)> = None;
        for (at, (line, concept)) in lines.iter().zip(&mut concepts).enumerate() {
            tidy_names(&mut concept.names);
            if concept.names.is_empty() && concept.retirement.is_none() {
                draft.odd(*line, format!("`{}` has no name; its identifier stands for it", concept.id));
            } else if concept.retirement.is_none() && !concept.has_label() {
                unlabelled.get_or_insert((at, 0)).1 += 1;
            }
            concept.parents.sort();
            concept.parents.dedup();
        }
        if let Some((first, count)) = unlabelled {
            let id = &concepts[first].id;
            let message = match count {
                1 => format!("`{id}` has names and no label; its identifier stands for it"),
                _ => format!("`{id}` and {} more have names and no label; their identifiers stand for it", count - 1),
            };
            draft.odd(lines[first], message);
        }
        let edges = Edges::of(&concepts);
        for (position, concept) in concepts.iter_mut().enumerate() {
            let exists: Vec<bool> = edges.of_child(position).iter().map(|&parent| parent != NOWHERE).collect();
            for (parent, _) in concept.parents.iter().zip(&exists).filter(|(_, exists)| !**exists) {
                draft.odd(
                    lines[position],
                    format!("`{}` names the parent `{parent}`, which does not exist", concept.id),
                );
            }
            retain(&mut concept.parents, &exists);
        }
        for (child, parent) in closing_edges(&edges) {
            let message = format!(
                "the parent `{}` of `{}` closes a cycle; edge left out",
                concepts[parent].id, concepts[child].id
            );
            draft.odd(lines[child], message);
            let parent_id = concepts[parent].id.clone();
            concepts[child].parents.retain(|id| *id != parent_id);
        }

        let mut by_alternative_id = HashMap::new();
        for (position, concept) in concepts.iter().enumerate() {
            for id in &concept.alternative_ids {
                by_alternative_id.entry(id.clone()).or_insert(position);
            }
        }
        draft.oddities.sort_by_key(|oddity| oddity.line);
        Ok(Self {
            name: name.to_owned(),
            version: draft.version,
            concepts,
            by_alternative_id,
            oddities: draft.oddities,
            untold_oddities: draft.untold_oddities,
        })
    }
}

/// Joins a second stanza of the same identifier to the first, which keeps its label, definition and namespace.
fn merge(first: &mut Concept, second: &mut Concept) {
    if first.names.iter().any(|name| name.scope == Scope::Label) {
        for name in second.names.iter_mut().filter(|name| name.scope == Scope::Label) {
            name.scope = Scope::Exact;
        }
    }
    first.names.append(&mut second.names);
    first.definition = first.definition.take().or(second.definition.take());
    first.namespace = first.namespace.take().or(second.namespace.take());
    first.retirement = first.retirement.take().or(second.retirement.take());
    for (into, from) in
        [(&mut first.parents, &mut second.parents), (&mut first.alternative_ids, &mut second.alternative_ids)]
    {
        into.append(from);
    }
    for (into, from) in [(&mut first.xrefs, &mut second.xrefs), (&mut first.subsets, &mut second.subsets)] {
        from.retain(|item| !into.contains(item));
        into.append(from);
    }
}

/// Trims names, leaves out empty and repeated ones, and puts the label first.
fn tidy_names(names: &mut Vec<Name>) {
    for name in names.iter_mut() {
        let trimmed = name.text.trim();
        if trimmed.len() != name.text.len() {
            name.text = trimmed.to_owned();
        }
    }
    if names.len() > 1 || names.iter().any(|name| name.text.is_empty()) {
        let mut seen = HashSet::with_capacity(names.len());
        let mut are_new = Vec::with_capacity(names.len());
        for Name { text, scope, kind, .. } in names.iter() {
            are_new.push(!text.is_empty() && seen.insert((text.as_str(), *scope, kind.as_deref())));
        }
        retain(names, &are_new);
    }
    names.sort_by_key(|name| name.scope != Scope::Label);
}

/// Keeps the items that `are_kept`.
fn retain<T>(items: &mut Vec<T>, are_kept: &[bool]) {
    if are_kept.contains(&false) {
        let mut at = are_kept.iter();
        items.retain(|_| at.next().is_none_or(|is_kept| *is_kept));
    }
}

/// Where each concept's parents stand, in order.
struct Edges {
    first: Vec<usize>,
    parents: Vec<u32>,
}

/// Stands for a parent that does not exist.
const NOWHERE: u32 = u32::MAX;

impl Edges {
    fn of(concepts: &[Concept]) -> Self {
        let count = concepts.iter().map(|concept| concept.parents.len()).sum();
        let (mut first, mut parents) = (Vec::with_capacity(concepts.len() + 1), Vec::with_capacity(count));
        first.push(0);
        let by_id: FxHashMap<&str, u32> = if count == 0 {
            FxHashMap::default()
        } else {
            (0..).zip(concepts).map(|(position, concept)| (concept.id.as_str(), position)).collect()
        };
        for concept in concepts {
            parents.extend(concept.parents.iter().map(|id| by_id.get(id.as_str()).copied().unwrap_or(NOWHERE)));
            first.push(parents.len());
        }
        Self { first, parents }
    }

    fn children(&self) -> usize {
        self.first.len() - 1
    }

    fn of_child(&self, child: usize) -> &[u32] {
        &self.parents[self.first[child]..self.first[child + 1]]
    }
}

/// The `is_a` edges (child, parent) that close a cycle in a depth-first walk from the smallest identifier on.
fn closing_edges(edges: &Edges) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; edges.children()];
    let mut closing = Vec::new();
    for start in 0..edges.children() {
        if marks[start] != Mark::New {
            continue;
        }
        marks[start] = Mark::Open;
        let mut stack = vec![(start, 0)];
        while let Some((position, next)) = stack.last_mut() {
            let child = *position;
            let Some(&parent) = edges.of_child(child).get(*next) else {
                marks[child] = Mark::Done;
                stack.pop();
                continue;
            };
            *next += 1;
            if parent == NOWHERE {
                continue;
            }
            let parent = parent as usize;
            match marks[parent] {
                Mark::New => {
                    marks[parent] = Mark::Open;
                    stack.push((parent, 0));
                }
                Mark::Open => closing.push((child, parent)),
                Mark::Done => {}
            }
        }
    }
    closing
}

/// Positions of `id` and all below it, sorted.
pub(super) fn descendants(ontology: &Ontology, id: &Curie) -> Vec<usize> {
    let Some(start) = ontology.position(id) else { return Vec::new() };
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); ontology.concepts.len()];
    for (position, concept) in ontology.concepts.iter().enumerate() {
        for parent in &concept.parents {
            if let Some(parent) = ontology.position(parent) {
                children[parent].push(position);
            }
        }
    }
    let mut inside = vec![false; ontology.concepts.len()];
    let mut open = vec![start];
    inside[start] = true;
    while let Some(position) = open.pop() {
        for &child in &children[position] {
            if !std::mem::replace(&mut inside[child], true) {
                open.push(child);
            }
        }
    }
    (0..inside.len()).filter(|&position| inside[position]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Resolution;
    use super::*;

    fn concept(id: &str, label: &str, parents: &[&str]) -> Concept {
        let mut concept = Concept::new(Curie::parse(id).unwrap());
        concept.names.push(Name::new(label.to_owned(), Scope::Label));
        concept.parents = parents.iter().map(|parent| Curie::parse(parent).unwrap()).collect();
        concept
    }

    fn assemble(concepts: Vec<Concept>) -> Ontology {
        let concepts = concepts.into_iter().enumerate().map(|(line, concept)| (line + 1, concept)).collect();
        Ontology::assemble(Draft { concepts, ..Draft::default() }, "x", "x.obo").unwrap()
    }

    #[test]
    fn an_identifier_defined_twice_is_merged_and_noted() {
        let ontology = assemble(vec![concept("X:1", "one", &[]), concept("X:1", "uno", &[])]);
        let names: Vec<_> = ontology.concepts()[0].names.iter().map(|name| (name.text.as_str(), name.scope)).collect();
        assert_eq!(names, [("one", Scope::Label), ("uno", Scope::Exact)]);
        assert_eq!(ontology.oddities()[0].line, 2);
    }

    #[test]
    fn live_concepts_without_a_label_are_told_in_one_line() {
        let synonym = |id: &str| Concept { names: vec![Name::new("a", Scope::Exact)], ..concept(id, "", &[]) };
        let retired = Concept { retirement: Some(super::super::Retirement::default()), ..synonym("X:4") };
        let messages = |concepts: Vec<Concept>| -> Vec<String> {
            assemble(concepts).oddities().iter().map(|oddity| oddity.message.clone()).collect()
        };
        let all = vec![concept("X:1", "one", &[]), synonym("X:2"), synonym("X:3"), retired];
        assert_eq!(messages(all), ["`X:2` and 1 more have names and no label; their identifiers stand for it"]);
        assert_eq!(messages(vec![synonym("X:2")]), ["`X:2` has names and no label; its identifier stands for it"]);
    }

    #[test]
    fn a_missing_parent_is_left_out_and_noted() {
        let ontology = assemble(vec![concept("X:1", "one", &["X:9"])]);
        assert!(ontology.concepts()[0].parents.is_empty());
        assert!(ontology.oddities()[0].message.contains("`X:9`"));
    }

    #[test]
    fn a_cycle_loses_one_edge_and_keeps_all_concepts() {
        let ontology = assemble(vec![
            concept("X:1", "one", &["X:3"]),
            concept("X:2", "two", &["X:1"]),
            concept("X:3", "three", &["X:2"]),
        ]);
        assert_eq!(ontology.concepts().len(), 3);
        assert_eq!(ontology.oddities().len(), 1);
        let edges: usize = ontology.concepts().iter().map(|concept| concept.parents.len()).sum();
        assert_eq!(edges, 2);
    }

    #[test]
    fn descendants_hold_the_root_and_everything_below_once() {
        let ontology = assemble(vec![
            concept("X:1", "root", &[]),
            concept("X:2", "left", &["X:1"]),
            concept("X:3", "right", &["X:1"]),
            concept("X:4", "both", &["X:2", "X:3"]),
            concept("X:5", "other", &[]),
        ]);
        assert_eq!(ontology.descendants(&Curie::parse("X:1").unwrap()), [0, 1, 2, 3]);
        assert!(ontology.descendants(&Curie::parse("X:99").unwrap()).is_empty());
    }

    #[test]
    fn an_alternative_id_leads_to_the_concept_it_was_merged_into() {
        let mut merged = concept("X:1", "one", &[]);
        merged.alternative_ids.push(Curie::parse("X:7").unwrap());
        let ontology = assemble(vec![merged]);
        let id = Curie::parse("X:7").unwrap();
        assert!(matches!(ontology.resolve(&id), Resolution::Merged(concept) if concept.label() == "one"));
    }

    #[test]
    fn a_draft_without_concepts_is_an_error() {
        assert!(matches!(Ontology::assemble(Draft::default(), "x", "x.obo"), Err(Error::Empty { .. })));
    }
}

//! Reads OBO Graphs JSON so that a release gives the same concepts as its OBO file.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Deserializer};

use super::identifier::{Merged, add_merged, last_part, noted};
use super::{Concept, Curie, Draft, Error, Name, Retirement, Scope, decode, obo};

#[derive(Deserialize)]
struct Document {
    graphs: Vec<Graph>,
}

#[derive(Deserialize)]
struct Graph {
    #[serde(default)]
    id: Option<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    meta: Meta,
    #[serde(default, deserialize_with = "null_is_empty")]
    nodes: Vec<Node>,
    #[serde(default, deserialize_with = "null_is_empty")]
    edges: Vec<Edge>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    #[serde(default)]
    lbl: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    meta: Meta,
}

#[derive(Deserialize)]
struct Edge {
    sub: String,
    pred: String,
    obj: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Meta {
    #[serde(deserialize_with = "null_is_empty")]
    definition: Value,
    #[serde(deserialize_with = "null_is_empty")]
    synonyms: Vec<Synonym>,
    #[serde(deserialize_with = "null_is_empty")]
    xrefs: Vec<Value>,
    #[serde(deserialize_with = "null_is_empty")]
    subsets: Vec<String>,
    #[serde(deserialize_with = "null_is_empty")]
    basic_property_values: Vec<Property>,
    #[serde(deserialize_with = "null_is_empty")]
    deprecated: bool,
    version: Option<String>,
}

#[derive(Default, Deserialize)]
struct Value {
    #[serde(default)]
    val: Option<String>,
}

#[derive(Deserialize)]
struct Synonym {
    pred: String,
    val: String,
    #[serde(default, rename = "synonymType")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Property {
    pred: String,
    val: String,
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Meta {
    /// The values of a property, told by the last part of its IRI.
    fn values<'a>(&'a self, property: &'a str) -> impl Iterator<Item = &'a str> {
        let properties = self.basic_property_values.iter();
        properties.filter(move |value| last_part(&value.pred) == property).map(|value| value.val.as_str())
    }

    fn curies(&self, property: &str, of: &str, draft: &mut Draft) -> Vec<Curie> {
        self.values(property).filter_map(|value| noted(value, 0, || format!("`{property}` of `{of}`"), draft)).collect()
    }
}

/// Reads OBO Graphs JSON. Classes of other ontologies that stand in the graph are kept.
///
/// # Errors
/// [`Error::Json`] where the text is no JSON or has no `graphs`; a truncated file is always such an error.
pub fn read(bytes: &[u8], place: &str) -> Result<Draft, Error> {
    let mut draft = Draft::default();
    let text = decode::text(bytes, &mut draft);
    let document: Document =
        serde_json::from_str(&text).map_err(|source| Error::Json { place: place.to_owned(), source })?;
    for graph in &document.graphs {
        draft.name = draft.name.or_else(|| obo::short_name(graph.id.as_deref()?));
        let version = graph.meta.version.as_deref().or_else(|| graph.meta.values("versionInfo").next());
        draft.version = draft.version.or_else(|| version.map(obo::release));
    }
    for graph in document.graphs {
        read_graph(graph, &mut draft);
    }
    Ok(draft)
}

fn read_graph(graph: Graph, draft: &mut Draft) {
    let namespace = graph.meta.values("default-namespace").next().map(str::to_owned);
    let in_hierarchy: HashSet<&str> =
        graph.edges.iter().filter(|edge| is_a(edge)).flat_map(|edge| [edge.sub.as_str(), edge.obj.as_str()]).collect();
    let kinds: HashMap<String, String> = graph
        .nodes
        .iter()
        .filter(|node| node.kind.as_deref() == Some("PROPERTY"))
        .filter_map(|node| Some((node.id.clone(), node.lbl.as_deref()?.to_lowercase().replace(' ', "_"))))
        .collect();

    let mut positions: HashMap<String, usize> = HashMap::new();
    let mut merged: Vec<Merged> = Vec::new();
    let first = draft.concepts.len();
    for node in graph.nodes {
        if !is_class(&node, &in_hierarchy, draft) {
            continue;
        }
        let Some(id) = noted(&node.id, 0, || "a class".to_owned(), draft) else { continue };
        let replaced_by = node.meta.curies("IAO_0100001", &node.id, draft);
        let is_merge = node.lbl.is_none() && node.meta.deprecated && !replaced_by.is_empty();
        if is_merge && node.meta.synonyms.is_empty() {
            merged.push(Merged { line: 0, id, replaced_by });
            continue;
        }
        let iri = node.id.clone();
        let mut concept = concept(id, node, replaced_by, &kinds, draft);
        concept.namespace = concept.namespace.or_else(|| namespace.clone());
        positions.entry(iri).or_insert(draft.concepts.len());
        draft.concepts.push((0, concept));
    }
    for edge in graph.edges.iter().filter(|edge| is_a(edge)) {
        let Some(parent) = noted(&edge.obj, 0, || format!("the parent of `{}`", edge.sub), draft) else { continue };
        match positions.get(edge.sub.as_str()) {
            Some(&position) => draft.concepts[position].1.parents.push(parent),
            None => draft.odd(0, format!("`{}` has the parent `{parent}` but is no class; passed over", edge.sub)),
        }
    }
    add_merged(merged, first, draft);
}

/// Whether a node is a term; notes the nodes that might have been one.
fn is_class(node: &Node, in_hierarchy: &HashSet<&str>, draft: &mut Draft) -> bool {
    match node.kind.as_deref() {
        Some("CLASS") => true,
        Some("PROPERTY" | "INDIVIDUAL") => false,
        None if in_hierarchy.contains(node.id.as_str()) => true,
        // Relations and mere references often have no type.
        None if node.lbl.is_none() || node.meta.values("shorthand").next().is_some() => false,
        other => {
            let kind = other.map_or_else(|| "no type".to_owned(), |kind| format!("the type `{kind}`"));
            draft.odd(0, format!("the node `{}` has {kind}; passed over", node.id));
            false
        }
    }
}

fn concept(
    id: Curie,
    node: Node,
    replaced_by: Vec<Curie>,
    kinds: &HashMap<String, String>,
    draft: &mut Draft,
) -> Concept {
    let mut concept = Concept::new(id);
    let meta = node.meta;
    concept.alternative_ids = meta.curies("hasAlternativeId", &node.id, draft);
    let consider = meta.curies("consider", &node.id, draft);
    concept.namespace = meta.values("hasOBONamespace").next().map(str::to_owned);
    if meta.deprecated {
        concept.retirement = Some(Retirement { replaced_by, consider });
    } else if !replaced_by.is_empty() || !consider.is_empty() {
        draft.odd(0, format!("`{}` has a replacement but is not obsolete; kept as live", concept.id));
    }
    concept.names.extend(node.lbl.map(|text| Name::new(text, Scope::Label)));
    for synonym in meta.synonyms {
        if synonym.val.trim().is_empty() {
            draft.odd(0, format!("a synonym of `{}` is empty; passed over", concept.id));
            continue;
        }
        let scope =
            Scope::parse(last_part(&synonym.pred)).filter(|scope| *scope != Scope::Label).unwrap_or_else(|| {
                draft.odd(0, format!("`{}` of `{}` is no synonym scope; read as RELATED", synonym.pred, concept.id));
                Scope::Related
            });
        let kind = synonym.kind.map(|written| obo::declared_kind(&written, kinds));
        concept.names.push(Name { kind, ..Name::new(synonym.val, scope) });
    }
    concept.definition = meta.definition.val;
    concept.xrefs = meta.xrefs.into_iter().filter_map(|xref| xref.val).collect();
    concept.subsets = meta.subsets.iter().map(|subset| last_part(subset).to_owned()).collect();
    concept
}

fn is_a(edge: &Edge) -> bool {
    edge.pred == "is_a"
}

#[cfg(test)]
mod tests {
    use super::super::identifier::OBO;
    use super::*;

    fn draft(nodes: &str, edges: &str) -> Draft {
        let text = format!(
            r#"{{"graphs": [{{"id": "{OBO}x.json", "meta": {{"version": "{OBO}x/releases/2024-08-13/x.json",
                "basicPropertyValues": [{{"pred": "http://x#default-namespace", "val": "things"}}]}},
                "nodes": [{nodes}], "edges": [{edges}]}}]}}"#
        );
        read(text.as_bytes(), "x.json").unwrap()
    }

    fn ids(ids: &[Curie]) -> Vec<&str> {
        ids.iter().map(Curie::as_str).collect()
    }

    #[test]
    fn a_whole_class_is_read() {
        let draft = draft(
            r#"{"id": "http://purl.obolibrary.org/obo/X_1", "lbl": "one", "type": "CLASS", "meta": {
                "definition": {"val": "The first.", "xrefs": ["a"]}, "comments": ["c"],
                "synonyms": [{"pred": "hasBroadSynonym", "val": "uno", "synonymType": "http://purl.obolibrary.org/obo/x#Layperson", "xrefs": []},
                    {"pred": "hasExactSynonym", "val": "I", "synonymType": "http://purl.obolibrary.org/obo/OMO_0003000"},
                    {"pred": "hasExactSynonym", "val": "eins", "synonymType": "http://purl.obolibrary.org/obo/X_9"}],
                "xrefs": [{"val": "UMLS:C1"}], "subsets": ["http://purl.obolibrary.org/obo/x#slim"],
                "basicPropertyValues": [{"pred": "http://x#hasAlternativeId", "val": "X:7"}]}},
            {"id": "http://purl.obolibrary.org/obo/X_9", "lbl": "German name", "type": "PROPERTY"},
            {"id": "http://purl.obolibrary.org/obo/Y_2", "type": "CLASS", "lbl": "of another ontology", "meta": null}"#,
            r#"{"sub": "http://purl.obolibrary.org/obo/X_1", "pred": "is_a", "obj": "http://purl.obolibrary.org/obo/Y_2"},
            {"sub": "http://purl.obolibrary.org/obo/X_1", "pred": "part_of", "obj": "http://purl.obolibrary.org/obo/Y_3"}"#,
        );
        assert!(draft.oddities.is_empty(), "{:?}", draft.oddities);
        assert_eq!((draft.name.as_deref(), draft.version.as_deref()), (Some("x"), Some("2024-08-13")));
        assert_eq!(draft.concepts.len(), 2);
        let concept = &draft.concepts[0].1;
        assert_eq!((concept.id.as_str(), concept.label()), ("X:1", "one"));
        let kinds: Vec<_> = concept.names.iter().map(|name| (name.scope, name.kind.as_deref())).collect();
        assert_eq!(
            kinds,
            [
                (Scope::Label, None),
                (Scope::Broad, Some("layperson")),
                (Scope::Exact, Some("abbreviation")),
                (Scope::Exact, Some("german_name")),
            ]
        );
        assert_eq!(concept.definition.as_deref(), Some("The first."));
        assert_eq!(concept.namespace.as_deref(), Some("things"));
        assert_eq!((ids(&concept.parents), ids(&concept.alternative_ids)), (vec!["Y:2"], vec!["X:7"]));
        assert_eq!(
            (concept.xrefs.as_slice(), concept.subsets.as_slice()),
            (["UMLS:C1".to_owned()].as_slice(), ["slim".to_owned()].as_slice())
        );
    }

    #[test]
    fn retired_classes_say_where_to_go() {
        let draft = draft(
            r#"{"id": "http://purl.obolibrary.org/obo/X_1", "lbl": "obsolete one", "type": "CLASS", "meta": {"deprecated": true,
                "basicPropertyValues": [{"pred": "http://x/IAO_0100001", "val": "http://purl.obolibrary.org/obo/X_2"},
                    {"pred": "http://x#consider", "val": "X:3"}]}}"#,
            "",
        );
        let retirement = draft.concepts[0].1.retirement.as_ref().unwrap();
        assert_eq!((ids(&retirement.replaced_by), ids(&retirement.consider)), (vec!["X:2"], vec!["X:3"]));
    }

    #[test]
    fn a_merged_identifier_becomes_an_alternative_id_as_in_obo() {
        let merged = |id: &str, into: &str| {
            format!(
                r#"{{"id": "{OBO}{id}", "type": "CLASS", "meta": {{"deprecated": true,
                "basicPropertyValues": [{{"pred": "http://x/IAO_0100001", "val": "{OBO}{into}"}}]}}}}"#
            )
        };
        let kept = format!(r#"{{"id": "{OBO}X_2", "lbl": "two", "type": "CLASS"}}"#);
        let draft = draft(&[merged("X_1", "X_2"), kept, merged("X_4", "X_5")].join(","), "");
        assert_eq!(ids(&draft.concepts[0].1.alternative_ids), ["X:1"]);
        assert_eq!(draft.concepts[1].1.id.as_str(), "X:4");
        assert!(draft.concepts[1].1.is_retired());
    }

    #[test]
    fn what_is_passed_over_is_noted() {
        let draft = draft(
            r#"{"id": "nothing", "lbl": "a", "type": "CLASS"}, {"id": "http://purl.obolibrary.org/obo/X_1", "lbl": "untyped"},
            {"id": "http://purl.obolibrary.org/obo/X_2", "lbl": "untyped child"},
            {"id": "http://purl.obolibrary.org/obo/BFO_1", "lbl": "has part", "type": "PROPERTY"},
            {"id": "http://purl.obolibrary.org/obo/X_3", "type": "CLASS", "lbl": "b", "meta": {"synonyms": [
                {"pred": "hasOddSynonym", "val": "c"}, {"pred": "hasExactSynonym", "val": ""}]}}"#,
            r#"{"sub": "http://purl.obolibrary.org/obo/X_2", "pred": "is_a", "obj": "http://purl.obolibrary.org/obo/X_3"},
            {"sub": "http://purl.obolibrary.org/obo/X_8", "pred": "is_a", "obj": "http://purl.obolibrary.org/obo/X_3"}"#,
        );
        assert_eq!(draft.concepts.iter().map(|(_, concept)| concept.id.as_str()).collect::<Vec<_>>(), ["X:2", "X:3"]);
        assert_eq!(draft.oddities.len(), 5, "{:?}", draft.oddities);
    }

    #[test]
    fn a_file_cut_at_any_byte_is_an_error() {
        let whole = r#"{"graphs": [{"nodes": [{"id": "X:1", "lbl": "é", "type": "CLASS"}], "edges": []}]}"#;
        assert_eq!(read(whole.as_bytes(), "x.json").unwrap().concepts.len(), 1);
        for length in 0..whole.len() {
            assert!(matches!(read(&whole.as_bytes()[..length], "x.json"), Err(Error::Json { .. })));
        }
    }

    #[test]
    fn other_json_is_an_error() {
        assert!(matches!(read(b"{\"nodes\": []}", "x.json"), Err(Error::Json { .. })));
        assert!(matches!(read(b"[1, 2]", "x.json"), Err(Error::Json { .. })));
    }
}

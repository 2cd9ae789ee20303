//! Answers as phenopackets, version 2 (<https://phenopacket-schema.readthedocs.io>): what was found in each document.
//!
//! A phenopacket is a document of the input: its `id` and its subject's. Its features are the concepts that its rows were
//! answered with, in the order of their first appearance and each once; one that rows say is present and others that it
//! is not counts as present, and as a [`Conflict`]. Each part of a composite mention is a feature; a mention that negates
//! its concept ("no seizures") is `excluded`, the side it names is a modifier, how severe it says it is its `severity`, and
//! another side or severity another feature. Rows without a match add no feature; a document without any has no
//! `phenotypicFeatures`. `metaData` names the release of HPO and term2id. No more than that is written: validators refuse
//! what their schema does not name, such as a feature's `description`.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::normalize::{Normalization, OntologyTag, Severity, Side};
use crate::ontology::{Curie, catalogue};

/// The prefix of the concepts that are features.
pub const PREFIX: &str = "HP";

/// What a row says about its document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The document.
    pub document: String,
    /// The concept and its label; none where there was no match.
    pub feature: Option<(Curie, String)>,
    /// The side of the body it is on, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// How severe it is, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Whether it was looked for and is not there.
    pub is_excluded: bool,
}

impl Finding {
    /// What an answer says about `document`: a finding a concept, or that there is none. A finding is excluded where the
    /// row says so, by `is_excluded`, or the words do: who denies twice means one denial.
    pub fn all(normalization: &Normalization, document: &str, is_excluded: bool) -> Vec<Self> {
        let document = || document.to_owned();
        let whole = &normalization.qualifiers;
        let finding = |answered: &Normalization| {
            let feature = answered.answer().map(|answer| (answer.id.clone(), answer.label.clone()));
            let own = &answered.qualifiers;
            let is_negated = whole.negation.is_some() || own.negation.is_some();
            Self {
                document: document(),
                feature,
                side: own.side.or(whole.side),
                severity: own.severity.or(whole.severity),
                is_excluded: is_excluded || is_negated,
            }
        };
        let findings: Vec<Self> = normalization.answered().map(finding).collect();
        if !findings.is_empty() {
            return findings;
        }
        vec![Self { document: document(), feature: None, side: None, severity: None, is_excluded }]
    }
}

/// HPO's modifier for a side.
const fn modifier(side: Side) -> OntologyClass<'static> {
    let (id, label) = match side {
        Side::Left => ("HP:0012835", "Left"),
        Side::Right => ("HP:0012834", "Right"),
        Side::Bilateral => ("HP:0012832", "Bilateral"),
        Side::Unilateral => ("HP:0012833", "Unilateral"),
    };
    OntologyClass { id, label }
}

/// HPO's term for a severity.
const fn term(severity: Severity) -> OntologyClass<'static> {
    let (id, label) = match severity {
        Severity::Borderline => ("HP:0012827", "Borderline"),
        Severity::Mild => ("HP:0012825", "Mild"),
        Severity::Moderate => ("HP:0012826", "Moderate"),
        Severity::Severe => ("HP:0012828", "Severe"),
        Severity::Profound => ("HP:0012829", "Profound"),
    };
    OntologyClass { id, label }
}

/// The documents, in the order of their first appearance.
#[derive(Debug)]
pub struct Collection {
    meta: Meta,
    documents: Vec<Document>,
    places: HashMap<String, usize>,
}

/// A concept that a document both has and has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict<'a> {
    /// The document.
    pub document: &'a str,
    /// The concept.
    pub id: &'a Curie,
}

#[derive(Debug)]
struct Document {
    id: String,
    features: Vec<Feature>,
}

#[derive(Debug)]
struct Feature {
    id: Curie,
    label: String,
    side: Option<Side>,
    severity: Option<Severity>,
    is_present: bool,
    is_excluded: bool,
}

/// What `metaData` holds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    created: String,
    created_by: String,
    resources: [Resource; 1],
    phenopacket_schema_version: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    id: &'static str,
    name: &'static str,
    url: &'static str,
    version: String,
    namespace_prefix: &'static str,
    iri_prefix: &'static str,
}

/// A document as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Packet<'a> {
    id: &'a str,
    subject: Subject<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    phenotypic_features: Vec<PacketFeature<'a>>,
    meta_data: &'a Meta,
}

#[derive(Serialize)]
struct Subject<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct PacketFeature<'a> {
    #[serde(rename = "type")]
    concept: OntologyClass<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    excluded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<OntologyClass<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modifiers: Option<[OntologyClass<'a>; 1]>,
}

#[derive(Serialize)]
struct OntologyClass<'a> {
    id: &'a str,
    label: &'a str,
}

impl Resource {
    /// HPO in the release that answers are from.
    fn of(ontology: &OntologyTag) -> Self {
        let entry = catalogue::find(PREFIX).expect("HPO is in the catalogue");
        Self {
            id: entry.name,
            name: entry.title,
            url: entry.url,
            version: ontology.version.clone().unwrap_or_else(|| "unknown".to_owned()),
            namespace_prefix: entry.prefix,
            iri_prefix: entry.page,
        }
    }
}

impl Collection {
    /// No documents yet, of answers from this release, made at `created` (`2026-11-23T02:15:00Z`).
    pub fn new(ontology: &OntologyTag, created: String) -> Self {
        let created_by = concat!("term2id ", env!("CARGO_PKG_VERSION")).to_owned();
        let meta = Meta { created, created_by, resources: [Resource::of(ontology)], phenopacket_schema_version: "2.0" };
        Self { meta, documents: Vec::new(), places: HashMap::new() }
    }

    /// Adds what a row says.
    pub fn add(&mut self, finding: Finding) {
        let Finding { document, feature, side, severity, is_excluded } = finding;
        let place = *self.places.entry(document).or_insert_with_key(|id| {
            self.documents.push(Document { id: id.clone(), features: Vec::new() });
            self.documents.len() - 1
        });
        let features = &mut self.documents[place].features;
        if let Some((id, label)) = feature {
            let is_same =
                |feature: &&mut Feature| feature.id == id && feature.side == side && feature.severity == severity;
            match features.iter_mut().find(is_same) {
                Some(feature) => {
                    feature.is_excluded |= is_excluded;
                    feature.is_present |= !is_excluded;
                }
                None => features.push(Feature { id, label, side, severity, is_present: !is_excluded, is_excluded }),
            }
        }
    }

    /// The identifiers of the documents.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.documents.iter().map(|document| document.id.as_str())
    }

    /// What documents both have and have not.
    pub fn conflicts(&self) -> impl Iterator<Item = Conflict<'_>> {
        self.documents.iter().flat_map(|document| {
            let both = document.features.iter().filter(|feature| feature.is_present && feature.is_excluded);
            both.map(|feature| Conflict { document: &document.id, id: &feature.id })
        })
    }

    /// Writes the document at `place` as one line.
    ///
    /// # Errors
    /// Where `out` fails.
    pub fn write(&self, place: usize, out: &mut dyn Write) -> io::Result<()> {
        let Document { id, features } = &self.documents[place];
        let features = features.iter().map(|Feature { id, label, side, severity, is_present, .. }| PacketFeature {
            concept: OntologyClass { id: id.as_str(), label },
            excluded: !is_present,
            severity: severity.map(term),
            modifiers: side.map(|side| [modifier(side)]),
        });
        let phenotypic_features = features.collect();
        let packet = Packet { id, subject: Subject { id }, phenotypic_features, meta_data: &self.meta };
        serde_json::to_writer(&mut *out, &packet)?;
        out.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::normalize::{DecidedBy, Outcome, Qualifiers};
    use crate::retrieve::{Candidate, Mention};

    fn finding(document: &str, id: Option<&str>, is_excluded: bool) -> Finding {
        let feature = id.map(|id| (Curie::parse(id).unwrap(), format!("label of {id}")));
        Finding { document: document.to_owned(), feature, side: None, severity: None, is_excluded }
    }

    fn collection(findings: impl IntoIterator<Item = Finding>) -> Collection {
        let ontology = OntologyTag { name: "hp".into(), version: Some("2024-08-13".into()) };
        let mut collection = Collection::new(&ontology, "2026-11-23T00:00:00Z".to_owned());
        findings.into_iter().for_each(|finding| collection.add(finding));
        collection
    }

    fn packets(collection: &Collection) -> Vec<serde_json::Value> {
        let mut out = Vec::new();
        (0..collection.ids().len()).for_each(|place| collection.write(place, &mut out).unwrap());
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_document_is_a_packet_with_each_feature_once() {
        let packets = packets(&collection([
            finding("b", Some("HP:0000002"), false),
            finding("a", Some("HP:0000001"), true),
            finding("b", Some("HP:0000001"), false),
            finding("b", Some("HP:0000002"), false),
        ]));
        let expected = serde_json::json!({
            "id": "b",
            "subject": {"id": "b"},
            "phenotypicFeatures": [
                {"type": {"id": "HP:0000002", "label": "label of HP:0000002"}},
                {"type": {"id": "HP:0000001", "label": "label of HP:0000001"}},
            ],
            "metaData": {
                "created": "2026-11-23T00:00:00Z",
                "createdBy": concat!("term2id ", env!("CARGO_PKG_VERSION")),
                "resources": [{
                    "id": "hp",
                    "name": "Human Phenotype Ontology",
                    "url": "http://purl.obolibrary.org/obo/hp.obo",
                    "version": "2024-08-13",
                    "namespacePrefix": "HP",
                    "iriPrefix": "http://purl.obolibrary.org/obo/HP_",
                }],
                "phenopacketSchemaVersion": "2.0",
            },
        });
        assert_eq!(packets[0], expected);
        assert_eq!((&packets[1]["id"], &packets[1]["phenotypicFeatures"][0]["excluded"]), (&"a".into(), &true.into()));
    }

    #[test]
    fn what_the_row_or_the_words_deny_is_excluded() {
        let negated = Qualifiers { negation: Some("no".to_owned()), ..Qualifiers::default() };
        for (is_excluded, qualifiers, expected) in [
            (false, Qualifiers::default(), false),
            (true, Qualifiers::default(), true),
            (false, negated.clone(), true),
            // Who denies twice denies.
            (true, negated, true),
        ] {
            let answer = Normalization { qualifiers, ..answer() };
            let findings = Finding::all(&answer, "a", is_excluded);
            assert_eq!(findings.iter().map(|finding| finding.is_excluded).collect::<Vec<_>>(), [expected]);
        }
    }

    /// An answer with one candidate.
    fn answer() -> Normalization {
        let candidate = Candidate::new(Curie::parse("HP:0000001").unwrap(), "fit");
        Normalization {
            mention: Mention::new("fit"),
            outcome: Outcome::Chosen(0),
            candidates: vec![candidate],
            confidence: None,
            tie: None,
            group: None,
            ontology: Arc::new(OntologyTag { name: "hp".into(), version: None }),
            decided_by: DecidedBy::Retrieval,
            judgement: None,
            qualifiers: Qualifiers::default(),
            parts: Vec::new(),
            references: Vec::new(),
        }
    }

    #[test]
    fn a_document_without_a_match_is_there_without_features() {
        let packets = packets(&collection([finding("a", None, false)]));
        assert!(packets[0]["id"] == "a" && packets[0].get("phenotypicFeatures").is_none());
    }

    #[test]
    fn a_side_is_a_modifier_and_another_side_another_feature() {
        let sided = |side| Finding { side, ..finding("a", Some("HP:0000001"), false) };
        let packets = packets(&collection([sided(Some(Side::Left)), sided(None), sided(Some(Side::Left))]));
        let features = packets[0]["phenotypicFeatures"].as_array().unwrap();
        assert_eq!(features[0]["modifiers"], serde_json::json!([{"id": "HP:0012835", "label": "Left"}]));
        assert!(features.len() == 2 && features[1].get("modifiers").is_none());
    }

    #[test]
    fn a_severity_is_said_and_another_severity_another_feature() {
        let severe = |severity| Finding { severity, ..finding("a", Some("HP:0000001"), false) };
        let packets = packets(&collection([severe(Some(Severity::Mild)), severe(None)]));
        let features = packets[0]["phenotypicFeatures"].as_array().unwrap();
        assert_eq!(features[0]["severity"], serde_json::json!({"id": "HP:0012825", "label": "Mild"}));
        assert!(features.len() == 2 && features[1].get("severity").is_none());
    }

    #[test]
    fn what_is_present_and_excluded_is_present_and_a_conflict() {
        for first in [true, false] {
            let both = collection([finding("a", Some("HP:0000001"), first), finding("a", Some("HP:0000001"), !first)]);
            let id = Curie::parse("HP:0000001").unwrap();
            assert_eq!(both.conflicts().collect::<Vec<_>>(), [Conflict { document: "a", id: &id }]);
            assert!(packets(&both)[0]["phenotypicFeatures"][0].get("excluded").is_none());
        }
    }
}

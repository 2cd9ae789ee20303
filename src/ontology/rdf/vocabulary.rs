//! The words of OWL, OBO in OWL and SKOS that term2id understands.

use super::super::Scope;

pub(super) const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
pub(super) const RDFS: &str = "http://www.w3.org/2000/01/rdf-schema#";
pub(super) const OWL: &str = "http://www.w3.org/2002/07/owl#";
pub(super) const XSD: &str = "http://www.w3.org/2001/XMLSchema#";
const OBO: &str = "http://purl.obolibrary.org/obo/";
const OBO_IN_OWL: &str = "http://www.geneontology.org/formats/oboInOwl#";
const SKOS: &str = "http://www.w3.org/2004/02/skos/core#";
const SKOS_XL: &str = "http://www.w3.org/2008/05/skos-xl#";
const EFO: &str = "http://www.ebi.ac.uk/efo/";
const DUBLIN_CORE: [&str; 2] = ["http://purl.org/dc/terms/", "http://purl.org/dc/elements/1.1/"];

/// Types of subjects.
pub(super) const TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
pub(super) const SUB_CLASS_OF: &str = "http://www.w3.org/2000/01/rdf-schema#subClassOf";
pub(super) const VERSION_IRI: &str = "http://www.w3.org/2002/07/owl#versionIRI";
pub(super) const IMPORTS: &str = "http://www.w3.org/2002/07/owl#imports";
pub(super) const ONTOLOGY: &str = "http://www.w3.org/2002/07/owl#Ontology";

/// What a name is to its concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// `rdfs:label`.
    Label,
    /// `skos:prefLabel`.
    Preferred,
    /// A synonym, perhaps of a kind that the property itself tells.
    Synonym(Scope, Option<&'static str>),
}

/// What a statement says of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Property {
    Type,
    Name(Naming),
    /// A name that is a node of its own, whose text is its [`Property::LiteralForm`].
    NameNode(Naming),
    LiteralForm,
    Definition,
    Parent,
    Child,
    Deprecated,
    ReplacedBy,
    Consider,
    AlternativeId,
    Xref,
    /// A cross-reference to what means the same.
    Equivalent,
    Namespace,
    Subset,
    AnnotatedSource,
    /// The property of the statement that is annotated.
    AnnotatedBy,
    AnnotatedTarget,
    SynonymType,
    VersionIri,
    VersionInfo,
    DefaultNamespace,
    Title,
    Imports,
}

/// What sort of thing a type makes of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A class or a concept of a thesaurus.
    Class,
    /// A class that is retired.
    DeprecatedClass,
    /// An annotation property; its label may name a synonym type.
    Annotation,
    /// An ontology or a concept scheme.
    Ontology,
    /// Something that is no concept unless another type says so.
    Other,
}

/// What is meant by the property of this address, if it is of interest.
///
/// `IAO:0000118` (alternative term) is defined as a name of the same meaning, so it is an exact synonym, and so are
/// `skos:altLabel` and `skos:hiddenLabel`: SKOS says of them that they are names of the concept itself, and has other
/// words for what is broader or narrower.
pub(super) fn property(iri: &str) -> Option<Property> {
    use Property as P;
    let exact = |kind| Naming::Synonym(Scope::Exact, kind);
    let (namespace, local) = split(iri)?;
    Some(match namespace {
        RDF if local == "type" => P::Type,
        RDFS => match local {
            "label" => P::Name(Naming::Label),
            "subClassOf" => P::Parent,
            _ => return None,
        },
        OWL => match local {
            "annotatedSource" => P::AnnotatedSource,
            "annotatedProperty" => P::AnnotatedBy,
            "annotatedTarget" => P::AnnotatedTarget,
            "deprecated" => P::Deprecated,
            "versionIRI" => P::VersionIri,
            "versionInfo" => P::VersionInfo,
            "imports" => P::Imports,
            _ => return None,
        },
        OBO_IN_OWL => match local {
            "hasExactSynonym" | "hasBroadSynonym" | "hasNarrowSynonym" | "hasRelatedSynonym" => {
                P::Name(Naming::Synonym(Scope::parse(local)?, None))
            }
            "hasSynonym" => P::Name(Naming::Synonym(Scope::Related, None)),
            "hasSynonymType" => P::SynonymType,
            "hasDbXref" => P::Xref,
            "hasAlternativeId" => P::AlternativeId,
            "hasOBONamespace" => P::Namespace,
            "inSubset" => P::Subset,
            "consider" => P::Consider,
            "default-namespace" => P::DefaultNamespace,
            _ => return None,
        },
        OBO => match local {
            "IAO_0000115" => P::Definition,
            "IAO_0000118" => P::Name(exact(None)),
            "IAO_0100001" => P::ReplacedBy,
            _ => return None,
        },
        SKOS => match local {
            "prefLabel" => P::Name(Naming::Preferred),
            "altLabel" => P::Name(exact(None)),
            "hiddenLabel" => P::Name(exact(Some("hidden"))),
            "notation" => P::Name(exact(Some("notation"))),
            "definition" => P::Definition,
            "broader" => P::Parent,
            "narrower" => P::Child,
            // A close match may be another thing: it is no identifier of the concept elsewhere.
            "exactMatch" => P::Equivalent,
            _ => return None,
        },
        SKOS_XL => match local {
            "prefLabel" => P::NameNode(Naming::Preferred),
            "altLabel" => P::NameNode(exact(None)),
            "hiddenLabel" => P::NameNode(exact(Some("hidden"))),
            "literalForm" => P::LiteralForm,
            _ => return None,
        },
        EFO => match local {
            "alternative_term" => P::Name(exact(None)),
            "definition" => P::Definition,
            _ => return None,
        },
        _ if local == "title" && DUBLIN_CORE.contains(&namespace) => P::Title,
        _ => return None,
    })
}

/// What a type makes of its subject; `None` for types that say nothing about that, such as a class of the ontology.
pub(super) fn sort(iri: &str) -> Option<Sort> {
    let (namespace, local) = split(iri)?;
    Some(match (namespace, local) {
        (OWL | RDFS, "Class") | (SKOS, "Concept") => Sort::Class,
        (OWL, "DeprecatedClass") => Sort::DeprecatedClass,
        (OWL, "AnnotationProperty") => Sort::Annotation,
        (OWL, "Ontology") | (SKOS, "ConceptScheme") => Sort::Ontology,
        (OWL | RDF | RDFS | SKOS | SKOS_XL, _) => Sort::Other,
        _ => return None,
    })
}

/// Whether this is a class that every ontology has, which is no concept and no parent.
pub(super) fn is_built_in(iri: &str) -> bool {
    split(iri).is_some_and(|(namespace, _)| [OWL, RDFS, RDF].contains(&namespace))
}

/// Whether being below this class means to be retired, as older files of OBO have it.
pub(super) fn is_obsolete_class(iri: &str) -> bool {
    split(iri).is_some_and(|(namespace, local)| namespace == OBO_IN_OWL && local == "ObsoleteClass")
}

/// An address behind its last `#` or `/`, and up to there.
fn split(iri: &str) -> Option<(&str, &str)> {
    iri.rfind(['#', '/']).map(|at| iri.split_at(at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_property_means_is_told_by_its_whole_address() {
        let exact = |kind| Some(Property::Name(Naming::Synonym(Scope::Exact, kind)));
        assert_eq!(property(&format!("{RDFS}label")), Some(Property::Name(Naming::Label)));
        assert_eq!(property(&format!("{OBO}IAO_0000118")), exact(None));
        assert_eq!(property(&format!("{SKOS}hiddenLabel")), exact(Some("hidden")));
        for other in
            ["http://example.org/label", "label", "", "urn:label", "http://purl.obolibrary.org/obo/IAO_0000116"]
        {
            assert_eq!(property(other), None, "{other}");
        }
    }

    #[test]
    fn only_what_means_the_same_is_a_cross_reference() {
        assert_eq!(property(&format!("{SKOS}exactMatch")), Some(Property::Equivalent));
        assert_eq!(property(&format!("{OBO_IN_OWL}hasDbXref")), Some(Property::Xref));
        for other in ["closeMatch", "broadMatch", "narrowMatch", "relatedMatch"] {
            assert_eq!(property(&format!("{SKOS}{other}")), None, "{other}");
        }
    }

    #[test]
    fn types_that_are_classes_of_an_ontology_say_nothing() {
        assert_eq!(sort(&format!("{SKOS}Concept")), Some(Sort::Class));
        assert_eq!(sort(&format!("{OWL}NamedIndividual")), Some(Sort::Other));
        assert_eq!(sort("http://example.org/Disease"), None);
    }
}

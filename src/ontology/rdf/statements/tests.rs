use super::*;

const OBO: &str = "http://purl.obolibrary.org/obo/";
const OWL_CLASS: &str = "http://www.w3.org/2002/07/owl#Class";
const CONCEPT: &str = "http://www.w3.org/2004/02/skos/core#Concept";
const LABEL: &str = "http://www.w3.org/2000/01/rdf-schema#label";
const PREFERRED: &str = "http://www.w3.org/2004/02/skos/core#prefLabel";
const EXACT: &str = "http://www.geneontology.org/formats/oboInOwl#hasExactSynonym";

/// Says things of subjects in the shortest way.
#[derive(Default)]
struct Said(Statements);

impl Said {
    fn is_a(&mut self, id: &str, kind: &str) -> &mut Self {
        self.0.take(1, Node::Iri(&format!("{OBO}{id}")), vocabulary::TYPE, &Object::Node(Node::Iri(kind)));
        self
    }

    fn text(&mut self, id: &str, property: &str, text: &str, language: Option<&str>) -> &mut Self {
        self.0.take(1, Node::Iri(&format!("{OBO}{id}")), property, &Object::Literal { text, language });
        self
    }

    fn link(&mut self, node: Node<'_>, property: &str, object: &str) -> &mut Self {
        self.0.take(1, node, property, &Object::Node(Node::Iri(object)));
        self
    }

    fn finish(&mut self) -> Draft {
        std::mem::take(&mut self.0).finish()
    }
}

fn names(concept: &Concept) -> Vec<(&str, Scope, Option<&str>)> {
    concept.names.iter().map(|name| (name.text.as_str(), name.scope, name.language.as_deref())).collect()
}

#[test]
fn the_label_is_the_one_without_a_language_else_english_else_the_least() {
    for (labels, best) in [
        (&[("a", Some("en")), ("b", None), ("c", None)][..], "b"),
        (&[("a", Some("fr")), ("b", Some("en-GB")), ("c", Some("EN"))], "c"),
        (&[("a", Some("fr")), ("b", Some("en-GB"))], "b"),
        (&[("b", Some("de")), ("a", Some("fr"))], "a"),
    ] {
        for property in [LABEL, PREFERRED] {
            let mut said = Said::default();
            said.is_a("X_1", OWL_CLASS);
            for (text, language) in labels {
                said.text("X_1", property, text, *language);
            }
            let draft = said.finish();
            let concept = &draft.concepts[0].1;
            assert_eq!(concept.label(), best);
            assert_eq!(concept.names.len(), labels.len());
            assert!(concept.synonyms().all(|name| name.scope == Scope::Exact));
        }
    }
}

#[test]
fn a_label_of_owl_stands_before_one_of_skos() {
    let mut said = Said::default();
    said.is_a("X_1", CONCEPT).text("X_1", PREFERRED, "a", None).text("X_1", LABEL, "b", Some("fr"));
    let draft = said.finish();
    assert_eq!(names(&draft.concepts[0].1), [("b", Scope::Label, Some("fr")), ("a", Scope::Exact, None)]);
}

#[test]
fn what_turns_out_to_be_no_class_is_let_go() {
    let mut said = Said::default();
    for number in 0..1000 {
        let id = format!("X_{number}");
        said.is_a(&id, "http://www.w3.org/2002/07/owl#NamedIndividual").text(&id, LABEL, "a thing", None);
        let node = format!("b{number}");
        said.0.take(1, Node::Blank(&node), LABEL, &Object::Literal { text: "a restriction", language: None });
        said.link(Node::Blank(&node), vocabulary::TYPE, "http://www.w3.org/2002/07/owl#Restriction");
    }
    assert!(said.0.subjects.len() <= 1 && said.0.positions.len() <= 1);
    assert!(said.finish().concepts.is_empty());
}

#[test]
fn an_individual_that_is_a_concept_as_well_is_kept_whichever_is_said_first() {
    let mut said = Said::default();
    let individual = "http://www.w3.org/2002/07/owl#NamedIndividual";
    said.is_a("X_1", individual).text("X_1", PREFERRED, "a", None).is_a("X_1", CONCEPT);
    said.is_a("X_2", CONCEPT).is_a("X_2", individual).text("X_2", PREFERRED, "b", None);
    assert_eq!(said.finish().concepts.len(), 2);
}

#[test]
fn the_type_of_a_synonym_may_stand_anywhere_and_in_any_order() {
    let about = |said: &mut Said, node: Node<'_>, step: usize| match step {
        0 => _ = said.link(node, "http://www.w3.org/2002/07/owl#annotatedSource", &format!("{OBO}X_1")),
        1 => _ = said.link(node, "http://www.w3.org/2002/07/owl#annotatedProperty", EXACT),
        2 => {
            let target = Object::Literal { text: "b", language: Some("fr") };
            said.0.take(1, node, "http://www.w3.org/2002/07/owl#annotatedTarget", &target);
        }
        _ => {
            let kind = "http://www.geneontology.org/formats/oboInOwl#hasSynonymType";
            said.link(node, kind, "http://purl.obolibrary.org/obo/hp#layperson");
        }
    };
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
        for position in 0..=2 {
            let mut said = Said::default();
            for step in 0..3 {
                if step == position {
                    for (place, part) in order.iter().enumerate() {
                        about(&mut said, Node::Blank("x"), *part);
                        // Others come between.
                        about(&mut said, Node::Blank(&place.to_string()), 1);
                    }
                }
                match step {
                    0 => _ = said.is_a("X_1", OWL_CLASS).text("X_1", LABEL, "a", None),
                    1 => _ = said.text("X_1", EXACT, "b", Some("FR")),
                    _ => {}
                }
            }
            let draft = said.finish();
            let concept = &draft.concepts[0].1;
            assert_eq!(names(concept), [("a", Scope::Label, None), ("b", Scope::Exact, Some("fr"))]);
            assert_eq!(concept.names[1].kind.as_deref(), Some("layperson"), "{order:?} at {position}");
        }
    }
}

#[test]
fn a_concept_without_a_type_is_told_by_what_is_narrower_or_broader() {
    let skos = |local: &str| format!("http://www.w3.org/2004/02/skos/core#{local}");
    for (subject, property, object) in [("X_1", "narrower", "X_2"), ("X_2", "broader", "X_1")] {
        let mut said = Said::default();
        said.text("X_1", PREFERRED, "limb", None)
            .text("X_2", PREFERRED, "hand", None)
            .text("X_3", PREFERRED, "c", None);
        said.link(Node::Iri(&format!("{OBO}{subject}")), &skos(property), &format!("{OBO}{object}"));
        let draft = said.finish();
        let found: Vec<_> =
            draft.concepts.iter().map(|(_, concept)| (concept.label(), concept.parents.len())).collect();
        assert_eq!(found, [("limb", 0), ("hand", 1)], "by {property}");
    }
}

#[test]
fn what_means_the_same_stands_first_among_the_cross_references() {
    let mut said = Said::default();
    said.is_a("X_1", CONCEPT).text("X_1", PREFERRED, "a", None);
    let xref = "http://www.geneontology.org/formats/oboInOwl#hasDbXref";
    said.text("X_1", xref, "DOID:2", None).text("X_1", xref, "DOID:1", None).text("X_1", xref, "OMIM:1", None);
    for (matches, id) in [("exactMatch", "OMIM_1"), ("closeMatch", "OMIM_2")] {
        let property = format!("http://www.w3.org/2004/02/skos/core#{matches}");
        said.link(Node::Iri(&format!("{OBO}X_1")), &property, &format!("{OBO}{id}"));
    }
    assert_eq!(said.finish().concepts[0].1.xrefs, ["OMIM:1", "DOID:1", "DOID:2"]);
}

#[test]
fn the_label_of_a_property_names_a_type() {
    let mut said = Said::default();
    let kind = format!("{OBO}X_9");
    let text = Text::new("eins", None);
    said.0.take_synonym(1, &format!("{OBO}X_1"), Scope::Exact, text, &[kind]);
    said.is_a("X_1", OWL_CLASS);
    said.is_a("X_9", "http://www.w3.org/2002/07/owl#AnnotationProperty").text("X_9", LABEL, "German name", None);
    assert_eq!(said.finish().concepts[0].1.names[0].kind.as_deref(), Some("german_name"));
}

#[test]
fn what_is_passed_over_is_noted() {
    let mut said = Said::default();
    said.is_a("X_1", OWL_CLASS).text("X_1", LABEL, " ", None).text("X_1", EXACT, "b", None);
    said.is_a("X_2", OWL_CLASS).is_a("X_3", OWL_CLASS);
    said.link(Node::Iri("nowhere"), vocabulary::TYPE, OWL_CLASS);
    said.0.take(1, Node::Iri("nowhere"), LABEL, &Object::Literal { text: "c", language: None });
    let replaced_by = format!("{OBO}IAO_0100001");
    said.text("X_1", &replaced_by, "X:2", None).text("X_1", &replaced_by, "no identifier", None);
    let draft = said.finish();
    let messages: Vec<&str> = draft.oddities.iter().map(|oddity| oddity.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "a name of `http://purl.obolibrary.org/obo/X_1` is empty; passed over",
            "`no identifier` in what replaces `http://purl.obolibrary.org/obo/X_1` is no identifier; passed over",
            "`X:1` has a replacement but is not obsolete; kept as live",
            "`nowhere` in a class is no identifier; passed over",
            "2 classes have nothing but an identifier (the first is `X:2`); passed over",
        ]
    );
    assert_eq!(draft.concepts.len(), 1);
}

//! Small texts in each syntax, whole and broken, and input that never ends.

use std::io::{BufReader, Read};

use super::super::{Draft, Error, Ontology};
use super::*;

const XML: &str = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
     xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"
     xmlns:owl="http://www.w3.org/2002/07/owl#">
<!-- > -->
<owl:Class rdf:about="http://x.org/X_1"><rdfs:label xml:lang="fr" rdfs:comment='>'/></owl:Class>
<owl:Class rdf:about="http://x.org/X_1">
  <rdfs:label xml:lang="fr">é &gt; &#233;</rdfs:label>
</owl:Class>
</rdf:RDF>
"#;

const TURTLE: &str = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n\
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n\
    <http://x.org/X_1> a owl:Class ;\n  rdfs:label \"\"\"é (\n\"\\\" \"\"\"@fr ;\n  rdfs:comment '', \"[\" ; rdfs:seeAlso () .\n";

const FUNCTIONAL: &str = "Prefix(rdfs:=<http://www.w3.org/2000/01/rdf-schema#>)\n\
    Ontology(<http://x.org/x>\nDeclaration(Class(<http://x.org/X_1>)) # a ) comment\n\
    AnnotationAssertion(rdfs:label <http://x.org/X_1> \"\u{e9} ( \\\"\"@fr)\n)\n";

const ALL: [(Syntax, &str); 3] = [(Syntax::Xml, XML), (Syntax::Turtle, TURTLE), (Syntax::Functional, FUNCTIONAL)];

fn read_text(text: impl AsRef<[u8]>, syntax: Syntax) -> Result<Draft, Error> {
    read(text.as_ref(), syntax, "x.owl")
}

/// An error with the cause behind it, as a person sees it.
fn told(result: Result<Draft, Error>) -> String {
    let error = result.unwrap_err();
    match std::error::Error::source(&error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[test]
fn one_class_is_read_in_every_syntax() {
    for ((syntax, text), label) in ALL.into_iter().skip(1).zip(["\u{e9} (\n\"\"", "\u{e9} ( \""]) {
        for text in [text.to_owned(), format!("\u{feff}{text}"), text.replace("\"\"\"", "'''")] {
            let draft = read_text(text, syntax).unwrap();
            assert_eq!(draft.concepts.len(), 1);
            let (line, concept) = &draft.concepts[0];
            assert_eq!(*line, 3);
            assert_eq!(concept.id.as_str(), "http://x.org/X_1");
            assert_eq!(concept.label().trim_end_matches('"'), label.trim_end_matches('"'));
            assert_eq!(concept.names[0].language.as_deref(), Some("fr"));
        }
    }
}

const STATEMENTS: &str = "\
<http://x/1> <rdf:type> <owl:Class> .
<http://x/1> <rdfs:label> \"hand\"@en .
<http://x/1> <rdfs:label> \"hand!\"@en .
<http://x/1> <rdfs:label> \"main\"@fr .
<http://x/1> <skos:prefLabel> \"manus\" .
<http://x/1> <oio:hasExactSynonym> \"paw\" .
<http://x/1> <oio:hasExactSynonym> \"fist\" .
<http://x/1> <oio:hasBroadSynonym> \"limb\" .
_:a <owl:annotatedSource> <http://x/1> .
_:a <owl:annotatedProperty> <oio:hasExactSynonym> .
_:a <owl:annotatedTarget> \"paw\" .
_:a <oio:hasSynonymType> \"second\" .
_:a <oio:hasSynonymType> \"first\" .
<http://x/1> <obo:IAO_0000115> \"A hand.\"@en .
<http://x/1> <obo:IAO_0000115> \"What has fingers.\"@en .
<http://x/1> <obo:IAO_0000115> \"Une main.\"@fr .
<http://x/1> <oio:hasDbXref> \"MESH:2\" .
<http://x/1> <oio:hasDbXref> \"mesh:1\" .
<http://x/1> <oio:hasDbXref> \"MSH:1\" .
<http://x/1> <skos:exactMatch> <http://purl.obolibrary.org/obo/NCIT_C9> .
<http://x/1> <oio:inSubset> \"rare\" .
<http://x/1> <oio:inSubset> \"core\" .
<http://x/1> <oio:hasOBONamespace> \"b\" .
<http://x/1> <oio:hasOBONamespace> \"a\" .
<http://x/1> <oio:hasAlternativeId> \"X:9\" .
<http://x/1> <oio:hasAlternativeId> \"X:8\" .
<http://x/2> <rdf:type> <owl:Class> .
<http://x/2> <owl:deprecated> \"true\" .
<http://x/2> <owl:deprecated> \"false\" .
<http://x/2> <obo:IAO_0100001> <http://x/1> .
<http://x/4> <rdf:type> <owl:Class> .
<http://x/4> <owl:deprecated> \"true\" .
<http://x/4> <obo:IAO_0100001> <http://x/3> .
<http://x/4> <obo:IAO_0100001> <http://x/1> .
<http://x/3> <skos:prefLabel> \"arm\" .
<http://x/3> <skos:narrower> <http://x/1> .
<http://x/3> <xl:altLabel> _:b .
_:b <xl:literalForm> \"upper arm\" .
_:b <xl:literalForm> \"bras\"@fr .
";

#[test]
fn the_order_of_statements_says_nothing() {
    let text = [
        ("rdf:", vocabulary::RDF),
        ("rdfs:", vocabulary::RDFS),
        ("owl:", vocabulary::OWL),
        ("obo:", "http://purl.obolibrary.org/obo/"),
        ("oio:", "http://www.geneontology.org/formats/oboInOwl#"),
        ("skos:", "http://www.w3.org/2004/02/skos/core#"),
        ("xl:", "http://www.w3.org/2008/05/skos-xl#"),
    ];
    let text = text.iter().fold(STATEMENTS.to_owned(), |text, (prefix, address)| {
        text.replace(&format!("<{prefix}"), &format!("<{address}"))
    });
    let mut lines: Vec<&str> = text.lines().collect();
    let concepts = |lines: &[&str]| {
        let draft = read_text(lines.join("\n"), Syntax::Turtle).unwrap();
        Ontology::assemble(draft, "x", "x.nt").unwrap().concepts().to_vec()
    };
    let first = concepts(&lines);
    let names: Vec<_> = first[0].names.iter().map(|name| (name.text.as_str(), name.kind.as_deref())).collect();
    let exact = [("hand!", None), ("main", None), ("manus", None), ("fist", None), ("paw", Some("first"))];
    assert_eq!(names[0], ("hand", None));
    assert_eq!(names[1..], [&exact[..], &[("paw", Some("second")), ("limb", None)]].concat());
    assert_eq!((first.len(), first[0].definition.as_deref()), (3, Some("A hand.")));
    let ids = [first[0].alternative_ids.len(), first[0].xrefs.len()];
    assert_eq!((ids, first[1].label(), first[1].names.len()), ([3, 3], "arm", 2));
    lines.reverse();
    assert_eq!(concepts(&lines), first);
    // A draw that is the same each time.
    let mut state = 7_u64;
    for _ in 0..200 {
        for end in (1..lines.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            lines.swap(end, usize::try_from(state >> 33).unwrap() % (end + 1));
        }
        assert_eq!(concepts(&lines), first);
    }
}

#[test]
fn xml_is_read_with_its_references_and_comments() {
    let text = XML.replace(" rdfs:comment='>'/>", ">a</rdfs:label>");
    let draft = read_text(text, Syntax::Xml).unwrap();
    let (line, concept) = &draft.concepts[0];
    assert_eq!((*line, concept.names[1].text.as_str()), (5, "é > é"));
}

#[test]
fn text_cut_at_any_byte_is_an_error_or_says_less_but_never_panics() {
    for (syntax, text) in ALL {
        let text = text.replace(" rdfs:comment='>'/>", ">a</rdfs:label>");
        for length in 0..text.trim_end().len() {
            let result = read_text(&text.as_bytes()[..length], syntax);
            // Statements of Turtle that are whole stand for themselves.
            let is_statement = syntax == Syntax::Turtle && (length == 0 || result.is_ok());
            assert!(is_statement || result.is_err(), "{syntax:?} cut at {length}");
        }
        assert!(read_text(&text, syntax).is_ok());
    }
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    use Syntax::{Functional, Turtle, Xml};
    for (syntax, text, message) in [
        (Xml, "<rdf:RDF>\n</rdf:RDF>", "x.owl:1: this is no RDF/XML: Unknown prefix rdf:"),
        (Xml, "<a\n>\n<b>\n</a>", "x.owl:1"),
        (Xml, "just text", "x.owl:1"),
        (
            Xml,
            "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n\n",
            "x.owl:3: the file ends where an element is still open; it is cut short",
        ),
        (Xml, "<?xml version='1.0' encoding='ISO-8859-1'?>\n<a/>", "Only UTF-8 is supported"),
        (Turtle, "@prefix a: <http://a> .\n\na:b a:c .\n", "x.owl:3: this is no Turtle"),
        (Turtle, "<http://a> <http://b> \"c", "x.owl:1: this is no Turtle"),
        (Functional, "Ontology(\n(", "x.owl:2: `(` stands where an axiom is expected"),
        (Functional, "Ontology(<http://a>\nDeclaration(Class(a:b)))", "x.owl:2: the prefix `a:` is not declared"),
        (Functional, "Ontology(\nSubClassOf(\n", "x.owl:3: the file ends where `)` is missing; it is cut short"),
        (Functional, "Ontology() Ontology()", "x.owl:1: `Ontology` stands where"),
        (Functional, "Ontology(SubClassOf(<http://a>))", "x.owl:1: `SubClassOf` has not two classes"),
    ] {
        let told = told(read_text(text, syntax));
        assert!(told.contains(message), "{told} for {text}");
    }
}

#[test]
fn a_line_that_is_not_utf8_is_an_error_with_its_line() {
    for (syntax, text) in ALL {
        let mut bytes = Vec::new();
        for c in text.replace(" rdfs:comment='>'/>", ">a</rdfs:label>").chars() {
            bytes.push(u8::try_from(c).unwrap());
        }
        let line = text.lines().position(|line| line.contains('\u{e9}')).unwrap() + 1;
        let told = told(read_text(bytes, syntax));
        assert!(told.starts_with(&format!("x.owl:{line}: ")), "{told}");
    }
}

#[test]
fn entities_stand_for_texts_but_not_for_floods_of_them() {
    let document = |entities: &str, label: &str| {
        let text = XML.replace(" rdfs:comment='>'/>", ">a</rdfs:label>").replace("&gt;", label);
        format!("<!DOCTYPE rdf:RDF [\n{entities}]>\n{text}")
    };
    let draft = read_text(document("<!ENTITY a \"x\">\n<!ENTITY b \"&a;&a;\">", "&b;"), Syntax::Xml).unwrap();
    assert_eq!(draft.concepts[0].1.names[1].text, "é xx é");

    let mut laughs = "<!ENTITY a0 \"ha\">\n".to_owned();
    for level in 1..12 {
        let before = format!("&a{};", level - 1).repeat(10);
        laughs = format!("{laughs}<!ENTITY a{level} \"{before}\">\n");
    }
    let message = told(read_text(document(&laughs, "&a11;"), Syntax::Xml));
    assert_eq!(message, "x.owl:1: an entity stands for more than 65536 bytes");

    // Each of them is short enough, and there are many.
    let long = format!("<!ENTITY a \"{}\">\n", "x".repeat(60_000));
    let message = told(read_text(document(&long, &"&a;".repeat(100_000)), Syntax::Xml));
    assert!(message.contains("entities make a text longer than 16 MiB"), "{message}");
    let many = "&a;".repeat(250) + &format!("</rdfs:label><rdfs:label>{}", "&a;".repeat(250)).repeat(10);
    let message = told(read_text(document(&long, &many), Syntax::Xml));
    assert!(message.contains("entities stand for far more than was read"), "{message}");
    let unknown = told(read_text(document("", "&nothing;"), Syntax::Xml));
    assert!(unknown.starts_with("x.owl:"), "{unknown}");
}

/// A beginning, then the same bytes for ever.
fn endless(start: &str, again: &str) -> impl BufRead {
    let start = io::Cursor::new(start.as_bytes().to_vec());
    BufReader::new(start.chain(Again { bytes: again.repeat(1 << 12).into_bytes(), at: 0 }))
}

struct Again {
    bytes: Vec<u8>,
    at: usize,
}

impl Read for Again {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.bytes[self.at..];
        let length = buffer.len().min(rest.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at = (self.at + length) % self.bytes.len();
        Ok(length)
    }
}

#[test]
fn input_that_would_fill_the_memory_is_refused() {
    use Syntax::{Functional, Turtle, Xml};
    let root = "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:o='http://www.w3.org/2002/07/owl#'>";
    let property = format!("{root}<o:Class r:about='http://a/b'><o:versionInfo>");
    let tag = format!("{root}<o:Class r:about='");
    let comment = format!("{root}<!-- ");
    let list = format!("{root}<o:Class><o:unionOf r:parseType='Collection'>");
    for (syntax, start, again, message) in [
        (Xml, property.as_str(), "a", "longer than 16 MiB"),
        (Xml, &tag, "a", "longer than 16 MiB"),
        (Xml, &comment, "a", "longer than 16 MiB"),
        (Xml, "<!DOCTYPE a [", "a", "longer than 16 MiB"),
        (Xml, root, "<o:Class><o:versionInfo>", "nested more than 4096 deep"),
        (Xml, &list, "<o:Class r:about='http://a/b'/>", "holds more than 64 MiB"),
        (Turtle, "<http://a> <http://b> \"", "a", "longer than 16 MiB"),
        (Turtle, "<http://a> <http://b> \"\"\"", "a\n", "longer than 16 MiB"),
        (Turtle, "<http://a> <http://b> ", "(", "nested more than 4096 deep"),
        (Turtle, "<http://a> <http://b> ", "[ <http://b>\n ", "nested more than 4096 deep"),
        (Functional, "Ontology(<", "a", "longer than 16 MiB"),
        (Functional, "Ontology(Annotation(<http://a> \"", "a\\", "longer than 16 MiB"),
        (Functional, "Ontology(", "a", "longer than 16 MiB"),
    ] {
        let error = read(endless(start, again), syntax, "x.owl").unwrap_err();
        assert!(error.to_string().contains(message), "{error} for {start}");
    }
}

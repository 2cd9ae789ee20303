//! Small texts in each syntax, whole and broken, and input that never ends.

use std::io::{BufReader, Read};

use super::super::{Draft, Error};
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

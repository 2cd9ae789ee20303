//! RDF/XML: the parser behind a guard that tells it where it is and what it may not be given.

mod guard;

use std::io::BufRead;

use oxrdf::{NamedOrBlankNode, Term};
use oxrdfxml::{RdfXmlParseError, RdfXmlParser};

use super::statements::Statements;
use super::{Fault, Node, Object};
use guard::Guard;

pub(super) fn read(input: impl BufRead, statements: &mut Statements) -> Result<(), Fault> {
    let (guard, watch) = Guard::new(input);
    // Addresses that are none are told where they are used; a file is not given up for them.
    for triple in RdfXmlParser::new().lenient().for_reader(guard) {
        let triple = match triple {
            Ok(triple) => triple,
            Err(error) => {
                return Err(watch.fault().unwrap_or_else(|| match error {
                    RdfXmlParseError::Io(error) => Fault::Read(error),
                    RdfXmlParseError::Syntax(error) => Fault::Syntax(watch.line(), Box::new(error)),
                }));
            }
        };
        take(watch.line(), statements, &triple);
    }
    Ok(())
}

/// Hands on a statement as the libraries of RDF have it.
pub(super) fn take(line: usize, statements: &mut Statements, triple: &oxrdf::Triple) {
    let subject = match &triple.subject {
        NamedOrBlankNode::NamedNode(node) => Node::Iri(node.as_str()),
        NamedOrBlankNode::BlankNode(node) => Node::Blank(node.as_str()),
    };
    let object = match &triple.object {
        Term::NamedNode(node) => Object::Node(Node::Iri(node.as_str())),
        Term::BlankNode(node) => Object::Node(Node::Blank(node.as_str())),
        Term::Literal(literal) => Object::Literal { text: literal.value(), language: literal.language() },
    };
    statements.take(line, subject, triple.predicate.as_str(), &object);
}

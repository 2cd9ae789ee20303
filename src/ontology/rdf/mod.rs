//! Reads OWL and SKOS in the syntaxes of RDF (RDF/XML, Turtle, N-Triples) and in OWL's functional syntax.
//!
//! All four are read as streams of statements (`statements/`); nothing is held of them but what an ontology keeps. What
//! a file makes a parser hold besides (one name, one element, one nesting) is bounded, so that no file can fill the memory.

mod functional;
mod statements;
mod tokens;
mod turtle;
mod vocabulary;
mod xml;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead};
use std::path::PathBuf;

use super::{Draft, Error};
use statements::Statements;

/// How statements are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// RDF/XML.
    Xml,
    /// Turtle, and N-Triples, which are Turtle as well.
    Turtle,
    /// OWL in functional syntax.
    Functional,
}

/// The longest text, name or tag that is read; none of an ontology is near it.
const LONGEST: usize = 1 << 24;

/// How deep elements, lists and expressions may be nested; none of an ontology is near it.
const DEEPEST: usize = 4096;

/// The subject of a statement.
#[derive(Debug, Clone, Copy)]
enum Node<'a> {
    /// With an address.
    Iri(&'a str),
    /// With a name that means nothing outside of the file.
    Blank(&'a str),
}

impl Node<'_> {
    /// What tells it from all others.
    fn key(self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self {
            Self::Iri(iri) => (true, iri).hash(&mut hasher),
            Self::Blank(name) => (false, name).hash(&mut hasher),
        }
        hasher.finish()
    }
}

/// The object of a statement.
#[derive(Debug, Clone, Copy)]
enum Object<'a> {
    Node(Node<'a>),
    /// Of any type of data.
    Literal {
        text: &'a str,
        language: Option<&'a str>,
    },
}

/// Why reading ended early.
enum Fault {
    /// Reading itself failed.
    Read(io::Error),
    /// What is wrong in a line.
    Malformed(usize, String),
    /// What a parser says of a line.
    Syntax(usize, Box<dyn std::error::Error + Send + Sync>),
}

/// Reads what comes from `input`. Classes of other ontologies that are described in it are kept.
///
/// # Errors
/// [`Error::Malformed`] and [`Error::Syntax`] where the input breaks the rules of its syntax, ends early or asks for more
/// memory than an ontology needs; [`Error::Read`] where reading fails.
pub fn read(mut input: impl BufRead, syntax: Syntax, place: &str) -> Result<Draft, Error> {
    let mut statements = Statements::default();
    let result = skip_mark(&mut input).and_then(|()| match syntax {
        Syntax::Xml => xml::read(input, &mut statements),
        Syntax::Turtle => turtle::read(input, &mut statements),
        Syntax::Functional => functional::read(input, &mut statements),
    });
    let place = place.to_owned();
    match result {
        Ok(()) => Ok(statements.finish()),
        Err(Fault::Read(source)) => Err(Error::Read { path: PathBuf::from(place), source }),
        Err(Fault::Malformed(line, message)) => Err(Error::Malformed { place, line, message }),
        Err(Fault::Syntax(line, source)) => {
            let syntax = match syntax {
                Syntax::Xml => "RDF/XML",
                Syntax::Turtle => "Turtle",
                Syntax::Functional => "OWL in functional syntax",
            };
            Err(Error::Syntax { place, line, syntax, source })
        }
    }
}

/// Takes a byte order mark off.
fn skip_mark(input: &mut impl BufRead) -> Result<(), Fault> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if input.fill_buf().map_err(Fault::Read)?.starts_with(MARK) {
        input.consume(MARK.len());
    }
    Ok(())
}

/// How many lines end in `bytes`.
fn line_ends(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

#[cfg(test)]
mod tests;

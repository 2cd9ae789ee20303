//! OWL in functional syntax: declarations, annotations and the hierarchy; every other axiom is passed over.

use std::collections::HashMap;
use std::io::BufRead;

use super::statements::{Statements, Text};
use super::tokens::{Suffix, Token, Tokens};
use super::vocabulary::{
    self, IMPORTS, Naming, ONTOLOGY, OWL, Property, RDF, RDFS, SUB_CLASS_OF, TYPE, VERSION_IRI, XSD,
};
use super::{Fault, Node, Object};

pub(super) fn read(input: impl BufRead, statements: &mut Statements) -> Result<(), Fault> {
    let built_in = [("owl:", OWL), ("rdf:", RDF), ("rdfs:", RDFS), ("xsd:", XSD)];
    let prefixes = built_in.iter().map(|&(prefix, iri)| (prefix.to_owned(), iri.to_owned())).collect();
    Reader { tokens: Tokens::new(input), prefixes, statements, ontology: None }.document()
}

struct Reader<'a, R> {
    tokens: Tokens<R>,
    /// What each prefix, with its colon, stands for.
    prefixes: HashMap<String, String>,
    statements: &'a mut Statements,
    /// The address of the ontology, where it has one.
    ontology: Option<String>,
}

/// What an annotation may say: an address, a node without one, or a text.
enum Value {
    Iri(String),
    Blank(String),
    Text(Text),
}

impl Value {
    fn object(&self) -> Object<'_> {
        match self {
            Self::Iri(iri) => Object::Node(Node::Iri(iri)),
            Self::Blank(name) => Object::Node(Node::Blank(name)),
            Self::Text(text) => Object::Literal { text: &text.text, language: text.language.as_deref() },
        }
    }
}

impl<R: BufRead> Reader<'_, R> {
    fn document(mut self) -> Result<(), Fault> {
        let mut has_ontology = false;
        while let Some(token) = self.tokens.next()? {
            match token {
                Token::Word(word) if word == "Prefix" => self.prefix()?,
                Token::Word(word) if word == "Ontology" && !has_ontology => {
                    self.open()?;
                    self.body()?;
                    has_ontology = true;
                }
                other => return Err(self.unexpected(&other, "`Prefix` or `Ontology`")),
            }
        }
        if has_ontology { Ok(()) } else { Err(self.malformed("the file ends before `Ontology`; it is cut short")) }
    }

    fn prefix(&mut self) -> Result<(), Fault> {
        self.open()?;
        let name = match self.token()? {
            Token::Word(name) if name.ends_with(':') => name,
            other => return Err(self.unexpected(&other, "a prefix that ends in `:`")),
        };
        match self.token()? {
            Token::Equals => {}
            other => return Err(self.unexpected(&other, "`=`")),
        }
        let iri = match self.token()? {
            Token::Iri(iri) => iri,
            other => return Err(self.unexpected(&other, "an address")),
        };
        self.prefixes.insert(name, iri);
        self.close()
    }

    fn body(&mut self) -> Result<(), Fault> {
        loop {
            let line = self.tokens.line();
            match self.token()? {
                Token::Close => return Ok(()),
                Token::Iri(iri) => self.ontology_iri(iri),
                Token::Word(word) => match word.as_str() {
                    "Import" => {
                        self.open()?;
                        let iri = self.iri()?;
                        self.about_ontology(line, IMPORTS, &Value::Iri(iri));
                        self.close()?;
                    }
                    "Annotation" => {
                        self.open()?;
                        let (property, value) = self.annotation()?;
                        self.about_ontology(line, &property, &value);
                    }
                    "Declaration" => self.declaration()?,
                    "AnnotationAssertion" => self.assertion()?,
                    "SubClassOf" => self.sub_class()?,
                    word if word.contains(':') => {
                        let iri = self.expand(word)?;
                        self.ontology_iri(iri);
                    }
                    _ => {
                        self.open()?;
                        self.pass_over()?;
                    }
                },
                other => return Err(self.unexpected(&other, "an axiom")),
            }
        }
    }

    /// The first address is that of the ontology, the second that of its version.
    fn ontology_iri(&mut self, iri: String) {
        let line = self.tokens.line();
        if self.ontology.is_some() {
            self.about_ontology(line, VERSION_IRI, &Value::Iri(iri));
        } else {
            self.ontology = Some(iri);
            self.about_ontology(line, TYPE, &Value::Iri(ONTOLOGY.to_owned()));
        }
    }

    fn about_ontology(&mut self, line: usize, property: &str, value: &Value) {
        // What an ontology without an address says of itself is kept under no address.
        let subject = self.ontology.as_deref().unwrap_or_default();
        self.statements.take(line, Node::Iri(subject), property, &value.object());
    }

    fn declaration(&mut self) -> Result<(), Fault> {
        let line = self.tokens.line();
        self.open()?;
        loop {
            match self.token()? {
                Token::Close => return Ok(()),
                Token::Word(word) if word == "Annotation" => {
                    self.open()?;
                    self.pass_over()?;
                }
                Token::Word(sort) => {
                    self.open()?;
                    let iri = self.iri()?;
                    self.close()?;
                    let kind = Object::Node(Node::Iri(&format!("{OWL}{sort}")));
                    self.statements.take(line, Node::Iri(&iri), TYPE, &kind);
                }
                other => return Err(self.unexpected(&other, "what is declared")),
            }
        }
    }

    /// `AnnotationAssertion(annotations property subject value)`.
    fn assertion(&mut self) -> Result<(), Fault> {
        let line = self.tokens.line();
        self.open()?;
        let mut kinds = Vec::new();
        let property = loop {
            match self.token()? {
                Token::Word(word) if word == "Annotation" => {
                    self.open()?;
                    let (property, value) = self.annotation()?;
                    if vocabulary::property(&property) == Some(Property::SynonymType) {
                        match value {
                            Value::Iri(kind) => kinds.push(kind),
                            Value::Text(text) => kinds.push(text.text),
                            Value::Blank(_) => {}
                        }
                    }
                }
                other => break self.iri_of(other)?,
            }
        };
        let subject = self.value()?;
        let value = self.value()?;
        self.close()?;
        let subject = match &subject {
            Value::Iri(iri) => Node::Iri(iri),
            Value::Blank(name) => Node::Blank(name),
            Value::Text(_) => return Err(self.malformed("the subject of an annotation is a text")),
        };
        match (vocabulary::property(&property), subject, value) {
            (Some(Property::Name(Naming::Synonym(scope, _))), Node::Iri(iri), Value::Text(text))
                if !kinds.is_empty() && !text.is_empty() =>
            {
                self.statements.take_synonym(line, iri, scope, text, &kinds);
            }
            (_, subject, value) => self.statements.take(line, subject, &property, &value.object()),
        }
        Ok(())
    }

    /// `SubClassOf(annotations class class)`, of which either may be an expression instead.
    fn sub_class(&mut self) -> Result<(), Fault> {
        let line = self.tokens.line();
        self.open()?;
        let mut classes = Vec::new();
        loop {
            match self.token()? {
                Token::Close => break,
                Token::Word(word) if !word.contains(':') => {
                    self.open()?;
                    self.pass_over()?;
                    if word != "Annotation" {
                        classes.push(None);
                    }
                }
                other => classes.push(Some(self.iri_of(other)?)),
            }
        }
        match classes.as_slice() {
            [Some(class), Some(parent)] => {
                self.statements.take(line, Node::Iri(class), SUB_CLASS_OF, &Object::Node(Node::Iri(parent)));
                Ok(())
            }
            [_, _] => Ok(()),
            _ => Err(self.malformed("`SubClassOf` has not two classes")),
        }
    }

    /// The rest of `Annotation(annotations property value)`.
    fn annotation(&mut self) -> Result<(String, Value), Fault> {
        let property = loop {
            match self.token()? {
                Token::Word(word) if word == "Annotation" => {
                    self.open()?;
                    self.pass_over()?;
                }
                other => break self.iri_of(other)?,
            }
        };
        let value = self.value()?;
        self.close()?;
        Ok((property, value))
    }

    fn value(&mut self) -> Result<Value, Fault> {
        match self.token()? {
            Token::Text(text, suffix) => {
                let language = match suffix {
                    Suffix::None => None,
                    Suffix::Language(language) => Some(language),
                    Suffix::Type => {
                        self.iri()?;
                        None
                    }
                };
                Ok(Value::Text(Text::new(&text, language.as_deref())))
            }
            Token::Word(word) if word.starts_with("_:") => Ok(Value::Blank(word)),
            other => Ok(Value::Iri(self.iri_of(other)?)),
        }
    }

    fn iri(&mut self) -> Result<String, Fault> {
        let token = self.token()?;
        self.iri_of(token)
    }

    fn iri_of(&self, token: Token) -> Result<String, Fault> {
        match token {
            Token::Iri(iri) => Ok(iri),
            Token::Word(word) if word.contains(':') => self.expand(&word),
            other => Err(self.unexpected(&other, "an address or a name with a prefix")),
        }
    }

    fn expand(&self, word: &str) -> Result<String, Fault> {
        let (prefix, local) = word.split_at(word.find(':').map_or(0, |at| at + 1));
        match self.prefixes.get(prefix) {
            Some(iri) => Ok(format!("{iri}{local}")),
            None => Err(self.malformed(format!("the prefix `{prefix}` is not declared"))),
        }
    }

    /// Passes over everything up to the `)` that belongs to a `(` that was read.
    fn pass_over(&mut self) -> Result<(), Fault> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.token()? {
                Token::Open => depth += 1,
                Token::Close => depth -= 1,
                _ => {}
            }
        }
        Ok(())
    }

    fn open(&mut self) -> Result<(), Fault> {
        match self.token()? {
            Token::Open => Ok(()),
            other => Err(self.unexpected(&other, "`(`")),
        }
    }

    fn close(&mut self) -> Result<(), Fault> {
        match self.token()? {
            Token::Close => Ok(()),
            other => Err(self.unexpected(&other, "`)`")),
        }
    }

    fn token(&mut self) -> Result<Token, Fault> {
        match self.tokens.next()? {
            Some(token) => Ok(token),
            None => Err(self.malformed("the file ends where `)` is missing; it is cut short")),
        }
    }

    fn unexpected(&self, token: &Token, expected: &str) -> Fault {
        let found = match token {
            Token::Open => "(",
            Token::Close => ")",
            Token::Equals => "=",
            Token::Iri(text) | Token::Text(text, _) | Token::Word(text) => text,
        };
        let start: String = found.chars().take(60).collect();
        self.malformed(format!("`{start}` stands where {expected} is expected"))
    }

    fn malformed(&self, message: impl Into<String>) -> Fault {
        Fault::Malformed(self.tokens.line(), message.into())
    }
}

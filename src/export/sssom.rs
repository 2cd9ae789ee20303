//! Answers as a mapping set: SSSOM TSV, version 1.1 (<https://mapping-commons.github.io/sssom/>).

use std::io::{self, Write};

use crate::normalize::{Normalization, OntologyTag};
use crate::ontology::{Curie, Scope};

/// How a mention and a concept are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// `skos:exactMatch`: they mean the same.
    Exact,
    /// `skos:closeMatch`: nearly, or nobody has looked.
    Close,
    /// `skos:broadMatch`: the concept is the broader of the two.
    Broad,
    /// `skos:narrowMatch`: the concept is the narrower of the two.
    Narrow,
    /// `skos:relatedMatch`.
    Related,
}

/// What a mapping rests on, a term of semapv.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Justification {
    /// `semapv:LexicalMatching`: a name is equal.
    Lexical,
    /// `semapv:LexicalSimilarityThresholdMatching`: a name is similar in its words and letters.
    LexicalSimilarity,
    /// `semapv:SemanticSimilarityThresholdMatching`: a name is near in meaning.
    SemanticSimilarity,
    /// `semapv:CompositeMatching`: several of these, or a language model's choice among what they found.
    Composite,
    /// `semapv:ManualMappingCuration`: a person decided.
    Manual,
}

/// One mapping: a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// The mention: a literal.
    pub subject_label: String,
    /// How it relates to the object.
    pub predicate: Predicate,
    /// The concept's identifier and label; none where no concept was found (`sssom:NoTermFound`).
    pub object: Option<(Curie, String)>,
    /// What it rests on.
    pub justification: Justification,
    /// The estimated probability that it is right.
    pub confidence: Option<f32>,
    /// How similar the mention and the matched name are.
    pub similarity: Option<f32>,
    /// The name that matched and what it is to the concept.
    pub matched: Option<(String, Scope)>,
    /// Who decided: an ORCID as a CURIE (`orcid:0000-0002-1825-0097`), where a person did.
    pub author: Option<String>,
    /// What else is to be said, such as a model's part in it.
    pub comment: Option<String>,
}

/// What all mappings of a file have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingSet {
    /// Its identifier, an address.
    pub id: String,
    /// Under which licence it may be used, an address.
    pub license: String,
    /// The ontology that objects are concepts of.
    pub ontology: OntologyTag,
    /// The prefixes of identifiers that may stand in it, each with what it stands for.
    pub prefixes: Vec<(String, String)>,
    /// When it was made: `2026-11-23`.
    pub date: String,
}

impl Mapping {
    /// What an answer says; none where it failed.
    pub fn of(normalization: &Normalization) -> Option<Self> {
        let _ = normalization;
        todo!()
    }

    /// Writes it as a row and the end of its line.
    ///
    /// # Errors
    /// Where `out` fails.
    pub fn write(&self, set: &MappingSet, out: &mut dyn Write) -> io::Result<()> {
        let _ = (set, out);
        todo!()
    }
}

impl MappingSet {
    /// Writes the metadata and the names of the columns.
    ///
    /// # Errors
    /// Where `out` fails.
    pub fn write_header(&self, out: &mut dyn Write) -> io::Result<()> {
        let _ = out;
        todo!()
    }
}

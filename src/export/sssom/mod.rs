//! Answers as a mapping set: SSSOM TSV, version 1.1 (<https://mapping-commons.github.io/sssom/>).
//!
//! A mention is a literal: `subject_type` is `rdfs literal`, `subject_label` the mention, and there is no `subject_id`.
//! What holds for all rows stands in the header; the columns are those of [`COLUMNS`]. Of several ontologies asked as one,
//! each row says which its object is of: `object_source` and `object_source_version` are columns then.
//!
//! | slot | value |
//! |---|---|
//! | `predicate_id` | `skos:exactMatch` where a label or exact synonym of one concept is equal to the mention, `skos:closeMatch` where it is similar, or equal to a name of several; `skos:broadMatch`, `skos:narrowMatch` and `skos:relatedMatch` where the name that matched is a narrower, broader or related synonym |
//! | `object_id` | the concept; `sssom:NoTermFound` where there is no match, and `predicate_id` is then `skos:exactMatch`, as in the standard's example |
//! | `mapping_justification` | `semapv:LexicalMatching` for an equal name, `LexicalSimilarityThresholdMatching` and `SemanticSimilarityThresholdMatching` for one that only words or only vectors found, `CompositeMatching` for both, for a model's choice and for no match, `ManualMappingCuration` for a person's decision |
//! | `confidence` | the estimated probability that the mapping is right; empty where there is none, and for a no match but a model's |
//! | `object_match_field`, `match_string` | which kind of name matched, and the name where it is equal |
//! | `similarity_score` | the candidate's score, from 0 to 1 |
//! | `comment` | that a match was not sure enough; a model's part, with its reason and the hash of its prompt; the synonym that was similar |
//!
//! A composite mention ("hearing and vision loss") has a row a concept, each `skos:relatedMatch` and `CompositeMatching`, with
//! its part in the comment. A mention that negates its concept ("no seizures") is `skos:relatedMatch` too, and the comment
//! says so; one that names a side of it, or how severe it is, is `skos:broadMatch`.
//!
//! A row is one line: tabs and line breaks inside a value become spaces. A value with a quote is quoted, as the standard
//! wants it, and what a spreadsheet would take for a formula has a `'` before it ([`guarded`]). A mention such as `NA` or
//! `null`, which the standard's own tools would take for an empty cell and pass over its row, has a space behind it.
//!
//! [`guarded`]: crate::tables::guarded

mod writing;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::normalize::{DecidedBy, Normalization, OntologyTag, Qualifiers};
use crate::ontology::{Curie, Scope};

pub use writing::{COLUMNS, UNSPECIFIED_LICENSE, prefixes};

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

impl Predicate {
    /// What a name of this scope warrants: one that `is_equal` and the name of no other concept, or one that is not.
    pub const fn of(scope: Scope, is_equal: bool) -> Self {
        match scope {
            Scope::Label | Scope::Exact if is_equal => Self::Exact,
            Scope::Label | Scope::Exact => Self::Close,
            // The name is the narrower, so the concept is the broader.
            Scope::Narrow => Self::Broad,
            Scope::Broad => Self::Narrow,
            Scope::Related => Self::Related,
        }
    }

    /// How what is so related is where a phrase says more than the concept: one that is negated is only related to it, and
    /// one that names a side or a severity has the concept as its broader one, since that is on any side.
    #[must_use]
    pub const fn qualified(self, qualifiers: &Qualifiers) -> Self {
        let is_narrowed = qualifiers.side.is_some() || qualifiers.severity.is_some();
        match self {
            _ if qualifiers.negation.is_some() => Self::Related,
            Self::Exact | Self::Close if is_narrowed => Self::Broad,
            Self::Narrow if is_narrowed => Self::Related,
            relation => relation,
        }
    }

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "skos:exactMatch",
            Self::Close => "skos:closeMatch",
            Self::Broad => "skos:broadMatch",
            Self::Narrow => "skos:narrowMatch",
            Self::Related => "skos:relatedMatch",
        }
    }
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

impl Justification {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lexical => "semapv:LexicalMatching",
            Self::LexicalSimilarity => "semapv:LexicalSimilarityThresholdMatching",
            Self::SemanticSimilarity => "semapv:SemanticSimilarityThresholdMatching",
            Self::Composite => "semapv:CompositeMatching",
            Self::Manual => "semapv:ManualMappingCuration",
        }
    }
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
    /// The ontology of the object, where several were asked.
    pub source: Option<Arc<OntologyTag>>,
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
    /// The ontologies that objects are concepts of, at least one.
    pub ontologies: Vec<OntologyTag>,
    /// The prefixes of identifiers that may stand in it, each with what it stands for.
    pub prefixes: Vec<(String, String)>,
    /// When it was made: `2026-11-23`.
    pub date: String,
}

impl Mapping {
    /// What an answer says: a mapping a concept, none where it failed, or where nothing was asked. The parts of a composite
    /// mention are mappings of the whole of it.
    pub fn all(normalization: &Normalization) -> Vec<Self> {
        if normalization.parts.is_empty() {
            return Self::of(normalization).into_iter().collect();
        }
        let count = normalization.parts.len();
        let unmatched = normalization.parts.iter().filter(|part| part.answer().is_none());
        let unmatched: Vec<String> =
            unmatched.map(|part| format!("no match for its part `{}`", part.mention.text)).collect();
        let part = |part: &Normalization| {
            // Of the whole there is a match.
            part.answer()?;
            let mut mapping = Self::qualified(part, &part.qualifiers.clone().or(&normalization.qualifiers))?;
            let says = format!("one of {count} concepts, by `{}`", part.mention.text);
            let comments = [Some(says), mapping.comment].into_iter().flatten().chain(unmatched.clone());
            mapping.comment = Some(comments.collect::<Vec<_>>().join("; "));
            mapping.subject_label.clone_from(&normalization.mention.text);
            mapping.predicate = Predicate::Related;
            mapping.justification = Justification::Composite;
            Some(mapping)
        };
        normalization.parts.iter().filter_map(part).collect()
    }

    /// What an answer that is one concept says; none where it failed, or where nothing was asked.
    pub fn of(normalization: &Normalization) -> Option<Self> {
        Self::qualified(normalization, &normalization.qualifiers)
    }

    fn qualified(normalization: &Normalization, qualifiers: &Qualifiers) -> Option<Self> {
        let mention = &normalization.mention.text;
        if normalization.error().is_some() || mention.trim().is_empty() {
            return None;
        }
        let is_judged = normalization.decided_by == DecidedBy::Model;
        let mut mapping = Self {
            subject_label: mention.clone(),
            predicate: Predicate::Exact,
            object: None,
            source: None,
            justification: Justification::Composite,
            // How sure the best candidate is says nothing of there being none.
            confidence: normalization.confidence.filter(|_| is_judged),
            similarity: None,
            matched: None,
            author: None,
            comment: None,
        };
        let mut comments = Vec::new();
        if normalization.is_unsure() {
            comments.push("not sure enough".to_owned());
        }
        if let Some(group) = normalization.group.as_ref().filter(|_| normalization.answer().is_none()) {
            comments.push(format!("no single gene: {group}"));
        }
        if let Some(chosen) = normalization.answer() {
            let ranks = chosen.ranks;
            let is_equal = ranks.is_equal_form();
            let by_words = ranks.exact.is_some() || ranks.lexical.is_some();
            let by_vectors = ranks.vector.is_some() || ranks.dense.is_some();
            mapping.object = Some((chosen.id.clone(), chosen.label.clone()));
            mapping.source.clone_from(&chosen.ontology);
            mapping.confidence = normalization.confidence;
            let Qualifiers { negation, side, severity } = qualifiers;
            comments.extend(negation.as_ref().map(|words| format!("the phrase negates it by `{words}`")));
            comments.extend(side.map(|side| format!("the phrase names a side: {}", side.as_str())));
            comments.extend(severity.map(|severity| format!("the phrase says how severe: {}", severity.as_str())));
            let is_tied = is_equal && normalization.tie.is_some();
            let predicate = if is_tied { Predicate::Close } else { Predicate::of(chosen.scope, is_equal) };
            mapping.predicate = predicate.qualified(qualifiers);
            mapping.justification = match (by_words, by_vectors) {
                _ if is_judged => Justification::Composite,
                _ if is_equal => Justification::Lexical,
                (true, false) => Justification::LexicalSimilarity,
                (false, true) => Justification::SemanticSimilarity,
                _ => Justification::Composite,
            };
            mapping.similarity = Some(chosen.score);
            mapping.matched = Some((chosen.name.clone(), chosen.scope));
            if !is_equal && chosen.name != chosen.label {
                comments.push(format!("similar to the synonym `{}`", chosen.name));
            }
        }
        if let Some(judgement) = &normalization.judgement {
            let whom = if mapping.object.is_some() { "it among" } else { "none of" };
            let chose = if is_judged { format!("chose {whom}") } else { "was asked about".to_owned() };
            let reason = if judgement.reason.is_empty() { "" } else { ": " };
            comments.push(format!(
                "{} {chose} the candidates it was offered{reason}{} (prompt {})",
                judgement.model, judgement.reason, judgement.prompt_hash
            ));
        }
        mapping.comment = (!comments.is_empty()).then(|| comments.join("; "));
        Some(mapping)
    }
}

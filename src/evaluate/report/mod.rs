//! All that a benchmark found out, in one value, and the files it is written to.
//!
//! [`files::write`] makes `report.json` (this value), `cases.jsonl` (a [`CaseRow`] a line), `report.md` and one page that
//! needs nothing else, `report.html`. What people read is made of the same tables everywhere.

mod cases;
pub mod compared;
mod figures;
pub mod files;
#[cfg(test)]
pub(super) mod fixture;
mod markdown;
mod page;
pub mod summary;
mod tables;
pub mod text;
pub(in crate::evaluate) mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dataset::{Split, Unresolved};
use super::judge::{Judged, Verdict};
use super::metrics::{Calibration, NoMatch, Risk, Scores};
use super::statistics::{Interval, McNemar};
use super::system::Answer;
use crate::ontology::Curie;

/// Everything a run found out: `report.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The version of this format.
    pub format: u32,
    /// The program and its version.
    pub made_by: String,
    /// When, as `2026-11-23T02:15:00Z`.
    pub date: String,
    /// The command line.
    pub command: Vec<String>,
    /// The seed of all that is random.
    pub seed: u64,
    /// Samples of each bootstrap.
    pub samples: usize,
    /// The indexes that were asked.
    pub indexes: Vec<IndexTag>,
    /// The cases.
    pub datasets: Vec<DatasetTag>,
    /// Who answered.
    pub systems: Vec<SystemTag>,
    /// What that came to: one for each dataset and each system that took part in it, in the order of both.
    pub results: Vec<Outcome>,
    /// Differences of two systems on the same cases.
    pub comparisons: Vec<Comparison>,
}

/// An index that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexTag {
    /// Its name.
    pub name: String,
    /// The ontology's release.
    pub version: Option<String>,
    /// The BLAKE3 of what it was made from.
    pub blake3: String,
    /// Its encoder.
    pub encoder: String,
    /// Its live concepts.
    pub concepts: usize,
    /// Their names.
    pub names: usize,
}

/// Cases that took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetTag {
    /// What it is called.
    pub name: String,
    /// The index it was asked in.
    pub index: String,
    /// The file, as it was given.
    pub place: String,
    /// The BLAKE3 of the file.
    pub blake3: String,
    /// Cases, repeated ones too.
    pub occurrences: usize,
    /// Distinct cases: mention in lower case, and gold identifiers.
    pub cases: usize,
    /// Distinct cases without a gold concept.
    pub no_match_cases: usize,
    /// Distinct cases whose mention equals an indexed name.
    pub named_cases: usize,
    /// Gold identifiers that lead to no live concept; their cases are counted all the same.
    pub unresolved: Vec<Unresolved>,
}

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemTag {
    /// What it is called in tables, unlike any other.
    pub name: String,
    /// What it is.
    pub kind: SystemKind,
    /// The model that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The address of its service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How many candidates it chose among.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<usize>,
    /// Whether it saw the sentence around the mention.
    pub has_context: bool,
    /// The hash of the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_hash: Option<String>,
}

impl SystemTag {
    /// A system without a model.
    pub fn new(name: &str, kind: SystemKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            model: None,
            url: None,
            offered: None,
            has_context: false,
            prompt_hash: None,
        }
    }
}

/// What a system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SystemKind {
    /// Retrieval, or one stage of it.
    Retrieval,
    /// A model alone.
    Plain,
    /// A model that chooses among what was retrieved.
    Rag,
    /// Answers that someone else recorded.
    Recorded,
}

/// What a system's answers to a dataset came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The dataset's name.
    pub dataset: String,
    /// The system's name.
    pub system: String,
    /// Over distinct cases: the figures to compare.
    pub unique: Scores,
    /// Over all occurrences.
    pub occurrences: Scores,
    /// Over the distinct cases whose mention equals no indexed name.
    pub unnamed: Scores,
    /// Where several ontologies are asked: the share of the distinct cases with a gold concept that were answered with a
    /// concept of a right ontology.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right_ontology: Option<f64>,
    /// How well it abstains.
    pub no_match: NoMatch,
    /// What abstaining below each confidence brings, for who has a confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// Whether its confidence is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// How many distinct cases were answered right, and wrong in which way.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// Of the obsolete identifiers answered, how many lead to a gold concept.
    pub obsolete_but_replaced: usize,
    /// Accuracy on parts of the distinct cases.
    pub strata: Vec<Stratum>,
    /// How long an answer took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// What was asked of a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// A part of the cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stratum {
    /// By what the cases were parted.
    pub by: StratumKind,
    /// What this part is called, such as `10-99`.
    pub of: String,
    /// Its cases.
    pub cases: usize,
    /// Those answered right.
    pub right: usize,
    /// Their share.
    pub accuracy: f64,
    /// Wilson's 95% interval of it.
    pub interval: Interval,
}

/// By what cases are parted. Parts of one kind stand together, in their natural order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StratumKind {
    /// How often the concept occurs, by powers of ten.
    Popularity,
    /// The same in up to twenty parts of equal size, the most popular first, as the paper has it.
    PopularityBin,
    /// How much of the identifier's text is in the name.
    Lexicalization,
    /// Words of the mention.
    Length,
    /// The concept's namespace.
    Namespace,
    /// Whether a fine-tuned model has seen the term.
    Split,
}

/// How long an answer took, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Half were faster.
    pub p50: f64,
    /// 95% were faster.
    pub p95: f64,
    /// 99% were faster.
    pub p99: f64,
    /// How many were under way at once.
    pub at_once: usize,
}

/// What was asked of a model; what a cassette answered counts as if it had been asked now.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Calls.
    pub calls: u64,
    /// Of these, answered by the cassette.
    pub replayed: u64,
    /// Tokens sent.
    pub prompt_tokens: u64,
    /// Tokens answered.
    pub answer_tokens: u64,
    /// What they cost in US dollars, where the price is known.
    pub dollars: Option<f64>,
    /// The same for a thousand right answers.
    pub dollars_per_1000_right: Option<f64>,
}

/// How two systems differ on the same distinct cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The dataset's name.
    pub dataset: String,
    /// The system that is compared with.
    pub first: String,
    /// The other.
    pub second: String,
    /// Accuracy of the second less that of the first.
    pub difference: f64,
    /// Its 95% interval by paired bootstrap.
    pub interval: Interval,
    /// McNemar's exact test.
    pub mcnemar: McNemar,
    /// Its probability after Holm's correction over all comparisons of the report.
    pub p_corrected: f64,
}

/// A case and what each system answered: a line of `cases.jsonl` for each system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseRow {
    /// The dataset's name.
    pub dataset: String,
    /// The case's line there.
    pub line: usize,
    /// The mention.
    pub mention: String,
    /// The sentence around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The gold identifiers as written.
    pub ids: Vec<String>,
    /// The live concepts they lead to.
    pub gold: Vec<Curie>,
    /// How often the concept occurs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub popularity: Option<u64>,
    /// Whether a fine-tuned model has seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// Whether no earlier case has this mention and these gold identifiers.
    pub is_first: bool,
    /// The system's name.
    pub system: String,
    /// What it answered.
    pub answer: Answer,
    /// How that was judged.
    pub judged: Judged,
}

//! From judged answers to what is reported of them; pure.

use std::collections::BTreeMap;

use super::compared::comparison;
use super::{CaseRow, Comparison, DatasetTag, Latency, Outcome, Report, Stratum, StratumKind, Usage};
use crate::evaluate::dataset::{Case, Dataset};
use crate::evaluate::identifiers::{Identifiers, Standing};
use crate::evaluate::judge::{Judged, Verdict, judge};
use crate::evaluate::lexicalization;
use crate::evaluate::metrics::{Calibration, NoMatch, Risk, Scores};
use crate::evaluate::popularity::{self, Decade};
use crate::evaluate::statistics::difference::holm;
use crate::evaluate::statistics::percentile;
use crate::evaluate::system::{Answer, Said};
use crate::ontology::Curie;

/// Words of a mention from which on mentions are told together.
const MANY_WORDS: usize = 5;

/// One system's answers to one dataset, judged.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The system's name.
    pub system: String,
    /// In the order of the cases.
    pub answers: Vec<Answer>,
    /// In the order of the cases.
    pub judged: Vec<Judged>,
    /// How many were under way at once.
    pub at_once: usize,
    /// What was asked of a model.
    pub usage: Option<Usage>,
}

impl Measured {
    /// Judges `answers`, which are in the order of the dataset's cases.
    pub fn new(system: &str, dataset: &Dataset, answers: Vec<Answer>, identifiers: &Identifiers) -> Self {
        let judged =
            dataset.cases.iter().zip(&answers).map(|(case, answer)| judge(case, answer, identifiers)).collect();
        Self { system: system.to_owned(), answers, judged, at_once: 1, usage: None }
    }

    /// The judged answers to the distinct cases for which `takes` is so.
    fn of<'a>(&'a self, dataset: &'a Dataset, takes: impl Fn(&Case) -> bool) -> Vec<Judged> {
        let cases = dataset.cases.iter().zip(&self.judged);
        cases.filter(|(case, _)| case.is_first && takes(case)).map(|(_, judged)| *judged).collect()
    }

    /// Which of the distinct cases were answered right.
    fn right(&self, dataset: &Dataset) -> Vec<bool> {
        self.of(dataset, |_| true).iter().map(Judged::is_right).collect()
    }

    /// What it comes to.
    pub fn outcome(&self, dataset: &Dataset, identifiers: &Identifiers) -> Outcome {
        let unique = self.of(dataset, |_| true);
        let mut verdicts = BTreeMap::new();
        for judged in &unique {
            *verdicts.entry(judged.verdict).or_default() += 1;
        }
        Outcome {
            dataset: dataset.name.clone(),
            system: self.system.clone(),
            unique: Scores::of(&unique),
            occurrences: Scores::of(&self.judged),
            unnamed: Scores::of(&self.of(dataset, |case| !case.is_named)),
            right_ontology: identifiers.are_of_several().then(|| self.right_ontology(dataset)),
            no_match: NoMatch::of(&unique),
            risk: Risk::of(&unique),
            calibration: Calibration::of(&unique),
            verdicts,
            obsolete_but_replaced: self.replaced(dataset, identifiers),
            strata: self.strata(dataset, identifiers),
            latency: self.latency(),
            usage: self.usage,
        }
    }

    /// The share of distinct cases with a gold concept that were answered with one of its ontology, by the prefix.
    fn right_ontology(&self, dataset: &Dataset) -> f64 {
        let cases = dataset.cases.iter().zip(&self.answers);
        let cases: Vec<(&Case, &Answer)> = cases.filter(|(case, _)| case.is_first && !case.gold.is_empty()).collect();
        let is_right = |(case, answer): &&(&Case, &Answer)| match &answer.said {
            Said::Identifier(text) => {
                Curie::parse(text).is_ok_and(|id| case.gold.iter().any(|gold| gold.prefix() == id.prefix()))
            }
            _ => false,
        };
        cases.iter().filter(is_right).count() as f64 / cases.len().max(1) as f64
    }

    /// Distinct cases answered with an obsolete identifier that leads to a gold concept.
    fn replaced(&self, dataset: &Dataset, identifiers: &Identifiers) -> usize {
        let cases = dataset.cases.iter().zip(&self.answers).zip(&self.judged);
        let is_replaced = |((case, answer), judged): &((&Case, &Answer), &Judged)| {
            case.is_first
                && judged.verdict == Verdict::Obsolete
                && matches!(&answer.said, Said::Identifier(text) if matches!(
                    identifiers.standing(text), Standing::Obsolete(Some(id)) if case.gold.contains(&id)
                ))
        };
        cases.filter(is_replaced).count()
    }

    /// Nothing is said of answers that a cassette gave: they were faster than any model.
    fn latency(&self) -> Option<Latency> {
        if self.usage.is_some_and(|usage| usage.replayed > 0) {
            return None;
        }
        let milliseconds: Vec<f64> =
            self.answers.iter().filter_map(|answer| answer.seconds).map(|seconds| seconds * 1000.0).collect();
        let at = |share| percentile(&milliseconds, share);
        Some(Latency { p50: at(0.5)?, p95: at(0.95)?, p99: at(0.99)?, at_once: self.at_once })
    }

    fn strata(&self, dataset: &Dataset, identifiers: &Identifiers) -> Vec<Stratum> {
        let cases: Vec<(&Case, Judged)> = dataset
            .cases
            .iter()
            .zip(&self.judged)
            .filter(|(case, _)| case.is_first)
            .map(|(case, judged)| (case, *judged))
            .collect();
        let counts: Vec<u64> = cases.iter().filter_map(|(case, _)| case.popularity).collect();
        let mut bins = popularity::bins(&counts, popularity::BINS).into_iter();
        let mut strata = Vec::new();
        let mut add = |by: StratumKind, part: &mut dyn FnMut(&Case) -> Option<(u64, String)>| {
            let mut parts: BTreeMap<(u64, String), Vec<Judged>> = BTreeMap::new();
            for (case, judged) in &cases {
                if let Some(part) = part(case) {
                    parts.entry(part).or_default().push(*judged);
                }
            }
            // A part that is the whole says nothing.
            if parts.len() > 1 {
                strata.extend(parts.into_iter().map(|((_, of), judged)| Stratum::new(by, of, &judged)));
            }
        };
        add(StratumKind::Popularity, &mut |case| {
            let decade = Decade::of(case.popularity?);
            Some((decade.place(), decade.to_string()))
        });
        add(StratumKind::PopularityBin, &mut |case| {
            let bin = case.popularity.and_then(|_| bins.next())?;
            Some((bin as u64, bin.to_string()))
        });
        add(StratumKind::Lexicalization, &mut |case| {
            let shares = case.ids.iter().map(|id| lexicalization::overlap(&case.mention.text, id));
            shares.max_by(f64::total_cmp).map(quarter)
        });
        add(StratumKind::Length, &mut |case| {
            let words = case.mention.text.split_whitespace().count().clamp(1, MANY_WORDS);
            let more = if words == MANY_WORDS { " or more" } else { "" };
            Some((words as u64, format!("{words}{more}")))
        });
        add(StratumKind::Namespace, &mut |case| {
            let concept = identifiers.ontology().get(case.gold.first()?)?;
            concept.namespace.clone().map(|namespace| (0, namespace))
        });
        add(StratumKind::Split, &mut |case| case.split.map(|split| (split as u64, split.as_str().to_owned())));
        strata
    }
}

/// The quarter that a share falls into, nothing apart.
fn quarter(share: f64) -> (u64, String) {
    let parts = ["0", "0-0.25", "0.25-0.5", "0.5-0.75", "0.75-1"];
    let bounds = [0.0, 0.25, 0.5, 0.75];
    let at = bounds.iter().filter(|&&bound| share > bound).count();
    (at as u64, parts[at].to_owned())
}

impl Stratum {
    fn new(by: StratumKind, of: String, judged: &[Judged]) -> Self {
        let scores = Scores::of(judged);
        Self { by, of, cases: scores.cases, right: scores.right, accuracy: scores.accuracy, interval: scores.interval }
    }
}

impl DatasetTag {
    /// What there is to say of a dataset that was asked in `index`.
    pub fn new(dataset: &Dataset, index: &str) -> Self {
        let count = |is: &dyn Fn(&Case) -> bool| dataset.distinct().filter(|case| is(case)).count();
        Self {
            name: dataset.name.clone(),
            index: index.to_owned(),
            place: dataset.place.clone(),
            blake3: dataset.blake3.clone(),
            occurrences: dataset.cases.len(),
            cases: count(&|_| true),
            no_match_cases: count(&|case| !case.has_gold()),
            named_cases: count(&|case| case.is_named),
            unresolved: dataset.unresolved.clone(),
        }
    }
}

impl Report {
    /// Adds what all systems answered to a dataset, and how each differs from the one at `against`.
    pub fn add(
        &mut self,
        dataset: &Dataset,
        tag: DatasetTag,
        measured: &[Measured],
        against: usize,
        identifiers: &Identifiers,
    ) {
        self.datasets.push(tag);
        self.results.extend(measured.iter().map(|measured| measured.outcome(dataset, identifiers)));
        let comparisons = comparisons(dataset, measured, against, self);
        self.comparisons.extend(comparisons);
    }

    /// Corrects the probabilities of all comparisons for their number (Holm 1979), once all are there.
    pub fn correct(&mut self) {
        let p: Vec<f64> = self.comparisons.iter().map(|comparison| comparison.mcnemar.p).collect();
        for (comparison, p) in self.comparisons.iter_mut().zip(holm(&p)) {
            comparison.p_corrected = p;
        }
    }
}

impl CaseRow {
    /// The rows of all that was answered to a dataset, case by case.
    pub fn all<'a>(dataset: &'a Dataset, measured: &'a [Measured]) -> impl Iterator<Item = Self> + 'a {
        dataset.cases.iter().enumerate().flat_map(move |(at, case)| {
            measured.iter().map(move |measured| Self {
                dataset: dataset.name.clone(),
                line: case.line,
                mention: case.mention.text.clone(),
                context: case.mention.context.clone(),
                ids: case.ids.clone(),
                gold: case.gold.clone(),
                popularity: case.popularity,
                split: case.split,
                is_first: case.is_first,
                system: measured.system.clone(),
                answer: measured.answers[at].clone(),
                judged: measured.judged[at],
            })
        })
    }
}

/// How every other system differs from the one at `against`, on the distinct cases of one dataset; the probabilities are
/// not corrected yet.
fn comparisons(dataset: &Dataset, all: &[Measured], against: usize, report: &Report) -> Vec<Comparison> {
    let Some(first) = all.get(against) else { return Vec::new() };
    let first_right = first.right(dataset);
    let others = all.iter().enumerate().filter(|(at, _)| *at != against).map(|(_, second)| second);
    others
        .map(|second| {
            let first = (first.system.as_str(), first_right.as_slice());
            comparison(&dataset.name, first, (&second.system, &second.right(dataset)), report)
        })
        .collect()
}

//! Two reports about the same cases: whether the second is better; pure.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use super::{CaseRow, Comparison, Report};
use crate::evaluate::statistics::McNemar;
use crate::evaluate::statistics::difference::{Gain, holm, paired_bootstrap};

/// What two reports have in common, and what they have not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Compared {
    /// For each dataset and pair of systems, how the second report differs from the first.
    pub comparisons: Vec<Comparison>,
    /// What could not be compared, and why: one phrase each.
    pub passed_over: Vec<String>,
}

/// Right answers by case: the line, and the mention for who changed the file.
type Right<'a> = HashMap<(usize, &'a str), bool>;

/// Compares what both reports say about the same datasets (by their contents), case by case. A system is compared with the
/// one of the same name; where each report has only one, these two are.
pub fn compared(first: (&Report, &[CaseRow]), second: (&Report, &[CaseRow])) -> Compared {
    let mut compared = Compared::default();
    let pairs = pairs(first.0, second.0, &mut compared.passed_over);
    let (before, after) = (rights(first.1), rights(second.1));
    for dataset in &second.0.datasets {
        let Some(other) = first.0.datasets.iter().find(|other| other.name == dataset.name) else {
            compared.passed_over.push(format!("`{}` is in the second report only", dataset.name));
            continue;
        };
        if other.blake3 != dataset.blake3 {
            compared.passed_over.push(format!("`{}` is not the same file in both", dataset.name));
            continue;
        }
        for (one, two) in &pairs {
            let name = dataset.name.as_str();
            let (Some(old), Some(new)) = (before.get(&(name, one.as_str())), after.get(&(name, two.as_str()))) else {
                compared.passed_over.push(format!("`{two}` did not answer `{name}` in both"));
                continue;
            };
            // A sample of the same file may be another one.
            let common: BTreeMap<_, _> =
                new.iter().filter_map(|(case, is)| Some((case, (*old.get(case)?, *is)))).collect();
            if common.len() < old.len().max(new.len()) {
                let (cases, most) = (common.len(), old.len().max(new.len()));
                compared.passed_over.push(format!("`{name}` by `{two}`: only {cases} of {most} cases are in both"));
            }
            if !common.is_empty() {
                let (left, right): (Vec<bool>, Vec<bool>) = common.into_values().unzip();
                compared.comparisons.push(comparison(name, (one, &left), (two, &right), second.0));
            }
        }
    }
    for dataset in &first.0.datasets {
        if !second.0.datasets.iter().any(|other| other.name == dataset.name) {
            compared.passed_over.push(format!("`{}` is in the first report only", dataset.name));
        }
    }
    let p: Vec<f64> = compared.comparisons.iter().map(|comparison| comparison.mcnemar.p).collect();
    for (comparison, p) in compared.comparisons.iter_mut().zip(holm(&p)) {
        comparison.p_corrected = p;
    }
    compared
}

fn pairs(first: &Report, second: &Report, passed_over: &mut Vec<String>) -> Vec<(String, String)> {
    if let ([one], [two]) = (first.systems.as_slice(), second.systems.as_slice()) {
        return vec![(one.name.clone(), two.name.clone())];
    }
    let mut pairs = Vec::new();
    for system in &second.systems {
        if first.systems.iter().any(|other| other.name == system.name) {
            pairs.push((system.name.clone(), system.name.clone()));
        } else {
            passed_over.push(format!("the system `{}` is in the second report only", system.name));
        }
    }
    for system in &first.systems {
        if !second.systems.iter().any(|other| other.name == system.name) {
            passed_over.push(format!("the system `{}` is in the first report only", system.name));
        }
    }
    pairs
}

/// The right answers to distinct cases, by dataset and system.
fn rights(rows: &[CaseRow]) -> HashMap<(&str, &str), Right<'_>> {
    let mut rights: HashMap<(&str, &str), Right<'_>> = HashMap::new();
    for row in rows.iter().filter(|row| row.is_first) {
        let right = rights.entry((&row.dataset, &row.system)).or_default();
        right.insert((row.line, &row.mention), row.judged.is_right());
    }
    rights
}

pub(super) fn comparison(
    dataset: &str,
    first: (&str, &[bool]),
    second: (&str, &[bool]),
    report: &Report,
) -> Comparison {
    let mcnemar = McNemar::of(first.1, second.1);
    Comparison {
        dataset: dataset.to_owned(),
        first: first.0.to_owned(),
        second: second.0.to_owned(),
        difference: Gain::between(first.1, second.1).mean(),
        interval: paired_bootstrap(first.1, second.1, report.samples, report.seed).unwrap_or_default(),
        p_corrected: mcnemar.p,
        mcnemar,
    }
}

/// A difference is told where its corrected probability is below this.
const SIGNIFICANT: f64 = 0.05;

impl Comparison {
    /// Whether the second is better or worse beyond chance; `Equal` where no difference is shown.
    pub fn direction(&self) -> Ordering {
        match self.difference.total_cmp(&0.0) {
            direction if self.p_corrected < SIGNIFICANT => direction,
            _ => Ordering::Equal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::report::fixture;

    #[test]
    fn only_a_difference_that_holds_after_correction_is_told() {
        let direction = |difference, p_corrected| {
            let report = fixture::report();
            Comparison { difference, p_corrected, ..report.comparisons[0].clone() }.direction()
        };
        assert_eq!(direction(0.1, 0.049), Ordering::Greater);
        assert_eq!(direction(-0.1, 0.049), Ordering::Less);
        assert_eq!([direction(0.1, 0.05), direction(0.0, 1.0)], [Ordering::Equal; 2]);
    }

    #[test]
    fn reports_are_compared_case_by_case_and_what_cannot_be_is_said() {
        let (report, cases) = (fixture::report(), fixture::cases());
        let same = compared((&report, &cases), (&report, &cases));
        assert!(!same.comparisons.is_empty());
        assert!(same.comparisons.iter().all(|comparison| comparison.difference.abs() < 1e-12));
        let mut other = report.clone();
        other.datasets[0].blake3 = "other".to_owned();
        let found = compared((&report, &cases), (&other, &cases));
        assert!(found.passed_over.iter().any(|phrase| phrase.contains("is not the same file in both")), "{found:?}");
        assert!(found.comparisons.iter().all(|comparison| comparison.dataset != report.datasets[0].name));
    }
}

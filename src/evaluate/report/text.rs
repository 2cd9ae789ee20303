//! Tables as plain data, and those that a terminal shows.

use serde::Serialize;

use super::words::{count, decimal, hundredths, hundredths_within, or_nothing, points_within, probability};
use super::{Comparison, Report, StratumKind, figures, words};
use crate::evaluate::metrics::CUTOFFS;

/// A table of texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// What each column is called and holds.
    pub columns: Vec<Column>,
    /// A text for each column.
    pub rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What it is called.
    pub heading: String,
    /// Whether it holds figures.
    pub is_number: bool,
}

impl Table {
    pub(in crate::evaluate) fn new(columns: impl IntoIterator<Item = (impl Into<String>, bool)>) -> Self {
        let column = |(heading, is_number): (_, _)| Column { heading: Into::into(heading), is_number };
        Self { columns: columns.into_iter().map(column).collect(), rows: Vec::new() }
    }
}

/// Every system, with how it differs from the one that all are compared with: a table for each dataset, and its name.
pub fn tables(report: &Report) -> Vec<(String, Table)> {
    report.datasets.iter().map(|dataset| (dataset.name.clone(), table(report, &dataset.name))).collect()
}

fn table(report: &Report, dataset: &str) -> Table {
    let comparisons: Vec<&Comparison> =
        report.comparisons.iter().filter(|comparison| comparison.dataset == dataset).collect();
    let mut columns = vec![
        ("system".to_owned(), false),
        ("accuracy@1 [95%]".to_owned(), true),
        ("recall@10".to_owned(), true),
        ("@50".to_owned(), true),
        ("unnamed".to_owned(), true),
        ("ECE".to_owned(), true),
    ];
    let results = report.results.iter().filter(|result| result.dataset == dataset);
    let is_several = results.clone().any(|result| result.right_ontology.is_some());
    if is_several {
        columns.insert(2, ("right ontology".to_owned(), true));
    }
    if let Some(first) = comparisons.first() {
        columns.extend([(format!("beside {}", first.first), true), ("Holm p".to_owned(), true)]);
    }
    let mut table = Table::new(columns);
    table.rows.extend(results.map(|result| {
        let unique = &result.unique;
        let mut row = vec![
            result.system.clone(),
            hundredths_within(unique.accuracy, unique.interval),
            hundredths(recall_at(&unique.recall, 10)),
            hundredths(recall_at(&unique.recall, 50)),
            or_nothing((result.unnamed.cases > 0).then_some(result.unnamed.accuracy), hundredths),
            or_nothing(result.calibration.as_ref().map(|calibration| calibration.error), decimal),
        ];
        if is_several {
            row.insert(2, or_nothing(result.right_ontology, hundredths));
        }
        if !comparisons.is_empty() {
            let beside = comparisons.iter().find(|comparison| comparison.second == result.system);
            row.push(or_nothing(beside, |comparison| points_within(comparison.difference, comparison.interval)));
            row.push(or_nothing(beside, |comparison| probability(comparison.p_corrected)));
        }
        row
    }));
    table
}

/// Accuracy by how often the concept occurs: for each dataset where that is known its name and a table of a row for each
/// power of ten, with a column for each of the few systems that the figures show too.
pub fn popularity(report: &Report) -> Vec<(String, Table)> {
    let mut tables = Vec::new();
    for dataset in &report.datasets {
        let systems = figures::shown(report, &dataset.name, |result| {
            result.strata.iter().any(|stratum| stratum.by == StratumKind::Popularity)
        });
        let Some((_, first)) = systems.first() else { continue };
        let names = systems.iter().map(|(_, result)| (result.system.as_str(), true));
        let mut table = Table::new([("occurrences", false), ("cases", true)].into_iter().chain(names));
        for part in first.strata.iter().filter(|stratum| stratum.by == StratumKind::Popularity) {
            let mut row = vec![part.of.clone(), count(part.cases)];
            row.extend(systems.iter().map(|(_, result)| {
                let same = result.strata.iter().find(|stratum| stratum.by == part.by && stratum.of == part.of);
                or_nothing(same.map(|stratum| stratum.accuracy), hundredths)
            }));
            table.rows.push(row);
        }
        tables.push((dataset.name.clone(), table));
    }
    tables
}

/// A difference of shares in points, as `+13.7`.
pub fn points(difference: f64) -> String {
    words::points(difference)
}

/// How the second report's systems stand to the first's.
pub fn comparisons(comparisons: &[Comparison]) -> Table {
    let mut table = Table::new([
        ("dataset", false),
        ("system", false),
        ("difference [95%]", true),
        ("only first", true),
        ("only second", true),
        ("Holm p", true),
        ("the second is", false),
    ]);
    table.rows.extend(comparisons.iter().map(|comparison| {
        let Comparison { dataset, first, second, mcnemar, .. } = comparison;
        vec![
            dataset.clone(),
            if first == second { second.clone() } else { format!("{first} → {second}") },
            points_within(comparison.difference, comparison.interval),
            count(mcnemar.only_first),
            count(mcnemar.only_second),
            probability(comparison.p_corrected),
            words::standing(comparison.direction()).to_owned(),
        ]
    }));
    table
}

/// Recall at one of [`CUTOFFS`].
pub(super) fn recall_at(recall: &[f64; CUTOFFS.len()], cutoff: usize) -> f64 {
    CUTOFFS.iter().position(|&at| at == cutoff).map_or(f64::NAN, |position| recall[position])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::report::fixture;

    #[test]
    fn a_terminal_is_shown_every_dataset_and_system_beside_the_one_that_all_are_compared_with() {
        let tables = super::tables(&fixture::report());
        assert_eq!(tables.iter().map(|(_, table)| table.rows.len()).sum::<usize>(), 5);
        let row = &tables[0].1.rows[1];
        assert_eq!(row[..5], ["m, 5 offered", "80.0 [49.0, 94.3]", "90.0", "90.0", "60.0"]);
        assert_eq!((row.len(), tables[0].1.columns.len()), (8, 8));
        assert!(tables[0].1.columns[6].heading.starts_with("beside "));
    }

    #[test]
    fn the_popularity_curve_has_a_row_for_each_power_of_ten() {
        let tables = popularity(&fixture::report());
        assert_eq!(tables.len(), 1, "only one dataset knows how often its concepts occur");
        let (dataset, table) = &tables[0];
        assert_eq!(dataset, "diseases");
        let headings: Vec<_> = table.columns.iter().map(|column| column.heading.as_str()).collect();
        assert_eq!(headings, ["occurrences", "cases", "m alone", "m, 5 offered", "ranked"]);
        assert_eq!(table.rows, [["0", "4", "0.0", "75.0", "50.0"], ["1-9", "6", "33.3", "83.3", "83.3"]]);
    }
}

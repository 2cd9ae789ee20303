//! The tables of the report's files.

use super::text::{Table, recall_at};
use super::words::{
    self, NOTHING, count, decimal, dollars, hash, milliseconds, or_nothing, percent, percent_within, points_within,
    probability,
};
use super::{Comparison, Outcome, Report, StratumKind};
use crate::evaluate::judge::Verdict;

/// The results of one dataset, or of all.
pub(super) fn results<'a>(report: &'a Report, dataset: Option<&'a str>) -> impl Iterator<Item = &'a Outcome> + Clone {
    report.results.iter().filter(move |result| dataset.is_none_or(|name| name == result.dataset))
}

/// The indexes that were asked.
pub(super) fn indexes(report: &Report) -> Table {
    let mut table = Table::new([
        ("index", false),
        ("release", false),
        ("concepts", true),
        ("names", true),
        ("encoder", false),
        ("BLAKE3", false),
    ]);
    table.rows.extend(report.indexes.iter().map(|index| {
        vec![
            index.name.clone(),
            or_nothing(index.version.clone(), |version| version),
            count(index.concepts),
            count(index.names),
            index.encoder.clone(),
            hash(&index.blake3),
        ]
    }));
    table
}

/// The cases.
pub(super) fn datasets(report: &Report) -> Table {
    let mut table = Table::new([
        ("dataset", false),
        ("index", false),
        ("occurrences", true),
        ("distinct", true),
        ("without a concept", true),
        ("equal to a name", true),
        ("unresolved", true),
        ("file", false),
        ("BLAKE3", false),
    ]);
    table.rows.extend(report.datasets.iter().map(|dataset| {
        vec![
            dataset.name.clone(),
            dataset.index.clone(),
            count(dataset.occurrences),
            count(dataset.cases),
            count(dataset.no_match_cases),
            count(dataset.named_cases),
            count(dataset.unresolved.len()),
            dataset.place.clone(),
            hash(&dataset.blake3),
        ]
    }));
    table
}

/// Who answered.
pub(super) fn systems(report: &Report) -> Table {
    let mut table = Table::new([
        ("system", false),
        ("what it is", false),
        ("model", false),
        ("service", false),
        ("offered", true),
        ("saw the sentence", false),
        ("prompt", false),
    ]);
    table.rows.extend(report.systems.iter().map(|system| {
        vec![
            system.name.clone(),
            words::kind(system.kind).to_owned(),
            or_nothing(system.model.clone(), |model| model),
            or_nothing(system.url.clone(), |url| url),
            or_nothing(system.offered, count),
            if system.has_context { "yes" } else { "no" }.to_owned(),
            or_nothing(system.prompt_hash.as_deref(), hash),
        ]
    }));
    table
}

/// How right the answers are.
pub(super) fn scores(report: &Report, dataset: Option<&str>) -> Table {
    let columns = [
        ("cases", true),
        ("accuracy@1 [95%]", true),
        ("recall@5", true),
        ("recall@10", true),
        ("recall@20", true),
        ("recall@50", true),
        ("MRR", true),
        ("accuracy, unnamed", true),
        ("accuracy, occurrences", true),
        ("ECE", true),
        ("AURC", true),
        ("p50 ms", true),
        ("p95 ms", true),
        ("$ / 1,000 right", true),
    ];
    rows(report, dataset, &columns, |result| {
        let unique = &result.unique;
        Some(vec![
            count(unique.cases),
            percent_within(unique.accuracy, unique.interval),
            percent(recall_at(&unique.recall, 5)),
            percent(recall_at(&unique.recall, 10)),
            percent(recall_at(&unique.recall, 20)),
            percent(recall_at(&unique.recall, 50)),
            decimal(unique.mean_reciprocal_rank),
            or_nothing((result.unnamed.cases > 0).then_some(result.unnamed.accuracy), percent),
            percent(result.occurrences.accuracy),
            or_nothing(result.calibration.as_ref().map(|calibration| calibration.error), decimal),
            or_nothing(result.risk.as_ref().map(|risk| risk.area), decimal),
            or_nothing(result.latency.map(|latency| latency.p50), milliseconds),
            or_nothing(result.latency.map(|latency| latency.p95), milliseconds),
            or_nothing(result.usage.and_then(|usage| usage.dollars_per_1000_right), dollars),
        ])
    })
}

/// How long answers took and what was asked, of systems where that is known.
pub(super) fn costs(report: &Report, dataset: Option<&str>) -> Table {
    let columns = [
        ("p50 ms", true),
        ("p95 ms", true),
        ("p99 ms", true),
        ("at once", true),
        ("calls", true),
        ("replayed", true),
        ("tokens sent", true),
        ("tokens answered", true),
        ("cost", true),
        ("$ / 1,000 right", true),
    ];
    rows(report, dataset, &columns, |result| {
        let (latency, usage) = (result.latency, result.usage);
        if latency.is_none() && usage.is_none() {
            return None;
        }
        let replayed = usage.map(|usage| usage.replayed);
        Some(vec![
            or_nothing(latency.map(|latency| latency.p50), milliseconds),
            or_nothing(latency.map(|latency| latency.p95), milliseconds),
            or_nothing(latency.map(|latency| latency.p99), milliseconds),
            or_nothing(latency.map(|latency| latency.at_once), count),
            or_nothing(usage.map(|usage| usage.calls), count),
            or_nothing(replayed, count),
            or_nothing(usage.map(|usage| usage.prompt_tokens), count),
            or_nothing(usage.map(|usage| usage.answer_tokens), count),
            or_nothing(usage.and_then(|usage| usage.dollars), dollars),
            or_nothing(usage.and_then(|usage| usage.dollars_per_1000_right), dollars),
        ])
    })
}

/// How well systems abstain, where there is something to abstain from or someone did.
pub(super) fn no_match(report: &Report, dataset: Option<&str>) -> Table {
    let columns =
        [("cases", true), ("said", true), ("right", true), ("precision", true), ("recall", true), ("F1", true)];
    rows(report, dataset, &columns, |result| {
        let no_match = &result.no_match;
        (no_match.cases + no_match.said > 0).then(|| {
            vec![
                count(no_match.cases),
                count(no_match.said),
                count(no_match.right),
                or_nothing(no_match.precision, percent),
                or_nothing(no_match.recall, percent),
                or_nothing(no_match.f1, decimal),
            ]
        })
    })
}

/// The verdicts that occur, in the order in which they are shown.
pub(super) fn verdicts_of(results: &[&Outcome]) -> Vec<Verdict> {
    let occurs = |verdict: &Verdict| results.iter().any(|result| result.verdicts.get(verdict).is_some_and(|&n| n > 0));
    Verdict::ALL.into_iter().filter(occurs).collect()
}

/// How many answers were right, and wrong in which way.
pub(super) fn verdicts(report: &Report, dataset: Option<&str>) -> Table {
    let results: Vec<_> = results(report, dataset).collect();
    let verdicts = verdicts_of(&results);
    let has_replaced = results.iter().any(|result| result.obsolete_but_replaced > 0);
    let mut columns: Vec<_> = verdicts.iter().map(|&verdict| (words::verdict(verdict), true)).collect();
    if has_replaced {
        columns.push(("obsolete, leads to a right one", true));
    }
    rows(report, dataset, &columns, |result| {
        let mut row: Vec<_> =
            verdicts.iter().map(|verdict| count(result.verdicts.get(verdict).copied().unwrap_or(0))).collect();
        if has_replaced {
            row.push(count(result.obsolete_but_replaced));
        }
        Some(row)
    })
}

/// Accuracy on parts of a dataset's cases; `None` where they were not parted so.
pub(super) fn strata(report: &Report, dataset: &str, by: StratumKind) -> Option<Table> {
    let mut parts: Vec<(&str, usize)> = Vec::new();
    for stratum in results(report, Some(dataset)).flat_map(|result| &result.strata).filter(|part| part.by == by) {
        if !parts.iter().any(|(of, _)| *of == stratum.of) {
            parts.push((&stratum.of, stratum.cases));
        }
    }
    if parts.is_empty() {
        return None;
    }
    let headings: Vec<String> = parts.iter().map(|(of, cases)| format!("{of} ({})", count(cases))).collect();
    let columns: Vec<_> = headings.iter().map(|heading| (heading.as_str(), true)).collect();
    Some(rows(report, Some(dataset), &columns, |result| {
        let part = |of: &str| result.strata.iter().find(|part| part.by == by && part.of == of);
        let row = parts
            .iter()
            .map(|(of, _)| or_nothing(part(of), |part| percent_within(part.accuracy, part.interval)))
            .collect::<Vec<_>>();
        row.iter().any(|cell| cell != NOTHING).then_some(row)
    }))
}

/// Differences of two systems on the same cases.
pub(super) fn comparisons(comparisons: &[Comparison], dataset: Option<&str>) -> Table {
    let columns = [
        ("dataset", false),
        ("first", false),
        ("second", false),
        ("the second is", false),
        ("difference, points [95%]", true),
        ("only first right", true),
        ("only second right", true),
        ("McNemar p", true),
        ("Holm p", true),
    ];
    let left_out = usize::from(dataset.is_some());
    let mut table = Table::new(columns.into_iter().skip(left_out));
    let of = comparisons.iter().filter(|comparison| dataset.is_none_or(|name| name == comparison.dataset));
    table.rows.extend(of.map(|comparison| {
        let row = [
            comparison.dataset.clone(),
            comparison.first.clone(),
            comparison.second.clone(),
            words::standing(comparison.direction()).to_owned(),
            points_within(comparison.difference, comparison.interval),
            count(comparison.mcnemar.only_first),
            count(comparison.mcnemar.only_second),
            probability(comparison.mcnemar.p),
            probability(comparison.p_corrected),
        ];
        row.into_iter().skip(left_out).collect()
    }));
    table
}

/// A row for each system of a dataset, or for each dataset and system.
fn rows(
    report: &Report,
    dataset: Option<&str>,
    columns: &[(&str, bool)],
    row: impl Fn(&Outcome) -> Option<Vec<String>>,
) -> Table {
    let names = [("dataset", false), ("system", false)];
    let left_out = usize::from(dataset.is_some());
    let mut table = Table::new(names.into_iter().skip(left_out).chain(columns.iter().copied()));
    for result in results(report, dataset) {
        if let Some(row) = row(result) {
            let names = [result.dataset.clone(), result.system.clone()];
            table.rows.push(names.into_iter().skip(left_out).chain(row).collect());
        }
    }
    table
}

//! What terminologies' answers say, for people: lines, and tables as plain data.

use super::{Part, Predictors, Share, SplitBins, Terminology};
use crate::evaluate::report::text::Table;
use crate::evaluate::report::words::{
    count, decimal, hundredths_within, or_nothing, percent_within, points_within, probability, signed, signed_within,
};

/// How many of the terms each model had right.
pub fn headline(all: &Part) -> String {
    let told = |share: Share| {
        let within = percent_within(share.accuracy, share.interval);
        format!("{} of {} right, {within}", count(share.right), count(share.terms))
    };
    let tuned = all.tuned.map(|tuned| format!("; fine-tuned {}", told(tuned)));
    format!("{}{}", told(all.base), tuned.unwrap_or_default())
}

/// Accuracy by split and by how often the identifier occurs, and what fine-tuning gained; with `has_bins` also by parts of
/// equal size, of all terms and of each split.
pub fn accuracy(terminology: &Terminology, has_bins: bool) -> Vec<Table> {
    let mut tables: Vec<Table> = parts("terms", &terminology.splits).into_iter().collect();
    tables.extend(gains(terminology));
    tables.extend(parts("identifier occurs", &terminology.popularity));
    if has_bins {
        tables.extend(parts("all, most popular first", &terminology.popularity_bins));
        let of_split = |part: &SplitBins| parts(&format!("{}, most popular first", part.split.as_str()), &part.bins);
        tables.extend(terminology.split_bins.iter().filter_map(of_split));
    }
    tables
}

fn parts(heading: &str, parts: &[Part]) -> Option<Table> {
    let has_tuned = parts.iter().any(|part| part.tuned.is_some());
    let mut columns = vec![(heading, false), ("terms", true), ("accuracy@1 [95%]", true)];
    columns.extend(has_tuned.then_some(("fine-tuned [95%]", true)));
    let mut table = Table::new(columns);
    table.rows.extend(parts.iter().map(|part| {
        let within = |share: Share| hundredths_within(share.accuracy, share.interval);
        let mut row = vec![part.of.clone(), count(part.base.terms), within(part.base)];
        row.extend(has_tuned.then(|| or_nothing(part.tuned, within)));
        row
    }));
    (!parts.is_empty()).then_some(table)
}

fn gains(terminology: &Terminology) -> Option<Table> {
    let changes = [
        ("memorization (trained terms)", terminology.memorization),
        ("generalization (withheld terms)", terminology.generalization),
        ("the first less the second", terminology.memorization_only),
    ];
    let mut table = Table::new([("fine-tuning gains", false), ("points [95%]", true)]);
    table.rows.extend(changes.into_iter().filter_map(|(what, change)| {
        change.map(|change| vec![what.to_owned(), points_within(change.gain, change.interval)])
    }));
    (!table.rows.is_empty()).then_some(table)
}

/// What the odds of a right answer depend on, with the odds where every predictor is 0.
pub fn coefficients(predictors: &Predictors) -> Option<Table> {
    let regression = predictors.regression.as_ref()?;
    let mut table = Table::new([
        ("log odds of a right answer by", false),
        ("coefficient [95%]", true),
        ("by deviation", true),
        ("p", true),
    ]);
    table.rows.extend(std::iter::once(&regression.intercept).chain(&regression.coefficients).map(|coefficient| {
        vec![
            coefficient.name.clone(),
            signed_within(coefficient.estimate, coefficient.interval),
            or_nothing(coefficient.by_deviation, signed),
            probability(coefficient.p),
        ]
    }));
    Some(table)
}

/// How well each predictor tells right from wrong answers, and what was left out.
pub fn notes(predictors: &Predictors) -> Vec<String> {
    let aucs = [
        ("popularity", predictors.popularity_auc),
        ("lexicalization", predictors.lexicalization_auc),
        ("nearness of vectors", predictors.similarity_auc),
        ("the regression", predictors.regression.as_ref().map(|regression| regression.auc)),
    ];
    let aucs: Vec<String> =
        aucs.into_iter().filter_map(|(name, auc)| Some(format!("{name} {}", decimal(auc?)))).collect();
    let aucs = (!aucs.is_empty()).then(|| format!("area under the ROC curve: {}", aucs.join(", ")));
    aucs.into_iter().chain(predictors.notes.iter().cloned()).collect()
}

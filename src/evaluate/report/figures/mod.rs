//! The figures of the page: inline SVG.
//!
//! They are drawn with plotters, which knows fixed colours only: the colours it is given stand for classes that the
//! page's style sheet colours, dashes and inks, so that figures read in light, in dark and in grey.

mod bars;
mod drawing;
mod lines;
mod series;

use serde::Serialize;

use super::{Outcome, Report, SystemKind};
use bars::Bars;

/// The lines that a figure shows at most.
pub(super) const MOST_LINES: usize = 8;

/// A figure with its legend and what is said of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figure {
    /// What it shows.
    pub(super) title: String,
    /// How to read it.
    pub(super) caption: String,
    /// Its lines or colours.
    pub(super) legend: Vec<Key>,
    /// Whether the legend is of lines, which can be hidden.
    pub(super) is_lines: bool,
    /// The figure itself.
    pub(super) svg: String,
}

/// An entry of a legend.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Key {
    /// Which colour, marker and dash.
    pub(super) slot: usize,
    /// What is drawn so.
    pub(super) name: String,
    /// How it looks.
    pub(super) svg: String,
}

/// The figures of a dataset; those that have nothing to show are left out.
pub(super) fn of_dataset(report: &Report, dataset: &str) -> Vec<Figure> {
    let lines = [
        series::popularity(report, dataset),
        series::popularity_bins(report, dataset),
        series::offered(report, dataset),
        series::risk(report, dataset),
        series::reliability(report, dataset),
    ];
    lines.into_iter().flatten().chain(Bars::of(report, dataset).map(|bars| bars.figure())).collect()
}

/// The systems of a dataset that a figure shows, of those it `can` show, each with its slot. Where there are too many,
/// the best of each kind come first, then the best of all. A system has the same slot in every figure where it can.
pub(super) fn shown<'a>(
    report: &'a Report,
    dataset: &str,
    can: impl Fn(&Outcome) -> bool,
) -> Vec<(usize, &'a Outcome)> {
    let order = preference(report);
    let place = |name: &str| order.iter().position(|other| *other == name).unwrap_or(usize::MAX);
    let mut able: Vec<_> = report.results.iter().filter(|result| result.dataset == dataset && can(result)).collect();
    able.sort_by_key(|result| place(&result.system));
    able.truncate(MOST_LINES);
    let mut free: Vec<usize> = (0..MOST_LINES).collect();
    free.retain(|slot| !able.iter().any(|result| place(&result.system) == *slot));
    let mut free = free.into_iter();
    let mut shown: Vec<_> = able
        .into_iter()
        .filter_map(|result| {
            let home = place(&result.system);
            Some((if home < MOST_LINES { home } else { free.next()? }, result))
        })
        .collect();
    // As in the tables.
    shown.sort_by_key(|(_, result)| report.systems.iter().position(|system| system.name == result.system));
    shown
}

/// All systems: the best of each kind, then the others, the best first.
fn preference(report: &Report) -> Vec<&str> {
    let mean = |name: &str| {
        let of: Vec<_> = report.results.iter().filter(|result| result.system == name).collect();
        of.iter().map(|result| result.unique.accuracy).sum::<f64>() / of.len().max(1) as f64
    };
    let mut systems: Vec<_> = report.systems.iter().map(|system| (mean(&system.name), system)).collect();
    systems.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.name.cmp(&right.1.name)));
    let mut order: Vec<&str> = Vec::new();
    for kind in [SystemKind::Rag, SystemKind::Plain, SystemKind::Retrieval, SystemKind::Recorded] {
        order.extend(systems.iter().find(|(_, system)| system.kind == kind).map(|(_, system)| system.name.as_str()));
    }
    for (_, system) in &systems {
        if !order.contains(&system.name.as_str()) {
            order.push(&system.name);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::metrics::RiskPoint;
    use crate::evaluate::report::{SystemTag, fixture};
    use crate::evaluate::statistics::Interval;

    fn is_sound(figure: &Figure) {
        for bad in ["NaN", "inf", "#0", "#1", "#2", "#3"] {
            assert!(!figure.svg.contains(bad), "{bad} in {}: {}", figure.title, figure.svg);
        }
        assert!(figure.svg.starts_with("<svg ") && figure.svg.contains("<title>") && figure.svg.ends_with("</svg>"));
    }

    #[test]
    fn each_figure_is_drawn_where_there_is_something_to_show() {
        let report = fixture::report();
        let figures = of_dataset(&report, "diseases");
        let titles: Vec<_> = figures.iter().map(|figure| figure.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "Accuracy against popularity",
                "Accuracy against the number of candidates",
                "Risk against coverage",
                "Reliability",
                "Right, and wrong in which way",
            ]
        );
        figures.iter().for_each(is_sound);
        assert_eq!(of_dataset(&report, "limbs").len(), 4, "popularity is not known");
        assert!(of_dataset(&report, "no such dataset").is_empty());
    }

    #[test]
    fn a_figure_of_lines_is_as_it_was() {
        let figures = of_dataset(&fixture::report(), "diseases");
        insta::assert_snapshot!(figures[0].svg);
    }

    #[test]
    fn figures_that_are_no_numbers_and_cases_that_are_none_draw_nothing_odd() {
        let mut report = fixture::report();
        for result in &mut report.results {
            result.verdicts.clear();
            for stratum in &mut result.strata {
                (stratum.accuracy, stratum.cases) = (f64::NAN, 0);
                stratum.interval = Interval { low: f64::NAN, high: f64::INFINITY };
            }
            let risk = result.risk.as_mut().unwrap();
            risk.points = vec![RiskPoint { confidence: f64::NAN, coverage: f64::NAN, risk: f64::INFINITY }];
            result.calibration.as_mut().unwrap().bins.clear();
            result.unique.accuracy = f64::NAN;
            result.unique.recall = [f64::NAN; 5];
        }
        assert!(of_dataset(&report, "diseases").is_empty());
        report.results[1].unique.accuracy = 0.5;
        let figures = of_dataset(&report, "diseases");
        assert_eq!(figures.len(), 1, "one point is a figure");
        figures.iter().for_each(is_sound);
    }

    #[test]
    fn values_that_are_all_the_same_make_a_level_line() {
        let mut report = fixture::report();
        for result in &mut report.results {
            for point in &mut result.risk.as_mut().unwrap().points {
                (point.coverage, point.risk) = (1.0, 0.0);
            }
            for stratum in &mut result.strata {
                (stratum.accuracy, stratum.interval) = (1.0, Interval { low: 1.0, high: 1.0 });
            }
        }
        let figures = of_dataset(&report, "diseases");
        assert_eq!(figures.len(), 5);
        figures.iter().for_each(is_sound);
    }

    #[test]
    fn of_many_systems_the_best_of_each_kind_and_the_best_of_all_are_shown() {
        let mut report = fixture::report();
        for number in 0..40 {
            let name = format!("system {number:02}");
            report.systems.push(SystemTag { name: name.clone(), ..report.systems[1].clone() });
            let mut result = report.results[1].clone();
            result.unique.accuracy = 0.5 + f64::from(number) / 100.0;
            report.results.push(Outcome { system: name, ..result });
        }
        let names = |can: fn(&Outcome) -> bool| {
            let shown = shown(&report, "diseases", can);
            shown.into_iter().map(|(slot, result)| (slot, result.system.as_str())).collect::<Vec<_>>()
        };
        let all = names(|_| true);
        assert_eq!(all.len(), MOST_LINES);
        assert_eq!(&all[..2], [(1, "m alone"), (2, "ranked")]);
        assert!(all.contains(&(0, "system 39")));
        let some = names(|result| result.system != "system 39" && result.system != "m alone");
        assert_eq!(some[0], (2, "ranked"), "who stays keeps its slot");
        let mut slots: Vec<_> = some.iter().map(|(slot, _)| *slot).collect();
        slots.sort_unstable();
        assert_eq!(slots, [0, 1, 2, 3, 4, 5, 6, 7], "and the others take what is free");
    }

    #[test]
    fn names_in_a_figure_are_no_markup() {
        let mut report = fixture::report();
        report.results[0].system = "</text><script>alert(1)</script>\" fill=\"#100001".into();
        for figure in of_dataset(&report, "diseases") {
            assert!(!figure.svg.contains("<script"), "{}", figure.svg);
        }
    }
}

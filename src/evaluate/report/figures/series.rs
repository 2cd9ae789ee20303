//! What the figures of lines show.

use super::drawing::line_sample;
use super::lines::{Axis, Line, Lines, Point};
use super::{Figure, Key, MOST_LINES, shown};
use crate::evaluate::metrics::CUTOFFS;
use crate::evaluate::report::words::beginning;
use crate::evaluate::report::{Outcome, Report, StratumKind, SystemKind, SystemTag, tables};

/// Points of a risk-coverage curve.
const RISK_POINTS: usize = 160;
/// Characters of a part's name.
const NAME_CHARACTERS: usize = 16;
/// How far lines of the same place stand apart, all together.
const APART: f64 = 0.3;

/// Accuracy by powers of ten of how often the concept occurs.
pub(super) fn popularity(report: &Report, dataset: &str) -> Option<Figure> {
    strata(report, dataset, StratumKind::Popularity, "Accuracy against popularity", "how often the concept occurs")
}

/// Accuracy by parts of equal size, as the paper has it.
pub(super) fn popularity_bins(report: &Report, dataset: &str) -> Option<Figure> {
    strata(
        report,
        dataset,
        StratumKind::PopularityBin,
        "Accuracy against popularity, parts of equal size",
        "how often the concept occurs, the most popular first",
    )
}

fn strata(
    report: &Report,
    dataset: &str,
    by: StratumKind,
    title: &'static str,
    across: &'static str,
) -> Option<Figure> {
    let mut parts: Vec<&str> = Vec::new();
    for part in tables::results(report, Some(dataset)).flat_map(|result| &result.strata) {
        if part.by == by && !parts.contains(&part.of.as_str()) {
            parts.push(&part.of);
        }
    }
    let points = |result: &Outcome| -> Vec<Point> {
        let of = result.strata.iter().filter(|part| part.by == by && part.cases > 0);
        let place = |of: &str| parts.iter().position(|part| *part == of).unwrap_or(0) as f64;
        let point = of.map(|part| Point { x: place(&part.of), y: part.accuracy, interval: Some(part.interval) });
        point.filter(Point::is_finite).collect()
    };
    let (mut lines, note) = named(report, dataset, points);
    let count = lines.len();
    for (number, (_, line)) in lines.iter_mut().enumerate() {
        for point in &mut line.points {
            point.x += APART * ((number as f64 + 0.5) / count as f64 - 0.5);
        }
    }
    let names: Vec<String> = parts.iter().map(|part| beginning(&shortened(part), NAME_CHARACTERS)).collect();
    let caption = "Distinct cases, with Wilson's 95% interval.";
    let axes = (Axis::names(across, &names), Axis::share("accuracy", 1.0));
    Plot { title, caption, note, lines, axes, has_diagonal: false }.figure()
}

/// Accuracy of models by how many candidates they chose among, and alone.
pub(super) fn offered(report: &Report, dataset: &str) -> Option<Figure> {
    let tag = |name: &str| report.systems.iter().find(|system| system.name == name);
    let of: Vec<(&SystemTag, &Outcome)> = tables::results(report, Some(dataset))
        .filter(|result| result.unique.cases > 0 && result.unique.accuracy.is_finite())
        .filter_map(|result| Some((tag(&result.system)?, result)))
        .collect();
    let is_rag = |system: &SystemTag| system.kind == SystemKind::Rag && system.offered.is_some();
    let mut ks: Vec<usize> = of.iter().filter(|(system, _)| is_rag(system)).filter_map(|(it, _)| it.offered).collect();
    ks.sort_unstable();
    ks.dedup();
    if ks.is_empty() {
        return None;
    }
    let place = |k: usize| ks.iter().position(|other| *other == k).map(|at| at as f64 + 1.0);
    let mut lines: Vec<(String, Line)> = Vec::new();
    let mut keys: Vec<(Option<&str>, Option<&str>, bool)> = Vec::new();
    for (system, _) in of.iter().filter(|(system, _)| is_rag(system)) {
        let key = (system.model.as_deref(), system.url.as_deref(), system.has_context);
        if keys.contains(&key) {
            continue;
        }
        keys.push(key);
        let same = |other: &SystemTag| key == (other.model.as_deref(), other.url.as_deref(), other.has_context);
        let mut points: Vec<Point> = of
            .iter()
            .filter(|(other, _)| same(other))
            .filter_map(|(other, result)| {
                let x = match other.kind {
                    SystemKind::Plain => 0.0,
                    SystemKind::Rag => place(other.offered?)?,
                    SystemKind::Retrieval | SystemKind::Recorded => return None,
                };
                Some(Point { x, y: result.unique.accuracy, interval: Some(result.unique.interval) })
            })
            .filter(Point::is_finite)
            .collect();
        // Of several in one place, such as two prompts, the best.
        points.sort_by(|left, right| left.x.total_cmp(&right.x).then_with(|| right.y.total_cmp(&left.y)));
        points.dedup_by_key(|point| point.x.to_bits());
        let model = system.model.as_deref().unwrap_or("model");
        let name = format!("{model}, {} the sentence", if system.has_context { "with" } else { "without" });
        lines.push((name, Line { slot: lines.len(), points }));
    }
    let models = lines.len();
    lines.truncate(MOST_LINES - 1);
    // What choosing can reach at most: a gold concept among the first k.
    let retrieval = of.iter().filter(|(system, _)| system.kind == SystemKind::Retrieval);
    let best = retrieval.max_by(|left, right| {
        left.1.unique.accuracy.total_cmp(&right.1.unique.accuracy).then_with(|| right.0.name.cmp(&left.0.name))
    });
    if let Some((system, result)) = best {
        let at = CUTOFFS.iter().zip(result.unique.recall);
        let points = at.filter_map(|(&k, recall)| Some(Point::new(place(k)?, recall))).filter(Point::is_finite);
        let line = Line { slot: lines.len(), points: points.collect() };
        lines.push((format!("what {} has among its first k", system.name), line));
    }
    let names: Vec<String> = std::iter::once("alone".to_owned()).chain(ks.iter().map(usize::to_string)).collect();
    let note = (models >= MOST_LINES).then(|| format!(" The first {} of {models} are shown.", MOST_LINES - 1));
    let axes = (Axis::names("candidates offered (k)", &names), Axis::share("accuracy", 1.0));
    Plot {
        title: "Accuracy against the number of candidates",
        caption: "Distinct cases, with Wilson's 95% interval. Alone is the same model without candidates.",
        note,
        lines,
        axes,
        has_diagonal: false,
    }
    .figure()
}

/// What abstaining below each confidence brings.
pub(super) fn risk(report: &Report, dataset: &str) -> Option<Figure> {
    let points = |result: &Outcome| -> Vec<Point> {
        let all: Vec<_> = result.risk.iter().flat_map(|risk| &risk.points).collect();
        let points = all.iter().map(|point| Point::new(point.coverage, point.risk)).filter(Point::is_finite);
        thinned(&points.collect::<Vec<_>>(), RISK_POINTS)
    };
    let (lines, note) = named(report, dataset, points);
    let highest = lines.iter().flat_map(|(_, line)| &line.points).map(|point| point.y).fold(0.0, f64::max);
    let high = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8].into_iter().find(|high| highest <= *high).unwrap_or(1.0);
    let caption = "Distinct cases are answered from some confidence on, the surest first: how many are answered, and how \
                   many of these answers are wrong. Lower is better.";
    let axes = (Axis::share("coverage (answered)", 1.0), Axis::share("risk (wrong of these)", high));
    Plot { title: "Risk against coverage", caption, note, lines, axes, has_diagonal: false }.figure()
}

/// Whether confidences are true.
pub(super) fn reliability(report: &Report, dataset: &str) -> Option<Figure> {
    let points = |result: &Outcome| -> Vec<Point> {
        let bins = result.calibration.iter().flat_map(|calibration| &calibration.bins);
        bins.map(|bin| Point::new(bin.confidence, bin.accuracy)).filter(Point::is_finite).collect()
    };
    let (lines, note) = named(report, dataset, points);
    let caption = "Ten bins of confidence: how sure the system was, and how often it was right. On the grey diagonal \
                   confidence is true; below it, the system is too sure.";
    let axes = (Axis::share("mean confidence", 1.0), Axis::share("accuracy", 1.0));
    Plot { title: "Reliability", caption, note, lines, axes, has_diagonal: true }.figure()
}

/// A line for each of the systems that are shown, and what is to be said where those are not all.
fn named(
    report: &Report,
    dataset: &str,
    points: impl Fn(&Outcome) -> Vec<Point>,
) -> (Vec<(String, Line)>, Option<String>) {
    let can = |result: &Outcome| !points(result).is_empty();
    let lines: Vec<_> = shown(report, dataset, can)
        .into_iter()
        .map(|(slot, result)| (result.system.clone(), Line { slot, points: points(result) }))
        .collect();
    let all = tables::results(report, Some(dataset)).filter(|result| can(result)).count();
    let note = (all > lines.len()).then(|| {
        let few = lines.len();
        format!(" Of {all} systems {few} are shown: the best of each kind, then the best of the others.")
    });
    (lines, note)
}

/// What a figure shows, and how.
struct Plot {
    title: &'static str,
    caption: &'static str,
    note: Option<String>,
    lines: Vec<(String, Line)>,
    axes: (Axis, Axis),
    has_diagonal: bool,
}

impl Plot {
    /// The figure; `None` where there is nothing to show.
    fn figure(self) -> Option<Figure> {
        let Self { title, caption, note, mut lines, axes: (x, y), has_diagonal } = self;
        lines.retain(|(_, line)| !line.points.is_empty());
        if lines.is_empty() {
            return None;
        }
        let legend = lines
            .iter()
            .map(|(name, line)| Key { slot: line.slot, name: name.clone(), svg: line_sample(line.slot) })
            .collect();
        let drawn = lines.into_iter().map(|(_, line)| line).collect();
        Some(Figure {
            title: title.to_owned(),
            caption: format!("{caption}{}", note.unwrap_or_default()),
            legend,
            is_lines: true,
            svg: Lines { title: title.to_owned(), x, y, drawn, has_diagonal }.svg(),
        })
    }
}

/// At most `most` of the points, evenly chosen, the first and the last among them.
fn thinned(points: &[Point], most: usize) -> Vec<Point> {
    if points.len() <= most {
        return points.to_vec();
    }
    (0..most).map(|number| points[number * (points.len() - 1) / (most - 1)]).collect()
}

/// A part's name with thousands as `k` and millions as `M`, so that it fits below an axis.
fn shortened(name: &str) -> String {
    let tenths = |number: f64| format!("{number:.1}").trim_end_matches(".0").to_owned();
    let short = |digits: &str| match digits.parse::<u64>() {
        Ok(number) if number >= 999_950 => tenths(number as f64 / 1e6) + "M",
        Ok(number) if number >= 1000 => tenths(number as f64 / 1e3) + "k",
        _ => digits.to_owned(),
    };
    let mut out = String::new();
    let mut digits = String::new();
    for character in name.chars().chain(std::iter::once('\0')) {
        if character.is_ascii_digit() {
            digits.push(character);
        } else {
            out.push_str(&short(&std::mem::take(&mut digits)));
            if character != '\0' {
                out.push(character);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts_are_shortened() {
        let names = ["0", "1-9", "1000-9999", "100000-999999", "1125-1187", ">=1000000", "Long words"];
        assert_eq!(names.map(shortened), ["0", "1-9", "1k-10k", "100k-1M", "1.1k-1.2k", ">=1M", "Long words"]);
    }

    #[test]
    fn thinning_keeps_both_ends() {
        let points: Vec<_> = (0..1000).map(|x| Point::new(f64::from(x), 0.0)).collect();
        let few = thinned(&points, 10);
        assert_eq!((few.len(), few[0].x, few[9].x), (10, 0.0, 999.0));
        assert_eq!(thinned(&points[..3], 10).len(), 3);
    }
}

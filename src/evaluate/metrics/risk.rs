//! What abstaining below each confidence brings.

use serde::{Deserialize, Serialize};

use super::Assured;
use crate::evaluate::judge::Judged;

/// How many points are kept to draw a curve from.
const MOST_POINTS: usize = 200;

/// What abstaining below each confidence brings.
///
/// Only identifiers with a confidence are ever answered in this sense; no match, no answer and an answer without a
/// confidence are abstained from at any threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Risk {
    /// From the strictest threshold to none. Answers of the same confidence are one point; of more than 200 points, 200 at
    /// even distances are kept, the first and the last among them.
    pub points: Vec<RiskPoint>,
    /// Area under the risk-coverage curve, from 0 (best) to 1: the mean, over the answers, of the risk of answering from
    /// their confidence on (Geifman & El-Yaniv 2017). It is of the coverage that is reached, so that systems that reach
    /// another are not compared by it alone. Computed from all points.
    pub area: f64,
}

/// Answering only from some confidence on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskPoint {
    /// The least confidence that is answered.
    pub confidence: f64,
    /// The share of all cases that are answered.
    pub coverage: f64,
    /// The share of wrong answers among these.
    pub risk: f64,
}

impl Risk {
    /// Of these cases; `None` where no answer has a confidence.
    pub fn of<'a>(judged: impl IntoIterator<Item = &'a Judged>) -> Option<Self> {
        let mut cases = 0_usize;
        let mut answers: Vec<Assured> = judged.into_iter().inspect(|_| cases += 1).filter_map(Assured::of).collect();
        answers.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let (mut points, mut answered, mut wrong, mut risks) = (Vec::new(), 0, 0, 0.0);
        for tie in answers.chunk_by(|a, b| a.confidence.total_cmp(&b.confidence).is_eq()) {
            answered += tie.len();
            wrong += tie.iter().filter(|answer| !answer.is_right).count();
            let risk = wrong as f64 / answered as f64;
            risks += risk * tie.len() as f64;
            let coverage = answered as f64 / cases as f64;
            points.push(RiskPoint { confidence: f64::from(tie[0].confidence), coverage, risk });
        }
        (answered > 0).then(|| Self { points: thinned(points), area: risks / answered as f64 })
    }
}

fn thinned(points: Vec<RiskPoint>) -> Vec<RiskPoint> {
    if points.len() <= MOST_POINTS {
        return points;
    }
    (0..MOST_POINTS).map(|at| points[at * (points.len() - 1) / (MOST_POINTS - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, no_match, ranked, sure};
    use super::*;

    #[test]
    fn answers_of_one_confidence_are_one_step() {
        let judged = [sure(0.5, false), sure(0.75, false), sure(1.0, true), sure(0.75, true)];
        let risk = Risk::of(&judged).unwrap();
        let points: Vec<_> = risk.points.iter().map(|point| (point.confidence, point.coverage, point.risk)).collect();
        assert_eq!(points, [(1.0, 0.25, 0.0), (0.75, 0.75, 1.0 / 3.0), (0.5, 1.0, 0.5)]);
        // By answer: 0, 1/3, 1/3, 1/2.
        assert_close(risk.area, (2.0 / 3.0 + 0.5) / 4.0);
    }

    #[test]
    fn what_has_no_confidence_or_no_identifier_is_never_covered() {
        let sure_of_no_match = Judged { confidence: Some(0.9), ..no_match(false) };
        let no_probability = [sure(f32::NAN, true), sure(1.5, true)];
        let judged = [sure(0.5, true), sure(0.25, false), ranked(Some(1)), no_match(true), sure_of_no_match];
        let risk = Risk::of(judged.iter().chain(&no_probability)).unwrap();
        let points: Vec<_> = risk.points.iter().map(|point| (point.coverage, point.risk)).collect();
        assert_eq!(points, [(1.0 / 7.0, 0.0), (2.0 / 7.0, 0.5)]);
        assert_close(risk.area, 0.25);
        assert_eq!(Risk::of(&[ranked(Some(1)), sure_of_no_match]), None);
        assert_eq!(Risk::of(&[]), None);
    }

    #[test]
    fn the_order_of_cases_does_not_matter() {
        let mut judged = [sure(0.5, false), sure(0.75, false), sure(1.0, true), sure(0.75, true)];
        let risk = Risk::of(&judged);
        judged.reverse();
        assert_eq!(Risk::of(&judged), risk);
    }

    #[test]
    fn many_points_are_thinned_and_the_area_is_of_all() {
        // The surest half is right, the other wrong.
        let judged: Vec<_> = (0..1000_u16).map(|n| sure(1.0 - f32::from(n) / 1000.0, n < 500)).collect();
        let risk = Risk::of(&judged).unwrap();
        assert_eq!((risk.points.len(), risk.points[0].coverage), (MOST_POINTS, 0.001));
        assert_eq!(risk.points.last().map(|point| (point.coverage, point.risk)), Some((1.0, 0.5)));
        assert!(risk.points.is_sorted_by(|a, b| a.confidence > b.confidence));
        let area: f64 = (501..=1000).map(|answered| f64::from(answered - 500) / f64::from(answered)).sum();
        assert_close(risk.area, area / 1000.0);
    }
}

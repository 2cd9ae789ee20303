//! The figures of `evaluate` against those of other libraries (`metrics/check.py`: `ir_measures`, scipy, statsmodels), on
//! made-up answers. Says so and passes unless `TERM2ID_MEASURES_PYTHON` names an interpreter that has these.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use term2id::evaluate::dataset::Case;
use term2id::evaluate::identifiers::Identifiers;
use term2id::evaluate::judge::{Judged, Verdict, judge};
use term2id::evaluate::metrics::{CUTOFFS, Calibration, Risk, Scores};
use term2id::evaluate::statistics::difference::holm;
use term2id::evaluate::statistics::regression::{Coefficient, Regression};
use term2id::evaluate::statistics::{Interval, McNemar, percentile};
use term2id::evaluate::system::{Answer, Said};
use term2id::ontology::{Concept, Curie, Draft, Ontology};
use term2id::retrieve::Mention;

const PYTHON: &str = "TERM2ID_MEASURES_PYTHON";

/// How many concepts there are to rank.
const CONCEPTS: usize = 200;

/// What is measured there and here, next to the rankings.
#[derive(Serialize)]
struct Given {
    cutoffs: [usize; CUTOFFS.len()],
    /// Confidences, and whether the answer is right.
    answers: Vec<(f32, bool)>,
    /// How many of how many.
    shares: Vec<(usize, usize)>,
    values: Vec<f64>,
    /// Cases that only one of two systems has right.
    splits: Vec<(usize, usize)>,
    probabilities: Vec<f64>,
    regression: Vec<([f64; 2], bool)>,
}

impl Given {
    fn new(random: &mut fastrand::Rng) -> Self {
        // With two digits there are ties, and confidences at the border of a bin.
        let answer = |random: &mut fastrand::Rng| {
            let percent = random.u8(..=100);
            (f32::from(percent) / 100.0, random.u8(..100) < percent / 2 + 30)
        };
        let case = |random: &mut fastrand::Rng| {
            let (popularity, share) = (random.f64() * 6.0, random.f64());
            let odds = 0.8 * popularity + 1.5 * share - 3.0;
            ([popularity, share], random.f64() < 1.0 / (1.0 + (-odds).exp()))
        };
        Self {
            cutoffs: CUTOFFS,
            answers: (0..2000).map(|_| answer(random)).collect(),
            shares: vec![(0, 7), (7, 7), (1, 29), (81, 263), (1504, 18_800), (18_799, 18_800)],
            values: (0..137).map(|_| random.f64() * 1000.0).collect(),
            splits: vec![(0, 1), (3, 3), (4, 9), (12, 5), (150, 86), (5400, 5210), (9000, 700)],
            probabilities: (0..20).map(|_| random.f64().powi(3)).collect(),
            regression: (0..800).map(|_| case(random)).collect(),
        }
    }

    fn measured(&self) -> Value {
        let judged = |(confidence, is_right): &(f32, bool)| Judged {
            verdict: if *is_right { Verdict::Right } else { Verdict::Unrelated },
            rank: None,
            has_gold: true,
            is_answered: true,
            confidence: Some(*confidence),
        };
        let judged: Vec<Judged> = self.answers.iter().map(judged).collect();
        let fit = Regression::fit(["popularity", "share"], &self.regression).unwrap();
        let coefficient = |found: &Coefficient| {
            json!({
                "estimate": found.estimate, "error": found.error, "z": found.z, "p": found.p,
                "low": found.interval.low, "high": found.interval.high,
            })
        };
        let percentiles = [0.5, 0.95, 0.99].map(|share| percentile(&self.values, share).unwrap());
        let interval = |(right, cases): &(usize, usize)| Interval::wilson(*right, *cases);
        json!({
            "calibration": { "error": Calibration::of(&judged).unwrap().error },
            "risk": { "area": Risk::of(&judged).unwrap().area },
            "intervals": self.shares.iter().map(interval).collect::<Vec<_>>(),
            "percentiles": percentiles,
            "mcnemar": self.splits.iter().map(|(a, b)| McNemar::of_split(*a, *b).p).collect::<Vec<_>>(),
            "holm": holm(&self.probabilities),
            "regression": {
                "coefficients": std::iter::once(&fit.intercept).chain(&fit.coefficients).map(coefficient).collect::<Vec<_>>(),
                "by_deviation": fit.coefficients.iter().map(|found| found.by_deviation.unwrap()).collect::<Vec<_>>(),
                "auc": fit.auc,
            },
        })
    }
}

fn id(number: usize) -> Curie {
    Curie::parse(&format!("LIMB:{number:07}")).unwrap()
}

/// Some different concepts.
fn concepts(random: &mut fastrand::Rng, count: usize) -> Vec<Curie> {
    random.choose_multiple(0..CONCEPTS, count).into_iter().map(id).collect()
}

/// A case, with none to three gold concepts, and an answer, with none to eighty candidates of which some, none or all of
/// these are among.
fn answered(random: &mut fastrand::Rng) -> (Case, Answer) {
    let (gold_count, count) = (random.usize(..=3), if random.u8(..10) == 0 { 0 } else { random.usize(1..=80) });
    let gold = concepts(random, gold_count);
    let mut ranking = concepts(random, count);
    // By chance alone gold concepts would seldom stand first.
    if random.bool() && count > 0 {
        let place = random.usize(..count.min(12));
        let first = gold.first().filter(|id| !ranking.contains(id));
        ranking.splice(place..place, first.cloned());
    }
    let case = Case {
        mention: Mention::new("large hands"),
        ids: gold.iter().map(ToString::to_string).collect(),
        gold,
        line: 1,
        is_first: true,
        ..Case::default()
    };
    let said = ranking.first().map_or(Said::NoMatch, |id| Said::Identifier(id.to_string()));
    (case, Answer { said, ranking, confidence: None, seconds: None })
}

/// Writes the cases that have a gold concept into the files of TREC.
fn write_rankings(folder: &Path, answered: &[(Case, Answer)]) {
    let (mut gold, mut run) = (String::new(), String::new());
    for (number, (case, answer)) in answered.iter().enumerate().filter(|(_, (case, _))| case.has_gold()) {
        for id in &case.gold {
            writeln!(gold, "{number} 0 {id} 1").unwrap();
        }
        for (place, id) in answer.ranking.iter().enumerate() {
            writeln!(run, "{number} Q0 {id} {} {} term2id", place + 1, answer.ranking.len() - place).unwrap();
        }
    }
    fs_err::write(folder.join("qrels.txt"), gold).unwrap();
    fs_err::write(folder.join("run.txt"), run).unwrap();
}

/// Compares every number; what follows from confidences is only as exact as these, which are of single precision.
#[track_caller]
fn assert_agrees(place: &str, ours: &Value, theirs: &Value) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            assert!(ours.keys().eq(theirs.keys()), "{place}: {ours:?} and {theirs:?}");
            ours.iter().for_each(|(key, value)| assert_agrees(&format!("{place}/{key}"), value, &theirs[key]));
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{place}");
            let pairs = ours.iter().zip(theirs).enumerate();
            pairs.for_each(|(at, (ours, theirs))| assert_agrees(&format!("{place}/{at}"), ours, theirs));
        }
        _ => {
            let (ours, theirs) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
            let tolerance = if place.starts_with("/calibration") { 1e-7 } else { 1e-9 };
            assert!((ours - theirs).abs() < tolerance, "{place}: {ours} is not {theirs}");
        }
    }
}

#[test]
fn figures_agree_with_those_of_other_libraries() {
    #[expect(clippy::disallowed_methods, reason = "a test stands where the command line stands")]
    let named = std::env::var(PYTHON).ok().filter(|named| !named.is_empty());
    let Some(python) = named else {
        // Not by `eprintln!`, of which nothing is seen when a test passes.
        let packages = "`pip install ir_measures scipy statsmodels`";
        writeln!(io::stderr(), "skipped: {PYTHON} names no interpreter to compare figures with ({packages})").unwrap();
        return;
    };

    let mut random = fastrand::Rng::with_seed(5);
    let concepts = (0..CONCEPTS).map(|number| (1, Concept::new(id(number)))).collect();
    let ontology = Ontology::assemble(Draft { concepts, ..Draft::default() }, "limb", "limb.obo").unwrap();
    let identifiers = Identifiers::new(Arc::new(ontology));
    let answered: Vec<(Case, Answer)> = (0..500).map(|_| answered(&mut random)).collect();
    let given = Given::new(&mut random);
    let folder = tempfile::tempdir().unwrap();
    write_rankings(folder.path(), &answered);
    fs_err::write(folder.path().join("given.json"), serde_json::to_vec(&given).unwrap()).unwrap();

    let judged: Vec<Judged> = answered.iter().map(|(case, answer)| judge(case, answer, &identifiers)).collect();
    let scores = Scores::of(&judged);
    assert!(scores.with_gold < scores.cases && scores.recall.is_sorted() && scores.recall[0] > 0.0, "{scores:?}");
    let mut ours = given.measured();
    ours["ranking"] = json!({ "recall": scores.recall, "mean_reciprocal_rank": scores.mean_reciprocal_rank });

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/metrics/check.py");
    let output = Command::new(python).arg("-B").arg(script).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_agrees("", &ours, &serde_json::from_slice(&output.stdout).unwrap());
}

//! A small report, made by hand, for tests.

use std::collections::BTreeMap;

use super::*;
use crate::evaluate::dataset::Unresolved;
use crate::evaluate::judge::Verdict;
use crate::evaluate::metrics::{CalibrationBin, RiskPoint};
use crate::evaluate::system::Said;

/// Two datasets and three systems, one of which took part in one only.
pub(in crate::evaluate) fn report() -> Report {
    let index = IndexTag {
        name: "limbs".into(),
        version: Some("2026-01-01".into()),
        blake3: "0123456789abcdef0123456789abcdef".into(),
        encoder: "ngram".into(),
        concepts: 12,
        names: 1234,
    };
    let system = |name: &str, kind, model: Option<&str>, offered| SystemTag {
        name: name.into(),
        kind,
        model: model.map(Into::into),
        url: model.map(|_| "http://localhost:1/v1".into()),
        offered,
        has_context: false,
        prompt_hash: model.map(|_| "fedcba9876543210".into()),
    };
    let mut results = vec![
        outcome("diseases", "m alone", 2, [(0, 4), (2, 6)]),
        outcome("diseases", "m, 5 offered", 8, [(3, 4), (5, 6)]),
        outcome("diseases", "ranked", 7, [(2, 4), (5, 6)]),
        outcome("limbs", "m, 5 offered", 8, [(0, 0), (0, 0)]),
        outcome("limbs", "ranked", 7, [(0, 0), (0, 0)]),
    ];
    for result in &mut results[3..] {
        result.strata.clear();
    }
    results[4].unnamed = scores(0, 0);
    results[0].verdicts = [(Verdict::Right, 2), (Verdict::Nonexistent, 5), (Verdict::Obsolete, 3)].into();
    results[0].obsolete_but_replaced = 1;
    results[1].usage = Some(Usage {
        calls: 10,
        replayed: 4,
        prompt_tokens: 12_345,
        answer_tokens: 678,
        dollars: Some(0.0123),
        dollars_per_1000_right: Some(1.54),
    });
    Report {
        format: Report::FORMAT,
        made_by: "term2id 0.1.0".into(),
        date: "2026-11-23T02:15:00Z".into(),
        command: ["term2id", "bench", "--cases", "my cases.tsv"].map(Into::into).into(),
        seed: 7,
        samples: 10_000,
        indexes: vec![index],
        datasets: vec![dataset("diseases"), DatasetTag { unresolved: Vec::new(), ..dataset("limbs") }],
        systems: vec![
            system("m alone", SystemKind::Plain, Some("m"), None),
            system("m, 5 offered", SystemKind::Rag, Some("m"), Some(5)),
            system("ranked", SystemKind::Retrieval, None, None),
        ],
        results,
        comparisons: vec![
            comparison("m alone", "m, 5 offered", 0.6, 0.002),
            comparison("ranked", "m, 5 offered", 0.1, 1.0),
        ],
    }
}

/// Two cases: one that all answered alike, one that they did not.
pub(in crate::evaluate) fn cases() -> Vec<CaseRow> {
    let row = |line, mention: &str, system: &str, said: &str, verdict| CaseRow {
        dataset: "diseases".into(),
        line,
        mention: mention.into(),
        context: (line == 3).then(|| "She has big hands.".into()),
        ids: vec!["HP:1".into()],
        gold: vec![Curie::parse("HP:1").unwrap()],
        popularity: Some(3),
        split: None,
        is_first: true,
        system: system.into(),
        answer: Answer {
            said: Said::Identifier(said.into()),
            ranking: vec![Curie::parse("HP:1").unwrap()],
            confidence: Some(0.5),
            seconds: None,
        },
        judged: Judged { verdict, rank: Some(1), has_gold: true, is_answered: true, confidence: Some(0.5) },
    };
    vec![
        row(2, "large hands", "m alone", "HP:1", Verdict::Right),
        row(2, "large hands", "m, 5 offered", "HP:1", Verdict::Right),
        row(2, "large hands", "ranked", "HP:1", Verdict::Right),
        row(3, "big hands", "m alone", "HP:9", Verdict::Nonexistent),
        row(3, "big hands", "m, 5 offered", "HP:1", Verdict::Right),
        row(3, "big hands", "ranked", "HP:1", Verdict::Right),
    ]
}

fn dataset(name: &str) -> DatasetTag {
    DatasetTag {
        name: name.into(),
        index: "limbs".into(),
        place: format!("{name}.tsv"),
        blake3: "00112233445566778899aabbccddeeff".into(),
        occurrences: 14,
        cases: 10,
        no_match_cases: 1,
        named_cases: 5,
        unresolved: vec![Unresolved { line: 9, id: "HP:404".into(), reason: "no concept has it".into() }],
    }
}

fn comparison(first: &str, second: &str, difference: f64, p: f64) -> Comparison {
    Comparison {
        dataset: "diseases".into(),
        first: first.into(),
        second: second.into(),
        difference,
        interval: Interval { low: difference - 0.25, high: difference + 0.25 },
        mcnemar: McNemar { only_first: 1, only_second: 7, p: p / 2.0 },
        p_corrected: p,
    }
}

fn outcome(dataset: &str, system: &str, right: usize, popularity: [(usize, usize); 2]) -> Outcome {
    let strata = ["0", "1-9"].into_iter().zip(popularity).map(|(of, (right, cases))| {
        let Scores { accuracy, interval, .. } = scores(right, cases);
        Stratum { by: StratumKind::Popularity, of: of.into(), cases, right, accuracy, interval }
    });
    let risk = |confidence, coverage, risk| RiskPoint { confidence, coverage, risk };
    Outcome {
        dataset: dataset.into(),
        system: system.into(),
        unique: scores(right, 10),
        occurrences: scores(right + 2, 14),
        unnamed: scores(3, 5),
        right_ontology: None,
        no_match: NoMatch { cases: 1, said: 0, right: 0, precision: None, recall: Some(0.0), f1: None },
        risk: Some(Risk { points: vec![risk(0.9, 0.5, 0.0), risk(0.1, 1.0, 0.2)], area: 0.1 }),
        calibration: Some(Calibration {
            error: 0.05,
            bins: vec![CalibrationBin { low: 0.9, cases: 10, confidence: 0.95, accuracy: 0.8 }],
        }),
        verdicts: BTreeMap::from([(Verdict::Right, right), (Verdict::Sibling, 10 - right)]),
        obsolete_but_replaced: 0,
        strata: strata.collect(),
        latency: Some(Latency { p50: 1.5, p95: 12.0, p99: 1234.0, at_once: 2 }),
        usage: None,
    }
}

fn scores(right: usize, cases: usize) -> Scores {
    let accuracy = if cases == 0 { 0.0 } else { right as f64 / cases as f64 };
    // Wilson's, with 95%.
    let (n, z) = (cases.max(1) as f64, 1.959_963_984_540_054_f64);
    let centre = (accuracy + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (accuracy * (1.0 - accuracy) / n + z * z / (4.0 * n * n)).sqrt();
    Scores {
        cases,
        right,
        accuracy,
        interval: Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) },
        with_gold: cases,
        recall: [accuracy, accuracy + 0.05, accuracy + 0.1, accuracy + 0.1, accuracy + 0.1],
        mean_reciprocal_rank: accuracy + 0.05,
    }
}

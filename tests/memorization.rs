//! What the recorded answers of GPT-4 say, against the published figures: where the shared data does not lie beside the
//! checkout, this is skipped.

#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};

use term2id::evaluate::memorization::{Columns, Term, Terminology, analyse, read};

fn recorded() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/recorded/gpt4_plain_prompting.tsv");
    if !path.is_file() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// The percentage that is right of terms whose identifiers occur so often.
fn percent(terms: &[Term], terminology: &str, occurs: impl Fn(u64) -> bool) -> f64 {
    let is_asked = |term: &&Term| term.terminology == terminology && term.popularity.is_some_and(&occurs);
    let (right, all) =
        terms.iter().filter(is_asked).fold((0, 0), |(right, all), term| (right + u32::from(term.base), all + 1));
    100.0 * f64::from(right) / f64::from(all)
}

#[test]
fn gpt_4_knows_by_heart_what_was_published() {
    let Some(path) = recorded() else { return };
    let terms = read(&path, &Columns::default()).unwrap();
    let found = analyse(&terms, 100, 0);
    let told = |terminology: &Terminology| {
        let all = terminology.all.base;
        (terminology.name.clone(), all.right, all.terms, terminology.verdict.helps)
    };
    let mut told: Vec<_> = found.iter().map(told).collect();
    told.sort();
    let expected = [
        ("GENE", 3_761, 3_977, true),
        ("GO_CC", 599, 1_839, false),
        ("HPO", 1_499, 18_800, false),
        ("UNIPROT_AC", 1_842, 3_980, false),
    ];
    assert_eq!(told, expected.map(|(name, right, terms, helps)| (name.to_owned(), right, terms, helps)));

    for (terminology, never, often) in [("HPO", 2.3, 80.0), ("GO_CC", 5.1, 98.5)] {
        let of = [percent(&terms, terminology, |count| count == 0), percent(&terms, terminology, |count| count > 100)];
        for (found, expected) in of.into_iter().zip([never, often]) {
            assert!((found - expected).abs() < 0.05, "{terminology}: {found} is not {expected}");
        }
    }
}

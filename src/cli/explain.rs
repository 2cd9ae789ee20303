//! Why candidates are where they are, laid out for a curator.

use std::collections::BTreeMap;
use std::io::Write;

use super::concept;
use super::output::{BOLD, Column, DIM, IDENTIFIER, Output, styled, table};
use super::query::{found_by, shorten};
use crate::ontology::Scope;
use crate::retrieve::{Candidate, Contribution, Explanation};

/// Candidates that are explained, where nothing is said.
pub(super) const SHOWN: usize = 3;

/// Candidates that are explained at most.
pub(super) const MOST: usize = 10;

/// Features that are shown; the others are summed.
const FEATURES: usize = 8;

/// Features that are named where two candidates are compared.
const COMPARED: usize = 3;

/// Columns of the name of a feature, of its value, of what it moves, and of the longest bar: 80 with the gaps.
const TITLE: usize = 48;
const VALUE: usize = 7;
const MOVES: usize = 9;
const BAR: f32 = 8.0;

/// Columns of the whole.
const WIDTH: usize = 80;

/// Writes an explanation below each of the first candidates, and what made the first come before the second.
pub(super) fn write(out: &mut dyn Write, candidates: &[Candidate], explanations: &[Explanation]) -> anyhow::Result<()> {
    // One scale for all candidates of a mention, so that bars can be compared.
    let longest = explanations.iter().filter_map(|explanation| explanation.contributions.first());
    let longest = longest.map(|first| first.contribution.abs()).fold(f32::MIN_POSITIVE, f32::max);
    for (rank, (candidate, explanation)) in (1..).zip(candidates.iter().zip(explanations)) {
        heading(out, rank, candidate, explanation.margin)?;
        features(out, explanation, longest)?;
    }
    if let ([first, second, ..], [one, other, ..]) = (candidates, explanations) {
        writeln!(out)?;
        for line in concept::wrap(&verdict([first, second], one.margin - other.margin), WIDTH - 2) {
            writeln!(out, "  {line}")?;
        }
        let parting = if is_nothing(one.margin - other.margin) { Vec::new() } else { differences(one, other) };
        for (feature, by) in parting {
            writeln!(out, "    {feature:<TITLE$} {:>VALUE$} {:>MOVES$}", "", signed(by))?;
        }
    }
    Ok(())
}

fn heading(out: &mut dyn Write, rank: usize, candidate: &Candidate, margin: f32) -> anyhow::Result<()> {
    use unicode_width::UnicodeWidthStr as _;
    let margin = format!("margin {margin:.2}");
    let room = WIDTH.saturating_sub(4 + candidate.id.as_str().width() + 2 + margin.width() + 3);
    let label = shorten(&candidate.label, room);
    let gap = " ".repeat(room.saturating_sub(label.width()) + 2);
    writeln!(out, "\n{rank:>3} {}  {}{gap}{margin}", styled(IDENTIFIER, &candidate.id), styled(BOLD, label))?;
    let name = match candidate.scope {
        Scope::Label => "by its label".to_owned(),
        scope => {
            let relation = concept::relation(scope, candidate.kind.as_deref());
            format!(
                "by its name “{}” ({relation})",
                shorten(&candidate.name, WIDTH.saturating_sub(24 + relation.width()))
            )
        }
    };
    Ok(writeln!(out, "    {}", styled(DIM, name))?)
}

fn features(out: &mut dyn Write, explanation: &Explanation, longest: f32) -> anyhow::Result<()> {
    let (shown, others) = explanation.contributions.split_at(FEATURES.min(explanation.contributions.len()));
    let headings = format!("    {:<TITLE$} {:>VALUE$} {:>MOVES$}", "what is known", "value", "moves by");
    writeln!(out, "{}", styled(DIM, headings))?;
    for one in shown {
        let (value, moved) = (value(one.value), signed(one.contribution));
        let bar = bar(one.contribution / longest);
        let line = format!("    {:<TITLE$} {value:>VALUE$} {moved:>MOVES$} {bar}", one.feature);
        writeln!(out, "{}", line.trim_end())?;
    }
    let rest: f32 = others.iter().map(|one| one.contribution).sum();
    let sums = [
        (!others.is_empty()).then(|| (format!("everything else ({} features)", others.len()), rest)),
        Some(("where every candidate starts".to_owned(), explanation.start)),
    ];
    for (what, moved) in sums.into_iter().flatten() {
        let line = format!("    {what:<TITLE$} {:>VALUE$} {:>MOVES$}", "", signed(moved));
        writeln!(out, "{}", styled(DIM, line))?;
    }
    Ok(())
}

/// Why the first is before the second, whose margin it is ahead of.
fn verdict([first, second]: [&Candidate; 2], ahead: f32) -> String {
    let is_equal = |candidate: &Candidate| candidate.ranks.is_equal_form();
    let rule = match () {
        () if ahead > 0.0 && !is_nothing(ahead) => return format!("1 is before 2 by {ahead:.2}, most of it from"),
        () if is_equal(first) && !is_equal(second) => "the mention is a name of it",
        () if is_equal(first) && first.scope != second.scope => "the mention is a better kind of name of it",
        () if !is_nothing(ahead) => "the mention is a name of it in another spelling",
        () => return "1 and 2 have the same margin".to_owned(),
    };
    match ahead {
        ahead if is_nothing(ahead) => format!("1 is before 2 because {rule}"),
        _ => format!("1 is before 2 because {rule}, though its margin is lower by {:.2}, most of it from", -ahead),
    }
}

/// The features that part one candidate from another most, and by how much.
fn differences(one: &Explanation, other: &Explanation) -> Vec<(&'static str, f32)> {
    let of_other: BTreeMap<&str, f32> = other.contributions.iter().map(|one| (one.feature, one.contribution)).collect();
    let by = |one: &Contribution| one.contribution - of_other.get(one.feature).copied().unwrap_or_default();
    let mut differences: Vec<(&str, f32)> = one.contributions.iter().map(|one| (one.feature, by(one))).collect();
    differences.retain(|(_, by)| !is_nothing(*by));
    differences.sort_by(|left, right| right.1.abs().total_cmp(&left.1.abs()).then(left.0.cmp(right.0)));
    differences.truncate(COMPARED);
    differences
}

/// Numbers that count things have no decimals, others three.
fn value(value: f32) -> String {
    let text = if value.fract() == 0.0 && value.abs() < 1e6 { format!("{value:.0}") } else { format!("{value:.3}") };
    text.replace('-', "−")
}

/// Whether it is zero with two decimals.
const fn is_nothing(number: f32) -> bool {
    number.abs() < 0.005
}

fn signed(number: f32) -> String {
    // No sign on what is rounded to nothing.
    if is_nothing(number) { "0.00".to_owned() } else { format!("{number:+.2}").replace('-', "−") }
}

/// A bar for a share of the longest, full for what speaks for the candidate and light for what speaks against it.
fn bar(share: f32) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 8")]
    let cells = (share.abs() * BAR).round().clamp(0.0, BAR) as usize;
    if share < 0.0 { "░" } else { "█" }.repeat(cells)
}

/// Ranks and scores of candidates, where there is nothing else to be said of them.
pub(super) fn evidence(candidates: &[Candidate], output: &Output) -> comfy_table::Table {
    let columns = [
        ("", Column::Number),
        ("identifier", Column::Identifier),
        ("label", Column::Text),
        ("score", Column::Number),
        ("BM25", Column::Number),
        ("cosine", Column::Number),
        ("found by", Column::Text),
    ];
    let number = |number: Option<f32>| number.map(|number| format!("{number:.3}")).unwrap_or_default();
    let row = |(rank, candidate): (usize, &Candidate)| {
        vec![
            rank.to_string(),
            candidate.id.to_string(),
            candidate.label.clone(),
            number(Some(candidate.score)),
            number(candidate.scores.lexical),
            number(candidate.scores.vector),
            found_by(&candidate.ranks),
        ]
    };
    table(output, &columns, (1..).zip(candidates).map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::Curie;
    use crate::retrieve::{Ranks, Scores};

    fn candidate(exact: Option<u32>) -> Candidate {
        Candidate {
            id: Curie::parse("HP:0001176").unwrap(),
            label: "Large hands".to_owned(),
            name: "Big hands".to_owned(),
            scope: Scope::Exact,
            kind: Some("layperson".to_owned()),
            language: None,
            ontology: None,
            score: 0.5,
            ranks: Ranks { exact, ..Ranks::default() },
            scores: Scores::default(),
        }
    }

    fn explanation(margin: f32, contributions: &[(&'static str, f32)]) -> Explanation {
        let contribution = |&(feature, contribution)| Contribution { feature, value: 0.25, contribution };
        Explanation { margin, start: -0.5, contributions: contributions.iter().map(contribution).collect() }
    }

    const TITLES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

    fn written(explanations: &[Explanation]) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        write(&mut out, &[candidate(None), candidate(None)], explanations).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn the_features_that_moved_most_are_shown_and_the_others_summed() {
        let all: Vec<_> = (0..10_u8).map(|at| (TITLES[usize::from(at)], 5.0 - f32::from(at))).collect();
        let seen = written(&[explanation(4.5, &all)]);
        let line = |title: &str| seen.lines().find(|line| line.trim_start().starts_with(title)).unwrap();
        assert!(line("a ").ends_with("0.250     +5.00 ████████") && line("h ").ends_with("−2.00 ░░░"), "{seen}");
        assert!(line("everything else (2 features)").ends_with("−7.00"), "{seen}");
        assert!(line("where every candidate starts").ends_with("−0.50") && !seen.contains("before"), "{seen}");
        assert!(seen.lines().all(|line| line.chars().count() <= WIDTH), "{seen}");
    }

    #[test]
    fn the_first_two_are_compared_by_what_parts_them() {
        let one = explanation(6.0, &[("a", 4.0), ("b", 1.0), ("c", 0.5), ("d", 0.1)]);
        let other = explanation(4.0, &[("a", 4.0), ("b", -0.5), ("c", 0.1), ("d", 0.0)]);
        let expected = [("b", 1.5), ("c", 0.4), ("d", 0.1)];
        for ((feature, by), (name, number)) in differences(&one, &other).into_iter().zip(expected) {
            assert!(feature == name && (by - number).abs() < 1e-6, "{feature} {by}");
        }
        assert!(differences(&one, &one).is_empty());
        let verdict = |exact: [Option<u32>; 2], ahead| verdict([&candidate(exact[0]), &candidate(exact[1])], ahead);
        assert_eq!(verdict([None, None], 2.0), "1 is before 2 by 2.00, most of it from");
        assert_eq!(verdict([None, None], 0.0), "1 and 2 have the same margin");
        let lower = "the mention is a name of it, though its margin is lower by 2.00, most of it from";
        assert!(verdict([Some(1), None], -2.0).ends_with(lower));
        assert_eq!(verdict([Some(1), None], 0.0), "1 is before 2 because the mention is a name of it");
        assert_eq!(verdict([Some(1), None], 2.0), verdict([None, None], 2.0));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 0.12345, -2.0, 12.5].map(value), ["1", "0.123", "−2", "12.500"]);
        assert_eq!([1.239, -0.5, 0.001, -0.001].map(signed), ["+1.24", "−0.50", "0.00", "0.00"]);
    }
}

//! `report.md`.

use std::fmt::Write as _;

use super::text::Table;
use super::words::{self, count};
use super::{Report, tables};
use crate::evaluate::dataset::Unresolved;

/// Unresolved identifiers that are listed for each dataset.
pub(super) const UNRESOLVED: usize = 20;

/// The report as Markdown.
pub(super) fn render(report: &Report) -> String {
    let mut out = String::from("# Benchmark\n");
    let _ = writeln!(
        out,
        "\nMade by {} on {}, with seed {} and {} samples of each bootstrap:\n\n    {}",
        escaped(&report.made_by),
        escaped(&report.date),
        report.seed,
        count(report.samples),
        command(report),
    );
    table(&mut out, "Indexes", "", &tables::indexes(report));
    table(&mut out, "Cases", ABOUT_CASES, &tables::datasets(report));
    unresolved(&mut out, report);
    table(&mut out, "Systems", "", &tables::systems(report));
    table(&mut out, "How right the answers are", ABOUT_SCORES, &tables::scores(report, None));
    table(&mut out, "Differences", ABOUT_DIFFERENCES, &tables::comparisons(&report.comparisons, None));
    table(&mut out, "Right, and wrong in which way", ABOUT_VERDICTS, &tables::verdicts(report, None));
    table(&mut out, "No match", ABOUT_NO_MATCH, &tables::no_match(report, None));
    for by in words::STRATA {
        for dataset in &report.datasets {
            if let Some(part) = tables::strata(report, &dataset.name, by) {
                table(&mut out, &format!("Accuracy by {}: {}", words::stratum(by), dataset.name), ABOUT_PARTS, &part);
            }
        }
    }
    table(&mut out, "Time and cost", ABOUT_COSTS, &tables::costs(report, None));
    out
}

/// What the tables tell, here and on the page.
pub(super) const ABOUT_CASES: &str = "A case is distinct by its mention (in lower case) and its gold identifiers. \
    Unresolved are gold identifiers that lead to no live concept of the index; their cases are counted all the same.";
pub(super) const ABOUT_SCORES: &str = "Over distinct cases; a case without an answer is wrong. Unnamed are the cases \
    whose mention equals no indexed name. MRR is the mean reciprocal rank, ECE the expected calibration error, AURC the \
    area under the risk-coverage curve (0 is best for both).";
pub(super) const ABOUT_DIFFERENCES: &str = "Accuracy of the second system less that of the first on the same distinct \
    cases, with a 95% interval by paired bootstrap; McNemar's exact test, corrected after Holm over all rows. A \
    difference is told where the corrected p is below 0.05.";
pub(super) const ABOUT_VERDICTS: &str = "Distinct cases. Parent, child and sibling stand in the hierarchy next to a \
    right concept; what does not exist is well formed and of no concept.";
pub(super) const ABOUT_NO_MATCH: &str = "How well a system says that there is no concept.";
pub(super) const ABOUT_PARTS: &str = "Distinct cases, with Wilson's 95% interval; the number of cases in brackets.";
pub(super) const ABOUT_COSTS: &str = "What a cassette replayed counts as if it had been asked now.";

/// The command line as one would type it.
pub(super) fn command(report: &Report) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@,+%".contains(c);
    let quote = |word: &String| {
        let word: String = word.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if !word.is_empty() && word.chars().all(plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
    };
    report.command.iter().map(quote).collect::<Vec<_>>().join(" ")
}

fn unresolved(out: &mut String, report: &Report) {
    for dataset in report.datasets.iter().filter(|dataset| !dataset.unresolved.is_empty()) {
        let _ = writeln!(out, "\nUnresolved in {}:\n", escaped(&dataset.name));
        for Unresolved { line, id, reason } in dataset.unresolved.iter().take(UNRESOLVED) {
            let _ = writeln!(out, "- line {line}: {}, {}", escaped(id), escaped(reason));
        }
        if dataset.unresolved.len() > UNRESOLVED {
            let _ = writeln!(out, "- and {} more", count(dataset.unresolved.len() - UNRESOLVED));
        }
    }
}

/// A heading, a sentence and a table; nothing where the table is empty.
fn table(out: &mut String, title: &str, about: &str, table: &Table) {
    if table.rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## {}\n", escaped(title));
    if !about.is_empty() {
        let _ = writeln!(out, "{about}\n");
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    out.push_str(&line(table.columns.iter().map(|column| escaped(&column.heading)).collect()));
    out.push_str(&line(
        table.columns.iter().map(|column| if column.is_number { "---:" } else { "---" }.to_owned()).collect(),
    ));
    for row in &table.rows {
        out.push_str(&line(row.iter().map(|cell| escaped(cell)).collect()));
    }
}

/// A text in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => out.extend(['\\', character]),
            character if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') => out.push(' '),
            character => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::report::fixture;

    #[test]
    fn everything_is_told() {
        insta::assert_snapshot!(render(&fixture::report()));
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let mut report = fixture::report();
        report.results.clear();
        report.comparisons.clear();
        let text = render(&report);
        for title in ["How right", "Differences", "wrong in which way", "No match", "Accuracy by", "Time and cost"] {
            assert!(!text.contains(title), "{text}");
        }
    }

    #[test]
    fn names_are_no_markup() {
        let mut report = fixture::report();
        let hostile = "a|b\n# c <script>alert(1)</script> [x](http://y) `z` *k* \\|";
        report.results[0].system = hostile.to_owned();
        report.command = vec!["it's".to_owned(), "a\nb".to_owned(), String::new()];
        let text = render(&report);
        let line = text.lines().find(|line| line.contains("alert")).unwrap();
        assert!(line.contains(r"a\|b # c &lt;script>alert(1)&lt;/script> \[x\](http://y) \`z\` \*k\* \\\|"));
        assert!(text.contains(r"    'it'\''s' 'a b' ''"));
    }

    #[test]
    fn of_many_unresolved_identifiers_the_first_are_listed() {
        let mut report = fixture::report();
        let one = report.datasets[0].unresolved[0].clone();
        report.datasets[0].unresolved = vec![one; UNRESOLVED + 3];
        let text = render(&report);
        assert_eq!(text.matches("- line ").count(), UNRESOLVED);
        assert!(text.contains("- and 3 more\n"));
    }
}

//! `report.html`: one page that needs nothing else, not even a network.
//!
//! All that is no markup of ours is escaped by the template engine, or stands in the page as JSON ([`super::cases`]).
//! Should something slip through, the page's own policy lets no script run but the one that carries its nonce.

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use super::cases::Differing;
use super::figures::{self, Figure};
use super::markdown::{self, UNRESOLVED};
use super::text::Table;
use super::{CaseRow, DatasetTag, Report, tables, words};

/// A titled table.
#[derive(Debug, Serialize)]
struct Titled {
    title: String,
    about: &'static str,
    table: Table,
}

impl Titled {
    fn new(title: impl Into<String>, about: &'static str, table: Table) -> Self {
        Self { title: title.into(), about, table }
    }
}

/// What is told of a dataset.
#[derive(Debug, Serialize)]
struct Section<'a> {
    name: &'a str,
    counts: String,
    scores: Titled,
    figures: Vec<Figure>,
    /// Those that have rows.
    tables: Vec<Titled>,
    /// Unresolved identifiers: the first.
    unresolved: Vec<String>,
    /// How many more there are.
    more_unresolved: usize,
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    made_by: &'a str,
    date: &'a str,
    command: String,
    seed: u64,
    samples: String,
    about: Vec<Titled>,
    sections: Vec<Section<'a>>,
    has_cases: bool,
    left_out: Option<String>,
    nonce: String,
    most_lines: usize,
}

/// The report as a page.
pub(super) fn render(report: &Report, cases: &[CaseRow]) -> String {
    let differing = Differing::of(report, cases);
    let json = differing.json();
    let page = Page {
        made_by: &report.made_by,
        date: &report.date,
        command: markdown::command(report),
        seed: report.seed,
        samples: words::count(report.samples),
        about: vec![
            Titled::new("Cases", markdown::ABOUT_CASES, tables::datasets(report)),
            Titled::new("Systems", "", tables::systems(report)),
            Titled::new("Indexes", "", tables::indexes(report)),
        ],
        sections: report.datasets.iter().map(|dataset| section(report, dataset)).collect(),
        has_cases: !differing.is_empty(),
        left_out: differing.left_out(),
        nonce: nonce(report, &json),
        most_lines: figures::MOST_LINES,
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let page = minijinja::context! {
        page => Value::from(Serde(page)),
        style => Value::from_safe_string(include_str!("page.css").to_owned()),
        script => Value::from_safe_string(include_str!("page.js").to_owned()),
        cases => Value::from_safe_string(json),
    };
    environment
        .add_template("table", include_str!("table.jinja"))
        .and_then(|()| environment.add_template("page", include_str!("page.jinja")))
        .and_then(|()| environment.get_template("page")?.render(page))
        .expect("the template is compiled in, and a test renders it")
}

fn section<'a>(report: &'a Report, dataset: &'a DatasetTag) -> Section<'a> {
    let name = dataset.name.as_str();
    let of = Some(name);
    let mut tables = vec![
        Titled::new("Differences", markdown::ABOUT_DIFFERENCES, tables::comparisons(&report.comparisons, of)),
        Titled::new("Right, and wrong in which way", markdown::ABOUT_VERDICTS, tables::verdicts(report, of)),
        Titled::new("No match", markdown::ABOUT_NO_MATCH, tables::no_match(report, of)),
    ];
    for by in words::STRATA {
        let title = format!("Accuracy by {}", words::stratum(by));
        tables.extend(tables::strata(report, name, by).map(|table| Titled::new(title, markdown::ABOUT_PARTS, table)));
    }
    tables.push(Titled::new("Time and cost", markdown::ABOUT_COSTS, tables::costs(report, of)));
    tables.retain(|titled| !titled.table.rows.is_empty());
    let unresolved = dataset.unresolved.iter().take(UNRESOLVED);
    Section {
        name,
        counts: format!(
            "{} distinct cases ({} occurrences), asked in {}: {} without a concept, {} equal to an indexed name.",
            words::count(dataset.cases),
            words::count(dataset.occurrences),
            dataset.index,
            words::count(dataset.no_match_cases),
            words::count(dataset.named_cases),
        ),
        scores: Titled::new("How right the answers are", markdown::ABOUT_SCORES, tables::scores(report, of)),
        figures: figures::of_dataset(report, name),
        tables,
        unresolved: unresolved.map(|it| format!("line {}: {}, {}", it.line, it.id, it.reason)).collect(),
        more_unresolved: dataset.unresolved.len().saturating_sub(UNRESOLVED),
    }
}

/// What the page's own script and style carry: nothing that stands in the report can know it, since it follows from all
/// of it.
fn nonce(report: &Report, json: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(serde_json::to_string(report).unwrap_or_default().as_bytes());
    hasher.update(json.as_bytes());
    words::hash(&hasher.finalize().to_hex())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::report::fixture;

    /// The page without the parts that have tests of their own.
    fn skeleton(page: &str) -> String {
        let mut out = String::new();
        let mut rest = page;
        while let Some((before, inside)) = rest.split_once("<svg") {
            out.push_str(before);
            out.push_str("(svg)");
            rest = inside.split_once("</svg>").unwrap().1;
        }
        out.push_str(rest);
        let out = out.replace(include_str!("page.css"), "(style)").replace(include_str!("page.js"), "(script)");
        out.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_page_tells_everything() {
        insta::assert_snapshot!(skeleton(&render(&fixture::report(), &fixture::cases())));
    }

    #[test]
    fn a_report_without_results_is_a_page() {
        let mut report = fixture::report();
        report.results.clear();
        report.comparisons.clear();
        let page = render(&report, &[]);
        assert!(page.contains("<h1>") && !page.contains("<figure") && !page.contains("id=\"cases\""));
        report.datasets.clear();
        assert!(render(&report, &[]).contains("<h1>"));
    }

    #[test]
    fn nothing_that_was_measured_is_markup() {
        let (mut report, mut cases) = (fixture::report(), fixture::cases());
        let hostile = "</title></script><script>alert(1)</script><img src=x onerror=alert(1)>'\"{{ 7*7 }}";
        for text in [&mut report.made_by, &mut report.date, &mut report.command[0], &mut report.indexes[0].name] {
            hostile.clone_into(text);
        }
        report.datasets[0].unresolved[0].id = hostile.to_owned();
        report.datasets[0].place = hostile.to_owned();
        report.systems[0].name = hostile.to_owned();
        for result in report.results.iter_mut().filter(|result| result.system == "m alone") {
            result.system = hostile.to_owned();
            result.strata[0].of = hostile.to_owned();
        }
        for row in &mut cases {
            (row.mention, row.context) = (hostile.to_owned(), Some(hostile.to_owned()));
        }
        let page = render(&report, &cases);
        let harmless = render(&fixture::report(), &fixture::cases());
        for tag in ["<script", "</script", "</title", "<img"] {
            let most = harmless.matches(tag).count();
            // Figures of a system that is called otherwise may be more or fewer, each with its title.
            assert!(tag == "</title" || page.matches(tag).count() == most, "{tag}");
        }
        assert!(!page.contains("onerror=alert(1)>") && page.contains("&lt;img src=x"), "{page}");
        assert!(page.contains("7*7"), "data is no template");
    }

    #[test]
    fn the_page_asks_for_nothing_and_runs_only_its_own_script() {
        let page = render(&fixture::report(), &fixture::cases());
        for address in ["http://", "https://", "src=", "@import", "url("] {
            let mut found = page.match_indices(address).map(|(at, _)| &page[at..(at + 40).min(page.len())]);
            // The service that a model was asked at is told as text.
            assert!(found.all(|place| place.starts_with("http://localhost:1/v1")), "{address}");
        }
        assert!(page.contains("default-src 'none'"));
        let nonce = page.split("script-src 'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert_eq!(page.matches(&format!("nonce=\"{nonce}\"")).count(), 2, "the style and the script");
    }
}

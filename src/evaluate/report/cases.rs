//! The cases on which systems differ, as the page holds them: compact, bounded, and safe inside of a script element.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::words::{self, beginning};
use super::{CaseRow, Report};
use crate::evaluate::judge::Verdict;
use crate::evaluate::system::Said;

/// Cases that a page holds at most.
const MOST: usize = 20_000;
/// Characters of a mention that are held.
const MENTION_CHARACTERS: usize = 300;
/// Characters of a sentence that are held.
const CONTEXT_CHARACTERS: usize = 240;
/// Characters of an answer that are held.
const ANSWER_CHARACTERS: usize = 120;

/// What the page's script reads.
#[derive(Debug, Default, Serialize)]
pub(super) struct Differing<'a> {
    /// What verdicts are called, in their order.
    verdicts: Vec<&'static str>,
    datasets: Vec<Part<'a>>,
    /// Texts that cases point to.
    texts: Vec<String>,
}

/// A dataset's cases.
#[derive(Debug, Serialize)]
struct Part<'a> {
    name: &'a str,
    systems: Vec<&'a str>,
    /// The two that are shown first.
    pair: [usize; 2],
    /// How many differ, those that are not held too.
    all: usize,
    cases: Vec<Row>,
}

/// Line, mention, gold identifiers, sentence (or -1), and for each system verdict (or -1) and answer (or -1); all texts
/// by their place.
type Row = (usize, i32, i32, i32, Vec<i32>);

/// Texts, each once.
#[derive(Default)]
struct Texts {
    places: HashMap<String, i32>,
    all: Vec<String>,
}

impl Texts {
    fn place(&mut self, text: String) -> i32 {
        *self.places.entry(text).or_insert_with_key(|text| {
            self.all.push(text.clone());
            i32::try_from(self.all.len() - 1).expect("a page holds some thousands of texts")
        })
    }
}

impl<'a> Differing<'a> {
    /// The distinct cases that some systems have right and others have not.
    pub(super) fn of(report: &'a Report, rows: &'a [CaseRow]) -> Self {
        Self::bounded(report, rows, MOST)
    }

    fn bounded(report: &'a Report, rows: &'a [CaseRow], most: usize) -> Self {
        let mut by_dataset: BTreeMap<&str, BTreeMap<usize, Vec<&CaseRow>>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.is_first) {
            by_dataset.entry(&row.dataset).or_default().entry(row.line).or_default().push(row);
        }
        for cases in by_dataset.values_mut() {
            cases.retain(|_, rows| rows.iter().any(|row| row.judged.is_right() != rows[0].judged.is_right()));
        }
        let differing = |name: &str| by_dataset.get(name).map_or(0, BTreeMap::len);
        let held = shares(&report.datasets.iter().map(|dataset| differing(&dataset.name)).collect::<Vec<_>>(), most);
        let mut texts = Texts::default();
        let datasets = report.datasets.iter().zip(held).map(|(dataset, held)| {
            let name = dataset.name.as_str();
            let of = report.results.iter().filter(|result| result.dataset == name);
            let systems: Vec<&str> = of.map(|result| result.system.as_str()).collect();
            let cases = by_dataset.get(name).into_iter().flatten().take(held);
            Part {
                name,
                pair: pair(report, name, &systems),
                all: differing(name),
                cases: cases.map(|(line, rows)| row(*line, rows, &systems, &mut texts)).collect(),
                systems,
            }
        });
        let datasets = datasets.filter(|part| part.systems.len() > 1).collect();
        Self { verdicts: Verdict::ALL.map(words::verdict).to_vec(), datasets, texts: texts.all }
    }

    /// Whether there is nothing to choose from.
    pub(super) fn is_empty(&self) -> bool {
        self.datasets.is_empty()
    }

    /// What is left out, in one sentence.
    pub(super) fn left_out(&self) -> Option<String> {
        let left_out: usize = self.datasets.iter().map(|part| part.all - part.cases.len()).sum();
        (left_out > 0).then(|| {
            let (most, left_out) = (words::count(MOST), words::count(left_out));
            format!("A page holds {most} cases at most; {left_out} more stand in cases.jsonl only.")
        })
    }

    /// As JSON that can stand inside of a script element: nothing in it can end that, or begin another.
    pub(super) fn json(&self) -> String {
        let json = serde_json::to_string(self).expect("texts and numbers can be written as JSON");
        let mut out = String::with_capacity(json.len());
        for character in json.chars() {
            match character {
                '<' => out.push_str("\\u003c"),
                '>' => out.push_str("\\u003e"),
                '&' => out.push_str("\\u0026"),
                '\u{2028}' => out.push_str("\\u2028"),
                '\u{2029}' => out.push_str("\\u2029"),
                character => out.push(character),
            }
        }
        out
    }
}

fn row(line: usize, rows: &[&CaseRow], systems: &[&str], texts: &mut Texts) -> Row {
    let case = rows[0];
    let mention = texts.place(beginning(&case.mention, MENTION_CHARACTERS));
    let ids = texts.place(case.ids.join(" | "));
    let context = case.context.as_deref().map_or(-1, |context| texts.place(beginning(context, CONTEXT_CHARACTERS)));
    let mut answers = Vec::with_capacity(2 * systems.len());
    for system in systems {
        let Some(row) = rows.iter().find(|row| row.system == *system) else {
            answers.extend([-1, -1]);
            continue;
        };
        let verdict = Verdict::ALL.iter().position(|verdict| *verdict == row.judged.verdict);
        answers.push(verdict.and_then(|place| i32::try_from(place).ok()).unwrap_or(-1));
        answers.push(match &row.answer.said {
            Said::Identifier(text) | Said::Nothing(text) => texts.place(beginning(text, ANSWER_CHARACTERS)),
            Said::NoMatch => texts.place("no match".to_owned()),
            Said::NotOffered => -1,
        });
    }
    (line, mention, ids, context, answers)
}

/// The systems of the first comparison, or else the first two.
fn pair(report: &Report, dataset: &str, systems: &[&str]) -> [usize; 2] {
    let place = |name: &str| systems.iter().position(|system| *system == name);
    let mut of = report.comparisons.iter().filter(|comparison| comparison.dataset == dataset);
    of.find_map(|comparison| Some([place(&comparison.first)?, place(&comparison.second)?])).unwrap_or([0, 1])
}

/// How many of each may be held so that it is `most` in all: the small ones whole, and the large ones alike.
fn shares(sizes: &[usize], most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&at| sizes[at]);
    let (mut held, mut left) = (vec![0; sizes.len()], most);
    for (done, &at) in order.iter().enumerate() {
        held[at] = sizes[at].min(left / (sizes.len() - done));
        left -= held[at];
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::report::fixture;

    #[test]
    fn cases_on_which_systems_differ_are_held() {
        let (report, cases) = (fixture::report(), fixture::cases());
        let json: serde_json::Value = serde_json::from_str(&Differing::of(&report, &cases).json()).unwrap();
        let expected = serde_json::json!([
            {
                "name": "diseases",
                "systems": ["m alone", "m, 5 offered", "ranked"],
                "pair": [0, 1],
                "all": 1,
                "cases": [[3, 0, 1, 2, [6, 3, 0, 1, 0, 1]]],
            },
            { "name": "limbs", "systems": ["m, 5 offered", "ranked"], "pair": [0, 1], "all": 0, "cases": [] },
        ]);
        assert_eq!(json["datasets"], expected);
        assert_eq!(json["texts"], serde_json::json!(["big hands", "HP:1", "She has big hands.", "HP:9"]));
    }

    #[test]
    fn repeated_cases_are_not_told_twice_and_missing_answers_are_told() {
        let (report, mut cases) = (fixture::report(), fixture::cases());
        cases[5].is_first = false;
        let differing = Differing::of(&report, &cases);
        assert_eq!(differing.datasets[0].cases[0].4, [6, 3, 0, 1, -1, -1]);
    }

    #[test]
    fn large_datasets_leave_room_for_small_ones() {
        assert_eq!(shares(&[100, 3, 50], 60), [29, 3, 28]);
        assert_eq!(shares(&[10, 20], 60), [10, 20]);
        assert_eq!(shares(&[], 60), [0; 0]);
    }

    #[test]
    fn what_is_left_out_is_told() {
        let (report, mut cases) = (fixture::report(), fixture::cases());
        for mut row in fixture::cases().split_off(3) {
            row.line = 4;
            cases.push(row);
        }
        assert_eq!(Differing::of(&report, &cases).left_out(), None);
        let differing = Differing::bounded(&report, &cases, 1);
        assert_eq!((differing.datasets[0].all, differing.datasets[0].cases.len()), (2, 1));
        assert!(differing.left_out().unwrap().contains("; 1 more"));
    }

    #[test]
    fn nothing_in_the_data_can_end_the_element_it_stands_in() {
        let (report, mut cases) = (fixture::report(), fixture::cases());
        let hostile = "</script><!--<script>alert(1)</script>\u{2028}\u{2029}&lt;\"\\";
        for row in &mut cases {
            row.mention = hostile.to_owned();
        }
        let json = Differing::of(&report, &cases).json();
        assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{json}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["texts"][0], hostile);
    }
}

//! For each system a bar of verdicts.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::drawing::{INK, LETTERS, SCALE, drawing, letters, on_part, part, part_sample};
use super::{Figure, Key};
use crate::evaluate::judge::Verdict;
use crate::evaluate::report::words::{self, beginning};
use crate::evaluate::report::{Outcome, Report, tables};

const WIDTH: i32 = 480;
/// The height of a system: its name, its bar, and room.
const ROW: i32 = 46;
const NAME: i32 = 20;
const BAR: i32 = 20;
/// Characters of a system's name.
const NAME_CHARACTERS: usize = 64;

/// The bars of a dataset.
pub(super) struct Bars<'a> {
    results: Vec<&'a Outcome>,
    verdicts: Vec<Verdict>,
}

impl<'a> Bars<'a> {
    /// `None` where no case was judged.
    pub(super) fn of(report: &'a Report, dataset: &'a str) -> Option<Self> {
        let has_cases = |result: &&Outcome| result.verdicts.values().sum::<usize>() > 0;
        let results: Vec<_> = tables::results(report, Some(dataset)).filter(has_cases).collect();
        let verdicts = tables::verdicts_of(&results);
        (!results.is_empty()).then_some(Self { results, verdicts })
    }

    pub(super) fn figure(&self) -> Figure {
        let key = |verdict: &Verdict| {
            let slot = place(*verdict);
            Key { slot, name: words::verdict(*verdict).to_owned(), svg: part_sample(slot) }
        };
        Figure {
            title: "Right, and wrong in which way".to_owned(),
            caption: "Shares of the distinct cases, from left to right in the order of the legend; the counts stand \
                      in the table of the same name."
                .to_owned(),
            legend: self.verdicts.iter().map(key).collect(),
            is_lines: false,
            svg: self.svg(),
        }
    }

    fn svg(&self) -> String {
        let rows = i32::try_from(self.results.len()).unwrap_or(i32::MAX / ROW / SCALE);
        drawing(WIDTH, rows * ROW, "Shares of verdicts for each system", |area| {
            for (result, row) in self.results.iter().zip(0..rows) {
                let top = row * ROW;
                let name = beginning(&result.system, NAME_CHARACTERS);
                area.draw(&Text::new(name, (0, (top + NAME / 2) * SCALE), letters(INK, HPos::Left)))?;
                let all: usize = result.verdicts.values().sum();
                let mut before = 0;
                for verdict in &self.verdicts {
                    let cases = result.verdicts.get(verdict).copied().unwrap_or(0);
                    let (left, right) = (across(before, all), across(before + cases, all));
                    before += cases;
                    if left == right {
                        continue;
                    }
                    let corners = [(left, (top + NAME) * SCALE), (right, (top + NAME + BAR) * SCALE)];
                    area.draw(&Rectangle::new(corners, part(place(*verdict)).filled()))?;
                    let label = format!("{:.0}%", 100.0 * cases as f64 / all as f64);
                    let room = i32::try_from(label.len() + 1).unwrap_or(i32::MAX) * LETTERS * SCALE * 5 / 8;
                    if right - left > room {
                        let middle = (i32::midpoint(left, right), (top + NAME + BAR / 2) * SCALE);
                        area.draw(&Text::new(label, middle, letters(on_part(place(*verdict)), HPos::Center)))?;
                    }
                }
            }
            Ok(())
        })
    }
}

fn place(verdict: Verdict) -> usize {
    Verdict::ALL.iter().position(|other| *other == verdict).expect("all verdicts are there")
}

/// Where the bar of `before` of `all` cases ends.
#[expect(clippy::cast_possible_truncation, reason = "within the drawing's width")]
fn across(before: usize, all: usize) -> i32 {
    (f64::from(WIDTH * SCALE) * before as f64 / all as f64).round() as i32
}

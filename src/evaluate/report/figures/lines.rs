//! Lines in a square of two axes.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::drawing::{Drawn, GRID, INK, LETTERS, PAGE, SCALE, drawing, interval, letters, line, marker, stroke};
use crate::evaluate::statistics::Interval;

const WIDTH: i32 = 480;
const HEIGHT: i32 = 340;
/// Room for the figures of an axis.
const BESIDE: i32 = 58;
const BELOW: i32 = 46;
/// Room for half of a figure that stands at the end of an axis.
const RIGHT: i32 = 22;
/// Markers of a line that has many points.
const MARKERS: usize = 6;

/// A figure of lines.
#[derive(Debug)]
pub(super) struct Lines {
    /// What it shows, for who does not see it.
    pub(super) title: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) drawn: Vec<Line>,
    /// Whether both axes are the same and the line where they are equal is drawn.
    pub(super) has_diagonal: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub(super) title: &'static str,
    pub(super) low: f64,
    pub(super) high: f64,
    /// What stands where.
    pub(super) ticks: Vec<(f64, String)>,
}

#[derive(Debug)]
pub(super) struct Line {
    /// Which colour, marker and dash.
    pub(super) slot: usize,
    /// From left to right.
    pub(super) points: Vec<Point>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) interval: Option<Interval>,
}

impl Point {
    pub(super) const fn new(x: f64, y: f64) -> Self {
        Self { x, y, interval: None }
    }

    /// Whether it can be drawn.
    pub(super) fn is_finite(&self) -> bool {
        let ends = self.interval.map_or([0.0; 2], |interval| [interval.low, interval.high]);
        [self.x, self.y].iter().chain(&ends).all(|value| value.is_finite())
    }
}

impl Axis {
    /// From 0 to a share, in per cent.
    pub(super) fn share(title: &'static str, high: f64) -> Self {
        let step = if high > 0.5 {
            0.2
        } else if high > 0.2 {
            0.1
        } else {
            0.05
        };
        let steps = (0..).map(|number| f64::from(number) * step).take_while(|at| *at <= high + 1e-9);
        Self { title, low: 0.0, high, ticks: steps.map(|at| (at, format!("{:.0}%", at * 100.0))).collect() }
    }

    /// Names at equal distances; where there is no room for all, some are left out.
    pub(super) fn names(title: &'static str, names: &[String]) -> Self {
        let room = f64::from(WIDTH - BESIDE - RIGHT) / names.len().max(1) as f64;
        let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number above zero")]
        let step = ((widest + 1.0) * f64::from(LETTERS) * 0.52 / room).ceil().max(1.0) as usize;
        let ticks = names.iter().enumerate().step_by(step).map(|(at, name)| (at as f64, name.clone()));
        Self { title, low: -0.5, high: names.len() as f64 - 0.5, ticks: ticks.collect() }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    #[expect(clippy::cast_possible_truncation, reason = "within the drawing's size")]
    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (f64::from(to - from) * (value - self.low) / (self.high - self.low)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let places = self.ticks.iter().map(|(place, _)| *place);
        if hint.weight().allow_light_points() { Vec::new() } else { places.collect() }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        let tick = self.ticks.iter().find(|(place, _)| (place - value).abs() < 1e-9);
        tick.map_or_else(String::new, |(_, name)| name.clone())
    }
}

impl Lines {
    /// The drawing.
    pub(super) fn svg(&self) -> String {
        drawing(WIDTH, HEIGHT, &self.title, |area| {
            let mut chart = ChartBuilder::on(area)
                .margin(8 * SCALE)
                .margin_right(RIGHT * SCALE)
                .x_label_area_size(BELOW * SCALE)
                .y_label_area_size(BESIDE * SCALE)
                .build_cartesian_2d(self.x.clone(), self.y.clone())?;
            chart
                .configure_mesh()
                .light_line_style(TRANSPARENT)
                .bold_line_style(stroke(GRID, 1.0))
                .axis_style(stroke(INK, 1.0))
                .label_style(letters(INK, HPos::Center))
                .set_all_tick_mark_size(4 * SCALE)
                .x_desc(self.x.title)
                .y_desc(self.y.title)
                .draw()?;
            let place = |x: f64, y: f64| chart.backend_coord(&(x, y));
            if self.has_diagonal {
                let ends = vec![place(self.x.low, self.y.low), place(self.x.high, self.y.high)];
                area.draw(&PathElement::new(ends, stroke(GRID, 2.0)))?;
            }
            for Line { slot, points } in &self.drawn {
                let places: Vec<_> = points.iter().map(|point| place(point.x, point.y)).collect();
                for (point, &(across, _)) in points.iter().zip(&places) {
                    if let Some(Interval { low, high }) = point.interval {
                        let ends = [low, high].map(|end| (across, place(point.x, end).1));
                        area.draw(&PathElement::new(ends.to_vec(), stroke(interval(*slot), 1.5)))?;
                    }
                }
                if places.len() > 1 {
                    // A line of the page's colour below keeps lines apart that cross.
                    area.draw(&PathElement::new(places.clone(), stroke(PAGE, 4.0)))?;
                    area.draw(&PathElement::new(places.clone(), stroke(line(*slot), 2.0)))?;
                }
            }
            for Line { slot, points } in &self.drawn {
                let step = if points.len() > 24 { points.len() / MARKERS } else { 1 };
                for point in points.iter().skip(step / 2).step_by(step) {
                    marker(area, *slot, place(point.x, point.y))?;
                }
            }
            Drawn::Ok(())
        })
    }
}

//! What all drawings share: their size, and colours that stand for classes of the style sheet.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::MOST_LINES;
use crate::evaluate::judge::Verdict;

/// Units of the drawing for each unit of the page: the engine has whole numbers only.
pub(super) const SCALE: i32 = 8;
/// The height of letters.
pub(super) const LETTERS: i32 = 14;

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(0, 0, 1);
/// Lines that help the eye.
pub(super) const GRID: RGBColor = RGBColor(0, 0, 2);
/// What lies behind.
pub(super) const PAGE: RGBColor = RGBColor(0, 0, 3);

/// A line, or the fill of a marker.
pub(super) const fn line(slot: usize) -> RGBColor {
    RGBColor(0x10, 0, low(slot))
}

/// An interval.
pub(super) const fn interval(slot: usize) -> RGBColor {
    RGBColor(0x20, 0, low(slot))
}

/// The part of a bar that stands for the verdict at this place of [`Verdict::ALL`].
pub(super) const fn part(place: usize) -> RGBColor {
    RGBColor(0x30, 0, low(place))
}

/// Text on it.
pub(super) const fn on_part(place: usize) -> RGBColor {
    RGBColor(0x31, 0, low(place))
}

#[expect(clippy::cast_possible_truncation, reason = "there are a dozen at most")]
const fn low(number: usize) -> u8 {
    number as u8
}

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
pub(super) type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

/// A drawing of `width` and `height`, with what it is for who does not see it.
pub(super) fn drawing(width: i32, height: i32, title: &str, draw: impl FnOnce(&Area<'_>) -> Drawn<'static>) -> String {
    let mut svg = String::new();
    {
        let size = ((width * SCALE).unsigned_abs(), (height * SCALE).unsigned_abs());
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&area).and_then(|()| area.present()).expect("text can always be added to a text");
    }
    let inside = svg.split_once('>').map_or("", |(_, inside)| inside);
    let (width, height) = (width * SCALE, height * SCALE);
    let title = escaped(title);
    let opening = if title.is_empty() {
        format!("<svg viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">")
    } else {
        format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\"><title>{title}</title>")
    };
    themed(&format!("{opening}{}", inside.trim_end()))
}

/// Letters of the usual size.
pub(super) fn letters(colour: RGBColor, across: HPos) -> TextStyle<'static> {
    // The engine divides a size by this before it writes it.
    let size = f64::from(LETTERS * SCALE) * 1.24;
    ("sans-serif", size).into_font().color(&colour).pos(Pos::new(across, VPos::Center))
}

/// A stroke of this colour, `width` wide.
pub(super) fn stroke(colour: RGBColor, width: f64) -> ShapeStyle {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "strokes are a few units wide")]
    let width = (width * f64::from(SCALE)) as u32;
    colour.stroke_width(width)
}

/// The marker of a slot: eight shapes that are told apart without their colours.
pub(super) fn marker(area: &Area<'_>, slot: usize, (x, y): (i32, i32)) -> Drawn<'static> {
    let size = 9 * SCALE / 2;
    let at = |across: i32, down: i32| (x + across * size / 10, y + down * size / 10);
    let outline: &[(i32, i32)] = match slot % MOST_LINES {
        1 | 5 => &[(-9, -9), (9, -9), (9, 9), (-9, 9)],
        2 | 6 => &[(0, -12), (11, 8), (-11, 8)],
        3 => &[(0, -13), (13, 0), (0, 13), (-13, 0)],
        7 => &[(0, 12), (11, -8), (-11, -8)],
        _ => &[],
    };
    let is_hollow = slot % MOST_LINES >= 4;
    let (fill, edge) = (if is_hollow { PAGE } else { line(slot) }, stroke(interval(slot), 1.8));
    if outline.is_empty() {
        area.draw(&Circle::new((x, y), size, fill.filled()))?;
        if is_hollow {
            area.draw(&Circle::new((x, y), size, edge))?;
        }
        return Ok(());
    }
    let corners: Vec<_> = outline.iter().map(|&(across, down)| at(across, down)).collect();
    area.draw(&Polygon::new(corners.clone(), fill.filled()))?;
    if is_hollow {
        let closed: Vec<_> = corners.iter().chain(corners.first()).copied().collect();
        area.draw(&PathElement::new(closed, edge))?;
    }
    Ok(())
}

/// How a line looks, for a legend.
pub(super) fn line_sample(slot: usize) -> String {
    drawing(36, 14, "", |area| {
        let (middle, end) = (7 * SCALE, 36 * SCALE);
        area.draw(&PathElement::new(vec![(0, middle), (end, middle)], stroke(line(slot), 2.0)))?;
        marker(area, slot, (end / 2, middle))
    })
}

/// How a part of a bar looks, for a legend.
pub(super) fn part_sample(place: usize) -> String {
    drawing(14, 14, "", |area| area.draw(&Rectangle::new([(0, 0), (14 * SCALE, 14 * SCALE)], part(place).filled())))
}

/// The classes in place of the colours that stand for them.
fn themed(svg: &str) -> String {
    let hex = |RGBColor(red, green, blue)| format!("#{red:02X}{green:02X}{blue:02X}");
    let mut svg = svg.replace(" opacity=\"1\"", "").replace(" font-family=\"sans-serif\"", "");
    for attribute in ["stroke", "fill"] {
        let mut replace = |colour, by: &str| svg = svg.replace(&format!(" {attribute}=\"{}\"", hex(colour)), by);
        replace(INK, &format!(" {attribute}=\"currentColor\""));
        replace(GRID, " class=\"grid\"");
        replace(PAGE, " class=\"page\"");
        for slot in 0..MOST_LINES {
            replace(line(slot), &format!(" class=\"{} s{slot}\"", if attribute == "stroke" { "line" } else { "mark" }));
            replace(interval(slot), &format!(" class=\"bar s{slot}\""));
        }
        for place in 0..Verdict::ALL.len() {
            replace(part(place), &format!(" class=\"part v{place}\""));
            replace(on_part(place), &format!(" class=\"on v{place}\""));
        }
    }
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

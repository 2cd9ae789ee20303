//! Pairs in a row of a Markdown table: columns by their header, else by their position.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::line::Line;
use super::region::Region;
use super::tokens::{Token, tokens_inside, trimmed, unmarked};
use super::words::may_be_label;
use crate::verify::places::identifier::Owner;
use crate::verify::places::object::{Key, label_of};
use crate::verify::prefixes::Prefixes;
use crate::verify::{Extent, Found, Label, Pair};

/// The most cells of a row that are read.
const MOST_CELLS: usize = 256;

/// The line below a header.
static RULE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$").expect("it is a valid pattern"));

/// Whether a line parts a header from its rows.
pub(super) fn is_rule(line: &str) -> bool {
    line.contains('|') && RULE.is_match(line)
}

/// The cells of a line that is a row.
pub(super) fn cells(line: &str) -> Option<Vec<Range<usize>>> {
    let range = trimmed(line, 0..line.len());
    if !line[range.clone()].starts_with('|') && !line.contains(" | ") {
        return None;
    }
    let mut cells = Vec::new();
    let mut start = range.start + usize::from(line[range.clone()].starts_with('|'));
    let mut is_escaped = false;
    for (at, byte) in line.bytes().enumerate().take(range.end).skip(start) {
        if byte == b'|' && !is_escaped {
            cells.push(trimmed(line, start..at));
            start = at + 1;
        }
        is_escaped = byte == b'\\' && !is_escaped;
        if cells.len() >= MOST_CELLS {
            return None;
        }
    }
    if start < range.end {
        cells.push(trimmed(line, start..range.end));
    }
    Some(cells)
}

/// What a cell is in its row.
struct Identifier {
    cell: usize,
    inner: Range<usize>,
    is_ours: bool,
}

/// Tells the pairs of a row.
pub(super) fn read(
    line: &Line<'_>,
    cells: &[Range<usize>],
    header: Option<&[String]>,
    prefixes: &Prefixes,
    each: &mut dyn FnMut(Found),
) {
    let text = line.text;
    let (mut identifiers, mut regions, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for (cell, range) in cells.iter().enumerate() {
        let tokens = tokens_inside(text, range, prefixes);
        let bare = unmarked(text, range.clone());
        let is_alone = |outer: &Range<usize>| outer.start <= bare.start && outer.end >= bare.end;
        match &tokens[..] {
            [token] if is_alone(&token.outer) && token.words.is_none() => {
                if token.is_checked() && token.address.is_none() {
                    let is_ours = token.owner == Some(Owner::Ours);
                    identifiers.push(Identifier { cell, inner: token.inner.clone(), is_ours });
                } else if token.is_checked() {
                    regions.push((range.clone(), tokens));
                }
            }
            tokens if tokens.iter().any(Token::is_checked) => regions.push((range.clone(), tokens.to_vec())),
            _ if may_be_label(&text[bare.clone()]) => labels.push((cell, bare)),
            _ => {}
        }
    }
    let chosen = match header {
        Some(header) => by_header(&identifiers, &labels, header, cells.len()),
        None => by_position(&identifiers, &labels),
    };
    for (identifier, label) in identifiers.into_iter().zip(chosen) {
        let label = label.map(|at| labels[at].1.clone());
        if label.is_some() || identifier.is_ours {
            let label = label.map(|range| Label { field: line.field(range, true), extent: Extent::Whole });
            each(Found::Pair(Pair { identifier: line.field(identifier.inner, false), label }));
        }
    }
    for (range, tokens) in regions {
        Region::new(line, tokens, range, (true, false), prefixes).read(each);
    }
}

/// For each identifier the label whose column goes with its own.
fn by_header(
    identifiers: &[Identifier],
    labels: &[(usize, Range<usize>)],
    header: &[String],
    width: usize,
) -> Vec<Option<usize>> {
    let key = |cell: usize| header.get(cell).map(|name| Key::read(name)).unwrap_or_default();
    let ids: Vec<Key> = identifiers.iter().map(|identifier| key(identifier.cell)).collect();
    let named: Vec<(usize, Key)> = labels.iter().enumerate().map(|(at, (cell, _))| (at, key(*cell))).collect();
    let (places, keys): (Vec<usize>, Vec<Key>) = named.into_iter().filter(|(_, key)| key.may_be_label()).unzip();
    let chosen = (0..ids.len()).map(|at| label_of(&ids, at, &keys).map(|found| places[found]));
    let chosen: Vec<_> = chosen.collect();
    // Two columns can only go together.
    if width == 2 && chosen == [None] && labels.len() == 1 { vec![Some(0)] } else { chosen }
}

/// For each identifier the label beside it: behind it where the row begins with an identifier, else before it.
fn by_position(identifiers: &[Identifier], labels: &[(usize, Range<usize>)]) -> Vec<Option<usize>> {
    let at = |cell: Option<usize>| cell.and_then(|cell| labels.iter().position(|(own, _)| *own == cell));
    let first = identifiers.first().map_or(0, |identifier| identifier.cell);
    let is_before = labels.first().is_some_and(|(cell, _)| *cell < first);
    let beside = identifiers.iter().map(|identifier| {
        let (behind, before) = (at(Some(identifier.cell + 1)), at(identifier.cell.checked_sub(1)));
        match identifiers.len() {
            // A number of the row may stand first.
            1 => {
                if is_before {
                    before.or(behind)
                } else {
                    behind.or(before)
                }
            }
            _ if is_before => before,
            _ => behind,
        }
    });
    beside.collect()
}

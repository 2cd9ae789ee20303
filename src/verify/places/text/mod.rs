//! Reads Markdown and plain text line by line: identifiers in brackets, behind dashes, in links and tables, and alone.
//!
//! | file | what |
//! |---|---|
//! | `line.rs` | where the parts of a line stand |
//! | `tokens.rs` | identifiers, addresses and links in a line |
//! | `words.rs` | whether words may be a label |
//! | `region.rs` | pairs in an item or a sentence |
//! | `table.rs` | pairs in a row of a table |

mod line;
mod region;
mod table;
mod tokens;
mod words;

use std::io::{self, BufRead};
use std::mem;
use std::sync::LazyLock;

use regex::Regex;

use self::line::{Editable, Line};
use self::region::Region;
use self::tokens::Token;
pub(super) use self::words::may_be_label;
use super::json::{self, Place};
use crate::tables::{self, Input, Reader};
use crate::verify::prefixes::Prefixes;
use crate::verify::{Error, Field, Found};

/// The longest line, and the longest block of code that is read as JSON, in bytes.
const LONGEST: usize = 1 << 20;

/// What stands before an item: quotes, headings, bullets, numbers, check boxes.
static BULLET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\s+|>+\s?|#{1,6}\s+|[-*+•·‣◦▪–—]\s+|[•▪◦]|\(?[0-9]{1,4}[.)]\s+|\(?[A-Za-z][.)]\s+|\[[ xX]\]\s+)*")
        .expect("it is a valid pattern")
});

/// Tells `each` the pairs of a text.
///
/// # Errors
/// Where the input cannot be read.
pub(in crate::verify) fn read(mut input: Input, prefixes: &Prefixes, each: &mut dyn FnMut(Found)) -> Result<(), Error> {
    let place = input.place.clone();
    let end = input.line_end()?;
    let mut reader = Cutter { reader: input.into_reader(), end, offset: 0, number: 0, bytes: Vec::new() };
    let mut lines = Lines::new(prefixes);
    loop {
        let more =
            reader.next().map_err(|source| Error::Input(tables::Error::Read { place: place.clone(), source }))?;
        let Some(cut) = more else { break };
        let unreadable =
            |column: u64, problem: &str| Found::Unreadable { line: cut.number, column, problem: problem.to_owned() };
        if cut.is_long {
            each(unreadable(1, &format!("the line is longer than {LONGEST} bytes")));
            continue;
        }
        match std::str::from_utf8(&reader.bytes) {
            Ok(text) => lines.take(text, cut.number, cut.offset, each),
            Err(error) => {
                let before = String::from_utf8_lossy(&reader.bytes[..error.valid_up_to()]);
                each(unreadable(before.chars().count() as u64 + 1, "the line is not UTF-8"));
            }
        }
    }
    lines.end(each);
    Ok(())
}

/// Tells `each` the pairs in a string of another format; whether it has identifiers that are checked.
pub(super) fn inside(field: &Field, prefixes: &Prefixes, each: &mut dyn FnMut(Found)) -> bool {
    let text = &field.text;
    let tokens = tokens::tokens(text, prefixes);
    let has_checked = |token: &Token| {
        let in_words =
            |words: &std::ops::Range<usize>| tokens::tokens_inside(text, words, prefixes).iter().any(Token::is_checked);
        token.is_checked() || token.words.as_ref().is_some_and(in_words)
    };
    if !tokens.iter().any(has_checked) {
        return false;
    }
    let quotes = (field.span.end - field.span.start).checked_sub(text.len() as u64);
    let is_one_line = !text.contains(['\n', '\r']);
    let mut has_pairs = false;
    let mut tell = |found| {
        has_pairs = true;
        each(found);
    };
    // As long as it reads, with quotes or without: it has no escapes.
    if let Some(quotes @ (0 | 2)) = quotes.filter(|_| is_one_line && !text.is_empty()) {
        let quote = quotes / 2;
        let (offset, column) = (field.span.start + quote, field.column + quote);
        let line = Line::new(text, field.line, offset, column, Editable::Identifiers);
        Lines::new(prefixes).line(&line, &mut tell);
    } else {
        let mut lines = Lines::new(prefixes);
        for text in text.lines() {
            let line = Line::new(text, field.line, field.span.start, field.column, Editable::No);
            lines.line(&line, &mut tell);
        }
    }
    has_pairs
}

/// A line that was cut.
struct Cut {
    number: u64,
    offset: u64,
    is_long: bool,
}

/// Cuts lines of bounded length.
struct Cutter {
    reader: Reader,
    end: u8,
    offset: u64,
    number: u64,
    /// The line, without its end; nothing of one that is too long.
    bytes: Vec<u8>,
}

impl Cutter {
    fn next(&mut self) -> io::Result<Option<Cut>> {
        self.bytes.clear();
        let offset = self.offset;
        let mut is_long = false;
        loop {
            let found = match self.reader.fill_buf() {
                Ok(found) => found,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if found.is_empty() {
                if self.offset == offset {
                    return Ok(None);
                }
                break;
            }
            let end = memchr::memchr(self.end, found);
            let length = end.unwrap_or(found.len());
            is_long |= self.bytes.len() + length > LONGEST;
            if is_long {
                self.bytes.clear();
            } else {
                self.bytes.extend_from_slice(&found[..length]);
            }
            let taken = length + usize::from(end.is_some());
            self.reader.consume(taken);
            self.offset += taken as u64;
            if end.is_some() {
                break;
            }
        }
        if self.bytes.ends_with(b"\r") {
            self.bytes.pop();
        }
        self.number += 1;
        Ok(Some(Cut { number: self.number, offset, is_long }))
    }
}

/// Reads lines, and knows of each what the lines before it were.
struct Lines<'a> {
    prefixes: &'a Prefixes,
    /// The cells of the row before, which the line below it may make a header.
    above: Option<Vec<String>>,
    /// The header of the table that is read.
    header: Option<Vec<String>>,
    /// Whether the line before ends in the middle of a sentence.
    continues: bool,
    /// A block of code that may be JSON.
    block: Option<Block>,
}

/// A block of code between fences.
struct Block {
    fence: String,
    /// Its lines, each with its number and its offset.
    lines: Vec<(u64, u64, String)>,
    length: usize,
    /// Whether its lines wait for its end, to be read as JSON.
    is_json: bool,
}

impl<'a> Lines<'a> {
    const fn new(prefixes: &'a Prefixes) -> Self {
        Self { prefixes, above: None, header: None, continues: false, block: None }
    }

    /// Takes the next line of a file.
    fn take(&mut self, text: &str, number: u64, offset: u64, each: &mut dyn FnMut(Found)) {
        let start = text.trim_start();
        if let Some(block) = &mut self.block {
            if start.trim_end() == block.fence {
                return self.end(each);
            }
            if block.is_json {
                let is_begin = block.lines.is_empty();
                block.is_json = !is_begin || start.is_empty() || start.starts_with(['{', '[']);
                block.length += text.len() + 1;
                // A line that cannot be read is no JSON.
                let follows = block.lines.last().is_none_or(|(last, ..)| last + 1 == number);
                block.is_json &= block.length <= LONGEST && follows;
                block.lines.push((number, offset, text.to_owned()));
                if !block.is_json {
                    let lines = mem::take(&mut block.lines);
                    self.lines(&lines, each);
                }
                return;
            }
        } else if let Some(fence) = ["```", "~~~"].iter().find(|fence| start.starts_with(**fence)) {
            let language = start[fence.len()..].trim();
            let is_json = language.is_empty() || language.to_ascii_lowercase().starts_with("json");
            let fence = (*fence).to_owned();
            self.block = Some(Block { fence, lines: Vec::new(), length: 0, is_json });
            return;
        }
        self.line(&Line::new(text, number, offset, 1, Editable::Yes), each);
    }

    /// Ends a block of code: JSON where it is JSON, else lines like any other.
    fn end(&mut self, each: &mut dyn FnMut(Found)) {
        let Some(block) = self.block.take() else { return };
        let Some(&(line, offset, _)) = block.lines.first() else { return };
        let mut found = Vec::new();
        // Lines may end with two bytes, so each is read where it stands.
        let mut text = String::with_capacity(block.length);
        for (_, offset_of, line) in &block.lines {
            let before = usize::try_from(offset_of - offset).unwrap_or(text.len());
            while text.len() + 1 < before {
                text.push(' ');
            }
            if text.len() < before {
                text.push('\n');
            }
            text.push_str(line);
        }
        let place = Place { offset, line, column: 1 };
        let read = json::scan(text.as_bytes(), place, self.prefixes, &mut |pair| found.push(pair));
        if read.is_ok() && !found.iter().any(|found| matches!(found, Found::Unreadable { .. })) {
            found.into_iter().for_each(each);
        } else {
            self.lines(&block.lines, each);
        }
    }

    fn lines(&mut self, lines: &[(u64, u64, String)], each: &mut dyn FnMut(Found)) {
        for (number, offset, text) in lines {
            self.line(&Line::new(text, *number, *offset, 1, Editable::Yes), each);
        }
    }

    /// Reads one line.
    fn line(&mut self, line: &Line<'_>, each: &mut dyn FnMut(Found)) {
        let text = line.text;
        if table::is_rule(text) {
            self.header = self.above.take();
            return;
        }
        if let Some(cells) = table::cells(text) {
            let named = |cell: &std::ops::Range<usize>| text[tokens::unmarked(text, cell.clone())].to_owned();
            let is_header = self.header.is_none() && text.len() < 4096;
            self.above = is_header.then(|| cells.iter().map(named).collect());
            table::read(line, &cells, self.header.as_deref(), self.prefixes, each);
            self.continues = false;
        } else {
            (self.above, self.header) = (None, None);
            let bullet = BULLET.find(text).map_or(0, |found| found.end());
            let is_listed = !text[..bullet].trim().is_empty();
            let tokens = tokens::tokens(text, self.prefixes);
            let has_checked = tokens.iter().any(|token| token.is_checked() || token.words.is_some());
            if has_checked {
                let continues = self.continues && !is_listed;
                // A bullet may look like a part of a token, as in `a) `.
                let start = tokens.first().map_or(bullet, |token| token.outer.start.min(bullet));
                let range = start..text.trim_end().len().max(start);
                Region::new(line, tokens, range, (is_listed, continues), self.prefixes).read(each);
            }
            // Some words that end without a full stop go on in the next line.
            let is_open = !text.trim_end().ends_with(['.', ':', '!', '?']) && text.split_whitespace().count() >= 6;
            self.continues = is_open && !is_listed && (!has_checked || words::is_prose(text));
        }
    }
}

#[cfg(test)]
mod tests;

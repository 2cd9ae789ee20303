//! Stands between a file and its XML parser: gives it one piece of markup or text at a time, so that it is known where it
//! is, and refuses what would make it hold more than an ontology needs or what it would not notice (a file that ends
//! early).

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use memchr::{memchr, memmem};

use super::super::{DEEPEST, Fault, LONGEST, line_ends};

/// The longest text that an entity may stand for; mostly it is the beginning of an address.
const LONGEST_ENTITY: u64 = 1 << 16;

/// What entities stand for may be this many times what was read ...
const MOST_EXPANSION: u64 = 10;

/// ... once it is more than this.
const FREE_EXPANSION: u64 = 1 << 23;

/// The most there may be in one element whose content the parser keeps until it ends (`rdf:parseType`).
const LARGEST_CONTENT: usize = 1 << 26;

/// What is known of a guard while the parser has it.
#[derive(Default)]
pub(super) struct Watch {
    line: Cell<usize>,
    fault: RefCell<Option<Fault>>,
}

impl Watch {
    /// The line in which begins what the parser reads.
    pub(super) fn line(&self) -> usize {
        self.line.get()
    }

    /// Why the guard gave the parser nothing more.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault.take()
    }
}

pub(super) struct Guard<R> {
    input: R,
    watch: Rc<Watch>,
    /// One piece of markup, or the text up to the next.
    piece: Vec<u8>,
    /// How much of it was given away.
    given: usize,
    depth: usize,
    elements: u64,
    /// The depth of the outermost element whose content is kept, and how much that is.
    kept: Option<(usize, usize)>,
    /// How long the texts are that entities stand for.
    entities: HashMap<String, u64>,
    read: u64,
    expanded: u64,
}

impl<R: BufRead> Guard<R> {
    pub(super) fn new(input: R) -> (Self, Rc<Watch>) {
        let watch = Rc::new(Watch::default());
        watch.line.set(1);
        let guard = Self {
            input,
            watch: Rc::clone(&watch),
            piece: Vec::new(),
            given: 0,
            depth: 0,
            elements: 0,
            kept: None,
            entities: HashMap::new(),
            read: 0,
            expanded: 0,
        };
        (guard, watch)
    }

    /// Reads the next piece and looks at it; it is empty at the end.
    fn advance(&mut self) -> Result<(), Fault> {
        self.watch.line.set(self.watch.line() + line_ends(&self.piece));
        self.piece.clear();
        self.given = 0;
        let first = self.input.fill_buf().map_err(Fault::Read)?.first().copied();
        match first {
            None => return self.end(),
            Some(b'<') => self.fill_markup()?,
            Some(_) => self.fill_text()?,
        }
        self.read += self.piece.len() as u64;
        self.check()
    }

    fn fill_text(&mut self) -> Result<(), Fault> {
        loop {
            let buffer = self.input.fill_buf().map_err(Fault::Read)?;
            let end = memchr(b'<', buffer);
            let length = end.unwrap_or(buffer.len());
            self.piece.extend_from_slice(&buffer[..length]);
            self.input.consume(length);
            self.check_length()?;
            if end.is_some() || length == 0 {
                return Ok(());
            }
        }
    }

    fn fill_markup(&mut self) -> Result<(), Fault> {
        let (mut quote, mut open) = (None, 0_usize);
        loop {
            let seen = self.piece.len();
            loop {
                let buffer = self.input.fill_buf().map_err(Fault::Read)?;
                if buffer.is_empty() {
                    return Err(self.malformed("the file ends inside of markup; it is cut short"));
                }
                let end = memchr(b'>', buffer);
                let length = end.map_or(buffer.len(), |at| at + 1);
                self.piece.extend_from_slice(&buffer[..length]);
                self.input.consume(length);
                self.check_length()?;
                if end.is_some() {
                    break;
                }
            }
            let piece = self.piece.as_slice();
            let is_whole = if piece.starts_with(b"<!--") {
                piece.len() >= 7 && piece.ends_with(b"-->")
            } else if piece.starts_with(b"<![") {
                piece.ends_with(b"]]>")
            } else if piece.starts_with(b"<?") {
                piece.len() >= 4 && piece.ends_with(b"?>")
            } else if piece.starts_with(b"<!") {
                open += memchr::memchr_iter(b'<', &piece[seen..]).count();
                open -= 1;
                open == 0
            } else {
                for &byte in &piece[seen..] {
                    match quote {
                        None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
                        Some(mark) if mark == byte => quote = None,
                        _ => {}
                    }
                }
                quote.is_none()
            };
            if is_whole {
                return Ok(());
            }
        }
    }

    fn check_length(&self) -> Result<(), Fault> {
        if self.piece.len() > LONGEST {
            return Err(self.malformed(format!("a text or tag is longer than {} MiB", LONGEST >> 20)));
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Fault> {
        let text = match std::str::from_utf8(&self.piece) {
            Ok(text) => text,
            Err(error) => {
                let line = self.watch.line() + line_ends(&self.piece[..error.valid_up_to()]);
                return Err(Fault::Malformed(line, "the line is not UTF-8".to_owned()));
            }
        };
        if let Some(declaration) = text.strip_prefix("<!").filter(|rest| !rest.starts_with(['-', '['])) {
            let found = declare(declaration, &mut self.entities);
            let Some(length) = found else {
                return Err(self.malformed(format!("an entity stands for more than {LONGEST_ENTITY} bytes")));
            };
            self.expanded += length;
        } else if !self.entities.is_empty() && !text.starts_with("<!") && !text.starts_with("<?") {
            let length = expansion(text, &self.entities);
            if length > LONGEST as u64 {
                return Err(self.malformed(format!("entities make a text longer than {} MiB", LONGEST >> 20)));
            }
            self.expanded += length;
        }
        if self.expanded > FREE_EXPANSION && self.expanded > MOST_EXPANSION * self.read {
            return Err(self.malformed("entities stand for far more than was read"));
        }
        self.nest()
    }

    /// Follows the elements in and out.
    fn nest(&mut self) -> Result<(), Fault> {
        if let Some((depth, length)) = &mut self.kept {
            *length += self.piece.len();
            if *length > LARGEST_CONTENT {
                return Err(self.malformed(format!(
                    "an element of `rdf:parseType` holds more than {} MiB",
                    LARGEST_CONTENT >> 20
                )));
            }
            if self.piece.starts_with(b"</") && self.depth == *depth {
                self.kept = None;
            }
        }
        match self.piece.as_slice() {
            [b'<', b'!' | b'?', ..] => {}
            [b'<', b'/', ..] => self.depth = self.depth.saturating_sub(1),
            [b'<', .., b'/', b'>'] => self.elements += 1,
            [b'<', ..] => {
                self.elements += 1;
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(self.malformed(format!("elements are nested more than {DEEPEST} deep")));
                }
                if self.kept.is_none() && memmem::find(&self.piece, b"parseType").is_some() {
                    self.kept = Some((self.depth, 0));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The parser takes a file that ends between two elements for a whole one.
    fn end(&self) -> Result<(), Fault> {
        if self.elements == 0 {
            return Err(self.malformed("the file ends before any element"));
        }
        if self.depth > 0 {
            let elements = if self.depth == 1 { "an element is" } else { "elements are" };
            return Err(self.malformed(format!("the file ends where {elements} still open; it is cut short")));
        }
        Ok(())
    }

    fn malformed(&self, message: impl Into<String>) -> Fault {
        Fault::Malformed(self.watch.line(), message.into())
    }
}

impl<R: BufRead> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.piece.len()
            && let Err(fault) = self.advance()
        {
            *self.watch.fault.borrow_mut() = Some(fault);
            return Err(io::Error::other("refused"));
        }
        let length = buffer.len().min(self.piece.len() - self.given);
        buffer[..length].copy_from_slice(&self.piece[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}

/// Notes how long the texts are that a document type lets entities stand for, and gives back the sum; `None` where one is
/// too long.
fn declare(declaration: &str, entities: &mut HashMap<String, u64>) -> Option<u64> {
    let mut sum = 0;
    for entity in declaration.split('<').filter_map(|part| part.strip_prefix("!ENTITY")) {
        let entity = entity.trim_start();
        let entity = entity.strip_prefix('%').unwrap_or(entity).trim_start();
        let Some((name, rest)) = entity.split_once(|c: char| c.is_ascii_whitespace()) else { continue };
        let rest = rest.trim_start();
        let Some(mark) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        let value = rest[1..].split(mark).next().unwrap_or_default();
        let length = value.len() as u64 + expansion(value, entities);
        if length > LONGEST_ENTITY {
            return None;
        }
        sum += length;
        entities.insert(name.to_owned(), length);
    }
    Some(sum)
}

/// How long all the texts are that the entities in `text` stand for.
fn expansion(text: &str, entities: &HashMap<String, u64>) -> u64 {
    let names = text.split('&').skip(1).filter_map(|part| part.split_once(';'));
    names.filter_map(|(name, _)| entities.get(name)).sum()
}

//! Reads JSON and JSON lines: pairs in objects at any depth, and in strings that hold text.
//!
//! The document streams through: what is open is kept, and of it only what may be a pair.

mod lexer;

use std::io::BufRead;

pub(super) use lexer::Place;
use lexer::{Fault, Lexer, Stop, Token};

use super::object::{Collector, DEEPEST};
use crate::tables::{self, Input};
use crate::verify::prefixes::Prefixes;
use crate::verify::{Error, Found};

/// Tells `each` the pairs of one JSON value, or of several one after the other.
///
/// # Errors
/// Where the input cannot be read.
pub(in crate::verify) fn read(input: Input, prefixes: &Prefixes, each: &mut dyn FnMut(Found)) -> Result<(), Error> {
    let place = input.place.clone();
    let read = scan(input.into_reader(), Place::START, prefixes, each);
    read.map_err(|source| Error::Input(tables::Error::Read { place, source }))
}

/// Tells `each` the pairs of JSON whose first byte stands at `place`.
pub(super) fn scan(
    reader: impl BufRead,
    place: Place,
    prefixes: &Prefixes,
    each: &mut dyn FnMut(Found),
) -> std::io::Result<()> {
    let mut scanner = Scanner {
        lexer: Lexer::new(reader, place),
        collector: Collector::new(prefixes, each),
        open: Vec::new(),
        was_broken: false,
    };
    loop {
        match scanner.value() {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(Stop::Read(error)) => return Err(error),
            Err(Stop::Fault(Fault { place, problem })) => {
                scanner.tell_faults();
                scanner.collector.close_all();
                scanner.open.clear();
                scanner.collector.unreadable(place.line, place.column, problem);
                scanner.was_broken = true;
                // What stands on lines of its own goes on behind a broken line.
                if !scanner.lexer.resume()? {
                    return Ok(());
                }
            }
        }
    }
}

struct Scanner<'a, R> {
    lexer: Lexer<R>,
    collector: Collector<'a>,
    /// `}` or `]` for each that is open.
    open: Vec<u8>,
    /// Whether a line was broken, so that the ends of what was open in it are left over.
    was_broken: bool,
}

/// What may come next inside an object or an array.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A value.
    Value,
    /// A value or the end of the array.
    First,
    /// A key.
    Key,
    /// A key or the end of the object.
    FirstKey,
    /// A comma or the end.
    Comma,
}

impl<R: BufRead> Scanner<'_, R> {
    /// Reads a whole value; `false` at the end.
    fn value(&mut self) -> Result<bool, Stop> {
        while self.was_broken && matches!(self.lexer.look()?, Some(b',' | b']' | b'}')) {
            self.lexer.next()?;
        }
        if self.lexer.look()?.is_none() {
            return Ok(false);
        }
        let mut next = Next::Value;
        loop {
            next = match next {
                Next::Value | Next::First => self.read_value(next == Next::First)?,
                Next::Key | Next::FirstKey => self.read_key(next == Next::FirstKey)?,
                Next::Comma => self.read_comma()?,
            };
            self.tell_faults();
            if self.open.is_empty() {
                return Ok(true);
            }
        }
    }

    fn read_value(&mut self, may_end: bool) -> Result<Next, Stop> {
        match self.lexer.look()? {
            Some(b']') if may_end => return self.close(),
            Some(b'}' | b']' | b':' | b',') => return self.fault("a value is missing"),
            Some(b'{' | b'[') if self.open.len() >= DEEPEST => {
                return self.fault(&format!("more than {DEEPEST} objects and arrays stand in each other"));
            }
            None => return self.end(),
            Some(_) => {}
        }
        match self.lexer.next()? {
            Token::Sign(b'{') => {
                self.open.push(b'}');
                self.collector.open_object();
                return Ok(Next::FirstKey);
            }
            Token::Sign(_) => {
                self.open.push(b']');
                self.collector.open_array();
                return Ok(Next::First);
            }
            Token::Text(Some(field)) => self.collector.text(field, None),
            Token::Text(None) => drop(self.collector.other()),
            Token::Scalar | Token::End => self.collector.scalar(),
        }
        Ok(Next::Comma)
    }

    fn read_key(&mut self, may_end: bool) -> Result<Next, Stop> {
        match self.lexer.look()? {
            Some(b'}') if may_end => return self.close(),
            Some(b'"') => {}
            Some(_) => return self.fault("a key in quotes is missing"),
            None => return self.end(),
        }
        if let Token::Text(key) = self.lexer.next()? {
            self.collector.key(key);
        }
        match self.lexer.look()? {
            Some(b':') => drop(self.lexer.next()?),
            Some(_) => return self.fault("a colon is missing"),
            None => return self.end(),
        }
        Ok(Next::Value)
    }

    fn read_comma(&mut self) -> Result<Next, Stop> {
        let closing = self.open.last().copied();
        match self.lexer.look()? {
            Some(b',') => drop(self.lexer.next()?),
            byte @ Some(_) if byte == closing => return self.close(),
            Some(_) if closing == Some(b'}') => return self.fault("a comma or `}` is missing"),
            Some(_) => return self.fault("a comma or `]` is missing"),
            None => return self.end(),
        }
        Ok(if closing == Some(b'}') { Next::Key } else { Next::Value })
    }

    fn close(&mut self) -> Result<Next, Stop> {
        self.lexer.next()?;
        self.open.pop();
        self.collector.close();
        Ok(Next::Comma)
    }

    fn end(&self) -> Result<Next, Stop> {
        let inside = if self.open.last() == Some(&b'}') { "an object" } else { "an array" };
        self.fault(&format!("the document ends inside {inside}"))
    }

    fn fault(&self, problem: &str) -> Result<Next, Stop> {
        Err(Stop::Fault(Fault { place: self.lexer.place, problem: problem.to_owned() }))
    }

    fn tell_faults(&mut self) {
        for Fault { place, problem } in self.lexer.faults.drain(..) {
            self.collector.unreadable(place.line, place.column, problem);
        }
    }
}

#[cfg(test)]
mod tests;

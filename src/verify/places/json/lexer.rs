//! The signs and strings of JSON, each with its place, from a stream of any length.

use std::io::{self, BufRead};

use crate::verify::{Field, Quoting};

/// The longest string that is kept, in bytes.
const LONGEST: usize = 64 * 1024;

/// Where something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::verify::places) struct Place {
    /// In bytes from the start of the text.
    pub(in crate::verify::places) offset: u64,
    /// Its line, from 1.
    pub(in crate::verify::places) line: u64,
    /// Its column in characters, from 1.
    pub(in crate::verify::places) column: u64,
}

impl Place {
    /// Where a file begins.
    pub(in crate::verify::places) const START: Self = Self { offset: 0, line: 1, column: 1 };
}

/// A piece of JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// One of `{}[]:,`.
    Sign(u8),
    /// A string; none that is too long.
    Text(Option<Field>),
    /// A number, a truth value or `null`.
    Scalar,
    /// Nothing more.
    End,
}

/// What is wrong where.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) place: Place,
    pub(super) problem: String,
}

/// Why there is no token.
#[derive(Debug)]
pub(super) enum Stop {
    Fault(Fault),
    Read(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// Cuts JSON into pieces.
pub(super) struct Lexer<R> {
    reader: R,
    /// Where the next byte stands.
    pub(super) place: Place,
    /// The string that is read.
    buffer: Vec<u8>,
    /// Strings that are not UTF-8, which are passed over.
    pub(super) faults: Vec<Fault>,
}

impl<R: BufRead> Lexer<R> {
    /// Reads from `reader`, whose first byte stands at `place`.
    pub(super) const fn new(reader: R, place: Place) -> Self {
        Self { reader, place, buffer: Vec::new(), faults: Vec::new() }
    }

    /// The next byte, which is not taken.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.reader.fill_buf() {
                Ok(bytes) => return Ok(bytes.first().copied()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes the byte that was looked at.
    fn take(&mut self, byte: u8) {
        self.reader.consume(1);
        self.place.offset += 1;
        if byte == b'\n' {
            self.place.line += 1;
            self.place.column = 1;
        } else if byte & 0xC0 != 0x80 {
            self.place.column += 1;
        }
    }

    /// The next byte that is no white space, which is not taken.
    pub(super) fn look(&mut self) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Ok(Some(byte));
            }
            self.take(byte);
        }
        Ok(None)
    }

    /// Goes to the next line that begins with `{` or `[`; whether there is one.
    pub(super) fn resume(&mut self) -> io::Result<bool> {
        while let Some(byte) = self.peek()? {
            if self.place.column == 1 && matches!(byte, b'{' | b'[') {
                return Ok(true);
            }
            self.take(byte);
        }
        Ok(false)
    }

    fn fault<T>(&self, problem: &str) -> Result<T, Stop> {
        Err(Stop::Fault(Fault { place: self.place, problem: problem.to_owned() }))
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Result<Token, Stop> {
        let Some(byte) = self.look()? else { return Ok(Token::End) };
        match byte {
            b'{' | b'}' | b'[' | b']' | b':' | b',' => {
                self.take(byte);
                Ok(Token::Sign(byte))
            }
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.fault("no JSON value begins here"),
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<Token, Stop> {
        let place = self.place;
        for &expected in word {
            if self.peek()? != Some(expected) {
                let problem = "no JSON value begins here".to_owned();
                return Err(Stop::Fault(Fault { place, problem }));
            }
            self.take(expected);
        }
        Ok(Token::Scalar)
    }

    /// What numbers are made of; whether in the right order does not matter here.
    fn number(&mut self) -> Result<Token, Stop> {
        while let Some(byte @ (b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) = self.peek()? {
            self.take(byte);
        }
        Ok(Token::Scalar)
    }

    /// A string whose first quote was looked at.
    fn string(&mut self) -> Result<Token, Stop> {
        let start = self.place;
        self.buffer.clear();
        self.take(b'"');
        let (mut is_long, mut has_escapes) = (false, false);
        loop {
            let Some(byte) = self.peek()? else { return self.fault("the document ends inside a string") };
            match byte {
                b'"' => {
                    self.take(byte);
                    break;
                }
                b'\\' => {
                    self.take(byte);
                    has_escapes = true;
                    self.escape()?;
                }
                b'\n' | b'\r' => return self.fault("a string is not closed in its line"),
                byte if byte < 0x20 && byte != b'\t' => return self.fault("a string holds a control character"),
                byte => {
                    self.take(byte);
                    self.buffer.push(byte);
                }
            }
            if self.buffer.len() > LONGEST {
                is_long = true;
                self.buffer.clear();
            }
        }
        if is_long {
            return Ok(Token::Text(None));
        }
        match std::str::from_utf8(&self.buffer) {
            Ok(text) => {
                let text = text.to_owned();
                let span = start.offset..self.place.offset;
                let Place { line, column, .. } = start;
                Ok(Token::Text(Some(Field { text, line, column, span, quoting: Quoting::Json })))
            }
            Err(error) => {
                let mut place = start;
                // Before it every byte is written as it is read, unless there are escapes.
                if !has_escapes {
                    let valid = String::from_utf8_lossy(&self.buffer[..error.valid_up_to()]);
                    place.offset += 1 + valid.len() as u64;
                    place.column += 1 + valid.chars().count() as u64;
                }
                self.faults.push(Fault { place, problem: "a string is not UTF-8".to_owned() });
                Ok(Token::Text(None))
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<(), Stop> {
        let Some(byte) = self.peek()? else { return self.fault("the document ends inside a string") };
        let meant = match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                self.take(byte);
                return self.unicode();
            }
            _ => return self.fault("a string holds an escape that JSON does not have"),
        };
        self.take(byte);
        self.buffer.push(meant);
        Ok(())
    }

    /// What follows `\u`; half of a pair is no character.
    fn unicode(&mut self) -> Result<(), Stop> {
        let mut unit = self.hexadecimal()?;
        if (0xD800..0xDC00).contains(&unit) {
            let mut second = None;
            if self.peek()? == Some(b'\\') {
                self.take(b'\\');
                if self.peek()? != Some(b'u') {
                    self.keep('\u{fffd}');
                    return self.escape();
                }
                self.take(b'u');
                second = Some(self.hexadecimal()?);
            }
            unit = match second {
                Some(low @ 0xDC00..0xE000) => 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00),
                _ => 0xFFFD,
            };
        }
        self.keep(char::from_u32(unit).unwrap_or('\u{fffd}'));
        Ok(())
    }

    fn keep(&mut self, character: char) {
        self.buffer.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn hexadecimal(&mut self) -> Result<u32, Stop> {
        let mut unit = 0;
        for _ in 0..4 {
            let byte = self.peek()?;
            let Some((byte, digit)) = byte.and_then(|byte| Some((byte, char::from(byte).to_digit(16)?))) else {
                return self.fault("a string holds an escape that JSON does not have");
            };
            self.take(byte);
            unit = unit << 4 | digit;
        }
        Ok(unit)
    }
}

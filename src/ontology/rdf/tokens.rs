//! OWL's functional syntax as tokens of bounded length, each with its line.

use std::io::BufRead;

use super::{Fault, LONGEST};

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    Equals,
    /// `<http://...>`.
    Iri(String),
    /// `"..."`, with what follows it.
    Text(String, Suffix),
    /// A keyword, a prefixed name, a number, or the name of a node without an address.
    Word(String),
}

/// What follows a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Suffix {
    None,
    /// `@en`.
    Language(String),
    /// `^^`; the type is the next token.
    Type,
}

/// The tokens of an input.
pub(super) struct Tokens<R> {
    input: R,
    line: usize,
}

impl<R: BufRead> Tokens<R> {
    pub(super) const fn new(input: R) -> Self {
        Self { input, line: 1 }
    }

    /// The line in which the last token ended.
    pub(super) const fn line(&self) -> usize {
        self.line
    }

    /// The next token; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token>, Fault> {
        let Some(byte) = self.skip_space()? else { return Ok(None) };
        Ok(Some(match byte {
            b'(' => self.single(Token::Open),
            b')' => self.single(Token::Close),
            b'=' => self.single(Token::Equals),
            b'<' => {
                self.input.consume(1);
                Token::Iri(self.until(b'>', "an address")?)
            }
            b'"' => {
                self.input.consume(1);
                let text = self.text()?;
                Token::Text(text, self.suffix()?)
            }
            _ => Token::Word(self.word()?),
        }))
    }

    fn single(&mut self, token: Token) -> Token {
        self.input.consume(1);
        token
    }

    fn peek(&mut self) -> Result<Option<u8>, Fault> {
        Ok(self.input.fill_buf().map_err(Fault::Read)?.first().copied())
    }

    /// Passes over white space and comments; gives back the byte that follows.
    fn skip_space(&mut self) -> Result<Option<u8>, Fault> {
        let mut in_comment = false;
        loop {
            let buffer = self.input.fill_buf().map_err(Fault::Read)?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let mut used = 0;
            let mut found = None;
            for &byte in buffer {
                match byte {
                    b'\n' => {
                        self.line += 1;
                        in_comment = false;
                    }
                    b'#' => in_comment = true,
                    _ if in_comment || byte.is_ascii_whitespace() => {}
                    _ => {
                        found = Some(byte);
                        break;
                    }
                }
                used += 1;
            }
            self.input.consume(used);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// The text up to `end`, which is taken as well.
    fn until(&mut self, end: u8, what: &str) -> Result<String, Fault> {
        let line = self.line;
        let mut bytes = Vec::new();
        loop {
            let buffer = self.input.fill_buf().map_err(Fault::Read)?;
            if buffer.is_empty() {
                return Err(Fault::Malformed(line, format!("the file ends inside {what}; it is cut short")));
            }
            let at = memchr::memchr(end, buffer);
            let length = at.unwrap_or(buffer.len());
            bytes.extend_from_slice(&buffer[..length]);
            self.input.consume(length + usize::from(at.is_some()));
            if at.is_some() {
                return self.utf8(bytes);
            }
            check_length(&bytes, line)?;
        }
    }

    /// A text behind its first quote.
    fn text(&mut self) -> Result<String, Fault> {
        let start = self.line;
        let mut bytes = Vec::new();
        let mut is_escaped = false;
        loop {
            let buffer = self.input.fill_buf().map_err(Fault::Read)?;
            if buffer.is_empty() {
                return Err(Fault::Malformed(start, "the file ends inside a text; it is cut short".to_owned()));
            }
            let mut used = 0;
            let mut is_closed = false;
            for &byte in buffer {
                used += 1;
                match byte {
                    _ if is_escaped => {
                        // Only a quote and a backslash are written with one; before others it stands for itself.
                        if !matches!(byte, b'"' | b'\\') {
                            bytes.push(b'\\');
                        }
                        bytes.push(byte);
                        is_escaped = false;
                    }
                    b'\\' => is_escaped = true,
                    b'"' => {
                        is_closed = true;
                        break;
                    }
                    _ => bytes.push(byte),
                }
            }
            self.input.consume(used);
            if is_closed {
                return self.utf8(bytes);
            }
            check_length(&bytes, start)?;
        }
    }

    fn suffix(&mut self) -> Result<Suffix, Fault> {
        match self.peek()? {
            Some(b'@') => {
                self.input.consume(1);
                Ok(Suffix::Language(self.word()?))
            }
            Some(b'^') => {
                for _ in 0..2 {
                    if self.peek()? != Some(b'^') {
                        return Err(Fault::Malformed(self.line, "a single `^` after a text".to_owned()));
                    }
                    self.input.consume(1);
                }
                Ok(Suffix::Type)
            }
            _ => Ok(Suffix::None),
        }
    }

    fn word(&mut self) -> Result<String, Fault> {
        let mut bytes = Vec::new();
        loop {
            let buffer = self.input.fill_buf().map_err(Fault::Read)?;
            let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'(' | b')' | b'=' | b'<' | b'"');
            let at = buffer.iter().position(ends);
            let length = at.unwrap_or(buffer.len());
            bytes.extend_from_slice(&buffer[..length]);
            self.input.consume(length);
            if at.is_some() || length == 0 {
                return self.utf8(bytes);
            }
            check_length(&bytes, self.line)?;
        }
    }

    /// The text of bytes that were taken; counts their lines.
    fn utf8(&mut self, bytes: Vec<u8>) -> Result<String, Fault> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let before = super::line_ends(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
            Fault::Malformed(self.line + before, "the line is not UTF-8".to_owned())
        })?;
        self.line += super::line_ends(text.as_bytes());
        Ok(text)
    }
}

fn check_length(bytes: &[u8], line: usize) -> Result<(), Fault> {
    if bytes.len() > LONGEST {
        return Err(Fault::Malformed(line, format!("a text is longer than {} MiB", LONGEST >> 20)));
    }
    Ok(())
}

//! Turtle and N-Triples: the parser behind a guard that gives it a line at a time and watches how deep it nests.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use oxttl::{TurtleParseError, TurtleParser};

use super::statements::Statements;
use super::xml::take;
use super::{DEEPEST, Fault, LONGEST};

pub(super) fn read(input: impl BufRead, statements: &mut Statements) -> Result<(), Fault> {
    let watch = Rc::new(Watch { line: Cell::new(1), fault: RefCell::new(None) });
    let guard = Guard { input, watch: Rc::clone(&watch), inside: Inside::Nothing, depth: 0, at_line_end: false };
    // Addresses that are none are told where they are used; a file is not given up for them.
    for triple in TurtleParser::new().lenient().for_reader(guard) {
        let triple = match triple {
            Ok(triple) => triple,
            Err(error) => {
                return Err(watch.fault.take().unwrap_or_else(|| match error {
                    TurtleParseError::Io(error) if error.kind() == io::ErrorKind::OutOfMemory => Fault::Malformed(
                        watch.line.get(),
                        format!("a text or statement on one line is longer than {} MiB", LONGEST >> 20),
                    ),
                    TurtleParseError::Io(error) => Fault::Read(error),
                    TurtleParseError::Syntax(error) => {
                        let line = usize::try_from(error.location().start.line).unwrap_or(usize::MAX);
                        Fault::Syntax(line.saturating_add(1), Box::new(error))
                    }
                }));
            }
        };
        take(watch.line.get(), statements, &triple);
    }
    Ok(())
}

/// What is known of a guard while the parser has it.
struct Watch {
    /// The line that was given last.
    line: Cell<usize>,
    fault: RefCell<Option<Fault>>,
}

/// What a byte stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    /// Behind a backslash outside of texts.
    Escape,
    Comment,
    Address,
    /// Behind the first mark of a text.
    Opened(u8),
    /// Behind two marks: an empty text, or the beginning of a long one.
    OpenedTwice(u8),
    /// A text between single marks.
    Text(u8),
    TextEscape(u8),
    /// A text between three marks, and how many of them were just seen.
    Long(u8, u8),
    LongEscape(u8),
}

impl Inside {
    /// What the byte after `byte` stands in; `depth` counts what is open.
    fn step(self, byte: u8, depth: &mut usize) -> Self {
        match (self, byte) {
            (Self::Nothing, b'#') => Self::Comment,
            (Self::Nothing, b'<') => Self::Address,
            (Self::Nothing, b'"' | b'\'') => Self::Opened(byte),
            (Self::Nothing, b'\\') => Self::Escape,
            (Self::Nothing, b'(' | b'[') => {
                *depth += 1;
                self
            }
            (Self::Nothing, b')' | b']') => {
                *depth = depth.saturating_sub(1);
                self
            }
            (Self::Escape, _) | (Self::Comment, b'\n') | (Self::Address, b'>' | b'<' | b' ' | b'\n') => Self::Nothing,
            (Self::Opened(mark), _) if byte == mark => Self::OpenedTwice(mark),
            (Self::OpenedTwice(mark), _) if byte == mark => Self::Long(mark, 0),
            (Self::OpenedTwice(_), _) => Self::Nothing.step(byte, depth),
            (Self::Opened(mark) | Self::Text(mark), b'\\') => Self::TextEscape(mark),
            (Self::Text(mark), _) if byte == mark => Self::Nothing,
            (Self::Opened(mark) | Self::Text(mark) | Self::TextEscape(mark), _) => Self::Text(mark),
            (Self::Long(mark, 2), _) if byte == mark => Self::Nothing,
            (Self::Long(mark, seen), _) if byte == mark => Self::Long(mark, seen + 1),
            (Self::Long(mark, _), b'\\') => Self::LongEscape(mark),
            (Self::Long(mark, _) | Self::LongEscape(mark), _) => Self::Long(mark, 0),
            (Self::Nothing | Self::Comment | Self::Address, _) => self,
        }
    }
}

/// Gives the parser a line at a time, so that it is known where it is.
struct Guard<R> {
    input: R,
    watch: Rc<Watch>,
    inside: Inside,
    depth: usize,
    /// Whether the last byte that was given ended a line.
    at_line_end: bool,
}

/// Where the parser makes more room than this, a line at a time would have it clear that room for each.
const LARGE: usize = 1 << 16;

impl<R: BufRead> Guard<R> {
    fn fill(&mut self, target: &mut [u8]) -> Result<usize, Fault> {
        let (mut length, mut line) = (0, self.watch.line.get());
        let by_line = target.len() <= LARGE;
        while length < target.len() {
            let source = self.input.fill_buf().map_err(Fault::Read)?;
            let mut used = 0;
            let mut is_whole = source.is_empty();
            for (&byte, place) in source.iter().zip(&mut target[length..]) {
                line += usize::from(std::mem::replace(&mut self.at_line_end, byte == b'\n'));
                *place = byte;
                used += 1;
                self.inside = self.inside.step(byte, &mut self.depth);
                // Within a long text the parser would begin anew with each line.
                if self.at_line_end && by_line && !matches!(self.inside, Inside::Long(..)) {
                    is_whole = true;
                    break;
                }
            }
            self.input.consume(used);
            length += used;
            self.watch.line.set(line);
            if self.depth > DEEPEST {
                return Err(Fault::Malformed(line, format!("lists and nodes are nested more than {DEEPEST} deep")));
            }
            if is_whole {
                break;
            }
        }
        Ok(length)
    }
}

impl<R: BufRead> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill(buffer).map_err(|fault| {
            *self.watch.fault.borrow_mut() = Some(fault);
            io::Error::other("refused")
        })
    }
}

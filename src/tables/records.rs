//! Rows cut out of a stream of bytes, of bounded length, each with its line.
//!
//! Bytes stay bytes here: cutting is what must be done one row after the other, everything else is done on all cores.

use std::io::{self, BufRead};
use std::ops::Range;

use super::cells::split_csv;
use super::input::{Input, Reader};
use super::{Format, Problem, ROW_BYTES};

/// Rows in a batch.
const BATCH_ROWS: usize = 512;

/// Bytes after which a batch is full.
const BATCH_BYTES: usize = 1 << 20;

/// Where a row stands in its batch.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its line, from 1; the row it is, from 1, where rows come from a file without lines.
    pub line: u64,
    /// Where it begins, in bytes from the start of the text (behind a byte order mark).
    pub offset: u64,
    /// Where its bytes are in the batch, without the end of the line.
    pub bytes: Range<usize>,
    /// Why it is no whole row.
    pub problem: Option<Problem>,
}

/// Rows that are worked on together.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    /// The rows.
    pub records: Vec<Record>,
}

impl Batch {
    /// The bytes of a row.
    pub fn bytes(&self, record: &Record) -> &[u8] {
        &self.bytes[record.bytes.clone()]
    }

    /// Forgets its rows and keeps their memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
    }

    /// Whether no more rows should be added.
    pub fn is_full(&self) -> bool {
        self.records.len() >= BATCH_ROWS || self.bytes.len() >= BATCH_BYTES
    }
}

/// Cuts rows.
pub struct Records {
    reader: Reader,
    format: Format,
    line_end: u8,
    line: u64,
    /// Bytes of the text that were cut so far.
    taken: u64,
    /// Cells of a row; 0 while the header is not read.
    pub width: usize,
    /// Whether rows are counted and not lines, of which a cell may hold several. The text was then written by a program:
    /// each row has its cells, and every quote is meant.
    counts_rows: bool,
    /// Bytes that were read too far, to be read again.
    returned: io::Cursor<Vec<u8>>,
}

/// Where the cutter stands in a row of CSV.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a cell.
    Start,
    /// In a cell without quotes, or after its closing quote.
    Plain,
    /// Inside quotes.
    Quoted,
    /// After a quote inside quotes, which closes them unless another follows.
    Closing,
}

/// How the cutting of one row ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Line,
    File,
    TooLong,
}

/// What was noticed while a row was cut.
struct Cut {
    end: End,
    /// A quote is open.
    is_open: bool,
    /// Something follows a closing quote.
    is_odd: bool,
}

impl Records {
    /// Cuts rows of `format` that end with `line_end`.
    pub fn new(reader: Reader, format: Format, line_end: u8) -> Self {
        let returned = io::Cursor::default();
        Self { reader, format, line_end, line: 1, taken: 0, width: 0, counts_rows: false, returned }
    }

    /// Cuts rows of an input: lines are counted, or rows where they come from a file without lines.
    pub fn of(input: Input, format: Format, line_end: u8) -> Self {
        let first_row = input.contained.as_ref().map(|contained| contained.first_row);
        let records = Self::new(input.into_reader(), format, line_end);
        Self { counts_rows: first_row.is_some(), line: first_row.unwrap_or(1), ..records }
    }

    /// What ends a line.
    pub const fn line_end(&self) -> u8 {
        self.line_end
    }

    /// Adds rows to `batch` until it is full or nothing more is at hand without waiting; whether there may be more.
    pub fn fill(&mut self, batch: &mut Batch) -> io::Result<bool> {
        loop {
            // Who types, or writes one line at a time, gets each answer at once.
            let is_waiting = self.rest_of_returned().is_empty() && self.reader.buffer().is_empty();
            if batch.is_full() || (is_waiting && !batch.records.is_empty()) {
                return Ok(true);
            }
            if !self.read(batch)? {
                return Ok(false);
            }
        }
    }

    /// Adds the next row to `batch`; `false` at the end.
    pub fn read(&mut self, batch: &mut Batch) -> io::Result<bool> {
        loop {
            let (start, line, offset) = (batch.bytes.len(), self.line, self.taken);
            let cut = self.cut(&mut batch.bytes)?;
            if cut.end == End::File && batch.bytes.len() == start {
                return Ok(false);
            }
            let first_end = batch.bytes[start..].iter().position(|&byte| byte == self.line_end);
            let problem = match (first_end, cut.end) {
                // Only quotes join lines.
                (Some(first_end), _) if self.is_run_on(&batch.bytes[start..], &cut) => {
                    self.give_back(&mut batch.bytes, start + first_end, cut.end);
                    self.line = line + 1;
                    self.taken = offset + first_end as u64 + 1;
                    Some(Problem::OpenQuote)
                }
                (_, End::TooLong) => {
                    batch.bytes.truncate(start);
                    if !self.counts_rows {
                        self.skip_line()?;
                    }
                    Some(Problem::TooLong)
                }
                _ => cut.is_open.then_some(Problem::OpenQuote),
            };
            if batch.bytes[start..].ends_with(b"\r") {
                batch.bytes.pop();
            }
            if problem.is_none() && self.is_skipped(&batch.bytes[start..]) {
                batch.bytes.truncate(start);
                continue;
            }
            batch.records.push(Record { line, offset, bytes: start..batch.bytes.len(), problem });
            return Ok(true);
        }
    }

    /// Whether the lines of a row were joined by a quote that was not meant to open anything.
    fn is_run_on(&self, bytes: &[u8], cut: &Cut) -> bool {
        if self.counts_rows {
            return false;
        }
        let has_its_cells = || self.width == 0 || split_csv(bytes, b',', self.line_end).len() == self.width;
        cut.is_open || cut.is_odd || cut.end == End::TooLong || !has_its_cells()
    }

    /// Whether a row says nothing: an empty line between rows. Where a row is one cell, it is an empty cell.
    fn is_skipped(&self, bytes: &[u8]) -> bool {
        match self.format {
            Format::Csv => bytes.is_empty(),
            Format::Tsv => bytes.is_empty() && self.width != 1,
            Format::Jsonl => bytes.trim_ascii().is_empty(),
            Format::Lines => false,
        }
    }

    /// Appends one row without its end to `out`.
    fn cut(&mut self, out: &mut Vec<u8>) -> io::Result<Cut> {
        let (start, line_end, has_quotes) = (out.len(), self.line_end, self.format == Format::Csv);
        let (mut state, mut is_odd, mut is_too_long) = (State::Start, false, false);
        let end = loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                break if is_too_long { End::TooLong } else { End::File };
            }
            let mut found = None;
            let mut lines = 0;
            if has_quotes {
                for (position, &byte) in chunk.iter().enumerate() {
                    lines += u64::from(byte == line_end);
                    state = match (state, byte) {
                        (State::Quoted, b'"') => State::Closing,
                        (State::Quoted, _) | (State::Start | State::Closing, b'"') => State::Quoted,
                        (_, byte) if byte == line_end => {
                            found = Some(position);
                            break;
                        }
                        (_, b',') => State::Start,
                        (state, byte) => {
                            is_odd |= state == State::Closing && byte != b'\r';
                            State::Plain
                        }
                    };
                }
            } else {
                found = chunk.iter().position(|&byte| byte == line_end);
                lines = u64::from(found.is_some());
            }
            let taken = found.unwrap_or(chunk.len());
            if !is_too_long {
                out.extend_from_slice(&chunk[..taken]);
            }
            self.consume(taken + usize::from(found.is_some()));
            self.line += if self.counts_rows { u64::from(found.is_some()) } else { lines };
            is_too_long |= out.len() - start > ROW_BYTES;
            match found {
                Some(_) if is_too_long && self.counts_rows => break End::TooLong,
                Some(_) => break End::Line,
                // Where rows are counted, only its quotes say where it ends.
                None if is_too_long && !self.counts_rows => break End::TooLong,
                None => {}
            }
        };
        Ok(Cut { end, is_open: state == State::Quoted, is_odd })
    }

    /// Passes over the rest of a line that is too long, without keeping it.
    fn skip_line(&mut self) -> io::Result<()> {
        let line_end = self.line_end;
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                return Ok(());
            }
            let found = chunk.iter().position(|&byte| byte == line_end);
            let taken = found.map_or(chunk.len(), |at| at + 1);
            self.consume(taken);
            if found.is_some() {
                self.line += 1;
                return Ok(());
            }
        }
    }

    /// Keeps the line up to `line_end`; what was cut after it is read again.
    fn give_back(&mut self, bytes: &mut Vec<u8>, line_end: usize, end: End) {
        let mut rest = bytes.split_off(line_end + 1);
        bytes.truncate(line_end);
        if end == End::Line {
            rest.push(self.line_end);
        }
        rest.extend_from_slice(self.rest_of_returned());
        self.returned = io::Cursor::new(rest);
    }

    fn rest_of_returned(&self) -> &[u8] {
        let at = usize::try_from(self.returned.position()).unwrap_or(usize::MAX);
        self.returned.get_ref().get(at..).unwrap_or_default()
    }

    fn chunk(&mut self) -> io::Result<&[u8]> {
        if !self.rest_of_returned().is_empty() {
            return Ok(self.rest_of_returned());
        }
        loop {
            match self.reader.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.reader.buffer())
    }

    fn consume(&mut self, length: usize) {
        self.taken += length as u64;
        if self.rest_of_returned().is_empty() {
            self.reader.consume(length);
        } else {
            self.returned.set_position(self.returned.position() + length as u64);
        }
    }
}

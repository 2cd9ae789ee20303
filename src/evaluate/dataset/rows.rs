//! The rows of a table of cases: TSV, CSV or JSON lines, one at a time, with their lines.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::Split;
use crate::evaluate::Error;

/// Bytes of a line, at most: a sentence with its mention is shorter.
const LINE_BYTES: u64 = 1 << 20;

/// A file of rows that was opened, its header read.
pub(in crate::evaluate) struct Rows {
    place: String,
    /// Those of the header, in lower case; of JSON, the keys of the first object.
    columns: Vec<String>,
    source: Source,
    hasher: Arc<Mutex<blake3::Hasher>>,
}

enum Source {
    /// Tabs between cells, and quotes are letters.
    Lines { lines: Lines, is_json: bool },
    Csv {
        records: Box<csv::StringRecordsIntoIter<Bounded>>,
        bytes: Arc<AtomicU64>,
        /// Lines that the parser is behind when it has a record.
        behind: u64,
    },
}

/// Lines of bounded length.
struct Lines {
    reader: BufReader<Box<dyn Read>>,
    line: usize,
    /// A line that was looked at and is still to come.
    seen: Option<(usize, String)>,
}

/// A row.
pub(in crate::evaluate) struct Row<'a> {
    /// Where it stands, from 1.
    pub(in crate::evaluate) line: usize,
    place: &'a str,
    columns: &'a [String],
    cells: Cells,
}

enum Cells {
    Listed(Vec<String>),
    Named(HashMap<String, String>),
}

impl Row<'_> {
    /// The cell of a column; `None` where the row or the file has none.
    pub(in crate::evaluate) fn get(&self, column: &str) -> Option<&str> {
        match &self.cells {
            Cells::Listed(cells) => {
                let at = self.columns.iter().position(|known| known == column)?;
                cells.get(at).map(String::as_str)
            }
            Cells::Named(cells) => cells.get(column).map(String::as_str),
        }
    }

    /// What stands in the cell of a column; `None` where that is nothing.
    pub(in crate::evaluate) fn cell(&self, column: &str) -> Option<&str> {
        self.get(column).map(str::trim).filter(|cell| !cell.is_empty())
    }

    /// The count that stands in a column, where there is one.
    pub(in crate::evaluate) fn count(&self, column: &str) -> Result<Option<u64>, Error> {
        let count = |text: &str| text.parse().map_err(|_| self.malformed(format!("`{text}` is no count")));
        self.cell(column).map(count).transpose()
    }

    /// Which part of a terminology the row says it belongs to, where it does.
    pub(in crate::evaluate) fn split(&self) -> Result<Option<Split>, Error> {
        let split = |text: &str| {
            let message = || format!("`{SPLIT}` is `{text}`, neither `trained` nor `withheld`");
            Split::parse(text).ok_or_else(|| self.malformed(message()))
        };
        self.cell(SPLIT).map(split).transpose()
    }

    /// That something is wrong with the row.
    pub(in crate::evaluate) fn malformed(&self, message: String) -> Error {
        Error::Malformed { place: self.place.to_owned(), line: self.line, message }
    }
}

/// The column that says which part of a terminology a term belongs to.
pub(in crate::evaluate) const SPLIT: &str = "split";

/// Characters of a header that an error repeats.
const SHOWN: usize = 300;

/// Bytes of a CSV record, at most: a quote that is never closed makes one of the rest of the file.
const RECORD_BYTES: u64 = 16 << 20;

/// Gives up where a record never ends.
struct Bounded {
    reader: Box<dyn Read>,
    /// Bytes since the last record began.
    bytes: Arc<AtomicU64>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(buffer)?;
        if self.bytes.fetch_add(count as u64, Ordering::Relaxed) > RECORD_BYTES {
            return Err(std::io::Error::other("a row is longer than 16 MiB; is a quote left open?"));
        }
        Ok(count)
    }
}

/// Feeds what is read to a hash.
struct Hashing {
    file: fs_err::File,
    hasher: Arc<Mutex<blake3::Hasher>>,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hasher.lock().unwrap_or_else(PoisonError::into_inner).update(&buffer[..count]);
        Ok(count)
    }
}

impl Rows {
    /// Opens `path`, by its ending as CSV (`.csv`), JSON lines (`.jsonl`, `.ndjson`), or else TSV, packed or not (`.gz`).
    pub(in crate::evaluate) fn open(path: &Path) -> Result<Self, Error> {
        let place = path.display().to_string();
        let read = |source| Error::Read { place: place.clone(), source };
        let file = fs_err::File::open(path).map_err(read)?;
        let hasher: Arc<Mutex<blake3::Hasher>> = Arc::default();
        let hashing = Hashing { file, hasher: Arc::clone(&hasher) };
        let ends = |path: &Path, ending: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending));
        let (name, reader): (PathBuf, Box<dyn Read>) = if ends(path, "gz") {
            (path.with_extension(""), Box::new(flate2::read::MultiGzDecoder::new(hashing)))
        } else {
            (path.to_owned(), Box::new(hashing))
        };
        if ends(&name, "csv") {
            return Self::csv(place, reader, hasher);
        }
        let is_json = ends(&name, "jsonl") || ends(&name, "ndjson");
        let mut lines = Lines { reader: BufReader::with_capacity(1 << 18, reader), line: 0, seen: None };
        let columns = if is_json {
            // Whatever the first object has; others may have more.
            let Some((line, first)) = lines.next(&place)? else { return Err(Error::NoCases { place }) };
            let mut columns: Vec<String> = object(&first, &place, line)?.into_keys().collect();
            columns.sort();
            lines.seen = Some((line, first));
            columns
        } else {
            let Some((_, header)) = lines.next(&place)? else { return Err(Error::NoCases { place }) };
            header.trim_start_matches('\u{feff}').split('\t').map(heading).collect()
        };
        Ok(Self { place, columns, source: Source::Lines { lines, is_json }, hasher })
    }

    fn csv(place: String, reader: Box<dyn Read>, hasher: Arc<Mutex<blake3::Hasher>>) -> Result<Self, Error> {
        let mut reader = BufReader::new(reader);
        let seen = reader.fill_buf().map_err(|source| Error::Read { place: place.clone(), source })?;
        let end = seen.iter().position(|&byte| byte == b'\n').and_then(|end| end.checked_sub(1));
        // The parser is at the line feed of a carriage return and line feed when a record begins.
        let behind = u64::from(end.is_some_and(|end| seen[end] == b'\r'));
        let bytes: Arc<AtomicU64> = Arc::default();
        let reader = Bounded { reader: Box::new(reader), bytes: Arc::clone(&bytes) };
        let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(reader);
        let header = reader.headers().map_err(|error| wrong(&place, error))?;
        let columns: Vec<String> = header.iter().map(|cell| heading(cell.trim_start_matches('\u{feff}'))).collect();
        if columns.is_empty() {
            return Err(Error::NoCases { place });
        }
        let records = Box::new(reader.into_records());
        Ok(Self { place, columns, source: Source::Csv { records, bytes, behind }, hasher })
    }

    /// Whether there is such a column.
    pub(in crate::evaluate) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|known| known == column)
    }

    /// Whether a later row may have such a column: the header says, but JSON has none.
    pub(in crate::evaluate) fn may_have(&self, column: &str) -> bool {
        self.has(column) || matches!(self.source, Source::Lines { is_json: true, .. })
    }

    /// The first of these columns that there is.
    ///
    /// # Errors
    /// Where there is none of them.
    pub(in crate::evaluate) fn one_of(&self, usual: &[&'static str]) -> Result<&'static str, Error> {
        let found =
            usual.iter().find(|column| self.has(column)).or_else(|| usual.iter().find(|column| self.may_have(column)));
        found.copied().ok_or_else(|| self.missing(&usual.join("` or `")))
    }

    /// That a column is missing.
    pub(in crate::evaluate) fn missing(&self, column: &str) -> Error {
        let columns: String = self.columns.join("`, `").chars().take(SHOWN).collect();
        Error::NoColumn { place: self.place.clone(), column: column.to_owned(), columns }
    }

    /// The next row.
    pub(in crate::evaluate) fn next(&mut self) -> Option<Result<Row<'_>, Error>> {
        let place = &self.place;
        let row = match &mut self.source {
            Source::Csv { records, bytes, behind } => {
                bytes.store(0, Ordering::Relaxed);
                records.next()?.map_err(|error| wrong(place, error)).map(|record| {
                    let line = record.position().map_or(0, csv::Position::line) + *behind;
                    let cells = Cells::Listed(record.iter().map(str::to_owned).collect());
                    (usize::try_from(line).unwrap_or(usize::MAX), cells)
                })
            }
            Source::Lines { lines, is_json } => match lines.next(place).transpose()? {
                Err(error) => Err(error),
                Ok((line, text)) if *is_json => object(&text, place, line).map(|cells| (line, Cells::Named(cells))),
                Ok((line, text)) => {
                    let cells: Vec<String> = text.split('\t').map(str::to_owned).collect();
                    let (found, columns) = (cells.len(), self.columns.len());
                    if found > columns {
                        let message = format!("{found} cells, and the header has {columns}");
                        Err(Error::Malformed { place: place.clone(), line, message })
                    } else {
                        Ok((line, Cells::Listed(cells)))
                    }
                }
            },
        };
        Some(row.map(|(line, cells)| Row { line, place: &self.place, columns: &self.columns, cells }))
    }

    /// The BLAKE3 of what was read.
    pub(in crate::evaluate) fn blake3(&self) -> String {
        self.hasher.lock().unwrap_or_else(PoisonError::into_inner).finalize().to_hex().to_string()
    }
}

impl Lines {
    /// The next line that is not blank, and its number.
    fn next(&mut self, place: &str) -> Result<Option<(usize, String)>, Error> {
        if self.seen.is_some() {
            return Ok(self.seen.take());
        }
        loop {
            let mut bytes = Vec::new();
            let read = |source| Error::Read { place: place.to_owned(), source };
            let count = (&mut self.reader).take(LINE_BYTES).read_until(b'\n', &mut bytes).map_err(read)?;
            if count == 0 {
                return Ok(None);
            }
            self.line += 1;
            let wrong = |message: &str| Error::Malformed {
                place: place.to_owned(),
                line: self.line,
                message: message.to_owned(),
            };
            if count as u64 == LINE_BYTES && bytes.last() != Some(&b'\n') {
                return Err(wrong("the line is longer than 1 MiB"));
            }
            let text = String::from_utf8(bytes).map_err(|_| wrong("the line is not UTF-8"))?;
            let text = text.trim_end_matches(['\r', '\n']);
            if !text.trim().is_empty() {
                return Ok(Some((self.line, text.to_owned())));
            }
        }
    }
}

fn heading(cell: &str) -> String {
    cell.trim().to_lowercase()
}

fn wrong(place: &str, error: csv::Error) -> Error {
    let line = error.position().map_or(1, |position| usize::try_from(position.line()).unwrap_or(usize::MAX));
    match error.into_kind() {
        csv::ErrorKind::Io(source) => Error::Read { place: place.to_owned(), source },
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let message = format!("{len} cells, and the header has {expected_len}");
            Error::Malformed { place: place.to_owned(), line, message }
        }
        csv::ErrorKind::Utf8 { .. } => {
            Error::Malformed { place: place.to_owned(), line, message: "the row is not UTF-8".to_owned() }
        }
        _ => Error::Malformed { place: place.to_owned(), line, message: "the row cannot be read".to_owned() },
    }
}

/// The values of a JSON object as texts; a list of texts stands apart by `|`, what is nested stays JSON.
fn object(text: &str, place: &str, line: usize) -> Result<HashMap<String, String>, Error> {
    let object: serde_json::Map<String, Value> = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|source| Error::Json { place: place.to_owned(), line, source })?;
    let one = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    let cell = |value: &Value| match value {
        Value::Array(values) => values.iter().map(one).collect::<Vec<_>>().join("|"),
        value => one(value),
    };
    Ok(object.iter().map(|(key, value)| (heading(key), cell(value))).collect())
}

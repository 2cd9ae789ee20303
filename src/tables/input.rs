//! The input as it comes: a file or standard input, packed or not, with its first bytes looked at before it is read.

use std::io::{self, BufReader, Cursor, Read, Seek as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::container::{Contained, Container};
use super::{Error, Format};

/// Bytes that are looked at, at most, to recognise a format.
const LOOKED_AT: usize = 64 * 1024;

/// Bytes read at a time.
const BUFFER: usize = 256 * 1024;

/// What reads rows: its own buffer says whether more is at hand without waiting.
pub type Reader = BufReader<Box<dyn Read + Send>>;

/// An input that was opened and not read yet.
pub struct Input {
    /// What errors call it.
    pub place: String,
    /// The length of the file, where it is one.
    pub length: Option<u64>,
    /// Bytes taken from the file so far.
    pub taken: Arc<AtomicU64>,
    /// Whether the text has a byte order mark before it, which is no part of it.
    pub is_marked: bool,
    /// What is known of the table of a spreadsheet or Parquet file, which is read as CSV.
    pub contained: Option<Contained>,
    inner: Box<dyn Read + Send>,
    seen: Vec<u8>,
    is_whole: bool,
}

impl Input {
    /// Opens a file, or standard input for `-`. Of a spreadsheet the first sheet is read that can be seen.
    pub fn open(given: &Path) -> Result<Self, Error> {
        Self::open_sheet(given, None)
    }

    /// Opens a file of which this sheet is read, where one is named.
    pub fn open_sheet(given: &Path, sheet: Option<&str>) -> Result<Self, Error> {
        let no_sheets = |place: &str| match sheet {
            Some(sheet) => Err(Error::NoSheets { place: place.to_owned(), sheet: sheet.to_owned() }),
            None => Ok(()),
        };
        if given.as_os_str() == "-" {
            no_sheets("standard input")?;
            return Self::new("standard input".to_owned(), None, Box::new(io::stdin()));
        }
        let place = given.display().to_string();
        let read = |source| Error::Read { place: place.clone(), source };
        let mut file = fs_err::File::open(given).map_err(read)?;
        let metadata = file.metadata().map_err(read)?;
        if metadata.is_dir() {
            return Err(Error::Folder { place });
        }
        // A pipe has no length.
        let length = metadata.is_file().then_some(metadata.len());
        if length.is_some() {
            let mut start = Vec::new();
            (&mut file).take(4).read_to_end(&mut start).map_err(read)?;
            file.rewind().map_err(read)?;
            if let Some(container) = Container::of_start(&start) {
                if container == Container::Parquet {
                    no_sheets(&place)?;
                }
                let (text, contained) = container.open(file, &place, sheet)?;
                return Ok(Self::of_text(place, text, Some(contained)));
            }
        }
        no_sheets(&place)?;
        Self::new(place, length, Box::new(file))
    }

    /// Takes bytes from `reader`, unpacking them if they are gzip.
    pub fn new(place: String, length: Option<u64>, reader: Box<dyn Read + Send>) -> Result<Self, Error> {
        let mut input = Self { length, ..Self::of_text(place, reader, None) };
        if input.look(|seen| seen.len() >= 2)?.starts_with(b"\x1f\x8b") {
            let packed = Cursor::new(std::mem::take(&mut input.seen)).chain(input.inner);
            // Several members, as bgzip writes them, are one text.
            input.inner = Box::new(flate2::read::MultiGzDecoder::new(packed));
            input.is_whole = false;
        }
        let seen = input.look(|seen| seen.len() >= 4 || seen.contains(&b'\n'))?;
        if seen.starts_with(b"\xff\xfe") || seen.starts_with(b"\xfe\xff") {
            return Err(Error::Utf16 { place: input.place });
        }
        if Container::of_start(seen).is_some() {
            return Err(Error::Stream { place: input.place });
        }
        if seen.contains(&0) {
            return Err(Error::Binary { place: input.place });
        }
        if seen.starts_with(b"\xef\xbb\xbf") {
            input.seen.drain(..3);
            input.is_marked = true;
        }
        Ok(input)
    }

    fn of_text(place: String, reader: Box<dyn Read + Send>, contained: Option<Contained>) -> Self {
        let taken = Arc::new(AtomicU64::new(0));
        let inner = Box::new(Counting { reader, taken: Arc::clone(&taken) });
        Self { place, length: None, taken, is_marked: false, contained, inner, seen: Vec::new(), is_whole: false }
    }

    /// How its text is written, where that needs no guess.
    pub fn format(&self) -> Option<Format> {
        self.contained.as_ref().map(|_| Format::Csv)
    }

    /// The first line without its end, as far as it is looked at.
    pub fn first_line(&mut self) -> Result<&[u8], Error> {
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let seen = self.look(|seen| seen.iter().any(is_end))?;
        Ok(&seen[..seen.iter().position(is_end).unwrap_or(seen.len())])
    }

    /// The first lines, as far as they are looked at; waits for them.
    pub fn first_lines(&mut self) -> Result<&[u8], Error> {
        self.look(|_| false)
    }

    /// What ends a line: `\n`, or `\r` where there is no other, as old spreadsheets write it.
    pub fn line_end(&mut self) -> Result<u8, Error> {
        if self.contained.is_some() {
            return Ok(b'\n');
        }
        // The byte after the first `\r` decides; an unquoted `\r` alone does not occur before the first `\n`.
        let seen = self.look(|seen| {
            seen.contains(&b'\n') || seen.iter().position(|&byte| byte == b'\r').is_some_and(|at| at + 1 < seen.len())
        })?;
        let next = seen.iter().position(|&byte| byte == b'\r').and_then(|at| seen.get(at + 1));
        Ok(if seen.contains(&b'\n') || next == Some(&b'\n') || !seen.contains(&b'\r') { b'\n' } else { b'\r' })
    }

    /// The bytes from the start, read until `enough` or the end.
    fn look(&mut self, enough: impl Fn(&[u8]) -> bool) -> Result<&[u8], Error> {
        let mut buffer = [0; 8192];
        while !self.is_whole && self.seen.len() < LOOKED_AT && !enough(&self.seen) {
            match self.inner.read(&mut buffer) {
                Ok(0) => self.is_whole = true,
                Ok(length) => self.seen.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(Error::Read { place: self.place.clone(), source }),
            }
        }
        Ok(&self.seen)
    }

    /// All of it, from the first byte.
    pub fn into_reader(self) -> Reader {
        BufReader::with_capacity(BUFFER, Box::new(Cursor::new(self.seen).chain(self.inner)))
    }
}

/// Counts what is read, for the progress bar.
struct Counting {
    reader: Box<dyn Read + Send>,
    taken: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(buffer)?;
        self.taken.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

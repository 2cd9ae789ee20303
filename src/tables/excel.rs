//! Spreadsheets (`.xlsx`): a sheet read as CSV, and a table written as a sheet.
//!
//! The only file that names the crates. A sheet is read twice, cell by cell: to see where its table stands and what its
//! columns hold, and to write it down as text; in memory are only the texts that the workbook shares between cells. The
//! first row with something in it is the header. A formula is what was last worked out for it; of merged cells the first
//! holds what all show, and the others are empty.

use std::borrow::Cow;
use std::io::{self, BufReader, BufWriter, Seek as _, Write};

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx};
use fs_err::File;
use memchr::{memchr_iter, memmem};
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError, utility};
use zip::ZipArchive;

use super::container::{Column, Contained, Container, Kind, Sheet, Text, number, scratch};
use super::{Error, quoted};

/// Rows of a sheet.
const ROWS: u32 = 1 << 20;

/// Columns of a sheet.
const COLUMNS: usize = 1 << 14;

/// Characters of a cell, in units of UTF-16.
const CHARACTERS: usize = 32_767;

/// Bytes that a sheet may unpack to: more than a full sheet of short texts.
const SHEET_BYTES: u64 = 2 << 30;

/// The same for other parts, of which some are held in memory.
const PART_BYTES: u64 = 1 << 28;

/// Bytes between two tags: a cell's characters need fewer, however they are written.
const PIECE_BYTES: usize = 4 << 20;

/// Bytes of the text that is made of a sheet: a text that many cells share is written for each.
const TEXT_BYTES: u64 = 8 << 30;

/// The largest whole number up to which each is told from the next.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// Rows that a column's width is taken from.
const WIDTH_ROWS: u32 = 1000;

/// Reads one sheet of a workbook as CSV.
pub(super) fn open(mut file: File, place: &str, wanted: Option<&str>) -> Result<(Text, Contained), Error> {
    check(&mut file, place)?;
    file.rewind().map_err(|source| Error::Read { place: place.to_owned(), source })?;
    let mut book = Xlsx::new(BufReader::new(file)).map_err(|error| damaged(place, error))?;
    let mut sheet = choose(&book, place, wanted)?;
    let shape = Shape::of(&mut book, place, &mut sheet)?;
    let text = written(&mut book, place, &sheet.name, &shape)?;
    Ok((Box::new(text), Contained { kinds: shape.kinds(), sheet: Some(sheet), first_row: 1 }))
}

fn damaged(place: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Read { place: place.to_owned(), source: io::Error::other(error) }
}

/// Whether `file` is a workbook that is whole, and none that would fill the memory when it is unpacked. What its directory
/// says of sizes is not believed.
fn check(file: &mut File, place: &str) -> Result<(), Error> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(place, error))?;
    let mut has_workbook = false;
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).map_err(|error| damaged(place, error))?;
        let name = member.name().map_err(|error| damaged(place, error))?.to_ascii_lowercase();
        has_workbook |= name.starts_with("xl/") || name.ends_with("workbook.xml");
        // A part may have any name; pictures and macros are never unpacked.
        if name.contains("/media/") || matches!(name.rsplit_once('.'), Some((_, "bin"))) {
            continue;
        }
        let limit = if name.contains("worksheets/") { SHEET_BYTES } else { PART_BYTES };
        let mut part = Part { bytes: 0, limit, piece: 0, is_too_large: false, start: Vec::new() };
        let copied = io::copy(&mut member, &mut part);
        if part.is_too_large {
            return Err(Error::TooLarge { place: place.to_owned(), part: format!("`{name}`"), limit: part.limit });
        }
        copied.map_err(|error| damaged(place, error))?;
        if name.ends_with("sharedstrings.xml") && part.texts_said() > part.bytes {
            return Err(damaged(place, "it counts more texts than it has"));
        }
    }
    if has_workbook { Ok(()) } else { Err(Error::NoWorkbook { place: place.to_owned() }) }
}

/// Measures a part of a workbook as it is unpacked.
struct Part {
    bytes: u64,
    limit: u64,
    /// Bytes since the last tag began.
    piece: usize,
    is_too_large: bool,
    start: Vec<u8>,
}

impl Part {
    /// How many texts it says it has; memory is set aside for them before they are read.
    fn texts_said(&self) -> u64 {
        let name = b"uniqueCount=";
        let Some(at) = memmem::find(&self.start, name) else { return 0 };
        let digits = self.start[at + name.len()..].iter().skip(1).take_while(|byte| byte.is_ascii_digit());
        digits.fold(0, |number: u64, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        let mut from = 0;
        for at in memchr_iter(b'<', bytes).chain([bytes.len()]) {
            self.piece += at - from;
            if self.piece > PIECE_BYTES {
                (self.is_too_large, self.limit) = (true, PIECE_BYTES as u64);
            }
            if at < bytes.len() {
                self.piece = 0;
            }
            from = at;
        }
        self.is_too_large |= self.bytes > self.limit;
        let room = PIECE_BYTES.saturating_sub(self.start.len()).min(bytes.len());
        self.start.extend_from_slice(&bytes[..room]);
        if self.is_too_large { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The sheet that is wanted, else the first that can be seen.
fn choose(book: &Xlsx<BufReader<File>>, place: &str, wanted: Option<&str>) -> Result<Sheet, Error> {
    let is_sheet = |sheet: &&calamine::Sheet| sheet.typ == SheetType::WorkSheet;
    let sheets: Vec<&calamine::Sheet> = book.sheets_metadata().iter().filter(is_sheet).collect();
    let is_visible = |sheet: &&&calamine::Sheet| sheet.visible == SheetVisible::Visible;
    let chosen = match wanted {
        Some(name) => sheets.iter().find(|sheet| sheet.name == name),
        None => sheets.iter().find(is_visible).or(sheets.first()),
    };
    let Some(chosen) = chosen else {
        return Err(match wanted {
            Some(name) => Error::NoSheet {
                place: place.to_owned(),
                sheet: name.to_owned(),
                found: sheets.iter().map(|sheet| format!("`{}`", sheet.name)).collect(),
            },
            None => Error::NoWorkbook { place: place.to_owned() },
        });
    };
    let others = sheets.iter().filter(is_visible).map(|sheet| sheet.name.clone()).filter(|name| *name != chosen.name);
    Ok(Sheet { name: chosen.name.clone(), others: others.collect(), ..Sheet::default() })
}

/// Where the table of a sheet stands, and what its columns hold.
struct Shape {
    /// The row of the header.
    header: u32,
    first_column: usize,
    /// For the columns from the first one of the sheet, those below the header.
    kinds: Vec<Option<Kind>>,
}

impl Shape {
    fn of(book: &mut Xlsx<BufReader<File>>, place: &str, sheet: &mut Sheet) -> Result<Self, Error> {
        let mut cells = book.worksheet_cells_reader(&sheet.name).map_err(|error| damaged(place, error))?;
        let (mut header, mut first_column, mut kinds): (_, _, Vec<Option<Kind>>) = (None, usize::MAX, Vec::new());
        let mut last_row = 0;
        while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|error| damaged(place, error))? {
            let (row, column) = position(cell.pos, &mut last_row, place)?;
            let Some((_, kind)) = shown(&cell.value) else {
                if cell.formula.is_some() && matches!(cell.value, DataRef::Empty) {
                    sheet.not_worked_out += 1;
                    let first = &mut sheet.first_not_worked_out;
                    first.get_or_insert_with(|| utility::row_col_to_cell(row, u16::try_from(column).unwrap_or(0)));
                }
                continue;
            };
            first_column = first_column.min(column);
            if kinds.len() <= column {
                kinds.resize(column + 1, None);
            }
            if *header.get_or_insert(row) < row {
                kinds[column] = Some(kinds[column].map_or(kind, |known| known.or(kind)));
            }
        }
        let Some(header) = header else { return Err(Error::Empty { place: place.to_owned() }) };
        Ok(Self { header, first_column, kinds })
    }

    fn kinds(&self) -> Vec<Kind> {
        self.kinds[self.first_column..].iter().map(|kind| kind.unwrap_or_default()).collect()
    }
}

/// Where a cell stands; cells come in the order of their rows.
fn position((row, column): (u32, u32), last_row: &mut u32, place: &str) -> Result<(u32, usize), Error> {
    let column = column as usize;
    if row >= ROWS || column >= COLUMNS {
        return Err(damaged(place, "a cell stands outside of what a sheet can be"));
    }
    if row < *last_row {
        return Err(damaged(place, "its rows are not in their order"));
    }
    *last_row = row;
    Ok((row, column))
}

/// The sheet as CSV, a line for each row: empty ones too, so that rows keep their numbers.
fn written(book: &mut Xlsx<BufReader<File>>, place: &str, sheet: &str, shape: &Shape) -> Result<Text, Error> {
    let failed = |source| Error::Read { place: place.to_owned(), source };
    let mut out = BufWriter::new(scratch().map_err(failed)?);
    let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| damaged(place, error))?;
    let mut row_cells = vec![String::new(); shape.kinds.len() - shape.first_column];
    let (mut line, mut bytes, mut last_row) = (0, 0, 0);
    let mut write = |row: u32, row_cells: &mut [String]| {
        for _ in line..row {
            out.write_all(b"\n").map_err(failed)?;
        }
        for (at, cell) in row_cells.iter_mut().enumerate() {
            let cell = std::mem::take(cell);
            let cell = quoted(&cell, b',');
            let end: &[u8] = if at == 0 { b"" } else { b"," };
            out.write_all(end).and_then(|()| out.write_all(cell.as_bytes())).map_err(failed)?;
            bytes += cell.len() as u64 + 1;
        }
        if bytes > TEXT_BYTES {
            let part = format!("the sheet `{sheet}`");
            return Err(Error::TooLarge { place: place.to_owned(), part, limit: TEXT_BYTES });
        }
        line = row + 1;
        out.write_all(b"\n").map_err(failed)
    };
    let mut is_pending = false;
    while let Some(cell) = cells.next_cell().map_err(|error| damaged(place, error))? {
        let before = last_row;
        let (row, column) = position(cell.get_position(), &mut last_row, place)?;
        if row > before && std::mem::take(&mut is_pending) {
            write(before, &mut row_cells)?;
        }
        if let Some((text, _)) = shown(cell.get_value()) {
            row_cells[column - shape.first_column] = text.into_owned();
            is_pending = true;
        }
    }
    debug_assert!(is_pending || shape.header == 0, "a table has a row");
    if is_pending {
        write(last_row, &mut row_cells)?;
    }
    let mut file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    file.rewind().map_err(failed)?;
    Ok(Box::new(file))
}

/// What a cell says, where it says anything, and what it is.
fn shown<'a>(value: &'a DataRef<'_>) -> Option<(Cow<'a, str>, Kind)> {
    let text = |text: &'a str| (!text.is_empty()).then_some((Cow::Borrowed(text), Kind::Text));
    match value {
        DataRef::Empty => None,
        DataRef::String(said) | DataRef::DateTimeIso(said) | DataRef::DurationIso(said) => text(said),
        DataRef::SharedString(said) => text(said),
        DataRef::Int(value) => Some((Cow::Owned(value.to_string()), Kind::Integer)),
        DataRef::Float(value) => {
            let is_whole = value.fract() == 0.0 && value.abs() <= WHOLE;
            Some((Cow::Owned(number(*value)), if is_whole { Kind::Integer } else { Kind::Number }))
        }
        DataRef::Bool(value) => Some((Cow::Borrowed(if *value { "true" } else { "false" }), Kind::Boolean)),
        DataRef::Error(error) => Some((Cow::Owned(error.to_string()), Kind::Text)),
        DataRef::DateTime(date) => Some(shown_date(date)),
    }
}

/// A day with or without a time; what has no day is a time or, where it is meant as one, a length of time.
fn shown_date(date: &ExcelDateTime) -> (Cow<'static, str>, Kind) {
    let (year, month, day, hour, minute, second, thousandth) = date.to_ymd_hms_milli();
    let days = date.as_f64();
    let fraction = if thousandth == 0 { String::new() } else { format!(".{thousandth:03}") };
    if date.is_duration() {
        // Whole days are hours too.
        let sign = if days < 0.0 { "-" } else { "" };
        let seconds = (days.abs() * 86_400.0).round();
        let (hours, rest) = ((seconds / 3600.0).floor(), seconds % 3600.0);
        let (minutes, seconds) = ((rest / 60.0).floor(), rest % 60.0);
        return (Cow::Owned(format!("{sign}{hours:02}:{minutes:02}:{seconds:02}")), Kind::Text);
    }
    let time = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    if days < 1.0 {
        return (Cow::Owned(time), Kind::Text);
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    (Cow::Owned(if time == "00:00:00" { date } else { format!("{date}T{time}") }), Kind::Date)
}

/// Writes a sheet. Its rows go to a file as they come; texts are texts, whatever they begin with.
pub(super) struct Writer {
    book: Workbook,
    sheet: Worksheet,
    columns: Vec<Column>,
    widths: Vec<usize>,
    /// The next row.
    row: u32,
    day: Format,
    time: Format,
}

impl Writer {
    pub(super) fn begin(columns: Vec<Column>) -> Result<Self, Error> {
        if columns.len() > COLUMNS {
            return Err(Error::TooWide { found: columns.len(), limit: COLUMNS });
        }
        let mut book = Workbook::new();
        // No clock: the same rows are the same bytes.
        let created = rust_xlsxwriter::ExcelDateTime::from_ymd(1980, 1, 1).map_err(not_made)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&created));
        let bold = Format::new().set_bold();
        let mut sheet = book.new_worksheet_with_constant_memory().map_err(not_made)?;
        sheet.set_freeze_panes(1, 0).map_err(not_made)?;
        let widths = columns.iter().map(|column| column.name.chars().count()).collect();
        for (column, at) in columns.iter().zip(0..) {
            check_length(0, column, &column.name)?;
            sheet.write_string_with_format(0, at, &column.name, &bold).map_err(not_made)?;
        }
        let day = Format::new().set_num_format("yyyy-mm-dd");
        let time = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        Ok(Self { book, sheet, columns, widths, row: 1, day, time })
    }

    pub(super) fn write_row<'a>(&mut self, cells: impl IntoIterator<Item = Cow<'a, str>>) -> Result<(), Error> {
        if self.row >= ROWS {
            return Err(Error::TooManyRows { row: u64::from(self.row) + 1, limit: u64::from(ROWS) });
        }
        for ((column, cell), at) in self.columns.iter().zip(cells).zip(0_u16..) {
            if cell.is_empty() {
                continue;
            }
            check_length(self.row, column, &cell)?;
            if self.row < WIDTH_ROWS {
                let longest = cell.lines().map(|line| line.chars().count()).max().unwrap_or_default();
                let width = &mut self.widths[usize::from(at)];
                *width = longest.max(*width);
            }
            let (sheet, row) = (&mut self.sheet, self.row);
            let written = match Value::of(column.kind, &cell) {
                Value::Number(value) => sheet.write_number(row, at, value),
                Value::Boolean(value) => sheet.write_boolean(row, at, value),
                Value::Date(date) => {
                    let format = if cell.contains('T') { &self.time } else { &self.day };
                    sheet.write_datetime_with_format(row, at, &date, format)
                }
                Value::Text => sheet.write_string(row, at, &*cell),
            };
            written.map_err(not_made)?;
        }
        self.row += 1;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<File, Error> {
        for (width, at) in self.widths.iter().zip(0_u16..) {
            // One letter more than is needed, for the arrow of the filter.
            let width = u32::try_from(*width).unwrap_or(u32::MAX).clamp(7, 58) + 2;
            self.sheet.set_column_width(at, width).map_err(not_made)?;
        }
        if let Some(last) = u16::try_from(self.columns.len()).ok().and_then(|columns| columns.checked_sub(1)) {
            self.sheet.autofilter(0, 0, self.row - 1, last).map_err(not_made)?;
        }
        self.book.push_worksheet(self.sheet);
        let failed = |source| Error::Write { what: Container::Spreadsheet.as_str(), source };
        let mut file = scratch().map_err(failed)?;
        self.book.save_to_writer(BufWriter::new(&mut file)).map_err(not_made)?;
        file.rewind().map_err(failed)?;
        Ok(file)
    }
}

/// What a cell is written as.
enum Value {
    Text,
    Number(f64),
    Boolean(bool),
    Date(rust_xlsxwriter::ExcelDateTime),
}

impl Value {
    /// What a sheet cannot hold as what it is, such as a number of twenty digits, is text.
    fn of(kind: Kind, cell: &str) -> Self {
        let number = || cell.parse().ok().filter(|value: &f64| value.is_finite());
        let value = match kind {
            Kind::Text => None,
            Kind::Integer => number().filter(|value| value.abs() <= WHOLE).map(Self::Number),
            Kind::Number => number().map(Self::Number),
            Kind::Boolean => cell.parse().ok().map(Self::Boolean),
            Kind::Date => rust_xlsxwriter::ExcelDateTime::parse_from_str(cell).ok().map(Self::Date),
        };
        value.unwrap_or(Self::Text)
    }
}

fn check_length(row: u32, column: &Column, cell: &str) -> Result<(), Error> {
    let units = |text: &str| text.encode_utf16().count();
    if cell.len() <= CHARACTERS || units(cell) <= CHARACTERS {
        return Ok(());
    }
    let (column, found) = (column.name.chars().take(100).collect(), units(cell));
    Err(Error::TooLongCell { row: u64::from(row) + 1, column, found, limit: CHARACTERS })
}

fn not_made(error: XlsxError) -> Error {
    let source = match error {
        XlsxError::IoError(source) => source,
        error => io::Error::other(error),
    };
    Error::Write { what: Container::Spreadsheet.as_str(), source }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rust_xlsxwriter::{ExcelDateTime as Moment, Formula};

    use super::Kind::{Boolean, Date, Integer, Number, Text};
    use super::*;
    use crate::tables::fixture::{column, damaged, written};
    use crate::tables::{Container, Input, Row, Table};

    /// Makes a workbook and says where it is.
    fn made(folder: &Path, make: impl FnOnce(&mut Workbook)) -> std::path::PathBuf {
        let mut book = Workbook::new();
        make(&mut book);
        let path = folder.join("book.xlsx");
        book.save(&path).unwrap();
        path
    }

    fn text(path: &Path, sheet: Option<&str>) -> Result<(String, Contained), Error> {
        let (mut text, contained) = open(File::open(path).unwrap(), "book.xlsx", sheet)?;
        let mut read = String::new();
        text.read_to_string(&mut read).unwrap();
        Ok((read, contained))
    }

    fn rows(path: &Path) -> (Vec<String>, Vec<Row>) {
        let mut table = Table::begin(Input::open(path).unwrap(), None).unwrap();
        let rows = std::iter::from_fn(|| table.read().unwrap()).collect();
        (table.columns().to_vec(), rows)
    }

    fn texts(row: &Row) -> Vec<&str> {
        row.cells.as_ref().unwrap().iter().map(|cell| cell.text.as_str()).collect()
    }

    #[test]
    fn cells_are_text_as_a_person_would_write_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = made(folder.path(), |book| {
            let sheet = book.add_worksheet();
            let names = ["text", "whole", "part", "truth", "day", "moment", "sum", "error", "time", "long", "mixed"];
            sheet.write_row(0, 0, names).unwrap();
            for row in 1..3 {
                sheet.write(row, 0, " Σ \"a\", =cmd|'/C calc'!A0 ").unwrap();
                sheet.write(row, 1, 1250.0).unwrap();
                sheet.write(row, 2, 0.25 * f64::from(row)).unwrap();
                sheet.write(row, 3, row == 1).unwrap();
                let day = Format::new().set_num_format("d mmm yy");
                sheet.write_with_format(row, 4, Moment::from_ymd(2024, 2, 29).unwrap(), &day).unwrap();
                let moment = Moment::from_ymd(2024, 2, 29).unwrap().and_hms(13, 5, 7).unwrap();
                sheet.write_with_format(row, 5, &moment, &Format::new().set_num_format("d/m/yy hh:mm")).unwrap();
                sheet.write(row, 6, Formula::new("=1+2").set_result("3")).unwrap();
                sheet.write(row, 7, Formula::new("=NA()").set_result("#N/A")).unwrap();
                sheet.write_with_format(row, 8, 0.5, &Format::new().set_num_format("hh:mm")).unwrap();
                sheet.write_with_format(row, 9, 1.5, &Format::new().set_num_format("[h]:mm")).unwrap();
            }
            sheet.write(1, 10, 7).unwrap();
            sheet.write(2, 10, "007").unwrap();
        });
        let (columns, rows) = rows(&path);
        assert_eq!((columns[1].as_str(), rows.len()), ("whole", 2));
        let first = [
            " Σ \"a\", =cmd|'/C calc'!A0 ",
            "1250",
            "0.25",
            "true",
            "2024-02-29",
            "2024-02-29T13:05:07",
            "3",
            "#N/A",
            "12:00:00",
            "36:00:00",
            "7",
        ];
        assert_eq!(texts(&rows[0]), first);
        let kinds = text(&path, None).unwrap().1.kinds;
        assert_eq!(kinds, [Text, Integer, Number, Boolean, Date, Date, Integer, Text, Text, Text, Text]);
    }

    #[test]
    fn rows_keep_their_numbers_and_empty_margins_are_no_columns() {
        let folder = tempfile::tempdir().unwrap();
        let path = made(folder.path(), |book| {
            let sheet = book.add_worksheet();
            sheet.write_row(3, 2, ["mention", "note", "much"]).unwrap();
            sheet.write_row(4, 2, ["short\nfingers", "one\r\ntwo", &"x".repeat(32_000)]).unwrap();
            sheet.write(6, 2, "wide nose").unwrap();
            sheet.merge_range(7, 2, 8, 3, "large head", &Format::new()).unwrap();
            sheet.write(8, 4, "in the row below").unwrap();
            // Beside the header, there is a column without a name.
            sheet.write(9, 5, "aside").unwrap();
        });
        let (columns, rows) = rows(&path);
        assert_eq!(columns, ["mention", "note", "much", ""]);
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [5, 7, 8, 9, 10]);
        assert_eq!(texts(&rows[0])[..2], ["short\nfingers", "one\r\ntwo"]);
        assert_eq!(texts(&rows[2]), ["large head", "", "", ""]);
        assert_eq!(texts(&rows[3]), ["", "", "in the row below", ""]);
        assert_eq!(texts(&rows[4]), ["", "", "", "aside"]);
    }

    #[test]
    fn a_row_that_is_too_long_is_one_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = made(folder.path(), |book| {
            let sheet = book.add_worksheet();
            let long = "\n".repeat(32_000);
            for column in 0..300 {
                sheet.write(0, column, "a").unwrap();
                sheet.write(1, column, &long).unwrap();
            }
            sheet.write(2, 0, "b").unwrap();
        });
        let (_, rows) = rows(&path);
        assert_eq!(
            rows[0].cells.as_ref().unwrap_err().to_string(),
            format!("{}:2: the line is longer than 8388608 bytes", path.display())
        );
        assert_eq!((rows.len(), rows[1].line, texts(&rows[1])[0]), (2, 3, "b"));
    }

    #[test]
    fn the_first_sheet_that_can_be_seen_is_read_unless_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = made(folder.path(), |book| {
            for name in ["old", "new", "notes", "empty"] {
                let sheet = book.add_worksheet().set_name(name).unwrap();
                if name != "empty" {
                    sheet.write(0, 0, name).unwrap();
                }
            }
            book.worksheet_from_name("new").unwrap().set_active(true);
            book.worksheet_from_name("old").unwrap().set_hidden(true);
        });
        let (read, contained) = text(&path, None).unwrap();
        let sheet = contained.sheet.unwrap();
        assert_eq!((read.as_str(), sheet.name.as_str()), ("new\n", "new"));
        assert_eq!(sheet.others, ["notes", "empty"]);
        assert_eq!(text(&path, Some("old")).unwrap().0, "old\n");
        let error = text(&path, Some("gone")).err().unwrap();
        let said = "`book.xlsx` has no sheet `gone` (its sheets: `old`, `new`, `notes`, `empty`)";
        assert_eq!(error.to_string(), said);
        assert!(matches!(text(&path, Some("empty")), Err(Error::Empty { .. })));
    }

    #[test]
    fn formulas_that_nobody_worked_out_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = made(folder.path(), |book| {
            let sheet = book.add_worksheet();
            sheet.write_row(0, 0, ["a", "b"]).unwrap();
            sheet.write(1, 1, "x").unwrap();
            sheet.write(1, 0, Formula::new("=B2").set_result("9")).unwrap();
        });
        // What other programs write: no value at all.
        let mut archive = ZipArchive::new(File::open(&path).unwrap()).unwrap();
        let without = folder.path().join("without.xlsx");
        let mut out = zip::ZipWriter::new(File::create(&without).unwrap());
        for at in 0..archive.len() {
            let mut member = archive.by_index(at).unwrap();
            let mut text = String::new();
            io::Read::read_to_string(&mut member, &mut text).unwrap();
            out.start_file(member.name().unwrap(), zip::write::SimpleFileOptions::default()).unwrap();
            out.write_all(text.replace("<v>9</v>", "").as_bytes()).unwrap();
        }
        out.finish().unwrap();
        let (read, contained) = text(&without, None).unwrap();
        let sheet = contained.sheet.unwrap();
        assert_eq!((read.as_str(), sheet.not_worked_out), ("a,b\n,x\n", 1));
        assert_eq!(sheet.first_not_worked_out.as_deref(), Some("A2"));
    }

    fn write(columns: Vec<Column>, rows: &[&[&str]]) -> Result<Vec<u8>, Error> {
        written(Container::Spreadsheet, columns, rows)
    }

    #[test]
    fn what_is_written_is_read_as_it_was_and_no_text_is_a_formula() {
        let columns = || [Text, Integer, Number, Boolean, Date, Date].map(|kind| column(kind.as_str(), kind)).to_vec();
        let given: &[&[&str]] = &[
            &["=cmd|' /C calc'!A0", "12", "0.5", "true", "2024-02-29", "2024-02-29T13:05:07"],
            &["@SUM(A1)\n+1 _x0041_ \r\u{1} Σ", "-3", "1e300", "false", "1999-12-31", ""],
            &["https://example.org/", "", "0.30000000000000004", "", "", "2024-01-01T00:00:01"],
        ];
        let bytes = write(columns(), given).unwrap();
        assert_eq!(bytes, write(columns(), given).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.xlsx");
        fs_err::write(&path, &bytes).unwrap();
        let (_, rows) = rows(&path);
        for (row, given) in rows.iter().zip(given) {
            assert_eq!(texts(row), *given);
        }
        assert_eq!(rows.len(), 3);
        assert_eq!(text(&path, None).unwrap().1.kinds, [Text, Integer, Number, Boolean, Date, Date]);
        let mut archive = ZipArchive::new(File::open(&path).unwrap()).unwrap();
        let mut sheet = String::new();
        let mut member = archive.by_name("xl/worksheets/sheet1.xml").unwrap();
        io::Read::read_to_string(&mut member, &mut sheet).unwrap();
        assert!(!sheet.contains("<f") && sheet.contains("=cmd|"), "{sheet}");
    }

    #[test]
    fn numbers_that_a_sheet_cannot_hold_are_texts() {
        let columns = vec![column("a", Kind::Integer), column("b", Kind::Number)];
        let bytes = write(columns, &[&["12345678901234567890", "NaN"]]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.xlsx");
        fs_err::write(&path, bytes).unwrap();
        assert_eq!(text(&path, None).unwrap().0, "a,b\n12345678901234567890,NaN\n");
    }

    #[test]
    fn the_limits_of_a_sheet_are_errors_with_a_place() {
        let long = "é".repeat(CHARACTERS + 1);
        let error = write(vec![column("note", Kind::Text)], &[&["a"], &[&long]]).unwrap_err();
        let said = "row 3, column `note`: the cell has 32768 characters, one of a sheet holds 32767";
        assert_eq!(error.to_string(), said);
        let error = write(vec![column("a", Kind::Text); COLUMNS + 1], &[]).unwrap_err();
        assert_eq!(error.to_string(), "there are 16385 columns, a sheet holds 16384");
        let mut writer = Writer::begin(vec![column("a", Kind::Text)]).unwrap();
        writer.row = ROWS;
        let error = writer.write_row([Cow::Borrowed("a")]).unwrap_err();
        assert_eq!(error.to_string(), "row 1048577: a sheet holds 1048576 rows, with its header");
    }

    #[test]
    fn damaged_workbooks_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.xlsx");
        damaged(Container::Spreadsheet, &path, 3, |is_cut| {
            if let Err(error) = text(&path, None) {
                assert!(error.to_string().contains("`book.xlsx`"), "{error}");
            } else {
                assert!(!is_cut);
            }
        });
        fs_err::write(&path, b"PK\x03\x04 and more").unwrap();
        assert!(matches!(text(&path, None), Err(Error::Read { .. })));
    }

    /// A workbook of which one part says this.
    fn with_part(folder: &Path, name: &str, part: &mut dyn io::Read) -> std::path::PathBuf {
        let path = folder.join("bomb.xlsx");
        let mut out = zip::ZipWriter::new(File::create(&path).unwrap());
        out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        io::copy(part, &mut out).unwrap();
        out.finish().unwrap();
        path
    }

    #[test]
    fn what_would_fill_the_memory_is_not_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let part = || Part { bytes: 0, limit: 10, piece: 0, is_too_large: false, start: Vec::new() };
        let (mut fits, mut large) = (part(), part());
        assert!(fits.write_all(b"<a/><b/>..").is_ok() && !fits.is_too_large);
        assert!(large.write_all(b"<a/><b/>...").is_err() && large.is_too_large);
        let mut piece = io::Read::take(io::repeat(b'a'), PIECE_BYTES as u64 + 1);
        let path = with_part(folder.path(), "xl/worksheets/sheet1.xml", &mut piece);
        let said = "`book.xlsx` is too large: `xl/worksheets/sheet1.xml` unpacks to more than 4194304 bytes";
        assert_eq!(text(&path, None).err().unwrap().to_string(), said);
        let strings: &mut &[u8] = &mut &b"<sst count=\"1\" uniqueCount=\"99999999999\"><si/></sst>"[..];
        let path = with_part(folder.path(), "xl/sharedStrings.xml", strings);
        assert!(matches!(text(&path, None), Err(Error::Read { .. })));
        let path = with_part(folder.path(), "word/document.xml", &mut &b"<a/>"[..]);
        assert!(matches!(text(&path, None), Err(Error::NoWorkbook { .. })));
    }
}

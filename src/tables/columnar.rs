//! Parquet files: read row by row as CSV, and written.
//!
//! The only file that names the crate. Of a file that is read, a batch of each column is in memory; of one that is
//! written, a group of rows. What is nested is JSON, what is not there is empty; bytes that are no text are hexadecimal.
//! The crate stops the thread at some files that are damaged; that is caught here and is an error like others.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Read, Seek as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat};
use fs_err::File;
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::record::Field;
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;
use serde_json::Value;

use super::container::{Column, Contained, Container, Kind, Text, number, scratch};
use super::{Error, quoted};

/// Rows of a group, at most.
const GROUP_ROWS: usize = 1 << 16;

/// Bytes of a group's cells, after which it is written.
const GROUP_BYTES: usize = 32 << 20;

/// Bytes of text made at a time.
const TEXT_BYTES: usize = 64 * 1024;

/// Reads the rows of `file` as CSV.
pub(super) fn open(file: File, place: &str) -> Result<(Text, Contained), Error> {
    let failed = |source| Error::Read { place: place.to_owned(), source };
    let reader = guarded(|| SerializedFileReader::new(file.into_file())).map_err(failed)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    if schema.columns().iter().any(|column| column.converted_type() == ConvertedType::INTERVAL) {
        return Err(failed(io::Error::other("a column holds intervals, which are not read")));
    }
    check_rows(&reader).map_err(failed)?;
    let fields = schema.root_schema().get_fields();
    if fields.is_empty() {
        return Err(Error::Empty { place: place.to_owned() });
    }
    let header = line(fields.iter().map(|field| Cow::Borrowed(field.name())));
    let kinds = fields.iter().map(|field| kind(field)).collect();
    let moments = fields.iter().map(|field| Moment::of(field)).collect();
    let rows = guarded(|| Ok(RowIter::from_file_into(Box::new(reader)))).map_err(failed)?;
    let text = Rows { unread: Some(rows), moments, made: io::Cursor::new(header.into_bytes()) };
    Ok((Box::new(text), Contained { kinds, sheet: None, first_row: 0 }))
}

/// Whether the columns have a value for each row: behind its values, a column would be read as empty without an end.
fn check_rows(reader: &SerializedFileReader<std::fs::File>) -> io::Result<()> {
    let metadata = reader.metadata();
    let mut rows = 0_i64;
    for group in metadata.row_groups() {
        rows = rows.saturating_add(group.num_rows());
        let fits = |column: &ColumnChunkMetaData| match column.column_descr().max_rep_level() {
            0 => column.num_values() == group.num_rows(),
            _ => column.num_values() >= group.num_rows(),
        };
        if group.num_rows() < 0 || !group.columns().iter().all(fits) {
            return Err(io::Error::other("a column does not have as many values as there are rows"));
        }
    }
    if rows == metadata.file_metadata().num_rows() {
        return Ok(());
    }
    Err(io::Error::other("it does not have as many rows as it says"))
}

/// What `read` returns, where it neither fails nor stops the thread.
fn guarded<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> io::Result<T> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
        Err(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "the Parquet file is damaged")),
    }
}

/// What a column holds.
fn kind(field: &Type) -> Kind {
    let info = field.get_basic_info();
    if !field.is_primitive() || info.repetition() == Repetition::REPEATED {
        return Kind::Text;
    }
    let is_plain = !matches!(info.logical_type_ref(), Some(LogicalType::Timestamp(_) | LogicalType::Time(_)));
    match (field.get_physical_type(), info.converted_type()) {
        (Physical::BOOLEAN, _) => Kind::Boolean,
        (Physical::FLOAT | Physical::DOUBLE, _) => Kind::Number,
        (Physical::INT32 | Physical::INT64, ConvertedType::NONE) if is_plain => Kind::Integer,
        (
            Physical::INT32 | Physical::INT64,
            ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64
            | ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32,
        ) => Kind::Integer,
        _ => Kind::Text,
    }
}

/// What the numbers of a column of times count, where the rows do not say.
#[derive(Debug, Clone, Copy, Default)]
struct Moment {
    is_utc: bool,
    /// Billionths of a second since 1970.
    is_nanos: bool,
    /// Billionths of a second since midnight.
    is_nanos_of_day: bool,
}

impl Moment {
    fn of(field: &Type) -> Self {
        let is_nanos = |unit: &TimeUnit| *unit == TimeUnit::NANOS;
        match field.get_basic_info().logical_type_ref() {
            Some(LogicalType::Timestamp(time)) => {
                Self { is_utc: time.is_adjusted_to_u_t_c, is_nanos: is_nanos(&time.unit), ..Self::default() }
            }
            Some(LogicalType::Time(time)) => Self { is_nanos_of_day: is_nanos(&time.unit), ..Self::default() },
            _ => Self::default(),
        }
    }

    /// A moment in ISO 8601, with `Z` where it is one of universal time.
    fn shown<Zone: chrono::TimeZone>(self, moment: Option<DateTime<Zone>>, count: i64) -> String {
        let Some(moment) = moment else { return count.to_string() };
        let text = moment.to_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true);
        if self.is_utc { text } else { text.trim_end_matches('Z').to_owned() }
    }
}

/// Makes the text of the rows as it is read.
struct Rows {
    /// None behind the last or a failure.
    unread: Option<RowIter<'static>>,
    moments: Vec<Moment>,
    made: io::Cursor<Vec<u8>>,
}

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.made.read(buffer)?;
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
            let Some(mut rows) = self.unread.take() else { return Ok(0) };
            let mut text = std::mem::take(self.made.get_mut());
            text.clear();
            let moments = &self.moments;
            let rows = guarded(|| {
                while text.len() < TEXT_BYTES {
                    let Some(row) = rows.next() else { return Ok(None) };
                    let row = row?;
                    let cells = row.get_column_iter().zip(moments).map(|((_, field), moment)| cell(field, *moment));
                    text.extend_from_slice(line(cells).as_bytes());
                }
                Ok(Some(rows))
            })?;
            (self.unread, self.made) = (rows, io::Cursor::new(text));
        }
    }
}

/// A row of CSV; one without anything in it is no empty line.
fn line<'a>(cells: impl Iterator<Item = Cow<'a, str>>) -> String {
    let mut line = String::new();
    for (at, cell) in cells.enumerate() {
        let end = if at == 0 { "" } else { "," };
        let _ = write!(line, "{end}{}", quoted(&cell, b','));
    }
    if line.is_empty() {
        line.push_str("\"\"");
    }
    line.push('\n');
    line
}

/// What a field says.
fn cell(field: &Field, moment: Moment) -> Cow<'_, str> {
    Cow::Owned(match field {
        Field::Null => return Cow::Borrowed(""),
        Field::Str(text) => return Cow::Borrowed(text),
        Field::Bytes(bytes) => return bytes_text(bytes),
        Field::Long(count) if moment.is_nanos => moment.shown(Some(DateTime::from_timestamp_nanos(*count)), *count),
        Field::Long(count) if moment.is_nanos_of_day => time(*count),
        Field::TimestampMillis(count) => moment.shown(DateTime::from_timestamp_millis(*count), *count),
        Field::TimestampMicros(count) => moment.shown(DateTime::from_timestamp_micros(*count), *count),
        Field::TimeMillis(count) => time(i64::from(*count).saturating_mul(1_000_000)),
        Field::TimeMicros(count) => time(count.saturating_mul(1000)),
        Field::Date(days) => match DateTime::from_timestamp(i64::from(*days) * 86_400, 0) {
            Some(day) => day.date_naive().to_string(),
            None => days.to_string(),
        },
        Field::Float16(value) => number(f64::from(f32::from(*value))),
        // Its own shortest text is not that of the same number in more digits.
        Field::Float(value) => value.to_string().parse().map_or_else(|_| value.to_string(), number),
        Field::Double(value) => number(*value),
        Field::Decimal(_) => field.to_string().trim_end_matches('.').to_owned(),
        Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => json(field).to_string(),
        plain => plain.to_string(),
    })
}

/// A time of day, of which nobody said that it is one of universal time.
fn time(nanos: i64) -> String {
    let moment = DateTime::from_timestamp_nanos(nanos);
    let text = moment.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    text.split_once('T').map_or_else(|| nanos.to_string(), |(_, time)| time.trim_end_matches('Z').to_owned())
}

/// Old files hold texts as bytes.
fn bytes_text(bytes: &ByteArray) -> Cow<'_, str> {
    match str::from_utf8(bytes.data()) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.data().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })),
    }
}

/// A nested field, with its texts and numbers as JSON has them.
fn json(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => (*value).into(),
        Field::Byte(value) => (*value).into(),
        Field::Short(value) => (*value).into(),
        Field::Int(value) => (*value).into(),
        Field::Long(value) => (*value).into(),
        Field::UByte(value) => (*value).into(),
        Field::UShort(value) => (*value).into(),
        Field::UInt(value) => (*value).into(),
        Field::ULong(value) => (*value).into(),
        Field::Float16(_) | Field::Float(_) | Field::Double(_) => {
            cell(field, Moment::default()).parse::<f64>().map_or(Value::Null, Value::from)
        }
        Field::Group(row) => {
            Value::Object(row.get_column_iter().map(|(name, field)| (name.clone(), json(field))).collect())
        }
        Field::ListInternal(list) => Value::Array(list.elements().iter().map(json).collect()),
        Field::MapInternal(map) => {
            let entries = map.entries().iter();
            Value::Object(
                entries.map(|(key, value)| (cell(key, Moment::default()).into_owned(), json(value))).collect(),
            )
        }
        other => Value::String(cell(other, Moment::default()).into_owned()),
    }
}

/// Writes a file, a group of rows at a time.
pub(super) struct Writer {
    file: SerializedFileWriter<BufWriter<File>>,
    columns: Vec<Column>,
    /// The cells of the group, column by column.
    cells: Vec<Vec<String>>,
    /// Rows written before the group.
    before: u64,
    bytes: usize,
}

impl Writer {
    pub(super) fn begin(columns: Vec<Column>) -> Result<Self, Error> {
        let fields = columns.iter().map(|column| {
            let (physical, logical) = match column.kind {
                Kind::Text | Kind::Date => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                Kind::Integer => (Physical::INT64, None),
                Kind::Number => (Physical::DOUBLE, None),
                Kind::Boolean => (Physical::BOOLEAN, None),
            };
            let field = Type::primitive_type_builder(&column.name, physical).with_logical_type(logical);
            field.with_repetition(Repetition::OPTIONAL).build().map(Arc::new)
        });
        let fields = fields.collect::<Result<_, _>>().map_err(not_made)?;
        let schema = Type::group_type_builder("schema").with_fields(fields).build().map_err(not_made)?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("term2id ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::SNAPPY)
            .build();
        let out = scratch().map_err(|source| Error::Write { what: Container::Parquet.as_str(), source })?;
        let out = BufWriter::new(out);
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(not_made)?;
        let cells = vec![Vec::new(); columns.len()];
        Ok(Self { file, columns, cells, before: 0, bytes: 0 })
    }

    pub(super) fn write_row<'a>(&mut self, cells: impl IntoIterator<Item = Cow<'a, str>>) -> Result<(), Error> {
        for (column, cell) in self.cells.iter_mut().zip(cells) {
            self.bytes += cell.len() + size_of::<String>();
            column.push(cell.into_owned());
        }
        if self.bytes >= GROUP_BYTES || self.rows() >= GROUP_ROWS {
            self.write_group()?;
        }
        Ok(())
    }

    fn rows(&self) -> usize {
        self.cells.first().map_or(0, Vec::len)
    }

    fn write_group(&mut self) -> Result<(), Error> {
        let rows = self.rows();
        if rows == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group().map_err(not_made)?;
        for (column, cells) in self.columns.iter().zip(&mut self.cells) {
            let cells = std::mem::take(cells);
            let other = |at: usize, value: &str| Error::OtherKind {
                row: self.before + at as u64 + 1,
                column: column.name.clone(),
                value: value.to_owned(),
                kind: column.kind,
            };
            match column.kind {
                Kind::Text | Kind::Date => {
                    write_column::<ByteArrayType>(&mut group, &cells, other, |cell| Some(ByteArray::from(cell)))?;
                }
                Kind::Integer => write_column::<Int64Type>(&mut group, &cells, other, |cell| cell.parse().ok())?,
                Kind::Number => write_column::<DoubleType>(&mut group, &cells, other, |cell| cell.parse().ok())?,
                Kind::Boolean => write_column::<BoolType>(&mut group, &cells, other, |cell| cell.parse().ok())?,
            }
        }
        group.close().map_err(not_made)?;
        self.before += rows as u64;
        self.bytes = 0;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<File, Error> {
        self.write_group()?;
        let failed = |source| Error::Write { what: Container::Parquet.as_str(), source };
        let out = self.file.into_inner().map_err(not_made)?;
        let mut file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.rewind().map_err(failed)?;
        Ok(file)
    }
}

/// Writes the cells of a column, of which those that are empty are not there.
fn write_column<Held: DataType>(
    group: &mut SerializedRowGroupWriter<'_, BufWriter<File>>,
    cells: &[String],
    other: impl Fn(usize, &str) -> Error,
    read: impl Fn(&str) -> Option<Held::T>,
) -> Result<(), Error> {
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(!cell.is_empty())).collect();
    let filled = cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
    let values = filled.map(|(at, cell)| read(cell).ok_or_else(|| other(at, cell))).collect::<Result<Vec<_>, _>>()?;
    let mut column = group.next_column().map_err(not_made)?.expect("the schema has a column for each");
    column.typed::<Held>().write_batch(&values, Some(&levels), None).map_err(not_made)?;
    column.close().map_err(not_made)
}

fn not_made(error: ParquetError) -> Error {
    Error::Write { what: Container::Parquet.as_str(), source: io::Error::other(error) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use parquet::data_type::{FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int96, Int96Type};
    use parquet::schema::parser::parse_message_type;

    use super::Kind::{Boolean, Integer, Number, Text};
    use super::*;
    use crate::tables::fixture::{column, damaged, written};
    use crate::tables::{Container, Input, Table};

    fn text(path: &Path) -> io::Result<String> {
        let opened = open(File::open(path)?, "a.parquet").map_err(io::Error::other)?;
        let mut text = String::new();
        let (mut reader, _) = opened;
        reader.read_to_string(&mut text)?;
        Ok(text)
    }

    fn write(columns: Vec<Column>, rows: &[&[&str]]) -> Result<Vec<u8>, Error> {
        written(Container::Parquet, columns, rows)
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let columns = || [Text, Integer, Number, Boolean].map(|kind| column(kind.as_str(), kind)).to_vec();
        let rows: &[&[&str]] = &[
            &["=cmd|' /C calc'!A0", "12", "0.5", "true"],
            &["short\nfingers, \"Σ\"", "-9007199254740993", "NaN", ""],
            &["", "", "1e300", "false"],
            &["", "", "", ""],
        ];
        let bytes = write(columns(), rows).unwrap();
        assert_eq!(bytes, write(columns(), rows).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        fs_err::write(&path, &bytes).unwrap();
        let input = Input::open(&path).unwrap();
        assert_eq!(input.contained.as_ref().unwrap().kinds, [Text, Integer, Number, Boolean]);
        let mut table = Table::begin(input, None).unwrap();
        for (number, given) in (1..).zip(rows) {
            let row = table.read().unwrap().unwrap();
            let cells: Vec<String> = row.cells.unwrap().into_iter().map(|cell| cell.text).collect();
            assert_eq!((row.line, cells), (number, given.iter().map(|&cell| cell.to_owned()).collect()));
        }
        assert!(table.read().unwrap().is_none());
    }

    #[test]
    fn groups_are_bounded_and_a_column_of_nothing_has_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let mut writer = Writer::begin(vec![column("a", Kind::Text)]).unwrap();
        for _ in 0..=GROUP_ROWS {
            writer.write_row([Cow::Borrowed("")]).unwrap();
        }
        io::copy(&mut writer.finish().unwrap(), &mut File::create(&path).unwrap()).unwrap();
        let reader = SerializedFileReader::new(File::open(&path).unwrap().into_file()).unwrap();
        assert_eq!(reader.num_row_groups(), 2);
        assert_eq!(text(&path).unwrap().matches("\"\"\n").count(), GROUP_ROWS + 1);
    }

    #[test]
    fn a_cell_that_is_not_what_its_column_holds_is_an_error_with_its_place() {
        let error = write(vec![column("n", Kind::Integer)], &[&["1"], &["one"]]).unwrap_err();
        assert_eq!(error.to_string(), "row 2, column `n`: `one` is no whole number");
    }

    /// A file of one row.
    fn file(path: &Path, schema: &str, write: impl FnOnce(&mut SerializedRowGroupWriter<'_, std::fs::File>)) {
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let out = File::create(path).unwrap().into_file();
        let mut file = SerializedFileWriter::new(out, schema, Arc::default()).unwrap();
        let mut group = file.next_row_group().unwrap();
        write(&mut group);
        group.close().unwrap();
        file.close().unwrap();
    }

    fn add<Held: DataType>(
        group: &mut SerializedRowGroupWriter<'_, std::fs::File>,
        values: &[Held::T],
        levels: Option<(&[i16], &[i16])>,
    ) {
        let mut column = group.next_column().unwrap().unwrap();
        let (definitions, repetitions) = levels.unzip();
        column.typed::<Held>().write_batch(values, definitions, repetitions).unwrap();
        column.close().unwrap();
    }

    #[test]
    fn each_type_is_readable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("types.parquet");
        let schema = "message types {
            REQUIRED INT32 day (DATE);
            REQUIRED INT64 utc (TIMESTAMP(MILLIS,true));
            REQUIRED INT64 local (TIMESTAMP(MICROS,false));
            REQUIRED INT64 nanos (TIMESTAMP(NANOS,false));
            REQUIRED INT96 old;
            REQUIRED INT64 time (TIME(NANOS,false));
            REQUIRED INT32 price (DECIMAL(9,2));
            REQUIRED INT32 whole (DECIMAL(9,0));
            REQUIRED FLOAT single;
            REQUIRED BYTE_ARRAY bytes;
            REQUIRED FIXED_LEN_BYTE_ARRAY (2) raw;
            OPTIONAL GROUP ids (LIST) { REPEATED GROUP list { OPTIONAL BYTE_ARRAY element (UTF8); } }
            REQUIRED GROUP both { REQUIRED INT32 n; REQUIRED DOUBLE x; }
        }";
        file(&path, schema, |group| {
            add::<Int32Type>(group, &[19_782], None);
            add::<Int64Type>(group, &[1_709_211_907_000], None);
            add::<Int64Type>(group, &[1_709_211_907_250_000], None);
            add::<Int64Type>(group, &[1_709_211_907_000_000_001], None);
            // Nanoseconds of the day, and the Julian day of 1970-01-01.
            let mut old = Int96::new();
            old.set_data(1_000_000_000, 0, 2_440_588);
            add::<Int96Type>(group, &[old], None);
            add::<Int64Type>(group, &[3_600_000_000_000], None);
            add::<Int32Type>(group, &[-12_345], None);
            add::<Int32Type>(group, &[12], None);
            add::<parquet::data_type::FloatType>(group, &[0.1], None);
            add::<ByteArrayType>(group, &["a text".into()], None);
            add::<FixedLenByteArrayType>(group, &[FixedLenByteArray::from(vec![0xff, 0x00])], None);
            add::<ByteArrayType>(group, &["a".into(), "b".into()], Some((&[3, 3, 2], &[0, 1, 1])));
            add::<Int32Type>(group, &[1], None);
            add::<DoubleType>(group, &[0.5], None);
        });
        let mut table = Table::begin(Input::open(&path).unwrap(), None).unwrap();
        let row = table.read().unwrap().unwrap();
        let cells: Vec<String> = row.cells.unwrap().into_iter().map(|cell| cell.text).collect();
        let expected = [
            "2024-02-29",
            "2024-02-29T13:05:07Z",
            "2024-02-29T13:05:07.250",
            "2024-02-29T13:05:07.000000001",
            "1970-01-01T00:00:01",
            "01:00:00",
            "-123.45",
            "12",
            "0.1",
            "a text",
            "ff00",
            r#"["a","b",null]"#,
            r#"{"n":1,"x":0.5}"#,
        ];
        assert_eq!(cells, expected);
    }

    #[test]
    fn damaged_files_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.parquet");
        damaged(Container::Parquet, &path, 1, |is_cut| {
            // What is flipped may be a letter, which nobody can see; a row that is not there can be seen.
            let Ok(text) = text(&path) else { return };
            assert!(!is_cut);
            assert_eq!(csv::Reader::from_reader(text.as_bytes()).into_records().count(), 50);
        });
    }
}

//! What the rows of an input look like: its format, its columns, and which of them is asked about.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Error;
use crate::export::Cell;
use crate::export::table::Dialect;
use crate::normalize;
use crate::retrieve::Mention;
use crate::tables::{self, Batch, Format, Input, Problem, Record, Records, RowError, is_semicolons, split_csv};

/// The column that is asked about where none is named.
const MENTION: &str = "mention";

/// The column of the sentence around it, taken where there is one.
const CONTEXT: &str = "context";

/// Which columns are asked for on the command line.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) mention: Option<String>,
    pub(super) context: Option<String>,
    pub(super) expected: Option<String>,
    pub(super) species: Option<String>,
}

impl Wanted {
    fn mention(&self) -> &str {
        self.mention.as_deref().unwrap_or(MENTION)
    }

    /// What some row must have: the mention, and what else is named.
    fn required(&self) -> impl Iterator<Item = &str> {
        let named = [&self.context, &self.expected, &self.species];
        std::iter::once(self.mention()).chain(named.into_iter().flatten().map(String::as_str))
    }
}

/// The columns of an input.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) format: Format,
    line_end: u8,
    place: String,
    /// Of the header, or the keys of the first objects, or `mention` for lines.
    pub(super) columns: Vec<String>,
    /// The columns as keys of an object, where no key stands twice.
    keys: Vec<String>,
    /// The header as it is written.
    pub(super) header: Option<String>,
    /// Where a table has the mention, its context, what is expected and the species; objects have their keys anywhere.
    mention: usize,
    context: Option<usize>,
    expected: Option<usize>,
    species: Option<usize>,
    wanted: Wanted,
    /// What is expected of a mention whose row does not say.
    usually: Vec<String>,
}

/// One row, read.
pub(super) struct Row<'a> {
    /// The row as it is written, where it is a whole row of a table.
    pub(super) written: Option<&'a str>,
    pub(super) fields: Fields<'a>,
    /// What is asked, or why nothing can be.
    pub(super) mention: Result<Mention, RowError>,
}

/// The values of a row.
pub(super) enum Fields<'a> {
    /// One for each column.
    Cells(Vec<Cow<'a, str>>),
    /// Under the keys of this object.
    Members(Vec<(String, &'a RawValue)>),
}

/// Recognises the format of an input by the ending of its name, and where that says nothing, by its first line.
pub(super) fn recognise(input: &mut Input, wanted: &Wanted) -> Result<Format, Error> {
    if let Some(format) = Format::of_name(&input.place) {
        return Ok(format);
    }
    let line = input.first_line()?;
    if line.trim_ascii_start().starts_with(b"{") {
        return Ok(Format::Jsonl);
    }
    if line.contains(&b'\t') || line.trim_ascii_end() == wanted.mention().as_bytes() {
        return Ok(Format::Tsv);
    }
    if !line.contains(&b',') {
        return Ok(Format::Lines);
    }
    let header = split_csv(line, b',', b'\n');
    if header.iter().any(|name| name == wanted.mention()) {
        return Ok(Format::Csv);
    }
    // Without that column it is either a table that lacks it, which must be said, or lines with commas.
    let lines: Vec<&[u8]> = input.first_lines()?.split(|&byte| byte == b'\n').take(20).collect();
    let whole = if lines.len() > 1 { &lines[..lines.len() - 1] } else { &lines[..] };
    let is_table = whole.len() > 1 && whole.iter().all(|line| split_csv(line, b',', b'\n').len() == header.len());
    Ok(if is_table { Format::Csv } else { Format::Lines })
}

impl Layout {
    /// Reads the header, or looks at the first objects, which are added to `batch`.
    pub(super) fn read(
        records: &mut Records,
        format: Format,
        wanted: &Wanted,
        place: &str,
        batch: &mut Batch,
    ) -> Result<Self, Error> {
        let mut layout = Self {
            format,
            line_end: records.line_end(),
            place: place.to_owned(),
            columns: vec![MENTION.to_owned()],
            keys: vec![MENTION.to_owned()],
            header: None,
            mention: 0,
            context: None,
            expected: None,
            species: None,
            wanted: wanted.clone(),
            usually: Vec::new(),
        };
        match format {
            Format::Lines => {}
            Format::Jsonl => layout.look_at_objects(records, batch)?,
            Format::Tsv | Format::Csv => layout.read_header(records, batch)?,
        }
        Ok(layout)
    }

    /// Reads rows until every key that is asked for was seen; the keys seen so far are the columns.
    ///
    /// A first row that is broken or lacks a key is a bad row like any other. But where a whole batch of rows, or all
    /// there are, lack a key, the wrong one was named, and the run ends before it has begun.
    fn look_at_objects(&mut self, records: &mut Records, batch: &mut Batch) -> Result<(), Error> {
        let place = || self.place.clone();
        let mut columns: Vec<String> = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut first_problem = None;
        while let Some(missing) = self.wanted.required().find(|&key| !seen.contains(key)) {
            if batch.is_full()
                || !records.read(batch).map_err(|source| tables::Error::Read { place: place(), source })?
            {
                return match first_problem {
                    _ if !columns.is_empty() => {
                        Err(Error::NoColumn { place: place(), column: missing.to_owned(), found: columns })
                    }
                    Some(error) => Err(Error::FirstRow(error)),
                    None => Ok(()),
                };
            }
            let Some(record) = batch.records.last() else { break };
            match text_of(batch.bytes(record), record).and_then(object) {
                Ok(members) => {
                    let keys = members.into_iter().map(|(key, _)| key);
                    columns.extend(keys.filter(|key| seen.insert(key.clone())));
                }
                Err(problem) => first_problem = first_problem.or_else(|| Some(self.error(record.line, problem))),
            }
        }
        self.keys.clone_from(&columns);
        self.columns = columns;
        Ok(())
    }

    fn read_header(&mut self, records: &mut Records, batch: &mut Batch) -> Result<(), Error> {
        let place = || self.place.clone();
        if !records.read(batch).map_err(|source| tables::Error::Read { place: place(), source })? {
            return Err(tables::Error::Empty { place: place() }.into());
        }
        let Some(first) = batch.records.first().cloned() else {
            return Err(tables::Error::Empty { place: place() }.into());
        };
        let failed = |problem| Error::FirstRow(RowError { place: place(), line: first.line, problem });
        if let Some(problem) = first.problem.clone() {
            return Err(failed(problem));
        }
        let text = str::from_utf8(batch.bytes(&first)).map_err(|_| failed(Problem::NotUtf8))?;
        let columns: Vec<String> = match self.format {
            Format::Csv => split_csv(text.as_bytes(), b',', self.line_end),
            _ => text.split('\t').map(str::to_owned).collect(),
        };
        if is_semicolons(&columns) {
            return Err(tables::Error::Semicolons { place: place() }.into());
        }
        let column = |name: &str| {
            let mut found = columns.iter().enumerate().filter(|(_, column)| *column == name);
            match (found.next(), found.next()) {
                (None, _) => Err(Error::NoColumn { place: place(), column: name.to_owned(), found: columns.clone() }),
                (Some((position, _)), None) => Ok(position),
                _ => Err(Error::ColumnTwice { place: place(), column: name.to_owned() }),
            }
        };
        let mention = column(self.wanted.mention())?;
        let context = match &self.wanted.context {
            Some(name) => Some(column(name)?),
            None => column(CONTEXT).ok(),
        };
        self.expected = self.wanted.expected.as_deref().map(column).transpose()?;
        self.species = self.wanted.species.as_deref().map(column).transpose()?;
        (self.mention, self.context, self.header) = (mention, context, Some(text.to_owned()));
        self.keys = distinct(&columns);
        records.width = columns.len();
        self.columns = columns;
        *batch = Batch::default();
        Ok(())
    }

    /// The table that rows can be passed on to as they are written.
    pub(super) const fn dialect(&self) -> Option<Dialect> {
        match self.format {
            Format::Tsv => Some(Dialect::Tsv),
            Format::Csv => Some(Dialect::Csv),
            Format::Jsonl | Format::Lines => None,
        }
    }

    /// Reads one row.
    pub(super) fn row<'a>(&self, bytes: &'a [u8], record: &Record) -> Row<'a> {
        match self.whole_row(bytes, record) {
            Ok(row) => row,
            // What there is of it is kept as far as it can be told apart.
            Err(problem) => {
                Row { written: None, fields: self.remains(bytes), mention: Err(self.error(record.line, problem)) }
            }
        }
    }

    fn whole_row<'a>(&self, bytes: &'a [u8], record: &Record) -> Result<Row<'a>, Problem> {
        let text = text_of(bytes, record)?;
        match self.format {
            Format::Lines => {
                let fields = Fields::Cells(vec![Cow::Borrowed(text)]);
                let mention = Mention { expected: self.usually.clone(), ..Mention::new(text) };
                Ok(Row { written: None, fields, mention: Ok(mention) })
            }
            Format::Jsonl => {
                let members = object(text)?;
                let mention = self.mention_of(&members).map_err(|problem| self.error(record.line, problem));
                Ok(Row { written: None, fields: Fields::Members(members), mention })
            }
            Format::Tsv | Format::Csv => {
                let cells = self.cells(text)?;
                let context = self.context.map(|at| cells[at].to_string());
                let mention = Mention {
                    context: context.filter(|context| !context.is_empty()),
                    expected: self.expected(self.expected.map(|at| &*cells[at]).unwrap_or_default()),
                    species: self.species.and_then(|at| species(&cells[at])),
                    ..Mention::new(&*cells[self.mention])
                };
                Ok(Row { written: Some(text), fields: Fields::Cells(cells), mention: Ok(mention) })
            }
        }
    }

    /// The cells of a row of a table, as many as there are columns.
    ///
    /// TSV is read as it stands: biomedical tables are full of quotes that quote nothing (`5" long`). Only a row that
    /// does not fit otherwise, because a quoted cell holds a tab, is read with quotes.
    fn cells<'a>(&self, text: &'a str) -> Result<Vec<Cow<'a, str>>, Problem> {
        let expected = self.columns.len();
        let owned = |cells: Vec<String>| cells.into_iter().map(Cow::Owned).collect();
        let mut cells: Vec<Cow<'_, str>> = match self.format {
            Format::Csv if !text.contains('"') => text.split(',').map(Cow::Borrowed).collect(),
            Format::Csv => owned(split_csv(text.as_bytes(), b',', self.line_end)),
            _ => text.split('\t').map(Cow::Borrowed).collect(),
        };
        if cells.len() != expected && self.format == Format::Tsv && text.contains('"') {
            let quoted = split_csv(text.as_bytes(), b'\t', self.line_end);
            if quoted.len() == expected {
                cells = owned(quoted);
            }
        }
        if cells.len() == expected { Ok(cells) } else { Err(Problem::Cells { found: cells.len(), expected }) }
    }

    /// What can be told apart of a row that cannot be read; the last cell holds whatever is too many.
    fn remains<'a>(&self, bytes: &'a [u8]) -> Fields<'a> {
        let text = String::from_utf8_lossy(bytes);
        let separator = match self.format {
            Format::Jsonl => return Fields::Members(Vec::new()),
            Format::Lines => return Fields::Cells(vec![text]),
            Format::Tsv => '\t',
            Format::Csv => ',',
        };
        let mut cells: Vec<Cow<'_, str>> =
            text.splitn(self.columns.len(), separator).map(|cell| Cow::Owned(cell.to_owned())).collect();
        cells.resize(self.columns.len(), Cow::Borrowed(""));
        Fields::Cells(cells)
    }

    fn mention_of(&self, members: &[(String, &RawValue)]) -> Result<Mention, Problem> {
        let text = |key: &str| {
            let Some((_, value)) = members.iter().find(|(name, _)| name == key) else { return Ok(None) };
            // `null` is how a table without a value there comes out as JSON.
            serde_json::from_str::<Option<String>>(value.get())
                .map(|text| Some(text.unwrap_or_default()))
                .map_err(|_| Problem::NotText { key: key.to_owned() })
        };
        let key = self.wanted.mention();
        let mention = text(key)?.ok_or_else(|| Problem::NoKey { key: key.to_owned() })?;
        let context = match &self.wanted.context {
            Some(key) => text(key)?,
            // Nobody said that what is called so is a sentence.
            None => text(CONTEXT).ok().flatten(),
        };
        let expected = self.wanted.expected.as_deref().map(text).transpose()?.flatten();
        let number_or_text = |key: &str| {
            let number = members.iter().find(|(name, _)| name == key).map(|(_, value)| value.get());
            let number = number.filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
            number.map_or_else(|| text(key), |number| Ok(Some(number.to_owned())))
        };
        let named = self.wanted.species.as_deref().map(number_or_text).transpose()?.flatten();
        Ok(Mention {
            context: context.filter(|context| !context.is_empty()),
            expected: self.expected(&expected.unwrap_or_default()),
            species: named.as_deref().and_then(species),
            ..Mention::new(mention)
        })
    }

    /// What a cell says is expected, or what usually is.
    fn expected(&self, cell: &str) -> Vec<String> {
        let own = Mention::expectations(cell);
        if own.is_empty() { self.usually.clone() } else { own }
    }

    /// The same, with what is expected of a mention whose row does not say.
    pub(super) fn expecting(self, usually: &[String]) -> Self {
        Self { usually: usually.to_vec(), ..self }
    }

    /// What errors call the input.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn error(&self, line: u64, problem: Problem) -> RowError {
        RowError { place: self.place.clone(), line, problem }
    }
}

impl<'a> Fields<'a> {
    /// The values with their names, as members of an object.
    pub(super) fn members<'b>(&'b self, layout: &'b Layout) -> Vec<(&'b str, Cell<'b>)> {
        match self {
            Self::Cells(cells) => {
                let cells = cells.iter().map(|cell| Cell::Text(Cow::Borrowed(&**cell)));
                layout.keys.iter().map(String::as_str).zip(cells).collect()
            }
            Self::Members(members) => members.iter().map(|(key, value)| (key.as_str(), Cell::Json(value))).collect(),
        }
    }

    /// The values in the order of the columns.
    pub(super) fn cells(&self, layout: &Layout) -> Vec<Cow<'_, str>> {
        match self {
            Self::Cells(cells) => cells.iter().map(|cell| Cow::Borrowed(&**cell)).collect(),
            Self::Members(members) => {
                let value = |column: &String| members.iter().find(|(key, _)| key == column);
                let cell = |(_, value): &(String, &'a RawValue)| Cow::Owned(Cell::Json(value).text().into_owned());
                layout.columns.iter().map(|column| value(column).map(cell).unwrap_or_default()).collect()
            }
        }
    }

    /// The first key that no column has.
    pub(super) fn without_column(&self, layout: &Layout) -> Option<&str> {
        match self {
            Self::Cells(_) => None,
            Self::Members(members) => members
                .iter()
                .map(|(key, _)| key.as_str())
                .find(|key| layout.columns.iter().all(|column| column != key)),
        }
    }
}

/// `columns` with a number after those that stand twice: an object has each key once.
pub(super) fn distinct(columns: &[String]) -> Vec<String> {
    let taken: HashSet<&String> = columns.iter().collect();
    let mut keys: HashSet<String> = HashSet::new();
    let mut distinct = Vec::with_capacity(columns.len());
    for column in columns {
        let mut key = column.clone();
        let mut number = 2;
        while keys.contains(&key) || (key != *column && taken.contains(&key)) {
            key = format!("{column}_{number}");
            number += 1;
        }
        keys.insert(key.clone());
        distinct.push(key);
    }
    distinct
}

/// The species that a cell names, if any.
fn species(cell: &str) -> Option<String> {
    Some(cell.trim()).filter(|cell| !cell.is_empty() && !normalize::is_placeholder(cell)).map(str::to_owned)
}

/// The text of a row that is whole.
fn text_of<'a>(bytes: &'a [u8], record: &Record) -> Result<&'a str, Problem> {
    match &record.problem {
        Some(problem) => Err(problem.clone()),
        None => str::from_utf8(bytes).map_err(|_| Problem::NotUtf8),
    }
}

/// The members of an object in their order, values as they are written.
fn object(text: &str) -> Result<Vec<(String, &RawValue)>, Problem> {
    struct Members<'a>(Vec<(String, &'a RawValue)>);

    impl<'de> Deserialize<'de> for Members<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visit;
            impl<'de> Visitor<'de> for Visit {
                type Value = Members<'de>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut members = Vec::new();
                    while let Some(member) = map.next_entry()? {
                        members.push(member);
                    }
                    Ok(Members(members))
                }
            }
            deserializer.deserialize_map(Visit)
        }
    }

    let Members(members) =
        serde_json::from_str(text).map_err(|error| Problem::NotAnObject { column: error.column() })?;
    let mut seen = HashSet::new();
    match members.iter().find(|(key, _)| !seen.insert(key)) {
        Some((key, _)) => Err(Problem::KeyTwice { key: key.clone() }),
        None => Ok(members),
    }
}

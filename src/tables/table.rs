//! A table read row by row: comments, header, cells, each with its place.

use super::{Batch, Cell, Error, Format, Input, Problem, Records, RowError, split};

/// Bytes of the comments above a header, at most: metadata and their prefixes are kilobytes.
const COMMENT_BYTES: usize = 8 << 20;

/// A table of which the header was read.
pub struct Table {
    records: Records,
    format: Format,
    place: String,
    comments: Vec<String>,
    columns: Vec<String>,
    header: Row,
    batch: Batch,
}

/// One row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its line, from 1.
    pub line: u64,
    /// Where it begins, in bytes from the start of the text (behind a byte order mark).
    pub offset: u64,
    /// Its bytes without the end of the line; of a row that is too long, nothing.
    pub written: Vec<u8>,
    /// One cell for each column, or why there are none.
    pub cells: Result<Vec<Cell>, RowError>,
}

impl Table {
    /// Reads the header of a table between tabs or commas; lines before it that begin with `#` are comments, as SSSOM has
    /// them.
    ///
    /// # Errors
    /// Where the file cannot be read, is empty, or has a header that cannot be read.
    pub fn begin(mut input: Input, format: Option<Format>) -> Result<Self, Error> {
        let format = match input.format().or(format).or_else(|| Format::of_name(&input.place)) {
            Some(format) => format,
            None => recognise(&mut input)?,
        };
        let line_end = input.line_end()?;
        let place = input.place.clone();
        let records = Records::of(input, format, line_end);
        let header = Row { line: 0, offset: 0, written: Vec::new(), cells: Ok(Vec::new()) };
        let (comments, columns, batch) = (Vec::new(), Vec::new(), Batch::default());
        let mut table = Self { records, format, place, comments, columns, header, batch };
        let mut length = 0;
        loop {
            let Some(row) = table.read()? else { return Err(Error::Empty { place: table.place }) };
            if row.written.starts_with(b"#") && !row.written.contains(&table.separator()) {
                length += row.written.len() + 1;
                if length > COMMENT_BYTES {
                    return Err(Error::Comments { place: table.place, line: row.line });
                }
                let comment = String::from_utf8_lossy(&row.written).into_owned();
                table.comments.push(comment.trim_start_matches('#').to_owned());
                continue;
            }
            let cells = row.cells.clone().map_err(Error::Header)?;
            table.columns = cells.into_iter().map(|cell| cell.text).collect();
            if is_semicolons(&table.columns) {
                return Err(Error::Semicolons { place: table.place });
            }
            table.header = row;
            table.records.width = table.columns.len();
            return Ok(table);
        }
    }

    /// What errors call it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// How it is written.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The lines above the header, without their `#`.
    pub fn comments(&self) -> &[String] {
        &self.comments
    }

    /// The names of the columns, as they are written.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The header as a row.
    pub const fn header(&self) -> &Row {
        &self.header
    }

    /// The position of the column of this name, in any case.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.trim().eq_ignore_ascii_case(name))
    }

    /// What stands between cells.
    pub const fn separator(&self) -> u8 {
        match self.format {
            Format::Csv => b',',
            _ => b'\t',
        }
    }

    /// The next row; `None` at the end. Empty rows are passed over.
    ///
    /// # Errors
    /// Where the file cannot be read further. What is wrong with one row is that row's.
    pub fn read(&mut self) -> Result<Option<Row>, Error> {
        self.batch.clear();
        let more = self.records.read(&mut self.batch);
        if !more.map_err(|source| Error::Read { place: self.place.clone(), source })? {
            return Ok(None);
        }
        let Some(record) = self.batch.records.first() else { return Ok(None) };
        let bytes = self.batch.bytes(record);
        let cells = match &record.problem {
            Some(problem) => Err(problem.clone()),
            None => str::from_utf8(bytes).map_err(|_| Problem::NotUtf8).and_then(|text| self.cells(text)),
        };
        let cells = cells.map_err(|problem| RowError { place: self.place.clone(), line: record.line, problem });
        Ok(Some(Row { line: record.line, offset: record.offset, written: bytes.to_vec(), cells }))
    }

    /// The cells of a row, as many as there are columns. TSV is read as it stands, unless only quotes make it fit.
    fn cells(&self, text: &str) -> Result<Vec<Cell>, Problem> {
        let separator = self.separator();
        let cells = split(text, separator, self.format == Format::Csv);
        let expected = self.columns.len();
        if expected == 0 || cells.len() == expected {
            return Ok(cells);
        }
        if self.format != Format::Csv && text.contains('"') {
            let quoted = split(text, separator, true);
            if quoted.len() == expected {
                return Ok(quoted);
            }
        }
        Err(Problem::Cells { found: cells.len(), expected })
    }
}

/// Whether a header is one cell that several would be, as spreadsheets write CSV in much of Europe.
pub fn is_semicolons(columns: &[String]) -> bool {
    matches!(columns, [only] if only.split(';').filter(|cell| !cell.is_empty()).count() > 1)
}

/// Tabs before commas, told by the first line that is no comment.
fn recognise(input: &mut Input) -> Result<Format, Error> {
    let lines = input.first_lines()?.split(|&byte| byte == b'\n');
    let header =
        lines.into_iter().find(|line| !line.starts_with(b"#") && !line.trim_ascii().is_empty()).unwrap_or_default();
    Ok(if !header.contains(&b'\t') && header.contains(&b',') { Format::Csv } else { Format::Tsv })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn table(text: &str, format: Option<Format>) -> Result<Table, Error> {
        let input = Input::new("a".to_owned(), None, Box::new(Cursor::new(text.as_bytes().to_vec())))?;
        Table::begin(input, format)
    }

    fn rows(mut table: Table) -> Vec<Row> {
        std::iter::from_fn(|| table.read().unwrap()).collect()
    }

    #[test]
    fn comments_stand_above_the_header_and_rows_know_their_places() {
        let text = "#a: 1\n# b\nid\tlabel\r\nHP:1\tone\r\n\r\nHP:2\ttwo\n";
        let table = table(text, None).unwrap();
        assert_eq!(
            (table.comments(), table.columns()),
            (&["a: 1".into(), " b".into()][..], &["id".into(), "label".into()][..])
        );
        assert_eq!((table.header().offset, table.column("LABEL")), (10, Some(1)));
        let rows = rows(table);
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [4, 6]);
        for row in &rows {
            let start = usize::try_from(row.offset).unwrap();
            assert_eq!(&text.as_bytes()[start..start + row.written.len()], row.written);
            let cell = &row.cells.as_ref().unwrap()[1];
            assert_eq!(text[start..][cell.span.clone()], cell.text);
        }
    }

    #[test]
    fn offsets_hold_behind_quotes_that_run_on() {
        let text = "a,b\n\"x\ny\",1\n\"open,2\nz,3\n";
        let rows = rows(table(text, None).unwrap());
        assert_eq!(rows.iter().map(|row| (row.line, row.offset)).collect::<Vec<_>>(), [(2, 4), (4, 12), (5, 20)]);
        assert_eq!(rows[0].cells.as_ref().unwrap()[0].text, "x\ny");
        assert!(rows[1].cells.as_ref().is_err_and(|error| error.problem == Problem::OpenQuote));
    }

    #[test]
    fn a_row_of_another_width_is_an_error_with_its_place() {
        let rows = rows(table("a\tb\n1\n2\t3\n", None).unwrap());
        assert_eq!(rows[0].cells.as_ref().unwrap_err().to_string(), "a:2: the header has 2 columns, the row 1");
        assert!(rows[1].cells.is_ok());
        assert!(matches!(table("", None), Err(Error::Empty { .. })));
    }
}

//! Delimited rows with their lines; a quote that is never closed costs no row.

use super::super::Error;

/// One row: its line, its cells, and what was mended in it.
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
    pub(super) oddity: Option<&'static str>,
}

/// The rows of a text that begins in `first_line`.
///
/// `looks_like_a_row` is asked about lines inside quoted cells: where one does, the quote before it is a stray one.
/// Such a row is read by its first line alone, without quoting.
pub(super) fn read(
    text: &str,
    first_line: usize,
    delimiter: u8,
    place: &str,
    looks_like_a_row: impl Fn(&[String]) -> bool,
) -> Result<Vec<Row>, Error> {
    let mut rows: Vec<Row> = Vec::new();
    let (mut at, mut line) = (0, first_line);
    let mut columns = None;
    'restart: while at < text.len() {
        let start = at;
        let mut records = reader(&text[start..], delimiter, true);
        let mut record = csv::StringRecord::new();
        loop {
            let malformed = |line| {
                move |error: csv::Error| Error::Malformed {
                    place: place.to_owned(),
                    line,
                    message: format!("the row cannot be read: {:?}", error.kind()),
                }
            };
            if !records.read_record(&mut record).map_err(malformed(line))? {
                return Ok(rows);
            }
            let end = start + usize::try_from(records.position().byte()).unwrap_or(text.len()).min(text.len() - start);
            // The reader skips empty lines in front of a record, but counts them to it.
            let raw = &text[at..end];
            let trimmed = raw.trim_start_matches(['\r', '\n']);
            line += newlines(&raw[..raw.len() - trimmed.len()]);
            let expected = *columns.get_or_insert(record.len());
            if trimmed.contains('"') {
                let is_stray = is_open(trimmed, delimiter)
                    || record.iter().any(|cell| holds_a_row(cell, delimiter, expected, &looks_like_a_row));
                let first_end = trimmed.find('\n').map_or(trimmed.len(), |at| at + 1);
                let literal = unquoted(&trimmed[..first_end], delimiter);
                if is_stray || (record.len() != expected && literal.len() == expected) {
                    rows.push(Row {
                        line,
                        cells: literal,
                        oddity: Some("a quote is not closed; read without quoting"),
                    });
                    at = end - trimmed.len() + first_end;
                    line += newlines(&trimmed[..first_end]);
                    continue 'restart;
                }
            }
            rows.push(Row { line, cells: record.iter().map(str::to_owned).collect(), oddity: None });
            line += newlines(trimmed);
            at = end;
        }
    }
    Ok(rows)
}

/// The cells of one line, with quotes read as in a table or as they stand.
pub(super) fn cells(line: &str, delimiter: u8, quoting: bool) -> Vec<String> {
    let mut record = csv::StringRecord::new();
    let is_read = reader(line, delimiter, quoting).read_record(&mut record).unwrap_or(false);
    if is_read { record.iter().map(str::to_owned).collect() } else { Vec::new() }
}

fn unquoted(line: &str, delimiter: u8) -> Vec<String> {
    cells(line, delimiter, false).iter().map(|cell| cell.trim().trim_matches('"').replace("\"\"", "\"")).collect()
}

fn reader(text: &str, delimiter: u8, quoting: bool) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .quoting(quoting)
        .from_reader(text.as_bytes())
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'\n').count()
}

/// Whether the text ends inside a quoted cell.
fn is_open(record: &str, delimiter: u8) -> bool {
    let (mut is_open, mut at_cell_start) = (false, true);
    for byte in record.bytes() {
        match byte {
            // A doubled quote closes and opens again.
            b'"' if is_open || at_cell_start => is_open = !is_open,
            _ => {}
        }
        at_cell_start = !is_open && (byte == delimiter || byte == b'\n' || (byte == b'"' && at_cell_start));
    }
    is_open
}

fn holds_a_row(cell: &str, delimiter: u8, columns: usize, looks_like_a_row: impl Fn(&[String]) -> bool) -> bool {
    cell.contains('\n')
        && cell.lines().skip(1).any(|line| {
            let cells = cells(line, delimiter, false);
            cells.len() == columns && looks_like_a_row(&cells)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(usize, String, bool)> {
        let looks_like_a_row = |cells: &[String]| cells[0].contains(':');
        let rows = read(text, 1, b'\t', "x.tsv", looks_like_a_row).unwrap();
        rows.into_iter().map(|row| (row.line, row.cells.join("/"), row.oddity.is_some())).collect()
    }

    #[test]
    fn lines_are_counted_over_empty_ones_and_quoted_cells() {
        assert_eq!(
            rows("id\tname\n\n\r\nX:1\t\"a\nb\"\nX:2\tc"),
            [(1, "id/name".into(), false), (4, "X:1/a\nb".into(), false), (6, "X:2/c".into(), false)]
        );
    }

    #[test]
    fn quotes_around_and_inside_cells_are_read() {
        assert_eq!(
            rows("id\tname\nX:1\t\"a|\"\"b\"\"\"\nX:2\t5\" long\n"),
            [(1, "id/name".into(), false), (2, "X:1/a|\"b\"".into(), false), (3, "X:2/5\" long".into(), false)]
        );
    }

    #[test]
    fn a_stray_quote_swallows_no_row() {
        let kept = |last: &str| {
            vec![
                (1, "id/name".into(), false),
                (2, "X:1/a".into(), true),
                (3, "X:2/b".into(), false),
                (4, last.to_owned(), false),
            ]
        };
        assert_eq!(rows("id\tname\nX:1\t\"a\nX:2\tb\nX:3\tc\n"), kept("X:3/c"));
        assert_eq!(rows("id\tname\nX:1\t\"a\nX:2\tb\nX:3\t\"c\"\n"), kept("X:3/c"));
        assert_eq!(rows("id\tname\nX:1\t\"a")[1], (2, "X:1/a".into(), true));
        assert_eq!(rows("id\tname\nX:1\t\"a\nX:2\t\"b\n").len(), 3);
    }
}

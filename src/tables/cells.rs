//! Cells cut out of a row, and where each stands in it.

use std::ops::Range;

/// One cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What it says, without quotes.
    pub text: String,
    /// Where it stands in the row, in bytes, with its quotes.
    pub span: Range<usize>,
}

/// The cells of a row whose end was taken off. Where cells are `quoted`, a cell that begins with a quote ends with one,
/// and two of them inside are one.
pub fn split(row: &str, separator: u8, quoted: bool) -> Vec<Cell> {
    let bytes = row.as_bytes();
    let mut cells = Vec::new();
    let mut start = 0;
    loop {
        let is_quoted = quoted && bytes.get(start) == Some(&b'"');
        // Behind a closing quote, letters up to the next separator still belong to the cell.
        let mut inside = is_quoted;
        let mut at = start + usize::from(is_quoted);
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' if is_quoted => inside = !inside,
                byte if byte == separator && !inside => break,
                _ => {}
            }
            at += 1;
        }
        let written = &row[start..at];
        let text = if is_quoted { unquoted(written) } else { written.to_owned() };
        cells.push(Cell { text, span: start..at });
        if at >= bytes.len() {
            return cells;
        }
        start = at + 1;
    }
}

/// What a cell that begins with a quote says.
fn unquoted(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    let mut inside = true;
    let mut characters = written.chars().skip(1).peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if inside && characters.peek() == Some(&'"') => {
                characters.next();
                text.push('"');
            }
            '"' => inside = !inside,
            character => text.push(character),
        }
    }
    text
}

/// `text` as a cell of CSV: in quotes where it must be.
pub fn quoted(text: &str, separator: u8) -> String {
    let must = |byte: u8| byte == separator || matches!(byte, b'"' | b'\n' | b'\r');
    if text.bytes().any(must) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// The cells of a row with quotes, whose end was taken off.
pub fn split_csv(row: &[u8], separator: u8, line_end: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .terminator(csv::Terminator::Any(line_end))
        .buffer_capacity(row.len().clamp(64, 8192))
        .from_reader(row);
    let mut record = csv::ByteRecord::new();
    // Memory can be read, and rows of any length are asked for.
    let _ = reader.read_byte_record(&mut record);
    record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(row: &str, quoted: bool) -> Vec<String> {
        split(row, b',', quoted).into_iter().map(|cell| cell.text).collect()
    }

    #[test]
    fn cells_are_cut_at_separators_outside_quotes() {
        assert_eq!(texts("a,\"b,c\",\"say \"\"d\"\"\",", true), ["a", "b,c", "say \"d\"", ""]);
        assert_eq!(texts("a,\"b,c\"", false), ["a", "\"b", "c\""]);
        assert_eq!(texts("", true), [""]);
    }

    #[test]
    fn a_cell_knows_where_it_stands_with_its_quotes() {
        let spans: Vec<_> = split("a,\"b,c\",d", b',', true).into_iter().map(|cell| cell.span).collect();
        assert_eq!(spans, [0..1, 2..7, 8..9]);
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_as_it_was(cells in prop::collection::vec("[ab\",\n\r]{0,6}", 1..5)) {
            let row = cells.iter().map(|cell| quoted(cell, b',')).collect::<Vec<_>>().join(",");
            prop_assert_eq!(texts(&row, true), cells);
        }
    }
}

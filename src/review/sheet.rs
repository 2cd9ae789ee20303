//! The sheet that `normalize --review` makes, read back row by row: from wherever its columns have moved to, and as
//! spreadsheet programs write it again.

use std::sync::Arc;

use super::{Error, Fault, Problem};
use crate::export::review::{AUTHOR, CANDIDATE, CERTAIN, COMMENT, DECISION};
use crate::export::table::PREFIX;
use crate::tables::{self, Cell, Format, Input, Table, unguarded};

/// The column of the mention where none is named.
const MENTION: &str = "mention";

/// The column of the sentence around it.
const CONTEXT: &str = "context";

/// Columns of candidates, at most.
const CANDIDATES: usize = 99;

/// A sheet that is being read.
pub struct Sheet {
    table: Table,
    columns: Arc<Columns>,
    /// What stands before the text that offsets are counted in.
    mark: u64,
}

/// Where a sheet's columns are.
#[derive(Debug)]
struct Columns {
    place: String,
    /// Names without the prefix of those that were taken; ours stand behind the input's.
    names: Vec<String>,
    mention: usize,
    candidates: Vec<usize>,
    separator: u8,
    /// Whether every cell stands in quotes, as some programs write TSV.
    all_quoted: bool,
    is_csv: bool,
}

/// One row of a sheet.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its line, from 1.
    pub line: u64,
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// Its bytes without the end of the line.
    pub written: Vec<u8>,
    cells: Vec<Cell>,
    columns: Arc<Columns>,
}

/// What is left to do about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: the answer is certain.
    Certain,
    /// A person is to decide.
    Uncertain,
    /// Nothing can be: the row failed, or has no mention.
    Nothing,
}

/// A candidate that stands in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its identifier as it is written.
    pub id: String,
    /// What stands behind it.
    pub label: String,
}

impl Sheet {
    /// Reads the header; the mention stands in the column `mention`, where it is not called `mention`.
    ///
    /// # Errors
    /// Where the file cannot be read, or is no review sheet.
    pub fn begin(input: Input, mention: Option<&str>) -> Result<Self, Error> {
        let mark = if input.is_marked { 3 } else { 0 };
        let table = Table::begin(input, None)?;
        let columns = Arc::new(Columns::of(&table, mention.unwrap_or(MENTION))?);
        Ok(Self { table, columns, mark })
    }

    /// What errors call it.
    pub fn place(&self) -> &str {
        &self.columns.place
    }

    /// The next row, or why it cannot be read; `None` at the end.
    ///
    /// # Errors
    /// Where the file cannot be read further.
    pub fn read(&mut self) -> Result<Option<Result<Row, Fault>>, Error> {
        let Some(tables::Row { line, offset, written, cells }) = self.table.read()? else { return Ok(None) };
        let columns = Arc::clone(&self.columns);
        Ok(Some(match cells {
            Ok(mut cells) => {
                for cell in &mut cells {
                    columns.tidy(cell);
                }
                Ok(Row { line, offset: self.mark + offset, written, cells, columns })
            }
            Err(error) => Err(Fault { place: error.place, line: error.line, problem: Problem::Row(error.problem) }),
        }))
    }
}

impl Columns {
    fn of(table: &Table, mention: &str) -> Result<Self, Error> {
        let is_csv = table.format() == Format::Csv;
        let written: Vec<&str> = table.columns().iter().map(|name| name.trim()).collect();
        let all_quoted = !is_csv && written.iter().all(|name| inside(name).is_some());
        let written = written.into_iter().map(|name| if is_csv { name } else { inside(name).unwrap_or(name) });
        let written: Vec<String> = written.map(str::to_lowercase).collect();
        let place = table.place().to_owned();
        let no_column = |column: &str| Error::NoColumn { place: place.clone(), column: column.to_owned() };
        let at = written.iter().position(|name| *name == mention.to_lowercase());
        let mention = at.ok_or_else(|| no_column(mention))?;
        let names = written.iter().map(|name| name.trim_start_matches(PREFIX).to_owned()).collect();
        let separator = table.separator();
        let mut columns =
            Self { place: place.clone(), names, mention, candidates: Vec::new(), separator, all_quoted, is_csv };
        for column in ["id", CERTAIN, DECISION] {
            columns.find(column).ok_or_else(|| no_column(column))?;
        }
        let numbered = (1..=CANDIDATES).map_while(|number| columns.find(&format!("{CANDIDATE}{number}")));
        columns.candidates = numbered.collect();
        Ok(columns)
    }

    /// The column of ours that is called so: the last one, since ours stand behind those that were there.
    fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().rposition(|column| column == name)
    }

    /// Takes away what a spreadsheet program put around a cell of TSV, which knows no quotes.
    fn tidy(&self, cell: &mut Cell) {
        if self.is_csv {
            return;
        }
        let Some(text) = inside(&cell.text) else { return };
        if self.all_quoted || text.contains(['\t', '\n', ',']) || text.contains("\"\"") {
            cell.text = text.replace("\"\"", "\"");
        }
    }
}

/// What stands between two quotes, where every quote inside is doubled.
fn inside(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inside.replace("\"\"", "").contains('"')).then_some(inside)
}

impl Row {
    /// What stands in a column of ours, without space around it; nothing where there is no such column.
    pub fn cell(&self, column: &str) -> &str {
        self.columns.find(column).and_then(|at| self.cells.get(at)).map_or("", |cell| cell.text.trim())
    }

    /// What errors call the sheet.
    pub fn place(&self) -> &str {
        &self.columns.place
    }

    /// The mention as it was written, without what keeps a spreadsheet from taking it for a formula.
    pub fn mention(&self) -> &str {
        self.cells.get(self.columns.mention).map_or("", |cell| unguarded(&cell.text))
    }

    /// The sentence around it, where there is one.
    pub fn context(&self) -> &str {
        unguarded(self.cell(CONTEXT))
    }

    /// The identifier of the answer that stands.
    pub fn id(&self) -> Option<&str> {
        Some(self.cell("id")).filter(|id| !id.is_empty())
    }

    /// What is decided, as it is written.
    pub fn decision(&self) -> &str {
        self.cell(DECISION)
    }

    /// Who decided, as it is written.
    pub fn author(&self) -> &str {
        self.cell(AUTHOR)
    }

    /// What a person says about it.
    pub fn comment(&self) -> &str {
        self.cell(COMMENT)
    }

    /// The candidates in their order.
    pub fn offers(&self) -> Vec<Offer> {
        let cells = self.columns.candidates.iter().filter_map(|&at| self.cells.get(at)).map(|cell| cell.text.trim());
        let mut offers: Vec<Offer> = cells
            .map(|cell| {
                let (id, label) = cell.split_once(char::is_whitespace).unwrap_or((cell, ""));
                Offer { id: id.to_owned(), label: label.trim().to_owned() }
            })
            .collect();
        while offers.last().is_some_and(|offer| offer.id.is_empty()) {
            offers.pop();
        }
        offers
    }

    /// What is left to do about it.
    pub fn standing(&self) -> Standing {
        match self.cell(CERTAIN).to_ascii_lowercase().as_str() {
            _ if self.mention().trim().is_empty() => Standing::Nothing,
            "yes" | "true" => Standing::Certain,
            "" => Standing::Nothing,
            _ => Standing::Uncertain,
        }
    }

    /// The row as a fault's place.
    pub fn fault(&self, problem: Problem) -> Fault {
        Fault { place: self.columns.place.clone(), line: self.line, problem }
    }

    /// Whether the sheet has this column of ours.
    pub fn has(&self, column: &str) -> bool {
        self.columns.find(column).is_some()
    }

    /// Writes `text` into a cell; the row's other bytes stay as they are. Nothing where the sheet has no such column.
    pub fn set(&mut self, column: &str, text: &str) {
        let Some(at) = self.columns.find(column) else { return };
        let Some(span) = self.cells.get(at).map(|cell| cell.span.clone()) else { return };
        let is_quoted =
            self.written[span.clone()].starts_with(b"\"") && (self.columns.is_csv || self.columns.all_quoted);
        // A cell of TSV has no room for these, and one of CSV is easier to read without.
        let text = text.replace(['\t', '\n', '\r'], " ");
        let quoted = if is_quoted {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else if self.columns.is_csv {
            tables::quoted(&text, self.columns.separator)
        } else {
            text.clone()
        };
        let end = span.start + quoted.len();
        self.written.splice(span.clone(), quoted.into_bytes());
        for cell in &mut self.cells[at + 1..] {
            cell.span = cell.span.start - span.end + end..cell.span.end - span.end + end;
        }
        self.cells[at] = Cell { text, span: span.start..end };
    }
}

/// A row with these cells of ours and the mention `fits`.
#[cfg(test)]
pub(super) fn row(cells: &[(&str, &str)]) -> Row {
    let mut columns = vec![("mention", "fits"), ("certain", "no"), ("decision", "")];
    columns.retain(|(name, _)| cells.iter().all(|(given, _)| given != name));
    columns.extend(cells);
    if columns.iter().all(|(name, _)| *name != "id") {
        columns.push(("id", ""));
    }
    let line = |part: fn(&(&str, &str)) -> String| columns.iter().map(part).collect::<Vec<_>>().join("\t");
    let text = format!("{}\n{}\n", line(|(name, _)| (*name).to_owned()), line(|(_, cell)| (*cell).to_owned()));
    tests::rows(&text).remove(0).unwrap()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn sheet(text: &str, mention: Option<&str>) -> Result<Sheet, Error> {
        Sheet::begin(Input::new("s".to_owned(), None, Box::new(Cursor::new(text.as_bytes().to_vec())))?, mention)
    }

    pub(super) fn rows(text: &str) -> Vec<Result<Row, Fault>> {
        let mut sheet = sheet(text, None).unwrap();
        std::iter::from_fn(|| sheet.read().unwrap()).collect()
    }

    #[test]
    fn columns_are_found_by_name_and_ours_behind_those_that_were_there() {
        let text = "decision\tid\tmention\tcomment\tterm2id_id\tcertain\tcandidate_1\tcandidate_2\tterm2id_decision\tMine\n\
                    theirs\ttheir id\tfits\t\tX:1\tno\tX:1 One two\t\tok\t\n";
        let row = rows(text).remove(0).unwrap();
        assert_eq!((row.mention(), row.id(), row.decision()), ("fits", Some("X:1"), "ok"));
        assert_eq!(row.offers(), [Offer { id: "X:1".into(), label: "One two".into() }]);
        assert_eq!((row.standing(), row.comment(), row.context()), (Standing::Uncertain, "", ""));
    }

    #[test]
    fn what_is_no_review_sheet_is_refused() {
        let error = |text: &str, mention| sheet(text, mention).err().unwrap().to_string();
        assert_eq!(error("mention\tid\n", None), "`s` has no column `certain`");
        assert_eq!(error("words\tid\tcertain\tdecision\n", None), "`s` has no column `mention`");
        assert!(sheet("words\tid\tcertain\tdecision\n", Some("Words")).is_ok());
    }

    #[test]
    fn what_spreadsheets_write_is_read_as_it_was() {
        let plain = "mention\tid\tcertain\tdecision\n5\" long, wide\tX:1\tyes\t\n'=1+1\t\tno\tnone\n";
        let excel =
            "\u{feff}mention\tid\tcertain\tdecision\r\n\"5\"\" long, wide\"\tX:1\tyes\t\r\n'=1+1\t\tno\tnone\r\n";
        let office = "\"mention\"\t\"id\"\t\"certain\"\t\"decision\"\n\"5\"\" long, wide\"\t\"X:1\"\t\"yes\"\t\"\"\n\
                      \"'=1+1\"\t\"\"\t\"no\"\t\"none\"\n";
        let csv = "mention,id,certain,decision\r\n\"5\"\" long, wide\",X:1,yes,\r\n'=1+1,,no,none\r\n";
        for text in [plain, excel, office, csv] {
            let rows: Vec<Row> = rows(text).into_iter().map(Result::unwrap).collect();
            assert_eq!((rows[0].mention(), rows[0].standing()), ("5\" long, wide", Standing::Certain), "{text}");
            assert_eq!((rows[1].mention(), rows[1].decision()), ("=1+1", "none"), "{text}");
            let start = usize::try_from(rows[1].offset).unwrap();
            assert_eq!(&text.as_bytes()[start..start + rows[1].written.len()], rows[1].written);
        }
    }

    #[test]
    fn what_failed_and_what_has_no_mention_is_nobodys_to_decide() {
        let text = "mention\tid\tcertain\tdecision\nfits\t\t\t\n\t\tno\t\nfits\t\tmaybe\t\n";
        let standings: Vec<Standing> = rows(text).into_iter().map(|row| row.unwrap().standing()).collect();
        assert_eq!(standings, [Standing::Nothing, Standing::Nothing, Standing::Uncertain]);
    }

    #[test]
    fn a_row_that_cannot_be_read_says_where() {
        let mut rows = rows("mention\tid\tcertain\tdecision\nfits\n");
        assert_eq!(rows.remove(0).unwrap_err().to_string(), "s:2: the header has 4 columns, the row 1");
    }

    #[test]
    fn a_cell_is_written_and_every_other_byte_stays() {
        let set = |text: &str, cells: &[(&str, &str)]| {
            let mut row = rows(text).remove(0).unwrap();
            for (column, cell) in cells {
                row.set(column, cell);
                assert_eq!(row.cell(column), *cell);
            }
            String::from_utf8(row.written).unwrap()
        };
        let both = [("decision", "X:2"), ("comment", "so, \"here\""), ("decision", "none")];
        let tsv = "mention\tid\tcertain\tdecision\tcomment\tx\na \"b\"\t\tno\t\t\t1\n";
        assert_eq!(set(tsv, &both), "a \"b\"\t\tno\tnone\tso, \"here\"\t1");
        let csv = "decision,mention,id,certain,comment\nold,\"a, b\",\"\",no,\"\"\n";
        assert_eq!(set(csv, &both), "none,\"a, b\",\"\",no,\"so, \"\"here\"\"\"");
        assert_eq!(set("decision,mention,id,certain\n,a,,no\n", &[("decision", "X:1")]), "X:1,a,,no");
    }
}

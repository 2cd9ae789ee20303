//! A copy of mappings in which what is certain is rewritten, every other byte as it was, and a line for each row that the
//! next release touches.
//!
//! The report is TSV in the columns [`COLUMNS`]. `new_id` and `new_label` are what the row says now, and empty where it
//! was left as it is; `suggestions` are for a person to choose from, `id label` with `|` between them.
//!
//! A row that was answered anew also gets the confidence, justification and predicate of the new answer, where it has
//! columns for them; cells that told how the old answer was found are emptied. A row whose concept was replaced gets the
//! predicate and scope that its mention has as a name of the new one, where it is a name of it.
//!
//! Of an SSSOM file, the release is renewed in the header and in rows that are written anew, where it is that of the old
//! release; `mapping_date` in rows that have another identifier. The date of the whole set stays: most rows are as old as
//! they were.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, Read as _, Write};
use std::ops::Range;
use std::path::Path;

use super::Error;
use super::columns::{Columns, Wanted};
use super::fate::{Action, Again, Cells, Fate, Releases};
use crate::export::sssom::{Justification, Predicate};
use crate::export::table::Dialect;
use crate::ontology::Curie;
use crate::tables::{self, Cell, Format, Input, Reader, Row, Table, quoted};

/// The columns of the report, in order.
const COLUMNS: [&str; 10] =
    ["line", "mention", "old_id", "old_label", "new_id", "new_label", "done", "why", "confidence", "suggestions"];

/// Rows that are looked at before it is said which column holds identifiers.
const HEAD: usize = 256;

/// Rows that cannot be read which are named one by one.
const NAMED: usize = 5;

/// How mappings are brought along.
#[derive(Clone)]
pub struct Mappings<'a> {
    /// From where to where.
    pub releases: &'a Releases,
    /// Who is asked again.
    pub again: Again,
    /// Columns asked for by name.
    pub wanted: Wanted,
    /// The day, for rows that are written anew: `2026-11-23`.
    pub today: String,
}

/// What was done with rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// All rows.
    pub rows: u64,
    /// Those of each outcome.
    pub done: Done,
    /// Rows that cannot be read, as far as they are named one by one: with file and line.
    pub problems: Vec<String>,
    /// The release in the header that is neither the old nor the new one.
    pub other_version: Option<String>,
}

/// How many rows came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Nothing touches them.
    pub unchanged: u64,
    /// Another identifier or label, for certain.
    pub rewritten: u64,
    /// Another answer.
    pub renormalized: u64,
    /// Asked again, with the same answer.
    pub confirmed: u64,
    /// Left for a person.
    pub review: u64,
    /// Left since they cannot be read.
    pub unreadable: u64,
}

impl Done {
    fn count(&mut self, action: Action) {
        *match action {
            Action::Unchanged => &mut self.unchanged,
            Action::Rewritten => &mut self.rewritten,
            Action::Renormalized => &mut self.renormalized,
            Action::Confirmed => &mut self.confirmed,
            Action::Review => &mut self.review,
            Action::Unreadable => &mut self.unreadable,
        } += 1;
    }
}

impl Mappings<'_> {
    /// Copies the mappings at `path` to `out` and writes the report, telling `progress` after each row. The file is read
    /// twice side by side, in bounded memory.
    ///
    /// # Errors
    /// Where the file cannot be read or has no column of identifiers, and where something cannot be written.
    pub fn run(
        &self,
        path: &Path,
        out: &mut dyn Write,
        report: &mut dyn Write,
        progress: &mut dyn FnMut(&Tally),
    ) -> Result<Tally, Error> {
        let input = Input::open(path)?;
        if matches!(Format::of_name(&input.place), Some(Format::Jsonl | Format::Lines)) {
            return Err(Error::NoTable { place: input.place });
        }
        let mut table = Table::begin(input, None)?;
        let mut head = VecDeque::new();
        while head.len() < HEAD
            && let Some(row) = table.read()?
        {
            head.push_back(row);
        }
        let columns = Columns::of(&table, head.make_contiguous(), self.releases, &self.wanted)?;
        let mut tally = Tally::default();
        let mut copy = Copying::begin(path, out)?;
        self.header(table.header().offset, &columns, &mut copy, &mut tally)?;
        Dialect::Tsv.write_line(report, COLUMNS)?;
        loop {
            let row = match head.pop_front() {
                Some(row) => row,
                None => match table.read()? {
                    Some(row) => row,
                    None => break,
                },
            };
            self.row(&row, &table, &columns, &mut copy, report, &mut tally)?;
            progress(&tally);
        }
        copy.finish()?;
        Ok(tally)
    }

    /// Copies what stands above the names of the columns, with the release renewed.
    fn header(&self, end: u64, columns: &Columns, copy: &mut Copying<'_>, tally: &mut Tally) -> Result<(), Error> {
        let (Some(old), Some(new)) = (self.releases.old().version(), self.releases.new_one().version()) else {
            return Ok(());
        };
        for (start, line) in copy.lines(end)? {
            let Ok(text) = std::str::from_utf8(&line) else { continue };
            let slot = text.trim_start_matches('#').trim_start();
            let Some(value) = slot.strip_prefix(columns.slot).and_then(|rest| rest.strip_prefix(':')) else { continue };
            match value.find(old) {
                Some(at) => {
                    let at = start + (line.len() - value.len() + at) as u64;
                    copy.replace(at..at + old.len() as u64, new)?;
                }
                None if value.contains(new) => {}
                None => tally.other_version = Some(value.trim().to_owned()),
            }
        }
        Ok(())
    }

    /// Decides one row.
    fn row(
        &self,
        row: &Row,
        table: &Table,
        columns: &Columns,
        copy: &mut Copying<'_>,
        report: &mut dyn Write,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        tally.rows += 1;
        let (fate, cells) = match &row.cells {
            Ok(cells) => {
                let text =
                    |column: Option<usize>| column.and_then(|column| cells.get(column)).map(|cell| cell.text.as_str());
                let given = Cells {
                    id: text(Some(columns.id)).unwrap_or_default(),
                    label: text(columns.label),
                    mention: text(columns.mention),
                    matched: text(columns.matched),
                    is_manual: text(columns.justification)
                        .is_some_and(|text| [Justification::Manual.as_str(), "person"].contains(&text.trim())),
                };
                (self.releases.fate(&self.again, given), cells.as_slice())
            }
            Err(error) => (Fate::new(Action::Unreadable, error.problem.to_string()), &[][..]),
        };
        tally.done.count(fate.action);
        if fate.action == Action::Unreadable && tally.problems.len() < NAMED {
            tally.problems.push(format!("{}:{}: {}", table.place(), row.line, fate.why));
        }
        if fate.action == Action::Unchanged {
            return Ok(());
        }
        let cell = |column: Option<usize>| column.and_then(|column| cells.get(column));
        let text = |column| cell(column).map(|cell| cell.text.clone()).unwrap_or_default();
        let (old_id, old_label) = (text(Some(columns.id)), text(columns.label));
        let mut new = [String::new(), String::new()];
        if matches!(fate.action, Action::Rewritten | Action::Renormalized)
            && let Some(to) = &fate.to
        {
            let written = self.writes(&fate, columns, cells, &respelled(&old_id, &to.id));
            new = [respelled(&old_id, &to.id), fate.label.clone().unwrap_or_else(|| old_label.clone())];
            for (column, text) in written {
                let Some(cell) = cells.get(column).filter(|cell| cell.text != text) else { continue };
                let (start, end) = (row.offset + cell.span.start as u64, row.offset + cell.span.end as u64);
                let is_quoted = row.written.get(cell.span.start) == Some(&b'"') && !cell.text.starts_with('"');
                copy.replace(start..end, &as_cell(&text, table.separator(), is_quoted))?;
            }
        } else if fate.action == Action::Confirmed {
            new = [old_id.clone(), old_label.clone()];
        }
        let suggestions = fate.suggestions.iter().map(|concerned| format!("{} {}", concerned.id, concerned.label));
        let suggestions = suggestions.collect::<Vec<_>>().join("|");
        let confidence = fate.confidence.map(|confidence| format!("{confidence:.4}")).unwrap_or_default();
        let (line, mention) = (row.line.to_string(), text(columns.mention));
        let [new_id, new_label] = &new;
        let done = fate.action.as_str();
        let cells: [&str; COLUMNS.len()] =
            [&line, &mention, &old_id, &old_label, new_id, new_label, done, &fate.why, &confidence, &suggestions];
        Ok(Dialect::Tsv.write_line(report, cells)?)
    }

    /// The cells that are written anew, in the order of their columns.
    fn writes(&self, fate: &Fate, columns: &Columns, cells: &[Cell], id: &str) -> Vec<(usize, String)> {
        let text = |column: usize| cells.get(column).map_or("", |cell| cell.text.as_str());
        let mut writes = vec![(columns.id, id.to_owned())];
        if let (Some(column), Some(label)) = (columns.label, &fate.label) {
            writes.push((column, label.clone()));
        }
        let releases = (self.releases.old().version(), self.releases.new_one().version());
        if let (Some(column), (Some(old), Some(new))) = (columns.version, releases) {
            writes.push((column, text(column).replacen(old, new, 1)));
        }
        if let Some(column) = columns.date.filter(|&column| text(columns.id) != id && !text(column).is_empty()) {
            writes.push((column, self.today.clone()));
        }
        if fate.action == Action::Renormalized {
            writes.extend(columns.outdated.iter().map(|&column| (column, String::new())));
            if let Some(column) = columns.confidence {
                writes.push((column, fate.confidence.map(|confidence| format!("{confidence:.4}")).unwrap_or_default()));
            }
            if let Some(column) = columns.justification {
                let said = match (text(column).starts_with("semapv:"), fate.is_by_name) {
                    (true, true) => Justification::Lexical.as_str(),
                    (true, false) => Justification::Composite.as_str(),
                    (false, true) => "exact",
                    (false, false) => "retrieval",
                };
                writes.push((column, said.to_owned()));
            }
        }
        let predicate = match (fate.action, fate.scope) {
            (Action::Renormalized, _) => Some(if fate.is_by_name { Predicate::Exact } else { Predicate::Close }),
            (_, Some(scope)) => Some(Predicate::of(scope, true)),
            (_, None) => None,
        };
        let column = columns.predicate.filter(|&column| text(column).starts_with("skos:"));
        writes.extend(column.zip(predicate).map(|(column, predicate)| (column, predicate.as_str().to_owned())));
        writes.extend(columns.scope.zip(fate.scope).map(|(column, scope)| (column, scope.to_string())));
        writes.sort();
        writes.dedup_by_key(|(column, _)| *column);
        writes
    }
}

/// `new` in the spelling of `old`: an address stays one, and `hp_1` becomes `hp_2`.
fn respelled(old: &str, new: &Curie) -> String {
    let Ok(id) = Curie::parse(old) else { return new.as_str().to_owned() };
    if id == *new {
        return old.to_owned();
    }
    let spelled = old.rfind(id.local()).map(|at| {
        let (before, rest) = old.split_at(at);
        format!("{before}{}{}", new.local(), &rest[id.local().len()..])
    });
    spelled.filter(|spelled| Curie::parse(spelled).as_ref() == Ok(new)).unwrap_or_else(|| new.as_str().to_owned())
}

/// `text` as it stands in a cell; tabs and line ends cannot stand between tabs.
fn as_cell(text: &str, separator: u8, is_quoted: bool) -> String {
    match (separator, is_quoted) {
        (b'\t', false) => text.replace(['\t', '\n', '\r'], " "),
        (_, true) => format!("\"{}\"", text.replace('"', "\"\"")),
        (separator, false) => quoted(text, separator),
    }
}

/// Copies a file up to places that are written anew.
struct Copying<'a> {
    place: String,
    reader: Reader,
    at: u64,
    out: &'a mut dyn Write,
}

impl<'a> Copying<'a> {
    fn begin(path: &Path, out: &'a mut dyn Write) -> Result<Self, Error> {
        let input = Input::open(path)?;
        if input.is_marked {
            out.write_all(b"\xef\xbb\xbf")?;
        }
        let place = input.place.clone();
        Ok(Self { place, reader: input.into_reader(), at: 0, out })
    }

    fn failed(&self, source: io::Error) -> Error {
        tables::Error::Read { place: self.place.clone(), source }.into()
    }

    /// Takes bytes up to `end`, or to the end of the file, and writes them where `keeps` is set.
    fn take(&mut self, end: u64, keeps: bool) -> Result<(), Error> {
        while self.at < end {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.failed(error)),
            };
            if chunk.is_empty() {
                break;
            }
            let length = chunk.len().min(usize::try_from(end - self.at).unwrap_or(usize::MAX));
            if keeps {
                self.out.write_all(&chunk[..length])?;
            }
            self.reader.consume(length);
            self.at += length as u64;
        }
        Ok(())
    }

    /// Copies up to a place and writes `text` in its stead.
    fn replace(&mut self, place: Range<u64>, text: &str) -> Result<(), Error> {
        self.take(place.start, true)?;
        self.out.write_all(text.as_bytes())?;
        self.take(place.end, false)
    }

    /// The lines up to `end`, each with where it begins; they are still to be copied.
    fn lines(&mut self, end: u64) -> Result<Vec<(u64, Vec<u8>)>, Error> {
        let mut bytes = Vec::new();
        self.reader.by_ref().take(end).read_to_end(&mut bytes).map_err(|source| self.failed(source))?;
        let mut at = 0;
        let lines = bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r'));
        let lines = lines.map(|line| {
            let start = at;
            at += line.len() as u64;
            (start, line.to_vec())
        });
        let lines = lines.collect();
        let rest: Box<dyn io::Read + Send> = Box::new(io::Cursor::new(bytes));
        let reader = std::mem::replace(&mut self.reader, io::BufReader::new(Box::new(io::empty())));
        self.reader = io::BufReader::new(Box::new(rest.chain(reader)));
        Ok(lines)
    }

    fn finish(mut self) -> Result<(), Error> {
        self.take(u64::MAX, true)
    }
}

#[cfg(test)]
mod tests {
    use super::super::changes::tests::ontology;
    use super::*;

    fn releases() -> Releases {
        let old = "data-version: 2026-01-01\n\n[Term]\nid: HP:1\nname: one\n\n[Term]\nid: HP:2\nname: two, too\n\n\
                   [Term]\nid: HP:3\nname: three\n";
        let new = "data-version: 2026-02-02\n\n[Term]\nid: HP:1\nname: one\n\n\
                   [Term]\nid: HP:2\nname: the \"second\", too\nsynonym: \"two, too\" EXACT []\nalt_id: HP:3\n";
        Releases::new(ontology(old), ontology(new))
    }

    /// The copy, the report and the tally of a file of this name.
    fn run(name: &str, bytes: &[u8], wanted: Wanted) -> Result<(String, String, Tally), Error> {
        run_between(&releases(), name, bytes, wanted)
    }

    fn run_between(
        releases: &Releases,
        name: &str,
        bytes: &[u8],
        wanted: Wanted,
    ) -> Result<(String, String, Tally), Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs_err::write(&path, bytes).unwrap();
        let mappings = Mappings { releases, again: Again::Names, wanted, today: "2026-03-03".to_owned() };
        let (mut out, mut report) = (Vec::new(), Vec::new());
        let mut tally = mappings.run(&path, &mut out, &mut report, &mut |_| {})?;
        for problem in &mut tally.problems {
            *problem = problem.replace(&path.display().to_string(), name);
        }
        Ok((String::from_utf8_lossy(&out).into_owned(), String::from_utf8(report).unwrap(), tally))
    }

    #[test]
    fn certain_rows_are_rewritten_and_every_other_byte_stays() {
        let text = "\u{feff}#object_source_version: \"hp/2026-01-01/hp.owl\"\r\n#mapping_date: 2026-01-01\r\n\
                    subject_label\tobject_id\tobject_label\tmapping_date\n\
                    One\thp_0001\tone\t2026-01-05\n\ntwo\tobo:HP_2\ttwo, too\t2026-01-05\r\nx\tY:1\ty\t\n\
                    three\thttp://purl.obolibrary.org/obo/HP_3\tthree\t2026-01-05";
        let (out, report, tally) = run("a.sssom.tsv", text.as_bytes(), Wanted::default()).unwrap();
        let expected = text
            .replace("hp/2026-01-01", "hp/2026-02-02")
            .replace("HP_2\ttwo, too", "HP_2\tthe \"second\", too")
            .replace("HP_3\tthree\t2026-01-05", "HP_2\tthe \"second\", too\t2026-03-03");
        // `hp_0001` is in neither release.
        assert_eq!(out, expected);
        assert_eq!((tally.done.rewritten, tally.done.review, tally.done.unchanged), (2, 1, 1));
        let second = report.lines().nth(2).unwrap();
        assert!(second.starts_with("6\ttwo\tobo:HP_2\ttwo, too\tobo:HP_2\tthe \"second\", too\trewritten\trenamed"));
    }

    #[test]
    fn what_replaced_a_concept_has_a_phrase_in_its_own_scope() {
        let old = "[Term]\nid: HP:1\nname: one\nsynonym: \"uno\" EXACT []\n\n[Term]\nid: HP:2\nname: two\n";
        let new = "[Term]\nid: HP:2\nname: two\nalt_id: HP:1\nsynonym: \"uno\" NARROW []\n";
        let releases = Releases::new(ontology(old), ontology(new));
        let rows = "subject_label\tpredicate_id\tobject_id\tmapping_justification\n\
                    Uno\tskos:exactMatch\tHP:1\tsemapv:LexicalMatching\n\
                    unos\tskos:closeMatch\tHP:1\tsemapv:CompositeMatching\n\
                    uno\tskos:exactMatch\tHP:1\tsemapv:ManualMappingCuration\n";
        let (out, ..) = run_between(&releases, "a.sssom.tsv", rows.as_bytes(), Wanted::default()).unwrap();
        assert_eq!(out, rows.replace("HP:1", "HP:2").replacen("exact", "broad", 1));
        let rows = "mention\tid\tlabel\tname\tscope\tdecided_by\nuno\tHP:1\tone\tuno\tEXACT\texact\n";
        let (out, ..) = run_between(&releases, "a.tsv", rows.as_bytes(), Wanted::default()).unwrap();
        assert_eq!(out.lines().nth(1), Some("uno\tHP:2\ttwo\tuno\tNARROW\texact"));
    }

    #[test]
    fn cells_of_csv_are_quoted_where_they_must_be() {
        let text = "id,\"label\",name\nHP:3,three,\"a \"\"b\"\"\"\n\"HP:3\",\"three\",x\nHP:1,one\n";
        let (out, _, tally) = run("a.csv", text.as_bytes(), Wanted::default()).unwrap();
        let expected = "id,\"label\",name\nHP:2,\"the \"\"second\"\", too\",\"a \"\"b\"\"\"\n\
                        \"HP:2\",\"the \"\"second\"\", too\",x\nHP:1,one\n";
        assert_eq!(out, expected);
        assert_eq!(tally.problems, ["a.csv:4: the header has 3 columns, the row 2"]);
    }

    #[test]
    fn identifiers_are_found_in_whichever_column_has_them() {
        let rows = "n\tsubject_id\tsubject_label\tobject_id\n1\tHP:3\tthree\tY:1\n";
        let (out, ..) = run("a.tsv", rows.as_bytes(), Wanted::default()).unwrap();
        assert_eq!(out, "n\tsubject_id\tsubject_label\tobject_id\n1\tHP:2\tthe \"second\", too\tY:1\n");
        let (out, ..) = run("a.tsv", b"n\tcode\n1\tHP:3\n", Wanted::default()).unwrap();
        assert_eq!(out, "n\tcode\n1\tHP:2\n");
        let found = run("a.tsv", b"n\tcode\n1\tY:3\n", Wanted::default());
        assert!(matches!(found, Err(Error::NoIdentifiers { .. })));
        let wanted = Wanted { id: Some("nothing".to_owned()), ..Wanted::default() };
        assert!(matches!(run("a.tsv", b"n\tcode\n1\tHP:3\n", wanted), Err(Error::NoColumn { .. })));
        assert!(matches!(run("a.jsonl", b"{}\n", Wanted::default()), Err(Error::NoTable { .. })));
    }

    #[test]
    fn an_identifier_keeps_its_spelling() {
        let new = Curie::parse("HP:0000022").unwrap();
        let of = |old: &str| respelled(old, &new);
        assert_eq!(of("HP:0000001"), "HP:0000022");
        assert_eq!(of("hp_0000001 "), "hp_0000022 ");
        assert_eq!(of("<http://purl.obolibrary.org/obo/HP_0000001>"), "<http://purl.obolibrary.org/obo/HP_0000022>");
    }
}

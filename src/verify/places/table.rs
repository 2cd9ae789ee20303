//! Pairs in tables: an identifier in a cell, its label in another one of the row.

use crate::ontology::Curie;
use crate::tables::{self, Cell, Input, Row, Table};
use crate::verify::prefixes::Prefixes;
use crate::verify::{Error, Extent, Field, Found, Label, Pair, Quoting};

/// Rows that are looked at to tell which columns hold what.
const LOOKED_AT: usize = 200;

/// What stands between several identifiers in a cell.
const BETWEEN: [char; 2] = ['|', ';'];

/// What cells say that hold nothing.
const NOTHING: &[&str] = &["", "-", "--", ".", "?", "na", "n/a", "nan", "none", "null", "sssom:notermfound"];

/// What columns of labels are called, in the order in which they are preferred.
const LABELS: [&str; 6] = ["label", "name", "term", "term_name", "term_label", "text"];

/// What columns of text are called that hold no labels.
const OTHER_TEXTS: [&str; 20] = [
    "definition",
    "description",
    "comment",
    "comments",
    "note",
    "notes",
    "synonym",
    "synonyms",
    "source",
    "reference",
    "references",
    "evidence",
    "author",
    "date",
    "context",
    "sentence",
    "reason",
    "terminology",
    "ontology",
    "error",
];

/// Which columns of a table are read; where nothing is said, names and content tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// Columns of identifiers, each with the one of its labels.
    pub pairs: Vec<(String, Option<String>)>,
    /// Only rows with these values in these columns.
    pub only_where: Vec<(String, String)>,
}

impl Columns {
    /// Whether nothing is said.
    pub const fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.only_where.is_empty()
    }
}

pub(super) fn read(
    input: Input,
    format: Option<tables::Format>,
    prefixes: &Prefixes,
    columns: &Columns,
    each: &mut dyn FnMut(Found),
) -> Result<(), Error> {
    let mut table = Table::begin(input, format)?;
    let mut first: Vec<Row> = Vec::new();
    while first.len() < LOOKED_AT
        && let Some(row) = table.read()?
    {
        first.push(row);
    }
    let header = data_in_header(&table, prefixes, columns);
    let reader = Reader::new(&table, &first, header.as_ref(), prefixes, columns)?;
    for row in header.into_iter().chain(first) {
        reader.tell(&row, each);
    }
    while let Some(row) = table.read()? {
        reader.tell(&row, each);
    }
    Ok(())
}

/// The first row where it is no header: it holds an identifier.
fn data_in_header(table: &Table, prefixes: &Prefixes, columns: &Columns) -> Option<Row> {
    if !columns.is_empty() || !table.columns().iter().any(|cell| is_ours(cell, prefixes)) {
        return None;
    }
    Some(table.header().clone())
}

/// Tells the pairs of rows.
struct Reader {
    separator: u8,
    pairs: Vec<(usize, Option<usize>)>,
    only_where: Vec<(usize, String)>,
}

impl Reader {
    fn new(
        table: &Table,
        first: &[Row],
        header: Option<&Row>,
        prefixes: &Prefixes,
        columns: &Columns,
    ) -> Result<Self, Error> {
        let position = |name: &String| {
            let missing = || Error::NoColumn {
                place: table.place().to_owned(),
                column: name.clone(),
                found: table.columns().to_vec(),
            };
            table.column(name).ok_or_else(missing)
        };
        let only_where = columns
            .only_where
            .iter()
            .map(|(name, value)| Ok((position(name)?, value.clone())))
            .collect::<Result<_, Error>>()?;
        let mut reader = Self { separator: table.separator(), pairs: Vec::new(), only_where };
        for (id, label) in &columns.pairs {
            reader.pairs.push((position(id)?, label.as_ref().map(position).transpose()?));
        }
        if reader.pairs.is_empty() {
            let rows: Vec<&[Cell]> = header
                .into_iter()
                .chain(first)
                .filter_map(|row| row.cells.as_deref().ok())
                .filter(|cells| reader.is_wanted(cells))
                .collect();
            let names: Vec<String> = match header {
                Some(_) => vec![String::new(); table.columns().len()],
                None => table.columns().iter().map(|name| snake(name)).collect(),
            };
            reader.pairs = recognise(&names, &rows, prefixes);
            if reader.pairs.is_empty() && !first.is_empty() {
                let found = table.columns().to_vec();
                return Err(Error::NoIdentifiers { place: table.place().to_owned(), found });
            }
        }
        Ok(reader)
    }

    fn is_wanted(&self, cells: &[Cell]) -> bool {
        self.only_where.iter().all(|(column, value)| cells.get(*column).is_some_and(|cell| cell.text == *value))
    }

    fn tell(&self, row: &Row, each: &mut dyn FnMut(Found)) {
        let cells = match &row.cells {
            Ok(cells) => cells,
            Err(error) => {
                return each(Found::Unreadable { line: row.line, column: 1, problem: error.problem.to_string() });
            }
        };
        if !self.is_wanted(cells) {
            return;
        }
        for &(id, label) in &self.pairs {
            let Some(ids) = cells.get(id) else { continue };
            let ids = self.parts(row, ids, true);
            let mut labels = Vec::new();
            if let Some(cell) = label.and_then(|label| cells.get(label)) {
                labels = self.parts(row, cell, ids.len() > 1);
            }
            // As many labels as identifiers, or nobody knows which is whose.
            let pairs_up = labels.len() == ids.len();
            for (at, identifier) in ids.into_iter().enumerate().filter(|(_, field)| !is_nothing(&field.text)) {
                let label = labels.get(at).filter(|field| pairs_up && !is_nothing(&field.text));
                let label = label.map(|field| Label { field: field.clone(), extent: Extent::Whole });
                each(Found::Pair(Pair { identifier, label }));
            }
        }
    }

    /// The texts of a cell, without the white space around them: one, or several where it `may_be_split`.
    fn parts(&self, row: &Row, cell: &Cell, may_be_split: bool) -> Vec<Field> {
        let written = &row.written[cell.span.clone()];
        let is_quoted = written.len() >= 2 && written.starts_with(b"\"") && written.ends_with(b"\"");
        let inner = &written[usize::from(is_quoted)..written.len() - usize::from(is_quoted)];
        let has_doubled = is_quoted && inner.contains(&b'"');
        let inner = String::from_utf8_lossy(inner);
        let start = cell.span.start + usize::from(is_quoted);
        let between = |c: char| may_be_split && BETWEEN.contains(&c);
        let is_one = has_doubled || !inner.contains(between);
        if is_one && (is_quoted || inner.trim() == inner) {
            // With its quotes, so that another text gets them too.
            let text = if has_doubled { inner.replace("\"\"", "\"") } else { inner.into_owned() };
            let (line, column) = position(row, start);
            return vec![Field {
                text,
                line,
                column,
                span: at(row, cell.span.start)..at(row, cell.span.end),
                quoting: Quoting::Cell(self.separator),
            }];
        }
        let mut parts = Vec::new();
        let mut from = 0;
        for part in inner.split(between) {
            let text = part.trim();
            let begin = start + from + (part.len() - part.trim_start().len());
            let (line, column) = position(row, begin);
            let span = at(row, begin)..at(row, begin + text.len());
            parts.push(Field { text: text.to_owned(), line, column, span, quoting: Quoting::Part(self.separator) });
            // Each of them is one byte.
            from += part.len() + 1;
        }
        parts
    }
}

/// A byte of a row, in bytes from the start of the text.
const fn at(row: &Row, byte: usize) -> u64 {
    row.offset + byte as u64
}

/// Line and column of a byte of a row; a cell in quotes may run over several lines.
fn position(row: &Row, byte: usize) -> (u64, u64) {
    let before = &row.written[..byte];
    let lines = memchr::memchr_iter(b'\n', before).count();
    let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let characters = String::from_utf8_lossy(&before[start..]).chars().count();
    (row.line + lines as u64, characters as u64 + 1)
}

fn is_nothing(text: &str) -> bool {
    NOTHING.iter().any(|nothing| nothing.eq_ignore_ascii_case(text.trim()))
}

fn is_ours(text: &str, prefixes: &Prefixes) -> bool {
    let text = text.trim().trim_matches('"');
    let mut parts = text.split(BETWEEN).map(|part| Curie::parse(part).ok());
    parts.any(|id| id.is_some_and(|id| prefixes.is_ours(id.prefix())))
}

/// The name of a column in lower case, with underscores between its words.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut was_lower = false;
    for c in name.trim().trim_matches('"').chars() {
        if c.is_uppercase() && was_lower {
            snake.push('_');
        }
        was_lower = c.is_lowercase();
        if c.is_alphanumeric() { snake.extend(c.to_lowercase()) } else { snake.push('_') }
    }
    snake
}

/// The columns of identifiers, and the one of the labels of each: by their names, else by what stands in them.
fn recognise(names: &[String], rows: &[&[Cell]], prefixes: &Prefixes) -> Vec<(usize, Option<usize>)> {
    let values = |column: usize| {
        rows.iter().filter_map(move |cells| Some(cells.get(column)?.text.as_str())).filter(|text| !is_nothing(text))
    };
    let is_identifiers = |column: usize| {
        let (all, ours) =
            values(column).fold((0, 0), |(all, ours), text| (all + 1, ours + usize::from(is_ours(text, prefixes))));
        ours > 0 && (stem(&names[column]).is_some() || 2 * ours > all)
    };
    let ids: Vec<usize> = (0..names.len()).filter(|&column| is_identifiers(column)).collect();
    let is_text = |column: usize| {
        let filled = values(column).count();
        let has_words = |text: &str| {
            text.contains(char::is_alphabetic) && !text.contains("://") && text.len() <= 200 && !is_identifier(text)
        };
        2 * filled > rows.len() && values(column).filter(|text| has_words(text)).count() * 10 >= filled * 9
    };
    let mut pairs: Vec<(usize, Option<usize>)> = ids
        .iter()
        .map(|&id| (id, labels_of(&names[id]).iter().find_map(|name| names.iter().position(|own| own == name))))
        .collect();
    // Those that no name tells, by what stands beside them.
    for at in 0..pairs.len() {
        let taken: Vec<usize> = pairs.iter().filter_map(|(_, label)| *label).chain(ids.iter().copied()).collect();
        let is_free = |column: &usize| {
            !taken.contains(column) && is_text(*column) && !OTHER_TEXTS.contains(&names[*column].as_str())
        };
        let (id, label) = pairs[at];
        if label.is_none() {
            let called_so = LABELS.iter().filter_map(|name| names.iter().position(|own| own == name)).find(is_free);
            let beside = [id.checked_add(1), id.checked_sub(1)].into_iter().flatten();
            pairs[at].1 = called_so.or_else(|| beside.filter(|&column| column < names.len()).find(is_free));
        }
    }
    pairs
}

/// What a column of identifiers is called without the word that says so.
fn stem(name: &str) -> Option<&str> {
    let words = ["identifier", "curie", "id"];
    words.iter().find_map(|word| {
        let stem = name.strip_suffix(word)?;
        if stem.is_empty() { Some(stem) } else { stem.strip_suffix('_') }
    })
}

/// What the column of the labels of a column of identifiers may be called.
fn labels_of(name: &str) -> Vec<String> {
    let Some(stem) = stem(name) else { return LABELS.iter().map(|label| format!("{name}_{label}")).collect() };
    if stem.is_empty() {
        return LABELS.iter().map(|&label| label.to_owned()).collect();
    }
    // `hpo_term_id` has `hpo_term_name`, `hpo_term` or `hpo_name`.
    let shorter = stem.strip_suffix("_term").into_iter();
    let of_stem = |stem: &str| LABELS.iter().map(|label| format!("{stem}_{label}")).collect::<Vec<_>>();
    let mut labels = of_stem(stem);
    labels.push(stem.to_owned());
    labels.extend(shorter.flat_map(of_stem));
    labels
}

fn is_identifier(text: &str) -> bool {
    text.split(BETWEEN).any(|part| Curie::parse(part).is_ok())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::ontology::{Concept, Draft, Ontology};

    fn prefixes() -> Prefixes {
        let concepts = vec![(1, Concept::new(Curie::parse("HP:0000001").unwrap()))];
        Prefixes::of([&Ontology::assemble(Draft { concepts, ..Draft::default() }, "hp", "hp").unwrap()])
    }

    fn found(text: &str, columns: &Columns) -> Result<Vec<Found>, Error> {
        let input = Input::new("a".to_owned(), None, Box::new(Cursor::new(text.as_bytes().to_vec())))?;
        let mut all = Vec::new();
        read(input, None, &prefixes(), columns, &mut |found| all.push(found))?;
        Ok(all)
    }

    /// Each pair as `line:column identifier=label`, after a look at what its spans hold.
    fn told(text: &str, columns: &Columns) -> Vec<String> {
        let field = |field: &Field| {
            let span = usize::try_from(field.span.start).unwrap()..usize::try_from(field.span.end).unwrap();
            assert_eq!(text[span].trim_matches('"').replace("\"\"", "\""), field.text);
            field.text.clone()
        };
        let tell = |found: Found| match found {
            Found::Pair(Pair { identifier, label }) => {
                let label = label.map_or("-".to_owned(), |label| field(&label.field));
                format!("{}:{} {}={label}", identifier.line, identifier.column, field(&identifier))
            }
            Found::Unreadable { line, column, problem } => format!("{line}:{column} {problem}"),
        };
        found(text, columns).unwrap().into_iter().map(tell).collect()
    }

    fn recognised(text: &str) -> Vec<String> {
        told(text, &Columns::default())
    }

    #[test]
    fn columns_are_told_by_their_names() {
        assert_eq!(recognised("id\tlabel\nHP:1\tone\n"), ["2:1 HP:1=one"]);
        assert_eq!(recognised("HPO ID,age,HPO Term\nHP:1,7,one\n"), ["2:1 HP:1=one"]);
        assert_eq!(recognised("hpoTermName,hpoTermId\none,HP:1\n"), ["2:5 HP:1=one"]);
        let sssom = "#curie_map:\n#  HP: x\nsubject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\n\
                     UMLS:1\tune\tskos:exactMatch\tHP:1\tone\nUMLS:1\tune\tskos:exactMatch\tsssom:NoTermFound\t\n";
        assert_eq!(recognised(sssom), ["4:28 HP:1=one"]);
    }

    #[test]
    fn columns_are_told_by_what_stands_in_them() {
        assert_eq!(recognised("a\tb\tc\n1\tone\tHP:1\n2\ttwo\tHP:2\n"), ["2:7 HP:1=one", "3:7 HP:2=two"]);
        assert_eq!(recognised("a\tdefinition\nHP:1\tIt is one.\n"), ["2:1 HP:1=-"]);
        // A row number is no identifier, and rows without a header are all read.
        assert_eq!(recognised("id,name,hp\n1,one,HP:1\n"), ["2:7 HP:1=one"]);
        assert_eq!(recognised("HP:1\tone\nHP:2\ttwo\n"), ["1:1 HP:1=one", "2:1 HP:2=two"]);
        let error = found("a,b\n1,2\n", &Columns::default()).unwrap_err();
        assert_eq!(error.to_string(), "`a` has no column of identifiers that could be checked (its columns: `a`, `b`)");
    }

    #[test]
    fn columns_can_be_named_and_rows_left_out() {
        let columns = Columns {
            pairs: vec![("said".to_owned(), Some("term".to_owned())), ("b".to_owned(), None)],
            only_where: vec![("kind".to_owned(), "x".to_owned())],
        };
        let text = "kind,term,b,said\nx,one,HP:7,nonsense\ny,two,HP:8,HP:2\n";
        assert_eq!(told(text, &columns), ["2:12 nonsense=one", "2:7 HP:7=-"]);
        let columns = Columns { pairs: vec![("none".to_owned(), None)], ..Columns::default() };
        assert!(matches!(found(text, &columns), Err(Error::NoColumn { .. })));
    }

    #[test]
    fn several_identifiers_in_a_cell_have_as_many_labels() {
        let text =
            "id,label\nHP:1|HP:2 ; HP:3,one|two;three\nHP:1|HP:2,one\n\"HP:1|HP:2\",\"one, two|three\"\nHP:4,a;b\n";
        assert_eq!(
            recognised(text),
            [
                "2:1 HP:1=one",
                "2:6 HP:2=two",
                "2:13 HP:3=three",
                "3:1 HP:1=-",
                "3:6 HP:2=-",
                "4:2 HP:1=one, two",
                "4:7 HP:2=three",
                "5:1 HP:4=a;b",
            ]
        );
    }

    #[test]
    fn quotes_spaces_and_letters_of_several_bytes_keep_their_places() {
        let text = "term,id\n\"é \"\"x\"\",\ny\", HP:1\nüü,\"HP:2\"\n";
        assert_eq!(recognised(text), ["3:5 HP:1=é \"x\",\ny", "4:5 HP:2=üü"]);
        // Quotes around cells of TSV are no part of what they say.
        assert_eq!(recognised("\"id\"\t\"label\"\n\"HP:1\"\t\"o\"\"ne\"\n"), ["2:2 HP:1=o\"ne"]);
    }

    #[test]
    fn what_cannot_be_read_is_told_and_empty_cells_are_nothing() {
        let text = "id\tlabel\n\tone\nHP:1\t\nHP:2\nn/a\tx\nHP:3\tthree\n";
        assert_eq!(recognised(text), ["3:1 HP:1=-", "4:1 the header has 2 columns, the row 1", "6:1 HP:3=three"]);
    }

    #[test]
    fn a_first_row_that_is_no_header_keeps_its_own_bytes_and_line() {
        let columns = Columns::default();
        assert_eq!(told("\n\n\"x\",\"HP:1\",\"one\"\n\"y\",\"HP:2\",\"two\"\n", &columns)[0], "3:6 HP:1=one");
        assert_eq!(told("#a: 1\n5\"\tHP:1\tone\n6\tHP:2\ttwo\n", &columns)[0], "2:4 HP:1=one");
    }
}

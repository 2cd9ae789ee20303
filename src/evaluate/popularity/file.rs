//! Counts and annotation files that the user gives.
//!
//! Three formats, told apart by their content: a table with a column of identifiers and one of counts; HPO's
//! `phenotype.hpoa` and the Gene Ontology's GAF, whose rows are counted. Each also as .gz.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::{PassedOver, Popularity};
use crate::evaluate::Error;
use crate::evaluate::identifiers::{Identifiers, Standing};
use crate::ontology::Curie;

/// Longer lines are no rows.
const LONGEST_LINE: usize = 1 << 20;

/// The least columns of a GAF, from its version 1 on.
const GAF_COLUMNS: usize = 15;

/// Names of columns of identifiers, the most telling first.
const IDS: [&str; 11] =
    ["curie", "id", "ids", "identifier", "hpo_id", "go_id", "hgnc_id", "gold_id", "term_id", "concept_id", "symbol"];

/// Names of columns of counts, the most telling first.
const COUNTS: [&str; 7] = ["popularity", "count", "counts", "annotations", "occurrences", "hits", "n"];

impl Popularity {
    /// Reads `path`; `column` names the column of counts where the header does not tell.
    ///
    /// # Errors
    /// Where it cannot be read, names no column that is needed, holds a count that is none, or counts no concept.
    pub fn open(path: &Path, column: Option<&str>, identifiers: &Identifiers) -> Result<Self, Error> {
        let file = fs_err::File::open(path);
        let file = file.map_err(|source| Error::Read { place: path.display().to_string(), source })?;
        Self::read(file, &path.display().to_string(), column, identifiers)
    }

    /// The same of what comes from `source` and is called `place`.
    pub fn read(
        source: impl Read,
        place: &str,
        column: Option<&str>,
        identifiers: &Identifiers,
    ) -> Result<Self, Error> {
        let failed = |source| Error::Read { place: place.to_owned(), source };
        let mut source = source;
        let mut start = Vec::new();
        source.by_ref().take(2).read_to_end(&mut start).map_err(failed)?;
        let is_packed = start == [0x1f, 0x8b];
        let source = Cursor::new(start).chain(source);
        if is_packed {
            read_lines(BufReader::new(MultiGzDecoder::new(source)), place, column, identifiers)
        } else {
            read_lines(BufReader::new(source), place, column, identifiers)
        }
    }
}

/// What the rows of a file are.
enum Format {
    /// A table: the columns of identifiers and of counts.
    Table { id: usize, count: usize, name: String },
    /// `phenotype.hpoa`: the columns of identifiers and of qualifiers.
    Hpoa { id: usize, qualifier: Option<usize> },
    /// GAF.
    Gaf,
}

/// The fifth column of a GAF.
const GAF_ID: usize = 4;

/// The fourth.
const GAF_QUALIFIER: usize = 3;

fn read_lines(
    mut source: impl BufRead,
    place: &str,
    column: Option<&str>,
    identifiers: &Identifiers,
) -> Result<Popularity, Error> {
    let mut is_gaf = false;
    let mut header = None;
    let mut delimiter = b'\t';
    let mut tally = Tally::default();
    let mut bytes = Vec::new();
    for number in 1.. {
        if !next_line(&mut source, &mut bytes, place, number)? {
            break;
        }
        let text = String::from_utf8_lossy(&bytes);
        let line = text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']);
        let is_comment = line.starts_with(['#', '!']);
        is_gaf |= line.to_ascii_lowercase().starts_with("!gaf-version");
        let Some(format) = &header else {
            // The header of older annotation files is a comment itself.
            if line.trim().is_empty() || (is_comment && !is_hpoa(&plain(line.split('\t')))) {
                continue;
            }
            delimiter = sniff(line);
            let cells = cells(line, delimiter);
            let found = recognise(&cells, is_gaf, column, place, number)?;
            if matches!(found, Format::Gaf) {
                tally.row(&found, &cells, place, number)?;
            }
            header = Some(found);
            continue;
        };
        if !line.trim().is_empty() && !is_comment {
            tally.row(format, &cells(line, delimiter), place, number)?;
        }
    }
    match header {
        None => Err(Error::Empty { place: place.to_owned() }),
        Some(format) => {
            let column = match format {
                Format::Table { name, .. } => Some(name),
                Format::Hpoa { .. } | Format::Gaf => None,
            };
            Ok(Popularity { column: column.clone(), ..tally.resolve(column.is_none(), place, identifiers)? })
        }
    }
}

/// Reads the next line into `bytes`; whether there was one.
fn next_line(source: &mut impl BufRead, bytes: &mut Vec<u8>, place: &str, line: usize) -> Result<bool, Error> {
    bytes.clear();
    let limit = LONGEST_LINE as u64 + 1;
    let read = source.by_ref().take(limit).read_until(b'\n', bytes);
    read.map_err(|source| Error::Read { place: place.to_owned(), source })?;
    if bytes.len() > LONGEST_LINE {
        return Err(malformed(place, line, "the line is longer than 1 MiB".to_owned()));
    }
    Ok(!bytes.is_empty())
}

/// The tab where there is one, else the semicolon, else the comma.
fn sniff(header: &str) -> u8 {
    [b'\t', b';'].into_iter().find(|&delimiter| header.as_bytes().contains(&delimiter)).unwrap_or(b',')
}

/// The cells of a line; quotes mean something where no tab parts them.
fn cells(line: &str, delimiter: u8) -> Vec<String> {
    if delimiter == b'\t' {
        return line.split('\t').map(|cell| cell.trim().to_owned()).collect();
    }
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.delimiter(delimiter).has_headers(false).flexible(true).buffer_capacity(line.len().max(1));
    let record = reader.from_reader(line.as_bytes()).into_records().next();
    // What was text stays text however it is cut.
    record
        .and_then(Result::ok)
        .map_or_else(Vec::new, |record| record.iter().map(|cell| cell.trim().to_owned()).collect())
}

/// Names of columns without case and decoration.
fn plain<T: AsRef<str>>(header: impl IntoIterator<Item = T>) -> Vec<String> {
    let plain = |name: T| name.as_ref().trim_start_matches('#').trim().to_lowercase().replace([' ', '-'], "_");
    header.into_iter().map(plain).collect()
}

/// Whether these are the columns of `phenotype.hpoa`.
fn is_hpoa(columns: &[String]) -> bool {
    let has = |name: &str| columns.iter().any(|column| column == name);
    has("hpo_id") && (has("database_id") || has("databaseid"))
}

/// What the rows are, by the first that is no comment.
fn recognise(cells: &[String], is_gaf: bool, column: Option<&str>, place: &str, line: usize) -> Result<Format, Error> {
    let no_column = |what: &str| malformed(place, line, format!("no {what} among `{}`", cells.join("`, `")));
    if is_gaf || (cells.len() >= GAF_COLUMNS && Curie::parse(&cells[GAF_ID]).is_ok_and(|id| id.is_catalogued())) {
        return match column {
            Some(_) => Err(malformed(place, line, "a GAF has no header that could name a column".to_owned())),
            None => Ok(Format::Gaf),
        };
    }
    let columns = plain(cells);
    let position = |name: &str| columns.iter().position(|column| column == name);
    if is_hpoa(&columns) && column.is_none() {
        let id = position("hpo_id").ok_or_else(|| no_column("column `hpo_id`"))?;
        return Ok(Format::Hpoa { id, qualifier: position("qualifier") });
    }
    let id = IDS.iter().find_map(|name| position(name)).ok_or_else(|| no_column("column of identifiers"))?;
    let count = if let Some(name) = column {
        let exact = cells.iter().position(|cell| cell == name);
        let found = exact.or_else(|| position(plain([name]).first()?));
        found.ok_or_else(|| no_column(&format!("column `{name}`")))?
    } else {
        let known = COUNTS.iter().find_map(|name| position(name));
        // Of two columns, what is not the identifier is its count.
        let other = (columns.len() == 2).then_some(1 - id.min(1));
        known.or(other).filter(|&count| count != id).ok_or_else(|| no_column("column of counts"))?
    };
    Ok(Format::Table { id, count, name: cells[count].clone() })
}

/// Counts by identifiers as written.
#[derive(Default)]
struct Tally {
    /// The line where an identifier first stands, and its count.
    counts: BTreeMap<String, (usize, u64)>,
}

impl Tally {
    fn row(&mut self, format: &Format, cells: &[String], place: &str, line: usize) -> Result<(), Error> {
        let cell = |at: usize, name: &str| {
            let cell = cells.get(at).map(String::as_str);
            cell.ok_or_else(|| malformed(place, line, format!("the row has no {name}")))
        };
        let says_not = |qualifiers: &str| qualifiers.split('|').any(|word| word.eq_ignore_ascii_case("NOT"));
        match format {
            Format::Table { id, count, name } => {
                let written = cell(*count, &format!("`{name}`"))?;
                let ids = cell(*id, "identifier")?;
                if written.is_empty() {
                    return Ok(());
                }
                let count = written.parse::<u64>();
                let count = count
                    .map_err(|_| malformed(place, line, format!("`{name}` holds `{written}`, which is no count")))?;
                for id in ids.split('|').map(str::trim).filter(|id| !id.is_empty()) {
                    // A row a mention says the same of each mention; rows that do not agree count different mentions.
                    let known = self.entry(id, line);
                    *known = count.max(*known);
                }
            }
            Format::Hpoa { id, qualifier } => {
                let is_not = qualifier.and_then(|at| cells.get(at)).is_some_and(|text| says_not(text));
                let id = cell(*id, "`hpo_id`")?;
                if !is_not {
                    *self.entry(id, line) += 1;
                }
            }
            Format::Gaf => {
                if cells.len() < GAF_COLUMNS {
                    let message = format!("a row of a GAF has {GAF_COLUMNS} columns or more, this one {}", cells.len());
                    return Err(malformed(place, line, message));
                }
                if !says_not(&cells[GAF_QUALIFIER]) {
                    *self.entry(&cells[GAF_ID], line) += 1;
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, id: &str, line: usize) -> &mut u64 {
        let id = Curie::parse(id).map_or_else(|_| id.to_owned(), |id| id.to_string());
        &mut self.counts.entry(id).or_insert((line, 0)).1
    }

    /// Counts each identifier for the live concept it leads to.
    fn resolve(self, counts_rows: bool, place: &str, identifiers: &Identifiers) -> Result<Popularity, Error> {
        let mut counts: BTreeMap<Curie, u64> = BTreeMap::new();
        let mut passed_over: Option<PassedOver> = None;
        for (id, (line, count)) in self.counts {
            if let Standing::Live(id) | Standing::Obsolete(Some(id)) = identifiers.standing(&id) {
                let known = counts.entry(id).or_default();
                *known = known.saturating_add(count);
                continue;
            }
            let found = passed_over.get_or_insert_with(|| PassedOver { identifiers: 0, first: id.clone(), line });
            found.identifiers += 1;
            if line < found.line {
                (found.first, found.line) = (id, line);
            }
        }
        if counts.is_empty() {
            return Err(Error::NoCounts {
                place: place.to_owned(),
                ontology: identifiers.ontology().name().to_owned(),
            });
        }
        Ok(Popularity { counts, counts_rows, passed_over, column: None })
    }
}

fn malformed(place: &str, line: usize, message: String) -> Error {
    Error::Malformed { place: place.to_owned(), line, message }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::Arc;

    use super::*;
    use crate::ontology::{Ontology, obo};

    fn identifiers() -> Identifiers {
        let text = "\
[Term]\nid: HP:1\nname: Fever\nalt_id: HP:8\n\n[Term]\nid: HP:2\nname: Ache\n\n[Term]\nid: HP:3\nname: Itch\n\n\
[Term]\nid: HP:9\nname: obsolete Heat\nis_obsolete: true\nreplaced_by: HP:1\n";
        let draft = obo::read(text.as_bytes(), "x").unwrap();
        Identifiers::new(Arc::new(Ontology::assemble(draft, "x", "x").unwrap()))
    }

    fn read(text: &str, column: Option<&str>) -> Result<Popularity, String> {
        let read = Popularity::read(text.as_bytes(), "counts.tsv", column, &identifiers());
        read.map_err(|error| error.to_string())
    }

    fn counts(text: &str) -> [Option<u64>; 3] {
        let popularity = read(text, None).unwrap();
        ["HP:1", "HP:2", "HP:3"].map(|id| popularity.of(&Curie::parse(id).unwrap()))
    }

    #[test]
    fn a_table_counts_retired_and_merged_identifiers_for_the_concept_they_lead_to() {
        let text = "id\tcount\nHP:0\t4\nHP:1\t5\nhp_8\t20\nHP:9\t300\nHP:2\t0\n";
        assert_eq!(counts(text), [Some(325), Some(0), None]);
        let passed_over = PassedOver { identifiers: 1, first: "HP:0".to_owned(), line: 2 };
        assert_eq!(read(text, None).unwrap().passed_over(), Some(&passed_over));
    }

    #[test]
    fn tables_may_have_commas_quotes_and_comments() {
        assert_eq!(
            counts("# made by hand\nterm,ID,Hits\n\"Fever, high\",HP:1,7\n\nItch,HP:3,\n"),
            [Some(7), None, None]
        );
        assert_eq!(counts("HPO_ID;times\nHP:2;7\n"), [None, Some(7), None]);
    }

    #[test]
    fn a_row_a_mention_counts_its_concept_once() {
        assert_eq!(counts("mention\tids\tpopularity\nheat\tHP:1\t6\nhot\tHP:1|HP:2\t6\n"), [Some(6), Some(6), None]);
    }

    #[test]
    fn the_column_of_counts_can_be_named() {
        let text = "id\tcount\tPMC hits\nHP:1\t5\t70\n";
        let popularity = read(text, Some("pmc_hits")).unwrap();
        assert_eq!(popularity.of(&Curie::parse("HP:1").unwrap()), Some(70));
        assert_eq!(read(text, Some("x")).unwrap_err(), "counts.tsv:1: no column `x` among `id`, `count`, `PMC hits`");
    }

    #[test]
    fn rows_of_hpoa_are_counted_but_for_those_that_say_not() {
        let text = "\
#description: \"made up\"
#version: 2026-01-01
database_id\tdisease_name\tqualifier\thpo_id\treference
X:1\tA\t\tHP:1\tr
X:1\tA\tNOT\tHP:2\tr
X:2\tB\t\tHP:9\tr
X:2\tB\t\tHP:3\tr
";
        assert_eq!(counts(text), [Some(2), Some(0), Some(1)]);
        let older = text.replace("database_id\t", "#DatabaseID\t").replace("hpo_id", "HPO_ID");
        assert_eq!(counts(&older), [Some(2), Some(0), Some(1)]);
    }

    fn gaf_row(qualifier: &str, id: &str) -> String {
        format!("UniProtKB\tQ0\tX\t{qualifier}\t{id}\tr\tIEA\t\tF\t\t\tprotein\ttaxon:9606\t20260101\tX\t\t\n")
    }

    #[test]
    fn rows_of_a_gaf_are_counted_but_for_those_that_say_not() {
        let rows = [gaf_row("enables", "HP:1"), gaf_row("NOT|enables", "HP:2"), gaf_row("", "HP:3")].concat();
        assert_eq!(counts(&rows), [Some(1), Some(0), Some(1)]);
        assert_eq!(counts(&format!("!gaf-version: 2.2\n!\n{rows}")), [Some(1), Some(0), Some(1)]);
        let message = "counts.tsv:5: a row of a GAF has 15 columns or more, this one 1";
        assert_eq!(read(&format!("!gaf-version: 2.2\n{rows}HP:1\n"), None).unwrap_err(), message);
    }

    #[test]
    fn a_packed_file_is_read_as_what_it_holds() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"id\tcount\nHP:1\t5\n").unwrap();
        let packed = packed.finish().unwrap();
        let read = |bytes: &[u8]| Popularity::read(bytes, "counts.tsv.gz", None, &identifiers());
        assert_eq!(read(&packed).unwrap().concepts(), 1);
        let message = read(&packed[..packed.len() - 9]).unwrap_err().to_string();
        assert_eq!(message, "cannot read `counts.tsv.gz`");
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_line() {
        let message = |text: &str| read(text, None).unwrap_err();
        assert_eq!(message(""), "`counts.tsv` is empty");
        assert_eq!(message("# only this\n"), "`counts.tsv` is empty");
        assert_eq!(message("id\tcount\nHP:1\tmany\n"), "counts.tsv:2: `count` holds `many`, which is no count");
        assert_eq!(message("id\tcount\nHP:1\t-1\n"), "counts.tsv:2: `count` holds `-1`, which is no count");
        assert_eq!(message("id\tcount\nHP:1\n"), "counts.tsv:2: the row has no `count`");
        assert_eq!(message("a\tcount\nHP:1\t1\n"), "counts.tsv:1: no column of identifiers among `a`, `count`");
        assert_eq!(message("id\ta\tb\nHP:1\t1\t1\n"), "counts.tsv:1: no column of counts among `id`, `a`, `b`");
        assert_eq!(message("id\tcount\nHP:7\t1\n"), "`counts.tsv` counts no concept of `x`");
        assert_eq!(message(&"x".repeat(LONGEST_LINE + 1)), "counts.tsv:1: the line is longer than 1 MiB");
    }
}

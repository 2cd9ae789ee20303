//! Whole streams, with a retriever that finds what is scripted.

use std::io::{self, Cursor, Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::Value;

use super::Error;
use super::documents::Documents;
use super::layout::Wanted;
use super::stream::{Stream, Tally, Writing};
use crate::export::table::{COLUMNS, Dialect};
use crate::normalize::{Normalizer, OntologyTag};
use crate::ontology::{Curie, Scope};
use crate::retrieve::{self, Candidate, Description, Mention, Ranks, Retrieval, Retriever, Scores};
use crate::tables::{self, Format, Input, ROW_BYTES};

const TSV: Writing = Writing::Table(Dialect::Tsv);
const CSV: Writing = Writing::Table(Dialect::Csv);

/// Finds one concept, called like the mention, for every mention but `nothing`.
struct Parrot;

impl Retriever for Parrot {
    fn retrieve(&self, mention: &Mention, _: usize) -> Result<Retrieval, retrieve::Error> {
        if mention.text == "nothing" {
            return Ok(Retrieval::default());
        }
        let candidates = vec![Candidate {
            id: Curie::parse("X:1").unwrap(),
            label: mention.text.clone(),
            name: mention.text.clone(),
            scope: Scope::Label,
            kind: None,
            language: None,
            ontology: None,
            score: 1.0,
            ranks: Ranks { exact: Some(1), ..Ranks::default() },
            scores: Scores::default(),
        }];
        Ok(Retrieval { candidates, ..Retrieval::default() })
    }

    fn describe(&self, _: &Candidate) -> Result<Description, retrieve::Error> {
        Ok(Description::default())
    }
}

fn wanted(column: &str) -> Wanted {
    Wanted { mention: Some(column.to_owned()), ..Wanted::default() }
}

fn begin(place: &str, bytes: &[u8], format: Option<Format>, wanted: &Wanted) -> Result<Stream, Error> {
    let input = Input::new(place.to_owned(), None, Box::new(Cursor::new(bytes.to_vec())))?;
    Stream::begin(input, format, wanted)
}

fn answer(stream: Stream, writing: Writing) -> (String, Tally) {
    let ontology = OntologyTag { name: "x".to_owned(), version: None };
    let normalizer = Normalizer::new(Arc::new(Parrot), ontology, 10);
    let mut out = Vec::new();
    let tally = stream.run(&normalizer, writing, 2, 1, &mut out, &mut |_| {}).unwrap();
    (String::from_utf8(out).unwrap(), tally)
}

fn normalized(place: &str, bytes: impl AsRef<[u8]>, writing: Writing) -> (String, Tally) {
    answer(begin(place, bytes.as_ref(), None, &Wanted::default()).unwrap(), writing)
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The format that is recognised.
fn format(place: &str, text: &str) -> Format {
    begin(place, text.as_bytes(), None, &Wanted::default()).unwrap().format()
}

#[test]
fn the_format_is_told_by_the_ending_or_the_first_lines() {
    assert_eq!(format("a.tsv", "mention\nfits\n"), Format::Tsv);
    assert_eq!(format("a.CSV.gz", "mention\nfits\n"), Format::Csv);
    assert_eq!(format("a.ndjson", ""), Format::Jsonl);
    assert_eq!(format("-", "row\tmention\n1\tfits\n"), Format::Tsv);
    assert_eq!(format("-", "row,mention\n1,fits\n"), Format::Csv);
    assert_eq!(format("-", "\"row\",\"mention\"\n1,fits\n"), Format::Csv);
    assert_eq!(format("a.txt", "{\"mention\": \"fits\"}\n"), Format::Jsonl);
    assert_eq!(format("a.txt", "mention\nfits\n"), Format::Tsv);
    assert_eq!(format("a.txt", "seizures, febrile\nfits\n"), Format::Lines);
    assert_eq!(format("a.txt", "seizures, febrile\n"), Format::Lines);
    assert_eq!(format("a.txt", ""), Format::Lines);
}

#[test]
fn a_table_without_the_column_is_refused_and_its_columns_are_named() {
    for (place, text) in [("a.tsv", "row\tterm\n1\tfits\n"), ("-", "row,term\n1,fits\n2,fever\n")] {
        let error = begin(place, text.as_bytes(), None, &Wanted::default()).err().unwrap();
        assert_eq!(error.to_string(), format!("`{place}` has no column `mention` (its columns: `row`, `term`)"));
    }
    let error = begin("a.jsonl", b"{\"term\": \"fits\"}", None, &Wanted::default()).err().unwrap();
    assert!(matches!(error, Error::NoColumn { found, .. } if found == ["term"]));
    let twice = begin("a.tsv", b"mention\tmention\n", None, &Wanted::default()).err().unwrap();
    assert!(matches!(twice, Error::ColumnTwice { .. }));
}

#[test]
fn columns_are_kept_in_their_order_and_ours_follow() {
    let (out, tally) = normalized("a.tsv", "row\tmention\tid\n7\tfits\tgold\n8\tnothing\t\n", TSV);
    let expected = concat!(
        "row\tmention\tid\tterm2id_id\tlabel\tscore\tconfidence\tname\tscope\ttied_with\tparts\tqualifiers\tontology\t\
         ontology_version\tdecided_by\terror\n",
        "7\tfits\tgold\tX:1\tfits\t1.0000\t\tfits\tLABEL\t\t\t\tx\t\texact\t\n",
        "8\tnothing\t\t\t\t\t\t\t\t\t\t\tx\t\tnone\t\n",
    );
    assert_eq!(out, expected);
    assert_eq!((tally.rows, tally.exact, tally.none, tally.failed), (2, 1, 1, 0));
}

#[test]
fn rows_come_out_in_the_order_they_went_in() {
    let text = (0..5000).map(|row| format!("mention {row}")).collect::<Vec<_>>().join("\n");
    let (out, _) = normalized("-", text, TSV);
    let mentions: Vec<_> = out.lines().skip(1).map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(mentions.len(), 5000);
    assert!((0..).zip(&mentions).all(|(row, &mention)| mention == format!("mention {row}")));
}

#[test]
fn bare_quotes_in_tsv_quote_nothing() {
    let text = "mention\tnote\n\"fits\" and\t5\" long\n\"open\tx\n\"a\tb\"\tc\n";
    let (out, tally) = normalized("a.tsv", text, Writing::Json);
    let mentions: Vec<_> = objects(&out).iter().map(|row| row["mention"].as_str().unwrap().to_owned()).collect();
    // The last has three cells read as it stands, and the two it should have read with quotes.
    assert_eq!(mentions, ["\"fits\" and", "\"open", "a\tb"]);
    assert_eq!(tally.failed, 0);
}

#[test]
fn csv_cells_may_hold_commas_quotes_and_line_ends() {
    let text = "mention,note\r\n\"fits, \"\"febrile\"\"\",\"two\nlines\"\r\nfever,\r\n\r\n";
    let (out, tally) = normalized("a.csv", text, CSV);
    assert!(out.contains("\n\"fits, \"\"febrile\"\"\",\"two\nlines\",X:1,\"fits, \"\"febrile\"\"\",1.0000,"), "{out}");
    assert_eq!((tally.rows, tally.failed), (2, 0));
}

#[test]
fn no_formula_comes_out_of_a_table_and_json_lines_stay_as_they_are() {
    let text = "=n\tmention\n7\t=1+1\n-5 D\t\"@x\n+2\tfits\n\t-A1\n";
    let (out, _) = normalized("a.tsv", text, TSV);
    let own: Vec<_> = out.lines().map(|line| line.splitn(3, '\t').take(2).collect::<Vec<_>>().join("|")).collect();
    assert_eq!(own, ["'=n|mention", "7|'=1+1", "-5 D|'\"@x", "+2|fits", "|'-A1"]);
    assert!(out.lines().nth(1).unwrap().contains("\tX:1\t'=1+1\t"), "{out}");
    let (out, _) = normalized("a.csv", "mention,n\n\"=HYPERLINK(\"\"a\"\",1)\",1\n", CSV);
    assert!(out.contains("\n\"'=HYPERLINK(\"\"a\"\",1)\",1,X:1,"), "{out}");
    let (out, _) = normalized("a.tsv", text, Writing::Json);
    assert_eq!(objects(&out)[0]["mention"], "=1+1");
}

fn findings(text: &str) -> (Vec<Value>, Tally) {
    let documents = Documents { document: "who".to_owned(), excluded: Some("no".to_owned()) };
    let (out, tally) = normalized("a.tsv", text, Writing::Findings(Arc::new(documents)));
    (objects(&out), tally)
}

#[test]
fn findings_have_a_document_and_may_be_excluded() {
    let (rows, tally) =
        findings("who\tmention\tno\na\tfits\t\na\tfever\tabsent\nb\tnothing\t\n\tfits\t\nb\tfits\tmaybe\nb\tx\n");
    let said = |row: &Value| (row["document"].as_str() == Some("a"), row["is_excluded"].as_bool().unwrap());
    assert_eq!(rows.iter().map(said).collect::<Vec<_>>(), [(true, false), (true, true), (false, false)]);
    assert!(rows[2]["feature"].is_null());
    assert_eq!((tally.rows, tally.failed), (6, 3));
    assert_eq!(tally.first_failure.as_deref(), Some("a.tsv:5: `who` is empty, and so names no document"));
    let (_, tally) = findings("who\tmention\tno\nb\tfits\tmaybe\n");
    assert_eq!(tally.first_failure.as_deref(), Some("a.tsv:2: `no` holds `maybe`, which is neither yes nor no"));
}

#[test]
fn a_column_that_is_not_there_is_named_before_anything_is_answered() {
    let stream = begin("a.tsv", b"who\tmention\n", None, &Wanted::default()).unwrap();
    assert!(stream.require(["who"]).is_ok());
    let error = stream.require(["who", "no"]).unwrap_err();
    assert_eq!(error.to_string(), "`a.tsv` has no column `no` (its columns: `who`, `mention`)");
}

#[test]
fn a_quote_that_is_never_closed_costs_one_row() {
    for text in ["mention,n\n\"fits,1\nfever,2\ncough,3\n", "mention,n\n\"fits,1\n\"fever\",2\ncough,3"] {
        let (out, tally) = normalized("a.csv", text, Writing::Json);
        let rows = objects(&out);
        assert_eq!(rows[0]["error"], "a.csv:2: a quote is not closed");
        assert_eq!(rows[0]["n"], "1");
        assert_eq!((rows[1]["mention"].as_str(), rows[2]["mention"].as_str()), (Some("fever"), Some("cough")));
        assert_eq!((tally.rows, tally.failed), (3, 1));
    }
}

#[test]
fn a_row_of_another_length_carries_its_error_and_keeps_what_it_has() {
    let (out, tally) = normalized("a.tsv", "row\tmention\n1\tfits\tx\n2\n\n3\tfever\n", TSV);
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split('\t').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 2 + COLUMNS.len()), "{out}");
    assert_eq!(rows[1][..2], ["1", "fits x"]);
    assert_eq!(rows[1][14], "a.tsv:2: the header has 2 columns, the row 3");
    assert_eq!((rows[2][0], rows[2][1], rows[3][2]), ("2", "", "X:1"));
    assert_eq!(tally.first_failure.as_deref(), Some("a.tsv:2: the header has 2 columns, the row 3"));
}

#[test]
fn keys_of_json_lines_are_kept_as_they_are_written() {
    let text = "{\"z\": 1.50, \"mention\": \"fits\", \"id\": [1, {\"b\":0,\"a\":0}]}\n";
    let (out, _) = normalized("a.jsonl", text, Writing::Json);
    assert!(out.starts_with("{\"z\":1.50,\"mention\":\"fits\",\"id\":\"X:1\""), "{out}");
    assert!(out.ends_with("\"input\":{\"id\":[1, {\"b\":0,\"a\":0}]}}\n"), "{out}");
}

#[test]
fn bad_json_lines_carry_their_errors() {
    let text = concat!(
        "{\"mention\": \"fits\"}\n",
        "{\"mention\": 5, \"row\": 2}\n",
        "[1]\n\n",
        "{\"row\": 5}\n",
        "{\"mention\": \"a\", \"mention\": \"b\"}\n",
        "{\"mention\": null}",
    );
    let (out, tally) = normalized("a.jsonl", text, Writing::Json);
    let rows = objects(&out);
    let errors: Vec<_> = rows.iter().map(|row| row["error"].as_str().unwrap_or_default()).collect();
    let expected = [
        "",
        "a.jsonl:2: the value of `mention` is no text",
        "a.jsonl:3: the line is no JSON object (column 0)",
        "a.jsonl:5: the object has no key `mention`",
        "a.jsonl:6: the object has the key `mention` twice",
        "",
    ];
    assert_eq!(errors, expected);
    assert_eq!((&rows[1]["row"], &rows[1]["input"]["mention"]), (&Value::from(2), &Value::from(5)));
    assert_eq!((tally.failed, tally.none), (4, 1));
}

#[test]
fn json_lines_become_a_table_of_the_keys_of_the_first_object() {
    let text = "{\"row\":1,\"mention\":\"fits\"}\n{\"mention\":\"fever\"}\n{\"mention\":\"x\",\"new\":1}\n";
    let (out, tally) = normalized("a.jsonl", text, CSV);
    let lines: Vec<_> = out.lines().collect();
    assert!(lines[0].starts_with("row,mention,id,"));
    assert!(lines[1].starts_with("1,fits,X:1") && lines[2].starts_with(",fever,X:1"));
    assert!(lines[3].contains("no object before this one has the key `new`"), "{out}");
    assert_eq!(tally.failed, 1);
}

#[test]
fn a_bad_first_json_line_is_a_bad_row_like_any_other() {
    for (bad, problem) in
        [("{\"x\":1}", "the object has no key `mention`"), ("{\"mention\":", "the line is no JSON object (column 11)")]
    {
        let text = format!("{bad}\n{{\"mention\":\"fits\",\"n\":2}}\n");
        let (out, tally) = normalized("a.jsonl", &text, Writing::Json);
        assert_eq!(objects(&out)[0]["error"], format!("a.jsonl:1: {problem}"));
        assert_eq!((objects(&out)[1]["mention"].as_str(), tally.rows, tally.failed), (Some("fits"), 2, 1));
        let (out, tally) = normalized("a.jsonl", &text, CSV);
        assert_eq!((out.lines().count(), tally.rows, tally.failed), (3, 2, 1), "{out}");
        assert!(out.contains("\nfits,2,X:1,") || out.contains("\n,fits,2,X:1,"), "{out}");
    }
}

#[test]
fn a_key_that_no_first_row_has_is_refused_and_the_keys_are_named() {
    let refused = |text: &str, wanted: &Wanted| begin("a.jsonl", text.as_bytes(), None, wanted).err();
    let many = "no\n{\"term\":\"a\"}\n{\"x\":0}\n".repeat(200) + "{\"mention\":\"late\"}";
    let Some(Error::NoColumn { column, found, .. }) = refused(&many, &Wanted::default()) else { panic!() };
    assert_eq!((column.as_str(), found), ("mention", vec!["term".to_owned(), "x".to_owned()]));
    let named = Wanted { context: Some("sentence".to_owned()), ..Wanted::default() };
    let Some(Error::NoColumn { column, .. }) = refused("{\"mention\":\"a\"}", &named) else { panic!() };
    assert_eq!(column, "sentence");
    assert!(refused("{\"mention\":\"a\"}\n{\"mention\":\"a\",\"sentence\":\"b\"}", &named).is_none());
    assert!(matches!(refused("[1]\n[2]\n", &Wanted::default()), Some(Error::FirstRow(_))));
    assert!(refused("\n", &Wanted::default()).is_none());
}

#[test]
fn only_a_context_that_was_named_must_be_text() {
    let text =
        "{\"mention\":\"fits\"}\n{\"mention\":\"fits\",\"context\":\"s\"}\n{\"mention\":\"a\",\"context\":[1]}\n";
    let (out, tally) = normalized("a.jsonl", text, Writing::Json);
    let rows = objects(&out);
    assert_eq!((&rows[1]["context"], &rows[2]["input"]["context"][0], tally.failed), (&"s".into(), &1.into(), 0));
    let named = Wanted { context: Some("context".to_owned()), ..Wanted::default() };
    let (_, tally) = answer(begin("a.jsonl", text.as_bytes(), None, &named).unwrap(), Writing::Json);
    assert_eq!(tally.first_failure.as_deref(), Some("a.jsonl:3: the value of `context` is no text"));
}

#[test]
fn the_context_is_taken_from_its_column() {
    let text = "mention\tsentence\tcontext\nfits\tHe had fits.\tother\n";
    let (out, _) = normalized("a.tsv", text, Writing::Json);
    assert_eq!(objects(&out)[0]["context"], "other");
    let named = Wanted { context: Some("sentence".to_owned()), ..Wanted::default() };
    let (out, _) = answer(begin("a.tsv", text.as_bytes(), None, &named).unwrap(), Writing::Json);
    let row = &objects(&out)[0];
    assert_eq!((&row["context"], &row["input"]["context"]), (&"He had fits.".into(), &"other".into()));
    assert_eq!(row["sentence"], "He had fits.");
}

#[test]
fn a_column_that_stands_twice_has_two_keys() {
    let (out, _) = normalized("a.tsv", "n\tmention\tn\tn_2\n1\tfits\t2\t3\n", Writing::Json);
    assert!(out.starts_with("{\"n\":\"1\",\"n_3\":\"2\",\"n_2\":\"3\",\"mention\":"), "{out}");
}

#[test]
fn bytes_that_are_not_utf8_cost_one_row() {
    let (out, tally) = normalized("a.tsv", b"mention\nSj\xf6gren\nfits\n", TSV);
    assert!(out.lines().nth(1).unwrap().ends_with("a.tsv:2: the line is not UTF-8"));
    assert_eq!((tally.rows, tally.failed), (2, 1));
}

#[test]
fn marks_and_line_ends_of_other_systems_are_no_part_of_a_value() {
    for text in ["\u{feff}mention\tn\r\nfits\t1\r\n", "mention\tn\rfits\t1\r", "mention\tn\nfits\t1"] {
        let (out, _) = normalized("-", text, TSV);
        assert!(out.starts_with("mention\tn\tid"), "{out:?}");
        assert!(out.contains("\nfits\t1\tX:1\t"), "{out:?}");
        assert!(!out.contains('\r'));
    }
}

#[test]
fn other_encodings_and_spreadsheets_are_refused() {
    let error = |bytes: &[u8]| begin("a", bytes, None, &Wanted::default()).err().unwrap();
    assert!(matches!(error(b"\xff\xfem\0"), Error::Input(tables::Error::Utf16 { .. })));
    assert!(matches!(error(b"PK\x03\x04rest"), Error::Input(tables::Error::Stream { .. })));
    assert!(matches!(error(b"ab\0c\n"), Error::Input(tables::Error::Binary { .. })));
}

#[test]
fn gzip_is_unpacked_also_in_several_members_and_a_truncated_one_is_an_error() {
    let packed = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let whole = [packed("row\tmention\n1\tfits\n"), packed("2\tfever\n")].concat();
    let (out, tally) = normalized("a.gz", &whole, TSV);
    assert!(out.contains("\n2\tfever\tX:1") && tally.rows == 2, "{out}");
    let outcome = begin("a.gz", &whole[..whole.len() - 9], None, &Wanted::default());
    assert!(
        outcome.is_err() || {
            let normalizer = Normalizer::new(Arc::new(Parrot), OntologyTag { name: "x".into(), version: None }, 1);
            outcome.unwrap().run(&normalizer, TSV, 1, 1, &mut Vec::new(), &mut |_| {}).is_err()
        }
    );
}

/// So many `a`, without keeping them.
struct Endless(usize);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(self.0);
        buffer[..length].fill(b'a');
        self.0 -= length;
        Ok(length)
    }
}

#[test]
fn a_line_too_long_to_keep_costs_one_row_in_every_format() {
    for (name, head, tail) in
        [("a.tsv", "mention\n", "\nfits\n"), ("a.csv", "mention,n\n\"", "\n\"fits\",1\n"), ("a.txt", "x\n", "\nfits")]
    {
        let long = Cursor::new(head).chain(Endless(5 * ROW_BYTES)).chain(Cursor::new(tail));
        let stream =
            Stream::begin(Input::new(name.to_owned(), None, Box::new(long)).unwrap(), None, &Wanted::default())
                .unwrap();
        let (out, tally) = answer(stream, Writing::Json);
        let rows = objects(&out);
        let long = &rows[rows.len() - 2];
        assert_eq!(long["error"], format!("{name}:2: the line is longer than {ROW_BYTES} bytes"));
        assert_eq!(rows[rows.len() - 1]["mention"], "fits");
        assert_eq!(tally.failed, 1);
    }
}

#[test]
fn a_mention_too_long_to_look_up_is_named_with_its_line() {
    let (_, tally) = normalized("a.txt", format!("fits\n{}\n", "a".repeat(70_000)), TSV);
    let first = tally.first_failure.unwrap();
    assert!(first.starts_with("a.txt:2: the mention is too long (70000 bytes"), "{first}");
}

/// Fails after a few bytes.
struct Closed(usize);

impl Write for Closed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let length = bytes.len().min(self.0);
        self.0 -= length;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Gives one batch and then waits for ever, as a terminal does.
struct Waiting(&'static [u8]);

impl Read for Waiting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        if length == 0 {
            loop {
                std::thread::park();
            }
        }
        Ok(length)
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_run_though_the_input_goes_on() {
    for text in ["fits\n", "{\"mention\": \"fits\"}\n"] {
        let input = Input::new("-".to_owned(), None, Box::new(Waiting(text.as_bytes()))).unwrap();
        let stream = Stream::begin(input, None, &Wanted::default()).unwrap();
        let normalizer = Normalizer::new(Arc::new(Parrot), OntologyTag { name: "x".into(), version: None }, 1);
        // The header passes, the first answer does not: it must not wait for a second row.
        let error = stream.run(&normalizer, TSV, 1, 1, &mut Closed(80), &mut |_| {}).unwrap_err();
        assert_eq!(error.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::BrokenPipe);
    }
}

/// Gives one batch and then panics.
struct Panicking(bool);

impl Read for Panicking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!std::mem::replace(&mut self.0, true), "a reader that panics, as the test wants");
        buffer[..5].copy_from_slice(b"fits\n");
        Ok(5)
    }
}

#[test]
fn a_reader_that_panics_is_no_end_of_the_input() {
    let input = Input::new("a.txt".to_owned(), None, Box::new(Panicking(false))).unwrap();
    let stream = Stream::begin(input, None, &Wanted::default()).unwrap();
    let normalizer = Normalizer::new(Arc::new(Parrot), OntologyTag { name: "x".into(), version: None }, 1);
    let error = stream.run(&normalizer, TSV, 1, 1, &mut Vec::new(), &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "the thread that reads rows stopped");
}

/// Rows as the csv crate writes them, and the cells it was given.
fn written(rows: &[Vec<String>], delimiter: u8) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).unwrap();
    }
    writer.into_inner().unwrap()
}

/// A table with a column that is asked about, of up to five columns and a dozen rows.
fn tables(cell: &'static str) -> impl Strategy<Value = Vec<Vec<String>>> {
    (1..6_usize, 0..12_usize).prop_flat_map(move |(width, height)| {
        let rows = prop::collection::vec(prop::collection::vec(cell, width), height);
        (rows, 0..width).prop_map(move |(rows, asked)| {
            let header = (0..width).map(|at| if at == asked { "asked".to_owned() } else { format!("c{at}") });
            std::iter::once(header.collect()).chain(rows).collect()
        })
    })
}

/// The input's columns in the CSV that comes out.
fn own(out: &str, width: usize) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(out.as_bytes());
    reader.records().map(|row| row.unwrap().iter().take(width).map(str::to_owned).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_csv_comes_out_with_its_columns_unchanged(table in tables("([a-c\", \n\u{e9}'][a-c\", \t\n\r\u{e9}']{0,5})?")) {
        let bytes = written(&table, b',');
        let stream = begin("a.csv", &bytes, None, &wanted("asked")).unwrap();
        let (out, tally) = answer(stream, CSV);
        prop_assert_eq!(tally.failed, 0, "{}", out);
        prop_assert_eq!(own(&out, table[0].len()), table);
    }

    #[test]
    fn any_tsv_of_one_line_a_row_comes_out_with_its_columns_unchanged(
        table in tables("([a-c\", \u{e9}'][a-c\", \t\u{e9}']{0,5})?"),
    ) {
        let bytes = written(&table, b'\t');
        let stream = begin("a.tsv", &bytes, None, &wanted("asked")).unwrap();
        let (out, tally) = answer(stream, TSV);
        prop_assert_eq!(tally.failed, 0, "{}", out);
        // Whether a reader heeds quotes in TSV or not, it finds what it found in the input.
        let bytes = String::from_utf8(bytes).unwrap();
        prop_assert_eq!(out.lines().count(), bytes.lines().count());
        for (out, own) in out.lines().zip(bytes.lines()) {
            prop_assert!(out.starts_with(&format!("{own}\t")), "{}", out);
        }
    }

    #[test]
    fn no_bytes_whatever_stop_a_run_or_lose_a_line(bytes in prop::collection::vec(any::<u8>(), 0..300), csv: bool) {
        let mut text = b"row,mention\n".to_vec();
        text.extend(bytes.iter().map(|&byte| if byte == 0 { b'"' } else { byte }));
        let format = if csv { Format::Csv } else { Format::Lines };
        let stream = begin("a", &text, Some(format), &Wanted::default()).unwrap();
        let (out, tally) = answer(stream, Writing::Json);
        prop_assert_eq!(out.lines().count() as u64, tally.rows);
        if !csv {
            prop_assert_eq!(out.lines().count(), text.split_inclusive(|&byte| byte == b'\n').count());
        }
    }
}

//! `term2id normalize` from and to spreadsheets and Parquet.

use std::path::Path;

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::{Place, stderr, stdout};

/// A workbook of two sheets with something of everything, its table in `C3`.
fn book(place: &Place) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Findings").unwrap();
    sheet.write_row(2, 2, ["patient", "mention", "weight", "seen", "note"]).unwrap();
    sheet.write_column(3, 2, [7.0, 8.0, 9.0, 10.0]).unwrap();
    let mentions = ["big\nhands", "Small hand", &"手".repeat(22_000), "=cmd|'/C calc'!A0"];
    sheet.write_column(3, 3, mentions).unwrap();
    sheet.write_column(3, 4, [0.5, 61.25, 4.0]).unwrap();
    let day = Format::new().set_num_format("dd.mm.yyyy");
    let seen = ExcelDateTime::from_ymd(2024, 2, 29).unwrap();
    sheet.write_with_format(3, 5, &seen, &day).unwrap();
    sheet.merge_range(3, 6, 4, 6, "for both", &Format::new()).unwrap();
    sheet.write(5, 6, Formula::new("=\"a\"&\"b\"").set_result("ab")).unwrap();
    let other = book.add_worksheet().set_name("Other").unwrap();
    other.write_column(0, 0, ["mention", "shaky hands"]).unwrap();
    book.save(place.path("book.xlsx")).unwrap();
}

/// The cells of the first sheet, row by row.
fn cells(path: &Path) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

#[test]
fn a_spreadsheet_goes_in_and_out_with_its_columns() {
    let place = Place::with_limbs();
    book(&place);
    let run = |more: &[&str]| place.run(&[&["normalize", "-i", "limbs", "book.xlsx"], more].concat());
    let output = run(&["-o", "out.xlsx"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    // Too long a mention, in the third row below the header.
    assert!(stderr(&output).contains("first book.xlsx:6: "), "{}", stderr(&output));
    assert!(stderr(&output).contains("sheet `Findings` of `book.xlsx`; --sheet takes another (`Other`)"));
    let rows = cells(&place.path("out.xlsx"));
    let text = |text: &str| Data::String(text.to_owned());
    assert_eq!(rows[0][..7], ["patient", "mention", "weight", "seen", "note", "id", "label"].map(text));
    assert_eq!(rows[1][..3], [Data::Float(7.0), text("big\nhands"), Data::Float(0.5)]);
    assert!(matches!(&rows[1][3], Data::DateTime(date) if date.to_ymd_hms_milli() == (2024, 2, 29, 0, 0, 0, 0)));
    assert_eq!(rows[1][4..6], [text("for both"), text("LIMB:0000003")]);
    assert!(matches!(rows[1][7], Data::Float(_)), "{:?}", rows[1][7]);
    assert_eq!(rows[2][4..6], [Data::Empty, text("LIMB:0000004")]);
    assert_eq!((&rows[3][4], &rows[4][1]), (&text("ab"), &text("=cmd|'/C calc'!A0")));
    let first = fs_err::read(place.path("out.xlsx")).unwrap();
    let again = run(&["-q", "--force", "-o", "out.xlsx"]);
    assert_eq!(again.status.code(), Some(1), "{}", stderr(&again));
    assert_eq!(fs_err::read(place.path("out.xlsx")).unwrap(), first);
    assert!(run(&["-q", "--format", "xlsx"]).stdout == first);
    let table = run(&["-q"]);
    assert!(stdout(&table).starts_with("patient\tmention\tweight\tseen\tnote\tid\t"), "{}", stdout(&table));
    assert!(stdout(&table).contains("7\tbig hands\t0.5\t2024-02-29\tfor both\tLIMB:0000003\t"), "{}", stdout(&table));
}

#[test]
fn another_sheet_is_named() {
    let place = Place::with_limbs();
    book(&place);
    place.file("in.tsv", b"mention\nbig hands\n");
    let normalize = ["normalize", "-i", "limbs"];
    insta::assert_snapshot!(place.see_all(&[
        &[&normalize[..], &["-q", "--sheet", "Other", "book.xlsx"]].concat(),
        &[&normalize[..], &["--sheet", "other", "book.xlsx"]].concat(),
        &[&normalize[..], &["--sheet", "Other", "in.tsv"]].concat(),
        &[&normalize[..], &["--sheet", "Other", "-"]].concat(),
    ]));
}

#[test]
fn a_spreadsheet_on_standard_input_is_refused() {
    let place = Place::with_limbs();
    book(&place);
    let bytes = fs_err::read(place.path("book.xlsx")).unwrap();
    let output = place.pipe(&["normalize", "-i", "limbs", "-"], &bytes);
    insta::assert_snapshot!(place.seen(&output));
}

#[test]
fn nothing_is_overwritten_or_half_written() {
    let place = Place::with_limbs();
    book(&place);
    let before = fs_err::read(place.path("book.xlsx")).unwrap();
    let output = place.run(&["normalize", "-i", "limbs", "book.xlsx", "-o", "book.xlsx"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error: `book.xlsx` exists\nhint: `--force` replaces it"), "{}", stderr(&output));
    assert!(fs_err::read(place.path("book.xlsx")).unwrap() == before);
    place.file("long.csv", format!("mention,note\nbig hands,{}\n", "x".repeat(32_768)).as_bytes());
    let output = place.run(&["normalize", "-q", "-i", "limbs", "long.csv", "-o", "long.xlsx"]);
    insta::assert_snapshot!(place.seen(&output));
    assert!(!place.path("long.xlsx").exists());
    let output = place.run(&["normalize", "-q", "-i", "limbs", "long.csv", "--format", "xlsx"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
}

#[cfg(not(feature = "parquet"))]
#[test]
fn what_is_not_compiled_in_is_said() {
    let place = Place::with_limbs();
    place.file("in.tsv", b"mention\nbig hands\n");
    place.file("in.parquet", b"PAR1 and more");
    let normalize = ["normalize", "-i", "limbs"];
    insta::assert_snapshot!(place.see_all(&[
        &[&normalize[..], &["in.parquet"]].concat(),
        &[&normalize[..], &["in.tsv", "-o", "out.parquet"]].concat(),
    ]));
}

#[cfg(feature = "parquet")]
#[test]
fn a_spreadsheet_becomes_parquet_and_comes_back() {
    let place = Place::with_limbs();
    book(&place);
    let output = place.run(&["normalize", "-q", "-i", "limbs", "book.xlsx", "-o", "out.parquet"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let output = place.run(&["normalize", "-q", "-i", "limbs", "out.parquet", "-o", "out.xlsx"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let rows = cells(&place.path("out.xlsx"));
    let text = |text: &str| Data::String(text.to_owned());
    assert_eq!(rows[0][5], text("id"));
    assert_eq!(rows[1][..3], [Data::Float(7.0), text("big\nhands"), Data::Float(0.5)]);
    assert_eq!(rows[1][3..6], [text("2024-02-29"), text("for both"), text("LIMB:0000003")]);
    assert!(matches!(rows[1][7], Data::Float(_)), "{:?}", rows[1][7]);
    assert_eq!(rows[4][1], text("=cmd|'/C calc'!A0"));
}

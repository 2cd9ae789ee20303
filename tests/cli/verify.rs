//! `term2id verify`.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::{Place, stderr, stdout};

/// A table with a pair of every kind.
const TABLE: &[u8] = b"row\tid\tlabel\n\
    1\tLIMB:0000003\tlarge hands\n\
    2\tLIMB:0000003\tBig hands\n\
    3\tlimb_0000007\tLong foot\n\
    4\tFOO:0000003\tLarge hands\n\
    5\tLIMB:0000077\tLong feet\n\
    6\tLIMB:0000009\tHuge hands\n\
    7\tLIMB:0000010\tOdd hands\n\
    8\tLIMB:0000013\tMacromanus\n\
    9\tLIMB:0000004\tShaky hands\n\
    10\tLIMB:0000001\tPurple ideas\n\
    11\tLIMB:0000005\tTremmor of the hand\n\
    12\tOMIM:100100\tPrune belly\n\
    13\tLIMB:0000002\n\
    14\t\tno identifier\n";

/// What [`TABLE`] is when all that is certain is put right.
const FIXED: &str = "row\tid\tlabel\n\
    1\tLIMB:0000003\tlarge hands\n\
    2\tLIMB:0000003\tBig hands\n\
    3\tLIMB:0000007\tLong foot\n\
    4\tFOO:0000003\tLarge hands\n\
    5\tLIMB:0000077\tLong feet\n\
    6\tLIMB:0000003\tLarge hands\n\
    7\tLIMB:0000010\tOdd hands\n\
    8\tLIMB:0000003\tLarge hands\n\
    9\tLIMB:0000004\tShaky hands\n\
    10\tLIMB:0000001\tPurple ideas\n\
    11\tLIMB:0000005\tTremor of the hand\n\
    12\tOMIM:100100\tPrune belly\n\
    13\tLIMB:0000002\n\
    14\t\tno identifier\n";

fn read(place: &Place, name: &str) -> String {
    fs_err::read_to_string(place.path(name)).unwrap()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_kind_is_told_with_its_place_and_what_would_be_right() {
    let place = Place::with_limbs();
    place.file("in.tsv", TABLE);
    insta::assert_snapshot!(place.see(&["verify", "-i", "limbs", "in.tsv", "--level", "note"]));
}

#[test]
fn programs_read_it_in_their_formats() {
    let place = Place::with_limbs();
    place.file("in.tsv", TABLE);
    let verify = |format| place.see(&["verify", "-q", "-i", "limbs", "in.tsv", "--format", format]);
    insta::assert_snapshot!(["tsv", "jsonl", "sarif", "github"].map(verify).join("\n"));
}

#[test]
fn what_is_certain_is_put_right_once_and_nothing_else_changes() {
    let place = Place::with_limbs();
    let input = place.file("in.tsv", TABLE);
    let fix = place.run(&["verify", "-i", "limbs", "in.tsv", "--fix"]);
    assert_eq!(fix.status.code(), Some(1), "{}", stderr(&fix));
    assert!(stderr(&fix).ends_with("4 put right, 6 left for a person\n"), "{}", stderr(&fix));
    assert_eq!(
        (read(&place, "in.tsv"), read(&place, "in.fixed.tsv")),
        (String::from_utf8(TABLE.to_vec()).unwrap(), FIXED.to_owned())
    );
    // What is there is not replaced unasked.
    let again = place.run(&["verify", "-i", "limbs", "in.tsv", "--fix"]);
    assert_eq!((again.status.code(), stdout(&again)), (Some(2), ""));
    assert!(stderr(&again).contains("hint: `--force` replaces it"));
    // A second time there is nothing to do.
    let second = place.run(&["verify", "-i", "limbs", "in.fixed.tsv", "--fix", "-o", "second.tsv"]);
    assert!(stderr(&second).ends_with("0 put right, 6 left for a person\n"), "{}", stderr(&second));
    assert_eq!(read(&place, "second.tsv"), FIXED);
    let in_place = place.run(&["verify", "-q", "-i", "limbs", &input, "--fix", "--in-place"]);
    assert_eq!((in_place.status.code(), read(&place, "in.tsv")), (Some(1), FIXED.to_owned()));
}

#[test]
fn marks_line_ends_quotes_and_packing_stay() {
    let place = Place::with_limbs();
    let text =
        "\u{feff}label,note,id\r\n\"Huge hands\",\"a, \"\"b\"\"\r\nc\",LIMB:0000009\r\nBig hands,\u{e9}, LIMB:0000013";
    let fixed = "\u{feff}label,note,id\r\n\"Large hands\",\"a, \"\"b\"\"\r\nc\",LIMB:0000003\r\nLarge hands,\u{e9}, LIMB:0000003";
    place.file("in.csv.gz", &packed(text.as_bytes()));
    let output = place.run(&["verify", "-i", "limbs", "in.csv.gz", "--fix"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("in.csv.gz:3:4: error: `LIMB:0000009` is obsolete"), "{}", stdout(&output));
    let mut unpacked = String::new();
    let file = fs_err::File::open(place.path("in.fixed.csv.gz")).unwrap();
    GzDecoder::new(file).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, fixed);
    let output = place.run(&["verify", "-i", "limbs", "in.csv.gz", "--fix", "-o", "plain.csv"]);
    assert_eq!((output.status.code(), read(&place, "plain.csv").as_str()), (Some(0), fixed));
}

#[test]
fn an_ontology_needs_no_index_and_preferred_labels_can_be_asked_for() {
    let place = Place::empty();
    let obo = super::fixture("limbs.obo");
    let table = b"LIMB:0000003,Big hands\nLIMB:0000004,Small hand\n";
    let output = place.pipe(&["verify", "-q", "--ontology", &obo, "--labels", "preferred", "-"], table);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "standard input:1:1: warning: `Big hands` is a synonym of `LIMB:0000003`, whose label is `Large hands` \
         [synonym]\n    fix: LIMB:0000003 Large hands (by label)\n"
    );
    let columns = ["--id-column", "a", "--label-column", "b", "--only-where", "c=x"];
    let table = b"a\tb\tc\nLIMB:0000003\tSmall hand\tx\nLIMB:0000003\tSmall hand\ty\n";
    let output = place.pipe(&[&["verify", "--ontology", &obo, "-"], &columns[..]].concat(), table);
    assert!(stderr(&output).contains("\n1 pair in 1 file: 0 fine"), "{}", stderr(&output));
}

#[test]
fn what_cannot_be_verified_says_why_and_what_to_do() {
    let place = Place::with_limbs();
    place.file("in.tsv", TABLE);
    place.file("other.tsv", b"a\tb\n1\t2\n");
    place.file("right.tsv", b"id\tlabel\nLIMB:0000003\tLarge hands\n");
    place.file("cut.tsv.gz", &packed(&TABLE.repeat(100))[..60]);
    place.file("book.xlsx", b"PK\x03\x04\0\0\0\0");
    place.file("text.txt", b"No identifiers.\n");
    fs_err::create_dir(place.path("folder")).unwrap();
    let runs: [&[&str]; 9] = [
        &["verify", "in.tsv"],
        &["verify", "-i", "limbs", "other.tsv"],
        &["verify", "-i", "limbs", "in.tsv", "--id-column", "curie"],
        &["verify", "-i", "limbs", "in.tsv", "--id-column", "id", "--label-column", "label", "--label-column", "row"],
        // The others are read all the same.
        &["verify", "-i", "limbs", "folder", "missing.tsv", "cut.tsv.gz", "right.tsv"],
        &["verify", "-i", "limbs", "book.xlsx", "--fix"],
        &["verify", "-i", "limbs", "-", "--fix"],
        &["verify", "-i", "limbs", "in.tsv", "right.tsv", "--fix", "-o", "out.tsv"],
        &["verify", "-i", "limbs", "text.txt"],
    ];
    insta::assert_snapshot!(place.see_all(&runs));
}

#[test]
fn bad_rows_are_told_and_the_others_checked() {
    let place = Place::with_limbs();
    let mut table = b"id\tlabel\nLIMB:0000003\tGr\xf6\xdfe\nLIMB:0000009\t".to_vec();
    table.resize(table.len() + (20 << 20), b'x');
    table.extend_from_slice(b"\nLIMB:0000009\tHuge hands\n");
    place.file("in.tsv", &table);
    let output = place.run(&["verify", "-q", "-i", "limbs", "in.tsv", "--format", "github", "--fix"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let told: Vec<&str> = stdout(&output).lines().map(|line| line.split("::").nth(2).unwrap()).collect();
    assert_eq!(
        told,
        [
            "the line is not UTF-8",
            "the line is longer than 8388608 bytes",
            "`LIMB:0000009` is obsolete, replaced by `LIMB:0000003`; fixed: LIMB:0000003 Large hands (by succession)",
        ]
    );
    let fixed = fs_err::read(place.path("in.fixed.tsv")).unwrap();
    assert!(fixed.starts_with(&table[..table.len() - 30]) && fixed.ends_with(b"\nLIMB:0000003\tLarge hands\n"));
}

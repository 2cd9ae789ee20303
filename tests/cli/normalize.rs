//! `term2id normalize`.

use super::{Place, stderr, stdout};

const ROWS: &[u8] = b"case\tmention\n1\tbig hands\n2\t?\n3\tLong foot\n";

#[test]
fn rows_keep_their_columns_and_order() {
    let place = Place::with_limbs();
    insta::assert_snapshot!(place.seen(&place.pipe(&["normalize", "-i", "limbs", "-", "--quiet"], ROWS)));
}

#[test]
fn a_file_appears_whole_and_is_not_written_over() {
    let place = Place::with_limbs();
    let input = place.file("rows.tsv", ROWS);
    let arguments = ["normalize", "-i", "limbs", &input, "-o", "answers.jsonl"];
    let output = place.run(&arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    let answers = fs_err::read_to_string(place.path("answers.jsonl")).unwrap();
    let ids: Vec<serde_json::Value> =
        answers.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].clone()).collect();
    assert_eq!(ids, ["LIMB:0000003".into(), serde_json::Value::Null, "LIMB:0000007".into()]);
    insta::assert_snapshot!(place.see(&arguments));
}

#[test]
fn a_column_that_is_not_there_is_an_error_that_says_how_to_name_one() {
    let place = Place::with_limbs();
    let input = place.file("rows.tsv", ROWS);
    insta::assert_snapshot!(place.see(&["normalize", "-i", "limbs", &input, "--column", "finding"]));
}

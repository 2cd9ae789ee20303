//! `term2id review`, from `normalize --review` to `index --add-names`.

use super::{Place, fixture, stderr, stdout};

const PHRASES: &[u8] =
    b"mention\tnote\nbig hands\t\nenormous hand, both sides\t5\" wide\nfeet that never rest\t\nxyzzy\t\n\xff\t\n";

/// A place with the index `limbs` and a review sheet of phrases.
fn with_sheet() -> Place {
    let place = Place::with_limbs();
    place.file("in.tsv", PHRASES);
    let made = place.run(&["normalize", "-i", "limbs", "in.tsv", "--review", "-o", "sheet.tsv"]);
    assert!(stderr(&made).contains("1 certain, 3 to decide"), "{}", stderr(&made));
    assert!(stderr(&made).contains("term2id review sheet.tsv --index limbs"), "{}", stderr(&made));
    place
}

/// The cells of the sheet, its header first.
fn cells(place: &Place) -> Vec<Vec<String>> {
    let text = fs_err::read_to_string(place.path("sheet.tsv")).unwrap();
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// Writes decisions into the sheet, by mention, as a spreadsheet program does: with a mark, other ends of lines and quotes.
fn decide(place: &Place, decisions: &[(&str, &str)]) {
    let mut rows = cells(place);
    let decision = rows[0].iter().position(|name| name == "decision").unwrap();
    for row in &mut rows {
        if let Some((_, text)) = decisions.iter().find(|(mention, _)| *mention == row[0]) {
            (*text).clone_into(&mut row[decision]);
        }
    }
    let quoted = |cell: &String| {
        if cell.contains(['"', ',']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join("\t") + "\r\n";
    let text = rows.iter().map(line).collect::<String>();
    place.file("sheet.tsv", format!("\u{feff}{text}").as_bytes());
}

#[test]
fn a_sheet_marks_what_is_certain_and_offers_candidates_for_the_rest() {
    let place = with_sheet();
    let rows = cells(&place);
    let ours = rows[0].iter().position(|name| name == "certain").unwrap();
    let seen: Vec<String> = rows.iter().map(|row| format!("{}: {}", row[0], row[ours..].join(" | "))).collect();
    insta::assert_snapshot!(seen.join("\n"));
}

#[test]
fn only_a_table_is_a_sheet_and_only_a_sheet_has_an_edge() {
    let place = Place::with_limbs();
    place.file("in.tsv", PHRASES);
    insta::assert_snapshot!(place.see_all(&[
        &["normalize", "-i", "limbs", "in.tsv", "--review", "--format", "jsonl"],
        &["normalize", "-i", "limbs", "in.tsv", "--certain", "0.5"],
    ]));
}

#[test]
fn decisions_become_mappings_and_names_that_the_next_index_knows() {
    let place = with_sheet();
    let decisions =
        [("enormous hand, both sides", "narrow LIMB:0000013"), ("feet that never rest", "LIMB:0000008 Restless foot")];
    decide(&place, &decisions);
    let flags =
        ["--author", "0000-0002-1825-0097", "--date", "2026-11-23", "--format", "tsv", "--synonyms", "mine.tsv"];
    let mut arguments = vec!["review", "apply", "sheet.tsv", "-i", "limbs"];
    arguments.extend(flags);
    insta::assert_snapshot!(place.see(&arguments));
    let names = fs_err::read_to_string(place.path("mine.tsv")).unwrap();
    let rest = "\torcid:0000-0002-1825-0097\t2026-11-23\n";
    let expected = format!(
        "id\tname\tscope\tauthor\tdate\nLIMB:0000003\tenormous hand, both sides\tBROAD{rest}\
         LIMB:0000008\tfeet that never rest\tEXACT{rest}"
    );
    assert_eq!(names, expected);
    // A second time nothing is added.
    assert!(stderr(&place.run(&arguments)).contains("0 synonyms added to `mine.tsv`"));
    assert_eq!(fs_err::read_to_string(place.path("mine.tsv")).unwrap(), names);

    let exact = |index: &str| {
        let found = place.run(&["query", "-i", index, "--only", "exact", "Feet that never rest"]);
        stdout(&found).contains("LIMB:0000008")
    };
    assert!(!exact("limbs"));
    let built = place.run(&["index", &fixture("limbs.obo"), "--name", "taught", "--add-names", "mine.tsv"]);
    assert!(stderr(&built).contains("2 names of them from `mine.tsv`"), "{}", stderr(&built));
    assert!(exact("taught"));
    let told = place.run(&["info", "taught"]);
    assert!(stdout(&told).contains("names added"), "{}", stdout(&told));
}

#[test]
fn names_that_cannot_be_added_are_counted_and_listed() {
    let place = Place::empty();
    place.file("mine.tsv", b"id\tname\nLIMB:0000003\tbig hands\nLIMB:0000077\tx\n");
    let built = place.run(&["index", &fixture("limbs.obo"), "--add-names", "mine.tsv", "--verbose"]);
    for said in
        ["1 name of `mine.tsv` known already", "mine.tsv:2: LIMB:0000003 big hands", "mine.tsv:3: LIMB:0000077 x"]
    {
        assert!(stderr(&built).contains(said), "{}", stderr(&built));
    }
    let file = place.file("bad.tsv", b"id\tname\nhands\tx\n");
    let failed = place.run(&["index", &fixture("limbs.obo"), "--name", "bad", "--add-names", &file]);
    assert_eq!(failed.status.code(), Some(2));
    assert!(!place.index("bad").exists());
}

#[test]
fn decisions_that_cannot_be_read_or_differ_are_said_with_their_lines() {
    let place = Place::with_limbs();
    place.file(
        "sheet.csv",
        b"mention,id,certain,candidate_1,decision\nfist,LIMB:0000003,no,LIMB:0000003 Large hands,2\n\
          paw,,no,,LIMB:0000003\nPaw,,no,,LIMB:0000004\npaw,,no,,LIMB:0000003\nhoof,,no,,perhaps\n\
          claw,,no,,LIMB:0000077\ntail,,no,,none\nwing,,no,,\nhand\n",
    );
    insta::assert_snapshot!(place.see(&[
        "review",
        "apply",
        "sheet.csv",
        "-i",
        "limbs",
        "--format",
        "csv",
        "--synonyms",
        "mine.tsv",
        "--date",
        "2026-11-23",
    ]));
    assert_eq!(fs_err::read_to_string(place.path("mine.tsv")).unwrap(), "id\tname\tscope\tauthor\tdate\n");
}

#[test]
fn what_cannot_be_reviewed_says_why_and_what_to_do() {
    let place = Place::with_limbs();
    place.file("plain.tsv", b"mention\tid\nfist\t\n");
    place.file("sheet.tsv", b"words\tid\tcertain\tdecision\nfist\t\tno\t\n");
    insta::assert_snapshot!(place.see_all(&[
        &["review", "sheet.tsv", "-i", "limbs"],
        &["review", "apply", "plain.tsv", "-i", "limbs"],
        &["review", "apply", "sheet.tsv", "-i", "limbs"],
        &["review", "apply", "sheet.tsv", "-i", "limbs", "--author", "0000-0002-1825-0098"],
        &["review", "apply", "sheet.tsv", "-i", "absent", "--column", "words"],
        &["review"],
    ]));
}

#[test]
fn no_file_of_a_review_replaces_another() {
    let place = with_sheet();
    for files in [
        ["-o", "sheet.tsv", "--synonyms", "m.tsv"],
        ["-o", "x.tsv", "--synonyms", "sheet.tsv"],
        ["-o", "x.tsv", "--synonyms", "x.tsv"],
    ] {
        let output =
            place.run(&[&["review", "apply", "sheet.tsv", "--index", "limbs", "--force"], &files[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{files:?}");
        assert!(stderr(&output).contains("is given twice"), "{}", stderr(&output));
    }
    let output = place.run(&["review", "apply", "sheet.tsv", "--index", "limbs", "-o", "x.xlsx"]);
    assert!(stderr(&output).contains("is called like a spreadsheet"), "{}", stderr(&output));
}

//! `term2id normalize`.

use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::{Place, stderr, stdout};

const ROWS: &[u8] = b"row\tmention\tid\n7\tbig hands\tx\n3\t?\t\n5\tSmall hand\ty\n";

/// The identifiers in JSON lines.
fn ids(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn columns_and_order_are_kept() {
    let place = Place::with_limbs();
    place.file("in.tsv", ROWS);
    insta::assert_snapshot!(place.see(&["normalize", "--quiet", "-i", "limbs", "in.tsv"]));
}

#[test]
fn each_format_goes_in_and_out() {
    let place = Place::with_limbs();
    let inputs: [(&str, &[u8]); 5] = [
        ("in.tsv", b"mention\tn\nbig hands\t1\n"),
        ("in.csv", b"mention,n\n\"big hands\",1\n"),
        ("in.jsonl", b"{\"mention\": \"big hands\", \"n\": 1}\n"),
        ("in.txt", b"big hands\n"),
        ("table", b"n,mention\n1,big hands\n"),
    ];
    let mut seen = Vec::new();
    for (name, bytes) in inputs {
        place.file(name, bytes);
        for format in ["tsv", "csv", "jsonl"] {
            let output = place.run(&["normalize", "-q", "-i", "limbs", "--top", "1", name, "--format", format]);
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            assert!(stdout(&output).contains("LIMB:0000003"));
            let own: Vec<_> = stdout(&output).lines().map(|line| line.split("LIMB").next().unwrap()).collect();
            seen.push(format!("{name} to {format}\n  {}", own.join("\n  ")));
        }
    }
    insta::assert_snapshot!(seen.join("\n"));
}

#[test]
fn the_output_is_written_as_its_name_ends() {
    let place = Place::with_limbs();
    place.file("in.tsv", ROWS);
    for (name, begin) in [("out.csv", "row,mention,id,"), ("out.jsonl", "{\"row\":\"7\""), ("out.tab", "row\tmention")]
    {
        assert!(place.run(&["normalize", "-i", "limbs", "in.tsv", "-o", name]).status.success());
        assert!(fs_err::read_to_string(place.path(name)).unwrap().starts_with(begin), "{name}");
    }
}

#[test]
fn standard_input_and_gzip_are_read() {
    let place = Place::with_limbs();
    let expected: Vec<Value> = ids(stdout(&place.pipe(&["normalize", "-i", "limbs", "-", "--format", "jsonl"], ROWS)));
    assert_eq!(expected, ["LIMB:0000003".into(), Value::Null, "LIMB:0000004".into()]);
    place.file("in.tsv.gz", &packed(ROWS));
    let file = place.run(&["normalize", "-i", "limbs", "in.tsv.gz", "--format", "jsonl"]);
    assert_eq!(ids(stdout(&file)), expected);
    let piped = place.pipe(&["normalize", "-i", "limbs", "-", "--format", "jsonl"], &packed(ROWS));
    assert_eq!(ids(stdout(&piped)), expected);
    let truncated = place.pipe(&["normalize", "-i", "limbs", "-"], &packed(ROWS)[..30]);
    assert_eq!(truncated.status.code(), Some(2));
    assert!(stderr(&truncated).starts_with("error: cannot read `standard input`"), "{}", stderr(&truncated));
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let place = Place::with_limbs();
    let text = (0..3000).map(|row| format!("big {} hand {}\n", row % 7, row % 11)).collect::<Vec<_>>().concat();
    place.file("in.txt", text.as_bytes());
    let run = |threads| place.run(&["normalize", "-q", "-i", "limbs", "in.txt", "--threads", threads]);
    let one = run("1");
    assert_eq!(stdout(&one).lines().count(), 3001);
    assert!(one.stdout == run("4").stdout);
}

#[test]
fn the_summary_counts_what_became_of_the_rows() {
    let place = Place::with_limbs();
    let output = place.pipe(&["normalize", "-i", "limbs", "--only", "exact", "-"], b"big hands\nxyzzy\nbig hands\n");
    assert!(stderr(&output).starts_with("3 rows: 2 matched (2 exact), 1 no match, 0 failed; "), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_bad_row_carries_its_error_and_the_others_are_answered() {
    let place = Place::with_limbs();
    place.file("in.tsv", b"row\tmention\n1\tbig hands\textra\n2\n3\tbig \xe4\n4\tSmall hand\n");
    insta::assert_snapshot!(place.see(&["normalize", "--quiet", "-i", "limbs", "in.tsv"]));
    place.file("in.jsonl", b"{\"mention\": \"big hands\"}\n{\"mention\": 1}\nno\n");
    insta::assert_snapshot!(
        "bad_json_lines",
        place.see(&["normalize", "--quiet", "-i", "limbs", "in.jsonl", "--format", "csv"])
    );
}

#[test]
fn what_cannot_be_normalized_says_why_and_what_to_do() {
    let place = Place::with_limbs();
    place.file("terms.tsv", b"row\tterm\n1\tbig hands\n");
    place.file("terms.csv", b"row,term\n1,big hands\n");
    place.file("keys.jsonl", b"{\"term\": \"big hands\"}\n");
    place.file("broken.jsonl", b"{\"term\": \n");
    place.file("empty.tsv", b"");
    place.file("sheet.xlsx", b"PK\x03\x04");
    place.file("wide.txt", b"\xff\xfem\0");
    place.file("there.tsv", b"kept");
    fs_err::create_dir(place.path("folder")).unwrap();
    insta::assert_snapshot!(place.see_all(&[
        &["normalize", "-i", "limbs", "terms.tsv"],
        &["normalize", "-i", "limbs", "terms.csv", "--column", "words"],
        &["normalize", "-i", "limbs", "terms.csv", "--column", "term", "--context-column", "sentence"],
        &["normalize", "-i", "limbs", "keys.jsonl"],
        &["normalize", "-i", "limbs", "broken.jsonl"],
        &["normalize", "-i", "limbs", "empty.tsv"],
        &["normalize", "-i", "limbs", "sheet.xlsx"],
        &["normalize", "-i", "limbs", "wide.txt"],
        &["normalize", "-i", "limbs", "folder"],
        &["normalize", "-i", "limbs", "absent.tsv"],
        &["normalize", "-i", "limbs", "terms.tsv", "--column", "term", "-o", "there.tsv"],
        &["normalize", "-i", "limbs", "terms.tsv", "--column", "term", "-o", "no/such/folder.tsv"],
        &["normalize", "-i", "absent", "terms.tsv", "--column", "term"],
    ]));
    assert_eq!(fs_err::read(place.path("there.tsv")).unwrap(), b"kept");
}

#[test]
fn a_file_is_replaced_when_asked_even_by_its_own_rows() {
    let place = Place::with_limbs();
    place.file("rows.tsv", ROWS);
    let output = place.run(&["normalize", "-i", "limbs", "rows.tsv", "-o", "rows.tsv", "--force"]);
    assert!(output.status.success() && output.stdout.is_empty(), "{}", stderr(&output));
    let rows = fs_err::read_to_string(place.path("rows.tsv")).unwrap();
    assert!(rows.starts_with("row\tmention\tid\tterm2id_id\t") && rows.lines().count() == 4, "{rows}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_device_is_named() {
    let place = Place::with_limbs();
    place.file("rows.tsv", ROWS);
    let output = place.run(&["normalize", "-i", "limbs", "rows.tsv", "-o", "/dev/full"]);
    assert_eq!(output.status.code(), Some(2));
    let said = "error: cannot write `/dev/full`\n  caused by: No space left on device";
    assert!(stderr(&output).starts_with(said), "{}", stderr(&output));
}

/// The files beside the indexes.
fn files(place: &Place) -> Vec<String> {
    let entries = fs_err::read_dir(place.path("")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name != "indexes" && name != "home");
    names.sort();
    names
}

#[test]
fn a_run_that_fails_or_is_killed_leaves_no_output() {
    let place = Place::with_limbs();
    place.file("cut.gz", &packed(&b"big hands\n".repeat(5000))[..60]);
    let failed = place.run(&["normalize", "-i", "limbs", "cut.gz", "-o", "out.tsv"]);
    assert_eq!(failed.status.code(), Some(2));
    assert_eq!(files(&place), ["cut.gz"]);

    let mut command = place.command(&["normalize", "-i", "limbs", "-", "-o", "out.tsv"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&b"big hands\n".repeat(5000)).unwrap();
    input.flush().unwrap();
    // Killed once something is written, while its input is still open.
    let is_writing = || {
        let hidden = files(&place).into_iter().find(|name| name.starts_with(".out.tsv."));
        hidden.is_some_and(|name| fs_err::metadata(place.path(&name)).unwrap().len() > 0)
    };
    for _ in 0..3000 {
        if is_writing() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(is_writing() && !place.path("out.tsv").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.path("out.tsv").exists());
    assert!(files(&place).iter().all(|name| name == "cut.gz" || name.starts_with('.')), "{:?}", files(&place));
}

#[test]
fn a_pipe_that_is_closed_ends_the_run_quietly_though_its_input_is_open() {
    let place = Place::with_limbs();
    let mut command = place.command(&["normalize", "-i", "limbs", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"big hands\n").unwrap();
    let mut out = child.stdout.take().unwrap();
    // The answer comes though the input goes on.
    out.read_exact(&mut [0; 40]).unwrap();
    drop(out);
    // Another test that starts a process at this moment may hold the pipe open for one row more.
    let status = loop {
        let _ = input.write_all(b"Small hand\n");
        std::thread::sleep(Duration::from_millis(20));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
    };
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
    drop(input);
}

#[test]
fn confidence_and_ties_are_columns_and_are_counted() {
    let place = Place::with_findings();
    let input = b"shaking\nswelling of the liver\nxyzzy\n";
    let output = place.pipe(&["normalize", "-i", "findings", "--min-confidence", "0.2", "-"], input);
    assert!(output.status.success(), "{}", stderr(&output));
    let rows: Vec<Vec<&str>> = stdout(&output).lines().map(|line| line.split('\t').collect()).collect();
    let at = |name: &str| rows[0].iter().position(|column| *column == name).unwrap();
    let tied: Vec<&str> = rows[1..].iter().map(|row| row[at("tied_with")]).collect();
    assert_eq!(tied, ["MADE:0002002", "", ""]);
    assert_eq!(rows[1][at("id")], "MADE:0002001");
    assert!(rows[3][at("id")].is_empty() && rows[3][at("decided_by")] == "none");
    let confidences: Vec<f32> = rows[1..].iter().map(|row| row[at("confidence")].parse().unwrap()).collect();
    assert!(confidences[1] > confidences[0] && confidences[0] > confidences[2], "{confidences:?}");
    let summary = "3 rows: 2 matched (1 exact, 1 tied), 1 no match (1 not sure enough), 0 failed;";
    assert!(stderr(&output).starts_with(summary), "{}", stderr(&output));
}

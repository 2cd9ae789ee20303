//! Migration against a made-up next release of the HPO, change by change, where the shared data lies beside the checkout.
//!
//! What is made is left in `target/tmp/migrate` to be looked at: both releases, `planned.tsv`, the mappings before and after.

#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod next_release;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use next_release::{Expected, NextRelease, Planned, Row, make};
use term2id::migrate::{Change, Changes};
use term2id::ontology::{Ontology, obo};

/// The HPO as it is.
fn hp() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ontologies/hp.obo");
    let text = fs_err::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: {} is not there", path.display());
    }
    text
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("migrate");
    fs_err::create_dir_all(&folder).unwrap();
    folder
}

fn ontology(text: &str) -> Ontology {
    Ontology::assemble(obo::read(text.as_bytes(), "hp.obo").unwrap(), "hp", "hp.obo").unwrap()
}

/// A change in the form in which it was planned.
fn found(change: &Change) -> Planned {
    let mut to: Vec<&str> = change.to.iter().map(|to| to.id.as_str()).collect();
    to.sort_unstable();
    [change.kind.as_str(), change.id.as_str(), &change.name, &change.old, &change.new, &to.join("|")].map(str::to_owned)
}

#[test]
fn every_planted_change_is_reported_once_and_none_is_invented() {
    let Some(text) = hp() else { return };
    for seed in 1..=3 {
        let next = make(&text, seed);
        let listed: String = next.planned.iter().map(|planned| planned.join("\t") + "\n").collect();
        fs_err::write(folder().join("planned.tsv"), listed).unwrap();
        let (old, new) = (ontology(&text), ontology(&next.text));
        let start = Instant::now();
        let changes = Changes::between(&old, &new);
        eprintln!("seed {seed}: {} changes in {:.2} s", changes.changes.len(), start.elapsed().as_secs_f32());
        let seen: Vec<Planned> = changes.changes.iter().map(found).collect();
        let distinct: BTreeSet<Planned> = seen.iter().cloned().collect();
        let missing: Vec<&Planned> = next.planned.difference(&distinct).collect();
        let invented: Vec<&Planned> = distinct.difference(&next.planned).collect();
        assert!(missing.is_empty() && invented.is_empty(), "missing {missing:#?}\ninvented {invented:#?}");
        assert_eq!(seen.len(), distinct.len(), "each is reported once");
        assert_eq!((changes.other.respelled, changes.other.redefined), (next.respelled, next.redefined));
        let kinds: BTreeMap<&str, usize> = next.planned.iter().fold(BTreeMap::new(), |mut kinds, planned| {
            *kinds.entry(planned[0].as_str()).or_default() += 1;
            kinds
        });
        assert_eq!(kinds.len(), 15, "every kind is planted: {kinds:?}");
        let moved = next.planned.iter().filter(|planned| planned[0] == "synonym_moved").count();
        assert!(changes.phrases.len() >= moved / 2, "phrases that go elsewhere are told: {}", changes.phrases.len());
    }
    let same = ontology(&text);
    assert_eq!(Changes::between(&same, &same), Changes::default());
}

/// The rows as a table with columns before, between and after those that matter.
fn tsv(rows: &[Row]) -> String {
    let mut text = "n\tmention\tid\tlabel\tcomment\n".to_owned();
    for (number, Row { mention, id, label, .. }) in rows.iter().enumerate() {
        let end = if number % 3 == 0 { "\r\n" } else { "\n" };
        write!(text, "{number}\t{mention}\t{id}\t{label}\tkept \"as it is\" {end}").unwrap();
    }
    text
}

/// The rows as an SSSOM file.
fn sssom(rows: &[Row]) -> String {
    let mut text = "#mapping_set_id: https://example.org/set\n#object_source_version: hp/releases/2024-08-13\n\
                    subject_label\tpredicate_id\tobject_id\tobject_label\tmapping_justification\n"
        .to_owned();
    for Row { mention, id, label, .. } in rows {
        writeln!(text, "{mention}\tskos:exactMatch\t{id}\t{label}\tsemapv:LexicalMatching").unwrap();
    }
    text
}

/// Runs the command on a table of `rows` and compares what it writes with what was planned, cell by cell.
fn check(name: &str, before: &str, next: &NextRelease, columns: [usize; 2], head: usize) {
    let folder = folder();
    let path = |name: &str| folder.join(name).display().to_string();
    fs_err::write(path(name), before).unwrap();
    let [out, changed] = [format!("out.{name}"), format!("changed.{name}")].map(|name| path(&name));
    let start = Instant::now();
    let run = Command::new(env!("CARGO_BIN_EXE_term2id"))
        .args(["migrate", "--from", &path("hp.obo"), "--to", &path("hp-next.obo"), &path(name)])
        .args(["-o", &out, "--changed", &changed, "--force", "--indexes", &path("indexes")])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    eprintln!("{name}: {:.2} s\n{}", start.elapsed().as_secs_f32(), String::from_utf8_lossy(&run.stderr));
    assert_eq!(run.status.code(), Some(1), "rows are left for review");
    let after = fs_err::read_to_string(&out).unwrap();
    let report = fs_err::read_to_string(&changed).unwrap();
    let report: BTreeMap<usize, Vec<&str>> = report
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|cells| (cells[0].parse().unwrap(), cells))
        .collect();
    let lines = |text: &'static str| text.split_inclusive('\n');
    let (before, after) = (before.to_owned().leak(), after.leak());
    let (before, after): (Vec<&str>, Vec<&str>) = (lines(before).collect(), lines(after).collect());
    assert_eq!((before.len(), after.len()), (next.rows.len() + head, next.rows.len() + head));
    let mut touched = 0;
    for (number, row) in next.rows.iter().enumerate() {
        let at = number + head;
        let said = report.get(&(at + 1)).map(|cells| cells[6]);
        let place = format!("{name}:{}: {row:?}", at + 1);
        match &row.expected {
            Expected::Same => assert_eq!((after[at], said), (before[at], None), "{place}"),
            Expected::Review => assert_eq!((after[at], said), (before[at], Some("review")), "{place}"),
            Expected::Written(id, label, done) => {
                let mut cells: Vec<&str> = before[at].split('\t').collect();
                (cells[columns[0]], cells[columns[1]]) = (id, label);
                let mut written: Vec<&str> = after[at].split('\t').collect();
                if *done == "renormalized" {
                    // How it was matched is written anew too.
                    cells.truncate(columns[1] + 1);
                    written.truncate(columns[1] + 1);
                }
                assert_eq!((written, said), (cells, Some(*done)), "{place}");
            }
        }
        touched += usize::from(row.expected != Expected::Same);
    }
    assert_eq!(report.len(), touched, "the report has the touched rows and no other");
}

#[test]
fn mappings_are_rewritten_as_planned_and_every_other_row_stays_byte_for_byte() {
    let Some(text) = hp() else { return };
    let next = make(&text, 1);
    fs_err::write(folder().join("hp.obo"), &text).unwrap();
    fs_err::write(folder().join("hp-next.obo"), &next.text).unwrap();
    check("mappings.tsv", &tsv(&next.rows), &next, [2, 3], 1);
    check("mappings.sssom.tsv", &sssom(&next.rows), &next, [2, 3], 3);
    let header = fs_err::read_to_string(folder().join("out.mappings.sssom.tsv")).unwrap();
    assert!(header.contains("#object_source_version: hp/releases/2099-01-01\n"));
}

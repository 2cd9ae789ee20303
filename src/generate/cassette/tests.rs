//! Every way a file can be found, and writers that die.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::*;

fn record(number: usize) -> (Key, Record) {
    let record = Record {
        model: "gpt".to_owned(),
        kind: "chat".to_owned(),
        parameters: r#"{"temperature":0}"#.to_owned(),
        messages: format!(r#"[{{"role":"user","content":"{number}"}}]"#),
        prompt_hash: "abc".to_owned(),
        answer: format!(r#"{{"choice":{number}}}"#),
    };
    (Key::of(&record.model, &record.kind, &record.parameters, &record.messages), record)
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.cassette");
    (folder, path)
}

/// A cassette of so many records, closed.
fn recorded(path: &Path, records: usize) {
    let cassette = Cassette::open(path).unwrap();
    for (key, record) in (0..records).map(record) {
        cassette.put(&key, &record).unwrap();
    }
}

fn all(cassette: &Cassette) -> Result<Vec<(Key, Record)>, Error> {
    let mut found = Vec::new();
    cassette.for_each(&mut |key, record| {
        found.push((*key, record.clone()));
        Ok(())
    })?;
    Ok(found)
}

fn files(folder: &TempDir) -> Vec<String> {
    let names = fs_err::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_was_put_is_found_also_by_others() {
    let (folder, path) = place();
    let cassette = Cassette::open(&path).unwrap();
    let (key, record) = record(1);
    assert_eq!(cassette.get(&key).unwrap(), None);
    cassette.clone().put(&key, &record).unwrap();
    assert_eq!(cassette.get(&key).unwrap().as_ref(), Some(&record));
    // While the first is open, and after it was closed.
    assert_eq!(Cassette::open_existing(&path).unwrap().get(&key).unwrap().as_ref(), Some(&record));
    drop(cassette);
    assert_eq!(Cassette::open_existing(&path).unwrap().get(&key).unwrap().as_ref(), Some(&record));
    assert_eq!(files(&folder), ["run.cassette"], "one file is left");
}

#[test]
fn the_first_answer_to_a_request_stays() {
    let cassette = Cassette::temporary().unwrap();
    let (key, first) = record(1);
    let second = Record { answer: "null".to_owned(), ..first.clone() };
    cassette.put(&key, &first).unwrap();
    cassette.put(&key, &second).unwrap();
    assert_eq!(cassette.get(&key).unwrap(), Some(first));
}

#[test]
fn parts_of_a_request_do_not_run_into_each_other() {
    let requests = [["ab", "", "", ""], ["a", "b", "", ""], ["", "ab", "", ""], ["", "", "ab", ""], ["", "", "a", "b"]];
    let keys: BTreeSet<String> = requests.map(|[a, b, c, d]| Key::of(a, b, c, d).to_string()).into();
    assert_eq!(keys.len(), requests.len());
}

#[test]
fn a_key_is_the_same_in_every_version() {
    assert_eq!(
        Key::of("gpt", "chat", "{}", "[]").to_string(),
        "02f7dbb33e2d11c291538e58071eb9c464d0ae4d28a7df548be28b0c134d5db3"
    );
}

#[test]
fn the_order_is_the_same_whoever_wrote_first() {
    let [forth, back] = [Cassette::temporary().unwrap(), Cassette::temporary().unwrap()];
    for number in 0..50 {
        let (key, record) = record(number);
        forth.put(&key, &record).unwrap();
    }
    for number in (0..50).rev() {
        let (key, record) = record(number);
        back.put(&key, &record).unwrap();
    }
    let found = all(&forth).unwrap();
    assert_eq!(found, all(&back).unwrap());
    assert!(found.len() == 50 && found.is_sorted_by_key(|(key, _)| key.to_string()));
}

#[test]
fn answers_are_counted_by_model_kind_and_prompt() {
    let cassette = Cassette::temporary().unwrap();
    for number in 0..6 {
        let (key, mut record) = record(number);
        record.model = ["b", "a"][number % 2].to_owned();
        record.prompt_hash = ["new", "old"][number / 4].to_owned();
        cassette.put(&key, &record).unwrap();
    }
    let summary = cassette.summary().unwrap();
    let seen: Vec<_> =
        summary.iter().map(|line| (line.model.as_str(), line.prompt_hash.as_str(), line.answers)).collect();
    assert_eq!(seen, [("a", "new", 2), ("a", "old", 1), ("b", "new", 2), ("b", "old", 1)]);
}

#[test]
fn who_cannot_take_a_record_is_told_so() {
    let cassette = Cassette::temporary().unwrap();
    let (key, record) = record(1);
    cassette.put(&key, &record).unwrap();
    let error = cassette.for_each(&mut |_, _| Err(io::ErrorKind::StorageFull.into())).unwrap_err();
    assert!(matches!(error, Error::Export { source, .. } if source.kind() == io::ErrorKind::StorageFull));
    assert!(cassette.get(&key).unwrap().is_some(), "it goes on");
}

#[test]
fn a_cassette_that_must_exist_is_not_created() {
    let (folder, path) = place();
    assert!(matches!(Cassette::open_existing(&path), Err(Error::NotFound { .. })));
    fs_err::write(&path, "").unwrap();
    assert!(matches!(Cassette::open_existing(&path), Err(Error::NotACassette { .. })));
    assert_eq!(fs_err::metadata(&path).unwrap().len(), 0);
    assert_eq!(files(&folder), ["run.cassette"]);
    Cassette::open(&path).unwrap();
    assert_eq!(all(&Cassette::open_existing(&path).unwrap()).unwrap(), []);
}

#[test]
fn a_name_that_means_something_to_sqlite_is_a_name() {
    let (folder, _) = place();
    for name in [":memory:", "file:x?mode=memory", "a%20b", "wörter"] {
        let path = folder.path().join(name);
        recorded(&path, 1);
        assert!(path.exists(), "{name}");
        let unchanging = connect(Path::new(&unchanging(&path)), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        assert_eq!(Content::of(&unchanging).unwrap(), Content::Cassette, "{name}");
    }
    assert_eq!(files(&folder).len(), 4);
    assert!(matches!(Cassette::open(Path::new("")), Err(Error::Store { .. })));
    assert!(matches!(Cassette::open(&folder.path().join("no/x")), Err(Error::NoFolder { .. })));
}

#[test]
fn a_foreign_file_is_refused_and_stays_as_it_is() {
    let (folder, path) = place();
    let database = folder.path().join("other.sqlite");
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE answers (key)").unwrap();
    let marked = folder.path().join("marked.sqlite");
    let connection = Connection::open(&marked).unwrap();
    connection.pragma_update(None, "application_id", APPLICATION).unwrap();
    connection.pragma_update(None, "user_version", FORMAT).unwrap();
    drop(connection);
    fs_err::write(&path, "mention\tid\n").unwrap();
    for path in [&database, &marked, &path] {
        let before = fs_err::read(path).unwrap();
        for opened in [Cassette::open(path), Cassette::open_existing(path)] {
            assert!(matches!(opened, Err(Error::NotACassette { .. })), "{}", path.display());
        }
        assert!(fs_err::read(path).unwrap() == before, "{}", path.display());
    }
    assert!(matches!(Cassette::open(folder.path()), Err(Error::NotACassette { .. })));
    assert_eq!(files(&folder).len(), 3);
}

#[test]
fn a_later_format_is_said_to_be_one() {
    let (_folder, path) = place();
    recorded(&path, 1);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", FORMAT + 1).unwrap();
    assert!(matches!(Cassette::open(&path), Err(Error::Newer { .. })));
    assert!(matches!(Cassette::open_existing(&path), Err(Error::Newer { .. })));
}

#[test]
fn a_file_that_was_cut_off_is_an_error_at_every_length() {
    let (_folder, path) = place();
    recorded(&path, 60);
    let whole = fs_err::read(&path).unwrap();
    // To SQLite a file of one byte is an empty one (a workaround for a file system of macOS).
    let steps = (2..130).chain((130..whole.len()).step_by(97));
    let ends = (4096..=whole.len()).step_by(4096).flat_map(|end| [end - 1, end]);
    for length in steps.chain(ends).filter(|&length| length < whole.len()) {
        fs_err::write(&path, &whole[..length]).unwrap();
        for opened in [Cassette::open(&path), Cassette::open_existing(&path)] {
            let read = opened.and_then(|cassette| all(&cassette));
            assert!(matches!(read, Err(Error::NotACassette { .. })), "{length} of {}: {read:?}", whole.len());
        }
    }
}

#[test]
fn a_changed_byte_gives_an_error_or_nothing_but_never_another_answer() {
    let (_folder, path) = place();
    recorded(&path, 60);
    let whole = fs_err::read(&path).unwrap();
    let right: Vec<(Key, Record)> = (0..60).map(record).collect();
    for at in (0..whole.len()).step_by(61) {
        let mut altered = whole.clone();
        altered[at] ^= 0x41;
        fs_err::write(&path, &altered).unwrap();
        if let Ok(cassette) = Cassette::open_existing(&path) {
            for (key, record) in &right {
                let found = cassette.get(key).ok().flatten();
                assert!(found.is_none_or(|found| found == *record), "byte {at}");
            }
            assert!(all(&cassette).unwrap_or_default().iter().all(|record| right.contains(record)), "byte {at}");
        }
    }
}

#[test]
fn threads_with_connections_of_their_own_write_at_once() {
    let (folder, path) = place();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let cassette = Cassette::open(path).unwrap();
                for number in thread * 200..thread * 200 + 250 {
                    let (key, record) = record(number);
                    cassette.put(&key, &record).unwrap();
                }
            });
        }
    });
    assert_eq!(files(&folder), ["run.cassette"]);
    let cassette = Cassette::open_existing(&path).unwrap();
    assert_eq!(all(&cassette).unwrap().len(), 850, "some were written by two");
    assert!((0..850).map(record).all(|(key, record)| cassette.get(&key).unwrap() == Some(record)));
}

#[test]
#[cfg(unix)]
fn it_is_read_where_nothing_can_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    recorded(&path, 3);
    let allow = |mode| fs_err::set_permissions(folder.path(), PermissionsExt::from_mode(mode)).unwrap();
    fs_err::set_permissions(&path, PermissionsExt::from_mode(0o444)).unwrap();
    allow(0o555);
    let found = Cassette::open_existing(&path).and_then(|cassette| all(&cassette));
    let opened = Cassette::open(&path);
    // Nothing is forbidden to root.
    let is_root = fs_err::write(folder.path().join("probe"), "").is_ok();
    allow(0o755);
    assert_eq!(found.unwrap().len(), 3);
    assert!(is_root || opened.is_err());
}

/// Names the cassette that the child below writes.
const CHILD_WRITES: &str = "TERM2ID_TEST_CASSETTE";

/// No test: what the next one starts and kills.
#[test]
#[ignore = "the child of `a_process_that_is_killed_loses_nothing_that_was_put`"]
#[expect(clippy::disallowed_methods, reason = "a child that is a test can be told nothing otherwise")]
fn child_that_puts_for_ever() {
    let Some(path) = std::env::var_os(CHILD_WRITES) else { return };
    let cassette = Cassette::open(Path::new(&path)).unwrap();
    for number in 0.. {
        let (key, record) = record(number);
        cassette.put(&key, &record).unwrap();
        io::stdout().write_all(format!("\n{number}\n").as_bytes()).unwrap();
    }
}

#[test]
fn a_process_that_is_killed_loses_nothing_that_was_put() {
    for lines in [1, 10, 200, 1000, 3000] {
        let (folder, path) = place();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["generate::cassette::tests::child_that_puts_for_ever", "--exact", "--ignored", "--nocapture"])
            .env(CHILD_WRITES, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut numbers = printed.filter_map(|line| line.parse::<usize>().ok());
        let before: Vec<usize> = numbers.by_ref().take(lines).collect();
        child.kill().unwrap();
        let last = numbers.last().unwrap_or(before[lines - 1]);
        child.wait().unwrap();
        assert!(has_log(&path), "it had no time to move all into the file");
        let cassette = Cassette::open(&path).unwrap();
        for number in 0..=last {
            let (key, record) = record(number);
            assert_eq!(cassette.get(&key).unwrap(), Some(record), "{number} of {last}");
        }
        drop(cassette);
        assert_eq!(files(&folder), ["run.cassette"], "the next one tidied up");
    }
}

//! `term2id cassette`.

use std::path::Path;

use term2id::generate::cassette::{Cassette, Key, Record};

use super::{Place, stderr, stdout};

/// A place with `run.cassette`: two models, one of them with two prompts.
fn recorded() -> Place {
    let place = Place::empty();
    let cassette = Cassette::open(&place.path("run.cassette")).unwrap();
    let prompts = ["5f2ab0c94d7e1388".repeat(4), "0d1c".repeat(16)];
    for (model, prompt, mention) in [
        ("gpt-5-mini", 0, "big hands"),
        ("gpt-5-mini", 1, "nosebleeds"),
        ("gpt-5-mini", 0, "short\nof breath"),
        ("qwen3:8b", 0, "große Hände"),
    ] {
        let record = Record {
            model: model.to_owned(),
            kind: "chat".to_owned(),
            parameters: r#"{"temperature":0.0,"seed":7}"#.to_owned(),
            messages: serde_json::json!([{"role": "user", "content": mention}]).to_string(),
            prompt_hash: prompts[prompt].clone(),
            answer: "{\n  \"choice\": 1\n}".to_owned(),
        };
        let key = Key::of(&record.model, &record.kind, &record.parameters, &record.messages);
        cassette.put(&key, &record).unwrap();
    }
    place
}

fn exported(path: &Path) -> Vec<serde_json::Value> {
    let text = fs_err::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_is_on_it() {
    let place = recorded();
    insta::assert_snapshot!(
        place.see_all(&[
            &["cassette", "list", "run.cassette", "--format", "text"],
            &["cassette", "list", "run.cassette"],
        ])
    );
}

#[test]
fn all_of_it_in_the_order_of_keys() {
    let place = recorded();
    insta::assert_snapshot!(place.see(&["cassette", "export", "run.cassette"]));
    let exported = stdout(&place.run(&["cassette", "export", "run.cassette"])).to_owned();
    let lines: Vec<serde_json::Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let keys: Vec<&str> = lines.iter().map(|line| line["key"].as_str().unwrap()).collect();
    assert!(keys.len() == 4 && keys.is_sorted(), "{keys:?}");
}

#[test]
fn a_file_of_its_lines_appears_whole_and_replaces_none() {
    let place = recorded();
    let export = ["cassette", "export", "run.cassette", "-o", "run.jsonl"];
    assert_eq!(place.see(&export), "exit code 0\n");
    assert_eq!(exported(&place.path("run.jsonl")).len(), 4);
    place.file("run.jsonl", b"mine");
    let refused = place.run(&export);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("hint: `--force` replaces it"));
    assert_eq!(fs_err::read(place.path("run.jsonl")).unwrap(), b"mine");
    assert!(place.run(&[&export[..], &["--force"]].concat()).status.success());
    assert_eq!(exported(&place.path("run.jsonl")).len(), 4);
    let names = fs_err::read_dir(place.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["run.cassette", "run.jsonl"], "nothing else is left");
}

#[test]
fn an_empty_one() {
    let place = Place::empty();
    Cassette::open(&place.path("run.cassette")).unwrap();
    insta::assert_snapshot!(place.see_all(&[
        &["cassette", "list", "run.cassette", "--format", "text"],
        &["cassette", "list", "run.cassette"],
        &["cassette", "export", "run.cassette"],
    ]));
}

#[test]
fn what_cannot_be_read_says_why_and_what_to_do() {
    let place = recorded();
    place.file("notes.txt", b"mention\tid\n");
    place.file("empty.cassette", b"");
    let whole = fs_err::read(place.path("run.cassette")).unwrap();
    place.file("half.cassette", &whole[..whole.len() / 2]);
    insta::assert_snapshot!(place.see_all(&[
        &["cassette", "list", "no.cassette"],
        &["cassette", "list", "notes.txt"],
        &["cassette", "export", "empty.cassette"],
        &["cassette", "export", "half.cassette"],
        &["cassette", "export", ".", "-o", "out.jsonl"],
        &["cassette", "export", "run.cassette", "-o", "no/out.jsonl"],
        &["cassette", "export", "run.cassette", "-o", "./run.cassette", "--force"],
    ]));
    assert!(!place.path("no.cassette").exists() && !place.path("out.jsonl").exists());
}

#[test]
fn an_answer_that_is_no_json_is_not_exported() {
    let place = recorded();
    let cassette = Cassette::open(&place.path("run.cassette")).unwrap();
    let [model, kind, parameters, messages] = ["gpt", "chat", "{}", "[]"].map(str::to_owned);
    let key = Key::of(&model, &kind, &parameters, &messages);
    let [prompt_hash, answer] = ["abc", "yes"].map(str::to_owned);
    cassette.put(&key, &Record { model, kind, parameters, messages, prompt_hash, answer }).unwrap();
    drop(cassette);
    insta::assert_snapshot!(place.see(&["cassette", "export", "run.cassette", "-o", "out.jsonl"]));
    assert!(!place.path("out.jsonl").exists());
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let place = recorded();
    let mut child = place
        .command(&["cassette", "export", "run.cassette"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
}

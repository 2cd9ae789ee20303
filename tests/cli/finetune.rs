//! `term2id finetune`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::chat::scripted::{Reply, Scripted, in_turn};
use super::{Place, copy, stderr, stdout};

/// The index of the sample that is compiled in, built once.
static SAMPLE: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::empty();
    let built = place.run(&["index", "sample", "--no-train"]);
    assert!(built.status.success(), "{}", stderr(&built));
    place
});

/// Terms of the sample: identifier and label of each.
const TERMS: [(&str, &str); 20] = [
    ("GO:0000278", "mitotic cell cycle"),
    ("GO:0001525", "angiogenesis"),
    ("GO:0002250", "adaptive immune response"),
    ("GO:0003677", "DNA binding"),
    ("GO:0003700", "DNA-binding transcription factor activity"),
    ("GO:0003723", "RNA binding"),
    ("GO:0003824", "catalytic activity"),
    ("GO:0004672", "protein kinase activity"),
    ("GO:0005488", "binding"),
    ("GO:0005515", "protein binding"),
    ("GO:0005634", "nucleus"),
    ("GO:0005730", "nucleolus"),
    ("GO:0005737", "cytoplasm"),
    ("GO:0005739", "mitochondrion"),
    ("GO:0005741", "mitochondrial outer membrane"),
    ("GO:0005743", "mitochondrial inner membrane"),
    ("GO:0005764", "lysosome"),
    ("GO:0005777", "peroxisome"),
    ("GO:0005783", "endoplasmic reticulum"),
    ("GO:0003674", "molecular_function"),
];

/// Every fourth of them is withheld.
const fn is_withheld(at: usize) -> bool {
    at % 4 == 3
}

fn place() -> Place {
    let place = Place::empty();
    copy(&SAMPLE.index("sample"), &place.index("sample"));
    let mut table = "mention\tids\tpopularity\tbin\tsplit\tnamespace\n".to_owned();
    for (at, (id, label)) in TERMS.iter().enumerate() {
        let part = if is_withheld(at) { "withheld" } else { "trained" };
        writeln!(table, "{label}\t{id}\t{at}\t{}\t{part}\tx", at % 2).unwrap();
    }
    place.file("terms.tsv", table.as_bytes());
    place
}

const EXPORT: [&str; 8] = ["finetune", "export", "-i", "sample", "--terms", "terms.tsv", "--out", "training"];

fn export(place: &Place, further: &[&str]) -> String {
    let output = place.run(&[&EXPORT[..], further].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output).to_owned()
}

/// What is said in each example of a file, by turns.
fn examples(place: &Place, name: &str) -> Vec<[String; 3]> {
    let text = fs_err::read_to_string(place.path("training").join(name)).unwrap();
    let example = |line: &str| {
        let example: Value = serde_json::from_str(line).unwrap();
        let messages = example["messages"].as_array().unwrap();
        let roles: Vec<&str> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
        assert_eq!(roles, ["system", "user", "assistant"]);
        [0, 1, 2].map(|at| messages[at]["content"].as_str().unwrap().to_owned())
    };
    text.lines().map(example).collect()
}

fn entry(answer: &str, key: &str) -> String {
    serde_json::from_str::<Value>(answer).unwrap()[key].as_str().unwrap().to_owned()
}

/// What stands between tags, which is a JSON string.
fn between(text: &str, tag: &str) -> String {
    let (_, rest) = text.split_once(&format!("<{tag}>")).unwrap();
    serde_json::from_str(rest.split_once(&format!("</{tag}>")).unwrap().0).unwrap()
}

#[test]
fn each_task_is_written_to_two_files_once() {
    let place = place();
    let first = place.see(&EXPORT);
    let again = place.see(&EXPORT);
    insta::assert_snapshot!("export", format!("{first}\n{again}"));
    let written = fs_err::read(place.path("training/choice.train.jsonl")).unwrap();
    export(&place, &["--force"]);
    assert_eq!(fs_err::read(place.path("training/choice.train.jsonl")).unwrap(), written);
    export(&place, &["--force", "--seed", "1"]);
    assert_ne!(fs_err::read(place.path("training/choice.train.jsonl")).unwrap(), written);
}

#[test]
fn withheld_terms_are_nowhere_and_no_term_is_on_both_sides() {
    let place = place();
    export(&place, &["--validation", "0.3"]);
    let withheld: Vec<&(&str, &str)> =
        TERMS.iter().enumerate().filter(|(at, _)| is_withheld(*at)).map(|(_, term)| term).collect();
    for task in ["identifier", "name", "choice"] {
        let mut sides = Vec::new();
        for side in ["train", "validation"] {
            let examples = examples(&place, &format!("{task}.{side}.jsonl"));
            assert!(!examples.is_empty());
            for [_, asked, answer] in &examples {
                for (id, label) in &withheld {
                    let said = format!("{asked}{answer}");
                    assert!(!said.contains(id) && !said.contains(&format!("\"{label}\"")), "{said}");
                }
            }
            let about = |[_, asked, answer]: &[String; 3]| match task {
                "identifier" => entry(answer, "answer"),
                "name" => between(asked, "identifier"),
                _ => between(asked, "mention"),
            };
            sides.push(examples.iter().map(about).collect::<BTreeSet<_>>());
        }
        assert!(sides[0].is_disjoint(&sides[1]), "{task}: {sides:?}");
        let terms = TERMS.iter().enumerate().filter(|(at, _)| !is_withheld(*at)).count();
        if task != "choice" {
            assert_eq!(sides[0].len() + sides[1].len(), terms, "{task}");
        }
    }
}

#[test]
fn every_choice_is_the_number_of_the_right_one() {
    let place = place();
    export(&place, &["--none", "0.2", "--validation", "0"]);
    assert!(!place.path("training/choice.validation.jsonl").exists());
    let records = fs_err::read_to_string(place.index("sample").join("concepts.jsonl")).unwrap();
    let names = |id: &str| {
        let record = records.lines().find(|line| line.contains(&format!("\"id\":\"{id}\"")));
        record.unwrap_or_else(|| panic!("no {id}")).to_lowercase()
    };
    let concepts: BTreeMap<&str, String> = TERMS.iter().map(|(id, label)| (*label, names(id))).collect();
    let (mut numbers, mut nones) = (BTreeSet::new(), 0);
    for [_, asked, answer] in examples(&place, "choice.train.jsonl") {
        let mention = between(&asked, "mention").to_lowercase();
        let label_of = |line: &str| -> (String, String) {
            let (number, rest) = line.strip_prefix('[').unwrap().split_once("] ").unwrap();
            let label = serde_json::Deserializer::from_str(rest).into_iter::<String>().next().unwrap().unwrap();
            (number.to_owned(), label)
        };
        let shown: Vec<(String, String)> = asked.lines().filter(|line| line.starts_with('[')).map(label_of).collect();
        let is_right =
            |label: &str| concepts.get(label).is_some_and(|names| names.contains(&json!(mention).to_string()));
        let right: Vec<&str> =
            shown.iter().filter(|(_, label)| is_right(label)).map(|(number, _)| number.as_str()).collect();
        let choice = entry(&answer, "choice");
        if choice == "none" {
            nones += 1;
            assert_eq!(right, [""; 0], "{asked}");
        } else {
            assert_eq!(right, [choice.as_str()], "{asked}");
            numbers.insert(choice);
        }
    }
    assert!(numbers.len() > 4 && nones > 1, "{numbers:?} {nones}");
}

#[test]
fn what_cannot_be_exported_says_why_and_leaves_nothing() {
    let place = place();
    place.file("bad.tsv", b"mention\tids\nangiogenesis\tGO:0001525\nnucleus\tthe middle\n");
    place.file("few.tsv", b"mention\tids\nangiogenesis\tGO:0001525\nnucleus\tGO:9999999\nAngiogenesis\tGO:0005634\n");
    place.file("column.tsv", b"mention\tid\nangiogenesis\tGO:0001525\n");
    place.file("empty.tsv", b"");
    place.file("none.tsv", b"mention\tids\tsplit\nangiogenesis\tGO:0001525\t\n");
    place.file(
        "lost.tsv",
        b"mention\tids\tsplit\nangiogenesis\tGO:0001525\twithheld\nx\tGO:9999999\twithheld\ny\tGO:9999998\twithheld\n",
    );
    place.file("few.csv", b"Term,ids,popularity\n\"binding, of any kind\",GO:0005488,12\n");
    let with = |table: &'static str, further: &[&'static str]| {
        [&["finetune", "export", "-i", "sample", "--out", "training", "--terms", table][..], further].concat()
    };
    let runs = [
        with("bad.tsv", &[]),
        with("few.tsv", &["--phrasings", "1"]),
        with("column.tsv", &[]),
        with("empty.tsv", &[]),
        with("none.tsv", &[]),
        with("missing.tsv", &[]),
        with("lost.tsv", &[]),
        with("few.csv", &["--mention-column", "Term"]),
        with("terms.tsv", &["--phrasings", "6"]),
        with("terms.tsv", &["--validation", "1"]),
    ];
    let runs: Vec<&[&str]> = runs.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!("export_errors", place.see_all(&runs));
    assert!(!place.path("training").exists());
}

#[test]
fn a_file_of_ones_own_is_checked_line_by_line() {
    let place = place();
    export(&place, &["--task", "name", "--phrasings", "2"]);
    let good = fs_err::read_to_string(place.path("training/name.train.jsonl")).unwrap();
    place.file("good.jsonl", good.as_bytes());
    let first = good.lines().next().unwrap();
    place.file("bad.jsonl", format!("{good}{first}\n{{\"prompt\": \"x\"}}\n\n").as_bytes());
    place.file("few.jsonl", format!("{first}\n").as_bytes());
    let runs: [&[&str]; 4] = [
        &["finetune", "check", "good.jsonl"],
        &["finetune", "check", "bad.jsonl", "few.jsonl"],
        &["finetune", "check", "--validation", "few.jsonl"],
        &["finetune", "check", "missing.jsonl"],
    ];
    insta::assert_snapshot!("check", place.see_all(&runs));
}

fn job(status: &str, further: &Value) -> Reply {
    let mut job = json!({"object": "fine_tuning.job", "id": "ftjob-abc123", "model": "gpt-4o-mini-2024-07-18",
        "status": status, "fine_tuned_model": null, "trained_tokens": null, "error": null});
    for (key, value) in further.as_object().unwrap() {
        job[key] = value.clone();
    }
    Reply::new(200, job.to_string())
}

fn file(id: &str) -> Reply {
    Reply::new(200, json!({"object": "file", "id": id, "purpose": "fine-tune"}).to_string())
}

#[test]
fn files_are_sent_and_a_job_is_made_of_them() {
    let place = place();
    export(&place, &["--task", "identifier"]);
    let service = Scripted::new(in_turn([file("file-1"), file("file-2")], job("validating_files", &json!({}))));
    let submit = |further: &[&'static str]| {
        let asked = [
            &["finetune", "submit", "--train", "training/identifier.train.jsonl", "--base-url", &service.url][..],
            &["--validation", "training/identifier.validation.jsonl", "--epochs", "3", "--suffix", "go", "--seed", "4"],
            further,
        ];
        place.seen(&place.run(&asked.concat())).replace(&service.url, "[service]")
    };
    let rehearsed = submit(&["--dry-run"]);
    assert_eq!(service.count(), 0);
    let submitted = submit(&[]);
    insta::assert_snapshot!("submit", format!("{rehearsed}\n{submitted}"));
    let seen = service.seen();
    let paths: Vec<&str> = seen.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, ["/v1/files", "/v1/files", "/v1/fine_tuning/jobs"]);
    let train = fs_err::read_to_string(place.path("training/identifier.train.jsonl")).unwrap();
    assert!(seen[0].text.contains(&train) && seen[1].text.contains("identifier.validation.jsonl"));
    let body = &seen[2].body;
    assert_eq!((&body["training_file"], &body["validation_file"]), (&json!("file-1"), &json!("file-2")));
}

#[test]
fn what_cannot_be_sent_says_why() {
    let place = place();
    export(&place, &["--task", "identifier"]);
    let train = "training/identifier.train.jsonl";
    place.file("bad.jsonl", b"{}\n");
    let service = Scripted::new(in_turn([file("file-1")], Reply::refuses(500, "the server had an error")));
    let runs: [&[&str]; 3] = [
        &["finetune", "submit", "--train", "bad.jsonl", "--base-url", &service.url],
        &["finetune", "submit", "--train", train, "--base-url", &service.url],
        &["finetune", "submit", "--train", train, "--base-url", "nowhere"],
    ];
    insta::assert_snapshot!("submit_errors", place.see_all(&runs).replace(&service.url, "[service]"));
    assert_eq!(service.count(), 2);
}

#[test]
fn a_job_is_waited_for_and_described() {
    let place = place();
    let events = json!({"object": "list", "data": [
        {"level": "info", "message": "The job has successfully completed"},
        {"level": "warn", "message": "Step 1/90"},
    ]});
    let done = json!({"fine_tuned_model": "ft:gpt-4o-mini-2024-07-18:org:go:9A", "trained_tokens": 57_680});
    let failed = json!({"error": {"code": "x", "message": "Line 3 is no example", "param": "training_file"}});
    let script = [
        job("running", &json!({})),
        job("succeeded", &done),
        Reply::new(200, events.to_string()),
        job("failed", &failed),
        Reply::new(200, json!({"data": []}).to_string()),
        Reply::new(200, json!({"data": [{"id": "ftjob-2", "status": "queued", "model": "gpt-4o-mini"}]}).to_string()),
        Reply::refuses(404, "no such job"),
    ];
    let service = Scripted::new(in_turn(script, Reply::refuses(500, "over")));
    let url = service.url.as_str();
    let runs: [&[&str]; 4] = [
        &["finetune", "status", "ftjob-abc123", "--wait", "--every", "1", "--base-url", url],
        &["finetune", "status", "ftjob-abc123", "--base-url", url],
        &["finetune", "status", "--base-url", url],
        &["finetune", "status", "ftjob-nope", "--base-url", url],
    ];
    insta::assert_snapshot!("status", place.see_all(&runs).replace(url, "[service]"));
}

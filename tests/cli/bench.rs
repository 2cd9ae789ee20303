//! `term2id bench`: measuring, reports, and what is pinned.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use super::chat::{Asked, Chat, Reply};
use super::{Place, stderr, stdout};

/// Found by name and by words, nested in the hierarchy, replaced, out of the ontology, and meant by nothing.
const CASES: &[u8] = b"mention\tids\tcontext\tpopularity\tsplit\n\
    big hands\tLIMB:0000003\tHe has big hands.\t120\ttrained\n\
    BIG HANDS\tLIMB:0000013\tShe too: BIG HANDS.\t120\ttrained\n\
    hands that are small\tLIMB:0000004\t\t7\ttrained\n\
    trembling hand\tLIMB:0000005\t\t0\twithheld\n\
    a cat\t\t\t\t\n\
    old hand\tLIMB:9999999\t\t3\twithheld\n";

/// What someone else's model said.
const RECORDED: &[u8] = b"term\tpredicted_id\nbig hands\tLIMB:0000004\nhands that are small\tLIMB:0000004\n\
    trembling hand\tLIMB:0000002\na cat\tnone\nold hand\tno idea\n";

fn place() -> Place {
    let place = Place::with_limbs();
    place.file("gold.tsv", CASES);
    place.file("said.tsv", RECORDED);
    place
}

/// A model that knows one identifier by heart, and chooses the first candidate.
fn model(asked: &Asked) -> Reply {
    let says = |text: &str| Reply::Says(text.to_owned());
    match (asked.is_choice(), asked.mention().to_lowercase().as_str()) {
        (true, _) => says(r#"{"reason": "the first", "choice": "1", "certainty": 70}"#),
        (false, "big hands") => says(r#"{"answer": "LIMB:0000003"}"#),
        (false, "trembling hand") => says(r#"{"answer": "LIMB:1234567"}"#),
        _ => says(r#"{"answer": "none"}"#),
    }
}

fn json(place: &Place, path: &str) -> Value {
    serde_json::from_str(&fs_err::read_to_string(place.path(path)).unwrap()).unwrap()
}

fn rows(place: &Place, path: &str) -> Vec<Value> {
    let text = fs_err::read_to_string(place.path(path)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_stage_and_recorded_answers_in_one_table() {
    let place = place();
    let bench = ["bench", "-i", "limbs", "--cases", "gold.tsv", "--each-stage", "--recorded", "someone=said.tsv"];
    insta::assert_snapshot!(place.see(&bench));
}

#[test]
fn a_report_says_how_each_answer_was_wrong_and_is_written_over_only_when_asked() {
    let place = place();
    let bench = ["bench", "-i", "limbs", "--cases", "gold.tsv", "--recorded", "someone=said.tsv", "--report", "out"];
    let first = place.run(&bench);
    assert!(first.status.success(), "{}", stderr(&first));
    let report = json(&place, "out/report.json");
    let verdicts = &report["results"][1]["verdicts"];
    assert_eq!(report["results"][1]["system"], "someone");
    for (verdict, count) in [("right", 2), ("sibling", 1), ("parent", 1), ("malformed", 1)] {
        assert_eq!(verdicts[verdict], count, "{verdict}: {verdicts}");
    }
    // Six rows, of which two are one case; one gold identifier leads nowhere and is still counted.
    let dataset = &report["datasets"][0];
    assert_eq!((dataset["occurrences"].as_u64(), dataset["cases"].as_u64()), (Some(6), Some(5)));
    assert_eq!(dataset["unresolved"][0]["id"], "LIMB:9999999");
    assert_eq!(report["results"][1]["unique"]["cases"], 5);
    assert_eq!(report["results"][1]["occurrences"]["cases"], 6);
    assert_eq!(rows(&place, "out/cases.jsonl").len(), 12);
    let page = fs_err::read_to_string(place.path("out/report.html")).unwrap();
    assert!(page.contains("<svg") && !page.contains("http://") && !page.contains("src="));
    let before = fs_err::read(place.path("out/report.json")).unwrap();
    let again = place.run(&bench);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("exists already") && stderr(&again).contains("--force"), "{}", stderr(&again));
    assert_eq!(fs_err::read(place.path("out/report.json")).unwrap(), before);
    assert!(place.run(&[&bench[..], &["--force"]].concat()).status.success());
}

#[test]
fn two_reports_are_compared_case_by_case() {
    let place = place();
    let system = |folder: &str, stage: &str| {
        let run = place.run(&["bench", "-i", "limbs", "--cases", "gold.tsv", "--retrieval", stage, "--report", folder]);
        assert!(run.status.success(), "{}", stderr(&run));
    };
    system("exact", "exact");
    system("fused", "fused");
    insta::assert_snapshot!(place.see_all(&[
        &["bench", "compare", "exact", "fused/report.json"],
        &["bench", "compare", "exact", "exact"],
        &["bench", "compare", "exact", "nowhere"],
    ]));
}

#[test]
fn a_pinned_score_that_got_worse_fails_and_what_is_not_there_is_skipped() {
    let place = place();
    let pins = |accuracy: &str| {
        let text = format!(
            "tolerance = 1.0\n\
             [[pin]]\nindex = 'limbs'\ncases = 'gold.tsv'\nsystem = 'exact'\naccuracy = {accuracy}\nrecall_at_10 = 10.0\n\
             [[pin]]\nindex = 'limbs'\ncases = 'gold.tsv'\nsystem = 'someone'\nrecorded = 'said.tsv'\naccuracy = 40.0\n\
             [[pin]]\nindex = 'limbs'\ncases = 'elsewhere.tsv'\nsystem = 'exact'\naccuracy = 1.0\n"
        );
        place.file("pins.toml", text.as_bytes());
        let seen = place.see(&["bench", "check", "pins.toml"]);
        // How long it took.
        let lines = seen.lines().map(|line| match line.split_once(" checked in ") {
            Some((before, after)) => format!("{before} checked in [n]{}\n", &after[after.find(" s").unwrap()..]),
            None => format!("{line}\n"),
        });
        lines.collect::<String>()
    };
    insta::assert_snapshot!(format!("{}\n{}", pins("40.0"), pins("99.0")));
}

#[test]
fn a_model_alone_and_with_retrieval_is_replayed_without_a_call() {
    let place = place();
    let chat = Chat::new(model);
    let url = chat.url();
    let bench = |folder, more: &[&str]| {
        let asked = ["bench", "-i", "limbs", "--cases", "gold.tsv", "--model", "m", "--base-url", &url, "--k", "1,3"];
        place.run(&[&asked[..], &["--context", "both", "--report", folder], more].concat())
    };
    let first = bench("out", &[]);
    assert!(first.status.success(), "{}", stderr(&first));
    let report = json(&place, "out/report.json");
    let names: Vec<&str> =
        report["systems"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "fused",
            "m plain",
            "m plain without context",
            "m rag k=1",
            "m rag k=1 without context",
            "m rag k=3",
            "m rag k=3 without context"
        ]
    );
    let plain = &report["results"][1];
    assert_eq!((&plain["verdicts"]["right"], &plain["verdicts"]["nonexistent"]), (&2.into(), &1.into()));
    assert!(plain["usage"]["calls"].as_u64().unwrap() > 0);
    let calls = chat.asked().len();
    // Who has seen the sentence and who has not are asked apart, but only where there is one.
    assert!(chat.asked().iter().any(|asked| asked.sentence() == "He has big hands."));
    chat.stop();
    let cassette = place.path("out/answers.cassette").display().to_string();
    let again = bench("again", &["--cassette", &cassette, "--replay-only"]);
    assert!(again.status.success(), "{}", stderr(&again));
    assert_eq!(chat.asked().len(), calls);
    let judged = |folder: &str| {
        let rows = rows(&place, &format!("{folder}/cases.jsonl")).into_iter();
        rows.map(|row| {
            (row["system"].clone(), row["line"].clone(), row["answer"]["said"].clone(), row["judged"].clone())
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(judged("out"), judged("again"));
}

#[test]
fn a_benchmark_that_is_killed_goes_on_from_there() {
    let place = place();
    let chat = Chat::slow(Duration::from_millis(150), model);
    let url = chat.url();
    let bench = ["bench", "-i", "limbs", "--cases", "gold.tsv", "--model", "m", "--base-url", &url, "--report", "out"];
    let mut child = place.command(&[&bench[..], &["--concurrency", "1"]].concat());
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while chat.asked().len() < 4 {
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.path("out/report.json").exists());
    let before = chat.asked().len();
    let run = place.run(&bench);
    assert!(run.status.success(), "{}", stderr(&run));
    let repeated = chat.asked().len();
    // Of all that was asked, only what was under way is asked twice.
    let distinct: std::collections::HashSet<String> = chat.asked().iter().map(|asked| asked.text.clone()).collect();
    assert!(before >= 4 && repeated - distinct.len() <= 1, "{repeated} calls, {} of them distinct", distinct.len());
    assert!(place.path("out/report.html").exists());
}

#[test]
fn each_service_gets_its_own_key_and_a_rehearsal_sends_nothing() {
    let place = place();
    let (usual, own) = (Chat::new(model), Chat::new(model));
    let named = format!("n@{}", own.url());
    let bench = |more: &[&str]| {
        let asked = ["bench", "-i", "limbs", "--cases", "gold.tsv", "--systems", "plain", "--model", "m", "--model"];
        let mut command = place.command(&[&asked[..], &[&named, "--base-url", &usual.url()], more].concat());
        command.env("OPENAI_API_KEY", "sk-usual").env("TERM2ID_API_KEY", "sk-own").output().unwrap()
    };
    let rehearsed = bench(&["--dry-run", "--report", "out"]);
    assert!(rehearsed.status.success() && stdout(&rehearsed).is_empty(), "{}", stderr(&rehearsed));
    assert!(usual.asked().is_empty() && own.asked().is_empty() && !place.path("out").exists());
    assert!(bench(&[]).status.success());
    let keys = |chat: &Chat| {
        let asked = chat.asked();
        asked
            .iter()
            .map(|asked| asked.header("authorization").unwrap().to_owned())
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(keys(&usual).into_iter().collect::<Vec<_>>(), ["Bearer sk-usual"]);
    assert_eq!(keys(&own).into_iter().collect::<Vec<_>>(), ["Bearer sk-own"]);
}

#[test]
fn what_models_know_by_heart() {
    let place = Place::empty();
    let mut text = String::from("terminology\tterm\tgold_id\tpredicted_id\thits\n");
    for at in 0..40 {
        // A number that is known where it occurs often, and a symbol that always is but for two.
        let predicted = if at % 4 == 0 || at > 32 { format!("X:{at:04}") } else { "X:9999".to_owned() };
        writeln!(text, "numbers\tterm {at}\tX:{at:04}\t{predicted}\t{}", at * 10).unwrap();
        let predicted = if at % 20 == 7 { "none".to_owned() } else { format!("ALPHA{at}") };
        writeln!(text, "symbols\talpha {at}\tALPHA{at}\t{predicted}\t{}", at * 10).unwrap();
    }
    place.file("said.tsv", text.as_bytes());
    insta::assert_snapshot!(place.see(&[
        "bench",
        "memorization",
        "--recorded",
        "said.tsv",
        "--popularity-column",
        "hits"
    ]));
}

#[test]
fn what_a_fine_tuned_model_gained_is_told_by_split_and_what_is_not_known_is_said() {
    let place = Place::empty();
    let recorded = |split: bool, tuned: bool| {
        let mut text = format!("term\tids\tanswer\tpopularity{}\n", if split { "\tsplit" } else { "" });
        for at in 0..60 - usize::from(tuned) {
            let (name, part) = if at < 30 { ("trained", at) } else { ("withheld", at - 30) };
            let is_right = part % 6 == 0 || (tuned && at < 30);
            let answer = if is_right { format!("X:{at:04}") } else { String::new() };
            write!(text, "term {at}\tX:{at:04}|\t{answer}\t{}", at * at).unwrap();
            writeln!(text, "{}", if split { format!("\t{name}") } else { String::new() }).unwrap();
        }
        text
    };
    place.file("base.tsv", recorded(false, false).as_bytes());
    place.file("tuned.tsv", recorded(true, true).as_bytes());
    place.file("unparted.tsv", recorded(false, true).as_bytes());
    let see = |tuned: &str, more: &[&str]| {
        let asked = ["bench", "memorization", "--recorded", "base.tsv", "--recorded-tuned", tuned];
        place.see(&[&asked[..], more].concat())
    };
    insta::assert_snapshot!(see("tuned.tsv", &[]));
    let bins = see("tuned.tsv", &["--bins"]);
    assert_eq!(bins.lines().filter(|line| line.contains(", most popular first")).count(), 3, "{bins}");
    assert!(see("unparted.tsv", &[]).contains("warning: no term says whether it was trained on or withheld"));
}

#[test]
fn what_cannot_be_measured_says_why_and_what_to_do() {
    let place = place();
    place.file("empty.tsv", b"");
    place.file("header.tsv", b"mention\tids\n");
    place.file("columns.tsv", b"text\tids\nbig hands\tLIMB:0000003\n");
    place.file("malformed.tsv", b"mention\tids\nbig hands\tLIMB:0000003\nsmall\tabout three\n");
    place.file("prefix.tsv", b"mention\tids\nbig hands\tHP:0001176\n");
    place.file("others.tsv", b"term\tpredicted_id\nnose\tLIMB:0000003\n");
    place.file("pins.toml", b"tolerance = 1.0\n[[pin]]\nindex = 'limbs'\ncases = 'gold.tsv'\nsystem = 'magic'\n");
    let bench = |cases: &'static str| ["bench", "-i", "limbs", "--cases", cases];
    insta::assert_snapshot!(place.see_all(&[
        &bench("nowhere.tsv"),
        &bench("empty.tsv"),
        &bench("header.tsv"),
        &bench("columns.tsv"),
        &bench("malformed.tsv"),
        &bench("prefix.tsv"),
        &["bench", "-i", "limbs", "--cases", "gold.tsv", "--recorded", "someone=others.tsv"],
        &["bench", "-i", "limbs", "--cases", "gold.tsv", "--against", "nobody"],
        &["bench", "-i", "limbs", "--cases", "gold.tsv", "gold.tsv"],
        &["bench", "-i", "limbs", "--cases", "gold.tsv", "--retrieval", "dense"],
        &["bench", "check", "pins.toml"],
        &["bench", "check", "gold.tsv"],
        &["bench", "memorization", "--recorded", "gold.tsv"],
    ]));
}

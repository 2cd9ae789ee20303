//! `term2id schema`, and that all that is written as JSON is what the schemas say.

mod held;

use std::fmt::Write as _;

use serde_json::{Value, json};
use term2id::evaluate::judge::Verdict;
use term2id::migrate::Kind as Change;
use term2id::ontology::Scope;
use term2id::verify::Kind as Finding;

use super::chat::{Asked, Chat, Reply, choice};
use super::{Place, fixture, stderr, stdout};
use held::{Held, each_part, names, text};

/// What a command wrote, whether some inputs failed or not.
fn written(place: &Place, arguments: &[&str]) -> String {
    let output = place.run(arguments);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {}", stderr(&output));
    stdout(&output).to_owned()
}

fn read(place: &Place, name: &str) -> String {
    fs_err::read_to_string(place.path(name)).unwrap()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn they_are_listed_and_printed_as_they_stand_in_their_folder() {
    let place = Place::empty();
    insta::assert_snapshot!(place.see_all(&[&["schema"], &["schema", "answers"]]));
    for name in names() {
        let printed = place.run(&["schema", &name]);
        assert_eq!((printed.status.code(), stdout(&printed)), (Some(0), text(&name).as_str()), "{name}");
    }
    let listed = place.run(&["schema"]);
    let of = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let listed: Vec<String> = stdout(&listed).lines().filter_map(of).filter(|word| names().contains(word)).collect();
    assert_eq!(listed, names());
}

#[test]
fn each_is_a_schema_and_says_what_every_key_is() {
    for name in names() {
        let schema = parsed(&text(&name));
        if let Err(error) = jsonschema::meta::validate(&schema) {
            panic!("{name}: {error}");
        }
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["$id"], format!("urn:term2id:{name}:1"));
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name}");
        each_part(&schema, "", &mut |node, place| {
            let place = format!("{name}{place}");
            if place.contains("/allOf") || place.ends_with("/properties") || !node["properties"].is_object() {
                return;
            }
            let properties = node["properties"].as_object().unwrap();
            for (key, node) in properties {
                let description = node["description"].as_str().unwrap_or_default();
                assert!(description.ends_with('.'), "{place}: `{key}` is not described");
            }
            // Only an answer has the input's own columns.
            let is_closed = node["additionalProperties"] == Value::Bool(false);
            assert_eq!(is_closed, place != "answer", "{place}");
            for key in node["required"].as_array().into_iter().flatten() {
                assert!(properties.contains_key(key.as_str().unwrap()), "{place}: {key}");
            }
        });
    }
}

#[test]
fn words_are_those_that_the_program_knows() {
    let sorted = |words: &Value| {
        let mut words: Vec<String> =
            words.as_array().unwrap().iter().map(|word| word.as_str().unwrap().into()).collect();
        words.sort();
        words
    };
    let of = |mut words: Vec<String>| {
        words.sort();
        words
    };
    let schema = |name: &str| parsed(&text(name));
    let scopes = of(Scope::ALL.map(|scope| scope.as_str().to_owned()).into());
    assert_eq!(sorted(&schema("answer")["$defs"]["candidate"]["properties"]["scope"]["enum"]), scopes);
    let kinds = of(Finding::ALL.map(|kind| kind.as_str().to_owned()).into());
    assert_eq!(sorted(&schema("finding")["properties"]["kind"]["enum"]), kinds);
    let kinds = of(Change::ALL.map(|kind| kind.as_str().to_owned()).into());
    assert_eq!(sorted(&schema("changes")["$defs"]["change"]["properties"]["kind"]["enum"]), kinds);
    let verdicts = of(Verdict::ALL.map(|verdict| json!(verdict).as_str().unwrap().to_owned()).into());
    assert_eq!(sorted(&schema("case")["properties"]["judged"]["properties"]["verdict"]["enum"]), verdicts);
    let counted = &schema("report")["$defs"]["result"]["properties"]["verdicts"]["properties"];
    assert_eq!(of(counted.as_object().unwrap().keys().cloned().collect()), verdicts);
}

/// Chooses as a model would, knows other names, and now and then says what is no choice.
fn model(asked: &Asked) -> Reply {
    let mention = asked.mention();
    match asked.task() {
        task if task.contains("names things") => Reply::Says(json!({"names": ["Macromanus"]}).to_string()),
        _ if mention.contains("gibberish") => Reply::Says("I am not sure.".to_owned()),
        _ if mention.contains("cat") => choice("none", "no limb is a cat"),
        _ => asked.pick("Large hands"),
    }
}

#[test]
fn answers() {
    let mut held = Held::against("answer");
    let place = Place::with_findings();
    // Found by name, by what the ranker learnt, tied, and not at all.
    let asked = ["--format", "jsonl", "hepatic oedema", "burning of the heart", "shaking", "xyzzy"];
    for more in [&[][..], &["--explain", "--top", "2"], &["--min-confidence", "0.99"]] {
        held.hold_lines(&written(&place, &[&["query", "-i", "findings"], more, &asked].concat()));
    }

    let place = Place::with_limbs();
    let query = ["query", "-i", "limbs", "--format", "jsonl", "big hands", "LIMB:0000009", "LIMB:0000013", "HP:1", "?"];
    for more in [&[][..], &["--only", "exact"], &["--only", "vector"], &["--top", "1"]] {
        held.hold_lines(&written(&place, &[&query[..], more].concat()));
    }
    // Columns that are called like keys, rows that cannot be read, mentions that are none.
    let mut table = b"mention\tid\ttie\tmodel\tsentence\tinput\tnote\n".to_vec();
    for mention in ["big hands", "", "big \u{e4} hands", &"hand ".repeat(20_000)] {
        table.extend(format!("{mention}\tx\ty\tz\tShe has {mention}\tw\t=1+1\n").into_bytes());
    }
    table.extend(b"caf\xe9\tx\ty\tz\tw\tv\tu\n");
    place.file("in.tsv", &table);
    place.file(
        "in.jsonl",
        b"{\"mention\": \"big hands\", \"model\": {\"a\": 1}, \"names\": 7, \"group\": [1]}\n[]\n{\"mention\": 3}\n",
    );
    let normalize = |input, more: &[&str]| {
        let arguments = ["normalize", "-q", "-i", "limbs", input, "--format", "jsonl"];
        written(&place, &[&arguments[..], more].concat())
    };
    held.hold_lines(&normalize("in.tsv", &["--context-column", "sentence"]));
    held.hold_lines(&normalize("in.jsonl", &[]));
    held.hold_lines(&normalize("in.tsv", &["--context-column", "sentence", "--top", "1", "--only", "lexical"]));

    let chat = Chat::new(model);
    let url = chat.url();
    let ask = ["--model", "m", "--base-url", &url, "--ask", "always", "--rewrite"];
    let mentions = ["big hands", "gibberish of the hand", "cat", "hand like a cat", "xyzzy"];
    held.hold_lines(&written(&place, &[&["query", "-i", "limbs", "--format", "jsonl"], &mentions[..], &ask].concat()));
    held.hold_lines(&normalize("in.tsv", &ask));
    held.hold_lines(&normalize("in.jsonl", &ask));

    let query = |place: &Place, index: &str, more: &[&str]| {
        written(place, &[&["query", "-i", index, "--format", "jsonl"], more].concat())
    };
    let composites =
        ["large and small hands", "no shaky hands or left long foot", "no restless foot, bilateral", "mild long foot"];
    held.hold_lines(&query(&place, "limbs", &[&["--only", "exact"], &composites[..]].concat()));
    let genes = super::references::with_genes();
    held.hold_lines(&query(&genes, "genes", &["--also", "entrez,omim,symbol", "ABC2"]));
    held.hold_lines(&query(&super::genes::place(), "genes", &["zarkins"]));
    held.hold_lines(&query(
        &super::several::with_both(),
        super::several::BOTH,
        &["cold nose and small hands", "big hands"],
    ));

    // What a second encoder brings, and names with languages.
    held.has_seen_all_but(&["candidate.language", "candidate.ranks.dense", "candidate.scores.dense"]);
}

#[test]
fn an_answer_has_no_keys_but_its_own_and_those_of_the_input() {
    let schema = parsed(&text("answer"));
    let keys = schema["properties"].as_object().unwrap();
    let place = Place::with_limbs();
    place.file("in.tsv", b"mention\tnote\nbig hands\t1\n");
    let queried = written(&place, &["query", "-i", "limbs", "--format", "jsonl", "big hands", "xyzzy"]);
    let normalized = written(&place, &["normalize", "-q", "-i", "limbs", "in.tsv", "--format", "jsonl"]);
    for line in queried.lines().chain(normalized.lines()) {
        for key in parsed(line).as_object().unwrap().keys() {
            assert!(keys.contains_key(key) || key == "note", "`{key}` is in no schema");
        }
    }
}

#[test]
fn what_is_otherwise_is_found() {
    let held = Held::against("answer");
    let place = Place::with_limbs();
    let answer = parsed(&written(&place, &["query", "-i", "limbs", "--format", "jsonl", "big hands"]));
    assert!(held.allows(&answer));
    let wrong: [(&str, Value); 9] = [
        ("/decided_by", json!("chance")),
        ("/decided_by", json!("error")),
        ("/decided_by", json!("none")),
        ("/decided_by", json!("model")),
        ("/id", json!("big hands")),
        ("/confidence", json!(1.5)),
        ("/candidates/0/scope", json!("exact")),
        ("/candidates/0/ranks/exact", json!(3)),
        ("/ontology", json!({"name": "limbs", "version": null, "more": 1})),
    ];
    for (place, value) in wrong {
        let mut other = answer.clone();
        *other.pointer_mut(place).unwrap() = value;
        assert!(!held.allows(&other), "{other}");
    }
    for key in ["mention", "id", "label", "confidence", "candidates", "ontology", "decided_by"] {
        let mut other = answer.clone();
        other.as_object_mut().unwrap().remove(key);
        assert!(!held.allows(&other), "{other}");
    }
    // A key that the schema does not know.
    let mut schema = held.schema.clone();
    schema["$defs"]["candidate"]["properties"].as_object_mut().unwrap().remove("kind");
    assert!(!Held::of("answer", schema).allows(&answer));
}

/// A table with a pair of every kind but the unreadable.
const PAIRS: &[u8] = b"id\tlabel\nLIMB:0000003\tlarge hands\nLIMB:0000003\tBig hands\nlimb_0000007\tLong foot\n\
    FOO:0000003\tLarge hands\nLIMB:0000077\tLong feet\nLIMB:0000009\tHuge hands\nLIMB:0000010\tOdd hands\n\
    LIMB:0000013\tMacromanus\nLIMB:0000004\tShaky hands\nLIMB:0000001\tPurple ideas\nLIMB:0000005\tTremmor of the hand\n\
    LIMB:0000002\t\nLIMB:0000002\tcaf\xe9\n";

#[test]
fn findings() {
    let mut held = Held::against("finding");
    let place = Place::with_limbs();
    place.file("in.tsv", PAIRS);
    place.file("in.json", br#"{"id": "LIMB:0000009", "label": "Huge hands", "more": [{"id": "LIMB:1", "label": ""}]}"#);
    for input in ["in.tsv", "in.json"] {
        let verify = ["verify", "-q", "-i", "limbs", input, "--level", "note", "--format", "jsonl"];
        held.hold_lines(&written(&place, &verify));
        held.hold_lines(&written(&place, &[&verify[..], &["--fix"]].concat()));
    }
    held.has_seen_all_but(&[]);
}

/// What SARIF asks for: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.
#[test]
fn findings_as_sarif_have_what_its_standard_asks_for() {
    let place = Place::with_limbs();
    place.file("in.tsv", PAIRS);
    let log =
        parsed(&written(&place, &["verify", "-q", "-i", "limbs", "in.tsv", "--level", "note", "--format", "sarif"]));
    assert_eq!((&log["version"], log["runs"].as_array().unwrap().len()), (&json!("2.1.0"), 1));
    assert!(log["$schema"].as_str().unwrap().ends_with("/sarif-schema-2.1.0.json"));
    let driver = &log["runs"][0]["tool"]["driver"];
    assert_eq!(driver["name"], "term2id");
    let rules = driver["rules"].as_array().unwrap();
    assert!(rules.iter().all(|rule| rule["id"].is_string() && rule["shortDescription"]["text"].is_string()));
    let results = log["runs"][0]["results"].as_array().unwrap();
    let is_place = |place: &Value| place["artifactLocation"]["uri"] == "in.tsv";
    for result in results {
        assert!(result["message"]["text"].is_string());
        assert_eq!(rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()]["id"], result["ruleId"]);
        assert!(["note", "warning", "error"].iter().any(|level| result["level"] == *level));
        let place = &result["locations"][0]["physicalLocation"];
        assert!(is_place(place) && place["region"]["startLine"].as_u64() > Some(0), "{result}");
        for change in result["fixes"].as_array().into_iter().flatten().map(|fix| &fix["artifactChanges"][0]) {
            assert!(is_place(change));
            let replacements = change["replacements"].as_array().unwrap();
            assert!(!replacements.is_empty() && replacements.iter().all(|one| one["deletedRegion"].is_object()));
        }
    }
    assert!(results.len() > 8 && results.iter().any(|result| result["fixes"].is_array()));
}

#[test]
fn changes() {
    let mut held = Held::against("changes");
    let place = Place::with_limbs();
    let [old, new] = ["shapes-1.obo", "shapes-2.obo"].map(fixture);
    held.hold(&parsed(&written(&place, &["migrate", "-q", "--from", &old, "--to", &new, "--format", "json"])));
    let limbs = fixture("limbs.obo");
    held.hold(&parsed(&written(&place, &["migrate", "-q", "--from", &limbs, "--to", "limbs", "--format", "json"])));
    held.has_seen_all_but(&[]);
}

#[test]
fn indexes() {
    let (mut info, mut manifest) = (Held::against("info"), Held::against("manifest"));
    let place = Place::with_limbs();
    place.file("more.tsv", b"id\tname\nLIMB:0000003\tPaws\n");
    place.file("less.tsv", b"id\tsynonym\nLIMB:0000003\tBig hands\n");
    let (limbs, shapes) = (fixture("limbs.obo"), fixture("shapes-1.obo"));
    let index = |more: &[&str]| {
        let built = place.run(&[&["index", &limbs][..], more].concat());
        assert!(built.status.success(), "{}", stderr(&built));
    };
    let flags = ["--under", "LIMB:0000002", "--add-names", "more.tsv", "--exclude-names", "less.tsv"];
    index(&[&["--name", "hands", "--train-with", &shapes, "--epochs", "1"][..], &flags].concat());
    index(&["--name", "plain", "--no-train", "--vector", "exact"]);
    for name in ["limbs", "hands", "plain"] {
        info.hold(&parsed(&written(&place, &["info", name, "--format", "json"])));
        manifest.hold(&parsed(&fs_err::read_to_string(place.index(name).join("manifest.json")).unwrap()));
    }
    let genes = super::references::with_genes();
    genes.file("only.txt", b"HGNC:1\nHGNC:3\n");
    let obo = genes.path("genes.obo").display().to_string();
    genes.file("genes.obo", super::references::GENES);
    written(&genes, &["index", &obo, "--name", "part", "--no-train", "--subset", "core", "--only-ids", "only.txt"]);
    info.hold(&parsed(&written(&genes, &["info", "part", "--format", "json"])));
    manifest.hold(&parsed(&fs_err::read_to_string(genes.index("part").join("manifest.json")).unwrap()));
    // What a second encoder brings.
    info.has_seen_all_but(&["beside.dimensions", "beside.encoder"]);
    manifest.has_seen_all_but(&["encoder.beside", "encoder.pooling"]);
}

#[test]
fn reports_and_cases() {
    let (mut report, mut case) = (Held::against("report"), Held::against("case"));
    let place = Place::with_limbs();
    place.file(
        "gold.tsv",
        b"mention\tids\tcontext\tpopularity\tsplit\nbig hands\tLIMB:0000003\tHe has big hands.\t120\ttrained\n\
        BIG HANDS\tLIMB:0000013\tShe too.\t120\ttrained\nsmall paws\tLIMB:0000004\t\t7\twithheld\n\
        trembling hand\tLIMB:0000005\t\t0\twithheld\na cat\t\t\t\t\nold hand\tLIMB:9999999\t\t3\twithheld\n\
        odd hand\tLIMB:0000005\t\t3\twithheld\nfoot\tLIMB:0000001\t\t3\twithheld\ntoe\tLIMB:0000007\t\t3\twithheld\nhand\tLIMB:0000005\t\t3\twithheld\n",
    );
    place.file(
        "said.tsv",
        b"term\tpredicted_id\nbig hands\tLIMB:0000009\nsmall paws\tLIMB:0000002\ntrembling hand\tLIMB:0000004\n\
        a cat\tLIMB:0000001\nold hand\tno idea\nodd hand\tnone\nfoot\tLIMB:0000006\ntoe\tLIMB:0000003\nhand\tLIMB:1234567\n",
    );
    let chat = Chat::new(|asked| match (asked.is_choice(), asked.mention().as_str()) {
        (true, "odd hand") => choice("LIMB:0000077", "by heart"),
        (true, _) => choice("1", "the first"),
        (false, "old hand") => Reply::Refuses(400, "no".to_owned()),
        (false, "foot") => Reply::Says(r#"{"answer": "LIMB:0000001"}"#.to_owned()),
        (false, _) => Reply::Says(r#"{"answer": "none"}"#.to_owned()),
    });
    let url = chat.url();
    let bench = ["bench", "-i", "limbs", "--cases", "gold.tsv", "--recorded", "someone=said.tsv", "--report", "out"];
    written(&place, &[&bench[..], &["--model", "m", "--base-url", &url, "--k", "3"]].concat());
    report.hold(&parsed(&read(&place, "out/report.json")));
    case.hold_lines(&read(&place, "out/cases.jsonl"));
    report.has_seen_all_but(&[]);
    case.has_seen_all_but(&[]);
}

#[test]
fn what_models_know_by_heart() {
    let mut held = Held::against("memorization");
    let place = Place::with_limbs();
    let recorded = |is_tuned: bool| {
        let mut text = String::from("terminology\tterm\tids\tanswer\tpopularity\tsplit\n");
        for at in 0..60 {
            let (name, part) = if at < 30 { ("trained", at) } else { ("withheld", at - 30) };
            let answer = if part % 6 == 0 || (is_tuned && at < 30) { format!("X:{at:04}") } else { "none".to_owned() };
            writeln!(text, "numbers\tterm {at}\tX:{at:04}\t{answer}\t{}\t{name}", at * at).unwrap();
            let answer = if part % 7 == 1 { "none".to_owned() } else { format!("ALPHA{at}") };
            writeln!(text, "symbols\talpha {at}\tALPHA{at}\t{answer}\t{}\t", at * 10).unwrap();
        }
        text
    };
    place.file("base.tsv", recorded(false).as_bytes());
    place.file("tuned.tsv", recorded(true).as_bytes());
    let alone = ["bench", "memorization", "--format", "json", "--recorded", "base.tsv"];
    held.hold(&parsed(&written(&place, &alone)));
    let more = ["--recorded-tuned", "tuned.tsv", "-i", "limbs"];
    held.hold(&parsed(&written(&place, &[&alone[..], &more].concat())));
    held.has_seen_all_but(&[]);
}

#[test]
fn recordings_and_conversations() {
    let (mut cassette, mut training) = (Held::against("cassette"), Held::against("training"));
    let place = Place::with_limbs();
    let chat = Chat::new(model);
    let url = chat.url();
    let query = ["query", "-q", "-i", "limbs", "huge hand", "gibberish of the hand", "--cassette", "run.cassette"];
    written(&place, &[&query[..], &["--model", "m", "--base-url", &url, "--rewrite"]].concat());
    cassette.hold_lines(&written(&place, &["cassette", "export", "run.cassette"]));
    cassette.has_seen_all_but(&[]);

    let terms = "mention\tids\nLarge hands\tLIMB:0000003\nSmall hand\tLIMB:0000004\nTremor of the hand\tLIMB:0000005\n\
        Long foot\tLIMB:0000007\nRestless foot\tLIMB:0000008\nAbnormality of the foot\tLIMB:0000006\n\
        Abnormality of the hand\tLIMB:0000002\nAbnormality of the limbs\tLIMB:0000001\n";
    place.file("terms.tsv", terms.as_bytes());
    written(
        &place,
        &["finetune", "export", "-i", "limbs", "--terms", "terms.tsv", "--validation", "0", "--out", "training"],
    );
    for task in ["identifier", "name", "choice"] {
        training.hold_lines(&read(&place, &format!("training/{task}.train.jsonl")));
    }
    training.has_seen_all_but(&[]);
}

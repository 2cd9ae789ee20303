//! What retrieval found reaches the output: `normalize` on the development sets of HPO with a scripted service in the
//! place of a model, one that knows the right answer wherever it is offered, and one that guesses. And on gene names what
//! a model's own answer adds, with GPT-4's recorded answers. Where the shared data does not lie beside the checkout, this
//! is skipped.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests fail by panicking, and tell what they measured")]

#[path = "cli/chat.rs"]
#[allow(dead_code, reason = "the tests of the command line use all of it")]
mod chat;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

use chat::{Asked, Chat, Reply, bare_choice};
use serde_json::{Value, json};

const SETS: [&str; 6] = ["hp_gsc2024", "hp_gscplus", "hp_gsctypo", "hp_phenocr", "hp_raghpo_csc", "hp_raghpo_addons"];

/// Candidates that are offered.
const OFFERED: usize = 10;

/// A file of the shared data; says so where it is missing.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if !path.is_file() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn term2id(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_term2id")).env("TERM2ID_INDEXES", folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The rows of a table by the names of its columns.
fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let text = fs_err::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let row =
        |line: &str| header.iter().zip(line.split('\t')).map(|(key, cell)| ((*key).into(), cell.into())).collect();
    lines.map(row).collect()
}

/// The label of each concept of an OBO file.
fn labels(path: &Path) -> HashMap<String, String> {
    let text = fs_err::read_to_string(path).unwrap();
    let mut labels = HashMap::new();
    let mut id = "";
    for line in text.lines() {
        match line.split_once(": ") {
            Some(("id", value)) => id = value,
            Some(("name", label)) => drop(labels.insert(id.to_owned(), label.to_owned())),
            _ => {}
        }
    }
    labels
}

/// Of `answers`, the share whose identifier is right, and the share with a right one among the first candidates.
fn scores(answers: &[u8], first: usize) -> (f64, f64) {
    let (mut rows, mut right, mut found) = (0.0, 0.0, 0.0);
    for line in std::str::from_utf8(answers).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        assert!(row.get("error").is_none(), "{line}");
        let gold: BTreeSet<&str> = row["ids"].as_str().unwrap().split('|').collect();
        let is_gold = |id: &Value| id.as_str().is_some_and(|id| gold.contains(id));
        rows += 1.0;
        right += f64::from(u8::from(is_gold(&row["id"])));
        let candidates = row["candidates"].as_array().unwrap();
        found += f64::from(u8::from(candidates.iter().take(first).any(|candidate| is_gold(&candidate["id"]))));
    }
    (right / rows, found / rows)
}

/// Mentions are taken whole: what a service is asked of the parts of a phrase no row of a set tells.
const AS_GIVEN: [&str; 3] = ["--whole", "--format", "jsonl"];

fn normalized(folder: &Path, index: &str, file: &Path, service: &Chat, more: &[&str]) -> Vec<u8> {
    let (file, url) = (file.to_str().unwrap(), service.url());
    let asked = ["--model", "scripted", "--base-url", &url, "--ask", "always", "--no-reason", "--concurrency", "16"];
    let arguments = [&["normalize", "--index", index, file], &AS_GIVEN[..], &asked[..], more].concat();
    term2id(folder, &arguments)
}

#[test]
fn nothing_is_lost_between_retrieval_and_output() {
    let Some(ontology) = shared("ontologies/hp.obo") else { return };
    let sets: Vec<PathBuf> = SETS.iter().filter_map(|set| shared(&format!("eval/{set}.dev.unique.tsv"))).collect();
    let folder = tempfile::tempdir().unwrap();
    term2id(folder.path(), &["index", ontology.to_str().unwrap(), "--name", "hp", "--no-train"]);
    let labels = labels(&ontology);
    for set in sets {
        // By what the service sees: a mention may mean one thing in one sentence and another in the next.
        let mut gold: HashMap<(String, String), BTreeSet<String>> = HashMap::new();
        for row in rows(&set) {
            let place = (row["mention"].trim().to_owned(), row["context"].trim().to_owned());
            let right = row["ids"].split('|').filter_map(|id| labels.get(id)).cloned();
            gold.entry(place).or_default().extend(right);
        }
        let knowing = Chat::new(move |asked: &Asked| {
            let right = &gold[&(asked.mention(), asked.sentence())];
            bare_choice(asked.number_of(|label| right.contains(label)))
        });
        let (accuracy, _) = scores(&normalized(folder.path(), "hp", &set, &knowing, &[]), OFFERED);
        // What retrieval finds where nobody else has a hand in it.
        let file = set.to_str().unwrap();
        let alone = [&["normalize", "--index", "hp", file], &AS_GIVEN[..]].concat();
        let (_, recall) = scores(&term2id(folder.path(), &alone), OFFERED);
        // By what is asked, so that every run guesses the same.
        let guessing = Chat::new(|asked: &Asked| {
            let hash = *blake3::hash(asked.question().as_bytes()).as_bytes();
            let seed = u64::from_le_bytes(*hash.first_chunk().unwrap());
            bare_choice(&(1 + fastrand::Rng::with_seed(seed).usize(..asked.candidates().len())).to_string())
        });
        let (guessed, _) = scores(&normalized(folder.path(), "hp", &set, &guessing, &[]), OFFERED);
        let name = set.file_name().unwrap().to_string_lossy();
        eprintln!(
            "{name}: recall@{OFFERED} {recall:.4}; accuracy@1 of a model that knows {accuracy:.4}, of one that guesses {guessed:.4}"
        );
        assert!((accuracy - recall).abs() < 1e-9, "{name}: {accuracy} of {recall}");
        let expected = recall / OFFERED as f64;
        assert!((guessed - expected).abs() < 0.04, "{name}: {guessed}, expected {expected}");
    }
}

#[test]
fn a_models_own_answers_find_genes_that_retrieval_misses() {
    let (Some(genes), Some(set), Some(recorded)) = (
        shared("ontologies/hgnc_complete_set.txt"),
        shared("eval/paper_gene.dev.unique.tsv"),
        shared("recorded/gpt4_plain_prompting.tsv"),
    ) else {
        return;
    };
    let answers: HashMap<String, String> = rows(&recorded)
        .into_iter()
        .filter(|row| row["terminology"] == "GENE")
        .map(|mut row| (row.remove("term").unwrap(), row.remove("predicted_id").unwrap()))
        .collect();
    let alone = {
        let ids: HashMap<String, String> = rows(&genes)
            .into_iter()
            .map(|mut row| (row.remove("symbol").unwrap(), row.remove("hgnc_id").unwrap()))
            .collect();
        let gold = rows(&set);
        let is_right = |row: &&HashMap<String, String>| {
            let id = answers.get(&row["mention"]).and_then(|symbol| ids.get(symbol));
            id.is_some_and(|id| row["ids"].split('|').any(|gold| gold == id))
        };
        gold.iter().filter(is_right).count() as f64 / gold.len() as f64
    };
    let folder = tempfile::tempdir().unwrap();
    let place = genes.to_str().unwrap();
    // A scan of all vectors takes no graph, which would be most of the time here.
    term2id(folder.path(), &["index", place, "--name", "hgnc", "--no-train", "--vector", "exact"]);
    let service = Chat::new(move |asked: &Asked| {
        if asked.is_choice() {
            return bare_choice("1");
        }
        let own = answers.get(&asked.mention()).map_or("none", String::as_str);
        Reply::Says(json!({ "answer": own }).to_string())
    });
    let [(_, retrieved), (_, both)] =
        [&[][..], &["--propose"]].map(|more| scores(&normalized(folder.path(), "hgnc", &set, &service, more), 5));
    eprintln!(
        "paper_gene: GPT-4 alone {alone:.4}; recall@5 retrieved {retrieved:.4}, with its answers proposed {both:.4}"
    );
    assert!(both >= 0.97 && both > retrieved && both > alone, "{both} of {retrieved} and {alone}");
}

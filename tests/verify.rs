//! `term2id verify` against a count that knows nothing of it, and the definitions that others run it by.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use saphyr_parser::{Event, Parser};

/// Not by `eprintln!`, of which nothing is seen when a test passes.
fn skipped(why: &str) {
    io::stderr().write_all(format!("skipped: {why}\n").as_bytes()).unwrap();
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn term2id(arguments: &[&str]) -> std::process::Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_term2id"));
    command.env("HOME", folder.path()).current_dir(folder.path()).args(arguments).output().unwrap()
}

#[test]
fn what_gpt_4_answered_is_judged_as_a_count_by_other_means_says() {
    let [ontology, table] =
        ["../shared/data/ontologies/hp.obo", "../shared/data/recorded/gpt4_plain_prompting.tsv"].map(here);
    if let Some(missing) = [&ontology, &table].into_iter().find(|path| !path.is_file()) {
        return skipped(&format!("{} is not there", missing.display()));
    }
    let (ontology, table) = (ontology.to_str().unwrap(), table.to_str().unwrap());
    let only = "terminology=HPO";
    let counted = Command::new("python3")
        .arg("-B")
        .arg(here("tests/verify/count.py"))
        .args([ontology, table, "predicted_id", "term", only])
        .output();
    let Ok(counted) = counted else { return skipped("there is no python3 to count with") };
    assert!(counted.status.success(), "{}", String::from_utf8_lossy(&counted.stderr));
    let counted: Vec<usize> =
        str::from_utf8(&counted.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect();

    let columns = ["--id-column", "predicted_id", "--label-column", "term", "--only-where", only];
    let output = term2id(&[&["verify", "--ontology", ontology, table, "--format", "tsv"], &columns[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Vec<Vec<&str>> =
        str::from_utf8(&output.stdout).unwrap().lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let found: Vec<usize> = told.iter().map(|cells| cells[1].parse().unwrap()).collect();
    assert_eq!(found.len(), 17_301);
    assert!(found == counted, "{} were found and {} counted", found.len(), counted.len());

    let text = fs_err::read_to_string(table).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let gold = rows[0].iter().position(|name| *name == "gold_id").unwrap();
    let right = told.iter().zip(&found).filter(|(cells, line)| cells[8] == rows[*line - 1][gold]).count();
    assert!(right * 100 >= found.len() * 99, "{right} of {} suggestions are the gold identifier", found.len());
}

/// Every text in a YAML file.
fn scalars(text: &str) -> Vec<String> {
    let events = Parser::new_from_str(text).map(|event| event.unwrap().0);
    events
        .filter_map(|event| if let Event::Scalar(value, ..) = event { Some(value.into_owned()) } else { None })
        .collect()
}

#[test]
fn the_action_and_the_hooks_use_flags_that_exist() {
    let help = term2id(&["verify", "--help"]);
    let help = str::from_utf8(&help.stdout).unwrap();
    for (file, flags) in [("action.yml", 3), (".pre-commit-hooks.yaml", 5)] {
        let scalars = scalars(&fs_err::read_to_string(here(file)).unwrap());
        // Lines that run it, and arguments that stand alone.
        let lines = scalars.iter().flat_map(|text| text.lines());
        let used: Vec<&str> = lines
            .filter(|line| line.contains("term2id verify ") || line.starts_with("--") || line.contains("arguments+=("))
            .flat_map(|line| line.split([' ', '(', '`', ')']))
            .filter(|word| word.starts_with("--") && word.len() > 2)
            .collect();
        assert!(used.len() >= flags, "{file}: {used:?}");
        for flag in used {
            assert!(help.contains(&format!("{flag} ")) || help.contains(&format!("{flag}\n")), "{file}: `{flag}`");
        }
    }
}

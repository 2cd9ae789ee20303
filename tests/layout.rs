//! Holds the picture of `ARCHITECTURE.md`: which module may import which, and which file may name which engine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

/// Each stage and what it may import.
const ARROWS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("arrays", &[]),
    ("tables", &[]),
    ("service", &[]),
    ("ontology", &["text"]),
    ("embed", &["arrays", "service", "text"]),
    ("index", &["arrays", "embed", "ontology", "text"]),
    ("retrieve", &["arrays", "embed", "index", "ontology", "text"]),
    ("build", &["embed", "index", "ontology", "retrieve"]),
    ("generate", &["ontology", "retrieve", "service"]),
    ("normalize", &["generate", "ontology", "retrieve", "text"]),
    ("evaluate", &["generate", "normalize", "ontology", "retrieve", "text"]),
    ("verify", &["ontology", "retrieve", "tables", "text"]),
    ("export", &["normalize", "ontology", "retrieve", "tables"]),
    ("migrate", &["export", "normalize", "ontology", "retrieve", "tables", "text"]),
    ("review", &["export", "normalize", "ontology", "retrieve", "tables", "text"]),
    (
        "cli",
        &[
            "arrays",
            "build",
            "embed",
            "evaluate",
            "export",
            "generate",
            "index",
            "migrate",
            "normalize",
            "ontology",
            "retrieve",
            "review",
            "service",
            "tables",
            "text",
            "verify",
        ],
    ),
];

/// What only these files may name.
const ENGINES: &[(&str, &[&str])] = &[
    ("tantivy::", &["index/lexical.rs"]),
    ("hnsw_rs::", &["index/graph.rs"]),
    ("hessboost::", &["retrieve/trees.rs"]),
    ("fastembed::", &["embed/local.rs"]),
    ("ort::", &["embed/local.rs", "embed/runtime.rs"]),
    ("candle_core::", &["embed/bert.rs"]),
    ("candle_nn::", &["embed/bert.rs"]),
    ("candle_transformers::", &["embed/bert.rs"]),
    ("tokenizers::", &["embed/bert.rs"]),
    ("reqwest::", &["service/", "ontology/mod.rs", "ontology/source/download/mod.rs"]),
    ("async_openai::", &["service/mod.rs", "service/finetuning.rs"]),
    ("rusqlite::", &["generate/cassette/"]),
    ("minijinja::", &["evaluate/report/page.rs", "generate/prompt.rs"]),
    ("tiktoken_rs::", &["generate/budget.rs"]),
    ("statrs::", &["evaluate/statistics/"]),
    ("plotters::", &["evaluate/report/figures/"]),
    ("ratatui::", &["cli/interactive/", "cli/review/"]),
    ("calamine::", &["tables/excel.rs"]),
    ("rust_xlsxwriter::", &["tables/excel.rs"]),
    ("zip::", &["tables/excel.rs"]),
    ("parquet::", &["tables/columnar.rs"]),
    ("chrono::", &["tables/columnar.rs"]),
    ("saphyr_parser::", &["verify/places/yaml.rs"]),
    ("oxrdf::", &["ontology/rdf/xml/mod.rs"]),
    ("oxrdfxml::", &["ontology/rdf/xml/mod.rs"]),
    ("oxttl::", &["ontology/rdf/turtle.rs"]),
    ("println!", &["cli/output.rs"]),
    ("eprintln!", &["cli/output.rs"]),
    ("std::env::var", &["cli/open.rs"]),
];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs_err::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, fs_err::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The lines of code before the tests at the foot of a file, without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    text[..end].lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The modules of ours that a line names, as `crate::module` or inside the braces of `crate::{module, other::Item}`.
fn imports(line: &str) -> Vec<&str> {
    let word = |text: &str| text.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(text.len());
    let mut found = Vec::new();
    for (at, prefix) in line.match_indices("crate::") {
        let rest = &line[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(inside) => found.extend(inside.split([',', '}', ';']).map(str::trim).map(|item| &item[..word(item)])),
            None => found.push(&rest[..word(rest)]),
        }
    }
    found.retain(|module| !module.is_empty() && *module != "self");
    found
}

#[test]
fn imports_are_seen_with_and_without_braces() {
    assert_eq!(imports("use crate::index::Hit;"), ["index"]);
    assert_eq!(imports("use crate::{embed, index, ontology::Curie};"), ["embed", "index", "ontology"]);
}

#[test]
fn every_stage_imports_only_what_its_arrows_allow() {
    for (file, text) in sources() {
        let stage = file.split(['/', '.']).next().unwrap().to_owned();
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == stage) else {
            assert!(matches!(file.as_str(), "lib.rs" | "main.rs"), "{file} belongs to no stage");
            continue;
        };
        for line in code(&text) {
            for module in imports(line) {
                assert!(module == stage || allowed.contains(&module), "src/{file} imports `{module}`: {line}");
            }
        }
    }
}

#[test]
fn each_engine_is_named_in_its_own_file_only() {
    for (file, text) in sources() {
        for (engine, files) in ENGINES {
            // Tests in a file of their own are like those at the foot of a file.
            if file.ends_with("/tests.rs") || files.iter().any(|allowed| file.starts_with(allowed)) {
                continue;
            }
            for line in code(&text) {
                let names = line
                    .match_indices(engine)
                    .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
                assert!(!names, "src/{file} names `{engine}`: {line}");
            }
        }
    }
}

#[test]
fn the_story_in_lib_rs_names_every_stage() {
    let story = fs_err::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for (stage, _) in ARROWS {
        assert!(story.contains(&format!("mod {stage};")), "lib.rs does not name `{stage}`");
    }
}

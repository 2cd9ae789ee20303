//! A schema, documents held against it, and which of its keys they had.

use std::collections::BTreeSet;
use std::path::Path;

use jsonschema::Validator;
use serde_json::Value;

/// The names of all schemas, in order.
pub(super) fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let files = fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files.map(|name| name.strip_suffix(".schema.json").unwrap().to_owned()).collect();
    names.sort();
    names
}

pub(super) fn text(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(format!("{name}.schema.json"));
    fs_err::read_to_string(file).unwrap()
}

/// A schema and the keys that were seen so far. A key is called by where it stands: `id` of the document itself,
/// `candidate.ranks.dense` of what the schema defines as `candidate`.
pub(super) struct Held {
    name: String,
    pub(super) schema: Value,
    validator: Validator,
    seen: BTreeSet<String>,
}

impl Held {
    pub(super) fn against(name: &str) -> Self {
        Self::of(name, serde_json::from_str(&text(name)).unwrap())
    }

    pub(super) fn of(name: &str, schema: Value) -> Self {
        let validator = jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name: name.to_owned(), schema, validator, seen: BTreeSet::new() }
    }

    pub(super) fn allows(&self, document: &Value) -> bool {
        self.validator.is_valid(document)
    }

    /// Fails where the document is not what the schema says.
    pub(super) fn hold(&mut self, document: &Value) {
        let wrong: Vec<String> = self
            .validator
            .iter_errors(document)
            .map(|error| format!("`{}`: {error}", error.instance_path().as_str()))
            .collect();
        assert!(wrong.is_empty(), "{}: {}\n{document:#}", self.name, wrong.join("\n"));
        let mut seen = std::mem::take(&mut self.seen);
        self.see(&self.schema, document, "", &mut seen);
        self.seen = seen;
    }

    /// The same for every line, of which there must be one.
    pub(super) fn hold_lines(&mut self, lines: &str) {
        assert!(!lines.is_empty(), "{}: nothing was written", self.name);
        for line in lines.lines() {
            self.hold(&serde_json::from_str(line).unwrap());
        }
    }

    /// Fails unless all keys were seen but for these, and none of these.
    pub(super) fn has_seen_all_but(&self, unseen: &[&str]) {
        let mut expected = BTreeSet::new();
        list(&self.schema, "", &mut expected);
        for (name, part) in self.schema["$defs"].as_object().into_iter().flatten() {
            list(part, &format!("{name}."), &mut expected);
        }
        let found: Vec<&String> = expected.difference(&self.seen).collect();
        assert_eq!(found, unseen, "{}: the keys that no output had", self.name);
    }

    fn see(&self, node: &Value, document: &Value, at: &str, seen: &mut BTreeSet<String>) {
        if let Some(name) = node["$ref"].as_str().and_then(|place| place.strip_prefix("#/$defs/")) {
            self.see(&self.schema["$defs"][name], document, &format!("{name}."), seen);
        }
        for node in ways(node) {
            self.see(node, document, at, seen);
        }
        match document {
            Value::Object(members) => {
                for (key, value) in members {
                    let (place, own) = (format!("{at}{key}"), &node["properties"][key]);
                    if own.is_object() {
                        self.see(own, value, &format!("{place}."), seen);
                        seen.insert(place);
                    } else if let Some(other) = node.get("additionalProperties") {
                        self.see(other, value, at, seen);
                    }
                }
            }
            Value::Array(items) => {
                let node = node.get("items").unwrap_or(&Value::Null);
                for item in items {
                    self.see(node, item, at, seen);
                }
            }
            _ => {}
        }
    }
}

/// Adds the keys of a part of a schema, those of other parts that it names left out.
fn list(node: &Value, at: &str, keys: &mut BTreeSet<String>) {
    for (key, node) in node["properties"].as_object().into_iter().flatten() {
        let place = format!("{at}{key}");
        list(node, &format!("{place}."), keys);
        keys.insert(place);
    }
    for node in ["items", "additionalProperties"].into_iter().filter_map(|part| node.get(part)).chain(ways(node)) {
        list(node, at, keys);
    }
}

/// Other parts that say something about the same document.
fn ways(node: &Value) -> impl Iterator<Item = &Value> {
    let several = ["anyOf", "oneOf"].into_iter().filter_map(|way| node[way].as_array()).flatten();
    several.chain(node.get("then"))
}

/// Every part of a schema that says something about a value, with its place.
pub(super) fn each_part(node: &Value, place: &str, each: &mut dyn FnMut(&Value, &str)) {
    match node {
        Value::Object(members) => {
            each(node, place);
            for (key, node) in members {
                each_part(node, &format!("{place}/{key}"), each);
            }
        }
        Value::Array(items) => {
            for node in items {
                each_part(node, place, each);
            }
        }
        _ => {}
    }
}

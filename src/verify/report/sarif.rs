//! Findings as SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>), written as they come.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Place, mark, relative};
use crate::verify::{Finding, Kind, Level};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

const fn level(level: Level) -> &'static str {
    level.as_str()
}

pub(super) fn begin(out: &mut dyn Write) -> io::Result<()> {
    let rules = Kind::ALL.map(|kind| {
        json!({
            "id": kind.as_str(),
            "shortDescription": { "text": kind.description() },
            "defaultConfiguration": { "level": level(kind.level()) },
        })
    });
    let driver = json!({
        "name": env!("CARGO_PKG_NAME"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    writeln!(out, "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":{driver}}},")?;
    write!(out, "\"columnKind\":\"unicodeCodePoints\",\"results\":[")
}

pub(super) fn result(out: &mut dyn Write, place: Place<'_>, finding: &Finding, is_first: bool) -> io::Result<()> {
    let artifact = json!({ "uri": uri(place.name) });
    let mut region = json!({ "startLine": finding.line, "startColumn": finding.column });
    let length = finding.identifier.chars().count() as u64;
    // What is longer as it is written has quotes or escapes, whose end is not known in characters.
    if length > 0 && finding.span.end - finding.span.start == finding.identifier.len() as u64 {
        region["endColumn"] = (finding.column + length).into();
    }
    let mut text = finding.message.clone();
    if let Some(suggestion) = &finding.suggestion {
        let _ = write!(text, " (perhaps {} `{}`)", suggestion.id, suggestion.label);
    }
    let rule = Kind::ALL.iter().position(|kind| *kind == finding.kind);
    let mut result = json!({
        "ruleId": finding.kind.as_str(),
        "ruleIndex": rule,
        "level": level(finding.level),
        "message": { "text": text },
        "locations": [{ "physicalLocation": { "artifactLocation": artifact, "region": region } }],
    });
    if finding.is_certain() {
        let replacement = |edit: &crate::verify::Edit| {
            let (start, length) = (edit.span.start + mark(place), edit.span.end - edit.span.start);
            json!({
                "deletedRegion": { "byteOffset": start, "byteLength": length },
                "insertedContent": { "text": edit.written },
            })
        };
        let replacements: Vec<Value> = finding.edits.iter().map(replacement).collect();
        result["fixes"] = json!([{
            "description": { "text": "the current identifier and label" },
            "artifactChanges": [{ "artifactLocation": artifact, "replacements": replacements }],
        }]);
    }
    write!(out, "{}\n{result}", if is_first { "" } else { "," })
}

pub(super) fn end(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n]}}]}}")
}

/// The address of a file, relative where its name is.
fn uri(name: &str) -> String {
    let name = relative(name);
    let mut uri = if name.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_addresses() {
        assert_eq!(uri("./notes/é 1.tsv"), "notes/%C3%A9%201.tsv");
        assert_eq!(uri("a\\b:c.md"), "a/b%3Ac.md");
        assert_eq!(uri("/data/a.tsv"), "file:///data/a.tsv");
    }
}

//! Findings as they are written, one after the other: for people, for programs, for who shows them beside the file.

mod sarif;

use std::borrow::Cow;
use std::io::{self, Write};

use super::{Finding, Level};
use crate::tables::guarded;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `file:line:column: error: ...`, and what would be right below it.
    Text,
    /// A row of a table.
    Tsv,
    /// A JSON object a line.
    JsonLines,
    /// SARIF 2.1.0.
    Sarif,
    /// GitHub's annotations: commands to a workflow.
    Github,
}

/// The columns of [`Format::Tsv`].
const COLUMNS: &str = "file\tline\tcolumn\tlevel\tkind\tidentifier\tlabel\tmessage\tsuggested_id\tsuggested_label\thow\tconfidence\tcertain\tfixed";

/// A file that findings are of.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Whether its text has a byte order mark before it.
    pub is_marked: bool,
}

/// Writes findings.
pub struct Report<'a> {
    format: Format,
    out: &'a mut dyn Write,
    is_first: bool,
}

impl<'a> Report<'a> {
    /// Writes what stands before all findings.
    ///
    /// # Errors
    /// Where `out` fails.
    pub fn begin(format: Format, out: &'a mut dyn Write) -> io::Result<Self> {
        match format {
            Format::Tsv => writeln!(out, "{COLUMNS}")?,
            Format::Sarif => sarif::begin(out)?,
            Format::Text | Format::JsonLines | Format::Github => {}
        }
        Ok(Self { format, out, is_first: true })
    }

    /// Writes a finding, which was put right or not.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn add(&mut self, place: Place<'_>, finding: &Finding, is_fixed: bool) -> io::Result<()> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        match self.format {
            Format::Text => text(self.out, place, finding, is_fixed),
            Format::Tsv => row(self.out, place, finding, is_fixed),
            Format::JsonLines => object(self.out, place, finding, is_fixed),
            Format::Sarif => sarif::result(self.out, place, finding, is_first),
            Format::Github => annotation(self.out, place, finding, is_fixed),
        }
    }

    /// Writes what stands behind all findings.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn end(self) -> io::Result<()> {
        match self.format {
            Format::Sarif => sarif::end(self.out),
            Format::Text | Format::Tsv | Format::JsonLines | Format::Github => Ok(()),
        }
    }
}

/// What would be right, and what that is to be done with.
fn advice(finding: &Finding, is_fixed: bool) -> Option<String> {
    let suggestion = finding.suggestion.as_ref()?;
    let verb = match (is_fixed, finding.is_certain()) {
        (true, _) => "fixed",
        (false, true) => "fix",
        (false, false) => "perhaps",
    };
    let confidence = suggestion.how.confidence().map(|confidence| format!(", confidence {confidence:.2}"));
    let (id, label, how) = (&suggestion.id, &suggestion.label, suggestion.how.as_str());
    Some(format!("{verb}: {id} {label} (by {how}{})", confidence.unwrap_or_default()))
}

fn text(out: &mut dyn Write, place: Place<'_>, finding: &Finding, is_fixed: bool) -> io::Result<()> {
    let Finding { line, column, message, .. } = finding;
    let (level, kind) = (finding.level.as_str(), finding.kind.as_str());
    writeln!(out, "{}:{line}:{column}: {level}: {} [{kind}]", place.name, one_line(message))?;
    match advice(finding, is_fixed) {
        Some(advice) => writeln!(out, "    {}", one_line(&advice)),
        None => Ok(()),
    }
}

fn row(out: &mut dyn Write, place: Place<'_>, finding: &Finding, is_fixed: bool) -> io::Result<()> {
    let suggestion = finding.suggestion.as_ref();
    let cells: [Cow<'_, str>; 14] = [
        place.name.into(),
        finding.line.to_string().into(),
        finding.column.to_string().into(),
        finding.level.as_str().into(),
        finding.kind.as_str().into(),
        finding.identifier.as_str().into(),
        finding.label.as_deref().unwrap_or_default().into(),
        finding.message.as_str().into(),
        suggestion.map_or("", |suggestion| suggestion.id.as_str()).into(),
        suggestion.map_or("", |suggestion| &suggestion.label).into(),
        suggestion.map_or("", |suggestion| suggestion.how.as_str()).into(),
        suggestion.and_then(|found| found.how.confidence()).map_or(String::new(), |found| format!("{found:.4}")).into(),
        finding.is_certain().to_string().into(),
        is_fixed.to_string().into(),
    ];
    let cells: Vec<String> = cells.into_iter().map(|cell| one_line(&guarded(cell)).into_owned()).collect();
    writeln!(out, "{}", cells.join("\t"))
}

fn object(out: &mut dyn Write, place: Place<'_>, finding: &Finding, is_fixed: bool) -> io::Result<()> {
    let suggestion = finding.suggestion.as_ref().map(|suggestion| {
        serde_json::json!({
            "id": suggestion.id,
            "label": suggestion.label,
            "how": suggestion.how.as_str(),
            "confidence": suggestion.how.confidence(),
        })
    });
    let edits = finding.edits.iter().map(|edit| {
        let start = edit.span.start + mark(place);
        serde_json::json!({ "byte_offset": start, "byte_length": edit.span.end - edit.span.start, "text": edit.written })
    });
    let value = serde_json::json!({
        "file": place.name,
        "line": finding.line,
        "column": finding.column,
        "level": finding.level.as_str(),
        "kind": finding.kind.as_str(),
        "identifier": finding.identifier,
        "label": finding.label,
        "message": finding.message,
        "suggestion": suggestion,
        "certain": finding.is_certain(),
        "edits": edits.collect::<Vec<_>>(),
        "fixed": is_fixed,
    });
    writeln!(out, "{value}")
}

/// <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>
fn annotation(out: &mut dyn Write, place: Place<'_>, finding: &Finding, is_fixed: bool) -> io::Result<()> {
    let command = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let advice = advice(finding, is_fixed).map(|advice| format!("; {advice}")).unwrap_or_default();
    writeln!(
        out,
        "::{command} file={},line={},col={},title={}::{}",
        property(&relative(place.name)),
        finding.line,
        finding.column,
        property(&format!("term2id: {}", finding.kind.as_str())),
        data(&format!("{}{advice}", finding.message)),
    )
}

/// Bytes before the text.
const fn mark(place: Place<'_>) -> u64 {
    if place.is_marked { 3 } else { 0 }
}

/// A path as those write it who stand at the root of a repository.
fn relative(name: &str) -> String {
    let name = name.replace('\\', "/");
    name.strip_prefix("./").unwrap_or(&name).to_owned()
}

/// Text without what would end a cell or a line, or move a terminal's cursor.
fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) {
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::ontology::Curie;
    use crate::verify::{Edit, How, Kind, Suggestion};

    fn finding() -> Finding {
        Finding {
            kind: Kind::Obsolete,
            level: Level::Error,
            line: 3,
            column: 7,
            span: 20..30,
            identifier: "HP:0000009".to_owned(),
            label: Some("100%\tsure".to_owned()),
            message: "`HP:0000009` is obsolete, replaced\nby 100%".to_owned(),
            suggestion: Some(Suggestion {
                id: Curie::parse("HP:0000003").unwrap(),
                label: "Big hands".to_owned(),
                how: How::Retrieval(Some(0.5)),
            }),
            edits: vec![Edit { span: 20..30, written: "HP:0000003".to_owned() }],
        }
    }

    fn written(format: Format) -> String {
        let mut out = Vec::new();
        let mut report = Report::begin(format, &mut out).unwrap();
        report.add(Place { name: "./a b,c.tsv", is_marked: true }, &finding(), false).unwrap();
        let alone = Finding { suggestion: None, edits: Vec::new(), level: Level::Note, ..finding() };
        report.add(Place { name: "d.tsv", is_marked: false }, &alone, true).unwrap();
        report.end().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn people_read_a_line_and_what_would_be_right() {
        let expected = "./a b,c.tsv:3:7: error: `HP:0000009` is obsolete, replaced by 100% [obsolete]\n    \
                        fix: HP:0000003 Big hands (by retrieval, confidence 0.50)\n\
                        d.tsv:3:7: note: `HP:0000009` is obsolete, replaced by 100% [obsolete]\n";
        assert_eq!(written(Format::Text), expected);
    }

    #[test]
    fn a_row_has_as_many_cells_as_there_are_columns() {
        let text = written(Format::Tsv);
        assert!(text.lines().all(|line| line.split('\t').count() == 14), "{text}");
        assert!(text.contains("\t100% sure\t"));
    }

    #[test]
    fn github_gets_its_escapes() {
        let text = written(Format::Github);
        assert_eq!(
            text.lines().next().unwrap(),
            "::error file=a b%2Cc.tsv,line=3,col=7,title=term2id%3A obsolete::`HP:0000009` is obsolete, replaced%0Aby \
             100%25; fix: HP:0000003 Big hands (by retrieval, confidence 0.50)"
        );
        assert!(text.lines().nth(1).unwrap().starts_with("::notice file=d.tsv,"));
    }

    #[test]
    fn programs_read_objects_with_offsets_in_the_file() {
        let text = written(Format::JsonLines);
        let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(first["edits"][0]["byte_offset"], 23);
        assert_eq!((&first["kind"], &first["suggestion"]["id"]), (&"obsolete".into(), &"HP:0000003".into()));
    }

    #[test]
    fn sarif_is_one_value_with_its_rules_results_and_fixes() {
        let value: Value = serde_json::from_str(&written(Format::Sarif)).unwrap();
        let run = &value["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let results = run["results"].as_array().unwrap();
        assert_eq!((value["version"].as_str(), results.len()), (Some("2.1.0"), 2));
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
        let place = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b%2Cc.tsv");
        assert_eq!(place["region"], serde_json::json!({ "startLine": 3, "startColumn": 7, "endColumn": 17 }));
        let replacement = &results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
        assert_eq!(replacement["deletedRegion"], serde_json::json!({ "byteOffset": 23, "byteLength": 10 }));
        assert!(results[1].get("fixes").is_none());
        let nothing = {
            let mut out = Vec::new();
            Report::begin(Format::Sarif, &mut out).unwrap().end().unwrap();
            out
        };
        assert!(
            serde_json::from_slice::<Value>(&nothing)
                .is_ok_and(|value| value["runs"][0]["results"] == Value::Array(vec![]))
        );
    }
}

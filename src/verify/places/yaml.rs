//! Reads YAML: pairs in mappings, in comments behind identifiers, and in scalars that hold text.
//!
//! The parser gives characters, edits need bytes: what is written at a place is read once more, and where it is not what
//! the parser read nothing is written there.

use std::collections::BTreeSet;
use std::io::Read;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::object::{Collector, DEEPEST};
use crate::tables::{self, Input};
use crate::verify::prefixes::Prefixes;
use crate::verify::{Error, Field, Found, Quoting};

/// The longest file, in bytes.
const LONGEST: u64 = 64 << 20;

/// Tells `each` the pairs of one document, or of several.
///
/// # Errors
/// Where the input cannot be read, and where it is too long.
pub(in crate::verify) fn read(input: Input, prefixes: &Prefixes, each: &mut dyn FnMut(Found)) -> Result<(), Error> {
    let place = input.place.clone();
    let mut bytes = Vec::new();
    let read = input.into_reader().take(LONGEST + 1).read_to_end(&mut bytes);
    read.map_err(|source| Error::Input(tables::Error::Read { place: place.clone(), source }))?;
    if bytes.len() as u64 > LONGEST {
        return Err(Error::TooLong { place, limit: LONGEST });
    }
    let (text, faults) = decoded(bytes);
    let mut collector = Collector::new(prefixes, each);
    for &(line, column) in &faults {
        collector.unreadable(line, column, "the line is not UTF-8".to_owned());
    }
    let broken = faults.into_iter().map(|(line, _)| line).collect();
    Scanner { text: &text, at: 0, character: 0, broken, collector, keys: Vec::new() }.scan();
    Ok(())
}

/// The text, with `?` for each byte that is none, and the first such place of each line.
fn decoded(bytes: Vec<u8>) -> (String, Vec<(u64, u64)>) {
    let mut bytes = match String::from_utf8(bytes) {
        Ok(text) => return (text, Vec::new()),
        Err(error) => error.into_bytes(),
    };
    let (mut faults, mut start) = (Vec::new(), 0);
    let (mut line, mut line_start) = (1, 0);
    while let Err(error) = std::str::from_utf8(&bytes[start..]) {
        let at = start + error.valid_up_to();
        for (end, _) in bytes[start..at].iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            line += 1;
            line_start = start + end + 1;
        }
        if faults.last().is_none_or(|(last, _)| *last != line) {
            let before = String::from_utf8_lossy(&bytes[line_start..at]);
            faults.push((line, before.chars().count() as u64 + 1));
        }
        let length = error.error_len().unwrap_or(bytes.len() - at);
        bytes[at..at + length].fill(b'?');
        start = at;
    }
    (String::from_utf8(bytes).expect("what was no text is replaced"), faults)
}

struct Scanner<'a> {
    text: &'a str,
    /// A byte, and how many characters stand before it.
    at: usize,
    character: usize,
    /// Lines that are not UTF-8.
    broken: BTreeSet<u64>,
    collector: Collector<'a>,
    /// For each mapping and sequence that is open: whether a key comes next; none in a sequence.
    keys: Vec<Option<bool>>,
}

impl Scanner<'_> {
    fn scan(&mut self) {
        let mut parser = Parser::new_from_str(self.text);
        while let Some(event) = parser.next_event() {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    self.collector.close_all();
                    let marker = error.marker();
                    let (line, column) = (marker.line() as u64, marker.col() as u64 + 1);
                    return self.collector.unreadable(line, column, error.info().to_owned());
                }
            };
            if self.collector.depth() > DEEPEST {
                self.collector.close_all();
                let problem = format!("more than {DEEPEST} mappings and sequences stand in each other");
                let (line, column) = (span.start.line() as u64, span.start.col() as u64 + 1);
                return self.collector.unreadable(line, column, problem);
            }
            self.take(event, span);
        }
        self.collector.close_all();
    }

    fn take(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::Scalar(text, style, ..) => {
                let field = self.field(&text, style, span);
                if self.is_key() {
                    self.collector.key(field);
                } else {
                    match field {
                        Some(field) if style == ScalarStyle::Literal => {
                            let lines = self.literal(&field);
                            self.collector.lines(field, &lines);
                        }
                        Some(field) => {
                            let comment = self.comment(&field);
                            self.collector.text(field, comment);
                        }
                        None => drop(self.collector.other()),
                    }
                }
            }
            Event::Alias(_) => {
                if self.is_key() {
                    self.collector.key(None);
                } else {
                    self.collector.other();
                }
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                // A mapping as a key names nothing.
                if self.is_key() {
                    self.collector.key(None);
                }
                let is_mapping = matches!(event, Event::MappingStart(..));
                if is_mapping {
                    self.collector.open_object();
                } else {
                    self.collector.open_array();
                }
                self.keys.push(is_mapping.then_some(true));
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.keys.pop();
                self.collector.close();
            }
            _ => {}
        }
    }

    /// Whether what comes now is a key; after it comes its value.
    fn is_key(&mut self) -> bool {
        match self.keys.last_mut() {
            Some(Some(is_key)) => {
                *is_key = !*is_key;
                !*is_key
            }
            _ => false,
        }
    }

    /// A scalar with its place; none in a line that is not UTF-8.
    fn field(&mut self, text: &str, style: ScalarStyle, span: Span) -> Option<Field> {
        let (line, mut column) = (span.start.line() as u64, span.start.col() as u64 + 1);
        if self.broken.range(line..=span.end.line() as u64).next().is_some() {
            return None;
        }
        let place = self.byte(span.start.index());
        // An anchor or a tag before a scalar is no part of it.
        let before = if style == ScalarStyle::Plain && text.starts_with(['&', '!']) {
            0
        } else {
            properties(&self.text[place..])
        };
        column += self.text[place..place + before].chars().count() as u64;
        let start = place + before;
        let rest = &self.text[start..];
        let quoting = if style == ScalarStyle::DoubleQuoted { Quoting::Json } else { Quoting::Yaml };
        let length = match style {
            ScalarStyle::Plain => rest.starts_with(text).then_some(text.len()),
            ScalarStyle::SingleQuoted => single_quoted(rest, text),
            ScalarStyle::DoubleQuoted => double_quoted(rest, text),
            ScalarStyle::Literal | ScalarStyle::Folded => None,
        };
        let is_one_line = !text.contains('\n');
        let length = length.filter(|_| is_one_line).unwrap_or(0);
        let span = start as u64..(start + length) as u64;
        Some(Field { text: text.to_owned(), line, column, span, quoting })
    }

    /// The lines of a literal block, each where it stands; none where they are written otherwise.
    fn literal(&self, block: &Field) -> Vec<Field> {
        let mut lines = Vec::new();
        let Ok(mut at) = usize::try_from(block.span.start) else { return lines };
        let indent = usize::try_from(block.column - 1).unwrap_or_default();
        for (number, text) in (block.line..).zip(block.text.lines()) {
            if !text.is_empty() {
                let Some(rest) = self.text.get(at..).filter(|rest| rest.starts_with(text)) else { return Vec::new() };
                let span = at as u64..(at + text.len()) as u64;
                let (text, column) = (text.to_owned(), block.column);
                lines.push(Field { text, line: number, column, span, quoting: Quoting::Plain });
                at = self.text.len() - rest.len();
            }
            let Some(end) = self.text[at..].find('\n') else { break };
            at += end + 1;
            let next = &self.text[at..];
            let white = next.len() - next.trim_start_matches(' ').len();
            at += white.min(indent);
        }
        lines
    }

    /// The byte at which a character stands.
    fn byte(&mut self, character: usize) -> usize {
        let (before, rest) = self.text.split_at(self.at);
        self.at = if character < self.character {
            let back = self.character - character;
            before.char_indices().nth_back(back - 1).map_or(0, |(at, _)| at)
        } else {
            let ahead = character - self.character;
            self.at + rest.char_indices().nth(ahead).map_or(rest.len(), |(at, _)| at)
        };
        self.character = character;
        self.at
    }

    /// What a comment behind a scalar says.
    fn comment(&self, field: &Field) -> Option<Field> {
        let end = usize::try_from(field.span.end).ok().filter(|_| !field.span.is_empty())?;
        let start = usize::try_from(field.span.start).ok()?;
        let rest = self.text[end..].split(['\n', '\r']).next().unwrap_or_default();
        let behind = rest.trim_start_matches([' ', '\t']);
        let behind = behind.strip_prefix(',').unwrap_or(behind).trim_start_matches([' ', '\t']);
        // A sign right behind a scalar is no comment.
        let is_comment = behind.starts_with('#') && behind.len() < rest.len();
        let says = behind.trim_start_matches('#').trim_start_matches([' ', '\t']);
        let before = rest.len() - says.len();
        let says = says.trim_end();
        (is_comment && !says.is_empty()).then(|| Field {
            text: says.to_owned(),
            line: field.line,
            column: field.column + self.text[start..end + before].chars().count() as u64,
            span: (end + before) as u64..(end + before + says.len()) as u64,
            quoting: Quoting::Plain,
        })
    }
}

/// The length of anchors and tags at the start of what is written, in its line.
fn properties(written: &str) -> usize {
    let mut rest = written;
    while rest.starts_with(['&', '!']) {
        let word = rest.find([' ', '\t', '\n', '\r']).unwrap_or(rest.len());
        rest = rest[word..].trim_start_matches([' ', '\t']);
    }
    written.len() - rest.len()
}

/// The length of what is written in single quotes, if it says `text`.
fn single_quoted(written: &str, text: &str) -> Option<usize> {
    let expected = format!("'{}'", text.replace('\'', "''"));
    written.starts_with(&expected).then_some(expected.len())
}

/// The length of what is written in double quotes, if it says `text`.
fn double_quoted(written: &str, text: &str) -> Option<usize> {
    let inner = written.strip_prefix('"')?;
    let mut is_escaped = false;
    let end = inner.char_indices().find_map(|(at, character)| {
        let is_end = character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        (is_end || character == '\n').then_some(at)
    })?;
    // The quote before, and what ended it.
    let written = &written[..end + 2];
    let says = if inner[..end].contains('\\') {
        serde_json::from_str::<String>(written).ok()?
    } else {
        written.strip_suffix('"')?.get(1..)?.to_owned()
    };
    (says == text).then_some(written.len())
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::verify::places::sample::{found, told};
    use crate::verify::{Found, Quoting};

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(told(read, text), expected, "{text}");
    }

    #[test]
    fn a_mapping_pairs_an_identifier_with_its_label() {
        check(
            "features:\n  - id: HP:0001250\n    label: Seizure\n  - id: 'HP:0001252'\n    label: \"Hypotonia\"\n",
            &["2:9 HP:0001250 = Seizure", "4:9 HP:0001252 = Hypotonia"],
        );
        check(
            "- {id: HP:0001250, label: Seizure}\n- [HP:0001252, x]\n",
            &["1:8 HP:0001250 = Seizure", "2:4 HP:0001252"],
        );
        check("HP:0001250: Seizure\n", &["1:1 HP:0001250 = Seizure"]);
        check("Seizure: HP:0001250\n", &["1:10 HP:0001250 = Seizure"]);
        check(
            "- Seizure (HP:0001250)\n- HP:0001252 - Hypotonia\n",
            &["1:12 HP:0001250 = Seizure", "2:3 HP:0001252 = Hypotonia"],
        );
        check("a: 1\n---\nid: HP:1\nname: Größe\n", &["3:5 HP:1 = Größe"]);
        check("ü: é\nid: &x HP:1\nname: 'it''s'\nother: *x\n", &["2:8 HP:1 = it's"]);
    }

    #[test]
    fn a_comment_behind_an_identifier_is_its_label() {
        check(
            "hpo:\n  - HP:0001250  # Seizure\n  - 'HP:0001252' # Hypotonia, mild\n  - HP:0000252#x\n",
            &["2:5 HP:0001250 = Seizure", "3:5 HP:0001252 = Hypotonia, mild", "4:5 HP:0000252#x"],
        );
        check("hpo: [HP:1, # one\n  HP:2] # two\n", &["1:7 HP:1 = one", "2:3 HP:2"]);
        check("id: HP:1 # TODO check\n", &["1:5 HP:1"]);
    }

    #[test]
    fn what_runs_over_lines_is_checked_and_not_written() {
        let told = found(read, b"id: HP:1\nlabel: Seizure of\n  the hand\n");
        let [Found::Pair(pair)] = &told[..] else { panic!("{told:?}") };
        let label = &pair.label.as_ref().unwrap().field;
        assert_eq!((label.text.as_str(), label.span.is_empty()), ("Seizure of the hand", true));
        assert_eq!(pair.identifier.quoting, Quoting::Yaml);
        check(
            "text: |\n  Seizure (HP:0001250)\n\n  Hypotonia (HP:0001252)\n",
            &["2:12 HP:0001250 = Seizure", "4:14 HP:0001252 = Hypotonia"],
        );
        check("text: >\n  Seizure (HP:0001250)\n", &["2:3 HP:0001250 = Seizure"]);
    }

    #[test]
    fn a_broken_document_gives_what_stands_before() {
        let told = told(read, "- id: HP:1\n  label: one\n- {id: HP:2, label: [\n");
        assert_eq!(told[..2], ["1:7 HP:1 = one", "3:8 HP:2"]);
        assert!(told.len() == 3 && told[2].contains('!'), "{told:?}");
        let bomb = "a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nid: HP:1\n";
        check(bomb, &["4:5 HP:1"]);
        assert!(matches!(found(read, "- ".repeat(5000).as_bytes())[..], [Found::Unreadable { line: 1, .. }]));
        assert!(matches!(found(read, "[".repeat(5000).as_bytes())[..], [Found::Unreadable { line: 1, .. }]));
    }

    #[test]
    fn a_line_in_another_encoding_is_told_and_the_others_are_read() {
        let told = found(read, b"- id: HP:1\n  label: M\xfcde\n- id: HP:2\n  label: two\n");
        let [Found::Unreadable { line: 2, column: 11, .. }, Found::Pair(one), Found::Pair(two)] = &told[..] else {
            panic!("{told:?}")
        };
        assert_eq!((one.label.is_none(), two.label.is_some()), (true, true));
    }
}

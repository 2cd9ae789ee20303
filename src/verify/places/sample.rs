//! What the tests of all readers share, and the fuzz test of all of them.

use std::io::Cursor;

use super::*;
use crate::ontology::{Concept, Curie, Draft, Ontology};
use crate::tables::Input;
use crate::verify::prefixes::Prefixes;
use crate::verify::{Error, Extent, Found};

/// HP is ours.
pub(super) fn prefixes() -> Prefixes {
    let concepts = vec![(1, Concept::new(Curie::parse("HP:0000001").unwrap()))];
    Prefixes::of([&Ontology::assemble(Draft { concepts, ..Draft::default() }, "hp", "hp").unwrap()])
}

type Read = fn(Input, &Prefixes, &mut dyn FnMut(Found)) -> Result<(), Error>;

/// What a reader finds in `bytes`.
pub(super) fn found(read: Read, bytes: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    let Ok(input) = Input::new("a".to_owned(), None, Box::new(Cursor::new(bytes.to_vec()))) else { return found };
    let _ = read(input, &prefixes(), &mut |one| found.push(one));
    found
}

/// Each pair as `line:column identifier = label`, `~` where only the end of the text is the label; and whether every
/// field is what its span holds.
pub(super) fn told(read: Read, text: &str) -> Vec<String> {
    let is_right = |field: &crate::verify::Field| {
        let span = usize::try_from(field.span.start).unwrap()..usize::try_from(field.span.end).unwrap();
        let written = &text[span.clone()];
        let before = &text[..span.start];
        let line = before.matches('\n').count() as u64 + 1;
        let column = before.rsplit('\n').next().unwrap().chars().count() as u64 + 1;
        let says = written.trim_matches(['"', '\'']);
        span.is_empty()
            || ((line, column) == (field.line, field.column)
                && (says == field.text.trim_matches(['"', '\'']) || written.contains(['\\', '\''])))
    };
    let tell = |one: Found| match one {
        Found::Pair(pair) => {
            let id = &pair.identifier;
            assert!(is_right(id), "{id:?} in {text:?}");
            let label = pair.label.as_ref().map(|label| {
                assert!(is_right(&label.field), "{label:?} in {text:?}");
                let sign = if label.extent == Extent::End { "~" } else { "=" };
                format!(" {sign} {}", label.field.text)
            });
            format!("{}:{} {}{}", id.line, id.column, id.text, label.unwrap_or_default())
        }
        Found::Unreadable { line, column, problem } => format!("{line}:{column} ! {problem}"),
    };
    found(read, text.as_bytes()).into_iter().map(tell).collect()
}

/// Changes tried on each text.
const CHANGES: u64 = 4_000;

/// Pieces of the formats, which random bytes would seldom hit.
const PIECES: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"\n",
    b"\t",
    b",",
    b"|",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b"\xC3",
    b"\xEF\xBB\xBF",
    b"\r",
    b" - ",
    b": ",
    b"#",
    b"HP:0001250",
    b"http://",
    b"](http://a.b/",
    b"**",
    b"`",
    b"\\u",
    b"\\ud800",
    b"'",
    b"&a",
    b"*a",
    b"? ",
    b"```\n",
    b"\xEF\xBC\x88",
    b"|---|\n",
    b"_",
    b">",
    b"|\n",
    b"!",
];

const SEEDS: &[&str] = &[
    "{\"a\": [{\"id\": \"HP:0001250\", \"label\": \"Seizure\"}, [\"HP:0001250\", \"Seiz\\u00fcre\"]], \"HP:1\": {\"label\": \"x\"}}\n",
    "{\"hpo_id\": \"HP:0001250\", \"hpo_term\": \"Fits (HP:0001250)\\n- x (HP:0001252)\"}\n{\"Seizure\": \"HP:0001250\"}\n",
    "a:\n  - id: HP:0001250 # Seizure\n    label: 'Seizure'\n  - HP:0001252 # Hypotonia\n  - {id: \"HP:0001250\", label: x}\n---\nb: |\n  Seizure (HP:0001250)\n",
    "# One\n\n| id | name |\n|---|---|\n| HP:0001250 | Seizure |\n\n- **Seizure** (`HP:0001250`), Hypotonia (HP:0001252)\n\n```json\n{\"id\": \"HP:0001250\"}\n```\n",
    "- [Seizure (HP:0001250)](http://purl.obolibrary.org/obo/HP_0001250): x\n1. HP:0001250 \u{2013} Seizure\nSeizure\u{ff08}HP:0001250\u{ff09} and PMID: 12345.\nFits: HP:0001250; a@b.org\n",
];

/// `SplitMix64`: the same changes on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit.max(1) as u64)).unwrap()
    }
}

#[test]
fn no_bytes_make_a_reader_panic_and_every_span_is_inside_the_text() {
    let mut random = Random(0x7E52_41D0);
    for seed in SEEDS {
        for _ in 0..CHANGES {
            let mut bytes = seed.as_bytes().to_vec();
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                let end = bytes.len().min(at + random.below(40));
                match random.below(6) {
                    0 => bytes.truncate(at),
                    1 => drop(bytes.drain(at..end)),
                    2 => {
                        let copy = bytes[at..end].to_vec();
                        let to = random.below(bytes.len());
                        bytes.splice(to..to, copy);
                    }
                    3 if !bytes.is_empty() => bytes[at] = random.next().to_le_bytes()[0],
                    _ => {
                        let piece = PIECES[random.below(PIECES.len())];
                        bytes.splice(at..at, piece.iter().copied());
                    }
                }
            }
            let length = bytes.len() as u64;
            for read in [json::read as Read, yaml::read, text::read] {
                for one in found(read, &bytes) {
                    let Found::Pair(pair) = one else { continue };
                    let fields = [Some(pair.identifier), pair.label.map(|label| label.field)];
                    for field in fields.into_iter().flatten() {
                        assert!(field.span.start <= field.span.end && field.span.end <= length, "{field:?}");
                        assert!(field.line >= 1 && field.column >= 1);
                    }
                }
            }
        }
    }
}

#[test]
fn a_name_tells_the_format_before_gz_too() {
    assert_eq!(Format::of_name("a/b.SSSOM.tsv.gz"), Some(Format::Table(tables::Format::Tsv)));
    assert_eq!(Format::of_name("a.yml"), Some(Format::Yaml));
    assert_eq!((Format::of_name("a.ndjson"), Format::of_name("README")), (Some(Format::JsonLines), None));
}

#[test]
fn without_a_name_the_first_lines_tell() {
    for (text, expected) in [
        ("id\tlabel\nHP:1\tone\n", Format::Table(tables::Format::Tsv)),
        ("# a: 1\nid,label\nHP:1,one\n", Format::Table(tables::Format::Csv)),
        ("{\"id\": 1}\n{\"id\": 2}\n", Format::JsonLines),
        ("[{\"id\": 1},\n{\"id\": 2}]\n", Format::Json),
        ("---\nid: x\n", Format::Yaml),
        ("Fits, and fever.\nThey went away.\n", Format::Text),
        ("", Format::Text),
    ] {
        let mut input = Input::new("a".to_owned(), None, Box::new(Cursor::new(text.as_bytes().to_vec()))).unwrap();
        assert_eq!(Format::of_content(&mut input).unwrap(), expected, "{text:?}");
    }
}

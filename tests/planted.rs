//! Acceptance of `term2id verify`: 500 pairs with every kind of fault planted, written in every input format. All are
//! found where they stand and none is invented; the corrected copy is the expected one byte for byte, and correcting it
//! again changes nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Pairs in each file.
const PAIRS: usize = 500;

/// Things that concepts are made of; every fifth concept is about the same one.
const THINGS: [&str; 5] = ["hammer", "lantern", "teapot", "umbrella", "trumpet"];

/// What they are like, and how others spell that.
const LIVE: [(&str, &str); 12] = [
    ("Edematous", "Oedematous"),
    ("Anemic", "Anaemic"),
    ("Half-open", "Half open"),
    ("Crooked", "Crooked-"),
    ("Rusty", "Rusty-"),
    ("Glowing", "Glowing-"),
    ("Wobbly", "Wobbly-"),
    ("Magnetic", "Magnetic-"),
    ("Freckled", "Freckled-"),
    ("Hollow", "Hollow-"),
    ("Velvet", "Velvet-"),
    ("Ischemic", "Ischaemic"),
];

/// What retired concepts were like: replaced by one, by one that was replaced, by several, to be considered, by nothing.
const RETIRED: [[&str; 4]; 5] = [
    ["Chipped", "Tarnished", "Singing", "Striped"],
    ["Folding", "Perfumed", "Gilded", "Sunken"],
    ["Plaited", "Borrowed", "Musical", "Frozen"],
    ["Painted", "Travelling", "Portable", "Quilted"],
    ["Invisible", "Edible", "Homemade", "Inflated"],
];

/// The first number of each group of retired concepts, and of the identifiers that were merged into live ones.
const RETIRED_FROM: [usize; 5] = [2000, 3000, 4000, 5000, 6000];
const MERGED_FROM: usize = 1000;

fn id(number: usize) -> String {
    format!("GIZ:{number:07}")
}

fn label(concept: usize) -> String {
    format!("{} {}", LIVE[concept / 5 % 12].0, THINGS[concept % 5])
}

/// The label with another spelling of the same words.
fn variant(concept: usize) -> String {
    let written = format!("{} {}", LIVE[concept / 5 % 12].1, THINGS[concept % 5]);
    written.replace("- ", "-")
}

/// The label with two letters changed over.
fn misspelt(concept: usize) -> String {
    let mut letters: Vec<char> = label(concept).chars().collect();
    letters.swap(1, 2);
    letters.into_iter().collect()
}

fn synonym(concept: usize, scope: usize) -> String {
    let (like, thing) = (LIVE[concept / 5 % 12].0.to_lowercase(), THINGS[concept % 5]);
    match scope % 4 {
        0 => format!("Small {thing} of {like} kind"),
        1 => format!("Household {like} {thing} in general"),
        2 => format!("Tiny {like} {thing} of the kitchen"),
        _ => format!("Something near a {like} {thing}"),
    }
}

fn retired_label(group: usize, number: usize) -> String {
    format!("{} {}", RETIRED[group][number / 5 % 4], THINGS[number % 5])
}

/// The ontology: 60 concepts, 20 merged identifiers, 100 retired concepts.
fn ontology() -> String {
    let mut text = "format-version: 1.2\nontology: giz\ndata-version: 2026-01-01\n".to_owned();
    for concept in 0..60 {
        let _ = write!(text, "\n[Term]\nid: {}\nname: {}\n", id(concept + 1), label(concept));
        if concept < 20 {
            let _ = writeln!(text, "alt_id: {}", id(MERGED_FROM + concept));
        }
        for (at, scope) in ["EXACT", "BROAD", "NARROW", "RELATED"].iter().enumerate() {
            let _ = writeln!(text, "synonym: \"{}\" {scope} []", synonym(concept, at));
        }
    }
    for (group, from) in RETIRED_FROM.into_iter().enumerate() {
        for number in 0..20 {
            let (own, name) = (id(from + number), retired_label(group, number));
            let _ = write!(text, "\n[Term]\nid: {own}\nname: obsolete {name}\nis_obsolete: true\n");
            let to = match group {
                0 => format!("replaced_by: {}\n", id(number + 1)),
                1 => format!("replaced_by: {}\n", id(RETIRED_FROM[0] + number)),
                2 => format!("replaced_by: {}\nreplaced_by: {}\n", id(number + 1), id(number + 2)),
                3 => format!("consider: {}\n", id(number + 1)),
                _ => String::new(),
            };
            text.push_str(&to);
        }
    }
    text
}

/// A pair as it is planted.
struct Planted {
    id: String,
    label: String,
    /// What is found.
    kind: Option<&'static str>,
    /// The pair as it is put right, where that is certain.
    right: Option<(String, String)>,
    /// Whether only the end of running text is enough to see it.
    shows_in_running_text: bool,
}

/// `SplitMix64`: the same pairs on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % (limit as u64)).unwrap()
    }
}

/// One pair of each kind after the other.
fn pairs() -> Vec<Planted> {
    let mut random = Random(0x6125_0001);
    (0..PAIRS)
        .map(|at| {
            let (concept, old) = (random.below(60), random.below(20));
            let own = id(concept + 1);
            let plant = |id: String, label: String, kind| Planted {
                id,
                label,
                kind,
                right: None,
                shows_in_running_text: !matches!(kind, Some("synonym" | "spelling" | "unknown-label")),
            };
            let right = |id: String, label: String, planted: Planted| Planted { right: Some((id, label)), ..planted };
            match at % 18 {
                0 => plant(own, label(concept), None),
                1 => plant(own, label(concept).to_uppercase(), None),
                2 => plant(own, synonym(concept, at / 18), Some("synonym")),
                3 => right(own.clone(), label(concept), plant(own, variant(concept), Some("spelling"))),
                4 => right(own.clone(), label(concept), plant(own, misspelt(concept), Some("spelling"))),
                5 => plant(own, label((concept + 1 + old) % 60), Some("other-concept")),
                6 => plant(
                    own,
                    format!("Imaginary gadget {}", "abcdefgh".chars().nth(at % 8).unwrap()),
                    Some("unknown-label"),
                ),
                7 => plant(own.replace("GIZ", "GZZ"), label(concept), Some("unknown-prefix")),
                8 => plant(id(9000 + concept), label(concept), Some("unknown-identifier")),
                9 => {
                    let short = format!("GIZ:{:03}", concept + 1);
                    right(own, label(concept), plant(short, label(concept), Some("malformed")))
                }
                10 => {
                    let long = format!("GIZ:{:08}", concept + 1);
                    right(own, label(concept), plant(long, label(concept), Some("malformed")))
                }
                11 | 12 => {
                    let group = at % 18 - 11;
                    let planted = plant(id(RETIRED_FROM[group] + old), retired_label(group, old), Some("obsolete"));
                    right(id(old + 1), label(old), planted)
                }
                13..=15 => {
                    let group = at % 18 - 11;
                    plant(id(RETIRED_FROM[group] + old), retired_label(group, old), Some("obsolete"))
                }
                16 => {
                    let planted = plant(id(MERGED_FROM + old), label(old), Some("alternative-identifier"));
                    right(id(old + 1), label(old), planted)
                }
                _ => plant(format!("PMID:{}", 10_000 + at), "On gadgets in general".to_owned(), None),
            }
        })
        .collect()
}

/// A file, what it is when put right, and for each finding its line and column.
#[derive(Default)]
struct File {
    text: String,
    right: String,
    places: Vec<(usize, usize, &'static str, String, bool)>,
}

impl File {
    /// Adds lines that hold no pair.
    fn plain(&mut self, text: &str) {
        self.text.push_str(text);
        self.right.push_str(text);
    }

    /// Adds a pair; `{id}` and `{label}` stand in `shape`, and the place of the identifier is that of `at`.
    fn pair(&mut self, planted: &Planted, shape: &str, at: &str) {
        let filled = |shape: &str, id: &str, label: &str| shape.replace("{id}", id).replace("{label}", label);
        let before = filled(&shape[..shape.find(at).unwrap()], &planted.id, &planted.label);
        if let Some(kind) = planted.kind {
            let so_far = format!("{}{before}", self.text);
            let line = so_far.matches('\n').count() + 1;
            let column = so_far.rsplit('\n').next().unwrap().chars().count() + 1;
            self.places.push((line, column, kind, planted.id.clone(), planted.right.is_some()));
        }
        self.text.push_str(&filled(shape, &planted.id, &planted.label));
        let (id, label) = planted.right.clone().unwrap_or_else(|| (planted.id.clone(), planted.label.clone()));
        self.right.push_str(&filled(shape, &id, &label));
    }
}

/// The pairs in each format, by the name of the file.
fn files(pairs: &[Planted]) -> Vec<(&'static str, File)> {
    let each =
        |name: &'static str, start: &str, end: &str, shape: &dyn Fn(usize, &Planted) -> (String, &'static str)| {
            let mut file = File::default();
            file.plain(start);
            for (at, planted) in pairs.iter().enumerate() {
                let (shape, place) = shape(at, planted);
                file.pair(planted, &shape, place);
            }
            file.plain(end);
            (name, file)
        };
    let sssom = "#curie_map:\n#  GIZ: https://example.org/GIZ_\n#mapping_set_id: https://example.org/set\n\
                 subject_label\tpredicate_id\tobject_id\tobject_label\tmapping_justification\n";
    vec![
        each("planted.tsv", "row\tid\tlabel\tnote\n", "", &|at, _| {
            (format!("{at}\t{{id}}\t{{label}}\ta \"note\", größer\n"), "{id}")
        }),
        each("planted.csv", "row,id,label,note\r\n", "", &|at, _| {
            (format!("{at},{{id}},\"{{label}}\",\"a \"\"note\"\", größer\"\r\n"), "{id}")
        }),
        each("planted.sssom.tsv", sssom, "", &|at, _| {
            (format!("phrase {at}\tskos:exactMatch\t{{id}}\t{{label}}\tsemapv:LexicalMatching\n"), "{id}")
        }),
        each("planted.json", "{\n  \"größe\": 1.50,\n  \"cases\": [\n", "    {}\n  ]\n}\n", &|at, _| {
            let shape = "    {\"case\": \"é <at>\", \"type\": {\"id\": \"{id}\",\n      \"label\" : \"{label}\"}},\n";
            (shape.replace("<at>", &at.to_string()), "\"{id}\"")
        }),
        each("planted.jsonl", "", "", &|at, _| {
            let shape = "{\"phrase\": \"größer <at>\", \"object_label\": \"{label}\", \"object_id\": \"{id}\"}\n";
            (shape.replace("<at>", &at.to_string()), "\"{id}\"")
        }),
        each("block.yaml", "größe: 1  # of it\ncases:\n", "", &|at, _| match at % 3 {
            0 => ("  - id: {id}\n    label: {label}\n".to_owned(), "{id}"),
            1 => ("  - label: '{label}'\n    id: \"{id}\"\n".to_owned(), "\"{id}\""),
            _ => ("  - type:\n      id:   '{id}'  # seen\n      label: \"{label}\"\n".to_owned(), "'{id}'"),
        }),
        each("flow.yaml", "- {größe: 1}\n", "", &|_, _| {
            ("- {id: {id}, label: {label}, x: [1, 2]}\n".to_owned(), "{id}")
        }),
        each("comments.yaml", "# größer\nhpo:\n", "", &|_, _| ("  - {id}  # {label}\n".to_owned(), "{id}")),
        each("list.md", "# Größe\n\n", "", &|at, _| match at % 5 {
            0 => ("- {label} ({id})\n".to_owned(), "{id}"),
            1 => ("* **{label}** (`{id}`): größer\n".to_owned(), "{id}"),
            2 => ("1. {id} – {label}\n".to_owned(), "{id}"),
            3 => ("- [x] {label}: {id}\n".to_owned(), "{id}"),
            _ => ("> - {id} ({label})\n".to_owned(), "{id}"),
        }),
        each("table.md", "| größe | identifier | label |\n|---|:---:|---|\n", "", &|at, _| {
            (format!("| {at} | `{{id}}` | {{label}} |\n"), "{id}")
        }),
        each("sentences.md", "", "", &|_, planted| {
            let quote = if planted.shows_in_running_text { "" } else { "\"" };
            let shape = "Müde, they had <q>{label}<q> ({id}) at 12:30 (PMID:123), which went away.\n";
            (shape.replace("<q>", quote), "{id}")
        }),
        each("lines.txt", "Größe of all:\n\n", "", &|at, _| match at % 4 {
            0 => ("{id}\t{label}\n".to_owned(), "{id}"),
            1 => ("{label} ({id})\n".to_owned(), "{id}"),
            2 => ("{id} - {label}\n".to_owned(), "{id}"),
            _ => ("{label} [GIZ: {id}]\n".to_owned(), "{id}"),
        }),
    ]
}

fn verify(folder: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_term2id"))
        .current_dir(folder)
        .args(["verify", "--ontology", "giz.obo", "--format", "jsonl", "--level", "note"])
        .args(arguments)
        .env("TERM2ID_INDEXES", folder.join("indexes"))
        .env("HOME", folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

/// The findings of a run, in the order of their places.
fn findings(stdout: &str) -> Vec<(usize, usize, String, String, bool)> {
    let number = |value: &serde_json::Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let read = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| value[key].as_str().unwrap().to_owned();
        let is_certain = value["certain"].as_bool().unwrap();
        (number(&value["line"]), number(&value["column"]), text("kind"), text("identifier"), is_certain)
    };
    let mut found: Vec<_> = stdout.lines().map(read).collect();
    found.sort();
    found
}

#[test]
fn every_planted_fault_is_found_in_every_format_and_put_right_once() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("giz.obo"), ontology()).unwrap();
    let pairs = pairs();
    assert_eq!(pairs.len(), PAIRS);
    let mut wrong = String::new();
    for (name, file) in files(&pairs) {
        fs_err::write(folder.path().join(name), &file.text).unwrap();
        let (stdout, stderr, code) = verify(folder.path(), &[name]);
        assert_eq!(code, Some(1), "{name}: {stderr}");
        let mut expected: Vec<_> = file.places.into_iter().map(|(l, c, k, i, f)| (l, c, k.to_owned(), i, f)).collect();
        expected.sort();
        let found = findings(&stdout);
        let line = |at: usize| file.text.lines().nth(at - 1).unwrap_or_default();
        for missing in expected.iter().filter(|one| !found.contains(one)) {
            let _ = writeln!(wrong, "{name}: not found: {missing:?}: {}", line(missing.0));
        }
        for invented in found.iter().filter(|one| !expected.contains(one)) {
            let _ = writeln!(wrong, "{name}: invented: {invented:?}: {}", line(invented.0));
        }
        // The copy is the expected one, and correcting it again changes nothing.
        let ending = name.rsplit_once('.').unwrap().1;
        let (first, second) = (format!("first.{name}.{ending}"), format!("second.{name}.{ending}"));
        verify(folder.path(), &[name, "--fix", "--output", &first]);
        verify(folder.path(), &[&first, "--fix", "--output", &second]);
        let read = |name: &str| fs_err::read_to_string(folder.path().join(name)).unwrap_or_default();
        for (fixed, right) in read(&first).lines().zip(file.right.lines()).filter(|(fixed, right)| fixed != right) {
            let _ = writeln!(wrong, "{name}: fixed as {fixed}\n   expected:  {right}");
        }
        assert_eq!(read(&first).len(), file.right.len(), "{name}\n{wrong}");
        assert_eq!(read(&second), read(&first), "{name}\n{wrong}");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

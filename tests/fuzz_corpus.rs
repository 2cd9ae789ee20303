//! A short run of the fuzz targets: each corpus file, then seeded changes of it, through reader and assembly.
//! Whatever the bytes, there is an ontology or an error, and never a panic.

mod releases;

use std::path::Path;

use term2id::ontology::lines::Lines;
use term2id::ontology::rdf::{self, Syntax};
use term2id::ontology::{Draft, Error, Ontology, gene_info, obo, obographs, snomed, table, umls};

/// Changes tried on each corpus file.
const CHANGES: u64 = 1_500;

/// Pieces of the formats, which random bytes would seldom hit.
const PIECES: [&[u8]; 24] = [
    b"\"",
    b"\\",
    b"\n",
    b"\t",
    b",",
    b"|",
    b"[Term]\n",
    b"id: ",
    b"]",
    b"{",
    b"\xC3",
    b"\xEF\xBB\xBF",
    b"\r",
    b" ! ",
    b":",
    b"\0",
    b"<",
    b">",
    b"/>",
    b"(",
    b")",
    b"@en",
    b"&obo;",
    b" a <http://www.w3.org/2002/07/owl#Class> ;",
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
        usize::try_from(self.next() % (limit.max(1) as u64)).expect("it is below a usize")
    }
}

fn change(bytes: &mut Vec<u8>, random: &mut Random) {
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
}

fn run(target: &str, read: impl Fn(&[u8]) -> Result<Draft, Error>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs_err::read_dir(folder).expect("the corpus is part of the repository");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("the folder can be listed").path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let whole = fs_err::read(&path).expect("a corpus file can be read");
        let assemble = |bytes: &[u8]| read(bytes).and_then(|draft| Ontology::assemble(draft, "x", "x"));
        assert!(assemble(&whole).is_ok(), "{} holds no ontology", path.display());
        for length in 0..whole.len() {
            let _ = assemble(&whole[..length]);
        }
        let mut random = Random(0x7E52_41D0);
        for _ in 0..CHANGES {
            let mut bytes = whole.clone();
            change(&mut bytes, &mut random);
            let _ = assemble(&bytes);
        }
    }
}

#[test]
fn changed_obo_never_panics() {
    run("obo", |bytes| obo::read(bytes, "x.obo"));
}

#[test]
fn changed_json_never_panics() {
    run("json", |bytes| obographs::read(bytes, "x.json"));
}

#[test]
fn changed_tables_never_panic() {
    run("table", |bytes| table::read(bytes, "x.tsv", &table::Options::default()));
    let prefix = table::Options { prefix: Some("X".to_owned()), ..table::Options::default() };
    run("table", |bytes| table::read(bytes, "x.tsv", &prefix));
}

#[test]
fn changed_rdf_xml_never_panics() {
    run("rdfxml", |bytes| rdf::read(bytes, Syntax::Xml, "x.owl"));
}

#[test]
fn changed_turtle_never_panics() {
    run("turtle", |bytes| rdf::read(bytes, Syntax::Turtle, "x.ttl"));
}

#[test]
fn changed_functional_syntax_never_panics() {
    run("functional", |bytes| rdf::read(bytes, Syntax::Functional, "x.ofn"));
}

#[test]
fn changed_umls_never_panics() {
    run("umls", |bytes| releases::umls(bytes, &umls::Options::default()));
}

#[test]
fn changed_snomed_never_panics() {
    run("snomed", |bytes| releases::snomed(bytes, &snomed::Options::default()));
}

#[test]
fn changed_gene_info_never_panics() {
    run("gene_info", |bytes| gene_info::read(Lines::new("x", bytes), &gene_info::Options::default()));
    let human = gene_info::Options { taxa: vec![9606] };
    run("gene_info", |bytes| gene_info::read(Lines::new("x", bytes), &human));
}

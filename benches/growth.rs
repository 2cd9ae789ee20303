//! How time and memory grow with the number of names:
//!
//! ```text
//! cargo bench --bench growth -- 10000 100000 1000000
//! ```
//!
//! Without sizes, 10,000 names. The names are made up from those of HPO (of the sample where HPO is not at hand), by a
//! seed, so that every run has the same:
//!
//! - A concept takes a real concept for its pattern and has as many names. Its label is the pattern's, each word
//!   with an even chance replaced by one drawn from all real names, common words more often; one in twenty of those
//!   is a new word, the front of one and the back of another, so that the vocabulary grows as well.
//! - A synonym is the label with a word replaced, added or left out, or with its last word in front.
//! - Every name has a normal form of its own; where one is taken already, a word is added. Each concept has one earlier
//!   concept for a parent. There are no definitions.
//!
//! For each size the index is built in one process and asked in a fresh one, so that peaks of memory are theirs alone.
//! Every part is given in seconds as they went by and, in brackets, as seconds of all processors, which other work on
//! the machine changes less.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table goes to the one, what is going on to the other"
)]

mod material;

use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use fastrand::Rng;
use material::{Laps, Quantiles};
use term2id::index::Index;
use term2id::ontology::Ontology;
use term2id::ontology::source::{self, Downloads, Options, Source};
use term2id::retrieve::{Channel, Retriever};
use term2id::text;

/// Candidates a query is asked for.
const TOP: usize = 10;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["build", file, indexes] => build(Path::new(file), Path::new(indexes)),
        ["ask", folder] => ask(Path::new(folder)),
        _ => match arguments.iter().map(|argument| argument.parse()).collect::<Result<Vec<usize>, _>>() {
            Ok(sizes) if sizes.is_empty() => compare(&[if material::is_measured() { 10_000 } else { 1_000 }]),
            Ok(sizes) => compare(&sizes),
            Err(_) => {
                eprintln!("growth takes numbers of names; this filter is for another bench");
                Ok(())
            }
        },
    }
}

/// Measures every size and prints a table with a column for each.
fn compare(sizes: &[usize]) -> anyhow::Result<()> {
    let pattern = source::read(&material::fetch()?, &Options::default())?;
    let mut columns = Vec::new();
    for &size in sizes {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let file = folder.path().join("names.obo");
        let start = Instant::now();
        write_names(&pattern, size, &file)?;
        eprintln!("{size}: names made in {:.0} s; building", start.elapsed().as_secs_f32());
        let mut rows = child(&["build".as_ref(), &file, folder.path()])?;
        eprintln!("{size}: asking");
        rows.extend(child(&["ask".as_ref(), &folder.path().join("names")])?);
        columns.push(rows);
    }
    let header: Vec<String> = sizes.iter().map(|&size| text_of_count(size)).collect();
    println!("| names | {} |\n|---|{}", header.join(" | "), "---:|".repeat(sizes.len()));
    for (row, (label, _)) in columns[0].iter().enumerate() {
        let values: Vec<&str> = columns.iter().map(|column| column[row].1.as_str()).collect();
        println!("| {label} | {} |", values.join(" | "));
    }
    Ok(())
}

/// Runs a part of the work in a process of its own; gives the rows it prints.
fn child(arguments: &[&Path]) -> anyhow::Result<Vec<(String, String)>> {
    let output = Command::new(std::env::current_exe()?)
        .args(arguments)
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot start the part that is measured")?;
    ensure!(output.status.success(), "the part that is measured failed");
    let rows = String::from_utf8(output.stdout)?;
    Ok(rows.lines().filter_map(|row| row.split_once('\t')).map(|(label, value)| (label.into(), value.into())).collect())
}

fn row(label: &str, value: impl std::fmt::Display) {
    println!("{label}\t{value}");
}

/// From a file to a sealed index.
fn build(file: &Path, indexes: &Path) -> anyhow::Result<()> {
    let mut laps = Laps::start();
    let source = Source::Path(file.to_owned());
    let fetched = source.fetch(Downloads { folder: indexes, refresh: false }, &|_, _| {})?;
    let options = Options { name: Some("names".to_owned()), ..Options::default() };
    let ontology = source::read(&fetched, &options)?;
    laps.end("reading");
    let (index, laps) = material::build(&ontology, indexes, laps)?;
    let counts = index.manifest().counts;
    row("concepts", text_of_count(counts.concepts));
    row("distinct forms", text_of_count(counts.forms));
    row("distinct words", text_of_count(index.parts().words().len()));
    for (part, spent) in &laps.parts {
        row(&format!("{part}, s"), spent);
    }
    row("**building, s**", laps.total());
    row("peak memory of building, MB", memory("VmHWM"));
    let bytes: u64 = index.manifest().files.values().map(|file| file.bytes).sum();
    row("folder, MB", format_args!("{:.1}", bytes as f64 / 1e6));
    for (name, file) in &index.manifest().files {
        if !name.contains('/') {
            row(&format!("- of it `{name}`, MB"), format_args!("{:.1}", file.bytes as f64 / 1e6));
        }
    }
    Ok(())
}

/// Opens an index and asks it.
fn ask(folder: &Path) -> anyhow::Result<()> {
    let start = Instant::now();
    let index = Arc::new(Index::open(folder)?);
    let whole = material::retriever(&index, None)?;
    let open = start.elapsed();
    let mentions = material::mentions(&index, 2000, 1);
    let start = Instant::now();
    whole.retrieve(&mentions[0], TOP)?;
    let first = start.elapsed();
    row("**opening, ms**", milliseconds(open));
    row("first query, ms", milliseconds(first));
    let times = Quantiles::of(&mentions, |mention| drop(whole.retrieve(mention, TOP)));
    row("**query p50, ms**", milliseconds(times.half));
    row("query p99, ms", milliseconds(times.nearly_all));
    let [peak, now, own] = ["VmHWM", "VmRSS", "RssAnon"].map(memory);
    for (label, only) in [("exact", Channel::Exact), ("lexical", Channel::Lexical), ("vector", Channel::Vector)] {
        let retriever = material::retriever(&index, Some(only))?;
        let times = Quantiles::of(&mentions, |mention| drop(retriever.retrieve(mention, TOP)));
        row(
            &format!("{label} alone p50 / p99, ms"),
            format_args!("{} / {}", milliseconds(times.half), milliseconds(times.nearly_all)),
        );
    }
    let queries = material::queries(&index, &mentions[..1000]);
    let hnsw = Quantiles::of(&queries, |query| drop(index.parts().vector().search(query, material::NEAREST, None)));
    let scan = Quantiles::of(&queries, |query| drop(index.parts().vector().scan(query, material::NEAREST, None)));
    row("HNSW / scan p50, ms", format_args!("{} / {}", milliseconds(hnsw.half), milliseconds(scan.half)));
    row("**HNSW recall@10**", format_args!("{:.4}", material::recall(&index, &queries)));
    row("peak memory of opening and asking, MB", peak);
    row("memory while asking, MB", now);
    row("- of it not mapped from the folder, MB", own);
    Ok(())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2}", 1e3 * time.as_secs_f64())
}

/// 1234567 -> 1,234,567.
fn text_of_count(count: usize) -> String {
    indicatif::HumanCount(count as u64).to_string()
}

/// A field of this process's status, in MB; `-` where the system does not tell.
fn memory(field: &str) -> String {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let kibibytes = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':')?.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.map_or_else(|| "-".to_owned(), |kibibytes| format!("{:.0}", kibibytes * 1024.0 / 1e6))
}

/// Words of real names, and how many names real concepts have.
struct Pattern {
    concepts: Vec<(Vec<String>, usize)>,
    words: Vec<String>,
    random: Rng,
}

impl Pattern {
    fn new(ontology: &Ontology) -> Self {
        let split = |name: &str| -> Vec<String> {
            let words = name.split(|c: char| !c.is_alphanumeric() && c != '-');
            words.filter(|word| word.chars().any(char::is_alphanumeric)).map(str::to_owned).collect()
        };
        let concepts = ontology.live().map(|concept| (split(concept.label()), concept.names.len().max(1)));
        let names = ontology.live().flat_map(|concept| &concept.names);
        Self {
            concepts: concepts.filter(|(label, _)| !label.is_empty()).collect(),
            words: names.flat_map(|name| split(&name.text)).collect(),
            random: Rng::with_seed(1),
        }
    }

    /// A word of real names; one in twenty is new.
    fn word(&mut self) -> String {
        let mut draw = || &self.words[self.random.usize(0..self.words.len())];
        let (front, back) = (draw(), draw());
        if self.random.u8(0..20) > 0 {
            return front.clone();
        }
        let (front_length, back_length) = (front.chars().count(), back.chars().count());
        front.chars().take(front_length.div_ceil(2)).chain(back.chars().skip(back_length / 2)).collect()
    }

    /// The label of a new concept, and how many names it has.
    fn label(&mut self) -> (Vec<String>, usize) {
        let (mut label, names) = self.concepts[self.random.usize(0..self.concepts.len())].clone();
        for word in &mut label {
            if self.random.bool() {
                *word = self.word();
            }
        }
        (label, names)
    }

    fn synonym(&mut self, label: &[String]) -> Vec<String> {
        let mut words = label.to_vec();
        let at = self.random.usize(0..words.len());
        match self.random.u8(0..4) {
            0 => words[at] = self.word(),
            1 => words.insert(at, self.word()),
            2 if words.len() > 1 => drop(words.remove(at)),
            _ => words.rotate_right(1),
        }
        words
    }

    /// The words as a name whose normal form no other has.
    fn distinct(&mut self, mut words: Vec<String>, known: &mut HashSet<String>) -> String {
        loop {
            let name = words.join(" ");
            if known.insert(text::normal_form(&name)) {
                return name;
            }
            words.push(self.word());
        }
    }
}

/// Writes an OBO file with `size` names.
fn write_names(ontology: &Ontology, size: usize, path: &Path) -> anyhow::Result<()> {
    let mut pattern = Pattern::new(ontology);
    let mut known = HashSet::from([String::new()]);
    let mut file = std::io::BufWriter::new(fs_err::File::create(path)?);
    writeln!(file, "format-version: 1.2\nontology: names")?;
    let (mut names, mut concept) = (0, 0);
    while names < size {
        concept += 1;
        let (label, count) = pattern.label();
        writeln!(file, "\n[Term]\nid: NAMES:{concept:07}")?;
        writeln!(file, "name: {}", pattern.distinct(label.clone(), &mut known))?;
        for _ in 1..count.min(size - names) {
            let synonym = pattern.synonym(&label);
            writeln!(file, "synonym: \"{}\" EXACT []", pattern.distinct(synonym, &mut known))?;
        }
        if concept > 1 {
            writeln!(file, "is_a: NAMES:{:07}", pattern.random.u32(1..concept))?;
        }
        names += count.min(size - names);
    }
    file.flush()?;
    Ok(())
}

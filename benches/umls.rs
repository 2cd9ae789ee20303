//! What reading a release of the UMLS costs:
//!
//! ```text
//! cargo bench --bench umls -- 10000000
//! ```
//!
//! Without a number of rows, 100,000. The release is made up, by a seed, so that every run has the same, and has the
//! shape of a true one: some four rows of `MRCONSO.RRF` a concept, sorted by concept, a quarter of them repeating a name
//! under another vocabulary, a fifth in other languages than English, one in twelve suppressible; beside it two lines of
//! `MRREL.RRF` a row, semantic types, ranks, and a definition of every tenth concept. Words are syllables drawn by
//! chance; not one is the UMLS'.
//!
//! It is read once whole and once with `--language en`, each in a process of its own, so that peaks of memory are
//! theirs alone. Reading is given in seconds as they went by and, in brackets, as seconds of all processors, which other
//! work on the machine changes less. The files are removed at the end.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table goes to the one, what is going on to the other"
)]

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use fastrand::Rng;
use term2id::ontology::Concept;
use term2id::ontology::source::{self, Downloads, Options, Source};

/// Rows where no number is given.
const ROWS: usize = 100_000;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["read", folder] => read(folder, &[]),
        ["read", folder, language] => read(folder, &[language.to_owned()]),
        [] => compare(ROWS),
        [rows] => {
            if let Ok(rows) = rows.parse() {
                return compare(rows);
            }
            eprintln!("umls takes a number of rows; this filter is for another bench");
            Ok(())
        }
        _ => anyhow::bail!("expected one number of rows"),
    }
}

/// Makes a release and reads it in processes of their own.
fn compare(rows: usize) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let start = Instant::now();
    let bytes = write_release(rows, folder.path())?;
    eprintln!("{rows} rows made in {:.0} s, {} MB in all", start.elapsed().as_secs_f32(), bytes / 1_000_000);
    println!("| rows | languages | concepts | names | checksum, s | reading, s | peak memory, MB |");
    println!("|---:|---|---:|---:|---:|---:|---:|");
    for language in ["all", "en"] {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("read").arg(folder.path());
        if language != "all" {
            command.arg(language);
        }
        let output = command.output()?;
        ensure!(output.status.success(), "reading failed: {}", String::from_utf8_lossy(&output.stderr));
        println!("| {rows} | {language} | {} |", String::from_utf8(output.stdout)?.trim());
    }
    Ok(())
}

/// Reads a release and prints what that cost.
fn read(folder: &str, languages: &[String]) -> anyhow::Result<()> {
    let start = Instant::now();
    let downloads = Downloads { folder: Path::new(folder), refresh: false };
    let fetched = Source::parse(folder)?.fetch(downloads, &|_, _| {})?;
    let (checksum, before) = (start.elapsed(), processor_seconds());
    let options = Options { languages: languages.to_vec(), ..Options::default() };
    let ontology = source::read(&fetched, &options)?;
    let names: usize = ontology.concepts().iter().map(|concept: &Concept| concept.names.len()).sum();
    let reading = start.elapsed().saturating_sub(checksum);
    let spent = processor_seconds().zip(before).map(|(now, before)| format!(" ({:.1})", now - before));
    println!(
        "{} | {names} | {:.1} | {:.1}{} | {}",
        ontology.concepts().len(),
        checksum.as_secs_f32(),
        reading.as_secs_f32(),
        spent.unwrap_or_default(),
        peak_megabytes().map_or_else(|| "unknown".to_owned(), |peak| peak.to_string())
    );
    Ok(())
}

/// User and system time of this process (Linux counts it in hundredths of a second).
fn processor_seconds() -> Option<f64> {
    let stat = fs_err::read_to_string("/proc/self/stat").ok()?;
    let fields = stat.rsplit(')').next()?.split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(ticks as f64 / 100.0)
}

/// The peak of this process' memory, where the system tells.
fn peak_megabytes() -> Option<u64> {
    let status = fs_err::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes / 1000)
}

/// Vocabularies with their languages; English ones first.
const VOCABULARIES: [(&str, &str); 12] = [
    ("SNOMEDCT_US", "ENG"),
    ("MSH", "ENG"),
    ("NCI", "ENG"),
    ("RXNORM", "ENG"),
    ("LNC", "ENG"),
    ("ICD10CM", "ENG"),
    ("SCTSPA", "SPA"),
    ("MSHFRE", "FRE"),
    ("MDRGER", "GER"),
    ("MSHJPN", "JPN"),
    ("MDRPOR", "POR"),
    ("MSHCZE", "CZE"),
];

/// Of [`VOCABULARIES`], how many are English.
const ENGLISH: usize = 6;

const TERM_TYPES: [&str; 6] = ["PT", "SY", "ET", "AB", "FN", "LLT"];

/// The files of a release that is made up.
struct Files {
    names: BufWriter<fs_err::File>,
    types: BufWriter<fs_err::File>,
    relations: BufWriter<fs_err::File>,
    definitions: BufWriter<fs_err::File>,
}

/// Writes a release of so many rows; gives the bytes of its files.
fn write_release(rows: usize, folder: &Path) -> anyhow::Result<u64> {
    let create = |name: &str| Ok::<_, std::io::Error>(BufWriter::new(fs_err::File::create(folder.join(name))?));
    let mut ranks = create("MRRANK.RRF")?;
    for (place, (vocabulary, _)) in VOCABULARIES.iter().enumerate() {
        for (lower, term_type) in TERM_TYPES.iter().enumerate() {
            writeln!(ranks, "{:04}|{vocabulary}|{term_type}|N|", 900 - place * 20 - lower)?;
        }
    }
    ranks.flush()?;
    let mut files = Files {
        names: create("MRCONSO.RRF")?,
        types: create("MRSTY.RRF")?,
        relations: create("MRREL.RRF")?,
        definitions: create("MRDEF.RRF")?,
    };
    let mut random = Rng::with_seed(7);
    let words: Vec<String> = (0..60_000).map(|_| word(&mut random)).collect();
    let (mut written, mut concept) = (0, 0);
    while written < rows {
        concept += 1;
        let count = (1 + random.usize(0..3) + random.usize(0..5)).min(rows - written);
        files.concept(concept, written, count, &words, &mut random)?;
        written += count;
    }
    for file in [files.names, files.types, files.relations, files.definitions] {
        file.into_inner().context("a file cannot be finished")?;
    }
    let entries = fs_err::read_dir(folder)?.map(|entry| Ok(entry?.metadata()?.len()));
    entries.sum::<Result<u64, std::io::Error>>().map_err(Into::into)
}

impl Files {
    fn concept(
        &mut self,
        concept: usize,
        row: usize,
        count: usize,
        words: &[String],
        random: &mut Rng,
    ) -> anyhow::Result<()> {
        let mut known: Vec<String> = Vec::new();
        for at in 0..count {
            let vocabulary = if random.u8(0..3) > 0 || at == 0 {
                random.usize(0..ENGLISH)
            } else {
                random.usize(ENGLISH..VOCABULARIES.len())
            };
            let (vocabulary, language) = VOCABULARIES[vocabulary];
            let name = match known.len() {
                1.. if random.u8(0..4) == 0 => known[random.usize(0..known.len())].clone(),
                _ => (0..=random.usize(0..5))
                    .map(|_| random.choice(words).expect("there are words").as_str())
                    .collect::<Vec<_>>()
                    .join(" "),
            };
            let atom = row + at;
            writeln!(
                self.names,
                "C{concept:07}|{language}|{}|L{atom:07}|{}|S{atom:07}|Y|A{atom:08}||M{concept:07}||{vocabulary}|{}|{}|{name}|0|{}|256|",
                if at == 0 { "P" } else { "S" },
                if at < 2 { "PF" } else { "VO" },
                random.choice(TERM_TYPES).expect("there are types"),
                100_000 + random.u32(0..900_000_000),
                if random.u8(0..12) == 0 && at > 0 { "O" } else { "N" },
            )?;
            known.push(name);
        }
        for _ in 0..=(random.usize(0..10) / 9) {
            let number = 1 + random.u8(0..200);
            writeln!(self.types, "C{concept:07}|T{number:03}|A1.1|Made Up|AT{concept:08}|256|")?;
        }
        for relation in 0..count {
            // A parent is an earlier concept, so that there are few cycles; the last lines are of other relationships.
            let other = 1 + random.usize(0..concept);
            let (there, back) = if relation <= count / 3 { ("PAR", "CHD") } else { ("RO", "RO") };
            for (first, relation, second) in [(concept, there, other), (other, back, concept)] {
                writeln!(
                    self.relations,
                    "C{first:07}|A{row:08}|AUI|{relation}|C{second:07}|A{row:08}|AUI||R{row:08}||MSH|MSH|||N||"
                )?;
            }
        }
        if concept.is_multiple_of(10) {
            let text = (0..20).map(|_| random.choice(words).expect("there are words").as_str()).collect::<Vec<_>>();
            writeln!(self.definitions, "C{concept:07}|A{row:08}|AT{row:08}||MSH|{}.|N||", text.join(" "))?;
        }
        Ok(())
    }
}

/// A word of two to four syllables.
fn word(random: &mut Rng) -> String {
    let syllable = |random: &mut Rng| {
        let consonant = random.choice(b"bcdfghklmnprstvz").expect("there are letters");
        [char::from(*consonant), char::from(*random.choice(b"aeiou").expect("there are letters"))]
    };
    (0..2 + random.usize(0..3)).flat_map(|_| syllable(random)).collect()
}

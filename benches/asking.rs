//! How many answers of a model a second, and how much memory: `term2id normalize` as a whole process, against a service on
//! this machine that answers each question in 50 ms, 32 questions at a time.
//!
//! ```text
//! cargo bench --bench asking               # 3,200 mentions
//! cargo bench --bench asking -- 1000000 0  # a million, from a pipe, to a service that answers at once
//! ```
//!
//! The ideal is 640 answers a second; what is printed is the share of it that was reached, and the most memory the
//! process had. Names of HPO where it is at hand, of the sample otherwise, each with a number, so that all differ.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints what it measured, and fails by panicking"
)]

#[path = "../tests/cli/chat.rs"]
#[allow(dead_code, reason = "the tests of the command line use all of it")]
mod chat;
#[allow(dead_code, reason = "the other benches use all of it")]
mod material;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chat::{Chat, bare_choice};
use term2id::ontology::Concept;
use term2id::ontology::source;

const CONCURRENCY: usize = 32;
const MENTIONS: usize = 3200;
const DELAY_MILLISECONDS: u64 = 50;

fn main() -> anyhow::Result<()> {
    // Run as a test it only shows that it runs.
    let is_measured = material::is_measured();
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let mentions =
        numbers.next().map_or(if is_measured { MENTIONS } else { 64 }, |number| usize::try_from(number).unwrap());
    let delay = numbers.next().unwrap_or(DELAY_MILLISECONDS);

    let ontology = source::read(&material::fetch()?, &source::Options::default())?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("names.obo");
    let mut obo = String::from("format-version: 1.2\n");
    let names: Vec<&str> = ontology.live().map(Concept::label).collect();
    for concept in ontology.live() {
        writeln!(obo, "\n[Term]\nid: {}\nname: {}", concept.id, concept.label())?;
    }
    fs_err::write(&file, obo)?;
    let term2id = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_term2id"));
        command.arg("--indexes").arg(folder.path());
        command
    };
    let built = term2id().arg("index").arg(&file).args(["--name", "names", "--no-train", "--quiet"]).status()?;
    anyhow::ensure!(built.success(), "the index was not built");

    let chat = Chat::slow(Duration::from_millis(delay), |_| bare_choice("1")).forgetting();
    let begun = Instant::now();
    let mut run = term2id()
        .args(["normalize", "--index", "names", "-", "--input-format", "lines", "--model", "scripted", "--no-reason"])
        .args(["--ask", "always", "--quiet", "--base-url", &chat.url(), "--concurrency", &CONCURRENCY.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let mut input = std::io::BufWriter::new(run.stdin.take().unwrap());
    let mut most_memory = 0;
    for at in 0..mentions {
        writeln!(input, "{} {at}", names[at % names.len()])?;
        if at % 1000 == 999 {
            most_memory = most_memory.max(peak_kilobytes(run.id()));
        }
    }
    drop(input);
    while run.try_wait()?.is_none() {
        most_memory = most_memory.max(peak_kilobytes(run.id()));
        std::thread::sleep(Duration::from_millis(20));
    }
    anyhow::ensure!(run.wait()?.success(), "the run failed");
    let seconds = begun.elapsed().as_secs_f64();
    let rate = mentions as f64 / seconds;
    print!("{mentions} mentions in {seconds:.2} s: {rate:.0} answers/s");
    if delay > 0 {
        let ideal = CONCURRENCY as f64 * 1000.0 / delay as f64;
        print!(", {:.1}% of {ideal:.0}", 100.0 * rate / ideal);
    }
    println!("; at most {} MB", most_memory / 1024);
    Ok(())
}

/// The most memory a process has had so far, where the system tells it.
fn peak_kilobytes(process: u32) -> u64 {
    let status = fs_err::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}

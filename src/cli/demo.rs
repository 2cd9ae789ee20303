//! `term2id demo`: builds the index of the compiled-in sample and asks it what people might ask.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tempfile::TempDir;
use unicode_width::UnicodeWidthStr as _;

use super::index::{Read, build, count};
use super::open::{self, Services};
use super::output::{BOLD, COMMAND, DIM, IDENTIFIER, Output, styled};
use super::query::{found_by, shorten};
use super::sureness::percent;
use super::{Status, concept};
use crate::build::Plan;
use crate::index::{Index, Manifest};
use crate::ontology::source::{Downloads, Options, Source};
use crate::ontology::{Curie, Scope, sample};
use crate::retrieve::{self, Candidate, Hybrid, Mention, Retriever as _};

/// Try it: index the small ontology that is compiled in, and ask it a few things
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  term2id demo

Needs no network. The index stays in the folder of indexes as `sample`, so that it can be asked further.")]
pub(super) struct Arguments {}

/// What is asked, what it shows, and how many candidates are worth a look.
const PHRASES: [(&str, &str, usize); 8] = [
    ("big hands", "another word than the ontology's, and a near twin", 2),
    ("nosebleeds", "what a patient says", 1),
    ("low blood suger", "a typing error", 1),
    ("diarrhoea", "British spelling", 1),
    ("short of breath", "half a phrase", 1),
    ("heart attack", "one name, a concept in each of two ontologies", 2),
    ("p53 protein", "a gene by its product", 1),
    ("cell suicide", "a process by its nickname", 1),
];

/// An identifier that was merged into another one.
const MERGED: &str = "HP:0001275";

/// Columns of what is printed; there are terminals no wider.
const WIDTH: usize = 80;

pub(super) fn run(indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let start = Instant::now();
    let (index, temporary) = build_sample(indexes, output)?;
    let built = start.elapsed();
    let retriever = open::retriever(&Arc::new(index), &Services::default(), &retrieve::Options::default())?;

    let mut out = output.page();
    let counts = retriever.index().manifest().counts;
    writeln!(
        out,
        "{} has {} concepts of HPO, GO, Mondo and HGNC with {} names;\nits index was built in {:.1} s. \
         Each answer names the concept, then why: the name that\nmatched, and its rank by equality (exact), \
         by BM25 (words) and by nearness (vector).\n",
        styled(BOLD, "The sample ontology"),
        count(counts.concepts),
        count(counts.names),
        built.as_secs_f32()
    )?;
    let asked = Instant::now();
    let mut answers = Vec::new();
    for (phrase, shows, wanted) in PHRASES {
        answers.push((phrase, shows, retriever.retrieve(&Mention::new(phrase), wanted)?));
    }
    let asked = asked.elapsed();
    for (phrase, shows, answer) in &answers {
        let sure = answer.confidence.map(|confidence| format!("  {}", percent(confidence))).unwrap_or_default();
        heading(&mut out, phrase, &sure, shows)?;
        for candidate in &answer.candidates {
            writeln!(out, "{}", line(candidate))?;
        }
        writeln!(out)?;
    }
    heading(&mut out, MERGED, "", "an identifier from an old file")?;
    let id = Curie::parse(MERGED)?;
    if let Some(crate::index::Found::Merged(concept)) = retriever.index().names().find(&id)? {
        writeln!(out, "  was merged into {} {}", styled(IDENTIFIER, &concept.id), concept.label())?;
    }
    let milliseconds = asked.as_secs_f32() * 1000.0 / PHRASES.len() as f32;
    writeln!(out, "\n{}", styled(DIM, format_args!("{milliseconds:.1} ms a phrase")))?;
    next(&mut out, &retriever, temporary.as_ref())?;
    out.flush()?;
    Ok(Status::Done)
}

/// Builds the sample's index in `indexes`; where that cannot be written or holds another index of that name, in a
/// temporary folder.
fn build_sample(indexes: &Path, output: &Output) -> anyhow::Result<(Index, Option<TempDir>)> {
    let fetched = Source::Sample.fetch(Downloads { folder: indexes, refresh: false }, &|_, _| {})?;
    let read = Read::new(sample::NAME, &fetched, &Options::default())?;
    let plan = Plan { source: read.provenance.clone(), deterministic: true, ..Plan::new(sample::NAME) };
    let services = Services::default();
    let build = |indexes| build(&read.ontology, &plan, &services, indexes, output);
    let is_other = Manifest::read(&indexes.join(sample::NAME)).is_ok_and(|old| old.source.given != sample::NAME);
    if !is_other && let Ok(index) = build(indexes) {
        return Ok((index, None));
    }
    let temporary = tempfile::tempdir()?;
    Ok((build(temporary.path())?, Some(temporary)))
}

/// A phrase, how sure its answer is, and at the right margin what it shows.
fn heading(out: &mut dyn Write, phrase: &str, sure: &str, shows: &str) -> anyhow::Result<()> {
    let gap = WIDTH.saturating_sub(phrase.width() + sure.width() + shows.width());
    Ok(writeln!(out, "{}{sure}{}{}", styled(BOLD, phrase), " ".repeat(gap), styled(DIM, shows))?)
}

/// A candidate, and why it is one.
fn line(candidate: &Candidate) -> String {
    let why = match candidate.scope {
        Scope::Label => "its label".to_owned(),
        scope => {
            format!("“{}” ({})", shorten(&candidate.name, 28), concept::relation(scope, candidate.kind.as_deref()))
        }
    };
    let label = shorten(&candidate.label, 24);
    let mut line = format!("  {} {label}", styled(IDENTIFIER, format_args!("{:<14}", candidate.id)));
    let used = 2 + 14 + 1 + label.width();
    let gap = 44_usize.saturating_sub(used).max(2);
    let _ = write!(line, "{}{why}", " ".repeat(gap));
    let _ = write!(line, "\n{}{}", " ".repeat(44), styled(DIM, found_by(&candidate.ranks)));
    line
}

/// What to type next.
fn next(out: &mut dyn Write, retriever: &Hybrid, temporary: Option<&TempDir>) -> anyhow::Result<()> {
    let folder = retriever.index().folder().display();
    writeln!(out, "\n{}", styled(BOLD, "What to type next"))?;
    let mut lines = vec![("term2id index hp", "the whole Human Phenotype Ontology (downloads it)")];
    if temporary.is_none() {
        lines.insert(0, ("term2id query --index sample 'your words'", "ask this index"));
        lines.insert(1, ("term2id show --index sample HP:0001176", "all about one concept"));
    }
    lines.push(("term2id --help", "everything else"));
    for (command, what) in lines {
        writeln!(out, "  {}  {}", styled(COMMAND, format_args!("{command:<44}")), styled(DIM, what))?;
    }
    if temporary.is_none() {
        writeln!(out, "{}", styled(DIM, format_args!("The index is in {folder}.")))?;
    }
    Ok(())
}

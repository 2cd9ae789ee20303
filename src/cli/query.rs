//! `term2id query`: the concepts that a few words may mean.

use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::Path;

use serde::Serialize;

use super::output::{BOLD, Output, styled, table};
use super::{Status, concept, interactive, open};
use crate::ontology::Curie;
use crate::retrieve::{Candidate, Hybrid, Mention, Retriever as _};

/// Ask an index which concepts some words may mean
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id query --index sample 'big hands' fits
  term2id query --index sample --format jsonl 'oedema of the feet'
  cut -f2 notes.tsv | term2id query --index sample --top 1

Without a mention, a terminal shows the candidates while you type, and a pipe is read line by line. A mention
that is an identifier is answered with what the ontology says of it.")]
pub(super) struct Arguments {
    #[command(flatten)]
    asking: open::Asking,
    /// What someone wrote
    #[arg(value_name = "MENTION")]
    mentions: Vec<String>,
    /// How answers are written [default: text on a terminal, tsv in a pipe]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Candidates a mention
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10)]
    top: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for people
    Text,
    /// A row a candidate
    Tsv,
    /// An object a mention
    Jsonl,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let retriever = arguments.asking.open(indexes)?;
    if arguments.mentions.is_empty() && io::stdin().is_terminal() {
        // Whoever asks for a format wants rows, and a terminal cannot be asked for mentions on the side.
        if arguments.format.is_some() || !output.is_terminal() {
            anyhow::bail!("no mention given");
        }
        interactive::run(&retriever, output.is_coloured())?;
        return Ok(Status::Done);
    }
    let format = arguments.format.unwrap_or(if output.is_terminal() { Format::Text } else { Format::Tsv });
    let out = if format == Format::Text { output.page() } else { output.data() };
    let mut answers = Answers { retriever, format, top: arguments.top, output, out, any: false };
    if arguments.mentions.is_empty() {
        for line in io::stdin().lock().lines() {
            let line = line?;
            if !line.trim().is_empty() {
                answers.answer(line.trim())?;
                answers.out.flush()?;
            }
        }
    }
    for mention in &arguments.mentions {
        answers.answer(mention)?;
    }
    answers.out.flush()?;
    Ok(Status::Done)
}

struct Answers<'a> {
    retriever: Hybrid,
    format: Format,
    top: usize,
    output: &'a Output,
    out: Box<dyn Write>,
    any: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    mention: &'a str,
    id: Option<&'a Curie>,
    label: Option<&'a str>,
    candidates: &'a [Candidate],
    ontology: Release<'a>,
}

#[derive(Serialize)]
struct Release<'a> {
    name: &'a str,
    version: Option<&'a str>,
}

impl Answers<'_> {
    fn answer(&mut self, mention: &str) -> anyhow::Result<()> {
        let is_first = !std::mem::replace(&mut self.any, true);
        if let Ok(id) = Curie::parse(mention)
            && let Some(found) = self.retriever.index().names().find(&id)?
            && self.format == Format::Text
        {
            if !is_first {
                writeln!(self.out)?;
            }
            let names = self.retriever.index().names();
            return concept::write(&mut self.out, &id, &found, names, self.output.width());
        }
        let candidates = self.retriever.retrieve(&Mention::new(mention), self.top)?;
        match self.format {
            Format::Text => {
                if !is_first {
                    writeln!(self.out)?;
                }
                self.text(mention, &candidates)
            }
            Format::Tsv => {
                if is_first {
                    writeln!(self.out, "mention\trank\tid\tlabel\tname\tscope\tkind\tscore\texact\tlexical\tvector")?;
                }
                self.tsv(mention, &candidates)
            }
            Format::Jsonl => self.jsonl(mention, &candidates),
        }
    }

    fn text(&mut self, mention: &str, candidates: &[Candidate]) -> anyhow::Result<()> {
        writeln!(self.out, "{}", styled(BOLD, mention))?;
        if candidates.is_empty() {
            return Ok(writeln!(self.out, "  no match")?);
        }
        let rows = (1..).zip(candidates).map(|(rank, candidate)| row(rank, candidate)).collect();
        let header = ["", "identifier", "label", "matched name", "score", "found by"];
        Ok(writeln!(self.out, "{}", table(self.output, &header, &[0, 4], rows))?)
    }

    fn tsv(&mut self, mention: &str, candidates: &[Candidate]) -> anyhow::Result<()> {
        let mention = flat(mention);
        if candidates.is_empty() {
            writeln!(self.out, "{mention}\t\t\t\t\t\t\t\t\t\t")?;
        }
        for (rank, candidate) in (1..).zip(candidates) {
            let Candidate { id, label, name, scope, kind, score, ranks, .. } = candidate;
            let kind = kind.as_deref().unwrap_or_default();
            let [exact, lexical, vector] = [ranks.exact, ranks.lexical, ranks.vector]
                .map(|rank| rank.map(|rank| rank.to_string()).unwrap_or_default());
            let (label, name) = (flat(label), flat(name));
            writeln!(
                self.out,
                "{mention}\t{rank}\t{id}\t{label}\t{name}\t{scope}\t{kind}\t{score:.4}\t{exact}\t{lexical}\t{vector}"
            )?;
        }
        Ok(())
    }

    fn jsonl(&mut self, mention: &str, candidates: &[Candidate]) -> anyhow::Result<()> {
        let manifest = self.retriever.index().manifest();
        let best = candidates.first();
        let row = Row {
            mention,
            id: best.map(|best| &best.id),
            label: best.map(|best| best.label.as_str()),
            candidates,
            ontology: Release { name: &manifest.name, version: manifest.version.as_deref() },
        };
        serde_json::to_writer(&mut self.out, &row)?;
        Ok(writeln!(self.out)?)
    }
}

/// A candidate in a table for people.
fn row(rank: usize, candidate: &Candidate) -> Vec<String> {
    let kind = candidate.kind.as_deref().map(|kind| format!(", {kind}")).unwrap_or_default();
    let name = if candidate.scope == crate::ontology::Scope::Label {
        "(label)".to_owned()
    } else {
        format!("{} ({}{kind})", candidate.name, candidate.scope.as_str().to_lowercase())
    };
    let ranks = candidate.ranks;
    let channels = [("exact", ranks.exact), ("words", ranks.lexical), ("vector", ranks.vector)];
    let found: Vec<String> =
        channels.iter().filter_map(|(channel, rank)| rank.map(|rank| format!("{channel} {rank}"))).collect();
    vec![
        rank.to_string(),
        candidate.id.to_string(),
        candidate.label.clone(),
        name,
        format!("{:.3}", candidate.score),
        found.join(", "),
    ]
}

/// A text that keeps to its column and line.
fn flat(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

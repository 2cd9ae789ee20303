//! `term2id cassette`: what is on a cassette, and all of it as JSON lines.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::value::RawValue;

use super::destination::Destination;
use super::index::{count, counted};
use super::list::size;
use super::output::{Column, Output, table};
use super::{Status, query};
use crate::export::table::Dialect;
use crate::generate::cassette::{Cassette, Key, ModelSummary, Record};

/// Characters of a prompt's hash that a table for people shows.
const SHOWN_OF_HASH: usize = 12;

/// Look into a cassette, the file of what a language model was asked and answered
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id cassette list run.cassette
  term2id cassette export run.cassette -o run.jsonl")]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    List(List),
    Export(Export),
}

/// Count the answers by model, endpoint kind and prompt
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  term2id cassette list run.cassette")]
struct List {
    /// The cassette
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How they are written [default: text on a terminal, tsv in a pipe]
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Write every request and its answer as a line of JSON, in the order of their keys
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id cassette export run.cassette -o run.jsonl
  term2id cassette export run.cassette | jq .answer")]
struct Export {
    /// The cassette
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write to this file, which appears when all is done [default: standard output]
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Replace OUT where it exists
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for people
    Text,
    /// A row a model, endpoint kind and prompt
    Tsv,
}

/// Why a cassette was not exported.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("`{}` is the cassette itself", path.display())]
    Itself { path: PathBuf },
    #[error("the {part} of `{key}` is no JSON")]
    NoJson {
        part: &'static str,
        key: String,
        #[source]
        source: serde_json::Error,
    },
}

impl Error {
    /// What to type next.
    pub(super) fn hint(&self) -> Option<&'static str> {
        matches!(self, Self::Itself { .. }).then_some("give the export a name of its own: `-o run.jsonl`")
    }
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> anyhow::Result<Status> {
    match &arguments.action {
        Action::List(arguments) => list(arguments, output)?,
        Action::Export(arguments) => export(arguments, output)?,
    }
    Ok(Status::Done)
}

fn list(arguments: &List, output: &Output) -> anyhow::Result<()> {
    let cassette = Cassette::open_existing(&arguments.file)?;
    let summary = cassette.summary()?;
    // Closed, it is one file and as long as it will be.
    drop(cassette);
    let usual = if output.is_terminal() { Format::Text } else { Format::Tsv };
    match arguments.format.unwrap_or(usual) {
        Format::Text => text(&arguments.file, &summary, output),
        Format::Tsv => tsv(&summary, output),
    }
}

fn text(file: &Path, summary: &[ModelSummary], output: &Output) -> anyhow::Result<()> {
    let bytes = size(fs_err::metadata(file)?.len());
    let mut out = output.page();
    if !summary.is_empty() {
        let columns = [
            ("model", Column::Identifier),
            ("kind", Column::Text),
            ("prompt", Column::Text),
            ("answers", Column::Number),
        ];
        let row = |line: &ModelSummary| {
            // Someone else may have made the file: a terminal obeys control characters.
            let [model, kind, hash] =
                [&line.model, &line.kind, &line.prompt_hash].map(|cell| cell.replace(char::is_control, " "));
            vec![model, kind, query::shorten(&hash, SHOWN_OF_HASH), count(line.answers)]
        };
        writeln!(out, "{}\n", table(output, &columns, summary.iter().map(row).collect()))?;
    }
    let answers: u64 = summary.iter().map(|line| line.answers).sum();
    writeln!(out, "{}, {bytes}", counted(answers, "answer"))?;
    Ok(out.flush()?)
}

fn tsv(summary: &[ModelSummary], output: &Output) -> anyhow::Result<()> {
    let mut out = output.data();
    Dialect::Tsv.write_line(&mut out, ["model", "kind", "prompt_hash", "answers"])?;
    for ModelSummary { model, kind, prompt_hash, answers } in summary {
        Dialect::Tsv.write_line(&mut out, [model.as_str(), kind, prompt_hash, &answers.to_string()])?;
    }
    Ok(out.flush()?)
}

fn export(arguments: &Export, output: &Output) -> anyhow::Result<()> {
    let Export { file, output: out, force } = arguments;
    let cassette = Cassette::open_existing(file)?;
    let destination = match out.as_deref().filter(|path| path.as_os_str() != "-") {
        Some(path) if fs_err::canonicalize(path).ok() == Some(fs_err::canonicalize(file)?) => {
            return Err(Error::Itself { path: path.to_owned() }.into());
        }
        Some(path) => Destination::create(path, *force)?,
        None => Destination::Standard(output.data()),
    };
    destination.write(|out| Ok(cassette.for_each(&mut |key, record| write_line(out, key, record))?))
}

/// A line of the export. Scripts depend on these names.
#[derive(Serialize)]
struct Line<'a> {
    key: &'a str,
    model: &'a str,
    kind: &'a str,
    parameters: Box<RawValue>,
    prompt_hash: &'a str,
    messages: Box<RawValue>,
    answer: Box<RawValue>,
}

fn write_line(out: &mut dyn Write, key: &Key, record: &Record) -> io::Result<()> {
    let key = &key.to_string();
    let raw = |part, json: &str| {
        // Between the tokens of JSON a line break is a space, and inside them there is none.
        RawValue::from_string(json.replace(['\n', '\r'], " "))
            .map_err(|source| io::Error::other(Error::NoJson { part, key: key.clone(), source }))
    };
    let line = Line {
        key,
        model: &record.model,
        kind: &record.kind,
        parameters: raw("parameters", &record.parameters)?,
        prompt_hash: &record.prompt_hash,
        messages: raw("messages", &record.messages)?,
        answer: raw("answer", &record.answer)?,
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(answer: &str) -> io::Result<String> {
        let [model, kind, prompt_hash] = ["gpt", "chat", "abc"].map(str::to_owned);
        let [parameters, messages] = ["{}", "[]"].map(str::to_owned);
        let record = Record { model, kind, parameters, messages, prompt_hash, answer: answer.to_owned() };
        let mut out = Vec::new();
        write_line(&mut out, &Key::of("gpt", "chat", "{}", "[]"), &record)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn json_is_kept_as_it_was_written_on_one_line() {
        let line = line("{\n  \"b\": 1.10,\r\n  \"a\": \"x\\ny\"\n}\n").unwrap();
        assert!(line.ends_with("\"answer\":{   \"b\": 1.10,    \"a\": \"x\\ny\" }}\n"), "{line}");
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn what_is_no_json_is_named() {
        for answer in ["", "yes", "{} {}"] {
            assert_eq!(
                line(answer).unwrap_err().to_string(),
                format!("the answer of `{}` is no JSON", Key::of("gpt", "chat", "{}", "[]"))
            );
        }
    }
}

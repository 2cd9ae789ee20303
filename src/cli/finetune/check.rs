//! `term2id finetune check`: whether files can be trained on.

use std::error::Error as _;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::USUAL_MODEL;
use crate::cli::Status;
use crate::cli::index::{count, counted};
use crate::cli::list::size;
use crate::cli::output::Output;
use crate::evaluate::finetune::rules::{self, Content, FEWEST_EXAMPLES, Fault, MOST_BYTES};

/// Faults of a file that an error shows.
const SHOWN: usize = 5;

/// Tell whether files can be trained on
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id finetune check training/identifier.train.jsonl
  term2id finetune check --validation training/identifier.validation.jsonl

Every line must be a JSON object with `messages` and nothing else: each has a `role` (system, user,
assistant) and `content`, the last is the assistant's; an assistant's `weight` of 0 leaves it out of
training. What is wrong is written to standard output with its line, and the exit code is 1.")]
pub(super) struct Arguments {
    /// Files to train on
    #[arg(value_name = "FILE", required_unless_present = "validation")]
    files: Vec<PathBuf>,
    /// Files that a model is checked against while it is trained: they may be short
    #[arg(long, value_name = "FILE")]
    validation: Vec<PathBuf>,
    /// The model that is trained
    #[arg(long, value_name = "NAME", default_value = USUAL_MODEL)]
    model: String,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Training,
    Validation,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> anyhow::Result<Status> {
    let files = arguments.files.iter().map(|file| (file, Use::Training));
    let files = files.chain(arguments.validation.iter().map(|file| (file, Use::Validation)));
    let mut status = Status::Done;
    let mut out = output.data();
    for (file, for_) in files {
        let (_, content) = read(file, &arguments.model)?;
        for problem in problems(&content, file, for_) {
            writeln!(out, "{problem}")?;
            status = Status::SomeFailed;
        }
        out.flush()?;
        describe(&content, file, output);
    }
    Ok(status)
}

/// A file's bytes, and what they hold.
pub(super) fn read(file: &Path, model: &str) -> anyhow::Result<(Vec<u8>, Content)> {
    let mut open = fs_err::File::open(file)?;
    let length = open.metadata()?.len();
    if length > MOST_BYTES {
        bail!("`{}` has {}, and a file to train on has {} at most", file.display(), size(length), size(MOST_BYTES));
    }
    let mut bytes = Vec::new();
    open.read_to_end(&mut bytes)?;
    let content = rules::check(&bytes, model);
    Ok((bytes, content))
}

/// What is wrong with a file, a line each.
fn problems(content: &Content, file: &Path, for_: Use) -> Vec<String> {
    let place = file.display();
    let mut problems: Vec<String> =
        content.faults.iter().map(|(line, fault)| format!("{place}:{line}: {}", with_cause(fault))).collect();
    if !problems.is_empty() {
        return problems;
    }
    if content.examples == 0 {
        problems.push(format!("{place}: there are no examples"));
    } else if for_ == Use::Training && !content.is_enough() {
        let examples = counted(content.examples as u64, "example");
        problems.push(format!("{place}: {examples}, and {FEWEST_EXAMPLES} are the fewest that can be trained on"));
    }
    problems
}

/// A fault, and what lies behind it.
fn with_cause(fault: &Fault) -> String {
    match fault.source() {
        // The parser saw the line alone, and its number is always 1.
        Some(cause) => format!("{fault}: {}", cause.to_string().replace(" at line 1 column ", " at column ")),
        None => fault.to_string(),
    }
}

/// Fails where a file cannot be used, with the first of what is wrong.
pub(super) fn demand(content: &Content, file: &Path, for_: Use) -> anyhow::Result<()> {
    let problems = problems(content, file, for_);
    match problems.len().checked_sub(SHOWN) {
        _ if problems.is_empty() => Ok(()),
        Some(more @ 1..) => bail!("{} (and {} more)", problems[..SHOWN].join("; "), count(more as u64)),
        _ => bail!("{}", problems.join("; ")),
    }
}

/// Says what a file holds.
pub(super) fn describe(content: &Content, file: &Path, output: &Output) {
    let place = file.display();
    output.say(format_args!(
        "{place}: {}, {} tokens, {} in the longest",
        counted(content.examples as u64, "example"),
        count(content.tokens),
        count(content.longest)
    ));
    if content.repeated > 0 {
        output.warn(format_args!(
            "{place}: {} the same as an earlier one",
            if content.repeated == 1 {
                "1 example is".to_owned()
            } else {
                format!("{} examples are", count(content.repeated as u64))
            }
        ));
    }
    if let Some(first) = content.cut_off.first() {
        output.warn(format_args!(
            "{place}:{first}: longer than the model reads, so its answer is cut off ({} of the kind)",
            counted(content.cut_off.len() as u64, "example")
        ));
    }
}

//! `term2id prompts`: the templates that are compiled in, to be changed and used with `--prompts`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::Status;
use super::output::Output;
use crate::generate::prompt::Prompt;

/// Write the prompts that are compiled in into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  term2id prompts my-prompts
  term2id query --index hp --model gpt-4o --prompts my-prompts 'big hands'

A template has the blocks `system` and `user` (repair.jinja is one text) and is given the following, all of it but
`reason`, `identifier`, `not_offered` and numbers as JSON strings that need no more quotes:

  choose   ontology, mention, context (may be none), reason (whether one is wanted), candidates: each number, label,
           name and relation (where another name matched), definition, parents, twins (each number, words)
  repair   not_offered (or else it could not be read), numbers
  rewrite  ontology, mention, context, candidates
  plain    ontology, mention, context, identifier (whether one is wanted, or a name)

Answers are read as JSON: `choice`, `reason` and `certainty`; `names`; `answer`.")]
pub(super) struct Arguments {
    /// Where they are written; made where it does not exist
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> anyhow::Result<Status> {
    let place = |prompt: Prompt| arguments.folder.join(prompt.name()).with_extension("jinja");
    if let Some(taken) = Prompt::ALL.map(place).iter().find(|path| path.exists()) {
        bail!("`{}` exists", taken.display());
    }
    fs_err::create_dir_all(&arguments.folder).context("cannot make the folder")?;
    for prompt in Prompt::ALL {
        fs_err::write(place(prompt), prompt.built_in()).context("cannot write a prompt")?;
    }
    output.say(format_args!("{} prompts are in `{}`", Prompt::ALL.len(), arguments.folder.display()));
    Ok(Status::Done)
}

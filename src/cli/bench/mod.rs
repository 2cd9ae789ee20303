//! `term2id bench`: how right the answers are, and what else measures, makes and compares.

pub(super) mod asked;
mod check;
mod compare;
mod make;
mod measure;
mod memorization;
mod opened;
mod shown;

use std::path::Path;

use clap::Subcommand;

use super::Status;
use super::output::Output;

/// Measure how right the answers are: retrieval, a model alone, and both together
#[derive(Debug, clap::Args)]
#[group(id = "bench")]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  term2id bench --index hp --cases gold.tsv --each-stage
  term2id bench --index hp --cases gold.tsv --model gpt-4o --k 1,5,10 --report gpt-4o/
  term2id bench --index hp --cases gold.tsv --model llama3.1@http://localhost:11434/v1 --systems plain,rag
  term2id bench --index hp --cases gold.tsv --recorded gpt-4=answers.tsv --popularity phenotype.hpoa"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    measure: measure::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    Make(Box<make::Arguments>),
    Compare(compare::Arguments),
    Check(check::Arguments),
    Memorization(memorization::Arguments),
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    match &arguments.command {
        None => measure::run(&arguments.measure, indexes, output),
        Some(Command::Make(arguments)) => make::run(arguments, indexes, output),
        Some(Command::Compare(arguments)) => compare::run(arguments, output),
        Some(Command::Check(arguments)) => check::run(arguments, indexes, output),
        Some(Command::Memorization(arguments)) => memorization::run(arguments, indexes, output),
    }
}

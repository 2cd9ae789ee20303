//! The command line: parse the arguments, run one verb, report how it went.
//!
//! One verb, one file. Only `open.rs` reads the environment and only `output.rs` prints.

mod additions;
mod bench;
mod calling;
mod cassette;
mod choosing;
mod concept;
mod demo;
mod destination;
mod exclusions;
mod explain;
mod finetune;
mod generated;
mod hint;
mod inclusions;
mod index;
mod info;
mod interactive;
mod list;
mod mapping_set;
mod migrate;
mod normalize;
mod open;
mod output;
mod prompts;
mod query;
mod references;
mod remove;
mod review;
mod schema;
mod searched;
mod show;
mod source;
mod sureness;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::Output;

/// Turns the words people write for biomedical things into ontology identifiers.
#[derive(Debug, Parser)]
#[command(
    name = "term2id",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = "Examples:
  term2id demo                                  try it on a small ontology that is compiled in
  term2id index hp                              build the index of a release, here the HPO's
  term2id query --index hp 'big hands'          ask it"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

/// The heading of their flags in the help.
const EVERYWHERE: &str = "Everywhere";

/// What every verb takes.
#[derive(Debug, clap::Args)]
struct Common {
    /// The folder of the indexes [default: `TERM2ID_INDEXES`, else ./indexes where it exists, else the user's data folder]
    #[arg(long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    indexes: Option<PathBuf>,
    /// Say nothing but warnings and errors on standard error
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Index(index::Arguments),
    Query(query::Arguments),
    Normalize(Box<normalize::Arguments>),
    Review(review::Arguments),
    Verify(verify::Arguments),
    Migrate(migrate::Arguments),
    Show(show::Arguments),
    List(list::Arguments),
    Info(info::Arguments),
    Remove(remove::Arguments),
    Bench(Box<bench::Arguments>),
    Finetune(finetune::Arguments),
    Cassette(cassette::Arguments),
    Prompts(prompts::Arguments),
    Schema(schema::Arguments),
    Completions(generated::Completions),
    Man(generated::Manual),
}

/// How a verb that did its work went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// All of it.
    Done,
    /// All of it, and some inputs failed.
    SomeFailed,
}

/// Runs the command the process was started with.
///
/// The exit code is 0 where it was done, 1 where it was done and some inputs failed, 2 where it was not done.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to standard output and are no failure. A closed pipe is nobody's.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let output = Output::new(arguments.common.quiet);
    let indexes = match open::indexes_folder(arguments.common.indexes) {
        Ok(indexes) => indexes,
        Err(error) => {
            output.error(&error, None);
            return ExitCode::from(2);
        }
    };
    let outcome = match arguments.command {
        Command::Demo(demo::Arguments {}) => demo::run(&indexes, &output),
        Command::Index(arguments) => index::run(&arguments, &indexes, &output),
        Command::Query(arguments) => query::run(&arguments, &indexes, &output),
        Command::Normalize(arguments) => normalize::run(&arguments, &indexes, &output),
        Command::Review(arguments) => review::run(&arguments, &indexes, &output),
        Command::Verify(arguments) => verify::run(&arguments, &indexes, &output),
        Command::Migrate(arguments) => migrate::run(&arguments, &indexes, &output),
        Command::Show(arguments) => show::run(&arguments, &indexes, &output),
        Command::List(arguments) => list::run(&arguments, &indexes, &output),
        Command::Info(arguments) => info::run(&arguments, &indexes, &output),
        Command::Remove(arguments) => remove::run(&arguments, &indexes, &output),
        Command::Bench(arguments) => bench::run(&arguments, &indexes, &output),
        Command::Finetune(arguments) => finetune::run(&arguments, &indexes, &output),
        Command::Cassette(arguments) => cassette::run(&arguments, &output),
        Command::Prompts(arguments) => prompts::run(&arguments, &output),
        Command::Schema(arguments) => schema::run(&arguments, &output),
        Command::Completions(arguments) => generated::completions(&arguments, &output),
        Command::Man(arguments) => generated::manual(&arguments, &output),
    };
    match outcome {
        // Whoever read our output has enough of it.
        _ if output.is_closed() => ExitCode::SUCCESS,
        Ok(Status::Done) => ExitCode::SUCCESS,
        Ok(Status::SomeFailed) => ExitCode::from(1),
        Err(error) => {
            output.error(&error, hint::of(&error, &indexes).as_deref());
            ExitCode::from(2)
        }
    }
}

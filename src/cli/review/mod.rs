//! `term2id review`: a person's decisions about answers that are not certain.
//!
//! | file | what |
//! |---|---|
//! | `apply.rs` | the decisions of a sheet become mappings and personal synonyms |
//! | `walk.rs` | through a sheet on a terminal, each decision written when it is made |
//! | `state.rs`, `view.rs` | what is shown and what each key does to it; how it is drawn |

mod apply;
mod state;
mod view;
mod walk;

use std::path::{Path, PathBuf};

use super::Status;
use super::output::Output;
use crate::review::Orcid;

/// Decide what is not certain, and apply decisions
///
/// Without a command, walks through the rows of a review sheet that are to be decided, on a terminal. Each decision is
/// written into the sheet when it is made; rows that have one are passed over the next time.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  term2id normalize --index hp phrases.tsv -o sheet.tsv --review     make the sheet
  term2id review sheet.tsv --index hp                                decide on the terminal
  term2id review apply sheet.tsv --index hp -o mappings.sssom.tsv --author 0000-0002-1825-0097

In a spreadsheet, decide in the column `decision`: a candidate's number, an identifier, `ok` for the answer that stands,
`none` for no concept, nothing to leave it open. `broad`, `narrow`, `close` or `related` beside it say how the concept
relates to the phrase, where that is not exactly: `broad 2`."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    walk: Option<Walk>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Apply(apply::Arguments),
}

/// What the walk takes.
#[derive(Debug, clap::Args)]
struct Walk {
    /// The review sheet: TSV or CSV
    #[arg(value_name = "SHEET", required = true)]
    sheet: PathBuf,
    /// The index the sheet was made with: its name, or the path of its folder
    #[arg(long, short, value_name = "NAME", required = true)]
    index: String,
    /// The column of the mention [default: mention]
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Who decides, written beside each decision
    #[arg(long, value_name = "ORCID", value_parser = orcid)]
    author: Option<Orcid>,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    match (&arguments.command, &arguments.walk) {
        (Some(Command::Apply(arguments)), _) => apply::run(arguments, indexes, output),
        (None, Some(walk)) => walk::run(walk, indexes, output),
        // It asks for one of them.
        (None, None) => Err(Error::Nothing.into()),
    }
}

/// An ORCID, its last character checked.
fn orcid(text: &str) -> Result<Orcid, String> {
    text.parse::<Orcid>().map_err(|error| error.to_string())
}

/// Why a review could not begin.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum Error {
    #[error("no review sheet is given")]
    Nothing,
    #[error("a sheet is walked through on a terminal, and this is none")]
    NoTerminal,
    #[error("`{}` is packed or no text, and cannot be written into", path.display())]
    Packed { path: PathBuf },
}

impl Error {
    /// What to type next.
    pub(in crate::cli) const fn hint(&self) -> &'static str {
        match self {
            Self::Nothing => "`term2id normalize --review` makes one",
            Self::NoTerminal | Self::Packed { .. } => {
                "decide in a spreadsheet, in the column `decision`; `term2id review apply SHEET` takes it from there"
            }
        }
    }
}

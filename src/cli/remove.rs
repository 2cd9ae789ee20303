//! `term2id remove`: deletes indexes.

use std::path::Path;

use super::output::Output;
use super::{Status, open};
use crate::index;

/// Delete an index
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  term2id remove sample")]
pub(super) struct Arguments {
    /// The name of the index
    name: String,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    open::check_name(&arguments.name)?;
    index::remove(indexes, &arguments.name)?;
    output.say(format_args!("removed `{}`", arguments.name));
    Ok(Status::Done)
}

//! `term2id review`: a person's decisions about answers that are not certain.

use std::path::Path;

use super::Status;
use super::output::Output;

/// Decide what is not certain, and apply decisions
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_arguments: &Arguments, _indexes: &Path, _output: &Output) -> anyhow::Result<Status> {
    anyhow::bail!("not built yet")
}

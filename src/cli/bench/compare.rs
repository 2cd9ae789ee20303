//! `term2id bench compare`.

use anyhow::bail;

use crate::cli::Status;
use crate::cli::output::Output;

/// Tell whether one report is better than another
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, _: &Output) -> anyhow::Result<Status> {
    bail!("not built yet")
}

//! `term2id bench check`.

use std::path::Path;

use anyhow::bail;

use crate::cli::Status;
use crate::cli::output::Output;

/// Measure every pinned configuration again, and tell what got worse
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, _: &Path, _: &Output) -> anyhow::Result<Status> {
    bail!("not built yet")
}

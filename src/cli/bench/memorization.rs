//! `term2id bench memorization`.

use std::path::Path;

use anyhow::bail;

use crate::cli::Status;
use crate::cli::output::Output;

/// When fine-tuning pays: trained against withheld terms
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, _: &Path, _: &Output) -> anyhow::Result<Status> {
    bail!("not built yet")
}

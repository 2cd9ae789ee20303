//! `term2id bench make`.

use std::path::Path;

use anyhow::bail;

use crate::cli::Status;
use crate::cli::output::Output;

/// Make cases from an ontology's own names
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, _: &Path, _: &Output) -> anyhow::Result<Status> {
    bail!("not built yet")
}

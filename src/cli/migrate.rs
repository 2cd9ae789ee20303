//! `term2id migrate`: what changed between two releases, and mappings brought along.

use std::path::Path;

use super::Status;
use super::output::Output;

/// Bring mappings from one release of an ontology to another
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_arguments: &Arguments, _indexes: &Path, _output: &Output) -> anyhow::Result<Status> {
    anyhow::bail!("not built yet")
}

//! `term2id verify`: identifiers with labels, wherever they stand, held against an ontology.

use std::path::Path;

use super::Status;
use super::output::Output;

/// Check identifiers against the labels that stand with them
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_arguments: &Arguments, _indexes: &Path, _output: &Output) -> anyhow::Result<Status> {
    anyhow::bail!("not built yet")
}

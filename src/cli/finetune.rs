//! `term2id finetune`: training data made of an ontology, and the service that trains on it.

use std::path::Path;

use anyhow::bail;

use super::Status;
use super::output::Output;

/// Make training data of an ontology, and have a service train on it
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, _: &Path, _: &Output) -> anyhow::Result<Status> {
    bail!("not built yet")
}

//! `term2id finetune`: training data made of an ontology, and the service that trains on it.

mod check;
mod export;
mod status;
mod submit;

use std::path::Path;

use clap::Subcommand;

use super::Status;
use super::open::Services;
use super::output::Output;
use crate::service::Service;

/// The model that files are checked and counted for where none is named.
const USUAL_MODEL: &str = "gpt-4o-mini-2024-07-18";

/// Make training data of an ontology, and have a service train on it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id finetune export --index hp --terms terms.tsv --out training
  term2id finetune submit --train training/identifier.train.jsonl --dry-run
  term2id finetune status")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Export(export::Arguments),
    Check(check::Arguments),
    Submit(submit::Arguments),
    Status(status::Arguments),
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    match &arguments.command {
        Command::Export(arguments) => export::run(arguments, indexes, output),
        Command::Check(arguments) => check::run(arguments, output),
        Command::Submit(arguments) => submit::run(arguments, output),
        Command::Status(arguments) => status::run(arguments, output),
    }
}

/// Which service is asked, and how patiently.
#[derive(Debug, Clone, clap::Args)]
struct Access {
    /// Seconds that one answer may take, an upload too
    #[arg(long, value_name = "N", default_value_t = 600, value_parser = clap::value_parser!(u16).range(1..))]
    timeout: u16,
    /// How often a call that failed is made again, where that can help
    #[arg(long, value_name = "N", default_value_t = 5)]
    retries: u8,
    #[command(flatten)]
    services: Services,
}

impl Access {
    /// The service, and what waits for it. Nothing is sent.
    fn open(&self, output: &Output) -> anyhow::Result<(Service, tokio::runtime::Runtime)> {
        let service =
            Service::new(self.services.chat_endpoint(None, u64::from(self.timeout), u32::from(self.retries)))?;
        if service.sends_key_openly() {
            output.warn(format_args!("the key is sent to {} without TLS", service.url()));
        }
        Ok((service, tokio::runtime::Builder::new_current_thread().enable_all().build()?))
    }
}

//! `term2id finetune status`: how a job goes.

use std::io::Write as _;
use std::time::Duration;

use super::Access;
use crate::cli::Status;
use crate::cli::index::count;
use crate::cli::output::{BOLD, Column, DIM, Output, styled, table};
use crate::service::finetuning::{Event, Job};

/// Say how a job goes, or list the latest
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id finetune status
  term2id finetune status ftjob-abc123 --wait

The exit code is 1 where the job has failed or was cancelled.")]
pub(super) struct Arguments {
    /// The job; without one the latest are listed
    #[arg(value_name = "JOB")]
    job: Option<String>,
    /// Wait until nothing more will come of it
    #[arg(long, requires = "job")]
    wait: bool,
    /// Seconds between two looks at it
    #[arg(long, requires = "wait", value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    every: u16,
    #[command(flatten)]
    access: Access,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> anyhow::Result<Status> {
    let (service, runtime) = arguments.access.open(output)?;
    let Some(id) = &arguments.job else {
        list(runtime.block_on(service.jobs())?, output)?;
        return Ok(Status::Done);
    };
    let (job, events) = runtime.block_on(async {
        let mut last = String::new();
        loop {
            let job = service.job(id).await?;
            if job.is_over() || !arguments.wait {
                let events = service.events(id).await?;
                return Ok::<_, crate::service::Error>((job, events));
            }
            if job.status != last {
                output.say(format_args!("{}: {}", job.id, job.status));
                last.clone_from(&job.status);
            }
            tokio::time::sleep(Duration::from_secs(u64::from(arguments.every))).await;
        }
    })?;
    describe(&job, &events, output)?;
    Ok(if job.is_over() && !job.has_succeeded() { Status::SomeFailed } else { Status::Done })
}

fn list(jobs: Vec<Job>, output: &Output) -> anyhow::Result<()> {
    if jobs.is_empty() {
        output.say("there is no job yet");
        return Ok(());
    }
    let columns =
        [("job", Column::Identifier), ("status", Column::Text), ("model", Column::Text), ("new model", Column::Text)];
    let row = |job: Job| vec![job.id, job.status, job.model, job.fine_tuned_model.unwrap_or_default()];
    let mut out = output.page();
    writeln!(out, "{}", table(output, &columns, jobs.into_iter().map(row).collect()))?;
    Ok(out.flush()?)
}

fn describe(job: &Job, events: &[Event], output: &Output) -> anyhow::Result<()> {
    let mut rows = vec![("status", job.status.clone()), ("model", job.model.clone())];
    if let Some(name) = &job.fine_tuned_model {
        rows.push(("new model", name.clone()));
    }
    if let Some(tokens) = job.trained_tokens {
        rows.push(("trained tokens", count(tokens)));
    }
    if let Some(message) = &job.error {
        rows.push(("error", message.clone()));
    }
    for (at, event) in events.iter().enumerate() {
        let level = if event.level == "info" { String::new() } else { format!("{}: ", event.level) };
        rows.push((if at == 0 { "events" } else { "" }, format!("{level}{}", event.message)));
    }
    let mut out = output.page();
    writeln!(out, "{}", styled(BOLD, &job.id))?;
    for (heading, value) in rows {
        writeln!(out, "  {}{value}", styled(DIM, format_args!("{heading:<16}")))?;
    }
    Ok(out.flush()?)
}

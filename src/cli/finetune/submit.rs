//! `term2id finetune submit`: files are uploaded, and a job is made of them.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::check::{self, Use};
use super::{Access, USUAL_MODEL};
use crate::cli::Status;
use crate::cli::index::{count, counted};
use crate::cli::output::{COMMAND, Output, styled};
use crate::evaluate::finetune::rules::Content;
use crate::service::finetuning::NewJob;
use crate::service::{self, Service};

/// Upload files and have a model trained on them, which costs money
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id finetune submit --train training/identifier.train.jsonl --epochs 3 --dry-run
  term2id finetune submit --train training/identifier.train.jsonl \\
                          --validation training/identifier.validation.jsonl --suffix hpo

The job is written to standard output; `term2id finetune status JOB` says how it goes. The key is read from
OPENAI_API_KEY. Files are checked before anything is sent.")]
pub(super) struct Arguments {
    /// The file to train on
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// The file that the model is checked against while it is trained
    #[arg(long, value_name = "FILE")]
    validation: Option<PathBuf>,
    /// The model that is trained further
    #[arg(long, value_name = "NAME", default_value = USUAL_MODEL)]
    model: String,
    /// How often it sees every example [default: as the service decides]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// A word of one's own in the new model's name
    #[arg(long, value_name = "WORD")]
    suffix: Option<String>,
    /// The seed of the service's own randomness
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
    /// Send nothing, and say what would be sent
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    access: Access,
}

/// A file that is sent.
struct Upload<'a> {
    path: &'a Path,
    bytes: Vec<u8>,
    content: Content,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> anyhow::Result<Status> {
    let train = read(&arguments.train, &arguments.model, Use::Training, output)?;
    let validation = arguments.validation.as_deref();
    let validation = validation.map(|path| read(path, &arguments.model, Use::Validation, output)).transpose()?;
    let (service, runtime) = arguments.access.open(output)?;
    announce(arguments, &train, validation.as_ref(), &service, output);
    if arguments.dry_run {
        output.say("nothing was sent");
        return Ok(Status::Done);
    }
    let job = runtime.block_on(async {
        let training_file = upload(&service, train, output).await?;
        let validation_file = match validation {
            Some(validation) => Some(upload(&service, validation, output).await?),
            None => None,
        };
        let job = NewJob {
            model: arguments.model.clone(),
            training_file,
            validation_file,
            epochs: arguments.epochs,
            suffix: arguments.suffix.clone(),
            seed: arguments.seed,
        };
        service.create_job(&job).await.inspect_err(|error| {
            if error.is_failing_service() || matches!(error, service::Error::UnreadableAnswer { .. }) {
                let list = styled(COMMAND, "`term2id finetune status`");
                output.warn(format_args!("a job may have been made nevertheless: look at {list} before trying again"));
            }
        })
    })?;
    let mut out = output.data();
    writeln!(out, "{}", job.id)?;
    out.flush()?;
    let next = styled(COMMAND, format_args!("`term2id finetune status {}`", job.id));
    output.say(format_args!("the job is made ({}); {next} says how it goes", job.status));
    Ok(Status::Done)
}

fn read<'a>(path: &'a Path, model: &str, for_: Use, output: &Output) -> anyhow::Result<Upload<'a>> {
    let (bytes, content) = check::read(path, model)?;
    check::demand(&content, path, for_)?;
    check::describe(&content, path, output);
    Ok(Upload { path, bytes, content })
}

/// Says what goes where, and what will be paid for.
fn announce(
    arguments: &Arguments,
    train: &Upload<'_>,
    validation: Option<&Upload<'_>>,
    service: &Service,
    output: &Output,
) {
    let (url, model) = (service.url(), &arguments.model);
    output.say(match validation {
        Some(_) => format!("both files go to {url}; {model} is trained on the first and checked against the other"),
        None => format!("the file goes to {url}, and {model} is trained on it"),
    });
    let tokens = train.content.tokens;
    output.say(match arguments.epochs {
        Some(epochs) => format!(
            "{} tokens in {}: about {} are trained on, and paid for",
            count(tokens),
            counted(u64::from(epochs), "epoch"),
            count(tokens.saturating_mul(u64::from(epochs)))
        ),
        None => format!(
            "about {} tokens are trained on, and paid for, in each epoch; the service decides how many",
            count(tokens)
        ),
    });
}

async fn upload(service: &Service, file: Upload<'_>, output: &Output) -> Result<String, service::Error> {
    let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let id = service.upload(&name, file.bytes).await?;
    output.say(format_args!("{} is uploaded as {id}", file.path.display()));
    Ok(id)
}

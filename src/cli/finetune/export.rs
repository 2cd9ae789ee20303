//! `term2id finetune export`: training data made of an ontology.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use rayon::prelude::*;

use super::USUAL_MODEL;
use super::check::{self, Use};
use crate::cli::calling::title;
use crate::cli::destination::{self, Destination};
use crate::cli::index::{count, counted};
use crate::cli::open::{self, Services};
use crate::cli::output::Output;
use crate::cli::{Status, sureness};
use crate::evaluate;
use crate::evaluate::finetune::choices::{self, Choices, Plan};
use crate::evaluate::finetune::phrasings::{self, PHRASINGS};
use crate::evaluate::finetune::rules::{self, Content};
use crate::evaluate::finetune::sides::{self, Strata};
use crate::evaluate::finetune::terms::{self, Columns, Reason, Term, Terms};
use crate::evaluate::finetune::{self, Example};
use crate::evaluate::identifiers::Identifiers;
use crate::generate::prompt::Prompts;
use crate::retrieve::{Hybrid, Options};

/// Rows that a warning names.
const NAMED: usize = 5;

/// Make training data of an ontology's terms
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id finetune export --index hp --terms terms.tsv --out training
  term2id finetune export --index hp --terms terms.tsv --out training --task choice --offer 5

The table of terms (TSV, CSV or JSON lines, by its ending) has the columns `mention` and `ids`, and
perhaps `popularity`, `bin` and `split` (`trained`, `withheld` or neither): `term2id bench make`
writes one. What is withheld is so under all its names. Each task becomes two files,
such as identifier.train.jsonl and identifier.validation.jsonl, in the chat format of OpenAI's
fine-tuning. The closed-book task is asked as the prompt `plain` asks; choices as `choose` does with
--no-reason, which a model trained on them should be measured with.")]
pub(super) struct Arguments {
    /// The index of the ontology: its name, or the path of its folder
    #[arg(long, short, value_name = "NAME")]
    index: String,
    /// The table of terms
    #[arg(long, value_name = "FILE")]
    terms: PathBuf,
    /// The column of terms
    #[arg(long, value_name = "COLUMN", default_value = Columns::default().mention)]
    mention_column: String,
    /// The column of their identifiers
    #[arg(long, value_name = "COLUMN", default_value = Columns::default().ids)]
    ids_column: String,
    /// The folder that files are written to; made where it does not exist
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// What is learnt; may be given several times [default: all]
    #[arg(long, value_enum)]
    task: Vec<Task>,
    /// Ways in which a term is asked about; of choices, the term and so many synonyms less one
    #[arg(long, value_name = "N", default_value_t = PHRASINGS as u8, value_parser = clap::value_parser!(u8).range(1..=PHRASINGS as i64))]
    phrasings: u8,
    /// The share of terms that the model is only checked against while it is trained
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = below_one)]
    validation: f32,
    /// Candidates of a choice
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    offer: u16,
    /// The share of choices in which the right candidate is taken away, so that none is right
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = sureness::share)]
    none: f32,
    /// The seed of all that is left to chance
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Templates that replace the compiled-in ones, which `term2id prompts` writes out
    #[arg(long, value_name = "DIR")]
    prompts: Option<PathBuf>,
    /// The model that tokens are counted for
    #[arg(long, value_name = "NAME", default_value = USUAL_MODEL)]
    model: String,
    #[command(flatten)]
    services: Services,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
enum Task {
    /// Closed book: a term, and its identifier as the answer
    Identifier,
    /// The opposite direction
    Name,
    /// A term with candidates, and the number of the right one as the answer
    Choice,
}

impl Task {
    const ALL: [Self; 3] = [Self::Identifier, Self::Name, Self::Choice];

    const fn name(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Name => "name",
            Self::Choice => "choice",
        }
    }
}

/// A share that leaves something over.
fn below_one(text: &str) -> Result<f32, String> {
    sureness::share(text)
        .ok()
        .filter(|share| *share < 1.0)
        .ok_or_else(|| "expected a number from 0 to below 1".to_owned())
}

/// A file that is to be written.
struct File {
    path: PathBuf,
    bytes: Vec<u8>,
    content: Content,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let tasks: BTreeSet<Task> =
        if arguments.task.is_empty() { Task::ALL.into() } else { arguments.task.iter().copied().collect() };
    let place = |task: Task, side: &str| arguments.out.join(format!("{}.{side}.jsonl", task.name()));
    let places: Vec<PathBuf> =
        tasks.iter().flat_map(|&task| ["train", "validation"].map(|side| place(task, side))).collect();
    if let Some(path) = places.iter().find(|path| path.exists() && !arguments.force) {
        return Err(destination::Error::Exists { path: path.clone() }.into());
    }
    let prompts = arguments.prompts.as_deref().map_or_else(|| Ok(Prompts::built_in()), Prompts::from_folder)?;
    let index = open::index(indexes, &arguments.index)?;
    let retriever = open::retriever(&index, &arguments.services, &Options::default())?;
    let identifiers = Identifiers::new(Arc::new(index.ontology()?));
    let terms = select(arguments, &identifiers, output)?;
    let sides = sides::divide(&terms.terms, f64::from(arguments.validation), arguments.seed);
    output.say(format_args!(
        "{} to train on, {} to check against{}",
        counted(sides.train.len() as u64, "term"),
        count(sides.validation.len() as u64),
        match sides::strata(&terms.terms) {
            Strata::Bins => ", the same share of each bin",
            Strata::Quantiles => ", the same share of each tenth by popularity",
            Strata::One => "",
        }
    ));
    let maker =
        Maker { arguments, prompts: &prompts, retriever: &retriever, ontology: title(&retriever), terms: &terms };
    let mut files = Vec::new();
    for &task in &tasks {
        for (side, for_, positions) in
            [("train", Use::Training, &sides.train), ("validation", Use::Validation, &sides.validation)]
        {
            if for_ == Use::Validation && positions.is_empty() {
                continue;
            }
            let path = place(task, side);
            let bytes = lines(&maker.examples(task, positions, output)?);
            let content = rules::check(&bytes, &arguments.model);
            check::demand(&content, &path, for_)?;
            files.push(File { path, bytes, content });
        }
    }
    write(&files, &places, output)
}

/// Writes all files, and takes away those of an earlier run that would not belong to them.
fn write(files: &[File], places: &[PathBuf], output: &Output) -> anyhow::Result<Status> {
    if let Some(folder) = places.first().and_then(|path| path.parent()) {
        fs_err::create_dir_all(folder).context("cannot make the folder")?;
    }
    let mut out = output.data();
    for File { path, bytes, content } in files {
        Destination::create(path, true)?.write(|file| Ok(file.write_all(bytes)?))?;
        writeln!(out, "{}", path.display())?;
        check::describe(content, path, output);
    }
    for path in places.iter().filter(|path| path.exists() && !files.iter().any(|file| file.path == **path)) {
        fs_err::remove_file(path)?;
        output.say(format_args!("removed {}, which an earlier run had made", path.display()));
    }
    out.flush()?;
    Ok(Status::Done)
}

fn lines(examples: &[Example]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for example in examples {
        bytes.extend_from_slice(example.line().as_bytes());
        bytes.push(b'\n');
    }
    bytes
}

/// What examples are made with.
struct Maker<'a> {
    arguments: &'a Arguments,
    prompts: &'a Prompts,
    retriever: &'a Hybrid,
    ontology: String,
    terms: &'a Terms,
}

impl Maker<'_> {
    /// The examples of a task for the terms at `positions`, in an order of chance.
    fn examples(&self, task: Task, positions: &[usize], output: &Output) -> anyhow::Result<Vec<Example>> {
        let phrasings = usize::from(self.arguments.phrasings);
        let terms = positions.iter().map(|&at| &self.terms.terms[at]);
        let mut examples = Vec::new();
        match task {
            Task::Identifier => {
                for term in terms {
                    examples.extend(phrasings::identifier(self.prompts, &self.ontology, term, phrasings)?);
                }
            }
            Task::Name => {
                for term in terms {
                    examples.extend(phrasings::name(&self.ontology, term, phrasings));
                }
            }
            Task::Choice => examples = self.choices(&terms.collect::<Vec<_>>(), output)?,
        }
        finetune::shuffle(&mut examples, self.arguments.seed);
        Ok(examples)
    }

    fn choices(&self, terms: &[&Term], output: &Output) -> anyhow::Result<Vec<Example>> {
        let plan = Plan {
            prompts: self.prompts,
            ontology: &self.ontology,
            offered: usize::from(self.arguments.offer),
            mentions: usize::from(self.arguments.phrasings),
            none: f64::from(self.arguments.none),
            seed: self.arguments.seed,
            withheld: &self.terms.withheld,
        };
        let progress = output.progress("candidates", Some(terms.len() as u64));
        let made = |term: &&Term| {
            let choices = choices::choices(&plan, self.retriever, term);
            progress.inc(1);
            choices
        };
        let made: Vec<Choices> = terms.par_iter().map(made).collect::<Result<_, evaluate::Error>>()?;
        progress.finish_and_clear();
        let (none, ambiguous) =
            made.iter().fold((0, 0), |(none, ambiguous), choices| (none + choices.none, ambiguous + choices.ambiguous));
        let examples: Vec<Example> = made.into_iter().flat_map(|choices| choices.examples).collect();
        output.say(format_args!(
            "{}, none is right in {}; {} left out that other concepts are called by too",
            counted(examples.len() as u64, "choice"),
            count(none as u64),
            counted(ambiguous as u64, "mention")
        ));
        Ok(examples)
    }
}

/// The terms of the table that may be trained on.
fn select(arguments: &Arguments, identifiers: &Identifiers, output: &Output) -> anyhow::Result<Terms> {
    let [mention, ids] = [&arguments.mention_column, &arguments.ids_column].map(|column| column.to_lowercase());
    let columns = Columns { mention: &mention, ids: &ids };
    let table = terms::read(&arguments.terms, &columns)?;
    let place = &table.place;
    if !table.is_split {
        output.warn(format_args!("`{place}` has no column `split`: all its terms are trained on"));
    }
    let terms = terms::select(&table, identifiers)?;
    if let Some((first, others)) = terms.unresolved.split_first() {
        let others = match others.len() {
            0 => String::new(),
            others => format!(" (and of {} more)", counted(others as u64, "row")),
        };
        output.warn(format_args!(
            "{place}:{first}: leads to no live concept, so only the words of this row are withheld{others}"
        ));
    }
    if terms.withheld_rows + terms.rows_of_neither > 0 {
        let [withheld, neither] = [terms.withheld_rows, terms.rows_of_neither].map(|rows| rows as u64);
        output.say(format_args!(
            "{} withheld, {} neither that nor trained on",
            counted(withheld, "term"),
            count(neither)
        ));
    }
    if terms.terms.is_empty() {
        bail!("`{place}` has no term that can be trained on");
    }
    for left in terms.left_out.iter().take(NAMED) {
        let reason = match left.reason {
            Reason::NoConcept => "no live concept of the index has this identifier".to_owned(),
            Reason::SaidBefore { line } => format!("line {line} says the same words"),
            Reason::IsWithheld => "the same words or the same concept are withheld".to_owned(),
        };
        output.warn(format_args!("{place}:{}: left out, since {reason}", left.line));
    }
    if let Some(more @ 1..) = terms.left_out.len().checked_sub(NAMED) {
        output.warn(format_args!("{place}: {} more left out", counted(more as u64, "row")));
    }
    Ok(terms)
}

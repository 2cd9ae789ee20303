//! `term2id finetune export`: training data made of an ontology.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use rayon::prelude::*;

use super::USUAL_MODEL;
use super::check::{self, Use};
use crate::cli::calling::title;
use crate::cli::index::{count, counted};
use crate::cli::normalize;
use crate::cli::normalize::destination::Destination;
use crate::cli::open::{self, Services};
use crate::cli::output::Output;
use crate::cli::{Status, sureness};
use crate::evaluate::finetune::choices::{self, Choices, Plan};
use crate::evaluate::finetune::phrasings::{self, PHRASINGS};
use crate::evaluate::finetune::rules::{self, Checked};
use crate::evaluate::finetune::sides::{self, Strata};
use crate::evaluate::finetune::terms::{self, Led, Part, Reason, Row, Term, Terms};
use crate::evaluate::finetune::{self, Example};
use crate::generate::prompt::Prompts;
use crate::index::{Found, Names};
use crate::ontology::{Concept, Curie, Scope};
use crate::retrieve::{Hybrid, Options};
use crate::text::normal_form;

/// Rows that a warning names.
const NAMED: usize = 5;

/// Make training data of an ontology's terms
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  term2id finetune export --index hp --split terms.tsv --out training
  term2id finetune export --index hp --split terms.tsv --out training --task choice --offer 5

TERMS is a table with the columns `mention` and `ids`, and perhaps `popularity`, `bin` and `split`
(`trained`, `withheld` or neither): `term2id bench make` writes one. Each task becomes two files,
such as identifier.train.jsonl and identifier.validation.jsonl, in the chat format of OpenAI's
fine-tuning. The closed-book task is asked as the prompt `plain` asks; choices as `choose` does with
--no-reason, which a model trained on them should be measured with.")]
pub(super) struct Arguments {
    /// The index of the ontology: its name, or the path of its folder
    #[arg(long, short, value_name = "NAME")]
    index: String,
    /// The table of terms
    #[arg(long, value_name = "TERMS")]
    split: PathBuf,
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
struct Made {
    path: PathBuf,
    content: Vec<u8>,
    checked: Checked,
}

pub(super) fn run(arguments: &Arguments, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    let tasks: BTreeSet<Task> =
        if arguments.task.is_empty() { Task::ALL.into() } else { arguments.task.iter().copied().collect() };
    let place = |task: Task, side: &str| arguments.out.join(format!("{}.{side}.jsonl", task.name()));
    let places: Vec<PathBuf> =
        tasks.iter().flat_map(|&task| ["train", "validation"].map(|side| place(task, side))).collect();
    if let Some(path) = places.iter().find(|path| path.exists() && !arguments.force) {
        return Err(normalize::Error::Exists { path: path.clone() }.into());
    }
    let prompts = arguments.prompts.as_deref().map_or_else(|| Ok(Prompts::built_in()), Prompts::from_folder)?;
    let index = open::index(indexes, &arguments.index)?;
    let retriever = open::retriever(&index, &arguments.services, &Options::default())?;
    let terms = select(&arguments.split, index.names(), output)?;
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
    let mut made = Vec::new();
    for &task in &tasks {
        for (side, for_, positions) in
            [("train", Use::Training, &sides.train), ("validation", Use::Validation, &sides.validation)]
        {
            if for_ == Use::Validation && positions.is_empty() {
                continue;
            }
            let path = place(task, side);
            let content = lines(&maker.examples(task, positions, output)?);
            let checked = rules::check(&content, &arguments.model);
            check::demand(&checked, &path, for_)?;
            made.push(Made { path, content, checked });
        }
    }
    write(&made, &places, output)
}

/// Writes all files, and takes away those of an earlier run that would not belong to them.
fn write(made: &[Made], places: &[PathBuf], output: &Output) -> anyhow::Result<Status> {
    if let Some(folder) = places.first().and_then(|path| path.parent()) {
        fs_err::create_dir_all(folder).context("cannot make the folder")?;
    }
    let mut out = output.data();
    for Made { path, content, checked } in made {
        Destination::create(path, true)?.write(|file| Ok(file.write_all(content)?))?;
        writeln!(out, "{}", path.display())?;
        check::describe(checked, path, output);
    }
    for path in places.iter().filter(|path| path.exists() && !made.iter().any(|made| made.path == **path)) {
        fs_err::remove_file(path)?;
        output.say(format_args!("removed {}, which an earlier run had made", path.display()));
    }
    out.flush()?;
    Ok(Status::Done)
}

fn lines(examples: &[Example]) -> Vec<u8> {
    let mut content = Vec::new();
    for example in examples {
        content.extend_from_slice(example.line().as_bytes());
        content.push(b'\n');
    }
    content
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
        let made: Vec<Choices> = terms.par_iter().map(made).collect::<Result<_, finetune::Error>>()?;
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

/// The terms of a table that may be trained on.
fn select(table: &Path, names: &Names, output: &Output) -> anyhow::Result<Terms> {
    let place = table.display().to_string();
    let bytes = fs_err::read(table)?;
    let text = std::str::from_utf8(&bytes).with_context(|| format!("`{place}` is not UTF-8"))?;
    let rows = terms::read(text, &place)?;
    if rows.iter().all(|row| row.part == Part::Untold) {
        output.warn(format_args!("`{place}` has no column `split`: all its terms are trained on"));
    }
    let terms = terms::select(&rows, |row, id| lead(names, &place, row, id))?;
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

/// What an identifier of a row leads to; in a nomenclature, whose identifiers are its labels, a label.
fn lead(names: &Names, place: &str, row: &Row, id: &str) -> anyhow::Result<Option<Led>> {
    let live = |concept: Concept| Some(concept).filter(|concept| !concept.is_retired());
    if let Ok(curie) = Curie::parse(id) {
        let concept = match names.find(&curie)? {
            Some(Found::Live(concept) | Found::Merged(concept)) => live(concept),
            Some(Found::Retired(_)) | None => None,
        };
        return Ok(concept.map(|concept| Led { answer: concept.id.to_string(), concept }));
    }
    let of_form = names.form_of(&normal_form(id)).map_or(&[][..], |form| names.names_of_form(form));
    let mut labelled = of_form.iter().filter(|&&name| names.scope(name) == Scope::Label && names.text(name) == id);
    let (Some(&name), None) = (labelled.next(), labelled.next()) else {
        return Err(anyhow!("{place}:{}: `ids` holds `{id}`, which is no identifier", row.line));
    };
    let curie = Curie::parse(names.id(names.concept_of(name)))?;
    let Some(Found::Live(concept)) = names.find(&curie)? else { return Ok(None) };
    Ok(Some(Led { concept, answer: id.to_owned() }))
}

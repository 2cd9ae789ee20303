//! How a model is called: the flags, the model they describe, and what is said about its cost before and after.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;

use super::index::{count, counted};
use super::open::Services;
use super::output::Output;
use crate::generate::budget::{Calls, Limits, Prices};
use crate::generate::cassette::Cassette;
use crate::generate::model::{self, Model};
use crate::generate::prompt::Prompts;
use crate::generate::{self, Format};
use crate::ontology::{Curie, catalogue};
use crate::retrieve::Hybrid;

/// How a model is called, and at which cost.
#[derive(Debug, Clone, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Calling {
    /// Ask for a number only, not for a reason: cheaper and faster
    #[arg(long, requires = "model")]
    no_reason: bool,
    /// What holds its answers to their form [default: the best that the service can do]
    #[arg(long, requires = "model", value_enum)]
    answer_format: Option<AnswerFormat>,
    /// Ask N times with the candidates in other orders, and take the choice with most votes; of equally many the one
    /// that retrieval prefers
    #[arg(long, requires = "model", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=25))]
    votes: u8,
    /// Show the candidates in another order than retrieval's
    #[arg(long, requires = "model")]
    shuffle_candidates: bool,
    /// The seed of orders, and of the service's own randomness
    #[arg(long, requires = "model", value_name = "N", default_value_t = 0)]
    seed: u32,
    /// Templates that replace the compiled-in ones, which `term2id prompts` writes out
    #[arg(long, requires = "model", value_name = "DIR")]
    prompts: Option<PathBuf>,
    /// The most tokens of an answer; models that think aloud need more [default: 300, with --no-reason 50]
    #[arg(long, requires = "model", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: Option<u32>,
    /// Keep every request and answer in this file, and ask nothing that it already answers
    #[arg(long, requires = "model", value_name = "FILE")]
    cassette: Option<PathBuf>,
    /// Ask nothing at all: fail where the cassette has no answer
    #[arg(long, requires = "model")]
    replay_only: bool,
    /// Calls under way at once
    #[arg(long, requires = "model", value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: u16,
    /// The most calls a minute
    #[arg(long, requires = "model", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    calls_per_minute: Option<u32>,
    /// The most tokens a minute, sent and answered
    #[arg(long, requires = "model", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    tokens_per_minute: Option<u32>,
    /// Stop after so many calls; what is done is kept
    #[arg(long, requires = "model", value_name = "N")]
    max_calls: Option<u64>,
    /// Stop before so many US dollars are spent; what is done is kept [default: 5, for a model whose price is known]
    #[arg(long, requires = "model", value_name = "DOLLARS", value_parser = dollars)]
    max_cost: Option<f64>,
    /// A table of prices instead of the compiled-in one (TOML: `date`, and [models] with input and output in US dollars
    /// for a million tokens)
    #[arg(long, requires = "model", value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Seconds that one answer may take
    #[arg(long, requires = "model", value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..))]
    timeout: u16,
    /// How often a call that failed is made again, where that can help
    #[arg(long, requires = "model", value_name = "N", default_value_t = 5)]
    retries: u8,
    /// Ask nothing, and say how many calls, tokens and dollars it would take
    #[arg(long, requires = "model")]
    dry_run: bool,
}

/// What a run may cost where nothing is said, in US dollars.
const USUAL_LIMIT: f64 = 5.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum AnswerFormat {
    /// A strict JSON schema
    Schema,
    /// JSON mode
    Json,
    /// Nothing but the prompt
    Text,
}

impl From<AnswerFormat> for Format {
    fn from(format: AnswerFormat) -> Self {
        match format {
            AnswerFormat::Schema => Self::Schema,
            AnswerFormat::Json => Self::Json,
            AnswerFormat::Text => Self::Text,
        }
    }
}

/// An amount of money that can be spent.
fn dollars(text: &str) -> Result<f64, String> {
    let number = text.trim_start_matches('$').parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "expected US dollars".to_owned())
}

/// A model that is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// As its service calls it.
    pub(super) name: &'a str,
    /// The address of its service, where it has one of its own.
    pub(super) url: Option<&'a str>,
    /// Whether another model has its name.
    pub(super) is_apart: bool,
}

/// Where requests and answers are kept.
pub(super) struct Recording {
    cassette: Option<Cassette>,
    /// Its file; none for a rehearsal that has no cassette yet.
    pub(super) place: Option<PathBuf>,
}

/// A model that can be asked.
pub(super) struct Called {
    pub(super) model: Arc<Model>,
    /// The cassette, where nothing else answers.
    replayed: Option<PathBuf>,
    /// The day its price was right on.
    date: String,
}

impl Calling {
    /// Whether questions are only counted.
    pub(super) const fn is_rehearsal(&self) -> bool {
        self.dry_run
    }

    /// Opens the cassette: the one that was named, else the one at `usual`, whose folder may be new, else none.
    pub(super) fn recording(&self, usual: Option<&Path>) -> anyhow::Result<Recording> {
        let is_written = !(self.replay_only || self.dry_run);
        if let Some(folder) = usual.filter(|_| is_written && self.cassette.is_none()).and_then(Path::parent) {
            fs_err::create_dir_all(folder)?;
        }
        let place = self.cassette.as_deref().or(usual);
        if self.replay_only && place.is_none() {
            bail!("`--replay-only` needs what was recorded: `--cassette FILE`");
        }
        // A rehearsal leaves nothing behind, no new cassette either.
        let place = place.filter(|path| !self.dry_run || path.exists());
        let open = if is_written { Cassette::open } else { Cassette::open_existing };
        let cassette = place.map(open).transpose().map_err(generate::Error::from)?;
        Ok(Recording { cassette, place: place.map(Path::to_owned) })
    }

    /// Prepares a model, for questions about the ontology that prompts call `title`. Nothing is sent.
    pub(super) fn open(
        &self,
        wanted: Wanted<'_>,
        services: &Services,
        title: &str,
        recording: &Recording,
    ) -> anyhow::Result<Called> {
        let Wanted { name, url, is_apart } = wanted;
        let prices = self.prices.as_deref().map_or_else(|| Ok(Prices::built_in()), Prices::read)?;
        let usual = (prices.of(name).is_some() && !self.dry_run).then_some(USUAL_LIMIT);
        let limits = Limits {
            calls: self.max_calls,
            dollars: self.max_cost.or(usual),
            calls_per_minute: self.calls_per_minute,
            tokens_per_minute: self.tokens_per_minute,
        };
        let options = model::Options {
            seed: u64::from(self.seed),
            reason: !self.no_reason,
            format: self.answer_format.map(Format::from),
            votes: usize::from(self.votes),
            shuffle: self.shuffle_candidates,
            most_tokens: self.max_tokens.unwrap_or(if self.no_reason { 50 } else { 300 }),
            concurrency: usize::from(self.concurrency),
            limits,
            replay_only: self.replay_only,
            rehearse: self.dry_run,
            apart: is_apart,
            ..model::Options::new(name, title)
        };
        let prompts = self.prompts.as_deref().map_or_else(|| Ok(Prompts::built_in()), Prompts::from_folder)?;
        let endpoint = services.chat_endpoint(url, u64::from(self.timeout), u32::from(self.retries));
        let model = Model::new(endpoint, options, prompts, &prices, recording.cassette.clone())?;
        let replayed = recording.place.clone().filter(|_| self.replay_only);
        Ok(Called { model: Arc::new(model), replayed, date: prices.date })
    }
}

/// What prompts call the ontology: its title in the catalogue, by the prefix of its concepts, or the index's name.
pub(super) fn title(retriever: &Hybrid) -> String {
    let index = retriever.index();
    let names = index.names();
    let first = (names.concepts() > 0).then(|| Curie::parse(names.id(0)).ok()).flatten();
    let entry = first.and_then(|id| catalogue::ENTRIES.iter().find(|entry| entry.prefix == id.prefix()));
    entry.map_or_else(|| index.manifest().name.clone(), |entry| entry.title.to_owned())
}

impl Called {
    /// What it is called, with its address where another model has its name.
    pub(super) fn name(&self) -> String {
        let place = if self.model.options().apart { format!("@{}", self.model.url()) } else { String::new() };
        format!("{}{place}", self.model.name())
    }

    /// Questions that can be asked at once without one of them waiting for another.
    pub(super) fn questions_at_once(&self) -> usize {
        let options = self.model.options();
        (options.concurrency / options.votes.max(1)).max(1)
    }

    /// Whether questions are only counted.
    pub(super) fn is_rehearsal(&self) -> bool {
        self.model.options().rehearse
    }

    /// Whether the service or the cassette has answered anything.
    pub(super) fn has_done_something(&self) -> bool {
        self.model.has_answered() || self.model.spending().known.calls > 0
    }

    /// Why the run stopped, where it did nothing before: a service that never answered, or a cassette without an answer.
    /// What the user's own limit ended is done as far as it was allowed.
    pub(super) fn failure(&self) -> Option<generate::Error> {
        let error = self.model.stopped()?;
        let is_miss = matches!(**error, generate::Error::NotRecorded);
        let is_failure = !error.is_limit() && (is_miss || !self.has_done_something());
        is_failure.then(|| generate::Error::Stopped(Arc::clone(error)))
    }

    /// Says, before anything is sent, who is asked `about` what, what that costs, and where it ends.
    pub(super) fn announce(&self, about: &str, output: &Output) {
        if let Some(cassette) = &self.replayed {
            return output.say(format_args!("{} is replayed from `{}`", self.name(), cassette.display()));
        }
        if self.model.sends_key_openly() {
            output.warn(format_args!("the key is sent to {} without TLS", self.model.url()));
        }
        let price = match self.model.price() {
            Some(price) => format!(
                "${:.2} and ${:.2} for a million tokens sent and answered (prices of {})",
                price.input, price.output, self.date
            ),
            None => "its price is not known".to_owned(),
        };
        let mut ends = Vec::new();
        let limits = self.model.options().limits;
        ends.extend(limits.dollars.map(|dollars| format!("${dollars}")));
        ends.extend(limits.calls.map(|calls| counted(calls, "call")));
        let ends = if ends.is_empty() { String::new() } else { format!("; at most {}", ends.join(" and ")) };
        let verb = if self.is_rehearsal() { "would be asked" } else { "is asked" };
        output.say(format_args!("{} at {} {verb} {about}; {price}{ends}", self.model.name(), self.model.url()));
    }

    /// What was asked and what that came to; `spared` mentions were not asked about.
    pub(super) fn account(&self, spared: u64) -> String {
        let spending = self.model.spending();
        let calls = counted(spending.asked.calls, "call");
        let mut line = format!("{}: {calls}, {}", self.name(), self.tokens(spending.asked));
        let mut saved = Vec::new();
        if spending.known.calls > 0 {
            saved.push(format!("{} ({})", counted(spending.known.calls, "known answer"), self.tokens(spending.known)));
        }
        if spared > 0 {
            // What they would have cost is known as nearly as calls are alike.
            let each = spending.asked.dollars / spending.asked.calls.max(1) as f64;
            let money = self.money(each * spared as f64).filter(|_| each > 0.0);
            let money = money.map(|money| format!(" (about {money})")).unwrap_or_default();
            saved.push(format!("{} not asked about{money}", count(spared)));
        }
        if !saved.is_empty() {
            line.push_str("; saved: ");
            line.push_str(&saved.join(", "));
        }
        if spending.repairs > 0 {
            let _ = write!(line, "; {} asked for once more", counted(spending.repairs, "answer"));
        }
        line
    }

    /// What a rehearsal counted.
    pub(super) fn forecast(&self) -> String {
        let spending = self.model.spending();
        let Calls { calls, prompt_tokens, answer_tokens, dollars } = spending.rehearsed;
        let estimate = if self.model.counts_are_estimates() { " (an estimate, by another tokenizer)" } else { "" };
        let money = self.money(dollars).map(|money| format!(", at most {money}")).unwrap_or_default();
        format!(
            "It would take {}: {} tokens sent{estimate}, at most {} answered{money}; {}",
            counted(calls, "call"),
            count(prompt_tokens),
            count(answer_tokens),
            counted(spending.known.calls, "known answer"),
        )
    }

    /// What calls took: tokens sent and answered, and what they cost.
    fn tokens(&self, calls: Calls) -> String {
        let Calls { prompt_tokens, answer_tokens, dollars, .. } = calls;
        let money = self.money(dollars).map(|money| format!(", {money}")).unwrap_or_default();
        format!("{} + {} tokens{money}", count(prompt_tokens), count(answer_tokens))
    }

    /// Money, where the price is known.
    pub(super) fn money(&self, dollars: f64) -> Option<String> {
        self.model.price().map(|_| if dollars < 1.0 { format!("${dollars:.4}") } else { format!("${dollars:.2}") })
    }
}

//! Letting a model choose: the flags, the model they describe, and what is said about it before and after.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;

use super::index::{count, counted};
use super::interactive::Adviser;
use super::open::Services;
use super::output::Output;
use crate::generate::budget::{Calls, Limits, Prices};
use crate::generate::cassette::Cassette;
use crate::generate::model::{self, Model};
use crate::generate::prompt::Prompts;
use crate::generate::{self, Format, Generator};
use crate::normalize::{Normalizer, Rule};
use crate::ontology::{Curie, catalogue};
use crate::retrieve::Hybrid;

/// The heading of their flags in the help.
const HEADING: &str = "Let a model choose";

/// Which model is asked about what, and at which cost.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = HEADING)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Choosing {
    /// The model that chooses among the candidates, as its service calls it: `gpt-4o`, `llama3.1`. The service is
    /// `OpenAI`'s, or the one at --base-url; without --model nothing is ever asked
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// When it is asked [default: unsure with --model, else never]
    #[arg(long, value_enum)]
    ask: Option<Ask>,
    /// Unsure is what retrieval is less sure of than this, from 0 to 1, and what it cannot estimate; never the name of
    /// one concept and no other
    #[arg(long, requires = "model", value_name = "P", default_value_t = 0.9, value_parser = super::sureness::share)]
    ask_below: f32,
    /// Candidates it chooses among
    #[arg(long, requires = "model", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    offer: u16,
    /// Ask for a number only, not for a reason: cheaper and faster
    #[arg(long, requires = "model")]
    no_reason: bool,
    /// What holds its answers to their form [default: the best that the service can do]
    #[arg(long, requires = "model", value_enum)]
    answer_format: Option<AnswerFormat>,
    /// Let its own answer (a symbol, a name) join the candidates where the index has it: one more call a mention
    #[arg(long, requires = "model")]
    propose: bool,
    /// When it chooses none, ask it for other names, look for these too, and ask again
    #[arg(long, requires = "model")]
    rewrite: bool,
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
    #[arg(long, requires_all = ["cassette", "model"])]
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
enum Ask {
    /// Never
    Never,
    /// Where retrieval is unsure
    Unsure,
    /// About every mention that has candidates
    Always,
}

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

/// A model, and when it is asked.
pub(super) struct Chooser {
    pub(super) model: Arc<Model>,
    pub(super) rule: Rule,
    /// The cassette, where nothing else answers.
    replayed: Option<PathBuf>,
    /// Whether retrieval knows how sure it is.
    is_learnt: bool,
    prices: Prices,
}

impl Choosing {
    /// Prepares the model, where one is to be asked. Nothing is sent.
    pub(super) fn open(&self, services: &Services, retriever: &Hybrid) -> anyhow::Result<Option<Chooser>> {
        let name = match (&self.model, self.ask) {
            (_, Some(Ask::Never)) | (None, None) => {
                if self.dry_run {
                    bail!("`--dry-run` counts what a model would be asked, and none would be");
                }
                return Ok(None);
            }
            (None, Some(_)) => bail!("`--ask` needs a model to ask: `--model NAME`"),
            (Some(name), _) => name,
        };
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
            ..model::Options::new(name, &title(retriever))
        };
        let prompts = self.prompts.as_deref().map_or_else(|| Ok(Prompts::built_in()), Prompts::from_folder)?;
        let open = if self.replay_only || self.dry_run { Cassette::open_existing } else { Cassette::open };
        // A rehearsal leaves nothing behind, no new cassette either.
        let cassette = self.cassette.as_deref().filter(|path| !self.dry_run || path.exists());
        let cassette = cassette.map(open).transpose().map_err(generate::Error::from)?;
        let endpoint = services.chat_endpoint(u64::from(self.timeout), u32::from(self.retries));
        let rule = Rule {
            always: self.ask == Some(Ask::Always),
            below: self.ask_below,
            offered: usize::from(self.offer),
            propose: self.propose,
            rewrite: self.rewrite,
        };
        let replayed = self.cassette.clone().filter(|_| self.replay_only);
        let model = Arc::new(Model::new(endpoint, options, prompts, &prices, cassette)?);
        Ok(Some(Chooser { model, rule, prices, is_learnt: retriever.is_learnt(), replayed }))
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

impl Chooser {
    /// The same normalizer, with the model asked by the rule.
    pub(super) fn added_to(&self, normalizer: Normalizer) -> Normalizer {
        normalizer.with_generator(Arc::clone(&self.model) as Arc<dyn Generator>, self.rule)
    }

    /// Mentions that are worked on at once: twice as many as calls, so that no call waits for a prompt to be made; but
    /// where calls are counted no more than are allowed, so that they go to the first mentions.
    pub(super) fn at_once(&self) -> usize {
        let concurrency = self.model.options().concurrency;
        match self.model.options().limits.calls {
            Some(calls) => concurrency.min(usize::try_from(calls).unwrap_or(usize::MAX)).max(1),
            None => 2 * concurrency,
        }
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

    /// The model for who presses a key to ask it, whatever the rule says of when.
    pub(super) fn adviser(&self, normalizer: &Normalizer) -> Adviser {
        let rule = Rule { always: true, ..self.rule };
        let normalizer = normalizer.clone().with_generator(Arc::clone(&self.model) as Arc<dyn Generator>, rule);
        Adviser { model: self.model.name().to_owned(), offered: rule.offered, normalizer }
    }

    /// Says, before anything is sent, who is asked about what, what that costs, and where it ends.
    pub(super) fn announce(&self, output: &Output) {
        let Rule { always, below, .. } = self.rule;
        let about = match always {
            true => "about every mention".to_owned(),
            false if self.is_learnt => format!("where retrieval is under {}% sure", (below * 1000.0).round() / 10.0),
            // Nothing says how sure retrieval is.
            false => "about all but names of one concept".to_owned(),
        };
        self.announce_asking(&about, output);
    }

    /// The same for who presses a key to ask.
    pub(super) fn announce_key(&self, output: &Output) {
        self.announce_asking("at Ctrl-G", output);
    }

    fn announce_asking(&self, about: &str, output: &Output) {
        if let Some(cassette) = &self.replayed {
            return output.say(format_args!("{} is replayed from `{}`", self.model.name(), cassette.display()));
        }
        if self.model.sends_key_openly() {
            output.warn(format_args!("the key is sent to {} without TLS", self.model.url()));
        }
        let price = match self.model.price() {
            Some(price) => format!(
                "${:.2} and ${:.2} for a million tokens sent and answered (prices of {})",
                price.input, price.output, self.prices.date
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

    /// Says what was asked and what that came to; `spared` mentions were not asked about.
    pub(super) fn account(&self, spared: u64, output: &Output) {
        let spending = self.model.spending();
        if self.is_rehearsal() {
            return self.foresee(spared, output);
        }
        let mut line = format!(
            "{}: {}, {}",
            self.model.name(),
            counted(spending.asked.calls, "call"),
            self.tokens(spending.asked)
        );
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
        output.say(line);
    }

    /// What a rehearsal counted.
    fn foresee(&self, spared: u64, output: &Output) {
        let spending = self.model.spending();
        let Calls { calls, prompt_tokens, answer_tokens, dollars } = spending.rehearsed;
        let estimate = if self.model.counts_are_estimates() { " (an estimate, by another tokenizer)" } else { "" };
        let money = self.money(dollars).map(|money| format!(", at most {money}")).unwrap_or_default();
        output.say(format_args!(
            "nothing was sent. It would take {}: {} tokens sent{estimate}, at most {} answered{money}; {}, {} not asked about",
            counted(calls, "call"),
            count(prompt_tokens),
            count(answer_tokens),
            counted(spending.known.calls, "known answer"),
            counted(spared, "mention"),
        ));
        let rewrite = if self.rule.rewrite { ", one of none up to two (`--rewrite`)" } else { "" };
        output.say(format_args!("each answer that cannot be used takes one call more{rewrite}"));
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

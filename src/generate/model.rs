//! The generator: a language model behind an OpenAI-compatible service, its answers recorded.
//!
//! A question becomes messages ([`prompt`](super::prompt)), what was asked before is answered by the cassette, what was
//! not is sent, within limits and at a pace ([`budget`](super::budget)). The first thing that no other question could
//! do better with either, such as a key that is not accepted, stops the run: from then on nothing is sent.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use futures_util::future::join_all;

use super::answer::{self, Problem};
use super::budget::{Limits, Meter, Price, Prices, Spending, Tokenizer};
use super::cassette::{Cassette, Key, Record};
use super::certainty::certainty;
use super::chat::{Chat, Completion, Declined, Format, Parameters, Shape};
use super::prompt::{Message, Prompt, Prompts, Role, quoted};
use super::votes::{majority, orders};
use super::{Answering, Choice, Decision, Error, Generator, Offer, Signature, computed};
use crate::ontology::Curie;
use crate::retrieve::Mention;
use crate::service::{self, Endpoint, Service};

/// Calls that fail one after the other before a service counts as gone.
const FAILURES: u32 = 5;

/// Questions refused one after the other before it counts as gone, though each may have been at fault itself.
const REFUSALS: u32 = 20;

/// Answers cut off one after the other before all will be.
const CUT_OFF: u32 = 20;

/// Characters of an answer that cannot be used, as far as it is repeated to the model.
const SHOWN_CHARACTERS: usize = 300;

/// Which model is asked, and how.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Options {
    /// The model, as the service calls it.
    pub model: String,
    /// What the identifiers belong to, as prompts call it.
    pub ontology: String,
    /// Of the service's randomness, and of the orders in which candidates are shown.
    pub seed: u64,
    /// Whether the model gives a reason and says how sure it is; without, it says one number.
    pub reason: bool,
    /// How often each question is asked, in different orders.
    pub votes: usize,
    /// Whether the first order, too, is another than retrieval's.
    pub shuffle: bool,
    /// What holds answers to their form; the best the service can do where it is not said.
    pub format: Option<Format>,
    /// The most tokens of an answer.
    pub most_tokens: u32,
    /// Calls under way at once.
    pub concurrency: usize,
    /// How much may be asked.
    pub limits: Limits,
    /// Whether only the cassette answers.
    pub replay_only: bool,
    /// Whether questions are only counted.
    pub rehearse: bool,
    /// Whether its answers are kept apart from those that a model of the same name gave at another address.
    pub apart: bool,
}

impl Options {
    /// One vote with a reason, at most 300 tokens, 8 calls at once, no limits.
    pub fn new(model: &str, ontology: &str) -> Self {
        Self {
            model: model.to_owned(),
            ontology: ontology.to_owned(),
            seed: 0,
            reason: true,
            votes: 1,
            shuffle: false,
            format: None,
            most_tokens: 300,
            concurrency: 8,
            limits: Limits::default(),
            replay_only: false,
            rehearse: false,
            apart: false,
        }
    }
}

/// A language model that chooses. Its calls need a tokio runtime.
pub struct Model {
    options: Options,
    prompts: Prompts,
    chat: Chat,
    cassette: Cassette,
    /// Whether what was asked is kept beside the answers, for who reads the cassette; nobody reads a temporary one.
    keeps_questions: bool,
    tokenizer: Option<Tokenizer>,
    meter: Meter,
    price: Option<Price>,
    places: tokio::sync::Semaphore,
    /// Who asks the same at the same time waits for the one answer.
    under_way: Mutex<HashMap<Key, Weak<tokio::sync::Mutex<()>>>>,
    /// What was counted in a rehearsal.
    rehearsed: Mutex<HashSet<Key>>,
    health: Health,
    stopped: OnceLock<Arc<Error>>,
}

/// What went wrong one time after the other, until something goes well.
#[derive(Debug, Default)]
struct Health {
    has_answered: AtomicBool,
    failures: AtomicU32,
    refusals: AtomicU32,
    cut_off: AtomicU32,
}

impl Health {
    fn answered(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
        self.failures.store(0, Ordering::Relaxed);
        self.refusals.store(0, Ordering::Relaxed);
    }

    fn failed(&self) -> u32 {
        self.failures.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn refused(&self) -> u32 {
        self.refusals.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn cut_off(&self, is_cut_off: bool) -> u32 {
        if is_cut_off {
            self.cut_off.fetch_add(1, Ordering::Relaxed) + 1
        } else {
            self.cut_off.store(0, Ordering::Relaxed);
            0
        }
    }
}

impl Model {
    /// Prepares to ask; nothing is sent yet. Without a cassette, answers are remembered for as long as this lives.
    ///
    /// # Errors
    /// Where the address or key cannot be one, the cassette cannot be made, or money is limited and the price unknown.
    pub fn new(
        endpoint: Endpoint,
        options: Options,
        prompts: Prompts,
        prices: &Prices,
        cassette: Option<Cassette>,
    ) -> Result<Self, Error> {
        let price = prices.of(&options.model);
        if options.limits.dollars.is_some() && price.is_none() {
            return Err(Error::NoPrice { model: options.model });
        }
        let service = Service::new(endpoint)?;
        // Nothing is sent to be refused.
        if service.is_openai() && !service.has_key() && !options.rehearse && !options.replay_only {
            return Err(service::Error::Unauthorized { url: service.url().to_owned() }.into());
        }
        #[expect(clippy::cast_possible_wrap, reason = "any seed is as good as any other")]
        let seed = options.seed as i64;
        let parameters = Parameters { temperature: 0.0, seed, most_tokens: options.most_tokens };
        let counts = options.limits.count_tokens() || options.rehearse;
        Ok(Self {
            prompts,
            chat: Chat::new(service, &options.model, parameters, options.format),
            keeps_questions: cassette.is_some(),
            cassette: cassette.map_or_else(Cassette::temporary, Ok)?,
            tokenizer: counts.then(|| Tokenizer::of(&options.model)),
            meter: Meter::new(price, options.limits),
            price,
            places: tokio::sync::Semaphore::new(options.concurrency.max(1)),
            under_way: Mutex::default(),
            rehearsed: Mutex::default(),
            health: Health::default(),
            stopped: OnceLock::new(),
            options,
        })
    }

    /// Which model is asked, and how.
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// The model, as its service calls it.
    pub fn name(&self) -> &str {
        &self.options.model
    }

    /// The address it is asked at.
    pub fn url(&self) -> &str {
        self.chat.service().url()
    }

    /// Whether a key is sent to another machine for everybody on the way to read.
    pub const fn sends_key_openly(&self) -> bool {
        self.chat.service().sends_key_openly()
    }

    /// What its tokens cost, where that is known.
    pub const fn price(&self) -> Option<Price> {
        self.price
    }

    /// What was asked so far.
    pub fn spending(&self) -> Spending {
        self.meter.spending()
    }

    /// Whether tokens were counted by another tokenizer than the model's.
    pub fn counts_are_estimates(&self) -> bool {
        self.tokenizer.as_ref().is_some_and(Tokenizer::is_estimate)
    }

    /// Whether the service has answered anything in this run.
    pub fn has_answered(&self) -> bool {
        self.health.has_answered.load(Ordering::Relaxed)
    }

    /// Why nothing is asked any more, where that is so.
    pub fn stopped(&self) -> Option<&Arc<Error>> {
        self.stopped.get()
    }

    fn stop(&self, error: Error) -> Error {
        Error::Stopped(Arc::clone(self.stopped.get_or_init(|| Arc::new(error))))
    }

    /// The hash of a prompt, see [`Prompts::hash`].
    pub fn prompt_hash(&self, prompt: Prompt) -> &str {
        self.prompts.hash(prompt)
    }

    /// `OpenAI`'s models and others of the same name may differ.
    fn kind(&self) -> String {
        match self.chat.service().is_openai() {
            true => "openai chat".to_owned(),
            false if self.options.apart => format!("compatible chat at {}", self.url()),
            false => "compatible chat".to_owned(),
        }
    }

    async fn decide(&self, mention: &Mention, offers: &[Offer]) -> Result<Decision, Error> {
        let Options { votes, shuffle, seed, .. } = self.options;
        let about = format!("{}\0{}", mention.text, mention.context.as_deref().unwrap_or_default());
        let orders = orders(offers.len(), votes, shuffle, seed, &about);
        let mut votes = Vec::new();
        let mut first_error = None;
        for vote in join_all(orders.iter().map(|order| self.vote(mention, offers, order))).await {
            match vote {
                Ok(vote) => votes.push(vote),
                // A part of the votes, for want of money or service, is no majority.
                Err(error) if error.stops() || matches!(error, Error::Service(_)) => return Err(error),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        let Some((choice, count)) = majority(votes.iter().map(|vote| vote.choice)) else {
            return Err(first_error.unwrap_or(Error::Empty));
        };
        let certainty = (orders.len() > 1).then(|| count as f32 / orders.len() as f32);
        let first = votes.into_iter().find(|vote| vote.choice == choice).expect("it has votes");
        Ok(Decision { certainty: certainty.or(first.certainty), ..first })
    }

    /// Asks once, and once more where the answer is none.
    async fn vote(&self, mention: &Mention, offers: &[Offer], order: &[usize]) -> Result<Decision, Error> {
        let Options { ontology, reason, .. } = &self.options;
        let made = self.prompts.choose(ontology, mention, offers, order, *reason);
        let mut messages = made.map_err(|error| self.stop(error))?;
        let shape = Shape::Choice { offered: offers.len(), reason: *reason };
        let mut is_repair = false;
        loop {
            let completion = self.ask(Prompt::Choose, &messages, shape).await?;
            let text = completion.text(self.options.most_tokens)?;
            let problem = match answer::choice(text, offers.len()) {
                Ok(answer) => {
                    let choice = match answer.choice {
                        Choice::Offer(place) => Choice::Offer(order[place]),
                        Choice::NoMatch => Choice::NoMatch,
                    };
                    let certainty = certainty(&completion.choice_tokens, offers.len()).or(answer.certainty);
                    return Ok(Decision { choice, certainty, ..answer });
                }
                Err(problem) => problem,
            };
            if is_repair {
                let answer = answer::kept(text);
                return Err(match problem {
                    Problem::NotOffered => Error::NotOffered { answer },
                    Problem::Unreadable => Error::Unreadable { answer },
                });
            }
            is_repair = true;
            self.meter.repaired();
            let repair = self.prompts.repair(problem == Problem::NotOffered, offers.len());
            // What a mention made it say is data as well.
            messages.push(Message { role: Role::Assistant, content: quoted(text, SHOWN_CHARACTERS) });
            messages.push(repair.map_err(|error| self.stop(error))?);
        }
    }

    /// The names a model gives; none where its answer is not one that gives names.
    async fn names(&self, prompt: Prompt, messages: Result<Vec<Message>, Error>) -> Result<Vec<String>, Error> {
        let messages = messages.map_err(|error| self.stop(error))?;
        let shape = if prompt == Prompt::Rewrite { Shape::Names } else { Shape::Answer };
        let completion = self.ask(prompt, &messages, shape).await?;
        let text = completion.text(self.options.most_tokens)?;
        answer::names(text).map_err(|_| Error::Unreadable { answer: answer::kept(text) })
    }

    /// The identifier a model gives, as it wrote it.
    async fn identifier(&self, mention: &Mention) -> Result<Option<String>, Error> {
        let messages = self.prompts.plain(&self.options.ontology, mention, true);
        let messages = messages.map_err(|error| self.stop(error))?;
        let completion = self.ask(Prompt::Plain, &messages, Shape::Answer).await?;
        let text = completion.text(self.options.most_tokens)?;
        answer::identifier(text).ok_or_else(|| Error::Unreadable { answer: answer::kept(text) })
    }

    /// The answer to `messages`: what is recorded, else what the service says, which is recorded before it is used.
    async fn ask(&self, prompt: Prompt, messages: &[Message], shape: Shape) -> Result<Completion, Error> {
        let json = |value: serde_json::Result<String>| value.expect("strings and numbers can be written as JSON");
        let parameters = json(serde_json::to_string(&self.chat.parameters()));
        let said = json(serde_json::to_string(messages));
        let kind = self.kind();
        let key = Key::of(self.chat.model(), &kind, &parameters, &said);
        let turn = self.turn(key);
        let _turn = turn.lock().await;
        if let Some(completion) = self.recorded(key).await? {
            self.meter.known(completion.prompt_tokens, completion.answer_tokens);
            return Ok(completion);
        }
        let most = u64::from(self.options.most_tokens);
        let tokens = self.tokenizer.as_ref().map_or(0, |tokenizer| tokenizer.count(messages, &shape.schema()));
        if self.options.rehearse {
            // What was asked once would be known from then on.
            if self.rehearsed.lock().unwrap_or_else(PoisonError::into_inner).insert(key) {
                self.meter.rehearsed(tokens, most);
            } else {
                self.meter.known(0, 0);
            }
            return Err(Error::Rehearsed);
        }
        if self.options.replay_only {
            return Err(self.stop(Error::NotRecorded));
        }
        let completion = self.send(messages, shape, tokens).await?;
        let record = Record {
            model: self.chat.model().to_owned(),
            kind,
            parameters,
            messages: if self.keeps_questions { said } else { "[]".to_owned() },
            prompt_hash: self.prompts.hash(prompt).to_owned(),
            answer: json(serde_json::to_string(&completion)),
        };
        let kept = self.with_cassette(move |cassette| cassette.put(&key, &record)).await;
        if kept.map_err(|error| self.stop(error))? {
            return Ok(completion);
        }
        // Another process was faster, and its answer is the one that every replay gives.
        Ok(self.recorded(key).await?.unwrap_or(completion))
    }

    async fn send(&self, messages: &[Message], shape: Shape, tokens: u64) -> Result<Completion, Error> {
        let _place = self.places.acquire().await.expect("nobody closes it");
        if let Some(error) = self.stopped.get() {
            return Err(Error::Stopped(Arc::clone(error)));
        }
        let turn = self.chat.turn(shape).await;
        let most = u64::from(self.options.most_tokens);
        let permit = loop {
            let ended = self.meter.ended();
            match self.meter.permit(tokens, most).map_err(|error| self.stop(error))? {
                Some(permit) => break permit,
                None => ended.await,
            }
        };
        tokio::time::sleep_until(permit.not_before.into()).await;
        // The run may have stopped meanwhile; that a limit is reached is no matter to whom it left room.
        if let Some(error) = self.stopped.get().filter(|error| !error.is_limit()) {
            return Err(Error::Stopped(Arc::clone(error)));
        }
        match self.chat.complete(messages, shape, turn).await {
            Ok(completion) => {
                // A limit that counts must not wait for a service that does not.
                match (completion.prompt_tokens, completion.answer_tokens) {
                    (0, 0) if tokens > 0 => permit.settle(tokens, most),
                    (prompt_tokens, answer_tokens) => permit.settle(prompt_tokens, answer_tokens),
                }
                self.health.answered();
                let is_cut_off = matches!(completion.text(self.options.most_tokens), Err(Error::CutOff { .. }));
                match self.health.cut_off(is_cut_off) {
                    CUT_OFF.. => {
                        Err(self.stop(Error::AllCutOff { answers: CUT_OFF, tokens: self.options.most_tokens }))
                    }
                    _ => Ok(completion),
                }
            }
            Err(error) => {
                if matches!(error, service::Error::UnreadableAnswer { .. }) {
                    // Answered, and so paid for.
                    permit.settle(tokens, most);
                }
                self.failed(error)
            }
        }
    }

    /// What a failed call comes to: the end of the run, an error of its own, or where the service answers others and only
    /// does not want this question, an answer that says so.
    fn failed(&self, error: service::Error) -> Result<Completion, Error> {
        let url = || self.chat.service().url().to_owned();
        let has_answered = self.has_answered();
        if let service::Error::Refused { status, message, .. } = &error
            && !error.is_failing_service()
            && (has_answered || !error.is_final())
        {
            let failures = self.health.refused();
            if failures >= REFUSALS {
                return Err(self.stop(Error::Gone { url: url(), failures, source: Box::new(error.into()) }));
            }
            return match status {
                400 | 413 | 422 if has_answered => {
                    let declined = Some(Declined { status: *status, message: message.clone() });
                    Ok(Completion { declined, ..Completion::default() })
                }
                _ => Err(error.into()),
            };
        }
        if error.is_final() {
            return Err(self.stop(error.into()));
        }
        let failures = self.health.failed();
        if failures < FAILURES {
            return Err(error.into());
        }
        Err(self.stop(Error::Gone { url: url(), failures, source: Box::new(error.into()) }))
    }

    /// The lock of everybody who asks this.
    fn turn(&self, key: Key) -> Arc<tokio::sync::Mutex<()>> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = under_way.get(&key).and_then(Weak::upgrade) {
            return turn;
        }
        // What nobody waits for any more is forgotten, a little at a time.
        if under_way.len() > 4 * self.options.concurrency.max(64) {
            under_way.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::default();
        under_way.insert(key, Arc::downgrade(&turn));
        turn
    }

    async fn recorded(&self, key: Key) -> Result<Option<Completion>, Error> {
        let record = self.with_cassette(move |cassette| cassette.get(&key)).await.map_err(|error| self.stop(error))?;
        // What cannot be read was written by another version: it is asked again.
        Ok(record.and_then(|record| serde_json::from_str(&record.answer).ok()))
    }

    /// Reads or writes where nobody else has to wait for it.
    async fn with_cassette<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Cassette) -> Result<T, super::cassette::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let cassette = self.cassette.clone();
        Ok(computed(move || work(&cassette)).await?)
    }
}

impl Generator for Model {
    fn signature(&self) -> Signature {
        let prompt_hash = self.prompt_hash(Prompt::Choose).to_owned();
        Signature { model: self.options.model.clone(), prompt_hash }
    }

    fn choose<'a>(&'a self, mention: &'a Mention, offers: &'a [Offer]) -> Answering<'a, Decision> {
        Box::pin(self.decide(mention, offers))
    }

    fn propose<'a>(&'a self, mention: &'a Mention) -> Answering<'a, Vec<String>> {
        Box::pin(async {
            let messages = self.prompts.plain(&self.options.ontology, mention, false);
            let mut names = self.names(Prompt::Plain, messages).await?;
            names.truncate(1);
            Ok(names)
        })
    }

    fn identify<'a>(&'a self, mention: &'a Mention) -> Answering<'a, Option<String>> {
        Box::pin(self.identifier(mention))
    }

    fn rewrite<'a>(&'a self, mention: &'a Mention, offers: &'a [Offer]) -> Answering<'a, Vec<String>> {
        Box::pin(async {
            let messages = self.prompts.rewrite(&self.options.ontology, mention, offers);
            let mut names = self.names(Prompt::Rewrite, messages).await?;
            // Looked up, an identifier would be an answer of the model's own.
            names.retain(|name| Curie::parse(name).is_err());
            Ok(names)
        })
    }
}

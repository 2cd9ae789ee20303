//! What asking costs: tokens, prices, limits, pace, and what was spent and saved.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tiktoken_rs::CoreBPE;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::Error;
use super::prompt::Message;

/// Tokens that a message costs beside its text, and that a conversation costs beside its messages (`OpenAI`'s count for
/// its chat models; others differ a little).
const TOKENS_OF_MESSAGE: u64 = 3;
const TOKENS_OF_CONVERSATION: u64 = 3;

/// Who comes after a pause may go this far ahead of the pace.
const SLACK: Duration = Duration::from_secs(1);

/// US dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// That are sent.
    pub input: f64,
    /// That are answered.
    pub output: f64,
}

impl Price {
    /// What a call costs, in US dollars.
    pub fn of(self, prompt_tokens: u64, answer_tokens: u64) -> f64 {
        (self.input * prompt_tokens as f64 + self.output * answer_tokens as f64) / 1e6
    }
}

/// A table of prices and its date.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// The day they were right on.
    pub date: String,
    /// Where they stand.
    #[serde(default)]
    pub source: String,
    models: BTreeMap<String, Price>,
}

impl Prices {
    /// The table that is compiled in.
    #[expect(clippy::missing_panics_doc, reason = "a test reads it")]
    pub fn built_in() -> Self {
        toml::from_str(include_str!("prices.toml")).expect("the compiled-in table is right: a test reads it")
    }

    /// A table of the user's, written as `prices.toml` beside this file is.
    ///
    /// # Errors
    /// Where the file cannot be read or is no such table.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::File { path: path.to_owned(), source };
        let text = fs_err::read_to_string(path).map_err(|error| failed(error.into()))?;
        toml::from_str(&text).map_err(|error| failed(error.into()))
    }

    /// The price of a model, found by its name, or by its name without the date at its end.
    pub fn of(&self, model: &str) -> Option<Price> {
        let undated = || {
            let (name, date) = model.split_at_checked(model.len().checked_sub("-2024-08-06".len())?)?;
            let is_date = date.chars().enumerate().all(|(at, character)| match at {
                0 | 5 | 8 => character == '-',
                _ => character.is_ascii_digit(),
            });
            self.models.get(name).filter(|_| is_date)
        };
        self.models.get(model).or_else(undated).copied()
    }
}

/// Counts tokens as a model does, or nearly.
#[derive(Clone)]
pub struct Tokenizer {
    encoding: &'static CoreBPE,
    is_estimate: bool,
}

impl Tokenizer {
    /// The tokenizer of a model of `OpenAI`'s; for any other model `o200k_base`, whose count is an estimate.
    pub fn of(model: &str) -> Self {
        match tiktoken_rs::bpe_for_model(model) {
            Ok(encoding) => Self { encoding, is_estimate: false },
            Err(_) => Self { encoding: tiktoken_rs::o200k_base_singleton(), is_estimate: true },
        }
    }

    /// Whether the model counts otherwise.
    pub const fn is_estimate(&self) -> bool {
        self.is_estimate
    }

    /// Tokens of a conversation and of the schema its answer must have.
    pub fn count(&self, messages: &[Message], schema: &str) -> u64 {
        let of_schema = self.encoding.count_ordinary(schema) as u64;
        let of_texts: usize = messages.iter().map(|message| 1 + self.encoding.count_ordinary(&message.content)).sum();
        of_schema + of_texts as u64 + TOKENS_OF_MESSAGE * messages.len() as u64 + TOKENS_OF_CONVERSATION
    }
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokenizer").field("is_estimate", &self.is_estimate).finish_non_exhaustive()
    }
}

/// How much may be asked in all, and how fast.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    /// Calls of the run.
    pub calls: Option<u64>,
    /// US dollars of the run.
    pub dollars: Option<f64>,
    /// Calls a minute.
    pub calls_per_minute: Option<u32>,
    /// Tokens a minute, sent and answered.
    pub tokens_per_minute: Option<u32>,
}

impl Limits {
    /// Whether tokens must be counted before a call.
    pub const fn count_tokens(&self) -> bool {
        self.dollars.is_some() || self.tokens_per_minute.is_some()
    }
}

/// Calls with their tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Calls {
    /// How many.
    pub calls: u64,
    /// Tokens sent.
    pub prompt_tokens: u64,
    /// Tokens answered; for calls that were not made, and for those that a limit counts and the service does not, the
    /// most that could be.
    pub answer_tokens: u64,
    /// US dollars, where the price is known.
    pub dollars: f64,
}

impl Calls {
    fn add(&mut self, prompt_tokens: u64, answer_tokens: u64, price: Option<Price>) {
        self.calls += 1;
        self.prompt_tokens += prompt_tokens;
        self.answer_tokens += answer_tokens;
        self.dollars += price.map_or(0.0, |price| price.of(prompt_tokens, answer_tokens));
    }
}

/// What a run asked.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spending {
    /// Calls that were made and answered.
    pub asked: Calls,
    /// Calls that were not made, since the answer was known.
    pub known: Calls,
    /// Calls that were only rehearsed.
    pub rehearsed: Calls,
    /// Calls, of those made or known, that asked again after an answer that was none.
    pub repairs: u64,
    /// Whether there is a price, so that the dollars mean something.
    pub is_priced: bool,
}

/// Counts calls, and says no when a limit is reached.
#[derive(Debug)]
pub(super) struct Meter {
    price: Option<Price>,
    limits: Limits,
    state: Mutex<State>,
    /// Told when a call is no longer under way.
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    spending: Spending,
    begun: u64,
    under_way: usize,
    /// US dollars that calls under way may cost.
    reserved: f64,
    calls: Pace,
    tokens: Pace,
}

/// When the next one may begin, so that not more than so many do in a minute.
#[derive(Debug, Default)]
struct Pace(Option<Instant>);

impl Pace {
    /// Takes `amount` of the `per_minute` there are, and says when that may be used.
    fn take(&mut self, amount: u64, per_minute: Option<u32>, now: Instant) -> Instant {
        let Some(per_minute) = per_minute else { return now };
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        let begin = self.0.map_or(earliest, |next| next.max(earliest));
        self.0 = Some(begin + Duration::from_secs_f64(60.0 * amount as f64 / f64::from(per_minute.max(1))));
        begin.max(now)
    }
}

/// A call that may be made: at most so much, and not before its time.
#[must_use]
pub(super) struct Permit<'a> {
    meter: &'a Meter,
    reserved: f64,
    pub(super) not_before: Instant,
}

impl Meter {
    pub(super) fn new(price: Option<Price>, limits: Limits) -> Self {
        let spending = Spending { is_priced: price.is_some(), ..Spending::default() };
        let state = Mutex::new(State { spending, ..State::default() });
        Self { price, limits, state, ended: Notify::new() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Each change is whole, whichever thread stopped while it held the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn spending(&self) -> Spending {
        self.state().spending
    }

    /// The next end of a call that is under way.
    pub(super) fn ended(&self) -> Notified<'_> {
        self.ended.notified()
    }

    /// Leave for a call of so many tokens at most, if the limits still have room for it; none while only what is under
    /// way takes that room, since most of it is given back.
    pub(super) fn permit(&self, prompt_tokens: u64, most_answer_tokens: u64) -> Result<Option<Permit<'_>>, Error> {
        let mut state = self.state();
        if let Some(calls) = self.limits.calls
            && state.begun >= calls
        {
            return Err(Error::CallsUsedUp { calls });
        }
        let cost = self.price.map_or(0.0, |price| price.of(prompt_tokens, most_answer_tokens));
        if let Some(limit) = self.limits.dollars
            && state.spending.asked.dollars + state.reserved + cost > limit
        {
            let spent = state.spending.asked.dollars;
            return if state.under_way > 0 && spent + cost <= limit {
                Ok(None)
            } else {
                Err(Error::MoneyUsedUp { limit, spent })
            };
        }
        state.begun += 1;
        state.under_way += 1;
        state.reserved += cost;
        let now = Instant::now();
        let by_calls = state.calls.take(1, self.limits.calls_per_minute, now);
        let tokens = prompt_tokens + most_answer_tokens;
        let by_tokens = state.tokens.take(tokens, self.limits.tokens_per_minute, now);
        Ok(Some(Permit { meter: self, reserved: cost, not_before: by_calls.max(by_tokens) }))
    }

    pub(super) fn known(&self, prompt_tokens: u64, answer_tokens: u64) {
        self.state().spending.known.add(prompt_tokens, answer_tokens, self.price);
    }

    pub(super) fn rehearsed(&self, prompt_tokens: u64, most_answer_tokens: u64) {
        self.state().spending.rehearsed.add(prompt_tokens, most_answer_tokens, self.price);
    }

    pub(super) fn repaired(&self) {
        self.state().spending.repairs += 1;
    }
}

impl Permit<'_> {
    /// Notes what the call came to.
    pub(super) fn settle(self, prompt_tokens: u64, answer_tokens: u64) {
        self.meter.state().spending.asked.add(prompt_tokens, answer_tokens, self.meter.price);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.meter.state();
        state.under_way -= 1;
        // Differences of fractions need not come back to nothing.
        state.reserved = if state.under_way == 0 { 0.0 } else { state.reserved - self.reserved };
        drop(state);
        self.meter.ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::prompt::Role;

    #[test]
    fn the_price_of_a_model_is_found_with_and_without_its_date() {
        let prices = Prices::built_in();
        assert_eq!(prices.of("gpt-4o-2024-08-06"), prices.of("gpt-4o"));
        assert!(prices.of("gpt-4o").is_some() && prices.date.len() == 10 && !prices.source.is_empty());
        for unknown in ["llama3", "gpt-4o-preview", "gpt-4o-2024-0x-06", "", "ü-2024-08-06", "-2024-08-06"] {
            assert_eq!(prices.of(unknown), None, "{unknown}");
        }
        assert!((Price { input: 2.5, output: 10.0 }.of(1_000_000, 100_000) - 3.5).abs() < 1e-9);
    }

    #[test]
    fn a_table_of_the_users_replaces_it_and_a_wrong_one_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), "date = \"2030-01-01\"\n[models]\nmine = { input = 1, output = 2 }").unwrap();
        assert_eq!(Prices::read(file.path()).unwrap().of("mine"), Some(Price { input: 1.0, output: 2.0 }));
        fs_err::write(file.path(), "date = \"2030-01-01\"\n[models]\nmine = 1").unwrap();
        assert!(matches!(Prices::read(file.path()), Err(Error::File { .. })));
    }

    #[test]
    fn tokens_are_counted_as_openai_counts_them() {
        // Nine tokens of text by OpenAI's own tokenizer page, three each for the message, its role and the answer's start.
        let message = Message { role: Role::User, content: "The big hands of a clock are long.".to_owned() };
        let tokenizer = Tokenizer::of("gpt-4o");
        assert_eq!((tokenizer.count(&[message], ""), tokenizer.is_estimate()), (16, false));
        assert!(Tokenizer::of("llama3").is_estimate());
    }

    #[test]
    fn limits_count_what_is_under_way() {
        let limits = Limits { calls: Some(3), dollars: Some(1.0), ..Limits::default() };
        let meter = Meter::new(Some(Price { input: 0.0, output: 1.0 }), limits);
        let permit = |tokens| meter.permit(0, tokens).unwrap();
        let first = permit(600_000).unwrap();
        assert!(permit(600_000).is_none());
        assert!(matches!(meter.permit(0, 1_100_000), Err(Error::MoneyUsedUp { .. })));
        first.settle(0, 100_000);
        drop(permit(600_000).unwrap());
        permit(900_000).unwrap().settle(0, 900_000);
        assert!(matches!(meter.permit(0, 0), Err(Error::CallsUsedUp { calls: 3 })));
        let asked = meter.spending().asked;
        assert_eq!((asked.calls, asked.answer_tokens), (2, 1_000_000));
        assert!((asked.dollars - 1.0).abs() < 1e-9);
    }

    #[test]
    fn calls_are_spread_over_the_minute() {
        let (mut pace, now) = (Pace::default(), Instant::now() + Duration::from_secs(10));
        let waits: Vec<u64> = (0..5).map(|_| pace.take(1, Some(60), now).duration_since(now).as_secs()).collect();
        assert_eq!(waits, [0, 0, 1, 2, 3]);
        let later = now + Duration::from_mins(1);
        assert_eq!(pace.take(1, Some(60), later), later);
        assert_eq!(pace.take(1, None, now), now);
    }
}

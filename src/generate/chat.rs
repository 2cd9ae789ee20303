//! One completion of a chat service, in the best form it can give.
//!
//! An answer is constrained by a strict JSON schema where the service can do that, else asked for as JSON, else as text;
//! with log-probabilities where it has them. The first call finds out, and the run remembers. What is sent and read
//! follows <https://platform.openai.com/docs/api-reference/chat>, as far as others speak it too.

use std::sync::{Mutex, PoisonError};

use serde::de::{DeserializeOwned, Deserializer};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::Error;
use super::answer::kept;
use super::certainty::{Token, tokens_of_choice};
use super::prompt::Message;
use crate::service::{self, Service};

/// Tokens whose probability is asked for at each place: the most that every service with log-probabilities gives.
const LIKELIEST: u8 = 10;

/// What an answer must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One of the numbers from 1 to `offered`, or none; with a reason and a certainty, or without.
    Choice { offered: usize, reason: bool },
    /// Up to three names.
    Names,
    /// One answer in the model's own words.
    Answer,
}

impl Shape {
    const fn is_choice(self) -> bool {
        matches!(self, Self::Choice { .. })
    }

    /// The schema, as it is sent.
    pub(super) fn schema(self) -> String {
        serde_json::to_string(&Schema { shape: self }).expect("texts can be written as JSON")
    }
}

/// What a model is told beside the messages.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Parameters {
    pub(super) temperature: f32,
    pub(super) seed: i64,
    pub(super) most_tokens: u32,
}

/// What came back, as far as it is used and kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Completion {
    /// What the model said.
    pub(super) content: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<String>,
    pub(super) finish_reason: Option<String>,
    /// The tokens that a choice is written in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) choice_tokens: Vec<Token>,
    pub(super) prompt_tokens: u64,
    pub(super) answer_tokens: u64,
    /// The model that answered, as it calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<String>,
    /// Why the service did not want to answer this, where it answers others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) declined: Option<Declined>,
    /// When, in seconds since 1970, as the service says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<u64>,
}

/// A status that says no to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Declined {
    pub(super) status: u16,
    pub(super) message: String,
}

impl Completion {
    /// The same where a service repeats the key, but without it: all this may be printed and kept.
    fn without_key(mut self, service: &Service) -> Self {
        let said = [&mut self.content, &mut self.refusal, &mut self.finish_reason, &mut self.model];
        let tokens = self.choice_tokens.iter_mut().flat_map(|token| {
            let likeliest = token.likeliest.iter_mut().map(|likely| &mut likely.token);
            likeliest.chain([&mut token.token])
        });
        for text in said.into_iter().flatten().chain(tokens) {
            service.strike_key(text);
        }
        self
    }

    /// What the model said, or why it said nothing.
    pub(super) fn text(&self, most_tokens: u32) -> Result<&str, Error> {
        if let Some(Declined { status, message }) = &self.declined {
            return Err(Error::Declined { status: *status, message: message.clone() });
        }
        if let Some(refusal) = self.refusal.as_deref().filter(|refusal| !refusal.is_empty()) {
            return Err(Error::Refusal { message: kept(refusal) });
        }
        match self.finish_reason.as_deref() {
            Some("content_filter") => Err(Error::Filtered),
            Some("length") => Err(Error::CutOff { tokens: most_tokens }),
            _ => self.content.as_deref().filter(|text| !text.trim().is_empty()).ok_or(Error::Empty),
        }
    }
}

/// What a service can do, as far as it was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an ability of its own")]
struct Abilities {
    format: Format,
    has_logprobs: bool,
    has_temperature: bool,
    has_seed: bool,
    /// Whether the most tokens are called `max_completion_tokens`, as newer models of `OpenAI` want it.
    is_newer: bool,
    /// Whether the other name for it was tried: a number that is too large has no better name.
    is_renamed: bool,
    /// Whether another format may be tried.
    may_loosen: bool,
}

/// What holds an answer to its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A strict JSON schema.
    Schema,
    /// The service's JSON mode.
    Json,
    /// Nothing but the prompt.
    Text,
}

impl Abilities {
    /// All, with the format where one is asked for.
    fn all(is_openai: bool, format: Option<Format>) -> Self {
        Self {
            format: format.unwrap_or(Format::Schema),
            may_loosen: format.is_none(),
            has_logprobs: true,
            has_temperature: true,
            has_seed: true,
            is_newer: is_openai,
            is_renamed: false,
        }
    }

    /// What is left where a service refused to be asked so: what its message names, else the format; nothing where
    /// there is nothing left to do without.
    fn without(self, message: &str) -> Option<Self> {
        let message = message.to_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| message.contains(word));
        // Too long a prompt does not become shorter.
        if names(&["context_length", "context length", "context size", "context window"]) {
            return None;
        }
        let less = if self.has_logprobs && names(&["logprob"]) {
            Self { has_logprobs: false, ..self }
        } else if !self.is_renamed && names(&["max_tokens", "max_completion_tokens"]) {
            Self { is_newer: !self.is_newer, is_renamed: true, ..self }
        } else if self.has_temperature && names(&["temperature"]) {
            Self { has_temperature: false, ..self }
        } else if self.has_seed && names(&["seed"]) {
            Self { has_seed: false, ..self }
        } else {
            match self.format {
                Format::Schema if self.may_loosen => Self { format: Format::Json, ..self },
                Format::Json if self.may_loosen => Self { format: Format::Text, ..self },
                _ if self.has_logprobs => Self { has_logprobs: false, ..self },
                _ => return None,
            }
        };
        Some(less)
    }
}

/// A chat service and one of its models.
pub(super) struct Chat {
    service: Service,
    model: String,
    parameters: Parameters,
    format: Option<Format>,
    known: Mutex<Option<Known>>,
    /// Held by the call that finds out.
    finding_out: tokio::sync::Mutex<()>,
}

/// What was found out, and whether by a choice: nothing else asks for log-probabilities.
#[derive(Debug, Clone, Copy)]
struct Known {
    abilities: Abilities,
    by_choice: bool,
}

/// The turn to ask: the first call has it alone, and finds out what the service can do.
pub(super) struct Turn<'a> {
    _alone: Option<tokio::sync::MutexGuard<'a, ()>>,
}

impl Chat {
    pub(super) fn new(service: Service, model: &str, parameters: Parameters, format: Option<Format>) -> Self {
        let finding_out = tokio::sync::Mutex::new(());
        Self { service, model: model.to_owned(), parameters, format, known: Mutex::new(None), finding_out }
    }

    pub(super) const fn service(&self) -> &Service {
        &self.service
    }

    pub(super) const fn parameters(&self) -> Parameters {
        self.parameters
    }

    pub(super) fn model(&self) -> &str {
        &self.model
    }

    fn known(&self) -> Option<Known> {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn knows_enough(&self, shape: Shape) -> bool {
        self.known().is_some_and(|known| known.by_choice || !shape.is_choice())
    }

    /// Waits while another call finds out what the service can do.
    pub(super) async fn turn(&self, shape: Shape) -> Turn<'_> {
        if self.knows_enough(shape) {
            return Turn { _alone: None };
        }
        let alone = self.finding_out.lock().await;
        Turn { _alone: (!self.knows_enough(shape)).then_some(alone) }
    }

    /// Asks for one completion, in the caller's turn.
    pub(super) async fn complete(
        &self,
        messages: &[Message],
        shape: Shape,
        _turn: Turn<'_>,
    ) -> Result<Completion, service::Error> {
        let known = self.known().map(|known| known.abilities);
        let mut abilities = known.unwrap_or_else(|| Abilities::all(self.service.is_openai(), self.format));
        if self.knows_enough(shape) {
            return self.ask(messages, shape, abilities).await;
        }
        // Each try does without something: this ends.
        loop {
            match self.ask(messages, shape, abilities).await {
                Ok(completion) => {
                    let known = Known { abilities, by_choice: shape.is_choice() };
                    *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
                    return Ok(completion);
                }
                // `OpenAI` answers 403 where a model that reasons is asked for log-probabilities.
                Err(service::Error::Refused { status, ref message, .. })
                    if (matches!(status, 400 | 405 | 415 | 422 | 501)
                        || status == 403 && abilities.has_logprobs && message.contains("logprobs"))
                        && let Some(less) = abilities.without(message) =>
                {
                    abilities = less;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn ask(
        &self,
        messages: &[Message],
        shape: Shape,
        abilities: Abilities,
    ) -> Result<Completion, service::Error> {
        let wants_logprobs = abilities.has_logprobs && shape.is_choice();
        let most_tokens = self.parameters.most_tokens;
        let request = Request {
            model: &self.model,
            messages,
            temperature: abilities.has_temperature.then_some(self.parameters.temperature),
            seed: abilities.has_seed.then_some(self.parameters.seed),
            max_tokens: (!abilities.is_newer).then_some(most_tokens),
            max_completion_tokens: abilities.is_newer.then_some(most_tokens),
            response_format: match abilities.format {
                Format::Schema => Some(ResponseFormat::JsonSchema { json_schema: Schema { shape } }),
                Format::Json => Some(ResponseFormat::JsonObject),
                Format::Text => None,
            },
            logprobs: wants_logprobs.then_some(true),
            top_logprobs: wants_logprobs.then_some(LIKELIEST),
        };
        let response = self.service.chat::<Response>(&self.model, &request).await?;
        // Some services tell an error with the status of success.
        if let (true, Some(error)) = (response.choices.is_empty(), &response.error) {
            let message = error["message"].as_str().map_or_else(|| error.to_string(), str::to_owned);
            let (url, message) = (self.service.url().to_owned(), self.service.quote(&message));
            return Err(service::Error::Refused { url, status: 200, attempts: 1, message });
        }
        Ok(Completion::from(response).without_key(&self.service))
    }
}

/// What is sent.
#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: &'a [Message],
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_logprobs: Option<u8>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ResponseFormat {
    JsonSchema { json_schema: Schema },
    JsonObject,
}

/// A strict schema. Properties are written in the order in which a model should write them: the reason first, since it
/// is worth more before the choice than after.
struct Schema {
    shape: Shape,
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = match self.shape {
            Shape::Choice { .. } => "choice",
            Shape::Names => "names",
            Shape::Answer => "answer",
        };
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("name", name)?;
        map.serialize_entry("strict", &true)?;
        map.serialize_entry("schema", &Object(&self.shape))?;
        map.end()
    }
}

struct Object<'a>(&'a Shape);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let string = Property { kind: "string", ..Property::default() };
        let properties = match *self.0 {
            Shape::Choice { offered, reason } => {
                let answers = (1..=offered).map(|number| number.to_string()).chain(["none".to_owned()]).collect();
                let choice = Property { answers: Some(answers), ..string.clone() };
                let certainty = Property { kind: "integer", ..Property::default() };
                if reason {
                    vec![("reason", string), ("choice", choice), ("certainty", certainty)]
                } else {
                    vec![("choice", choice)]
                }
            }
            Shape::Names => {
                vec![("names", Property { kind: "array", items: Some(Box::new(string)), ..Property::default() })]
            }
            Shape::Answer => vec![("answer", string)],
        };
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("type", "object")?;
        map.serialize_entry("properties", &InOrder(&properties))?;
        map.serialize_entry("required", &properties.iter().map(|(name, _)| name).collect::<Vec<_>>())?;
        map.serialize_entry("additionalProperties", &false)?;
        map.end()
    }
}

struct InOrder<'a>(&'a [(&'static str, Property)]);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, property)| (name, property)))
    }
}

#[derive(Clone, Default, Serialize)]
struct Property {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    answers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Box<Self>>,
}

/// What is read of an answer: services leave out much of what the reference demands.
#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    choices: Vec<ResponseChoice>,
    error: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "if_readable")]
    usage: Option<Usage>,
    #[serde(default, deserialize_with = "if_readable")]
    model: Option<String>,
    #[serde(default, deserialize_with = "if_readable")]
    created: Option<u64>,
}

/// What an answer does without where a service writes it in a way of its own.
fn if_readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(serde_json::Value::deserialize(deserializer)?).ok())
}

#[derive(Deserialize)]
struct ResponseChoice {
    message: Option<ResponseMessage>,
    finish_reason: Option<String>,
    #[serde(default, deserialize_with = "if_readable")]
    logprobs: Option<Logprobs>,
}

#[derive(Deserialize)]
struct ResponseMessage {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Logprobs {
    content: Option<Vec<Token>>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

impl From<Response> for Completion {
    fn from(response: Response) -> Self {
        let Response { choices, usage, model, created, .. } = response;
        let (prompt_tokens, answer_tokens) =
            usage.map_or((0, 0), |usage| (usage.prompt_tokens, usage.completion_tokens));
        let known = Self { prompt_tokens, answer_tokens, model, created, ..Self::default() };
        let Some(ResponseChoice { message, finish_reason, logprobs }) = choices.into_iter().next() else {
            return known;
        };
        let (content, refusal) = message.map_or((None, None), |message| (message.content, message.refusal));
        let tokens = logprobs.and_then(|logprobs| logprobs.content).unwrap_or_default();
        Self { content, refusal, finish_reason, choice_tokens: tokens_of_choice(&tokens), ..known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_asks_for_the_reason_first_and_allows_only_what_is_offered() {
        let schema = Shape::Choice { offered: 2, reason: true }.schema();
        insta::assert_snapshot!(schema, @r#"{"name":"choice","strict":true,"schema":{"type":"object","properties":{"reason":{"type":"string"},"choice":{"type":"string","enum":["1","2","none"]},"certainty":{"type":"integer"}},"required":["reason","choice","certainty"],"additionalProperties":false}}"#);
        let schema = Shape::Names.schema();
        assert!(schema.contains(r#""names":{"type":"array","items":{"type":"string"}}"#), "{schema}");
    }

    #[test]
    fn what_a_service_cannot_do_is_left_out_by_what_it_says() {
        let all = Abilities::all(false, None);
        assert!(!all.without("logprobs are not supported").unwrap().has_logprobs);
        assert!(all.without("use 'max_completion_tokens' instead of max_tokens").unwrap().is_newer);
        assert!(!all.without("Unsupported value: 'temperature'").unwrap().has_temperature);
        assert_eq!(all.without("response_format json_schema is unknown").unwrap().format, Format::Json);
        assert_eq!(all.without("This model's maximum context length is 8192 tokens"), None);
        let mut left = Some(all);
        let mut steps = 0;
        while let Some(abilities) = left {
            left = abilities.without("bad request");
            steps += 1;
        }
        assert_eq!(steps, 4);
        let renamed = all.without("max_tokens is too large").unwrap();
        assert!(renamed.is_newer && renamed.without("max_tokens is too large").unwrap().is_newer);
    }

    #[test]
    fn an_answer_is_read_with_much_of_it_missing() {
        let read = |text: &str| -> Completion { serde_json::from_str::<Response>(text).unwrap().into() };
        assert!(matches!(read("{}").text(9), Err(Error::Empty)));
        assert!(matches!(read(r#"{"choices": [{}]}"#).text(9), Err(Error::Empty)));
        let message = |rest: &str| read(&format!(r#"{{"choices": [{{"message": {{"content": "3"}}{rest}}}]}}"#));
        assert_eq!(message("").text(9).unwrap(), "3");
        assert!(matches!(message(r#", "finish_reason": "length""#).text(9), Err(Error::CutOff { tokens: 9 })));
        assert!(matches!(message(r#", "finish_reason": "content_filter""#).text(9), Err(Error::Filtered)));
        let refusal = read(r#"{"choices": [{"message": {"content": null, "refusal": "I cannot"}}]}"#);
        assert!(matches!(refusal.text(9), Err(Error::Refusal { message }) if message == "I cannot"));
        let own = r#", "logprobs": {"content": [{"token": "3", "logprob": null}]}}], "usage": {"prompt_tokens": null},
            "created": 1.5, "model": 7, "x": [{"a": 1"#;
        assert_eq!(message(own).text(9).unwrap(), "3");
    }
}

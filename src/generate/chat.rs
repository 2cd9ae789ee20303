//! One completion of a chat service, in the best form it can give.
//!
//! An answer is constrained by a strict JSON schema where the service can do that, else asked for as JSON, else as text;
//! with log-probabilities where it has them. The first call finds out, and the run remembers. What is sent and read
//! follows <https://platform.openai.com/docs/api-reference/chat>, as far as others speak it too.

use std::sync::{Mutex, PoisonError};

use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::Error;
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
    /// When, in seconds since 1970, as the service says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<u64>,
}

impl Completion {
    /// What the model said, or why it said nothing.
    pub(super) fn text(&self, most_tokens: u32) -> Result<&str, Error> {
        if let Some(refusal) = self.refusal.as_deref().filter(|refusal| !refusal.is_empty()) {
            return Err(Error::Refusal { message: refusal.chars().take(200).collect() });
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
struct Abilities {
    format: Format,
    has_logprobs: bool,
    has_temperature: bool,
    has_seed: bool,
    /// Whether the most tokens are called `max_completion_tokens`, as newer models of `OpenAI` want it.
    is_newer: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Schema,
    Json,
    Text,
}

impl Abilities {
    const fn all(is_openai: bool) -> Self {
        Self { format: Format::Schema, has_logprobs: true, has_temperature: true, has_seed: true, is_newer: is_openai }
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
        } else if names(&["max_tokens", "max_completion_tokens"]) {
            Self { is_newer: !self.is_newer, ..self }
        } else if self.has_temperature && names(&["temperature"]) {
            Self { has_temperature: false, ..self }
        } else if self.has_seed && names(&["seed"]) {
            Self { has_seed: false, ..self }
        } else {
            match self.format {
                Format::Schema => Self { format: Format::Json, ..self },
                Format::Json => Self { format: Format::Text, ..self },
                Format::Text if self.has_logprobs => Self { has_logprobs: false, ..self },
                Format::Text => return None,
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
    known: Mutex<Option<Abilities>>,
    /// Held by the call that finds out.
    finding_out: tokio::sync::Mutex<()>,
}

impl Chat {
    pub(super) fn new(service: Service, model: &str, parameters: Parameters) -> Self {
        let finding_out = tokio::sync::Mutex::new(());
        Self { service, model: model.to_owned(), parameters, known: Mutex::new(None), finding_out }
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

    fn known(&self) -> Option<Abilities> {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for one completion.
    pub(super) async fn complete(&self, messages: &[Message], shape: Shape) -> Result<Completion, service::Error> {
        if let Some(abilities) = self.known() {
            return self.ask(messages, shape, abilities).await;
        }
        let _alone = self.finding_out.lock().await;
        let mut abilities = self.known().unwrap_or_else(|| Abilities::all(self.service.is_openai()));
        // Each try does without something, and a name may change once more: this ends.
        for _ in 0..8 {
            match self.ask(messages, shape, abilities).await {
                Ok(completion) => {
                    *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(abilities);
                    return Ok(completion);
                }
                Err(service::Error::Refused { status, ref message, .. })
                    if matches!(status, 400 | 405 | 415 | 422 | 501)
                        && let Some(less) = abilities.without(message) =>
                {
                    abilities = less;
                }
                Err(error) => return Err(error),
            }
        }
        self.ask(messages, shape, abilities).await
    }

    async fn ask(
        &self,
        messages: &[Message],
        shape: Shape,
        abilities: Abilities,
    ) -> Result<Completion, service::Error> {
        let wants_logprobs = abilities.has_logprobs && matches!(shape, Shape::Choice { .. });
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
        Ok(self.service.chat::<Response>(&self.model, &request).await?.into())
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
                match reason {
                    true => vec![("reason", string), ("choice", choice), ("certainty", certainty)],
                    false => vec![("choice", choice)],
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
    usage: Option<Usage>,
    model: Option<String>,
    created: Option<u64>,
}

#[derive(Deserialize)]
struct ResponseChoice {
    message: Option<ResponseMessage>,
    finish_reason: Option<String>,
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
        let Response { choices, usage, model, created } = response;
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
        let schema = serde_json::to_string(&Schema { shape: Shape::Choice { offered: 2, reason: true } }).unwrap();
        insta::assert_snapshot!(schema, @r#"{"name":"choice","strict":true,"schema":{"type":"object","properties":{"reason":{"type":"string"},"choice":{"type":"string","enum":["1","2","none"]},"certainty":{"type":"integer"}},"required":["reason","choice","certainty"],"additionalProperties":false}}"#);
        let schema = serde_json::to_string(&Schema { shape: Shape::Names }).unwrap();
        assert!(schema.contains(r#""names":{"type":"array","items":{"type":"string"}}"#), "{schema}");
    }

    #[test]
    fn what_a_service_cannot_do_is_left_out_by_what_it_says() {
        let all = Abilities::all(false);
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
    }
}

//! An OpenAI-compatible service, asked over HTTP through async-openai: whom to ask, when to ask again, how long to wait,
//! and what an answer that is none means.
//!
//! What can pass is asked for again: too many requests, a failing server, a connection or an answer that breaks off. What
//! cannot pass is said at once: a key that is not accepted, credit that is used up, a server that was never started.

pub mod finetuning;

mod patience;

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use reqwest::Url;
use reqwest::header::AUTHORIZATION;
use serde::Serialize;
use serde::de::DeserializeOwned;

use patience::{LONGEST_WAIT, pause, retry_after};

const DEFAULT_URL: &str = "https://api.openai.com/v1";
const OPENAI_HOST: &str = "api.openai.com";
const CONNECT_SECONDS: u64 = 10;
/// How often a connection is tried again before the service has answered anything: it may never have been started.
const EARLY_RETRIES: u32 = 1;
/// A shorter key is a stand-in that services on one's own machine want, perhaps an everyday word.
const SECRET_CHARACTERS: usize = 16;
/// Characters of an answer that an error quotes.
const QUOTED_CHARACTERS: usize = 200;

/// The key to a service. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Wraps a key, without the white space around it that files and shells leave.
    pub fn new(key: &str) -> Self {
        Self(key.trim().to_owned())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Which service is asked, and how patiently.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Up to and including `/v1`; `OpenAI`'s own where there is none.
    pub base_url: Option<String>,
    /// Services on one's own machine want none.
    pub key: Option<Key>,
    /// How long one answer may take.
    pub timeout_seconds: u64,
    /// How often a request is sent again.
    pub retries: u32,
}

impl Default for Endpoint {
    /// `OpenAI` without a key, a minute's time and 5 retries.
    fn default() -> Self {
        Self { base_url: None, key: None, timeout_seconds: 60, retries: 5 }
    }
}

impl Endpoint {
    /// Whether it is the one at `url`.
    pub fn is_at(&self, url: &str) -> bool {
        let own = self.base_url.as_deref().unwrap_or(DEFAULT_URL);
        own.trim_end_matches('/') == url.trim_end_matches('/')
    }
}

/// A service that can be asked, from several threads at once.
pub struct Service {
    client: Client<OpenAIConfig>,
    url: String,
    is_openai: bool,
    sends_key_openly: bool,
    key: Option<Key>,
    retries: u32,
    has_answered: Arc<AtomicBool>,
}

impl Service {
    /// Prepares to ask; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::Key`] or [`Error::Client`] where nothing can be sent.
    pub fn new(endpoint: Endpoint) -> Result<Self, Error> {
        let Endpoint { base_url, key, timeout_seconds, retries } = endpoint;
        let given = base_url.as_deref().unwrap_or(DEFAULT_URL).trim_end_matches('/');
        let url = parse_address(given)?;
        let key = key.filter(|key| !key.0.is_empty());
        let has_key = key.is_some();
        let sent_key = key.as_ref().map_or("", |key| &key.0);
        // async-openai panics over a key that no header can hold.
        if !sent_key.chars().all(|character| character.is_ascii_graphic()) {
            return Err(Error::Key);
        }
        let mut http = reqwest::Client::builder()
            // Where a service sends its askers elsewhere, they must be told, and not their questions sent on.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS))
            .timeout(Duration::from_secs(timeout_seconds.max(1)));
        if is_loopback(&url) {
            // A proxy cannot reach this machine's own services, and people forget to except them.
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| Error::Client { url: given.to_owned(), source: Box::new(error) })?;
        // Everything that async-openai would take from the environment is set: only the command line reads that.
        let config =
            OpenAIConfig::new().with_api_base(given).with_api_key(sent_key).with_org_id("").with_project_id("");
        let has_answered = Arc::new(AtomicBool::new(false));
        // A service of our own in the place of async-openai's, which asks again on its own terms.
        let client = Client::build(http.clone(), config).with_http_service({
            let has_answered = Arc::clone(&has_answered);
            tower::service_fn(move |request| send(http.clone(), request, has_key, Arc::clone(&has_answered)))
        });
        let is_openai = url.host_str() == Some(OPENAI_HOST);
        let sends_key_openly = has_key && url.scheme() == "http" && !is_loopback(&url);
        Ok(Self { client, url: given.to_owned(), is_openai, sends_key_openly, key, retries, has_answered })
    }

    /// Its address, up to and including `/v1`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether it is `OpenAI`'s own.
    pub const fn is_openai(&self) -> bool {
        self.is_openai
    }

    /// Whether there is a key to be sent.
    pub const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Whether a key is sent to another machine without TLS.
    pub const fn sends_key_openly(&self) -> bool {
        self.sends_key_openly
    }

    /// Posts `request` to `/embeddings`, as often as it makes sense. `model` is the one it asks for, which errors name.
    ///
    /// # Errors
    /// Where no answer comes, or one that is no `A`.
    pub async fn embeddings<A: DeserializeOwned>(&self, model: &str, request: &impl Serialize) -> Result<A, Error> {
        self.ask(model, || async { self.client.embeddings().create_byot::<_, A>(request).await }).await
    }

    /// Posts `request` to `/chat/completions`, as often as it makes sense. `model` is the one it asks for, which errors
    /// name; the request must not ask for a stream.
    ///
    /// # Errors
    /// Where no answer comes, or one that is no `A`.
    pub async fn chat<A: DeserializeOwned>(&self, model: &str, request: &impl Serialize) -> Result<A, Error> {
        self.ask(model, || async { self.client.chat().create_byot::<_, A>(request).await }).await
    }

    async fn ask<A, F>(&self, model: &str, once: impl Fn() -> F) -> Result<A, Error>
    where
        F: Future<Output = Result<A, OpenAIError>>,
    {
        self.ask_while(may_pass, model, once).await
    }

    /// Asks until there is an answer or an error that `may_pass` does not hold of.
    async fn ask_while<A, F>(
        &self,
        may_pass: fn(&OpenAIError) -> bool,
        model: &str,
        once: impl Fn() -> F,
    ) -> Result<A, Error>
    where
        F: Future<Output = Result<A, OpenAIError>>,
    {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let error = match once().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if attempts > self.retries_after(&error, may_pass) {
                return Err(self.explain(error, model, attempts));
            }
            let asked_for = refusal(&error).and_then(|refusal| refusal.wait);
            // Who were told the same time do not come back in the same moment.
            let wait = asked_for.map_or_else(|| pause(attempts), |wait| wait + pause(1).mul_f64(0.2));
            tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
        }
    }

    /// How often asking again makes sense.
    fn retries_after(&self, error: &OpenAIError, may_pass: fn(&OpenAIError) -> bool) -> u32 {
        match error {
            error if !may_pass(error) => 0,
            OpenAIError::Reqwest(error) if error.is_connect() && !self.has_answered.load(Ordering::Relaxed) => {
                self.retries.min(EARLY_RETRIES)
            }
            _ => self.retries,
        }
    }

    fn explain(&self, error: OpenAIError, model: &str, attempts: u32) -> Error {
        let url = self.url.clone();
        if let Some(refusal) = refusal(&error) {
            let message = || self.quote(&message_of(&refusal.body));
            return match refusal.status {
                // The body is left out: services quote the key in it.
                401 => Error::Unauthorized { url },
                404 => Error::NoSuchModel { url, model: model.to_owned() },
                _ if refusal.tells_of_no_credit() => Error::NoCredit { url, message: message() },
                status => Error::Refused { url, status, attempts, message: message() },
            };
        }
        match error {
            OpenAIError::JSONDeserialize(_, answer) => Error::UnreadableAnswer { url, answer: self.quote(&answer) },
            OpenAIError::Reqwest(error) => {
                let error = error.without_url();
                if error.is_builder() {
                    Error::Client { url, source: Box::new(error) }
                } else if is_insecure(&error) {
                    Error::Insecure { url, source: Box::new(error) }
                } else {
                    Error::Unreachable { url, attempts, source: Box::new(error) }
                }
            }
            error => Error::Client { url, source: Box::new(error) },
        }
    }

    /// Replaces the key in what a service answered, should that repeat it.
    pub fn strike_key(&self, text: &mut String) {
        if let Some(Key(key)) = self.key.as_ref().filter(|key| key.0.len() >= SECRET_CHARACTERS)
            && text.contains(key)
        {
            *text = text.replace(key, "***");
        }
    }

    /// The beginning of what a service said, on one line and without the key.
    pub fn quote(&self, text: &str) -> String {
        let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        let mut text = words.collect::<Vec<_>>().join(" ");
        if let Some(Key(key)) = &self.key {
            text = text.replace(key, "***");
        }
        match text.char_indices().nth(QUOTED_CHARACTERS) {
            Some((end, _)) => format!("{} ...", &text[..end]),
            None => text,
        }
    }
}

/// A status that says no, as an error that passes through async-openai and keeps what decides about asking again.
#[derive(Debug, thiserror::Error)]
#[error("status {status}")]
struct Refusal {
    status: u16,
    wait: Option<Duration>,
    body: String,
}

impl Refusal {
    /// `OpenAI` says so with the status of too many requests.
    fn tells_of_no_credit(&self) -> bool {
        self.status == 402 || self.status == 429 && self.body.contains("insufficient_quota")
    }
}

/// One request. A status that is no success becomes a [`Refusal`].
async fn send(
    http: reqwest::Client,
    request: HttpRequestFactory,
    has_key: bool,
    has_answered: Arc<AtomicBool>,
) -> Result<reqwest::Response, OpenAIError> {
    let mut request = request.build().await?;
    if !has_key {
        request.headers_mut().remove(AUTHORIZATION);
    }
    let response = http.execute(request).await.map_err(OpenAIError::Reqwest)?;
    has_answered.store(true, Ordering::Relaxed);
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status().as_u16();
    let wait = retry_after(response.headers(), SystemTime::now());
    let body = response.text().await.unwrap_or_default();
    Err(OpenAIError::Boxed(Box::new(Refusal { status, wait, body })))
}

fn refusal(error: &OpenAIError) -> Option<&Refusal> {
    match error {
        OpenAIError::Boxed(error) => error.downcast_ref(),
        _ => None,
    }
}

/// Whether asking again may help.
fn may_pass(error: &OpenAIError) -> bool {
    if let Some(refusal) = refusal(error) {
        let is_passing = matches!(refusal.status, 408 | 425 | 429 | 500 | 502..=504 | 520..=599);
        return is_passing && !refusal.tells_of_no_credit();
    }
    match error {
        OpenAIError::Reqwest(error) => !error.is_builder() && !is_insecure(error),
        // An answer that breaks off.
        OpenAIError::JSONDeserialize(error, _) => error.is_eof(),
        _ => false,
    }
}

/// Whether a request was surely not acted on, and asking again may help: what costs money must not be done twice.
fn was_not_heard(error: &OpenAIError) -> bool {
    let is_unheard = match (refusal(error), error) {
        (Some(refusal), _) => refusal.status == 429,
        (None, OpenAIError::Reqwest(error)) => error.is_connect(),
        _ => false,
    };
    is_unheard && may_pass(error)
}

/// Whether a connection failed over TLS: a certificate that is not trusted, a server that speaks something else.
fn is_insecure(error: &reqwest::Error) -> bool {
    let mut cause = error.source().filter(|_| error.is_connect());
    while let Some(error) = cause {
        cause = error.source();
        if let Some(error) = error.downcast_ref::<io::Error>() {
            if error.kind() == io::ErrorKind::InvalidData {
                return true;
            }
            // The source of such an error is that of the error it wraps, which is skipped.
            cause = error.get_ref().map(|wrapped| wrapped as &(dyn StdError + 'static)).or(cause);
        }
    }
    false
}

/// The message of an error's body in the usual shapes, else the whole body.
fn message_of(body: &str) -> String {
    let parsed: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let places = ["/error/message", "/message", "/error", "/detail"];
    let message = places.iter().find_map(|place| parsed.pointer(place)?.as_str());
    message.unwrap_or(body).to_owned()
}

/// An address that paths can be put behind. Errors leave out what may be a secret.
fn parse_address(given: &str) -> Result<Url, Error> {
    let Ok(url) = Url::parse(given) else {
        let end = given.find(['?', '#']).unwrap_or(given.len());
        let start = given[..end].rfind('@').map_or(0, |at| at + 1);
        return Err(Error::Address { given: given[start..end].to_owned() });
    };
    let has_more = !url.username().is_empty() || url.password().is_some();
    if has_more || url.query().or(url.fragment()).is_some() || !["http", "https"].contains(&url.scheme()) {
        let host = url.host_str().unwrap_or_default();
        return Err(Error::Address { given: format!("{}://{host}", url.scheme()) });
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Why a service gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address of a service is none.
    #[error("`{given}` is no address of a service (expected: `https://<host>/v1`)")]
    Address {
        /// What was given, without user, password and query.
        given: String,
    },
    /// The key holds characters that cannot be sent.
    #[error("the service's key holds characters no key has, perhaps a line break")]
    Key,
    /// The means to ask a service could not be set up.
    #[error("cannot prepare to ask `{url}`")]
    Client {
        /// The service.
        url: String,
        /// Why not.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The service wants a key, or another one.
    #[error("`{url}` does not accept the key, or wants one")]
    Unauthorized {
        /// The service.
        url: String,
    },
    /// The service does not have the model, or does not do what was asked for at all.
    #[error("`{url}` has no model `{model}`, or no such route (404)")]
    NoSuchModel {
        /// The service.
        url: String,
        /// The model.
        model: String,
    },
    /// The service does not know the fine-tuning job.
    #[error("`{url}` has no fine-tuning job `{job}`, or no such route (404)")]
    NoSuchJob {
        /// The service.
        url: String,
        /// The job.
        job: String,
    },
    /// The service takes no files to train on.
    #[error("`{url}` does not fine-tune: it takes no files (404)")]
    NoFineTuning {
        /// The service.
        url: String,
    },
    /// What was paid for is used up.
    #[error("no credit is left at `{url}`: {message}")]
    NoCredit {
        /// The service.
        url: String,
        /// The beginning of what it said.
        message: String,
    },
    /// The service answered with an error, for the last time where asking again made sense.
    #[error("`{url}` answered with status {status} (tries: {attempts}): {message}")]
    Refused {
        /// The service.
        url: String,
        /// HTTP status.
        status: u16,
        /// How often it was asked.
        attempts: u32,
        /// The beginning of what it said.
        message: String,
    },
    /// No whole answer came.
    #[error("no answer from `{url}` (tries: {attempts})")]
    Unreachable {
        /// The service.
        url: String,
        /// How often it was asked.
        attempts: u32,
        /// Why not.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// No secure connection: a certificate that is not trusted, or a server that does not speak TLS.
    #[error("no secure connection to `{url}`")]
    Insecure {
        /// The service.
        url: String,
        /// Why not.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// What the service answered is not what it was asked for.
    #[error("`{url}` answered with something that cannot be read: {answer}")]
    UnreadableAnswer {
        /// The service.
        url: String,
        /// The beginning of the answer.
        answer: String,
    },
}

impl Error {
    /// Whether no answer came in time.
    pub fn is_timeout(&self) -> bool {
        let Self::Unreachable { source, .. } = self else { return false };
        source.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout)
    }

    /// Whether no other request to this service will fare better.
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Address { .. }
            | Self::Key
            | Self::Client { .. }
            | Self::Unauthorized { .. }
            | Self::NoSuchModel { .. }
            | Self::NoFineTuning { .. }
            | Self::NoCredit { .. }
            | Self::Insecure { .. } => true,
            Self::Refused { status, .. } => *status == 403,
            Self::NoSuchJob { .. } | Self::Unreachable { .. } | Self::UnreadableAnswer { .. } => false,
        }
    }

    /// Whether the service is ill and the request is not to blame.
    pub const fn is_failing_service(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;

//! An OpenAI-compatible `/embeddings` service, asked through async-openai.
//!
//! Texts go out in batches, several at a time. What can pass is asked for again: too many requests, a failing server, a
//! connection or an answer that breaks off. [`RemoteEmbedder::keeping`] makes long work resumable.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, SystemTime};

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use reqwest::Url;
use reqwest::header::AUTHORIZATION;
use serde::{Deserialize, Serialize};

use super::kept::{Hash, Kept};
use super::patience::{LONGEST_WAIT, pause, retry_after};
use super::{Embedder, Error, scale_to_unit};

const DEFAULT_URL: &str = "https://api.openai.com/v1";
const CONNECT_SECONDS: u64 = 10;
/// Characters of an answer that an error quotes.
const QUOTED_CHARACTERS: usize = 200;
/// Embedded to learn the length of the vectors, and to recognise the model behind kept ones.
const PROBE: &str = "term";

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
pub struct Service {
    /// Up to and including `/v1`; `OpenAI`'s own where there is none.
    pub base_url: Option<String>,
    /// Services on one's own machine want none.
    pub key: Option<Key>,
    /// The model, as the service calls it.
    pub model: String,
    /// Length of the model's vectors where it is known, as an index knows it: saves asking.
    pub dimensions: Option<usize>,
    /// Asks the service to shorten its vectors to this length. Not every service can.
    pub shorten_to: Option<usize>,
    /// How long one answer may take.
    pub timeout_seconds: u64,
    /// Texts sent at once.
    pub batch_size: usize,
    /// Batches on their way at once.
    pub requests_at_once: usize,
    /// How often a batch is sent again.
    pub retries: u32,
}

impl Service {
    /// `model` at `OpenAI`, with batches of 256 texts, 4 on their way at once, a minute's time and 5 retries.
    pub fn new(model: &str) -> Self {
        Self {
            base_url: None,
            key: None,
            model: model.to_owned(),
            dimensions: None,
            shorten_to: None,
            timeout_seconds: 60,
            batch_size: 256,
            requests_at_once: 4,
            retries: 5,
        }
    }
}

/// An embedder that asks a service. It waits for the answers: an async caller puts it on a thread for blocking work.
pub struct RemoteEmbedder {
    id: String,
    dimensions: usize,
    requests_at_once: usize,
    asker: Arc<Asker>,
    kept: Option<(PathBuf, Mutex<Kept>)>,
    /// Work is handed over to it and waited for on a channel, which unlike `block_on` no thread is forbidden to do. It
    /// is taken out only to be dropped.
    runtime: Option<tokio::runtime::Runtime>,
}

impl RemoteEmbedder {
    /// Prepares to ask `service`, and learns the length of its vectors by asking for one where it is not given.
    ///
    /// # Errors
    /// Where the address or key cannot be one, or the service fails.
    pub fn new(service: Service) -> Result<Self, Error> {
        let id = match service.shorten_to {
            None => format!("openai:{}", service.model),
            Some(dimensions) => format!("openai:{}#{dimensions}", service.model),
        };
        let requests_at_once = service.requests_at_once.max(1);
        let dimensions = service.shorten_to.or(service.dimensions);
        let asker = Asker::new(service)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("embeddings")
            .enable_all()
            .build()
            .map_err(|error| Error::Client { url: asker.url.clone(), source: Box::new(error) })?;
        let mut embedder = Self {
            id,
            dimensions: dimensions.unwrap_or(0),
            requests_at_once,
            asker: Arc::new(asker),
            kept: None,
            runtime: Some(runtime),
        };
        if dimensions.is_none() {
            embedder.dimensions = embedder.ask_for_probe()?.len();
        }
        Ok(embedder)
    }

    /// Keeps finished vectors in `file` and takes from there what an earlier run finished. The file is the caller's to
    /// remove.
    ///
    /// Asks for one vector: where the service now gives a different one, it runs another model, and the file is begun
    /// again.
    ///
    /// # Errors
    /// Where the file cannot be read or written, or the service fails.
    pub fn keeping(mut self, file: &Path) -> Result<Self, Error> {
        let fails = |source| Error::Kept { path: file.to_owned(), source };
        let probe = self.ask_for_probe()?;
        if probe.len() != self.dimensions {
            return Err(self.asker.wrong_dimensions(self.dimensions, probe.len()));
        }
        let hash = self.hash(PROBE);
        let mut kept = Kept::open(file, self.dimensions).map_err(fails)?;
        let earlier = kept.get(&hash).map_err(fails)?;
        let is_same = |earlier: &[f32]| earlier.iter().zip(&probe).map(|(a, b)| a * b).sum::<f32>() > 0.999;
        if !earlier.is_some_and(|earlier| is_same(&earlier)) {
            kept.clear().map_err(fails)?;
            kept.add(std::iter::once((hash, &probe[..]))).map_err(fails)?;
        }
        self.kept = Some((file.to_owned(), Mutex::new(kept)));
        Ok(self)
    }

    fn hash(&self, text: &str) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.id.as_bytes()).update(&[0]).update(text.as_bytes());
        *hasher.finalize().as_bytes()
    }

    fn ask_for_probe(&self) -> Result<Vec<f32>, Error> {
        let mut probe = Vec::new();
        self.ask_all(vec![vec![PROBE.to_owned()]], |_, vectors| {
            probe = vectors.into_iter().next().unwrap_or_default();
            Ok(())
        })?;
        Ok(probe)
    }

    /// Asks for all batches and hands over each with its vectors, in the order in which they arrive.
    fn ask_all(
        &self,
        batches: Vec<Vec<String>>,
        mut finished: impl FnMut(&[String], Vec<Vec<f32>>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let runtime = self.runtime.as_ref().expect("it is taken out only to be dropped");
        let batches = Arc::new(batches);
        let next = Arc::new(AtomicUsize::new(0));
        let (sender, receiver) = mpsc::channel();
        let mut workers = Vec::new();
        for _ in 0..self.requests_at_once.min(batches.len()) {
            let (asker, batches, next, sender) =
                (Arc::clone(&self.asker), Arc::clone(&batches), Arc::clone(&next), sender.clone());
            workers.push(runtime.spawn(async move {
                while let Some((at, batch)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    batches.get(at).map(|batch| (at, batch))
                } {
                    let outcome = asker.ask(batch).await;
                    let has_failed = outcome.is_err();
                    if sender.send((at, outcome)).is_err() || has_failed {
                        break;
                    }
                }
            }));
        }
        drop(sender);
        let mut first_error = None;
        let mut missing = batches.len();
        // After an error, too, what has already arrived is handed over.
        for (at, outcome) in receiver {
            missing -= 1;
            if let Err(error) = outcome.and_then(|vectors| finished(&batches[at], vectors)) {
                workers.iter().for_each(tokio::task::JoinHandle::abort);
                first_error.get_or_insert(error);
            }
        }
        match first_error {
            Some(error) => Err(error),
            None if missing > 0 => {
                let source = std::io::Error::from(std::io::ErrorKind::Interrupted);
                Err(Error::Unreachable { url: self.asker.url.clone(), attempts: 1, source: Box::new(source) })
            }
            None => Ok(()),
        }
    }

    fn with_kept<T>(&self, work: impl FnOnce(&mut Kept) -> std::io::Result<T>) -> Result<Option<T>, Error> {
        let Some((path, kept)) = &self.kept else { return Ok(None) };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut kept).map(Some).map_err(|source| Error::Kept { path: path.clone(), source })
    }
}

impl Embedder for RemoteEmbedder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        let mut vectors = vec![Vec::new(); texts.len()];
        // Each text once; services refuse blank ones.
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut wanted = Vec::new();
        for (at, &text) in texts.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            let places = places.entry(text).or_default();
            if places.is_empty() {
                wanted.push(text);
            }
            places.push(at);
        }
        let mut put = |text: &str, vector: &[f32]| {
            for &at in &places[text] {
                vectors[at] = vector.to_vec();
            }
        };
        let mut missing = Vec::new();
        for text in wanted {
            match self.with_kept(|kept| kept.get(&self.hash(text)))?.flatten() {
                Some(vector) => put(text, &vector),
                None => missing.push(text.to_owned()),
            }
        }
        let batches = missing.chunks(self.asker.service.batch_size.max(1)).map(<[String]>::to_vec).collect();
        self.ask_all(batches, |batch, vectors| {
            if let Some(wrong) = vectors.iter().find(|vector| vector.len() != self.dimensions) {
                return Err(self.asker.wrong_dimensions(self.dimensions, wrong.len()));
            }
            let both = || batch.iter().zip(&vectors);
            self.with_kept(|kept| kept.add(both().map(|(text, vector)| (self.hash(text), &vector[..]))))?;
            both().for_each(|(text, vector)| put(text, vector));
            Ok(())
        })?;
        for vector in &mut vectors {
            vector.resize(self.dimensions, 0.0);
        }
        Ok(vectors)
    }
}

impl Drop for RemoteEmbedder {
    fn drop(&mut self) {
        // Dropping a runtime waits for its threads, and panics where an async caller drops the embedder.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What is sent.
#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<usize>,
}

/// What is read of the answer. async-openai's own type refuses answers without `index`.
#[derive(Deserialize)]
struct Answer {
    data: Vec<AnswerVector>,
}

#[derive(Deserialize)]
struct AnswerVector {
    index: Option<usize>,
    embedding: Vec<f32>,
}

/// A status that says no, as an error that passes through async-openai and keeps what decides about asking again.
#[derive(Debug, thiserror::Error)]
#[error("status {status}")]
struct Refusal {
    status: u16,
    wait: Option<Duration>,
    body: String,
}

/// Asks for one batch at a time, as often as it makes sense.
struct Asker {
    client: Client<OpenAIConfig>,
    url: String,
    service: Service,
    /// The most texts the service is known to take at once.
    largest_batch: AtomicUsize,
}

impl Asker {
    fn new(service: Service) -> Result<Self, Error> {
        let given = service.base_url.as_deref().unwrap_or(DEFAULT_URL).trim_end_matches('/');
        let url = Url::parse(given).map_err(|_| Error::ServiceAddress { given: given.to_owned() })?;
        let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        if !is_plain || !["http", "https"].contains(&url.scheme()) || !url.has_host() {
            // What stands there may be a secret.
            let host = url.host_str().unwrap_or_default();
            return Err(Error::ServiceAddress { given: format!("{}://{host}", url.scheme()) });
        }
        let key = service.key.as_ref().map_or("", |key| &key.0);
        // async-openai panics over a key that no header can hold.
        if !key.chars().all(|character| character.is_ascii_graphic()) {
            return Err(Error::Key);
        }
        let mut http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS))
            .timeout(Duration::from_secs(service.timeout_seconds.max(1)));
        if is_loopback(&url) {
            // A proxy cannot reach this machine's own services, and people forget to except them.
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| Error::Client { url: given.to_owned(), source: Box::new(error) })?;
        // Everything that async-openai would take from the environment is set: only the command line reads that.
        let config = OpenAIConfig::new().with_api_base(given).with_api_key(key).with_org_id("").with_project_id("");
        let has_key = !key.is_empty();
        // A service of our own in the place of async-openai's, which asks again on its own terms.
        let send = tower::service_fn(move |request: HttpRequestFactory| send(http.clone(), request, has_key));
        let client = Client::with_config(config).with_http_service(send);
        Ok(Self { client, url: given.to_owned(), largest_batch: AtomicUsize::new(service.batch_size.max(1)), service })
    }

    /// Unit vectors for `texts`, in their order; in smaller parts where the service says that these are too many.
    async fn ask(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut parts: Vec<&[String]> = texts.chunks(self.largest_batch.load(Ordering::Relaxed)).rev().collect();
        while let Some(part) = parts.pop() {
            match self.ask_patiently(part).await {
                Err(Error::Refused { status: 413 | 422, .. }) if part.len() > 1 => {
                    let half = part.len().div_ceil(2);
                    self.largest_batch.fetch_min(half, Ordering::Relaxed);
                    parts.extend(part.chunks(half).rev());
                }
                answer => vectors.extend(answer?),
            }
        }
        Ok(vectors)
    }

    async fn ask_patiently(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        let request = Request {
            model: &self.service.model,
            input: texts,
            encoding_format: "float",
            dimensions: self.service.shorten_to,
        };
        let mut attempts = 0;
        loop {
            attempts += 1;
            let error = match self.client.embeddings().create_byot::<_, Answer>(&request).await {
                Ok(answer) => return self.in_order(answer, texts.len()),
                Err(error) => error,
            };
            if attempts > self.service.retries || !may_pass(&error) {
                return Err(self.explain(error, attempts));
            }
            let asked_for = refusal(&error).and_then(|refusal| refusal.wait);
            tokio::time::sleep(asked_for.unwrap_or_else(|| pause(attempts)).min(LONGEST_WAIT)).await;
        }
    }

    /// The vectors of an answer as the texts were sent, scaled to length 1.
    fn in_order(&self, answer: Answer, asked: usize) -> Result<Vec<Vec<f32>>, Error> {
        let answered = answer.data.len();
        let wrong_count = || Error::WrongCount { url: self.url.clone(), asked, answered };
        let mut data = answer.data;
        // Without any numbers they are taken as they come.
        if data.iter().any(|vector| vector.index.is_some()) {
            data.sort_by_key(|vector| vector.index);
            if data.iter().enumerate().any(|(at, vector)| vector.index != Some(at)) {
                return Err(wrong_count());
            }
        }
        if answered != asked {
            return Err(wrong_count());
        }
        let expected = data.first().map_or(0, |vector| vector.embedding.len());
        let mut vectors = Vec::with_capacity(answered);
        for AnswerVector { mut embedding, .. } in data {
            if embedding.is_empty() || embedding.len() != expected {
                return Err(self.wrong_dimensions(expected, embedding.len()));
            }
            if !embedding.iter().all(|value| value.is_finite()) {
                return Err(Error::Vector { model: self.service.model.clone() });
            }
            scale_to_unit(&mut embedding);
            vectors.push(embedding);
        }
        Ok(vectors)
    }

    fn wrong_dimensions(&self, expected: usize, found: usize) -> Error {
        Error::WrongDimensions { url: self.url.clone(), expected, found }
    }

    fn explain(&self, error: OpenAIError, attempts: u32) -> Error {
        let url = self.url.clone();
        if let Some(Refusal { status, body, .. }) = refusal(&error) {
            return match status {
                // The body is left out: services quote the key in it.
                401 => Error::Unauthorized { url },
                404 => Error::NoSuchModel { url, model: self.service.model.clone() },
                _ => Error::Refused { url, status: *status, attempts, message: self.quote(&message_of(body)) },
            };
        }
        match error {
            OpenAIError::JSONDeserialize(_, answer) => Error::UnreadableAnswer { url, answer: self.quote(&answer) },
            OpenAIError::Reqwest(error) => Error::Unreachable { url, attempts, source: Box::new(error.without_url()) },
            error => Error::Unreachable { url, attempts, source: Box::new(error) },
        }
    }

    /// The beginning of what a service said, on one line and without the key.
    fn quote(&self, text: &str) -> String {
        let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(Key(key)) = self.service.key.as_ref().filter(|key| !key.0.is_empty()) {
            text = text.replace(key, "***");
        }
        match text.char_indices().nth(QUOTED_CHARACTERS) {
            Some((end, _)) => format!("{} ...", &text[..end]),
            None => text,
        }
    }
}

/// One request. A status that is no success becomes a [`Refusal`].
async fn send(
    http: reqwest::Client,
    request: HttpRequestFactory,
    has_key: bool,
) -> Result<reqwest::Response, OpenAIError> {
    let mut request = request.build().await?;
    if !has_key {
        request.headers_mut().remove(AUTHORIZATION);
    }
    let response = http.execute(request).await.map_err(OpenAIError::Reqwest)?;
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
    if let Some(Refusal { status, body, .. }) = refusal(error) {
        // No credit left is told with the status of too many requests.
        return matches!(status, 408 | 425 | 429 | 500 | 502..=504 | 520..=599) && !body.contains("insufficient_quota");
    }
    match error {
        OpenAIError::Reqwest(error) => !error.is_builder(),
        // An answer that breaks off.
        OpenAIError::JSONDeserialize(error, _) => error.is_eof(),
        _ => false,
    }
}

/// The message of an error's body in the usual shapes, else the whole body.
fn message_of(body: &str) -> String {
    let parsed: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let places = ["/error/message", "/message", "/error", "/detail"];
    let message = places.iter().find_map(|place| parsed.pointer(place)?.as_str());
    message.unwrap_or(body).to_owned()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_an_error_is_found_in_the_usual_places() {
        assert_eq!(message_of(r#"{"error": {"message": "too long"}}"#), "too long");
        assert_eq!(message_of(r#"{"detail": "no such route"}"#), "no such route");
        assert_eq!(message_of("Bad Gateway"), "Bad Gateway");
    }

    #[test]
    fn addresses_that_cannot_be_asked_are_refused_without_their_secrets() {
        for url in ["localhost:80", "ftp://host/v1", "https://user:hunter2@host/v1", "https://host/v1?key=hunter2", ""]
        {
            let service = Service { base_url: Some(url.to_owned()), ..Service::new("m") };
            let error = RemoteEmbedder::new(service).err().expect("no service has this address");
            assert!(matches!(error, Error::ServiceAddress { .. }), "{url}: {error:?}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn a_key_that_cannot_be_sent_is_an_error_and_not_printed() {
        let service = Service { key: Some(Key::new("sk-one\nsk-two")), ..Service::new("m") };
        assert!(!format!("{service:?}").contains("sk-"));
        assert!(matches!(RemoteEmbedder::new(service), Err(Error::Key)));
        assert_eq!(Key::new("sk-one\n"), Key("sk-one".to_owned()));
    }
}

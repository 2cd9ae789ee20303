//! An OpenAI-compatible `/embeddings` service, asked through [`crate::service`].
//!
//! Texts go out in batches, several at a time; what can pass is asked for again. [`RemoteEmbedder::keeping`] makes long
//! work resumable.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use serde::{Deserialize, Serialize};

use super::kept::{Hash, Kept};
use super::{Embedder, Error, scale_to_unit};
use crate::service::{self, Endpoint, Service};

/// Embedded to learn the length of the vectors, and to recognise the model behind kept ones.
const PROBE: &str = "term";

/// Which model is asked where, and for how much at once.
#[derive(Debug, Clone)]
pub struct Options {
    /// The service.
    pub endpoint: Endpoint,
    /// The model, as the service calls it.
    pub model: String,
    /// Length of the model's vectors where it is known, as an index knows it: saves asking.
    pub dimensions: Option<usize>,
    /// Asks the service to shorten its vectors to this length. Not every service can.
    pub shorten_to: Option<usize>,
    /// Texts sent at once.
    pub batch_size: usize,
    /// Batches on their way at once.
    pub requests_at_once: usize,
}

impl Options {
    /// `model` at `OpenAI`, with batches of 256 texts, 4 on their way at once.
    pub fn new(model: &str) -> Self {
        Self {
            endpoint: Endpoint::default(),
            model: model.to_owned(),
            dimensions: None,
            shorten_to: None,
            batch_size: 256,
            requests_at_once: 4,
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
    /// Prepares to ask the service, and learns the length of its vectors by asking for one where it is not given.
    ///
    /// # Errors
    /// Where the address or key cannot be one, or the service fails.
    pub fn new(options: Options) -> Result<Self, Error> {
        let id = match options.shorten_to {
            None => format!("openai:{}", options.model),
            Some(dimensions) => format!("openai:{}#{dimensions}", options.model),
        };
        let requests_at_once = options.requests_at_once.max(1);
        let dimensions = options.shorten_to.or(options.dimensions);
        let asker = Asker::new(options)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("embeddings")
            .enable_all()
            .build()
            .map_err(|error| service::Error::Client { url: asker.url(), source: Box::new(error) })?;
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
                let source = Box::new(std::io::Error::from(std::io::ErrorKind::Interrupted));
                Err(service::Error::Unreachable { url: self.asker.url(), attempts: 1, source }.into())
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
        let batches = missing.chunks(self.asker.batch_size).map(<[String]>::to_vec).collect();
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

/// Asks for one batch at a time, as often as it makes sense.
struct Asker {
    service: Service,
    model: String,
    shorten_to: Option<usize>,
    batch_size: usize,
    /// The most texts the service is known to take at once.
    largest_batch: AtomicUsize,
}

impl Asker {
    fn new(options: Options) -> Result<Self, Error> {
        let Options { endpoint, model, shorten_to, batch_size, .. } = options;
        let batch_size = batch_size.max(1);
        let largest_batch = AtomicUsize::new(batch_size);
        Ok(Self { service: Service::new(endpoint)?, model, shorten_to, batch_size, largest_batch })
    }

    fn url(&self) -> String {
        self.service.url().to_owned()
    }

    /// Unit vectors for `texts`, in their order; in smaller parts where the service says that these are too many.
    async fn ask(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut parts: Vec<&[String]> = texts.chunks(self.largest_batch.load(Ordering::Relaxed)).rev().collect();
        while let Some(part) = parts.pop() {
            match self.ask_once(part).await {
                Err(Error::Service(service::Error::Refused { status: 413 | 422, .. })) if part.len() > 1 => {
                    let half = part.len().div_ceil(2);
                    self.largest_batch.fetch_min(half, Ordering::Relaxed);
                    parts.extend(part.chunks(half).rev());
                }
                answer => vectors.extend(answer?),
            }
        }
        Ok(vectors)
    }

    async fn ask_once(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        let request =
            Request { model: &self.model, input: texts, encoding_format: "float", dimensions: self.shorten_to };
        let answer = self.service.embeddings(&self.model, &request).await?;
        self.in_order(answer, texts.len())
    }

    /// The vectors of an answer as the texts were sent, scaled to length 1.
    fn in_order(&self, answer: Answer, asked: usize) -> Result<Vec<Vec<f32>>, Error> {
        let answered = answer.data.len();
        let wrong_count = || Error::WrongCount { url: self.url(), asked, answered };
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
                return Err(Error::Vector { model: self.model.clone() });
            }
            scale_to_unit(&mut embedding);
            vectors.push(embedding);
        }
        Ok(vectors)
    }

    fn wrong_dimensions(&self, expected: usize, found: usize) -> Error {
        Error::WrongDimensions { url: self.url(), expected, found }
    }
}

//! Fine-tuning: files are uploaded, jobs are made of them and looked after.

use async_openai::error::OpenAIError;
use async_openai::traits::RequestOptionsBuilder as _;
use async_openai::types::files::{CreateFileRequest, FileInput, FilePurpose};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Error, Service, was_not_heard};

/// Events and jobs that are asked for at once.
const LISTED: u8 = 20;

/// A job that is to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewJob {
    /// The model that is trained further.
    pub model: String,
    /// The uploaded file it is trained on.
    pub training_file: String,
    /// The uploaded file it is checked against.
    pub validation_file: Option<String>,
    /// How often it sees every example; the service decides where it is not said.
    pub epochs: Option<u32>,
    /// A word of one's own in the new model's name.
    pub suffix: Option<String>,
    /// The seed of the service's own randomness.
    pub seed: Option<u32>,
}

/// A job as the service describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Job {
    /// Its identifier.
    pub id: String,
    /// How it goes: `validating_files`, `queued`, `running`, `paused`, `succeeded`, `failed`, `cancelled`, or whatever
    /// else the service says.
    pub status: String,
    /// The model that is trained further.
    #[serde(default, deserialize_with = "or_default")]
    pub model: String,
    /// The new model's name, once there is one.
    #[serde(default)]
    pub fine_tuned_model: Option<String>,
    /// Tokens that were trained on, once it has ended.
    #[serde(default)]
    pub trained_tokens: Option<u64>,
    /// Why it failed.
    #[serde(default, deserialize_with = "message")]
    pub error: Option<String>,
}

impl Job {
    /// Whether nothing more will come of it.
    pub fn is_over(&self) -> bool {
        self.has_succeeded() || matches!(self.status.as_str(), "failed" | "cancelled")
    }

    /// Whether there is a new model.
    pub fn has_succeeded(&self) -> bool {
        self.status == "succeeded"
    }
}

/// Something that happened to a job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// `info`, `warn` or `error`.
    #[serde(default, deserialize_with = "or_default")]
    pub level: String,
    /// What it was.
    #[serde(default, deserialize_with = "or_default")]
    pub message: String,
}

/// What was uploaded.
#[derive(Deserialize)]
struct File {
    id: String,
}

#[derive(Deserialize)]
struct List<T> {
    data: Vec<T>,
}

/// What is sent to make a job.
#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    training_file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suffix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<Method>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Method {
    Supervised { supervised: Supervised },
}

#[derive(Serialize)]
struct Supervised {
    hyperparameters: Hyperparameters,
}

#[derive(Serialize)]
struct Hyperparameters {
    n_epochs: u32,
}

impl<'a> From<&'a NewJob> for Request<'a> {
    fn from(job: &'a NewJob) -> Self {
        let supervised =
            |n_epochs| Method::Supervised { supervised: Supervised { hyperparameters: Hyperparameters { n_epochs } } };
        Self {
            model: &job.model,
            training_file: &job.training_file,
            validation_file: job.validation_file.as_deref(),
            suffix: job.suffix.as_deref(),
            seed: job.seed,
            method: job.epochs.map(supervised),
        }
    }
}

/// What services leave empty in their own ways.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The message of an error, which is null or empty where there is none.
fn message<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let error = serde_json::Value::deserialize(deserializer)?;
    let message = error["message"].as_str().or(error.as_str());
    Ok(message.filter(|message| !message.trim().is_empty()).map(str::to_owned))
}

impl Service {
    /// Uploads a file to train on, under a name; the identifier it is given comes back. A file that comes twice costs
    /// nothing.
    ///
    /// # Errors
    /// Where the service does not take it.
    pub async fn upload(&self, name: &str, content: Vec<u8>) -> Result<String, Error> {
        // One buffer, whatever the number of tries.
        let file = FileInput::from_bytes(name.to_owned(), content.into());
        let request = CreateFileRequest { file, purpose: FilePurpose::FineTune, expires_after: None };
        let once = || async { self.client.files().create_byot::<_, File>(request.clone()).await };
        match self.ask("", once).await {
            Ok(file) => Ok(self.quote(&file.id)),
            Err(Error::NoSuchModel { url, .. }) => Err(Error::NoFineTuning { url }),
            Err(error) => Err(error),
        }
    }

    /// Makes a job, which costs money: it is asked for again only where it surely was not heard.
    ///
    /// # Errors
    /// Where the service makes none; where it failed or was silent, it may have made one nevertheless.
    pub async fn create_job(&self, job: &NewJob) -> Result<Job, Error> {
        let once = || async { self.client.fine_tuning().create_byot::<_, Job>(Request::from(job)).await };
        let job = self.ask_while(was_not_heard, &job.model, once).await?;
        Ok(self.cleaned(job))
    }

    /// How a job goes.
    ///
    /// # Errors
    /// Where the service does not say.
    pub async fn job(&self, id: &str) -> Result<Job, Error> {
        let job = self.about(id, || async { self.client.fine_tuning().retrieve_byot::<_, Job>(id).await }).await?;
        Ok(self.cleaned(job))
    }

    /// The latest jobs, newest first.
    ///
    /// # Errors
    /// Where the service does not say.
    pub async fn jobs(&self) -> Result<Vec<Job>, Error> {
        let once = || async {
            self.client.fine_tuning().query(&[("limit", LISTED)])?.list_paginated_byot::<List<Job>>().await
        };
        match self.ask("", once).await {
            Ok(list) => Ok(list.data.into_iter().map(|job| self.cleaned(job)).collect()),
            Err(Error::NoSuchModel { url, .. }) => Err(Error::NoFineTuning { url }),
            Err(error) => Err(error),
        }
    }

    /// The latest events of a job, oldest first.
    ///
    /// # Errors
    /// Where the service does not say.
    pub async fn events(&self, id: &str) -> Result<Vec<Event>, Error> {
        let once = || async {
            self.client.fine_tuning().query(&[("limit", LISTED)])?.list_events_byot::<_, List<Event>>(id).await
        };
        let events = self.about(id, once).await?.data;
        let cleaned = |event: Event| Event { level: self.quote(&event.level), message: self.quote(&event.message) };
        Ok(events.into_iter().rev().map(cleaned).collect())
    }

    /// Asks about a job, whose identifier becomes a part of the address.
    async fn about<A, F>(&self, id: &str, once: impl Fn() -> F) -> Result<A, Error>
    where
        F: Future<Output = Result<A, OpenAIError>>,
    {
        let unknown = |url| Error::NoSuchJob { url, job: id.to_owned() };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if id.is_empty() || !id.chars().all(is_plain) {
            return Err(unknown(self.url.clone()));
        }
        match self.ask("", once).await {
            Err(Error::NoSuchModel { url, .. }) => Err(unknown(url)),
            answer => answer,
        }
    }

    /// What a service says of a job goes to a terminal: on one line, without the key.
    fn cleaned(&self, job: Job) -> Job {
        Job {
            id: self.quote(&job.id),
            status: self.quote(&job.status),
            model: self.quote(&job.model),
            fine_tuned_model: job.fine_tuned_model.map(|name| self.quote(&name)),
            trained_tokens: job.trained_tokens,
            error: job.error.map(|message| self.quote(&message)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_is_sent() {
        let plain = NewJob { model: "m".to_owned(), training_file: "file-1".to_owned(), ..NewJob::default() };
        let sent = serde_json::to_string(&Request::from(&plain)).unwrap();
        assert_eq!(sent, r#"{"model":"m","training_file":"file-1"}"#);
        let with_epochs = NewJob { epochs: Some(3), ..plain };
        let sent = serde_json::to_value(Request::from(&with_epochs)).unwrap();
        let method = serde_json::json!({"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}});
        assert_eq!(sent["method"], method);
    }

    #[test]
    fn an_error_that_is_empty_is_none() {
        let read = |error: &str| {
            let text = format!(r#"{{"id": "ftjob-1", "status": "failed", "model": null, "error": {error}}}"#);
            serde_json::from_str::<Job>(&text).unwrap().error
        };
        assert_eq!(read("null"), None);
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"code": null, "message": "", "param": null}"#), None);
        assert_eq!(read(r#"{"code": "x", "message": "too few"}"#), Some("too few".to_owned()));
    }

    #[test]
    fn a_job_is_over_when_nothing_more_comes_of_it() {
        let over = |status: &str| Job { status: status.to_owned(), ..Job::default() }.is_over();
        assert!(["succeeded", "failed", "cancelled"].into_iter().all(over));
        assert!(!["validating_files", "queued", "running", "paused", "new"].into_iter().any(over));
    }
}

//! Fine-tuning against a scripted service on this machine, in the shapes that `OpenAI`'s reference documents.

#![expect(clippy::unwrap_used, reason = "these are tests, their helpers too")]

mod scripted;

use scripted::{Reply, Request, Scripted, in_turn};
use serde_json::{Value, json};
use term2id::service::finetuning::{Event, NewJob};
use term2id::service::{Endpoint, Error, Key, Service};

const KEY: &str = "sk-do-not-print-me";
const LINES: &str = "{\"messages\": [\"é\"]}\n{\"messages\": []}\n";

fn service(scripted: &Scripted) -> Service {
    let endpoint =
        Endpoint { base_url: Some(scripted.url.clone()), key: Some(Key::new(KEY)), timeout_seconds: 5, retries: 2 };
    Service::new(endpoint).unwrap()
}

fn file() -> Reply {
    let file = json!({
        "id": "file-abc123", "object": "file", "bytes": 120_000, "created_at": 1_677_610_602, "expires_at": null,
        "filename": "identifier.train.jsonl", "purpose": "fine-tune", "status": "uploaded", "status_details": null,
    });
    Reply::new(200, file.to_string())
}

/// A job as the service describes it, with these entries changed.
fn job(changed: &Value) -> Value {
    let mut job = json!({
        "object": "fine_tuning.job", "id": "ftjob-abc123", "model": "gpt-4o-mini-2024-07-18",
        "created_at": 1_721_764_800, "finished_at": null, "fine_tuned_model": null, "organization_id": "org-123",
        "result_files": [], "status": "queued", "validation_file": null, "training_file": "file-abc123",
        "trained_tokens": null, "error": {}, "seed": 683_058_546, "estimated_finish": 0, "integrations": [],
        "hyperparameters": {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"},
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": "auto"}}},
        "user_provided_suffix": null, "metadata": null,
    });
    for (key, value) in changed.as_object().unwrap() {
        job[key] = value.clone();
    }
    job
}

fn says(body: &Value) -> Reply {
    Reply::new(200, body.to_string())
}

fn new_job() -> NewJob {
    NewJob {
        model: "gpt-4o-mini-2024-07-18".to_owned(),
        training_file: "file-abc123".to_owned(),
        validation_file: Some("file-def456".to_owned()),
        epochs: Some(3),
        suffix: Some("hpo".to_owned()),
        seed: Some(7),
    }
}

/// An error that must not tell the key.
fn told(error: &Error) -> String {
    let told = format!("{error} {error:?}");
    assert!(!told.contains(KEY), "{told}");
    error.to_string()
}

#[tokio::test]
async fn a_file_is_uploaded_byte_for_byte_with_its_name_and_purpose() {
    let scripted = Scripted::always(file());
    let id = service(&scripted).upload("identifier.train.jsonl", LINES.into()).await.unwrap();
    assert_eq!(id, "file-abc123");
    let seen = scripted.seen();
    let Request { method, path, text, .. } = &seen[0];
    assert_eq!((method.as_str(), path.as_str()), ("POST", "/v1/files"));
    assert_eq!(seen[0].header("authorization"), Some(&*format!("Bearer {KEY}")));
    let kind = seen[0].header("content-type").unwrap();
    let boundary = format!("--{}", kind.strip_prefix("multipart/form-data; boundary=").unwrap());
    let parts: Vec<&str> = text.split(&boundary).map(|part| part.trim_start_matches("\r\n")).collect();
    assert_eq!(parts.len(), 4, "{text}");
    let sent = |part: &str| {
        let (head, content) = part.split_once("\r\n\r\n").unwrap();
        (head.to_lowercase(), content.strip_suffix("\r\n").unwrap().to_owned())
    };
    let (head, content) = sent(parts[1]);
    assert!(head.contains("name=\"file\"; filename=\"identifier.train.jsonl\""), "{head}");
    assert_eq!(content, LINES);
    let (head, content) = sent(parts[2]);
    assert!(head.contains("name=\"purpose\""), "{head}");
    assert_eq!((content.as_str(), parts[3]), ("fine-tune", "--\r\n"));
}

#[tokio::test]
async fn a_job_is_asked_for_as_the_reference_says() {
    let scripted = Scripted::always(says(&job(&json!({}))));
    let made = service(&scripted).create_job(&new_job()).await.unwrap();
    assert_eq!((made.id.as_str(), made.status.as_str(), made.is_over()), ("ftjob-abc123", "queued", false));
    let seen = scripted.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("POST", "/v1/fine_tuning/jobs"));
    assert_eq!(
        seen[0].body,
        json!({
            "model": "gpt-4o-mini-2024-07-18", "training_file": "file-abc123", "validation_file": "file-def456",
            "suffix": "hpo", "seed": 7,
            "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
        })
    );
}

#[tokio::test]
async fn a_job_is_running_and_then_it_has_ended_one_way_or_another() {
    let name = "ft:gpt-4o-mini-2024-07-18:org:hpo:9ABC";
    let succeeded = json!({"status": "succeeded", "fine_tuned_model": name, "trained_tokens": 5768, "error": null});
    let message = "The job failed due to an invalid training file.\nLine 3";
    let error = json!({"code": "invalid_training_file", "message": message, "param": "training_file"});
    let script = [
        says(&job(&json!({"status": "running"}))),
        says(&job(&succeeded)),
        says(&job(&json!({"status": "failed", "error": error}))),
        says(&job(&json!({"status": "cancelled"}))),
    ];
    let scripted = Scripted::new(in_turn(script, Reply::refuses(500, "over")));
    let service = service(&scripted);
    let running = service.job("ftjob-abc123").await.unwrap();
    assert_eq!((running.is_over(), running.trained_tokens, running.error), (false, None, None));
    let succeeded = service.job("ftjob-abc123").await.unwrap();
    assert!(succeeded.is_over() && succeeded.has_succeeded());
    assert_eq!((succeeded.fine_tuned_model.as_deref(), succeeded.trained_tokens), (Some(name), Some(5768)));
    let failed = service.job("ftjob-abc123").await.unwrap();
    assert!(failed.is_over() && !failed.has_succeeded());
    assert_eq!(failed.error.as_deref(), Some("The job failed due to an invalid training file. Line 3"));
    assert!(service.job("ftjob-abc123").await.unwrap().is_over());
    let seen = scripted.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("GET", "/v1/fine_tuning/jobs/ftjob-abc123"));
}

#[tokio::test]
async fn events_come_oldest_first_and_jobs_newest_first() {
    let event = |level: &str, message: &str| {
        let id = format!("ftevent-{level}");
        json!({"object": "fine_tuning.job.event", "id": id, "created_at": 1_721_764_800, "level": level,
            "message": message, "data": null, "type": "message"})
    };
    let events = [event("warn", "Step 20/90: \u{1b}[31mloss"), event("info", "Created")];
    let script = [
        says(&json!({"object": "list", "data": events, "has_more": true})),
        says(&json!({"object": "list", "data": [job(&json!({"id": "ftjob-2"})), job(&json!({}))], "has_more": false})),
    ];
    let scripted = Scripted::new(in_turn(script, Reply::refuses(500, "over")));
    let service = service(&scripted);
    let expected = [("info", "Created"), ("warn", "Step 20/90: [31mloss")];
    let expected = expected.map(|(level, message)| Event { level: level.to_owned(), message: message.to_owned() });
    assert_eq!(service.events("ftjob-abc123").await.unwrap(), expected);
    let jobs = service.jobs().await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(), ["ftjob-2", "ftjob-abc123"]);
    let paths: Vec<String> = scripted.seen().iter().map(|request| request.path.clone()).collect();
    assert_eq!(paths, ["/v1/fine_tuning/jobs/ftjob-abc123/events?limit=20", "/v1/fine_tuning/jobs?limit=20"]);
}

#[tokio::test]
async fn a_key_that_is_not_accepted_is_told_without_it() {
    let scripted = Scripted::always(Reply::refuses(401, &format!("Incorrect API key provided: {KEY}")));
    let service = service(&scripted);
    let upload = service.upload("a.jsonl", LINES.into()).await.unwrap_err();
    let create = service.create_job(&new_job()).await.unwrap_err();
    let status = service.job("ftjob-abc123").await.unwrap_err();
    for error in [upload, create, status] {
        assert!(matches!(error, Error::Unauthorized { .. }), "{}", told(&error));
        told(&error);
    }
    assert_eq!(scripted.count(), 3);
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    let busy = || Reply::refuses(429, "slow down").with_header("Retry-After", "0");
    let scripted = Scripted::new(in_turn([busy(), Reply::refuses(503, "overloaded")], file()));
    assert_eq!(service(&scripted).upload("a.jsonl", LINES.into()).await.unwrap(), "file-abc123");
    let sent: Vec<String> = scripted.seen().iter().map(|request| request.text.clone()).collect();
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|text| text.contains(LINES)), "each try sends the whole file");

    let scripted = Scripted::new(in_turn([busy()], says(&job(&json!({})))));
    assert_eq!(service(&scripted).create_job(&new_job()).await.unwrap().id, "ftjob-abc123");
    assert_eq!(scripted.count(), 2);
}

#[tokio::test]
async fn what_costs_money_is_not_asked_for_twice() {
    for reply in [Reply::refuses(500, "failed"), Reply::broken_off(), Reply::new(200, "{\"id\": \"ftj").cut_in_half()] {
        let scripted = Scripted::always(reply);
        let error = service(&scripted).create_job(&new_job()).await.unwrap_err();
        assert_eq!(scripted.count(), 1, "{}", told(&error));
    }
}

#[tokio::test]
async fn a_refusal_says_what_the_service_says() {
    let message = "Invalid file format. Example 3 is missing key \"messages\".";
    let scripted = Scripted::always(Reply::refuses(400, message));
    let error = service(&scripted).upload("a.jsonl", LINES.into()).await.unwrap_err();
    let url = &scripted.url;
    assert_eq!(told(&error), format!("`{url}` answered with status 400 (tries: 1): {message}"));
    let error = service(&scripted).create_job(&new_job()).await.unwrap_err();
    assert!(told(&error).ends_with(message));
    assert_eq!(scripted.count(), 2);
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let scripted = Scripted::always(Reply::refuses(404, "not found"));
    let (service, url) = (service(&scripted), &scripted.url);
    let error = service.job("ftjob-nope").await.unwrap_err();
    assert_eq!(told(&error), format!("`{url}` has no fine-tuning job `ftjob-nope`, or no such route (404)"));
    let error = service.upload("a.jsonl", LINES.into()).await.unwrap_err();
    assert_eq!(told(&error), format!("`{url}` does not fine-tune: it takes no files (404)"));
    let error = service.create_job(&new_job()).await.unwrap_err();
    assert!(matches!(&error, Error::NoSuchModel { model, .. } if model == "gpt-4o-mini-2024-07-18"));
    // What is no name of a job becomes no part of an address.
    let count = scripted.count();
    for name in ["../files", "a/b", "", "a?b", "ü"] {
        assert!(matches!(service.events(name).await.unwrap_err(), Error::NoSuchJob { .. }));
    }
    assert_eq!(scripted.count(), count);
}

#[tokio::test]
async fn an_answer_that_is_none_cannot_be_read() {
    for body in ["<html>", "{}", r#"{"object": "file"}"#, "[]"] {
        let scripted = Scripted::always(Reply::new(200, body));
        let service = service(&scripted);
        let upload = service.upload("a.jsonl", LINES.into()).await.unwrap_err();
        let create = service.create_job(&new_job()).await.unwrap_err();
        let status = service.job("ftjob-abc123").await.unwrap_err();
        for error in [upload, create, status] {
            assert!(matches!(error, Error::UnreadableAnswer { .. }), "{body}: {}", told(&error));
        }
    }
}

//! The generator with a real server: llama.cpp's, over a small model of random weights (`llama/model.py`). Says so and
//! passes where Python's `xllamacpp`, `gguf` or `numpy` is missing, unless `TERM2ID_LLAMA_PYTHON` names the interpreter
//! that has them.
//!
//! Such a model knows nothing, so nothing here is about right answers; what it says depends on what it is asked, is now
//! and then no text at all, and is held to a schema by the server alone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock, mpsc};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use term2id::evaluate::dataset::Case;
use term2id::evaluate::identifiers::Identifiers;
use term2id::evaluate::system::asking::{Manner, plain, rag};
use term2id::evaluate::system::{Answer, Said};
use term2id::generate::budget::Prices;
use term2id::generate::cassette::{Cassette, Key, Record};
use term2id::generate::model::{Model, Options};
use term2id::generate::prompt::Prompts;
use term2id::generate::{Choice, Decision, Error, Format, Generator as _, Offer};
use term2id::normalize::{Normalizer, OntologyTag, Rule};
use term2id::ontology::{Curie, Ontology, Scope, obo};
use term2id::retrieve::{self, Candidate, Description, Mention, Parent, Ranks, Retrieval, Retriever, Scores};
use term2id::service::{self, Endpoint, Service};

const PYTHON: &str = "TERM2ID_LLAMA_PYTHON";

/// How long a server may take until it can be asked.
const START: Duration = Duration::from_mins(2);

/// The interpreter that can serve a model; none where there is none, which is said.
static INTERPRETER: LazyLock<Option<String>> = LazyLock::new(|| {
    #[expect(clippy::disallowed_methods, reason = "a test stands where the command line stands")]
    let named = std::env::var(PYTHON).ok().filter(|named| !named.is_empty());
    let python = named.as_deref().unwrap_or("python3");
    let missing = match Command::new(python).args(["-c", "import gguf, numpy, xllamacpp"]).output() {
        Ok(output) if output.status.success() => return Some(python.to_owned()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned(),
        Err(error) => error.to_string(),
    };
    assert!(named.is_none(), "{PYTHON}={python} cannot serve a model: {missing}");
    // Not by `eprintln!`, of which nothing is seen when a test passes.
    let mut stderr = io::stderr();
    writeln!(stderr, "skipped: {python} cannot serve a model (`pip install xllamacpp gguf numpy`): {missing}").unwrap();
    None
});

/// One server for all who only ask. It ends with its standard input, and so with this process.
static SHARED: LazyLock<Option<Server>> = LazyLock::new(Server::start);

/// A server; killed when dropped, as it is after a panic too.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start() -> Option<Self> {
        let python = INTERPRETER.as_deref()?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/llama/serve.py");
        // No byte code beside the sources.
        let mut command = Command::new(python);
        command.arg("-B").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = Self { child: command.spawn().unwrap(), url: String::new() };
        let mut lines = BufReader::new(server.child.stdout.take().unwrap());
        let (address, read) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let _ = lines.read_line(&mut line).and_then(|_| address.send(line).map_err(io::Error::other));
        });
        let address = read.recv_timeout(START).unwrap();
        assert!(address.starts_with("http://127.0.0.1:"), "the server did not start: `{address}`");
        server.url = format!("{}/v1", address.trim());
        Some(server)
    }

    /// Every failure is one, and not asked about again.
    fn endpoint(&self) -> Endpoint {
        Endpoint { base_url: Some(self.url.clone()), retries: 0, ..Endpoint::default() }
    }

    fn model(&self, options: Options, cassette: Option<Cassette>) -> Model {
        Model::new(self.endpoint(), options, Prompts::built_in(), &Prices::built_in(), cassette).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks for a number only.
fn numbers() -> Options {
    Options { reason: false, ..Options::new("tiny", "the made-up limbs") }
}

const WORDS: [&str; 16] = [
    "abnormal", "big", "binding", "cell", "foot", "hand", "long", "membrane", "of the", "pain", "protein", "seizure",
    "short", "tremor", "upper", "with",
];

/// Some words, the same for the same number.
fn words(seed: u64, count: usize) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..count).map(|_| WORDS[random.usize(..WORDS.len())]).collect::<Vec<_>>().join(" ")
}

/// A mention and concepts that it may mean, some with definitions and parents.
fn question(number: u64, offered: u64) -> (Mention, Vec<Offer>) {
    let mention = Mention { context: Some(words(number + 500, 12)), ..Mention::new(words(number, 3)) };
    let offer = |place: u64| {
        let seed = 1000 * (number + 1) + place;
        let id = |seed: u64| Curie::parse(&format!("LIMB:{seed:07}")).unwrap();
        let candidate = Candidate {
            id: id(seed),
            label: words(seed, 3),
            name: words(seed + u64::from(place.is_multiple_of(2)), 3),
            scope: Scope::Exact,
            kind: None,
            language: None,
            ontology: None,
            score: 0.5,
            ranks: Ranks::default(),
            scores: Scores::default(),
        };
        let definition = place.is_multiple_of(3).then(|| words(seed + 2, 20));
        Offer {
            candidate,
            description: Description {
                definition,
                parents: vec![Parent { id: id(7), label: words(seed + 3, 2) }],
                ..Description::default()
            },
        }
    };
    (mention, (0..offered).map(offer).collect())
}

fn questions(count: u64) -> Vec<(Mention, Vec<Offer>)> {
    (0..count).map(|number| question(number, 10)).collect()
}

/// One question after the other.
async fn decisions(model: &Model, questions: &[(Mention, Vec<Offer>)]) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for (mention, offers) in questions {
        decisions.push(model.choose(mention, offers).await.unwrap());
    }
    decisions
}

fn choices(decisions: &[Decision]) -> Vec<Choice> {
    decisions.iter().map(|decision| decision.choice).collect()
}

/// What a choice is written as.
fn written(choice: Choice) -> String {
    match choice {
        Choice::Offer(place) => (place + 1).to_string(),
        Choice::NoMatch => "none".to_owned(),
    }
}

fn records(cassette: &Cassette) -> Vec<(Key, Record)> {
    let mut records = Vec::new();
    cassette
        .for_each(&mut |key, record| {
            records.push((*key, record.clone()));
            Ok(())
        })
        .unwrap();
    records
}

fn service(server: &Server) -> Service {
    Service::new(server.endpoint()).unwrap()
}

/// What the model says to `messages`, in the form that `format` asks for: why it ended and the text. `None` where that is
/// no text, which the server calls its own failure.
async fn said(server: &Server, messages: &Value, format: Option<Value>, most_tokens: u32) -> Option<(String, String)> {
    let mut request = json!({"model": "tiny", "messages": messages, "temperature": 0, "max_tokens": most_tokens});
    if let Some(format) = format {
        request["response_format"] = json!({ "type": format });
    }
    match service(server).chat::<Value>("tiny", &request).await {
        Ok(answer) => {
            let choice = &answer["choices"][0];
            let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
            Some((text(&choice["finish_reason"]), text(&choice["message"]["content"])))
        }
        Err(service::Error::Refused { status: 500, .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn under_a_schema_every_answer_was_offered_and_comes_again() {
    let Some(server) = &*SHARED else { return };
    let questions = questions(40);
    let first = decisions(&server.model(numbers(), None), &questions).await;
    for decision in &first {
        assert!(matches!(decision.choice, Choice::NoMatch | Choice::Offer(..10)), "{decision:?}");
        assert!(decision.reason.is_empty(), "{decision:?}");
    }
    let choices_made: BTreeSet<Choice> = choices(&first).into_iter().collect();
    assert!(choices_made.len() > 2, "whatever it is asked, it says {choices_made:?}");
    let again = decisions(&server.model(numbers(), None), &questions).await;
    assert_eq!(choices(&first), choices(&again));
}

#[tokio::test]
async fn how_sure_a_choice_is_comes_of_the_tokens_it_is_written_in() {
    let Some(server) = &*SHARED else { return };
    let (cassette, questions) = (Cassette::temporary().unwrap(), questions(20));
    let decisions = decisions(&server.model(numbers(), Some(cassette.clone())), &questions).await;
    let sure: Vec<f32> = decisions.iter().filter_map(|decision| decision.certainty).collect();
    assert!(sure.iter().all(|sure| (0.0..=1.0).contains(sure)), "{sure:?}");
    assert!(sure.iter().any(|&other| (other - sure[0]).abs() > 1e-3), "{sure:?}");

    let mut kept: Vec<String> = Vec::new();
    for (_, record) in records(&cassette) {
        let answer: Value = serde_json::from_str(&record.answer).unwrap();
        let tokens = answer["choice_tokens"].as_array().unwrap_or_else(|| panic!("no tokens: {answer}"));
        assert!(tokens.iter().all(|token| token["top_logprobs"].as_array().unwrap().len() == 10), "{answer}");
        assert!(answer["prompt_tokens"].as_u64() > Some(100) && answer["answer_tokens"].as_u64() > Some(5), "{answer}");
        kept.push(tokens.iter().map(|token| token["token"].as_str().unwrap()).collect());
    }
    let mut chosen: Vec<String> = choices(&decisions).into_iter().map(written).collect();
    kept.sort();
    chosen.sort();
    assert_eq!(kept, chosen);
}

#[tokio::test]
async fn a_reason_is_a_text_or_there_is_an_error_and_never_another_choice() {
    let Some(server) = &*SHARED else { return };
    let ask = async |number| {
        // A model of its own: one failure after the other would end a run.
        let model = server.model(Options { reason: true, ..numbers() }, None);
        let (mention, offers) = question(number, 10);
        model.choose(&mention, &offers).await
    };
    let mut decided = 0;
    for outcome in join_all((0..16).map(ask)).await {
        match outcome {
            Ok(Decision { choice, reason, certainty, .. }) => {
                decided += 1;
                assert!(matches!(choice, Choice::NoMatch | Choice::Offer(..10)) && !reason.is_empty(), "{choice:?}");
                assert!(!reason.contains(char::is_control), "{reason:?}");
                assert!(certainty.is_none_or(|sure| (0.0..=1.0).contains(&sure)), "{certainty:?}");
            }
            // A text without end, and bytes that are none.
            Err(Error::CutOff { tokens: 300 } | Error::Service(service::Error::Refused { status: 500, .. })) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(decided > 0);
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_no_choice() {
    let Some(server) = &*SHARED else { return };
    for reason in [true, false] {
        let model = server.model(Options { reason, most_tokens: 4, ..numbers() }, None);
        let (mention, offers) = question(1, 10);
        match model.choose(&mention, &offers).await {
            Err(Error::CutOff { tokens: 4 } | Error::Service(service::Error::Refused { status: 500, .. })) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn json_mode_gives_objects_and_no_mode_gives_any_text() {
    let Some(server) = &*SHARED else { return };
    let (mut objects, mut texts) = (0, 0);
    for number in 0..24 {
        let messages = json!([{"role": "user", "content": words(number, 40)}]);
        if let Some((ended, text)) = said(server, &messages, Some(json!("json_object")), 200).await {
            assert!(text.trim_start().starts_with('{'), "{text}");
            let object = serde_json::from_str::<Value>(&text);
            assert!(ended == "length" || object.as_ref().is_ok_and(Value::is_object), "{ended}: {text}");
            objects += usize::from(object.is_ok());
        }
        if let Some((_, text)) = said(server, &messages, None, 20).await {
            texts += usize::from(serde_json::from_str::<Value>(&text).is_err());
        }
    }
    assert!(objects > 0 && texts > 0, "{objects} {texts}");
}

/// What a service without schemas and JSON would have said, in the place of what this one did.
#[tokio::test]
async fn held_to_json_or_to_nothing_its_answers_are_read_or_are_errors() {
    let Some(server) = &*SHARED else { return };
    for format in [Format::Json, Format::Text] {
        let model = server.model(Options { format: Some(format), most_tokens: 24, ..numbers() }, None);
        let questions = questions(12);
        let mut errors = 0;
        for (mention, offers) in &questions {
            match model.choose(mention, offers).await {
                Ok(decision) => {
                    assert!(matches!(decision.choice, Choice::NoMatch | Choice::Offer(..10)), "{decision:?}");
                }
                Err(Error::Stopped(error)) => panic!("{format:?}: {error}"),
                Err(_) => errors += 1,
            }
        }
        // A model that knows nothing says nothing that can be read, or next to nothing.
        assert!(errors > 0, "{format:?}");
        assert!(model.has_answered(), "{format:?}");
    }
}

#[tokio::test]
async fn plain_text_is_asked_for_once_more_and_then_an_error() {
    let Some(server) = &*SHARED else { return };
    let (mention, offers) = question(2, 10);
    let first = Cassette::temporary().unwrap();
    server.model(numbers(), Some(first.clone())).choose(&mention, &offers).await.unwrap();
    let (key, record) = records(&first).remove(0);
    let (_, text) = said(server, &serde_json::from_str(&record.messages).unwrap(), None, 30).await.unwrap();
    let answered = |record: &Record, ended: &str| Record {
        answer: json!({"content": text, "finish_reason": ended, "prompt_tokens": 1, "answer_tokens": 1}).to_string(),
        ..record.clone()
    };

    // The answer to that is under the schema again.
    let second = Cassette::temporary().unwrap();
    second.put(&key, &answered(&record, "stop")).unwrap();
    let model = server.model(numbers(), Some(second.clone()));
    let decision = model.choose(&mention, &offers).await.unwrap();
    assert!(matches!(decision.choice, Choice::NoMatch | Choice::Offer(..10)), "{text}: {decision:?}");
    assert_eq!((model.spending().repairs, model.spending().asked.calls), (1, 1), "{text}");

    let plain = Cassette::temporary().unwrap();
    for (key, record) in records(&second) {
        plain.put(&key, &answered(&record, "stop")).unwrap();
    }
    let replaying = || Options { replay_only: true, ..numbers() };
    let error = server.model(replaying(), Some(plain)).choose(&mention, &offers).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. } | Error::NotOffered { .. }) && !error.stops(), "{error:?}");

    let short = Cassette::temporary().unwrap();
    short.put(&key, &answered(&record, "length")).unwrap();
    let error = server.model(replaying(), Some(short)).choose(&mention, &offers).await.unwrap_err();
    assert!(matches!(error, Error::CutOff { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_all_at_once_it_answers_as_one_at_a_time() {
    let Some(server) = &*SHARED else { return };
    let questions = questions(64);
    let options = Options { concurrency: 8, ..numbers() };
    let model = server.model(options, None);
    let at_once = join_all(questions.iter().map(|(mention, offers)| model.choose(mention, offers))).await;
    let at_once: Vec<Decision> = at_once.into_iter().map(Result::unwrap).collect();
    assert_eq!(model.spending().asked.calls, 64);
    let one_at_a_time = decisions(&server.model(numbers(), None), &questions).await;
    assert_eq!(choices(&at_once), choices(&one_at_a_time));
}

#[tokio::test]
async fn a_question_longer_than_the_context_fails_alone() {
    let Some(server) = &*SHARED else { return };
    let long = |number: u64| {
        let (mention, mut offers) = question(number, 100);
        for (seed, offer) in (0..).zip(&mut offers) {
            offer.description.definition = Some(words(seed, 100));
        }
        (mention, offers)
    };
    // The first question finds out what the service can do, and must not take it for less.
    let model = server.model(numbers(), None);
    for number in 0..8 {
        let (mention, offers) = long(number);
        let error = model.choose(&mention, &offers).await.unwrap_err();
        // A service that answers others only declines this one.
        let is_refused = match &error {
            Error::Service(service::Error::Refused { status, .. }) => number == 0 && *status == 400,
            Error::Declined { status, .. } => number > 0 && *status == 400,
            _ => false,
        };
        assert!(is_refused, "{error:?}");
        assert!(!error.stops() && error.to_string().contains("context"), "{error}");
        if number == 0 {
            let (mention, offers) = question(number, 10);
            assert!(model.choose(&mention, &offers).await.is_ok());
        }
    }
    assert!(model.stopped().is_none());
}

#[tokio::test]
async fn a_route_that_is_not_there_ends_the_run() {
    let Some(server) = &*SHARED else { return };
    let base_url = Some(server.url.replace("/v1", "/nowhere/v1"));
    let endpoint = Endpoint { base_url, ..server.endpoint() };
    let model = Model::new(endpoint, numbers(), Prompts::built_in(), &Prices::built_in(), None).unwrap();
    let (mention, offers) = question(0, 10);
    let error = model.choose(&mention, &offers).await.unwrap_err();
    assert!(error.stops() && model.stopped().is_some(), "{error:?}");
    assert!(error.to_string().contains("404"), "{error}");
}

#[tokio::test]
async fn names_are_names_or_an_error() {
    let Some(server) = &*SHARED else { return };
    let is_allowed = |error: &Error| {
        matches!(error, Error::CutOff { .. } | Error::Service(service::Error::Refused { status: 500, .. }))
    };
    let mut answered = 0;
    for number in 0..8 {
        let model = server.model(numbers(), None);
        let (mention, offers) = question(number, 10);
        for (most, names) in [(1, model.propose(&mention).await), (3, model.rewrite(&mention, &offers).await)] {
            match names {
                Ok(names) => {
                    answered += names.len();
                    assert!(names.len() <= most && names.iter().all(|name| !name.is_empty()), "{names:?}");
                }
                Err(error) => assert!(is_allowed(&error), "{error:?}"),
            }
        }
    }
    assert!(answered > 0);
}

/// Finds the candidates that each of these questions offers.
struct Shelf(Vec<(Mention, Vec<Offer>)>);

impl Retriever for Shelf {
    fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Retrieval, retrieve::Error> {
        let (_, offers) = self.0.iter().find(|(known, _)| known == mention).unwrap();
        let candidates = offers.iter().take(limit).map(|offer| offer.candidate.clone()).collect();
        Ok(Retrieval { candidates, ..Retrieval::default() })
    }

    fn describe(&self, candidate: &Candidate) -> Result<Description, retrieve::Error> {
        let mut offers = self.0.iter().flat_map(|(_, offers)| offers);
        Ok(offers.find(|offer| offer.candidate.id == candidate.id).unwrap().description.clone())
    }
}

fn cases(questions: &[(Mention, Vec<Offer>)]) -> Vec<Case> {
    let case = |(mention, _): &(Mention, Vec<Offer>)| Case {
        mention: mention.clone(),
        line: 1,
        is_first: true,
        ..Case::default()
    };
    questions.iter().map(case).collect()
}

const MANNER: Manner<'_> = Manner { with_context: true, at_once: 4, progress: &|_| {} };

fn untimed(answers: Vec<Answer>) -> Vec<Answer> {
    answers.into_iter().map(|answer| Answer { seconds: None, ..answer }).collect()
}

#[tokio::test]
async fn measured_with_candidates_it_chooses_among_them_and_is_replayed() {
    let Some(server) = &*SHARED else { return };
    let (cassette, questions) = (Cassette::temporary().unwrap(), questions(16));
    let cases = cases(&questions);
    let shelf: Arc<dyn Retriever> = Arc::new(Shelf(questions));
    for offered in [1, 5] {
        let mut runs = Vec::new();
        for replay_only in [false, true] {
            let model = Arc::new(server.model(Options { replay_only, ..numbers() }, Some(cassette.clone())));
            let ontology = OntologyTag { name: "limbs".to_owned(), version: None };
            let rule = Rule { always: true, offered, ..Rule::default() };
            let normalizer = Normalizer::new(Arc::clone(&shelf), ontology, 50).with_generator(model, rule);
            runs.push(untimed(rag(&normalizer, &cases, MANNER).await.unwrap()));
        }
        assert_eq!(runs[0], runs[1]);
        for (answer, case) in runs[0].iter().zip(&cases) {
            let found = shelf.retrieve(&case.mention, 50).unwrap().candidates;
            match &answer.said {
                Said::Identifier(id) => {
                    assert_eq!(answer.ranking[0].as_str(), id);
                    assert!(found[..offered].iter().any(|candidate| candidate.id.as_str() == id), "{answer:?}");
                }
                Said::NoMatch => assert_eq!(answer.ranking[0], found[0].id),
                other => panic!("{other:?}"),
            }
            assert_eq!(answer.ranking.len(), found.len());
        }
    }
}

#[tokio::test]
async fn measured_alone_it_says_something_none_or_why_not_and_is_replayed() {
    let Some(server) = &*SHARED else { return };
    let draft = obo::read(b"[Term]\nid: LIMB:1\nname: Hand\n", "limbs.obo").unwrap();
    let ontology = Ontology::assemble(draft, "limbs", "limbs.obo").unwrap();
    let identifiers = Identifiers::new(Arc::new(ontology));
    // So few that failures one after the other do not end the run.
    let (cassette, mut cases) = (Cassette::temporary().unwrap(), cases(&questions(4)));
    let model = server.model(numbers(), Some(cassette.clone()));
    let mut answers = untimed(plain(&model, &identifiers, &cases, MANNER).await.unwrap());
    assert!(answers.iter().all(|answer| answer.said != Said::NotOffered), "{answers:?}");
    // What failed for the server's sake is no answer, and not recorded.
    let is_recorded = |answer: &Answer| !matches!(&answer.said, Said::Nothing(reason) if reason.contains("500"));
    let recorded: Vec<bool> = answers.iter().map(is_recorded).collect();
    let mut places = recorded.iter();
    cases.retain(|_| *places.next().unwrap());
    answers.retain(is_recorded);
    assert!(!answers.is_empty());
    let model = server.model(Options { replay_only: true, ..numbers() }, Some(cassette));
    assert_eq!(untimed(plain(&model, &identifiers, &cases, MANNER).await.unwrap()), answers);
}

/// A folder where the command is run, with the index `limbs`.
struct Place(tempfile::TempDir);

impl Place {
    fn with_limbs() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let limbs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/limbs.obo");
        place.run(&["index", limbs.to_str().unwrap()]);
        place
    }

    fn write(&self, name: &str, text: &str) {
        fs_err::write(self.0.path().join(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_term2id"));
        for name in ["XDG_DATA_HOME", "XDG_CACHE_HOME", "OPENAI_API_KEY", "OPENAI_BASE_URL"] {
            command.env_remove(name);
        }
        let folder = self.0.path();
        command.env("HOME", folder).env("TERM2ID_INDEXES", folder.join("indexes"));
        let output = command.current_dir(folder).stdin(Stdio::null()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

#[test]
fn a_run_of_the_command_is_replayed_byte_for_byte_without_the_server() {
    let Some(server) = Server::start() else { return };
    let place = Place::with_limbs();
    let mentions = ["big hands", "shaky hand", "feet that are long", "the foot never rests", "limbs"];
    place.write("mentions.txt", &mentions.join("\n"));

    let normalize = "normalize --index limbs mentions.txt --ask always --no-reason --model tiny --cassette answers";
    let url = server.url.clone();
    let arguments: Vec<&str> = normalize.split(' ').chain(["--base-url", &url, "--format", "jsonl"]).collect();
    let asked = place.run(&arguments);
    let rows = asked.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let rows: Vec<Value> = rows.map(|line| serde_json::from_slice(line).unwrap()).collect();
    assert_eq!(rows.len(), mentions.len());
    for row in &rows {
        assert_eq!((&row["decided_by"], &row["model"]), (&json!("model"), &json!("tiny")), "{row}");
        let offered = row["candidates"].as_array().unwrap();
        assert!(row["id"].is_null() || offered.iter().any(|candidate| candidate["id"] == row["id"]), "{row}");
    }

    drop(server);
    let replayed = place.run(&[&arguments[..], &["--replay-only"]].concat());
    assert!(replayed.stdout == asked.stdout, "{}", String::from_utf8_lossy(&replayed.stdout));
}

#[test]
fn a_benchmark_of_a_model_alone_and_with_retrieval_is_replayed_without_the_server() {
    let Some(server) = Server::start() else { return };
    let place = Place::with_limbs();
    place.write(
        "gold.tsv",
        "mention\tids\nbig hands\tLIMB:0000003\nshaky hand\tLIMB:0000005\nlong feet\tLIMB:0000007\n",
    );
    let url = server.url.clone();
    let bench = "bench --index limbs --cases gold.tsv --model tiny --k 2,3 --no-reason --report out --base-url";
    let arguments: Vec<&str> = bench.split(' ').chain([url.as_str()]).collect();
    // Every answer and its judgement; how long it took is another matter.
    let judged = || -> Vec<(Value, Value, Value)> {
        let text = fs_err::read_to_string(place.0.path().join("out/cases.jsonl")).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
        rows.map(|mut row: Value| (row["system"].take(), row["answer"]["said"].take(), row["judged"].take())).collect()
    };
    place.run(&arguments);
    let asked = judged();
    assert_eq!(asked.len(), 4 * 3);
    drop(server);
    place.run(&[&arguments[..], &["--force", "--replay-only"]].concat());
    assert_eq!(judged(), asked);
}

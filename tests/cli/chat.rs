//! A chat service that answers by a script, on a port of its own.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// By their names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Value,
}

/// What is answered: something the model says, or a status with a message.
pub(crate) enum Reply {
    Says(String),
    Refuses(u16, String),
}

impl Asked {
    fn content(&self, role: &str) -> &str {
        let messages = self.body["messages"].as_array().unwrap();
        let said = messages.iter().find(|message| message["role"] == role).unwrap();
        said["content"].as_str().unwrap()
    }

    /// Who is asked to do what.
    pub(crate) fn task(&self) -> &str {
        self.content("system")
    }

    /// The first question, in a conversation of more than one too.
    pub(crate) fn question(&self) -> &str {
        self.content("user")
    }

    /// What someone wrote.
    pub(crate) fn mention(&self) -> String {
        let (_, rest) = self.question().split_once("<mention>").unwrap();
        serde_json::from_str(rest.split_once("</mention>").unwrap().0).unwrap()
    }

    /// The sentence it stands in; empty where none is shown.
    pub(crate) fn sentence(&self) -> String {
        let sentence = self.question().split_once("<sentence>").and_then(|(_, rest)| rest.split_once("</sentence>"));
        sentence.map(|(sentence, _)| serde_json::from_str(sentence).unwrap()).unwrap_or_default()
    }

    /// Whether candidates are to be chosen from.
    pub(crate) fn is_choice(&self) -> bool {
        self.question().contains("<candidates>")
    }

    /// The candidates as they are shown: number, and what stands behind it.
    pub(crate) fn candidates(&self) -> Vec<(&str, &str)> {
        let lines = self.question().lines();
        lines.filter_map(|line| line.strip_prefix('[')?.split_once("] ")).collect()
    }

    /// A choice of the first candidate whose label has `word` in it, or of none.
    pub(crate) fn pick(&self, word: &str) -> Reply {
        let label = |shown: &str| shown.split(';').next().unwrap_or_default().to_owned();
        let found = self.candidates().into_iter().find(|(_, shown)| label(shown).contains(word));
        choice(found.map_or("none", |(number, _)| number), &format!("it says {word}"))
    }
}

/// A choice with its reason, and 80% sure.
pub(crate) fn choice(choice: &str, reason: &str) -> Reply {
    Reply::Says(json!({"reason": reason, "choice": choice, "certainty": 80}).to_string())
}

/// The service. It stops when this is dropped.
pub(crate) struct Chat {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    policy: Box<dyn Fn(&Asked) -> Reply + Send + Sync>,
    delay: Duration,
    /// Answers after which it is gone.
    most: usize,
    asked: Mutex<Vec<Asked>>,
    /// Whether what is asked is kept: a long run would fill the memory.
    is_forgetting: AtomicBool,
    connections: AtomicUsize,
    is_gone: AtomicBool,
}

impl Chat {
    pub(crate) fn new(policy: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::begin(policy, Duration::ZERO, usize::MAX)
    }

    /// Each answer takes a while.
    pub(crate) fn slow(delay: Duration, policy: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::begin(policy, delay, usize::MAX)
    }

    /// After so many answers it is gone.
    pub(crate) fn dying(most: usize, policy: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::begin(policy, Duration::ZERO, most)
    }

    fn begin(policy: impl Fn(&Asked) -> Reply + Send + Sync + 'static, delay: Duration, most: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            policy: Box::new(policy),
            delay,
            most,
            asked: Mutex::default(),
            is_forgetting: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            is_gone: AtomicBool::new(false),
        });
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if served.is_gone.load(Ordering::SeqCst) {
                    return;
                }
                served.connections.fetch_add(1, Ordering::SeqCst);
                let served = Arc::clone(&served);
                // A connection that breaks off is the other side's affair.
                thread::spawn(move || served.serve(&stream.unwrap(), address));
            }
        });
        Self { address, shared }
    }

    /// The same, keeping nothing of what is asked.
    pub(crate) fn forgetting(self) -> Self {
        self.shared.is_forgetting.store(true, Ordering::SeqCst);
        self
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// How often each mention was asked about.
    pub(crate) fn mentions(&self) -> HashMap<String, usize> {
        let mut mentions = HashMap::new();
        for asked in self.asked() {
            *mentions.entry(asked.mention()).or_default() += 1;
        }
        mentions
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// From now on nobody is there.
    pub(crate) fn stop(&self) {
        self.shared.stop(self.address);
    }
}

impl Drop for Chat {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn stop(&self, address: SocketAddr) {
        if !self.is_gone.swap(true, Ordering::SeqCst) {
            // Who waits for connections looks up.
            drop(TcpStream::connect(address));
        }
    }

    /// Answers requests until the other side has no more.
    fn serve(&self, stream: &TcpStream, address: SocketAddr) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let (mut input, mut out) = (BufReader::new(stream), stream);
        while let Some(asked) = read(&mut input)? {
            let number = {
                let mut all = self.asked.lock().unwrap();
                if self.is_gone.load(Ordering::SeqCst) || all.len() >= self.most {
                    return Ok(());
                }
                if !self.is_forgetting.load(Ordering::SeqCst) {
                    all.push(asked.clone());
                }
                all.len()
            };
            thread::sleep(self.delay);
            let (status, body) = match (self.policy)(&asked) {
                Reply::Says(content) => (200, completion(&asked, &content)),
                Reply::Refuses(status, message) => (status, json!({"error": {"message": message}})),
            };
            let (body, is_last) = (body.to_string(), number >= self.most);
            let end = if is_last { "connection: close\r\n" } else { "" };
            if is_last {
                self.stop(address);
            }
            let length = body.len();
            let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}");
            out.write_all(format!("{head}\r\n{end}\r\n{body}").as_bytes())?;
        }
        Ok(())
    }
}

fn completion(asked: &Asked, content: &str) -> Value {
    json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": asked.body["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    })
}

/// The next request on a connection, where there is one.
fn read(input: &mut BufReader<&TcpStream>) -> std::io::Result<Option<Asked>> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    assert_eq!(line.trim_end(), "POST /v1/chat/completions HTTP/1.1");
    let mut headers = HashMap::new();
    loop {
        line.clear();
        input.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    Ok(Some(Asked { headers, body: serde_json::from_slice(&body).unwrap() }))
}

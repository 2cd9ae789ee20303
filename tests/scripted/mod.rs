//! A service on this machine that does what a script says, over HTTP/1.1: it keeps connections and counts them, counts
//! and records what it is asked, knows how many requests were under way at once, and goes away when it is told to.
//!
//! A script is a function of the request, so that it may answer by what is asked; [`in_turn`] makes one of a list.

#![allow(dead_code, reason = "not everybody who shares this uses all of it")]

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Its number, from 0.
    pub(crate) at: usize,
    /// `POST` or `GET`.
    pub(crate) method: String,
    /// `/v1/chat/completions`.
    pub(crate) path: String,
    /// By their names in lower case.
    pub(crate) headers: HashMap<String, String>,
    /// The body, byte for byte.
    pub(crate) text: String,
    /// The body as JSON; null where it is none.
    pub(crate) body: Value,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// What is said by role and in order.
    pub(crate) fn messages(&self) -> Vec<(&str, &str)> {
        let messages = self.body["messages"].as_array().expect("a chat has messages");
        messages
            .iter()
            .map(|message| {
                let part = |name: &str| message[name].as_str().expect("messages are texts");
                (part("role"), part("content"))
            })
            .collect()
    }

    /// The first that somebody says.
    pub(crate) fn said_by(&self, role: &str) -> &str {
        self.messages().into_iter().find(|(other, _)| *other == role).expect("everybody says something").1
    }

    /// The question: the first that the user says.
    pub(crate) fn question(&self) -> &str {
        self.said_by("user")
    }
}

/// What the service does with one request.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    delay: Duration,
    ending: Ending,
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    Whole,
    /// All of it, then the connection is closed, as was said before.
    Last,
    /// Half of the body, then the connection is closed.
    Half,
    /// The body in chunks without the last, then the connection is closed.
    Unended,
    /// Half of the body, then nothing for that long.
    Stalled(Duration),
    /// Nothing but the end of the connection.
    Nothing,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), delay: Duration::ZERO, ending: Ending::Whole }
    }

    /// A chat's completion: the model says `content`, and the service counts 100 and 10 tokens.
    pub(crate) fn says(content: &str) -> Self {
        Self::completion(&json!({"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}))
    }

    /// A chat's completion of this choice.
    pub(crate) fn completion(choice: &Value) -> Self {
        let usage = json!({"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110});
        Self::new(200, json!({"object": "chat.completion", "choices": [choice], "usage": usage}).to_string())
    }

    /// A status that says no, in `OpenAI`'s shape.
    pub(crate) fn refuses(status: u16, message: &str) -> Self {
        Self::new(status, json!({"error": {"message": message, "type": "error", "code": null}}).to_string())
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// The connection is closed behind it.
    pub(crate) fn last_of_its_connection(self) -> Self {
        Self { ending: Ending::Last, ..self }
    }

    /// The length that is told is twice the one that is sent.
    pub(crate) fn cut_in_half(self) -> Self {
        Self { ending: Ending::Half, ..self }
    }

    pub(crate) fn without_last_chunk(self) -> Self {
        Self { ending: Ending::Unended, ..self }
    }

    pub(crate) fn stalled_half_way(self, time: Duration) -> Self {
        Self { ending: Ending::Stalled(time), ..self }
    }

    pub(crate) fn broken_off() -> Self {
        Self { ending: Ending::Nothing, ..Self::new(200, "") }
    }
}

/// A script: first these, then `rest` for ever.
pub(crate) fn in_turn(
    first: impl IntoIterator<Item = Reply>,
    rest: Reply,
) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    let first = Mutex::new(first.into_iter().collect::<VecDeque<_>>());
    move |_| first.lock().unwrap().pop_front().unwrap_or_else(|| rest.clone())
}

/// The service. It ends with this value.
pub(crate) struct Scripted {
    /// Up to and including `/v1`.
    pub(crate) url: String,
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    script: Box<dyn Fn(&Request) -> Reply + Send + Sync>,
    connections: AtomicUsize,
    /// Requests; it changes only while `seen` is locked.
    count: AtomicUsize,
    /// Requests after which it is gone.
    most: AtomicUsize,
    seen: Mutex<Vec<Request>>,
    is_forgetting: AtomicBool,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    is_over: AtomicBool,
}

impl Scripted {
    pub(crate) fn new(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            script: Box::new(script),
            connections: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            most: AtomicUsize::new(usize::MAX),
            seen: Mutex::default(),
            is_forgetting: AtomicBool::new(false),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        });
        let there = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if there.is_over.load(Ordering::SeqCst) {
                    return;
                }
                there.connections.fetch_add(1, Ordering::SeqCst);
                let state = Arc::clone(&there);
                // Who asks may hang up at any time.
                std::thread::spawn(move || stream.and_then(|stream| serve(&stream, &state, address)));
            }
        });
        Self { url: format!("http://{address}/v1"), address, state }
    }

    /// Always the same.
    pub(crate) fn always(reply: Reply) -> Self {
        Self::new(move |_| reply.clone())
    }

    /// The same, keeping nothing of what it is asked: a long run would fill the memory.
    pub(crate) fn forgetting(self) -> Self {
        self.state.is_forgetting.store(true, Ordering::SeqCst);
        self
    }

    /// The same, gone after so many requests: the last is answered, and so are those that are under way by then.
    pub(crate) fn dying_after(self, most: usize) -> Self {
        self.state.most.store(most, Ordering::SeqCst);
        self
    }

    /// From now on nobody is there, not even on connections that are open.
    pub(crate) fn stop(&self) {
        self.state.stop(self.address);
    }

    /// How many requests came.
    pub(crate) fn count(&self) -> usize {
        self.state.count.load(Ordering::SeqCst)
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// All requests so far, or none where they are forgotten.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Vec<Request>> {
        self.state.seen.lock().unwrap()
    }

    /// The most requests that were under way at once.
    pub(crate) fn most_under_way(&self) -> usize {
        self.state.most_under_way.load(Ordering::SeqCst)
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.stop();
    }
}

impl State {
    fn stop(&self, address: SocketAddr) {
        if !self.is_over.swap(true, Ordering::SeqCst) {
            // Whoever listens wakes up and sees it.
            drop(TcpStream::connect(address));
        }
    }

    /// Gives a request its number and records it; nothing where the service is gone.
    fn admit(&self, mut request: Request) -> Option<Request> {
        let mut seen = self.seen.lock().unwrap();
        request.at = self.count.load(Ordering::SeqCst);
        if self.is_over.load(Ordering::SeqCst) || request.at >= self.most.load(Ordering::SeqCst) {
            return None;
        }
        self.count.store(request.at + 1, Ordering::SeqCst);
        if !self.is_forgetting.load(Ordering::SeqCst) {
            seen.push(request.clone());
        }
        Some(request)
    }
}

/// Answers the requests of one connection.
fn serve(mut stream: &TcpStream, state: &State, address: SocketAddr) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let request = match read(&mut reader)? {
            Incoming::Request(request) => request,
            Incoming::End => return Ok(()),
            Incoming::Other => {
                // Other protocols, such as TLS, are told so as servers do.
                let said = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                stream.write_all(said.as_bytes())?;
                return stream.shutdown(Shutdown::Write);
            }
        };
        let Some(request) = state.admit(request) else { return Ok(()) };
        let now = state.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        state.most_under_way.fetch_max(now, Ordering::SeqCst);
        let Reply { status, headers, body, delay, mut ending } = (state.script)(&request);
        std::thread::sleep(delay);
        // Before the last byte is sent: the next request may come at once.
        state.under_way.fetch_sub(1, Ordering::SeqCst);
        if request.at + 1 >= state.most.load(Ordering::SeqCst) {
            state.stop(address);
            if matches!(ending, Ending::Whole) {
                ending = Ending::Last;
            }
        }
        let mut head = format!("HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\n");
        for (name, value) in headers {
            head.extend([&name, ": ", &value, "\r\n"]);
        }
        let (length, half) = (body.len(), &body.as_bytes()[..body.len() / 2]);
        match ending {
            Ending::Whole => {
                stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes())?;
                continue;
            }
            Ending::Last => {
                head += "Connection: close\r\n";
                stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes())?;
            }
            Ending::Half => {
                stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n").as_bytes())?;
                stream.write_all(half)?;
            }
            Ending::Unended => {
                let chunk = format!("{length:x}\r\n{body}\r\n");
                stream.write_all(format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}").as_bytes())?;
            }
            Ending::Stalled(time) => {
                stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n").as_bytes())?;
                stream.write_all(half)?;
                std::thread::sleep(time);
            }
            Ending::Nothing => {}
        }
        return stream.shutdown(Shutdown::Both);
    }
}

/// What comes in over a connection.
enum Incoming {
    Request(Request),
    /// No request of a kind that is known here.
    Other,
    End,
}

/// The next request, not numbered yet.
fn read(reader: &mut BufReader<&TcpStream>) -> std::io::Result<Incoming> {
    match reader.fill_buf()?.first() {
        None => return Ok(Incoming::End),
        // What is no text may never come to the end of a line.
        Some(first) if !first.is_ascii_uppercase() => return Ok(Incoming::Other),
        Some(_) => {}
    }
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let Some((method @ ("POST" | "GET"), path)) =
        line.trim_end().strip_suffix(" HTTP/1.1").and_then(|line| line.split_once(' '))
    else {
        return Ok(Incoming::Other);
    };
    let (method, path) = (method.to_owned(), path.to_owned());
    let mut headers = HashMap::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(Incoming::End);
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let text = String::from_utf8(body).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned());
    let body = serde_json::from_str(&text).unwrap_or_default();
    Ok(Incoming::Request(Request { at: 0, method, path, headers, text, body }))
}

//! A service on this machine that does what a script says, over HTTP/1.1: it keeps connections, counts and records what
//! it is asked, and knows how many requests were under way at once.
//!
//! A script is a function of the request, so that it may answer by what is asked; [`in_turn`] makes one of a list.

#![allow(dead_code, reason = "not everybody who shares this uses all of it")]

use std::collections::VecDeque;
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
    /// `/v1/chat/completions`.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub(crate) text: String,
    /// The body as JSON; null where it is none.
    pub(crate) body: Value,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
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

    /// The question: the first that the user says.
    pub(crate) fn question(&self) -> &str {
        self.messages().into_iter().find(|(role, _)| *role == "user").expect("there is a question").1
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
    seen: Mutex<Vec<Request>>,
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
            seen: Mutex::default(),
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
                let state = Arc::clone(&there);
                // Who asks may hang up at any time.
                std::thread::spawn(move || stream.and_then(|stream| serve(&stream, &state)));
            }
        });
        Self { url: format!("http://{address}/v1"), address, state }
    }

    /// Always the same.
    pub(crate) fn always(reply: Reply) -> Self {
        Self::new(move |_| reply.clone())
    }

    /// How many requests came.
    pub(crate) fn count(&self) -> usize {
        self.seen().len()
    }

    /// All requests so far.
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
        self.state.is_over.store(true, Ordering::SeqCst);
        // Whoever listens wakes up and sees it.
        let _ = TcpStream::connect(self.address);
    }
}

/// Answers the requests of one connection.
fn serve(mut stream: &TcpStream, state: &State) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let request = match read(&mut reader, state)? {
            Incoming::Request(request) => request,
            Incoming::End => return Ok(()),
            Incoming::Other => {
                // Other protocols, such as TLS, are told so as servers do.
                let said = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                stream.write_all(said.as_bytes())?;
                return stream.shutdown(Shutdown::Write);
            }
        };
        let now = state.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        state.most_under_way.fetch_max(now, Ordering::SeqCst);
        let Reply { status, headers, body, delay, ending } = (state.script)(&request);
        std::thread::sleep(delay);
        // Before the last byte is sent: the next request may come at once.
        state.under_way.fetch_sub(1, Ordering::SeqCst);
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

/// The next request, recorded.
fn read(reader: &mut BufReader<&TcpStream>, state: &State) -> std::io::Result<Incoming> {
    match reader.fill_buf()?.first() {
        None => return Ok(Incoming::End),
        // What is no text may never come to the end of a line.
        Some(first) if !first.is_ascii_uppercase() => return Ok(Incoming::Other),
        Some(_) => {}
    }
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let Some(("POST", path)) = line.trim_end().strip_suffix(" HTTP/1.1").and_then(|line| line.split_once(' ')) else {
        return Ok(Incoming::Other);
    };
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(Incoming::End);
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or("0", |(_, value)| value);
    let mut body = vec![0; length.parse().unwrap_or_default()];
    reader.read_exact(&mut body)?;
    let text = String::from_utf8_lossy(&body).into_owned();
    let body = serde_json::from_str(&text).unwrap_or_default();
    let mut seen = state.seen.lock().unwrap();
    let request = Request { at: seen.len(), path: path.to_owned(), headers, text, body };
    seen.push(request.clone());
    Ok(Incoming::Request(request))
}

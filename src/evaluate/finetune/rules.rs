//! What a service demands of a file to train on, as `OpenAI` documents it for chat models.

use std::collections::HashSet;
use std::fmt;

use rayon::prelude::*;
use serde_json::{Map, Value};

use crate::generate::budget::Tokenizer;
use crate::generate::prompt::{Message, Role};

/// The fewest examples that can be trained on.
pub const FEWEST_EXAMPLES: usize = 10;
/// The largest file that can be uploaded.
pub const MOST_BYTES: u64 = 512 * 1024 * 1024;
/// Tokens of an example that are trained on; what comes after them is cut off, and so the answer is.
const MOST_TOKENS: u64 = 65_536;
/// The same for the models before `gpt-4o`.
const MOST_TOKENS_EARLIER: u64 = 16_385;
const EARLIER: &str = "gpt-3.5-";

/// What a file holds, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Content {
    /// Lines that are examples.
    pub examples: usize,
    /// Tokens of all of them.
    pub tokens: u64,
    /// Tokens of the longest.
    pub longest: u64,
    /// Lines of examples that are too long, and are cut off.
    pub cut_off: Vec<usize>,
    /// Examples that say the same as an earlier one.
    pub repeated: usize,
    /// What is wrong, by line.
    pub faults: Vec<(usize, Fault)>,
}

impl Content {
    /// Whether there are enough examples to train on.
    pub fn is_enough(&self) -> bool {
        self.examples >= FEWEST_EXAMPLES
    }
}

/// Why a line is no example.
#[derive(Debug)]
pub enum Fault {
    /// Nothing stands there.
    Blank,
    /// It is not UTF-8.
    NotUtf8,
    /// It is no JSON.
    NotJson {
        /// What the parser says, of the line alone.
        source: serde_json::Error,
    },
    /// It is JSON, and no object.
    NotObject,
    /// A key that examples do not have.
    UnknownKey {
        /// The key.
        key: String,
    },
    /// There are no messages.
    NoMessages,
    /// Something is wrong with a message.
    Message {
        /// Its number, from 1.
        number: usize,
        /// What.
        fault: MessageFault,
    },
    /// The last message is not the model's.
    NoAnswer,
}

/// What is wrong with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageFault {
    /// It is no object.
    NotObject,
    /// Nobody says it, or somebody that there is not.
    Role,
    /// What is said is no text, or an empty one.
    Content,
    /// A key that messages do not have.
    UnknownKey {
        /// The key.
        key: String,
    },
    /// A weight that is none, or one of what is not the model's.
    Weight,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("the line is empty"),
            Self::NotUtf8 => f.write_str("the line is not UTF-8"),
            Self::NotJson { .. } => f.write_str("the line is no JSON"),
            Self::NotObject => f.write_str("the line is no JSON object"),
            Self::UnknownKey { key } => write!(f, "examples have no key `{key}` (expected: `messages`)"),
            Self::NoMessages => f.write_str("`messages` is no list of messages"),
            Self::Message { number, fault } => write!(f, "message {number}: {fault}"),
            Self::NoAnswer => f.write_str("the last message is not the assistant's"),
        }
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotJson { source } => Some(source),
            _ => None,
        }
    }
}

impl fmt::Display for MessageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotObject => f.write_str("it is no JSON object"),
            Self::Role => f.write_str("`role` is none of `system`, `user` and `assistant`"),
            Self::Content => f.write_str("`content` is no text, or an empty one"),
            Self::UnknownKey { key } => {
                write!(f, "messages have no key `{key}` (expected: `role`, `content`, `weight`)")
            }
            Self::Weight => f.write_str("`weight` is 0 or 1, and of an assistant's message only"),
        }
    }
}

/// The most tokens of an example that `model` is trained on.
pub fn most_tokens(model: &str) -> u64 {
    if model.contains(EARLIER) { MOST_TOKENS_EARLIER } else { MOST_TOKENS }
}

/// Looks at every line of a file that is for training `model`.
pub fn check(content: &[u8], model: &str) -> Content {
    let tokenizer = Tokenizer::of(model);
    let most = most_tokens(model);
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    let lines: Vec<&[u8]> =
        if content.is_empty() { Vec::new() } else { content.split(|&byte| byte == b'\n').collect() };
    let read: Vec<Result<(u64, blake3::Hash), Fault>> = lines
        .par_iter()
        .map(|line| {
            let messages = read(line)?;
            let said = serde_json::to_vec(&messages).unwrap_or_default();
            Ok((tokenizer.count(&messages, ""), blake3::hash(&said)))
        })
        .collect();
    let (mut held, mut known) = (Content::default(), HashSet::new());
    for (read, line) in read.into_iter().zip(1..) {
        match read {
            Ok((tokens, said)) => {
                held.examples += 1;
                held.tokens += tokens;
                held.longest = held.longest.max(tokens);
                held.repeated += usize::from(!known.insert(said));
                if tokens > most {
                    held.cut_off.push(line);
                }
            }
            Err(fault) => held.faults.push((line, fault)),
        }
    }
    held
}

/// The messages of an example.
fn read(line: &[u8]) -> Result<Vec<Message>, Fault> {
    let line = std::str::from_utf8(line).map_err(|_| Fault::NotUtf8)?;
    if line.trim().is_empty() {
        return Err(Fault::Blank);
    }
    let example: Value = serde_json::from_str(line).map_err(|source| Fault::NotJson { source })?;
    let Value::Object(example) = example else { return Err(Fault::NotObject) };
    if let Some(key) = example.keys().find(|key| *key != "messages") {
        return Err(Fault::UnknownKey { key: key.clone() });
    }
    let messages = example.get("messages").and_then(Value::as_array).filter(|messages| !messages.is_empty());
    let read = |(message, number): (&Value, usize)| {
        let message = message.as_object().ok_or(MessageFault::NotObject).and_then(message_of);
        message.map_err(|fault| Fault::Message { number, fault })
    };
    let messages: Vec<Message> =
        messages.ok_or(Fault::NoMessages)?.iter().zip(1..).map(read).collect::<Result<_, _>>()?;
    match messages.last() {
        Some(last) if last.role == Role::Assistant => Ok(messages),
        _ => Err(Fault::NoAnswer),
    }
}

fn message_of(message: &Map<String, Value>) -> Result<Message, MessageFault> {
    let role = match message.get("role").and_then(Value::as_str) {
        Some("system") => Role::System,
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        _ => return Err(MessageFault::Role),
    };
    let content = message.get("content").and_then(Value::as_str).filter(|content| !content.trim().is_empty());
    let content = content.ok_or(MessageFault::Content)?.to_owned();
    if let Some(key) = message.keys().find(|key| !matches!(key.as_str(), "role" | "content" | "weight")) {
        return Err(MessageFault::UnknownKey { key: key.clone() });
    }
    let is_weight = |weight: &Value| role == Role::Assistant && matches!(weight.as_u64(), Some(0 | 1));
    if message.get("weight").is_some_and(|weight| !is_weight(weight)) {
        return Err(MessageFault::Weight);
    }
    Ok(Message { role, content })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "gpt-4o-mini-2024-07-18";

    fn line(content: &str) -> String {
        serde_json::json!({"messages": [
            {"role": "user", "content": content},
            {"role": "assistant", "content": "yes", "weight": 1},
        ]})
        .to_string()
    }

    fn fault(line: &str) -> String {
        let faults = check(line.as_bytes(), MODEL).faults;
        assert_eq!((faults.len(), faults.first().map(|(line, _)| *line)), (1, Some(1)), "{line}");
        faults[0].1.to_string()
    }

    #[test]
    fn good_lines_are_counted_with_their_tokens() {
        let lines = (0..12).map(|number| line(&format!("is {} a number?", number / 2)) + "\n").collect::<String>();
        let content = check(lines.as_bytes(), MODEL);
        assert_eq!((content.examples, content.repeated, content.is_enough()), (12, 6, true));
        // Two messages of 3 tokens and their role, 3 for the conversation; `is 0 a number?` has 6 and `yes` 1.
        assert_eq!((content.longest, content.tokens), (18, 12 * 18));
        assert!(content.faults.is_empty());
        assert!(!check(line("x").as_bytes(), MODEL).is_enough());
        let nothing = check(b"", MODEL);
        assert_eq!((nothing.examples, nothing.faults.len()), (0, 0));
    }

    #[test]
    fn each_rule_has_its_fault() {
        let with = |messages: &str| fault(&format!(r#"{{"messages": {messages}}}"#));
        let answer = r#"{"role": "assistant", "content": "yes"}"#;
        assert_eq!(fault(r#"{"messages": [}"#), "the line is no JSON");
        assert_eq!(fault("[1]"), "the line is no JSON object");
        assert_eq!(fault(r#"{"prompt": "a"}"#), "examples have no key `prompt` (expected: `messages`)");
        assert_eq!(fault("{}"), "`messages` is no list of messages");
        assert_eq!(with("[]"), "`messages` is no list of messages");
        assert_eq!(with("[1]"), "message 1: it is no JSON object");
        assert_eq!(with(r#"[{"role": "user", "content": "a"}]"#), "the last message is not the assistant's");
        let role = "message 1: `role` is none of `system`, `user` and `assistant`";
        assert_eq!(with(r#"[{"role": "tool", "content": "a"}]"#), role);
        assert_eq!(with(r#"[{"content": "a"}]"#), role);
        let content = "message 2: `content` is no text, or an empty one";
        for bad in [r#"" ""#, "null", "[1]"] {
            assert_eq!(with(&format!(r#"[{answer}, {{"role": "assistant", "content": {bad}}}]"#)), content);
        }
        let key = "message 1: messages have no key `name` (expected: `role`, `content`, `weight`)";
        assert_eq!(with(r#"[{"role": "user", "content": "a", "name": "b"}]"#), key);
        let weight = "message 1: `weight` is 0 or 1, and of an assistant's message only";
        assert_eq!(with(&format!(r#"[{{"role": "user", "content": "a", "weight": 1}}, {answer}]"#)), weight);
        assert_eq!(with(r#"[{"role": "assistant", "content": "a", "weight": 0.5}]"#), weight);
    }

    #[test]
    fn what_the_parser_says_is_the_cause() {
        let [(1, fault)] = &check(br#"{"messages": [}"#, MODEL).faults[..] else { panic!("one fault") };
        let cause = std::error::Error::source(fault).unwrap().to_string();
        assert!(cause.starts_with("expected value at line 1 column 15"), "{cause}");
    }

    #[test]
    fn every_fault_has_its_line_and_the_others_are_counted() {
        let bytes = [line("a").as_bytes(), b"\n\n", b"\xff\n", line("b").as_bytes(), b"\r\n", b"{}"].concat();
        let content = check(&bytes, MODEL);
        assert_eq!(content.examples, 2);
        assert!(matches!(content.faults[..], [(2, Fault::Blank), (3, Fault::NotUtf8), (5, Fault::NoMessages)]));
    }

    #[test]
    fn what_is_longer_than_the_model_reads_is_noted() {
        let content = line("a") + "\n" + line(&"word ".repeat(20_000)).as_str();
        assert_eq!(check(content.as_bytes(), "gpt-3.5-turbo-0125").cut_off, [2]);
        assert_eq!(check(content.as_bytes(), MODEL).cut_off, [0; 0]);
        assert_eq!(most_tokens("ft:gpt-3.5-turbo-0125:mine::1"), MOST_TOKENS_EARLIER);
    }
}

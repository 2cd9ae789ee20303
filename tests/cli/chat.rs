//! A chat service that answers by what it is asked about: a policy over mentions and candidates, above the scripted
//! service.

#[path = "../scripted/mod.rs"]
pub(crate) mod scripted;

use std::collections::HashMap;
use std::time::Duration;

pub(crate) use scripted::Request as Asked;
use scripted::Scripted;
use serde_json::json;

/// What is answered: something the model says, or a status with a message.
pub(crate) enum Reply {
    Says(String),
    Refuses(u16, String),
}

impl Asked {
    /// Who is asked to do what.
    pub(crate) fn task(&self) -> &str {
        self.said_by("system")
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

    /// The number of the first candidate with such a label, or `none`.
    pub(crate) fn number_of(&self, is_meant: impl Fn(&str) -> bool) -> &str {
        let found = self.candidates().into_iter().find(|(_, shown)| is_meant(&label(shown)));
        found.map_or("none", |(number, _)| number)
    }

    /// A choice of the first candidate whose label has `word` in it, or of none.
    pub(crate) fn pick(&self, word: &str) -> Reply {
        choice(self.number_of(|label| label.contains(word)), &format!("it says {word}"))
    }
}

/// The label that stands at the beginning of a candidate as it is shown.
fn label(shown: &str) -> String {
    serde_json::Deserializer::from_str(shown).into_iter().next().unwrap().unwrap()
}

/// A choice with its reason, and 80% sure.
pub(crate) fn choice(choice: &str, reason: &str) -> Reply {
    Reply::Says(json!({"reason": reason, "choice": choice, "certainty": 80}).to_string())
}

/// A choice and nothing else, as it is asked for with `--no-reason`.
pub(crate) fn bare_choice(choice: &str) -> Reply {
    Reply::Says(json!({ "choice": choice }).to_string())
}

/// The service. It stops when this is dropped.
pub(crate) struct Chat(Scripted);

impl Chat {
    pub(crate) fn new(policy: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::slow(Duration::ZERO, policy)
    }

    /// Each answer takes a while.
    pub(crate) fn slow(delay: Duration, policy: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self(Scripted::new(move |asked| {
            assert_eq!(asked.path, "/v1/chat/completions");
            assert!(asked.body.is_object(), "{}", asked.text);
            let reply = match policy(asked) {
                Reply::Says(content) => completion(asked, &content),
                Reply::Refuses(status, message) => scripted::Reply::refuses(status, &message),
            };
            reply.after(delay)
        }))
    }

    /// After so many answers it is gone.
    pub(crate) fn dying(most: usize, policy: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self(Self::new(policy).0.dying_after(most))
    }

    /// The same, keeping nothing of what is asked.
    pub(crate) fn forgetting(self) -> Self {
        Self(self.0.forgetting())
    }

    pub(crate) fn url(&self) -> String {
        self.0.url.clone()
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.0.seen().clone()
    }

    /// How often each mention was asked about.
    pub(crate) fn mentions(&self) -> HashMap<String, usize> {
        let mut mentions = HashMap::new();
        for asked in self.0.seen().iter() {
            *mentions.entry(asked.mention()).or_default() += 1;
        }
        mentions
    }

    pub(crate) fn connections(&self) -> usize {
        self.0.connections()
    }

    /// From now on nobody is there.
    pub(crate) fn stop(&self) {
        self.0.stop();
    }
}

/// As a service answers that tells which model it is and when it was, which [`scripted::Reply::says`] does not.
fn completion(asked: &Asked, content: &str) -> scripted::Reply {
    let body = json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": asked.body["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    });
    scripted::Reply::new(200, body.to_string())
}

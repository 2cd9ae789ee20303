//! Training data made of an ontology: terms become conversations that end with the right answer.
//!
//! | file | what |
//! |---|---|
//! | [`terms`] | the table of terms, and which of them may be trained on |
//! | [`sides`] | which terms a model is trained on, and which it is checked against |
//! | [`phrasings`] | closed book: a term and its identifier, asked in several ways and both directions |
//! | [`choices`] | a mention with retrieved candidates, and the number of the right one |
//! | [`rules`] | what a service demands of such a file |
//!
//! Every conversation is asked as term2id itself asks, so that a model is trained on the prompt it is measured by.

pub mod choices;
pub mod phrasings;
pub mod rules;
pub mod sides;
pub mod terms;

use serde::Serialize;

use crate::generate::prompt::{Message, Role};

/// One conversation that a model is trained on: a line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// What is said; the last is the answer.
    pub messages: Vec<Message>,
}

impl Example {
    /// A conversation with the one entry of its answer, written as the prompts write it.
    fn answering(mut messages: Vec<Message>, entry: &str, answer: &str) -> Self {
        let answer = serde_json::Value::from(answer);
        messages.push(Message { role: Role::Assistant, content: format!("{{\"{entry}\": {answer}}}") });
        Self { messages }
    }

    /// The example as a line of JSON, without its end.
    #[expect(clippy::missing_panics_doc, reason = "texts can always be written as JSON")]
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("an example holds nothing but texts")
    }
}

/// Chance that follows from a seed and what it is about, so that no other term changes it.
fn chance(seed: u64, about: &[&str]) -> fastrand::Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    for part in about {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    let hash = hasher.finalize();
    let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
    fastrand::Rng::with_seed(u64::from_le_bytes(*first))
}

/// Puts examples in an order in which those of one term do not follow each other.
pub fn shuffle(examples: &mut [Example], seed: u64) {
    chance(seed, &["order"]).shuffle(examples);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_json_whatever_it_says() {
        let asked = Message { role: Role::User, content: "which?".to_owned() };
        let example = Example::answering(vec![asked], "answer", "5' \"end\"");
        let line = r#"{"messages":[{"role":"user","content":"which?"},{"role":"assistant","content":"{\"answer\": \"5' \\\"end\\\"\"}"}]}"#;
        assert_eq!(example.line(), line);
    }

    #[test]
    fn chance_follows_from_seed_and_subject() {
        let of = |seed, about: &[&str]| chance(seed, about).u64(..);
        assert_eq!(of(1, &["a", "b"]), of(1, &["a", "b"]));
        assert_ne!(of(1, &["a", "b"]), of(2, &["a", "b"]));
        assert_ne!(of(1, &["a", "b"]), of(1, &["ab", ""]));
    }
}

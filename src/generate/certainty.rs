//! How sure a model was of its choice, by the log-probabilities of what it wrote: pure.
//!
//! Of a token that stands in the choice, only what could still have become an offered answer counts: its share among
//! those tokens that could. The shares of the choice's tokens are multiplied. That way the mass a model gives to what a
//! schema forbids takes nothing away. Answers that are not among the likeliest tokens may be as likely as the least of
//! these; where hardly any mass is on answers at all, nothing is known.

use serde::{Deserialize, Serialize};

use super::answer::place_of_choice;

/// Of the likeliest tokens, the least share that must be on offered answers for anything to be known.
const LEAST_MASS: f64 = 0.01;

/// A token that was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "services call it so")]
pub(super) struct Token {
    pub(super) token: String,
    /// The natural logarithm of its probability.
    pub(super) logprob: f64,
    /// The likeliest tokens in its place, itself perhaps among them.
    #[serde(default, rename = "top_logprobs")]
    pub(super) likeliest: Vec<Likely>,
}

/// A token that could have been written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Likely {
    pub(super) token: String,
    pub(super) logprob: f64,
}

/// Of all tokens of an answer, those that the choice is written in.
pub(super) fn tokens_of_choice(tokens: &[Token]) -> Vec<Token> {
    let text: String = tokens.iter().map(|token| token.token.as_str()).collect();
    let Some(place) = place_of_choice(&text) else { return Vec::new() };
    let mut end = 0;
    let covering = tokens.iter().filter(|token| {
        let start = end;
        end += token.token.len();
        start < place.end && end > place.start
    });
    covering.cloned().collect()
}

/// The probability of the choice that `tokens` write, among `offered` numbers and `none`.
pub(super) fn certainty(tokens: &[Token], offered: usize) -> Option<f32> {
    let answers: Vec<String> = (1..=offered).map(|number| number.to_string()).chain(["none".to_owned()]).collect();
    let mut written = String::new();
    let mut certainty = 1.0;
    for token in tokens {
        let could_become = |text: &str| {
            let text = format!("{written}{}", bare(text));
            text.len() > written.len() && answers.iter().any(|answer| answer.starts_with(&text))
        };
        let probability = token.logprob.exp();
        let others: f64 = token
            .likeliest
            .iter()
            .filter(|likely| likely.token != token.token && could_become(&likely.token))
            .map(|likely| likely.logprob.exp())
            .sum();
        let is_listed = |answer: &String| {
            let rest = &answer[written.len()..];
            let starts = |token: &str| !bare(token).is_empty() && rest.starts_with(&bare(token));
            starts(&token.token) || token.likeliest.iter().any(|likely| starts(&likely.token))
        };
        let is_possible = |answer: &&String| answer.starts_with(&written) && answer.len() > written.len();
        let unlisted = answers.iter().filter(is_possible).filter(|answer| !is_listed(answer)).count();
        let least = token.likeliest.iter().map(|likely| likely.logprob.exp()).fold(f64::INFINITY, f64::min);
        // Without the likeliest tokens there is nothing to compare with.
        let mass = if token.likeliest.is_empty() { 1.0 } else { probability + others + least * unlisted as f64 };
        if !mass.is_finite() || mass < LEAST_MASS || !could_become(&token.token) {
            return None;
        }
        certainty *= probability / mass;
        written.push_str(&bare(&token.token));
    }
    #[expect(clippy::cast_possible_truncation, reason = "a share needs no more digits")]
    let certainty = certainty as f32;
    (!tokens.is_empty() && certainty.is_finite()).then_some(certainty.clamp(0.0, 1.0))
}

/// The letters and digits of a token.
fn bare(token: &str) -> String {
    token.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str, probability: f64, others: &[(&str, f64)]) -> Token {
        let own = (text, probability);
        let likeliest = std::iter::once(&own).chain(others);
        let likeliest = likeliest.map(|&(text, p)| Likely { token: text.to_owned(), logprob: p.ln() }).collect();
        Token { token: text.to_owned(), logprob: probability.ln(), likeliest }
    }

    fn plain(text: &str) -> Token {
        Token { token: text.to_owned(), logprob: 0.0, likeliest: Vec::new() }
    }

    fn near(found: Option<f32>, expected: f32) -> bool {
        found.is_some_and(|found| (found - expected).abs() < 1e-4)
    }

    #[test]
    fn the_share_is_of_what_could_have_been_answered() {
        let tokens = [
            plain("{\""),
            plain("choice"),
            plain("\":"),
            token(" \"2", 0.3, &[(" \"1", 0.1), (" \"x", 0.5), (" \"17", 0.1)]),
            plain("\"}"),
        ];
        let of_choice = tokens_of_choice(&tokens);
        assert_eq!(of_choice.len(), 1);
        // Of 1 to 10 and none, 3 to 9 and none are not listed.
        assert!(near(certainty(&of_choice, 10), 0.3 / (0.3 + 0.1 + 8.0 * 0.1)));
        assert!(near(certainty(&of_choice, 2), 0.3 / (0.3 + 0.1 + 0.1)));
    }

    #[test]
    fn a_choice_that_is_one_of_many_unlikely_tokens_is_not_sure_for_being_the_only_answer_among_them() {
        let sure = certainty(&[token("3", 0.05, &[("x", 0.04), ("y", 0.03)])], 10).unwrap();
        assert!(sure < 0.2, "{sure}");
        assert!(certainty(&[token("3", 0.95, &[("x", 1e-5)])], 10).unwrap() > 0.99);
    }

    #[test]
    fn a_choice_of_several_tokens_is_as_sure_as_all_of_them() {
        let tokens = [token("1", 0.5, &[("2", 0.5), ("x", 0.0)]), token("0", 0.8, &[("7", 0.2)])];
        assert!(near(certainty(&tokens, 10), 0.5));
        let tokens = [token("no", 0.6, &[("1", 0.4), ("x", 0.0)]), token("ne", 1.0, &[])];
        assert!(near(certainty(&tokens, 10), 0.6));
    }

    #[test]
    fn where_the_model_thought_of_anything_but_an_answer_nothing_is_known() {
        assert_eq!(certainty(&[token("1", 1e-6, &[("The", 0.9)])], 10), None);
        assert_eq!(certainty(&[token("x", 1.0, &[])], 10), None);
        assert_eq!(certainty(&[], 10), None);
        let broken = Token { token: "1".into(), logprob: f64::NAN, likeliest: Vec::new() };
        assert_eq!(certainty(&[broken], 10), None);
    }
}

//! Reading an answer: pure, and closed over what was offered.
//!
//! Whatever a model says becomes a position among the offers, none, or an error that says which of two things is wrong:
//! that it is not offered, or that it cannot be read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::prompt::is_invisible;
use super::{Choice, Decision};

/// Objects in a text that are looked at, from its end: a model may think aloud before it answers.
const OBJECTS: usize = 64;
/// Characters of a reason or a name that are kept.
const KEPT_CHARACTERS: usize = 300;
/// Names that are kept.
const NAMES: usize = 3;

/// Why an answer is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Problem {
    NotOffered,
    Unreadable,
}

/// The choice among `offered` candidates that a text makes, by its place in the list that was shown: an object with a `choice`, or nothing but a number or
/// `none`, or one line that says which is the choice.
pub(super) fn choice(text: &str, offered: usize) -> Result<Decision, Problem> {
    let text = without_thoughts(text);
    if let Some(object) = object_with(text, "choice") {
        let choice = match &object["choice"] {
            Value::String(text) => value(text, offered).unwrap_or(Err(Problem::NotOffered)),
            Value::Number(number) => value(&number.to_string(), offered).unwrap_or(Err(Problem::NotOffered)),
            _ => Err(Problem::Unreadable),
        }?;
        let reason = object["reason"].as_str().map(kept).unwrap_or_default();
        return Ok(Decision { choice, reason, certainty: certainty(&object["certainty"]) });
    }
    let plain = |choice| Decision { choice, reason: String::new(), certainty: None };
    if let Some(choice) = value(text, offered) {
        return choice.map(plain);
    }
    let stated: BTreeSet<_> = text.lines().filter_map(|line| value(stated(line)?, offered)).collect();
    match stated.first() {
        Some(&choice) if stated.len() == 1 => choice.map(plain),
        _ if is_identifier(text) => Err(Problem::NotOffered),
        _ => Err(Problem::Unreadable),
    }
}

/// The names that a text gives under `names` or `answer`; `none` is no name.
pub(super) fn names(text: &str) -> Result<Vec<String>, Problem> {
    let text = without_thoughts(text);
    let given = match object_with(text, "names").or_else(|| object_with(text, "answer")) {
        Some(mut object) => match (object["names"].take(), object["answer"].take()) {
            (Value::Array(names), _) => names,
            (name @ Value::String(_), _) | (_, name @ Value::String(_)) => vec![name],
            _ => return Err(Problem::Unreadable),
        },
        None => return Err(Problem::Unreadable),
    };
    let mut names: Vec<String> = Vec::new();
    for name in given.iter().filter_map(Value::as_str).map(kept) {
        if !name.is_empty() && !name.eq_ignore_ascii_case("none") && !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(NAMES);
    Ok(names)
}

/// The identifier that a text gives, as it is written there: under `answer`, on a line that says which is the answer, or
/// as all there is. The outer `None` says that it cannot be read, the inner one that it says there is none.
#[expect(clippy::option_option, reason = "no answer and the answer that there is none are two things")]
pub(super) fn identifier(text: &str) -> Option<Option<String>> {
    let text = without_thoughts(text);
    let given = if let Some(object) = object_with(text, "answer") {
        match &object["answer"] {
            Value::String(text) => kept(text),
            Value::Number(number) => number.to_string(),
            _ => return None,
        }
    } else {
        // Models that were fine-tuned to say nothing but identifiers write no JSON.
        let stated: BTreeSet<_> = text.lines().filter_map(stated).map(kept).collect();
        let mut given = if stated.is_empty() { vec![kept(text)] } else { stated.into_iter().collect() };
        given.pop().filter(|last| given.is_empty() && !last.contains(['{', ' ']))?
    };
    let bare = given.trim_matches(|character: char| character.is_whitespace() || "\"'`*.,".contains(character));
    // Nothing is not none.
    (!bare.is_empty()).then(|| (!bare.eq_ignore_ascii_case("none")).then(|| bare.to_owned()))
}

/// Where in `text` the value of `choice` stands, for who wants to know with which probability it was written.
pub(super) fn place_of_choice(text: &str) -> Option<std::ops::Range<usize>> {
    let start = match text.rfind("\"choice\"") {
        Some(key) => {
            let after = key + "\"choice\"".len();
            let rest = &text[after..];
            after + rest.find(|character: char| character.is_ascii_alphanumeric())?
        }
        // Nothing but the answer.
        None => text.len() - text.trim_start_matches(|character: char| !character.is_ascii_alphanumeric()).len(),
    };
    let length = text[start..].find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(text.len() - start);
    (length > 0).then_some(start..start + length)
}

/// What follows the thoughts of a model that writes them down.
fn without_thoughts(text: &str) -> &str {
    text.rfind("</think>").map_or(text, |at| &text[at + "</think>".len()..]).trim()
}

/// The last object in `text` that has `key`.
fn object_with(text: &str, key: &str) -> Option<Value> {
    let starts = text.rmatch_indices('{').take(OBJECTS);
    starts.map(|(at, _)| &text[at..]).find_map(|rest| {
        let object: Value = serde_json::Deserializer::from_str(rest).into_iter().next()?.ok()?;
        object.get(key).is_some().then_some(object)
    })
}

/// What a text that is nothing but an answer means; `None` where it is more or something else.
fn value(text: &str, offered: usize) -> Option<Result<Choice, Problem>> {
    let text = text.trim_matches(|character: char| character.is_whitespace() || "\"'`*[](){}.,:#".contains(character));
    if text.eq_ignore_ascii_case("none") {
        return Some(Ok(Choice::NoMatch));
    }
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = text.parse().ok().filter(|number| (1..=offered).contains(number));
    Some(number.map(|number| Choice::Offer(number - 1)).ok_or(Problem::NotOffered))
}

/// What a line says after `choice:` or `answer:`. Of an object that breaks off, a number may be half a number.
fn stated(line: &str) -> Option<&str> {
    let (before, after) = line.split_once(':').filter(|(before, _)| !before.contains('{'))?;
    let word = before.trim_matches(|character: char| !character.is_alphanumeric());
    ["choice", "answer"].iter().any(|key| word.eq_ignore_ascii_case(key)).then_some(after)
}

/// Whether a text is nothing but an identifier.
fn is_identifier(text: &str) -> bool {
    text.len() < 100 && !text.contains(' ') && crate::ontology::Curie::parse(text).is_ok()
}

/// From 0 to 1, of a whole number from 0 to 100, or a share written with its fraction.
fn certainty(value: &Value) -> Option<f32> {
    let text = match value {
        Value::String(text) => text.trim_end_matches('%').to_owned(),
        value => value.to_string(),
    };
    let number: f64 = text.parse().ok()?;
    let is_share = text.contains('.') && number <= 1.0;
    let share = if is_share { number } else { number / 100.0 };
    #[expect(clippy::cast_possible_truncation, reason = "a share needs no more digits")]
    (0.0..=1.0).contains(&share).then_some(share as f32)
}

/// On one line, without what moves a terminal's cursor or hides, and no longer than anybody reads.
pub(super) fn kept(text: &str) -> String {
    let words = text.split(|character: char| character.is_whitespace() || is_invisible(character));
    let text = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(KEPT_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Choice, Problem> {
        choice(text, 10).map(|answer| answer.choice)
    }

    #[test]
    fn a_choice_is_read_however_it_is_wrapped() {
        for text in [
            r#"{"reason": "same thing", "choice": "3", "certainty": 90}"#,
            r#"{"choice": 3}"#,
            "```json\n{\"choice\": \"3\"}\n```",
            "Let me see. {\"choice\": \"1\"} is narrower, so:\n{\"choice\": \"3\"}",
            "<think>{\"choice\": \"7\"}</think>\n{\"choice\": \"3\"}",
            "<think>none?</think> 3",
            "3",
            " [3]. ",
            "**3**",
            "The words agree.\nAnswer: 3",
            "Choice: **3**.",
        ] {
            assert_eq!(read(text), Ok(Choice::Offer(2)), "{text}");
        }
        for text in ["none", "None.", r#"{"choice": "none"}"#, "answer: none"] {
            assert_eq!(read(text), Ok(Choice::NoMatch), "{text}");
        }
    }

    #[test]
    fn what_was_not_offered_and_what_cannot_be_read_are_two_things() {
        for text in [
            "11",
            "0",
            r#"{"choice": "HP:0000118"}"#,
            r#"{"choice": -1}"#,
            r#"{"choice": 1.5}"#,
            "HP:0000118",
            r#"{"choice": "99999999999999999999999"}"#,
            r#"{"choice": "Large hands"}"#,
        ] {
            assert_eq!(read(text), Err(Problem::NotOffered), "{text}");
        }
        for text in [
            "",
            "Large hands",
            r#"{"choice": null}"#,
            r#"{"choice": ["1"]}"#,
            r#"{"choice": "1"#,
            "1 or 2",
            "Answer: 1\nAnswer: 2",
            "no",
            "It is not 3",
        ] {
            assert_eq!(read(text), Err(Problem::Unreadable), "{text}");
        }
    }

    #[test]
    fn reason_and_certainty_come_along() {
        let answer = choice("{\"reason\": \"  a\\n\\u001bb \", \"choice\": \"1\", \"certainty\": 85}", 2).unwrap();
        assert_eq!((answer.reason.as_str(), answer.certainty), ("a b", Some(0.85)));
        for (text, expected) in [
            ("0.5", Some(0.5)),
            ("1.0", Some(1.0)),
            ("\"0.9\"", Some(0.9)),
            ("1", Some(0.01)),
            ("\"70%\"", Some(0.7)),
            ("700", None),
            ("-3", None),
            ("null", None),
        ] {
            let answer = choice(&format!("{{\"choice\": \"1\", \"certainty\": {text}}}"), 2).unwrap();
            assert_eq!(answer.certainty, expected, "{text}");
        }
    }

    #[test]
    fn names_are_few_and_differ() {
        let read = |text: &str| names(text);
        assert_eq!(read(r#"{"names": ["a", "a", " b ", "", "none", 7, "c", "d"]}"#).unwrap(), ["a", "b", "c"]);
        assert_eq!(read(r#"Sure: {"answer": "TP53"}"#).unwrap(), ["TP53"]);
        assert!(read(r#"{"answer": "none"}"#).unwrap().is_empty() && read(r#"{"names": []}"#).unwrap().is_empty());
        assert_eq!(read("TP53"), Err(Problem::Unreadable));
        assert_eq!(read(r#"{"names": {"a": 1}}"#), Err(Problem::Unreadable));
    }

    #[test]
    fn an_identifier_is_taken_as_it_is_written() {
        for (text, expected) in [
            (r#"{"answer": "HP:0001250"}"#, "HP:0001250"),
            (r#"Sure: {"answer": " hp_1250 "}"#, "hp_1250"),
            (r#"<think>{"answer": "HP:1"}</think> {"answer": "TP53"}"#, "TP53"),
            (r#"{"answer": "the HPO has it as 1250"}"#, "the HPO has it as 1250"),
            (r#"{"answer": 1250}"#, "1250"),
            ("HP:0001250", "HP:0001250"),
            ("`HP:0001250`.", "HP:0001250"),
            ("I know this one.\nAnswer: HP:0001250", "HP:0001250"),
        ] {
            assert_eq!(identifier(text), Some(Some(expected.to_owned())), "{text}");
        }
        for text in [r#"{"answer": "none"}"#, "None.", "answer: none"] {
            assert_eq!(identifier(text), Some(None), "{text}");
        }
        for text in [
            "",
            " ",
            "Answer:",
            r#"{"answer": ""}"#,
            "I do not know this term.",
            r#"{"answer": null}"#,
            r#"{"answer": ["HP:1"]}"#,
            r#"{"answer":"HP:00"#,
            "Answer: HP:1\nAnswer: HP:2",
        ] {
            assert_eq!(identifier(text), None, "{text}");
        }
    }

    #[test]
    fn the_place_of_the_choice_is_found() {
        let place = |text: &'static str| place_of_choice(text).map(|range| &text[range]);
        assert_eq!(place(r#"{"reason": "choice 1", "choice": "12", "certainty": 9}"#), Some("12"));
        assert_eq!(place(r#"{"choice": none}"#), Some("none"));
        assert_eq!(place(" 3."), Some("3"));
        assert_eq!(place("{}"), None);
    }

    proptest! {
        #[test]
        fn no_text_whatever_becomes_something_that_was_not_offered(
            text in "\\PC{0,60}|[{}\"choice:none0-9 ,\n]{0,60}|\\{\"choice\": ?(\"?[0-9a-z:-]{0,12}\"?)\\}", offered in 0_usize..12,
        ) {
            if let Ok(Decision { choice: Choice::Offer(at), .. }) = choice(&text, offered) {
                prop_assert!(at < offered);
            }
            let _ = (names(&text), identifier(&text), place_of_choice(&text));
        }
    }

    #[test]
    fn a_long_hostile_text_is_read_in_no_time() {
        for text in ["{".repeat(1 << 20), "{\"a\":".repeat(1 << 18), "{\"choice\": \"".repeat(1 << 16)] {
            assert!(choice(&text, 10).is_err());
        }
    }
}

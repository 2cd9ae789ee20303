//! How values are written in OBO: quotes, backslashes, comments, qualifiers.

use std::borrow::Cow;

/// The date in `hp/releases/2024-08-13` and its like; a version in any other form as it stands.
pub(in crate::ontology) fn release(version: &str) -> String {
    let is_date = |part: &&str| {
        part.len() == 10
            && part
                .bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
    };
    let version = version.trim();
    let mut dates = version.split(['/', ':', '_']).map(|part| part.strip_prefix('v').unwrap_or(part)).filter(is_date);
    match (dates.next(), dates.next()) {
        (Some(date), None) if !version.contains(char::is_whitespace) => date.to_owned(),
        _ => version.to_owned(),
    }
}

/// The short name in `hp`, `hp/hp-base.owl` or `http://purl.obolibrary.org/obo/hp.json`.
pub(in crate::ontology) fn short_name(name: &str) -> Option<String> {
    let last = name.trim().rsplit(['/', '#']).next()?;
    let stem = [".obo", ".owl", ".json"].iter().find_map(|ending| last.strip_suffix(ending)).unwrap_or(last);
    (!stem.is_empty()).then(|| stem.to_owned())
}

/// A quoted text and what follows it.
pub(super) struct Quoted<'a> {
    pub(super) inner: &'a str,
    pub(super) rest: &'a str,
    is_first: bool,
    pub(super) is_accepted: bool,
}

impl<'a> Quoted<'a> {
    /// The text up to the first quote that `accept`s what follows, else up to the last quote.
    pub(super) fn find(value: &'a str, accept: impl Fn(&str) -> bool) -> Option<Self> {
        let body = value.strip_prefix('"')?;
        let bytes = body.as_bytes();
        let (mut at, mut last) = (0, None);
        while at < bytes.len() {
            match bytes[at] {
                b'\\' => at += 1,
                b'"' => {
                    let rest = body[at + 1..].trim_start();
                    if accept(rest) {
                        return Some(Self { inner: &body[..at], rest, is_first: last.is_none(), is_accepted: true });
                    }
                    last = Some(at);
                }
                _ => {}
            }
            at += 1;
        }
        last.map(|at| Self {
            inner: &body[..at],
            rest: body[at + 1..].trim_start(),
            is_first: false,
            is_accepted: false,
        })
    }

    /// What is wrong with the value of `tag` that was read so.
    pub(super) fn oddity(&self, tag: &str) -> Option<String> {
        if !self.is_accepted {
            Some(format!("what follows the text of `{tag}` cannot be read: `{}`", start_of(self.rest)))
        } else if !self.is_first {
            Some(format!("the text of `{tag}` holds a quote without a backslash; kept"))
        } else if self.rest.contains('[') && !self.rest.contains(']') {
            Some(format!("the list of `{tag}` has no `]`"))
        } else {
            None
        }
    }
}

/// The value without a trailing `! comment` and `{qualifiers}`.
pub(super) fn uncommented(value: &str) -> &str {
    let mut value = value;
    if let Some(at) = value.find(" ! ").or_else(|| value.strip_suffix(" !").map(str::len)) {
        value = value[..at].trim_end();
    }
    // Chemical names hold braces too; qualifiers are told by their quoted values.
    if value.ends_with("\"}")
        && let Some(at) = value.find(" {")
        && value[at..].contains("=\"")
    {
        value = value[..at].trim_end();
    }
    value
}

/// The first word of a value, before white space, a comment or qualifiers, and what follows it.
pub(super) fn first_word(value: &str) -> (&str, &str) {
    let end = value.find([' ', '\t', '!', '{']).unwrap_or(value.len());
    (&value[..end], value[end..].trim_start())
}

/// Takes the backslashes out.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('W') => ' ',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    Cow::Owned(plain)
}

/// The first characters of a text, for messages.
pub(super) fn start_of(text: &str) -> &str {
    text.char_indices().nth(40).map_or(text, |(at, _)| &text[..at])
}

/// A name without backslashes, on one line.
pub(super) fn name(text: &str) -> Cow<'_, str> {
    match unescape(text) {
        Cow::Owned(text) => Cow::Owned(text.replace(['\n', '\t'], " ")),
        borrowed @ Cow::Borrowed(_) => borrowed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_are_no_single_date_stand_as_they_are() {
        assert_eq!(release("http://purl.obolibrary.org/obo/hp/releases/2024-08-13/hp.json"), "2024-08-13");
        assert_eq!(release("2024-08-13"), "2024-08-13");
        assert_eq!(release("4.5.1"), "4.5.1");
        assert_eq!(release("composite: A 2024-04-24"), "composite: A 2024-04-24");
    }

    #[test]
    fn short_names_lose_folder_and_ending() {
        assert_eq!(short_name("hp").as_deref(), Some("hp"));
        assert_eq!(short_name("http://purl.obolibrary.org/obo/hp.json").as_deref(), Some("hp"));
        assert_eq!(short_name("go/extensions/go-plus.owl").as_deref(), Some("go-plus"));
        assert_eq!(short_name("http://example.org/"), None);
    }

    #[test]
    fn comments_and_qualifiers_are_told_from_names_that_look_like_them() {
        assert_eq!(uncommented("Seizure ! a comment"), "Seizure");
        assert_eq!(uncommented("Seizure {source=\"x\"}"), "Seizure");
        assert_eq!(uncommented("Oh! {2-[a]}"), "Oh! {2-[a]}");
    }

    #[test]
    fn backslashes_are_taken_out() {
        assert_eq!(unescape(r"a\\b\:\W\n\q\"), "a\\b: \nq\\");
        assert_eq!(name(r"a\nb"), "a b");
    }
}

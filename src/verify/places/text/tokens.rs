//! Identifiers, addresses and links in a line, and how far the marks around each reach.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::identifier::{Owner, owner};
use crate::verify::prefixes::Prefixes;

/// A piece of a line that words are parted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// With the marks around it, or the whole link.
    pub(super) outer: Range<usize>,
    /// What is written as the identifier.
    pub(super) inner: Range<usize>,
    /// Whose it is; none for an address or a link that is no identifier.
    pub(super) owner: Option<Owner>,
    /// The words of a link, where they are no identifier themselves.
    pub(super) words: Option<Range<usize>>,
    /// The address of a link whose words are an identifier, where the address is one too.
    pub(super) address: Option<Range<usize>>,
}

impl Token {
    /// Whether it is an identifier that is checked.
    pub(super) fn is_checked(&self) -> bool {
        matches!(self.owner, Some(Owner::Ours | Owner::Unknown))
    }
}

/// Links, addresses, mail addresses, identifiers with a space after the colon, and words that may be identifiers.
static PIECES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        \[ (?P<words> [^\[\]]{1,300} ) \] \( \s* <? (?P<address> https?:// [^\s<>()]* (?: \( [^\s<>()]* \) [^\s<>()]* )* ) >? [^()]{0,200} \)
        | (?P<url> (?i:https?|ftp):// [^\s<>"|\]\[（）】`*]+ )
        | (?P<mail> [A-Za-z0-9._%+-]+ @ [A-Za-z0-9-]+ (?: \. [A-Za-z0-9-]+ )+ )
        | (?P<spaced> [A-Za-z]{2,20} : [\ \u{a0}] [0-9]{4,8} \b )
        | (?P<word> [A-Za-z][A-Za-z0-9_.-]* (?: ::? [A-Za-z0-9_.-]+ )+ | [A-Za-z][A-Za-z0-9.-]* _ [0-9][A-Za-z0-9]* )
        "#,
    )
    .expect("it is a valid pattern")
});

/// What identifiers and words stand in that is no part of them.
const MARKS: &[char] = &['*', '`', '"', '\'', '“', '”', '„', '‘', '’', '«', '»', '_', '~', '<', '>'];

/// The tokens of a line, in their order.
pub(super) fn tokens(line: &str, prefixes: &Prefixes) -> Vec<Token> {
    let mut tokens: Vec<Token> = cut(line, prefixes);
    // A mark between two belongs to the first.
    let mut end = 0;
    for token in &mut tokens {
        token.outer.start = token.outer.start.max(end);
        end = token.outer.end;
    }
    tokens
}

fn cut(line: &str, prefixes: &Prefixes) -> Vec<Token> {
    let mut tokens = Vec::new();
    // Nothing that is looked for has neither.
    if !line.contains([':', '_']) {
        return tokens;
    }
    for found in PIECES.captures_iter(line) {
        let whole = found.get(0).expect("it matched").range();
        if let (Some(words), Some(address)) = (found.name("words"), found.name("address")) {
            tokens.push(link(line, whole, words.range(), address.range(), prefixes));
        } else if let Some(url) = found.name("url") {
            let end = url.as_str().trim_end_matches(['.', ',', ';', ':', ')', '!', '?', '\'']).len();
            let range = url.start()..url.start() + end;
            let owner = owner(&line[range.clone()], prefixes);
            tokens.push(marked(line, Token { outer: range.clone(), inner: range, owner, words: None, address: None }));
        } else if found.name("mail").is_some() {
            tokens.push(Token { outer: whole.clone(), inner: whole, owner: None, words: None, address: None });
        } else if found.name("spaced").is_some() {
            let known = owner(&line[whole.clone()], prefixes).filter(|&owner| owner != Owner::Unknown);
            if let Some(owner) = known.filter(|_| begins_word(line, whole.start)) {
                tokens.push(marked(line, identifier(whole, owner)));
            }
        } else if begins_word(line, whole.start) {
            tokens.extend(word(line, whole, prefixes).map(|token| marked(line, token)));
        }
    }
    tokens
}

const fn identifier(range: Range<usize>, owner: Owner) -> Token {
    Token { outer: range.start..range.end, inner: range, owner: Some(owner), words: None, address: None }
}

fn begins_word(line: &str, at: usize) -> bool {
    !line[..at].ends_with(|c: char| c.is_alphanumeric())
}

/// An identifier in a word that has a colon or an underscore.
fn word(line: &str, whole: Range<usize>, prefixes: &Prefixes) -> Option<Token> {
    let trimmed = line[whole.clone()].trim_end_matches(['.', ':', '-', '_']);
    let range = whole.start..whole.start + trimmed.len();
    let mut found = narrowed(line, range.clone(), prefixes);
    if found.is_none() {
        // `Seizure:HP:0001250`.
        found =
            trimmed.match_indices(':').find_map(|(at, _)| narrowed(line, range.start + at + 1..range.end, prefixes));
    }
    found.filter(|token| line[token.inner.clone()].bytes().any(|byte| byte.is_ascii_digit()))
}

/// The identifier of a word without what is written right behind its digits, as in `HP:0001250-Seizure`.
fn narrowed(line: &str, range: Range<usize>, prefixes: &Prefixes) -> Option<Token> {
    let text = &line[range.clone()];
    let owner = owner(text, prefixes)?;
    let digits = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let rest = text[digits..].trim_start_matches(|c: char| c.is_ascii_digit());
    let is_behind = text.len() - digits - rest.len() >= 5
        && rest.starts_with([':', '-', '_', '.'])
        && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic())
        && text[..digits].ends_with([':', '_']);
    // A word such as `HP:2b` in running text is rather something else.
    let is_local = text[..digits].ends_with([':', '_']) || owner != Owner::Ours || text.len() - digits >= 3;
    let end = if is_behind { range.end - rest.len() } else { range.end };
    is_local.then(|| identifier(range.start..end, owner))
}

/// What a link of Markdown is: an identifier by its words or by its address.
fn link(line: &str, whole: Range<usize>, words: Range<usize>, address: Range<usize>, prefixes: &Prefixes) -> Token {
    let address_owner = owner(&line[address.clone()], prefixes);
    let inside: Vec<Token> = tokens_inside(line, &words, prefixes);
    let bare = line[words.clone()].trim_matches(|c: char| MARKS.contains(&c) || c.is_whitespace());
    let only = inside.first().filter(|token| inside.len() == 1 && token.inner.len() == bare.len());
    let checked = matches!(address_owner, Some(Owner::Ours | Owner::Unknown));
    match only {
        Some(token) => Token {
            outer: whole,
            inner: token.inner.clone(),
            owner: token.owner,
            words: None,
            address: checked.then_some(address),
        },
        None => Token { outer: whole, inner: address, owner: address_owner, words: Some(words), address: None },
    }
}

/// The tokens of a part of a line.
pub(super) fn tokens_inside(line: &str, range: &Range<usize>, prefixes: &Prefixes) -> Vec<Token> {
    let mut inside = tokens(&line[range.clone()], prefixes);
    let moved = |part: &Range<usize>| part.start + range.start..part.end + range.start;
    for token in &mut inside {
        token.outer = moved(&token.outer);
        token.inner = moved(&token.inner);
        token.words = token.words.as_ref().map(moved);
        token.address = token.address.as_ref().map(moved);
    }
    inside
}

/// `token` with the marks that stand on both of its sides.
fn marked(line: &str, mut token: Token) -> Token {
    loop {
        let before = line[..token.outer.start].chars().next_back().filter(|c| MARKS.contains(c));
        let after = line[token.outer.end..].chars().next().filter(|c| MARKS.contains(c));
        match (before, after) {
            (Some(before), Some(after)) if belong(before, after) => {
                token.outer = token.outer.start - before.len_utf8()..token.outer.end + after.len_utf8();
            }
            _ => return token,
        }
    }
}

/// Whether two marks are of one kind.
const fn belong(before: char, after: char) -> bool {
    matches!((before, after), ('“' | '„', '”' | '“') | ('‘', '’') | ('«', '»') | ('<', '>')) || before == after
}

/// `text` without marks and white space at its ends, as a range of the line.
pub(super) fn unmarked(line: &str, mut range: Range<usize>) -> Range<usize> {
    loop {
        range = trimmed(line, range);
        let text = &line[range.clone()];
        let (first, last) = (text.chars().next(), text.chars().next_back());
        match (first, last) {
            (Some(first), Some(last))
                if text.chars().nth(1).is_some() && MARKS.contains(&first) && belong(first, last) =>
            {
                range = range.start + first.len_utf8()..range.end - last.len_utf8();
            }
            _ => return range,
        }
    }
}

/// A range without white space at its ends.
pub(super) fn trimmed(line: &str, range: Range<usize>) -> Range<usize> {
    let text = &line[range.clone()];
    let start = range.start + (text.len() - text.trim_start().len());
    start..(start + text.trim().len())
}

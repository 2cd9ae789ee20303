//! Pairs in a stretch of a line: an item of a list, a cell, a sentence.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::line::Line;
use super::tokens::{Token, tokens_inside, trimmed, unmarked};
use super::words::{has_sentence_end, is_prose, is_remark, may_be_label};
use crate::verify::places::identifier::Owner;
use crate::verify::prefixes::Prefixes;
use crate::verify::{Extent, Found, Label, Pair};

/// The most words before an identifier that may hold its label.
const MOST_WORDS: usize = 20;

/// How far back a label is looked for, and how far ahead a closing bracket, in bytes.
const REACH: usize = 400;

/// Marks that are no part of words.
const MARKS: [char; 4] = ['*', '`', '"', '_'];

/// What parts a label from its identifier.
static SIGN_AFTER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^[\s*`_"'~]*(?::|=+>?|→|->|-+|–|—|\||,|\t|#|!)[\s*`_"'~]*"#));
static SIGN_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?:[:|\t→]|==?>?|->|[\s*`_"'~][-–—]+|\s\s)[\s*`_"'~]*$"#));

/// What ends a label that stands behind its identifier.
static CUT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\s[-–—]+\s|\s?[|\t→;]|—|: |\s->|[a-z)]\.(?:\s|$)|\s\s+|<br|//|#"));

/// Where a label before its identifier surely begins.
static BOUNDARY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[;|\t→•·—]|:\s|\s[-–]+\s|->|=>|\*\*|__|<br\s*/?>|[a-z)\]]{2}[.!?]\s+|\s\s\s+"));

/// What stands before an identifier and only says that it is one.
static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)^\s*(?:(?:[a-z]{2,8}[\s_-]+)?(?:ids?|identifier|code|curie|terms?|hpo|hp|mondo|hgnc|go|obo|ontology|cf\.?))?\s*[:=]?[\s*`_"']*$"#,
    )
});

/// What stands between a label and an identifier that is said to be one: `Seizure, ID: HP:0001250`.
static SAID: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\s*[,;|–—-]\s*(?:[a-z]{2,8}[\s_-]+)?(?:ids?|identifier|code|curie)[\s*`_]*$"));

/// The name of a vocabulary between a bracket and its identifier.
static VOCABULARY: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?i)^\s*[a-z]{2,8}:[\s*`_"']*$"#));

/// What may stand before a label without being part of it.
static BEFORE_LABEL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)^(?:[\s,;/&+.•·*_`"'“”)\]]+|(?:and|or|plus|as well as|and/or)\s+|\(?\d{1,3}[.)]\s+|\(?[a-z]\)\s+)*"#)
});

/// What parts one identifier from the next.
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?i)^[\s,;/|&+*_`"']*(?:(?:and|or)\s+)?[\s*_`"'\[(]*$"#));

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("it is a valid pattern")
}

/// A stretch of a line that is read for itself.
pub(super) struct Region<'a> {
    line: &'a Line<'a>,
    tokens: Vec<Token>,
    range: Range<usize>,
    /// It is an item of a list, a heading or a cell.
    is_listed: bool,
    /// It reads as a list rather than as a sentence, so that words before a bracket are a label.
    is_list: bool,
    prefixes: &'a Prefixes,
}

impl<'a> Region<'a> {
    /// The stretch `range` of `line`, with its tokens; `continues` a sentence of the line before.
    pub(super) fn new(
        line: &'a Line<'a>,
        tokens: Vec<Token>,
        range: Range<usize>,
        (is_listed, continues): (bool, bool),
        prefixes: &'a Prefixes,
    ) -> Self {
        let words = outside_brackets(&line.text[range.clone()], &tokens, range.start);
        let ends = words.trim_end().ends_with('.') && !is_listed;
        let is_list = !continues && !ends && !has_sentence_end(words.trim_end_matches('.')) && !is_prose(&words);
        Self { line, tokens, range, is_listed, is_list, prefixes }
    }

    /// Tells its pairs.
    pub(super) fn read(&self, each: &mut dyn FnMut(Found)) {
        let mut at = 0;
        let mut left = self.range.start;
        // Whether the pair before had its identifier first.
        let mut was_first = false;
        // The words of a link right before.
        let mut link: Option<(usize, Range<usize>)> = None;
        while let Some(token) = self.tokens.get(at) {
            if let Some(words) = &token.words {
                let inside = tokens_inside(self.line.text, words, self.prefixes);
                let has_pairs = inside.iter().any(Token::is_checked);
                let label = unmarked(self.line.text, words.clone());
                let is_label = may_be_label(&self.line.text[label.clone()]);
                if has_pairs {
                    Region::new(self.line, inside, words.clone(), (true, false), self.prefixes).read(each);
                }
                if has_pairs || !token.is_checked() || is_label {
                    if token.is_checked() {
                        self.tell(token, (!has_pairs).then_some((label, Extent::Whole)), each);
                    } else if is_label {
                        link = Some((token.outer.end, label));
                    }
                    left = token.outer.end;
                    at += 1;
                    continue;
                }
            }
            if !token.is_checked() {
                left = token.outer.end;
                at += 1;
                continue;
            }
            if let Some(open) = self.bracket_before(left, token) {
                let close = self.closing(open, token.outer.end);
                let end = close.unwrap_or(token.outer.end);
                let behind = self.tokens[at + 1..].iter().take_while(|next| next.outer.start < end).count();
                let group = &self.tokens[at..=at + behind];
                if group.iter().filter(|token| token.is_checked()).count() > 1 {
                    for token in group.iter().filter(|token| token.is_checked()) {
                        self.tell(token, None, each);
                    }
                } else {
                    let of_link = link.take().filter(|(end, _)| self.line.text[*end..open].trim().is_empty());
                    let label = match of_link {
                        Some((_, words)) => Some((words, Extent::Whole)),
                        None => self.label_before(left, open, end),
                    };
                    // `(HP:0001250) Seizure`.
                    let is_start = left == self.range.start && self.is_blank(left..open);
                    let next = self.tokens.get(at + behind + 1);
                    let label = label.or_else(|| {
                        close.filter(|_| is_start && next.is_none()).and_then(|close| {
                            let from = close + self.line.text[close..].chars().next().map_or(0, char::len_utf8);
                            self.label_after(from, next, true).map(|label| (label, Extent::Whole))
                        })
                    });
                    self.tell(token, label, each);
                }
                left =
                    close.map_or(end, |close| close + self.line.text[close..].chars().next().map_or(0, char::len_utf8));
                left = left.max(self.tokens[at + behind].outer.end);
                at += behind + 1;
                was_first = false;
                continue;
            }
            let next = self.tokens.get(at + 1);
            left = if let Some((label, end)) = self.label_in_brackets(token, next) {
                self.tell(token, Some((label, Extent::Whole)), each);
                was_first = false;
                end
            } else if let Some(label) = self.label_behind(left, token, next, was_first) {
                let end = label.end;
                self.tell(token, Some((label, Extent::Whole)), each);
                was_first = true;
                end
            } else {
                let label = self.label_with_sign(left, token, next);
                self.tell(token, label.map(|label| (label, Extent::Whole)), each);
                was_first = false;
                token.outer.end
            };
            at += 1;
        }
    }

    fn tell(&self, token: &Token, label: Option<(Range<usize>, Extent)>, each: &mut dyn FnMut(Found)) {
        if label.is_some() || token.owner == Some(Owner::Ours) {
            let identifier = self.line.field(token.inner.clone(), false);
            let label = label.map(|(range, extent)| Label { field: self.line.field(range, true), extent });
            each(Found::Pair(Pair { identifier, label }));
        }
        if let Some(address) = &token.address {
            let identifier = self.line.field(address.clone(), false);
            each(Found::Pair(Pair { identifier, label: None }));
        }
    }

    fn is_blank(&self, range: Range<usize>) -> bool {
        !self.line.text[range].contains(char::is_alphanumeric)
    }

    /// The bracket that opens right before an identifier.
    fn bracket_before(&self, left: usize, token: &Token) -> Option<usize> {
        let before = &self.line.text[self.reach_back(left, token.outer.start)..token.outer.start];
        let open = before.rfind(['(', '[', '（', '［', '【', '〔', '{'])?;
        let width = before[open..].chars().next().map_or(0, char::len_utf8);
        let lead = &before[open + width..];
        let is_lead = (LEAD.is_match(lead) || VOCABULARY.is_match(lead)) && !before[open..].starts_with('{');
        is_lead.then(|| token.outer.start - before.len() + open)
    }

    /// Where the bracket closes that opens at `open`, looked for from `from` on.
    fn closing(&self, open: usize, from: usize) -> Option<usize> {
        let (opening, closing) = brackets(self.line.text[open..].chars().next()?)?;
        let mut depth = 0;
        for (at, character) in self.line.text[from..self.range.end].char_indices() {
            if at > REACH {
                return None;
            }
            if character == opening {
                depth += 1;
            } else if character == closing {
                if depth == 0 {
                    return Some(from + at);
                }
                depth -= 1;
            }
        }
        None
    }

    /// A place before `right` that is not farther than what is looked at.
    fn reach_back(&self, left: usize, right: usize) -> usize {
        let mut start = left.max(right.saturating_sub(REACH));
        while !self.line.text.is_char_boundary(start) {
            start += 1;
        }
        start
    }

    /// The label before the bracket at `open` whose group ends at `end`.
    fn label_before(&self, left: usize, open: usize, end: usize) -> Option<(Range<usize>, Extent)> {
        let text = self.line.text;
        let start = self.reach_back(left, open);
        let is_far = start > left;
        let written = text[start..open].trim_end().trim_end_matches([':', ',', '-', '–', '—']).trim_end();
        let range = start..start + written.len();
        if let Some(marked) = self.marked_label(&range) {
            return Some((marked, Extent::Whole));
        }
        let range = start..start + written.trim_end_matches(['*', '`', '"', '”', '_', '\'']).len();
        let begin = boundary(&text[range.clone()]);
        let is_first = begin == 0 && left == self.range.start && !is_far;
        let range = range.start + begin..range.end;
        let lead = BEFORE_LABEL.find(&text[range.clone()]).map_or(0, |found| found.end());
        let range = trimmed(text, range.start + lead..range.end);
        let words = &text[range.clone()];
        if !words.contains(char::is_alphabetic) {
            return None;
        }
        let behind =
            text[end..self.range.end].trim_start_matches([')', ']', '）', '］', '】', '〕', '*', '`', '"', '_']);
        let behind = behind.trim_start().to_lowercase();
        let is_closed = behind.is_empty()
            || behind.starts_with([',', ';', ':', '|', '/', '-', '–', '—', '.', '&', '•', '(', '[', '<', '#'])
            || behind.starts_with("and ")
            || behind.starts_with("or ");
        let may_have_comma = self.is_listed && is_first;
        let is_whole =
            self.is_list && is_closed && !is_far && (may_have_comma || !words.contains(',')) && may_be_label(words);
        if is_whole {
            return Some((range, Extent::Whole));
        }
        let from = words.split_whitespace().rev().nth(MOST_WORDS - 1);
        // A word of the line stands where it stands.
        let from = from.map_or(0, |word| word.as_ptr() as usize - words.as_ptr() as usize);
        Some((range.start + from..range.end, Extent::End))
    }

    /// A label that ends with the mark it begins with.
    fn marked_label(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let text = &self.line.text[range.clone()];
        for (opening, closing) in [
            ("**", "**"),
            ("__", "__"),
            ("*", "*"),
            ("`", "`"),
            ("\"", "\""),
            ("“", "”"),
            ("„", "“"),
            ("«", "»"),
            ("_", "_"),
            ("'", "'"),
        ] {
            let Some(inner) = text.strip_suffix(closing) else { continue };
            let Some(start) = inner.rfind(opening) else { continue };
            let is_opening = !text[..start].ends_with(char::is_alphanumeric);
            let range = range.start + start + opening.len()..range.start + inner.len();
            let range = unmarked(self.line.text, range);
            let range = range.start..range.start + self.line.text[range.clone()].trim_end_matches(':').len();
            return (is_opening && may_be_label(&self.line.text[range.clone()])).then_some(range);
        }
        None
    }

    /// The label in brackets right behind an identifier, and the end of the brackets.
    fn label_in_brackets(&self, token: &Token, next: Option<&Token>) -> Option<(Range<usize>, usize)> {
        let text = self.line.text;
        let behind = &text[token.outer.end..self.range.end];
        let open = behind.find(|c: char| !c.is_whitespace() && c != '*' && c != '`' && c != '_')?;
        let open = token.outer.end + open;
        let width = text[open..].chars().next().filter(|&c| brackets(c).is_some())?.len_utf8();
        let close = self.closing(open, open + width)?;
        let label = unmarked(text, open + width..close);
        let is_clear = next.is_none_or(|next| next.outer.start > close);
        let end = close + text[close..].chars().next().map_or(0, char::len_utf8);
        (is_clear && may_be_label(&text[label.clone()])).then_some((label, end))
    }

    /// The label behind an identifier that begins an item: `HP:0001250 - Seizure`.
    fn label_behind(&self, left: usize, token: &Token, next: Option<&Token>, was_first: bool) -> Option<Range<usize>> {
        let before = &self.line.text[left..token.outer.start];
        // A comment of OBO, whatever stands before.
        let is_comment = self.line.text[token.outer.end..].starts_with(" ! ");
        let is_start = left == self.range.start && LEAD.is_match(before);
        (is_start || is_comment || (was_first && BETWEEN.is_match(before)))
            .then(|| self.label_after(token.outer.end, next, false))?
    }

    /// The label from `from` on, with a sign before it or, where `is_bare`, without.
    fn label_after(&self, from: usize, next: Option<&Token>, is_bare: bool) -> Option<Range<usize>> {
        let text = self.line.text;
        let limit = next.map_or(self.range.end, |next| next.outer.start);
        let behind = &text[from..limit];
        let sign = SIGN_AFTER.find(behind).map_or(0, |found| found.end());
        if sign == 0 && !is_bare && !behind.starts_with([' ', '\t', '\u{a0}', '*', '`', '"']) {
            return None;
        }
        let mut range = trimmed(text, from + sign..limit);
        let cut = CUT.find(&text[range.clone()]);
        let is_cut = cut.is_some();
        if let Some(cut) = cut {
            let is_period = cut.as_str().contains('.');
            range.end = range.start + cut.start() + usize::from(is_period);
        }
        let mut words = text[range.clone()].trim_end();
        // What was cut off may hold the end of a remark in brackets.
        words = words[..open_bracket(words).unwrap_or(words.len())].trim_end();
        if next.is_some() && !is_cut {
            // What stands before the next identifier belongs to this one only if something parts them.
            let bare = words.trim_end_matches(['*', '`', '"', '[', '(', '_', ' ']);
            let parted = bare.strip_suffix("and").or_else(|| bare.strip_suffix("or")).map_or(bare, str::trim_end);
            let is_parted = parted.ends_with([',', ';', '/', '|']) || next.is_some_and(|next| !next.is_checked());
            if !is_parted {
                return None;
            }
            words = parted;
        }
        words = words.trim_end_matches([',', ';', '/', '|', '.', ' ']);
        range.end = range.start + words.len();
        // A remark in brackets at the end is no part of the label.
        if let Some(open) = words.rfind(['(', '['])
            && words.ends_with([')', ']'])
            && is_remark(&words[open + 1..words.len() - 1])
        {
            range.end = range.start + words[..open].trim_end().len();
        }
        let words = text[range.clone()].trim_end_matches(MARKS);
        let inner = words.trim_start_matches(MARKS);
        let range = range.start + words.len() - inner.len()..range.start + words.len();
        let words = &text[range.clone()];
        if words.starts_with(['(', '[', '（', '［']) {
            return None;
        }
        let is_sure = sign > 0 || (self.is_list && words.split_whitespace().count() <= 8);
        let first = words.split_whitespace().next().unwrap_or_default().to_lowercase();
        let is_joined = ["and", "or", "in", "with", "for", "as", "from", "to", "by"].contains(&first.as_str());
        (is_sure && !is_joined && may_be_label(words)).then_some(range)
    }

    /// The label before an identifier at the end of an item: `Seizure: HP:0001250`.
    fn label_with_sign(&self, left: usize, token: &Token, next: Option<&Token>) -> Option<Range<usize>> {
        let text = self.line.text;
        let start = self.reach_back(left, token.outer.start);
        let before = &text[start..token.outer.start];
        let sign = SIGN_BEFORE.find(before).map(|found| found.start()).or_else(|| {
            // A comma parts a label from its identifier where there is nothing else.
            let comma = before.trim_end().strip_suffix(',')?.len();
            (self.is_listed && self.tokens.len() == 1).then_some(comma)
        })?;
        let behind = &text[token.outer.end..next.map_or(self.range.end, |next| next.outer.start)];
        let bare = behind.trim_start_matches(['*', '`', '"', '_', '\'', ' ']);
        let is_end =
            bare.is_empty() || bare.starts_with([',', ';', '.', '(', '[', '|', '}', '\t', '-', '–', '—', '<', '/']);
        // One that begins a list of identifiers is no label of them.
        let is_listing = next.is_some_and(Token::is_checked) && BETWEEN.is_match(behind);
        if !is_end || is_listing || start > left {
            return None;
        }
        let before = before[..sign].trim_end();
        let said = SAID.find(before).map_or(before.len(), |found| found.start());
        let range = start..start + before[..said].trim_end().len();
        if let Some(marked) = self.marked_label(&range) {
            return Some(marked);
        }
        let range = start..start + text[range].trim_end_matches(MARKS).len();
        let begin = boundary(&text[range.clone()]);
        // Behind another pair only a clear separator begins a new one.
        let is_behind = left > self.range.start && begin == 0;
        let is_parted = text[range.clone()].trim_start().starts_with([',', ';', '/', '|', ')', ']', '.']);
        if is_behind && !is_parted {
            return None;
        }
        let range = range.start + begin..range.end;
        let lead = BEFORE_LABEL.find(&text[range.clone()]).map_or(0, |found| found.end());
        let range = unmarked(text, range.start + lead..range.end);
        let range = range.start..range.start + text[range.clone()].trim_end_matches([' ', ':']).len();
        may_be_label(&text[range.clone()]).then_some(range)
    }
}

/// Where a bracket opens in `text` that does not close there.
fn open_bracket(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' => open.push(at),
            ')' | ']' => drop(open.pop()),
            _ => {}
        }
    }
    open.first().copied()
}

/// A bracket with the one that closes it.
const fn brackets(opening: char) -> Option<(char, char)> {
    match opening {
        '(' => Some(('(', ')')),
        '[' => Some(('[', ']')),
        '（' => Some(('（', '）')),
        '［' => Some(('［', '］')),
        '【' => Some(('【', '】')),
        '〔' => Some(('〔', '〕')),
        _ => None,
    }
}

/// Where the last firm boundary in `text` ends: a sign, or a bracket that stays open.
fn boundary(text: &str) -> usize {
    let sign = BOUNDARY.find_iter(text).last().map_or(0, |found| found.end());
    let mut depth = 0;
    for (at, character) in text.char_indices().rev() {
        match character {
            ')' | ']' | '）' | '］' | '】' => depth += 1,
            '(' | '[' | '（' | '［' | '【' if depth == 0 => return sign.max(at + character.len_utf8()),
            '(' | '[' | '（' | '［' | '【' => depth -= 1,
            _ => {}
        }
    }
    sign
}

/// What stands in `text` outside of brackets and tokens.
fn outside_brackets(text: &str, tokens: &[Token], start: usize) -> String {
    let mut depth = 0_usize;
    let mut outside = String::with_capacity(text.len());
    let mut tokens = tokens.iter().peekable();
    for (at, character) in text.char_indices() {
        while tokens.next_if(|token| token.outer.end <= at + start).is_some() {}
        if tokens.peek().is_some_and(|token| token.outer.contains(&(at + start))) {
            continue;
        }
        match character {
            '(' | '[' | '（' | '［' | '【' => depth += 1,
            ')' | ']' | '）' | '］' | '】' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(character),
            _ => {}
        }
    }
    outside
}

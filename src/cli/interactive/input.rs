//! The line that is typed: edited by what people see as one character, with the queries asked before.

use unicode_segmentation::UnicodeSegmentation;

/// Characters a query may have: more than any name, and little enough to be searched at each keystroke.
pub(in crate::cli) const LONGEST: usize = 400;

/// The text, the cursor in it, and earlier texts.
#[derive(Debug, Default)]
pub(in crate::cli) struct Input {
    text: String,
    cursor: usize,
    earlier: Vec<String>,
    /// The earlier text that is shown, and what was typed before it was.
    recalled: Option<(usize, String)>,
}

impl Input {
    pub(in crate::cli) fn text(&self) -> &str {
        &self.text
    }

    /// What stands before and after the cursor.
    pub(in crate::cli) fn halves(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    pub(in crate::cli) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Earlier queries, the oldest first.
    pub(in crate::cli) fn earlier(&self) -> &[String] {
        &self.earlier
    }

    /// Types `text`; control characters become spaces. Returns whether all of it fitted.
    pub(in crate::cli) fn insert(&mut self, text: &str) -> bool {
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let mut characters = text.chars().filter(|&c| !is_invisible(c)).map(|c| if is_break(c) { ' ' } else { c });
        let fitting: String = characters.by_ref().take(room).collect();
        self.text.insert_str(self.cursor, &fitting);
        self.cursor += fitting.len();
        self.recalled = None;
        characters.next().is_none()
    }

    pub(in crate::cli) fn left(&mut self) {
        self.cursor = self.before();
    }

    pub(in crate::cli) fn right(&mut self) {
        self.cursor = self.after();
    }

    pub(in crate::cli) fn word_left(&mut self) {
        self.cursor = self.word_before();
    }

    pub(in crate::cli) fn word_right(&mut self) {
        self.cursor = self.word_after();
    }

    pub(in crate::cli) fn start(&mut self) {
        self.cursor = 0;
    }

    pub(in crate::cli) fn end(&mut self) {
        self.cursor = self.text.len();
    }

    pub(in crate::cli) fn delete_left(&mut self) {
        self.cut(self.before(), self.cursor);
    }

    pub(in crate::cli) fn delete_right(&mut self) {
        self.cut(self.cursor, self.after());
    }

    pub(in crate::cli) fn delete_word_left(&mut self) {
        self.cut(self.word_before(), self.cursor);
    }

    pub(in crate::cli) fn delete_word_right(&mut self) {
        self.cut(self.cursor, self.word_after());
    }

    pub(in crate::cli) fn delete_to_end(&mut self) {
        self.cut(self.cursor, self.text.len());
    }

    /// Empties the line; what stood there can be recalled.
    pub(in crate::cli) fn clear(&mut self) {
        self.remember();
        self.cut(0, self.text.len());
    }

    /// Keeps the text among the earlier queries, as the latest.
    pub(in crate::cli) fn remember(&mut self) {
        let text = self.text.trim();
        if !text.is_empty() {
            self.earlier.retain(|earlier| earlier != text);
            self.earlier.push(text.to_owned());
            self.recalled = None;
        }
    }

    /// Shows the query asked before the one that is shown.
    pub(in crate::cli) fn recall_earlier(&mut self) {
        let (position, draft) = self.recalled.take().unwrap_or((self.earlier.len(), self.text.clone()));
        // What was just remembered is still shown; to recall it would change nothing.
        let older = self.earlier[..position].iter().rposition(|earlier| *earlier != self.text.trim());
        match older {
            Some(older) => self.show(older, draft),
            None if position < self.earlier.len() => self.recalled = Some((position, draft)),
            None => {}
        }
    }

    /// Shows the query asked after the one that is shown, in the end what was being typed.
    pub(in crate::cli) fn recall_later(&mut self) {
        let Some((position, draft)) = self.recalled.take() else { return };
        if position + 1 < self.earlier.len() {
            self.show(position + 1, draft);
        } else {
            self.text = draft;
            self.end();
        }
    }

    fn show(&mut self, position: usize, draft: String) {
        self.text.clone_from(&self.earlier[position]);
        self.end();
        self.recalled = Some((position, draft));
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
        self.recalled = None;
    }

    fn before(&self) -> usize {
        self.text.grapheme_indices(true).map(|(at, _)| at).take_while(|&at| at < self.cursor).last().unwrap_or(0)
    }

    fn after(&self) -> usize {
        self.text.grapheme_indices(true).map(|(at, _)| at).find(|&at| at > self.cursor).unwrap_or(self.text.len())
    }

    fn word_before(&self) -> usize {
        let words = self.halves().0.trim_end();
        words.char_indices().rev().find(|(_, c)| c.is_whitespace()).map_or(0, |(at, space)| at + space.len_utf8())
    }

    fn word_after(&self) -> usize {
        let rest = self.halves().1;
        let gap = rest.len() - rest.trim_start().len();
        rest[gap..].find(char::is_whitespace).map_or(self.text.len(), |at| self.cursor + gap + at)
    }
}

/// Ends a line or moves a terminal's cursor.
const fn is_break(character: char) -> bool {
    matches!(character, '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}')
}

/// Takes no room and turns the direction of what follows, or is nothing at all: no name is told by it.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Input {
        let mut input = Input::default();
        assert!(input.insert(text));
        input
    }

    #[test]
    fn the_cursor_moves_over_what_is_seen_as_one_character() {
        let mut input = typed("ae\u{301}👩\u{200d}⚕\u{fe0f}手");
        input.left();
        assert_eq!(input.halves().1, "手");
        input.left();
        input.delete_left();
        assert_eq!(input.halves(), ("a", "👩\u{200d}⚕\u{fe0f}手"));
        input.delete_right();
        assert_eq!(input.text(), "a手");
        input.right();
        input.right();
        assert_eq!(input.halves(), ("a手", ""));
    }

    #[test]
    fn words_are_passed_and_deleted_with_the_space_beside_them() {
        let mut input = typed("very  big hands ");
        input.word_left();
        assert_eq!(input.halves().1, "hands ");
        input.delete_word_left();
        assert_eq!(input.halves(), ("very  ", "hands "));
        input.word_right();
        assert_eq!(input.halves().1, " ");
        input.start();
        input.delete_word_right();
        assert_eq!(input.text(), "  hands ");
        input.word_right();
        input.delete_to_end();
        assert_eq!(input.text(), "  hands");
        input.delete_word_left();
        input.delete_word_left();
        assert!(input.is_empty());
        input.left();
        input.right();
    }

    #[test]
    fn pasted_lines_become_one_and_a_long_text_is_cut() {
        assert_eq!(typed("big\r\nhands\u{1b}[0m\u{202e}\u{feff}").text(), "big  hands [0m");
        let mut input = Input::default();
        assert!(!input.insert(&"é".repeat(10_000)));
        assert_eq!(input.text().chars().count(), LONGEST);
        assert!(!input.insert("x"));
        input.delete_left();
        assert!(input.insert("x"));
    }

    #[test]
    fn earlier_queries_are_recalled_and_left_again() {
        let mut input = typed("one");
        input.clear();
        input.insert("two");
        input.clear();
        input.insert("one");
        input.clear();
        assert_eq!(input.earlier(), ["two", "one"]);
        input.insert("draft");
        let mut seen = Vec::new();
        for _ in 0..3 {
            input.recall_earlier();
            seen.push(input.text().to_owned());
        }
        for _ in 0..3 {
            input.recall_later();
            seen.push(input.text().to_owned());
        }
        assert_eq!(seen, ["one", "two", "two", "one", "draft", "draft"]);
        assert_eq!(input.halves().1, "");
    }

    #[test]
    fn what_is_shown_already_is_not_recalled() {
        let mut input = typed("one");
        input.remember();
        input.recall_earlier();
        assert_eq!(input.text(), "one");
        input.recall_later();
        assert_eq!(input.text(), "one");
        input.recall_earlier();
        input.clear();
        input.recall_earlier();
        assert_eq!(input.text(), "one");
    }
}

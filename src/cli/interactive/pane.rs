//! The concept and the help as lines of a given width.

use ratatui::buffer::CellWidth as _;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::state::Shown;
use super::view::Theme;
use crate::ontology::Curie;

/// Lines that are filled from the top.
struct Page {
    width: usize,
    theme: Theme,
    lines: Vec<Line<'static>>,
}

/// Everything that is kept of a concept.
pub(super) fn concept(shown: &Shown, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let concept = &shown.concept;
    let mut page = Page { width, theme, lines: Vec::new() };
    page.text(0, concept.label(), theme.strong());
    page.text(0, concept.id.as_str(), theme.accent());
    if let Some(url) = concept.id.url() {
        page.text(0, &url, theme.plain());
    }
    if concept.is_retired() {
        page.heading("Retired");
        if shown.replaced_by.is_empty() && shown.consider.is_empty() {
            page.text(2, "nothing replaces it", theme.plain());
        }
    }
    page.concepts("Replaced by", &shown.replaced_by);
    page.concepts("To consider instead", &shown.consider);
    if let Some(definition) = &concept.definition {
        page.heading("Definition");
        page.text(2, definition, theme.plain());
    }
    let synonyms: Vec<_> = concept.synonyms().collect();
    page.counted("Synonyms", synonyms.len());
    for name in synonyms {
        let kind = name.kind.as_deref().unwrap_or_default();
        page.text_and_tail(2, &name.text, &[name.scope.as_str(), kind]);
    }
    page.concepts("Parents", &shown.parents);
    if let Some(namespace) = &concept.namespace {
        page.heading("Namespace");
        page.text(2, namespace, theme.plain());
    }
    page.list("Cross-references", concept.xrefs.iter().map(String::as_str));
    page.list("Identifiers merged into it", concept.alternative_ids.iter().map(Curie::as_str));
    page.list("Subsets", concept.subsets.iter().map(String::as_str));
    page.lines
}

const KEYS: [(&str, &[(&str, &str)]); 4] = [
    (
        "Candidates",
        &[
            ("Up Down", "choose; so do PageUp, PageDown, Home, End"),
            ("Enter", "show the chosen concept"),
            ("Ctrl-Y", "copy its identifier (by OSC 52, which the terminal must allow)"),
        ],
    ),
    (
        "What is typed",
        &[
            ("Left Right", "move in it, with Ctrl by words; Ctrl-A to its start, Ctrl-E to its end"),
            ("Ctrl-W", "delete a word"),
            ("Ctrl-U Esc", "clear"),
            ("Ctrl-P Ctrl-N", "earlier queries and back; Up where nothing is typed"),
        ],
    ),
    (
        "Concept",
        &[
            ("Up Down", "scroll; so do PageUp, PageDown, Home, End"),
            ("Left Right", "the candidate before and after"),
            ("Esc", "back; so does typing on"),
        ],
    ),
    (
        "Anywhere",
        &[
            ("F1", "this help; ? where nothing is typed"),
            ("Ctrl-L", "draw the screen anew"),
            ("Ctrl-C", "leave; Esc or Ctrl-D where nothing is typed"),
        ],
    ),
];

/// What each key does and what the marks mean.
pub(super) fn help(width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut page = Page { width, theme, lines: Vec::new() };
    page.text(
        0,
        "Type what someone wrote, or an identifier. The candidates follow at each keystroke, the best first.",
        theme.plain(),
    );
    for (heading, keys) in KEYS {
        page.heading(heading);
        for (key, what) in keys {
            page.text(2, &format!("{key:13} {what}"), theme.plain());
        }
    }
    page.heading("Marks");
    for line in [
        "The bar is the score beside the best one's.",
        "E1: a name is what was typed but for case, spelling and the like; E2: but for inflection and word order.",
        "L3: the third by words (BM25). V2: the second by vectors.",
    ] {
        page.text(2, line, theme.plain());
    }
    page.lines
}

impl Page {
    fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        self.text(0, text, self.theme.strong());
    }

    fn counted(&mut self, text: &str, count: usize) {
        match count {
            0 => {}
            1 => self.heading(text),
            _ => self.heading(&format!("{text} ({count})")),
        }
    }

    fn text(&mut self, indent: usize, text: &str, style: ratatui::style::Style) {
        // Where there is hardly any room, the indent would take what the text needs.
        let indent = indent.min(self.width / 10);
        for line in wrap(text, self.width.saturating_sub(indent)) {
            self.lines.push(Line::from(vec![Span::raw(" ".repeat(indent)), Span::styled(line, style)]));
        }
    }

    /// A text with words of less weight behind it.
    fn text_and_tail(&mut self, indent: usize, text: &str, tail: &[&str]) {
        self.text(indent, text, self.theme.plain());
        let tail: Vec<&str> = tail.iter().copied().filter(|word| !word.is_empty()).collect();
        let tail = format!("  {}", tail.join(" "));
        if let Some(last) = self.lines.last_mut()
            && last.width() + tail.len() <= self.width
        {
            last.push_span(Span::styled(tail, self.theme.faint()));
        } else {
            self.text(indent + 2, tail.trim(), self.theme.faint());
        }
    }

    fn concepts(&mut self, heading: &str, concepts: &[(Curie, String)]) {
        self.counted(heading, concepts.len());
        for (id, label) in concepts {
            self.text(2, &format!("{id}  {label}"), self.theme.plain());
        }
    }

    fn list<'a>(&mut self, heading: &str, items: impl ExactSizeIterator<Item = &'a str>) {
        self.counted(heading, items.len());
        let items: Vec<&str> = items.collect();
        if !items.is_empty() {
            self.text(2, &items.join("  "), self.theme.plain());
        }
    }
}

/// `text` in lines of at most `width` cells, broken at spaces, and inside a word only where it is longer than a line.
/// Spaces inside a line are kept, so that columns stay columns.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for piece in text.split_word_bounds_at_spaces() {
        let (space, word) = piece;
        let (gap, wide) = (cells(space), cells(word));
        if used > 0 && used + gap + wide > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        } else if used > 0 {
            line.push_str(space);
            used += gap;
        }
        for grapheme in word.graphemes(true) {
            let wide = cells(grapheme);
            if used > 0 && used + wide > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(grapheme);
            used += wide;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

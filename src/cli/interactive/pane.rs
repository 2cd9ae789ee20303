//! The concept and the help as lines of a given width.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::cells::{self, wrap};
use super::state::{Model, Shown};
use super::theme::Theme;
use crate::ontology::{Curie, Scope};

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
        page.text_and_tail(&name.text, &how(name.scope, name.kind.as_deref()));
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

/// How a name belongs to its concept, as `(exact, layperson)`.
pub(super) fn how(scope: Scope, kind: Option<&str>) -> String {
    let kind = kind.map(|kind| format!(", {kind}")).unwrap_or_default();
    format!("({}{kind})", scope.as_str().to_lowercase())
}

/// The heading of the keys for candidates.
const CANDIDATES: &str = "Candidates";

const KEYS: [(&str, &[(&str, &str)]); 4] = [
    (
        CANDIDATES,
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

/// What each key does and what the marks mean; `model` may be asked.
pub(super) fn help(model: Option<&Model>, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut page = Page { width, theme, lines: Vec::new() };
    page.text(
        0,
        "Type what someone wrote, or an identifier. The candidates follow at each keystroke, the best first.",
        theme.plain(),
    );
    for (heading, keys) in KEYS {
        page.heading(heading);
        for (key, what) in keys {
            page.pair(key, what);
        }
        if heading == CANDIDATES {
            page.pair("Ctrl-G", &asks(model));
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
    if let Some(Model { name, .. }) = model {
        page.text(2, &format!("◀: {name} chose it."), theme.plain());
    }
    page.lines
}

/// What the key does that asks the model.
fn asks(model: Option<&Model>) -> String {
    match model {
        Some(Model { name, offered }) => format!("ask {name} which of the first {offered} is meant, if any"),
        None => "ask a language model which is meant; there is none (start with --model NAME)".to_owned(),
    }
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

    fn text(&mut self, indent: usize, text: &str, style: Style) {
        // Where there is hardly any room, the indent would take what the text needs.
        let indent = indent.min(self.width / 10);
        for line in wrap(text, self.width.saturating_sub(indent)) {
            self.lines.push(Line::from(vec![Span::raw(" ".repeat(indent)), Span::styled(line, style)]));
        }
    }

    /// A text with another one of less weight behind it, or below where there is no room.
    fn text_and_tail(&mut self, text: &str, tail: &str) {
        self.text(2, text, self.theme.plain());
        if let Some(last) = self.lines.last_mut()
            && last.spans.iter().map(|span| cells::width(&span.content)).sum::<usize>() + 1 + cells::width(tail)
                <= self.width
        {
            last.push_span(Span::raw(" "));
            last.push_span(Span::styled(tail.to_owned(), self.theme.faint()));
        } else {
            self.text(4, tail, self.theme.faint());
        }
    }

    /// A key in the margin, and beside it what it does.
    fn pair(&mut self, key: &str, what: &str) {
        const MARGIN: usize = 16;
        if self.width < 2 * MARGIN {
            self.text(2, key, self.theme.strong());
            self.text(4, what, self.theme.plain());
            return;
        }
        for (at, line) in wrap(what, self.width - MARGIN).into_iter().enumerate() {
            let margin = format!("  {:1$}", if at == 0 { key } else { "" }, MARGIN - 2);
            self.lines.push(Line::from(vec![Span::styled(margin, self.theme.strong()), Span::raw(line)]));
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

//! Reads OBO 1.2 and 1.4 as a line format: what a strict parser refuses is mended and noted, never lost silently.

mod synonym;
mod value;

use std::collections::{BTreeMap, HashMap};

use super::{Concept, Curie, Draft, Error, Name, Retirement, Scope, decode};
use value::{Quoted, first_word, start_of, uncommented, unescape};

pub(super) use synonym::declared_kind;
pub use synonym::kind;
pub(super) use value::{release, short_name};

/// Tags of a term that OBO knows and term2id does not keep.
const UNKEPT: [&str; 14] = [
    "builtin",
    "comment",
    "created_by",
    "creation_date",
    "disjoint_from",
    "equivalent_to",
    "expand_assertion_to",
    "expand_expression_to",
    "intersection_of",
    "is_anonymous",
    "is_inferred",
    "property_value",
    "relationship",
    "union_of",
];

/// What Mondo's qualifiers say of a cross-reference that means the same.
const EQUIVALENT: &str = "\"MONDO:equivalentTo\"";

/// Reads an OBO file; whatever is wrong with a line becomes an oddity of the draft.
///
/// A file without any term gives an empty draft, which [`super::Ontology::assemble`] refuses.
pub fn read(bytes: &[u8], _place: &str) -> Result<Draft, Error> {
    let mut draft = Draft::default();
    let text = decode::text(bytes, &mut draft);
    let mut reader = Reader {
        draft,
        default_namespace: None,
        kinds: HashMap::new(),
        unknown_tags: BTreeMap::new(),
        section: Section::Header,
    };
    let mut last = 0;
    for (index, line) in text.split_terminator('\n').enumerate() {
        last = index + 1;
        reader.line(last, line.trim());
    }
    Ok(reader.finish(last, text.is_empty() || text.ends_with('\n')))
}

/// Which part of the file a line stands in.
enum Section {
    Header,
    Term(Box<Stanza>),
    Other,
}

/// A `[Term]` while its lines come in.
#[derive(Default)]
struct Stanza {
    line: usize,
    id: Option<Curie>,
    names: Vec<Name>,
    definition: Option<String>,
    namespace: Option<String>,
    parents: Vec<Curie>,
    alternative_ids: Vec<Curie>,
    xrefs: Vec<String>,
    /// How many of them, from the first on, are said to be the same as the concept.
    equivalents: usize,
    subsets: Vec<String>,
    is_obsolete: bool,
    retirement: Retirement,
    /// Whether an oddity already says why the stanza has no identifier.
    id_is_reported: bool,
}

struct Reader {
    draft: Draft,
    default_namespace: Option<String>,
    /// Synonym types that the header declares, by identifier.
    kinds: HashMap<String, String>,
    /// Unknown tag -> its first line and how often it stands.
    unknown_tags: BTreeMap<String, (usize, usize)>,
    section: Section,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) {
        if line.is_empty() || line.starts_with('!') {
            return;
        }
        if let Some(header) = line.strip_prefix('[') {
            self.close_stanza();
            let (kind, closed) = header.split_once(']').map_or((header, false), |(kind, _)| (kind, true));
            let kind = kind.trim();
            if !closed {
                self.draft.odd(number, format!("the stanza header `[{kind}` has no `]`"));
            }
            self.section = if kind.eq_ignore_ascii_case("Term") {
                Section::Term(Box::new(Stanza { line: number, ..Stanza::default() }))
            } else {
                if !["typedef", "instance"].contains(&kind.to_ascii_lowercase().as_str()) {
                    self.draft.odd(number, format!("a stanza `[{kind}]` is unknown; passed over"));
                }
                Section::Other
            };
            return;
        }
        if matches!(self.section, Section::Other) {
            return;
        }
        match line.split_once(':') {
            Some((tag, value)) if !tag.contains([' ', '\t', '"']) && !tag.is_empty() => {
                let value = value.trim();
                if tag == "id" {
                    self.open_unannounced(number);
                }
                match std::mem::replace(&mut self.section, Section::Other) {
                    Section::Term(mut stanza) => {
                        self.tag(number, &mut stanza, tag, value);
                        self.section = Section::Term(stanza);
                    }
                    section => {
                        self.header(number, tag, value);
                        self.section = section;
                    }
                }
            }
            _ => self.draft.odd(number, format!("`{}` is no `tag: value`; passed over", start_of(line))),
        }
    }

    /// An `id` in the header, or a second one in a term, begins a term whose `[Term]` is lost.
    fn open_unannounced(&mut self, number: usize) {
        match &self.section {
            Section::Header => self.draft.odd(number, "an `id` before any [Term]; read as a term"),
            Section::Term(stanza) if stanza.id.is_some() || stanza.id_is_reported => {
                self.draft.odd(number, "a second `id` without a [Term]; read as a new term");
            }
            _ => return,
        }
        self.close_stanza();
        self.section = Section::Term(Box::new(Stanza { line: number, ..Stanza::default() }));
    }

    fn header(&mut self, number: usize, tag: &str, value: &str) {
        match tag {
            "data-version" => self.draft.version = Some(release(value)),
            "ontology" => self.draft.name = short_name(value),
            "default-namespace" => self.default_namespace = Some(unescape(uncommented(value)).into_owned()),
            "import" => self.draft.odd(number, format!("the import of `{value}` is not followed")),
            "synonymtypedef" => {
                if let Some((id, rest)) = value.split_once(char::is_whitespace)
                    && let Some(quoted) = Quoted::find(rest.trim(), |_| true)
                {
                    self.kinds.insert(id.to_owned(), quoted.inner.trim().to_lowercase().replace(' ', "_"));
                }
            }
            _ => {}
        }
    }

    fn tag(&mut self, number: usize, stanza: &mut Stanza, tag: &str, value: &str) {
        if value.is_empty() && !UNKEPT.contains(&tag) {
            self.draft.odd(number, format!("`{tag}` has no value"));
            return;
        }
        match tag {
            "id" => {
                stanza.id = self.identifier(number, tag, value);
                stanza.id_is_reported = stanza.id.is_none();
            }
            "name" => {
                let text = value::name(uncommented(value)).into_owned();
                let scope = if stanza.names.iter().any(|name| name.scope == Scope::Label) {
                    self.draft.odd(number, format!("a second `name`, `{}`; kept as an exact synonym", start_of(&text)));
                    Scope::Exact
                } else {
                    Scope::Label
                };
                stanza.names.push(Name::new(text, scope));
            }
            "namespace" => {
                self.set_once(number, tag, &mut stanza.namespace, unescape(uncommented(value)).into_owned());
            }
            "def" => {
                let text = self.definition(number, value);
                self.set_once(number, tag, &mut stanza.definition, text);
            }
            "synonym" | "exact_synonym" | "narrow_synonym" | "broad_synonym" | "related_synonym" => {
                let stated = tag.strip_suffix("_synonym").and_then(Scope::parse);
                let mut oddities = Vec::new();
                stanza.names.extend(synonym::parse(value, stated, &self.kinds, &mut oddities));
                for message in oddities {
                    self.draft.odd(number, message);
                }
            }
            "xref" | "xref_analog" | "xref_unk" => {
                let written = uncommented(value);
                // Mondo says of each where it is from, and of some that they mean the same: these come first.
                let is_equivalent = value[written.len()..].contains(EQUIVALENT);
                let written = written.split_once(" \"").map_or(written, |(id, _)| id.trim_end());
                let at = if is_equivalent { stanza.equivalents } else { stanza.xrefs.len() };
                stanza.xrefs.insert(at, unescape(written).into_owned());
                stanza.equivalents += usize::from(is_equivalent);
            }
            "subset" => stanza.subsets.push(unescape(first_word(value).0).into_owned()),
            "alt_id" => stanza.alternative_ids.extend(self.identifier(number, tag, value)),
            "is_a" => stanza.parents.extend(self.identifier(number, tag, value)),
            "replaced_by" => stanza.retirement.replaced_by.extend(self.identifier(number, tag, value)),
            "consider" | "use_term" => stanza.retirement.consider.extend(self.identifier(number, tag, value)),
            "is_obsolete" => match first_word(value).0 {
                "true" | "1" => stanza.is_obsolete = true,
                "false" | "0" => {}
                other => self.draft.odd(number, format!("`is_obsolete` is `{other}`, neither true nor false")),
            },
            _ if UNKEPT.contains(&tag) => {}
            _ => self.unknown_tags.entry(tag.to_owned()).or_insert((number, 0)).1 += 1,
        }
    }

    fn set_once(&mut self, number: usize, tag: &str, place: &mut Option<String>, text: String) {
        match place {
            Some(first) if *first != text => self.draft.odd(number, format!("a second `{tag}`; passed over")),
            Some(_) => {}
            None => *place = Some(text),
        }
    }

    fn identifier(&mut self, number: usize, tag: &str, value: &str) -> Option<Curie> {
        let (word, rest) = first_word(value);
        if !rest.is_empty() && !rest.starts_with(['!', '{']) {
            self.draft.odd(number, format!("`{}` after the identifier in `{tag}`; passed over", start_of(rest)));
        }
        // Relations are named without a colon (`part_of`), so that a lenient spelling must not make terms of them.
        let parsed = if word.contains(':') { Curie::parse(&unescape(word)).ok() } else { None };
        if parsed.is_none() {
            self.draft.odd(number, format!("`{}` in `{tag}` is no identifier; passed over", start_of(word)));
        }
        parsed
    }

    fn definition(&mut self, number: usize, value: &str) -> String {
        let ends = |rest: &str| rest.is_empty() || rest.starts_with(['[', '{', '!']);
        let Some(quoted) = Quoted::find(value, ends) else {
            self.draft.odd(number, "`def` is not in quotes; kept as written");
            return unescape(value.trim_matches('"')).into_owned();
        };
        if let Some(message) = quoted.oddity("def") {
            self.draft.odd(number, message);
        }
        unescape(quoted.inner).into_owned()
    }

    fn close_stanza(&mut self) {
        let Section::Term(stanza) = std::mem::replace(&mut self.section, Section::Other) else { return };
        let Some(id) = stanza.id else {
            let name = stanza.names.first().map_or_else(String::new, |name| format!(" (`{}`)", start_of(&name.text)));
            let why = if stanza.id_is_reported { "usable " } else { "" };
            self.draft.odd(stanza.line, format!("a [Term] without {why}`id`{name}; passed over"));
            return;
        };
        let mut concept = Concept::new(id);
        if stanza.is_obsolete {
            concept.retirement = Some(stanza.retirement);
        } else if stanza.retirement != Retirement::default() {
            self.draft
                .odd(stanza.line, format!("`{}` has a replacement but is not obsolete; kept as live", concept.id));
        }
        concept.names = stanza.names;
        concept.definition = stanza.definition;
        concept.namespace = stanza.namespace.or_else(|| self.default_namespace.clone());
        concept.parents = stanza.parents;
        concept.alternative_ids = stanza.alternative_ids;
        concept.xrefs = stanza.xrefs;
        concept.subsets = stanza.subsets;
        self.draft.concepts.push((stanza.line, concept));
    }

    fn finish(mut self, last: usize, is_complete: bool) -> Draft {
        let place = match &self.section {
            Section::Header => "its header".to_owned(),
            Section::Other => "a stanza that is no term".to_owned(),
            Section::Term(stanza) => {
                stanza.id.as_ref().map_or_else(|| "a [Term] without `id`".to_owned(), |id| format!("`{id}`"))
            }
        };
        if !is_complete {
            self.draft.odd(last, format!("the file ends inside {place}, without a line end; it may be cut short"));
        } else if matches!(&self.section, Section::Term(stanza) if stanza.names.is_empty() && !stanza.is_obsolete) {
            self.draft.odd(last, format!("the file ends inside {place}, before a name; it may be cut short"));
        }
        self.close_stanza();
        for (tag, (line, times)) in std::mem::take(&mut self.unknown_tags) {
            self.draft.odd(line, format!("the tag `{tag}` is unknown ({times} times in the file); passed over"));
        }
        self.draft
    }
}

#[cfg(test)]
mod tests {
    use super::super::Ontology;
    use super::*;

    fn draft(text: &str) -> Draft {
        read(text.as_bytes(), "x.obo").unwrap()
    }

    /// The one concept of a stanza whose first lines are `[Term]` and `id: X:1`.
    fn concept(lines: &str) -> (Concept, Vec<(usize, String)>) {
        let mut draft = draft(&format!("[Term]\nid: X:1\n{lines}\n"));
        assert_eq!(draft.concepts.len(), 1);
        (draft.concepts.remove(0).1, draft.oddities.into_iter().map(|oddity| (oddity.line, oddity.message)).collect())
    }

    #[test]
    fn a_whole_stanza_is_read() {
        let (concept, oddities) = concept(
            "name: Seizure ! the label\nnamespace: phenotype\nalt_id: X:2\n\
             def: \"A \\\"fit\\\".\\nSee C\\:1.\" [PMID:1 \"a paper\"]\n\
             synonym: \"Fits\" EXACT layperson [ORCID:0000] {source=\"x\"}\nxref: UMLS:C1 \"Seizure\"\n\
             xref: https://example.org/a#b {source=\"x\"} ! c\nis_a: X:3 {is_inferred=\"true\"} ! parent\nis_a: X:4! p\n\
             subset: slim\ncomment: x\nrelationship: part_of X:9",
        );
        assert!(oddities.is_empty(), "{oddities:?}");
        assert_eq!(concept.label(), "Seizure");
        assert_eq!(concept.definition.as_deref(), Some("A \"fit\".\nSee C:1."));
        assert_eq!(concept.xrefs, ["UMLS:C1", "https://example.org/a#b"]);
        assert_eq!(concept.parents.iter().map(Curie::as_str).collect::<Vec<_>>(), ["X:3", "X:4"]);
        assert_eq!(concept.alternative_ids.iter().map(Curie::as_str).collect::<Vec<_>>(), ["X:2"]);
        assert_eq!(
            (concept.namespace.as_deref(), concept.subsets.as_slice()),
            (Some("phenotype"), ["slim".to_owned()].as_slice())
        );
        assert!(!concept.is_retired());
    }

    #[test]
    fn cross_references_that_mean_the_same_come_first() {
        let (concept, oddities) = concept(
            "name: one\nxref: UMLS:C2\nxref: OMIM:1 {source=\"MONDO:relatedTo\"}\nxref: MESH:D2 {source=\"DOID:1\", source=\"MONDO:equivalentTo\"}\n\
             xref: Orphanet:3 {source=\"MONDO:equivalentTo\"} ! x",
        );
        assert!(oddities.is_empty(), "{oddities:?}");
        assert_eq!(concept.xrefs, ["MESH:D2", "Orphanet:3", "UMLS:C2", "OMIM:1"]);
    }

    #[test]
    fn older_synonym_tags_state_the_scope() {
        let (concept, oddities) = concept(
            "exact_synonym: \"a\" []\nnarrow_synonym: \"b\" []\nbroad_synonym: \"c\"\nrelated_synonym: \"d\" []",
        );
        assert!(oddities.is_empty());
        let scopes: Vec<_> = concept.names.iter().map(|name| name.scope).collect();
        assert_eq!(scopes, [Scope::Exact, Scope::Narrow, Scope::Broad, Scope::Related]);
    }

    #[test]
    fn the_header_gives_name_release_and_default_namespace() {
        let draft = draft(
            "format-version: 1.2\ndata-version: hp/releases/2024-08-13\nontology: hp\ndefault-namespace: human\n\
             synonymtypedef: X:0001 \"brand name\" EXACT\n\n[Term]\nid: X:1\nsynonym: \"a\" EXACT X:0001 []\n",
        );
        assert_eq!((draft.version.as_deref(), draft.name.as_deref()), (Some("2024-08-13"), Some("hp")));
        assert_eq!(draft.concepts[0].1.namespace.as_deref(), Some("human"));
        assert_eq!(draft.concepts[0].1.names[0].kind.as_deref(), Some("brand_name"));
    }

    #[test]
    fn retired_terms_say_where_to_go() {
        let (concept, _) = concept("name: obsolete a\nis_obsolete: true\nreplaced_by: X:2\nconsider: X:3 ! b");
        let retirement = concept.retirement.unwrap();
        assert_eq!(retirement.replaced_by[0].as_str(), "X:2");
        assert_eq!(retirement.consider[0].as_str(), "X:3");
    }

    #[test]
    fn line_ends_of_windows_and_a_byte_order_mark_change_nothing() {
        let unix = "format-version: 1.2\n\n[Term]\nid: X:1\nname: a\nsynonym: \"b\" EXACT []\n";
        let windows = format!("\u{feff}{}", unix.replace('\n', "\r\n"));
        let (unix, windows) = (draft(unix), draft(&windows));
        assert_eq!(unix.concepts, windows.concepts);
        assert!(windows.oddities.is_empty());
    }

    #[test]
    fn a_stanza_without_usable_id_is_noted_with_its_lines() {
        let draft = draft("[Term]\nname: lost\n\n[Term]\nid: part_of\nname: part of\n\n[Term]\nid: X:1\nname: kept\n");
        assert_eq!(draft.concepts.len(), 1);
        let oddities: Vec<_> = draft.oddities.iter().map(|oddity| (oddity.line, oddity.message.as_str())).collect();
        assert_eq!(
            oddities,
            [
                (1, "a [Term] without `id` (`lost`); passed over"),
                (5, "`part_of` in `id` is no identifier; passed over"),
                (4, "a [Term] without usable `id` (`part of`); passed over"),
            ]
        );
    }

    #[test]
    fn a_term_whose_header_is_lost_is_no_part_of_another() {
        let draft = draft("id: X:1\nname: a\n\n[Term]\nid: X:2\nname: b\n\nTerm]\nid: X:3\nname: c\n");
        let labels: Vec<_> = draft.concepts.iter().map(|(line, concept)| (*line, concept.label())).collect();
        assert_eq!(labels, [(1, "a"), (4, "b"), (9, "c")]);
        assert_eq!(draft.oddities.iter().map(|oddity| oddity.line).collect::<Vec<_>>(), [1, 8, 9]);
    }

    #[test]
    fn relations_and_instances_are_passed_over_quietly() {
        let draft = draft("[Typedef]\nid: part_of\nodd line\n\n[Instance]\nid: x\n\n[Term]\nid: X:1\nname: a\n");
        assert_eq!((draft.concepts.len(), draft.oddities.len()), (1, 0));
        assert_eq!(draft.concepts[0].0, 8);
    }

    #[test]
    fn a_file_cut_at_any_byte_is_read_and_says_so() {
        let whole = "ontology: x\n\n[Term]\nid: X:1\nname: a\n\n[Term]\nid: X:2\nname: b\nsynonym: \"é c\" EXACT []\n";
        for length in 1..whole.len() {
            let draft = read(&whole.as_bytes()[..length], "x.obo").unwrap();
            let is_cut_at_a_line = whole[..length.min(whole.floor_char_boundary(length))].ends_with('\n');
            assert!(
                is_cut_at_a_line || draft.oddities.iter().any(|oddity| oddity.message.contains("the file ends inside"))
            );
        }
        let message = &draft("[Term]\nid: X:1\n").oddities[0].message;
        assert_eq!(message, "the file ends inside `X:1`, before a name; it may be cut short");
    }

    #[test]
    fn what_stands_twice_or_is_unknown_is_noted() {
        let (concept, oddities) = concept(
            "name: a\nname: b\ndef: \"one\" []\ndef: \"two\" []\nfoo: 1\nfoo: 2\nno tag here\nis_a:\n\
             is_a: nothing\nis_obsolete: maybe\nreplaced_by: X:3 and more",
        );
        assert_eq!(concept.names[1].scope, Scope::Exact);
        assert_eq!(concept.definition.as_deref(), Some("one"));
        let lines: Vec<_> = oddities.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [4, 6, 9, 10, 11, 12, 13, 1, 7]);
    }

    #[test]
    fn a_line_that_is_not_utf8_is_read_and_noted() {
        let draft = read(b"[Term]\nid: X:1\nname: Sj\xF6gren\n", "x.obo").unwrap();
        assert_eq!(draft.concepts[0].1.label(), "Sjögren");
        assert_eq!(draft.oddities[0].line, 3);
    }

    #[test]
    fn a_file_without_terms_is_empty() {
        let draft = draft("format-version: 1.2\n");
        assert!(matches!(Ontology::assemble(draft, "x", "x.obo"), Err(Error::Empty { .. })));
    }
}

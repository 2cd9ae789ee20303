//! `MRCONSO.RRF`: names, and the codes that vocabularies give.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::lines::{Line, Lines};
use super::super::tally::Tally;
use super::super::{Concept, Error, Name, Scope};
use super::row::{Cui, SUPPRESSIBLE, cui, fields};
use super::vocabulary::language_tag;
use super::{Options, Reading, curie};

/// How little a name is preferred for the label: by language, vocabulary asked for, status and rank; the least wins.
type Reluctance = (u8, u8, u8, u16);

/// The language of a row: its tag, and its place among those asked for, `None` where it was not.
#[derive(Debug)]
struct Language {
    tag: String,
    place: Option<u8>,
}

/// The languages met, by their name in the file.
#[derive(Debug, Default)]
struct Languages {
    by_name: FxHashMap<String, u16>,
    all: Vec<Language>,
}

impl Languages {
    fn of(&mut self, written: &str, options: &Options) -> u16 {
        if let Some(&at) = self.by_name.get(written) {
            return at;
        }
        let tag = language_tag(written);
        let place = if options.languages.is_empty() {
            Some(u8::from(tag != "en"))
        } else {
            let primary =
                |wanted: &String| wanted.split(['-', '_']).next().is_some_and(|part| part.eq_ignore_ascii_case(&tag));
            options.languages.iter().position(primary).map(|at| u8::try_from(at).unwrap_or(u8::MAX))
        };
        // There are some 30; a file that claims more than 65,536 has the others share the last place.
        let Ok(at) = u16::try_from(self.all.len()) else { return u16::MAX };
        self.all.push(Language { tag, place });
        self.by_name.insert(written.to_owned(), at);
        at
    }

    fn get(&self, at: u16) -> &Language {
        &self.all[usize::from(at)]
    }
}

/// A name of the concept that is being read; its text stands in [`Pending::texts`].
#[derive(Debug, Clone, Copy)]
struct Atom {
    start: usize,
    end: usize,
    language: u16,
    kind: Option<&'static str>,
    reluctance: Reluctance,
}

/// The rows of the concept that is being read. One buffer serves all concepts, so that only names that are kept are
/// allocated, each with exactly its length.
#[derive(Debug, Default)]
struct Pending {
    texts: String,
    atoms: Vec<Atom>,
    codes: String,
    code_spans: Vec<(usize, usize)>,
}

impl Pending {
    fn clear(&mut self) {
        self.texts.clear();
        self.atoms.clear();
        self.codes.clear();
        self.code_spans.clear();
    }

    fn add_code(&mut self, prefix: &str, code: &str) {
        let start = self.codes.len();
        // Some vocabularies write the prefix into their codes: `HP:0001250`, `MONDO:0005027`.
        let own = code.split_once(':').filter(|(own, _)| own.eq_ignore_ascii_case(prefix));
        self.codes.push_str(prefix);
        self.codes.push(':');
        self.codes.push_str(own.map_or(code, |(_, local)| local));
        self.code_spans.push((start, self.codes.len()));
    }

    /// The cross-references, sorted.
    fn xrefs(&mut self) -> Vec<String> {
        let codes = &self.codes;
        self.code_spans.sort_unstable_by_key(|&(start, end)| &codes[start..end]);
        self.code_spans.dedup_by_key(|(start, end)| &codes[*start..*end]);
        self.code_spans.iter().map(|&(start, end)| codes[start..end].to_owned()).collect()
    }

    /// The names that differ, each as it is preferred most, in the order of the file; and where the label is among them.
    fn names(&mut self, languages: &Languages) -> Option<(Vec<Name>, Label)> {
        let texts = &self.texts;
        let text = |atom: &Atom| &texts[atom.start..atom.end];
        self.atoms.sort_unstable_by_key(|atom| (text(atom), atom.reluctance, atom.start));
        self.atoms.dedup_by(|second, first| text(second) == text(first));
        self.atoms.sort_unstable_by_key(|atom| atom.start);
        let (label, best) = self.atoms.iter().enumerate().min_by_key(|(_, atom)| (atom.reluctance, atom.start))?;
        let reluctance = best.reluctance;
        let name = |(at, atom): (usize, &Atom)| Name {
            text: text(atom).to_owned(),
            scope: if at == label { Scope::Label } else { Scope::Exact },
            kind: atom.kind.map(str::to_owned),
            language: Some(languages.get(atom.language).tag.clone()),
        };
        Some((self.atoms.iter().enumerate().map(name).collect(), Label { reluctance, name: label }))
    }
}

/// Where the label of a concept stands among its names, and how little it is preferred.
struct Label {
    reluctance: Reluctance,
    name: usize,
}

/// What rows of `MRCONSO.RRF` become, while they are read.
#[derive(Default)]
struct Atoms {
    languages: Languages,
    pending: Pending,
    /// Of each concept, by its position.
    labels: Vec<Label>,
    /// Positions of concepts whose rows did not stand together.
    scattered: Vec<usize>,
}

impl Reading<'_> {
    /// Reads all rows; gives an error about the first line if none was a row.
    pub(super) fn read_atoms(&mut self, lines: &mut Lines<'_>) -> Result<Option<Error>, Error> {
        let mut atoms = Atoms::default();
        let mut current: Option<Cui> = None;
        let mut is_wanted = false;
        let mut first_odd = None;
        while let Some(line) = lines.next()? {
            let Some((id, row)) = row(&line, &mut self.tally) else {
                if first_odd.is_none() && current.is_none() && !line.text.trim().is_empty() {
                    first_odd = Some(line.malformed("this is no row of MRCONSO.RRF, nor is any below"));
                }
                continue;
            };
            if current != Some(id) {
                self.finish(current, &mut atoms);
                if self.positions.contains_key(&id) {
                    self.tally.odd(&line, id.as_str(), "stands above already, with other concepts between; joined");
                }
                current = Some(id);
                is_wanted = self.options.semantic_types.is_empty() || self.types.has(id);
            }
            if is_wanted {
                self.take(&row, &line, &mut atoms);
            }
        }
        self.finish(current, &mut atoms);
        self.join_scattered(&mut atoms);
        Ok(first_odd.filter(|_| current.is_none()))
    }

    /// Takes in a row of a wanted concept.
    fn take(&mut self, row: &[&str; 18], line: &Line<'_>, atoms: &mut Atoms) {
        let [_, language, status, _, string_type, _, is_preferred, atom, ..] = *row;
        let [vocabulary, term_type, code, name, _, suppress, _] = row[11..] else { return };
        if !matches!(suppress, "N" | "") {
            self.tally.odd(line, atom, SUPPRESSIBLE);
            return;
        }
        let sab = self.vocabularies.of(vocabulary);
        let language = atoms.languages.of(language, self.options);
        let language_place = atoms.languages.get(language).place;
        if let Some(place) = language_place {
            self.vocabularies.learn_language(sab, place);
        }
        let known = self.vocabularies.get(sab);
        if !known.prefix.is_empty() && !code.is_empty() && code != "NOCODE" {
            if code.contains(char::is_whitespace) {
                self.tally.odd(line, code, "is no code that an identifier can hold; no cross-reference made");
            } else {
                atoms.pending.add_code(&known.prefix, code);
            }
        }
        let name = name.trim();
        if name.is_empty() {
            self.tally.odd(line, atom, "has no name; row passed over");
            return;
        }
        let (Some(vocabulary_place), Some(language_place)) = (known.wanted, language_place) else { return };
        // Each language has one string that is the preferred form of the preferred term.
        let status = u8::from(status != "P") * 4 + u8::from(string_type != "PF") * 2 + u8::from(is_preferred != "Y");
        let rank = u16::MAX - self.vocabularies.rank(sab, term_type);
        let pending = &mut atoms.pending;
        let start = pending.texts.len();
        pending.texts.push_str(name);
        pending.atoms.push(Atom {
            start,
            end: pending.texts.len(),
            language,
            kind: kind(vocabulary, term_type),
            reluctance: (language_place, vocabulary_place, status, rank),
        });
    }

    /// Makes a concept of the rows that were taken in.
    fn finish(&mut self, id: Option<Cui>, atoms: &mut Atoms) {
        let Some(id) = id else { return };
        if let Some((mut names, label)) = atoms.pending.names(&atoms.languages) {
            let mut xrefs = atoms.pending.xrefs();
            if let Some(&position) = self.positions.get(&id) {
                let position = position as usize;
                let (concept, known) = (&mut self.concepts[position].1, &mut atoms.labels[position]);
                if label.reluctance < known.reluctance {
                    concept.names[known.name].scope = Scope::Exact;
                    *known = Label { name: concept.names.len() + label.name, ..label };
                } else {
                    names[label.name].scope = Scope::Exact;
                }
                concept.names.append(&mut names);
                concept.xrefs.append(&mut xrefs);
                atoms.scattered.push(position);
            } else if let Ok(position) = u32::try_from(self.concepts.len()) {
                let concept = Concept { names, xrefs, subsets: self.types.subsets(id), ..Concept::new(curie(id)) };
                self.positions.insert(id, position);
                self.concepts.push((0, concept));
                atoms.labels.push(label);
            }
        }
        atoms.pending.clear();
    }

    /// Takes out what stands twice in concepts whose rows did not stand together.
    fn join_scattered(&mut self, atoms: &mut Atoms) {
        atoms.scattered.sort_unstable();
        atoms.scattered.dedup();
        for &position in &atoms.scattered {
            let concept = &mut self.concepts[position].1;
            concept.names.sort_by_key(|name| name.scope);
            let mut seen = FxHashSet::default();
            concept.names.retain(|name| seen.insert(name.text.clone()));
            concept.xrefs.sort_unstable();
            concept.xrefs.dedup();
        }
    }
}

/// The fields of a row and the identifier in it.
fn row<'a>(line: &Line<'a>, tally: &mut Tally) -> Option<(Cui, [&'a str; 18])> {
    let row = fields::<18>(line, tally)?;
    Some((cui(row[0], line, tally)?, row))
}

/// The type of a synonym, where its term type says more than that it is one.
fn kind(vocabulary: &str, term_type: &str) -> Option<&'static str> {
    match (vocabulary, term_type) {
        (_, "AB" | "ACR" | "MTH_ACR") => Some("abbreviation"),
        (_, "FN" | "MTH_FN") => Some("fsn"),
        ("CHV", _) => Some("layperson"),
        _ => None,
    }
}

//! A made-up next release of an ontology in OBO: every kind of change is planted, and listed before anything compares.
//!
//! It works on the lines of the file, so that what reads them is tested too. Concepts are drawn by a seed among those whose
//! names nothing else has.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use term2id::text::normal_form;

/// A planted change: kind, identifier, name, old, new, and where it leads, `|` between several.
pub(crate) type Planned = [String; 6];

/// What must become of a row of mappings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Byte for byte as it was, and not in the report.
    Same,
    /// This identifier and label, and the word of the report.
    Written(String, String, &'static str),
    /// Byte for byte as it was, and in the report for a person.
    Review,
}

/// A row of mappings to the old release.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) mention: String,
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) expected: Expected,
}

/// What was made.
pub(crate) struct NextRelease {
    pub(crate) text: String,
    pub(crate) planned: BTreeSet<Planned>,
    pub(crate) rows: Vec<Row>,
    /// Synonyms that are only written otherwise.
    pub(crate) respelled: usize,
    /// Concepts with another definition.
    pub(crate) redefined: usize,
}

/// A synonym without type and sources, as it stands in a line.
#[derive(Debug, Clone)]
struct Synonym {
    text: String,
    scope: String,
}

fn synonym(line: &str) -> Option<Synonym> {
    let (text, rest) = line.strip_prefix("synonym: \"")?.split_once("\" ")?;
    let scope = rest.strip_suffix(" []").filter(|scope| ["EXACT", "RELATED", "BROAD", "NARROW"].contains(scope))?;
    (!text.contains(['\\', '"'])).then(|| Synonym { text: text.to_owned(), scope: scope.to_owned() })
}

struct Maker {
    header: String,
    /// Lines of each term.
    terms: BTreeMap<String, Vec<String>>,
    random: fastrand::Rng,
    /// Concepts to change, drawn from the end.
    pool: Vec<String>,
    /// Concepts that are only led to, or get a name.
    bystanders: Vec<String>,
    made: NextRelease,
}

/// Makes the next release of `text`.
pub(crate) fn make(text: &str, seed: u64) -> NextRelease {
    let mut parts = text.split("\n[Term]\n");
    let header = parts.next().expect("a header").replace("hp/releases/2024-08-13", "hp/releases/2099-01-01");
    let terms: BTreeMap<String, Vec<String>> = parts
        .map(|part| {
            let lines: Vec<String> = part.trim_end().lines().map(str::to_owned).collect();
            (value(&lines, "id").expect("a term has an id"), lines)
        })
        .collect();
    let made =
        NextRelease { text: String::new(), planned: BTreeSet::new(), rows: Vec::new(), respelled: 0, redefined: 0 };
    let mut random = fastrand::Rng::with_seed(seed);
    let mut pool = eligible(&terms);
    random.shuffle(&mut pool);
    let bystanders = pool.split_off(pool.len() / 2);
    let mut maker = Maker { header, terms, random, pool, bystanders, made };
    maker.plant();
    maker.finish()
}

/// The value of a line's tag.
fn value(lines: &[String], tag: &str) -> Option<String> {
    lines.iter().find_map(|line| line.strip_prefix(tag)?.strip_prefix(": ")).map(str::to_owned)
}

fn values<'a>(lines: &'a [String], tag: &'a str) -> impl Iterator<Item = &'a str> {
    lines.iter().filter_map(move |line| line.strip_prefix(tag)?.strip_prefix(": "))
}

fn is_retired(lines: &[String]) -> bool {
    value(lines, "is_obsolete").as_deref() == Some("true")
}

/// Live concepts without alternative identifiers that no retired one leads to, with two plain synonyms or more, all of
/// whose names no other concept has and none twice.
fn eligible(terms: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let name = |line: &str| -> Option<String> {
        let text = line.strip_prefix("name: ").or_else(|| line.strip_prefix("synonym: \"")?.split('"').next())?;
        Some(normal_form(text))
    };
    let mut counts: HashMap<String, usize> = HashMap::new();
    for form in terms.values().flatten().filter_map(|line| name(line)) {
        *counts.entry(form).or_default() += 1;
    }
    let led_to: BTreeSet<&str> =
        terms.values().flat_map(|lines| values(lines, "replaced_by").chain(values(lines, "consider"))).collect();
    let is_plain = |line: &String| !line.starts_with("synonym: ") || synonym(line).is_some();
    let fits = |(id, lines): &(&String, &Vec<String>)| {
        !is_retired(lines)
            && !led_to.contains(id.as_str())
            && value(lines, "alt_id").is_none()
            && value(lines, "is_a").is_some()
            && lines.iter().all(is_plain)
            && lines.iter().filter(|line| line.starts_with("synonym: ")).count() >= 2
            && lines.iter().filter_map(|line| name(line)).all(|form| counts[&form] == 1 && form.len() > 4)
    };
    terms.iter().filter(fits).map(|(id, _)| id.clone()).collect()
}

impl Maker {
    fn draw(&mut self) -> String {
        self.pool.pop().expect("enough concepts to change")
    }

    /// A concept that stays as it is but for what it is led to.
    fn bystander(&mut self) -> String {
        self.bystanders.pop().expect("enough concepts that stay")
    }

    fn lines(&mut self, id: &str) -> &mut Vec<String> {
        self.terms.get_mut(id).expect("a term")
    }

    fn label(&self, id: &str) -> String {
        value(&self.terms[id], "name").expect("a term has a name")
    }

    fn synonyms(&self, id: &str) -> Vec<Synonym> {
        self.terms[id].iter().filter_map(|line| synonym(line)).collect()
    }

    fn plan(&mut self, kind: &str, id: &str, [name, old, new, to]: [&str; 4]) {
        let planned: Planned = [kind, id, name, old, new, to].map(str::to_owned);
        assert!(self.made.planned.insert(planned), "a change is planned once");
    }

    fn row(&mut self, mention: &str, id: &str, label: &str, expected: Expected) {
        let [mention, id, label] = [mention, id, label].map(str::to_owned);
        self.made.rows.push(Row { mention, id, label, expected });
    }

    /// Puts another label in place of a term's.
    fn rename(&mut self, id: &str, label: &str) {
        for line in self.lines(id).iter_mut().filter(|line| line.starts_with("name: ")) {
            *line = format!("name: {label}");
        }
    }

    /// Makes a term an obsolete one with these lines, whose row leads there.
    fn retire(&mut self, id: &str, rest: &[String], expected: Expected) {
        let label = self.label(id);
        self.row(&label, id, &label, expected);
        let mut lines = vec![format!("id: {id}"), format!("name: obsolete {label}"), "is_obsolete: true".to_owned()];
        lines.extend_from_slice(rest);
        self.terms.insert(id.to_owned(), lines);
    }

    fn written(&self, id: &str, how: &'static str) -> Expected {
        Expected::Written(id.to_owned(), self.label(id), how)
    }

    fn add_synonym(&mut self, id: &str, text: &str, scope: &str) {
        self.lines(id).push(format!("synonym: \"{text}\" {scope} []"));
    }

    fn plant(&mut self) {
        self.plant_concepts();
        self.plant_retirements();
        self.plant_earlier_retirements();
        self.plant_synonyms();
        self.plant_what_is_no_change();
    }

    fn plant_concepts(&mut self) {
        for number in 1..=10 {
            let (id, parent) = (format!("HP:99{number:05}"), self.bystander());
            let lines = ["id: ", "name: Made-up finding ", "synonym: \"Invented sign "];
            let lines = vec![
                format!("{}{id}", lines[0]),
                format!("{}{number}", lines[1]),
                format!("{}{number}\" EXACT []", lines[2]),
                format!("is_a: {parent}"),
            ];
            self.terms.insert(id.clone(), lines);
            self.plan("added", &id, [""; 4]);
        }
        for number in 1..=16 {
            let id = self.draw();
            let (old, new) = (self.label(&id), format!("Renamed finding {number}"));
            self.rename(&id, &new);
            if number % 2 == 0 {
                self.add_synonym(&id, &old, "EXACT");
            }
            self.plan("renamed", &id, ["", &old, &new, ""]);
            self.row(&old, &id, &old, Expected::Written(id.clone(), new, "rewritten"));
        }
        for number in 1..=6 {
            // One synonym becomes the label.
            let id = self.draw();
            let (old, promoted) = (self.label(&id), self.synonyms(&id).remove(0));
            self.lines(&id).retain(|line| synonym(line).is_none_or(|synonym| synonym.text != promoted.text));
            self.rename(&id, &promoted.text);
            if number % 2 == 0 {
                self.add_synonym(&id, &old, "EXACT");
            }
            self.plan("renamed", &id, ["", &old, &promoted.text, ""]);
            self.row(&promoted.text, &id, &old, Expected::Written(id.clone(), promoted.text.clone(), "rewritten"));
        }
        for _ in 0..6 {
            let id = self.draw();
            let label = self.label(&id);
            self.terms.remove(&id);
            self.plan("removed", &id, [""; 4]);
            self.row(&label, &id, &label, Expected::Review);
        }
        for number in 0..10 {
            let (id, target) = (self.draw(), self.bystander());
            let (label, synonyms) = (self.label(&id), self.synonyms(&id));
            self.terms.remove(&id);
            self.lines(&target).push(format!("alt_id: {id}"));
            if number % 2 == 0 {
                self.add_synonym(&target, &label, "EXACT");
                for synonym in &synonyms {
                    self.add_synonym(&target, &synonym.text, &synonym.scope);
                }
            }
            self.plan("merged", &id, ["", "", "", &target]);
            let expected = self.written(&target, "rewritten");
            self.row(&synonyms[0].text, &id, &label, expected);
        }
    }

    fn plant_retirements(&mut self) {
        for number in 0..10 {
            let (id, target) = (self.draw(), self.bystander());
            if number % 2 == 0 {
                let label = self.label(&id);
                self.add_synonym(&target, &label, "EXACT");
            }
            let expected = self.written(&target, "rewritten");
            self.retire(&id, &[format!("replaced_by: {target}")], expected);
            self.plan("retired_replaced", &id, ["", "", "", &target]);
        }
        for _ in 0..5 {
            // A chain of three to a live one.
            let (ids, target) = ([self.draw(), self.draw(), self.draw()], self.bystander());
            for (position, id) in ids.iter().enumerate() {
                let next = ids.get(position + 1).unwrap_or(&target);
                let expected = self.written(&target, "rewritten");
                self.retire(id, &[format!("replaced_by: {next}")], expected);
                self.plan("retired_replaced", id, ["", "", "", &target]);
            }
        }
        for _ in 0..5 {
            let (one, other) = (self.draw(), self.draw());
            for (id, next) in [(&one, &other), (&other, &one)] {
                self.retire(id, &[format!("replaced_by: {next}")], Expected::Review);
                self.plan("cycle", id, [""; 4]);
            }
        }
        for (kind, tag, most) in [("retired_consider", "consider", 3), ("retired_several", "replaced_by", 3)] {
            for number in 0..8 {
                let least = if tag == "consider" { 1 } else { 2 };
                let id = self.draw();
                let mut targets: Vec<String> = (0..(least + number % 2).min(most)).map(|_| self.bystander()).collect();
                targets.sort();
                let lines: Vec<String> = targets.iter().map(|target| format!("{tag}: {target}")).collect();
                self.retire(&id, &lines, Expected::Review);
                self.plan(kind, &id, ["", "", "", &targets.join("|")]);
            }
        }
        for _ in 0..6 {
            let id = self.draw();
            self.retire(&id, &[], Expected::Review);
            self.plan("retired_ended", &id, [""; 4]);
        }
    }

    /// Retired and alternative identifiers of the old release that are revived or lead elsewhere.
    fn plant_earlier_retirements(&mut self) {
        let live =
            |terms: &BTreeMap<String, Vec<String>>, id: &str| terms.get(id).is_some_and(|lines| !is_retired(lines));
        let mut retired: Vec<(String, String)> = Vec::new();
        for (id, lines) in &self.terms {
            let targets: Vec<&str> = values(lines, "replaced_by").collect();
            // Those planted above lead to bystanders, which are led to by nothing in the old release.
            if let ([target], true) = (targets.as_slice(), is_retired(lines))
                && live(&self.terms, target)
                && !self.made.planned.iter().any(|planned| planned[1] == *id)
            {
                retired.push((id.clone(), (*target).to_owned()));
            }
        }
        self.random.shuffle(&mut retired);
        for number in 1..=5 {
            let (id, _) = retired.pop().expect("enough retired concepts");
            let (old, label) = (self.label(&id), format!("Revived finding {number}"));
            self.terms.insert(id.clone(), vec![format!("id: {id}"), format!("name: {label}")]);
            self.plan("revived", &id, [""; 4]);
            self.row("some words", &id, &old, Expected::Written(id.clone(), label, "rewritten"));
        }
        for _ in 0..6 {
            let (id, before) = retired.pop().expect("enough retired concepts");
            let target = self.bystander();
            for line in self.lines(&id).iter_mut().filter(|line| line.starts_with("replaced_by: ")) {
                *line = format!("replaced_by: {target}");
            }
            self.plan("redirected", &id, ["", &before, &target, &target]);
            let (old, expected) = (self.label(&id), self.written(&target, "rewritten"));
            self.row("some words", &id, &old, expected);
        }
        let mut merged: Vec<(String, String)> = Vec::new();
        for (id, lines) in self.terms.iter().filter(|(_, lines)| !is_retired(lines)) {
            // Some have a retired term of their own beside, which is what counts.
            let is_only_that = |id: &&str| !self.terms.contains_key(*id);
            let is_ours = |id: &&str| self.made.planned.iter().any(|planned| planned[1] == **id);
            let alternatives = values(lines, "alt_id").filter(|id| is_only_that(id) && !is_ours(id));
            merged.extend(alternatives.map(|alternative| (id.clone(), alternative.to_owned())));
        }
        self.random.shuffle(&mut merged);
        for number in 6..=9 {
            let (of, id) = merged.pop().expect("enough alternative identifiers");
            self.lines(&of).retain(|line| *line != format!("alt_id: {id}"));
            let label = format!("Revived finding {number}");
            self.terms.insert(id.clone(), vec![format!("id: {id}"), format!("name: {label}")]);
            self.plan("revived", &id, [""; 4]);
            let of = self.label(&of);
            self.row("some words", &id, &of, Expected::Review);
        }
        for _ in 0..3 {
            let (of, id) = merged.pop().expect("enough alternative identifiers");
            let target = self.bystander();
            self.lines(&of).retain(|line| *line != format!("alt_id: {id}"));
            self.lines(&target).push(format!("alt_id: {id}"));
            self.plan("redirected", &id, ["", &of, &target, &target]);
            let (old, expected) = (self.label(&of), self.written(&target, "rewritten"));
            self.row("some words", &id, &old, expected);
        }
    }

    fn plant_synonyms(&mut self) {
        for number in 1..=12 {
            let id = self.draw();
            let (text, scope) = (format!("Invented name {number}"), ["EXACT", "RELATED", "BROAD"][number % 3]);
            self.add_synonym(&id, &text, scope);
            self.plan("synonym_added", &id, [&text, "", scope, ""]);
            let label = self.label(&id);
            self.row(&label, &id, &label, Expected::Same);
        }
        for _ in 0..12 {
            let id = self.draw();
            let (label, gone) = (self.label(&id), self.synonyms(&id).remove(0));
            self.lines(&id).retain(|line| synonym(line).is_none_or(|synonym| synonym.text != gone.text));
            self.plan("synonym_removed", &id, [&gone.text, &gone.scope, "", ""]);
            self.row(&gone.text, &id, &label, Expected::Review);
            self.row(&label, &id, &label, Expected::Same);
        }
        for number in 0..12 {
            let (id, target) = (self.draw(), self.draw());
            let (label, moved) = (self.label(&id), self.synonyms(&id).remove(0));
            self.lines(&id).retain(|line| synonym(line).is_none_or(|synonym| synonym.text != moved.text));
            let text = if number % 2 == 0 { moved.text.clone() } else { moved.text.to_uppercase() };
            self.add_synonym(&target, &text, "EXACT");
            self.plan("synonym_moved", &id, [&moved.text, &moved.scope, "EXACT", &target]);
            let expected = self.written(&target, "renormalized");
            self.row(&moved.text, &id, &label, expected);
            self.row(&label, &id, &label, Expected::Same);
        }
        for number in 0..12 {
            let (id, other) = (self.draw(), if number % 2 == 0 { "NARROW" } else { "" });
            let (label, rescoped) = (self.label(&id), self.synonyms(&id).remove(0));
            let scope = match (other, rescoped.scope.as_str()) {
                ("", scope) => format!("{scope} layperson"),
                ("NARROW", "NARROW") => "BROAD".to_owned(),
                (other, _) => other.to_owned(),
            };
            for line in self.lines(&id) {
                if synonym(line).is_some_and(|synonym| synonym.text == rescoped.text) {
                    *line = format!("synonym: \"{}\" {scope} []", rescoped.text);
                }
            }
            self.plan("synonym_rescoped", &id, [&rescoped.text, &rescoped.scope, &scope, ""]);
            self.row(&rescoped.text, &id, &label, Expected::Same);
        }
    }

    /// What must be counted and not told.
    fn plant_what_is_no_change(&mut self) {
        for _ in 0..5 {
            let id = self.draw();
            let (label, synonyms) = (self.label(&id), self.synonyms(&id));
            let upper = synonyms[0].text.to_uppercase();
            for line in self.lines(&id) {
                *line = line.replace(&format!("\"{}\"", synonyms[0].text), &format!("\"{upper}\""));
            }
            self.made.respelled += usize::from(upper != synonyms[0].text);
            self.row(&synonyms[0].text, &id, &label, Expected::Same);
        }
        for _ in 0..7 {
            let id = self.draw();
            self.lines(&id).retain(|line| !line.starts_with("def: "));
            self.lines(&id).push("def: \"Made up.\" []".to_owned());
            self.made.redefined += 1;
            let label = self.label(&id);
            self.row("words of nobody else", &id, &label, Expected::Same);
        }
        // Names in another order say the same.
        for _ in 0..5 {
            let id = self.draw();
            let lines = self.lines(&id);
            lines[2..].reverse();
        }
        while let Some(id) = self.pool.pop().filter(|_| self.made.rows.len() < 2_000) {
            let (label, synonyms) = (self.label(&id), self.synonyms(&id));
            self.row(&synonyms[0].text, &id, &label, Expected::Same);
        }
    }

    fn finish(mut self) -> NextRelease {
        let mut text = self.header;
        for lines in self.terms.values() {
            text.push_str("\n[Term]\n");
            text.push_str(&lines.join("\n"));
            text.push('\n');
        }
        self.made.text = text;
        self.random.shuffle(&mut self.made.rows);
        self.made
    }
}

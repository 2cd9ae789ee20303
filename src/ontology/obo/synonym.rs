//! Synonym lines: text, scope, type and list, in the many ways real files write them.

use std::collections::HashMap;

use super::super::{Name, Scope};
use super::value::{self, Quoted, start_of};

/// Synonym types that some files write into the list of cross-references.
const KINDS: [&str; 10] = [
    "abbreviation",
    "acronym",
    "layperson",
    "misnomer",
    "misspelling",
    "obsolete_synonym",
    "plural",
    "plural_form",
    "systematic_synonym",
    "uk_spelling",
];

/// The synonym type in `layperson`, `http://purl.obolibrary.org/obo/hp#layperson` or `OMO:0003003`.
pub fn kind(written: &str) -> String {
    let last = written.rsplit(['/', '#']).next().unwrap_or(written);
    match last.strip_prefix("OMO").and_then(|rest| rest.strip_prefix([':', '_'])) {
        Some("0003000") => "abbreviation".to_owned(),
        Some("0003003") => "layperson".to_owned(),
        Some("0003004") => "plural_form".to_owned(),
        Some("0003005") => "uk_spelling".to_owned(),
        Some("0003006") => "misspelling".to_owned(),
        Some("0003007") => "misnomer".to_owned(),
        Some("0003008") => "previous_name".to_owned(),
        Some("0003012") => "acronym".to_owned(),
        _ => last.to_lowercase(),
    }
}

/// Reads the value of a synonym tag whose name states the scope, or does not; `declared` are the header's types.
/// What is mended or passed over goes into `oddities`.
pub(super) fn parse(
    value: &str,
    stated: Option<Scope>,
    declared: &HashMap<String, String>,
    oddities: &mut Vec<String>,
) -> Option<Name> {
    let is_scope = |word: &str| Scope::parse(word).is_some_and(|scope| scope != Scope::Label);
    let strict = |rest: &str| {
        suffix(rest).is_some_and(|(first, _, _)| first.is_none_or(|word| stated.is_some() || is_scope(word)))
    };
    let loose = |rest: &str| suffix(rest).is_some();
    let quoted = Quoted::find(value, strict).filter(|quoted| quoted.is_accepted).or_else(|| Quoted::find(value, loose));
    let (text, rest) = if let Some(quoted) = &quoted {
        oddities.extend(quoted.oddity("synonym"));
        (value::name(quoted.inner), quoted.rest)
    } else {
        oddities.push("the synonym is not in quotes; read up to its scope".to_owned());
        let (text, rest) = value.split_at(scope_position(value));
        (value::name(text.trim_matches([' ', '\t', '"'])), rest.trim())
    };
    let text = text.trim();
    if text.is_empty() {
        oddities.push("the synonym is empty; passed over".to_owned());
        return None;
    }
    let (first, second, list) = suffix(rest).unwrap_or_default();
    let scope = match (stated, first) {
        (Some(scope), _) => scope,
        (None, None) => Scope::Related,
        (None, Some(word)) => Scope::parse(word).filter(|scope| *scope != Scope::Label).unwrap_or_else(|| {
            oddities.push(format!("`{}` is no synonym scope; read as RELATED", start_of(word)));
            Scope::Related
        }),
    };
    let written = second.or(first.filter(|word| stated.is_some() && !is_scope(word)));
    let kind = match written {
        Some(written) => Some(declared_kind(written, declared)),
        None => list.split(',').map(str::trim).find(|item| KINDS.contains(item)).map(str::to_owned),
    };
    Some(Name { kind, ..Name::new(text, scope) })
}

/// The type a synonym states; an opaque identifier is spelled as the header describes it.
pub(in crate::ontology) fn declared_kind(written: &str, declared: &HashMap<String, String>) -> String {
    let kind = kind(written);
    let is_opaque = kind.contains(':') || kind.ends_with(|last: char| last.is_ascii_digit());
    declared.get(written).filter(|_| is_opaque).cloned().unwrap_or(kind)
}

/// The at most two words after a synonym's text (scope and type) and the inside of its list; `None` where it reads
/// otherwise. Stops at the next quote, so that trying every quote of a line stays linear.
fn suffix(rest: &str) -> Option<(Option<&str>, Option<&str>, &str)> {
    let end = rest.find(['"', '[', '{', '!']).unwrap_or(rest.len());
    if rest[end..].starts_with('"') {
        return None;
    }
    let mut words = rest[..end].split_whitespace();
    let (first, second) = (words.next(), words.next());
    if words.next().is_some() {
        return None;
    }
    let list = rest[end..].strip_prefix('[').map_or("", |list| list.split(']').next().unwrap_or(list));
    Some((first, second, list))
}

/// Where the scope of a synonym without quotes begins; its list where it has no scope; else its end.
fn scope_position(value: &str) -> usize {
    let scopes = ["EXACT", "NARROW", "BROAD", "RELATED"];
    let scope = scopes.iter().filter_map(|scope| value.rfind(&format!(" {scope}"))).max();
    scope.or_else(|| value.rfind(" [")).unwrap_or(value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synonym(value: &str) -> (String, Scope, Option<String>, usize) {
        let mut oddities = Vec::new();
        let name = parse(value, None, &HashMap::new(), &mut oddities).unwrap();
        (name.text, name.scope, name.kind, oddities.len())
    }

    #[test]
    fn synonyms_carry_scope_and_type() {
        let kind = |kind: &str| Some(kind.to_owned());
        assert_eq!(synonym("\"a\" BROAD []"), ("a".into(), Scope::Broad, None, 0));
        assert_eq!(synonym("\"a\" EXACT [layperson]"), ("a".into(), Scope::Exact, kind("layperson"), 0));
        assert_eq!(synonym("\"a\" EXACT UK_SPELLING [go2012]"), ("a".into(), Scope::Exact, kind("uk_spelling"), 0));
        assert_eq!(synonym("\"a\" NARROW [go2012, ORCID:1]"), ("a".into(), Scope::Narrow, None, 0));
        assert_eq!(synonym("\"a\" EXACT OMO:0003012 []"), ("a".into(), Scope::Exact, kind("acronym"), 0));
        assert_eq!(
            synonym("\"a\" RELATED http://purl.obolibrary.org/obo/hp#plural_form []"),
            ("a".into(), Scope::Related, kind("plural_form"), 0)
        );
    }

    #[test]
    fn synonyms_without_list_or_scope_are_whole() {
        assert_eq!(synonym("\"a b\" EXACT"), ("a b".into(), Scope::Exact, None, 0));
        assert_eq!(synonym("\"a b\""), ("a b".into(), Scope::Related, None, 0));
        assert_eq!(synonym("\"a b\" []"), ("a b".into(), Scope::Related, None, 0));
        assert_eq!(synonym("\"a b\" SAME []"), ("a b".into(), Scope::Related, None, 1));
    }

    #[test]
    fn quotes_inside_a_synonym_are_kept() {
        assert_eq!(synonym(r#""a \"b\" c" EXACT []"#), ("a \"b\" c".into(), Scope::Exact, None, 0));
        assert_eq!(synonym(r#""the "big" one" EXACT []"#), ("the \"big\" one".into(), Scope::Exact, None, 1));
        assert_eq!(synonym(r#""big" one" NARROW [x "y"]"#), ("big\" one".into(), Scope::Narrow, None, 1));
        assert_eq!(synonym(r#""5' exo" EXACT [] ! a "comment""#), ("5' exo".into(), Scope::Exact, None, 0));
    }

    #[test]
    fn a_synonym_with_broken_quotes_keeps_its_text() {
        assert_eq!(synonym("\"a b EXACT []"), ("a b".into(), Scope::Exact, None, 1));
        assert_eq!(synonym("a b NARROW layperson []"), ("a b".into(), Scope::Narrow, Some("layperson".into()), 1));
        assert_eq!(synonym("\"a\" is what they say"), ("a".into(), Scope::Related, None, 1));
        assert_eq!(parse("\"\" EXACT []", None, &HashMap::new(), &mut Vec::new()), None);
    }
}

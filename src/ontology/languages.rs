//! The languages of names: which are kept, and which name is the label.

use std::collections::BTreeSet;

use super::{Concept, Draft, Error, Name, Scope};

/// How many languages an error lists.
const SHOWN: usize = 40;

/// The order in which labels are preferred: without a language, English, a sort of English, any other.
pub(super) fn rank(language: Option<&str>) -> u8 {
    match language {
        None => 0,
        Some("en") => 1,
        Some(other) if other.starts_with("en-") => 2,
        Some(_) => 3,
    }
}

/// Keeps the names of these languages (`fr` takes `fr-ca` as well) and those without one. Where that leaves out a label,
/// the most trusted of the names kept becomes the label: in the order of the languages, then in that of the source.
///
/// # Errors
/// [`Error::Language`] where names have languages, but none of these.
pub(super) fn keep(draft: &mut Draft, languages: &[String], place: &str) -> Result<(), Error> {
    let languages: Vec<String> =
        languages.iter().map(|language| language.trim().to_lowercase().replace('_', "-")).collect();
    if languages.is_empty() {
        return Ok(());
    }
    // Names without a language stand behind those that were asked for.
    let position = |name: &Name| match name.language.as_deref() {
        None => Some(languages.len()),
        Some(tag) => languages.iter().position(|language| {
            tag.strip_prefix(language.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        }),
    };
    let tagged =
        || draft.concepts.iter().flat_map(|(_, concept)| &concept.names).filter(|name| name.language.is_some());
    if tagged().next().is_some() && !tagged().any(|name| position(name).is_some()) {
        let found: BTreeSet<&str> = tagged().filter_map(|name| name.language.as_deref()).collect();
        let more = if found.len() > SHOWN { format!(" and {} more", found.len() - SHOWN) } else { String::new() };
        let listed: Vec<String> = found.into_iter().take(SHOWN).map(|language| format!("`{language}`")).collect();
        return Err(Error::Language {
            place: place.to_owned(),
            wanted: languages.iter().map(|language| format!("`{language}`")).collect::<Vec<_>>().join(", "),
            found: listed.join(", ") + &more,
        });
    }
    for (_, concept) in &mut draft.concepts {
        let labels = |concept: &Concept| concept.names.iter().filter(|name| name.scope == Scope::Label).count();
        let before = labels(concept);
        concept.names.retain(|name| position(name).is_some());
        if before > 0 && labels(concept) == 0 {
            let best = concept.names.iter_mut().min_by_key(|name| (name.scope, name.kind.is_some(), position(name)));
            if let Some(best) = best {
                best.scope = Scope::Label;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Curie;
    use super::*;

    fn name(text: &str, scope: Scope, language: Option<&str>) -> Name {
        Name { language: language.map(str::to_owned), ..Name::new(text, scope) }
    }

    fn draft() -> Draft {
        let mut concept = Concept::new(Curie::parse("X:1").unwrap());
        concept.names = vec![
            name("hand", Scope::Label, Some("en")),
            name("main", Scope::Exact, Some("fr-ca")),
            name("Hand", Scope::Exact, Some("de")),
            name("manus", Scope::Related, None),
        ];
        let mut draft = Draft::default();
        draft.concepts.push((1, concept));
        draft
    }

    fn kept(languages: &[&str]) -> Vec<(String, Scope)> {
        let mut draft = draft();
        let languages: Vec<String> = languages.iter().map(|&language| language.to_owned()).collect();
        keep(&mut draft, &languages, "x.owl").unwrap();
        draft.concepts[0].1.names.iter().map(|name| (name.text.clone(), name.scope)).collect()
    }

    #[test]
    fn names_of_a_language_its_sorts_and_of_none_are_kept() {
        let own = |names: &[(&str, Scope)]| -> Vec<(String, Scope)> {
            names.iter().map(|&(text, scope)| (text.to_owned(), scope)).collect()
        };
        assert_eq!(kept(&["fr"]), own(&[("main", Scope::Label), ("manus", Scope::Related)]));
        assert_eq!(
            kept(&["EN", "fr"]),
            own(&[("hand", Scope::Label), ("main", Scope::Exact), ("manus", Scope::Related)])
        );
        assert_eq!(kept(&["de", "fr_CA"])[1], ("Hand".to_owned(), Scope::Label));
        assert_eq!(kept(&[]).len(), 4);
    }

    #[test]
    fn a_language_that_no_name_has_is_an_error_that_names_those_there_are() {
        let error = keep(&mut draft(), &["nl".to_owned()], "x.owl").unwrap_err();
        assert_eq!(
            error.to_string(),
            "no name in `x.owl` is tagged with the language `nl`; there are `de`, `en`, `fr-ca`"
        );
        // `f` is the beginning of a word, not a language.
        assert!(keep(&mut draft(), &["f".to_owned()], "x.owl").is_err());
    }

    #[test]
    fn a_source_without_languages_is_left_as_it_is() {
        let mut draft = draft();
        for name in &mut draft.concepts[0].1.names {
            name.language = None;
        }
        keep(&mut draft, &["nl".to_owned()], "x.owl").unwrap();
        assert_eq!(draft.concepts[0].1.names.len(), 4);
    }
}

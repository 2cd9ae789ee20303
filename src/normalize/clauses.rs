//! The clauses of a mention that says of one thing that it is there and of another that it is not, or sets them against
//! each other: "no seizures but hypotonia", "fever without rash", "ataxia, no tremor". Pure.
//!
//! A negation reaches to the end of its clause, over `or`, `nor` and `and`. Where it stands in a list after what is there
//! ("ataxia, no tremor, deafness"), it ends at the next comma, unless an `or` joins what follows to it.

use super::phrase::{LONGEST, MEMBERS, negated};
use super::words::NOT_DENIED;

/// Words that begin a clause of its own, and are no part of it.
const TURNS: [&str; 3] = ["but", "however", "though"];

/// What begins a negated clause wherever it stands.
const WITHOUT: [&str; 3] = ["without", "with no", "with neither"];

/// What begins one behind a comma or `and`.
const DENYING: [&str; 8] = ["no", "not", "neither", "denies", "denied", "denying", "negative for", "never had"];

/// Words at the beginning of a clause that say nothing.
const FILLERS: [&str; 8] = ["not only", "and", "also", "with", "has", "had", "have", "only"];

/// The clauses of a mention, in their order; none where it has only one, or denies nothing and has no `but`.
pub(super) fn clauses(text: &str) -> Vec<&str> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let words = words(text);
    // Where each clause begins and the one before it ends.
    let mut clauses: Vec<&str> = Vec::new();
    let (mut start, mut at) = (0, 1);
    let (mut is_list_item, mut has_turned) = (false, false);
    while at < words.len() {
        let (offset, word) = words[at];
        let end = words[at - 1];
        let is_behind_comma = end.1.ends_with([',', ';']);
        let is_turn = is_among(word, &TURNS) && !is_among(end.1, &["nothing", "anything", "all"]);
        let begins = |cues: &[&str]| cues.iter().any(|cue| is_at(&words[at..], cue));
        let is_either = at > 1 && is_among(end.1, &["or", "and", "and/or"]) && is_among(words[at - 2].1, &["with"]);
        let is_joined = is_behind_comma || is_among(end.1, &["and", "&", "+", ";", "plus"]);
        let is_more = words.get(at + 1).is_some_and(|(_, next)| is_among(next, &NOT_DENIED));
        let is_denied = begins(&DENYING) && !is_more;
        let is_without = begins(&WITHOUT) && !is_more;
        let is_item_over = is_list_item && is_behind_comma && !is_or_list(&words[at..]);
        let is_boundary = is_turn || (is_without && !is_either) || (is_joined && is_denied) || is_item_over;
        if is_boundary {
            clauses.push(trimmed(&text[start..offset]));
            start = if is_turn { offset + word.len() } else { offset };
            has_turned |= is_turn;
            is_list_item = is_behind_comma && !is_turn && (is_denied || is_without);
        }
        at += 1;
    }
    clauses.push(trimmed(&text[start..]));
    clauses.retain(|clause| !clause.is_empty());
    let is_said = |clause: &&str| negated(clause).is_some();
    let is_several = (2..=MEMBERS).contains(&clauses.len()) && (has_turned || clauses.iter().any(is_said));
    if is_several { clauses } else { Vec::new() }
}

/// The words of a text with their offsets.
fn words(text: &str) -> Vec<(usize, &str)> {
    let offset = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace().map(|word| (offset(word), word)).collect()
}

fn is_among(word: &str, known: &[&str]) -> bool {
    known.iter().any(|known| word.trim_end_matches([',', ';']).eq_ignore_ascii_case(known))
}

/// Whether the words begin with those of a cue and go on.
fn is_at(words: &[(usize, &str)], cue: &str) -> bool {
    let mut count = 0;
    let is_equal = cue.split(' ').all(|cue| {
        count += 1;
        words.get(count - 1).is_some_and(|(_, word)| word.eq_ignore_ascii_case(cue))
    });
    is_equal && words.len() > count
}

/// Whether `or` joins the members of a list, as far as it goes.
fn is_or_list(words: &[(usize, &str)]) -> bool {
    words.iter().any(|(_, word)| is_among(word, &["or", "nor"]))
}

/// A clause without what joins it to the others.
fn trimmed(clause: &str) -> &str {
    let mut clause = clause.trim_matches([' ', ',', ';', '\t', '-', '.']);
    loop {
        let filler = FILLERS.iter().find_map(|filler| {
            let rest = clause.get(filler.len()..).filter(|rest| rest.starts_with(' '))?;
            // "With no fever" is a denial and has its own word for it.
            let is_denial = matches!(*filler, "with" | "has" | "had" | "have") && negated(clause).is_some();
            (clause[..filler.len()].eq_ignore_ascii_case(filler) && !is_denial).then(|| rest.trim_start())
        });
        let joined = [" and", " or", " &", " +", " plus", ","].iter().find_map(|joining| clause.strip_suffix(joining));
        match filler.or(joined) {
            Some(rest) => clause = rest.trim_end(),
            None => return clause,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        clauses(text).join("|")
    }

    #[test]
    fn what_is_there_and_what_is_not_are_clauses() {
        for (text, expected) in [
            ("no seizures but hypotonia", "no seizures|hypotonia"),
            ("hypotonia, but no seizures", "hypotonia|no seizures"),
            ("Fever without rash", "Fever|without rash"),
            ("hypotonia with no seizures", "hypotonia|with no seizures"),
            ("fever and chills without rash or cough", "fever and chills|without rash or cough"),
            ("ataxia and no tremor", "ataxia|no tremor"),
            ("no fever or chills, but also headache", "no fever or chills|headache"),
            ("not only fever but also no chills", "fever|no chills"),
            ("ataxia, neither tremor nor fits", "ataxia|neither tremor nor fits"),
            ("fever but not chills but rash", "fever|not chills|rash"),
            ("fever but headache", "fever|headache"),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn in_a_list_a_denial_ends_at_the_comma_unless_or_goes_on() {
        assert_eq!(of("ataxia, no tremor, deafness"), "ataxia|no tremor|deafness");
        assert_eq!(of("ataxia, no tremor, no fits, deafness"), "ataxia|no tremor|no fits|deafness");
        assert_eq!(of("ataxia, no tremor, fits or deafness"), "ataxia|no tremor, fits or deafness");
        assert_eq!(of("ataxia, no tremor and deafness"), "ataxia|no tremor and deafness");
    }

    #[test]
    fn what_denies_nothing_or_all_has_no_clauses() {
        for text in [
            "cleft lip with or without cleft palate",
            "diabetes, not otherwise specified",
            "diabetes without complications",
            "no fever, chills or headache",
            "without fever",
            "little or no speech",
            "hypoplasia or absence of the thumb",
            "nothing but fever",
            "fever but",
            "",
        ] {
            assert_eq!(of(text), "", "{text}");
        }
    }
}

//! What the words of a mention say beside names: negation and side at its edges (`severity.rs`, how severe it is), and the
//! ways it may be split at `and`, `or`, commas and slashes. Pure: whether a way is the right one is for what is found to
//! say (`composite/`).
//!
//! A list may share words: those behind its last member ("hearing and vision loss"), those before its first ("small hands
//! and feet"), both ("type 1 or 2 diabetes"), the end of a word ("micro- and retrognathia") or its beginning ("BRCA1/2").
//! How many words are shared cannot be seen in the words alone, so there are several readings of most lists.

use super::words::{
    ABBREVIATIONS, ATTRIBUTES, COPULAS, DENIALS, ENTRIES, MISSING, NEGATIONS, NOT_DENIED, PREFIXES, SIDES_BEFORE,
    SIDES_BEHIND, UNSAID,
};
use super::{Side, clauses, severity};

/// Bytes of the longest mention that is taken apart: what is longer is a sentence.
pub(super) const LONGEST: usize = 200;

/// Members of the longest list.
pub(super) const MEMBERS: usize = 8;

/// Words of the longest member: what is longer is told, not named.
const WORDS: usize = 6;

/// Words that a list shares, at most, before its first member or behind its last.
const SHARED: usize = 4;

/// A mention that may be several.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct List {
    /// The ways to read it, each its parts in their order; none where nothing in it joins two words.
    pub(super) readings: Vec<Vec<String>>,
    /// Whether its two members are joined by a comma alone: what follows may as well be about what stands before.
    pub(super) is_apposition: bool,
}

/// Whether a mention or another cell only says that there is none. `Na` and `na` may be sodium.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    MISSING.contains(&text) || UNSAID.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether anything in a mention may be taken apart.
pub fn may_be_taken_apart(text: &str) -> bool {
    negated(text).is_some()
        || sided(text).is_some()
        || severity::named(text).is_some()
        || !list(text).readings.is_empty()
        || !clauses::clauses(text).is_empty()
}

/// The words that negate a mention at its edge, in lower case, and what is left of it.
pub(super) fn negated(text: &str) -> Option<(String, &str)> {
    // `NO synthase` is an enzyme.
    let is_symbol = |rest: &str| {
        let is_of_nitric_oxide = |word: &str| ["synthas", "donor"].iter().any(|start| word.starts_with(start));
        text.trim().starts_with("NO ") && rest.split(' ').next().is_some_and(is_of_nitric_oxide)
    };
    let begins = NEGATIONS.iter().find_map(|cue| Some((*cue, before(text, cue)?)));
    let is_denied = |rest: &str| {
        rest.split([' ', ',']).next().is_none_or(|next| !NOT_DENIED.contains(&next.to_lowercase().as_str()))
    };
    let is_denial = |(cue, rest): &(&str, &str)| *cue != "not" || is_denied(rest);
    let begins = begins.filter(|(_, rest)| !is_symbol(rest)).filter(is_denial);
    let ends = || DENIALS.iter().find_map(|cue| Some((cue.trim_matches('-'), said_of(behind(text, cue)?))));
    let is_entered =
        |rest: &str| text.trim()[rest.len()..].trim_start().starts_with([':', '-', '–', '—', '(', '=', '?']);
    let entered =
        || ENTRIES.iter().find_map(|cue| Some((*cue, behind(text, cue)?))).filter(|(_, rest)| is_entered(rest));
    begins.or_else(ends).or_else(entered).map(|(cue, rest)| (cue.to_owned(), rest))
}

/// What something is said of: "fever" of "fever was".
fn said_of(text: &str) -> &str {
    let copula = COPULAS.iter().find_map(|copula| text.strip_suffix(copula));
    copula.filter(|rest| rest.len() > 1).unwrap_or(text)
}

/// The side that a mention names at its edge, and what is left of it.
pub(super) fn sided(text: &str) -> Option<(Side, &str)> {
    let text = text.trim();
    let begins = SIDES_BEFORE.iter().find_map(|(cue, side)| Some((*side, before(text, cue)?)));
    let begins = begins.filter(|(_, rest)| !is_of_each(rest, is_side));
    let ends = || {
        SIDES_BEHIND.iter().find_map(|(cue, side)| {
            let rest = behind(text, cue).filter(|rest| !is_of_each(rest, is_side))?;
            let is_apart = !matches!(*cue, "left" | "right") || text[rest.len()..].starts_with([',', ' ', '(', ':']);
            // "Turned to the left" is no finding on the left.
            let last = rest.rsplit(' ').next().unwrap_or_default();
            (is_apart && !matches!(last, "to" | "the" | "of" | "in" | "on" | "and" | "or")).then_some((*side, rest))
        })
    };
    begins.or_else(ends)
}

/// Whether what follows or precedes an edge is a list whose other members have such words of their own.
pub(super) fn is_of_each(rest: &str, is_such: impl Fn(&str) -> bool) -> bool {
    let mut words = rest.split_whitespace().map(|word| (word.trim_end_matches([',', ';']), word));
    words.clone().any(|(bare, word)| bare.len() < word.len() || is_coordinator(bare))
        && words.any(|(bare, _)| is_such(bare))
}

fn is_side(word: &str) -> bool {
    SIDES_BEFORE.iter().any(|(side, _)| side.eq_ignore_ascii_case(word))
}

/// What follows a cue at the beginning of a text.
pub(super) fn before<'a>(text: &'a str, cue: &str) -> Option<&'a str> {
    let text = text.trim();
    let rest = text.get(..cue.len()).filter(|start| start.eq_ignore_ascii_case(cue)).map(|_| &text[cue.len()..])?;
    let rest = rest.strip_prefix([' ', ':'])?.trim_start();
    // "Unilateral or bilateral" says neither.
    let is_joined = rest.split([' ', ',']).next().is_some_and(is_coordinator);
    (rest.len() > 1 && !is_joined).then_some(rest)
}

/// What stands before a cue at the end of a text.
pub(super) fn behind<'a>(text: &'a str, cue: &str) -> Option<&'a str> {
    let text = text.trim().trim_end_matches([')', '.']);
    let start = text.len().checked_sub(cue.len())?;
    let rest = text.get(start..).filter(|end| end.eq_ignore_ascii_case(cue)).map(|_| &text[..start])?;
    let is_apart = rest.ends_with([' ', '(', ',', ':', '=']) || cue.starts_with('-');
    let rest = rest.trim_end_matches([' ', '(', ',', ':', '-', '–', '—', '=', '?']);
    (is_apart && rest.len() > 1).then_some(rest)
}

/// The ways in which a mention may be several.
pub(super) fn list(text: &str) -> List {
    if text.len() > LONGEST {
        return List::default();
    }
    let (mut members, joining) = members(text);
    if members.len() == 1 {
        return accompanied(text);
    }
    let are_short = members.iter().all(|words| words.len() <= WORDS);
    if !are_short || !(2..=MEMBERS).contains(&members.len()) {
        return List::default();
    }
    let is_apposition = members.len() == 2 && joining == Joining::Commas;
    let are_words_completed = complete(&mut members);
    let members: Vec<Vec<&str>> = members.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
    let (first, last) = (&members[0], &members[members.len() - 1]);
    let is_qualifier = |word: &&str| is_side(word) || severity::is_one(word);
    // "Headache and tremor, severe": that is said of the list, and no member of it.
    if last.iter().all(is_qualifier) {
        return List::default();
    }
    let (before, behind) = match (is_apposition || joining == Joining::Ends, are_words_completed) {
        (true, _) => (0, 0),
        (false, true) => (first.len() - 1, 0),
        (false, false) => (first.len() - 1, last.len() - 1),
    };
    let mut readings: Vec<Vec<String>> = Vec::new();
    for (shared_before, shared_behind) in
        (0..=before).flat_map(|before| (0..=behind).map(move |behind| (before, behind)))
    {
        // A long beginning and a long end at once are a sentence.
        if shared_before > 0 && shared_behind > 0 && shared_before + shared_behind > SHARED {
            continue;
        }
        let (head, tail) = (&first[..shared_before], &last[last.len() - shared_behind..]);
        // "Right hand weakness and left foot pain": each has its own side.
        let is_own = |words: &Vec<&str>| {
            (!words.starts_with(head) && are_opposed(head, words))
                || (!words.ends_with(tail) && are_opposed(tail, &words[..]))
        };
        if members[1..].iter().any(is_own) || are_opposed(tail, first) {
            continue;
        }
        // "Severe headache and tremor" says nothing of the tremor.
        if tail.is_empty() && !are_words_completed && !head.is_empty() && head.iter().all(is_qualifier) {
            continue;
        }
        let parts = members.iter().enumerate().map(|(place, words)| {
            let head = if place == 0 || words.starts_with(head) { &[] } else { head };
            let is_last = place + 1 == members.len();
            let tail = if is_last || words.ends_with(tail) { &[] } else { tail };
            [head, words, tail].concat()
        });
        let parts: Vec<Vec<&str>> = parts.collect();
        let reading: Vec<String> = parts.iter().map(|words| words.join(" ")).collect();
        if parts.iter().all(|words| is_nameable(words)) && !readings.contains(&reading) {
            readings.push(reading);
        }
    }
    List { readings, is_apposition }
}

/// The two things that `with` joins: the second may as well be what kind of the first it is.
fn accompanied(text: &str) -> List {
    let split = text.split_once(" with ").filter(|(_, rest)| !["or ", "no "].iter().any(|word| rest.starts_with(word)));
    let Some((one, other)) = split else { return List::default() };
    let is_fit = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.len() <= WORDS && is_nameable(&words)
    };
    let readings = if is_fit(one) && is_fit(other) { vec![vec![one.to_owned(), other.to_owned()]] } else { Vec::new() };
    List { readings, is_apposition: true }
}

/// Whether both name a side, or both how severe something is.
fn are_opposed(shared: &[&str], words: &[&str]) -> bool {
    let both = |says: fn(&str) -> bool| [shared, words].iter().all(|words| words.iter().any(|word| says(word)));
    both(is_side) || both(severity::is_one)
}

/// Whether some word is more than an attribute, a number or a letter.
fn is_nameable(words: &[&str]) -> bool {
    let is_more = |word: &&str| {
        let word = word.to_lowercase();
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'i' | b'v' | b'x' | b'-'));
        word.chars().count() > 1 && !is_number && !ATTRIBUTES.contains(&word.as_str())
    };
    words.iter().any(is_more)
}

/// What joins the members of a list, the strongest of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Joining {
    /// Nothing but commas: what follows may as well be about what stands before.
    Commas,
    /// What ends an entry or a sentence: semicolons, bars, ends of lines, full stops. Nothing is shared across it.
    Ends,
    /// `and`, `or` and the like.
    Words,
}

/// The members of a list, each its words, and what joins them.
fn members(text: &str) -> (Vec<Vec<String>>, Joining) {
    let mut joining = Joining::Commas;
    let mut members: Vec<Vec<String>> = vec![Vec::new()];
    let end = |members: &mut Vec<Vec<String>>| {
        if members.last().is_some_and(|words| !words.is_empty()) {
            members.push(Vec::new());
        }
    };
    let text = text.replace(['|', '\n'], " ; ");
    let tokens: Vec<&str> = text.split_whitespace().flat_map(entries).collect();
    let mut at = 0;
    while let Some(&token) = tokens.get(at) {
        let is_as_well_as = ["as", "well", "as"]
            .iter()
            .enumerate()
            .all(|(offset, word)| tokens.get(at + offset).is_some_and(|token| token.eq_ignore_ascii_case(word)));
        if is_as_well_as {
            joining = Joining::Words;
            end(&mut members);
            at += 3;
            continue;
        }
        let is_either = at > 0 && tokens[at - 1].eq_ignore_ascii_case("with") && tokens.get(at + 1) == Some(&"without");
        at += 1;
        if is_coordinator(token) && !is_either {
            joining = joining.max(match token {
                "," => Joining::Commas,
                ";" => Joining::Ends,
                _ => Joining::Words,
            });
            end(&mut members);
            continue;
        }
        let word = token.trim_end_matches([',', ';']);
        let is_sentence = is_end_of_sentence(token) && at < tokens.len();
        let word = if is_sentence { word.trim_end_matches('.') } else { word };
        if is_sentence || token.ends_with(';') {
            joining = joining.max(Joining::Ends);
        }
        for (place, piece) in pieces(word).into_iter().enumerate() {
            if place > 0 {
                joining = Joining::Words;
                end(&mut members);
            }
            members.last_mut().expect("there is always one that is open").push(piece.to_owned());
        }
        if word.len() < token.len() {
            end(&mut members);
        }
    }
    members.retain(|words| !words.is_empty());
    (members, joining)
}

/// A word, or what semicolons in it part: `TP53;BRCA1`, but not `t(9;22)`.
fn entries(word: &str) -> Vec<&str> {
    let parts: Vec<&str> = word.split_inclusive(';').collect();
    let is_entry = |part: &&str| part.starts_with(char::is_alphabetic) && !part.contains(['(', ')', '&']);
    if parts.iter().all(is_entry) { parts } else { vec![word] }
}

/// Letters of a word at least that a full stop ends no abbreviation behind.
const LEAST_OF_SENTENCE: usize = 5;

fn is_end_of_sentence(word: &str) -> bool {
    let stem = word.strip_suffix('.').unwrap_or_default();
    stem.len() >= LEAST_OF_SENTENCE && stem.chars().all(char::is_lowercase)
}

fn is_coordinator(token: &str) -> bool {
    let token = token.to_ascii_lowercase();
    matches!(token.as_str(), "and" | "or" | "nor" | "&" | "+" | "/" | "," | ";" | "plus" | "and/or" | "or/and")
}

/// A word, or what slashes in it, or commas between numbers in it, set apart.
fn pieces(word: &str) -> Vec<&str> {
    let by_slash: Vec<&str> = word.split('/').collect();
    let is_abbreviation = ABBREVIATIONS.iter().any(|known| known.eq_ignore_ascii_case(word));
    if by_slash.len() > 1 && !is_abbreviation && by_slash.iter().all(|piece| !piece.is_empty()) {
        return by_slash;
    }
    let by_comma: Vec<&str> = word.split(',').collect();
    let is_number = |piece: &&str| !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_digit());
    let are_numbers = by_comma.iter().skip(1).all(is_number) && !is_number(&by_comma[0]);
    if by_comma.len() > 1 && are_numbers { by_comma } else { vec![word] }
}

/// Gives members that are only the beginning or the end of a word the rest of it; whether the end of one was missing,
/// which comes with all the words behind it.
fn complete(members: &mut [Vec<String>]) -> bool {
    let mut is_completed = false;
    for at in (0..members.len()).rev() {
        let Some(beginning) = members[at].last().and_then(|word| word.strip_suffix('-')) else { continue };
        let Some(next) = members.get(at + 1) else { continue };
        let Some(end) = next.first().and_then(|word| ending(word)) else { continue };
        let hyphen = if next[0].contains('-') { "-" } else { "" };
        let whole = format!("{beginning}{hyphen}{end}");
        let behind: Vec<String> = next[1..].to_vec();
        members[at].pop();
        members[at].push(whole);
        members[at].extend(behind);
        is_completed = true;
    }
    let Some(stem) = members[0].last().and_then(|word| beginning(word)).map(str::to_owned) else { return is_completed };
    let is_lettered = members[0].last().is_some_and(|word| word.ends_with(|c: char| c.is_ascii_alphabetic()));
    for member in &mut members[1..] {
        let [word] = member.as_mut_slice() else { continue };
        let bare = word.trim_start_matches('-');
        let is_number = !bare.is_empty() && bare.len() <= 3 && bare.bytes().all(|byte| byte.is_ascii_digit());
        let is_letter = is_lettered && bare.len() == 1 && bare.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_hyphened = bare.len() < word.len() && !bare.is_empty();
        if (is_number && !is_lettered) || is_letter || is_hyphened {
            *word = format!("{stem}{bare}");
        }
    }
    is_completed
}

/// What is left of a word without its first part: `axial` of `post-axial`, `gnathia` of `retrognathia`.
fn ending(word: &str) -> Option<&str> {
    let by_hyphen = word.split_once('-').map(|(_, end)| end);
    let by_prefix = || {
        let prefix = PREFIXES.iter().find(|prefix| word.to_ascii_lowercase().starts_with(**prefix))?;
        word.get(prefix.len()..)
    };
    by_hyphen.or_else(by_prefix).filter(|end| end.len() > 2)
}

/// What a word that ends in a number or a letter of its own has before it: `BRCA` of `BRCA1`, `IL-` of `IL-4`, `STAT5`
/// of `STAT5A`, `interferon-` of `interferon-alpha`.
fn beginning(word: &str) -> Option<&str> {
    if let Some(at) = word.rfind('-').filter(|&at| at > 0 && at + 1 < word.len()) {
        return Some(&word[..=at]);
    }
    let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if stem.len() < word.len() {
        return (!stem.is_empty()).then_some(stem);
    }
    let stem = word.strip_suffix(|c: char| c.is_ascii_uppercase())?;
    stem.ends_with(|c: char| c.is_ascii_digit()).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether one of the readings of `text` is `parts`, with `|` between them.
    fn has(text: &str, parts: &str) -> bool {
        readings(text).iter().any(|reading| reading.join("|") == parts)
    }

    fn readings(text: &str) -> Vec<Vec<String>> {
        list(text).readings
    }

    #[test]
    fn what_joins_nothing_is_not_split() {
        for text in [
            "big hands",
            "android obesity",
            "w/o fever",
            "lips with or without palate",
            "1,4-galactosyltransferase",
            "and",
            "seizures and",
            "",
        ] {
            assert_eq!(readings(text), Vec::<Vec<String>>::new(), "{text}");
        }
        assert!(readings(&"cough and fever ".repeat(40)).is_empty());
        assert!(readings("a cough that comes in the night and fever").is_empty());
    }

    #[test]
    fn words_behind_the_last_or_before_the_first_may_be_shared() {
        assert!(has("hearing and vision loss", "hearing loss|vision loss"));
        assert!(has("small hands and feet", "small hands|small feet"));
        assert!(has("short and broad thumbs", "short thumbs|broad thumbs"));
        assert!(has("upper and lower limb spasticity", "upper limb spasticity|lower limb spasticity"));
        assert!(has("type 1 or 2 diabetes", "type 1 diabetes|type 2 diabetes"));
        assert!(has("hypoplasia or aplasia of the thumb", "hypoplasia of the thumb|aplasia of the thumb"));
        assert!(has("cleft lip/palate", "cleft lip|cleft palate"));
        assert!(has("large hands and short feet", "large hands|short feet"));
        assert!(has("left hip and knee pain", "left hip pain|left knee pain"));
        assert_eq!(readings("severe cough and fever"), [["severe cough", "fever"]]);
        assert!(readings("cough and fever, severe").is_empty());
    }

    #[test]
    fn what_each_member_says_of_itself_is_not_shared() {
        let sided_mention = "right hand weakness and left foot pain";
        assert!(has(sided_mention, "right hand weakness|left foot pain"));
        assert!(!has(sided_mention, "right hand weakness|right left foot pain"));
        assert!(has("right hand and left foot weakness", "right hand weakness|left foot weakness"));
        assert!(sided(sided_mention).is_none());
        let severe = "severe headache and mild fever";
        assert!(has(severe, "severe headache|mild fever") && !has(severe, "severe headache|severe mild fever"));
    }

    #[test]
    fn lists_have_any_number_of_members_and_any_word_that_joins() {
        assert_eq!(readings("seizures, ataxia, and deafness"), [["seizures", "ataxia", "deafness"]]);
        for text in ["cough & fever", "cough + fever", "cough as well as fever", "cough/fever", "cough and/or fever"] {
            assert_eq!(readings(text), [["cough", "fever"]], "{text}");
        }
    }

    #[test]
    fn a_lone_comma_may_join_and_may_not() {
        assert!(list("deafness, hereditary").is_apposition && !list("ataxia, deafness, fits").is_apposition);
        assert_eq!(list("long hands, feet").readings, [["long hands", "feet"]]);
        assert!(list("deafness with ataxia").is_apposition && has("deafness with ataxia", "deafness|ataxia"));
        assert!(readings("lip cleft with no fever").is_empty());
    }

    #[test]
    fn what_ends_an_entry_parts_and_shares_nothing() {
        for text in ["long hands; feet", "long hands|feet", "long hands\nfeet", "long hands. feet"] {
            assert_eq!(readings(text), [["long hands", "feet"]], "{text}");
            assert!(!list(text).is_apposition, "{text}");
        }
        assert_eq!(readings("ZRK1;QX2"), [["ZRK1", "QX2"]]);
        assert!(["t(9;22)(q34;q11)", "E. coli", "fever."].into_iter().all(|text| readings(text).is_empty()));
    }

    #[test]
    fn an_attribute_or_a_number_alone_is_no_part() {
        assert_eq!(readings("acute/chronic cholecystitis"), [["acute cholecystitis", "chronic cholecystitis"]]);
        assert!(!has("hepatitis B and C", "hepatitis B|C") && has("hepatitis B and C", "hepatitis B|hepatitis C"));
        assert!(!has("collagens types I and II", "collagens types I|II"));
    }

    #[test]
    fn half_words_are_made_whole() {
        assert_eq!(readings("micro- and retrognathia"), [["micrognathia", "retrognathia"]]);
        assert_eq!(readings("macro-/microcephaly"), [["macrocephaly", "microcephaly"]]);
        assert!(has("pre- and post-axial polydactyly", "pre-axial polydactyly|post-axial polydactyly"));
        assert!(has("severe hypo- or hyperthyroidism", "severe hypothyroidism|severe hyperthyroidism"));
    }

    #[test]
    fn numbers_and_letters_share_what_stands_before_them() {
        assert_eq!(readings("BRCA1/2"), [["BRCA1", "BRCA2"]]);
        assert_eq!(readings("AKT1, 2 and 3"), [["AKT1", "AKT2", "AKT3"]]);
        assert_eq!(readings("AKT1,2"), [["AKT1", "AKT2"]]);
        assert_eq!(readings("IL-4 and -13"), [["IL-4", "IL-13"]]);
        assert_eq!(readings("STAT5A/B"), [["STAT5A", "STAT5B"]]);
        assert_eq!(readings("interferon-alpha and -beta"), [["interferon-alpha", "interferon-beta"]]);
        assert!(has("interleukins 4 and 13", "interleukins 4|interleukins 13"));
    }

    #[test]
    fn a_cell_without_a_value_says_nothing() {
        assert!(["NA", " n/a ", "None", "Not available"].into_iter().all(is_placeholder));
        assert!(!["Na", "na", "NA1", "none of these", "missing tooth"].into_iter().any(is_placeholder));
    }

    #[test]
    fn negation_is_taken_off_either_edge() {
        assert_eq!(negated("No evidence of fever"), Some(("no evidence of".into(), "fever")));
        assert_eq!(negated("no fever"), Some(("no".into(), "fever")));
        assert_eq!(negated("fever (ruled out)"), Some(("ruled out".into(), "fever")));
        for text in ["fever: none", "fever - none", "fever (none)", "fever: not present", "fever is absent"] {
            assert_eq!(negated(text).map(|(_, rest)| rest), Some("fever"), "{text}");
        }
        assert_eq!(negated("fever-free"), Some(("free".into(), "fever")));
        assert_eq!(negated("neither fever nor chills"), Some(("neither".into(), "fever nor chills")));
        assert_eq!(
            ["nodules", "no", "absence seizures", "ünot", "not only fever", "Rh-negative", "second to none"]
                .map(negated),
            [const { None }; 7]
        );
    }

    #[test]
    fn a_side_is_taken_off_either_edge() {
        assert_eq!(sided("Left hand weakness"), Some((Side::Left, "hand weakness")));
        assert_eq!(sided("right-sided hernia"), Some((Side::Right, "hernia")));
        assert_eq!(sided("knee pain on the right"), Some((Side::Right, "knee pain")));
        assert_eq!(sided("ptosis (left)"), Some((Side::Left, "ptosis")));
        assert_eq!(sided("clubfoot, bilateral"), Some((Side::Bilateral, "clubfoot")));
        assert_eq!(sided("Left and right clubfoot"), Some((Side::Bilateral, "clubfoot")));
        assert_eq!(sided("unilateral or bilateral clubfoot"), None);
        assert_eq!([sided("face turned to the left"), sided("lefthandedness"), sided("left")], [None; 3]);
    }
}

//! Mentions that say they are of several genes, by a plural or a word for a family: pure.

/// What a mention says it is several of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plural<'a> {
    /// It, as written: `HDAC` of `HDACs`, `HDAC proteins` and `HDAC family members`.
    pub of: &'a str,
    /// The same where the last word may be a part of its name: `heat shock protein` of `heat shock proteins`.
    pub in_full: Option<&'a str>,
    /// Whether a word says so that no single gene is called by; a plural may be of one gene and its copies.
    pub is_family: bool,
}

/// Words after the name of a family or of what has several parts.
const FAMILIES: &[&str] =
    &["family", "families", "superfamily", "superfamilies", "subfamily", "subfamilies", "subunits"];

/// Words after what there are several of.
const SEVERAL: &[&str] =
    &["members", "genes", "proteins", "isoforms", "homologs", "homologues", "paralogs", "transcripts"];

/// What a mention is several of, where it says so at its end.
pub(super) fn plural(mention: &str) -> Option<Plural<'_>> {
    let whole = mention.trim();
    // "Proteins" are of nothing in particular.
    if is_one_of(whole, FAMILIES) || is_one_of(whole, SEVERAL) {
        return None;
    }
    let whole = without_first(whole, "the").unwrap_or(whole);
    let whole = without_first(whole, "members of").map_or(whole, |rest| without_first(rest, "the").unwrap_or(rest));
    let (mut rest, mut is_family) = (whole, false);
    while let Some((before, last)) = rest.rsplit_once([' ', '-']) {
        let is_named = is_one_of(last, FAMILIES);
        let before_that = before.rsplit_once([' ', '-']).filter(|(_, word)| is_one_of(word, FAMILIES));
        rest = match before_that {
            // `ZRK family kinases`
            Some((front, _)) if !is_named && singular(last).is_some() => {
                is_family = true;
                front
            }
            _ if is_named || is_one_of(last, SEVERAL) => {
                is_family |= is_named;
                before
            }
            _ => break,
        };
    }
    let of = if rest.len() < whole.len() { rest.trim_end() } else { singular(rest)? };
    // Of what is joined, or is of something, the plural at the end says nothing.
    let is_joined =
        of.contains(['/', ',']) || of.split(' ').any(|word| matches!(word, "of" | "and" | "or" | "by" | "with"));
    let in_full = singular(whole).filter(|full| !is_family && *full != of);
    (has_letters(of) && !is_joined).then_some(Plural { of, in_full, is_family })
}

/// What follows a word at the beginning.
fn without_first<'a>(text: &'a str, first: &str) -> Option<&'a str> {
    let start = text.get(..first.len()).filter(|start| start.eq_ignore_ascii_case(first))?;
    text[start.len()..].strip_prefix(' ')
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|other| word.eq_ignore_ascii_case(other))
}

/// Letters and digits of what there are several of, at least.
const LEAST: usize = 2;

fn has_letters(text: &str) -> bool {
    text.chars().filter(|letter| letter.is_alphanumeric()).count() >= LEAST
}

/// A text without the `s` of its last word's plural. Symbols that end in S write it large, as they write all letters.
fn singular(text: &str) -> Option<&str> {
    let stem = text.strip_suffix('s')?;
    let last = stem.rsplit([' ', '-']).next().unwrap_or(stem);
    let is_symbol = last.ends_with(|letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit());
    let is_word = last.len() >= 3 && !last.ends_with(['s', 'u', 'i']);
    (has_letters(stem) && (is_symbol || is_word)).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mention: &str) -> Option<(&str, bool)> {
        plural(mention).map(|plural| (plural.of, plural.is_family))
    }

    #[test]
    fn a_small_s_after_a_symbol_or_a_word_is_a_plural() {
        assert_eq!((of("ZRKs"), of("zarkins")), (Some(("ZRK", false)), Some(("zarkin", false))));
        assert_eq!((of("QX-2s"), of("the Zrk kinases")), (Some(("QX-2", false)), Some(("Zrk kinase", false))));
        assert_eq!([of("ZRKS"), of("Zas"), of("zarkinless"), of("zarkinosis"), of("ZRK1")], [None; 5]);
    }

    #[test]
    fn words_say_that_there_are_several() {
        assert_eq!((of("ZRK proteins"), of("ZRK isoforms")), (Some(("ZRK", false)), Some(("ZRK", false))));
        for mention in ["the ZRK family", "ZRK family members", "ZRK-family kinases", "members of the ZRK superfamily"]
        {
            assert_eq!(of(mention), Some(("ZRK", true)), "{mention}");
        }
        assert_eq!(of("zarkin receptor subunits"), Some(("zarkin receptor", true)));
        assert_eq!(plural("zarkin shock proteins").and_then(|plural| plural.in_full), Some("zarkin shock protein"));
        assert_eq!([of("family"), of("families"), of("proteins"), of("ZRK family member 3")], [None; 4]);
    }

    #[test]
    fn what_is_of_something_is_none_of_several() {
        assert_eq!([of("the ninth of the zarkins"), of("ZRK/QXs"), of("kin of irregular zarkins")], [None; 3]);
    }
}

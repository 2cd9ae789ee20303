//! The other ways in which a gene mention may be written: pure functions of its text.

use std::collections::HashSet;

use super::folding::latin;

/// One way to write a mention, and how far it is from what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelling {
    pub text: String,
    pub cost: u8,
}

/// What a spelling may cost at most.
pub(super) const DEAREST: u8 = 4;

/// Spellings of one mention at most.
const MOST: usize = 96;

/// Words before a gene that say nothing about which gene it is.
const BEFORE: &[&str] = &[
    "the",
    "a",
    "an",
    "human",
    "h",
    "homo",
    "sapiens",
    "hs",
    "hsa",
    "mammalian",
    "recombinant",
    "mutant",
    "mutated",
    "wild-type",
    "wildtype",
    "wt",
    "native",
    "endogenous",
    "exogenous",
    "soluble",
    "phosphorylated",
    "phospho",
    "putative",
    "novel",
    "gene",
    "protein",
    "anti",
];

/// Words after a gene that say nothing about which gene it is.
const AFTER: &[&str] = &[
    "gene",
    "genes",
    "protein",
    "proteins",
    "mrna",
    "mrnas",
    "cdna",
    "dna",
    "rna",
    "transcript",
    "transcripts",
    "promoter",
    "locus",
    "loci",
    "antigen",
    "molecule",
    "polypeptide",
    "peptide",
    "product",
    "allele",
    "mutant",
    "mutants",
    "mutation",
    "variant",
    "isoform",
    "homolog",
    "homologue",
    "ortholog",
    "orthologue",
    "precursor",
    "oncogene",
    "proto-oncogene",
    "protooncogene",
    "oncoprotein",
    "enzyme",
    "subunit",
    "chain",
];

/// What kinds of protein are called after a gene.
const KINDS: &[&str] = &["kinase", "kinases", "phosphatase", "phosphatases", "ligand", "hormone", "cytokine"];

/// The spellings of `mention`, the nearest first; the first is the mention itself.
pub(super) fn spellings(mention: &str) -> Vec<Spelling> {
    let mut all = vec![Spelling { text: mention.trim().to_owned(), cost: 0 }];
    let mut known: HashSet<String> = all.iter().map(|spelling| spelling.text.clone()).collect();
    let mut at = 0;
    while at < all.len() && all.len() < MOST {
        let from = all[at].clone();
        for (text, cost) in steps(&from.text) {
            let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-')).to_owned();
            let cost = from.cost + cost;
            if cost <= DEAREST && text.chars().any(char::is_alphanumeric) && known.insert(text.clone()) {
                all.push(Spelling { text, cost });
            }
        }
        at += 1;
    }
    all.sort_by_key(|spelling| spelling.cost);
    all
}

/// The spellings that are one step away, with what the step costs.
fn steps(text: &str) -> Vec<(String, u8)> {
    let mut steps = Vec::new();
    edges(text, &mut steps);
    letters(text, &mut steps);
    parentheses(text, &mut steps);
    parts(text, &mut steps);
    steps
}

/// Words at the edges go, however many.
fn edges(text: &str, steps: &mut Vec<(String, u8)>) {
    let is_one_of = |word: &str, words: &[&str]| words.contains(&word.trim_matches(',').to_lowercase().as_str());
    let mut rest = text;
    while let Some((first, after)) = rest.split_once([' ', '-'])
        && is_one_of(first, BEFORE)
        && has_gene(after)
    {
        rest = after;
    }
    while let Some((before, last)) = rest.rsplit_once([' ', '-'])
        && (is_one_of(last, AFTER) || is_variant(last))
        && has_gene(before)
    {
        rest = before;
    }
    if rest.len() < text.len() {
        steps.push((rest.to_owned(), 1));
    } else if let Some((before, last)) = text.rsplit_once([' ', '-'])
        && is_one_of(last, KINDS)
        && has_gene(before)
    {
        steps.push((before.to_owned(), 2));
    }
}

/// Whether a word says which sequence of a gene is meant, as HGVS, dbSNP or the older habits of writing have it: `p.Gly12Asp`,
/// `G12D`, `Ser473`, `174G>C`, `rs334`.
fn is_variant(word: &str) -> bool {
    const RESIDUES: [&str; 21] = [
        "Ala", "Arg", "Asn", "Asp", "Cys", "Gln", "Glu", "Gly", "His", "Ile", "Leu", "Lys", "Met", "Phe", "Pro", "Sec",
        "Ser", "Thr", "Trp", "Tyr", "Val",
    ];
    if ["c.", "g.", "m.", "n.", "p."].iter().any(|prefix| word.strip_prefix(prefix).is_some_and(|rest| rest.len() >= 3))
    {
        return true;
    }
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    if let Some(number) = word.strip_prefix("rs") {
        return number.len() >= 3 && digits(number) == number.len();
    }
    let start = word.find(|c: char| c.is_ascii_digit()).unwrap_or(word.len());
    let (from, rest) = word.split_at(start);
    let (number, to) = rest.split_at(digits(rest));
    let is_residue = |text: &str| RESIDUES.contains(&text);
    let is_letter = |text: &str| text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'*');
    // One digit between two letters is in many symbols.
    (is_letter(from) && is_letter(to) && number.len() >= 2)
        || (is_residue(from) && !number.is_empty() && (to.is_empty() || is_residue(to) || is_letter(to)))
        || (!number.is_empty() && to.split_once('>').is_some_and(|(from, to)| is_letter(from) && is_letter(to)))
}

/// Whether enough is left to name a gene.
fn has_gene(text: &str) -> bool {
    text.chars().filter(|letter| letter.is_alphanumeric()).count() >= 2
}

/// Letters before and after the symbol go, or become digits.
fn letters(text: &str, steps: &mut Vec<(String, u8)>) {
    let is_upper = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_uppercase());
    let is_symbol = text.len() >= 3 && !text.contains(' ');
    // `hZrk1`, `c-Zrk`: of man, of the cell, of a virus.
    if let Some(rest) = text.strip_prefix('h').filter(|rest| is_upper(rest.chars().next()) && rest.len() >= 2) {
        steps.push((rest.to_owned(), 1));
    }
    if let Some(rest) = text.strip_prefix("c-").or_else(|| text.strip_prefix("C-")).filter(|rest| rest.len() >= 3) {
        steps.push((rest.to_owned(), 1));
    }
    if let Some(rest) = text.strip_prefix("v-").filter(|rest| rest.len() >= 3) {
        steps.push((rest.to_owned(), 2));
    }
    // `ZRKs`
    if let Some(stem) =
        text.strip_suffix('s').filter(|stem| stem.ends_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit()))
    {
        steps.push((stem.to_owned(), 1));
    }
    // `p48zrk`
    if let Some(rest) = text.strip_prefix('p').filter(|_| is_symbol) {
        let name = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['-', '(']);
        if name.len() >= 3 && name.len() < rest.len() && name.starts_with(char::is_alphabetic) {
            steps.push((name.to_owned(), 3));
        }
    }
    // `ZR-4RII`, `QXIV`
    let word_end = text.find(' ').unwrap_or(text.len());
    let (word, after) = text.split_at(word_end);
    let stem = word.trim_end_matches(['I', 'V', 'X']);
    if let Some(number) = roman(&word[stem.len()..])
        && stem.ends_with(|c: char| c.is_alphabetic())
        && stem.chars().all(|c| !c.is_lowercase())
    {
        steps.push((format!("{stem}{number}{after}"), 2));
    }
    // `p48alpha`, `zarkin 1`: an isoform, or the only one that has a name.
    let lower = text.to_lowercase();
    let words = lower.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let greek = ["alpha", "beta", "gamma", "delta"].into_iter().find(|greek| words.ends_with(greek));
    let front = greek.map(|greek| &text[..text.len() - greek.len()]).or_else(|| {
        text.strip_suffix('1').filter(|front| front.ends_with(['-', ' ']) || front.ends_with(char::is_alphabetic))
    });
    if let Some(front) = front.filter(|front| front.chars().filter(|c| c.is_alphanumeric()).count() >= 3) {
        steps.push((front.to_owned(), 3));
    }
}

/// The number that a Roman numeral is.
fn roman(numeral: &str) -> Option<u32> {
    const NUMERALS: [&str; 15] =
        ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV"];
    NUMERALS.iter().zip(1..).find(|(known, _)| **known == numeral).map(|(_, number)| number)
}

/// What stands in parentheses goes, or stands for what is before it.
fn parentheses(text: &str, steps: &mut Vec<(String, u8)>) {
    let Some((before, rest)) = text.split_once('(') else { return };
    let Some((inner, after)) = rest.split_once(')') else { return };
    if before.is_empty() || !before.ends_with(' ') || inner.len() < 2 {
        return;
    }
    steps.push((format!("{inner}{after}"), 2));
    steps.push((format!("{}{after}", before.trim_end()), 1));
}

/// A part of the mention stands for it, or its parts are turned round.
fn parts(text: &str, steps: &mut Vec<(String, u8)>) {
    if let Some((part, whole)) = text.split_once(" of ") {
        let whole = whole.strip_prefix("the ").unwrap_or(whole);
        steps.push((format!("{whole} {part}"), 1));
        steps.push((part.to_owned(), 3));
    }
    if let Some((one, other)) = text.split_once('/').filter(|(one, other)| has_gene(one) && has_gene(other)) {
        steps.push((one.to_owned(), 3));
        steps.push((other.to_owned(), 4));
    }
    // `A/B receptor` names an A receptor.
    if let Some((one, (other, tail))) = text.split_once('/').and_then(|(one, rest)| Some((one, rest.split_once(' ')?)))
        && has_gene(one)
        && has_gene(other)
    {
        steps.push((format!("{one} {tail}"), 2));
        steps.push((format!("{} {tail}", other.rsplit('/').next().unwrap_or(other)), 3));
    }
    // `A1, 2 and 3`
    if let Some((list, last)) = text.rsplit_once(" and ").filter(|(_, last)| last.trim_matches('-').len() <= 2) {
        let first = list.split(", ").next().unwrap_or(list);
        let stem = first.trim_end_matches(|c: char| c.is_ascii_digit());
        let stem = if stem.len() < first.len() {
            stem
        } else {
            &first[..first.len() - first.chars().last().map_or(0, char::len_utf8)]
        };
        steps.push((first.to_owned(), 2));
        for member in list.split(", ").skip(1).chain([last]) {
            steps.push((format!("{stem}{}", member.trim_matches('-')), 2));
        }
    }
    let words: Vec<&str> = text.split(' ').collect();
    if let [_, .., last] = words.as_slice() {
        let is_symbol = |word: &str| {
            let upper = word.chars().filter(char::is_ascii_uppercase).count();
            let has_digit = word.chars().any(|c| c.is_ascii_digit());
            word.len() >= 3
                && (upper >= 2 || (upper >= 1 && has_digit))
                && latin(&word.to_lowercase()).is_none()
                && roman(word).is_none()
        };
        if is_symbol(last) && words[..words.len() - 1].iter().any(|word| word.len() > 4) {
            steps.push(((*last).to_owned(), 3));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `spelling` of `mention` costs.
    fn cost(mention: &str, spelling: &str) -> Option<u8> {
        spellings(mention).into_iter().find(|other| other.text == spelling).map(|other| other.cost)
    }

    #[test]
    fn words_at_the_edges_go() {
        assert_eq!(cost("the human ZRK4 gene", "ZRK4"), Some(1));
        assert_eq!(cost("ZRK4 protein kinase", "ZRK4"), Some(3));
        assert_eq!(cost("protein Z", "Z"), None);
    }

    #[test]
    fn a_sequence_of_the_gene_goes() {
        for variant in ["p.Gly12Asp", "G12D", "Ser473", "Val600Glu", "-174G>C", "rs334", "c.68_69delAG", "R1443*"] {
            assert_eq!(cost(&format!("ZRK4 {variant}"), "ZRK4"), Some(1), "{variant}");
        }
        for other in ["C1R", "II", "S1", "rsA", "Serine", "p.1"] {
            assert_eq!(cost(&format!("zarkin {other}"), "zarkin"), None, "{other}");
        }
    }

    #[test]
    fn letters_before_and_after_a_symbol_go() {
        assert_eq!((cost("hZrk4", "Zrk4"), cost("c-Zrk", "Zrk"), cost("ZRKs", "ZRK")), (Some(1), Some(1), Some(1)));
        assert_eq!((cost("hazel", "azel"), cost("p48zrk", "zrk")), (None, Some(3)));
    }

    #[test]
    fn roman_numerals_are_told_at_the_end_of_a_symbol() {
        assert_eq!((cost("ZR-4RII", "ZR-4R2"), cost("QXIV", "Q14"), cost("Zrkii", "Zrk2")), (Some(2), Some(2), None));
    }

    #[test]
    fn what_stands_in_parentheses_stands_for_what_is_before() {
        assert_eq!(cost("zork factor (ZRF)-2", "ZRF-2"), Some(2));
        assert_eq!(cost("zork factor 2 (ZRF2)", "zork factor 2"), Some(1));
    }

    #[test]
    fn parts_are_turned_round_and_taken_alone() {
        assert_eq!(cost("beta chain of the ZRK receptor", "ZRK receptor beta chain"), Some(1));
        assert_eq!(cost("zorkin receptor ZRKR", "ZRKR"), Some(3));
        assert_eq!((cost("ZRK1, 2 and 3", "ZRK3"), cost("ZR/QX receptor", "ZR receptor")), (Some(2), Some(2)));
    }

    #[test]
    fn long_mentions_have_few_spellings() {
        assert!(spellings(&"the A/B of (C) gene and 2 ".repeat(20)).len() < 2 * MOST);
    }
}

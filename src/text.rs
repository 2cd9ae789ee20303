//! The normal form of a name: what remains of it when the accidents of spelling are taken away.
//!
//! Names of the ontology and mentions of people go through the same code, so a rule may be crude as long as it keeps
//! apart what means different things. Three forms, each coarser than the one before:
//!
//! - [`normal_form`]: Unicode (NFKD, marks off), case, Greek letters, punctuation, possessives, British spelling,
//!   number words and Roman numerals; words in their order.
//! - [`stems`]: its words without their inflection, for BM25.
//! - [`key`]: the sorted stems without stop words, and the numbers among them.

use std::borrow::Cow;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The normal form: lower-case words separated by single spaces.
///
/// `"Down's Syndrome, type II"` becomes `"down syndrome type 2"`. Applying it twice changes nothing.
pub fn normal_form(text: &str) -> String {
    let folded = fold(text);
    let mut form = String::with_capacity(folded.len());
    let mut previous: Cow<'_, str> = Cow::Borrowed("");
    for word in folded.split_ascii_whitespace() {
        let word = american(word);
        let word = match number(&word, &previous) {
            Some(digits) => Cow::Borrowed(digits),
            None => word,
        };
        if !form.is_empty() {
            form.push(' ');
        }
        form.push_str(&word);
        previous = Cow::Owned(word.into_owned());
    }
    form
}

/// Lower case, marks off, Greek letters spelled out, punctuation to spaces, possessives off.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 8);
    let mut characters = text.nfkd().filter(|&c| !is_combining_mark(c)).flat_map(char::to_lowercase).peekable();
    while let Some(character) = characters.next() {
        match character {
            // `Down's` is `Down`; any other apostrophe parts words no more than it parts letters (`5'` is `5`).
            '\'' | '\u{2019}' | '\u{2018}' | '`' | '\u{b4}' => {
                if characters.peek() == Some(&'s') {
                    characters.next();
                    if characters.peek().is_some_and(|next| next.is_alphanumeric()) {
                        folded.push('s');
                    }
                }
            }
            '.' if folded.ends_with(|c: char| c.is_ascii_digit())
                && characters.peek().is_some_and(char::is_ascii_digit) =>
            {
                folded.push('.');
            }
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            '+' => folded.push_str(if folded.ends_with(|c: char| c.is_alphanumeric()) { " plus " } else { " " }),
            _ => match greek(character) {
                Some(name) => {
                    folded.push(' ');
                    folded.push_str(name);
                    folded.push(' ');
                }
                None if character.is_alphanumeric() => folded.push(character),
                None => folded.push(' '),
            },
        }
    }
    folded
}

/// The name of a (lower-case) Greek letter.
const fn greek(letter: char) -> Option<&'static str> {
    Some(match letter {
        'α' => "alpha",
        'β' | 'ϐ' => "beta",
        'γ' => "gamma",
        'δ' => "delta",
        'ε' | 'ϵ' => "epsilon",
        'ζ' => "zeta",
        'η' => "eta",
        'θ' | 'ϑ' => "theta",
        'ι' => "iota",
        'κ' | 'ϰ' => "kappa",
        'λ' => "lambda",
        'μ' => "mu",
        'ν' => "nu",
        'ξ' => "xi",
        'ο' => "omicron",
        'π' | 'ϖ' => "pi",
        'ρ' | 'ϱ' => "rho",
        'σ' | 'ς' => "sigma",
        'τ' => "tau",
        'υ' => "upsilon",
        'φ' | 'ϕ' => "phi",
        'χ' => "chi",
        'ψ' => "psi",
        'ω' => "omega",
        _ => return None,
    })
}

/// British letter groups and what American spelling writes; each stands only in words where both mean the same.
const BRITISH: &[(&str, &str)] = &[
    ("aemi", "emi"),
    ("haem", "hem"),
    ("aesth", "esth"),
    ("aetio", "etio"),
    ("anaem", "anem"),
    ("caec", "cec"),
    ("caes", "ces"),
    ("faec", "fec"),
    ("gynaec", "gynec"),
    ("ischaem", "ischem"),
    ("leucocyt", "leukocyt"),
    ("leucopen", "leukopen"),
    ("leucodystroph", "leukodystroph"),
    ("orthopaed", "orthoped"),
    ("paed", "ped"),
    ("palaeo", "paleo"),
    ("praecox", "precox"),
    ("rrhoea", "rrhea"),
    ("rhoea", "rhea"),
    ("pnoea", "pnea"),
    ("coeli", "celi"),
    ("coelo", "celo"),
    ("foet", "fet"),
    ("oedem", "edem"),
    ("oesoph", "esoph"),
    ("oestr", "estr"),
    ("homoeo", "homeo"),
    ("amoeb", "ameb"),
    ("manoeuv", "maneuv"),
    ("sulph", "sulf"),
    ("tumour", "tumor"),
    ("colour", "color"),
    ("behaviour", "behavior"),
    ("odour", "odor"),
    ("humour", "humor"),
    ("labour", "labor"),
    ("vapour", "vapor"),
    ("favour", "favor"),
    ("harbour", "harbor"),
    ("fibre", "fiber"),
    ("centre", "center"),
    ("calibre", "caliber"),
    ("litre", "liter"),
    ("goitre", "goiter"),
    ("titre", "titer"),
    ("isation", "ization"),
    ("lysing", "lyzing"),
    ("alyse", "alyze"),
    ("olyse", "olyze"),
    ("naev", "nev"),
    ("caerul", "cerul"),
    ("mould", "mold"),
    ("grey", "gray"),
    ("labell", "label"),
    ("signall", "signal"),
    ("channell", "channel"),
    ("travell", "travel"),
    ("enrol", "enroll"),
];

/// The American spelling of a word.
fn american(word: &str) -> Cow<'_, str> {
    if word.len() < 5 && word != "grey" {
        return Cow::Borrowed(word);
    }
    let mut word = Cow::Borrowed(word);
    for &(british, american) in BRITISH {
        if word.contains(british) && !(american.contains(british) && word.contains(american)) {
            word = Cow::Owned(word.replace(british, american));
        }
    }
    for ending in ["ise", "ised", "ises", "iser", "ising"] {
        // `-ise` is a verb's ending only after enough letters; `precise` and `exercise` are not verbs of this kind.
        if let Some(stem) = word.strip_suffix(ending)
            && stem.len() >= 5
            && !matches!(stem, "exerc" | "conc" | "compr" | "superv" | "otherw")
        {
            return Cow::Owned(format!("{stem}iz{}", &ending[2..]));
        }
    }
    word
}

/// Words after which a single `i`, `v` or `x` is a number.
const NUMBERED: &[&str] = &[
    "type",
    "types",
    "subtype",
    "grade",
    "stage",
    "class",
    "group",
    "factor",
    "complex",
    "phase",
    "level",
    "category",
    "nerve",
    "bipolar",
    "lead",
    "degree",
    "gradus",
    "polymerase",
    "photosystem",
    "topoisomerase",
    "collagen",
];

/// The digits of a number word or a Roman numeral.
fn number(word: &str, previous: &str) -> Option<&'static str> {
    Some(match word {
        "one" => "1",
        "two" | "ii" => "2",
        "three" | "iii" => "3",
        "four" | "iv" => "4",
        "five" => "5",
        "six" | "vi" => "6",
        "seven" | "vii" => "7",
        "eight" | "viii" => "8",
        "nine" | "ix" => "9",
        "ten" => "10",
        "eleven" | "xi" if word != "xi" || NUMBERED.contains(&previous) => "11",
        "twelve" | "xii" => "12",
        "xiii" => "13",
        "xiv" => "14",
        "xv" => "15",
        "xvi" => "16",
        "xvii" => "17",
        "xviii" => "18",
        "xix" => "19",
        "xx" if NUMBERED.contains(&previous) => "20",
        "i" if NUMBERED.contains(&previous) => "1",
        "v" if NUMBERED.contains(&previous) => "5",
        "x" if NUMBERED.contains(&previous) => "10",
        "first" => "1st",
        "second" => "2nd",
        "third" => "3rd",
        "fourth" => "4th",
        "fifth" => "5th",
        "sixth" => "6th",
        "seventh" => "7th",
        "eighth" => "8th",
        "ninth" => "9th",
        "tenth" => "10th",
        _ => return None,
    })
}

/// Words that say nothing about which concept is meant.
pub fn is_stop_word(word: &str) -> bool {
    matches!(
        word,
        "a" | "an" | "the" | "of" | "in" | "on" | "at" | "to" | "for" | "by" | "with" | "and" | "his" | "her" | "their"
    )
}

/// A word of a normal form without its inflection.
pub fn stem(word: &str) -> Cow<'_, str> {
    if word.len() < 3 || word.bytes().any(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(word);
    }
    let singular = match word {
        "teeth" => "tooth",
        "feet" => "foot",
        "phalanges" => "phalanx",
        "larynges" => "larynx",
        "cortices" => "cortex",
        "indices" => "index",
        "vertices" => "vertex",
        "appendices" => "appendix",
        "mice" => "mouse",
        "women" => "woman",
        "men" => "man",
        "children" => "child",
        "ova" => "ovum",
        "genera" => "genus",
        "viscera" => "viscus",
        "cilia" => "cilium",
        "mitochondria" => "mitochondrion",
        "diverticula" => "diverticulum",
        "septa" => "septum",
        "labia" => "labium",
        "nuclei" => "nucleus",
        "fungi" => "fungus",
        "thrombi" => "thrombus",
        "emboli" => "embolus",
        "calculi" => "calculus",
        "bronchi" => "bronchus",
        "testes" | "testicles" | "testicle" => "testis",
        "diagnoses" => "diagnosis",
        _ => word,
    };
    if let Some(base) = singular.strip_suffix("ae").filter(|base| base.len() >= 4) {
        return Cow::Owned(STEMMER.with(|stemmer| stemmer.stem(&format!("{base}a")).into_owned()));
    }
    // `metastases` and `metastasis` share a stem, `diseases` and `disease` keep theirs.
    if let Some(base) =
        singular.strip_suffix("ses").filter(|base| base.ends_with(['a', 'o', 'e', 'i']) && base.len() >= 5)
    {
        if base.ends_with("ea") {
            return Cow::Owned(STEMMER.with(|stemmer| stemmer.stem(&format!("{base}se")).into_owned()));
        }
        return Cow::Owned(STEMMER.with(|stemmer| stemmer.stem(&format!("{base}sis")).into_owned()));
    }
    STEMMER.with(|stemmer| stemmer.stem(singular).into_owned()).into()
}

thread_local! {
    static STEMMER: Stemmer = Stemmer::create(Algorithm::English);
}

/// The words of a normal form without their inflection, in their order, stop words left out unless nothing else is there.
pub fn stems(form: &str) -> Vec<Cow<'_, str>> {
    let stems: Vec<_> = form.split(' ').filter(|word| !word.is_empty() && !is_stop_word(word)).map(stem).collect();
    if stems.is_empty() { form.split(' ').filter(|word| !word.is_empty()).map(Cow::Borrowed).collect() } else { stems }
}

/// The coarsest form: stems without stop words, cut where letters meet digits; letters sorted, then digits in their
/// order.
///
/// `"abnormality of the feet"` and `"foot abnormalities"` have one key, and so have `"IL-2"` and `"IL2"`; `KRTAP5-10`
/// and `KRTAP10-5` have not.
pub fn key(form: &str) -> String {
    let stems = stems(form);
    let parts = stems.iter().flat_map(|stem| split_at_digits(stem));
    let (digits, mut letters): (Vec<&str>, Vec<&str>) =
        parts.partition(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    letters.sort_unstable();
    letters.extend(digits);
    letters.join(" ")
}

/// The runs of digits and of other characters in a word.
fn split_at_digits(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c: char| c.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail;
        Some(run)
    })
}

/// The character n-grams of a normal form with its spaces, framed by one space on either side, in order, with repeats.
pub fn grams(form: &str, length: usize) -> Vec<&str> {
    let starts: Vec<usize> = form.char_indices().map(|(at, _)| at).chain([form.len()]).collect();
    starts.iter().zip(starts.iter().skip(length)).map(|(&from, &to)| &form[from..to]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(names: &[&str]) {
        let forms: Vec<_> = names.iter().map(|name| normal_form(name)).collect();
        assert!(forms.windows(2).all(|pair| pair[0] == pair[1]), "{forms:?}");
    }

    fn same_key(names: &[&str]) {
        let keys: Vec<_> = names.iter().map(|name| key(&normal_form(name))).collect();
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "{keys:?}");
    }

    #[test]
    fn case_hyphens_and_unicode_do_not_matter() {
        same(&["Hand-foot syndrome", "hand foot  SYNDROME", "hand\u{2013}foot syndrome", "ｈand foot syndrome"]);
        same(&["Sjögren syndrome", "Sjogren's syndrome", "SJO\u{308}GREN SYNDROME"]);
    }

    #[test]
    fn greek_letters_are_their_names() {
        same(&["TGF-β", "TGF beta", "tgf Β"]);
        same(&["µ-opioid", "mu opioid"]);
    }

    #[test]
    fn british_and_american_spelling_are_one() {
        same(&["Anaemia", "anemia"]);
        same(&["oesophageal tumour", "esophageal tumor"]);
        same(&["diarrhoea", "diarrhea"]);
        same(&["generalised oedema", "generalized edema"]);
        same(&["Leucocytosis", "leukocytosis"]);
    }

    #[test]
    fn words_that_only_look_british_stay() {
        assert_eq!(normal_form("exercise intolerance of the toe"), "exercise intolerance of the toe");
        assert_eq!(normal_form("disease"), "disease");
        assert_eq!(normal_form("dysentery and easy bruising"), "dysentery and easy bruising");
    }

    #[test]
    fn numbers_in_words_and_roman_are_digits() {
        same(&["type II", "type 2", "Type two"]);
        same(&["fifth finger", "5th finger"]);
        same(&["factor V deficiency", "factor 5 deficiency"]);
    }

    #[test]
    fn a_single_letter_is_a_number_only_after_a_word_that_is_numbered() {
        assert_eq!(normal_form("X linked"), "x linked");
        assert_eq!(normal_form("vitamin K"), "vitamin k");
    }

    #[test]
    fn possessives_go() {
        same(&["Down's syndrome", "Down syndrome", "Down\u{2019}s syndrome"]);
    }

    #[test]
    fn plural_and_word_order_are_one_key() {
        same_key(&["Abnormality of the feet", "foot abnormalities"]);
        same_key(&["liver metastases", "liver metastasis"]);
        same_key(&["vertebrae", "vertebra"]);
        same_key(&["IL-2", "IL2", "il 2"]);
        same_key(&["diseases of the eye", "eye disease"]);
    }

    #[test]
    fn numbers_keep_their_order() {
        assert_ne!(key("krtap5 10"), key("krtap10 5"));
        assert_eq!(key("il 2 receptor"), key("receptor il2"));
    }

    #[test]
    fn negation_is_not_a_stop_word() {
        assert_ne!(key("pain with fever"), key("pain without fever"));
        assert_ne!(key("no pain"), key("pain"));
    }

    #[test]
    fn a_name_of_stop_words_keeps_them() {
        assert_eq!(stems("a of"), ["a", "of"]);
        assert!(key("").is_empty());
    }

    #[test]
    fn grams_slide_by_one_character() {
        assert_eq!(grams(" ab ", 3), [" ab", "ab "]);
        assert_eq!(grams("é", 3), Vec::<&str>::new());
    }

    proptest! {
        #[test]
        fn the_normal_form_of_a_normal_form_is_itself(text in "\\PC{0,40}") {
            let form = normal_form(&text);
            prop_assert_eq!(normal_form(&form), form);
        }

        #[test]
        fn the_normal_form_has_single_spaces_and_no_upper_case(text in any::<String>()) {
            let form = normal_form(&text);
            prop_assert!(!form.contains("  ") && form.trim() == form);
            prop_assert!(form.chars().all(|c| c.to_lowercase().eq([c])));
        }

        #[test]
        fn the_key_does_not_depend_on_word_order(words in prop::collection::vec("[a-z]{1,8}", 1..6)) {
            let form = words.join(" ");
            let reversed = words.iter().rev().cloned().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(key(&form), key(&reversed));
        }
    }
}

//! What is left of a gene's name or symbol when the habits of writing are taken off it: pure.
//!
//! Names of a nomenclature and mentions go through the same code, so both meet however they are written: `IL-2 receptor
//! alpha chain` and `IL2RA` are both `il2ra`.

/// Words of names that say nothing about which gene it is.
const EMPTY: &[&str] = &[
    "the",
    "of",
    "subunit",
    "chain",
    "polypeptide",
    "type",
    "protein",
    "gene",
    "member",
    "family",
    "isoform",
    "molecule",
    "antigen",
    "human",
];

/// Phrases of normal forms and what symbols write for them; of two that begin alike, the longer stands first.
const SHORT: &[(&[&str], &str)] = &[
    (&["binding", "protein"], "bp"),
    (&["binding", "partner"], "bp"),
    (&["bone", "morphogenetic", "protein"], "bmp"),
    (&["cyclin", "dependent", "kinase"], "cdk"),
    (&["cytochrome", "p", "450"], "cyp"),
    (&["epidermal", "growth", "factor"], "egf"),
    (&["fibroblast", "growth", "factor"], "fgf"),
    (&["glutathione", "s", "transferase"], "gst"),
    (&["heat", "shock", "protein"], "hsp"),
    (&["hepatocyte", "growth", "factor"], "hgf"),
    (&["insulin", "like", "growth", "factor"], "igf"),
    (&["map", "kinase"], "mapk"),
    (&["mitogen", "activated", "protein", "kinase"], "mapk"),
    (&["matrix", "metalloproteinase"], "mmp"),
    (&["matrix", "metallopeptidase"], "mmp"),
    (&["nerve", "growth", "factor"], "ngf"),
    (&["platelet", "derived", "growth", "factor"], "pdgf"),
    (&["superoxide", "dismutase"], "sod"),
    (&["serine", "threonine"], ""),
    (&["toll", "like", "receptor"], "tlr"),
    (&["transforming", "growth", "factor"], "tgf"),
    (&["tumor", "necrosis", "factor"], "tnf"),
    (&["vascular", "endothelial", "growth", "factor"], "vegf"),
    (&["apolipoprotein"], "apo"),
    (&["caspase"], "casp"),
    (&["collagen"], "col"),
    (&["connexin"], "cx"),
    (&["cyclooxygenase"], "cox"),
    (&["integrin"], "itg"),
    (&["interferon"], "ifn"),
    (&["interleukin"], "il"),
    (&["cytokeratin"], "krt"),
    (&["keratin"], "krt"),
    (&["laminin"], "lam"),
    (&["receptor"], "r"),
];

/// The Latin letter that symbols write for a Greek one.
pub(super) fn latin(word: &str) -> Option<&'static str> {
    Some(match word {
        "alpha" => "a",
        "beta" => "b",
        "gamma" => "g",
        "delta" => "d",
        "epsilon" => "e",
        "zeta" => "z",
        "eta" => "h",
        "theta" => "q",
        "kappa" => "k",
        "lambda" => "l",
        "mu" => "m",
        "pi" => "p",
        "sigma" => "s",
        "tau" => "t",
        "omega" => "o",
        _ => return None,
    })
}

/// Greek letters that are told at the end of a word that is written without a space before them.
const JOINED: &[&str] = &["alpha", "beta", "gamma", "delta", "epsilon", "kappa", "theta", "zeta", "sigma"];

/// The runs of letters and of digits in a normal form, joined Greek letters apart, plurals off.
pub(super) fn tokens(form: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    for word in form.split(' ') {
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| c.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
            let (run, tail) = rest.split_at(end);
            rest = tail;
            let joined = JOINED.iter().find_map(|greek| run.strip_suffix(greek).filter(|front| !front.is_empty()));
            match joined {
                Some(front) => tokens.extend([front, &run[front.len()..]]),
                None => tokens.push(singular(run)),
            }
        }
    }
    tokens
}

/// A word without the `s` of its plural.
fn singular(word: &str) -> &str {
    let is_plural = |stem: &&str| stem.len() > 3 && !stem.ends_with(['s', 'u', 'i']);
    word.strip_suffix('s').filter(is_plural).unwrap_or(word)
}

/// A normal form without its spaces.
pub(super) fn squeeze(form: &str) -> String {
    form.chars().filter(|&letter| letter != ' ').collect()
}

/// What is left of a normal form: words that say nothing off, families as symbols write them, Greek letters and Roman
/// numerals as Latin letters and digits, without spaces. Empty where too little is left to know a gene by.
pub(super) fn fold(form: &str) -> String {
    let tokens = tokens(form);
    let mut folded = String::with_capacity(form.len());
    let mut at = 0;
    while at < tokens.len() {
        let rest = &tokens[at..];
        if let Some((phrase, short)) =
            SHORT.iter().find(|(phrase, _)| tokens.len() > phrase.len() && rest.starts_with(phrase))
        {
            folded.push_str(short);
            at += phrase.len();
            continue;
        }
        let token = tokens[at];
        folded.push_str(match token {
            // Cytokeratins begin where casein kinases end.
            "ck" if tokens.get(at + 1).and_then(|next| next.parse().ok()).is_some_and(|next: u32| next >= 4) => "krt",
            "i" if at > 0 => "1",
            "v" if at > 0 => "5",
            _ if EMPTY.contains(&token) => "",
            _ => latin(token).unwrap_or(token),
        });
        at += 1;
    }
    if folded.len() < LEAST { squeeze(form) } else { folded }
}

/// Letters and digits by which a gene can be known.
const LEAST: usize = 2;

/// The letters that would stand for a name: `thick layer associated protein` is `tlap`. `None` where it has fewer than
/// three words, or than `fewest` and a number.
pub(super) fn initials(form: &str, fewest: usize) -> Option<String> {
    let tokens: Vec<&str> = tokens(form).into_iter().filter(|token| !matches!(*token, "the" | "of" | "and")).collect();
    let words =
        tokens.iter().filter(|token| token.len() > 2 && !token.starts_with(|c: char| c.is_ascii_digit())).count();
    let initial = |token: &&str| match latin(token) {
        _ if token.starts_with(|c: char| c.is_ascii_digit()) => (*token).to_owned(),
        Some(letter) => letter.to_owned(),
        None => token.chars().take(1).collect(),
    };
    let has_number = tokens.iter().any(|token| token.starts_with(|c: char| c.is_ascii_digit()));
    ((words >= 3 || (words >= fewest && has_number)) && tokens.len() <= 8).then(|| tokens.iter().map(initial).collect())
}

/// The letters that would stand for a name with a number, two of its first word: `zarkin like 4` is `zal4`.
pub(super) fn abbreviation(form: &str) -> Option<String> {
    let tokens = tokens(form);
    let [first, middle @ .., last] = tokens.as_slice() else { return None };
    let is_word = |token: &&str| token.len() > 2 && token.starts_with(char::is_alphabetic);
    let is_made = is_word(first) && (1..=3).contains(&middle.len()) && middle.iter().all(is_word);
    let is_made = is_made && last.starts_with(|c: char| c.is_ascii_digit());
    let initials = middle.iter().filter_map(|token| token.chars().next());
    is_made.then(|| first.chars().take(2).chain(initials).chain(last.chars()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normal_form;

    fn same(names: &[&str]) {
        let folded: Vec<String> = names.iter().map(|name| fold(&normal_form(name))).collect();
        assert!(folded.windows(2).all(|pair| pair[0] == pair[1]), "{folded:?}");
    }

    #[test]
    fn symbols_and_names_meet() {
        same(&["IL31RA", "IL-31R alpha", "IL-31 receptor \u{3b1}", "interleukin 31 receptor subunit alpha"]);
        same(&["COL16A1", "collagen XVI alpha 1 chain", "collagen type 16 \u{3b1}1"]);
        same(&["ITGB8", "integrin beta8", "integrin subunit \u{3b2}-8"]);
        same(&["PPARD", "PPARdelta", "PPAR-\u{3b4}"]);
        same(&["CASP14", "caspase 14", "caspases-14"]);
    }

    #[test]
    fn what_would_leave_nothing_stays() {
        assert_eq!((fold("protein").as_str(), fold("receptor").as_str()), ("protein", "receptor"));
        assert_eq!(fold("protein z"), "proteinz");
    }

    #[test]
    fn casein_kinases_are_no_cytokeratins() {
        assert_eq!((fold("ck 1").as_str(), fold("ck 24").as_str()), ("ck1", "krt24"));
    }

    #[test]
    fn initials_are_of_names_that_are_long_enough() {
        assert_eq!(initials("thick layer associated protein", 3).as_deref(), Some("tlap"));
        assert_eq!(initials("layer protein 7", 2).as_deref(), Some("lp7"));
        assert_eq!((initials("layer protein", 2), initials("layer protein 7", 3)), (None, None));
        assert_eq!(abbreviation("zarkin like 4").as_deref(), Some("zal4"));
        assert_eq!(abbreviation("zarkin like"), None);
    }
}

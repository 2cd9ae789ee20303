//! The vocabularies of the Metathesaurus: the prefix of their codes, their language, and how much their names are
//! preferred.

use rustc_hash::FxHashMap;

use super::super::lines::Lines;
use super::super::tally::Tally;
use super::super::{Error, umls::Options};
use super::row::fields;

/// A vocabulary's position among those met.
pub(super) type Sab = u16;

/// What is known of a vocabulary.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// The prefix of its codes; empty where codes are none, or are the Metathesaurus' own.
    pub(super) prefix: String,
    /// Its place among those asked for; `None` where others were asked for.
    pub(super) wanted: Option<u8>,
    /// Its place among the wanted languages, as told by its first name.
    pub(super) language: Option<u8>,
    /// The best rank of any of its term types; 0 where no rank is known.
    pub(super) rank: u16,
}

/// All that have been met.
#[derive(Debug, Default)]
pub(super) struct Vocabularies {
    wanted: Vec<String>,
    by_name: FxHashMap<String, Sab>,
    all: Vec<Vocabulary>,
    /// Ranks by vocabulary and term type, the higher the more preferred.
    ranks: FxHashMap<Sab, FxHashMap<String, u16>>,
}

/// Vocabularies whose codes other people write with another prefix.
const PREFIXES: [(&str, &str); 12] = [
    ("DRUGBANK", "DrugBank"),
    ("HPO", "HP"),
    ("ICPC", "ICPC"),
    ("LNC", "LOINC"),
    ("MDR", "MEDDRA"),
    ("MSH", "MESH"),
    ("NCBI", "NCBITaxon"),
    ("NCI", "NCIT"),
    ("ORPHANET", "Orphanet"),
    ("SCTSPA", "SNOMEDCT"),
    ("UWDA", "FMA"),
    ("WHO", "WHOART"),
];

/// Vocabularies that have translations, which are called by their own name and the language's.
const TRANSLATED: [&str; 4] = ["ICPC", "MDR", "MSH", "WHO"];

/// Vocabularies whose codes are those of the Metathesaurus itself, or of nothing that others name.
const WITHOUT_CODES: [&str; 3] = ["CHV", "MTH", "SRC"];

/// Term types in order of preference where no ranks are at hand.
const TERM_TYPES: [&str; 8] = ["PN", "MH", "PT", "PF", "HT", "PTGB", "LC", "NM"];

impl Vocabularies {
    pub(super) fn new(options: &Options) -> Self {
        Self { wanted: options.vocabularies.clone(), ..Self::default() }
    }

    /// The vocabulary called `name`.
    pub(super) fn of(&mut self, name: &str) -> Sab {
        if let Some(&sab) = self.by_name.get(name) {
            return sab;
        }
        let is_wanted = |wanted: &String| wanted.eq_ignore_ascii_case(name);
        let wanted = match self.wanted.iter().position(is_wanted) {
            Some(at) => Some(u8::try_from(at).unwrap_or(u8::MAX)),
            None => self.wanted.is_empty().then_some(0),
        };
        // There are some 200; a file that claims more than 65,536 has the others share the last place.
        let Ok(sab) = Sab::try_from(self.all.len()) else { return Sab::MAX };
        self.all.push(Vocabulary { prefix: prefix(name), wanted, ..Vocabulary::default() });
        self.by_name.insert(name.to_owned(), sab);
        sab
    }

    pub(super) fn get(&self, sab: Sab) -> &Vocabulary {
        &self.all[usize::from(sab)]
    }

    /// Remembers that the vocabulary has names in this language, where none was known.
    pub(super) fn learn_language(&mut self, sab: Sab, language: u8) {
        self.all[usize::from(sab)].language.get_or_insert(language);
    }

    /// Reads `MRRANK.RRF`.
    pub(super) fn read_ranks(&mut self, mut lines: Lines<'_>, tally: &mut Tally) -> Result<(), Error> {
        while let Some(line) = lines.next()? {
            let Some([rank, name, term_type, _suppress]) = fields(&line, tally) else { continue };
            let Ok(rank) = rank.parse::<u16>() else {
                tally.odd(&line, rank, "is no rank; row passed over");
                continue;
            };
            let sab = self.of(name);
            let vocabulary = &mut self.all[usize::from(sab)];
            vocabulary.rank = vocabulary.rank.max(rank);
            let known = self.ranks.entry(sab).or_default().entry(term_type.to_owned()).or_default();
            *known = rank.max(*known);
        }
        Ok(())
    }

    /// How much names of this vocabulary and term type are preferred, the higher the more.
    pub(super) fn rank(&self, sab: Sab, term_type: &str) -> u16 {
        if self.ranks.is_empty() {
            let at = TERM_TYPES.iter().position(|preferred| *preferred == term_type);
            return at.map_or(0, |at| u16::try_from(TERM_TYPES.len() - at).unwrap_or_default());
        }
        self.ranks.get(&sab).and_then(|ranks| ranks.get(term_type)).copied().unwrap_or_default()
    }
}

/// The prefix that others write before codes of this vocabulary.
fn prefix(name: &str) -> String {
    if WITHOUT_CODES.contains(&name) {
        return String::new();
    }
    let translated = TRANSLATED.iter().find(|original| {
        name.strip_prefix(**original).is_some_and(|rest| LANGUAGES.iter().any(|(written, _)| *written == rest))
    });
    let original = match name.split_once('-') {
        Some(("LNC", _)) => "LNC",
        _ => translated.copied().unwrap_or(name),
    };
    let known = PREFIXES.iter().find(|(vocabulary, _)| *vocabulary == original);
    known.map_or(original, |(_, prefix)| prefix).to_owned()
}

/// The languages of the Metathesaurus and their tags.
const LANGUAGES: [(&str, &str); 28] = [
    ("ENG", "en"),
    ("ARA", "ar"),
    ("BAQ", "eu"),
    ("CHI", "zh"),
    ("CZE", "cs"),
    ("DAN", "da"),
    ("DUT", "nl"),
    ("EST", "et"),
    ("FIN", "fi"),
    ("FRE", "fr"),
    ("GER", "de"),
    ("GRE", "el"),
    ("HEB", "he"),
    ("HUN", "hu"),
    ("ITA", "it"),
    ("JPN", "ja"),
    ("KOR", "ko"),
    ("LAV", "lv"),
    ("NOR", "no"),
    ("POL", "pl"),
    ("POR", "pt"),
    ("RUS", "ru"),
    ("SCR", "hr"),
    ("SPA", "es"),
    ("SWE", "sv"),
    ("TUR", "tr"),
    ("UKR", "uk"),
    ("VIE", "vi"),
];

/// The tag of a language as the Metathesaurus writes it; three letters stay three letters where it is not known.
pub(super) fn language_tag(written: &str) -> String {
    let known = LANGUAGES.iter().find(|(own, _)| *own == written);
    known.map_or_else(|| written.to_ascii_lowercase(), |(_, tag)| (*tag).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_get_the_prefix_that_others_write() {
        for (vocabulary, expected) in [
            ("MSH", "MESH"),
            ("MSHFRE", "MESH"),
            ("MSHEAD", "MSHEAD"),
            ("MDRJPN", "MEDDRA"),
            ("SNOMEDCT_US", "SNOMEDCT_US"),
            ("NCI", "NCIT"),
            ("HPO", "HP"),
            ("LNC-DE-DE", "LOINC"),
            ("ICD10CM", "ICD10CM"),
            ("MTH", ""),
        ] {
            assert_eq!(prefix(vocabulary), expected);
        }
    }

    #[test]
    fn ranks_count_where_they_are_known_and_term_types_where_they_are_not() {
        let mut vocabularies = Vocabularies::default();
        let (msh, other) = (vocabularies.of("MSH"), vocabularies.of("X"));
        assert!(vocabularies.rank(msh, "MH") > vocabularies.rank(msh, "PT"));
        assert_eq!(vocabularies.rank(msh, "ET"), 0);
        let text: &[u8] = b"0500|MSH|PT|N|\n0400|MSH|MH|N|\nx|MSH|MH|N|\n";
        let mut tally = Tally::default();
        vocabularies.read_ranks(Lines::new("MRRANK.RRF", text), &mut tally).unwrap();
        assert_eq!((vocabularies.rank(msh, "PT"), vocabularies.rank(msh, "MH")), (500, 400));
        assert_eq!((vocabularies.rank(other, "PT"), vocabularies.get(msh).rank), (0, 500));
        assert_eq!(tally.rows("is no rank; row passed over"), 1);
    }

    #[test]
    fn more_vocabularies_than_there_can_be_do_no_harm() {
        let mut vocabularies = Vocabularies::default();
        for number in 0..70_000 {
            let sab = vocabularies.of(&number.to_string());
            vocabularies.learn_language(sab, 0);
        }
        assert_eq!(vocabularies.of("69999"), Sab::MAX);
    }

    #[test]
    fn languages_have_the_tags_of_the_web() {
        assert_eq!((language_tag("CZE"), language_tag("XYZ")), ("cs".to_owned(), "xyz".to_owned()));
    }
}

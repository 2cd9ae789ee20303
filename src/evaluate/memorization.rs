//! When fine-tuning pays: what models know by heart, of which terms, and whether training on some terms helps with others.
//!
//! The question of "From Memorization to Generalization" (arXiv 2510.19036): a model that is asked for identifiers without
//! candidates knows those that occur often, and those whose text carries the name; training makes it memorize the terms it
//! saw, and helps with others only where identifiers carry meaning.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::Error;
use super::dataset::{Rows, Split};
use super::lexicalization;
use super::popularity::{self, Decade};
use super::report::CaseRow;
use super::statistics::Interval;
use super::statistics::difference::{Gain, paired_bootstrap, unpaired_bootstrap};
use super::statistics::regression::{Regression, Unfit, roc_auc};
use crate::ontology::Curie;

/// A term, and whether models knew its identifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// What it belongs to, such as `HPO`.
    pub terminology: String,
    /// The term.
    pub name: String,
    /// Its identifier.
    pub identifier: String,
    /// How often the identifier occurs.
    pub popularity: Option<u64>,
    /// Whether the fine-tuned model was trained on it.
    pub split: Option<Split>,
    /// Whether the base model was right.
    pub base: bool,
    /// Whether the fine-tuned model was right.
    pub tuned: Option<bool>,
    /// Cosine of the vectors of name and identifier, from -1 to 1.
    pub similarity: Option<f64>,
}

/// Right answers to some terms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// How many terms.
    pub terms: usize,
    /// How many of them were right.
    pub right: usize,
    /// Their share, from 0 to 1.
    pub accuracy: f64,
    /// Wilson's 95% interval of it.
    pub interval: Interval,
}

/// Terms that are told together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// What they are called, such as `10-99`.
    pub of: String,
    /// The base model.
    pub base: Share,
    /// The fine-tuned one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuned: Option<Share>,
}

/// The terms of a split by how often their identifiers occur.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitBins {
    /// Which terms.
    pub split: Split,
    /// In up to twenty parts of equal size, the most popular first.
    pub bins: Vec<Part>,
}

/// What fine-tuning changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Change {
    /// Accuracy of the fine-tuned model less that of the base model.
    pub gain: f64,
    /// Its 95% interval, by bootstrap.
    pub interval: Interval,
}

/// What a terminology's answers say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Terminology {
    /// What it is called.
    pub name: String,
    /// All terms.
    pub all: Part,
    /// Terms that were trained on, and those withheld, where that is known.
    pub splits: Vec<Part>,
    /// What the fine-tuned model gained on the terms it was trained on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memorization: Option<Change>,
    /// What it gained on those it was not trained on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generalization: Option<Change>,
    /// What it gained more on the first than on the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memorization_only: Option<Change>,
    /// By how often the identifier occurs, in powers of ten.
    pub popularity: Vec<Part>,
    /// The same in up to twenty parts of equal size, the most popular first.
    pub popularity_bins: Vec<Part>,
    /// These parts once more, of each split.
    pub split_bins: Vec<SplitBins>,
    /// The mean overlap of identifier and name, see [`lexicalization::overlap`].
    pub lexicalization: f64,
    /// The mean cosine of identifier and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f64>,
    /// What the base model's being right depends on.
    pub predictors: Predictors,
    /// What that comes to.
    pub verdict: Verdict,
}

/// Popularity and lexicalization as predictors of a right answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Predictors {
    /// Log odds of being right by the predictors that vary, together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regression: Option<Regression>,
    /// What is left out of it, and why; or why there is none.
    pub notes: Vec<String>,
    /// How well popularity alone tells right from wrong answers: area under the ROC curve.
    pub popularity_auc: Option<f64>,
    /// The same of the overlap of identifier and name.
    pub lexicalization_auc: Option<f64>,
    /// The same of the cosine of their vectors.
    pub similarity_auc: Option<f64>,
}

/// Whether fine-tuning is worth while.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether it can help with terms that were not trained on.
    pub helps: bool,
    /// Why, in a sentence.
    pub reason: String,
}

impl Verdict {
    /// The advice.
    pub const fn advice(&self) -> &'static str {
        if self.helps { "fine-tuning can help here" } else { "retrieve, don't memorize" }
    }
}

/// The columns of a table of recorded answers.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// The column that names the terminology [`terminology`; one for all, where there is none].
    pub terminology: Option<String>,
    /// The column that says how often the identifier occurs [`popularity` or `id_hits_pmc`].
    pub popularity: Option<String>,
}

/// Reads recorded answers: a table (TSV, CSV, JSON lines) with the columns `term` or `mention`, `gold_id` or `ids`, and
/// `predicted_id`; where they are known also `terminology`, a count, and `split`. An answer is right where it is a gold
/// identifier, in any spelling.
///
/// # Errors
/// With file and line, where a column is missing or a row cannot be read; where there is no row.
pub fn read(path: &Path, columns: &Columns) -> Result<Vec<Term>, Error> {
    let mut rows = Rows::open(path)?;
    let place = path.display().to_string();
    let find = |usual: &[&'static str]| usual.iter().copied().find(|column| rows.has(column));
    let named = |given: &Option<String>, usual: &[&'static str]| match given {
        Some(column) if rows.has(column) => Ok(Some(column.clone())),
        Some(column) => Err(rows.missing(column)),
        None => Ok(find(usual).map(str::to_owned)),
    };
    let name = find(&["term", "mention"]).ok_or_else(|| rows.missing("term"))?;
    let gold = find(&["gold_id", "ids", "id"]).ok_or_else(|| rows.missing("gold_id"))?;
    let predicted = find(&["predicted_id", "prediction", "answer"]).ok_or_else(|| rows.missing("predicted_id"))?;
    let terminology = named(&columns.terminology, &["terminology"])?;
    let popularity = named(&columns.popularity, &["popularity", "id_hits_pmc"])?;
    let mut terms = Vec::new();
    while let Some(row) = rows.next() {
        let row = row?;
        let cell = |column: &str| row.get(column).unwrap_or_default().trim().to_owned();
        let wrong = |message: String| Error::Malformed { place: place.clone(), line: row.line, message };
        let popularity = match popularity.as_deref().map(cell).filter(|text| !text.is_empty()) {
            Some(text) => Some(text.parse().map_err(|_| wrong(format!("`{text}` is no count")))?),
            None => None,
        };
        let split = match cell("split").as_str() {
            "" => None,
            text => Some(Split::parse(text).ok_or_else(|| wrong(Split::unknown(text)))?),
        };
        let identifier = cell(gold);
        if identifier.is_empty() {
            return Err(wrong(format!("`{gold}` is empty")));
        }
        let predicted = cell(predicted);
        terms.push(Term {
            terminology: terminology.as_deref().map_or_else(|| "all".to_owned(), cell),
            name: cell(name),
            base: identifier.split('|').any(|id| is_same(id, &predicted)),
            identifier,
            popularity,
            split,
            tuned: None,
            similarity: None,
        });
    }
    if terms.is_empty() {
        return Err(Error::NoCases { place });
    }
    Ok(terms)
}

/// Whether two texts are one identifier: symbols are written in other cases for other species.
fn is_same(left: &str, right: &str) -> bool {
    let (left, right) = (left.trim(), right.trim());
    left.eq_ignore_ascii_case(right)
        || matches!((Curie::parse(left), Curie::parse(right)), (Ok(left), Ok(right)) if left == right)
}

/// Adds what a fine-tuned model answered to the same terms; those that it did not answer are wrong.
///
/// # Errors
/// [`Error::NothingRecorded`] where it answered none of them.
pub fn join(terms: &mut [Term], tuned: &[Term], place: &str) -> Result<(), Error> {
    let key = |term: &Term| (term.terminology.clone(), term.name.clone(), term.identifier.clone());
    let answers: BTreeMap<_, bool> = tuned.iter().map(|term| (key(term), term.base)).collect();
    let mut found = 0;
    for term in terms.iter_mut() {
        let answer = answers.get(&key(term));
        found += usize::from(answer.is_some());
        term.tuned = Some(answer.copied().unwrap_or_default());
    }
    if found == 0 {
        let dataset = "the base model's answers".to_owned();
        return Err(Error::NothingRecorded { place: place.to_owned(), dataset, cases: terms.len() });
    }
    Ok(())
}

/// The terms of a benchmark's cases, as `base` and `tuned` answered them; each dataset is a terminology.
pub fn of_cases(rows: &[CaseRow], base: &str, tuned: Option<&str>) -> Vec<Term> {
    let mut terms: BTreeMap<(&str, usize), Term> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.is_first && row.system == base) {
        let term = Term {
            terminology: row.dataset.clone(),
            name: row.mention.clone(),
            identifier: row.ids.join("|"),
            popularity: row.popularity,
            split: row.split,
            base: row.judged.is_right(),
            tuned: None,
            similarity: None,
        };
        terms.insert((&row.dataset, row.line), term);
    }
    for row in rows.iter().filter(|row| Some(row.system.as_str()) == tuned) {
        if let Some(term) = terms.get_mut(&(row.dataset.as_str(), row.line)) {
            term.tuned = Some(row.judged.is_right());
        }
    }
    terms.into_values().collect()
}

/// What the terms say, terminology by terminology; `samples` and `seed` are of the bootstrap.
pub fn analyse(terms: &[Term], samples: usize, seed: u64) -> Vec<Terminology> {
    let mut parts: Vec<(&str, Vec<&Term>)> = Vec::new();
    for term in terms {
        match parts.iter_mut().find(|(name, _)| *name == term.terminology) {
            Some((_, part)) => part.push(term),
            None => parts.push((&term.terminology, vec![term])),
        }
    }
    parts.into_iter().map(|(name, terms)| Terminology::of(name, &terms, samples, seed)).collect()
}

impl Terminology {
    fn of(name: &str, terms: &[&Term], samples: usize, seed: u64) -> Self {
        let of_split = |split: Split| -> (Split, Vec<&Term>) {
            (split, terms.iter().copied().filter(|term| term.split == Some(split)).collect())
        };
        let split_terms: Vec<(Split, Vec<&Term>)> =
            Split::ALL.into_iter().map(of_split).filter(|(_, terms)| !terms.is_empty()).collect();
        let answers = |split: Split| -> (Vec<bool>, Vec<bool>) {
            let of_split = terms.iter().filter(|term| term.split == Some(split));
            of_split.filter_map(|term| Some((term.base, term.tuned?))).unzip()
        };
        let change = |split: Split| {
            let (base, tuned) = answers(split);
            let interval = paired_bootstrap(&base, &tuned, samples, seed)?;
            Some(Change { gain: Gain::between(&base, &tuned).mean(), interval })
        };
        let gains = [Split::Withheld, Split::Trained].map(|split| {
            let (base, tuned) = answers(split);
            Gain::between(&base, &tuned)
        });
        let memorization_only = unpaired_bootstrap(gains[0], gains[1], samples, seed)
            .map(|interval| Change { gain: gains[1].mean() - gains[0].mean(), interval });
        let overlaps: Vec<f64> = terms.iter().map(|term| overlap(term)).collect();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let similarities: Vec<f64> = terms.iter().filter_map(|term| term.similarity).collect();
        let lexicalization = mean(&overlaps);
        let (memorization, generalization) = (change(Split::Trained), change(Split::Withheld));
        Self {
            name: name.to_owned(),
            all: Part::of("all", terms),
            splits: split_terms.iter().map(|(split, terms)| Part::of(split.as_str(), terms)).collect(),
            memorization,
            generalization,
            memorization_only,
            popularity: decades(terms),
            popularity_bins: bins(terms),
            split_bins: split_terms
                .iter()
                .map(|(split, terms)| SplitBins { split: *split, bins: bins(terms) })
                .collect(),
            lexicalization,
            similarity: (!similarities.is_empty()).then(|| mean(&similarities)),
            predictors: Predictors::of(terms),
            verdict: Verdict::of(terms, generalization, lexicalization),
        }
    }
}

/// The overlap of a term's identifier and its name; of several identifiers the largest.
fn overlap(term: &Term) -> f64 {
    term.identifier.split('|').map(|id| lexicalization::overlap(&term.name, id)).fold(0.0, f64::max)
}

fn decades(terms: &[&Term]) -> Vec<Part> {
    let mut parts: BTreeMap<Decade, Vec<&Term>> = BTreeMap::new();
    for term in terms {
        if let Some(count) = term.popularity {
            parts.entry(Decade::of(count)).or_default().push(term);
        }
    }
    parts.iter().map(|(decade, terms)| Part::of(&decade.to_string(), terms)).collect()
}

fn bins(terms: &[&Term]) -> Vec<Part> {
    let (counts, known): (Vec<u64>, Vec<&Term>) =
        terms.iter().filter_map(|term| Some((term.popularity?, *term))).unzip();
    let mut parts: BTreeMap<usize, Vec<&Term>> = BTreeMap::new();
    for (bin, term) in popularity::bins(&counts, popularity::BINS).into_iter().zip(known) {
        parts.entry(bin).or_default().push(term);
    }
    parts.iter().map(|(bin, terms)| Part::of(&bin.to_string(), terms)).collect()
}

impl Share {
    fn of(right: impl Iterator<Item = bool>) -> Self {
        let (terms, right) = right.fold((0, 0), |(terms, count), is| (terms + 1, count + usize::from(is)));
        let accuracy = right as f64 / terms.max(1) as f64;
        Self { terms, right, accuracy, interval: Interval::wilson(right, terms) }
    }
}

impl Part {
    fn of(of: &str, terms: &[&Term]) -> Self {
        let tuned = Share::of(terms.iter().filter_map(|term| term.tuned));
        let base = Share::of(terms.iter().map(|term| term.base));
        Self { of: of.to_owned(), base, tuned: (tuned.terms > 0).then_some(tuned) }
    }
}

impl Predictors {
    /// Of the base model's being right.
    fn of(terms: &[&Term]) -> Self {
        let (outcomes, overlaps): (Vec<bool>, Vec<f64>) = terms.iter().map(|term| (term.base, overlap(term))).unzip();
        let known: Vec<(&Term, f64)> =
            terms.iter().filter_map(|term| Some((*term, log_of(term.popularity?)))).collect();
        let cases: Vec<([f64; 2], bool)> =
            known.iter().map(|(term, popularity)| ([*popularity, overlap(term)], term.base)).collect();
        let auc = |scores: Vec<(f64, bool)>| {
            let (scores, outcomes): (Vec<f64>, Vec<bool>) = scores.into_iter().unzip();
            roc_auc(&scores, &outcomes)
        };
        let mut notes = Vec::new();
        Self {
            regression: regression(&cases, &mut notes),
            notes,
            popularity_auc: auc(cases.iter().map(|([popularity, _], right)| (*popularity, *right)).collect()),
            lexicalization_auc: roc_auc(&overlaps, &outcomes),
            similarity_auc: auc(terms.iter().filter_map(|term| Some((term.similarity?, term.base))).collect()),
        }
    }

    /// The same over several terminologies at once, where lexicalization varies.
    pub fn pooled(terms: &[Term]) -> Self {
        Self::of(&terms.iter().collect::<Vec<_>>())
    }
}

/// A tenfold count adds as much wherever it starts, and no count is none.
fn log_of(count: u64) -> f64 {
    (1.0 + count as f64).log10()
}

const POPULARITY: &str = "popularity (log10)";
const LEXICALIZATION: &str = "lexicalization";

/// By both predictors, or by the one that varies.
fn regression(cases: &[([f64; 2], bool)], notes: &mut Vec<String>) -> Option<Regression> {
    let one = |at: usize, name| {
        let cases: Vec<([f64; 1], bool)> = cases.iter().map(|(row, right)| ([row[at]], *right)).collect();
        Regression::fit([name], &cases)
    };
    let mut fitted = Regression::fit([POPULARITY, LEXICALIZATION], cases);
    if let Err(Unfit::Constant(name)) = &fitted {
        notes.push(format!("left out: {}", Unfit::Constant(name.clone())));
        fitted = if name == LEXICALIZATION { one(0, POPULARITY) } else { one(1, LEXICALIZATION) };
    }
    match fitted {
        Ok(regression) => Some(regression),
        Err(unfit) => {
            notes.push(unfit.to_string());
            None
        }
    }
}

/// The overlap from which on identifiers are said to carry the name.
const CARRIES: f64 = 0.5;

/// The accuracy on the least popular quarter from which on a model is said not to go by popularity.
const KNOWN: f64 = 0.5;

impl Verdict {
    /// By what fine-tuning gained on withheld terms where that was measured; else by what the identifiers are made of and
    /// whether the base model knows rare ones.
    fn of(terms: &[&Term], generalization: Option<Change>, lexicalization: f64) -> Self {
        if let Some(Change { gain, interval }) = generalization {
            let helps = interval.low > 0.0;
            let shown = if helps { "is better" } else { "is not shown to be better" };
            let reason = format!(
                "on terms it was not trained on the fine-tuned model {shown} ({:+.1} points, {:+.1} to {:+.1})",
                100.0 * gain,
                100.0 * interval.low,
                100.0 * interval.high
            );
            return Self { helps, reason };
        }
        let rare = rarest(terms);
        let carries = lexicalization >= CARRIES;
        let helps = carries && rare.is_none_or(|rare| rare.accuracy >= KNOWN);
        let knows = rare.map_or_else(String::new, |rare| {
            format!("; the model knows {:.1}% of the least popular quarter", 100.0 * rare.accuracy)
        });
        let reason = format!(
            "identifiers {} the name ({:.0}% of their letters are in it, in order){knows}",
            if carries { "carry" } else { "do not carry" },
            100.0 * lexicalization
        );
        Self { helps, reason }
    }
}

/// The base model's answers to the quarter of the terms that occurs least.
fn rarest(terms: &[&Term]) -> Option<Share> {
    let mut known: Vec<(u64, bool)> = terms.iter().filter_map(|term| Some((term.popularity?, term.base))).collect();
    known.sort_by_key(|(count, _)| *count);
    // Those that occur as often as the last of them belong to them.
    let bound = known.get(known.len().div_ceil(4).checked_sub(1)?)?.0;
    Some(Share::of(known.iter().take_while(|(count, _)| *count <= bound).map(|(_, right)| *right)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(name: &str, popularity: u64, split: Split, base: bool, tuned: bool) -> Term {
        Term {
            terminology: "X".to_owned(),
            name: name.to_owned(),
            identifier: format!("X:{popularity}"),
            popularity: Some(popularity),
            split: Some(split),
            base,
            tuned: Some(tuned),
            similarity: None,
        }
    }

    /// Forty terms of each split; the base model knows every fourth, the fine-tuned one all it was trained on.
    fn terms() -> Vec<Term> {
        let of = |split| {
            (0..40).map(move |at| {
                let base = at % 4 == 0;
                term(&format!("term {split:?} {at}"), at * at, split, base, base || split == Split::Trained)
            })
        };
        of(Split::Trained).chain(of(Split::Withheld)).collect()
    }

    #[test]
    fn what_is_only_memorized_is_told_from_what_generalizes() {
        let found = &analyse(&terms(), 500, 0)[0];
        let memorization = found.memorization.unwrap();
        assert!((memorization.gain - 0.75).abs() < 1e-12 && memorization.interval.low > 0.5);
        let generalization = found.generalization.unwrap();
        assert!(generalization.gain.abs() < 1e-12 && generalization.interval.low.abs() < 1e-12);
        assert!((found.memorization_only.unwrap().gain - 0.75).abs() < 1e-12);
        assert_eq!(found.verdict.advice(), "retrieve, don't memorize");
        assert_eq!(found.splits.iter().map(|part| part.base.right).collect::<Vec<_>>(), [10, 10]);
        let known =
            |at: usize| -> usize { found.split_bins[at].bins.iter().map(|part| part.tuned.unwrap().right).sum() };
        assert_eq!((known(0), known(1), found.split_bins[0].bins.len()), (40, 10, 20));
    }

    #[test]
    fn a_gain_on_withheld_terms_is_help() {
        let better = terms().into_iter().map(|term| Term { tuned: Some(true), ..term }).collect::<Vec<_>>();
        assert_eq!(analyse(&better, 500, 0)[0].verdict.advice(), "fine-tuning can help here");
    }

    #[test]
    fn accuracy_is_told_by_powers_of_ten_and_by_equal_parts() {
        let found = &analyse(&terms(), 100, 0)[0];
        let decades: Vec<(&str, usize)> =
            found.popularity.iter().map(|part| (part.of.as_str(), part.base.terms)).collect();
        assert_eq!(decades, [("0", 2), ("1-9", 6), ("10-99", 12), ("100-999", 44), ("1000-9999", 16)]);
        assert!(found.popularity_bins.iter().all(|part| part.base.terms == 4) && found.popularity_bins.len() == 20);
    }

    #[test]
    fn a_predictor_that_does_not_vary_is_left_out_and_said_so() {
        let numbers = terms().into_iter().map(|term| Term { identifier: "X:7".to_owned(), ..term }).collect::<Vec<_>>();
        let predictors = &analyse(&numbers, 100, 0)[0].predictors;
        assert_eq!(predictors.regression.as_ref().unwrap().coefficients.len(), 1);
        assert_eq!(predictors.notes, ["left out: `lexicalization` is the same in all cases"]);
        let sure = terms().into_iter().map(|term| Term { base: true, ..term }).collect::<Vec<_>>();
        let predictors = &analyse(&sure, 100, 0)[0].predictors;
        assert!(predictors.regression.is_none() && predictors.notes == ["the outcome of all 80 cases is the same"]);
    }

    #[test]
    fn without_a_fine_tuned_model_identifiers_and_rare_terms_decide() {
        let bare = |identifier: &str, base| {
            let of = |term: Term| Term { identifier: identifier.to_owned(), base, tuned: None, ..term };
            let terms: Vec<Term> = terms().into_iter().map(of).collect();
            analyse(&terms, 100, 0)[0].verdict.clone()
        };
        assert!(bare("TERM", true).helps);
        assert!(!bare("TERM", false).helps && !bare("X:0000", true).helps);
        assert!(bare("X:0000", true).reason.contains("do not carry"));
    }

    #[test]
    fn recorded_answers_are_right_in_any_spelling_and_are_joined_by_term() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs_err::write(&path, text).unwrap();
            path
        };
        let base = "terminology\tterm\tgold_id\tpredicted_id\tid_hits_pmc\n\
                    A\tfever\tHP:0001945\thp_0001945\t7\nB\tjade\tJADE1\tJade1\t\nA\tache\tX:1|X:2\tX:3\t0\n";
        let mut terms = read(&file("base.tsv", base), &Columns::default()).unwrap();
        assert_eq!(terms.iter().map(|term| term.base).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(terms.iter().map(|term| term.popularity).collect::<Vec<_>>(), [Some(7), None, Some(0)]);
        let tuned =
            read(&file("t.tsv", "terminology\tterm\tids\tanswer\nA\tache\tX:1|X:2\tX:2\n"), &Columns::default());
        join(&mut terms, &tuned.unwrap(), "t.tsv").unwrap();
        assert_eq!(terms.iter().map(|term| term.tuned).collect::<Vec<_>>(), [Some(false), Some(false), Some(true)]);
        let other = read(&file("o.tsv", "term\tids\tanswer\nache\tX:1\tX:2\n"), &Columns::default()).unwrap();
        assert!(join(&mut terms, &other, "o.tsv").is_err());
    }
}

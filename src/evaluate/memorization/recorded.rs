//! Answers that someone else recorded.

use std::collections::HashMap;
use std::path::Path;

use super::Term;
use crate::evaluate::Error;
use crate::evaluate::dataset::{IDS, MENTION, PREDICTED, Rows};
use crate::ontology::Curie;

/// The columns of a table of recorded answers.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// The column that names the terminology [`terminology`; one for all, where there is none].
    pub terminology: Option<String>,
    /// The column that says how often the identifier occurs [`popularity` or `id_hits_pmc`].
    pub popularity: Option<String>,
}

/// Reads recorded answers: a table (TSV, CSV, JSON lines) with the columns `mention` or `term`, `ids`, `gold_id` or `id`,
/// and `predicted_id`, `prediction` or `answer`; where they are known also `terminology`, a count, and `split`. An answer
/// is right where it is a gold identifier, in any spelling.
///
/// Every row is a term, also where another one is like it: a study counts the rows that it publishes.
///
/// # Errors
/// With file and line, where a column is missing or a row cannot be read; where there is no row.
pub fn read(path: &Path, columns: &Columns) -> Result<Vec<Term>, Error> {
    let mut rows = Rows::open(path)?;
    let place = path.display().to_string();
    let find = |usual: &[&'static str]| usual.iter().copied().find(|column| rows.has(column));
    let needed = |usual: &[&'static str]| find(usual).ok_or_else(|| rows.missing(usual[0]));
    let named = |given: &Option<String>, usual: &[&'static str]| match given {
        Some(column) if rows.has(column) => Ok(Some(column.clone())),
        Some(column) => Err(rows.missing(column)),
        None => Ok(find(usual).map(str::to_owned)),
    };
    let (name, gold, predicted) = (needed(&MENTION)?, needed(&IDS)?, needed(&PREDICTED)?);
    let terminology = named(&columns.terminology, &["terminology"])?;
    let popularity = named(&columns.popularity, &["popularity", "id_hits_pmc"])?;
    let mut terms = Vec::new();
    while let Some(row) = rows.next() {
        let row = row?;
        let cell = |column: &str| row.get(column).unwrap_or_default().trim().to_owned();
        let popularity = popularity.as_deref().map(|column| row.count(column)).transpose()?.flatten();
        let split = row.split()?;
        let ids = cell(gold);
        let ids: Vec<&str> = ids.split('|').map(str::trim).filter(|id| !id.is_empty()).collect();
        if ids.is_empty() {
            return Err(row.malformed(format!("`{gold}` is empty")));
        }
        let predicted = cell(predicted);
        terms.push(Term {
            terminology: terminology.as_deref().map_or_else(|| "all".to_owned(), cell),
            name: cell(name),
            identifier: ids.join("|"),
            popularity,
            split,
            // No identifier is empty, so that no answer is never right.
            base: ids.iter().any(|id| is_same(id, &predicted)),
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
    left.eq_ignore_ascii_case(right)
        || matches!((Curie::parse(left), Curie::parse(right)), (Ok(left), Ok(right)) if left == right)
}

/// Adds what a fine-tuned model answered to the same terms, the first where it did several times, and the split of terms
/// that have none. Tells how many it did not answer; these are wrong.
///
/// # Errors
/// [`Error::NothingRecorded`] where it answered none of them.
pub fn join(terms: &mut [Term], tuned: &[Term], place: &str) -> Result<usize, Error> {
    let mut answers: HashMap<(&str, &str, &str), &Term> = HashMap::new();
    for term in tuned {
        answers.entry((&term.terminology, &term.name, &term.identifier)).or_insert(term);
    }
    let mut lacking = 0;
    for term in terms.iter_mut() {
        let answer = answers.get(&(term.terminology.as_str(), term.name.as_str(), term.identifier.as_str()));
        lacking += usize::from(answer.is_none());
        term.split = term.split.or_else(|| answer.and_then(|answer| answer.split));
        term.tuned = Some(answer.is_some_and(|answer| answer.base));
    }
    if lacking == terms.len() {
        let dataset = "the base model's answers".to_owned();
        return Err(Error::NothingRecorded { place: place.to_owned(), dataset, cases: terms.len() });
    }
    Ok(lacking)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::dataset::Split;

    fn of(text: &str) -> Result<Vec<Term>, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recorded.tsv");
        fs_err::write(&path, text).unwrap();
        read(&path, &Columns::default())
    }

    fn right(text: &str) -> Vec<bool> {
        of(text).unwrap().iter().map(|term| term.base).collect()
    }

    const BASE: &str = "terminology\tterm\tgold_id\tpredicted_id\tid_hits_pmc\n\
        A\tfever\tHP:0001945\thp_0001945\t7\nB\tjade\tJADE1\tJade1\t\nA\tache\tX:1|X:2\tX:3\t0\n";

    #[test]
    fn answers_are_right_in_any_spelling() {
        assert_eq!(right(BASE), [true, true, false]);
        let counts: Vec<_> = of(BASE).unwrap().iter().map(|term| term.popularity).collect();
        assert_eq!(counts, [Some(7), None, Some(0)]);
    }

    #[test]
    fn no_answer_is_wrong_and_a_gold_identifier_is_never_empty() {
        assert_eq!(right("term\tids\tanswer\nache\tX:1|\t\nache\t| X:1 | \tX:1\n"), [false, true]);
        assert_eq!(of("term\tids\tanswer\nache\tX:1|\tX:1\n").unwrap()[0].identifier, "X:1");
        let error = of("term\tids\tanswer\nache\t|\tX:1\n").unwrap_err().to_string();
        assert!(error.ends_with("recorded.tsv:2: `ids` is empty"), "{error}");
    }

    #[test]
    fn columns_win_in_the_order_in_which_cases_are_read() {
        let header = "answer\tprediction\tpredicted_id\tid\tgold_id\tids\tterm\tmention\n";
        let terms = of(&format!("{header}X:1\tX:2\tX:3\tX:1\tX:2\tX:3\tache\tpain\n")).unwrap();
        assert_eq!((terms[0].name.as_str(), terms[0].identifier.as_str(), terms[0].base), ("pain", "X:3", true));
    }

    #[test]
    fn a_fine_tuned_models_answers_are_joined_by_term_and_what_it_lacks_is_wrong_and_told() {
        let mut terms = of(BASE).unwrap();
        let tuned = of("terminology\tterm\tids\tanswer\tsplit\nA\tache\tX:1|X:2\tX:2\twithheld\n").unwrap();
        assert_eq!(join(&mut terms, &tuned, "t.tsv").unwrap(), 2);
        assert_eq!(terms.iter().map(|term| term.tuned).collect::<Vec<_>>(), [Some(false), Some(false), Some(true)]);
        assert_eq!(terms.iter().map(|term| term.split).collect::<Vec<_>>(), [None, None, Some(Split::Withheld)]);
        let other = of("term\tids\tanswer\nache\tX:1\tX:2\n").unwrap();
        assert!(join(&mut terms, &other, "o.tsv").is_err());
    }

    #[test]
    fn of_two_answers_to_a_term_the_first_counts() {
        let mut terms = of("term\tids\tanswer\tsplit\nache\tX:1\tX:1\ttrained\n").unwrap();
        let text = "term\tids\tanswer\tsplit\nache\tX:1\tX:1\twithheld\nache\tX:1\tX:2\twithheld\n";
        assert_eq!(join(&mut terms, &of(text).unwrap(), "t.tsv").unwrap(), 0);
        assert_eq!((terms[0].tuned, terms[0].split), (Some(true), Some(Split::Trained)));
    }
}

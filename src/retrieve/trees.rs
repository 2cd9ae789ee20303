//! Boosted trees (hessboost; no other file names it): learnt with the same result whatever the number of threads, kept
//! as bytes, asked row by row.

use hessboost::config::{TrainingParams, TrainingParamsBuilder, TreeMethod};
use hessboost::data::DMatrix;
use hessboost::error::HessboostError;
use hessboost::model::{BoostedModel, Iterations, ModelFormat};
use hessboost::objective::{LambdaRank, Objective, RegLoss};
use hessboost::training::train;

use super::Error;

/// A learnt model.
#[derive(Clone)]
pub(super) struct Trees(BoostedModel);

/// What the learning library says of a failure.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct EngineError(HessboostError);

impl From<HessboostError> for Error {
    fn from(error: HessboostError) -> Self {
        Self::Trees(EngineError(error))
    }
}

/// Rows of equal width, one after the other, and what is to be learnt of each.
#[derive(Debug, Default)]
pub(super) struct Lessons {
    pub rows: Vec<f32>,
    pub labels: Vec<f32>,
}

impl Lessons {
    pub(super) fn push(&mut self, row: &[f32], is_right: bool) {
        self.rows.extend_from_slice(row);
        self.labels.push(f32::from(u8::from(is_right)));
    }

    fn matrix(&self) -> Result<DMatrix, HessboostError> {
        let rows = self.labels.len();
        DMatrix::from_dense(&self.rows, rows, self.rows.len() / rows.max(1))?.with_labels(&self.labels)
    }
}

/// Small trees, each of a share of rows and features: there are few lessons, and they are not quite like life.
fn parameters(objective: Objective, step: f64) -> TrainingParamsBuilder {
    TrainingParams::builder()
        .objective(objective)
        .tree_method(TreeMethod::Hist)
        .max_depth(3)
        .eta(step)
        .min_child_weight(5.0)
        .subsample(0.7)
        .colsample_bytree(0.5)
        .seed(1)
}

impl Trees {
    /// Learns to put the right rows of each group first, as corrections to `prior`: `LambdaMART` (Burges 2010).
    pub(super) fn order(lessons: &Lessons, prior: &[f32], groups: &[usize]) -> Result<Self, Error> {
        let data = lessons.matrix()?.with_group_sizes(groups)?.with_base_margin(prior)?;
        let parameters = parameters(Objective::RankNdcg(LambdaRank::default()), 0.1).build()?;
        Ok(Self(train(&parameters, &data, 100)?))
    }

    /// Learns the log-odds that a row is right.
    pub(super) fn log_odds(lessons: &Lessons) -> Result<Self, Error> {
        let parameters = parameters(Objective::BinaryLogistic(RegLoss::default()), 0.07).build()?;
        Ok(Self(train(&parameters, &lessons.matrix()?, 80)?))
    }

    /// What the trees say of a row.
    pub(super) fn margin(&self, row: &[f32]) -> f32 {
        let margin = self.0.predict_margin_row(row, Iterations::Best);
        margin.expect("a row has one number a feature, none of them infinite")
    }

    /// What each feature adds to the margin of each row (Shapley values, Lundberg et al. 2020), and last what every row
    /// starts from.
    pub(super) fn contributions(&self, rows: &[f32], width: usize) -> Result<Vec<Vec<f32>>, Error> {
        let data = DMatrix::from_dense(rows, rows.len() / width, width)?;
        let shares = self.0.predict_contribs(&data, Iterations::Best)?;
        Ok((0..shares.n_rows()).filter_map(|row| shares.get(row, 0).map(<[f32]>::to_vec)).collect())
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, Error> {
        Ok(self.0.encode(ModelFormat::Binary)?)
    }

    /// # Errors
    /// Where the bytes are no model, or one of rows of another width.
    pub(super) fn decode(bytes: &[u8], width: usize) -> Result<Self, Error> {
        let trees = Self(BoostedModel::decode(bytes, ModelFormat::Binary)?);
        trees.0.predict_margin_row(&vec![0.0; width], Iterations::Best)?;
        Ok(trees)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forty groups of four rows; the row with the larger second number is right.
    fn lessons() -> (Lessons, Vec<usize>) {
        let mut lessons = Lessons::default();
        for group in 0..40_u8 {
            for row in 0..4_u8 {
                lessons.push(&[f32::from(group % 7), f32::from(row) + f32::from(group % 3) / 10.0], row == 3);
            }
        }
        (lessons, vec![4; 40])
    }

    #[test]
    fn what_is_learnt_is_kept_and_explained() {
        let (lessons, groups) = lessons();
        let trees = Trees::order(&lessons, &[0.0; 160], &groups).unwrap();
        assert!(trees.margin(&[1.0, 3.0]) > trees.margin(&[1.0, 1.0]));
        let again = Trees::decode(&trees.encode().unwrap(), 2).unwrap();
        assert!((again.margin(&[1.0, 3.0]) - trees.margin(&[1.0, 3.0])).abs() < 1e-6);
        let shares = trees.contributions(&[1.0, 3.0], 2).unwrap().remove(0);
        assert!((shares.iter().sum::<f32>() - trees.margin(&[1.0, 3.0])).abs() < 1e-3, "{shares:?}");
        assert!(shares[1] > shares[0].abs());
    }

    #[test]
    fn log_odds_are_above_zero_where_most_are_right() {
        let trees = Trees::log_odds(&lessons().0).unwrap();
        assert!(trees.margin(&[1.0, 3.1]) > 0.0 && trees.margin(&[1.0, 0.0]) < 0.0);
    }

    #[test]
    fn a_model_of_other_rows_is_refused() {
        let bytes = Trees::log_odds(&lessons().0).unwrap().encode().unwrap();
        assert!(Trees::decode(&bytes, 3).is_err() && Trees::decode(b"no model", 2).is_err());
    }
}

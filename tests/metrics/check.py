"""Figures of `tests/metrics.rs` by other libraries: reads its folder, writes them as JSON.

What term2id calls recall at k is whether any gold concept is among the first k: `Success@k` here.
"""

import json
import sys
from pathlib import Path

import ir_measures
import numpy
import statsmodels.api
from ir_measures import RR, Success
from scipy.stats import binomtest, mannwhitneyu
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint


def ranking(folder, cutoffs):
    """Of rankings against gold, both in the files of TREC."""
    gold = list(ir_measures.read_trec_qrels(str(folder / "qrels.txt")))
    run = list(ir_measures.read_trec_run(str(folder / "run.txt")))
    measures = [Success @ cutoff for cutoff in cutoffs]
    found = ir_measures.calc_aggregate([*measures, RR], gold, run)
    return {"recall": [found[measure] for measure in measures], "mean_reciprocal_rank": found[RR]}


def calibration(answers):
    """Expected calibration error over ten bins, of pairs of a confidence and whether the answer is right."""
    bins = [[] for _ in range(10)]
    for confidence, is_right in answers:
        bins[min(9, int(confidence * 10))].append((confidence, is_right))
    gaps = [abs(sum(c for c, _ in held) - sum(r for _, r in held)) for held in bins]
    return {"error": sum(gaps) / len(answers)}


def risk(answers):
    """The mean over the answers of the risk of answering from their confidence on, as it is defined."""
    confidences, is_right = (numpy.array(column) for column in zip(*answers))
    return {"area": numpy.mean([1 - is_right[confidences >= least].mean() for least in confidences])}


def regression(cases):
    """Logistic regression of a yes on predictors."""
    rows = numpy.array([row for row, _ in cases])
    outcomes = numpy.array([outcome for _, outcome in cases], dtype=float)
    fit = statsmodels.api.Logit(outcomes, statsmodels.api.add_constant(rows)).fit(disp=0, tol=1e-14, maxiter=100)
    columns = zip(fit.params, fit.bse, fit.tvalues, fit.pvalues, fit.conf_int())
    scores = fit.fittedvalues
    yes, no = scores[outcomes == 1], scores[outcomes == 0]
    return {
        "coefficients": [
            {"estimate": b, "error": error, "z": z, "p": p, "low": low, "high": high}
            for b, error, z, p, (low, high) in columns
        ],
        "by_deviation": list(fit.params[1:] * rows.std(axis=0, ddof=1)),
        "auc": mannwhitneyu(yes, no).statistic / (len(yes) * len(no)),
    }


def main(folder):
    given = json.loads((folder / "given.json").read_text())
    intervals = [proportion_confint(right, cases, method="wilson") for right, cases in given["shares"]]
    found = {
        "ranking": ranking(folder, given["cutoffs"]),
        "calibration": calibration(given["answers"]),
        "risk": risk(given["answers"]),
        "intervals": [{"low": low, "high": high} for low, high in intervals],
        "percentiles": list(numpy.percentile(given["values"], [50, 95, 99])),
        "mcnemar": [binomtest(first, first + second).pvalue for first, second in given["splits"]],
        "holm": list(multipletests(given["probabilities"], method="holm")[1]),
        "regression": regression(given["regression"]),
    }
    json.dump(found, sys.stdout, default=float)


main(Path(sys.argv[1]))

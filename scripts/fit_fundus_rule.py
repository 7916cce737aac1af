#!/usr/bin/env python3
"""Fits the rule of common/quality/fundus_rule.cc and prints common/quality/fundus_rule_weights.h.

Reads the features that `quality_bench --features FILE` wrote, one run for fundus photographs and
one for other pictures. Sets that nobody could call a fundus photograph any more (nearly black, half
of it cut off, ...) are left out. The intercept is such that a share of the photographs as they are
(--share) has a score below 0, by rules that were fitted without them (5 folds). Needs numpy and
scikit-learn.

  head -n 1700 TRAIN_LIST > list
  scripts/bench.sh quality --fundus IMAGES --list list --painted 400 --features fundus.csv
  scripts/bench.sh quality --other PICTURES --every 20 --first 1 --painted 200 --features other.csv
  scripts/fit_fundus_rule.py fundus.csv other.csv > common/quality/fundus_rule_weights.h
"""
import argparse
import collections
import csv

import numpy as np
from sklearn.linear_model import LogisticRegression

LEFT_OUT = ("blurred by sigma 6", "exposure x 0.05", "exposure x 0.1", "exposure x 2",
            "exposure x 3", "cut off by 0.5", "cut off by 0.6", "cut off by 0.7")
FOLDS = 5
LIMIT = 4.0  # Standard deviations; fundus_rule.cc clamps to the same.


def read_sets(path):
    sets = collections.defaultdict(list)
    with open(path, newline="") as file:
        for name, *values in csv.reader(file):
            if name not in LEFT_OUT:
                sets[name].append([float(value) for value in values])
    return {name: np.array(rows) for name, rows in sets.items()}


def weigh(name):
    """Sets of the pictures that matter most count more than variants of them."""
    return 4.0 if name == "photographs" or name.startswith("other") else 1.0


def stack(sets):
    weights = np.concatenate([np.full(len(x), weigh(n) / len(x)) for n, x in sets.items()])
    return np.vstack(list(sets.values())), weights / weights.sum()


def expand(features, centre, scale):
    z = np.clip((features - centre) / scale, -LIMIT, LIMIT)
    first, second = np.triu_indices(z.shape[1])
    return np.hstack([z, z[:, first] * z[:, second]])


def standard(fundus, other):
    features = np.vstack([stack(fundus)[0], stack(other)[0]])
    return np.round(features.mean(axis=0), 4), np.round(features.std(axis=0), 4)


def fit(fundus, other, centre, scale):
    yes, yes_weights = stack(fundus)
    no, no_weights = stack(other)
    weights = np.concatenate([yes_weights, no_weights])
    model = LogisticRegression(C=0.3, max_iter=2000)
    model.fit(expand(np.vstack([yes, no]), centre, scale),
              np.concatenate([np.ones(len(yes)), np.zeros(len(no))]),
              sample_weight=weights * len(weights) / weights.sum())
    return model


def part(sets, fold, inside):
    """The rows of each set that are in a fold, or those that are not. Folds are runs of rows, so
    that the variants of a photograph stay together."""
    result = {}
    for name, rows in sets.items():
        chosen = np.arange(len(rows)) * FOLDS // len(rows) == fold
        result[name] = rows[chosen == inside]
    return result


def intercept_for(fundus, other, centre, scale, share):
    scores = []
    for fold in range(FOLDS):
        model = fit(part(fundus, fold, False), part(other, fold, False), centre, scale)
        seen = expand(part(fundus, fold, True)["photographs"], centre, scale)
        scores.append(seen @ model.coef_[0])
    return -np.quantile(np.concatenate(scores), share)


def array(name, values):
    text = ", ".join(f"{value:.4f}" for value in values)
    lines, line = [], "   "
    for word in text.split(" "):
        if len(line) + 1 + len(word) > 99:
            lines.append(line)
            line = "   "
        line += " " + word
    body = "\n".join(lines + [line])
    return f"inline constexpr double {name}[] = {{\n{body}}};\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("fundus")
    parser.add_argument("other")
    parser.add_argument("--share", type=float, default=0.015, help="default %(default)s")
    args = parser.parse_args()

    fundus, other = read_sets(args.fundus), read_sets(args.other)
    centre, scale = standard(fundus, other)
    coefficients = fit(fundus, other, centre, scale).coef_[0]
    intercept = intercept_for(fundus, other, centre, scale, args.share)
    count = len(centre)
    print("// Printed by scripts/fit_fundus_rule.py, which says how to do it again.")
    print("#pragma once\n\nnamespace fovea {\n")
    print("// Of each FundusFeature, to standardise it.")
    print(array("kFeatureCentre", centre) + "\n" + array("kFeatureScale", scale))
    print("// Of the standardised features, then of their products with themselves and later ones:")
    print("// 0 * 0, 0 * 1, ... 1 * 1, 1 * 2, ...")
    print(array("kLinearWeights", coefficients[:count]))
    print(array("kProductWeights", coefficients[count:]))
    print(f"inline constexpr double kIntercept = {intercept:.4f};\n\n}}  // namespace fovea")


if __name__ == "__main__":
    main()

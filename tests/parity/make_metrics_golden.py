"""What scikit-learn and SciPy make of predictions, for sklearn_parity_test.

usage: make_metrics_golden.py FILE

FILE becomes JSON with lists of cases, each with its input and what must come out of it. null stands
for a number that is not finite.
"""

import json
import math
import sys
import warnings

import numpy as np
from scipy import optimize, special, stats
from sklearn import metrics as sk

BINS = 15
THRESHOLDS = {2: ("referable", 0.5), 3: ("vision_threatening", 0.3)}  # By lowest positive grade.
FLOORS = (0.5, 0.8, 0.95, 1.0)
NAN = float("nan")


def softmax_case(rng, images, classes, labels=None):
    labels = rng.integers(0, classes, images) if labels is None else labels
    logits = rng.normal(size=(images, classes))
    logits[np.arange(images), labels] += 1.5
    return labels, special.softmax(logits, axis=1)


def inputs():
    """Names with labels and probabilities."""
    rng = np.random.default_rng(7)
    for seed in range(6):
        yield f"random {seed}", softmax_case(np.random.default_rng(seed), 150, 5)
    yield "many", softmax_case(rng, 3000, 5)
    yield "two classes", softmax_case(rng, 80, 2)
    yield "three classes", softmax_case(rng, 80, 3)
    yield "seven classes", softmax_case(rng, 200, 7)
    tenths = rng.multinomial(10, [0.4, 0.2, 0.2, 0.1, 0.1], 200) / 10
    yield "ties", (rng.integers(0, 5, 200), tenths)
    yield "all equal", (rng.integers(0, 5, 40), np.full((40, 5), 0.2))
    yield "a class absent", softmax_case(rng, 60, 5, rng.choice([0, 1, 2, 4], 60))
    yield "grades 0 and 4", softmax_case(rng, 60, 5, rng.choice([0, 4], 60))
    yield "no referable", softmax_case(rng, 60, 5, rng.choice([0, 1], 60))
    yield "one class", softmax_case(rng, 30, 5, np.full(30, 2))
    yield "one class, all right", (np.full(9, 3), np.tile([0, 0, 0.1, 0.7, 0.2], (9, 1)))
    yield "constants that differ", (np.full(9, 1), np.tile([0, 0, 0.1, 0.7, 0.2], (9, 1)))
    never = rng.dirichlet(np.ones(4), 70)
    yield "a class never predicted", (rng.integers(0, 5, 70), np.insert(never, 1, 0, axis=1))
    yield "one image, right", (np.array([4]), np.array([[0.1, 0.1, 0.1, 0.2, 0.5]]))
    yield "one image, wrong", (np.array([0]), np.array([[0.0, 0.1, 0.1, 0.2, 0.6]]))
    labels = np.arange(25) % 5
    yield "perfect", (labels, np.eye(5)[labels])
    yield "inverted", (labels, np.eye(5)[4 - labels])


def macro(values):
    defined = [value for value in values if not math.isnan(value)]
    return sum(defined) / len(defined) if defined else NAN


def average_precision(positive, score):
    """Undefined without positives, where scikit-learn warns and gives 0."""
    return sk.average_precision_score(positive, score) if positive.any() else NAN


def reliability(labels, probabilities, predicted):
    confidence = probabilities.max(axis=1)
    bins = np.digitize(confidence, np.arange(1, BINS) / BINS, right=True)
    counts = [int((bins == b).sum()) for b in range(BINS)]
    right = predicted == labels
    accuracy = [right[bins == b].mean() if counts[b] else NAN for b in range(BINS)]
    mean_confidence = [confidence[bins == b].mean() if counts[b] else NAN for b in range(BINS)]
    gaps = [c * abs(a - m) for c, a, m in zip(counts, accuracy, mean_confidence) if c]
    return counts, accuracy, mean_confidence, sum(gaps) / len(labels)


def choices(positive, score):
    """Thresholds of the highest J, and of the highest specificity above each floor."""
    fpr, tpr, thresholds = (x[1:] for x in sk.roc_curve(positive, score, drop_intermediate=False))
    scaled_j = np.rint(tpr * positive.sum()) * (~positive).sum()
    scaled_j -= np.rint(fpr * (~positive).sum()) * positive.sum()
    youden = max(range(len(tpr)), key=lambda i: (scaled_j[i], tpr[i], i))
    best = [max((i for i in range(len(tpr)) if tpr[i] >= floor),
                key=lambda i: (-fpr[i], tpr[i], i)) for floor in FLOORS]
    return thresholds[youden], [thresholds[i] for i in best]


def screening(labels, probabilities, grade, threshold):
    positive = labels >= grade
    score = np.zeros(len(labels))
    for column in range(grade, probabilities.shape[1]):
        score = score + probabilities[:, column]
    flagged = score >= threshold
    options = dict(zero_division=np.nan)
    scalars = {
        "roc_auc": sk.roc_auc_score(positive, score),
        "average_precision": average_precision(positive, score),
        "sensitivity": sk.recall_score(positive, flagged, **options),
        "specificity": sk.recall_score(positive, flagged, pos_label=0, **options),
        "positive_predictive_value": sk.precision_score(positive, flagged, **options),
        "negative_predictive_value": sk.precision_score(positive, flagged, pos_label=0, **options),
    }
    fpr, tpr, thresholds = sk.roc_curve(positive, score, pos_label=True)
    curves = {"roc": [thresholds, fpr, tpr], "precision_recall": []}
    if positive.any():
        precision, recall, thresholds = sk.precision_recall_curve(
            positive, score, drop_intermediate=True)
        curves["precision_recall"] = [
            np.append(thresholds, np.inf)[::-1], precision[::-1], recall[::-1]]
    if len(np.unique(positive)) == 2:
        curves["youden"], curves["specificity"] = choices(positive, score)
    return scalars, curves


def evaluate(name, labels, probabilities):
    classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    every = list(range(classes))
    one_hot = labels[:, None] == np.arange(classes)
    auc = [sk.roc_auc_score(one_hot[:, c], probabilities[:, c]) for c in every]
    precisions = [average_precision(one_hot[:, c], probabilities[:, c]) for c in every]
    if len(np.unique(labels)) == classes and classes > 2:
        assert abs(macro(auc) - sk.roc_auc_score(labels, probabilities, multi_class="ovr")) < 1e-12
        assert abs(macro(precisions) - sk.average_precision_score(one_hot, probabilities)) < 1e-12
    counts, bin_accuracy, bin_confidence, calibration_error = reliability(
        labels, probabilities, predicted)
    metrics = {
        "accuracy": sk.accuracy_score(labels, predicted),
        "majority_baseline": np.bincount(labels).max() / len(labels),
        "balanced_accuracy": sk.balanced_accuracy_score(labels, predicted),
        "macro_f1": sk.f1_score(labels, predicted, average="macro", zero_division=0),
        "quadratic_weighted_kappa": sk.cohen_kappa_score(
            labels, predicted, weights="quadratic", labels=every),
        "mean_absolute_error": sk.mean_absolute_error(labels, predicted),
        "macro_roc_auc": macro(auc),
        "macro_average_precision": macro(precisions),
        "log_loss": sk.log_loss(labels, probabilities, labels=every),
        "brier_score": sk.brier_score_loss(
            labels, probabilities, labels=every, scale_by_half=False),
        "expected_calibration_error": calibration_error,
    }
    case = {"name": name, "num_classes": classes, "labels": labels,
            "probabilities": probabilities.ravel(), "metrics": metrics}
    for grade, (prefix, threshold) in THRESHOLDS.items():
        scalars, case[prefix] = screening(labels, probabilities, grade, threshold)
        metrics.update({f"{prefix}_{key}": value for key, value in scalars.items()})
    for key in (None, "true", "pred", "all"):
        matrix = sk.confusion_matrix(labels, predicted, labels=every, normalize=key)
        case[f"confusion_{key or 'counts'}"] = matrix.ravel()
    precision, recall, f1, support = sk.precision_recall_fscore_support(
        labels, predicted, labels=every, average=None, zero_division=0)
    case["classes"] = {"precision": precision, "recall": recall, "f1": f1, "support": support,
                       "roc_auc": auc, "average_precision": precisions}
    case["bins"] = {"images": counts, "accuracy": bin_accuracy, "mean_confidence": bin_confidence}
    return case


def temperature_cases():
    for seed, factor in enumerate((0.3, 1, 4, 12)):
        rng = np.random.default_rng(seed)
        labels, probabilities = softmax_case(rng, 300, 5)
        logits = factor * np.log(probabilities)
        mean_at_label = logits[np.arange(300), labels].mean()

        def slope(b):
            weighted = (special.softmax(b * logits, axis=1) * logits).sum(axis=1).mean()
            return weighted - mean_at_label

        temperature = 1 / optimize.brentq(slope, 1 / 100, 1 / 0.05, xtol=1e-15, rtol=1e-14)
        scaled = special.softmax(logits / temperature, axis=1)
        yield {"num_classes": 5, "labels": labels, "logits": logits.ravel(),
               "temperature": temperature, "probabilities": scaled.ravel()}


def mcnemar_cases():
    pairs = [(0, 0), (0, 1), (3, 3), (1, 9), (0, 24), (11, 13), (12, 13), (30, 11), (500, 431),
             (40, 40)]
    for b, c in pairs:
        if b + c < 25:
            p = stats.binomtest(b, b + c, 0.5).pvalue if b + c else 1
            yield {"b": b, "c": c, "statistic": NAN, "p": p}
        else:
            statistic = max(abs(b - c) - 1, 0) ** 2 / (b + c)
            yield {"b": b, "c": c, "statistic": statistic, "p": stats.chi2.sf(statistic, 1)}


def interval_cases():
    for count in (1, 2, 7, 40, 41, 2000):
        values = np.random.default_rng(count).normal(size=count)
        low, high = np.percentile(values, [2.5, 97.5])
        yield {"values": values, "low": low, "high": high}


def plain(value):
    """As JSON has it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def main(path):
    warnings.simplefilter("ignore")  # Degenerate input is here on purpose.
    golden = {
        "evaluations": [evaluate(name, *case) for name, case in inputs()],
        "floors": FLOORS,
        "temperatures": list(temperature_cases()),
        "mcnemar": list(mcnemar_cases()),
        "intervals": list(interval_cases()),
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(plain(golden), file)


if __name__ == "__main__":
    main(*sys.argv[1:])

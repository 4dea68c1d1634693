"""Metrics against hand-written NumPy, and what they say of mistakes."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from scipy import stats

from hybrid import Variable, metrics, ops
from hybrid.errors import ConfigError, ShapeError, StructureError

RNG = np.random.default_rng(0)
Y = (RNG.uniform(size=60) > 0.4).astype(float)
P = np.clip(0.3 * Y + RNG.uniform(0, 0.7, 60), 0, 1)
W = RNG.uniform(0.5, 2.0, 60)
LABELS = RNG.integers(0, 4, 20)
SCORES = RNG.uniform(size=(20, 4))


def value(metric: Any, *arguments: Any, **options: Any) -> Any:
    return metric(*arguments, **options).numpy()


def counts(threshold: float, weight: Any = 1.0) -> tuple[float, float, float, float]:
    predicted, positive = P > threshold, Y == 1
    weight = np.broadcast_to(weight, Y.shape)
    pairs = ((predicted, positive), (predicted, ~positive), (~predicted, ~positive), (~predicted, positive))
    return tuple(float(weight[a & b].sum()) for a, b in pairs)  # type: ignore[return-value]


@pytest.mark.parametrize("weight", [None, W], ids=["plain", "weighted"])
def test_mean_and_sum_are_exact(weight: Any) -> None:
    weights = np.ones(60) if weight is None else weight
    np.testing.assert_allclose(value(metrics.Mean(), P, sample_weight=weight), (P * weights).sum() / weights.sum())
    np.testing.assert_allclose(value(metrics.Sum(), P, sample_weight=weight), (P * weights).sum())


def test_mean_of_many_batches_loses_nothing() -> None:
    metric = metrics.Mean()
    for _ in range(1000):
        metric.update_state(np.float32(0.1), sample_weight=30_000)
    assert metric.result().numpy() == np.float32(0.1)


def test_mean_of_nothing_is_zero() -> None:
    assert float(metrics.Mean().result()) == 0.0


def test_weights_of_samples_reach_all_their_values() -> None:
    values = RNG.normal(size=(3, 4))
    weight = np.array([1.0, 0.0, 2.0])
    expected = (values * weight[:, None]).sum() / (4 * weight.sum())
    np.testing.assert_allclose(value(metrics.Mean(), values, sample_weight=weight), expected, rtol=1e-6)


def test_masked_positions_do_not_count() -> None:
    y_pred = ops.convert_to_tensor(np.array([[1.0, 5.0], [2.0, 7.0]])[..., np.newaxis])
    y_pred.mask = ops.convert_to_tensor(np.array([[True, False], [True, True]]))
    assert value(metrics.MeanAbsoluteError(), np.zeros((2, 2, 1)), y_pred) == np.float32(10 / 3)


def test_function_that_returns_a_mean_counts_for_every_sample() -> None:
    metric = metrics.MeanMetricWrapper(lambda y_true, y_pred: ops.mean(y_pred), name="mine")
    metric.update_state(np.zeros((3, 1)), np.ones((3, 1)))
    metric.update_state(np.zeros((1, 1)), np.full((1, 1), 5.0))
    assert float(metric.result()) == 2.0


def test_vectors_are_one_value_per_sample() -> None:
    metric = metrics.MeanSquaredError()
    metric.update_state([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
    metric.update_state([0.0], [3.0])
    assert float(metric.result()) == 3.0


@pytest.mark.parametrize("weight", [None, W], ids=["plain", "weighted"])
def test_counts_precision_and_recall(weight: Any) -> None:
    hits, alarms, rejections, misses = counts(0.5, 1.0 if weight is None else weight)
    for name, expected in (
        ("TruePositives", hits),
        ("FalsePositives", alarms),
        ("TrueNegatives", rejections),
        ("FalseNegatives", misses),
        ("Precision", hits / (hits + alarms)),
        ("Recall", hits / (hits + misses)),
    ):
        result = value(getattr(metrics, name)(), Y, P, sample_weight=weight)
        np.testing.assert_allclose(result, expected, rtol=1e-6, err_msg=name)


def test_several_thresholds_give_several_results() -> None:
    expected = [counts(t)[0] / (counts(t)[0] + counts(t)[1]) for t in (0.2, 0.6)]
    np.testing.assert_allclose(value(metrics.Precision(thresholds=[0.2, 0.6]), Y, P), expected, rtol=1e-6)


def test_precision_of_the_best_k() -> None:
    bits = (SCORES.T[::-1].T > 0.5).astype(float)
    best = np.argsort(-SCORES, axis=-1)[:, :2]
    expected = np.take_along_axis(bits, best, -1).mean()
    np.testing.assert_allclose(value(metrics.Precision(top_k=2), bits, SCORES), expected, rtol=1e-6)
    chosen = (best == 1).any(-1)
    np.testing.assert_allclose(
        value(metrics.Recall(top_k=2, class_id=1), bits, SCORES), bits[chosen, 1].sum() / bits[:, 1].sum(), rtol=1e-6
    )


def test_auc_is_the_share_of_pairs_in_order() -> None:
    steps = np.round(P * 50) / 50 + 0.003  # on a grid between the thresholds, so that the approximation is exact
    positive, negative = steps[Y == 1], steps[Y == 0]
    difference = positive[:, None] - negative[None, :]
    expected = (difference > 0).mean() + 0.5 * (difference == 0).mean()
    np.testing.assert_allclose(value(metrics.AUC(num_thresholds=500), Y, np.minimum(steps, 1)), expected, rtol=1e-6)


def test_auc_of_labels_is_the_mean_of_their_aucs() -> None:
    bits = np.eye(4)[LABELS]
    single = [value(metrics.AUC(), bits[:, i], SCORES[:, i]) for i in range(4)]
    np.testing.assert_allclose(value(metrics.AUC(multi_label=True), bits, SCORES), np.mean(single), rtol=1e-6)
    weights = [0.1, 0.2, 0.3, 0.4]
    metric = metrics.AUC(multi_label=True, label_weights=weights)
    np.testing.assert_allclose(value(metric, bits, SCORES), np.dot(single, weights), rtol=1e-6)


@pytest.mark.parametrize("curve", ["ROC", "PR"])
def test_areas_are_ordered_by_their_summation(curve: str) -> None:
    areas = [
        float(value(metrics.AUC(curve=curve, num_thresholds=9, summation_method=method), Y, P))
        for method in ("minoring", "interpolation", "majoring")
    ]
    assert 0 < areas[0] < areas[1] < areas[2] <= 1


@pytest.mark.parametrize("curve", ["ROC", "PR"])
def test_perfect_predictions_have_area_one(curve: str) -> None:
    np.testing.assert_allclose(value(metrics.AUC(curve=curve), Y, Y * 0.8 + 0.1), 1.0, rtol=1e-6)


def test_auc_takes_logits() -> None:
    logits = np.log(P + 0.01) - np.log(1.01 - P)
    probabilities = 1 / (1 + np.exp(-logits))
    assert value(metrics.AUC(from_logits=True), Y, logits) == value(metrics.AUC(), Y, probabilities)


def test_points_on_curves() -> None:
    table = np.array([counts(t) for t in np.linspace(0, 1, 200)[1:-1]] + [counts(-1), counts(2)])
    hits, alarms, rejections, misses = table.T
    precision, recall = hits / np.maximum(hits + alarms, 1), hits / (hits + misses)
    specificity = rejections / (rejections + alarms)
    for metric, good, best in (
        (metrics.PrecisionAtRecall(0.7), recall >= 0.7, precision),
        (metrics.RecallAtPrecision(0.7), precision >= 0.7, recall),
        (metrics.SensitivityAtSpecificity(0.7), specificity >= 0.7, recall),
        (metrics.SpecificityAtSensitivity(0.7), recall >= 0.7, specificity),
    ):
        np.testing.assert_allclose(value(metric, Y, P), best[good].max(), rtol=1e-6)


def test_accuracies() -> None:
    one_hot = np.eye(4)[LABELS]
    right = (SCORES.argmax(-1) == LABELS).mean()
    assert value(metrics.CategoricalAccuracy(), one_hot, SCORES) == np.float32(right)
    assert value(metrics.SparseCategoricalAccuracy(), LABELS, SCORES) == np.float32(right)
    assert value(metrics.SparseCategoricalAccuracy(), LABELS[:, None], SCORES) == np.float32(right)
    order = np.argsort(-SCORES, -1)
    top = (order[:, :2] == LABELS[:, None]).any(-1).mean()
    assert value(metrics.TopKCategoricalAccuracy(k=2), one_hot, SCORES) == np.float32(top)
    assert value(metrics.SparseTopKCategoricalAccuracy(k=2), LABELS, SCORES) == np.float32(top)
    assert value(metrics.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True), LABELS, order) == np.float32(top)
    assert value(metrics.BinaryAccuracy(threshold=0.4), Y, P) == np.float32(((P > 0.4) == Y).mean())
    assert value(metrics.Accuracy(), LABELS, SCORES.argmax(-1)) == np.float32(right)


def test_f_scores() -> None:
    bits, chosen = (RNG.uniform(size=(20, 4)) > 0.5).astype(float), SCORES > 0.5
    hits = (chosen * bits).sum(0)
    precision, recall = hits / chosen.sum(0), hits / bits.sum(0)
    scores = 5 * precision * recall / (4 * precision + recall)
    make = metrics.FBetaScore
    np.testing.assert_allclose(value(make(beta=2.0, threshold=0.5), bits, SCORES), scores, rtol=1e-5)
    np.testing.assert_allclose(value(make("macro", 2.0, 0.5), bits, SCORES), scores.mean(), rtol=1e-5)
    weighted = (scores * bits.sum(0)).sum() / bits.sum()
    np.testing.assert_allclose(value(make("weighted", 2.0, 0.5), bits, SCORES), weighted, rtol=1e-5)
    micro = 2 * hits.sum() / (chosen.sum() + bits.sum())
    np.testing.assert_allclose(value(metrics.F1Score("micro", 0.5), bits, SCORES), micro, rtol=1e-5)


def test_regression_scores() -> None:
    y, p = RNG.normal(size=(2, 30, 3))
    r2 = 1 - ((y - p) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0)
    np.testing.assert_allclose(value(metrics.R2Score(class_aggregation=None), y, p), r2, rtol=1e-5)
    np.testing.assert_allclose(value(metrics.R2Score(), y, p), r2.mean(), rtol=1e-5)
    by_variance = np.average(r2, weights=y.var(0))
    np.testing.assert_allclose(value(metrics.R2Score("variance_weighted_average"), y, p), by_variance, rtol=1e-5)
    adjusted = 1 - (1 - r2) * 29 / 27
    np.testing.assert_allclose(value(metrics.R2Score(None, num_regressors=2), y, p), adjusted, rtol=1e-5)
    np.testing.assert_allclose(value(metrics.RootMeanSquaredError(), y, p), ((y - p) ** 2).mean() ** 0.5, rtol=1e-6)
    pearson = np.mean([stats.pearsonr(a, b)[0] for a, b in zip(y, p, strict=True)])
    np.testing.assert_allclose(value(metrics.PearsonCorrelation(), y, p), pearson, rtol=1e-5)
    cosine = (y * p).sum(-1) / np.linalg.norm(y, axis=-1) / np.linalg.norm(p, axis=-1)
    np.testing.assert_allclose(value(metrics.CosineSimilarity(), y, p), cosine.mean(), rtol=1e-5)


def test_intersection_over_union() -> None:
    guesses = RNG.integers(0, 4, 20)
    ious = [((LABELS == c) & (guesses == c)).sum() / ((LABELS == c) | (guesses == c)).sum() for c in range(4)]
    np.testing.assert_allclose(value(metrics.MeanIoU(num_classes=4), LABELS, guesses), np.mean(ious), rtol=1e-6)
    np.testing.assert_allclose(value(metrics.IoU(4, [1, 3]), LABELS, guesses), np.mean([ious[1], ious[3]]), rtol=1e-6)
    kept = LABELS != 2
    ignoring = metrics.IoU(4, [0], ignore_class=2)
    expected = ((LABELS == 0) & (guesses == 0)).sum() / (((LABELS == 0) | (guesses == 0)) & kept).sum()
    np.testing.assert_allclose(value(ignoring, LABELS, guesses), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: metrics.AUC(curve="x"), "no curve 'x'"),
        (lambda: metrics.AUC(summation_method="x"), "no summation_method 'x'.*'minoring'"),
        (lambda: metrics.AUC(num_thresholds=1), "num_thresholds=1.*at least 2"),
        (lambda: metrics.AUC(label_weights=[1.0]), "multi_label=True"),
        (lambda: metrics.Precision(thresholds=[2.0]), "Precision cannot have thresholds.*between 0 and 1"),
        (lambda: metrics.PrecisionAtRecall(2.0), "recall=2.0.*between 0 and 1"),
        (lambda: metrics.F1Score(average="x"), "F1Score has no average 'x'"),
        (lambda: metrics.FBetaScore(beta=0), "beta=0"),
        (lambda: metrics.FBetaScore(threshold=2.0), "threshold=2.0"),
        (lambda: metrics.R2Score("x"), "no class_aggregation 'x'"),
        (lambda: metrics.R2Score(num_regressors=-1), "num_regressors=-1"),
        (lambda: metrics.IoU(2, [5]), "target_class_ids=.5..*between 0 and 1"),
        (lambda: metrics.MeanMetricWrapper("no_such_function"), "Not a function"),
    ],
)
def test_wrong_options_are_explained(make: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=f"(?s){words}"):
        make()


@pytest.mark.parametrize(
    ("metric", "true", "pred", "words"),
    [
        (metrics.BinaryAccuracy(), (5,), (5, 3), "BinaryAccuracy received targets.*never broadcast"),
        (metrics.MeanSquaredError(), (5, 1), (5, 3), "never broadcast"),
        (metrics.RootMeanSquaredError(), (1, 3), (5, 3), "never broadcast"),
        (metrics.AUC(), (5,), (5, 2), "AUC received targets"),
        (metrics.CategoricalAccuracy(), (5,), (5, 3), "integer class labels.*SparseCategoricalAccuracy"),
        (metrics.SparseCategoricalAccuracy(), (5, 3), (5, 3), "one-hot.*CategoricalAccuracy"),
        (metrics.F1Score(), (5,), (5,), r"\[batch, classes\]"),
        (metrics.R2Score(), (5, 2, 2), (5, 2, 2), r"\[batch, outputs\]"),
    ],
)
def test_mistakes_of_shape_are_named(metric: Any, true: Any, pred: Any, words: str) -> None:
    with pytest.raises(ShapeError, match=f"(?s){words}"):
        metric.update_state(np.ones(true), np.full(pred, 0.5))


def test_state_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(StructureError, match="(?s)2 variables but received 1.*total, count"):
        metrics.Mean().stateless_result([0.0])


def test_subclass_may_hold_variables_and_metrics_anywhere() -> None:
    class Mine(metrics.Metric):
        def __init__(self) -> None:
            super().__init__(name="mine")
            self.parts = {"a": [metrics.Mean(name="part")]}
            self.own = Variable(np.zeros(2), trainable=False, name="own")

        def update_state(self, values: Any) -> None:
            self.parts["a"][0].update_state(values)

        def result(self) -> Any:
            return self.parts["a"][0].result()

    metric = Mine()
    assert [variable.name for variable in metric.variables] == ["total", "count", "own"]
    assert float(metric([1.0, 3.0])) == 2.0
    metric.reset_state()
    assert float(metric.result()) == 0.0


def test_base_says_what_to_define() -> None:
    with pytest.raises(NotImplementedError, match="Metric must define update_state"):
        metrics.Metric().update_state()
    with pytest.raises(NotImplementedError, match="Metric must define result"):
        metrics.Metric().result()


@pytest.mark.parametrize("again", [lambda metric: pickle.loads(pickle.dumps(metric)), copy.deepcopy])
def test_copied_metric_owns_its_variables(again: Any) -> None:
    metric = metrics.Mean(name="mean")
    metric.update_state([1.0, 3.0])
    twin = again(metric)
    assert [variable.path for variable in twin.variables] == [variable.path for variable in metric.variables]
    assert float(twin.result()) == 2.0

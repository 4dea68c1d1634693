"""Cases of whole models: structure, weight order, shapes, masks, gradients, and short trainings."""

from __future__ import annotations

from typing import Any

from .specification import Case, Chain, Graph, Make, ModelCase, Node, Reference, fixed, one_hot, real, whole


def _layer(layer_class: str, *arguments: Any, **keywords: Any) -> Make:
    return Make(f"layers.{layer_class}", *arguments, **keywords)


CLASSIFIER = Chain((4,), (_layer("Dense", 6, activation="relu"), _layer("Dense", 3, activation="softmax")))
UNBUILT = Chain(None, (_layer("Dense", 5, activation="tanh"), _layer("Dense", 1)))
IMAGES = Chain(
    (6, 6, 1),
    (
        _layer("Conv2D", 3, 3, activation="relu"),
        _layer("BatchNormalization"),
        _layer("MaxPooling2D"),
        _layer("Flatten"),
        _layer("Dropout", 0.0),
        _layer("Dense", 3),
    ),
)
MASKED = Chain(
    (5,),
    (
        _layer("Embedding", 6, 3, mask_zero=True),
        _layer("LSTM", 4, return_sequences=True),
        _layer("TimeDistributed", _layer("Dense", 2)),
        _layer("Bidirectional", _layer("GRU", 2)),
        _layer("Dense", 1),
    ),
    "int32",
)
MASKED_LOSS = Chain((4, 2), (_layer("Masking"), _layer("SimpleRNN", 3, return_sequences=True), _layer("Dense", 2)))

FUNCTIONAL = Graph(
    {"features": ((4,), "float32")},
    (
        Node("first", _layer("Dense", 5, activation="relu"), "features"),
        Node("second", _layer("Dense", 5), "first"),
        Node("sum", _layer("Add"), ["first", "second"]),
        Node("head", _layer("Dense", 2), "sum"),
    ),
    "features",
    "head",
)
SHARED = Graph(
    {"left": ((3,), "float32"), "right": ((3,), "float32")},
    (
        Node("encoded_left", _layer("Dense", 4, activation="tanh"), "left"),
        Node("encoded_right", "encoded_left", "right"),
        Node("joined", _layer("Concatenate"), ["encoded_left", "encoded_right"]),
        Node("head", _layer("Dense", 1), "joined"),
    ),
    ["left", "right"],
    "head",
)
SEVERAL = Graph(
    {"numbers": ((3,), "float32"), "words": ((4,), "int32")},
    (
        Node("embedded", _layer("Embedding", 7, 3, mask_zero=True), "words"),
        Node("read", _layer("GRU", 4), "embedded"),
        Node("dense", _layer("Dense", 4, activation="relu"), "numbers"),
        Node("joined", _layer("Concatenate"), ["read", "dense"]),
        Node("value", _layer("Dense", 1, name="value"), "joined"),
        Node("kind", _layer("Dense", 3, activation="softmax", name="kind"), "joined"),
    ),
    ["numbers", "words"],
    ["value", "kind"],
)
NAMED = Graph(
    SEVERAL.inputs,
    SEVERAL.nodes,
    {"numbers": "numbers", "words": "words"},
    {"value": "value", "kind": "kind"},
)
ATTENTION = Graph(
    {"sequence": ((4, 6), "float32")},
    (
        Node("attended", _layer("MultiHeadAttention", num_heads=2, key_dim=3), ("sequence", "sequence")),
        Node("residual", _layer("Add"), ["sequence", "attended"]),
        Node("normal", _layer("LayerNormalization"), "residual"),
        Node("flat", _layer("Flatten"), "normal"),
        Node("head", _layer("Dense", 2), "flat"),
    ),
    "sequence",
    "head",
)

ROWS = 10
FEATURES, LABELS, VALUES = real((ROWS, 4)), whole((ROWS,), high=3), real((ROWS, 2))
SGD, ADAM = Make("optimizers.SGD", 0.1, momentum=0.5), Make("optimizers.Adam", 0.05)
SAMPLE_WEIGHT = real((ROWS,), low=0.2, high=2.0)


def _model(label: str, model: Chain | Graph, inputs: Any, targets: Any = None, **options: Any) -> ModelCase:
    return ModelCase(name=f"models/{label}", model=model, inputs=inputs, targets=targets, **options)


def _trained(label: str, model: Chain | Graph, inputs: Any, targets: Any, loss: Any, **options: Any) -> ModelCase:
    """A model trained for three epochs in batches of four, the last one smaller."""
    compiled = {"optimizer": SGD, "loss": loss} | options.pop("compile", {})
    fit = {"epochs": 3, "batch_size": 4} | options.pop("fit", {})
    evaluate = {"batch_size": 4} | options.pop("evaluate", {})
    return _model(label, model, inputs, targets, compile=compiled, fit=fit, evaluate=evaluate, **options)


LOOKED_AT: list[Case] = [
    _model("sequential", CLASSIFIER, real((3, 4))),
    _model("sequential unbuilt", UNBUILT, real((3, 4))),
    _model("images", IMAGES, real((2, 6, 6, 1))),
    # Keras counts the layer inside the wrapper when it names the next one, hybrid names layers per model.
    _model("masked", MASKED, whole((3, 5), high=3), names=False),
    _model("functional", FUNCTIONAL, real((3, 4))),
    _model("shared", SHARED, [real((2, 3)), real((2, 3))]),
    _model("several", SEVERAL, [real((3, 3)), whole((3, 4), high=3)]),
    _model("named", NAMED, {"numbers": real((3, 3)), "words": whole((3, 4), high=3)}),
    _model("attention", ATTENTION, real((2, 4, 6))),
]

CLASSES = "sparse_categorical_crossentropy"

CLASSIFIERS: list[Case] = [
    _trained(f"fit/{label}", CLASSIFIER, FEATURES, LABELS, CLASSES, **options)
    for label, options in (
        ("SGD", {}),
        ("Adam", {"compile": {"optimizer": ADAM}}),
        ("names", {"compile": {"optimizer": "rmsprop"}}),
        ("metrics", {"compile": {"metrics": ["accuracy", Make("metrics.SparseTopKCategoricalAccuracy", k=2)]}}),
        ("validation split", {"compile": {"metrics": ["accuracy"]}, "fit": {"validation_split": 0.2}}),
        ("class weight", {"fit": {"class_weight": {0: 1.0, 1: 2.0, 2: 0.5}}}),
        ("sample weight", {"fit": {"sample_weight": SAMPLE_WEIGHT}, "evaluate": {"sample_weight": SAMPLE_WEIGHT}}),
        (
            "weighted metrics",
            {
                "compile": {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]},
                "fit": {"sample_weight": SAMPLE_WEIGHT},
                "evaluate": {"sample_weight": SAMPLE_WEIGHT},
            },
        ),
        (
            "validation data",
            {"fit": {"validation_data": (real((5, 4)), whole((5,), high=3)), "validation_batch_size": 2}},
        ),
        ("validation frequency", {"fit": {"validation_split": 0.3, "validation_freq": 2}}),
        ("initial epoch", {"fit": {"initial_epoch": 1}}),
    )
]

OTHERS: list[Case] = [
    _trained(
        "fit/one hot",
        CLASSIFIER,
        FEATURES,
        one_hot((ROWS, 3)),
        "categorical_crossentropy",
        compile={"metrics": ["accuracy"]},
    ),
    _trained("fit/loss object", FUNCTIONAL, FEATURES, VALUES, Make("losses.Huber", delta=0.5)),
    _trained("fit/loss function", FUNCTIONAL, FEATURES, VALUES, Reference("losses.mean_absolute_error")),
    _trained("fit/functional", FUNCTIONAL, FEATURES, VALUES, "mse", compile={"metrics": ["mae", "mse"]}),
    _trained(
        "fit/binary",
        Chain((4,), (_layer("Dense", 1, activation="sigmoid"),)),
        FEATURES,
        whole((ROWS, 1), high=2),
        "binary_crossentropy",
        compile={
            "metrics": ["accuracy", Make("metrics.AUC", name="area"), Make("metrics.Precision", name="precision")]
        },
    ),
    _trained(
        "fit/regularized",
        Chain((4,), (_layer("Dense", 2, kernel_regularizer=Make("regularizers.L2", 0.1)),)),
        FEATURES,
        VALUES,
        "mse",
    ),
    _trained(
        "fit/constrained",
        Chain((4,), (_layer("Dense", 2, kernel_constraint=Make("constraints.MaxNorm", 0.5)),)),
        FEATURES,
        VALUES,
        "mse",
    ),
    _trained(
        "fit/images",
        IMAGES,
        real((6, 6, 6, 1)),
        whole((6,), high=3),
        Make("losses.SparseCategoricalCrossentropy", from_logits=True),
    ),
    _trained("fit/masked", MASKED, whole((6, 5), high=3), real((6, 1)), "mse", fit={"epochs": 2}, names=False),
    _trained(
        "fit/masked loss",
        MASKED_LOSS,
        fixed(
            [[[1, 2], [3, 1], [0, 0], [0, 0]], [[1, -1], [2, 1], [1, 0.5], [0, 0]], [[1, 1], [0, 0], [2, 1], [1, 2]]]
        ),
        real((3, 4, 2)),
        "mse",
        compile={"metrics": ["mae"]},
    ),
    _trained("fit/shared", SHARED, [real((ROWS, 3)), real((ROWS, 3))], real((ROWS, 1)), "mse"),
]

TWO_INPUTS = [real((ROWS, 3)), whole((ROWS, 4), high=5)]
TWO_TARGETS = [real((ROWS, 1)), whole((ROWS,), high=3)]

SEVERAL_OUTPUTS: list[Case] = [
    _trained(f"fit/several {label}", SEVERAL, TWO_INPUTS, TWO_TARGETS, loss, compile=compile)
    for label, loss, compile in (
        ("list", ["mse", CLASSES], {}),
        ("dict", {"value": "mse", "kind": CLASSES}, {"metrics": {"value": ["mae"], "kind": ["accuracy"]}}),
        ("weights", {"value": "mse", "kind": CLASSES}, {"loss_weights": {"value": 0.5, "kind": 2.0}}),
        ("weight list", ["mse", CLASSES], {"loss_weights": [0.3, 1.5], "metrics": [["mae"], ["accuracy"]]}),
    )
]

NAMED_OUTPUTS: list[Case] = [
    _trained(
        "fit/named",
        NAMED,
        {"words": whole((ROWS, 4), high=5), "numbers": real((ROWS, 3))},
        {"kind": whole((ROWS,), high=3), "value": real((ROWS, 1))},
        {"kind": CLASSES, "value": "mse"},
        compile={"metrics": {"kind": ["accuracy"], "value": ["mae"]}, "loss_weights": {"kind": 0.5, "value": 2.0}},
    ),
]

MODEL_CASES: list[Case] = [*LOOKED_AT, *CLASSIFIERS, *OTHERS, *SEVERAL_OUTPUTS, *NAMED_OUTPUTS]

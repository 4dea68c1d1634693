"""Cases of initializers, regularizers, constraints, and of everything else that draws at random."""

from __future__ import annotations

from typing import Any

from .specification import CallCase, Case, Make, Reference, SampleCase, fixed, real

LARGE = (300, 200)
KERNEL = (5, 5, 40, 60)
UNBOUNDED = 0.2


def _initializer(label: str, name: str, *shape: int, tails: float | None = 0.01, **config: Any) -> SampleCase:
    made = Make(f"initializers.{name}", seed=7, **config)
    return SampleCase(name=f"initializers/{name}/{label}", function=made, arguments=(shape,), tails=tails)


SCALED = ["GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal"]

INITIALIZERS: list[Case] = [
    *(_initializer("matrix", name, *LARGE) for name in SCALED),
    *(_initializer("kernel", name, *KERNEL) for name in SCALED),
    *(_initializer("vector", name, 40000) for name in SCALED),
    _initializer("default", "RandomNormal", *LARGE, tails=UNBOUNDED),
    _initializer("moved", "RandomNormal", *LARGE, tails=UNBOUNDED, mean=1.0, stddev=0.5),
    _initializer("default", "RandomUniform", *LARGE),
    _initializer("moved", "RandomUniform", *LARGE, minval=-1.0, maxval=3.0),
    _initializer("default", "TruncatedNormal", *LARGE),
    _initializer("moved", "TruncatedNormal", *LARGE, mean=-1.0, stddev=0.5),
    *(
        _initializer(
            f"{mode} {distribution}",
            "VarianceScaling",
            *LARGE,
            scale=2.0,
            mode=mode,
            distribution=distribution,
            tails=UNBOUNDED if distribution == "untruncated_normal" else 0.01,
        )
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("truncated_normal", "untruncated_normal", "uniform")
    ),
    *(
        SampleCase(
            name=f"initializers/Orthogonal/{label}",
            function=Make("initializers.Orthogonal", gain=gain, seed=7),
            arguments=(shape,),
            tails=None,
            gram=True,
        )
        for label, gain, shape in (("tall", 1.0, (40, 12)), ("wide", 2.0, (10, 30)), ("square", 1.0, (12, 12)))
    ),
    *(
        CallCase(
            name=f"initializers/{made.path.rsplit('.', 1)[1]}/{label}",
            function=made,
            arguments=(shape,),
            keywords={"dtype": "float32"},
        )
        for label, made, shape in (
            ("matrix", Make("initializers.Zeros"), (2, 3)),
            ("matrix", Make("initializers.Ones"), (2, 3)),
            ("matrix", Make("initializers.Constant", 0.3), (2, 3)),
            ("default", Make("initializers.Constant"), (2,)),
            ("square", Make("initializers.Identity"), (3, 3)),
            ("gain", Make("initializers.Identity", gain=2.0), (2, 4)),
        )
    ),
]

MATRIX = real((4, 3))

REGULARIZERS: list[Case] = [
    CallCase(
        name=f"regularizers/{made.path.rsplit('.', 1)[1]}/{label}",
        function=made,
        arguments=(MATRIX,),
        differentiate=(0,),
    )
    for label, made in (
        ("default", Make("regularizers.L1")),
        ("large", Make("regularizers.L1", l1=0.3)),
        ("default", Make("regularizers.L2")),
        ("large", Make("regularizers.L2", l2=0.3)),
        ("default", Make("regularizers.L1L2")),
        ("both", Make("regularizers.L1L2", l1=0.1, l2=0.2)),
        ("rows", Make("regularizers.OrthogonalRegularizer", factor=0.2)),
        ("columns", Make("regularizers.OrthogonalRegularizer", factor=0.2, mode="columns")),
    )
]

CONSTRAINTS: list[Case] = [
    CallCase(name=f"constraints/{made.path.rsplit('.', 1)[1]}/{label}", function=made, arguments=(argument,))
    for label, made, argument in (
        ("default", Make("constraints.MaxNorm"), real((4, 3), low=-3, high=3)),
        ("small", Make("constraints.MaxNorm", max_value=0.5, axis=1), MATRIX),
        ("axes", Make("constraints.MaxNorm", max_value=0.5, axis=[0, 1]), real((2, 2, 3))),
        ("default", Make("constraints.NonNeg"), MATRIX),
        ("default", Make("constraints.UnitNorm"), MATRIX),
        ("axis", Make("constraints.UnitNorm", axis=-1), MATRIX),
        ("default", Make("constraints.MinMaxNorm"), real((4, 3), low=-3, high=3)),
        ("rate", Make("constraints.MinMaxNorm", min_value=0.4, max_value=0.6, rate=0.5, axis=1), MATRIX),
    )
]


def _dropout(label: str, **config: Any) -> SampleCase:
    return SampleCase(
        name=f"Dropout/training {label}",
        function=Make("layers.Dropout", seed=3, **config),
        arguments=(fixed([[1.0] * 100] * 200),),
        keywords={"training": True},
    )


RANDOM: list[Case] = [
    _dropout("fifth", rate=0.2),
    _dropout("half", rate=0.5),
    *(
        SampleCase(
            name=f"random/{name}/{label}",
            function=Reference(f"random.{name}"),
            arguments=arguments,
            keywords={"seed": 5, **keywords},
            tails=tails,
        )
        for label, name, arguments, keywords, tails in (
            ("default", "normal", (LARGE,), {}, UNBOUNDED),
            ("moved", "normal", (LARGE,), {"mean": 2.0, "stddev": 0.5}, UNBOUNDED),
            ("default", "uniform", (LARGE,), {}, 0.01),
            ("moved", "uniform", (LARGE,), {"minval": -1.0, "maxval": 3.0}, 0.01),
            ("default", "truncated_normal", (LARGE,), {}, 0.01),
            ("moved", "truncated_normal", (LARGE,), {"mean": 1.0, "stddev": 0.2}, 0.01),
            ("default", "randint", (LARGE,), {"minval": -2, "maxval": 5}, 0.01),
            ("default", "categorical", (fixed([[0.0, 1.0, 2.0]]), 20000), {}, 0.01),
            ("default", "dropout", (fixed([[2.0] * 100] * 200), 0.3), {}, 0.01),
            ("default", "shuffle", (real((20, 30)),), {}, 0.01),
        )
    ),
]

OBJECT_CASES: list[Case] = [*INITIALIZERS, *REGULARIZERS, *CONSTRAINTS, *RANDOM]

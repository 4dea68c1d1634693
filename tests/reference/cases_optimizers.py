"""Cases of optimizers and learning-rate schedules."""

from __future__ import annotations

from typing import Any

from .specification import Case, Make, OptimizerCase, ScheduleCase


def optimizer(label: str, name: str, *, scale: float = 1.0, **config: Any) -> OptimizerCase:
    """An optimizer with a learning rate large enough for six steps to show."""
    made = Make(f"optimizers.{name}", **({"learning_rate": 0.05} | config))
    return OptimizerCase(name=f"optimizers/{name}/{label}", optimizer=made, scale=scale)


def schedule(name: str, **config: Any) -> Make:
    return Make(f"optimizers.schedules.{name}", **config)


CLASSES = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Nadam", "Adadelta", "Adamax", "Ftrl", "Lion")

SHARED_OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "clipnorm": {"clipnorm": 0.5},
    "clipvalue": {"clipvalue": 0.3},
    "global clipnorm": {"global_clipnorm": 0.5},
    "weight decay": {"weight_decay": 0.1},
    "average": {"use_ema": True, "ema_momentum": 0.7},
    "average overwrite": {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 2},
    "accumulation": {"gradient_accumulation_steps": 2},
    "accumulation clipped": {"gradient_accumulation_steps": 3, "global_clipnorm": 0.5},
    "schedule": {
        "learning_rate": schedule(
            "ExponentialDecay", initial_learning_rate=0.1, decay_steps=2, decay_rate=0.5, staircase=True
        )
    },
}

OPTIMIZERS: list[Case] = [
    *(optimizer(label, name, **config) for name in CLASSES for label, config in SHARED_OPTIONS.items()),
    *(OptimizerCase(name=f"optimizers/{name}/defaults", optimizer=Make(f"optimizers.{name}")) for name in CLASSES),
    optimizer("momentum", "SGD", momentum=0.9),
    optimizer("nesterov", "SGD", momentum=0.8, nesterov=True),
    optimizer("momentum clipped", "SGD", momentum=0.9, clipnorm=0.2, scale=10.0),
    optimizer("amsgrad", "Adam", amsgrad=True),
    optimizer("betas", "Adam", beta_1=0.8, beta_2=0.9, epsilon=0.01),
    optimizer("amsgrad", "AdamW", amsgrad=True, weight_decay=0.05),
    optimizer("no decay", "AdamW", weight_decay=0.0),
    optimizer("momentum", "RMSprop", momentum=0.6),
    optimizer("centered", "RMSprop", centered=True),
    optimizer("centered momentum", "RMSprop", centered=True, momentum=0.6, rho=0.7),
    optimizer("initial value", "Adagrad", initial_accumulator_value=0.5, epsilon=0.01),
    optimizer("betas", "Nadam", beta_1=0.8, beta_2=0.9),
    optimizer("options", "Adadelta", rho=0.7, epsilon=0.01),
    optimizer("betas", "Adamax", beta_1=0.8, beta_2=0.9, epsilon=0.01),
    optimizer("betas", "Lion", beta_1=0.8, beta_2=0.9),
    optimizer("penalties", "Ftrl", l1_regularization_strength=0.02, l2_regularization_strength=0.1, beta=0.2),
    optimizer("shrinkage", "Ftrl", l2_shrinkage_regularization_strength=0.1, initial_accumulator_value=0.3),
    optimizer("power", "Ftrl", learning_rate_power=-0.3),
]

STEPS = (0, 1, 3, 5, 8, 10, 15, 20, 37, 60)

SCHEDULES: list[tuple[str, Make]] = [
    ("plain", schedule("ExponentialDecay", initial_learning_rate=0.1, decay_steps=10, decay_rate=0.9)),
    (
        "staircase",
        schedule("ExponentialDecay", initial_learning_rate=0.1, decay_steps=4, decay_rate=0.5, staircase=True),
    ),
    ("plain", schedule("PiecewiseConstantDecay", boundaries=[3, 10], values=[1.0, 0.5, 0.1])),
    ("plain", schedule("PolynomialDecay", initial_learning_rate=0.1, decay_steps=10)),
    (
        "cycle",
        schedule(
            "PolynomialDecay", initial_learning_rate=0.1, decay_steps=8, end_learning_rate=0.01, power=2.0, cycle=True
        ),
    ),
    ("plain", schedule("InverseTimeDecay", initial_learning_rate=0.1, decay_steps=5, decay_rate=0.5)),
    (
        "staircase",
        schedule("InverseTimeDecay", initial_learning_rate=0.1, decay_steps=5, decay_rate=0.5, staircase=True),
    ),
    ("plain", schedule("CosineDecay", initial_learning_rate=0.1, decay_steps=20)),
    (
        "warmup",
        schedule(
            "CosineDecay", initial_learning_rate=0.01, decay_steps=20, alpha=0.1, warmup_target=0.2, warmup_steps=8
        ),
    ),
    ("plain", schedule("CosineDecayRestarts", initial_learning_rate=0.1, first_decay_steps=10)),
    (
        "options",
        schedule(
            "CosineDecayRestarts", initial_learning_rate=0.1, first_decay_steps=7, t_mul=1.5, m_mul=0.8, alpha=0.1
        ),
    ),
]

OPTIMIZER_CASES: list[Case] = [
    *OPTIMIZERS,
    *(
        ScheduleCase(name=f"schedules/{made.path.rsplit('.', 1)[1]}/{label}", schedule=made, steps=STEPS)
        for label, made in SCHEDULES
    ),
]

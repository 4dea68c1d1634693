"""Record the layers, connections and numbers of Keras's applications.

Run it where real Keras is installed (see CONTRIBUTING.md, "Compare with Keras"):

    KERAS_BACKEND=jax /tmp/peer/bin/python tests/applications/record_keras.py
"""

from __future__ import annotations

import importlib.metadata
import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import architectures  # noqa: E402
import keras  # noqa: E402


def record(name: str) -> dict[str, Any]:
    """Make a variant in a fresh session, where numbers of names start at none, and describe it."""
    keras.backend.clear_session()
    function, options = architectures.VARIANTS[name]
    model = getattr(keras.applications, function)(weights=None, **options)
    result = architectures.describe(model)
    if name in architectures.NUMBERS:
        model.set_weights(architectures.values_of(model.weights))
        result["outputs"] = keras.ops.convert_to_numpy(model(architectures.images_for(model.input_shape))).tolist()
    return result


if __name__ == "__main__":
    versions = {package: importlib.metadata.version(package) for package in ("keras", "jax", "numpy")}
    architectures.save({"versions": versions, "models": {name: record(name) for name in architectures.VARIANTS}})
    print(architectures.PATH.stat().st_size, "bytes,", versions)

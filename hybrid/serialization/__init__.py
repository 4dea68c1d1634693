"""Objects as plain data and back.

Floor 3. One pair of functions writes and reads everything that a configuration can hold: `writing` and `reading`; what
both know of the objects that were met before is a `session`. Reading is data, not code: names are looked up in the
registry, nothing is imported or executed.
"""

from .copying import copy_by_config
from .reading import deserialize_keras_object, is_serialized_object, refusing_nonsense
from .session import describing_further, shared_again, shared_objects, writing_apart
from .writing import serialize_keras_object

__all__ = [
    "copy_by_config",
    "describing_further",
    "deserialize_keras_object",
    "is_serialized_object",
    "refusing_nonsense",
    "serialize_keras_object",
    "shared_again",
    "shared_objects",
    "writing_apart",
]

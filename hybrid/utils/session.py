"""The call that Keras users make between models. Floor 11."""

from __future__ import annotations

__all__ = ["clear_session"]


def clear_session(free_memory: bool = True) -> None:
    """Do nothing: there is no session, and nothing to be cleared.

    Keras numbers its names for the whole process and keeps graphs in it, hence the call. Here names are unique inside
    their parent and a model that nobody holds is gone at once. The function is there so that code written for Keras
    runs. It leaves the random generator alone, too: `set_random_seed` is for that.

    Args:
        free_memory: accepted for Keras's sake.

    Example:
        >>> clear_session()
    """

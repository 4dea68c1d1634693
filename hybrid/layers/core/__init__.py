"""Core layers."""

__all__: list[str] = []

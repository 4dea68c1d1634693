"""Layers around other layers."""

__all__: list[str] = []

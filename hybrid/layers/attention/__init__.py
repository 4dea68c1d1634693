"""Attention: means of values, weighted by how well keys answer queries."""

__all__: list[str] = []

"""The core: values, the door they pass through, graphs, traces and derivatives."""

__all__: list[str] = []

"""What every layer is made of: calls, tracking, specs, masks."""

__all__: list[str] = []

"""What every layer is made of: calls, tracking, specs, masks."""

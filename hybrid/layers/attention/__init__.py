"""Attention: means of values, weighted by how well keys answer queries."""

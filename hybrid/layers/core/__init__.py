"""Layers of the first hour: Input, Dense, Embedding and their like."""

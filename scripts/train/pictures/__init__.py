"""Packs of crops, and how they are augmented, degraded, mixed and kept on a device."""

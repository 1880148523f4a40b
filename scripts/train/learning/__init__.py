"""Losses, optimizers, runs."""

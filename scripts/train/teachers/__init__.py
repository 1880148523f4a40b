"""The networks that students learn from."""

"""The log of a run."""
import csv


class Log:
    """A line for people, and a row a value for machines."""

    def __init__(self, path):
        self.path = path

    def write(self, progress, step, seconds, values):
        line = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        print(f"{100 * progress:5.1f} %  step {step:,}  {seconds / 60:.1f} min  {line}", flush=True)
        with open(self.path, "a", newline="") as f:
            csv.writer(f).writerows([step, round(seconds, 1), name, f"{value:.6g}"] for name, value in values.items())

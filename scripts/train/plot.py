#!/usr/bin/env python3
"""Draw the curves of one or more runs as an SVG.

    python3 scripts/train/plot.py RUN... --out curves.svg [--by seconds] [--panel loss --panel val@0.001 ...]
"""
import argparse
import csv
import math
from collections import defaultdict
from html import escape
from pathlib import Path

from mistake import command

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 420, 240, 56, 16, 28, 34
COLOURS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b"]
FIRST = ["loss", "val@0.001", "val@0.01", "auc"]      # panels that come first; the others by name


def read(run, by="step"):
    """{name: [(step or seconds, value)]} of a run's log.csv; of steps written twice (a resumed run) the later counts."""
    curves = defaultdict(dict)
    with open(Path(run) / "log.csv") as f:
        for step, seconds, name, value in csv.reader(f):
            curves[name][float(step if by == "step" else seconds)] = float(value)
    return {name: sorted(points.items()) for name, points in curves.items()}


def ticks(low, high, count=5):
    """Round numbers from low to high."""
    span = (high - low) or abs(high) or 1.0
    step = 10 ** math.floor(math.log10(span / count))
    step *= next((m for m in (1, 2, 5) if span / (step * m) <= count), 10)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def panel(name, by, series, x0, y0):
    """One set of axes with a line a run."""
    points = [p for _, line in series for p in line]
    (left, right), (low, high) = ((min(v), max(v)) for v in zip(*points))
    right, high = right if right > left else left + 1, high if high > low else low + 1

    def x(v):
        return x0 + LEFT + (v - left) / (right - left) * (WIDTH - LEFT - RIGHT)

    def y(v):
        return y0 + HEIGHT - BOTTOM - (v - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    out = [f'<text x="{x0 + LEFT}" y="{y0 + 18}" font-weight="bold">{escape(name)}</text>']
    for v in ticks(low, high):
        out.append(f'<path class="grid" d="M{x(left):.1f} {y(v):.1f}H{x(right):.1f}"/>'
                   f'<text x="{x0 + LEFT - 6}" y="{y(v) + 4:.1f}" text-anchor="end">{v:g}</text>')
    for v in ticks(left, right, 4):
        out.append(f'<text x="{x(v):.1f}" y="{y0 + HEIGHT - 14}" text-anchor="middle">{v:g}</text>')
    for i, (run, line) in enumerate(series):
        path = "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in line)
        out.append(f'<path class="line" stroke="{COLOURS[i % len(COLOURS)]}" d="M{path}"><title>{escape(run)}, by {by}</title></path>')
    return out


def draw(runs, by="step", names=None):
    """`runs`: {title: curves as of `read`}."""
    found = {name for curves in runs.values() for name in curves}
    names = [n for n in names or FIRST + sorted(found - set(FIRST)) if n in found]
    columns = min(3, len(names)) or 1
    width, height = columns * WIDTH, -(-len(names) // columns) * HEIGHT + 30
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" font-family="sans-serif" font-size="11">',
           "<style>.grid{stroke:#ddd;fill:none}.line{fill:none;stroke-width:1.5}</style>",
           f'<rect width="{width}" height="{height}" fill="#fff"/>']
    for i, name in enumerate(names):
        series = [(title, curves[name]) for title, curves in runs.items() if name in curves]
        out += panel(name, by, series, i % columns * WIDTH, i // columns * HEIGHT)
    for i, title in enumerate(runs):
        out.append(f'<text x="{LEFT + i * 200}" y="{height - 10}" fill="{COLOURS[i % len(COLOURS)]}">{escape(title)}</text>')
    return "\n".join(out + ["</svg>", ""])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("runs", nargs="+")
    p.add_argument("--out", required=True)
    p.add_argument("--by", default="step", choices=["step", "seconds"])
    p.add_argument("--panel", action="append", help="which curves; default: all")
    args = p.parse_args()
    runs = {Path(run).name: read(run, args.by) for run in args.runs}
    Path(args.out).write_text(draw(runs, args.by, args.panel))


if __name__ == "__main__":
    command(main)

#!/usr/bin/env python3
"""Write packs as shards: WebP sheets of 64 crops each, small enough to be sent to a machine with a GPU.

    python3 scripts/train/shards.py PACK... --out FOLDER [--quality 70] [--part-mb 52]
    python3 scripts/train/shards.py CHOOSE --labels --quality 92 --out FOLDER

A crop keeps its rows 8 to 136, all that MobileFaceNet, its students and dlib see of it. The crops of all packs are
shuffled, so that any part of the folder (1, 2, ...; each at most --part-mb) is a sample of all. With --labels the order is kept, and
`labels.txt` has the person of each crop. resident.py reads what this writes.
"""
import argparse
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from mistake import Mistake, command
from pictures.packs import read_pack

TOP, HEIGHT, WIDTH = 8, 128, 116                      # of the 140x116 crop
ROWS, COLUMNS = 8, 8                                  # crops on a sheet


def to_sheet(crops):
    """uint8 windows [N, 128, 116, 3], at most 64 -> one picture [1024, 928, 3]; places left over are black."""
    sheet = np.zeros((ROWS * COLUMNS, *crops.shape[1:]), np.uint8)
    sheet[:len(crops)] = crops
    return sheet.reshape(ROWS, COLUMNS, HEIGHT, WIDTH, 3).transpose(0, 2, 1, 3, 4).reshape(ROWS * HEIGHT, COLUMNS * WIDTH, 3)


def from_sheet(sheet, count):
    """The inverse of `to_sheet`."""
    crops = sheet.reshape(ROWS, HEIGHT, COLUMNS, WIDTH, 3).transpose(0, 2, 1, 3, 4)
    return crops.reshape(ROWS * COLUMNS, HEIGHT, WIDTH, 3)[:count]


def read_sheet(path):
    """The crops on a sheet, uint8 [N, 128, 116, 3]; N is in its name."""
    return from_sheet(np.asarray(Image.open(path).convert("RGB")), int(Path(path).stem.split("-")[1]))


def encode(crops, quality):
    file = io.BytesIO()
    Image.fromarray(to_sheet(crops)).save(file, "WEBP", quality=quality, method=4)
    return file.getvalue()


def kept_rows(folder, count):
    """Rows of a pack that `overlap.txt` (deduplicate.py) does not leave out."""
    overlap = Path(folder) / "overlap.txt"
    out = {int(line) for line in overlap.read_text().split()} if overlap.exists() else set()
    return [row for row in range(count) if row not in out]


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("packs", nargs="+")
    p.add_argument("--out", required=True)
    p.add_argument("--quality", type=int, default=70)
    p.add_argument("--part-mb", type=float, default=52, help="most bytes of a part, in 10^6")
    p.add_argument("--labels", action="store_true", help="keep the order, and write the persons to labels.txt")
    args = p.parse_args(argv)
    packs = [read_pack(folder) for folder in args.packs]
    places = [(pack, row) for pack, (crops, *_) in enumerate(packs) for row in kept_rows(args.packs[pack], len(crops))]
    if args.labels and any(packs[pack][1][row] is None for pack, row in places):
        raise Mistake("--labels: these packs have crops of nobody known: `npm run tool -- crops --person PATTERN`")
    if not args.labels:
        np.random.default_rng(0).shuffle(places)
    out, part, size, total, per = Path(args.out), 1, 0, 0, ROWS * COLUMNS
    if any(out.rglob("*.webp")):                          # a run would learn from both
        raise Mistake(f"{out} holds sheets already: remove it, or name another --out")

    def sheet(start):
        crops = np.stack([packs[pack][0][row, TOP:TOP + HEIGHT] for pack, row in places[start:start + per]])
        return len(crops), encode(crops, args.quality)

    (out / "1").mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        for number, (count, file) in enumerate(pool.map(sheet, range(0, len(places), per))):
            if size + len(file) > args.part_mb * 1e6:
                part, size = part + 1, 0
                (out / str(part)).mkdir(exist_ok=True)
            (out / str(part) / f"{number:05}-{count}.webp").write_bytes(file)
            size, total = size + len(file), total + len(file)
    if args.labels:
        (out / "labels.txt").write_text("".join(f"{packs[pack][1][row]}\n" for pack, row in places))
    print(f"{len(places):,} crops, {total / max(1, len(places)):.0f} bytes each, {part} parts of at most {args.part_mb} MB")


if __name__ == "__main__":
    command(main)

"""Mistakes of whoever types a command: each ends with a sentence that says what to do, before anything is trained or overwritten."""
import errno
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import support
import torch

import deduplicate
import export
import plot
import shards
import train
import view_pack
from graph.read_onnx import read_onnx
from learning import checkpoint
from mistake import Mistake, command


class Mistakes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        cls.pack = support.write_pack(cls.folder / "pack")
        cls.nameless = support.write_pack(cls.folder / "nameless", persons=0, unlabelled=20, seed=1)
        cls.train("run", "--softmax", 1)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def train(cls, run, *options):
        argv = ["--data", cls.pack, "--net", "tiny", "--batch", 16, "--threads", 1, "--device", "cpu", "--steps", 1, "--run", cls.folder / run, *options]
        return support.quietly(train.main, [str(a) for a in argv])

    def refused(self, sentence, function, *args):
        with self.assertRaisesRegex(Mistake, sentence):
            support.quietly(function, *args)

    def test_packs(self):
        short = support.write_pack(self.folder / "short")
        (short / "crops.u8").write_bytes(b"too short")
        wide = support.write_pack(self.folder / "wide", dim=24)
        for sentence, options in {
                "holds no whole pack: `npm run tool -- crops": ["--softmax", 1, "--data", self.folder / "none"],
                "crops.u8 does not hold the 52 crops": ["--softmax", 1, "--data", short],
                "no labels of the teacher dlib: `npm run tool -- teach --teacher dlib": ["--teacher", "dlib", "--cosine", 1],
                "embeddings have 24 numbers, those of tiny 16": ["--teacher", "made", "--cosine", 1, "--data", wide],
                "rows of 16 and 24 numbers": ["--teacher", "made", "--cosine", 1, "--data", self.pack, wide],
                "no batch of 99, 0 of them random negatives, from 52 crops": ["--softmax", 1, "--batch", 99],
                "--softmax and --centres learn persons": ["--softmax", 1, "--data", self.nameless],
                "--triplet learns from two crops of a person": ["--triplet", 1, "--data", self.nameless],
                "nothing can be validated on it": ["--softmax", 1, "--val", self.nameless],
                "there is no .*nosuch.json; those here are distill": ["--recipe", "nosuch"]}.items():
            with self.subTest(sentence):
                self.refused(sentence, self.train, "refused", *options)
        (wide / "maps.json").unlink()
        self.refused("has no maps of the teacher: `python3 scripts/train/teacher_features.py", self.train, "refused",
                     "--net", "tapped", "--feature-distill", 1, "--data", wide)

    def test_checkpoints(self):
        readme, run = self.folder / "README.md", self.folder / "run"
        readme.write_text("# not one")
        weights = self.folder / "weights.pt"
        torch.save({"weight": torch.zeros(2)}, weights)
        for sentence, options in {
                "README.md: not a checkpoint": ["--init", readme],
                "weights.pt: not a checkpoint of this trainer": ["--init", weights],
                "model.pt is of another network .* made with --net tiny, this is still": ["--net", "still", "--init", run / "model.pt"]}.items():
            with self.subTest(sentence):
                self.refused(sentence, self.train, "refused", "--softmax", 1, *options)
        self.refused("not an ONNX file", read_onnx, str(readme))

    def test_a_run_is_neither_overwritten_nor_mixed_with_another(self):
        run = self.folder / "run"
        before = (run / "last.pt").read_bytes()
        self.refused("holds a run: --resume", self.train, "run", "--softmax", 1)
        for sentence, options in {
                "--optimizer adamw, not sgd": ["--softmax", 1, "--optimizer", "sgd"],
                "last.pt is of another network or other options: go on with those of .*args.json": ["--softmax", 1, "--net", "still"],
                "last.pt is of another network or other options": ["--triplet", 1]}.items():
            with self.subTest(sentence):
                self.refused(sentence, self.train, "run", "--resume", *options)
        self.assertEqual((run / "last.pt").read_bytes(), before)
        self.refused("--cooldown takes a run that was begun", self.train, "none", "--softmax", 1, "--cooldown", 1)

    def test_the_log_begins_anew_with_the_run(self):
        log = self.folder / "again" / "log.csv"
        log.parent.mkdir()
        log.write_text("1,2,loss,3\n")
        self.train("again", "--softmax", 1, "--log-every", 0)
        self.assertNotIn("1,2,loss,3", log.read_text())

    def test_a_full_disk_leaves_the_checkpoint_before(self):
        file = self.folder / "kept.pt"
        checkpoint.save(file, {"step": 1})
        before = file.read_bytes()
        with mock.patch("pathlib.Path.write_bytes", side_effect=OSError(errno.ENOSPC, "No space left on device")):
            with self.assertRaisesRegex(SystemExit, "kept.pt: No space left on device"):
                command(lambda: checkpoint.save(file, {"step": 2}))
        self.assertEqual(file.read_bytes(), before)

    def test_folders_that_hold_something_else_stay(self):
        before = (self.pack / "crops.u8").read_bytes()
        self.refused("is a pack already", view_pack.main, [str(self.pack), str(self.nameless), "--weights", "any"])
        self.assertEqual((self.pack / "crops.u8").read_bytes(), before)
        sheets = self.folder / "sheets"
        (sheets / "1").mkdir(parents=True)
        (sheets / "1" / "00000-2.webp").write_bytes(b"")
        self.refused("holds sheets already", shards.main, [str(self.pack), "--out", str(sheets)])
        self.refused("crops of nobody known", shards.main, [str(self.pack), "--labels", "--out", str(self.folder / "labelled")])

    def test_people_kept_have_names(self):
        self.refused("pairs of two people are needed", deduplicate.main, [str(self.pack), "--kept", str(self.nameless), "--teacher", "made"])

    def test_options_that_contradict_each_other(self):
        options = {"--head uint8 is of": ["--head", "uint8"]}
        for sentence, more in options.items():
            with mock.patch.object(sys, "argv", ["export.py", str(self.folder / "run" / "model.pt"), "--out", str(self.folder / "x.onnx"), *more]):
                self.refused(sentence, export.main)
        with mock.patch("sys.stderr"), self.assertRaises(SystemExit):
            self.train("refused", "--softmax", 1, "--minutes", -1)

    def test_export_makes_the_folder(self):
        out = self.folder / "model" / "mine" / "network.onnx"
        with mock.patch.object(sys, "argv", ["export.py", str(self.folder / "run" / "model.pt"), "--out", str(out)]):
            support.quietly(export.main)
        self.assertTrue(out.exists())

    def test_a_command_ends_with_a_sentence(self):
        script = Path(plot.__file__)
        told = subprocess.run([sys.executable, script, "/nowhere", "--out", self.folder / "x.svg"], capture_output=True, text=True)
        self.assertEqual((told.returncode, told.stderr), (1, "/nowhere/log.csv: No such file or directory\n"))

        def stopped():
            raise KeyboardInterrupt

        with mock.patch("sys.stderr"), self.assertRaises(SystemExit) as ended:
            command(stopped)
        self.assertEqual(ended.exception.code, 130)

        def full():
            raise OSError(errno.ENOSPC, "No space left on device")

        with self.assertRaisesRegex(SystemExit, "^No space left on device$"):
            command(full)

        def faulty():
            json.loads("{")

        with self.assertRaises(json.JSONDecodeError):     # of the code: keeps its stack
            command(faulty)


if __name__ == "__main__":
    unittest.main()

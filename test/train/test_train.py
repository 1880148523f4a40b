"""Whole runs of train.py, seconds long: it learns, it resumes to the bit, recipes are read, processes agree."""
import csv
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import support
import torch

from learning import optim
from learning import run
from teachers import mobilefacenet as teacher
import train
from pictures.packs import Crops
from networks import NETWORKS
from learning.options import RECIPES, arguments


class Runs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        cls.pack = support.write_pack(cls.folder / "pack")
        cls.others = support.write_pack(cls.folder / "others", unlabelled=0, seed=1)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def run_train(self, out, *options):
        argv = ["--data", self.pack, "--val", self.others, "--net", "tiny", "--batch", 16, "--threads", 1,
                "--device", "cpu", "--log-every", 0, "--run", self.folder / out, *options]
        _, printed = support.quietly(train.main, [str(a) for a in argv])
        return torch.load(self.folder / out / "model.pt"), printed

    def test_learns_to_separate_a_few_persons(self):
        torch.manual_seed(0)
        self.assertLess(run.validate(NETWORKS["tiny"](), Crops([self.pack]))["auc"], 0.85)
        for name, options in {
                "distilled": ["--teacher", "made", "--cosine", 1, "--relational", 5, "--centres", 0.05, "--lr", 1e-2],
                "triplets": ["--triplet", 1, "--per-person", 4, "--lr", 1e-2],
                "adagrad": ["--triplet", 1, "--per-person", 4, "--random-negatives", 4, "--optimizer", "adagrad", "--lr", 0.02],
                "muon": ["--teacher", "made", "--cosine", 1, "--relational", 5, "--optimizer", "muon", "--lr", 1e-2],
                "with its maps": ["--net", "tapped", "--teacher", "made", "--cosine", 1, "--feature-distill", 0.1, "--lr", 1e-2],
                "dynamic kernels": ["--net", "dynamic", "--teacher", "made", "--cosine", 1, "--amp", "--lr", 1e-2],
                "softmax": ["--softmax", 1, "--classes", 3, "--lr", 1e-2]}.items():
            with self.subTest(name):
                steps, auc, val = (200, 0.92, 0.4) if name == "with its maps" else (100, 0.97, 0.7)      # no norms there
                state, printed = self.run_train(name, "--steps", steps, "--augment", 0.2, *options)
                model = NETWORKS[state["args"]["net"]]()
                model.load_state_dict(state["model"])
                found = run.validate(model, Crops([self.pack]))
                self.assertGreater(found["auc"], auc, found)
                self.assertGreater(found["val@0.01"], val, found)
                self.assertIn("crops/s", printed)
                if name == "triplets":
                    self.assertIn("active", printed)

    def test_resumed_run_equals_an_unbroken_one_to_the_bit(self):
        for optimizer in ("adamw", "muon"):
            with self.subTest(optimizer):
                self.resume(optimizer)

    def resume(self, optimizer):
        options = ["--optimizer", optimizer, "--teacher", "made", "--cosine", 1, "--centres", 0.1, "--classes", 3, "--softmax", 0.1, "--triplet", 1,
                   "--per-person", 2, "--random-negatives", 3, "--augment", 1, "--steps", 12]
        whole, _ = self.run_train(f"whole {optimizer}", *options)
        real, calls = run.learning_rate, []

        def interrupted(args, progress, steps):
            calls.append(progress)
            if len(calls) == 8:
                raise KeyboardInterrupt
            return real(args, progress, steps)

        run.learning_rate = interrupted
        try:
            with self.assertRaises(KeyboardInterrupt):
                self.run_train(f"broken {optimizer}", *options, "--save-every", 0)
        finally:
            run.learning_rate = real
        broken, printed = self.run_train(f"broken {optimizer}", *options, "--resume")
        self.assertIn("from step 7", printed)
        self.assertEqual(whole["step"], broken["step"])
        for name, value in whole["model"].items():
            self.assertTrue(torch.equal(value, broken["model"][name]), name)

    def test_finished_run_resumed_leaves_its_network(self):
        options = ["--steps", 3, "--triplet", 1, "--per-person", 4]
        self.run_train("finished", *options)
        file = self.folder / "finished" / "model.pt"
        before = file.read_bytes()
        _, printed = self.run_train("finished", *options, "--resume", "--seed", 1)
        self.assertIn("nothing is left to train", printed)
        self.assertEqual(file.read_bytes(), before)
        self.assertEqual(self.run_train("finished", *options, "--steps", 4, "--resume")[0]["step"], 4)

    def test_a_processor_without_bfloat16_computes_in_floats(self):
        options = ["--teacher", "made", "--cosine", 1, "--steps", 2]
        floats, _ = self.run_train("floats", *options)
        for has in (False, True):
            with mock.patch("learning.distributed.has_bfloat16", return_value=has):
                state, printed = self.run_train(f"amp {has}", *options, "--amp")
            self.assertEqual("no bfloat16" in printed, not has)
            self.assertEqual(state["args"]["amp"], has)
            self.assertEqual(torch.equal(state["model"]["fc.weight"], floats["model"]["fc.weight"]), not has)

    def test_muon_takes_dense_convolutions_and_adamw_the_rest(self):
        torch.manual_seed(0)
        for shape in ((12, 72), (72, 12), (9, 9)):
            found = torch.linalg.svdvals(optim.orthogonalize(torch.randn(shape)))
            self.assertGreater(found.min(), 0.3)
            self.assertLess(found.max(), 1.4)
        g = torch.randn(64, 576)
        x = g.double() / g.double().norm()
        for _ in range(5):
            a, b, c = optim.QUINTIC
            x = a * x + (b * (x @ x.t()) + c * (x @ x.t()) @ (x @ x.t())) @ x
        self.assertLess((optim.orthogonalize(g) - x).abs().max(), 1e-3)
        model = NETWORKS["tiny"]()
        args = arguments("", ["--data", "x", "--run", "y", "--softmax", "1", "--optimizer", "muon"])
        muon, adamw = optim.optimizer_for(args, [model]).optimizers
        params = {p: name for name, p in model.named_parameters()}
        taken = [[params.pop(p) for group in part.param_groups for p in group["params"]] for part in (muon, adamw)]
        self.assertFalse(params)
        self.assertTrue(all(taken))
        shapes = dict(model.named_parameters())
        self.assertTrue(all(shapes[name].ndim == 4 and shapes[name].shape[1] > 1 for name in taken[0]))

    def test_two_processes_share_a_batch(self):
        """Two processes of half a batch end with one network and one set of heads, those of the taps too."""
        script = Path(train.__file__)
        # Each process writes its heads down, which train.py does in the first one only.
        code = ("import sys, torch; sys.path.insert(0, %r); import support, train; from learning import losses; made = []; real = losses.Heads.__init__\n"
                "def init(self, *a): real(self, *a); made.append(self)\n"
                "losses.Heads.__init__ = init; train.main(sys.argv[2:]); torch.save(made[0].state_dict(), sys.argv[1])" % str(Path(__file__).parent))
        argv = ["--data", self.pack, "--net", "tapped", "--batch", "16", "--threads", "2", "--device", "cpu", "--steps", "3",
                "--teacher", "made", "--cosine", "1", "--relational", "5", "--triplet", "1", "--per-person", "4", "--feature-distill", "1",
                "--warmup", "0", "--run", self.folder / "two"]
        env = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(20000 + os.getpid() % 20000), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
        processes = [subprocess.Popen([sys.executable, "-c", code, self.folder / f"heads{rank}.pt", *map(str, argv)], cwd=script.parent,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                      env={**env, "RANK": str(rank), "LOCAL_RANK": str(rank)})
                     for rank in (0, 1)]
        for process in processes:
            printed, _ = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, printed)
        self.assertEqual(torch.load(self.folder / "two" / "model.pt")["step"], 3)
        one, two = (torch.load(self.folder / f"heads{rank}.pt") for rank in (0, 1))
        self.assertIn("maps.middle.weight", one)
        for name, value in one.items():
            self.assertTrue(torch.equal(value, two[name]), name)

    def test_layers_taken_over_stay_until_they_thaw(self):
        """One step before the thaw leaves them to the bit, one after it does not; the rest learns from the start."""
        real, start = teacher.take_over, {}

        def take_over(model, path):
            start.update({name: p.detach().clone() for name, p in model.named_parameters()})
            return [*model.trunk[-1].parameters(), *model.fc.parameters()]

        teacher.take_over = take_over
        try:
            for thaw, moved in ((1, False), (0, True)):
                state, _ = self.run_train(f"thaw{thaw}", "--net", "tapped", "--teacher", "made", "--cosine", 1, "--init-from-teacher", "any",
                                          "--unfreeze-at", thaw, "--steps", 1, "--warmup", 0, "--ema", 0)
                last = [name for name in start if name.startswith("fc.")]
                self.assertTrue(last)
                for name in last:
                    self.assertEqual(torch.equal(state["model"][name], start[name]), not moved, name)
                self.assertFalse(torch.equal(state["model"]["trunk.1.conv.weight"], start["trunk.1.conv.weight"]))
        finally:
            teacher.take_over = real

    def test_goes_on_from_a_run_without_dynamic_kernels(self):
        options = ["--teacher", "made", "--cosine", 1, "--augment", 0]
        start, _ = self.run_train("still", "--net", "still", "--steps", 20, *options)
        state, _ = self.run_train("moved", "--net", "dynamic", "--init", self.folder / "still" / "model.pt", "--steps", 5, "--lr", 1e-3, *options)
        before, after = start["model"]["trunk.1.layers.0.conv.weight"], state["model"]["trunk.1.layers.0.conv.conv.weight"]
        self.assertLess((after - before).abs().max().item(), 0.01)
        self.assertGreater(state["model"]["trunk.1.layers.0.conv.experts"].abs().max().item(), 0)

    def test_log_is_long_form_csv(self):
        self.run_train("logged", "--steps", 3, "--triplet", 1, "--per-person", 4)
        with open(self.folder / "logged" / "log.csv") as f:
            rows = list(csv.reader(f))
        self.assertTrue(all(len(row) == 4 for row in rows))
        self.assertLessEqual({"lr", "crops/s", "loss", "triplet", "active", "val@0.001", "auc"}, {row[2] for row in rows})


class Options(unittest.TestCase):
    def test_recipes(self):
        for file in RECIPES.glob("*.json"):
            with self.subTest(file.stem):
                args = arguments("", ["--recipe", file.stem, "--data", "x", "--run", "y", "--lr", "7"])
                self.assertEqual(args.lr, 7)                           # the command line overrides
        args = arguments("", ["--recipe", "triplet", "--data", "x", "--run", "y"])
        self.assertEqual((args.batch, args.per_person, args.optimizer, args.lr, args.margin), (1800, 40, "adagrad", 0.05, 0.2))

    def test_refused(self):
        for argv in (["--run", "y", "--recipe", "triplet"], ["--data", "x", "--run", "y"], ["--data", "x", "--run", "y", "--cosine", "1"]):
            with self.assertRaises(SystemExit), open(os.devnull, "w") as sink:
                stderr, sys.stderr = sys.stderr, sink
                try:
                    arguments("", argv)
                finally:
                    sys.stderr = stderr


class Schedule(unittest.TestCase):
    def test_rates(self):
        args = arguments("", ["--recipe", "distill", "--data", "x", "--run", "y", "--warmup", "0.1"])
        rates = [optim.learning_rate(args, p / 100) for p in range(101)]
        self.assertEqual(max(rates), rates[10])
        self.assertLess(rates[0], 0.02)
        self.assertLess(rates[-1], 1e-6)
        self.assertEqual(rates[10:], sorted(rates[10:], reverse=True))

    def test_average_lags_behind_by_its_decay(self):
        model = torch.nn.Linear(1, 1)
        average = optim.Average(model, 0.9)
        for step in range(1, 200):
            with torch.no_grad():
                model.weight.fill_(step)
            average.update(model)
        self.assertAlmostEqual(average.model.weight.item(), 199 - 9, delta=0.5)   # decay / (1 - decay) steps behind


if __name__ == "__main__":
    unittest.main()

"""Curves as SVG."""
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import support  # noqa: F401

import plot


class Curves(unittest.TestCase):
    def test_a_line_a_run_and_a_panel_a_name(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "log.csv").write_text("1,2.0,loss,0.5\n2,4.0,loss,0.25\n2,5.0,loss,0.3\n2,5.0,val@0.001,0.9\n")
            curves = plot.read(folder)
            self.assertEqual(curves, {"loss": [(1, 0.5), (2, 0.3)], "val@0.001": [(2, 0.9)]})
            self.assertEqual(plot.read(folder, "seconds")["loss"], [(2, 0.5), (4, 0.25), (5, 0.3)])
        tree = ElementTree.fromstring(plot.draw({"a <run>": curves, "other": {"loss": [(1, 1), (3, 0)]}}))
        lines = [e for e in tree.iter("{http://www.w3.org/2000/svg}path") if e.get("class") == "line"]
        self.assertEqual(len(lines), 3)

    def test_ticks(self):
        self.assertEqual(plot.ticks(0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1])
        self.assertEqual(plot.ticks(13, 47), [20, 30, 40])
        self.assertEqual(plot.ticks(5, 5), [5])


if __name__ == "__main__":
    unittest.main()

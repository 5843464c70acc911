"""A peer's command line from end to end, by a peer that only replays the curve it was told."""

import contextlib
import io
import json
import math
import os
import re
import time
import unittest
from unittest import mock

import support
import harness
from harness import cuda_driver

POST = support.EXPERIMENTS / "post"
BENCH_JSON = support.PEERS.parent.parent / "src/main/java/longrun/measure/BenchJson.java"
DEVICE = {
    "name": "a device",
    "emulated": False,
    "compute_capability": "9.0",
    "multiprocessors": 132,
    "memory_bytes": 1 << 36,
    "clock_kilohertz": 1_980_000,
    "memory_clock_kilohertz": 2_619_000,
    "cuda_version": "12.8",
    "driver_release": None,
}


class Replay:
    """Knows the losses that it should have; ``spoil`` changes them by (step, run, loss)."""

    version = "Replay 1.0"
    on = "Replay 1.0, paper"

    def __init__(self, experiment, spoil=lambda step, run, loss: loss):
        self.experiment = experiment
        self.spoil = spoil
        self.events = []

    def load(self, runs):
        self.runs = runs
        self.step = 0
        self.events.append("load")

    def train_losses(self):
        steps = self.experiment.evaluated_steps
        column = steps.index(self.step) if self.step in steps else -1
        return [
            self.spoil(self.step, run, self.experiment.train_losses[run][column])
            for run in range(self.runs)
        ]

    def advance(self, steps):
        self.step += steps
        self.events.append(steps)
        time.sleep(2e-5 * steps)


class CommandTest(support.FolderTest):
    def run_peer(self, *arguments, spoil=lambda step, run, loss: loss, build=None, **program):
        """Exit code, standard output, standard error."""

        def replay(experiment, options):
            self.options = options
            self.threads = os.environ.get("OMP_NUM_THREADS")
            self.blas_threads = os.environ.get("OPENBLAS_NUM_THREADS")
            self.peer = Replay(experiment, spoil)
            return self.peer

        described = {"variants": ("last", "sdpa"), "many_runs": True, **program}
        peer = harness.Program(
            engine="replay-peer",
            probe=lambda: harness.Probe("Replay 1.0", ("cpu",)),
            version=lambda: "Replay 1.0",
            build=build or replay,
            **described,
        )
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            mock.patch.dict(os.environ),
        ):
            try:
                code = harness.main(peer, [str(argument) for argument in arguments])
            except SystemExit as exit:  # argparse
                code = exit.code
        return code, out.getvalue(), err.getvalue()

    def test_measures_after_the_check(self):
        code, out, err = self.run_peer(POST, "--runs", 2, "--seconds", 0.05)
        self.assertEqual(0, code, err)
        self.assertEqual(["load", 1, 1, 3, 5, 10, 30, "load"], self.peer.events[:8])
        root = json.loads(out)
        (measurement,) = root["measurements"]
        self.assertEqual("replay-peer", measurement["engine"])
        self.assertEqual("measured", measurement["outcome"])
        self.assertEqual(2, measurement["slots"])
        self.assertEqual(
            {"steps": 50, "largest_relative_difference": 0.0, "at_step": 0}, measurement["checked"]
        )
        self.assertEqual(3, self.peer.experiment.steps_per_epoch)
        self.assertEqual(0, measurement["steps_per_block"] % 3, "blocks are whole epochs")
        self.assertEqual("Replay 1.0", root["version"])
        self.assertEqual("none", root["machine"]["java"])
        self.assertIsNone(root["device"])
        self.assertGreater(root["peak_resident_bytes"], 1 << 20)
        self.assertIsNone(root["device_used_bytes"])
        self.assertRegex(root["started_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        rates = measurement["rates"]
        self.assertAlmostEqual(
            2e9 / measurement["nanos_per_step"]["median"], rates["run_steps_per_second"]
        )
        self.assertNotIn(str(support.PEERS), out, "a path of this machine")
        for word in ("median", "least", "run-steps/s", "peak"):
            self.assertIn(word, err)

    def test_json_goes_to_a_file_or_to_standard_output(self):
        file = self.folder / "result.json"
        code, out, _ = self.run_peer(POST, "--seconds", 0.05, "--json", file)
        self.assertEqual((0, ""), (code, out))
        self.assertEqual("longrun bench 1", json.loads(file.read_text())["format"])
        self.assertEqual([file], list(self.folder.iterdir()))

    def test_the_check_alone_tells_the_largest_difference_and_where(self):
        file = self.folder / "result.json"
        code, out, _ = self.run_peer(
            *(POST, "--check-only", "--runs", 2, "--json", file),
            spoil=lambda step, run, loss: loss * (1.0001 if (step, run) == (20, 1) else 1),
        )
        self.assertEqual(0, code)
        checked = json.loads(out)["checked"]
        self.assertAlmostEqual(1e-4, checked.pop("largest_relative_difference"))
        self.assertEqual({"steps": 50, "at_step": 20}, checked)
        self.assertEqual(1, out.count("\n"))
        self.assertEqual(["load", 1, 1, 3, 5, 10, 30], self.peer.events)
        self.assertFalse(file.exists(), "nothing was measured")

    def test_unchecked_is_written_as_such(self):
        code, out, _ = self.run_peer(POST, "--unchecked", "--seconds", 0.05)
        self.assertEqual(0, code)
        self.assertEqual(1, self.peer.events.count("load"))
        self.assertIsNone(json.loads(out)["measurements"][0]["checked"])

    def test_a_perturbed_curve_is_not_timed(self):
        def later(step, run, loss):
            return loss * 1.002 if (step, run) == (20, 1) else loss

        code, out, err = self.run_peer(POST, "--runs", 2, spoil=later)
        self.assertEqual((5, ""), (code, out))
        self.assertIn("run 1:", err)
        self.assertNotIn("run 0:", err, "only the runs that differ")
        (marked,) = [line for line in err.splitlines() if line.endswith("<")]
        self.assertRegex(marked, r"^ +20 .* 2\.0e-03 +5e-04  <$")
        self.assertEqual(1, self.peer.events.count("load"))
        self.assertEqual(0, self.run_peer(POST, "--check-only", spoil=later)[0], "one run is right")

    def test_less_is_tolerated_in_the_first_steps(self):
        for at, code in ((0, 5), (5, 5), (10, 0), (50, 0)):
            with self.subTest(step=at):
                ended, _, err = self.run_peer(
                    *(POST, "--check-only"),
                    spoil=lambda step, run, loss: loss * 1.0001 if step == at else loss,
                )
                self.assertEqual(code, ended, err)

    def test_no_number_that_is_none_passes(self):
        for wrong in (math.nan, math.inf, -math.inf):
            for at in (0, 50):
                with self.subTest(wrong=wrong, at=at):
                    code, out, err = self.run_peer(
                        POST, spoil=lambda step, run, loss: wrong if step == at else loss
                    )
                    self.assertEqual((5, ""), (code, out))
                    self.assertIn("run 0:", err)

    def test_runs_that_diverge_while_they_are_timed(self):
        code, out, _ = self.run_peer(
            *(POST, "--runs", 2, "--seconds", 0.05),
            spoil=lambda step, run, loss: math.nan if step > 50 and run == 1 else loss,
        )
        (measurement,) = json.loads(out)["measurements"]
        self.assertEqual(("diverged", 1), (measurement["outcome"], measurement["diverged_runs"]))

    def test_what_does_not_fit_is_a_result(self):
        class Large(Replay):
            def load(self, runs):
                raise harness.DeviceOutOfMemory("too large")

        code, out, err = self.run_peer(POST, build=lambda experiment, _: Large(experiment))
        self.assertEqual(0, code, err)
        (measurement,) = json.loads(out)["measurements"]
        self.assertEqual("out_of_memory", measurement["outcome"])
        self.assertIsNone(measurement["checked"])

        def too_large(experiment, options):
            raise harness.DeviceOutOfMemory("the examples alone")

        code, out, err = self.run_peer(POST, build=too_large)
        self.assertEqual(0, code, err)
        self.assertEqual("out_of_memory", json.loads(out)["measurements"][0]["outcome"])
        self.assertEqual("Replay 1.0", json.loads(out)["version"])
        file = self.folder / "result.json"
        code, out, err = self.run_peer(POST, "--check-only", "--json", file, build=too_large)
        self.assertEqual((0, {"checked": None, "outcome": "out_of_memory"}), (code, json.loads(out)))
        self.assertFalse(file.exists())

    def test_memory_is_that_of_training(self):
        events = []

        class Watched(Replay):
            def advance(self, steps):
                super().advance(steps)
                events.append("advance")

            def train_losses(self):
                events.append("losses")
                return super().train_losses()

        def used_bytes():
            events.append("memory")
            return 1 << 30

        with (
            mock.patch.object(cuda_driver, "describe", lambda: DEVICE),
            mock.patch.object(cuda_driver, "used_bytes", used_bytes),
        ):
            self.run_peer(
                *(POST, "--unchecked", "--seconds", 0.05, "--device", "cuda"),
                build=lambda experiment, _: Watched(experiment),
            )
        self.assertEqual(["advance", "memory", "losses"], events[-3:])
        self.assertEqual(1, events.count("memory"))

    def test_interrupted(self):
        class Slow(Replay):
            def advance(self, steps):
                raise KeyboardInterrupt

        code, out, err = self.run_peer(POST, build=lambda experiment, _: Slow(experiment))
        self.assertEqual((130, ""), (code, out))
        self.assertEqual(["replay-peer: interrupted; nothing was written"], err.splitlines())

    def test_variants_are_named_in_one_order(self):
        _, out, _ = self.run_peer(POST, "--unchecked", "--seconds", 0.05, "--variant", "sdpa,last")
        self.assertEqual(("last", "sdpa"), self.options.variants)
        self.assertEqual("replay-peer-last-sdpa", json.loads(out)["measurements"][0]["engine"])

    def test_wrong_command_lines(self):
        wrong = {
            (): "EXPERIMENT is missing",
            (POST, "--runs", "0"): "'0' is no positive integer",
            (POST, "--runs", "x"): "'x' is no positive integer",
            (POST, "--seconds", "nan"): "'nan' is no number of seconds",
            (POST, "--precision", "tf32"): "add --device cuda",
            (POST, "--precision", "bf16"): "fp32",
            (POST, "--variant", "first"): "'first' is none of last, sdpa",
            (POST, "--variant", "last,"): "'' is none of last, sdpa",
            (POST, "--sec", "1"): "--sec",
            (POST, "--check-only", "--unchecked"): "not allowed with",
            (POST, "--runs", "3"): "has 2; bench/export-experiment CONFIG --runs 3",
            (POST, "--json", self.folder / "none/result.json"): "no such folder",
            (POST, "--json", self.folder): "is a folder; name a file",
            (self.folder,): "has no experiment.json; bench/export-experiment",
        }
        for arguments, message in wrong.items():
            with self.subTest(message):
                code, out, err = self.run_peer(*arguments)
                self.assertEqual((2, ""), (code, out))
                self.assertIn(message, err)
        code, _, err = self.run_peer(POST, "--runs", "2", many_runs=False)
        self.assertEqual(2, code)
        self.assertIn("one run at a time", err)
        code, _, err = self.run_peer(POST, "--variant", "last", variants=())
        self.assertEqual(2, code)

    def test_a_framework_that_is_missing_or_fails(self):
        def missing(experiment, options):
            raise harness.Unavailable("install Replay")

        def failing(experiment, options):
            raise KeyError("within")

        code, _, err = self.run_peer(POST, build=missing)
        self.assertEqual(4, code)
        self.assertIn("install Replay", err)
        code, _, err = self.run_peer(POST, build=failing)
        self.assertEqual(3, code)
        self.assertIn("KeyError: 'within'", err.splitlines()[-1])

    def test_probe_is_one_line(self):
        code, out, _ = self.run_peer("--probe")
        self.assertEqual(0, code)
        expected = {
            "available": True,
            "version": "Replay 1.0",
            "devices": ["cpu"],
            "separate_blas": True,
        }
        self.assertEqual(expected, json.loads(out))
        partly = harness.Probe("x", ("cpu",), "fails on cuda").json()
        self.assertEqual("fails on cuda", partly["why"])
        self.assertEqual(1, out.count("\n"))
        self.assertEqual({"available": False, "why": "x"}, harness.Probe(why="x").json())

    def test_threads_are_set_before_the_framework_is_imported(self):
        arguments = (POST, "--check-only", "--threads", 1, "--blas-threads", 3)
        self.run_peer(*arguments)
        self.assertEqual(("1", "3"), (self.threads, self.blas_threads))
        self.run_peer(POST, "--check-only", "--threads", 3)
        self.assertEqual(("3", "3"), (self.threads, self.blas_threads))
        _, out, _ = self.run_peer(POST, *arguments[2:], "--seconds", 0.05)
        self.assertEqual(3, json.loads(out)["measurements"][0]["threads"])

    def test_keys_are_those_of_longrun_bench(self):
        with (
            mock.patch.object(cuda_driver, "describe", lambda: DEVICE),
            mock.patch.object(cuda_driver, "used_bytes", lambda: 1 << 30),
        ):
            measured = self.run_peer(POST, "--seconds", 0.05, "--device", "cuda")[1]
        root = json.loads(measured)
        self.assertEqual(1 << 30, root["device_used_bytes"])
        self.assertIsNone(root["measurements"][0]["threads"], "a device has none to choose")
        diverged = self.run_peer(
            *(POST, "--seconds", 0.05),
            spoil=lambda step, run, loss: math.nan if step > 50 else loss,
        )[1]

        class Large(Replay):
            def load(self, runs):
                raise harness.DeviceOutOfMemory("too large")

        large = self.run_peer(POST, build=lambda experiment, _: Large(experiment))[1]
        ours = set().union(*(keys(json.loads(text)) for text in (measured, diverged, large)))
        source = BENCH_JSON.read_text(encoding="utf-8")
        written = source[: source.index("private static BenchResult result(")]
        theirs = set(
            re.findall(r"put(?:Object|Array|Null)?\(\s*(?:\w+, )?\"([a-z0-9_]+)\"", written)
        )
        self.assertIn("block_nanos", theirs, "the source is not read as it should")
        # A peer measures no peaks, and none of them trains less than all experiments.
        self.assertEqual(
            theirs - {"flops_per_second", "bytes_per_second", "reason"},
            ours - {"checked", "steps", "largest_relative_difference", "at_step", "bytes_per_second"},
        )


def keys(node):
    """All keys of a tree."""
    if isinstance(node, dict):
        return set(node).union(*(keys(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(keys(value) for value in node))
    return set()


if __name__ == "__main__":
    unittest.main()

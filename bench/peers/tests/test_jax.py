"""The JAX peers: what can be told without JAX, and where it is, their curves and planted errors.

LONGRUN_PEERS=required does not ask for JAX: no distribution packages it.
"""

import array
import dataclasses
import importlib.util
import os
import types
import unittest
from unittest import mock

import support
from harness import Unavailable, curve, experiment
from harness import Tensor as FileTensor

import jax_common
import jax_scan
import jax_vmap

PEERS = (jax_scan, jax_vmap)


def with_batches(read, change):
    """The experiment with indices that a function changed in place."""
    indices = read.batches.elements()
    change(indices)
    changed = FileTensor("I32", read.batches.shape, memoryview(indices.tobytes()))
    return dataclasses.replace(read, batches=changed)


class WithoutJaxTest(unittest.TestCase):
    def test_environment_is_set_before_the_import(self):
        told = jax_common.environment(support.options(blas_threads=2))
        self.assertEqual("false", told["XLA_PYTHON_CLIENT_PREALLOCATE"])
        self.assertEqual("cpu", told["JAX_PLATFORMS"])
        self.assertEqual(("2", "2"), (told["PJRT_NPROC"], told["NPROC"]), "the larger of the two")
        self.assertEqual("cuda", jax_common.environment(support.options(device="cuda"))["JAX_PLATFORMS"])

    def test_missing_jax_says_what_to_install(self):
        with mock.patch.object(importlib.util, "find_spec", return_value=None):
            answer = jax_common.probe().json()
            with self.assertRaisesRegex(Unavailable, "pip install jax"):
                jax_scan.build(None, support.options())
        self.assertEqual(False, answer["available"])
        self.assertIn("pip install jax", answer["why"])

    def test_versions(self):
        for version, known in (("0.4.29", False), ("0.4.30", True), ("0.5.0", True), ("0.11.2", True)):
            found = types.SimpleNamespace(__version__=version)
            with (
                self.subTest(version),
                mock.patch.object(importlib.util, "find_spec", return_value=found),
                mock.patch.dict("sys.modules", {"jax": found}),
            ):
                if known:
                    self.assertEqual(f"JAX {version}", jax_common.require())
                else:
                    with self.assertRaisesRegex(Unavailable, "0.4.30 or newer, this is 0.4.29"):
                        jax_common.require()


class JaxTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if importlib.util.find_spec("jax") is None:
            support.skip("this Python has no jax")
        os.environ.update(jax_common.environment(support.options()))

    def curve_of(self, module, right, trained=None, runs=1, variants=()):
        """Trains an experiment, by default the right one; the curve beside that of the right."""
        peer = module.build(trained or right, support.options(right.folder, runs=runs, variants=variants))
        return curve.follow(right, peer, runs, "fp32")

    def assert_passes(self, followed):
        self.assertTrue(followed.passes(), followed.table())

    def assert_found(self, followed):
        self.assertFalse(
            followed.passes(), f"largest difference {followed.largest_relative_difference():.1e}"
        )

    def test_curves_are_those_of_longrun(self):
        for folder in support.experiments():
            read = experiment.read(folder)
            for module in PEERS:
                all_variants = ("last", "one-hot", "unrolled")
                for runs, variants in ((1, ()), (2, ()), (2, ("last",)), (2, all_variants)):
                    with self.subTest(module.__name__, folder=folder.name, runs=runs, variants=variants):
                        self.assert_passes(self.curve_of(module, read, None, runs, variants))

    def test_load_begins_again(self):
        read = experiment.read(support.EXPERIMENTS / "post")
        for module in PEERS:
            with self.subTest(module.__name__):
                peer = module.build(read, support.options(read.folder))
                first = curve.follow(read, peer, 1, "fp32").actual
                self.assertEqual(first, curve.follow(read, peer, 1, "fp32").actual)

    def test_pieces_of_a_block_are_the_block(self):
        read = experiment.read(support.EXPERIMENTS / "post")
        for module in PEERS:
            with self.subTest(module.__name__):
                peer = module.build(read, support.options(read.folder))
                peer.load(1)
                peer.advance(61)  # 50, 10 and 1
                (whole,) = peer.train_losses()
                peer.load(1)
                for _ in range(61):
                    peer.advance(1)
                (single,) = peer.train_losses()
                self.assertLess(abs(whole - single) / single, 1e-6)

    def test_wrong_settings_are_found(self):
        errors = {
            "beta2": {"beta2": 0.999},
            "beta1": {"beta1": 0.8},
            "no weight decay": {"weight_decay": 0.0},
            "no warm-up": {"warmup_steps": 0},
            "warm-up counted from 0": {"warmup_steps": 11},
            "epsilon": {"epsilon": 1e-4},
        }
        for name, changes in errors.items():
            for folder in ("post", "none"):
                right = experiment.read(support.EXPERIMENTS / folder)
                settings = dataclasses.replace(right.optimizer, **changes)
                wrong = dataclasses.replace(right, optimizer=settings)
                for module in PEERS:
                    with self.subTest(name, module=module.__name__, folder=folder):
                        self.assert_found(self.curve_of(module, right, wrong))

    def test_counting_what_fills_up_a_batch_is_found(self):
        def count(indices: array.array) -> None:
            for i, index in enumerate(indices):
                indices[i] = max(index, 0)

        right = experiment.read(support.EXPERIMENTS / "post")
        self.assertIn(-1, right.batches.elements(), "no batch is filled up: this proves nothing")
        for module in PEERS:
            with self.subTest(module.__name__):
                self.assert_found(self.curve_of(module, right, with_batches(right, count)))

    def test_runs_have_batches_of_their_own(self):
        def share(indices: array.array) -> None:
            half = len(indices) // 2
            indices[half:] = indices[:half]

        right = experiment.read(support.EXPERIMENTS / "post")
        self.assertEqual(2, right.runs)
        for module in PEERS:
            with self.subTest(module.__name__):
                followed = self.curve_of(module, right, with_batches(right, share), runs=2)
                self.assert_found(followed)
                self.assertNotIn("run 0:", followed.table(), "only the second run is wrong")


if __name__ == "__main__":
    unittest.main()

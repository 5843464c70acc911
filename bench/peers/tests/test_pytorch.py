"""The PyTorch peers: their curves are longrun's, and every planted error is found.

A peer is given an experiment with an error in it and compared with the curve of the one without.
"""

import array
import contextlib
import dataclasses
import unittest
from unittest import mock

import support
from harness import Unavailable, curve, experiment
from harness import Tensor as FileTensor

import pytorch_common
import pytorch_compiled
import pytorch_eager
import pytorch_stacked


def with_labels(read, change):
    """The experiment with labels that a function changed in place."""
    labels = read.labels.elements()
    change(labels)
    return dataclasses.replace(read, labels=i32(labels, read.labels.shape))


def with_batches(read, choose):
    """The experiment whose step k trains on the batch of step choose(k)."""
    all_batches = read.batches.elements()
    size = read.batch_examples
    chosen = array.array("i")
    for run in range(read.runs):
        for step in range(read.steps):
            start = (run * read.steps + choose(step)) * size
            chosen.extend(all_batches[start : start + size])
    return dataclasses.replace(read, batches=i32(chosen, read.batches.shape))


def i32(elements, shape):
    return FileTensor("I32", shape, memoryview(elements.tobytes()))


class PyTorchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        support.require_module("torch")

    def curve_of(self, module, right, trained=None, runs=1, variant=None, change=None):
        """Trains an experiment, by default the right one; the curve beside that of the right."""
        peer = module.build(trained or right, support.options(right.folder, runs=runs, variant=variant))
        if change is not None:
            change(peer)
        return curve.follow(right, peer, runs, "fp32")

    def assert_passes(self, followed):
        self.assertTrue(followed.passes(), followed.table())

    def assert_found(self, followed):
        self.assertFalse(
            followed.passes(), f"largest difference {followed.largest_relative_difference():.1e}"
        )


class EagerTest(PyTorchTest):
    def test_curves_are_those_of_longrun(self):
        for folder in support.experiments():
            for variant in (None, "last"):
                with self.subTest(folder=folder.name, variant=variant):
                    read = experiment.read(folder)
                    self.assert_passes(self.curve_of(pytorch_eager, read, variant=variant))

    def test_load_begins_again(self):
        read = experiment.read(support.EXPERIMENTS / "post")
        peer = pytorch_eager.build(read, support.options(read.folder))
        first = curve.follow(read, peer, 1, "fp32").actual
        self.assertEqual(first, curve.follow(read, peer, 1, "fp32").actual)

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
                with self.subTest(name, folder=folder):
                    right = experiment.read(support.EXPERIMENTS / folder)
                    settings = dataclasses.replace(right.optimizer, **changes)
                    wrong = dataclasses.replace(right, optimizer=settings)
                    self.assert_found(self.curve_of(pytorch_eager, right, wrong))

    def test_missing_bias_correction_is_found(self):
        import torch

        class Uncorrected(torch.optim.Optimizer):
            """AdamW without the division by 1 - beta^t."""

            def __init__(self, parameters, settings):
                super().__init__(parameters, {"lr": settings.learning_rate})
                self.settings = settings

            @torch.no_grad()
            def step(self, closure=None):
                s = self.settings
                for group in self.param_groups:
                    for p in group["params"]:
                        state = self.state[p]
                        m = state.setdefault("m", torch.zeros_like(p))
                        v = state.setdefault("v", torch.zeros_like(p))
                        m.lerp_(p.grad, 1 - s.beta1)
                        v.mul_(s.beta2).addcmul_(p.grad, p.grad, value=1 - s.beta2)
                        p.mul_(1 - group["lr"] * s.weight_decay)
                        p.sub_(group["lr"] * m / (v.sqrt() + s.epsilon))

        def uncorrected(parameters, read, device, learning_rate=None):
            return Uncorrected(parameters, read.optimizer)

        for folder in ("post", "none"):
            with self.subTest(folder), mock.patch.object(pytorch_common, "adamw", uncorrected):
                right = experiment.read(support.EXPERIMENTS / folder)
                self.assert_found(self.curve_of(pytorch_eager, right))

    def test_weight_decay_as_l2_is_found(self):
        import torch

        def coupled(parameters, read, device, learning_rate=None):
            s = read.optimizer
            return torch.optim.Adam(
                parameters, s.learning_rate, (s.beta1, s.beta2), s.epsilon, s.weight_decay
            )

        right = experiment.read(support.EXPERIMENTS / "none")
        with mock.patch.object(pytorch_common, "adamw", coupled):
            self.assert_found(self.curve_of(pytorch_eager, right))

    def test_one_wrong_label_is_found(self):
        def one(labels):
            labels[0] = (labels[0] + 1) % 11

        for folder in ("post", "none"):
            with self.subTest(folder):
                right = experiment.read(support.EXPERIMENTS / folder)
                self.assert_found(self.curve_of(pytorch_eager, right, with_labels(right, one)))

    def test_another_order_of_batches_is_found(self):
        right = experiment.read(support.EXPERIMENTS / "post")
        wrong = with_batches(right, lambda step: step ^ 1)
        self.assert_found(self.curve_of(pytorch_eager, right, wrong))

    def test_a_missing_ragged_batch_is_found(self):
        right = experiment.read(support.EXPERIMENTS / "post")
        whole = [k for k, size in enumerate(right.batch_sizes) if size == right.batch_examples]
        wrong = with_batches(right, lambda step: whole[step % len(whole)])
        self.assert_found(self.curve_of(pytorch_eager, right, wrong))

    def test_a_ragged_batch_divided_by_the_full_size_is_found(self):
        import torch.nn.functional as functional

        right = experiment.read(support.EXPERIMENTS / "post")
        cross_entropy = functional.cross_entropy

        def divided(logits, labels, reduction="mean"):
            loss = cross_entropy(logits, labels, reduction=reduction)
            return loss * len(labels) / right.batch_examples if reduction == "mean" else loss

        with mock.patch.object(functional, "cross_entropy", divided):
            self.assert_found(self.curve_of(pytorch_eager, right))

    def test_attention_to_what_follows_is_found(self):
        def not_causal(peer):
            for block in peer.model.blocks:
                block.attention.fused = False
                block.attention.future.zero_()

        for folder in ("post", "pre"):
            with self.subTest(folder):
                right = experiment.read(support.EXPERIMENTS / folder)
                self.assert_found(self.curve_of(pytorch_eager, right, change=not_causal))
        with self.subTest("only the last position of one layer is read"):
            one = experiment.read(support.EXPERIMENTS / "none")
            self.assert_passes(self.curve_of(pytorch_eager, one, change=not_causal))

    def test_another_run_s_parameters_are_found(self):
        right = experiment.read(support.EXPERIMENTS / "pre")
        initial = right.initial(1)
        with mock.patch.object(experiment.Experiment, "initial", lambda self, run: initial):
            self.assert_found(self.curve_of(pytorch_eager, right))

    def test_a_parameter_that_the_model_has_not_is_refused(self):
        right = experiment.read(support.EXPERIMENTS / "pre")
        initial = {**right.initial(0), "blocks.0.attn.W_extra": right.initial(0)["embed.W_E"]}
        with (
            mock.patch.object(experiment.Experiment, "initial", lambda self, run: initial),
            self.assertRaisesRegex(experiment.ExperimentError, "W_extra"),
        ):
            self.curve_of(pytorch_eager, right)


class CompilingTest(PyTorchTest):
    """Those that need a compiler besides PyTorch."""

    def skip_unless_it_runs(self, module):
        probed = module.probe()
        if not probed.available:
            self.assertTrue(probed.why)
            with contextlib.ExitStack() as stack:
                if pytorch_common.version() < module.OLDEST:
                    stack.enter_context(self.assertRaises(Unavailable))
                    read = experiment.read(support.EXPERIMENTS / "none")
                    module.build(read, support.options(read.folder))
            self.skipTest(probed.why)

    def test_compiled_curves(self):
        self.skip_unless_it_runs(pytorch_compiled)
        for name, variant in (("none", None), ("post", "last")):
            with self.subTest(name, variant=variant):
                read = experiment.read(support.EXPERIMENTS / name)
                self.assert_passes(self.curve_of(pytorch_compiled, read, variant=variant))

    def test_stacked_curves(self):
        self.skip_unless_it_runs(pytorch_stacked)
        for name, variant in (("none", None), ("post", "uncompiled"), ("pre", "uncompiled")):
            with self.subTest(name, variant=variant):
                read = experiment.read(support.EXPERIMENTS / name)
                self.assert_passes(self.curve_of(pytorch_stacked, read, runs=2, variant=variant))

    def test_stacked_runs_train_on_their_own_batches(self):
        self.skip_unless_it_runs(pytorch_stacked)
        right = experiment.read(support.EXPERIMENTS / "post")
        elements = right.batches.elements()
        half = elements[: len(elements) // 2]
        wrong = dataclasses.replace(right, batches=i32(half + half, right.batches.shape))
        followed = self.curve_of(pytorch_stacked, right, wrong, runs=2, variant="uncompiled")
        self.assert_found(followed)
        self.assertNotIn("run 0:", followed.table())


class Replayed:
    """Stands for a CUDA graph where there is no device: does again what was captured."""

    def __init__(self, train, sizes):
        self.train = train
        self.sizes = sizes

    def replay(self):
        for size in self.sizes:
            self.train(size)


class DeviceStepTest(PyTorchTest):
    """What peers do on CUDA devices, on the CPU: all but the capturing and the compiling itself."""

    def setUp(self):
        import torch

        if pytorch_common.version() < (2, 4):
            self.skipTest("the fused AdamW, which CUDA graphs take, came to the CPU with 2.4")
        import pytorch_graphs

        cuda = "cuda.{}".format
        for name in ("Stream", "current_stream", "synchronize", "graph_pool_handle"):
            self.patch(torch, cuda(name), mock.MagicMock())
        self.patch(torch, cuda("stream"), lambda stream: contextlib.nullcontext())
        self.patch(torch, cuda("get_device_name"), lambda: "a device")
        self.patch(torch, "compile", lambda function, **_: function)
        self.patch(pytorch_common, "set_up", lambda options: torch.device("cpu"))
        self.captured = []

        def capture(graphs, train, sizes):
            self.captured.append(sizes)
            return Replayed(train, sizes)

        self.patch(pytorch_graphs.StepGraphs, "_capture", capture)

    def patch(self, owner, path, new):
        *inner, name = path.split(".")
        for part in inner:
            owner = getattr(owner, part)
        patcher = mock.patch.object(owner, name, new)
        patcher.start()
        self.addCleanup(patcher.stop)

    def follow(self, module, read, runs, trained=None):
        chosen = support.options(read.folder, runs=runs, device="cuda")
        self.peer = module.build(trained or read, chosen)
        return curve.follow(read, self.peer, runs, "fp32")

    def test_warm_up_and_batches_from_the_device_s_own_counter(self):
        for name in ("post", "pre", "none"):
            for module, runs in ((pytorch_compiled, 1), (pytorch_stacked, 2)):
                with self.subTest(name, peer=module.__name__):
                    read = experiment.read(support.EXPERIMENTS / name)
                    first = self.follow(module, read, runs)
                    self.assert_passes(first)
                    again = curve.follow(read, self.peer, runs, "fp32")
                    self.assertEqual(first.actual, again.actual, "load must begin again")

    def test_batches_begin_again_after_the_last(self):
        """As in eager, whose steps are seen to be right, also from a step that is no block's first."""
        read = experiment.read(support.EXPERIMENTS / "post")
        eager = pytorch_eager.build(read, support.options(read.folder))
        chosen = support.options(read.folder, device="cuda")
        graphed = pytorch_compiled.build(read, chosen)
        for peer in (eager, graphed):
            peer.load(1)
            for steps in (7, 60):
                peer.advance(steps)
        (expected,), (actual,) = eager.train_losses(), graphed.train_losses()
        self.assertAlmostEqual(expected, actual, delta=1e-4 * expected)

    def test_a_graph_for_each_size_and_one_of_several_steps(self):
        self.follow(pytorch_compiled, experiment.read(support.EXPERIMENTS / "pre"), 1)
        self.assertEqual([[29], [29] * 10], self.captured)
        self.captured.clear()
        read = experiment.read(support.EXPERIMENTS / "post")
        self.follow(pytorch_compiled, read, 1)
        # Three steps an epoch do not divide fifty: sizes repeat with the fifty alone.
        self.assertEqual([[size] for size in set(read.batch_sizes)], self.captured[:-1])
        self.assertEqual(list(read.batch_sizes), self.captured[-1])

    def test_planted_errors_are_found_there_too(self):
        right = experiment.read(support.EXPERIMENTS / "post")
        for changes in ({"warmup_steps": 0}, {"warmup_steps": 11}, {"weight_decay": 0.0}):
            with self.subTest(str(changes)):
                settings = dataclasses.replace(right.optimizer, **changes)
                wrong = dataclasses.replace(right, optimizer=settings)
                self.assert_found(self.follow(pytorch_stacked, right, 2, wrong))


class SizesTest(PyTorchTest):
    def test_graphs_are_laid_where_sizes_repeat(self):
        from pytorch_graphs import _period

        self.assertEqual(1, _period((7,) * 50))
        self.assertEqual(10, _period(((8,) * 9 + (3,)) * 5))
        self.assertEqual(4, _period((8, 8, 8, 3)), "never within the steps")
        self.assertEqual(5, _period((8, 3, 8, 3, 8)), "two do not divide five")
        self.assertEqual(1, _period((8,)))


if __name__ == "__main__":
    unittest.main()

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

    def curve_of(self, module, right, trained=None, runs=1, variants=(), change=None):
        """Trains an experiment, by default the right one; the curve beside that of the right."""
        peer = module.build(trained or right, support.options(right.folder, runs=runs, variants=variants))
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
            for variants in ((), ("last",)):
                with self.subTest(folder=folder.name, variants=variants):
                    read = experiment.read(folder)
                    self.assert_passes(self.curve_of(pytorch_eager, read, variants=variants))

    def test_own_attention_alone_and_with_the_last_position(self):
        if pytorch_common.version() < (2, 0):
            support.skip("scaled_dot_product_attention came with PyTorch 2.0")
        for folder in support.experiments():
            for variants in (("sdpa",), ("last", "sdpa")):
                with self.subTest(folder=folder.name, variants=variants):
                    read = experiment.read(folder)
                    self.assert_passes(self.curve_of(pytorch_eager, read, variants=variants))

    def test_load_begins_again(self):
        read = experiment.read(support.EXPERIMENTS / "post")
        peer = pytorch_eager.build(read, support.options(read.folder))
        first = curve.follow(read, peer, 1, "fp32").actual
        self.assertEqual(first, curve.follow(read, peer, 1, "fp32").actual)

    def test_mkl_has_the_threads_of_the_framework(self):
        import torch

        read = experiment.read(support.EXPERIMENTS / "none")
        with mock.patch.object(torch.backends.mkl, "is_available", lambda: True):
            peer = pytorch_eager.build(read, support.options(threads=2, blas_threads=2))
            self.assertRegex(peer.on, r"CPU, 2 OpenMP threads, as many of MKL$")
            self.assertFalse(pytorch_common.probe().separate_blas)
            with self.assertRaisesRegex(experiment.ExperimentError, "--blas-threads 2: .*MKL"):
                pytorch_eager.build(read, support.options(threads=1, blas_threads=2))
        with mock.patch.object(torch.backends.mkl, "is_available", lambda: False):
            peer = pytorch_eager.build(read, support.options(threads=1, blas_threads=2))
            self.assertRegex(peer.on, r"CPU, 1 OpenMP thread, 2 BLAS threads$")
            self.assertTrue(pytorch_common.probe().separate_blas)

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
        """Only for want of a newer PyTorch or of what it compiles with; other failures are failures."""
        try:
            pytorch_common.require(module.OLDEST, module.FEATURE)
            module.works("cpu")
        except Unavailable as missing:
            read = experiment.read(support.EXPERIMENTS / "none")
            with self.assertRaises(Unavailable):
                module.build(read, support.options(read.folder))
            support.skip(f"{module.__name__}: {missing}")

    def test_compiled_curves(self):
        self.skip_unless_it_runs(pytorch_compiled)
        for name, variants in (("none", ()), ("post", ("last",)), ("pre", ("last", "sdpa"))):
            with self.subTest(name, variants=variants):
                read = experiment.read(support.EXPERIMENTS / name)
                self.assert_passes(self.curve_of(pytorch_compiled, read, variants=variants))

    def test_nothing_is_compiled_once_it_is_loaded(self):
        for module, runs in ((pytorch_compiled, 1), (pytorch_stacked, 2)):
            self.skip_unless_it_runs(module)
            from torch._dynamo.utils import counters

            with self.subTest(module.__name__):
                read = experiment.read(support.EXPERIMENTS / "post")
                peer = module.build(read, support.options(read.folder, runs=runs))
                peer.load(runs)
                before = dict(counters["stats"])
                self.assertGreater(before["unique_graphs"], 0)
                peer.advance(read.steps)
                self.assertEqual(before, dict(counters["stats"]))

    def test_stacked_curves(self):
        self.skip_unless_it_runs(pytorch_stacked)
        for name, variants in (
            ("none", ()),
            ("post", ("uncompiled",)),
            ("pre", ("uncompiled",)),
            ("post", ("last", "uncompiled")),
            ("pre", ("last",)),
        ):
            with self.subTest(name, variants=variants):
                read = experiment.read(support.EXPERIMENTS / name)
                self.assert_passes(self.curve_of(pytorch_stacked, read, runs=2, variants=variants))

    def test_stacked_runs_train_on_their_own_batches(self):
        self.skip_unless_it_runs(pytorch_stacked)
        right = experiment.read(support.EXPERIMENTS / "post")
        elements = right.batches.elements()
        half = elements[: len(elements) // 2]
        wrong = dataclasses.replace(right, batches=i32(half + half, right.batches.shape))
        followed = self.curve_of(pytorch_stacked, right, wrong, runs=2, variants=("uncompiled",))
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
            support.skip("the fused AdamW, which CUDA graphs take, came to the CPU with 2.4")
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
        self.assertEqual([(29,), (29,) * 10], self.captured)
        self.captured.clear()
        read = experiment.read(support.EXPERIMENTS / "post")
        self.follow(pytorch_compiled, read, 1)
        self.assertEqual([(size,) for size in sorted(set(read.batch_sizes))], self.captured[:-1])
        self.assertEqual(3, read.steps_per_epoch)
        self.assertEqual(read.batch_sizes[:12], self.captured[-1], "four epochs")

    def test_planted_errors_are_found_there_too(self):
        right = experiment.read(support.EXPERIMENTS / "post")
        for changes in ({"warmup_steps": 0}, {"warmup_steps": 11}, {"weight_decay": 0.0}):
            with self.subTest(str(changes)):
                settings = dataclasses.replace(right.optimizer, **changes)
                wrong = dataclasses.replace(right, optimizer=settings)
                self.assert_found(self.follow(pytorch_stacked, right, 2, wrong))


class SizesTest(PyTorchTest):
    def test_graphs_are_of_whole_epochs(self):
        from pytorch_graphs import pattern

        epoch = (8,) * 9 + (3,)
        for sizes, expected in (
            ((7,) * 50, (7,) * 10),
            (epoch * 5, epoch),
            (((8, 8, 3) * 17)[:50], (8, 8, 3) * 4),
            (((8,) * 29 + (3,) + (8,) * 20), (8,) * 29 + (3,)),
            ((8,) * 49 + (3,), (8,) * 49 + (3,)),
        ):
            with self.subTest(sizes=sizes):
                self.assertEqual(expected, pattern(sizes))

    def test_steps_are_cut_where_the_pattern_comes_again(self):
        from pytorch_graphs import pattern, pieces

        for sizes, first, steps, most_single in (
            ((7,) * 50, 3, 40, 0),
            (((8,) * 9 + (3,)) * 5, 0, 60, 0),
            (((8,) * 9 + (3,)) * 5, 7, 60, 10),  # 3 before, 7 after
            (((8, 8, 3) * 17)[:50], 0, 30, 6),
            # Blocks of whole epochs, but fifty is no multiple of one: what is odd is the end of it.
            (((8, 8, 3) * 17)[:50], 30, 48, 12),
            (((8, 8, 3) * 17)[:50], 48, 48, 12),
        ):
            with self.subTest(sizes=sizes[:4], first=first, steps=steps):
                whole = pattern(sizes)
                cut = list(pieces(sizes, whole, first, steps))
                taken = [size for piece in cut for size in piece]
                expected = [sizes[step % 50] for step in range(first, first + steps)]
                self.assertEqual(expected, taken)
                self.assertLessEqual(sum(piece != whole for piece in cut), most_single)


if __name__ == "__main__":
    unittest.main()

"""Reading experiments: those that were exported are read, broken ones refused with their place."""

import struct
import unittest

import support
from harness import experiment
from harness.experiment import ExperimentError


class ExperimentTest(support.FolderTest):
    def refuse(self, folder, *words):
        with self.assertRaises(ExperimentError) as caught:
            experiment.read(folder)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_reads_what_was_exported(self):
        for folder in support.experiments():
            read = experiment.read(folder)
            self.assertEqual(read.runs, len(read.train_losses))
            self.assertEqual(read.steps, len(read.batch_sizes))
            for run in range(read.runs):
                self.assertIn("unembed.W_U", read.initial(run))

    def test_the_last_batch_of_an_epoch_has_what_is_left(self):
        read = experiment.read(support.EXPERIMENTS / "post")
        self.assertEqual((32, 32, read.train_examples - 64), read.batch_sizes[:3])
        self.assertEqual(read.batch_sizes[:3], read.batch_sizes[3:6])
        full = experiment.read(support.EXPERIMENTS / "pre")
        self.assertEqual((full.train_examples,) * full.steps, full.batch_sizes)

    def test_warm_up_counts_from_one(self):
        settings = experiment.read(support.EXPERIMENTS / "post").optimizer
        self.assertEqual([0.1, 0.2, 1.0, 1.0], [settings.warmup(t) for t in (1, 2, 10, 11)])

    def test_a_folder_without_or_of_another_format(self):
        self.refuse(self.folder / "missing", "missing", "bench/export-experiment")
        folder = self.copy_of("pre")
        self.change_json(folder, lambda root: root.update(format="longrun experiment 2"))
        self.refuse(folder, "experiment.json", "'longrun experiment 2'", "bench/export-experiment")
        (folder / "experiment.json").write_text("{")
        self.refuse(folder, "experiment.json", "line 1")
        (folder / "experiment.json").write_text("[]")
        self.refuse(folder, "experiment.json", "object")

    def test_fields_are_there_and_of_their_type(self):
        broken = {
            "model.heads": lambda root: root["model"].pop("heads"),
            "model.heads=0": lambda root: root["model"].update(heads=0),
            "model.activation='tanh'": lambda root: root["model"].update(activation="tanh"),
            "model.d_mlp=True": lambda root: root["model"].update(d_mlp=True),
            "optimizer.beta1=-1": lambda root: root["optimizer"].update(beta1=-1),
            "optimizer.epsilon=nan": lambda root: root["optimizer"].update(epsilon=float("nan")),
            "model. is no JSON object": lambda root: root.update(model=[]),
            "seeds=7": lambda root: root.update(seeds=7),
            "evaluated_steps": lambda root: root.update(evaluated_steps=[0, 5, 5]),
            "train_losses must be [2][7]": lambda root: root["train_losses"].pop(),
            "loss of run 1 at step 2": lambda root: root["train_losses"][1].__setitem__(2, None),
            "batch_examples": lambda root: root.update(batch_examples=10**6),
        }
        for number, (expected, change) in enumerate(broken.items()):
            with self.subTest(expected):
                folder = self.copy_of("pre").rename(self.folder / str(number))
                self.change_json(folder, change)
                self.refuse(folder, "experiment.json", expected)

    def test_tensors_agree_with_the_json(self):
        folder = self.copy_of("post")
        self.change_json(folder, lambda root: root["model"].update(vocabulary=5))
        self.refuse(folder, "examples.safetensors", "tokens has", "0 to 4")
        self.change_json(folder, lambda root: root["model"].update(vocabulary=13, positions=5))
        self.refuse(folder, "examples.safetensors", "tokens is I32")

    def test_padding_is_at_the_end_and_alike_in_all_runs(self):
        folder = self.copy_of("post")
        path = folder / "examples.safetensors"
        content = path.read_bytes()
        padding = struct.pack("<i", -1)
        # The last batch ends in padding; a -1 more is one in another run than the first.
        read = experiment.read(folder)
        batches = bytes(read.batches.data)
        self.assertEqual(1, content.count(batches))
        broken = bytearray(batches)
        broken[len(batches) // 2 : len(batches) // 2 + 4] = padding
        path.write_bytes(content.replace(batches, bytes(broken)))
        self.refuse(folder, "batches[1][0]", "32 examples")

    def test_initial_parameters_that_are_missing(self):
        folder = self.copy_of("pre")
        (folder / "init-0001.safetensors").unlink()
        read = experiment.read(folder)
        read.initial(0)
        with self.assertRaisesRegex(ExperimentError, "init-0001.safetensors: No such file"):
            read.initial(1)


if __name__ == "__main__":
    unittest.main()

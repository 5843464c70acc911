"""What bench/compare concludes from what was measured; the measurements are made up."""

import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from comparison import command, contenders, record, running, search, table
from comparison.contenders import Contender, Experiment, Peer, Threads

LONGRUN = Contender("longrun", ("longrun", "bench"), 1, "cpu", "fp32")
LONGRUN_4 = Contender("longrun", ("longrun", "bench"), 4, "cpu", "fp32")
EAGER = Contender("pytorch-eager", ("python3", "eager.py"), 1, "cpu", "fp32")
STACKED = Contender("pytorch-stacked", ("python3", "stacked.py"), 4, "cpu", "fp32")
EXPERIMENT = Experiment("tiny", Path("tiny.yaml"), Path("exported"))


def result(median, version="1.0", resident=200_000_000, outcome="measured"):
    row = {"outcome": outcome, "on": "two threads", "steps_per_block": 2, "block_nanos": [2 * median]}
    if outcome == "measured":
        row["nanos_per_step"] = {"median": median}
    return {
        "version": version,
        "started_at": "2026-01-31T12:00:00Z",
        "machine": {"cpu": "a processor", "cores": 2},
        "device": None,
        "measurements": [row],
        "peak_resident_bytes": resident,
        "device_used_bytes": None,
    }


def rows():
    return [
        record.Row("tiny", LONGRUN, Threads(2, 2), rounds=[result(10e6), result(20e6), result(10e6)]),
        record.Row("tiny", LONGRUN_4, Threads(2, 2), rounds=[result(40e6), result(40e6), result(32e6)]),
        record.Row("tiny", EAGER, Threads(1, 2), rounds=[result(100e6), result(120e6), result(90e6)]),
        record.Row("tiny", STACKED, failure="its loss curve differs"),
    ]


class RecordTest(unittest.TestCase):
    def test_ratios_are_taken_within_rounds(self):
        written = record.encode(rows(), [], "abc", 5)
        eager = written["rows"][2]
        self.assertEqual({"median": 100e6, "least": 90e6, "greatest": 120e6}, eager["nanos_per_step"])
        alone, four = eager["times_slower"]
        self.assertEqual(1, alone["than_runs"])
        self.assertEqual([9, 6, 10], [round(alone[k]) for k in ("median", "least", "greatest")])
        self.assertEqual(4, four["than_runs"])
        self.assertAlmostEqual(11.25, four["median"])
        self.assertEqual(1, written["rows"][0]["times_slower"][0]["median"])
        self.assertEqual("its loss curve differs", written["rows"][3]["failure"])
        self.assertNotIn("nanos_per_step", written["rows"][3])

    def test_a_round_without_a_measurement_has_no_ratio(self):
        short = [
            record.Row("tiny", LONGRUN, rounds=[result(10e6)]),
            record.Row("tiny", EAGER, rounds=[result(0, outcome="out_of_memory")]),
        ]
        eager = record.encode(short, [], "abc", 5)["rows"][1]
        self.assertIsNone(eager["nanos_per_step"])
        self.assertEqual([], eager["times_slower"])
        self.assertIn("out of memory", "\n".join(table.lines(record.encode(short, [], "abc", 5))))

    def test_a_file_is_replaced_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "comparison.json"
            file.write_text("before")
            record.write(record.encode(rows(), [], "abc", 5), file)
            self.assertEqual(record.FORMAT, json.loads(file.read_text())["format"])
            self.assertEqual([file], list(Path(folder).iterdir()))

    def test_the_table_has_every_row_and_says_who_is_missing(self):
        missing = [contenders.Found(Peer("jax-scan", "jax_scan.py"), why="install JAX")]
        lines = table.lines(record.encode(rows(), missing, "abc", 5))
        text = "\n".join(lines)
        self.assertRegex(text, r"longrun +1 +2  +10 \(10–20\) +100 +200 MB +1\.00× \(1\.00–1\.00\)")
        self.assertRegex(text, r"pytorch-eager +1 +1 \+ 2 +100 \(90–120\) +10 +200 MB +9\.00× \(6\.00–10\.00\)")
        self.assertRegex(text, r"pytorch-stacked +4 +– +failed: its loss curve differs")
        self.assertIn("jax-scan: not here: install JAX", lines)


class SearchTest(unittest.TestCase):
    def test_the_fastest_setting_is_taken_and_all_are_kept(self):
        times = {(1, 1): 9, (1, 2): 5, (2, 1): 8, (2, 2): None}

        def measure(contender, experiment, threads, seconds):
            nanos = times[(threads.framework, threads.blas)]
            return result(nanos or 0, outcome="measured" if nanos else "diverged")

        with mock.patch.object(running, "measure", measure):
            found = search.best(EAGER, EXPERIMENT, 2, 1, lambda _: None)
        self.assertEqual(Threads(1, 2), found.best)
        self.assertEqual([9, 5, 8, None], [tried.nanos for tried in found.tried])

    def test_longrun_takes_all_cores_without_a_search(self):
        self.assertEqual(search.Found(Threads(8, 8), ()), search.best(LONGRUN, EXPERIMENT, 8, 1, print))

    def test_settings_are_one_half_and_all_of_each(self):
        self.assertEqual([Threads(1, 1)], search.settings(1))
        self.assertEqual(4, len(search.settings(2)))
        self.assertEqual({1, 8, 16}, {threads.blas for threads in search.settings(16)})


class StartingTest(unittest.TestCase):
    def test_a_program_that_fails_is_told_with_its_last_words(self):
        failing = Contender("x", (sys.executable, "-c", "import sys; sys.exit('no luck')"), 1, "cpu", "fp32")
        with self.assertRaisesRegex(running.Failed, r"differs \(exit code 1\): no luck"):
            running.check(failing, EXPERIMENT, None)

    def test_a_peer_that_cannot_be_started_is_missing(self):
        found = contenders.find(Peer("x", "nothing.py"), [(sys.executable,)], "cpu")
        self.assertEqual((), found.command)
        self.assertIn("nothing.py", found.why)

    def test_arguments_name_everything(self):
        self.assertEqual(
            ["longrun", "bench", "tiny.yaml", "--engine", "cpu", "--slots", "4", "--threads", "2"],
            LONGRUN_4.arguments(EXPERIMENT, Threads(2, 2)),
        )
        self.assertEqual(
            ["--threads", "1", "--blas-threads", "2"], EAGER.arguments(EXPERIMENT, Threads(1, 2))[-4:]
        )

    def test_mistakes_are_told_before_anything_runs(self):
        for arguments, words in (
            (["--only", "tensorflow"], "--only tensorflow: there are jax-scan"),
            (["absent.yaml"], "absent.yaml: no such file"),
            (["--precision", "tf32"], "only with --device cuda"),
            (["--seconds", "0"], "--seconds 0.0"),
        ):
            with mock.patch("sys.stderr") as stderr:
                self.assertEqual(command.USAGE, command.main([*arguments, "--json", "x.json"]))
            self.assertIn(words, "".join(call.args[0] for call in stderr.write.call_args_list))


if __name__ == "__main__":
    unittest.main()

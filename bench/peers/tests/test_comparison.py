"""What bench/compare concludes from what was measured; the measurements are made up."""

import contextlib
import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

import support

from comparison import checks, command, contenders, processes, record, rounds, running, search, table
from comparison.contenders import Contender, Experiment, Peer, Threads

LONGRUN = Contender("longrun", ("longrun", "bench"), 1, "cpu", "fp32")
LONGRUN_4 = Contender("longrun", ("longrun", "bench"), 4, "cpu", "fp32")
EAGER = Contender("pytorch-eager", ("python3", "eager.py"), 1, "cpu", "fp32")
STACKED = Contender("pytorch-stacked", ("python3", "stacked.py"), 4, "cpu", "fp32")
EXPERIMENT = Experiment("tiny", Path("tiny.yaml"), Path("exported"))
CHECKED = {"steps": 50, "largest_relative_difference": 1e-6, "at_step": 20}


def result(median, version="1.0", resident=200_000_000, outcome="measured", settled=True):
    row = {"outcome": outcome, "on": "two threads"}
    if outcome == "measured":
        row |= {
            "warm_up_steps": 7,
            "warm_up_nanos": 14_000,
            "settled": settled,
            "steps_per_block": 2,
            "block_nanos": [2 * median],
            "nanos_per_step": {"median": median},
        }
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
    eager = [result(100e6), result(120e6), result(90e6)]
    return [
        record.Row("tiny", LONGRUN, Threads(2), rounds=[result(10e6), result(20e6), result(10e6)]),
        record.Row("tiny", LONGRUN_4, Threads(2), rounds=[result(40e6), result(40e6), result(32e6)]),
        record.Row("tiny", EAGER, Threads(1, 2), checked=CHECKED, rounds=eager),
        record.Row("tiny", STACKED, failure="its loss curve differs"),
    ]


def program(script, **changes):
    """A contender that is a line of Python."""
    plain = Contender("x", (sys.executable, "-c", script), 1, "cpu", "fp32")
    return dataclasses.replace(plain, **changes)


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

    def test_who_ran_out_of_memory_in_the_check_has_no_rounds(self):
        large = record.Row("tiny", STACKED, out_of_memory=True)
        self.assertFalse(large.is_timed)
        written = record.encode([*rows(), large], [], "abc", 5)
        last = written["rows"][-1]
        self.assertEqual(("out_of_memory", None), (last["outcome"], last["nanos_per_step"]))
        self.assertIn("pytorch-stacked     4        –  out of memory", "\n".join(table.lines(written)))

    def test_checks_and_warm_ups_are_kept(self):
        written = record.encode(rows(), [], "abc", 5)["rows"]
        self.assertIsNone(written[0]["checked"], "the others are compared with it")
        self.assertEqual(CHECKED, written[2]["checked"])
        first = written[2]["rounds"][0]
        self.assertEqual((7, 14_000, True), tuple(first[k] for k in ("warm_up_steps", "warm_up_nanos", "settled")))

    def test_unsettled_rounds_are_marked(self):
        changed = rows()
        changed[2].rounds[1] = result(120e6, settled=False)
        written = record.encode(changed, [], "abc", 5)
        self.assertEqual([True, False], [written["rows"][i]["settled"] for i in (1, 2)])
        lines = table.lines(written)
        (marked,) = [line for line in lines if ") * " in line]
        self.assertIn("pytorch-eager", marked)
        self.assertTrue(any(line.startswith("*: times had not become steady") for line in lines))
        self.assertNotIn("*", "\n".join(table.lines(record.encode(rows(), [], "abc", 5))))

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
    def search(self, times, cores, contender=EAGER, unsettled=()):
        """By made-up times of (framework, BLAS)."""

        def measure(contender, experiment, threads, seconds):
            key = threads.framework, threads.blas
            nanos = times(*key)
            outcome = "measured" if nanos else "diverged"
            return result(nanos or 0, outcome=outcome, settled=key not in unsettled)

        with mock.patch.object(running, "measure", measure):
            return search.best(contender, EXPERIMENT, cores, 1, lambda _: None)

    def test_two_cores_are_tried_in_all_ways_and_all_are_kept(self):
        times = {(1, 1): 9, (1, 2): 5, (2, 1): 8, (2, 2): None}
        found = self.search(lambda *key: times[key], 2)
        self.assertEqual(Threads(1, 2), found.best)
        self.assertEqual(
            times, {(t.threads.framework, t.threads.blas): t.nanos for t in found.tried}
        )

    def test_many_cores_are_tried_by_powers_of_two_and_around_the_best(self):
        self.assertEqual([1], search.counts(1))
        self.assertEqual([1, 2, 4, 6], search.counts(6))
        self.assertEqual([1, 2, 4, 8, 16], search.counts(16))
        found = self.search(lambda t, b: 100 + 10 * abs(t - 4) + abs(b - 2), 16)
        self.assertEqual(Threads(4, 2), found.best)
        self.assertEqual(
            [*((n, n) for n in (1, 2, 4, 8, 16)), (4, 2), (4, 8), (2, 4), (8, 4)],
            [(t.threads.framework, t.threads.blas) for t in found.tried],
        )

    def test_with_one_pool_there_is_one_number(self):
        one = dataclasses.replace(EAGER, separate_blas=False)
        found = self.search(lambda t, b: 100 - t, 6, one)
        self.assertEqual([Threads(n) for n in (1, 2, 4, 6)], [t.threads for t in found.tried])
        self.assertEqual(["--threads", "6"], one.arguments(EXPERIMENT, found.best)[-2:])
        written = record.encode([record.Row("tiny", one, found.best, found.tried)], [], "abc", 5)
        self.assertIsNone(written["rows"][0]["blas_threads"])

    def test_settled_times_are_preferred(self):
        times = {(1, 1): 5, (1, 2): 9, (2, 1): 7, (2, 2): 8}
        found = self.search(lambda *key: times[key], 2, unsettled={(1, 1)})
        self.assertEqual(Threads(2, 1), found.best)
        self.assertEqual([False, True, True, True], [tried.settled for tried in found.tried])
        found = self.search(lambda *key: times[key], 2, unsettled=set(times))
        self.assertEqual(Threads(1, 1), found.best, "if there is none, any")

    def test_longrun_takes_all_cores_without_a_search(self):
        self.assertEqual(search.Found(Threads(8), ()), search.best(LONGRUN, EXPERIMENT, 8, 1, print))


class RoundsTest(unittest.TestCase):
    def measure(self, versions, number=3):
        """Names in the order in which they were measured; version by (name, how often before)."""
        measured = []
        asked = [record.Row("tiny", c, Threads(1)) for c in (LONGRUN, EAGER, STACKED)]

        def one(contender, experiment, threads, seconds):
            version = versions(contender.engine, measured.count(contender.engine))
            measured.append(contender.engine)
            return result(1e6, version)

        with mock.patch.object(running, "measure", one):
            rounds.measure(asked, {"tiny": EXPERIMENT}, number, 1, lambda _: None)
        self.assertEqual([number] * 3, [len(row.rounds) for row in asked])
        return measured

    def test_each_round_begins_with_another_program(self):
        one, two, three = "longrun", "pytorch-eager", "pytorch-stacked"
        self.assertEqual(
            [one, two, three, two, three, one, three, one, two], self.measure(lambda *_: "1.0")
        )

    def test_configurations_stay_together(self):
        asked = [record.Row(name, c) for name in ("a", "b") for c in (LONGRUN, EAGER)]
        self.assertEqual(
            [asked[1], asked[0], asked[3], asked[2]], rounds.in_turn(asked, 1, 2)
        )

    def test_a_program_that_changes_meanwhile_is_refused(self):
        def rebuilt(engine, before):
            return "2.0" if (engine, before) == ("longrun", 2) else "1.0"

        with self.assertRaisesRegex(rounds.Mixed, "longrun was 1.0 in rounds before, and now is 2.0"):
            self.measure(rebuilt)

    def test_who_fails_once_is_not_timed_again(self):
        calls = []

        def failing(contender, *_):
            calls.append(contender.engine)
            raise processes.Failed("no luck")

        row = record.Row("tiny", EAGER, Threads(1, 1))
        with mock.patch.object(running, "measure", failing):
            rounds.measure([row], {"tiny": EXPERIMENT}, 3, 1, lambda _: None)
        self.assertEqual((["pytorch-eager"], "no luck"), (calls, row.failure))


class ChecksTest(support.FolderTest):
    def output(self, answers):
        """Stands for processes; ``answers`` by precision. Records what was asked."""
        self.asked = []

        def output(arguments):
            precision = arguments[arguments.index("--precision") + 1]
            self.asked.append(precision)
            answer = answers[precision]
            if isinstance(answer, Exception):
                raise answer
            return json.dumps(answer)

        return mock.patch.object(processes, "output", output)

    def test_tf32_has_to_pass_in_fp32_first_and_nobody_twice(self):
        tf32 = dataclasses.replace(EAGER, device="cuda", precision="tf32")
        fp32 = dataclasses.replace(tf32, precision="fp32")
        with self.output({"fp32": {"checked": CHECKED}, "tf32": {"checked": {**CHECKED, "at_step": 50}}}):
            done = checks.Checks()
            self.assertEqual(50, done.check(tf32, EXPERIMENT)["at_step"])
            self.assertEqual(20, done.check(fp32, EXPERIMENT)["at_step"])
        self.assertEqual(["fp32", "tf32"], self.asked)
        with (
            self.output({"fp32": processes.Failed("its loss curve differs"), "tf32": {"checked": CHECKED}}),
            self.assertRaisesRegex(processes.Failed, "^in fp32, its loss curve differs"),
        ):
            checks.Checks().check(tf32, EXPERIMENT)
        self.assertEqual(["fp32"], self.asked)

    def test_out_of_memory_is_no_pass(self):
        with (
            self.output({"fp32": {"checked": None, "outcome": "out_of_memory"}}),
            self.assertRaises(checks.OutOfMemory),
        ):
            checks.Checks().check(EAGER, EXPERIMENT)

    def test_what_is_no_answer_is_a_failure(self):
        for printed in ("", "yes", "[1]", "{}"):
            with (
                self.subTest(printed),
                mock.patch.object(processes, "output", lambda _: printed),
                self.assertRaisesRegex(processes.Failed, "not understood"),
            ):
                checks.Checks().check(EAGER, EXPERIMENT)

    def longrun_on_cuda(self, change, runs=2, precision="fp32"):
        """The check of longrun's cuda engine, whose export is a copy with changed losses."""
        experiment = Experiment("post", Path("post.yaml"), support.EXPERIMENTS / "post")

        def output(arguments):
            self.asked = arguments
            copied = Path(arguments[2])
            copied.mkdir()
            root = json.loads((experiment.folder / "experiment.json").read_text())
            root["train_losses"] = root["train_losses"][:runs]
            change(root["train_losses"])
            (copied / "experiment.json").write_text(json.dumps(root))
            return ""

        asked = Contender("longrun", ("longrun", "bench"), runs, "cuda", precision)
        with mock.patch.object(processes, "output", output):
            return checks.Checks().check(asked, experiment)

    def test_longrun_s_cuda_engine_is_held_to_its_cpu_engine(self):
        def near(losses):
            losses[1][4] *= 1 + 1e-4

        checked = self.longrun_on_cuda(near)
        self.assertAlmostEqual(1e-4, checked["largest_relative_difference"])
        self.assertEqual((50, 10), (checked["steps"], checked["at_step"]))
        self.assertEqual(
            ["--runs", "2", "--engine", "cuda", "--set", "training.precision=fp32"], self.asked[3:]
        )
        self.longrun_on_cuda(lambda losses: None, runs=1)

    def test_losses_of_another_curve_are_found(self):
        def far(losses):
            losses[1][4] *= 1 + 1e-3

        def early(losses):
            losses[0][1] *= 1 + 1e-5

        def none(losses):
            losses[1][6] = float("nan")

        for change in (far, early, none):
            with (
                self.subTest(change.__name__),
                contextlib.redirect_stderr(io.StringIO()) as err,
                self.assertRaisesRegex(processes.Failed, "its loss curve differs"),
            ):
                self.longrun_on_cuda(change)
            self.assertIn("<", err.getvalue())
        with self.assertRaisesRegex(processes.Failed, "other steps or runs"):
            self.longrun_on_cuda(lambda losses: losses.pop())

    def test_longrun_s_cpu_engine_needs_none(self):
        with mock.patch.object(processes, "output", side_effect=AssertionError):
            self.assertIsNone(checks.Checks().check(LONGRUN, EXPERIMENT))


class StartingTest(unittest.TestCase):
    def test_only_its_own_exit_code_means_another_curve(self):
        said = "import sys; print('Traceback', file=sys.stderr); print('no luck', file=sys.stderr); sys.exit({})"
        for code, words in (
            (5, r"^its loss curve differs: no luck$"),
            (1, r"^it failed \(exit code 1\): no luck$"),
            (3, r"^it failed \(exit code 3\): no luck$"),
        ):
            with self.subTest(code), self.assertRaisesRegex(processes.Failed, words):
                checks.Checks().check(program(said.format(code)), EXPERIMENT)
        with self.assertRaisesRegex(processes.Failed, "exit code -9.*said nothing"):
            checks.Checks().check(program("import os; os.kill(os.getpid(), 9)"), EXPERIMENT)

    def test_who_leaves_no_result_has_failed(self):
        with self.assertRaisesRegex(processes.Failed, "left no result"):
            running.measure(program("pass"), EXPERIMENT, None, 1)

    def test_who_does_not_end_is_stopped_with_all_it_started(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "pid"
            script = (
                "import subprocess, sys, time; "
                f"open({str(file)!r}, 'w').write(str(subprocess.Popen(['sleep', '60']).pid)); "
                "time.sleep(60)"
            )
            with self.assertRaisesRegex(processes.Failed, r"stopped: .* after 2 s"):
                processes.output([sys.executable, "-c", script], 2)
            self.assertTrue(gone(int(file.read_text())))

    def test_a_signal_leaves_neither_processes_nor_folders(self):
        with tempfile.TemporaryDirectory() as folder:
            script = f"""
import sys, time
sys.path[:0] = [{str(support.PEERS)!r}]
from pathlib import Path
from comparison import command, processes
def compare(arguments):
    import tempfile
    with tempfile.TemporaryDirectory(dir={folder!r}) as held:
        print(held, flush=True)
        processes.output(["sh", "-c", "cd $0; echo $$ >$0.pid; exec sleep 60", held])
command._compare = compare
sys.exit(command.main(["--json", "x.json"]))
"""
            for number in (signal.SIGTERM, signal.SIGINT):
                with subprocess.Popen(
                    [sys.executable, "-c", script],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                ) as process:
                    held = Path(process.stdout.readline().strip())
                    file = Path(f"{held}.pid")
                    for _ in range(100):
                        if file.exists() and file.read_text().strip():
                            break
                        time.sleep(0.05)
                    process.send_signal(number)
                    _, err = process.communicate(timeout=20)
                self.assertEqual(128 + number, process.returncode, err)
                self.assertEqual("bench/compare: interrupted: nothing was written", err.strip())
                self.assertFalse(held.exists())
                self.assertTrue(gone(int(file.read_text())))

    def test_a_peer_that_cannot_be_started_is_missing(self):
        found = contenders.find(Peer("x", "nothing.py"), [(sys.executable,)], "cpu")
        self.assertEqual((), found.command)
        self.assertIn("nothing.py", found.why)

    def test_arguments_name_everything(self):
        self.assertEqual(
            [*"longrun bench tiny.yaml --engine cpu --slots 4 --rounds 1 --threads 2".split()],
            LONGRUN_4.arguments(EXPERIMENT, Threads(2)),
        )
        self.assertEqual(
            ["--threads", "1", "--blas-threads", "2"], EAGER.arguments(EXPERIMENT, Threads(1, 2))[-4:]
        )

    def test_a_peer_is_asked_for_the_device_and_its_blas(self):
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "asked.py"
            script.write_text(
                "import json, sys\n"
                "print(json.dumps({'available': True, 'version': ' '.join(sys.argv[1:]),"
                " 'devices': ['cuda'], 'separate_blas': False}))"
            )
            peer = Peer("x", str(script), on_cuda=("last,sdpa",), on_cpu=("last",))
            found = contenders.find(peer, [(sys.executable,)], "cuda")
            self.assertEqual("--probe --device cuda", found.version)
            plain, both = found.contenders(4, "cuda", "fp32")
            self.assertFalse(plain.separate_blas)
            self.assertEqual(("x", "x-last-sdpa"), (plain.name, both.name))
            arguments = both.arguments(EXPERIMENT, None)
            self.assertEqual("last,sdpa", arguments[arguments.index("--variant") + 1])
            missing = contenders.find(peer, [(sys.executable,)], "cpu")
            self.assertIn("has no device cpu", missing.why)

    def test_every_variant_is_one_of_its_script(self):
        """As the scripts themselves say: their help needs no framework."""
        for peer in contenders.PEER_SCRIPTS:
            if peer.script.endswith(".py"):
                help = subprocess.run(
                    [sys.executable, support.PEERS / peer.script, "--help"],
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
                for names in {*peer.on_cpu, *peer.on_cuda}:
                    for name in names.split(","):
                        with self.subTest(peer=peer.engine, variant=name):
                            self.assertRegex(" ".join(help.split()), rf"one or several of [^-]*.*\b{name}\b")

    def test_mistakes_are_told_before_anything_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            for arguments, words in (
                (["--only", "tensorflow"], "--only tensorflow: 'tensorflow' is none of jax-scan"),
                (["--only", "longrun,"], "--only longrun,: '' is none of jax-scan"),
                (["--only", ""], "--only : '' is none of"),
                (["absent.yaml"], "absent.yaml: no such file"),
                (["--precision", "tf32"], "only with --device cuda"),
                (["--seconds", "0"], "--seconds 0.0"),
                (["--runs", "x"], "--runs: 'x' is no positive integer"),
                (["--json", folder], f"--json {folder}: is a folder"),
            ):
                with self.subTest(words):
                    code, err = compare("--json", "x.json", *arguments)
                    self.assertEqual(command.USAGE, code)
                    self.assertIn(words, err)


class ComparingTest(support.FolderTest):
    """From the command line to the exit code, with programs that are made up."""

    def compare(self, *arguments, here=("pytorch-eager",), measure=lambda *_: result(1e6), **environment):
        def found(peer, pythons, device):
            if peer.engine in here:
                return contenders.Found(peer, ("python3", peer.script), "1.0")
            return contenders.Found(peer, why="install it")

        def run(arguments, *_, **__):
            return subprocess.CompletedProcess(arguments, 0, json.dumps({"checked": CHECKED}), "")

        self.file = self.folder / "comparison.json"
        with (
            mock.patch.object(command, "find", found),
            mock.patch.object(processes, "run", run),
            mock.patch.object(running, "measure", measure),
            mock.patch.dict(os.environ, environment),
            mock.patch.object(os, "sched_getaffinity", lambda _: {0, 1}),
            contextlib.redirect_stdout(io.StringIO()) as out,
        ):
            answer = compare("--json", str(self.file), *arguments)
        self.shown = out.getvalue()
        return answer

    def test_all_that_is_asked_for(self):
        code, err = self.compare("--only", "longrun,pytorch-eager")
        self.assertEqual(0, code, err)
        written = json.loads(self.file.read_text())
        names = ["longrun", "longrun", "pytorch-eager", "pytorch-eager-last"] * 2
        self.assertEqual(names, [row["engine"] for row in written["rows"]])
        self.assertEqual([[None, CHECKED][name != "longrun"] for name in names],
                         [row["checked"] for row in written["rows"]])

    def test_what_only_names_has_to_be_here(self):
        code, err = self.compare("--only", "longrun,jax-scan")
        self.assertEqual(1, code)
        self.assertIn("--only names jax-scan, not here", err)
        self.assertTrue(self.file.exists(), "what was measured is kept")
        self.assertEqual(0, self.compare()[0], "all that can run here is what was asked for")

    def test_nothing_measured_is_no_success(self):
        code, err = self.compare("--only", "jax-scan")
        self.assertEqual(1, code)
        self.assertIn("nothing was measured", err)
        self.assertFalse(self.file.exists(), "a record of nothing replaces none")

    def test_no_git_is_no_reason_to_lose_anything(self):
        code, err = self.compare(PATH=str(self.folder))
        self.assertEqual(0, code, err)
        self.assertEqual("unknown", json.loads(self.file.read_text())["commit"])

    def test_the_commit_is_that_before_measuring(self):
        now = ["before"]

        def measure(*_):
            now[0] = "after"
            return result(1e6)

        with mock.patch.object(command, "_commit", lambda: now[0]):
            self.compare(measure=measure)
        self.assertEqual("before", json.loads(self.file.read_text())["commit"])

    def test_a_record_that_cannot_be_written_is_shown_all_the_same(self):
        with mock.patch.object(record, "write", side_effect=OSError(28, "No space left on device")):
            code, err = self.compare("--only", "longrun")
        self.assertEqual(1, code)
        self.assertIn("comparison.json cannot be written: No space left", err)
        self.assertRegex(self.shown, r"longrun +1 +2 ")

    def test_mixed_programs_are_not_written(self):
        count = iter(range(1000))
        code, err = self.compare("--only", "longrun", measure=lambda *_: result(1e6, f"{next(count) // 6}"))
        self.assertEqual(1, code)
        self.assertIn("longrun was 0 in rounds before, and now is 1", err)
        self.assertFalse(self.file.exists())


def compare(*arguments):
    """Exit code and standard error of bench/compare."""
    with contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            code = command.main(list(arguments))
        except SystemExit as exit:  # argparse
            code = exit.code
    return code, err.getvalue()


def gone(process):
    """Whether a process has ended, or will have in a moment."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


if __name__ == "__main__":
    unittest.main()

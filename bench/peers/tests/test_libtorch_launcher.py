"""What the JVM peer's launcher does before there is a JVM: devices, and threads in the environment."""

import json
import os
import shutil
import subprocess
import unittest

import support


class LauncherTest(support.FolderTest):
    """A copy of it, in a tree where all has been built and Java only tells its environment."""

    def setUp(self):
        super().setUp()
        peers = self.folder / "bench/peers"
        self.target = peers / "libtorch/target"
        for folder in (self.target / "lib", peers / "libtorch/src/main", self.folder / "src/main"):
            folder.mkdir(parents=True)
        self.launcher = peers / "libtorch_jvm"
        shutil.copy(support.PEERS / "libtorch_jvm", self.launcher)
        for file in (peers / "libtorch/pom.xml", self.folder / "pom.xml"):
            file.touch()
        self.script("scripts/find-java", f"echo {self.folder}/java")
        self.script("java", 'echo "$OMP_NUM_THREADS $OPENBLAS_NUM_THREADS"')
        (self.target / "longrun-libtorch.jar").touch()

    def script(self, name, line):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def run_launcher(self, *arguments, **environment):
        done = subprocess.run(
            [self.launcher, *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, **environment},
            check=False,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout.strip()

    def test_threads_are_all_cores_whatever_was_set_before(self):
        cores = len(os.sched_getaffinity(0))
        other = {"OMP_NUM_THREADS": str(cores + 1), "OMP_THREAD_LIMIT": str(cores + 1)}
        self.assertEqual(f"{cores} {cores}", self.run_launcher("x", **other))
        self.assertEqual("3 3", self.run_launcher("x", "--threads", "3", **other))
        self.assertEqual("3 2", self.run_launcher("x", "--threads=3", "--blas-threads=2", **other))

    def test_who_asks_for_cuda_is_told_how_to_get_it(self):
        self.script("bin/nvidia-smi", "true")
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        answer = json.loads(self.run_launcher("--probe", "--device", "cuda", PATH=path))
        self.assertFalse(answer["available"])
        self.assertIn("libtorch_jvm --device cuda --help downloads it", answer["why"])
        (self.target / "lib-gpu").mkdir()
        self.assertRegex(self.run_launcher("--probe", "--device", "cuda", PATH=path), r"^\d+ \d+$")


if __name__ == "__main__":
    unittest.main()

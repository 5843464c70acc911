"""What every Python peer shares: reading an experiment, checking its curve, timing, writing JSON.

Standard library only, and nothing here imports a framework: a peer's own script does that, after
the harness has set how many threads the framework may use. A peer is a script that calls

    sys.exit(harness.main(harness.Program(engine="…", probe=probe, build=build)))

where ``build(experiment, options)`` returns a ``harness.Peer``.
"""

from harness.command import main
from harness.experiment import Experiment, ExperimentError, ModelShape, OptimizerSettings
from harness.options import Options
from harness.peer import DeviceOutOfMemory, Peer, Probe, Program, Unavailable
from harness.safetensors import Tensor

__all__ = [
    "DeviceOutOfMemory",
    "Experiment",
    "ExperimentError",
    "ModelShape",
    "OptimizerSettings",
    "Options",
    "Peer",
    "Probe",
    "Program",
    "Tensor",
    "Unavailable",
    "main",
]

package longrun.cli;

import java.util.OptionalInt;
import longrun.cpu.CpuEngine;
import longrun.engine.Engine;
import longrun.sweep.Workplace;

/** The engine of a sweep and its slots. */
record SweepWorkplace(Workplace workplace, String reason) {

  static SweepWorkplace of(EngineChoice choice, OptionalInt slots) {
    Engines.Selection selection = Engines.select(choice, OptionalInt.empty());
    int cores = Runtime.getRuntime().availableProcessors();
    Engine engine = selection.engine() instanceof CpuEngine ? new CpuEngine(1) : selection.engine();
    Workplace workplace =
        engine.name().equals("cuda")
            ? new Workplace.Device(engine, _ -> slots.orElse(8))
            : new Workplace.Cores(engine, slots.orElse(cores));
    return new SweepWorkplace(workplace, selection.reason());
  }
}

package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.config.OptimizerConfig;
import longrun.config.OptimizerKind;
import longrun.cuda.CudaContext;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/** Cases of {@code step_begin} and {@code step_end}. */
final class StepCases {
  /**
   * A scalar is computed in double, but for the last bits of a power, and rounded once to float; a
   * quotient in between may fall on the other side of a boundary.
   */
  private static final double SCALAR_TOLERANCE = 0x1p-23;

  private static final long SEED = -7;

  /** What a slot is found in, and what becomes of it. */
  private enum Found {
    /** Flags of an earlier peek stand in a slot without a step in progress. */
    READY(true, false, false, true, false, 0, false),
    DIVERGED(true, false, true, false, false, 0, true),
    PENDING(true, true, false, false, false, 1, false),
    PENDING_LOSS(true, true, false, true, false, 0, true),
    PENDING_PARAMETER(true, true, false, false, true, 1, true),
    PENDING_BOTH(true, true, false, true, true, 0, true),
    EMPTY(false, true, false, true, true, 0, false);

    final boolean active;
    final boolean pending;
    final boolean diverged;
    final boolean lossNotFinite;
    final boolean parameterNotFinite;

    /** Steps that are counted. */
    final int counted;

    final boolean divergedThen;

    Found(
        boolean active,
        boolean pending,
        boolean diverged,
        boolean lossNotFinite,
        boolean parameterNotFinite,
        int counted,
        boolean divergedThen) {
      this.active = active;
      this.pending = pending;
      this.diverged = diverged;
      this.lossNotFinite = lossNotFinite;
      this.parameterNotFinite = parameterNotFinite;
      this.counted = counted;
      this.divergedThen = divergedThen;
    }

    Struct control(long step) {
      return ControlStruct.of(ControlStruct.ADAMW, step, SEED)
          .set("pending", pending ? 1 : 0)
          .set("diverged", diverged ? 1 : 0)
          .set("lossNotFinite", lossNotFinite ? 1 : 0)
          .set("parameterNotFinite", parameterNotFinite ? 1 : 0);
    }
  }

  private StepCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int slots : new int[] {7, 40}) {
      cases.add(
          KernelCase.of(
              "step_begin",
              "every state, slots=" + slots,
              context -> transitions(context, slots, Launched.TRAIN)));
      cases.add(
          KernelCase.of(
              "step_begin",
              "every state, gradients only, slots=" + slots,
              context -> transitions(context, slots, Launched.PEEK)));
      cases.add(
          KernelCase.of(
              "step_end",
              "every state, slots=" + slots,
              context -> transitions(context, slots, Launched.END)));
    }
    for (int batch : new int[] {1, 10, 32, 33, 100}) {
      cases.add(
          KernelCase.of(
              "step_begin",
              "batches of 100 examples, batch=" + batch,
              context -> batches(context, 100, batch)));
    }
    for (OptimizerKind kind : OptimizerKind.values()) {
      for (int warmup : new int[] {0, 1, 10}) {
        for (double[] betas : new double[][] {{0.9, 0.98}, {0, 0}, {0.5, 0.999}, {0.99, 0.9999}}) {
          OptimizerConfig config =
              new OptimizerConfig(
                  kind,
                  3e-3,
                  0.7,
                  betas[0],
                  betas[1],
                  1e-8,
                  warmup,
                  Optional.of(ControlStruct.EMA),
                  false);
          cases.add(
              KernelCase.of(
                  "step_begin",
                  "scalars, " + kind + " warmup=" + warmup + " beta2=" + betas[1],
                  context -> scalars(context, config)));
        }
      }
    }
    cases.add(KernelCase.of("step_begin", "25 steps", StepCases::sequence));
    return cases;
  }

  private enum Launched {
    TRAIN,
    PEEK,
    END;

    String kernel() {
      return this == END ? "step_end" : "step_begin";
    }

    int mode() {
      return this == PEEK ? KernelParameters.STEP_PEEK : KernelParameters.STEP_TRAIN;
    }
  }

  private static Outcome transitions(CudaContext context, int slots, Launched launched) {
    boolean[] active = new boolean[slots];
    for (int slot = 0; slot < slots; slot++) {
      active[slot] = found(slot).active;
    }
    try (Slots all = new Slots(context, active)) {
      for (int slot = 0; slot < slots; slot++) {
        all.control.setStruct(slot, 0, found(slot).control(100 + slot));
      }
      all.launch(launched.kernel(), launched.mode(), 1000, 128);
      Comparison comparison = new Comparison(0);
      for (int slot = 0; slot < slots; slot++) {
        Found found = found(slot);
        boolean runs =
            switch (launched) {
              case TRAIN -> found.active && !found.divergedThen;
              case PEEK -> found.active;
              case END -> false;
            };
        comparison.sameInt(all.running, 0, slot, runs ? 1 : 0);
        if (found.active) {
          compareState(comparison, all, slot, launched, runs);
        }
      }
      return comparison.outcome(all.memory);
    }
  }

  private static void compareState(
      Comparison comparison, Slots all, int slot, Launched launched, boolean runs) {
    Found found = found(slot);
    Struct control = all.control(slot);
    String place = " of slot " + slot + ", " + found;
    boolean begins = runs && launched == Launched.TRAIN;
    long step = 100L + slot + found.counted;
    comparison.same("step" + place, control.integer("step"), step);
    comparison.same("diverged" + place, control.integer("diverged"), found.divergedThen ? 1 : 0);
    comparison.same("pending" + place, control.integer("pending"), begins ? 1 : 0);
    comparison.same(
        "lossNotFinite" + place,
        control.integer("lossNotFinite"),
        found.lossNotFinite && !begins ? 1 : 0);
    comparison.same(
        "parameterNotFinite" + place,
        control.integer("parameterNotFinite"),
        found.parameterNotFinite && !begins ? 1 : 0);
    comparison.same("epoch" + place, control.integer("epoch"), -1);
    long first = step % 8 * 128;
    comparison.same("firstExample" + place, control.integer("firstExample"), runs ? first : 0);
    comparison.same(
        "examples" + place, control.integer("examples"), runs ? Math.min(128, 1000 - first) : 0);
    comparison.same("epochStarts" + place, control.integer("epochStarts"), runs ? 1 : 0);
  }

  private static Found found(int slot) {
    return Found.values()[slot % Found.values().length];
  }

  private static Outcome batches(CudaContext context, int examples, int batch) {
    int stepsPerEpoch = Math.ceilDiv(examples, batch);
    long[] steps = {0, 1, stepsPerEpoch - 1, stepsPerEpoch, 3L * stepsPerEpoch - 1, 1234567};
    try (Slots all = new Slots(context, allActive(steps.length))) {
      for (int slot = 0; slot < steps.length; slot++) {
        Struct control = ControlStruct.of(ControlStruct.ADAMW, steps[slot], SEED);
        all.control.setStruct(slot, 0, control.set("epoch", 2));
      }
      all.launch("step_begin", KernelParameters.STEP_TRAIN, examples, batch);
      Comparison comparison = new Comparison(0);
      for (int slot = 0; slot < steps.length; slot++) {
        Struct control = all.control(slot);
        long epoch = steps[slot] / stepsPerEpoch;
        long first = steps[slot] % stepsPerEpoch * batch;
        String place = " at step " + steps[slot];
        comparison.same("firstExample" + place, control.integer("firstExample"), first);
        comparison.same(
            "examples" + place, control.integer("examples"), Math.min(batch, examples - first));
        comparison.same("epochOfStep" + place, control.integer("epochOfStep"), epoch);
        comparison.same("epochStarts" + place, control.integer("epochStarts"), epoch == 2 ? 0 : 1);
        comparison.same("epoch" + place, control.integer("epoch"), 2);
      }
      return comparison.outcome(all.memory);
    }
  }

  private static Outcome scalars(CudaContext context, OptimizerConfig config) {
    long[] steps = {0, 1, 8, 9, 10, 99, 12_345, 1_000_000_000};
    try (Slots all = new Slots(context, allActive(steps.length))) {
      for (int slot = 0; slot < steps.length; slot++) {
        all.control.setStruct(slot, 0, ControlStruct.of(config, steps[slot], SEED));
      }
      all.launch("step_begin", KernelParameters.STEP_TRAIN, 10, 10);
      Comparison comparison = new Comparison(SCALAR_TOLERANCE);
      for (int slot = 0; slot < steps.length; slot++) {
        compareScalars(comparison, config, steps[slot] + 1, all.control(slot));
      }
      return comparison.outcome(all.memory);
    }
  }

  private static void compareScalars(
      Comparison comparison, OptimizerConfig config, long step, Struct control) {
    double rate = config.learningRateAt(step);
    boolean coupled = config.kind() == OptimizerKind.ADAM;
    double decayed = 1 - rate * config.weightDecay();
    double first = rate / (1 - StrictMath.pow(config.beta1(), (double) step));
    double second = 1 / Math.sqrt(1 - StrictMath.pow(config.beta2(), (double) step));
    String place = " of step " + step;
    comparison.compare("keep" + place, control.real("keep"), coupled ? 1 : decayed, 1);
    comparison.compare(
        "decay" + place, control.real("decay"), coupled ? config.weightDecay() : 0, 1);
    comparison.compare("stepSize" + place, control.real("stepSize"), first, first);
    comparison.compare("rootCorrection" + place, control.real("rootCorrection"), second, second);
    double alpha = step == 1 ? 0 : config.grokfastEma().orElseThrow().alpha();
    comparison.compare("emaKeep" + place, control.real("emaKeep"), alpha, 1);
    comparison.compare("emaTake" + place, control.real("emaTake"), 1 - alpha, 1);
  }

  /** A step_begin after the other, a step_end at last, as a block of steps runs. */
  private static Outcome sequence(CudaContext context) {
    try (Slots all = new Slots(context, true, false, true)) {
      for (int slot : all.memory.activeSlots()) {
        all.control.setStruct(slot, 0, ControlStruct.of(ControlStruct.ADAMW, slot, SEED));
      }
      Comparison comparison = new Comparison(0);
      for (int i = 0; i < 25; i++) {
        all.launch("step_begin", KernelParameters.STEP_TRAIN, 10, 4);
        for (int slot : all.memory.activeSlots()) {
          comparison.same("step", all.control(slot).integer("step"), slot + i);
          comparison.same(
              "firstExample", all.control(slot).integer("firstExample"), (slot + i) % 3 * 4L);
        }
      }
      all.launch("step_end", KernelParameters.STEP_TRAIN, 10, 4);
      for (int slot : all.memory.activeSlots()) {
        comparison.same("step", all.control(slot).integer("step"), slot + 25);
        comparison.same("pending", all.control(slot).integer("pending"), 0);
        comparison.sameInt(all.running, 0, slot, 0);
      }
      return comparison.outcome(all.memory);
    }
  }

  private static boolean[] allActive(int slots) {
    boolean[] active = new boolean[slots];
    java.util.Arrays.fill(active, true);
    return active;
  }

  private static final class Slots implements AutoCloseable {
    final CaseMemory memory;
    final Region control;
    final Region running;

    Slots(CudaContext context, boolean... active) {
      memory = new CaseMemory(context, 256, active);
      control = memory.arena().structs("control", Access.IN_OUT, KernelParameters.CONTROL, 1);
      running = memory.session().ints("running", Access.OUT, active.length);
    }

    void launch(String kernel, int mode, int trainExamples, int batchExamples) {
      Struct parameters = memory.describeSlots(KernelParameters.STEP_PARAMETERS.create());
      parameters
          .set("control", control.address())
          .set("running", running.address())
          .set("slotCount", memory.slots())
          .set("mode", mode)
          .set("trainExamples", trainExamples)
          .set("batchExamples", batchExamples);
      memory.launch(kernel, Math.ceilDiv(memory.slots(), 32), 1, 32, parameters);
    }

    Struct control(int slot) {
      return control.structAt(slot, 0, KernelParameters.CONTROL);
    }

    @Override
    public void close() {
      memory.close();
    }
  }
}

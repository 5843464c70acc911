package longrun.scaling;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import longrun.config.ConfigReader;
import longrun.config.ModelConfig;
import longrun.config.Precision;
import longrun.config.RunConfig;
import longrun.config.TaskConfig;
import longrun.cpu.CpuEngine;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaEngine;
import longrun.engine.Engine;
import longrun.measure.Contender;
import longrun.measure.Subject;
import longrun.train.PreparedRun;

/**
 * Which points there are: one quantity varied at a time from a base, on every engine. The base
 * itself is a point of most axes, and one measurement.
 *
 * @param threads of the processor; 0 leaves it out
 * @param device empty leaves it out
 */
record Design(Subject base, int threads, Optional<CudaContext> device) {
  static final String ONE_RUN = "one run";
  static final String RUN_PER_THREAD = "a run per thread";

  static final List<Integer> SLOTS = List.of(1, 2, 4, 8, 16, 32, 64, 128, 256);
  static final List<Integer> D_MODELS = List.of(32, 64, 128, 256, 512, 1024);
  static final List<Integer> MODULI = List.of(31, 59, 113, 211, 331, 509);
  static final List<Integer> LENGTHS = List.of(3, 4, 8, 16, 32, 64);

  private static final int HEADS = 4;
  private static final int MLP_FACTOR = 4;

  /** In the order of axes, series and values. */
  List<Planned> points() {
    List<Planned> points = new ArrayList<>();
    points.addAll(points(Axis.SLOTS, SLOTS, _ -> base));
    points.addAll(points(Axis.D_MODEL, D_MODELS, this::ofWidth));
    points.addAll(points(Axis.MODULUS, MODULI, this::ofModulus));
    points.addAll(points(Axis.SEQUENCE, LENGTHS, this::ofLength));
    if (threads > 0) {
      for (int count : threadCounts(threads)) {
        points.add(new Planned(Axis.THREADS, count, ONE_RUN, base, processor(count, 1)));
      }
      for (int count : threadCounts(threads)) {
        points.add(new Planned(Axis.THREADS, count, RUN_PER_THREAD, base, processor(count, count)));
      }
    }
    return points;
  }

  /** Powers of two, and all. */
  static List<Integer> threadCounts(int all) {
    TreeSet<Integer> counts = new TreeSet<>();
    for (int count = 1; count < all; count *= 2) {
      counts.add(count);
    }
    counts.add(all);
    return List.copyOf(counts);
  }

  /** A subject for a value. */
  private interface Varied {
    Subject of(int value);
  }

  private List<Planned> points(Axis axis, List<Integer> values, Varied varied) {
    List<Subject> subjects = values.stream().map(varied::of).toList();
    List<Planned> points = new ArrayList<>();
    for (int engine = 0; engine < contenders(1).size(); engine++) {
      for (int i = 0; i < values.size(); i++) {
        int value = values.get(i);
        Contender contender = contenders(axis == Axis.SLOTS ? value : 1).get(engine);
        Subject subject = subjects.get(i);
        String series = contender.setting(subject.name()).contender();
        points.add(new Planned(axis, value, series, subject, contender));
      }
    }
    return points;
  }

  private List<Contender> contenders(int slots) {
    List<Contender> contenders = new ArrayList<>();
    if (threads > 0) {
      contenders.add(processor(threads, slots));
    }
    device.ifPresent(
        context -> {
          Engine cuda = new CudaEngine(context);
          boolean emulated = context.device().emulated();
          for (Precision precision : List.of(Precision.FP32, Precision.TF32)) {
            contenders.add(new Contender(cuda, OptionalInt.empty(), slots, precision, emulated));
          }
        });
    return contenders;
  }

  private static Contender processor(int threads, int slots) {
    return new Contender(
        new CpuEngine(threads), OptionalInt.of(threads), slots, Precision.FP32, false);
  }

  private Subject ofWidth(int dModel) {
    return overridden(
        "d_model=" + dModel,
        List.of(
            "model.d_model=" + dModel,
            "model.heads=" + HEADS,
            "model.d_head=" + dModel / HEADS,
            "model.d_mlp=" + MLP_FACTOR * dModel));
  }

  private Subject ofModulus(int modulus) {
    return overridden("modulus=" + modulus, List.of("task.modulus=" + modulus));
  }

  /** The base, if that is what comes of it. */
  private Subject overridden(String what, List<String> overrides) {
    RunConfig config = ConfigReader.override(base.run().config(), overrides);
    return config.equals(base.run().config())
        ? base
        : new Subject(base.name() + " " + what, PreparedRun.of(config, Optional.empty()));
  }

  private Subject ofLength(int length) {
    return new Subject(
        base.name() + " sequence=" + length,
        RandomSequences.of(base.run().config(), modulus(base.run().config()), length));
  }

  /**
   * The modulus of a configuration.
   *
   * @throws IllegalArgumentException if it is not of a modular task and a transformer
   */
  static int modulus(RunConfig config) {
    if (config.task() instanceof TaskConfig.Modular modular
        && config.model() instanceof ModelConfig.Transformer) {
      return modular.modulus();
    }
    throw new IllegalArgumentException(
        "task=" + config.task() + " model=" + config.model() + ", not a modular transformer's");
  }
}

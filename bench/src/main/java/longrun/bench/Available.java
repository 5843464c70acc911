package longrun.bench;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import longrun.cuda.CublasMatmul;
import longrun.cuda.DriverProbe;
import longrun.cuda.MissingPiece;

/**
 * Which benchmarks a machine can run.
 *
 * @param probe how its driver stands
 * @param cublas why it has no cuBLAS; empty if it has. Asked where a benchmark needs it
 * @param emulated whether the emulated driver was asked for, to stand in for a GPU
 */
record Available(DriverProbe probe, Supplier<Optional<MissingPiece>> cublas, boolean emulated) {
  private static final String EMULATED = "driver=emulated";

  /** On this machine. */
  static Available here(boolean emulated) {
    return new Available(DriverProbe.run(), CublasMatmul::missing, emulated);
  }

  /**
   * Why a benchmark cannot run; empty if it can.
   *
   * @param name of class and method: {@code "longrun.bench.StepBenchmark.steps"}
   */
  Optional<String> obstacle(String name) {
    Optional<String> reason = Optional.empty();
    for (Needs.Piece piece : needs(name)) {
      reason = reason.or(() -> missing(piece));
    }
    return reason;
  }

  /** What a benchmark needs, by its class and by its method. */
  private static List<Needs.Piece> needs(String name) {
    int dot = name.lastIndexOf('.');
    Class<?> type;
    try {
      type = Class.forName(name.substring(0, dot), false, Available.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("JMH lists " + name + ", and there is no such class", e);
    }
    Stream<Method> methods =
        Arrays.stream(type.getDeclaredMethods())
            .filter(method -> method.getName().equals(name.substring(dot + 1)));
    return Stream.concat(
            Stream.ofNullable(type.getAnnotation(Needs.class)),
            methods.flatMap(method -> Stream.ofNullable(method.getAnnotation(Needs.class))))
        .map(Needs::value)
        .toList();
  }

  private Optional<String> missing(Needs.Piece piece) {
    return switch (piece) {
      case DEVICE -> missingDevice();
      case CUBLAS ->
          probe.isEmulated()
              ? Optional.of("cuBLAS needs a GPU, and the driver is the emulated one")
              : cublas.get().map(MissingPiece::sentence);
    };
  }

  private Optional<String> missingDevice() {
    if (!probe.missing().isEmpty()) {
      return Optional.of(probe.missing().getFirst().sentence());
    }
    if (emulated && !probe.isEmulated()) {
      return Optional.of(EMULATED + " was asked for, and the driver is NVIDIA's");
    }
    if (!emulated && probe.isEmulated()) {
      return Optional.of(
          "the driver is the emulated one, which says nothing of speed; to try them, -p "
              + EMULATED);
    }
    return Optional.empty();
  }
}

package longrun.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import longrun.cuda.CublasMatmul;
import longrun.cuda.DriverProbe;
import longrun.cuda.MissingPiece;

/**
 * Which benchmarks this machine can run, for {@code bench/run}: names come in on stdin, one a line;
 * those that can run go out on stdout, and on stderr which are left out and why. Arguments are
 * those for JMH: {@code -p driver=emulated} among them lets the emulated driver stand in for a GPU.
 */
final class Available {
  private static final String EMULATED = "driver=emulated";

  private Available() {}

  public static void main(String[] arguments) throws ReflectiveOperationException {
    boolean emulated = Stream.of(arguments).anyMatch(argument -> argument.endsWith(EMULATED));
    List<String> names =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
            .lines()
            .toList();
    Map<String, List<String>> leftOut = new LinkedHashMap<>();
    for (String name : names) {
      Optional<String> reason = Optional.empty();
      for (Needs.Piece piece : needs(name)) {
        reason = reason.or(() -> missing(piece, emulated));
      }
      if (reason.isEmpty()) {
        System.out.println(name);
      } else {
        leftOut
            .computeIfAbsent(reason.get(), any -> new ArrayList<>())
            .add(name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1));
      }
    }
    leftOut.forEach(
        (reason, those) ->
            System.err.println("bench/run leaves out " + String.join(", ", those) + ": " + reason));
  }

  /** What a benchmark needs, by its class and by its method. */
  private static List<Needs.Piece> needs(String name) throws ClassNotFoundException {
    int dot = name.lastIndexOf('.');
    Class<?> type = Class.forName(name.substring(0, dot), false, Available.class.getClassLoader());
    Stream<Method> methods =
        Arrays.stream(type.getDeclaredMethods())
            .filter(method -> method.getName().equals(name.substring(dot + 1)));
    return Stream.concat(
            Stream.ofNullable(type.getAnnotation(Needs.class)),
            methods.flatMap(method -> Stream.ofNullable(method.getAnnotation(Needs.class))))
        .map(Needs::value)
        .toList();
  }

  private static Optional<String> missing(Needs.Piece piece, boolean emulated) {
    DriverProbe probe = DriverProbe.run();
    return switch (piece) {
      case DEVICE -> missingDevice(probe, emulated);
      case CUBLAS ->
          probe.isEmulated()
              ? Optional.of("cuBLAS needs a GPU, and the driver is the emulated one")
              : CublasMatmul.missing().map(MissingPiece::sentence);
    };
  }

  private static Optional<String> missingDevice(DriverProbe probe, boolean emulated) {
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

package longrun.verify;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import longrun.config.Precision;
import longrun.cuda.CublasMatmul;
import longrun.cuda.CublasMatmul.Arithmetic;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaEngine;
import longrun.cuda.CudaStream;
import longrun.cuda.CudaUnavailableException;
import longrun.engine.Engine;

/** Runs every case on a device and says, group by group, how far its results are off. */
public final class Verification {
  private final CudaContext context;
  private final Predicate<String> wanted;
  private final Consumer<Group> finished;
  private final Map<String, Group> groups = new LinkedHashMap<>();

  /**
   * Cases that belong together: a kernel's, or a law's.
   *
   * @param name {@code "attention"}, {@code "steps tf32"}
   * @param cases how many were run
   * @param worst the outcome closest to its tolerance, or furthest beyond
   * @param misses what went wrong, in words; empty if nothing did
   */
  public record Group(String name, int cases, Outcome worst, List<String> misses) {
    public Group {
      misses = List.copyOf(misses);
    }

    /** Whether every case was as it should be. */
    public boolean passed() {
      return misses.isEmpty();
    }

    private Group and(String description, Outcome outcome) {
      List<String> all = new ArrayList<>(misses);
      if (!outcome.passed()) {
        all.add(description + ": " + outcome.fault().orElse("error " + outcome.largestError()));
      }
      return new Group(
          name, cases + 1, closeness(outcome) > closeness(worst) ? outcome : worst, all);
    }

    /** 1 is at the tolerance; where it is 0 any error is beyond all measure. */
    private static double closeness(Outcome outcome) {
      if (!outcome.passed()) {
        return Double.POSITIVE_INFINITY;
      }
      return outcome.tolerance() == 0 ? 0 : outcome.largestError() / outcome.tolerance();
    }
  }

  /**
   * Everything that was run.
   *
   * @param groups in their order
   * @param withoutCublas why products were not compared with cuBLAS though it was asked for
   */
  public record Result(List<Group> groups, Optional<String> withoutCublas) {
    public Result {
      groups = List.copyOf(groups);
    }
  }

  private Verification(CudaContext context, Predicate<String> wanted, Consumer<Group> finished) {
    this.context = context;
    this.wanted = wanted;
    this.finished = finished;
  }

  /**
   * Runs cases.
   *
   * @param wanted which groups, by name
   * @param finished is told of each group when its last case has been run
   */
  public static Result run(
      CudaContext context, Predicate<String> wanted, Consumer<Group> finished) {
    Verification verification = new Verification(context, wanted, finished);
    verification.kernels();
    verification.engine(Precision.FP32);
    verification.engine(Precision.TF32);
    boolean asked = cublasGroups().stream().anyMatch(wanted);
    Optional<String> withoutCublas = asked ? withoutCublas(context) : Optional.empty();
    if (asked && withoutCublas.isEmpty()) {
      verification.cublas(false);
      verification.cublas(true);
    }
    return new Result(List.copyOf(verification.groups.values()), withoutCublas);
  }

  /** The names of all groups, in their order. */
  public static List<String> names() {
    return Stream.of(
            KernelCases.all().stream().map(KernelCase::kernel),
            Stream.of(Precision.FP32, Precision.TF32)
                .flatMap(precision -> EngineCases.all(precision).stream())
                .map(EngineCase::group),
            cublasGroups().stream())
        .flatMap(names -> names)
        .distinct()
        .toList();
  }

  /** Why products cannot be compared with cuBLAS; empty if they can. Loads it to find out. */
  private static Optional<String> withoutCublas(CudaContext context) {
    if (context.device().emulated()) {
      return Optional.of("the device is the emulated driver's, which cuBLAS cannot use");
    }
    try (CudaStream stream = context.createStream();
        CublasMatmul cublas = CublasMatmul.open(context, stream, Arithmetic.PEDANTIC_FP32)) {
      return Optional.empty();
    } catch (CudaUnavailableException e) {
      return Optional.of(e.missing().sentence());
    }
  }

  /** The groups that are run where cuBLAS can be had. */
  public static List<String> cublasGroups() {
    return List.of(CublasCase.group(false), CublasCase.group(true));
  }

  private void kernels() {
    Map<String, List<KernelCase>> byKernel = new LinkedHashMap<>();
    for (KernelCase each : KernelCases.all()) {
      byKernel.computeIfAbsent(each.kernel(), name -> new ArrayList<>()).add(each);
    }
    byKernel.forEach(
        (kernel, cases) -> {
          if (wanted.test(kernel)) {
            cases.forEach(each -> add(kernel, each.description(), each.run(context)));
            finished.accept(groups.get(kernel));
          }
        });
  }

  private void engine(Precision precision) {
    Engine engine = new CudaEngine(context);
    Map<String, List<EngineCase>> byGroup = new LinkedHashMap<>();
    for (EngineCase each : EngineCases.all(precision)) {
      byGroup.computeIfAbsent(each.group(), name -> new ArrayList<>()).add(each);
    }
    byGroup.forEach(
        (group, cases) -> {
          if (wanted.test(group)) {
            cases.forEach(each -> add(group, each.description(), each.run(engine)));
            finished.accept(groups.get(group));
          }
        });
  }

  private void cublas(boolean tf32) {
    String group = CublasCase.group(tf32);
    if (wanted.test(group)) {
      for (CublasCase each : CublasCase.all(tf32)) {
        add(group, each.toString(), each.run(context, CublasCase::multiplyByCublas));
      }
      finished.accept(groups.get(group));
    }
  }

  private void add(String group, String description, Outcome outcome) {
    Group known =
        groups.getOrDefault(
            group, new Group(group, 0, new Outcome(0, 0, Optional.empty()), List.of()));
    groups.put(group, known.and(description, outcome));
  }
}

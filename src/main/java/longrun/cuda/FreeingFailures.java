package longrun.cuda;

import java.util.ArrayList;
import java.util.List;

/**
 * Driver failures while several things are being freed: of each kind the first one, since after a
 * kernel's fault every call fails alike.
 */
final class FreeingFailures {
  private final List<CudaFailure> failures = new ArrayList<>();

  /** Does a step, and keeps its failure for later. */
  void collect(Runnable step) {
    try {
      step.run();
    } catch (CudaFailure failure) {
      if (failures.stream().noneMatch(known -> isLike(known, failure))) {
        failures.add(failure);
      }
    }
  }

  boolean happened() {
    return !failures.isEmpty();
  }

  /**
   * Throws nothing if nothing failed.
   *
   * @throws CudaFailure the first failure, with those of other kinds suppressed
   */
  void throwFirst() {
    if (failures.isEmpty()) {
      return;
    }
    CudaFailure first = failures.getFirst();
    failures.subList(1, failures.size()).forEach(first::addSuppressed);
    throw first;
  }

  /** Leaves them with the failure because of which everything was being freed. */
  void suppressIn(Throwable cause) {
    failures.stream()
        .filter(failure -> !(cause instanceof CudaFailure known && isLike(known, failure)))
        .forEach(cause::addSuppressed);
  }

  private static boolean isLike(CudaFailure known, CudaFailure failure) {
    return known.call().code() == failure.call().code();
  }
}

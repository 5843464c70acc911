package longrun.verify;

import static longrun.verify.CaseReaders.Kind.BATCH;
import static longrun.verify.CaseReaders.Kind.SHARED;
import static longrun.verify.ReaderSumJob.Term.FIXED_BATCH;
import static longrun.verify.ReaderSumJob.Term.FIXED_SHARED;
import static longrun.verify.ReaderSumJob.Term.OWN;

import java.util.ArrayList;
import java.util.List;
import longrun.cuda.KernelParameters;
import longrun.verify.ReaderSumJob.Term;

/** Cases of {@code lookup_sum} and {@code reader_sum}. */
final class EmbeddingCases {
  private static final int SEED = 5;

  private EmbeddingCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (JobCase.Slots slots : JobCase.Slots.values()) {
      for (List<LookupSumJob.Shape> jobs : lookupLaunches()) {
        cases.add(lookupSum(slots, jobs));
      }
      for (List<ReaderSumJob.Shape> jobs : readerLaunches()) {
        cases.add(readerSum(slots, jobs));
      }
    }
    return cases;
  }

  private static List<List<LookupSumJob.Shape>> lookupLaunches() {
    return List.of(
        List.of(new LookupSumJob.Shape(SHARED, 1, 0, 1, 1, Applied.NONE, false)),
        List.of(
            new LookupSumJob.Shape(BATCH, 31, 4, 3, 2, Applied.RELU, false),
            new LookupSumJob.Shape(SHARED, 33, 0, 31, 3, Applied.NONE, false),
            new LookupSumJob.Shape(BATCH, 9, 0, 33, 5, Applied.GELU, true)),
        List.of(new LookupSumJob.Shape(BATCH, 113, 13, 128, 2, Applied.GELU, true)),
        List.of(new LookupSumJob.Shape(SHARED, 257, 0, 130, 3, Applied.NONE, true)),
        List.of(
            new LookupSumJob.Shape(BATCH, 33, 1, 200, 9, Applied.SQUARE, true),
            new LookupSumJob.Shape(BATCH, 3, 1, 513, 4, Applied.RELU, false)));
  }

  private static KernelCase lookupSum(JobCase.Slots slots, List<LookupSumJob.Shape> shapes) {
    List<JobCase.Maker> jobs = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      String name = "job" + i;
      LookupSumJob.Shape shape = shapes.get(i);
      jobs.add(memory -> new LookupSumJob(memory, SEED, name, shape));
    }
    return new JobCase(
        "lookup_sum",
        shapes + " slots=" + slots,
        KernelParameters.LOOKUP_SUM_PARAMETERS,
        slots,
        jobs);
  }

  private static List<List<ReaderSumJob.Shape>> readerLaunches() {
    return List.of(
        List.of(sums(1, 1, 1, false, 1, 0, Term.BATCH)),
        List.of(
            sums(31, 3, 1, true, 33, 5, Term.BATCH, Term.SHARED),
            own(33, 31, false, 6, 1),
            sums(5, 31, 1, false, 113, 0, FIXED_SHARED, FIXED_BATCH, Term.SHARED)),
        List.of(sums(9, 128, 1, true, 257, 100, Term.BATCH, FIXED_BATCH)),
        List.of(sums(3, 128, 4, false, 257, 0, Term.SHARED), own(113, 33, true, 10, 3)),
        List.of(sums(7, 130, 2, false, 40, 3, Term.BATCH, Term.BATCH, FIXED_BATCH)),
        List.of(sums(4, 200, 2, true, 77, 1, Term.SHARED, FIXED_SHARED), own(9, 200, true, 2, 6)),
        // Each slice has more readers than two looks ahead.
        List.of(
            sums(1, 3, 1, false, 601, 0, Term.BATCH), sums(1, 130, 3, true, 601, 1, FIXED_BATCH)),
        List.of(sums(2, 20, 4, false, 70, 0, Term.BATCH), own(3, 513, false, 0, 2)));
  }

  private static ReaderSumJob.Shape sums(
      int rows,
      int columns,
      int stripes,
      boolean accumulate,
      int readers,
      int fewer,
      Term... terms) {
    return new ReaderSumJob.Shape(
        rows, columns, stripes, accumulate, readers, fewer, List.of(terms));
  }

  private static ReaderSumJob.Shape own(
      int rows, int columns, boolean accumulate, int fewer, int terms) {
    return new ReaderSumJob.Shape(
        rows,
        columns,
        Math.ceilDiv(columns, 128),
        accumulate,
        rows,
        fewer,
        java.util.Collections.nCopies(terms, OWN));
  }

  private static KernelCase readerSum(JobCase.Slots slots, List<ReaderSumJob.Shape> shapes) {
    List<JobCase.Maker> jobs = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      String name = "job" + i;
      ReaderSumJob.Shape shape = shapes.get(i);
      jobs.add(memory -> new ReaderSumJob(memory, SEED, name, shape));
    }
    return new JobCase(
        "reader_sum",
        shapes + " slots=" + slots,
        KernelParameters.READER_SUM_PARAMETERS,
        slots,
        jobs);
  }
}

package longrun.verify;

import static longrun.verify.CaseReaders.Kind.OWN;
import static longrun.verify.CaseReaders.Kind.SHARED;

import java.util.ArrayList;
import java.util.List;
import longrun.cuda.KernelParameters;

/** Cases of {@code weight_gradient}, {@code weight_gradient_tf32} and {@code split_sum}. */
final class WeightGradientCases {
  private static final int SEED = 13;
  private static final int THREADS = 128;

  private WeightGradientCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (JobCase.Slots slots : JobCase.Slots.values()) {
      for (boolean tf32 : new boolean[] {false, true}) {
        for (List<WeightGradientJob.Shape> shapes : launches()) {
          cases.add(launch(tf32, slots, shapes));
        }
      }
      cases.add(sums(slots));
    }
    return cases;
  }

  private static List<List<WeightGradientJob.Shape>> launches() {
    return List.of(
        List.of(new WeightGradientJob.Shape(SHARED, 1, 0, 1, 1, 1, 1, 1, true)),
        // The last splits have no rows.
        List.of(
            new WeightGradientJob.Shape(OWN, 67, 9, 1, 31, 33, 5, 31, true),
            new WeightGradientJob.Shape(SHARED, 33, 0, 1, 114, 3, 2, 31, false),
            new WeightGradientJob.Shape(OWN, 21, 2, 3, 3, 114, 4, 31, true)),
        List.of(
            new WeightGradientJob.Shape(OWN, 130, 3, 1, 130, 31, 2, 113, true),
            new WeightGradientJob.Shape(SHARED, 113, 0, 1, 33, 130, 1, 113, true)),
        List.of(new WeightGradientJob.Shape(SHARED, 331, 0, 1, 65, 64, 1, 331, true)),
        List.of(
            new WeightGradientJob.Shape(OWN, 31, 0, 1, 7, 7, 8, 4, true),
            new WeightGradientJob.Shape(OWN, 33, 1, 1, 1, 130, 9, 4, false)));
  }

  private static KernelCase launch(
      boolean tf32, JobCase.Slots slots, List<WeightGradientJob.Shape> shapes) {
    List<JobCase.Maker> jobs = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      String name = "job" + i;
      WeightGradientJob.Shape shape = shapes.get(i);
      jobs.add(memory -> new WeightGradientJob(memory, SEED, name, tf32, shape));
    }
    return new JobCase(
        tf32 ? "weight_gradient_tf32" : "weight_gradient",
        shapes + " slots=" + slots,
        THREADS,
        KernelParameters.WEIGHT_GRADIENT_PARAMETERS,
        slots,
        jobs);
  }

  private static KernelCase sums(JobCase.Slots slots) {
    List<SplitSumJob.Shape> shapes =
        List.of(
            new SplitSumJob.Shape(4, 2, 0),
            new SplitSumJob.Shape(1028, 9, 8),
            new SplitSumJob.Shape(36, 17, 0),
            new SplitSumJob.Shape(3000, 8, 4),
            new SplitSumJob.Shape(1024, 1, 0));
    List<JobCase.Maker> jobs = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      String name = "job" + i;
      SplitSumJob.Shape shape = shapes.get(i);
      jobs.add(memory -> new SplitSumJob(memory, SEED, name, shape));
    }
    return new JobCase(
        "split_sum",
        shapes + " slots=" + slots,
        KernelParameters.SPLIT_SUM_PARAMETERS,
        slots,
        jobs);
  }
}

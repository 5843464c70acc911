package longrun.verify;

import static longrun.verify.CaseReaders.Kind.BATCH;
import static longrun.verify.CaseReaders.Kind.OWN;
import static longrun.verify.CaseReaders.Kind.SHARED;

import java.util.ArrayList;
import java.util.List;
import longrun.cuda.KernelParameters;

/** Cases of {@code attention}, {@code attention_gradient} and {@code key_gradient}. */
final class AttentionCases {
  private static final int SEED = 3;

  private AttentionCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (List<AttentionJob.Shape> jobs : attentionLaunches()) {
      for (JobCase.Slots slots : JobCase.Slots.values()) {
        cases.add(attention(slots, jobs));
        cases.add(attentionGradient(slots, jobs));
      }
    }
    for (List<KeyGradientJob.Shape> jobs : keyGradientLaunches()) {
      for (JobCase.Slots slots : JobCase.Slots.values()) {
        cases.add(keyGradient(slots, jobs));
      }
    }
    cases.addAll(NotFiniteScores.cases());
    return cases;
  }

  /** Shapes of the jobs of a launch, over every width of lanes that a head is given. */
  private static List<List<AttentionJob.Shape>> attentionLaunches() {
    return List.of(
        List.of(shape(OWN, 1, 0, 1, 1, 1)),
        List.of(shape(BATCH, 31, 4, 3, 8, 2), shape(SHARED, 33, 0, 1, 31, 3)),
        List.of(shape(BATCH, 113, 0, 4, 32, 3)),
        List.of(shape(SHARED, 33, 0, 4, 31, 5), shape(OWN, 31, 7, 4, 31, 1)),
        List.of(shape(BATCH, 257, 100, 1, 40, 5)),
        List.of(shape(BATCH, 5, 1, 3, 64, 33), shape(OWN, 3, 0, 1, 12, 70)),
        List.of(shape(SHARED, 9, 0, 3, 3, 65), shape(BATCH, 9, 2, 1, 16, 31)),
        List.of(shape(BATCH, 7, 1, 2, 130, 4), shape(BATCH, 4, 1, 1, 260, 3)),
        List.of(shape(OWN, 6, 0, 1, 128, 5), shape(BATCH, 5, 0, 3, 65, 32)),
        List.of(new AttentionJob.Shape(BATCH, 33, 0, 4, 32, 5, 60)),
        List.of(new AttentionJob.Shape(SHARED, 5, 0, 3, 7, 40, 60)));
  }

  private static AttentionJob.Shape shape(
      CaseReaders.Kind kind, int readers, int fewer, int heads, int dHead, int length) {
    return new AttentionJob.Shape(kind, readers, fewer, heads, dHead, length, 1);
  }

  private static KernelCase attention(JobCase.Slots slots, List<AttentionJob.Shape> shapes) {
    List<JobCase.Maker> jobs = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      String name = "job" + i;
      AttentionJob.Shape shape = shapes.get(i);
      jobs.add(memory -> new AttentionJob(memory, SEED, name, shape).forward());
    }
    return new JobCase(
        "attention",
        shapes + " slots=" + slots,
        KernelParameters.ATTENTION_PARAMETERS,
        slots,
        jobs);
  }

  private static KernelCase attentionGradient(
      JobCase.Slots slots, List<AttentionJob.Shape> shapes) {
    List<JobCase.Maker> jobs = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      String name = "job" + i;
      AttentionJob.Shape shape = shapes.get(i);
      jobs.add(memory -> new AttentionJob(memory, SEED, name, shape).gradient());
    }
    return new JobCase(
        "attention_gradient",
        shapes + " slots=" + slots,
        KernelParameters.ATTENTION_GRADIENT_PARAMETERS,
        slots,
        jobs);
  }

  private static List<List<KeyGradientJob.Shape>> keyGradientLaunches() {
    return List.of(
        List.of(shared(1, 1, 1, 1, 0, BATCH)),
        List.of(shared(31, 3, 8, 33, 5, BATCH, SHARED), own(33, 1, 31, 0, OWN)),
        List.of(shared(5, 4, 32, 257, 100, BATCH, BATCH, SHARED)),
        List.of(own(113, 4, 32, 7, BATCH, OWN, BATCH)),
        List.of(shared(9, 3, 31, 113, 0, SHARED), shared(3, 1, 40, 1, 0, SHARED, BATCH)),
        List.of(own(7, 3, 64, 2, OWN, BATCH, OWN, OWN, BATCH), own(9, 1, 3, 0, OWN, OWN)),
        List.of(shared(2, 2, 130, 77, 3, BATCH, SHARED), shared(3, 1, 260, 40, 0, BATCH)),
        List.of(own(5, 1, 260, 1, OWN, BATCH), own(5, 3, 65, 1, BATCH)),
        // Each slice has more readers than two looks ahead.
        List.of(shared(1, 1, 3, 601, 0, BATCH), shared(1, 2, 4, 640, 0, SHARED)),
        List.of(shared(4, 1, 16, 300, 0, BATCH), shared(4, 3, 2, 90, 1, BATCH)));
  }

  private static KeyGradientJob.Shape shared(
      int rows, int heads, int dHead, int readers, int fewer, CaseReaders.Kind... sets) {
    return new KeyGradientJob.Shape(rows, heads, dHead, false, readers, fewer, List.of(sets));
  }

  private static KeyGradientJob.Shape own(
      int rows, int heads, int dHead, int fewer, CaseReaders.Kind... sets) {
    return new KeyGradientJob.Shape(rows, heads, dHead, true, rows, fewer, List.of(sets));
  }

  private static KernelCase keyGradient(JobCase.Slots slots, List<KeyGradientJob.Shape> shapes) {
    List<JobCase.Maker> jobs = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      String name = "job" + i;
      KeyGradientJob.Shape shape = shapes.get(i);
      jobs.add(memory -> new KeyGradientJob(memory, SEED, name, shape));
    }
    return new JobCase(
        "key_gradient",
        shapes + " slots=" + slots,
        KernelParameters.KEY_GRADIENT_PARAMETERS,
        slots,
        jobs);
  }
}

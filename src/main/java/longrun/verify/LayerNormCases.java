package longrun.verify;

import static longrun.verify.CaseReaders.Kind.OWN;
import static longrun.verify.CaseReaders.Kind.SHARED;

import java.util.ArrayList;
import java.util.List;
import longrun.cuda.KernelParameters;
import longrun.cuda.StructLayout;
import longrun.verify.LayerNormJob.Addend;
import longrun.verify.LayerNormJob.Shape;

/**
 * Cases of {@code layer_norm}, {@code layer_norm_input_gradient} and {@code
 * layer_norm_weight_gradient}.
 */
final class LayerNormCases {
  private static final int SEED = 7;

  private LayerNormCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (JobCase.Slots slots : JobCase.Slots.values()) {
      for (List<Shape> shapes : launches()) {
        cases.add(
            launch(
                "layer_norm",
                "",
                KernelParameters.LAYER_NORM_PARAMETERS,
                slots,
                shapes,
                LayerNormJob::forward));
        for (Addend addend : Addend.values()) {
          cases.add(
              launch(
                  "layer_norm_input_gradient",
                  " addend=" + addend,
                  KernelParameters.LAYER_NORM_INPUT_GRADIENT_PARAMETERS,
                  slots,
                  shapes,
                  job -> job.inputGradient(addend)));
        }
      }
      cases.addAll(weightGradients(slots));
    }
    return cases;
  }

  private static List<List<Shape>> launches() {
    return List.of(
        List.of(shape(SHARED, 1, 0, 1, 1)),
        List.of(shape(OWN, 31, 4, 1, 3), shape(SHARED, 33, 0, 1, 31), shape(OWN, 11, 2, 3, 33)),
        List.of(shape(OWN, 113, 13, 1, 128)),
        List.of(shape(SHARED, 65, 0, 1, 130), shape(OWN, 7, 1, 2, 200)),
        List.of(shape(OWN, 3, 1, 1, 513), shape(SHARED, 2, 0, 1, 4100)),
        List.of(new Shape(SHARED, 9, 0, 1, 128, 1000, 0.01)),
        List.of(new Shape(OWN, 5, 0, 1, 777, -300, 0.1)));
  }

  private static Shape shape(
      CaseReaders.Kind kind, int units, int fewer, int rowsPerUnit, int columns) {
    return new Shape(kind, units, fewer, rowsPerUnit, columns, 0, 1);
  }

  private interface Part {
    JobCase.Job of(LayerNormJob job);
  }

  private static KernelCase launch(
      String kernel,
      String more,
      StructLayout parameters,
      JobCase.Slots slots,
      List<Shape> shapes,
      Part part) {
    List<JobCase.Maker> jobs = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      String name = "job" + i;
      Shape shape = shapes.get(i);
      jobs.add(memory -> part.of(new LayerNormJob(memory, SEED, name, shape)));
    }
    return new JobCase(kernel, shapes + more + " slots=" + slots, parameters, slots, jobs);
  }

  private static List<KernelCase> weightGradients(JobCase.Slots slots) {
    return List.of(
        weightGradient(slots, 1, 1, shape(SHARED, 1, 0, 1, 1)),
        // The last splits have no rows.
        weightGradient(slots, 5, 8, shape(OWN, 31, 4, 1, 3), shape(SHARED, 33, 0, 1, 31)),
        weightGradient(slots, 3, 40, shape(OWN, 113, 40, 1, 128), shape(OWN, 11, 2, 3, 33)),
        weightGradient(slots, 1, 257, shape(SHARED, 257, 0, 1, 130)),
        weightGradient(slots, 2, 17, shape(OWN, 33, 1, 1, 200), shape(SHARED, 5, 0, 1, 1030)));
  }

  private static KernelCase weightGradient(
      JobCase.Slots slots, int splits, int rowsPerSplit, Shape... shapes) {
    return launch(
        "layer_norm_weight_gradient",
        " splits=" + splits + "x" + rowsPerSplit,
        KernelParameters.LAYER_NORM_WEIGHT_GRADIENT_PARAMETERS,
        slots,
        List.of(shapes),
        job -> job.weightGradient(splits, rowsPerSplit));
  }
}

package longrun.verify;

import static longrun.verify.CaseReaders.Kind.BATCH;
import static longrun.verify.CaseReaders.Kind.OWN;
import static longrun.verify.CaseReaders.Kind.SHARED;

import java.util.ArrayList;
import java.util.List;
import longrun.cuda.CudaContext;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;
import longrun.verify.MatmulJob.Addend;
import longrun.verify.MatmulJob.Fused;
import longrun.verify.MatmulJob.Shape;

/** Cases of {@code matmul_nn_*} and {@code matmul_nt_*}. */
final class MatmulCases {
  private static final int SEED = 11;
  private static final int[] ROWS = {1, 31, 33, 67, 130};
  private static final int[] COLUMNS = {1, 3, 31, 33, 114, 130};
  private static final int[] DEPTHS = {1, 7, 31, 32, 33, 113};

  private static final List<Fused> FUSED_IN_PRODUCTS =
      List.of(
          fused(false, Addend.NONE, Applied.NONE),
          fused(true, Addend.NONE, Applied.RELU),
          fused(false, Addend.ITSELF, Applied.NONE),
          fused(true, Addend.OTHER, Applied.GELU),
          fused(false, Addend.OTHER, Applied.SQUARE));
  private static final List<Fused> FUSED_IN_GRADIENTS =
      List.of(
          fused(false, Addend.NONE, Applied.NONE),
          fused(false, Addend.ITSELF, Applied.NONE),
          fused(false, Addend.NONE, Applied.RELU),
          fused(false, Addend.OTHER, Applied.GELU),
          fused(false, Addend.ITSELF, Applied.SQUARE));

  private MatmulCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (MatmulKernel kernel : MatmulKernel.all()) {
      for (int depth = 0; depth < DEPTHS.length; depth++) {
        cases.add(everySize(kernel, depth));
      }
      cases.add(small(kernel));
      if (!kernel.transposed()) {
        cases.addAll(residuals(kernel));
      }
      if (kernel.tile() == MatmulKernel.LARGE_TILE) {
        cases.add(sameBits(kernel));
      }
    }
    return cases;
  }

  private static Fused fused(boolean bias, Addend addend, Applied applied) {
    return new Fused(bias, addend, false, false, applied);
  }

  private static Fused fused(MatmulKernel kernel, int number) {
    List<Fused> all = kernel.transposed() ? FUSED_IN_GRADIENTS : FUSED_IN_PRODUCTS;
    return all.get(number % all.size());
  }

  /**
   * Jobs of one depth, with every number of rows. Over all depths each number of rows meets each
   * number of columns; what is fused changes from job to job.
   */
  private static KernelCase everySize(MatmulKernel kernel, int depth) {
    List<Shape> shapes = new ArrayList<>();
    List<Fused> fused = new ArrayList<>();
    for (int i = 0; i < ROWS.length; i++) {
      int columns = COLUMNS[(i + depth) % COLUMNS.length];
      boolean ofExamples = (i + depth) % 2 == 0;
      int fewer = ofExamples && ROWS[i] > 3 ? i : 0;
      shapes.add(new Shape(ofExamples ? OWN : SHARED, ROWS[i], fewer, 1, columns, DEPTHS[depth]));
      fused.add(fused(kernel, i + 2 * depth));
    }
    return launch(kernel, depth == 0 ? JobCase.Slots.ONE : JobCase.Slots.THREE, shapes, fused);
  }

  /**
   * As many jobs as a launch takes, each smaller than a block; one has no more than one element.
   */
  private static KernelCase small(MatmulKernel kernel) {
    List<Shape> shapes = new ArrayList<>();
    List<Fused> fused = new ArrayList<>();
    for (int i = 0; i < KernelParameters.MATMUL_JOBS; i++) {
      shapes.add(new Shape(SHARED, 1 + 3 * i, 0, 1, 1 + 2 * i, 1 + 5 * i));
      fused.add(fused(kernel, i));
    }
    return launch(kernel, JobCase.Slots.THREE, shapes, fused);
  }

  /** Rows that add rows of other matrices, and keep the activation's argument. */
  private static List<KernelCase> residuals(MatmulKernel kernel) {
    return List.of(
        launch(
            kernel,
            JobCase.Slots.THREE,
            List.of(
                new Shape(BATCH, 67, 5, 1, 33, 32),
                new Shape(BATCH, 23, 2, 3, 31, 32),
                new Shape(SHARED, 33, 0, 1, 130, 32)),
            List.of(
                new Fused(true, Addend.NONE, true, true, Applied.GELU),
                new Fused(true, Addend.OTHER, true, true, Applied.SQUARE),
                new Fused(false, Addend.ITSELF, true, false, Applied.NONE))),
        launch(
            kernel,
            JobCase.Slots.ONE,
            List.of(new Shape(OWN, 40, 1, 2, 3, 33), new Shape(BATCH, 130, 0, 1, 114, 33)),
            List.of(
                new Fused(false, Addend.NONE, true, true, Applied.RELU),
                new Fused(true, Addend.OTHER, true, true, Applied.RELU))));
  }

  private static KernelCase launch(
      MatmulKernel kernel, JobCase.Slots slots, List<Shape> shapes, List<Fused> fused) {
    List<JobCase.Maker> jobs = new ArrayList<>();
    List<String> described = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      String name = "job" + i;
      Shape shape = shapes.get(i);
      Fused with = fused.get(i);
      jobs.add(memory -> new MatmulJob(memory, SEED, name, kernel, shape, with));
      described.add(shape + " " + with);
    }
    return new JobCase(
        kernel.entryPoint(),
        String.join(", ", described) + " slots=" + slots,
        kernel.threads(),
        KernelParameters.MATMUL_PARAMETERS,
        slots,
        jobs);
  }

  /** A product has the same bits whatever the tile. */
  private static KernelCase sameBits(MatmulKernel large) {
    MatmulKernel small = large.with(MatmulKernel.SMALL_TILE);
    Shape shape = new Shape(SHARED, 130, 0, 1, 130, 113);
    Fused fused = fused(large, 3);
    return KernelCase.of(
        large.entryPoint(),
        "the bits of " + small.entryPoint() + ": " + shape + " " + fused,
        context -> compareTiles(context, List.of(small, large), shape, fused));
  }

  private static Outcome compareTiles(
      CudaContext context, List<MatmulKernel> kernels, Shape shape, Fused fused) {
    try (CaseMemory memory = new CaseMemory(context, true)) {
      List<MatmulJob> jobs = new ArrayList<>();
      for (MatmulKernel kernel : kernels) {
        jobs.add(new MatmulJob(memory, SEED, "job", kernel, shape, fused));
      }
      for (int i = 0; i < jobs.size(); i++) {
        MatmulKernel kernel = kernels.get(i);
        Struct launch = KernelParameters.MATMUL_PARAMETERS.create();
        memory.describeSlots(launch).set("jobs", 1);
        Struct job = launch.element("job", 0);
        job.set("firstBlock", 0);
        jobs.get(i).describe(job);
        memory.launch(kernel.entryPoint(), jobs.get(i).blocks(), kernel.threads(), launch);
      }
      Comparison comparison = new Comparison(jobs.getFirst().tolerance());
      jobs.getFirst().compareBits(comparison, 0, jobs.getLast());
      return comparison.outcome(memory);
    }
  }
}

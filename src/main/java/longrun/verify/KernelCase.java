package longrun.verify;

import longrun.cuda.CudaContext;

/** A kernel, or a few that belong together, on one set of inputs. */
public interface KernelCase {
  /** The entry point that is looked at: {@code "matmul_nn_64"}. */
  String kernel();

  /** What is awkward about the inputs: {@code "rows=31 columns=33 depth=7 slots=3"}. */
  String description();

  /** Runs it and compares. What it allocates it frees. */
  Outcome run(CudaContext context);

  /** A case from its parts. */
  static KernelCase of(String kernel, String description, Body body) {
    return new KernelCase() {
      @Override
      public String kernel() {
        return kernel;
      }

      @Override
      public String description() {
        return description;
      }

      @Override
      public Outcome run(CudaContext context) {
        return body.run(context);
      }

      @Override
      public String toString() {
        return kernel + ": " + description;
      }
    };
  }

  /** What a case does. */
  interface Body {
    Outcome run(CudaContext context);
  }
}

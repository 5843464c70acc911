package longrun.cuda;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;

/** What was captured from a stream, ready to be launched as a whole. */
public final class CudaGraph extends CudaResource {
  private final CUgraphExec executable;
  private final int nodes;

  /** Takes the captured graph over, and destroys it. */
  CudaGraph(CudaContext context, CUgraph captured) {
    super(context);
    try {
      nodes = Driver.nodes(captured);
      executable = Driver.instantiate(captured);
    } catch (CudaFailure failure) {
      try {
        Driver.destroy(captured);
      } catch (CudaFailure second) {
        failure.addSuppressed(second);
      }
      throw failure;
    }
    Driver.destroy(captured);
  }

  /** Launches, copies and fills in it. */
  public int nodes() {
    return nodes;
  }

  CUgraphExec executable() {
    return executable;
  }

  @Override
  void free() {
    Driver.destroy(executable);
  }
}

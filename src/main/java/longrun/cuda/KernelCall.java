package longrun.cuda;

import java.nio.ByteBuffer;
import java.util.List;
import longrun.plan.Operation;

/**
 * A launch before there is a device to launch it on.
 *
 * @param kernel entry point
 * @param gridX blocks of all jobs
 * @param gridY slots, or 1 for kernels whose threads are slots
 * @param threads of a block
 * @param parameters the kernel's structure, direct, little-endian
 * @param operations of the plan that it carries out; empty for what is not in the plan
 */
record KernelCall(
    String kernel,
    int gridX,
    int gridY,
    int threads,
    ByteBuffer parameters,
    List<Operation> operations) {
  KernelCall {
    operations = List.copyOf(operations);
    if (gridX < 1 || gridY < 1) {
      throw new IllegalArgumentException(
          "kernel=" + kernel + " gridX=" + gridX + " gridY=" + gridY);
    }
  }

  /** Ready to be launched in a context. */
  Launch launch(CudaContext context) {
    return new Launch(context.kernel(kernel), gridX, gridY, threads, parameters);
  }
}

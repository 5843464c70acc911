package longrun.cuda;

import static jcuda.driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES;
import static jcuda.driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK;
import static jcuda.driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_NUM_REGS;
import static jcuda.driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES;

import jcuda.driver.CUfunction;

/** A kernel of the image, ready to be launched, with what a launch of it takes. */
public final class Kernel {
  private final CudaContext context;
  private final CUfunction function;
  private final String name;
  private final int registers;
  private final int sharedBytes;
  private final int localBytes;
  private final int maxThreads;

  Kernel(CudaContext context, CUfunction function, String name) {
    this.context = context;
    this.function = function;
    this.name = name;
    registers = Driver.attribute(function, CU_FUNC_ATTRIBUTE_NUM_REGS);
    sharedBytes = Driver.attribute(function, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
    localBytes = Driver.attribute(function, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES);
    maxThreads = Driver.attribute(function, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
  }

  CudaContext context() {
    return context;
  }

  CUfunction function() {
    return function;
  }

  /** Its entry point: {@code "matmul_nn_64"}. */
  public String name() {
    return name;
  }

  /** Registers of a thread. */
  public int registers() {
    return registers;
  }

  /** Shared memory of a block. */
  public int sharedBytes() {
    return sharedBytes;
  }

  /** Local memory of a thread: spilled registers, mostly. */
  public int localBytes() {
    return localBytes;
  }

  /** The largest block that can be launched. */
  public int maxThreads() {
    return maxThreads;
  }

  @Override
  public String toString() {
    return name;
  }
}

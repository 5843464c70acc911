package longrun.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.Map;
import java.util.Optional;
import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;
import longrun.cuda.MissingPiece.Piece;

/**
 * Matrix products by NVIDIA's cuBLAS, through JCublas: a yardstick for verification and benchmarks.
 * Training never needs it, and the class is loaded only where it is asked for.
 */
public final class CublasMatmul implements AutoCloseable {
  private static final String LIBRARY = "libcublas.so.12";

  /** Where it is set, cuBLAS takes its word on tf32 and not the program's. */
  private static final String TF32_OVERRIDE = "NVIDIA_TF32_OVERRIDE";

  private static final Pointer ONE = Pointer.to(new float[] {1});
  private static final Pointer ZERO = Pointer.to(new float[] {0});

  /**
   * What NVIDIA's manual recommends for Hopper; others need less. With memory of its own cuBLAS
   * allocates none while a graph is captured.
   */
  private static final long WORKSPACE_BYTES = 32L << 20;

  private final CudaContext context;
  private final cublasHandle handle;
  private final DeviceMemory workspace;
  private boolean closed;

  private CublasMatmul(CudaContext context, cublasHandle handle, DeviceMemory workspace) {
    this.context = context;
    this.handle = handle;
    this.workspace = workspace;
  }

  /** How cuBLAS may compute. */
  public enum Arithmetic {
    /**
     * In fp32, by algorithms that do not depart from the prescribed one ({@code
     * CUBLAS_PEDANTIC_MATH}): to verify against. They can be slower than those that users get.
     */
    PEDANTIC_FP32(cublasMath.CUBLAS_PEDANTIC_MATH),
    /** In fp32, as cuBLAS does unasked ({@code CUBLAS_DEFAULT_MATH}): to measure against. */
    FP32(cublasMath.CUBLAS_DEFAULT_MATH),
    /** Operands may be rounded to tf32, for tensor cores. */
    TF32(cublasMath.CUBLAS_TF32_TENSOR_OP_MATH);

    private final int mode;

    Arithmetic(int mode) {
      this.mode = mode;
    }
  }

  /** Which factor lies in memory as its transpose. */
  public enum Form {
    /** Neither. */
    NN,
    /** b lies as [columns, depth]. */
    NT,
    /** a lies as [depth, rows]. */
    TN
  }

  /**
   * A product in every batch, all matrices row-major: c[rows, columns] = a[rows, depth] * b[depth,
   * columns]. Strides are in floats: of a row as it lies in memory, and from one batch to the next.
   */
  public record Shape(
      int rows,
      int columns,
      int depth,
      int aStride,
      int bStride,
      int cStride,
      long aBatchStride,
      long bBatchStride,
      long cBatchStride,
      int batches) {}

  /** Why cuBLAS cannot be had here; empty if it can. Touches no class of JCublas. */
  public static Optional<MissingPiece> missing() {
    return missing(System.getenv());
  }

  static Optional<MissingPiece> missing(Map<String, String> environment) {
    if (environment.containsKey(TF32_OVERRIDE)) {
      return Optional.of(
          new MissingPiece(
              Piece.LIBRARY,
              TF32_OVERRIDE
                  + "="
                  + environment.get(TF32_OVERRIDE)
                  + " makes cuBLAS compute in another precision than it is asked for",
              "training does not need it; to compare with cuBLAS, unset " + TF32_OVERRIDE));
    }
    Optional<MissingPiece> natives = NativeFolder.missing();
    if (natives.isPresent()) {
      return natives;
    }
    try {
      SymbolLookup.libraryLookup(LIBRARY, Arena.global());
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(
          new MissingPiece(
              Piece.LIBRARY,
              LIBRARY + " cannot be loaded (" + e.getMessage() + ")",
              "training does not need it; to compare with cuBLAS, install it (CUDA 12) or name its"
                  + " folder in LD_LIBRARY_PATH"));
    }
  }

  /**
   * Makes cuBLAS ready for a context.
   *
   * @param stream on which the products are computed
   * @throws CudaUnavailableException if cuBLAS cannot be had here, does not start, or would not
   *     compute as it is asked to
   * @throws IllegalStateException if cuBLAS fails, here and in every other method
   */
  public static CublasMatmul open(CudaContext context, CudaStream stream, Arithmetic arithmetic) {
    Optional<MissingPiece> missing = missing();
    if (missing.isPresent()) {
      throw new CudaUnavailableException(missing.get());
    }
    context.makeCurrent();
    try {
      NativeFolder.during(() -> JCublas2.setExceptionsEnabled(false));
    } catch (LinkageError e) {
      throw new CudaUnavailableException(
          new MissingPiece(
              Piece.LIBRARY,
              "JCublas cannot be loaded (" + e.getMessage() + ")",
              "training does not need it"),
          e);
    }
    cublasHandle handle = new cublasHandle();
    int created = JCublas2.cublasCreate(handle);
    if (created != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw new CudaUnavailableException(
          new MissingPiece(
              Piece.LIBRARY,
              "cuBLAS does not start (cublasCreate: " + cublasStatus.stringFor(created) + ")",
              "training does not need it"));
    }
    CublasMatmul matmul;
    try {
      matmul = new CublasMatmul(context, handle, context.allocate(WORKSPACE_BYTES));
    } catch (CudaFailure failure) {
      JCublas2.cublasDestroy(handle);
      throw failure;
    }
    try {
      check("cublasSetStream", JCublas2.cublasSetStream(handle, new cudaStream_t(stream.handle())));
      check(
          "cublasSetWorkspace",
          JCublas2.cublasSetWorkspace(
              handle, new DevicePointer(matmul.workspace.address()), WORKSPACE_BYTES));
      check("cublasSetMathMode", JCublas2.cublasSetMathMode(handle, arithmetic.mode));
      return matmul;
    } catch (IllegalStateException failure) {
      matmul.closeAfter(failure);
      throw failure;
    }
  }

  /** Puts products of factors that lie as they are on the stream. */
  public void multiply(long a, long b, long c, Shape shape) {
    multiply(Form.NN, a, b, c, shape);
  }

  /**
   * Puts products on the stream: by cublasSgemm where there is one, else by
   * cublasSgemmStridedBatched.
   *
   * @param a address on the device
   * @param b address on the device
   * @param c address on the device, written
   */
  public void multiply(Form form, long a, long b, long c, Shape shape) {
    context.makeCurrent();
    // cuBLAS is column-major, where a row-major matrix is its transpose: c' = b' * a'.
    int ofA = form == Form.TN ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    int ofB = form == Form.NT ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    if (shape.batches() == 1) {
      check(
          "cublasSgemm",
          JCublas2.cublasSgemm(
              handle,
              ofB,
              ofA,
              shape.columns(),
              shape.rows(),
              shape.depth(),
              ONE,
              new DevicePointer(b),
              shape.bStride(),
              new DevicePointer(a),
              shape.aStride(),
              ZERO,
              new DevicePointer(c),
              shape.cStride()));
      return;
    }
    check(
        "cublasSgemmStridedBatched",
        JCublas2.cublasSgemmStridedBatched(
            handle,
            ofB,
            ofA,
            shape.columns(),
            shape.rows(),
            shape.depth(),
            ONE,
            new DevicePointer(b),
            shape.bStride(),
            shape.bBatchStride(),
            new DevicePointer(a),
            shape.aStride(),
            shape.aBatchStride(),
            ZERO,
            new DevicePointer(c),
            shape.cStride(),
            shape.cBatchStride(),
            shape.batches()));
  }

  private void closeAfter(IllegalStateException failure) {
    try {
      close();
    } catch (IllegalStateException second) {
      failure.addSuppressed(second);
    }
  }

  @Override
  public void close() {
    if (!closed && !context.isClosed()) {
      closed = true;
      context.makeCurrent();
      try {
        check("cublasDestroy", JCublas2.cublasDestroy(handle));
      } finally {
        workspace.close();
      }
    }
  }

  private static void check(String call, int status) {
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw new IllegalStateException(call + " failed: " + cublasStatus.stringFor(status));
    }
  }
}

package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/**
 * The emulated driver as JCuda gives it, with a context of its own and the kernels of {@code
 * kernels/emulator/tests/faults.cu}. Methods give the driver's code; {@code ok} demands success.
 */
final class EmulatedDevice implements AutoCloseable {
  static final int SUCCESS = 0;

  private static final Path IMAGE = Path.of("target", "emulator", "kernels.fatbin");

  /** The longrun::FaultParameters: data, count, index, unused. */
  private static final int PARAMETER_BYTES = 24;

  /** Of a launch: CU_LAUNCH_PARAM_BUFFER_POINTER, ..., CU_LAUNCH_PARAM_END, the size. */
  private static final int PACKED_WORDS = 6;

  private final CUcontext context = new CUcontext();
  private final CUmodule module = new CUmodule();
  private final Arena arena = Arena.ofConfined();

  EmulatedDevice() {
    Driver.load();
    ok(JCudaDriver.cuCtxCreate(context, 0, Driver.device(0)));
    try {
      ok(JCudaDriver.cuModuleLoadData(module, Files.readAllBytes(IMAGE)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A call that has to succeed. */
  static void ok(int code) {
    assertEquals(SUCCESS, code, () -> message(code));
  }

  /** What the driver says of a code: of a fault, all that it knows. */
  static String message(int code) {
    String[] text = new String[1];
    JCudaDriver.cuGetErrorString(code, text);
    return text[0];
  }

  /** Memory for floats 0, 1, 2, ... */
  long floats(int count) {
    long address = allocate(4L * count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i;
    }
    write(address, values);
    return address;
  }

  long allocate(long bytes) {
    DevicePointer pointer = new DevicePointer();
    ok(JCudaDriver.cuMemAlloc(pointer, bytes));
    return pointer.address();
  }

  void write(long address, float[] values) {
    ok(
        JCudaDriver.cuMemcpyHtoD(
            new DevicePointer(address), Pointer.to(values), 4L * values.length));
  }

  /** Waits for everything on streams that the legacy stream waits for. */
  float[] read(long address, int count) {
    float[] values = new float[count];
    ok(
        JCudaDriver.cuMemcpyDtoH(
            Pointer.to(values), new DevicePointer(address), 4L * values.length));
    return values;
  }

  CUfunction function(String kernel) {
    CUfunction function = new CUfunction();
    ok(JCudaDriver.cuModuleGetFunction(function, module, kernel));
    return function;
  }

  /** Launches on a stream, null for the legacy one. */
  int launch(
      String kernel, int blocks, int threads, CUstream stream, long data, int count, int index) {
    return launch(kernel, blocks, threads, stream, data, count, index, PARAMETER_BYTES);
  }

  /** The same with another size of the parameters than they have. */
  int launch(
      String kernel,
      int blocks,
      int threads,
      CUstream stream,
      long data,
      int count,
      int index,
      long parameterBytes) {
    MemorySegment parameters = arena.allocate(2 * PARAMETER_BYTES, Long.BYTES);
    parameters.set(ValueLayout.JAVA_LONG, 0, data);
    parameters.set(ValueLayout.JAVA_LONG, 8, count);
    parameters.set(ValueLayout.JAVA_INT, 16, index);
    MemorySegment packed = arena.allocate(PACKED_WORDS * 8, Long.BYTES);
    long[] words = {1, parameters.address(), 2, packed.address() + 40, 0, parameterBytes};
    MemorySegment.copy(words, 0, packed, ValueLayout.JAVA_LONG, 0, PACKED_WORDS);
    int code =
        JCudaDriver.cuLaunchKernel(
            function(kernel),
            blocks,
            1,
            1,
            threads,
            1,
            1,
            0,
            stream,
            new Pointer(),
            new HostPointer(packed.address()));
    Arrays.fill(words, 0);
    MemorySegment.copy(words, 0, packed, ValueLayout.JAVA_LONG, 0, PACKED_WORDS);
    parameters.fill((byte) 0);
    return code;
  }

  /** Launches, waits, and gives the first code that is no success. */
  int run(String kernel, int blocks, int threads, long data, int count, int index) {
    int code = launch(kernel, blocks, threads, null, data, count, index);
    return code == SUCCESS ? JCudaDriver.cuCtxSynchronize() : code;
  }

  @Override
  public void close() {
    arena.close();
    ok(JCudaDriver.cuCtxDestroy(context));
  }
}

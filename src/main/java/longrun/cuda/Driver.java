package longrun.cuda;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUgraphNode;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/**
 * The driver functions that the engine calls: the only class that calls JCuda's driver API. Every
 * method throws {@link CudaFailure} unless the driver reports success.
 */
final class Driver {
  private static final int NAME_BYTES = 256;

  /** Launches take their parameters through `extra`; this stands for the list they do not use. */
  private static final Pointer NO_PARAMETER_LIST = new Pointer();

  private static boolean loaded;

  private Driver() {}

  /**
   * Loads JCuda's native library and initialises the driver. Call it after a probe has found one.
   *
   * @throws CudaUnavailableException if the library cannot be loaded
   */
  static synchronized void load() {
    if (!loaded) {
      try {
        NativeFolder.during(() -> JCudaDriver.setExceptionsEnabled(false));
      } catch (UncheckedIOException e) {
        throw new CudaUnavailableException(
            NativeFolder.unusable(e.getMessage() + " (" + e.getCause() + ")"), e);
      } catch (LinkageError e) {
        throw new CudaUnavailableException(NativeFolder.refused(e), e);
      }
      loaded = true;
    }
    check("cuInit", JCudaDriver.cuInit(0));
  }

  // Devices.

  static int version() {
    int[] version = new int[1];
    check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(version));
    return version[0];
  }

  static int deviceCount() {
    int[] count = new int[1];
    check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(count));
    return count[0];
  }

  static CUdevice device(int ordinal) {
    CUdevice device = new CUdevice();
    check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal));
    return device;
  }

  static String deviceName(CUdevice device) {
    byte[] name = new byte[NAME_BYTES];
    check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, NAME_BYTES, device));
    int length = 0;
    while (length < NAME_BYTES && name[length] != 0) {
      length++;
    }
    return new String(name, 0, length, StandardCharsets.UTF_8);
  }

  /** An attribute, a constant of {@code jcuda.driver.CUdevice_attribute}. */
  static int attribute(CUdevice device, int attribute) {
    int[] value = new int[1];
    check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
    return value[0];
  }

  static long totalBytes(CUdevice device) {
    long[] bytes = new long[1];
    check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, device));
    return bytes[0];
  }

  // The primary context.

  static CUcontext retainPrimaryContext(CUdevice device) {
    CUcontext context = new CUcontext();
    check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
    return context;
  }

  static void releasePrimaryContext(CUdevice device) {
    check("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device));
  }

  /** Destroys the primary context, whoever holds it. */
  static void resetPrimaryContext(CUdevice device) {
    check("cuDevicePrimaryCtxReset", JCudaDriver.cuDevicePrimaryCtxReset(device));
  }

  static void setCurrent(CUcontext context) {
    check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
  }

  static void synchronizeContext() {
    check("cuCtxSynchronize", JCudaDriver.cuCtxSynchronize());
  }

  // Modules.

  static CUmodule loadModule(byte[] image) {
    CUmodule module = new CUmodule();
    check("cuModuleLoadData", JCudaDriver.cuModuleLoadData(module, image));
    return module;
  }

  static void unloadModule(CUmodule module) {
    check("cuModuleUnload", JCudaDriver.cuModuleUnload(module));
  }

  static CUfunction function(CUmodule module, String name) {
    CUfunction function = new CUfunction();
    check(
        "cuModuleGetFunction(" + name + ")",
        JCudaDriver.cuModuleGetFunction(function, module, name));
    return function;
  }

  /** An attribute, a constant of {@code jcuda.driver.CUfunction_attribute}. */
  static int attribute(CUfunction function, int attribute) {
    int[] value = new int[1];
    check("cuFuncGetAttribute", JCudaDriver.cuFuncGetAttribute(value, attribute, function));
    return value[0];
  }

  // Memory.

  static long allocate(long bytes) {
    DevicePointer pointer = new DevicePointer();
    check("cuMemAlloc(" + bytes + ")", JCudaDriver.cuMemAlloc(pointer, bytes));
    return pointer.address();
  }

  static void free(long address) {
    check("cuMemFree", JCudaDriver.cuMemFree(new DevicePointer(address)));
  }

  /** Free and total bytes of the device. */
  static long[] memory() {
    long[] free = new long[1];
    long[] total = new long[1];
    check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
    return new long[] {free[0], total[0]};
  }

  /** The address of page-locked memory of the host. */
  static long allocatePinned(long bytes) {
    HostPointer pointer = new HostPointer();
    check("cuMemHostAlloc(" + bytes + ")", JCudaDriver.cuMemHostAlloc(pointer, bytes, 0));
    return pointer.address();
  }

  static void freePinned(long address) {
    check("cuMemFreeHost", JCudaDriver.cuMemFreeHost(new HostPointer(address)));
  }

  static void upload(long device, long host, long bytes) {
    check(
        "cuMemcpyHtoD",
        JCudaDriver.cuMemcpyHtoD(new DevicePointer(device), new HostPointer(host), bytes));
  }

  static void download(long host, long device, long bytes) {
    check(
        "cuMemcpyDtoH",
        JCudaDriver.cuMemcpyDtoH(new HostPointer(host), new DevicePointer(device), bytes));
  }

  static void uploadAsync(long device, long host, long bytes, CUstream stream) {
    check(
        "cuMemcpyHtoDAsync",
        JCudaDriver.cuMemcpyHtoDAsync(
            new DevicePointer(device), new HostPointer(host), bytes, stream));
  }

  static void downloadAsync(long host, long device, long bytes, CUstream stream) {
    check(
        "cuMemcpyDtoHAsync",
        JCudaDriver.cuMemcpyDtoHAsync(
            new HostPointer(host), new DevicePointer(device), bytes, stream));
  }

  static void copyAsync(long to, long from, long bytes, CUstream stream) {
    check(
        "cuMemcpyDtoDAsync",
        JCudaDriver.cuMemcpyDtoDAsync(
            new DevicePointer(to), new DevicePointer(from), bytes, stream));
  }

  static void fill(long address, int word, long words) {
    check("cuMemsetD32", JCudaDriver.cuMemsetD32(new DevicePointer(address), word, words));
  }

  static void fillAsync(long address, int word, long words, CUstream stream) {
    check(
        "cuMemsetD32Async",
        JCudaDriver.cuMemsetD32Async(new DevicePointer(address), word, words, stream));
  }

  // Streams and events.

  static CUstream createStream() {
    CUstream stream = new CUstream();
    check("cuStreamCreate", JCudaDriver.cuStreamCreate(stream, 0));
    return stream;
  }

  static void synchronize(CUstream stream) {
    check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
  }

  static void waitFor(CUstream stream, CUevent event) {
    check("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(stream, event, 0));
  }

  static void destroy(CUstream stream) {
    check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream));
  }

  static CUevent createEvent() {
    CUevent event = new CUevent();
    check("cuEventCreate", JCudaDriver.cuEventCreate(event, 0));
    return event;
  }

  static void record(CUevent event, CUstream stream) {
    check("cuEventRecord", JCudaDriver.cuEventRecord(event, stream));
  }

  static boolean isDone(CUevent event) {
    int code = JCudaDriver.cuEventQuery(event);
    if (code == CudaError.NOT_READY) {
      return false;
    }
    check("cuEventQuery", code);
    return true;
  }

  static void synchronize(CUevent event) {
    check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(event));
  }

  static float elapsedMillis(CUevent start, CUevent end) {
    float[] millis = new float[1];
    check("cuEventElapsedTime", JCudaDriver.cuEventElapsedTime(millis, start, end));
    return millis[0];
  }

  static void destroy(CUevent event) {
    check("cuEventDestroy", JCudaDriver.cuEventDestroy(event));
  }

  // Graphs.

  /** What this thread puts on the stream goes into a graph from now on. */
  static void beginCapture(CUstream stream) {
    int thisThreadOnly = jcuda.driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
    check("cuStreamBeginCapture", JCudaDriver.cuStreamBeginCapture(stream, thisThreadOnly));
  }

  static CUgraph endCapture(CUstream stream) {
    CUgraph graph = new CUgraph();
    check("cuStreamEndCapture", JCudaDriver.cuStreamEndCapture(stream, graph));
    return graph;
  }

  static CUgraphExec instantiate(CUgraph graph) {
    CUgraphExec executable = new CUgraphExec();
    check("cuGraphInstantiate", JCudaDriver.cuGraphInstantiate(executable, graph, 0));
    return executable;
  }

  static int nodes(CUgraph graph) {
    long[] count = new long[1];
    CUgraphNode[] onlyTheCount = null;
    check("cuGraphGetNodes", JCudaDriver.cuGraphGetNodes(graph, onlyTheCount, count));
    return Math.toIntExact(count[0]);
  }

  static void launch(CUgraphExec executable, CUstream stream) {
    check("cuGraphLaunch", JCudaDriver.cuGraphLaunch(executable, stream));
  }

  static void destroy(CUgraph graph) {
    check("cuGraphDestroy", JCudaDriver.cuGraphDestroy(graph));
  }

  static void destroy(CUgraphExec executable) {
    check("cuGraphExecDestroy", JCudaDriver.cuGraphExecDestroy(executable));
  }

  // Launches.

  /**
   * Launches a kernel.
   *
   * @param extra to the list {CU_LAUNCH_PARAM_BUFFER_POINTER, parameters,
   *     CU_LAUNCH_PARAM_BUFFER_SIZE, their size, CU_LAUNCH_PARAM_END}
   */
  static void launch(
      CUfunction function, int gridX, int gridY, int threads, CUstream stream, Pointer extra) {
    check(
        "cuLaunchKernel",
        JCudaDriver.cuLaunchKernel(
            function, gridX, gridY, 1, threads, 1, 1, 0, stream, NO_PARAMETER_LIST, extra));
  }

  private static void check(String call, int code) {
    if (code != CudaError.SUCCESS) {
      throw failure(call, code);
    }
  }

  private static CudaFailure failure(String call, int code) {
    String[] name = new String[1];
    String[] text = new String[1];
    boolean known =
        JCudaDriver.cuGetErrorName(code, name) == CudaError.SUCCESS
            && JCudaDriver.cuGetErrorString(code, text) == CudaError.SUCCESS;
    return new CudaFailure(
        known && name[0] != null && text[0] != null
            ? new CudaFailure.Call(call, code, name[0], text[0])
            : new CudaFailure.Call(call, code, "CUDA error " + code, "unknown to the driver"));
  }
}

package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUgraphNode;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Streams, events, graphs and memory of the emulated driver: work is done as late as CUDA allows,
 * and what CUDA forbids fails.
 */
class EmulatedDriverTest {
  private static final int COUNT = 64;
  private static final int NON_BLOCKING = 1;

  private EmulatedDevice device;

  @BeforeEach
  void open() {
    Emulator.require();
    Emulator.reset();
    device = new EmulatedDevice();
  }

  @AfterEach
  void close() {
    if (device != null) {
      device.close();
      Emulator.reset();
    }
  }

  private static void ok(int code) {
    EmulatedDevice.ok(code);
  }

  private static CUstream stream() {
    CUstream stream = new CUstream();
    ok(JCudaDriver.cuStreamCreate(stream, NON_BLOCKING));
    return stream;
  }

  private static CUevent event() {
    CUevent event = new CUevent();
    ok(JCudaDriver.cuEventCreate(event, 0));
    return event;
  }

  /** Page-locked memory for COUNT floats. */
  private static ByteBuffer pinned() {
    Pointer pointer = new Pointer();
    ok(JCudaDriver.cuMemHostAlloc(pointer, 4L * COUNT, 0));
    return pointer.getByteBuffer(0, 4L * COUNT).order(ByteOrder.nativeOrder());
  }

  private void add(CUstream stream, long data, int value) {
    ok(device.launch("fault_none", 1, COUNT, stream, data, COUNT, value));
  }

  private static int copyBack(ByteBuffer to, long from, CUstream stream) {
    return JCudaDriver.cuMemcpyDtoHAsync(
        Pointer.to(to), new DevicePointer(from), 4L * COUNT, stream);
  }

  @Test
  void nothingIsDoneBeforeSomebodyWaits() {
    CUstream stream = stream();
    long data = device.floats(COUNT);
    ok(JCudaDriver.cuCtxSynchronize());
    ByteBuffer result = pinned();
    result.putFloat(0, -1);
    add(stream, data, 10);
    ok(copyBack(result, data, stream));
    assertEquals(-1, result.getFloat(0));
    assertEquals(0, Emulator.kernels());
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertEquals(10, result.getFloat(0));
    assertEquals(1, Emulator.kernels());
  }

  @Test
  void anAsynchronousCopyReadsTheHostWhenItIsDone() {
    CUstream stream = stream();
    long data = device.floats(COUNT);
    ok(JCudaDriver.cuCtxSynchronize());
    ByteBuffer source = pinned();
    source.putFloat(0, 1);
    ok(
        JCudaDriver.cuMemcpyHtoDAsync(
            new DevicePointer(data), Pointer.to(source), 4L * COUNT, stream));
    source.putFloat(0, 2);
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertEquals(2, device.read(data, 1)[0]);
  }

  /** A stream that does not wait for the legacy stream sees the memory as it was before. */
  @Test
  void aCopyFromPageableMemoryIsTheLegacyStreams() {
    CUstream stream = stream();
    long data = device.floats(COUNT);
    ByteBuffer before = pinned();
    ok(copyBack(before, data, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertEquals(Float.NaN, before.getFloat(4));
    assertEquals(1, device.read(data, 2)[1]);
  }

  @Test
  void aQueryIsAnsweredInTheEnd() {
    CUstream stream = stream();
    ok(JCudaDriver.cuStreamQuery(stream));
    add(stream, device.floats(COUNT), 1);
    assertEquals(CUresult.CUDA_ERROR_NOT_READY, JCudaDriver.cuStreamQuery(stream));
    assertEquals(0, Emulator.kernels());
    ok(JCudaDriver.cuStreamQuery(stream));
    assertEquals(1, Emulator.kernels());
  }

  @Test
  void anEventOrdersStreams() {
    CUstream first = stream();
    CUstream second = stream();
    CUevent event = event();
    long data = device.floats(COUNT);
    ok(JCudaDriver.cuCtxSynchronize());
    ByteBuffer result = pinned();
    add(first, data, 5);
    ok(JCudaDriver.cuEventRecord(event, first));
    add(first, data, 100);
    ok(JCudaDriver.cuStreamWaitEvent(second, event, 0));
    ok(copyBack(result, data, second));
    ok(JCudaDriver.cuStreamSynchronize(second));
    assertEquals(5, result.getFloat(0), "what comes after the event is not waited for");
    ok(JCudaDriver.cuStreamSynchronize(first));
    assertEquals(105, device.read(data, 1)[0]);
  }

  @Test
  void eventsMeasureTime() {
    CUstream stream = stream();
    CUevent start = event();
    CUevent end = event();
    long data = device.floats(COUNT);
    float[] millis = new float[1];
    assertEquals(
        CUresult.CUDA_ERROR_INVALID_HANDLE, JCudaDriver.cuEventElapsedTime(millis, start, end));
    ok(JCudaDriver.cuEventRecord(start, stream));
    add(stream, data, 5);
    ok(JCudaDriver.cuEventRecord(end, stream));
    assertEquals(CUresult.CUDA_ERROR_NOT_READY, JCudaDriver.cuEventElapsedTime(millis, start, end));
    assertEquals(CUresult.CUDA_ERROR_NOT_READY, JCudaDriver.cuEventQuery(end));
    ok(JCudaDriver.cuEventSynchronize(end));
    ok(JCudaDriver.cuEventQuery(end));
    ok(JCudaDriver.cuEventElapsedTime(millis, start, end));
    assertTrue(millis[0] > 0 && millis[0] < 10_000, () -> "milliseconds: " + millis[0]);
  }

  private static CUgraph endCapture(CUstream stream) {
    CUgraph graph = new CUgraph();
    ok(JCudaDriver.cuStreamEndCapture(stream, graph));
    return graph;
  }

  private static void begin(CUstream stream) {
    ok(JCudaDriver.cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_GLOBAL));
  }

  @Test
  void aGraphIsReplayed() {
    CUstream stream = stream();
    long data = device.floats(COUNT);
    ok(JCudaDriver.cuCtxSynchronize());
    ByteBuffer result = pinned();
    begin(stream);
    ok(JCudaDriver.cuMemsetD32Async(new DevicePointer(data), 0, 1, stream));
    add(stream, data, 3);
    ok(copyBack(result, data, stream));
    CUgraph graph = endCapture(stream);
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertEquals(0, Emulator.kernels(), "capturing executes nothing");

    long[] nodes = new long[1];
    ok(JCudaDriver.cuGraphGetNodes(graph, null, nodes));
    assertEquals(3, nodes[0]);
    CUgraphNode[] all = {new CUgraphNode(), new CUgraphNode(), new CUgraphNode()};
    ok(JCudaDriver.cuGraphGetNodes(graph, all, nodes));

    CUgraphExec executable = new CUgraphExec();
    ok(JCudaDriver.cuGraphInstantiate(executable, graph, 0));
    ok(JCudaDriver.cuGraphDestroy(graph));
    for (int i = 0; i < 3; i++) {
      ok(JCudaDriver.cuGraphLaunch(executable, stream));
    }
    assertEquals(0, Emulator.graphLaunches());
    ok(JCudaDriver.cuGraphExecDestroy(executable));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    FloatBuffer floats = result.asFloatBuffer();
    assertEquals(3, floats.get(0));
    assertEquals(1 + 3 * 3, floats.get(1));
    assertEquals(3, Emulator.kernels());
    assertEquals(3, Emulator.graphLaunches());
  }

  /** Two branches that nothing orders: the seed decides which comes first. */
  @Test
  void branchesOfAGraphComeInAnyOrder() {
    boolean[] seen = new boolean[2];
    for (int seed = 0; seed < 8; seed++) {
      Emulator.setSeed(seed);
      CUstream first = stream();
      CUstream second = stream();
      long data = device.floats(COUNT);
      ok(JCudaDriver.cuCtxSynchronize());
      CUevent fork = event();
      CUevent join = event();
      begin(first);
      add(first, data, 1);
      ok(JCudaDriver.cuEventRecord(fork, first));
      ok(JCudaDriver.cuStreamWaitEvent(second, fork, 0));
      ok(JCudaDriver.cuMemsetD32Async(new DevicePointer(data), 0, 1, second));
      ok(JCudaDriver.cuMemsetD32Async(new DevicePointer(data), 0x40000000, 1, first));
      ok(JCudaDriver.cuEventRecord(join, second));
      ok(JCudaDriver.cuStreamWaitEvent(first, join, 0));
      add(first, data, 1);
      CUgraphExec executable = new CUgraphExec();
      ok(JCudaDriver.cuGraphInstantiate(executable, endCapture(first), 0));
      ok(JCudaDriver.cuGraphLaunch(executable, first));
      ok(JCudaDriver.cuStreamSynchronize(first));
      float result = device.read(data, 1)[0];
      assertTrue(result == 1 || result == 3, () -> "the join comes last: " + result);
      seen[result == 1 ? 0 : 1] = true;
    }
    assertTrue(seen[0] && seen[1]);
  }

  private void assertForbiddenInCapture(int expected, CUstream stream, int code) {
    assertEquals(expected, code, () -> EmulatedDevice.message(code));
    CUgraph graph = new CUgraph();
    assertEquals(
        CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED,
        JCudaDriver.cuStreamEndCapture(stream, graph));
    long data = device.floats(COUNT);
    ok(JCudaDriver.cuCtxSynchronize());
    add(stream, data, 1);
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertEquals(1, device.read(data, 1)[0], "the stream can be used again");
  }

  @Test
  void waitingWhileCapturing() {
    CUstream stream = stream();
    begin(stream);
    assertForbiddenInCapture(
        CUresult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
        stream,
        JCudaDriver.cuStreamSynchronize(stream));
    begin(stream);
    assertForbiddenInCapture(
        CUresult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, stream, JCudaDriver.cuCtxSynchronize());
  }

  @Test
  void allocatingWhileCapturing() {
    CUstream stream = stream();
    begin(stream);
    assertForbiddenInCapture(
        CUresult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
        stream,
        JCudaDriver.cuMemAlloc(new DevicePointer(), 16));
    begin(stream);
    assertForbiddenInCapture(
        CUresult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
        stream,
        JCudaDriver.cuMemFree(new DevicePointer(16)));
  }

  @Test
  void aBlockingStreamForbidsTheLegacyOneWhileCapturing() {
    CUstream stream = new CUstream();
    ok(JCudaDriver.cuStreamCreate(stream, 0));
    long data = device.floats(COUNT);
    ok(JCudaDriver.cuCtxSynchronize());
    begin(stream);
    int code = device.launch("fault_none", 1, COUNT, null, data, COUNT, 1);
    assertForbiddenInCapture(CUresult.CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, stream, code);
  }

  @Test
  void aWrongLaunchInvalidatesTheCapture() {
    CUstream stream = stream();
    begin(stream);
    int code = device.launch("fault_none", 1, COUNT, stream, 0, COUNT, 1, 20);
    assertForbiddenInCapture(CUresult.CUDA_ERROR_INVALID_VALUE, stream, code);
  }

  @Test
  void workThatACaptureDoesNotWaitFor() {
    CUstream first = stream();
    CUstream second = stream();
    CUevent outside = event();
    ok(JCudaDriver.cuEventRecord(outside, second));
    begin(first);
    assertForbiddenInCapture(
        CUresult.CUDA_ERROR_STREAM_CAPTURE_ISOLATION,
        first,
        JCudaDriver.cuStreamWaitEvent(first, outside, 0));

    long data = device.floats(COUNT);
    ok(JCudaDriver.cuCtxSynchronize());
    CUevent fork = event();
    begin(first);
    add(first, data, 1);
    ok(JCudaDriver.cuEventRecord(fork, first));
    ok(JCudaDriver.cuStreamWaitEvent(second, fork, 0));
    add(second, data, 1);
    assertEquals(
        CUresult.CUDA_ERROR_STREAM_CAPTURE_UNJOINED,
        JCudaDriver.cuStreamEndCapture(first, new CUgraph()));
    assertEquals(CUresult.CUDA_ERROR_CAPTURED_EVENT, JCudaDriver.cuEventSynchronize(fork));
  }

  @Test
  void memoryIsAsMuchAsTheTestSays() {
    Emulator.setMemory(1 << 20);
    long[] free = new long[1];
    long[] total = new long[1];
    DevicePointer pointer = new DevicePointer();
    ok(JCudaDriver.cuMemAlloc(pointer, 600_000));
    ok(JCudaDriver.cuMemGetInfo(free, total));
    assertEquals(1 << 20, total[0]);
    assertEquals((1 << 20) - 600_000, free[0]);
    DevicePointer second = new DevicePointer();
    int code = JCudaDriver.cuMemAlloc(second, 500_000);
    assertEquals(CUresult.CUDA_ERROR_OUT_OF_MEMORY, code);
    assertEquals(
        "500000 bytes; 600000 of the device's 1048576 are in use", EmulatedDevice.message(code));
    ok(JCudaDriver.cuMemFree(pointer));
    ok(JCudaDriver.cuMemAlloc(second, 500_000));
  }

  @Test
  void copiesAndFillsKeepWithinMemory() {
    long data = device.floats(COUNT);
    int code = JCudaDriver.cuMemsetD32(new DevicePointer(data), 0, COUNT + 1);
    assertEquals(CUresult.CUDA_ERROR_INVALID_VALUE, code);
    assertTrue(EmulatedDevice.message(code).startsWith("260 bytes at 0x"));
    code =
        JCudaDriver.cuMemcpyHtoD(
            new DevicePointer(data + 4), Pointer.to(new float[COUNT]), 4L * COUNT);
    assertEquals(CUresult.CUDA_ERROR_INVALID_VALUE, code);
    assertEquals(
        CUresult.CUDA_ERROR_INVALID_VALUE, JCudaDriver.cuMemFree(new DevicePointer(data + 4)));
    assertEquals(1, device.read(data, 2)[1]);
  }

  @Test
  void aKernelReadsPinnedMemory() {
    ByteBuffer memory = pinned();
    memory.putFloat(0, 40);
    DevicePointer pointer = new DevicePointer();
    ok(JCudaDriver.cuMemHostGetDevicePointer(pointer, Pointer.to(memory), 0));
    ok(device.run("fault_none", 1, 1, pointer.address(), 1, 2));
    assertEquals(42, memory.getFloat(0));
  }

  @Test
  void aCallFailsWhenTheTestSays() {
    Emulator.failCall("cuMemAlloc_v2", 2, CUresult.CUDA_ERROR_OUT_OF_MEMORY);
    Emulator.failCall("cuStreamCreate", 1, 0);
    ok(JCudaDriver.cuMemAlloc(new DevicePointer(), 16));
    assertEquals(
        CUresult.CUDA_ERROR_OUT_OF_MEMORY, JCudaDriver.cuMemAlloc(new DevicePointer(), 16));
    ok(JCudaDriver.cuMemAlloc(new DevicePointer(), 16));
    assertEquals(3, Emulator.calls("cuMemAlloc"));
    assertEquals(
        CUresult.CUDA_ERROR_UNKNOWN, JCudaDriver.cuStreamCreate(new CUstream(), NON_BLOCKING));
    ok(JCudaDriver.cuStreamCreate(new CUstream(), NON_BLOCKING));
  }

  @Test
  void onlyKernelsOfTheImageAreFound() {
    CUmodule module = new CUmodule();
    String ptx =
        ".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry fault_none() { ret; }\n\0";
    ok(JCudaDriver.cuModuleLoadData(module, ptx));
    CUfunction function = new CUfunction();
    ok(JCudaDriver.cuModuleGetFunction(function, module, "fault_none"));
    assertEquals(
        CUresult.CUDA_ERROR_NOT_FOUND,
        JCudaDriver.cuModuleGetFunction(function, module, "fault_read"));
    assertEquals(
        CUresult.CUDA_ERROR_NOT_FOUND,
        JCudaDriver.cuModuleGetFunction(function, module, "fault_nothing"));
  }

  @Test
  void aFunctionThatNobodyNeedsSaysSo() {
    int code = JCudaDriver.cuCtxSetCacheConfig(0);
    assertEquals(CUresult.CUDA_ERROR_NOT_SUPPORTED, code);
    assertEquals("the emulated driver has no cuCtxSetCacheConfig", EmulatedDevice.message(code));
  }
}

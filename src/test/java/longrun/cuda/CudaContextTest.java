package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import longrun.cuda.MissingPiece.Piece;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contexts and what comes from them, under the emulated driver. */
class CudaContextTest {
  @TempDir private Path folder;

  @BeforeEach
  void emulator() {
    Emulator.require();
    Emulator.reset();
  }

  @AfterEach
  void reset() {
    if (DriverProbe.run().isEmulated()) {
      Emulator.reset();
    }
  }

  @Test
  void theDeviceIsDescribedAndNamedAsEmulated() {
    try (CudaContext context = CudaContext.open()) {
      CudaDevice device = context.device();
      assertTrue(device.emulated());
      assertTrue(device.description().contains("(emulated, for tests)"), device::description);
      assertTrue(device.multiprocessors() > 0);
      assertTrue(device.totalBytes() > 0);
      assertTrue(device.sharedBytesPerBlock() >= 48 << 10);
      assertTrue(device.driverVersion() >= 12000);
    }
  }

  @Test
  void kernelsSayWhatTheyTake() {
    try (CudaContext context = CudaContext.open()) {
      Kernel kernel = context.kernel("lookup_sum");
      assertEquals("lookup_sum", kernel.name());
      assertTrue(kernel.maxThreads() >= 256);
      CudaFailure failure = assertThrows(CudaFailure.class, () -> context.kernel("no_such_kernel"));
      assertTrue(
          failure.getMessage().startsWith("cuModuleGetFunction(no_such_kernel) failed: "),
          failure::getMessage);
      assertTrue(failure.getMessage().contains("build longrun anew"), failure::getMessage);
    }
  }

  @Test
  void aDriverWithoutADevice() {
    Emulator.setDevices(0);
    check(Piece.DEVICE, "sees no device");
  }

  @Test
  void aDeviceThatIsTooOld() {
    Emulator.setComputeCapability(7, 5);
    check(Piece.DEVICE, "is of compute capability 7.5, and longrun's kernels are for 8.0");
  }

  @Test
  void anImageThatIsMissingOrCutShort() throws IOException {
    FatBinary.during(
        folder.resolve("absent.fatbin"),
        () -> check(Piece.KERNEL_IMAGE, "absent.fatbin is missing"));
    byte[] whole = KernelImage.load().bytes();
    for (int bytes : new int[] {0, 10, 17, whole.length / 2, whole.length - 1}) {
      FatBinary.during(
          folder.resolve("cut.fatbin"),
          Arrays.copyOf(whole, bytes),
          () -> check(Piece.KERNEL_IMAGE, "cut.fatbin is truncated"));
    }
  }

  @Test
  void anImageThatOnlyTheDriverFindsBroken() throws IOException {
    byte[] hollow = FatBinary.of(FatBinary.MACHINE_CODE, 90);
    FatBinary.during(
        folder.resolve("hollow.fatbin"),
        hollow,
        () -> check(Piece.KERNEL_IMAGE, "is refused by the driver (CUDA_ERROR_INVALID_IMAGE)"));
  }

  @Test
  void tooLittleMemoryIsToldAndLessCanStillBeHad() {
    Emulator.setMemory(64 << 20);
    try (CudaContext context = CudaContext.open()) {
      CudaFailure failure = assertThrows(CudaFailure.class, () -> context.allocate(65L << 20));
      assertTrue(failure.isOutOfMemory());
      assertTrue(
          failure.getMessage().startsWith("cuMemAlloc(68157440) failed: CUDA_ERROR_OUT_OF_MEMORY"),
          failure::getMessage);
      assertTrue(failure.getMessage().contains("train fewer runs"), failure::getMessage);
      long free = context.freeBytes();
      try (DeviceMemory some = context.allocate(1 << 20)) {
        assertTrue(context.freeBytes() < free, () -> some.bytes() + " of " + free);
      }
      assertEquals(free, context.freeBytes());
    }
  }

  @Test
  void anyThreadMayUseItOneAtATime() throws Exception {
    try (CudaContext context = CudaContext.open();
        ExecutorService other = Executors.newSingleThreadExecutor()) {
      DeviceMemory memory = other.submit(() -> context.allocate(8)).get();
      memory.upload(bytes(0x1122334455667788L));
      ByteBuffer back = other.submit(() -> download(memory)).get();
      assertEquals(0x1122334455667788L, back.getLong(0));
      other.submit(memory::close).get();
      assertThrows(IllegalStateException.class, () -> memory.fill(0, 0, 1));
    }
  }

  @Test
  void positionsAndOffsetsCount() {
    try (CudaContext context = CudaContext.open()) {
      DeviceMemory memory = context.allocate(32);
      ByteBuffer from = ByteBuffer.allocateDirect(16).order(ByteOrder.LITTLE_ENDIAN);
      from.putLong(8, 77).position(8);
      memory.upload(16, from);
      assertEquals(8, from.position());
      ByteBuffer to = ByteBuffer.allocateDirect(16).order(ByteOrder.LITTLE_ENDIAN);
      memory.download(16, to.position(8));
      assertEquals(77, to.getLong(8));
      assertEquals(0, to.getLong(0));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.upload(25, bytes(0)));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.fill(0, 16, 5));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.fill(0, 0, 1L << 62));
      assertThrows(
          IllegalArgumentException.class, () -> memory.download(bytes(0).asReadOnlyBuffer()));
    }
  }

  @Test
  void whatIsClosedCannotBeUsed() {
    CudaContext context = CudaContext.open();
    PinnedMemory pinned = context.allocatePinned(16);
    CudaStream stream = context.createStream();
    ByteBuffer buffer = pinned.buffer();
    assertEquals(16, pinned.bytes());
    pinned.close();
    pinned.close();
    assertThrows(IllegalStateException.class, () -> buffer.getInt(0));
    context.close();
    context.close();
    stream.close();
    assertThrows(IllegalStateException.class, stream::synchronize);
    assertThrows(IllegalStateException.class, () -> context.allocate(1));
  }

  @Test
  void aLaunchThatNoDeviceTakesIsRefusedBeforeItIsTried() {
    try (CudaContext context = CudaContext.open()) {
      Kernel kernel = context.kernel("lookup_sum");
      refused("grid=0x1", () -> new Launch(kernel, 0, 1, 256, bytes(0)));
      refused("grid=1x65536", () -> new Launch(kernel, 1, 65536, 256, bytes(0)));
      refused("threads=99999", () -> new Launch(kernel, 1, 1, 99999, bytes(0)));
      refused("parameterBytes=0", () -> new Launch(kernel, 1, 1, 256, ByteBuffer.allocate(0)));
      refused(
          "parameterBytes=4097", () -> new Launch(kernel, 1, 1, 256, ByteBuffer.allocate(4097)));
    }
  }

  @Test
  void aLaunchWithParametersOfAnotherSizeFailsWithItsKernel() {
    try (CudaContext context = CudaContext.open()) {
      CudaStream stream = context.createStream();
      Launch launch = new Launch(context.kernel("lookup_sum"), 3, 2, 256, bytes(0));
      CudaFailure failure = assertThrows(CudaFailure.class, () -> stream.launch(launch));
      assertTrue(
          failure.getMessage().contains("kernel=lookup_sum grid=3x2 block=256"),
          failure::getMessage);
    }
  }

  @Test
  void aKernelThatFaultsEndsItsContextAndNoOther() {
    CudaFailure failure = assertThrows(CudaFailure.class, CudaContextTest::runAstray);
    assertFalse(failure.isDeviceLost());
    assertTrue(failure.getMessage().contains("resume from the last checkpoint"), failure::toString);
    assertTrue(Emulator.lastFault().contains("lookup_sum"), Emulator::lastFault);
    DriverScenario.run();
  }

  private static void runAstray() {
    try (CudaContext context = CudaContext.open()) {
      CudaStream stream = context.createStream();
      DeviceMemory memory = context.allocate(16);
      memory.fill(1, 0, 4);
      Struct parameters = KernelParameters.LOOKUP_SUM_PARAMETERS.create().set("jobs", 1);
      parameters.nested("slots").set("active", memory.address()).set("stride", 0);
      Struct job = parameters.element("job", 0);
      job.nested("rows").set("perExample", 8);
      job.set("out", memory.address())
          .set("lookups", memory.address() + (1L << 40))
          .set("outStride", 4)
          .set("preActivationStride", 0)
          .set("columns", 4)
          .set("lookupCount", 1)
          .set("activation", 0)
          .set("firstBlock", 0);
      stream.launch(new Launch(context.kernel("lookup_sum"), 1, 1, 256, parameters.buffer()));
      stream.synchronize();
    }
  }

  @Test
  void aCaptureThatIsGivenUpLeavesTheStreamUsable() {
    try (CudaContext context = CudaContext.open()) {
      CudaStream stream = context.createStream();
      DeviceMemory memory = context.allocate(16);
      assertThrows(
          ArithmeticException.class,
          () ->
              stream.capture(
                  () -> {
                    stream.fill(memory, 5, 0, 4);
                    throw new ArithmeticException("planned");
                  }));
      stream.fill(memory, 6, 0, 4);
      stream.synchronize();
      assertEquals(0x600000006L, download(memory).getLong(0));
    }
  }

  private static ByteBuffer download(DeviceMemory memory) {
    ByteBuffer back = ByteBuffer.allocateDirect(8).order(ByteOrder.LITTLE_ENDIAN);
    memory.download(back);
    return back;
  }

  private static ByteBuffer bytes(long value) {
    return ByteBuffer.allocateDirect(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).flip();
  }

  private static void refused(String words, org.junit.jupiter.api.function.Executable launch) {
    String said = assertThrows(IllegalArgumentException.class, launch).getMessage();
    assertTrue(said.contains("kernel=lookup_sum") && said.contains(words), said);
  }

  private static void check(Piece piece, String words) {
    CudaUnavailableException failure =
        assertThrows(CudaUnavailableException.class, CudaContext::open);
    assertEquals(piece, failure.missing().piece(), failure::getMessage);
    assertTrue(failure.getMessage().contains(words), failure::getMessage);
  }
}

package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products of our kernels on the emulated driver: they are right, and a wrong one is noticed. */
class DeviceProductTest {
  private static final Path IMAGE = Path.of("../target/emulator/kernels.fatbin");

  @BeforeEach
  void requireEmulator() {
    System.setProperty(KernelImage.FILE_PROPERTY, IMAGE.toAbsolutePath().toString());
    DriverProbe probe = DriverProbe.run();
    if (probe.missing().isEmpty() && probe.isEmulated()) {
      return;
    }
    String reason = "no emulated driver: target/emulator was not built";
    if ("required".equals(System.getProperty("emulator"))) {
      fail(reason);
    }
    abort(reason);
  }

  private static void launch(CudaContext context, CudaStream stream, DeviceProduct product) {
    product.calls().forEach(call -> stream.launch(call.launch(context)));
    stream.synchronize();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nn 70x40x33", "nt 40x70x33", "tn 40x33x700", "tn 40x33x3830"})
  void everyFormIsMultipliedInEverySlot(String text) {
    for (boolean tf32 : new boolean[] {false, true}) {
      try (CudaContext context = CudaContext.open();
          CudaStream stream = context.createStream()) {
        DeviceProduct product = new DeviceProduct(context, text, 2, tf32);
        product.clear();
        launch(context, stream, product);
        product.check();
      }
    }
  }

  @Test
  void whatWasNotMultipliedIsNoticed() {
    try (CudaContext context = CudaContext.open();
        CudaStream stream = context.createStream()) {
      DeviceProduct product = new DeviceProduct(context, "nn 70x40x33", 1, false);
      launch(context, stream, product);
      product.check();
      product.clear();
      String message = assertThrows(IllegalStateException.class, product::check).getMessage();
      assertTrue(message.matches("slot=0 product\\[\\d+, \\d+\\]=NaN expected=.*"), message);
      assertEquals(2L * 70 * 40 * 33, product.flops());
    }
  }

  /** So an fp32 of cuBLAS that were tf32 in truth would be refused, at every depth measured. */
  @ParameterizedTest
  @ValueSource(strings = {"nn 70x40x33", "nn 40x40x128", "nt 40x33x512", "tn 40x33x3830"})
  void tf32IsNoFp32(String text) {
    try (CudaContext context = CudaContext.open();
        CudaStream stream = context.createStream()) {
      DeviceProduct rounded = new DeviceProduct(context, text, 1, true);
      launch(context, stream, rounded);
      rounded.check();
      String message =
          assertThrows(IllegalStateException.class, () -> rounded.check(false)).getMessage();
      assertTrue(message.contains(" allowed error="), message);
    }
  }

  @Test
  void workAndTheDevicesTimeAreOfTheSameGraphs() {
    try (CudaContext context = CudaContext.open();
        CudaStream stream = context.createStream()) {
      DeviceProduct product = new DeviceProduct(context, "nn 70x40x33", 1, false);
      long[] launches = new long[1];
      CudaMatMulBenchmark.Timed timed =
          CudaMatMulBenchmark.timed(
              stream,
              context.createEvent(),
              context.createEvent(),
              () -> {
                launches[0]++;
                launch(context, stream, product);
              });
      assertEquals(launches[0] - 1, timed.repetitions(), "the first keeps the device busy");
      assertTrue(timed.nanos() > 0, timed::toString);
    }
  }
}

package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import longrun.cuda.CublasMatmul.Arithmetic;
import longrun.cuda.MissingPiece.Piece;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CublasMatmulTest {
  @Test
  void itsAbsenceIsNamedAndHarmless() {
    Emulator.requireDevice();
    try (CudaContext context = CudaContext.open();
        CudaStream stream = context.createStream()) {
      if (CublasMatmul.missing().isEmpty() && !context.device().emulated()) {
        multiply(context, stream);
        return;
      }
      MissingPiece missing = CublasMatmul.missing().orElseThrow();
      assertEquals(Piece.LIBRARY, missing.piece());
      assertTrue(missing.what().contains("libcublas.so.12"), missing::what);
      assertTrue(missing.remedy().contains("training does not need it"), missing::remedy);
      assertThrows(
          CudaUnavailableException.class,
          () -> CublasMatmul.open(context, stream, Arithmetic.FP32));
    }
    DriverScenario.run();
  }

  /** Whatever its value: 1 forces tf32 upon fp32, 0 takes it from tf32. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whatOverrulesThePrecisionIsRefused(String value) {
    MissingPiece missing =
        CublasMatmul.missing(Map.of("NVIDIA_TF32_OVERRIDE", value)).orElseThrow();
    assertTrue(missing.what().startsWith("NVIDIA_TF32_OVERRIDE=" + value), missing::what);
    assertTrue(missing.remedy().endsWith("unset NVIDIA_TF32_OVERRIDE"), missing::remedy);
  }

  /** [2, 3] times [3, 2] in every form, two batches and one; whole numbers, exact in tf32, too. */
  private static void multiply(CudaContext context, CudaStream stream) {
    float[] a = {1, 2, 3, 4, 5, 6, 1, 0, 0, 0, 1, 0};
    float[] aTransposed = {1, 4, 2, 5, 3, 6, 1, 0, 0, 1, 0, 0};
    float[] b = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6};
    float[] bTransposed = {1, 3, 5, 2, 4, 6, 1, 3, 5, 2, 4, 6};
    for (Arithmetic arithmetic : Arithmetic.values()) {
      for (int batches = 1; batches <= 2; batches++) {
        multiply(context, stream, arithmetic, CublasMatmul.Form.NN, a, 3, b, 2, batches);
        multiply(context, stream, arithmetic, CublasMatmul.Form.NT, a, 3, bTransposed, 3, batches);
        multiply(context, stream, arithmetic, CublasMatmul.Form.TN, aTransposed, 2, b, 2, batches);
      }
    }
  }

  private static void multiply(
      CudaContext context,
      CudaStream stream,
      Arithmetic arithmetic,
      CublasMatmul.Form form,
      float[] first,
      int firstStride,
      float[] second,
      int secondStride,
      int batches) {
    try (DeviceMemory a = context.allocate(48);
        DeviceMemory b = context.allocate(48);
        DeviceMemory c = context.allocate(32);
        CublasMatmul matmul = CublasMatmul.open(context, stream, arithmetic)) {
      a.upload(floats(first));
      b.upload(floats(second));
      c.upload(floats(-1, -1, -1, -1, -1, -1, -1, -1));
      matmul.multiply(
          form,
          a.address(),
          b.address(),
          c.address(),
          new CublasMatmul.Shape(2, 2, 3, firstStride, secondStride, 2, 6, 6, 4, batches));
      stream.synchronize();
      ByteBuffer results = ByteBuffer.allocateDirect(32).order(ByteOrder.LITTLE_ENDIAN);
      c.download(results);
      float[] expected = {22, 28, 49, 64, 1, 2, 3, 4};
      Arrays.fill(expected, 4 * batches, expected.length, -1);
      assertEquals(floats(expected), results, form + " batches=" + batches + " " + arithmetic);
    }
  }

  private static ByteBuffer floats(float... values) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      buffer.putFloat(value);
    }
    return buffer.flip();
  }
}

package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import longrun.cuda.MissingPiece.Piece;
import org.junit.jupiter.api.Test;

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
      assertThrows(CudaUnavailableException.class, () -> CublasMatmul.open(context, stream, false));
    }
    DriverScenario.run();
  }

  /** Two batches of [2, 3] times [3, 2], small whole numbers: exact in tf32, too. */
  private static void multiply(CudaContext context, CudaStream stream) {
    for (boolean tf32 : new boolean[] {false, true}) {
      try (DeviceMemory a = context.allocate(48);
          DeviceMemory b = context.allocate(48);
          DeviceMemory c = context.allocate(32);
          CublasMatmul matmul = CublasMatmul.open(context, stream, tf32)) {
        a.upload(floats(1, 2, 3, 4, 5, 6, 1, 0, 0, 0, 1, 0));
        b.upload(floats(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6));
        matmul.multiply(
            a.address(),
            b.address(),
            c.address(),
            new CublasMatmul.Shape(2, 2, 3, 3, 2, 2, 6, 6, 4, 2));
        stream.synchronize();
        ByteBuffer results = ByteBuffer.allocateDirect(32).order(ByteOrder.LITTLE_ENDIAN);
        c.download(results);
        assertEquals(floats(22, 28, 49, 64, 1, 2, 3, 4), results);
      }
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

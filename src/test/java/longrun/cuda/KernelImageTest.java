package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import longrun.cuda.MissingPiece.Piece;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class KernelImageTest {
  @TempDir private Path folder;

  @Test
  void aMissingImageIsNamed() {
    FatBinary.during(
        folder.resolve("absent.fatbin"), () -> refused("absent.fatbin is missing", "nvcc"));
  }

  @Test
  void anImageThatIsCutShortIsRefusedWhereverItIsCut() throws IOException {
    byte[] whole = FatBinary.of(FatBinary.MACHINE_CODE, 80, FatBinary.PTX, 80);
    for (int bytes = 0; bytes < whole.length; bytes++) {
      FatBinary.during(
          folder.resolve("cut.fatbin"),
          Arrays.copyOf(whole, bytes),
          () -> refused("cut.fatbin is truncated or broken"));
    }
    FatBinary.during(
        folder.resolve("whole.fatbin"),
        whole,
        () -> assertEquals("sm_80, compute_80 (PTX)", KernelImage.load().architectures()));
  }

  @Test
  void entriesThatReachBeyondTheEndAreRefused() throws IOException {
    byte[] broken = FatBinary.of(FatBinary.MACHINE_CODE, 80);
    broken[16 + 8]++;
    FatBinary.during(folder.resolve("broken.fatbin"), broken, () -> refused("truncated or broken"));
    byte[] negative = FatBinary.of(FatBinary.MACHINE_CODE, 80);
    negative[16 + 15] = (byte) 0x80;
    FatBinary.during(
        folder.resolve("broken.fatbin"),
        negative,
        () -> refused("truncated or broken", "where 9223372036854775"));
  }

  @Test
  void anotherFileIsNoImage() throws IOException {
    FatBinary.during(
        folder.resolve("text.fatbin"),
        "this is not a fat binary".getBytes(java.nio.charset.StandardCharsets.UTF_8),
        () -> refused("text.fatbin is no fat binary"));
  }

  @Test
  void aDeviceThatItHasNothingForIsNamedWithWhatItIsFor() throws IOException {
    byte[] image = FatBinary.of(FatBinary.MACHINE_CODE, 86, FatBinary.MACHINE_CODE, 120);
    FatBinary.during(
        folder.resolve("some.fatbin"),
        image,
        () -> {
          KernelImage loaded = KernelImage.load();
          assertDoesNotThrow(() -> loaded.requireRunsOn(device(8, 6)));
          assertDoesNotThrow(() -> loaded.requireRunsOn(device(8, 9)));
          assertDoesNotThrow(() -> loaded.requireRunsOn(device(12, 1)));
          for (DriverStatus.Device other : new DriverStatus.Device[] {device(8, 0), device(9, 0)}) {
            CudaUnavailableException failure =
                assertThrows(CudaUnavailableException.class, () -> loaded.requireRunsOn(other));
            assertEquals(Piece.KERNEL_IMAGE, failure.missing().piece());
            assertTrue(
                failure.getMessage().contains("nothing for Card, which is " + other.architecture()),
                failure.getMessage());
            assertTrue(failure.getMessage().contains("for sm_86, sm_120"), failure.getMessage());
          }
        });
  }

  @Test
  void intermediateCodeRunsOnEveryNewerDevice() throws IOException {
    FatBinary.during(
        folder.resolve("ptx.fatbin"),
        FatBinary.of(FatBinary.PTX, 80),
        () -> {
          KernelImage loaded = KernelImage.load();
          assertDoesNotThrow(() -> loaded.requireRunsOn(device(12, 0)));
          MissingPiece tooOld =
              assertThrows(CudaUnavailableException.class, () -> loaded.requireRunsOn(device(7, 5)))
                  .missing();
          assertEquals(Piece.DEVICE, tooOld.piece());
          assertTrue(tooOld.what().contains("Card is of compute capability 7.5"), tooOld.what());
        });
  }

  private static DriverStatus.Device device(int major, int minor) {
    return new DriverStatus.Device("Card", major, minor);
  }

  private static void refused(String... words) {
    CudaUnavailableException failure =
        assertThrows(CudaUnavailableException.class, KernelImage::load);
    assertEquals(Piece.KERNEL_IMAGE, failure.missing().piece());
    for (String word : words) {
      assertTrue(failure.getMessage().contains(word), failure.getMessage());
    }
  }
}

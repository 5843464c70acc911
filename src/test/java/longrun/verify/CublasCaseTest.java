package longrun.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.cuda.CublasMatmul;
import longrun.cuda.CudaContext;
import longrun.cuda.Emulator;
import longrun.cuda.HostMatmul;
import longrun.verify.CublasCase.Yardstick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The comparison with cuBLAS, with a product of the host's in its place. */
class CublasCaseTest {
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ourProductsAgreeWithAnyOther(boolean tf32) {
    try (CudaContext context = Emulator.openContext(true)) {
      for (CublasCase each :
          List.of(
              new CublasCase(130, 114, 99, tf32),
              new CublasCase(33, 30, 1, tf32),
              new CublasCase(1, 7, 66, tf32))) {
        Outcome outcome = each.run(context, HostMatmul::multiply);
        assertTrue(outcome.passed(), () -> each + ": " + outcome);
        assertTrue(outcome.largestError() > 0, () -> each + " agrees by accident or not at all");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anotherProductIsAMiss(boolean tf32) {
    CublasCase each = new CublasCase(70, 33, 31, tf32);
    try (CudaContext context = Emulator.openContext(false)) {
      miss(each, context, (c, s, t, a, b, out, shape) -> {}, "NaN");
      miss(
          each,
          context,
          (c, s, t, a, b, out, shape) -> HostMatmul.multiply(c, s, t, a, b, out, ofSlot0(shape)),
          "of slot 1 is ");
      miss(
          each,
          context,
          (c, s, t, a, b, out, shape) -> HostMatmul.multiply(c, s, t, a + 4, b, out, shape),
          "of slot 0 is ");
      miss(
          each,
          context,
          (c, s, t, a, b, out, shape) -> HostMatmul.multiply(c, s, t, a, b, out, shallow(shape)),
          "of slot 0 is ");
    }
  }

  private static void miss(
      CublasCase each, CudaContext context, Yardstick yardstick, String words) {
    Outcome outcome = each.run(context, yardstick);
    assertFalse(outcome.passed(), outcome::toString);
    assertTrue(outcome.fault().orElseThrow().contains(words), outcome::toString);
  }

  /** Every batch reads slot 0's second factor. */
  private static CublasMatmul.Shape ofSlot0(CublasMatmul.Shape s) {
    return new CublasMatmul.Shape(
        s.rows(),
        s.columns(),
        s.depth(),
        s.aStride(),
        s.bStride(),
        s.cStride(),
        s.aBatchStride(),
        0,
        s.cBatchStride(),
        s.batches());
  }

  /** The last term of every sum is left out. */
  private static CublasMatmul.Shape shallow(CublasMatmul.Shape s) {
    return new CublasMatmul.Shape(
        s.rows(),
        s.columns(),
        s.depth() - 1,
        s.aStride(),
        s.bStride(),
        s.cStride(),
        s.aBatchStride(),
        s.bBatchStride(),
        s.cBatchStride(),
        s.batches());
  }

  /** The groups are run exactly where there is no reason not to. */
  @Test
  void whereCublasIsNotThereTheReasonIs() {
    try (CudaContext context = Emulator.openContext(false)) {
      List<String> finished = new ArrayList<>();
      Verification.Result result =
          Verification.run(
              context,
              name -> name.startsWith("cublas") || name.equals("split_sum"),
              group -> finished.add(group.name()));
      List<String> expected = new ArrayList<>(List.of("split_sum"));
      if (result.withoutCublas().isEmpty()) {
        expected.addAll(Verification.cublasGroups());
      }
      assertEquals(expected, finished);
      assertEquals(expected, result.groups().stream().map(Verification.Group::name).toList());
      assertTrue(result.groups().stream().allMatch(Verification.Group::passed), result::toString);
      if (context.device().emulated()) {
        assertTrue(result.withoutCublas().orElseThrow().contains("emulated"), result::toString);
      }
    }
  }

  @Test
  void whoDoesNotAskForItIsNotTold() {
    try (CudaContext context = Emulator.openContext(false)) {
      Verification.Result result = Verification.run(context, "split_sum"::equals, group -> {});
      assertEquals(Optional.empty(), result.withoutCublas());
    }
  }
}

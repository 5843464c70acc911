package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import longrun.cuda.CudaContext;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/** A score that is not finite makes its row's probabilities NaN, and leaves other rows alone. */
final class NotFiniteScores {
  private static final int ROWS = 3;
  private static final int BAD_ROW = 1;
  private static final int D_HEAD = 8;

  private NotFiniteScores() {}

  static List<KernelCase> cases() {
    List<KernelCase> cases = new ArrayList<>();
    for (float bad : List.of(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY)) {
      for (int length : List.of(3, 40)) {
        cases.add(
            KernelCase.of(
                "attention",
                "a score of " + bad + " length=" + length,
                context -> run(context, bad, length)));
      }
    }
    return cases;
  }

  private static Outcome run(CudaContext context, float bad, int length) {
    try (CaseMemory memory = new CaseMemory(context, true)) {
      CaseValues values = new CaseValues(1);
      Region query = memory.arena().matrix("query", Access.IN, ROWS, D_HEAD);
      query.fill((slot, row, column) -> 1 + values.uniform(0, row * D_HEAD + column));
      Region keys = memory.arena().matrix("keys", Access.IN, length * ROWS, D_HEAD);
      keys.fill((slot, row, column) -> values.normal(1, row * D_HEAD + column));
      // The last position, so that a maximum over the others has been taken.
      keys.set(0, (length - 1) * ROWS + BAD_ROW, 2, bad);
      Region sources =
          memory.session().structs("sources", Access.IN, KernelParameters.SOURCE, length);
      for (int position = 0; position < length; position++) {
        Struct source = KernelParameters.SOURCE.create();
        source.set("rows", keys.address(position * ROWS)).set("stride", keys.stride());
        sources.setStruct(0, position, source);
      }
      Region out = memory.arena().matrix("out", Access.OUT, ROWS, D_HEAD);
      Region probabilities = memory.arena().packed("probabilities", Access.OUT, ROWS, length);
      Struct parameters = KernelParameters.ATTENTION_PARAMETERS.create();
      memory.describeSlots(parameters).set("jobs", 1);
      Struct job = parameters.element("job", 0);
      job.set("out", out.address())
          .set("outStride", out.stride())
          .set("probabilities", probabilities.address())
          .set("probabilityStride", probabilities.stride())
          .set("keys", sources.address())
          .set("values", sources.address())
          .set("heads", 1)
          .set("dHead", D_HEAD)
          .set("length", length)
          .set("scale", 1.0)
          .set("firstBlock", 0);
      job.nested("query").set("rows", query.address()).set("stride", query.stride());
      job.nested("rows").set("perExample", ROWS);
      memory.launch("attention", 1, 256, parameters);
      Comparison comparison = new Comparison(0);
      for (int row = 0; row < ROWS; row++) {
        for (int position = 0; position < length; position++) {
          comparison.same(
              "whether probabilities[" + row + ", " + position + "] is NaN (1: it is)",
              Float.isNaN(probabilities.at(0, row, position)) ? 1 : 0,
              row == BAD_ROW ? 1 : 0);
        }
      }
      return comparison.outcome(memory);
    }
  }
}

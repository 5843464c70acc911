package longrun.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.model.Model;
import longrun.task.Dataset;
import longrun.testing.SmallRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Costs against counts made by hand, in full for the two set-ups that are tuned for. */
class LedgerTest {
  private static final long BATCH = 3830;

  private final Ledger nanda = Ledger.of(Planner.plan(ConfiguredCohorts.cohort("nanda-2023")));
  private final Ledger power = Ledger.of(Planner.plan(ConfiguredCohorts.cohort("power-2022")));

  @Test
  void forwardProductsOfNanda2023() {
    check(nanda, "MatMul", "blocks.0.attn.W_Q", 1, 2L * 128 * 128);
    check(nanda, "MatMul", "blocks.0.attn.W_K", 227, 2L * 227 * 128 * 128);
    check(nanda, "MatMul", "blocks.0.attn.W_V", 227, 2L * 227 * 128 * 128);
    // And for each element: the residual; bias and ReLU; bias and residual.
    check(nanda, "MatMul", "blocks.0.attn.W_O", BATCH, BATCH * (2 * 128 * 128 + 128));
    check(nanda, "MatMul", "blocks.0.mlp.W_in", BATCH, BATCH * (2 * 128 * 512 + 2 * 512));
    check(nanda, "MatMul", "blocks.0.mlp.W_out", BATCH, BATCH * (2 * 512 * 128 + 2 * 128));
    check(nanda, "MatMul", "unembed.W_U", BATCH, BATCH * 2 * 128 * 114);
  }

  @Test
  void backwardProductsOfNanda2023() {
    check(nanda, "MatMulInputGradient", "unembed.W_U", BATCH, BATCH * 2 * 128 * 114);
    // And for each element: ReLU's derivative and its factor; the residual's gradient; nothing.
    check(
        nanda,
        "MatMulInputGradient",
        "blocks.0.mlp.W_out",
        BATCH,
        BATCH * (2 * 512 * 128 + 2 * 512));
    check(nanda, "MatMulInputGradient", "blocks.0.mlp.W_in", BATCH, BATCH * (2 * 512 * 128 + 128));
    check(nanda, "MatMulInputGradient", "blocks.0.attn.W_O", BATCH, BATCH * 2 * 128 * 128);
    check(nanda, "MatMulInputGradient", "blocks.0.attn.W_K", 227, 2L * 227 * 128 * 128);
    check(nanda, "MatMulInputGradient", "blocks.0.attn.W_V", 227, 227L * (2 * 128 * 128 + 128));
    check(nanda, "MatMulInputGradient", "blocks.0.attn.W_Q", 1, 2 * 128 * 128 + 128);
  }

  @Test
  void weightGradientsOfNanda2023() {
    checkGradient(nanda, "blocks.0.attn.W_Q", 1, 2L * 128 * 128);
    checkGradient(nanda, "blocks.0.attn.W_K", 227, 2L * 227 * 128 * 128);
    checkGradient(nanda, "blocks.0.attn.W_O", BATCH, BATCH * 2 * 128 * 128);
    checkGradient(nanda, "blocks.0.mlp.W_in", BATCH, BATCH * (2 * 128 * 512 + 512));
    checkGradient(nanda, "blocks.0.mlp.W_out", BATCH, BATCH * (2 * 512 * 128 + 128));
    checkGradient(nanda, "unembed.W_U", BATCH, BATCH * 2 * 128 * 114);
    // A row of W_E for each of 227 shared rows, and of W_pos.
    checkGradient(nanda, "embed.W_E", 227, 227 * 128);
    checkGradient(nanda, "pos_embed.W_pos", 227, 227 * 128);
  }

  @Test
  void attentionLossAndUpdateOfNanda2023() {
    assertEquals(BATCH * 4 * 3 * (4 * 32 + 6), flops(nanda, "Attention"));
    assertEquals(BATCH * 4 * 3 * (4 * 32 + 5), flops(nanda, "AttentionGradient"));
    assertEquals(3 * BATCH * 4 * 4 * 32, flops(nanda, "KeyGradient"), "one for each position");
    assertEquals(2 * BATCH * 128, flops(nanda, "ReaderSum"), "queries and residuals of \"=\"");
    assertEquals(227 * 128, flops(nanda, "LookupSum"));
    assertEquals(BATCH * 114 * 6, flops(nanda, "LossAndGradient"));
    assertEquals(226_816L * 15, nanda.total(Ledger.Phase.UPDATE).flops());
    assertEquals(226_816L * 7 * 4, nanda.total(Ledger.Phase.UPDATE).bytes());
  }

  @Test
  void bytesAreThoseOfEachViewAndWeightOnce() {
    assertEquals(
        4 * (BATCH * 128 + 128 * 512 + 512 + BATCH * 512),
        entry(nanda, "MatMul", "blocks.0.mlp.W_in").cost().bytes(),
        "in, W_in, b_in, out");
    assertEquals(
        4 * (BATCH * 128 + 128 * 128 + 1 * 128 + BATCH * 128),
        entry(nanda, "MatMul", "blocks.0.attn.W_O").cost().bytes(),
        "z, W_O, the one row of \"=\" that all add, out");
    assertEquals(
        4 * (BATCH * 128 + BATCH * 12 + 1 * 128 + 2 * 227 * 128),
        only(nanda, "Attention").cost().bytes(),
        "z, probabilities, the one query, keys and values");
    assertEquals(
        4 * (BATCH * 512 + BATCH * 512 + BATCH * 128 + 128 * 512),
        entry(nanda, "MatMulInputGradient", "blocks.0.mlp.W_out").cost().bytes(),
        "gradient in, hidden, gradient out, W_out");
    assertEquals(4 * 2 * BATCH * 114, only(nanda, "LossAndGradient").cost().bytes());
  }

  @Test
  void totalsAreSumsOfTheirEntries() {
    for (Ledger ledger : List.of(nanda, power)) {
      Cost sum = Cost.NONE;
      for (Ledger.Phase phase : Ledger.Phase.values()) {
        sum = sum.plus(ledger.total(phase));
        assertTrue(ledger.total(phase).flops() > 0, phase.name());
      }
      assertEquals(sum, ledger.total());
      assertEquals(sum.flops() - ledger.total(Ledger.Phase.UPDATE).flops(), ledger.plannedFlops());
    }
  }

  /** DESIGN's 3.7 against 13.8 counts products only. */
  @Test
  void nanda2023PlannedAndNaive() {
    long perLossRow = 3 * 2 * (128 * 128 + 2 * 128 * 512 + 128 * 114);
    assertEquals(3_723_863_040L, BATCH * perLossRow, "W_O, MLP and unembedding alone");
    long perSharedRow = 3 * 2 * 2 * 128 * 128;
    long products = BATCH * perLossRow + 227 * perSharedRow + 3 * 2 * 128 * 128;
    assertEquals(3.77, products / 1e9, 0.005);
    // For each element in W_O, W_in and W_out: residual; bias and ReLU; bias and residual.
    // Backward:
    // ReLU, residual, the queries' and the residual's readers, biases, loss.
    long rest = 128 + 2 * 512 + 2 * 128 + 2 * 512 + 128 + 2 * 128 + (512 + 128) + 6 * 114;
    long attended = 4 * 3 * ((4 * 32 + 6) + (4 * 32 + 5) + 4 * 32);
    // Token + position, their two gradients, the addend of V; the addend of Q.
    long shared = 227 * 128 * 4 + 128;
    assertEquals(products + BATCH * (rest + attended) + shared, nanda.plannedFlops());
    assertEquals(3.80, nanda.plannedFlops() / 1e9, 0.005);

    long perRow = 3 * 2 * (4 * 128 * 128 + 2 * 128 * 512);
    long unembedding = 3 * 2 * 128 * 114;
    long naive = 3 * BATCH * perRow + 3 * BATCH * unembedding;
    long attention = 3 * BATCH * 4 * 3 * (3 * 4 * 32 + 11);
    // Token + position and both gradients 3, residuals 4, addends of K, Q and V 2; both biases with
    // their gradients, and ReLU 1 + 2.
    long elementwise = 3 * BATCH * (128 * 9 + 2 * (512 + 128) + 3 * 512) + BATCH * 6 * 114;
    assertEquals(naive + attention + elementwise, nanda.naiveFlops());
    assertEquals(14.66, nanda.naiveFlops() / 1e9, 0.005);
    assertEquals(13.89, (naive - 2 * BATCH * unembedding) / 1e9, 0.005);
  }

  /** DESIGN's 1.8 against 4.9: the plan's products are 1.92, since positions 0 and 1 count, too. */
  @Test
  void power2022PlannedAndNaive() {
    long mlp = 3 * 2 * (128 * 128 + 2 * 128 * 512);
    long projection = 3 * 2 * 128 * 128;
    long unembedding = 3 * 2 * 128 * 99;
    // "a" 97, "op" 1, "b" 96 (no division by 0), "=" 1.
    long inputs = 97 + 1 + 96 + 1;
    long firstOutputs = 97 + 97 + 2 * 512;
    long products =
        inputs * 3 * projection
            + firstOutputs * (mlp + 2 * projection)
            + 512 * (projection + mlp + unembedding);
    assertEquals(1.92, products / 1e9, 0.005);
    long norms = (firstOutputs + 512) * 2 * 128 * (8 + 10 + 5);
    // Residuals of W_O and W_out, ReLU; ReLU's derivative, the residual's gradient.
    long elementwise = (firstOutputs + 512) * (2 * 128 + 512 + 2 * 512 + 128);
    long keys = 97 * 1 + 97 * 2 + 512 * 3 + 512 * 4 + 512 * 4;
    long attention = keys * 4 * ((4 * 32 + 6) + (4 * 32 + 5) + 4 * 32);
    // Queries and residuals of the first layer, residuals of the second, whose queries are per
    // example; addends of V and Q; token + position and the token's gradient.
    long sums = 2 * firstOutputs + 512 + (inputs + firstOutputs) + (inputs + 512) + 2 * inputs;
    assertEquals(
        products + norms + elementwise + attention + 128 * sums + 512 * 99 * 6,
        power.plannedFlops());
    assertEquals(1.94, power.plannedFlops() / 1e9, 0.005);

    long rows = 4 * 512;
    long naive = rows * (2 * (mlp + 3 * projection) + unembedding);
    assertEquals(4.87, (naive - 3 * 512 * unembedding) / 1e9, 0.005, "products, one unembedding");
    assertEquals(5.05, power.naiveFlops() / 1e9, 0.005);
  }

  @Test
  void arenaOfNanda2023() {
    Ledger.Arena arena = nanda.arena();
    long parameters = 114 * 128 + 3 * 128 + 4 * 128 * 128 + 2 * 128 * 512 + 512 + 128 + 128 * 114;
    assertEquals(4 * parameters, arena.parameters());
    assertEquals(4 * parameters, arena.gradients());
    assertEquals(8 * parameters, arena.moments());
    assertEquals(0, arena.gradientEma());
    // Shared: embedded, k and v, with their gradients, and "="'s q with its own. For each example:
    // z, dz, dq; probabilities and scores; x + attention, hidden, out, each with its gradient;
    // logits.
    long shared = 6 * 227 * 128 + 2 * 128;
    long perExample = 3 * 128 + 2 * 12 + 2 * (128 + 512 + 128) + 114;
    assertEquals(4 * (shared + BATCH * perExample), arena.buffers());
    assertEquals(arena.buffers() + 16 * parameters, arena.bytes());
  }

  @Test
  void filtersAddToUpdateAndArena() {
    Ledger filtered =
        Ledger.of(
            Planner.plan(
                ConfiguredCohorts.cohort(
                    "nanda-2023",
                    "optimizer.grokfast_ema={alpha: 0.98, lambda: 2.0}",
                    "optimizer.orthogonal_gradient=true")));
    assertEquals(226_816L * (15 + 5 + 11), filtered.total(Ledger.Phase.UPDATE).flops());
    assertEquals(226_816L * 4 * (7 + 4 + 3), filtered.total(Ledger.Phase.UPDATE).bytes());
    assertEquals(226_816L * 4, filtered.arena().gradientEma());
    assertEquals(nanda.plannedFlops(), filtered.plannedFlops());
  }

  /** Without positions, attention or sharing, what a planner saves of an MLP is its first layer. */
  @Test
  void anMlpSavesItsOneHotProducts() {
    Dataset dataset = SmallRuns.addition(7, 49);
    ModelConfig.Mlp config =
        new ModelConfig.Mlp(
            List.of(5, 4), true, Activation.RELU, Initialization.UNIFORM_FAN_IN, 1.0);
    Cohort cohort =
        Cohort.of(
            SmallRuns.config(config, SmallRuns.adamw(), Loss.MSE, OptionalInt.of(10), 0),
            dataset,
            Model.of(config, dataset),
            33);
    Ledger ledger = Ledger.of(Planner.plan(cohort));
    long loss = 10 * 7 * 4;
    long lastTwo = 10 * (3 * 2 * (5 * 4 + 4 * 7) + 2 * (4 + 7) + 3 * 4);
    // Two rows and the bias summed, ReLU, its derivative; then each summed into a gradient.
    long looked = 10 * 5 * (2 + 1 + 2 + 3);
    assertEquals(loss + lastTwo + looked, ledger.plannedFlops());
    long multiplied = 10 * (2 * 2 * 14 * 5 + 2 * 5 + 3 * 5);
    assertEquals(loss + lastTwo + multiplied, ledger.naiveFlops());
  }

  @Test
  void predictionIsARoofline() {
    Cost total = nanda.total();
    double slowMemory = nanda.predictSeconds(new Peaks("slow memory", 1e30, 1e9));
    assertEquals(total.bytes() / 1e9, slowMemory, 1e-12 * slowMemory);
    double slowArithmetic = nanda.predictSeconds(new Peaks("slow arithmetic", 1e9, 1e30));
    assertEquals(total.flops() / 1e9, slowArithmetic, 1e-12 * slowArithmetic);
    // In between some operations wait for one and some for the other.
    Peaks even = new Peaks("even", 100e9, 10e9);
    double seconds = nanda.predictSeconds(even);
    assertTrue(seconds > even.seconds(total), () -> "seconds=" + seconds);
    assertTrue(seconds < total.flops() / 100e9 + total.bytes() / 10e9, () -> "seconds=" + seconds);
    assertEquals(2.0, new Peaks("", 10, 4).seconds(new Cost(20, 4)));
    assertEquals(3.0, new Peaks("", 10, 4).seconds(new Cost(20, 12)));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void peaksArePositiveNumbers(double rate) {
    IllegalArgumentException flops =
        assertThrows(IllegalArgumentException.class, () -> new Peaks("x", rate, 1));
    assertTrue(flops.getMessage().contains("flopsPerSecond=" + rate), flops.getMessage());
    IllegalArgumentException bytes =
        assertThrows(IllegalArgumentException.class, () -> new Peaks("x", 1, rate));
    assertTrue(bytes.getMessage().contains("bytesPerSecond=" + rate), bytes.getMessage());
  }

  @Test
  void entriesNameWhatIsWritten() {
    List<List<String>> lookups = new ArrayList<>();
    for (Ledger.Entry entry : nanda.entries()) {
      if (entry.kind().equals("LookupSum")) {
        lookups.add(entry.writes());
      }
    }
    assertEquals(
        List.of(
            List.of("embedded.shared[0..112]"),
            List.of("embedded.shared[113..225]"),
            List.of("embedded.shared[226]")),
        lookups);
    assertEquals(
        List.of("blocks.0.mlp.W_in", "blocks.0.mlp.b_in"),
        gradient(nanda, "blocks.0.mlp.W_in").writes());
    assertEquals(
        List.of("blocks.0.attn.z.examples", "blocks.0.attn.probabilities.2.examples"),
        only(nanda, "Attention").writes());
  }

  private static void check(Ledger ledger, String kind, String weight, long rows, long flops) {
    Ledger.Entry entry = entry(ledger, kind, weight);
    assertEquals(rows, entry.rows(), kind + " " + weight);
    assertEquals(flops, entry.cost().flops(), kind + " " + weight);
  }

  private static void checkGradient(Ledger ledger, String parameter, long rows, long flops) {
    Ledger.Entry entry = gradient(ledger, parameter);
    assertEquals(rows, entry.rows(), parameter);
    assertEquals(flops, entry.cost().flops(), parameter);
  }

  private static long flops(Ledger ledger, String kind) {
    return ledger.entries().stream()
        .filter(entry -> entry.kind().equals(kind))
        .mapToLong(entry -> entry.cost().flops())
        .sum();
  }

  private static Ledger.Entry only(Ledger ledger, String kind) {
    List<Ledger.Entry> found =
        ledger.entries().stream().filter(entry -> entry.kind().equals(kind)).toList();
    assertEquals(1, found.size(), () -> kind + " " + found);
    return found.getFirst();
  }

  private static Ledger.Entry entry(Ledger ledger, String kind, String weight) {
    List<Ledger.Entry> found =
        ledger.entries().stream()
            .filter(entry -> entry.kind().equals(kind))
            .filter(entry -> entry.weight().equals(java.util.Optional.of(weight)))
            .toList();
    assertEquals(1, found.size(), () -> kind + " " + weight + " " + found);
    return found.getFirst();
  }

  private static Ledger.Entry gradient(Ledger ledger, String parameter) {
    List<Ledger.Entry> found =
        ledger.entries().stream()
            .filter(entry -> entry.phase() == Ledger.Phase.PARAMETER_GRADIENTS)
            .filter(entry -> entry.writes().contains(parameter))
            .toList();
    assertEquals(1, found.size(), () -> parameter + " " + found);
    return found.getFirst();
  }
}

package longrun.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.Normalization;
import longrun.config.Positional;
import longrun.model.Model;
import longrun.task.Dataset;
import longrun.testing.SmallRuns;
import org.junit.jupiter.api.Test;

/** Which positions are shared, per example or dead at which batch size. */
class BoundariesTest {
  @Test
  void nanda2023Has227DistinctInputs() {
    assertEquals(
        Map.of("input", "113s 113s 1s", "after layer 0", "dead dead 3830"),
        boundaries(ConfiguredCohorts.cohort("nanda-2023")));
    int inputs =
        Planner.plan(ConfiguredCohorts.cohort("nanda-2023")).boundaries().stream()
            .filter(rows -> rows.boundary().equals("input"))
            .mapToInt(PositionRows::rows)
            .sum();
    assertEquals(227, inputs);
  }

  /** Nothing changes when everything trains: 12,769 prefixes are not fewer than the batch. */
  @Test
  void everyExampleTrains() {
    assertEquals(
        Map.of("input", "113s 113s 1s", "after layer 0", "dead dead 12769"),
        boundaries(ConfiguredCohorts.cohort("nanda-2023", "task.train_fraction=1.0")));
    assertEquals(
        Map.of(
            "input", "113s 113s 1s",
            "after layer 0", "113s 12769 12769",
            "after layer 1", "dead dead 12769"),
        boundaries(
            ConfiguredCohorts.cohort("nanda-2023", "task.train_fraction=1.0", "model.layers=2")));
  }

  @Test
  void power2022SharesTheOperatorToo() {
    assertEquals(
        Map.of(
            "input", "97s 1s 96s 1s",
            "after layer 0", "97s 97s 512 512",
            "after layer 1", "dead dead dead 512"),
        boundaries(ConfiguredCohorts.cohort("power-2022")));
  }

  /** 96 divisors are not fewer than 96 examples; 96 are fewer than 97. */
  @Test
  void aBatchAsSmallAsTheOperandsOrSmaller() {
    assertEquals(
        Map.of(
            "input", "96 1s 96 1s",
            "after layer 0", "96 96 96 96",
            "after layer 1", "dead dead dead 96"),
        boundaries(ConfiguredCohorts.cohort("power-2022", "training.batch_size=96")));
    assertEquals(
        Map.of(
            "input", "97 1s 96s 1s",
            "after layer 0", "97 97 97 97",
            "after layer 1", "dead dead dead 97"),
        boundaries(ConfiguredCohorts.cohort("power-2022", "training.batch_size=97")));
  }

  @Test
  void aBatchOfOneSharesNothing() {
    assertEquals(
        Map.of("input", "1 1 1", "after layer 0", "dead dead 1"),
        boundaries(ConfiguredCohorts.cohort("nanda-2023", "training.batch_size=1")));
  }

  @Test
  void permutationsOfFiveThings() {
    String task =
        "task={kind: permutation, operation: compose, format: a op b =, train_fraction: 0.5}";
    assertEquals(
        Map.of(
            "input", "120s 1s 120s 1s",
            "after layer 0", "120s 120s 512 512",
            "after layer 1", "dead dead dead 512"),
        boundaries(ConfiguredCohorts.cohort("power-2022", task)));
    assertEquals(
        Map.of(
            "input", "100 1s 100 1s",
            "after layer 0", "100 100 100 100",
            "after layer 1", "dead dead dead 100"),
        boundaries(ConfiguredCohorts.cohort("power-2022", task, "training.batch_size=100")));
  }

  @Test
  void aConstantFirstTokenIsOneRowForEver() {
    assertEquals(
        Map.of(
            "input", "1s 5s 5s",
            "after layer 0", "1s 5s 17",
            "after layer 1", "1s 5s 17",
            "after layer 2", "dead dead 17"),
        boundaries(cohort(OddDatasets.constantFirstToken(5), 3, 17)));
  }

  /** Labels belong to examples, so the loss position is per example even where prefixes repeat. */
  @Test
  void repeatedExamplesShareAllButTheLossPosition() {
    assertEquals(
        Map.of("input", "5s 5s 1s", "after layer 0", "5s 25s 25s", "after layer 1", "dead dead 30"),
        boundaries(cohort(OddDatasets.repeatedExamples(5), 2, 30)));
  }

  @Test
  void distinctValuesAreCountedWhereNothingIsShared() {
    List<Integer> distinct =
        Planner.plan(ConfiguredCohorts.cohort("nanda-2023")).boundaries().stream()
            .map(PositionRows::distinctValues)
            .toList();
    assertEquals(List.of(113, 113, 1, 113, 12_769, 12_769), distinct);
  }

  @Test
  void anMlpHasARowForEachExample() {
    assertEquals(
        Map.of("every layer", "5107"), boundaries(ConfiguredCohorts.cohort("prieto-2025")));
  }

  private static Cohort cohort(Dataset dataset, int layers, int batch) {
    ModelConfig.Transformer model =
        new ModelConfig.Transformer(
            layers,
            4,
            1,
            4,
            4,
            Activation.RELU,
            Normalization.NONE,
            Positional.LEARNED,
            false,
            false,
            false,
            false,
            Initialization.NORMAL_FAN_IN,
            1.0);
    return Cohort.of(
        SmallRuns.config(model, SmallRuns.adamw(), Loss.CROSS_ENTROPY, OptionalInt.of(batch), 0),
        dataset,
        Model.of(model, dataset),
        dataset.examples());
  }

  /** For each boundary its positions: {@code 113s} is shared, {@code 512} per example. */
  private static Map<String, String> boundaries(Cohort cohort) {
    Map<String, String> boundaries = new LinkedHashMap<>();
    for (PositionRows rows : Planner.plan(cohort).boundaries()) {
      String text =
          switch (rows.sharing()) {
            case SHARED -> rows.rows() + "s";
            case PER_EXAMPLE -> Integer.toString(rows.rows());
            case DEAD -> "dead";
          };
      boundaries.merge(rows.boundary(), text, (before, next) -> before + " " + next);
    }
    return boundaries;
  }
}

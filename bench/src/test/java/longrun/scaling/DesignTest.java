package longrun.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import longrun.config.ConfigReader;
import longrun.config.ModelConfig;
import longrun.measure.Setting;
import longrun.measure.Subject;
import longrun.train.PreparedRun;
import org.junit.jupiter.api.Test;

class DesignTest {
  private static final Subject BASE =
      new Subject(
          "nanda-2023",
          PreparedRun.of(
              ConfigReader.read(Path.of("../configs/nanda-2023.yaml"), List.of()),
              Optional.empty()));
  private static final List<Planned> POINTS = new Design(BASE, 2, Optional.empty()).points();

  private static List<Planned> points(Axis axis) {
    return POINTS.stream().filter(point -> point.axis() == axis).toList();
  }

  private static List<Integer> values(Axis axis) {
    return points(axis).stream().map(Planned::value).toList();
  }

  @Test
  void everyAxisHasItsValues() {
    assertEquals(List.of(1, 2, 4, 8, 16, 32, 64, 128, 256), values(Axis.SLOTS));
    assertEquals(List.of(32, 64, 128, 256, 512, 1024), values(Axis.D_MODEL));
    assertEquals(List.of(31, 59, 113, 211, 331, 509), values(Axis.MODULUS));
    assertEquals(List.of(3, 4, 8, 16, 32, 64), values(Axis.SEQUENCE));
    assertEquals(List.of(1, 2, 1, 2), values(Axis.THREADS));
    assertEquals(List.of(1, 2, 4, 6), Design.threadCounts(6));
    assertEquals(List.of(1), Design.threadCounts(1));
  }

  @Test
  void theBaseIsAPointOfEveryAxisOfTasksAndMeasuredOnce() {
    Set<Setting> settings = new HashSet<>();
    POINTS.forEach(point -> settings.add(point.setting()));
    assertEquals(BASE, points(Axis.D_MODEL).get(2).subject());
    assertEquals(BASE, points(Axis.MODULUS).get(2).subject());
    // Of 31 points three are one run on all threads, two are two runs on two, two one on one.
    assertEquals(31, POINTS.size());
    assertEquals(26, settings.size());
  }

  @Test
  void aValueIsWhatIsTrained() {
    for (Planned point : points(Axis.D_MODEL)) {
      ModelConfig.Transformer model =
          (ModelConfig.Transformer) point.subject().run().config().model();
      assertEquals(point.value(), model.dModel());
      assertEquals(point.value(), model.heads() * model.dHead());
      assertEquals(4 * point.value(), model.dMlp());
    }
    for (Planned point : points(Axis.MODULUS)) {
      int examples = point.value() * point.value();
      assertEquals(examples, point.subject().run().dataset().examples());
      assertEquals(examples * 3 / 10, point.subject().run().cohort().batchExamples());
    }
    for (Planned point : points(Axis.SEQUENCE)) {
      assertEquals(point.value(), point.subject().run().dataset().context());
      assertEquals(RandomSequences.TRAIN_EXAMPLES, point.subject().run().cohort().batchExamples());
    }
    for (Planned point : points(Axis.SLOTS)) {
      assertEquals(point.value(), point.contender().slots());
    }
    for (Planned point : points(Axis.THREADS)) {
      assertEquals(point.value(), point.contender().threads().orElseThrow());
    }
  }

  @Test
  void withoutAProcessorThereAreNoThreads() {
    assertEquals(List.of(), new Design(BASE, 0, Optional.empty()).points());
  }

  @Test
  void onlyATransformerOnAModularTaskHasAllAxes() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Design.modulus(Samples.tiny("mlp", "model={kind: mlp, hidden: [4]}").run().config()));
  }
}

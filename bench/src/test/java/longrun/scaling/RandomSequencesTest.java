package longrun.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import longrun.config.Precision;
import longrun.cpu.CpuEngine;
import longrun.measure.Bench;
import longrun.measure.Contender;
import longrun.measure.DeviceMeter;
import longrun.measure.Outcome;
import longrun.measure.Subject;
import longrun.task.Dataset;
import longrun.train.PreparedRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RandomSequencesTest {
  private static final int P = 7;

  private static PreparedRun run(int length) {
    return RandomSequences.of(Samples.tiny("tiny").run().config(), P, length);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 64})
  void theAnswerIsTheSumOfAllNumbers(int length) {
    Dataset dataset = run(length).dataset();
    assertEquals(length, dataset.context());
    for (int example = 0; example < dataset.examples(); example++) {
      int sum = 0;
      for (int position = 0; position < length - 1; position++) {
        int token = dataset.token(example, position);
        assertTrue(token >= 0 && token < P, "example=" + example + " token=" + token);
        sum += token;
      }
      assertEquals(P, dataset.token(example, length - 1));
      assertEquals(sum % P, dataset.answer(example));
    }
  }

  @Test
  void theyAreTheSameEachTimeAndDifferFromEachOther() {
    assertTrue(run(16).dataset().hasInputsOf(run(16).dataset()));
    Dataset dataset = run(16).dataset();
    long distinct =
        IntStream.range(0, dataset.examples())
            .mapToObj(
                example ->
                    IntStream.range(0, 16)
                        .mapToObj(position -> "" + dataset.token(example, position))
                        .toList())
            .distinct()
            .count();
    assertEquals(dataset.examples(), distinct);
  }

  @Test
  void anEngineTrainsThemInAnyPrecisionOfTheirs() {
    Subject subject = new Subject("sequences", run(8));
    assertEquals(8, subject.in(Precision.TF32).run().dataset().context());
    assertEquals(Precision.TF32, subject.in(Precision.TF32).run().cohort().precision());
    Contender contender =
        new Contender(new CpuEngine(2), OptionalInt.of(2), 3, Precision.FP32, false);
    Outcome outcome =
        new Bench(0.01, 1, Optional.empty(), DeviceMeter.NONE)
            .measure(subject, contender, UnaryOperator.identity(), Optional.empty());
    assertTrue(outcome instanceof Outcome.Measured, outcome.toString());
  }
}

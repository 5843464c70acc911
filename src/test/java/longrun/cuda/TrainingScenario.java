package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.OptionalInt;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.RunConfig;
import longrun.engine.Evaluation;
import longrun.engine.Run;
import longrun.engine.Session;
import longrun.model.Model;
import longrun.plan.Cohort;
import longrun.task.Dataset;
import longrun.task.Split;
import longrun.testing.SmallRuns;

/** A session from its opening to its end, with everything that it can be asked for. */
final class TrainingScenario {
  private static final Dataset DATASET = SmallRuns.addition(5, 25);

  private TrainingScenario() {}

  static void run() {
    ModelConfig config =
        new ModelConfig.Mlp(List.of(6), true, Activation.RELU, Initialization.UNIFORM_FAN_IN, 1);
    Model model = Model.of(config, DATASET);
    Split split = SmallRuns.split(DATASET, 1);
    RunConfig run =
        SmallRuns.config(config, SmallRuns.adamw(), Loss.CROSS_ENTROPY, OptionalInt.of(4), 1);
    try (CudaContext context = CudaContext.open();
        Session session =
            new CudaEngine(context).open(Cohort.of(run, DATASET, model, split.train().length), 2)) {
      session.load(
          1, new Run(run, split, DATASET.answers()), SmallRuns.initialState(model, 1, false));
      session.advance(12);
      Evaluation seen = session.evaluate().getFirst();
      assertEquals(12, seen.step());
      assertFalse(seen.diverged());
      session.gradients(1);
      assertEquals(12, session.save(1).step());
      session.unload(1);
    }
  }
}

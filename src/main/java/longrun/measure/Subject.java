package longrun.measure;

import java.util.List;
import java.util.Optional;
import longrun.config.ConfigReader;
import longrun.config.Precision;
import longrun.config.RunConfig;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.plan.Cohort;
import longrun.train.InitialState;
import longrun.train.PreparedRun;

/** A configuration to be measured: runs of it that differ in their seed. */
public record Subject(String name, PreparedRun run) {

  /** The same in another precision. */
  public Subject in(Precision precision) {
    if (run.config().training().precision() == precision) {
      return this;
    }
    RunConfig config = override("training.precision=" + Setting.text(precision));
    return new Subject(
        name,
        new PreparedRun(
            config,
            run.dataset(),
            run.split(),
            run.splitGiven(),
            run.labels(),
            run.model(),
            Cohort.of(config, run.dataset(), run.model(), run.split().train().length)));
  }

  /** Steps after which every example has been read once, and the last of them may be smaller. */
  int stepsPerEpoch() {
    Cohort cohort = run.cohort();
    return Math.ceilDiv(cohort.trainExamples(), cohort.batchExamples());
  }

  /** Loads a session's slots with runs at step 0, the first with the configuration's own seed. */
  void loadAll(Session session, int parameterBits) {
    for (int slot = 0; slot < session.slots(); slot++) {
      RunConfig config = override("training.seed=" + (run.config().training().seed() + slot));
      PreparedRun seeded =
          new PreparedRun(
              config,
              run.dataset(),
              run.split(),
              run.splitGiven(),
              run.labels(),
              run.model(),
              run.cohort());
      RunState state = InitialState.of(seeded, Optional.empty(), parameterBits);
      session.load(slot, new Run(config, run.split(), run.labels()), state);
    }
  }

  private RunConfig override(String value) {
    return ConfigReader.override(run.config(), List.of(value));
  }
}

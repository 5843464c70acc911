package longrun.plan;

import longrun.config.ModelConfig;

/** Makes the plan of a cohort. */
public final class Planner {
  private Planner() {}

  /** What one step has to compute for runs of this cohort. */
  public static Plan plan(Cohort cohort) {
    return switch (cohort.model().config()) {
      case ModelConfig.Transformer config -> new TransformerPlanner(cohort, config).plan();
      case ModelConfig.Mlp config -> MlpPlanner.plan(cohort, config);
    };
  }
}

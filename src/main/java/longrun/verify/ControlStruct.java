package longrun.verify;

import java.util.Optional;
import longrun.config.OptimizerConfig;
import longrun.config.OptimizerConfig.GrokfastEma;
import longrun.config.OptimizerKind;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/** What the host writes into a slot's control structure when it loads a run. */
final class ControlStruct {
  static final OptimizerConfig ADAMW =
      new OptimizerConfig(
          OptimizerKind.ADAMW, 1e-3, 1.0, 0.9, 0.98, 1e-8, 10, Optional.empty(), false);

  /** Grokfast's defaults. */
  static final GrokfastEma EMA = new GrokfastEma(0.98, 2.0);

  private ControlStruct() {}

  /** No step in progress, no epoch's order known. */
  static Struct of(OptimizerConfig config, long step, long seed) {
    GrokfastEma ema = config.grokfastEma().orElse(new GrokfastEma(0, 0));
    return KernelParameters.CONTROL
        .create()
        .set("step", step)
        .set("epoch", -1)
        .set("seed", seed)
        .set("learningRate", config.learningRate())
        .set("weightDecay", config.weightDecay())
        .set("beta1", config.beta1())
        .set("beta2", config.beta2())
        .set("epsilon", config.epsilon())
        .set("emaAlpha", ema.alpha())
        .set("emaLambda", ema.lambda())
        .set("warmupSteps", config.warmupSteps())
        .set("coupledDecay", config.kind() == OptimizerKind.ADAM ? 1 : 0)
        .set("diverged", 0)
        .set("pending", 0)
        .set("lossNotFinite", 0)
        .set("parameterNotFinite", 0)
        .set("examples", 0)
        .set("firstExample", 0)
        .set("epochStarts", 0)
        .set("keep", 0.0)
        .set("decay", 0.0)
        .set("stepSize", 0.0)
        .set("rootCorrection", 0.0)
        .set("emaKeep", 0.0)
        .set("emaTake", 0.0)
        .set("epochOfStep", 0);
  }
}

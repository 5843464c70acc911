package longrun.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import longrun.config.ModelConfig;
import longrun.config.Normalization;
import longrun.train.PreparedRun;

/** The lines that say what is about to train. */
final class RunHeader {
  private RunHeader() {}

  static List<String> lines(
      Engines.Selection engine, PreparedRun run, Path folder, long step, boolean resumed) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "engine  "
            + engine.engine().name()
            + ": "
            + engine.engine().description()
            + " ("
            + engine.reason()
            + ")");
    lines.add(
        "task    "
            + run.dataset().name()
            + ": "
            + Texts.count(run.split().train().length)
            + " examples train, "
            + Texts.count(run.split().validation().length)
            + " validate"
            + (run.splitGiven() ? " (split given)" : ""));
    lines.add(
        "model   "
            + describe(run.model().config())
            + ": "
            + Texts.count(run.model().elements())
            + " parameters");
    long steps = run.config().training().steps();
    lines.add(
        "run     "
            + folder
            + (resumed
                ? ": going on at step " + Texts.count(step) + " of " + Texts.count(steps)
                : ": " + Texts.steps(steps)));
    return lines;
  }

  /** A model in a line. */
  static String describe(ModelConfig config) {
    return switch (config) {
      case ModelConfig.Transformer transformer ->
          "transformer, "
              + transformer.layers()
              + (transformer.layers() == 1 ? " layer, " : " layers, ")
              + transformer.heads()
              + (transformer.heads() == 1 ? " head, " : " heads, ")
              + "d_model "
              + transformer.dModel()
              + ", "
              + word(transformer.activation())
              + (transformer.normalization() == Normalization.NONE
                  ? ", no normalization"
                  : ", " + word(transformer.normalization()) + " normalization");
      case ModelConfig.Mlp mlp -> "MLP, hidden " + mlp.hidden() + ", " + word(mlp.activation());
    };
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}

package longrun.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import longrun.config.ModelConfig;
import longrun.config.OptimizerConfig;
import longrun.config.TaskConfig;
import longrun.config.TrainingConfig;
import longrun.store.EngineSpan;

/** A few words for a section of a configuration. */
final class Descriptions {
  private Descriptions() {}

  /** {@code add mod 113}, {@code S5 compose}. */
  static String task(TaskConfig task) {
    return switch (task) {
      case TaskConfig.Modular modular ->
          yamlName(modular.operation()) + " mod " + modular.modulus();
      case TaskConfig.Permutation permutation ->
          "S" + permutation.degree() + " " + yamlName(permutation.operation());
    };
  }

  /** {@code add mod 113, 30% train, 5% label noise}. */
  static String taskInFull(TaskConfig task) {
    return task(task)
        + ", "
        + Numbers.shortPercent(task.trainFraction())
        + " train"
        + (task.labelNoise() > 0
            ? ", " + Numbers.shortPercent(task.labelNoise()) + " label noise"
            : "");
  }

  /** {@code transformer 1×128}: layers and width; {@code mlp 200-200}. */
  static String model(ModelConfig model) {
    return switch (model) {
      case ModelConfig.Transformer transformer ->
          "transformer " + transformer.layers() + "×" + transformer.dModel();
      case ModelConfig.Mlp mlp ->
          mlp.hidden().isEmpty()
              ? "linear"
              : "mlp "
                  + mlp.hidden().stream().map(String::valueOf).collect(Collectors.joining("-"));
    };
  }

  /** {@code adamw, learning rate 0.001, weight decay 1}. */
  static String optimizer(OptimizerConfig optimizer) {
    return yamlName(optimizer.kind())
        + ", learning rate "
        + Numbers.plain(optimizer.learningRate())
        + ", weight decay "
        + Numbers.plain(optimizer.weightDecay())
        + (optimizer.grokfastEma().isPresent() ? ", grokfast" : "")
        + (optimizer.orthogonalGradient() ? ", orthogonal gradient" : "");
  }

  /** {@code full batch, cross_entropy, fp32}. */
  static String training(TrainingConfig training) {
    return (training.batchSize().isPresent()
            ? "batch " + Numbers.count(training.batchSize().getAsInt())
            : "full batch")
        + ", "
        + yamlName(training.loss())
        + ", "
        + yamlName(training.precision());
  }

  /** {@code cpu; reference from step 1,000}; empty if nothing is known. */
  static String engines(List<EngineSpan> engines) {
    return engines.stream()
        .map(
            span ->
                span.engine()
                    + (span.fromStep() > 0 ? " from step " + Numbers.count(span.fromStep()) : ""))
        .collect(Collectors.joining("; "));
  }

  private static String yamlName(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}

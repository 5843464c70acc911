package longrun.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.config.Activation;
import longrun.config.ModelConfig;
import longrun.task.Dataset;

/**
 * Plans an MLP over one-hot pairs: its first layer is the sum of two rows of its weight, so nothing
 * is multiplied by zero.
 */
final class MlpPlanner {
  private MlpPlanner() {}

  static Plan plan(Cohort cohort, ModelConfig.Mlp config) {
    Buffers buffers = new Buffers();
    List<Operation> forward = new ArrayList<>();
    List<Operation> backward = new ArrayList<>();
    List<Operation> parameterGradients = new ArrayList<>();
    Rows rows = new Rows.PerExample(1);
    List<Integer> widths = new ArrayList<>(config.hidden());
    widths.add(cohort.model().outputs());
    int last = widths.size() - 1;
    View[] out = new View[widths.size()];
    View[] gradient = new View[widths.size()];
    List<Optional<View>> arguments = new ArrayList<>();
    List<Operation.Lookup> lookups = lookups(cohort.dataset(), config.bias());
    for (int i = 0; i <= last; i++) {
      String name = i == last ? "logits" : "hidden" + i;
      out[i] = buffers.add(name, rows, widths.get(i)).all();
      // The loss leaves the gradient of the logits in their place.
      gradient[i] = i == last ? out[i] : buffers.add(name + ".gradient", rows, widths.get(i)).all();
      Optional<Activation> activation =
          i == last ? Optional.empty() : Optional.of(config.activation());
      Optional<View> argument =
          activation.isPresent() && config.activation() != Activation.RELU
              ? Optional.of(buffers.add(name + ".argument", rows, widths.get(i)).all())
              : Optional.empty();
      arguments.add(argument);
      Optional<String> bias = config.bias() ? Optional.of("layers." + i + ".b") : Optional.empty();
      forward.add(
          i == 0
              ? new Operation.LookupSum(out[i], lookups, activation, argument)
              : new Operation.MatMul(
                  out[i], out[i - 1], weight(i), bias, Optional.empty(), activation, argument));
      if (i > 0) {
        parameterGradients.add(
            new Operation.WeightGradient(
                weight(i),
                bias,
                List.of(new Operation.WeightGradient.Term(out[i - 1], gradient[i]))));
      }
    }
    for (int i = last; i > 0; i--) {
      View saved = arguments.get(i - 1).orElse(out[i - 1]);
      backward.add(
          new Operation.MatMulInputGradient(
              gradient[i - 1],
              Optional.empty(),
              gradient[i],
              weight(i),
              Optional.of(new Operation.ActivationDerivative(config.activation(), saved))));
    }
    List<Operation.LookupGradient.Term> terms = new ArrayList<>();
    for (Operation.Lookup lookup : lookups) {
      if (lookup instanceof Operation.Lookup.ParameterRow) {
        terms.add(new Operation.LookupGradient.Term(gradient[0], lookup));
      } else {
        parameterGradients.add(
            new Operation.LookupGradient(
                "layers.0.b", List.of(new Operation.LookupGradient.Term(gradient[0], lookup))));
      }
    }
    parameterGradients.add(new Operation.LookupGradient(weight(0), terms));
    return new Plan(
        cohort,
        List.of(
            new PositionRows(
                "every layer",
                0,
                PositionRows.Sharing.PER_EXAMPLE,
                cohort.dataset().examples(),
                cohort.batchExamples())),
        buffers.list(),
        forward,
        new Operation.LossAndGradient(out[last], cohort.loss()),
        backward,
        parameterGradients);
  }

  private static String weight(int layer) {
    return "layers." + layer + ".W";
  }

  private static List<Operation.Lookup> lookups(Dataset dataset, boolean bias) {
    int n = dataset.operandCount();
    List<Operation.Lookup> lookups = new ArrayList<>();
    for (int which = 0; which < 2; which++) {
      int[] rowOf = new int[dataset.examples()];
      for (int example = 0; example < rowOf.length; example++) {
        rowOf[example] = which * n + dataset.operand(example, which);
      }
      lookups.add(
          new Operation.Lookup.ParameterRow(
              weight(0), new RowIndex("operand " + which + " by example", rowOf, 2 * n)));
    }
    if (bias) {
      lookups.add(new Operation.Lookup.FixedParameterRow("layers.0.b", 0));
    }
    return lookups;
  }
}

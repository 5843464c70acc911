package longrun.libtorch;

import java.util.Optional;
import longrun.libtorch.Experiment.AdamWSettings;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** One run: a model, its optimizer, and how many steps it has taken. */
final class Run {
  private final AdamWSettings settings;
  private final Examples examples;
  private final Optional<Tensor[]> batches;
  private final Transformer model;
  private final AdamW optimizer;
  private long step;

  /** At step 0. What native memory it holds is freed with the scope in which it is made. */
  Run(Experiment experiment, int run, Examples examples, Device device) {
    this.settings = experiment.optimizer();
    this.examples = examples;
    this.batches = examples.batches(run);
    model =
        new Transformer(
            experiment.model(),
            new InitialParameters(experiment.initial(run)),
            experiment.positional());
    model.to(device, false);
    optimizer = new AdamW(model.parameters(), options(settings));
  }

  private static AdamWOptions options(AdamWSettings settings) {
    AdamWOptions options = new AdamWOptions(settings.learningRate());
    options.eps().put(settings.epsilon());
    options.weight_decay().put(settings.weightDecay());
    // A std::tuple, which some C++ libraries lay out from its last element to its first. The
    // defaults, 0.9 and 0.999, tell which comes first here.
    DoublePointer betas = options.betas();
    int first = betas.get(0) < betas.get(1) ? 0 : 1;
    betas.put(first, settings.beta1());
    betas.put(1L - first, settings.beta2());
    return options;
  }

  /** One update. */
  void step() {
    try (PointerScope scope = new PointerScope()) {
      optimizer.param_groups().get(0).options().set_lr(settings.learningRateAt(step + 1));
      optimizer.zero_grad();
      Tensor loss = loss(scope);
      loss.backward();
      optimizer.step();
    }
    step++;
  }

  /**
   * Mean cross entropy of the next batch. A scope of its own frees what the gradient does not need
   * before the backward pass begins.
   */
  private Tensor loss(PointerScope outer) {
    try (PointerScope _ = new PointerScope()) {
      Tensor tokens = examples.tokens();
      Tensor labels = examples.labels();
      if (batches.isPresent()) {
        Tensor batch = batches.get()[(int) (step % batches.get().length)];
        tokens = tokens.index_select(0, batch);
        labels = labels.index_select(0, batch);
      }
      Tensor loss = torch.cross_entropy(model.forward(tokens), labels);
      outer.attach(loss);
      return loss;
    }
  }

  /** Mean cross entropy over all training examples, a batch at a time. */
  double trainLoss() {
    double sum = 0;
    for (long begin = 0; begin < examples.count(); begin += examples.batch()) {
      long count = Math.min(examples.batch(), examples.count() - begin);
      try (PointerScope _ = new PointerScope();
          NoGradGuard _ = new NoGradGuard()) {
        Tensor logits = model.forward(examples.tokens().narrow(0, begin, count));
        sum +=
            count
                * torch
                    .cross_entropy(logits, examples.labels().narrow(0, begin, count))
                    .item_double();
      }
    }
    return sum / examples.count();
  }
}

package longrun.config;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What has to hold between keys, each of which is valid in itself. */
final class ConfigRules {
  /** Two gigabytes of doubles; the largest model published for these tasks has under a million. */
  private static final long MAX_PARAMETERS = 1L << 28;

  private ConfigRules() {}

  /**
   * Adds a problem for every rule that is broken.
   *
   * @param placeOf where a path was written
   */
  static void check(RunConfig config, Function<String, Node.Place> placeOf, Problems problems) {
    if (config.task() instanceof TaskConfig.Modular task) {
      checkDivision(task, placeOf, problems);
    }
    long parameters = approximateParameters(config);
    if (parameters > MAX_PARAMETERS) {
      problems.add(
          placeOf.apply("model"),
          "model",
          String.format(
              "these sizes make about %,d parameters; allowed: up to %,d",
              parameters, MAX_PARAMETERS));
    }
  }

  private static void checkDivision(
      TaskConfig.Modular task, Function<String, Node.Place> placeOf, Problems problems) {
    boolean divides =
        task.operation() == ModularOperation.DIVIDE
            || task.operation() == ModularOperation.DIVIDE_OR_SUBTRACT;
    if (divides && !isPrime(task.modulus())) {
      String operation = ConfigSchema.MODULAR_OPERATION.type().write(task.operation());
      problems.add(
          placeOf.apply(ConfigSchema.MODULUS.path()),
          ConfigSchema.MODULUS.path(),
          task.modulus()
              + " is not prime, and task.operation "
              + operation
              + " needs a prime modulus; nearest: "
              + String.join(" and ", nearestPrimes(task.modulus())));
    }
  }

  private static List<String> nearestPrimes(int number) {
    List<String> primes = new ArrayList<>();
    for (int below = number - 1; below >= 2; below--) {
      if (isPrime(below)) {
        primes.add(Integer.toString(below));
        break;
      }
    }
    int above = number + 1;
    while (!isPrime(above)) {
      above++;
    }
    primes.add(Integer.toString(above));
    return primes;
  }

  private static boolean isPrime(int number) {
    for (int divisor = 2; divisor * divisor <= number; divisor++) {
      if (number % divisor == 0) {
        return false;
      }
    }
    return number >= 2;
  }

  /** Weights and embeddings; biases and norms are small change. */
  private static long approximateParameters(RunConfig config) {
    long operands =
        switch (config.task()) {
          case TaskConfig.Modular task -> task.modulus();
          case TaskConfig.Permutation task -> factorial(task.degree());
        };
    return switch (config.model()) {
      case ModelConfig.Transformer model -> {
        long attention = 4L * model.heads() * model.dModel() * model.dHead();
        long perLayer = attention + 2L * model.dModel() * model.dMlp();
        yield model.layers() * perLayer + 2 * (operands + 2) * model.dModel();
      }
      case ModelConfig.Mlp model -> {
        long total = 0;
        long in = 2 * operands;
        for (int width : model.hidden()) {
          total += in * width;
          in = width;
        }
        yield total + in * operands;
      }
    };
  }

  private static long factorial(int n) {
    return n <= 1 ? 1 : n * factorial(n - 1);
  }
}

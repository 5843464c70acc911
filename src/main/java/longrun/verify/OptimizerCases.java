package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.config.OptimizerConfig;
import longrun.config.OptimizerKind;
import longrun.cuda.CudaContext;

/**
 * Cases of {@code adamw}, {@code gradient_sums} and {@code weight_norm}, in the steps that {@code
 * step_begin} and {@code step_end} make.
 */
final class OptimizerCases {
  /**
   * The update is compared after a few steps, in units of |w| + learning rate: the moments are sums
   * of rounded products, the quotient doubles their error, and each step adds a rounding of w.
   */
  private static final double UPDATE_TOLERANCE = 16 * 0x1p-24;

  /** 1,024 products summed in double, the order unknown. */
  private static final double SUM_TOLERANCE = 0x1p-46;

  /** One rounding of the projected gradient, one of the factor, one of their product. */
  private static final double PROJECTION_TOLERANCE = 4 * 0x1p-24;

  private OptimizerCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    OptimizerConfig adamw = ControlStruct.ADAMW;
    OptimizerConfig filtered = OptimizerSettings.filtered(adamw);
    OptimizerConfig adam = OptimizerSettings.coupled(adamw);
    for (OptimizerConfig config :
        List.of(adamw, adam, filtered, OptimizerSettings.coupled(filtered))) {
      for (long step : new long[] {0, 1, 5, 1000}) {
        for (boolean[] active : new boolean[][] {{true}, {true, false, true}}) {
          cases.add(
              KernelCase.of(
                  "adamw",
                  OptimizerSettings.name(config) + " from step=" + step + " slots=" + active.length,
                  context -> update(context, config, step, active)));
        }
      }
    }
    for (double remainder : new double[] {1, 1e-3, 1e-6}) {
      for (OptimizerConfig config : List.of(adamw, filtered)) {
        String name = OptimizerSettings.name(config) + " remainder=" + remainder;
        cases.add(
            KernelCase.of("gradient_sums", name, context -> sums(context, config, remainder)));
        cases.add(
            KernelCase.of(
                "adamw", "orthogonal " + name, context -> orthogonal(context, config, remainder)));
      }
    }
    cases.add(KernelCase.of("adamw", "orthogonal, w = 0 and g = 0", OptimizerCases::degenerate));
    cases.add(KernelCase.of("weight_norm", "8 chunks", OptimizerCases::weightNorm));
    cases.add(KernelCase.of("adamw", "loss not finite", OptimizerCases::lossNotFinite));
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      cases.add(
          KernelCase.of("adamw", "gradient " + bad, context -> parameterNotFinite(context, bad)));
    }
    return cases;
  }

  /**
   * Five steps beside an optimizer in double, and beside one that rounds as the cpu engine does.
   */
  private static Outcome update(
      CudaContext context, OptimizerConfig config, long step, boolean... active) {
    try (OptimizerBuffers buffers = new OptimizerBuffers(context, config, step, false, active)) {
      List<ExpectedUpdate> expected = new ArrayList<>();
      for (int slot = 0; slot < active.length; slot++) {
        expected.add(new ExpectedUpdate(config, buffers, slot, step));
      }
      Comparison comparison = new Comparison(UPDATE_TOLERANCE);
      for (int i = 0; i < 5; i++) {
        buffers.drawGradients(i, 1);
        buffers.begin();
        buffers.launch("adamw");
        for (int slot : buffers.memory.activeSlots()) {
          expected.get(slot).step(buffers, buffers.control(slot));
        }
        buffers.end();
      }
      for (int slot : buffers.memory.activeSlots()) {
        expected.get(slot).compare(comparison, buffers);
        comparison.same("step", buffers.control(slot).integer("step"), step + 5);
        comparison.same("diverged", buffers.control(slot).integer("diverged"), 0);
      }
      return comparison.outcome(buffers.memory);
    }
  }

  private static Outcome sums(CudaContext context, OptimizerConfig config, double remainder) {
    try (OptimizerBuffers buffers =
        new OptimizerBuffers(context, config, 0, true, true, false, true)) {
      buffers.drawGradients(0, remainder);
      float[][] given = buffers.copy(buffers.gradients);
      buffers.begin();
      buffers.launch("gradient_sums");
      Comparison comparison = new Comparison(SUM_TOLERANCE);
      for (int slot : buffers.memory.activeSlots()) {
        for (int i = 0; i < OptimizerBuffers.FLOATS; i++) {
          float g = given[slot][i];
          if (config.grokfastEma().isPresent()) {
            comparison.sameBits("ema[" + i + "]", buffers.ema.at(slot, 0, i), g);
            g = Math.fma(g, (float) ControlStruct.EMA.lambda(), g);
          }
          comparison.sameBits("gradient[" + i + "]", buffers.gradients.at(slot, 0, i), g);
        }
        for (int chunk = 0; chunk < OptimizerBuffers.CHUNKS.length; chunk++) {
          compareSums(comparison, buffers, slot, chunk);
        }
      }
      return comparison.outcome(buffers.memory);
    }
  }

  private static void compareSums(
      Comparison comparison, OptimizerBuffers buffers, int slot, int chunk) {
    double wg = 0;
    double ww = 0;
    double gg = 0;
    int[] at = OptimizerBuffers.CHUNKS[chunk];
    for (int i = at[0]; i < at[0] + at[1]; i++) {
      double w = buffers.parameters.at(slot, 0, i);
      double g = buffers.gradients.at(slot, 0, i);
      wg += w * g;
      ww += w * w;
      gg += g * g;
    }
    double share = wg / ww;
    double rest = 0;
    for (int i = at[0]; i < at[0] + at[1]; i++) {
      double left = buffers.gradients.at(slot, 0, i) - share * buffers.parameters.at(slot, 0, i);
      rest += left * left;
    }
    String place = " of chunk " + chunk + " of slot " + slot;
    comparison.compare(
        "share" + place, buffers.sums.doubleAt(slot, 3 * chunk), share, Math.sqrt(gg / ww));
    comparison.compare("w.w" + place, buffers.sums.doubleAt(slot, 3 * chunk + 1), ww, ww);
    // What is left of each element was rounded in double, relative to the whole of it.
    comparison.compare(
        "remainder" + place,
        buffers.sums.doubleAt(slot, 3 * chunk + 2),
        rest,
        rest + Math.sqrt(rest * gg));
  }

  /** With beta1 = 0 the first moment is the projected gradient, beside two passes in double. */
  private static Outcome orthogonal(CudaContext context, OptimizerConfig config, double remainder) {
    OptimizerConfig first = OptimizerSettings.withoutMomentum(config);
    try (OptimizerBuffers buffers =
        new OptimizerBuffers(context, first, 0, true, true, false, true)) {
      buffers.drawGradients(0, remainder);
      float[][] weights = buffers.copy(buffers.parameters);
      buffers.begin();
      buffers.launch("gradient_sums");
      float[][] filtered = buffers.copy(buffers.gradients);
      buffers.launch("adamw");
      Comparison comparison = new Comparison(PROJECTION_TOLERANCE);
      for (int slot : buffers.memory.activeSlots()) {
        for (int[] tensor : OptimizerBuffers.TENSORS) {
          double[] expected = project(weights[slot], filtered[slot], tensor[0], tensor[1]);
          double mean = 0;
          for (double g : expected) {
            mean += g * g / expected.length;
          }
          for (int i = 0; i < expected.length; i++) {
            // w.g and w.w of up to 2,600 elements are sums rounded in double, here and there, and
            // the
            // projection leaves a difference: some 200 roundings of 2^-53, relative to remainder.
            double sums = 1e-3 + 1e-7 / remainder;
            double scale = Math.abs(expected[i]) + sums * Math.sqrt(mean);
            comparison.close(buffers.firstMoment, slot, 0, tensor[0] + i, expected[i], scale);
          }
        }
      }
      return comparison.outcome(buffers.memory);
    }
  }

  /** The two passes of the cpu engine, but for the rounding of what they leave. */
  private static double[] project(float[] w, float[] g, int start, int floats) {
    double wg = 0;
    double ww = 0;
    double gg = 0;
    for (int i = start; i < start + floats; i++) {
      wg += (double) w[i] * g[i];
      ww += (double) w[i] * w[i];
      gg += (double) g[i] * g[i];
    }
    double share = wg / (ww + 1e-30);
    double[] projected = new double[floats];
    double norm = 0;
    for (int i = 0; i < floats; i++) {
      projected[i] = g[start + i] - share * w[start + i];
      norm += projected[i] * projected[i];
    }
    double scale = Math.sqrt(gg) / (Math.sqrt(norm) + 1e-30);
    for (int i = 0; i < floats; i++) {
      projected[i] *= scale;
    }
    return projected;
  }

  /** Weights of zero leave the gradient as it is, a gradient of zero stays zero. */
  private static Outcome degenerate(CudaContext context) {
    OptimizerConfig config = OptimizerSettings.withoutMomentum(ControlStruct.ADAMW);
    try (OptimizerBuffers buffers = new OptimizerBuffers(context, config, 0, true, true)) {
      buffers.drawGradients(0, 1);
      int[] zeroWeights = OptimizerBuffers.TENSORS[0];
      int[] zeroGradient = OptimizerBuffers.TENSORS[2];
      for (int i = 0; i < zeroWeights[1]; i++) {
        buffers.parameters.set(0, 0, zeroWeights[0] + i, 0);
      }
      for (int i = 0; i < zeroGradient[1]; i++) {
        buffers.gradients.set(0, 0, zeroGradient[0] + i, 0);
      }
      buffers.begin();
      buffers.launch("gradient_sums");
      buffers.launch("adamw");
      Comparison comparison = new Comparison(PROJECTION_TOLERANCE);
      for (int i = 0; i < zeroWeights[1]; i++) {
        float g = buffers.gradients.at(0, 0, zeroWeights[0] + i);
        comparison.close(buffers.firstMoment, 0, 0, zeroWeights[0] + i, g, Math.abs(g) + 1e-6);
      }
      for (int i = 0; i < zeroGradient[1]; i++) {
        comparison.close(buffers.firstMoment, 0, 0, zeroGradient[0] + i, 0, 1);
      }
      comparison.same("not finite", buffers.control(0).integer("parameterNotFinite"), 0);
      return comparison.outcome(buffers.memory);
    }
  }

  private static Outcome weightNorm(CudaContext context) {
    try (OptimizerBuffers buffers =
        new OptimizerBuffers(context, ControlStruct.ADAMW, 0, true, true, false, true)) {
      buffers.launch("weight_norm");
      Comparison comparison = new Comparison(SUM_TOLERANCE);
      for (int slot : buffers.memory.activeSlots()) {
        for (int chunk = 0; chunk < OptimizerBuffers.CHUNKS.length; chunk++) {
          int[] at = OptimizerBuffers.CHUNKS[chunk];
          double ww = 0;
          for (int i = at[0]; i < at[0] + at[1]; i++) {
            double w = buffers.parameters.at(slot, 0, i);
            ww += w * w;
          }
          comparison.compare("chunk " + chunk, buffers.sums.doubleAt(slot, chunk), ww, ww);
        }
      }
      return comparison.outcome(buffers.memory);
    }
  }

  /** Neither the parameters nor any optimizer state of the slot changes; its neighbour's does. */
  private static Outcome lossNotFinite(CudaContext context) {
    OptimizerConfig config = OptimizerSettings.filtered(ControlStruct.ADAMW);
    try (OptimizerBuffers buffers = new OptimizerBuffers(context, config, 5, true, true, true)) {
      buffers.drawGradients(0, 1);
      buffers.begin();
      buffers.setControl(0, buffers.control(0), "lossNotFinite", 1);
      List<Region> state =
          List.of(
              buffers.parameters,
              buffers.gradients,
              buffers.firstMoment,
              buffers.secondMoment,
              buffers.ema);
      List<float[][]> before = state.stream().map(buffers::copy).toList();
      buffers.launch("gradient_sums");
      buffers.launch("adamw");
      Comparison comparison = new Comparison(0);
      for (int k = 0; k < state.size(); k++) {
        Region region = state.get(k);
        for (int i = 0; i < OptimizerBuffers.FLOATS; i++) {
          String place = region.name() + "[" + i + "]";
          comparison.sameBits(place, region.at(0, 0, i), before.get(k)[0][i]);
        }
        int changed = region.at(1, 0, 0) == before.get(k)[1][0] ? 0 : 1;
        comparison.same(region.name() + " of the neighbour changed", changed, 1);
      }
      comparison.untouchedRow(buffers.sums, 0, 0);
      buffers.end();
      for (int slot = 0; slot < 2; slot++) {
        comparison.same("step", buffers.control(slot).integer("step"), 5 + slot);
        comparison.same("diverged", buffers.control(slot).integer("diverged"), 1 - slot);
      }
      return comparison.outcome(buffers.memory);
    }
  }

  private static Outcome parameterNotFinite(CudaContext context, float bad) {
    try (OptimizerBuffers buffers =
        new OptimizerBuffers(context, ControlStruct.ADAMW, 0, false, true, true)) {
      buffers.drawGradients(0, 1);
      buffers.gradients.set(1, 0, OptimizerBuffers.FLOATS - 1, bad);
      buffers.begin();
      buffers.launch("adamw");
      Comparison comparison = new Comparison(0);
      for (int slot = 0; slot < 2; slot++) {
        comparison.same(
            "parameterNotFinite", buffers.control(slot).integer("parameterNotFinite"), slot);
      }
      buffers.end();
      for (int slot = 0; slot < 2; slot++) {
        comparison.same("step", buffers.control(slot).integer("step"), 1);
        comparison.same("diverged", buffers.control(slot).integer("diverged"), slot);
      }
      return comparison.outcome(buffers.memory);
    }
  }

  /** Optimizers that the cases try. */
  private static final class OptimizerSettings {
    private OptimizerSettings() {}

    static OptimizerConfig filtered(OptimizerConfig config) {
      return with(config.kind(), config.weightDecay(), config.beta1(), ControlStruct.EMA);
    }

    static OptimizerConfig coupled(OptimizerConfig config) {
      return new OptimizerConfig(
          OptimizerKind.ADAM,
          config.learningRate(),
          0.01,
          config.beta1(),
          config.beta2(),
          config.epsilon(),
          config.warmupSteps(),
          config.grokfastEma(),
          false);
    }

    static OptimizerConfig withoutMomentum(OptimizerConfig config) {
      return new OptimizerConfig(
          config.kind(),
          config.learningRate(),
          config.weightDecay(),
          0,
          config.beta2(),
          config.epsilon(),
          config.warmupSteps(),
          config.grokfastEma(),
          true);
    }

    private static OptimizerConfig with(
        OptimizerKind kind, double decay, double beta1, OptimizerConfig.GrokfastEma ema) {
      OptimizerConfig adamw = ControlStruct.ADAMW;
      return new OptimizerConfig(
          kind,
          adamw.learningRate(),
          decay,
          beta1,
          adamw.beta2(),
          adamw.epsilon(),
          adamw.warmupSteps(),
          Optional.of(ema),
          false);
    }

    static String name(OptimizerConfig config) {
      return config.kind() + (config.grokfastEma().isPresent() ? " with ema" : "");
    }
  }
}

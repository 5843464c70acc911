package longrun.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.config.ModelConfig;

/**
 * Causal multi-head attention (Vaswani et al. 2017): position t reads the positions u ≤ t.
 *
 * <p>For every head, with q, k, v the rows of x through W_Q, W_K, W_V (and their biases), and scale
 * = 1/√d_head:
 *
 * <pre>
 *   s[t, u] = scale · q[t]·k[u]                 for u ≤ t
 *   a[t, u] = exp(s[t, u]) / Σ_u' exp(s[t, u'])
 *   z[t]    = Σ_u a[t, u] · v[u]
 *
 *   da[t, u] = dz[t]·v[u]
 *   ds[t, u] = a[t, u] · (da[t, u] − Σ_u' a[t, u'] · da[t, u'])
 *   dq[t]    = scale · Σ_u ds[t, u] · k[u]
 *   dk[u]    = scale · Σ_t ds[t, u] · q[t]
 *   dv[u]    = Σ_t a[t, u] · dz[t]
 * </pre>
 *
 * The heads' z, side by side, go through W_O [heads · d_head, d_model].
 */
final class Attention implements Layer {
  private final int dModel;
  private final int dHead;
  private final double scale;
  private final List<Linear> queries = new ArrayList<>();
  private final List<Linear> keys = new ArrayList<>();
  private final List<Linear> values = new ArrayList<>();
  private final Linear output;

  /**
   * @param prefix of the parameters' names, {@code blocks.0.attn.}
   */
  Attention(ModelConfig.Transformer config, ParameterSource parameters, String prefix) {
    dModel = config.dModel();
    dHead = config.dHead();
    scale = 1 / Math.sqrt(dHead);
    for (int head = 0; head < config.heads(); head++) {
      queries.add(projection(config, parameters, prefix, "Q", head));
      keys.add(projection(config, parameters, prefix, "K", head));
      values.add(projection(config, parameters, prefix, "V", head));
    }
    output =
        new Linear(
            parameters.get(prefix + "W_O"),
            parameters.getIf(config.attentionBias(), prefix + "b_O"),
            config.heads() * dHead,
            dModel);
  }

  /**
   * One head's part of W_Q, W_K or W_V [heads, d_model, d_head] and of its bias [heads, d_head].
   */
  private static Linear projection(
      ModelConfig.Transformer config,
      ParameterSource parameters,
      String prefix,
      String name,
      int head) {
    int in = config.dModel();
    int out = config.dHead();
    Optional<Parameter> bias = parameters.getIf(config.attentionBias(), prefix + "b_" + name);
    return new Linear(
        parameters.get(prefix + "W_" + name).from(head * in * out),
        bias.map(whole -> whole.from(head * out)),
        in,
        out);
  }

  @Override
  public double[][] forward(double[][] x) {
    return output.forward(heads(x));
  }

  /** z of all heads side by side: double[positions][heads · d_head]. */
  private double[][] heads(double[][] x) {
    double[][] z = new double[x.length][queries.size() * dHead];
    for (int head = 0; head < queries.size(); head++) {
      double[][] a = pattern(queries.get(head).forward(x), keys.get(head).forward(x));
      double[][] v = values.get(head).forward(x);
      for (int t = 0; t < x.length; t++) {
        for (int u = 0; u <= t; u++) {
          for (int i = 0; i < dHead; i++) {
            z[t][head * dHead + i] += a[t][u] * v[u][i];
          }
        }
      }
    }
    return z;
  }

  @Override
  public double[][] backward(double[][] x, double[][] dy) {
    double[][] dz = output.backward(heads(x), dy);
    double[][] dx = new double[x.length][dModel];
    for (int head = 0; head < queries.size(); head++) {
      double[][] dzHead = new double[x.length][dHead];
      for (int t = 0; t < x.length; t++) {
        System.arraycopy(dz[t], head * dHead, dzHead[t], 0, dHead);
      }
      backwardHead(head, x, dzHead, dx);
    }
    return dx;
  }

  private void backwardHead(int head, double[][] x, double[][] dz, double[][] dx) {
    double[][] q = queries.get(head).forward(x);
    double[][] k = keys.get(head).forward(x);
    double[][] v = values.get(head).forward(x);
    double[][] a = pattern(q, k);
    double[][] dq = new double[x.length][dHead];
    double[][] dk = new double[x.length][dHead];
    double[][] dv = new double[x.length][dHead];
    for (int t = 0; t < x.length; t++) {
      double[] da = new double[t + 1];
      double expected = 0;
      for (int u = 0; u <= t; u++) {
        da[u] = dot(dz[t], v[u]);
        expected += a[t][u] * da[u];
      }
      for (int u = 0; u <= t; u++) {
        double ds = a[t][u] * (da[u] - expected);
        for (int i = 0; i < dHead; i++) {
          dq[t][i] += scale * ds * k[u][i];
          dk[u][i] += scale * ds * q[t][i];
          dv[u][i] += a[t][u] * dz[t][i];
        }
      }
    }
    addTo(dx, queries.get(head).backward(x, dq));
    addTo(dx, keys.get(head).backward(x, dk));
    addTo(dx, values.get(head).backward(x, dv));
  }

  /**
   * a[t, u]; row t has t + 1 elements. The largest score is subtracted so that no exp overflows.
   */
  private double[][] pattern(double[][] q, double[][] k) {
    double[][] a = new double[q.length][];
    for (int t = 0; t < q.length; t++) {
      a[t] = new double[t + 1];
      double largest = Double.NEGATIVE_INFINITY;
      for (int u = 0; u <= t; u++) {
        a[t][u] = scale * dot(q[t], k[u]);
        largest = Math.max(largest, a[t][u]);
      }
      double sum = 0;
      for (int u = 0; u <= t; u++) {
        a[t][u] = StrictMath.exp(a[t][u] - largest);
        sum += a[t][u];
      }
      for (int u = 0; u <= t; u++) {
        a[t][u] /= sum;
      }
    }
    return a;
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  private static void addTo(double[][] sum, double[][] rows) {
    for (int position = 0; position < sum.length; position++) {
      for (int i = 0; i < sum[position].length; i++) {
        sum[position][i] += rows[position][i];
      }
    }
  }
}

package longrun.config;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Section {@code sweep}: the product of its axes, laid over one configuration.
 *
 * @param axes by dotted key ({@code training.seed}), in the order written
 */
public record SweepConfig(Map<String, Axis> axes) {
  public SweepConfig {
    axes = Collections.unmodifiableMap(new LinkedHashMap<>(axes));
  }

  /** Runs in the product. */
  public long points() {
    return axes.values().stream()
        .mapToLong(axis -> axis.values().size())
        .reduce(1L, Math::multiplyExact);
  }

  /** The values that one key takes. */
  public sealed interface Axis {
    /** As YAML, each ready to follow {@code KEY=} in an override. They never change. */
    List<String> values();

    /** As it stands in a configuration, in the form in which it was written. */
    String toYaml();

    /** Values written out. */
    record Listed(List<String> values) implements Axis {
      public Listed {
        values = List.copyOf(values);
      }

      @Override
      public String toYaml() {
        return "[" + String.join(", ", values) + "]";
      }
    }

    /** The whole numbers from, from + 1, … from + count − 1. */
    record Counted(long from, int count) implements Axis {
      @Override
      public List<String> values() {
        return new AxisValues(this, count, i -> Long.toString(from + i));
      }

      @Override
      public String toYaml() {
        return "{from: " + from + ", count: " + count + "}";
      }
    }

    /** Numbers evenly spaced in the logarithm, both ends included. */
    record LogSpaced(double low, double high, int points) implements Axis {
      @Override
      public List<String> values() {
        return new AxisValues(this, points, i -> ValueTypes.text(value(i)));
      }

      @Override
      public String toYaml() {
        return "{log_range: ["
            + ValueTypes.text(low)
            + ", "
            + ValueTypes.text(high)
            + "], points: "
            + points
            + "}";
      }

      private double value(int i) {
        if (i == 0 || i == points - 1) {
          return i == 0 ? low : high;
        }
        double logLow = StrictMath.log(low);
        double logHigh = StrictMath.log(high);
        double exact = StrictMath.exp(logLow + (logHigh - logLow) * i / (points - 1));
        // Twelve digits: so that three points from 1e-4 to 1e-2 meet 1e-3 itself.
        return new BigDecimal(exact).round(new MathContext(12)).doubleValue();
      }
    }
  }
}

package longrun.sweep;

import java.util.List;
import longrun.config.AxisValues;

/**
 * The values that one key of the configuration takes.
 *
 * @param key as in the configuration: {@code task.train_fraction}
 * @param column its name in tables: {@code train_fraction}
 * @param values in YAML
 */
public record SweepAxis(String key, String column, List<String> values) {
  public SweepAxis {
    // Those may be too many to copy, and never change.
    values = values instanceof AxisValues ? values : List.copyOf(values);
  }
}

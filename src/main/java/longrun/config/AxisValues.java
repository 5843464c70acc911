package longrun.config;

import java.util.AbstractList;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.function.IntFunction;

/**
 * The values of an axis, each written when it is asked for: there may be ten millions. They never
 * change.
 */
public final class AxisValues extends AbstractList<String> implements RandomAccess {
  private final SweepConfig.Axis formula;
  private final int size;
  private final IntFunction<String> text;

  /**
   * @param formula two lists of equal formulas are equal
   * @param text of the value of that number
   */
  AxisValues(SweepConfig.Axis formula, int size, IntFunction<String> text) {
    this.formula = formula;
    this.size = size;
    this.text = text;
  }

  @Override
  public String get(int index) {
    return text.apply(Objects.checkIndex(index, size));
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public boolean equals(Object other) {
    return (other instanceof AxisValues values && formula.equals(values.formula))
        || super.equals(other);
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }
}

package longrun.cpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import longrun.engine.ParameterLayout;
import longrun.plan.Operation;
import longrun.plan.Plan;

/**
 * Transposed copies of the weights through which gradients flow back, refreshed once per step: with
 * them every matrix product reads both operands along rows.
 */
final class Transposes {
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, Entry> byName = new HashMap<>();
  private final int length;

  /** A weight's transpose: [columns, rows] of the weight, at offset, rows padded to rowLength. */
  record Entry(ParameterLayout.Entry weight, int offset, int rowLength) {}

  Transposes(Plan plan, ParameterLayout layout) {
    int offset = 0;
    for (Operation operation : plan.backward()) {
      if (operation instanceof Operation.MatMulInputGradient gradient
          && !byName.containsKey(gradient.weight())) {
        ParameterLayout.Entry weight = layout.entry(gradient.weight());
        Entry entry = new Entry(weight, offset, Padding.rowLength(weight.rows()));
        offset = Math.addExact(offset, Math.multiplyExact(weight.columns(), entry.rowLength));
        entries.add(entry);
        byName.put(gradient.weight(), entry);
      }
    }
    length = offset;
  }

  int length() {
    return length;
  }

  List<Entry> entries() {
    return List.copyOf(entries);
  }

  Entry entry(String weight) {
    return byName.get(weight);
  }
}

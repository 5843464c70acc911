package longrun.cpu;

import longrun.plan.Cost;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Work done, as rates: in operations per nanosecond, GFLOP/s and GB/s. What counts is said by
 * {@link longrun.plan.Ledger}.
 */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Work {
  public long flops;
  public long bytes;

  void add(Cost cost) {
    flops += cost.flops();
    bytes += cost.bytes();
  }
}

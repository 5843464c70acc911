package longrun.plan;

/**
 * What work costs, by the conventions of {@link Ledger}.
 *
 * @param flops floating-point operations
 * @param bytes read and written
 */
public record Cost(long flops, long bytes) {
  public static final Cost NONE = new Cost(0, 0);

  public Cost plus(Cost other) {
    return new Cost(Math.addExact(flops, other.flops), Math.addExact(bytes, other.bytes));
  }
}

package longrun.task;

/**
 * Which examples train and which validate. Ascending example numbers, disjoint, together all.
 *
 * <p>Arrays are shared, not copied: treat them as immutable.
 */
public record Split(int[] train, int[] validation) {}

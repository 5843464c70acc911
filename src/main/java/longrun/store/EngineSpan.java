package longrun.store;

/**
 * Which engine a run was trained with from some step on.
 *
 * @param fromStep parameter updates done when it took over
 * @param engine its name: {@code cpu}
 */
public record EngineSpan(long fromStep, String engine) {}

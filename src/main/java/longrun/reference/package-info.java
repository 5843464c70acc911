/**
 * The reference engine: plain loops in double, every position of every example, no plan. What every
 * other engine is compared with, so it is written to be read, not to be fast: nothing is reused
 * that could be computed again, and nothing is precomputed.
 *
 * <p>Owns: {@link longrun.reference.ReferenceEngine} and, hidden behind it, one class per operation
 * with its forward and its backward pass side by side. Imports {@code engine} and below, though
 * never the planner: of {@code plan} only {@link longrun.plan.Cohort}.
 *
 * <p>How to read it: {@link longrun.reference.Layer} says what a layer is; {@link
 * longrun.reference.Linear}, {@link longrun.reference.LayerNormalization}, {@link
 * longrun.reference.Elementwise} and {@link longrun.reference.Attention} are the layers, {@link
 * longrun.reference.Chain} and {@link longrun.reference.Residual} put them together; {@link
 * longrun.reference.ReferenceTransformer} and {@link longrun.reference.ReferenceMlp} are the
 * models; {@link longrun.reference.Losses} the objectives; {@link
 * longrun.reference.ReferenceOptimizer} the update; {@link longrun.reference.ReferenceSlot} one
 * run, step by step.
 *
 * <p>Invariants: sums run in index order on one thread and elementary functions come from {@link
 * java.lang.StrictMath} (but for {@code erfc}), so a run's bits are a function of its configuration
 * and initial state; slots share nothing that changes. Unlike other engines it allocates while it
 * trains.
 */
package longrun.reference;

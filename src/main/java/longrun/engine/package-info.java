/**
 * The seam between training and what executes it.
 *
 * <p>Owns: {@link longrun.engine.Engine}, {@link longrun.engine.Session}, {@link
 * longrun.engine.RunState}, {@link longrun.engine.Evaluation}. Imports {@code plan} and below. The
 * seam is coarse on purpose: a whole block of steps may one day be one kernel. Invariants every
 * engine keeps: a slot's bits depend on nothing outside the slot; {@code save} then {@code load}
 * then {@code advance} gives the bits of an uninterrupted {@code advance}.
 */
package longrun.engine;

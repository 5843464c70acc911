/**
 * Pure planning: what one step has to compute for a cohort of runs, before any device is involved.
 *
 * <p>Owns: {@link longrun.plan.Cohort}, value numbering, the list of operations with their buffers,
 * and the ledger of FLOPs, bytes and memory. Imports {@code config}, {@code task} and {@code
 * model}. Invariant: a plan is an immutable value; planned and naive computation give the same
 * gradients up to rounding.
 */
package longrun.plan;

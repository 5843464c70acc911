/**
 * Datasets: every example of a task, its tokens and its answer, and which of them train.
 *
 * <p>Owns: the operations, the numbering of examples, splits and label noise. Imports {@code
 * config} and {@code random}. Invariant: a dataset and a split are pure functions of the
 * configuration.
 */
package longrun.task;

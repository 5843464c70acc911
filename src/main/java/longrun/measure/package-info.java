/**
 * How fast the engines train, measured so that a sceptic can repeat it.
 *
 * <p>Owns: {@link longrun.measure.Bench}, which measures; {@link longrun.measure.BenchResult}, what
 * came of it; {@link longrun.measure.BenchJson}, the file that keeps it; {@link
 * longrun.measure.Comparison} of two such results. May import {@code train} and below. (Benchmarks
 * of single parts, with JMH, are a project of their own.)
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>What is timed are training steps of real runs, and nothing else: no evaluation, no loading.
 *   <li>A result keeps every sample. Whatever can be computed from samples is computed from them,
 *       also when it was read from a file.
 *   <li>A slot that stopped training makes a step cheaper: such a measurement is none.
 *   <li>An emulated device is named as such wherever it is named.
 * </ul>
 */
package longrun.measure;

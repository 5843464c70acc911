/**
 * The experiments in libtorch, from Java: what a person who stays on the JVM would train with
 * instead of longrun.
 *
 * <p>Owns: {@link longrun.libtorch.Experiment}, what {@code bench/export-experiment} wrote; {@link
 * longrun.libtorch.Transformer}, the model as libtorch's users write one; {@link
 * longrun.libtorch.Training}, runs of it; {@link longrun.libtorch.Curve}, the check that comes
 * before any timing; {@link longrun.libtorch.Main}, the command. Of longrun it imports what
 * measures and writes results, so that times are taken and told alike, and nothing that trains.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Nothing is timed whose losses differ from longrun's.
 *   <li>Native memory is freed at the end of the step that took it, by the scope it was taken in.
 *   <li>Numbers of threads are in the environment before libtorch is loaded: the launcher sets
 *       them.
 * </ul>
 */
package longrun.libtorch;

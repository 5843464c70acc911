/**
 * Training: what happens around an engine's steps, from a configuration to a summary.
 *
 * <p>Owns: {@link longrun.train.Trainer}, {@link longrun.train.PreparedRun}, {@link
 * longrun.train.GrokkingDetector}, stop rules and exports. May import {@code store} and below.
 * Invariants: it neither prints nor exits, it tells a {@link longrun.train.TrainingListener}; how
 * steps are cut into blocks changes no bit of a result; an interrupted run that is resumed leaves
 * the same parameters and the same metrics, their seconds aside, as one that was never interrupted.
 */
package longrun.train;

/**
 * How the time of a training step grows with runs, width, modulus, sequence length and threads,
 * beside what the plan's ledger predicts.
 *
 * <p>{@link longrun.scaling.Design} says which points there are, {@link longrun.scaling.Measuring}
 * measures them, {@link longrun.scaling.ScalingJson} keeps them, {@link longrun.scaling.AxisPlot}
 * draws them. Invariants: one quantity is varied at a time, everything else is nanda-2023's; a
 * point that was not measured says why, in the file and in the drawing; a drawing is a function of
 * the file, the same on every machine.
 */
package longrun.scaling;

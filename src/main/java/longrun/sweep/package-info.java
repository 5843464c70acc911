/**
 * Sweeps: many runs over the product of some axes, sharing a device until the last is done.
 *
 * <p>Owns: {@link longrun.sweep.Sweep} and its axes, how runs are packed into cohorts and slots,
 * how they are trained side by side, and the results of all of them. May import {@code measure},
 * {@code train} and below. Invariants: what a run leaves behind depends on its configuration alone,
 * not on the slots, the order, the neighbours or the interruptions of the sweep; what is true of a
 * run stands in its own folder, and everything else follows from those; what is planned costs as
 * many preparations as there are combinations of shapes, however many runs there are; it neither
 * prints nor exits.
 */
package longrun.sweep;

/**
 * Hands an experiment to other programs: configuration, examples, initial parameters, batches, and
 * the losses that a program which trains the same has to arrive at. What stands in the folder is
 * described in {@link longrun.experiment.Experiment}.
 */
package longrun.experiment;

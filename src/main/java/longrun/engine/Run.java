package longrun.engine;

import longrun.config.RunConfig;
import longrun.task.Split;

/**
 * What a slot computes: one configuration with its split and its labels.
 *
 * @param config hyperparameters and seeds of this run
 * @param split which examples train
 * @param labels int[examples]: the answer each example is scored against; noisy for training
 *     examples where the task says so. Shared, not copied
 */
public record Run(RunConfig config, Split split, int[] labels) {}

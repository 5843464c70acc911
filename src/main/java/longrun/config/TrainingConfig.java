package longrun.config;

import java.util.OptionalInt;

/**
 * Section {@code training}.
 *
 * @param seed of the initialisation and the batch order
 * @param steps parameter updates, at least 0
 * @param batchSize examples per step; empty: the whole training set, in the order of the split
 */
public record TrainingConfig(
    long seed, long steps, OptionalInt batchSize, Loss loss, Precision precision) {}

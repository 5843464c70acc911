package longrun.config;

/**
 * Section {@code evaluation}.
 *
 * @param every steps between evaluations; step 0 and the last step are evaluated too
 * @param accuracyThreshold accuracy from which a run counts as memorised (train) or grokked
 *     (validation)
 * @param consecutive evaluations in a row that have to reach it
 */
public record EvaluationConfig(int every, double accuracyThreshold, int consecutive) {}

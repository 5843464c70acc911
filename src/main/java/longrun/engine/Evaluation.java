package longrun.engine;

/**
 * A run seen after some step.
 *
 * @param slot where the run is
 * @param step parameter updates done
 * @param trainLoss mean loss over the whole training set
 * @param trainAccuracy share of the training set whose largest logit is the label
 * @param validationLoss mean over the rest; NaN if nothing validates
 * @param validationAccuracy share of the rest; NaN if nothing validates
 * @param weightNorm Euclidean norm of all parameters together
 * @param learningRate of the step just done (of the first step to come, at step 0)
 * @param diverged whether a loss or a parameter is not finite, or was at an earlier step of this
 *     session
 */
public record Evaluation(
    int slot,
    long step,
    double trainLoss,
    double trainAccuracy,
    double validationLoss,
    double validationAccuracy,
    double weightNorm,
    double learningRate,
    boolean diverged) {}

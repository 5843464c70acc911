package longrun.scaling;

/**
 * What a step should take by the ledger, and what that is made of.
 *
 * @param secondsPerStep of all runs together
 * @param terms operations or launches whose times were added up
 * @param flops of all runs together
 * @param bytes of all runs together
 * @param flopsPerSecond measured peak of the matrix products
 * @param bytesPerSecond measured peak of memory
 */
record Prediction(
    double secondsPerStep,
    int terms,
    double flops,
    double bytes,
    double flopsPerSecond,
    double bytesPerSecond) {}

package longrun.config;

/**
 * Section {@code stop}.
 *
 * @param afterGrokkingSteps go on this many steps after grokking, then end the run
 */
public record StopConfig(long afterGrokkingSteps) {}

package longrun.config;

/**
 * Section {@code checkpoint}.
 *
 * @param every steps between checkpoints
 * @param keep how many of the newest stay on disk
 */
public record CheckpointConfig(int every, int keep) {}

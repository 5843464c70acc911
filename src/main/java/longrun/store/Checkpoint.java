package longrun.store;

import longrun.engine.RunState;

/**
 * Everything needed to go on with a run.
 *
 * @param state parameters, all finite, optimizer state and step
 * @param configYaml config.yaml as it stands in the run folder, to the byte
 * @param dataDigest identifies split and labels, so that a run never goes on over other data
 * @param bits of the engine's parameters: 32 or 64; the values are stored in as many
 * @param timing up to this checkpoint
 * @param rows of metrics.csv up to this checkpoint
 * @param provenance what else decided the state
 */
public record Checkpoint(
    RunState state,
    String configYaml,
    String dataDigest,
    int bits,
    Timing timing,
    WrittenRows rows,
    Provenance provenance) {}

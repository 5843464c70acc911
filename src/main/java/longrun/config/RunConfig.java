package longrun.config;

import java.util.Optional;

/** One run, whole: everything that decides its result. The sections are those of the YAML file. */
public record RunConfig(
    TaskConfig task,
    ModelConfig model,
    OptimizerConfig optimizer,
    TrainingConfig training,
    EvaluationConfig evaluation,
    CheckpointConfig checkpoint,
    Optional<StopConfig> stop) {}

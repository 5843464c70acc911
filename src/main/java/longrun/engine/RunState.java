package longrun.engine;

import java.util.Optional;
import longrun.model.Tensors;

/**
 * Everything that changes while a run trains. Random numbers are counter-based, so the step is also
 * their position.
 *
 * @param step parameter updates done
 * @param parameters in the model's canonical layout
 * @param firstMoment Adam's m
 * @param secondMoment Adam's v
 * @param gradientEma Grokfast's μ, present exactly if the run is configured with it; ignored at
 *     step 0, where μ starts as the first gradient
 */
public record RunState(
    long step,
    Tensors parameters,
    Tensors firstMoment,
    Tensors secondMoment,
    Optional<Tensors> gradientEma) {}

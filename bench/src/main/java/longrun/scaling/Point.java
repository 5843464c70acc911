package longrun.scaling;

import java.util.Optional;
import longrun.measure.Setting;

/**
 * A point of a plot. Its times are the measurement of its setting, which may be a point of other
 * axes, too.
 *
 * @param value on the axis
 * @param series the line that it is on: {@code "cuda tf32"}
 * @param setting that was measured, or was to be
 * @param prediction empty where peaks mean nothing: on an emulated device
 * @param skipped why there is no measurement; empty if there is one
 */
record Point(
    Axis axis,
    int value,
    String series,
    Setting setting,
    Optional<Prediction> prediction,
    Optional<String> skipped) {}

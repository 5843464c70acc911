package longrun.cli;

import java.util.List;
import java.util.OptionalLong;

/**
 * A slot with the run that is in it.
 *
 * @param values of the sweep's axes
 * @param last step, as far as is known
 * @param trainAccuracy of the last evaluation; NaN before the first
 * @param validationAccuracy likewise, and where nothing validates
 */
record SlotStatus(
    int slot,
    int run,
    List<String> values,
    long step,
    long last,
    double trainAccuracy,
    double validationAccuracy,
    OptionalLong memorisedAt,
    OptionalLong grokkedAt) {}

package longrun.train;

import longrun.store.RunFolder;
import longrun.store.Summary;

/**
 * How a call of the trainer ended.
 *
 * @param folder of the run
 * @param summary of the run so far; its stop reason says whether it can be resumed
 * @param hadEnded whether the run had ended before the call, which then changed nothing
 */
public record TrainingResult(RunFolder folder, Summary summary, boolean hadEnded) {}

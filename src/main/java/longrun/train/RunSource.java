package longrun.train;

import java.util.Optional;

/** Where the slots of a {@link SlotLoop} take their runs from. */
public interface RunSource {
  /**
   * The next run for an empty slot; may wait for it to be ready.
   *
   * @return empty once no run is left
   */
  Optional<OpenRun> next(int slot);

  /**
   * A run could not be trained any further; it is closed, and its slot is empty. Its last
   * checkpoint is on disk.
   *
   * @throws RuntimeException to end the loop
   */
  void failed(OpenRun run, RuntimeException failure);
}

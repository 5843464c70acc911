package longrun.measure;

import java.util.OptionalInt;
import java.util.OptionalLong;

/** How a measurement ended. */
public sealed interface Outcome {
  /** With samples. */
  record Measured(Timing timing) implements Outcome {}

  /**
   * The device has too little memory for that many slots.
   *
   * @param neededBytes for all of them
   * @param freeBytes on the device before
   * @param fittingSlots how many would fit
   */
  record OutOfMemory(OptionalLong neededBytes, OptionalLong freeBytes, OptionalInt fittingSlots)
      implements Outcome {}

  /** The engine cannot train this configuration. */
  record Unsupported(String reason) implements Outcome {}

  /**
   * Something went wrong that says nothing about other settings, or everything about those of the
   * same device.
   */
  record Failed(String reason) implements Outcome {}

  /** Some runs stopped since their numbers were no longer finite: later steps did less work. */
  record Diverged(int runs) implements Outcome {}
}

package longrun.sweep;

import java.util.Locale;
import java.util.OptionalInt;
import longrun.cuda.CudaEngine;
import longrun.cuda.DeviceProfile;
import longrun.cuda.LaunchLedger;
import longrun.cuda.SessionNeed;
import longrun.plan.Cohort;
import longrun.plan.Plan;
import longrun.plan.Planner;

/**
 * How many runs train side by side, and why.
 *
 * @param slots at least 1
 * @param reason for people, to follow the number: {@code "a slot for each of its 8 runs"}
 * @param slotBytes memory of each slot
 * @param bytes memory of all slots and of what they share
 * @param freeBytes that there are: of the device, or of the Java heap at its largest
 */
public record SlotChoice(int slots, String reason, long slotBytes, long bytes, long freeBytes) {
  /** Of the highest predicted rate. More slots would bring the rest, and take memory. */
  static final double SHARE_OF_BEST = 0.97;

  /** Of free device memory, one part of so many is left for graphs and for the screen. */
  private static final int HEADROOM_PARTS = 16;

  private static final long MAX_HEADROOM_BYTES = 512L << 20;

  /** Where no rate can be predicted. */
  private static final int SLOTS_WITHOUT_PROFILE = 8;

  /** Of the Java heap, for everything else. */
  private static final double HEAP_SHARE = 0.8;

  /**
   * For a session on a GPU: the fewest slots that come close to the highest rate, as long as there
   * are runs and memory for them.
   *
   * @param cohort in a precision that the engine has
   * @param runs of the cohort that are to be trained
   * @param asked how many slots were asked for
   * @throws SlotsDoNotFitException if so many do not fit into the memory, or not even one does
   */
  public static SlotChoice onDevice(
      Cohort cohort, int runs, OptionalInt asked, SweepDevice device) {
    return onDevice(Planner.plan(cohort), runs, asked, device);
  }

  /** The same for a cohort that is planned already. */
  static SlotChoice onDevice(Plan plan, int runs, OptionalInt asked, SweepDevice device) {
    SessionNeed need = SessionNeed.of(plan);
    long freeBytes = device.freeBytes();
    if (asked.isPresent()) {
      int slots = Math.min(asked.getAsInt(), runs);
      if (slots > CudaEngine.MAX_SLOTS || need.bytes(slots) > freeBytes) {
        throw tooMany(slots, need.bytes(slots), need.fitting(freeBytes), freeBytes);
      }
      return of(need, slots, asked(asked.getAsInt(), runs), freeBytes);
    }
    long headroom = Math.min(freeBytes / HEADROOM_PARTS, MAX_HEADROOM_BYTES);
    int fitting = need.fitting(freeBytes - headroom);
    if (fitting == 0) {
      throw tooMany(1, need.bytes(1), 0, freeBytes);
    }
    int wanted = SLOTS_WITHOUT_PROFILE;
    String why = "no more, for an emulated device has no speed to predict";
    if (device.profile().isPresent()) {
      DeviceProfile profile = device.profile().get();
      LaunchLedger ledger = LaunchLedger.of(plan, 1);
      wanted = fewestNearBest(ledger, profile);
      why =
          String.format(
              Locale.ROOT,
              "the fewest that reach %.0f%% of the highest predicted rate",
              100 * SHARE_OF_BEST);
    }
    int slots = Math.min(wanted, Math.min(fitting, runs));
    if (slots == runs) {
      why = "one for each run";
    } else if (slots == fitting) {
      why = "as many as fit into " + Bytes.text(freeBytes - headroom) + " of device memory";
    }
    return of(need, slots, why, freeBytes);
  }

  private static SlotChoice of(SessionNeed need, int slots, String reason, long freeBytes) {
    return new SlotChoice(slots, reason, need.slotBytes(), need.bytes(slots), freeBytes);
  }

  /** The rate rises with the slots, ever more slowly: a search by halves finds the place. */
  private static int fewestNearBest(LaunchLedger ledger, DeviceProfile profile) {
    double enough = SHARE_OF_BEST * rate(ledger, profile, CudaEngine.MAX_SLOTS);
    int tooFew = 0;
    int near = CudaEngine.MAX_SLOTS;
    while (near - tooFew > 1) {
      int middle = (tooFew + near) >>> 1;
      if (rate(ledger, profile, middle) >= enough) {
        near = middle;
      } else {
        tooFew = middle;
      }
    }
    return near;
  }

  /** Predicted steps per second of all slots together. */
  static double rate(LaunchLedger ledger, DeviceProfile profile, int slots) {
    return slots / ledger.predictSeconds(profile, slots);
  }

  /**
   * For the processor: a run for each core.
   *
   * @param runBytes memory of one run, the largest of the sweep
   * @param runs of the sweep
   * @param asked how many were asked for
   * @param heapBytes the largest Java heap
   * @throws SlotsDoNotFitException if so many do not fit into the heap, or not even one does
   */
  public static SlotChoice onCores(
      long runBytes, int runs, OptionalInt asked, int cores, long heapBytes) {
    int fitting = (int) Math.min(Integer.MAX_VALUE, (long) (heapBytes * HEAP_SHARE) / runBytes);
    int wanted = Math.min(asked.orElse(cores), runs);
    if (fitting < (asked.isPresent() ? wanted : 1)) {
      int refused = asked.isPresent() ? wanted : 1;
      throw new SlotsDoNotFitException(
          String.format(
              "%s about %s, and the Java heap is limited to %s; %s. Raise the limit"
                  + " (LONGRUN_JAVA_OPTS=-Xmx8g)%s",
              needs(refused),
              Bytes.text((double) refused * runBytes),
              Bytes.text(heapBytes),
              wouldFit(fitting),
              fitting == 0 ? ", or make the model, the task or the batch smaller" : ""));
    }
    int slots = Math.min(wanted, fitting);
    String reason;
    if (asked.isPresent()) {
      reason =
          asked(asked.getAsInt(), runs)
              + (slots > cores ? String.format(", to share %,d cores", cores) : "");
    } else if (slots < wanted) {
      reason =
          String.format(
              "of %,d cores, for no more runs fit into the Java heap of %s",
              cores, Bytes.text(heapBytes));
    } else if (slots < cores) {
      reason = String.format("%,d cores for so many runs", cores);
    } else {
      reason = "one for each core";
    }
    return new SlotChoice(slots, reason, runBytes, slots * runBytes, heapBytes);
  }

  private static String asked(int asked, int runs) {
    return asked <= runs
        ? "as asked for"
        : String.format("of %,d asked for: there are no more runs", asked);
  }

  private static SlotsDoNotFitException tooMany(
      int slots, long neededBytes, int fitting, long freeBytes) {
    return new SlotsDoNotFitException(
        String.format(
            "%s %s, and %s of the device's memory are free; %s",
            needs(slots), Bytes.text(neededBytes), Bytes.text(freeBytes), wouldFit(fitting)));
  }

  private static String needs(int slots) {
    return slots == 1 ? "one slot needs" : String.format("%,d slots need", slots);
  }

  private static String wouldFit(int fitting) {
    return fitting == 0
        ? "not one fits"
        : String.format("%,d would fit: --slots %d", fitting, fitting);
  }
}

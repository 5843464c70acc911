package longrun.bench;

import longrun.cuda.DriverProbe;
import longrun.cuda.DriverStatus;

/** Prints which GPU there is and of which CUDA its driver is, or "none", for {@code bench/run}. */
final class Device {
  private Device() {}

  public static void main(String[] arguments) {
    System.out.println(
        DriverProbe.run().driver() instanceof DriverStatus.Working working
            ? working.devices().getFirst().name()
                + (working.emulated() ? " (emulated)" : "")
                + ", driver of CUDA "
                + DriverStatus.versionText(working.version())
            : "none");
  }
}

package longrun.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import longrun.cuda.DeviceProfile;
import longrun.cuda.LaunchLedger;
import longrun.report.Numbers;

/** What a step launches on a GPU, as lines of text. */
final class PlanLaunches {
  private static final double MEGA = 1e6;
  private static final double TERA = 1e12;
  private static final String ROW = "  %-28s  %8s  %7s  %10s  %9s";

  private PlanLaunches() {}

  static List<String> lines(Explanation explanation) {
    List<String> lines = new ArrayList<>();
    if (explanation.launches().isEmpty()) {
      lines.add("CUDA    this precision has no CUDA kernels");
      return lines;
    }
    LaunchLedger ledger = explanation.launches().get();
    int slots = explanation.slots();
    lines.add(
        "CUDA    "
            + Texts.count(ledger.launches().size())
            + " launches per step, the same for any number of slots; per slot:");
    lines.add(row("kernel", "launches", "blocks", "MFLOP", "MB"));
    for (LaunchLedger.KernelTotal total : ledger.totals()) {
      lines.add(
          row(
              total.kernel(),
              Texts.count(total.launches()),
              Texts.count(total.blocks()),
              String.format(Locale.ROOT, "%,.1f", total.cost().flops() / MEGA),
              String.format(Locale.ROOT, "%,.2f", total.cost().bytes() / MEGA)));
    }
    lines.add("        predicted, not measured, for " + Numbers.counted(slots, "slot") + ":");
    PlanGpus gpus = explanation.gpus();
    for (DeviceProfile profile : gpus.profiles()) {
      if (profile.measured()) {
        lines.add("        " + profile.name() + ", this machine's, its peaks measured:");
      }
      lines.add(prediction(ledger, profile, slots));
    }
    gpus.notMeasured()
        .ifPresent(why -> lines.add("        this machine's GPU was not measured: " + why));
    lines.add(
        String.format(
            Locale.ROOT,
            "        %s, %.0f%% of the arithmetic and %.0f%% of the memory rate, and %.0f µs a"
                + " launch",
            sources(gpus),
            100 * LaunchLedger.ARITHMETIC_SHARE,
            100 * LaunchLedger.TRAFFIC_SHARE,
            1e6 * LaunchLedger.LAUNCH_SECONDS));
    return lines;
  }

  private static String sources(PlanGpus gpus) {
    boolean measured = gpus.profiles().stream().anyMatch(DeviceProfile::measured);
    return measured ? "others from data sheets" : "from data sheets";
  }

  private static String prediction(LaunchLedger ledger, DeviceProfile profile, int slots) {
    double seconds = ledger.predictSeconds(profile, slots);
    return String.format(
        Locale.ROOT,
        "        %-18s %8.3f ms per step, %,8.0f run-steps/s  (%.1f TFLOP/s, %.2f TB/s)",
        profile.measured() ? "  measured" : profile.name(),
        1000 * seconds,
        slots / seconds,
        ledger.matrixFlopsPerSecond(profile) / TERA,
        profile.bytesPerSecond() / TERA);
  }

  private static String row(
      String kernel, String launches, String blocks, String megaflops, String megabytes) {
    return String.format(Locale.ROOT, ROW, kernel, launches, blocks, megaflops, megabytes);
  }
}

package longrun.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import longrun.measure.Environment;
import longrun.measure.Setting;
import longrun.report.Numbers;

/** What stands around the plot of an axis, on lines that are no wider than the drawing. */
record PlotTexts(ScalingResult result, Axis axis) {
  /** Of a wide font's; most readers' are narrower. */
  static final int LINE_CHARACTERS = 110;

  private static final double GIGA = 1e9;
  private static final double TERA = 1e12;

  /** What was trained and where, and what the prediction is. */
  List<String> subtitle() {
    List<String> lines = new ArrayList<>();
    lines.addAll(wrapped(subject()));
    lines.addAll(wrapped(place()));
    series().values().stream()
        .map(List::getLast)
        .filter(point -> point.prediction().isPresent())
        .map(point -> point.setting().engine())
        .distinct()
        .forEach(engine -> lines.addAll(wrapped(predicted(engine))));
    return lines;
  }

  private String subject() {
    return switch (axis) {
      case SLOTS -> "nanda-2023, full batch; runs differ in their seed";
      case D_MODEL ->
          "nanda-2023 in other widths, full batch: d_head = d_model / 4, d_mlp = 4 · d_model; one"
              + " run";
      case MODULUS ->
          "nanda-2023 with other moduli, full batch: the examples that train grow with p²; one run";
      case SEQUENCE ->
          "nanda-2023's model on random sequences of numbers with \"=\" at their end, the answer"
              + " being their sum modulo p; full batch of "
              + Numbers.count(RandomSequences.TRAIN_EXAMPLES)
              + " examples; one run";
      case THREADS -> "nanda-2023, full batch: one run over all threads, or a run on each";
    };
  }

  private String place() {
    Environment environment = result.bench().environment();
    boolean onDevice =
        result.points(axis).stream().anyMatch(point -> point.setting().threads().isEmpty());
    Optional<String> device =
        environment
            .device()
            .filter(_ -> onDevice)
            .map(own -> (own.emulated() ? "emulated " : "") + own.name() + "; ");
    return environment.machine().cpu()
        + ", "
        + Numbers.counted(environment.machine().cores(), "core")
        + "; "
        + device.orElse("")
        + "longrun "
        + environment.version()
        + "; "
        + environment.startedAt().toString().substring(0, 10);
  }

  private String predicted(String engine) {
    return "Predicted for "
        + engine
        + ": "
        + Predictor.formula(engine)
        + "; peaks as measured: "
        + String.join("; ", peaks(engine));
  }

  /** Those of the most threads, and of each precision. */
  private List<String> peaks(String engine) {
    Map<String, Point> points = new LinkedHashMap<>();
    result.points(axis).stream()
        .filter(point -> point.setting().engine().equals(engine))
        .filter(point -> point.prediction().isPresent())
        .sorted(Comparator.comparingInt(PlotTexts::workers).reversed())
        .forEach(point -> points.putIfAbsent(Setting.text(point.setting().precision()), point));
    List<String> peaks = new ArrayList<>();
    points.forEach(
        (precision, point) -> {
          Prediction prediction = point.prediction().orElseThrow();
          peaks.add(
              (point.setting().threads().isPresent()
                      ? Numbers.counted(workers(point), "thread")
                      : precision)
                  + " "
                  + flops(prediction.flopsPerSecond())
                  + ", "
                  + bytes(prediction.bytesPerSecond()));
        });
    return peaks;
  }

  /** Threads whose peaks a prediction is from. */
  private static int workers(Point point) {
    Setting setting = point.setting();
    int threads = setting.threads().orElse(0);
    return setting.slots() == 1 ? threads : Math.min(threads, setting.slots());
  }

  private static String flops(double perSecond) {
    return perSecond < TERA
        ? String.format(Locale.ROOT, "%.0f GFLOP/s", perSecond / GIGA)
        : String.format(Locale.ROOT, "%.1f TFLOP/s", perSecond / TERA);
  }

  private static String bytes(double perSecond) {
    return perSecond < TERA
        ? String.format(Locale.ROOT, "%.1f GB/s", perSecond / GIGA)
        : String.format(Locale.ROOT, "%.2f TB/s", perSecond / TERA);
  }

  /** How far measurements are from their predictions, a line for each series. */
  List<String> ratios(List<PlotLine> lines) {
    List<String> texts = new ArrayList<>();
    for (PlotLine line : lines) {
      double[] ratios = line.ratios();
      if (ratios.length > 0) {
        String least = Numbers.times(Arrays.stream(ratios).min().orElseThrow());
        String most = Numbers.times(Arrays.stream(ratios).max().orElseThrow());
        texts.add(
            line.label()
                + ": measured "
                + (least.equals(most) ? least : least + " to " + most)
                + " times the prediction");
      }
    }
    return texts;
  }

  /** Why points have no times; values of a series with the same reason share a sentence. */
  List<String> remarks() {
    List<String> lines = new ArrayList<>();
    series()
        .forEach(
            (label, points) -> {
              Map<String, List<String>> values = new LinkedHashMap<>();
              for (Point point : points) {
                result
                    .remark(point)
                    .ifPresent(
                        why ->
                            values
                                .computeIfAbsent(why, _ -> new ArrayList<>())
                                .add(Numbers.count(point.value())));
              }
              values.forEach(
                  (why, all) ->
                      lines.addAll(
                          wrapped(
                              "Not measured: "
                                  + label
                                  + " at "
                                  + String.join(", ", all)
                                  + ": "
                                  + why)));
            });
    return lines;
  }

  private Map<String, List<Point>> series() {
    Map<String, List<Point>> series = new LinkedHashMap<>();
    for (Point point : result.points(axis)) {
      series.computeIfAbsent(point.series(), _ -> new ArrayList<>()).add(point);
    }
    return series;
  }

  /** Broken between words; a word longer than a line has one of its own. */
  static List<String> wrapped(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > LINE_CHARACTERS) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}

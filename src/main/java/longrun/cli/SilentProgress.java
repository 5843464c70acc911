package longrun.cli;

import java.io.PrintStream;
import longrun.engine.Evaluation;

/** {@code --quiet}: nothing but what has to be said. */
record SilentProgress(PrintStream err) implements Progress {
  @Override
  public void progressed(long step, double stepsPerSecond) {}

  @Override
  public void evaluated(Evaluation evaluation) {}

  @Override
  public void endsAt(long step) {}

  @Override
  public void note(String line) {}

  @Override
  public void warn(String line) {
    err.println(line);
  }

  @Override
  public void close() {}
}

package longrun.cli;

import java.io.PrintStream;

/** {@code --quiet}: nothing but what has to be said. */
record SweepSilence(PrintStream err) implements SweepDisplay {
  @Override
  public void progressed() {}

  @Override
  public void note(String text) {}

  @Override
  public void warn(String text) {
    err.println(text);
  }

  @Override
  public void finish() {}

  @Override
  public void close() {}
}

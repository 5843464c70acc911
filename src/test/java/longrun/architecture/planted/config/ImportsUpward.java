package longrun.architecture.planted.config;

import longrun.architecture.planted.cli.Top;

/** Uses a package above its own. */
final class ImportsUpward {
  private ImportsUpward() {}

  static void run(Top top) {}
}

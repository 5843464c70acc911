package longrun.architecture.planted.config;

import java.util.Random;

/** Draws random numbers that no seed determines. */
final class Draws {
  private Draws() {}

  static double draw() {
    return Math.random();
  }

  static int drawAgain() {
    return new Random().nextInt();
  }
}

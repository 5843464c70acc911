package longrun.architecture.planted.stray;

/** Lives in a package that has no place in the order. */
final class Stray {
  private Stray() {}
}

package longrun.architecture.planted.config;

/** Prints and exits where it must not. */
public final class Prints {
  private Prints() {}

  public static void print() {
    System.out.println("planted");
  }

  @SuppressWarnings("CatchAndPrintStackTrace")
  static void complain(RuntimeException failure) {
    failure.printStackTrace();
  }

  static void leave() {
    System.exit(0);
  }
}

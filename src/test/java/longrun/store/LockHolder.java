package longrun.store;

import java.io.IOException;
import java.nio.file.Path;

/** A process that holds the lock of a run folder until its standard input ends. */
final class LockHolder {
  private LockHolder() {}

  public static void main(String[] arguments) throws IOException {
    try (RunLock _ = RunFolder.open(Path.of(arguments[0])).lock()) {
      System.out.println("locked");
      System.in.read();
    }
  }
}

package longrun.store;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A disk that fails, or a world that ends, before its n-th change. */
public final class FaultyFiles extends DurableFiles {
  private final int failAt;
  private final boolean crash;
  private final List<String> changes = new ArrayList<>();

  private FaultyFiles(int failAt, boolean crash) {
    this.failAt = failAt;
    this.crash = crash;
  }

  /** The process dies: no clean-up that catches exceptions runs. */
  public static FaultyFiles crashingAt(int change) {
    return new FaultyFiles(change, true);
  }

  /** The disk is full from that change on, except for what makes it emptier. */
  public static FaultyFiles fullAt(int change) {
    return new FaultyFiles(change, false);
  }

  /** Counts the changes. */
  public static FaultyFiles sound() {
    return new FaultyFiles(Integer.MAX_VALUE, true);
  }

  /** What was done or tried, in order. */
  public List<String> changes() {
    return List.copyOf(changes);
  }

  @Override
  protected void before(String change, Path path) throws IOException {
    if (changes.size() >= failAt) {
      if (crash) {
        throw new Crash();
      }
      if (!change.equals("delete") && !change.equals("truncate")) {
        throw new FileSystemException(path.toString(), null, "No space left on device");
      }
    }
    changes.add(change + " " + path.getFileName());
  }

  /** The end of the process. */
  public static final class Crash extends Error {
    private static final long serialVersionUID = 1L;
  }
}

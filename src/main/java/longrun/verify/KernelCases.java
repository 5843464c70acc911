package longrun.verify;

import java.util.List;
import java.util.stream.Stream;

/** Every case there is. */
public final class KernelCases {
  private KernelCases() {}

  /** Every case, by kernel. */
  public static List<KernelCase> all() {
    return Stream.<List<KernelCase>>of().flatMap(List::stream).toList();
  }
}

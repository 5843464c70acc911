package longrun.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import longrun.plan.Access;
import longrun.plan.Operation;

/**
 * Gathers operations into launches. A launch serves any number of operations that use the same
 * kernel and do not depend on each other; the fewer launches, the less time a small run loses.
 *
 * <p>Goes through the operations in their order: takes the first one whose predecessors are done,
 * and with it every other one of the same kernel that is ready too. The result depends on the plan
 * alone.
 */
final class Scheduler {
  private Scheduler() {}

  /**
   * Groups in the order in which they have to be launched.
   *
   * @param kernelOf what decides which operations may share a launch
   */
  static List<List<Operation>> groups(
      List<Operation> operations, Function<Operation, String> kernelOf) {
    List<Access> accesses = operations.stream().map(Access::of).toList();
    boolean[] done = new boolean[operations.size()];
    List<List<Operation>> groups = new ArrayList<>();
    for (int first = firstOpen(done); first < done.length; first = firstOpen(done)) {
      String kernel = kernelOf.apply(operations.get(first));
      List<Integer> members = new ArrayList<>();
      for (int i = first; i < done.length; i++) {
        if (!done[i]
            && kernelOf.apply(operations.get(i)).equals(kernel)
            && isReady(i, done, accesses)) {
          members.add(i);
        }
      }
      members.forEach(i -> done[i] = true);
      groups.add(members.stream().map(operations::get).toList());
    }
    return groups;
  }

  private static int firstOpen(boolean[] done) {
    int i = 0;
    while (i < done.length && done[i]) {
      i++;
    }
    return i;
  }

  private static boolean isReady(int operation, boolean[] done, List<Access> accesses) {
    for (int earlier = 0; earlier < operation; earlier++) {
      if (!done[earlier] && accesses.get(operation).conflictsWith(accesses.get(earlier))) {
        return false;
      }
    }
    return true;
  }
}

package longrun.cpu;

import java.util.ArrayList;
import java.util.List;

/**
 * Kernels in phases. Within a phase chains run side by side; a chain's kernels run one after the
 * other for each block of units, while its rows are in the cache. Phases run one after the other.
 */
final class Program {
  private final List<Phase> phases = new ArrayList<>();

  /** Kernels over the same units, and how many units make a block. */
  record Chain(Kernel[] kernels, int block) {
    int blocks() {
      return Math.ceilDiv(kernels[0].units(), block);
    }

    void run(Slot slot, int index, float[] scratch) {
      int from = index * block;
      int to = Math.min(from + block, kernels[0].units());
      for (Kernel kernel : kernels) {
        kernel.run(slot, from, to, scratch);
      }
    }
  }

  /** Chains that neither read nor write what another of them writes. */
  record Phase(String name, Chain[] chains) {
    int blocks() {
      int blocks = 0;
      for (Chain chain : chains) {
        blocks += chain.blocks();
      }
      return blocks;
    }

    /** Runs block number {@code index} of the phase; false if there are fewer. */
    boolean run(Slot slot, int index, float[] scratch) {
      int rest = index;
      for (Chain chain : chains) {
        int blocks = chain.blocks();
        if (rest < blocks) {
          chain.run(slot, rest, scratch);
          return true;
        }
        rest -= blocks;
      }
      return false;
    }
  }

  void add(String name, List<Chain> chains) {
    if (!chains.isEmpty()) {
      phases.add(new Phase(name, chains.toArray(Chain[]::new)));
    }
  }

  /** The phases, in order; indexed access only, so that iterating allocates nothing. */
  Phase[] phases() {
    return phases.toArray(Phase[]::new);
  }
}

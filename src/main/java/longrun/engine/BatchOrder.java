package longrun.engine;

import longrun.random.Philox;
import longrun.random.Stream;

/**
 * Which training examples a step reads: every epoch a fresh permutation of the training set, cut
 * into batches; the last batch of an epoch holds what is left. A function of (seed, step); the
 * permutation of the current epoch is kept so that consecutive steps cost nothing.
 */
public final class BatchOrder {
  private final Philox random;
  private final int batchExamples;
  private final int stepsPerEpoch;
  private final int[] order;
  private final long[] keys;
  private final int[] words = new int[4];
  private long epoch = -1;

  public BatchOrder(long seed, int trainExamples, int batchExamples) {
    this.random = new Philox(seed);
    this.batchExamples = batchExamples;
    this.stepsPerEpoch = Math.ceilDiv(trainExamples, batchExamples);
    this.order = new int[trainExamples];
    this.keys = new long[trainExamples];
  }

  /**
   * Fills in the positions (indices into the training set) of a step's batch.
   *
   * @param step counted from 0: the number of updates already done
   * @param batch at least batchExamples long
   * @return how many of its elements were filled
   */
  public int batch(long step, int[] batch) {
    long wanted = step / stepsPerEpoch;
    if (wanted != epoch) {
      random.permutation(Stream.BATCH_ORDER, Math.toIntExact(wanted), order, keys, words);
      epoch = wanted;
    }
    int from = (int) (step % stepsPerEpoch) * batchExamples;
    int count = Math.min(batchExamples, order.length - from);
    System.arraycopy(order, from, batch, 0, count);
    return count;
  }
}

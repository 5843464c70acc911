package longrun.sweep;

import java.util.OptionalLong;

/**
 * How far the runs of a shard have come.
 *
 * @param waiting runs that nobody has begun
 * @param running runs that have begun and not ended: they train now, or were interrupted
 * @param ended runs
 * @param failed runs
 * @param owner the process that seems to train the shard, if it is on this machine
 */
public record ShardState(
    Shard shard, int waiting, int running, int ended, int failed, OptionalLong owner) {

  /** All of them. */
  public int runs() {
    return waiting + running + ended + failed;
  }

  /** Whether every run has ended. */
  public boolean isComplete() {
    return ended == runs();
  }
}

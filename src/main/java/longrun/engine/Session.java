package longrun.engine;

import java.util.List;
import longrun.model.Tensors;

/**
 * Slots of one cohort, training side by side. Not thread-safe: one caller at a time.
 *
 * <p>An accuracy counts an example as right when its label has the largest logit; among equal
 * logits the lowest index wins, and a row with a NaN logit is wrong.
 */
public interface Session extends AutoCloseable {
  /** Number of slots, loaded or not. */
  int slots();

  /**
   * Puts a run into a slot, replacing what was there. The state is copied.
   *
   * @throws IllegalArgumentException if the run or the state is not of this session's cohort
   */
  void load(int slot, Run run, RunState state);

  /** Empties a slot. */
  void unload(int slot);

  /**
   * Advances every loaded slot by that many steps; no host round trip per step. A slot whose loss
   * turns non-finite stops there, its neighbours go on.
   */
  void advance(int steps);

  /** Every loaded slot as it is now, in slot order. */
  List<Evaluation> evaluate();

  /** A copy of a loaded slot's state. */
  RunState save(int slot);

  /**
   * Gradient of the loss over the batch of the next step, before any filter and without weight
   * decay; the state does not change.
   */
  Tensors gradients(int slot);

  @Override
  void close();
}

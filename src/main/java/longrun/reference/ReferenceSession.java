package longrun.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.engine.CohortFit;
import longrun.engine.Evaluation;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Tensors;
import longrun.plan.Cohort;

/** Slots that advance one after the other. */
final class ReferenceSession implements Session {
  private final Cohort cohort;
  private final List<Optional<ReferenceSlot>> slots = new ArrayList<>();
  private boolean closed;

  ReferenceSession(Cohort cohort, int slots) {
    if (slots < 1) {
      throw new IllegalArgumentException("slots=" + slots + " must be at least 1");
    }
    this.cohort = cohort;
    for (int slot = 0; slot < slots; slot++) {
      this.slots.add(Optional.empty());
    }
  }

  @Override
  public int slots() {
    return slots.size();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the run or its state does not fit the cohort
   */
  @Override
  public void load(int slot, Run run, RunState state) {
    checkSlot(slot);
    CohortFit.check(cohort, run, state);
    slots.set(slot, Optional.of(new ReferenceSlot(cohort, run, state)));
  }

  @Override
  public void unload(int slot) {
    checkSlot(slot);
    slots.set(slot, Optional.empty());
  }

  @Override
  public void advance(int steps) {
    checkOpen();
    if (steps < 0) {
      throw new IllegalArgumentException("steps=" + steps + " must not be negative");
    }
    for (Optional<ReferenceSlot> slot : slots) {
      for (int i = 0; i < steps && slot.isPresent(); i++) {
        slot.get().advance();
      }
    }
  }

  @Override
  public List<Evaluation> evaluate() {
    checkOpen();
    List<Evaluation> evaluations = new ArrayList<>();
    for (int slot = 0; slot < slots.size(); slot++) {
      if (slots.get(slot).isPresent()) {
        evaluations.add(slots.get(slot).get().evaluate(slot));
      }
    }
    return evaluations;
  }

  @Override
  public RunState save(int slot) {
    return loaded(slot).save();
  }

  @Override
  public Tensors gradients(int slot) {
    return loaded(slot).gradients();
  }

  @Override
  public void close() {
    closed = true;
    slots.replaceAll(slot -> Optional.empty());
  }

  private ReferenceSlot loaded(int slot) {
    checkSlot(slot);
    return slots
        .get(slot)
        .orElseThrow(() -> new IllegalStateException("slot=" + slot + " is empty"));
  }

  private void checkSlot(int slot) {
    checkOpen();
    if (slot < 0 || slot >= slots.size()) {
      throw new IndexOutOfBoundsException("slot=" + slot + " slots=" + slots.size());
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the session is closed");
    }
  }
}

package longrun.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.engine.CohortFit;
import longrun.engine.Evaluation;
import longrun.engine.ParameterLayout;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Tensors;
import longrun.plan.Plan;

/** Slots of one cohort on the CPU. */
final class CpuSession implements Session {
  private final Plan plan;
  private final ParameterLayout layout;
  private final Team team;
  private final List<Optional<Slot>> slots = new ArrayList<>();

  /** One for all threads together, then one for each thread when several slots are loaded. */
  private final List<Stepper> steppers = new ArrayList<>();

  private boolean closed;

  CpuSession(Plan plan, int slots, int threads) {
    this.plan = plan;
    this.layout = new ParameterLayout(plan.cohort().model(), Padding::rowLength);
    Transposes transposes = new Transposes(plan, layout);
    this.team = new Team(threads);
    for (int i = 0; i < slots; i++) {
      this.slots.add(Optional.empty());
    }
    int workspaces = Math.min(slots, threads);
    try {
      for (int i = 0; i < workspaces; i++) {
        steppers.add(new Stepper(plan, layout, transposes, team));
      }
    } catch (RuntimeException | Error e) {
      // Most likely memory: the threads must not stay behind.
      team.close();
      throw e;
    }
  }

  @Override
  public int slots() {
    return slots.size();
  }

  @Override
  public void load(int slot, Run run, RunState state) {
    requireOpen();
    CohortFit.check(plan.cohort(), run, state);
    CohortFit.checkFp32(run);
    slots.set(slot, Optional.of(new Slot(plan.cohort(), layout, run, state)));
    steppers.forEach(Stepper::forgetBatch);
  }

  @Override
  public void unload(int slot) {
    requireOpen();
    slots.set(slot, Optional.empty());
    steppers.forEach(Stepper::forgetBatch);
  }

  @Override
  public void advance(int steps) {
    requireOpen();
    if (steps < 0) {
      throw new IllegalArgumentException("steps=" + steps + " must not be negative");
    }
    Slot[] loaded = slots.stream().flatMap(Optional::stream).toArray(Slot[]::new);
    if (loaded.length == 0) {
      return;
    }
    if (loaded.length == 1 || team.size() == 1) {
      for (Slot slot : loaded) {
        team.run(worker -> steppers.getFirst().advanceTogether(slot, steps, worker));
      }
      return;
    }
    // Slots are dealt out in turn: worker i takes slots i, i + workers, …
    int workers = Math.min(team.size(), steppers.size());
    team.run(
        worker -> {
          if (worker < workers) {
            for (int i = worker; i < loaded.length; i += workers) {
              steppers.get(worker).advanceAlone(loaded[i], steps, worker);
            }
          }
        });
  }

  @Override
  public List<Evaluation> evaluate() {
    requireOpen();
    List<Evaluation> evaluations = new ArrayList<>();
    for (int i = 0; i < slots.size(); i++) {
      if (slots.get(i).isPresent()) {
        evaluations.add(steppers.getFirst().evaluate(i, slots.get(i).get()));
      }
    }
    return evaluations;
  }

  @Override
  public RunState save(int slot) {
    return loaded(slot).save(layout);
  }

  @Override
  public Tensors gradients(int slot) {
    return steppers.getFirst().gradients(loaded(slot));
  }

  @Override
  public void close() {
    closed = true;
    team.close();
    slots.replaceAll(slot -> Optional.empty());
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the session is closed");
    }
  }

  private Slot loaded(int slot) {
    requireOpen();
    return slots
        .get(slot)
        .orElseThrow(() -> new IllegalArgumentException("slot=" + slot + " is empty"));
  }
}

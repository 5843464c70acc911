package longrun.verify;

import java.util.List;
import longrun.engine.Engine;
import longrun.engine.Evaluation;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Tensors;
import longrun.plan.Cohort;

/** Takes one step less than it is asked to. */
record LazyEngine(Engine diligent) implements Engine {
  @Override
  public String name() {
    return "lazy";
  }

  @Override
  public String description() {
    return "one step less";
  }

  @Override
  public int parameterBits() {
    return diligent.parameterBits();
  }

  @Override
  public Session open(Cohort cohort, int slots) {
    return new LazySession(diligent.open(cohort, slots));
  }

  private record LazySession(Session session) implements Session {
    @Override
    public int slots() {
      return session.slots();
    }

    @Override
    public void load(int slot, Run run, RunState state) {
      session.load(slot, run, state);
    }

    @Override
    public void unload(int slot) {
      session.unload(slot);
    }

    @Override
    public void advance(int steps) {
      session.advance(Math.max(0, steps - 1));
    }

    @Override
    public List<Evaluation> evaluate() {
      return session.evaluate();
    }

    @Override
    public RunState save(int slot) {
      return session.save(slot);
    }

    @Override
    public Tensors gradients(int slot) {
      return session.gradients(slot);
    }

    @Override
    public void close() {
      session.close();
    }
  }
}

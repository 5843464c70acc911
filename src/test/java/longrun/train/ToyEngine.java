package longrun.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import longrun.engine.Engine;
import longrun.engine.Evaluation;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.plan.Cohort;

/**
 * Slots whose steps stir parameters and moments together, so that a state lost or rounded on the
 * way through a checkpoint shows at once. When it memorises, groks and diverges is set.
 *
 * @param parameterBits 32 or 64
 * @param memorisesAt step from which the training accuracy is 1
 * @param groksAt the same of the validation accuracy
 * @param divergesAt step whose update makes a parameter NaN; Long.MAX_VALUE: never
 * @param advances every block that was asked for
 */
record ToyEngine(
    int parameterBits, long memorisesAt, long groksAt, long divergesAt, List<Integer> advances)
    implements Engine {

  static ToyEngine grokkingAt(long memorisesAt, long groksAt) {
    return new ToyEngine(64, memorisesAt, groksAt, Long.MAX_VALUE, new ArrayList<>());
  }

  static ToyEngine divergingAt(long step) {
    return new ToyEngine(64, Long.MAX_VALUE, Long.MAX_VALUE, step, new ArrayList<>());
  }

  ToyEngine with32Bits() {
    return new ToyEngine(32, memorisesAt, groksAt, divergesAt, advances);
  }

  @Override
  public String name() {
    return "toy";
  }

  @Override
  public String description() {
    return "a few multiplications";
  }

  @Override
  public Session open(Cohort cohort, int slots) {
    return new ToySession(slots);
  }

  private final class ToySession implements Session {
    private final List<Optional<ToySlot>> slots = new ArrayList<>();

    ToySession(int count) {
      for (int i = 0; i < count; i++) {
        slots.add(Optional.empty());
      }
    }

    @Override
    public int slots() {
      return slots.size();
    }

    @Override
    public void load(int slot, Run run, RunState state) {
      slots.set(slot, Optional.of(new ToySlot(run, copy(state))));
    }

    @Override
    public void unload(int slot) {
      slots.set(slot, Optional.empty());
    }

    @Override
    public void advance(int steps) {
      advances.add(steps);
      slots.forEach(slot -> slot.ifPresent(loaded -> loaded.advance(steps)));
    }

    @Override
    public List<Evaluation> evaluate() {
      List<Evaluation> all = new ArrayList<>();
      for (int i = 0; i < slots.size(); i++) {
        if (slots.get(i).isPresent()) {
          all.add(slots.get(i).get().evaluate(i));
        }
      }
      return all;
    }

    @Override
    public RunState save(int slot) {
      return copy(slots.get(slot).orElseThrow().state);
    }

    @Override
    public Tensors gradients(int slot) {
      return copy(slots.get(slot).orElseThrow().state.parameters());
    }

    @Override
    public void close() {}
  }

  private final class ToySlot {
    private final Run run;
    private RunState state;
    private boolean diverged;

    ToySlot(Run run, RunState state) {
      this.run = run;
      this.state = state;
    }

    private void advance(int steps) {
      for (int i = 0; i < steps && !diverged; i++) {
        step();
      }
    }

    private void step() {
      long step = state.step() + 1;
      state
          .parameters()
          .asMap()
          .forEach(
              (name, tensor) -> {
                double[] w = tensor.values();
                double[] m = state.firstMoment().get(name).values();
                double[] v = state.secondMoment().get(name).values();
                for (int i = 0; i < w.length; i++) {
                  double gradient = Math.sin(w[i] * 3 + step + i);
                  if (state.gradientEma().isPresent()) {
                    double[] ema = state.gradientEma().get().get(name).values();
                    ema[i] = round(step == 1 ? gradient : 0.9 * ema[i] + 0.1 * gradient);
                    gradient += ema[i];
                  }
                  m[i] = round(0.9 * m[i] + 0.1 * gradient);
                  v[i] = round(0.98 * v[i] + 0.02 * gradient * gradient);
                  w[i] = round(w[i] - 0.01 * m[i] / (Math.sqrt(v[i]) + 1e-8));
                }
                if (step == divergesAt) {
                  w[0] = Double.NaN;
                }
              });
      diverged = step == divergesAt;
      state =
          new RunState(
              step,
              state.parameters(),
              state.firstMoment(),
              state.secondMoment(),
              state.gradientEma());
    }

    private double round(double value) {
      return parameterBits == 32 ? (float) value : value;
    }

    private Evaluation evaluate(int slot) {
      double squares = 0;
      for (Tensor tensor : state.parameters().asMap().values()) {
        for (double value : tensor.values()) {
          squares += value * value;
        }
      }
      long step = state.step();
      return new Evaluation(
          slot,
          step,
          diverged ? Double.NaN : squares / 3,
          step >= memorisesAt ? 1 : 0.25,
          squares / 7,
          run.split().validation().length == 0 ? Double.NaN : step >= groksAt ? 1 : 0.125,
          Math.sqrt(squares),
          run.config().optimizer().learningRateAt(Math.max(step, 1)),
          diverged);
    }
  }

  private static RunState copy(RunState state) {
    return new RunState(
        state.step(),
        copy(state.parameters()),
        copy(state.firstMoment()),
        copy(state.secondMoment()),
        state.gradientEma().isPresent()
            ? Optional.of(copy(state.gradientEma().get()))
            : Optional.empty());
  }

  private static Tensors copy(Tensors tensors) {
    Map<String, Tensor> copies = new LinkedHashMap<>();
    tensors
        .asMap()
        .forEach(
            (name, tensor) ->
                copies.put(name, new Tensor(tensor.shape(), tensor.values().clone())));
    return new Tensors(copies);
  }
}

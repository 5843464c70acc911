package longrun.libtorch;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** The initial parameters of a run, each to be put into a model once. */
final class InitialParameters {
  private final TensorFile file;
  private final Set<String> unread;

  InitialParameters(TensorFile file) {
    this.file = file;
    this.unread = new TreeSet<>(file.names());
  }

  boolean has(String name) {
    return file.names().contains(name);
  }

  /**
   * Copies a parameter.
   *
   * @param target of the model
   * @param layout from the file's shape to that of the target
   * @param shape in the file
   * @throws ExperimentException if the file has no such tensor
   */
  void copy(String name, Tensor target, UnaryOperator<Tensor> layout, long... shape) {
    float[] values = file.floats(name, shape);
    unread.remove(name);
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      target.copy_(layout.apply(AbstractTensor.create(values, shape)));
    }
  }

  /** Copies a parameter whose shape the model has, too. */
  void copy(String name, Tensor target, long... shape) {
    copy(name, target, tensor -> tensor, shape);
  }

  /**
   * A parameter that nobody asked for is part of another model than was built.
   *
   * @throws ExperimentException if there is one
   */
  void requireAllCopied() {
    if (!unread.isEmpty()) {
      throw new ExperimentException(
          file.path() + ": " + unread.iterator().next() + " is no parameter of this model");
    }
  }
}

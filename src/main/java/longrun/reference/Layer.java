package longrun.reference;

/**
 * A differentiable function of the rows of one example: one row per position, {@code
 * double[positions][width]}.
 *
 * <p>Layers keep nothing between the passes: the backward pass gets the input again and recomputes
 * what it needs.
 */
interface Layer {
  /**
   * The outputs, in new rows.
   *
   * @param x double[positions][width in]; not changed
   */
  double[][] forward(double[][] x);

  /**
   * Adds this example's part to the gradients of the layer's parameters.
   *
   * @param x as in the forward pass; not changed
   * @param dy double[positions][width out], the derivative of the loss by the outputs; not changed
   * @return the derivative of the loss by {@code x}, in new rows
   */
  double[][] backward(double[][] x, double[][] dy);
}

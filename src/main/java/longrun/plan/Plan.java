package longrun.plan;

import java.util.List;

/**
 * What one step computes, as a list of operations in an order that any engine can execute. A value:
 * it needs no device.
 *
 * <p>The order is: operations on shared rows, then on the rows of each example (these read shared
 * rows and rows of their own example only, so an engine may run the whole stretch for one block of
 * examples before it turns to the next), then the backward pass in the same two groups reversed,
 * then the gradients of parameters.
 *
 * @param cohort what is planned
 * @param boundaries which rows stand for which positions, from the input to the last layer; for
 *     people, since the operations say it all
 * @param buffers every matrix, by index
 * @param forward up to the logits; what an evaluation computes too
 * @param loss loss, accuracy and the gradient of the logits
 * @param backward gradients of rows
 * @param parameterGradients gradients of parameters; every parameter is written exactly once
 */
public record Plan(
    Cohort cohort,
    List<PositionRows> boundaries,
    List<Buffer> buffers,
    List<Operation> forward,
    Operation.LossAndGradient loss,
    List<Operation> backward,
    List<Operation> parameterGradients) {
  public Plan {
    boundaries = List.copyOf(boundaries);
    buffers = List.copyOf(buffers);
    forward = List.copyOf(forward);
    backward = List.copyOf(backward);
    parameterGradients = List.copyOf(parameterGradients);
  }
}

/**
 * Pure planning: what one step has to compute for a cohort of runs, before any device is involved.
 *
 * <p>Owns: {@link longrun.plan.Cohort}, value numbering, the list of operations with their buffers
 * ({@link longrun.plan.Plan}), and the {@link longrun.plan.Ledger} of FLOPs, bytes and memory.
 * Imports {@code config}, {@code task} and {@code model}. Invariants: a plan is an immutable value;
 * planned and naive computation give the same gradients up to rounding (a test executes plans in
 * float64 beside the reference engine); the same cohort gives the same plan.
 *
 * <h2>Value numbering</h2>
 *
 * A grokking dataset is every pair of a few operands, and the loss reads one position of each
 * sequence. Computing every position of every example, as PyTorch does, computes most rows many
 * times and some for nobody. The planner numbers <em>values</em>, over the whole dataset, as a
 * compiler numbers common subexpressions:
 *
 * <ul>
 *   <li>What enters layer 0 at a position is decided by the token there.
 *   <li>With causal attention, what leaves a layer at a position is decided by the tokens up to and
 *       including that position.
 *   <li>In the last layer only the position that the loss reads needs a query, an MLP and logits.
 *       Earlier positions need keys and values; what comes after them is dead.
 * </ul>
 *
 * A position with fewer distinct values than a batch has examples is <em>shared</em>: a row for
 * each value, computed once per step. The others are computed for each example. What the loss reads
 * is never shared, since labels belong to examples.
 *
 * <p>{@code a b =} with p = 113, one layer, 3,830 training examples (nanda-2023):
 *
 * <pre>
 *   position          0: a          1: b            2: "="          rows computed
 *   input             113 shared    113 shared      1 shared        227 of 11,490
 *   after layer 0     dead          dead            3,830 own     3,830 of 11,490
 *
 *   embedded.shared, k.shared, v.shared: float[227 × 128]
 *     rows   0..112   a = 0, 1, … at position 0
 *     rows 113..225   b = 0, 1, … at position 1
 *     row  226        "=" at position 2
 *   q.shared: float[1 × 128], the one query of "="
 *   z.examples, mlp.hidden.examples, logits.examples: a row for each example
 * </pre>
 *
 * So the keys and values of all 11,490 positions come from products over 227 rows; the 3,830
 * examples only pick theirs. With a second layer, what leaves the first one would be 113 shared
 * rows at position 0 and 3,830 rows of their own at positions 1 and 2: there are 12,769 prefixes
 * {@code a b}, more than examples in the batch.
 *
 * <p>A row finds the rows that it reads through a {@link longrun.plan.Source}: by the same
 * example's number, or through a {@link longrun.plan.RowIndex}, a table from the examples of the
 * dataset (or, where the reader is a shared row itself, from its row) to shared rows. In the
 * backward pass a shared row sums over its readers, the inverse of the table, in ascending order;
 * nothing is added atomically.
 *
 * <h2>Order</h2>
 *
 * <ol>
 *   <li>forward: operations on shared rows, layer by layer; they read shared rows only. Then those
 *       on rows of examples, which read shared rows and rows of their own example.
 *   <li>loss: its gradient takes the place of the logits.
 *   <li>backward: on rows of examples, from the last layer to the first, then on shared rows, which
 *       sum what their readers left.
 *   <li>gradients of parameters: each is written once, as a sum over all sets of rows that its
 *       parameter was applied to.
 * </ol>
 *
 * Every list can be executed from its first element to its last. What an engine may do beyond that:
 * take all operations on rows of examples, forward, loss and backward, for one block of examples
 * after the other, since examples do not read each other; run operations side by side where neither
 * reads what the other writes; for an evaluation, run the shared part of forward once and the rest
 * for each batch. A batch may be smaller than the plan's: rows of examples are counted by the
 * batch, shared rows never change. The optimizer is not part of the plan, but the ledger counts it.
 *
 * <h2>Where to begin reading</h2>
 *
 * {@link longrun.plan.Planner}, {@link longrun.plan.Plan}, {@link longrun.plan.Operation}, whose
 * Javadoc defines each operation completely, then {@code TransformerPlanner} and {@code
 * TransformerLayer}, which make a plan out of {@code ValueNumbering} and {@code RowLayout}.
 */
package longrun.plan;

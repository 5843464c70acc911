/**
 * The fast CPU engine: fp32, executes plans, Vector API.
 *
 * <p>Owns: how a plan becomes kernels over arrays ({@link longrun.cpu.Lowering}), how kernels are
 * spread over threads ({@link longrun.cpu.Team}), and the kernels. Imports {@code engine} and
 * below.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Every element is computed by one task in one fixed order, so the bits depend neither on the
 *       number of threads nor on which slots train beside it.
 *   <li>Sums over columns use eight lanes and one tree, whatever the machine's vectors, so machines
 *       with 256-bit vectors or wider agree bit for bit. {@code reduceLanes} is never used to add:
 *       its order is undefined and changes between the interpreter and the compiler.
 *   <li>Padding columns of every matrix stay zero.
 *   <li>Nothing is allocated between opening a session and closing it, but for what {@code save},
 *       {@code evaluate} and {@code gradients} return.
 * </ul>
 */
package longrun.cpu;

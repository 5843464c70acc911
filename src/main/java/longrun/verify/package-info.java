/**
 * Whether the CUDA kernels compute what they should, on whatever device is there.
 *
 * <p>Owns: the cases ({@link longrun.verify.KernelCase}, all of them in {@link
 * longrun.verify.KernelCases}), the memory that they run in ({@link longrun.verify.CaseMemory}),
 * and what counts as a miss ({@link longrun.verify.Comparison}). Run by {@code longrun verify} for
 * users, and by the tests under the emulated driver. Imports {@code cuda} and below.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>What is expected is computed here, in double, by plain loops, from the same inputs; large
 *       products are compared with cuBLAS besides, where it can be had ({@link
 *       longrun.verify.CublasCase}).
 *   <li>Every word around and between buffers is poisoned, and so is every output before the
 *       launch: a NaN, so that whoever reads or forgets one shows it.
 *   <li>A slot that takes no part, inputs and poison must be as they were, bit for bit.
 *   <li>A NaN is a miss, wherever it stands.
 *   <li>Inputs are functions of a seed.
 * </ul>
 */
package longrun.verify;

/**
 * NVIDIA GPUs, through JCuda's driver API: devices, memory, kernels, streams and graphs.
 *
 * <p>Owns: whether CUDA can be had here ({@link longrun.cuda.DriverProbe}), the one door to JCuda
 * ({@link longrun.cuda.Driver}), what a process holds on a device ({@link longrun.cuda.CudaContext}
 * hands it out and frees it), how the structures of {@code kernels/common/parameters.cuh} look from
 * Java ({@link longrun.cuda.KernelParameters}), and how failures are told ({@link
 * longrun.cuda.CudaFailure}). Imports {@code engine} and below.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>No class of JCuda is touched before a probe has found a driver: without {@code
 *       libcuda.so.1} JCuda's classes fail for the rest of the process.
 *   <li>Only {@link longrun.cuda.Driver} calls JCuda's driver functions, and it checks every
 *       result.
 *   <li>JCuda's native library is loaded from a folder that nobody else can write to ({@link
 *       longrun.cuda.NativeFolder}).
 *   <li>Memory that a copy in flight reads or writes is pinned or direct; the address handed to the
 *       driver is the buffer's own, so positions count.
 *   <li>Launching what has been prepared ({@link longrun.cuda.Launch}, {@link
 *       longrun.cuda.CudaGraph}) allocates nothing.
 *   <li>One caller at a time for a context and what came from it; any thread.
 * </ul>
 */
package longrun.cuda;

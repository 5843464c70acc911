/**
 * Benchmarks of the CUDA engine, in its package so that they can reach its parts. They need a GPU:
 * {@code bench/run} leaves them out where there is none. Their parameter {@code driver} says on
 * what a result was measured; {@code -p driver=emulated} lets the emulated driver stand in for a
 * GPU, to try a benchmark: such figures say nothing of speed.
 */
package longrun.cuda;

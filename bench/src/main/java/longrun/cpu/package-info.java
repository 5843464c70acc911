/** Benchmarks of the CPU engine's inner parts, in its package so that they can reach them. */
package longrun.cpu;

/** Benchmarks of what is kept on disk, in its package so that they can reach the parts. */
package longrun.store;

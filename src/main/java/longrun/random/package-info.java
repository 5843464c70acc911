/**
 * Counter-based randomness: a number is a function of (seed, stream, index) and of nothing else.
 *
 * <p>Owns: the generator and the list of streams. Imports nothing of longrun. Invariant: no state;
 * the same arguments give the same bits on every machine and in every version that reads the same
 * checkpoint format.
 */
package longrun.random;

/** Measurements with a clock that tests turn, samples that tests make up, and tiny runs. */
package longrun.measure;

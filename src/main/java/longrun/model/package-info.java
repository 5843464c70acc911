/**
 * What a model is: its parameters' names, shapes and initial values.
 *
 * <p>Owns: {@link longrun.model.Model}, {@link longrun.model.Tensor}, {@link
 * longrun.model.Tensors}. Imports {@code config}, {@code random} and {@code task}. Names and shapes
 * are TransformerLens's. Invariant: the order of a model's parameters is fixed; it numbers the
 * streams of the initialisation and orders every file and every reduction over parameters.
 */
package longrun.model;

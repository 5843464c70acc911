/**
 * What a user can ask for: immutable records, read from YAML, validated with errors that say where.
 *
 * <p>Owns: the records, their defaults, reading, overriding and writing them, and {@link
 * longrun.config.ConfigException}. Imports nothing of longrun. Invariant: a record that exists is
 * valid in itself; what needs the dataset to be judged (a batch larger than the training set, say)
 * is judged where the dataset is known.
 */
package longrun.config;

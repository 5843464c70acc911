/**
 * What a user can ask for: immutable records, read from YAML, validated with errors that say where.
 *
 * <pre>
 *   text ── NodeParser ──> Node tree with places <── ConfigOverride (--set)
 *                              │
 *        ConfigSchema ──> ConfigBinder ──> ConfigRules ──> RunConfig ── ConfigWriter ──> text
 *                              └── SweepBinder ──> SweepConfig
 * </pre>
 *
 * A new key is one constant in {@code ConfigSchema}, a component of its record, and its place in
 * the record's construction in {@code ConfigBinder}; messages, the nearest key and the writer
 * follow. What it means for sweeps is to be said in {@code longrun.sweep.AxisRole}; a test insists.
 *
 * <p>Owns: the records, their defaults, reading, overriding and writing them, and {@link
 * longrun.config.ConfigException}. Imports nothing of longrun. Invariant: a record that exists is
 * valid in itself; what needs the dataset to be judged (a batch larger than the training set, say)
 * is judged where the dataset is known.
 */
package longrun.config;

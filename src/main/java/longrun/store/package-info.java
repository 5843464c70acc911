/**
 * Runs on disk: folders, metrics, checkpoints, summaries and safetensors files.
 *
 * <p>Owns: {@link longrun.store.RunFolder}, {@link longrun.store.Checkpoints}, {@link
 * longrun.store.MetricsLog}, {@link longrun.store.Summary}, {@link longrun.store.Safetensors},
 * {@link longrun.store.StorageException}. May import {@code engine}, {@code plan}, {@code model},
 * {@code task} and {@code config}. Invariants: a run folder that exists can be resumed, whatever
 * instant the process was killed; what a file is replaced by is whole before it is seen; rows up to
 * a checkpoint are on the disk before the checkpoint is, and it knows them; a checkpoint that is
 * read is, bit for bit, one that was written.
 */
package longrun.store;

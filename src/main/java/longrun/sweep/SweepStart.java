package longrun.sweep;

import java.nio.file.Path;

/**
 * How a sweep begins.
 *
 * @param folder of the sweep
 * @param engine and what it runs on: {@code "cpu: 1 thread, 512-bit vectors, fp32"}
 * @param slots runs that train at once; on a device, in the first of its cohorts
 * @param cohorts among the runs that are to be trained
 * @param runs of the shard
 * @param ended of these, before this start
 */
public record SweepStart(
    Path folder, Shard shard, String engine, int slots, int cohorts, int runs, int ended) {}

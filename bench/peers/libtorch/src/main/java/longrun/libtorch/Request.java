package longrun.libtorch;

import longrun.config.Precision;

/**
 * What is asked of the peer.
 *
 * @param runs of the experiment, from the first on
 * @param threads of OpenMP, which libtorch's own loops use
 * @param blasThreads of OpenBLAS
 * @param device {@code "cpu"} or {@code "cuda"}
 * @param seconds for the samples
 */
record Request(
    int runs, int threads, int blasThreads, String device, Precision precision, double seconds) {

  boolean cuda() {
    return device.equals("cuda");
  }
}

package longrun.libtorch;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import longrun.config.Precision;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/** The native library: whether it is there, and how it is set. */
final class Libtorch {
  private static final String WITH_CUDA =
      "libtorch was built without CUDA here; bench/peers/libtorch/README.md says how to get it"
          + " with";

  private Libtorch() {}

  /**
   * Loads the native libraries.
   *
   * @throws UnavailableException if they cannot be
   */
  static void load() {
    try {
      Loader.load(torch.class);
    } catch (LinkageError e) {
      throw new UnavailableException(
          "libtorch's native library cannot be loaded on this machine: " + e.getMessage());
    }
  }

  /** {@code "libtorch 2.7.1"}. */
  static String version() {
    return "libtorch " + torch.TORCH_VERSION;
  }

  /** What {@code --device} may name here. */
  static List<String> devices() {
    List<String> devices = new ArrayList<>(List.of("cpu"));
    if (torch.cuda_is_available()) {
      devices.add("cuda");
    }
    return devices;
  }

  /**
   * Sets the precision of matrix products, and sees to it that the threads are as asked for.
   *
   * @throws UnavailableException if the device is not there
   */
  static void configure(Request request) {
    if (!devices().contains(request.device())) {
      throw new UnavailableException("--device " + request.device() + ": " + WITH_CUDA);
    }
    // They are read once, when the libraries are loaded: afterwards nobody would notice.
    requireEnvironment("OMP_NUM_THREADS", request.threads());
    requireEnvironment("OPENBLAS_NUM_THREADS", request.blasThreads());
    if (torch.get_num_threads() != request.threads()) {
      throw new IllegalStateException(
          "libtorch uses "
              + torch.get_num_threads()
              + " threads, asked for were "
              + request.threads());
    }
    torch.globalContext().setAllowTF32CuBLAS(request.precision() == Precision.TF32);
  }

  private static void requireEnvironment(String variable, int value) {
    if (!Objects.equals(System.getenv(variable), Integer.toString(value))) {
      throw new IllegalStateException(
          variable + "=" + System.getenv(variable) + ", expected " + value + ": use the launcher");
    }
  }

  /** Whether a failure of libtorch's is a lack of memory on the device. */
  static boolean isOutOfMemory(RuntimeException failure) {
    return String.valueOf(failure.getMessage()).contains("CUDA out of memory");
  }
}

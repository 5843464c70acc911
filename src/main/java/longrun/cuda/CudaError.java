package longrun.cuda;

/** What is to be done about the results of driver calls (CUresult). */
final class CudaError {
  static final int SUCCESS = 0;
  static final int OUT_OF_MEMORY = 2;
  static final int NO_DEVICE = 100;
  static final int INVALID_IMAGE = 200;
  static final int NO_BINARY_FOR_GPU = 209;
  static final int INVALID_PTX = 218;
  static final int UNSUPPORTED_PTX_VERSION = 222;
  static final int NOT_FOUND = 500;
  static final int NOT_READY = 600;

  private CudaError() {}

  /** Whether no process can use the device before somebody sees to it. */
  static boolean isDeviceLost(int code) {
    return switch (code) {
      case 3, 46, NO_DEVICE, 101, 102, 214, 802, 803, 804, 999 -> true;
      default -> false;
    };
  }

  /** Whether the driver does not take the kernel image: broken, for other devices, too new. */
  static boolean isAboutImage(int code) {
    return switch (code) {
      case INVALID_IMAGE, NO_BINARY_FOR_GPU, INVALID_PTX, UNSUPPORTED_PTX_VERSION -> true;
      default -> false;
    };
  }

  /** What to do, for people. */
  static String remedy(int code) {
    return switch (code) {
      case 1 -> "this is a fault of longrun: it passed the driver something that it does not take";
      case OUT_OF_MEMORY ->
          "train fewer runs at once, make the model or the batch smaller, or end what else uses the"
              + " device (nvidia-smi lists it)";
      case 3, 4 -> "the driver was shut down; start longrun again";
      case 46 -> "another process has the device to itself; end it, or choose another device";
      case NO_DEVICE, 101 -> "see whether nvidia-smi lists the device and CUDA_VISIBLE_DEVICES";
      case 102 -> "the device has no valid licence for CUDA";
      case INVALID_IMAGE, NO_BINARY_FOR_GPU, INVALID_PTX, UNSUPPORTED_PTX_VERSION, 223 ->
          "the kernel image does not suit this device; build longrun anew on this machine, with"
              + " nvcc";
      case 214 ->
          "the device's memory is damaged or was disturbed; reset the device (nvidia-smi -r) or"
              + " restart the machine, then resume from the last checkpoint";
      case NOT_FOUND ->
          "the kernel image is of another version than the program; build longrun anew";
      case 700, 714, 715, 716, 717, 718, 719, 710 ->
          "a kernel that ran before this call failed, which is a fault of longrun; resume from the"
              + " last checkpoint, and report it with the output of longrun doctor";
      case 701 -> "the kernel needs more registers or shared memory than this device has";
      case 702 ->
          "a kernel ran longer than the system allows; use a device without a display, or train"
              + " fewer runs at once";
      case 802, 803, 804 ->
          "the driver and the rest of the system do not fit together; update NVIDIA's driver and"
              + " restart the machine";
      case 900, 901, 902, 903, 904, 905, 906, 907, 908 ->
          "this is a fault of longrun: a graph was captured wrongly";
      case 999 -> "restart the machine; resume from the last checkpoint";
      default -> "see NVIDIA's documentation of CUresult " + code;
    };
  }
}

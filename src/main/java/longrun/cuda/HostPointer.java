package longrun.cuda;

import jcuda.Pointer;

/** A pointer of JCuda's to an address on the host. The memory has to live as long as it is used. */
final class HostPointer extends Pointer {
  HostPointer(long address) {
    super(address);
  }

  /** A null pointer, for the driver to fill in. */
  HostPointer() {}

  long address() {
    return getNativePointer();
  }
}

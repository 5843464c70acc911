package longrun.cuda;

import jcuda.driver.CUdeviceptr;

/** A pointer of JCuda's to an address on the device. */
final class DevicePointer extends CUdeviceptr {
  /** A null pointer, for the driver to fill in. */
  DevicePointer() {}

  /** A pointer to an address: JCuda has no other way to make one than an offset from null. */
  DevicePointer(long address) {
    super(new CUdeviceptr(), address);
  }

  long address() {
    return getNativePointer() + getByteOffset();
  }
}

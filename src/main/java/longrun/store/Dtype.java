package longrun.store;

import java.nio.ByteBuffer;
import java.util.Optional;

/** The safetensors element types whose every value is a double. */
enum Dtype {
  F64(8),
  F32(4),
  F16(2),
  BF16(2);

  private final int bytes;

  Dtype(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  int bytes() {
    return bytes;
  }

  static Optional<Dtype> of(String name) {
    for (Dtype dtype : values()) {
      if (dtype.name().equals(name)) {
        return Optional.of(dtype);
      }
    }
    return Optional.empty();
  }

  /** The type with that many bits that checkpoints and exports are written in. */
  static Dtype ofBits(int bits) {
    return switch (bits) {
      case 64 -> F64;
      case 32 -> F32;
      default -> throw new IllegalArgumentException("bits=" + bits + " allowed=32, 64");
    };
  }

  double get(ByteBuffer littleEndian) {
    return switch (this) {
      case F64 -> littleEndian.getDouble();
      case F32 -> littleEndian.getFloat();
      case F16 -> Float.float16ToFloat(littleEndian.getShort());
      case BF16 -> Float.intBitsToFloat(littleEndian.getShort() << 16);
    };
  }

  void put(ByteBuffer littleEndian, double value) {
    switch (this) {
      case F64 -> littleEndian.putDouble(value);
      case F32 -> littleEndian.putFloat((float) value);
      case F16, BF16 -> throw new IllegalArgumentException("dtype=" + this + " is only read");
    }
  }
}

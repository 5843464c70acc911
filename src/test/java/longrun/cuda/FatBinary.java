package longrun.cuda;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Fat binaries that hold no code: enough for what reads their headers. */
final class FatBinary {
  static final int PTX = 1;
  static final int MACHINE_CODE = 2;
  private static final int HEADER_BYTES = 16;
  private static final int ENTRY_BYTES = 64;
  private static final int PAYLOAD_BYTES = 8;

  private FatBinary() {}

  /** An entry for each pair of kind and architecture. */
  static byte[] of(int... kindsAndArchitectures) {
    int entries = kindsAndArchitectures.length / 2;
    int bytes = entries * (ENTRY_BYTES + PAYLOAD_BYTES);
    ByteBuffer image = ByteBuffer.allocate(HEADER_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
    image.putInt(0xBA55ED50).putShort((short) 1).putShort((short) HEADER_BYTES).putLong(bytes);
    for (int entry = 0; entry < entries; entry++) {
      int start = image.position();
      image.putShort((short) kindsAndArchitectures[2 * entry]);
      image.putShort((short) 0x101).putInt(ENTRY_BYTES).putLong(PAYLOAD_BYTES);
      image.putInt(start + 28, kindsAndArchitectures[2 * entry + 1]);
      image.position(start + ENTRY_BYTES + PAYLOAD_BYTES);
    }
    return image.array();
  }

  /** Runs something while a file stands in for the image that the program carries. */
  static void during(Path file, byte[] image, Runnable body) throws IOException {
    Files.write(file, image);
    during(file, body);
  }

  static void during(Path file, Runnable body) {
    String before = System.getProperty(KernelImage.FILE_PROPERTY);
    System.setProperty(KernelImage.FILE_PROPERTY, file.toString());
    try {
      body.run();
    } finally {
      if (before == null) {
        System.clearProperty(KernelImage.FILE_PROPERTY);
      } else {
        System.setProperty(KernelImage.FILE_PROPERTY, before);
      }
    }
  }
}

package longrun.verify;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.cuda.CudaContext;
import longrun.cuda.DeviceMemory;
import longrun.cuda.StructLayout;

/**
 * Device memory of a case: copies of one layout, one for each slot (the arena) or a single one (the
 * session's). Regions lie in it one after the other, with poison around them.
 */
public final class Area {
  /** What stands where nothing was put: a NaN, as a float and in each half of a double. */
  static final int POISON = 0x7ff8dead;

  private static final int GUARD_WORDS = 4;
  private static final int ALIGNMENT_WORDS = 4;

  private final String name;
  private final DeviceMemory memory;
  private final int copies;
  private final int wordsPerCopy;
  private final ByteBuffer now;
  private final ByteBuffer expected;
  private final List<Region> regions = new ArrayList<>();
  private int end = GUARD_WORDS;
  private boolean changed = true;

  Area(CudaContext context, String name, int copies, int wordsPerCopy) {
    this.name = name;
    this.copies = copies;
    this.wordsPerCopy = wordsPerCopy;
    int bytes = Math.multiplyExact(Math.multiplyExact(copies, wordsPerCopy), Integer.BYTES);
    now = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    expected = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes; at += Integer.BYTES) {
      now.putInt(at, POISON);
      expected.putInt(at, POISON);
    }
    memory = context.allocate(bytes);
  }

  /** A matrix of floats: rows start on 16 bytes and are padded with zeros to whole 16 bytes. */
  public Region matrix(String region, Access access, int rows, int columns) {
    return add(region, access, rows, columns, (columns + 3) / 4 * 4, 0);
  }

  /** A matrix of floats without padding, aligned to 4 bytes and no more. */
  public Region packed(String region, Access access, int rows, int columns) {
    return add(region, access, rows, columns, columns, 1);
  }

  /** Floats in a row, starting on 16 bytes, of which all count. */
  public Region floats(String region, Access access, int count) {
    return add(region, access, 1, count, count, 0);
  }

  /** 32-bit integers, aligned to 4 bytes and no more. */
  public Region ints(String region, Access access, int count) {
    return add(region, access, 1, count, count, 1);
  }

  /** Doubles, each two words. */
  public Region doubles(String region, Access access, int count) {
    return add(region, access, 1, 2 * count, 2 * count, 2);
  }

  /** Structures one after the other. */
  public Region structs(String region, Access access, StructLayout layout, int count) {
    int words = Math.toIntExact(layout.bytes() / Integer.BYTES);
    return add(region, access, count, words, words, layout.alignment() > 4 ? 2 : 1);
  }

  /** 32-bit integers that the kernel only reads, the same for every copy. */
  public Region constants(String region, int... values) {
    Region constants = ints(region, Access.IN, Math.max(1, values.length));
    for (int copy = 0; copy < copies; copy++) {
      for (int i = 0; i < values.length; i++) {
        constants.setInt(copy, i, values[i]);
      }
    }
    return constants;
  }

  /** Bytes that the kernel only reads, the same for every copy; a whole number of words. */
  public Region bytes(String region, ByteBuffer content) {
    ByteBuffer words = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int count = words.remaining() / Integer.BYTES;
    Region bytes = add(region, Access.IN, 1, count, count, 0);
    for (int i = 0; i < count; i++) {
      int word = words.getInt();
      for (int copy = 0; copy < copies; copy++) {
        bytes.setInt(copy, i, word);
      }
    }
    return bytes;
  }

  private Region add(
      String region, Access access, int rows, int columns, int stride, int misalignment) {
    int start = (end + ALIGNMENT_WORDS - 1) / ALIGNMENT_WORDS * ALIGNMENT_WORDS + misalignment;
    long past = start + (long) rows * stride + GUARD_WORDS;
    if (past > wordsPerCopy) {
      throw new IllegalStateException(
          name
              + " has "
              + wordsPerCopy
              + " words, too few for region "
              + region
              + " up to "
              + past);
    }
    end = Math.toIntExact(past);
    Region added = new Region(this, region, access, start, rows, columns, stride);
    regions.add(added);
    if (access != Access.OUT) {
      added.clear();
    }
    return added;
  }

  /** Words from one copy to the next. */
  public int wordsPerCopy() {
    return wordsPerCopy;
  }

  int copies() {
    return copies;
  }

  long address(int word) {
    return memory.address((long) word * Integer.BYTES);
  }

  int get(int copy, int word) {
    return now.getInt(offset(copy, word));
  }

  void set(int copy, int word, int bits) {
    now.putInt(offset(copy, word), bits);
    expected.putInt(offset(copy, word), bits);
    changed = true;
  }

  /** The bytes as they are now, for reading; of one copy from a word on. */
  ByteBuffer view(int copy, int word, int words) {
    return now.slice(offset(copy, word), words * Integer.BYTES)
        .asReadOnlyBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  void upload() {
    if (changed) {
      memory.upload(now.duplicate());
      changed = false;
    }
  }

  void download() {
    memory.download(now.duplicate());
  }

  void close() {
    memory.close();
  }

  /** The first word that no kernel was allowed to change and that is not what it was. */
  Optional<String> touched(List<Boolean> active) {
    for (int copy = 0; copy < copies; copy++) {
      for (int word = 0; word < wordsPerCopy; word++) {
        int at = offset(copy, word);
        if (now.getInt(at) != expected.getInt(at) && !mayChange(active.get(copy), word)) {
          return Optional.of(
              String.format(
                  "%s copy %d%s: %s was overwritten, %08x became %08x",
                  name,
                  copy,
                  active.get(copy) ? "" : " (of a slot that takes no part)",
                  placeOf(word),
                  expected.getInt(at),
                  now.getInt(at)));
        }
      }
    }
    return Optional.empty();
  }

  private boolean mayChange(boolean active, int word) {
    Optional<Region> region = regionOf(word);
    return active && region.isPresent() && region.get().access() != Access.IN;
  }

  private String placeOf(int word) {
    Optional<Region> region = regionOf(word);
    return region.isPresent() ? region.get().coordinate(word) : poisonAt(word);
  }

  private Optional<Region> regionOf(int word) {
    // A plain loop: it is asked for every word that a kernel wrote.
    for (Region region : regions) {
      if (region.contains(word)) {
        return Optional.of(region);
      }
    }
    return Optional.empty();
  }

  private String poisonAt(int word) {
    return regions.stream()
        .filter(region -> region.start() <= word)
        .reduce((first, second) -> second)
        .map(before -> "word " + (word - before.start()) + " from the start of " + before.name())
        .orElse("word " + word + " before the first region");
  }

  private int offset(int copy, int word) {
    return (copy * wordsPerCopy + word) * Integer.BYTES;
  }
}

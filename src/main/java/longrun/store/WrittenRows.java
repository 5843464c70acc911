package longrun.store;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * The rows of metrics.csv that were there when a checkpoint was written. Resuming keeps exactly
 * these, so that no row that was changed, lost or added decides when a run memorised.
 *
 * @param count how many, from the first
 * @param digest SHA-256 over the previous row's digest, the step and every value as a double, the
 *     seconds left out: the same for every run that came to the same rows
 */
public record WrittenRows(long count, String digest) {
  /** No row. */
  public static final WrittenRows NONE = new WrittenRows(0, "0".repeat(64));

  private static final int VALUES = 7;

  /** These rows, in their order. */
  public static WrittenRows of(List<MetricsRow> rows) {
    WrittenRows written = NONE;
    for (MetricsRow row : rows) {
      written = written.plus(row);
    }
    return written;
  }

  /** These rows and one more. */
  WrittenRows plus(MetricsRow row) {
    byte[] before = HexFormat.of().parseHex(digest);
    ByteBuffer bytes = ByteBuffer.allocate(before.length + VALUES * Long.BYTES);
    bytes.put(before).putLong(row.step());
    double[] values = {
      row.trainLoss(),
      row.trainAccuracy(),
      row.validationLoss(),
      row.validationAccuracy(),
      row.weightNorm(),
      row.learningRate()
    };
    for (double value : values) {
      // Every NaN is the same: the file has one word for all of them.
      bytes.putLong(Double.doubleToLongBits(value));
    }
    MessageDigest sha256 = Sha256.start();
    sha256.update(bytes.flip());
    return new WrittenRows(count + 1, Sha256.finish(sha256));
  }
}

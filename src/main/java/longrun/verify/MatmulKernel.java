package longrun.verify;

import java.util.ArrayList;
import java.util.List;

/**
 * One of the kernels that multiply rows by a weight.
 *
 * @param transposed the weight is [columns, depth] (nt), not [depth, columns] (nn)
 * @param tf32 the operands of the sums are rounded to tf32
 * @param tile rows and columns that a block computes
 */
record MatmulKernel(boolean transposed, boolean tf32, int tile) {
  static final int SMALL_TILE = 64;
  static final int LARGE_TILE = 128;

  static List<MatmulKernel> all() {
    List<MatmulKernel> all = new ArrayList<>();
    for (boolean transposed : new boolean[] {false, true}) {
      for (boolean tf32 : new boolean[] {false, true}) {
        all.add(new MatmulKernel(transposed, tf32, SMALL_TILE));
        all.add(new MatmulKernel(transposed, tf32, LARGE_TILE));
      }
    }
    return all;
  }

  MatmulKernel with(int otherTile) {
    return new MatmulKernel(transposed, tf32, otherTile);
  }

  /** The entry point. */
  String entryPoint() {
    return "matmul_" + (transposed ? "nt" : "nn") + (tf32 ? "_tf32_" : "_") + tile;
  }

  /** Two for each row of the tile. */
  int threads() {
    return 2 * tile;
  }

  int columnTiles(int columns) {
    return Math.ceilDiv(columns, tile);
  }

  int blocks(int rows, int columns) {
    return Math.ceilDiv(rows, tile) * columnTiles(columns);
  }
}

package longrun.plan;

/** Where a reading row finds the row it reads in another buffer. */
public sealed interface Source {
  /**
   * Through a table, into a view of a shared buffer.
   *
   * @param view shared rows that can be read; table entries count from its first row
   */
  record Indexed(View view, RowIndex index) implements Source {
    public Indexed {
      if (view.perExample() || index.rows() != view.count()) {
        throw new IllegalArgumentException("view=" + view + " index=" + index);
      }
    }
  }

  /**
   * The same example's row; reader and view are both per-example, the view one row of its group.
   */
  record SameExample(View view) implements Source {
    public SameExample {
      if (!view.perExample() || view.count() != 1) {
        throw new IllegalArgumentException("view=" + view);
      }
    }
  }

  /** The rows that can be read. */
  View view();
}

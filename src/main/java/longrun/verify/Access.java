package longrun.verify;

/** What a kernel may do to a buffer. */
public enum Access {
  /** Read it; it has to stay as it is. */
  IN,
  /** Write it; it is poisoned before. */
  OUT,
  /** Both. */
  IN_OUT
}

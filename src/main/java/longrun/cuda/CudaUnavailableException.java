package longrun.cuda;

/** CUDA cannot be had on this machine as it is. */
public final class CudaUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient MissingPiece missing;

  public CudaUnavailableException(MissingPiece missing) {
    super(missing.sentence());
    this.missing = missing;
  }

  public CudaUnavailableException(MissingPiece missing, Throwable cause) {
    super(missing.sentence(), cause);
    this.missing = missing;
  }

  /** What is missing and what to do. */
  public MissingPiece missing() {
    return missing;
  }
}

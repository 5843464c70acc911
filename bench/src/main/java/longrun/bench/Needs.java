package longrun.bench;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a benchmark class or method cannot run without. Where it is missing, {@code bench/run}
 * leaves the benchmark out and says why.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Needs {
  /** What there has to be. */
  Piece value();

  /** Pieces of a machine. */
  enum Piece {
    /** An NVIDIA GPU with all that the CUDA engine asks for. */
    DEVICE,
    /** That and cuBLAS. */
    CUBLAS
  }
}

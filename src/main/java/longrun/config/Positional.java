package longrun.config;

/** What is added to the token embedding at a position. */
public enum Positional {
  /** A parameter. */
  LEARNED,
  /** Fixed: column 2i is sin(pos / 10000^(2i/d)), column 2i+1 the cosine. */
  SINUSOIDAL,
  NONE
}

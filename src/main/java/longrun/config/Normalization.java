package longrun.config;

/** Where layer normalisation stands (eps 1e-5, biased variance). */
public enum Normalization {
  NONE,
  /** x += attn(LN(x)); x += mlp(LN(x)); a final LN before the unembedding. */
  PRE,
  /** x = LN(x + attn(x)); x = LN(x + mlp(x)); no final LN. */
  POST
}

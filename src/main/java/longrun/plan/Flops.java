package longrun.plan;

import longrun.config.Loss;

/**
 * Floating-point operations by the conventions of {@link Ledger}: a multiply-add is 2, any other
 * arithmetic, comparison, root or exponential 1. Rows, widths and counts are elements; indices and
 * copies cost nothing.
 */
final class Flops {
  /** In, bias, residual: each is one addition per element. */
  static final int ADDITION = 1;

  /** An activation function is one operation per element, whatever it is. */
  static final int ACTIVATION = 1;

  /** Its derivative is one, and multiplying by it another. */
  static final int ACTIVATION_DERIVATIVE = 2;

  /** Mean 1; variance: difference, square and sum 3; (x − mean)/σ 2; scale and shift 2. */
  static final int LAYER_NORM = 8;

  /** g = scale·dy 1; mean g 1; x̂ 2; mean g·x̂ 2; (g − mean g − x̂·mean g·x̂)/σ 4. */
  static final int LAYER_NORM_INPUT_GRADIENT = 10;

  /** x̂ 2; Σ dy·x̂ 2; Σ dy 1. */
  static final int LAYER_NORM_WEIGHT_GRADIENT = 5;

  /** AdamW: decay 1; first moment 3; second moment 4; both corrected 2; root, +ε, /, ·rate, − 5. */
  static final int ADAMW = 15;

  /** μ ← αμ + (1−α)g 3; g ← g + λμ 2. */
  static final int GRADIENT_EMA = 5;

  /** w·g 2; w·w 2; g − cw 2; two norms 4; rescaling 1. */
  static final int ORTHOGONAL_GRADIENT = 11;

  private Flops() {}

  /** A product [rows, in] · [in, out], or any of its two gradients. */
  static long matMul(long rows, long in, long out) {
    return 2 * rows * in * out;
  }

  /** For each row, head and key: q·k, the scale and softmax (−max, exp, Σ, /, max) 6, Σ p·v. */
  static long attention(long rows, long heads, long dHead, long keys) {
    return rows * heads * keys * (4 * dHead + 6);
  }

  /** For each row, head and key: dz·v, Σ p·dp 2, p·(dp − Σ) 2, the scale 1, Σ ds·k. */
  static long attentionGradient(long rows, long heads, long dHead, long keys) {
    return rows * heads * keys * (4 * dHead + 5);
  }

  /** For each row that attended to one key position: Σ ds·q and Σ p·dz over all heads. */
  static long keyGradient(long readers, long heads, long dHead) {
    return readers * heads * 4 * dHead;
  }

  /** Loss and gradient of the logits; the few operations per row on the label's logit aside. */
  static long loss(Loss loss, long rows, long logits) {
    int perLogit =
        switch (loss) {
          case CROSS_ENTROPY -> 6; // max, −max, exp, Σ, /Σ, /examples
          case MSE -> 4; // − target, square and Σ, · 2/(examples·classes)
          case STABLEMAX -> 6; // s 2, Σ, s' 1, /Σ, /examples
        };
    return perLogit * rows * logits;
  }
}

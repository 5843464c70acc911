package longrun.verify;

import java.util.List;
import java.util.stream.Stream;

/** Every case there is. */
public final class KernelCases {
  private KernelCases() {}

  /** Every case, by kernel. */
  public static List<KernelCase> all() {
    return Stream.of(
            MatmulCases.all(),
            WeightGradientCases.all(),
            AttentionCases.all(),
            EmbeddingCases.all(),
            LayerNormCases.all(),
            LossCases.all(),
            ScoreCases.all(),
            OptimizerCases.all(),
            StepCases.all(),
            BatchCases.all(),
            InitializationCases.all(),
            PeakCases.all())
        .flatMap(List::stream)
        .toList();
  }
}

package longrun.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import longrun.model.ParameterSpec;

/** Costs of single operations in a full-sized step, by the conventions of {@link Ledger}. */
final class OperationCosts {
  private final int examples;
  private final Map<String, Long> parameterElements = new HashMap<>();

  OperationCosts(Cohort cohort) {
    this.examples = cohort.batchExamples();
    for (ParameterSpec spec : cohort.model().parameters()) {
      parameterElements.put(spec.name(), (long) spec.elements());
    }
  }

  /** The ledger's entry of an operation. */
  Ledger.Entry entry(Ledger.Phase phase, Operation operation) {
    Account account = account(operation);
    return new Ledger.Entry(
        phase,
        operation.kind(),
        account.perExample,
        account.writes,
        account.rows,
        account.width,
        account.weight,
        new Cost(account.flops, account.elements * Ledger.ELEMENT_BYTES));
  }

  private Account account(Operation operation) {
    return switch (operation) {
      case Operation.LookupSum o -> lookupSum(o);
      case Operation.LayerNorm o ->
          new Account(o.out())
              .writes(o.statistics())
              .reads(o.in())
              .weight(o.scale())
              .parameters(o.shift())
              .flops(elements(o.out()) * Flops.LAYER_NORM);
      case Operation.MatMul o -> matMul(o);
      case Operation.Attention o ->
          new Account(o.out())
              .writes(o.probabilities())
              .reads(rowsReadBy(o))
              .flops(Flops.attention(rows(o.out()), o.heads(), o.dHead(), o.keys().size()));
      case Operation.LossAndGradient o ->
          new Account(o.logits())
              .reads(o.logits())
              .flops(Flops.loss(o.loss(), rows(o.logits()), o.logits().width()));
      case Operation.MatMulInputGradient o -> matMulInputGradient(o);
      case Operation.LayerNormInputGradient o -> layerNormInputGradient(o);
      case Operation.AttentionGradient o -> attentionGradient(o);
      case Operation.KeyGradient o -> keyGradient(o);
      case Operation.ReaderSum o -> readerSum(o);
      case Operation.WeightGradient o -> weightGradient(o);
      case Operation.LayerNormWeightGradient o -> layerNormWeightGradient(o);
      case Operation.LookupGradient o -> lookupGradient(o);
    };
  }

  private Account lookupSum(Operation.LookupSum o) {
    Account account = new Account(o.out());
    o.preActivation().ifPresent(account::writes);
    Set<String> tables = new LinkedHashSet<>();
    for (Operation.Lookup lookup : o.lookups()) {
      switch (lookup) {
        case Operation.Lookup.ParameterRow(String parameter, RowIndex index) ->
            tables.add(parameter);
        case Operation.Lookup.FixedParameterRow row -> account.elements += o.out().width();
        case Operation.Lookup.ConstantRow row -> account.elements += o.out().width();
      }
    }
    tables.forEach(account::parameters);
    account.weight = tables.stream().findFirst();
    int perElement =
        Flops.ADDITION * (o.lookups().size() - 1)
            + (o.activation().isPresent() ? Flops.ACTIVATION : 0);
    return account.flops(elements(o.out()) * perElement);
  }

  private Account matMul(Operation.MatMul o) {
    Account account = new Account(o.out()).reads(o.in()).weight(o.weight());
    int perElement = 0;
    if (o.bias().isPresent()) {
      account.parameters(o.bias().get());
      perElement += Flops.ADDITION;
    }
    if (o.residual().isPresent()) {
      account.reads(
          switch (o.residual().get()) {
            case Operation.Residual.SameRows(View view) -> List.of(view);
            case Operation.Residual.Gathered(List<Source> sources) ->
                sources.stream().map(Source::view).toList();
          });
      perElement += Flops.ADDITION;
    }
    if (o.activation().isPresent()) {
      perElement += Flops.ACTIVATION;
    }
    o.preActivation().ifPresent(account::writes);
    return account.flops(
        Flops.matMul(rows(o.out()), o.in().width(), o.out().width())
            + elements(o.out()) * perElement);
  }

  private Account matMulInputGradient(Operation.MatMulInputGradient o) {
    Account account = new Account(o.inGradient()).reads(o.outGradient()).weight(o.weight());
    int perElement = 0;
    if (o.addend().isPresent()) {
      account.reads(o.addend().get());
      perElement += Flops.ADDITION;
    }
    if (o.activation().isPresent()) {
      account.reads(o.activation().get().saved());
      perElement += Flops.ACTIVATION_DERIVATIVE;
    }
    return account.flops(
        Flops.matMul(rows(o.inGradient()), o.inGradient().width(), o.outGradient().width())
            + elements(o.inGradient()) * perElement);
  }

  private Account layerNormInputGradient(Operation.LayerNormInputGradient o) {
    Account account =
        new Account(o.inGradient())
            .reads(o.outGradient(), o.in(), o.statistics())
            .weight(o.scale());
    int perElement = Flops.LAYER_NORM_INPUT_GRADIENT;
    if (o.addend().isPresent()) {
      account.reads(o.addend().get());
      perElement += Flops.ADDITION;
    }
    return account.flops(elements(o.inGradient()) * perElement);
  }

  private Account attentionGradient(Operation.AttentionGradient o) {
    Operation.Attention attention = o.attention();
    return new Account(o.scoreGradient())
        .writes(o.queryGradient())
        .reads(o.outGradient(), attention.probabilities())
        .reads(
            attention.keys().stream()
                .flatMap(key -> java.util.stream.Stream.of(key.key().view(), key.value().view()))
                .toList())
        .flops(
            Flops.attentionGradient(
                rows(o.outGradient()),
                attention.heads(),
                attention.dHead(),
                attention.keys().size()));
  }

  private Account keyGradient(Operation.KeyGradient o) {
    Account account = new Account(o.keyGradient()).writes(o.valueGradient());
    long flops = 0;
    for (Operation.KeyReader reader : o.readers()) {
      Operation.Attention attention = reader.gradient().attention();
      account.reads(attention.query().view(), reader.gradient().outGradient());
      // Of scores and probabilities, the column of this key.
      account.elements += 2L * rows(attention.out()) * attention.heads();
      flops += Flops.keyGradient(rows(attention.out()), attention.heads(), attention.dHead());
    }
    return account.flops(flops);
  }

  private Account readerSum(Operation.ReaderSum o) {
    Account account = new Account(o.inGradient());
    o.addend().ifPresent(account::reads);
    long flops = 0;
    for (Operation.ReaderSum.Reader reader : o.readers()) {
      account.reads(reader.gradient());
      flops += elements(reader.gradient()) * Flops.ADDITION;
    }
    return account.flops(flops);
  }

  private Account weightGradient(Operation.WeightGradient o) {
    Account account = new Account(o.terms().getFirst().outGradient().width());
    account.writes(o.weight());
    o.bias().ifPresent(account::writes);
    long flops = 0;
    for (Operation.WeightGradient.Term term : o.terms()) {
      account.reads(term.in(), term.outGradient());
      account.rows += rows(term.in());
      flops += Flops.matMul(rows(term.in()), term.in().width(), term.outGradient().width());
      flops += o.bias().isPresent() ? elements(term.outGradient()) * Flops.ADDITION : 0;
    }
    return account.flops(flops);
  }

  private Account layerNormWeightGradient(Operation.LayerNormWeightGradient o) {
    Account account = new Account(o.terms().getFirst().in().width());
    account.writes(o.scale());
    account.writes(o.shift());
    long flops = 0;
    for (Operation.LayerNormWeightGradient.Term term : o.terms()) {
      account.reads(term.outGradient(), term.in(), term.statistics());
      account.rows += rows(term.in());
      flops += elements(term.in()) * Flops.LAYER_NORM_WEIGHT_GRADIENT;
    }
    return account.flops(flops);
  }

  private Account lookupGradient(Operation.LookupGradient o) {
    Account account = new Account(o.terms().getFirst().outGradient().width());
    account.writes(o.parameter());
    long flops = 0;
    for (Operation.LookupGradient.Term term : o.terms()) {
      account.reads(term.outGradient());
      account.rows += rows(term.outGradient());
      flops += elements(term.outGradient()) * Flops.ADDITION;
    }
    return account.flops(flops);
  }

  private static List<View> rowsReadBy(Operation.Attention attention) {
    List<View> views = new ArrayList<>();
    views.add(attention.query().view());
    for (Operation.Key key : attention.keys()) {
      views.add(key.key().view());
      views.add(key.value().view());
    }
    return views;
  }

  private long rows(View view) {
    return view.rows(examples);
  }

  private long elements(View view) {
    return rows(view) * view.width();
  }

  /** What one operation writes and costs, while it is added up. */
  private final class Account {
    private final boolean perExample;
    private final List<String> writes = new ArrayList<>();
    private final int width;
    private long rows;
    private long elements;
    private long flops;
    private Optional<String> weight = Optional.empty();

    /** An operation on rows. */
    Account(View out) {
      this.perExample = out.perExample();
      this.rows = OperationCosts.this.rows(out);
      this.width = out.width();
      writes(out);
    }

    /** An operation that sums over rows into parameters. */
    Account(int width) {
      this.perExample = false;
      this.width = width;
    }

    Account writes(View view) {
      writes.add(name(view));
      elements += elements(view);
      return this;
    }

    void writes(String parameter) {
      writes.add(parameter);
      parameters(parameter);
    }

    Account reads(View... views) {
      return reads(List.of(views));
    }

    Account reads(List<View> views) {
      views.forEach(view -> elements += elements(view));
      return this;
    }

    /** Reads the parameter that the operation is known by. */
    Account weight(String name) {
      weight = Optional.of(name);
      return parameters(name);
    }

    Account parameters(String... names) {
      for (String name : names) {
        elements += parameterElements.get(name);
      }
      return this;
    }

    Account flops(long count) {
      flops = count;
      return this;
    }

    private long elements(View view) {
      return OperationCosts.this.elements(view);
    }

    private static String name(View view) {
      String name = view.buffer().name();
      if (view.equals(view.buffer().all())) {
        return name;
      }
      int last = view.first() + view.count() - 1;
      return name + "[" + view.first() + (view.count() == 1 ? "" : ".." + last) + "]";
    }
  }
}

package longrun.libtorch;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * An object of experiment.json. Every field is there and of its type, or reading it fails with its
 * place.
 *
 * @param path of the file
 * @param prefix of the fields' names, with a dot at its end unless this is the root
 */
record Fields(Path path, String prefix, JsonNode node) {
  static final String HOW = "bench/export-experiment CONFIG --runs R FOLDER writes one";

  Fields {
    if (!node.isObject()) {
      throw new ExperimentException(path + ": " + prefix + " is no JSON object; " + HOW);
    }
  }

  String text(String key) {
    JsonNode child = get(key);
    if (!child.isTextual()) {
      throw wrong(key, "a string");
    }
    return child.textValue();
  }

  /** A constant of an enum, in lower case. */
  <E extends Enum<E>> E choice(String key, List<E> choices) {
    String text = text(key);
    return choices.stream()
        .filter(choice -> choice.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(
            () -> wrong(key, String.join(" or ", choices.stream().map(Enum::name).toList())));
  }

  /** A finite number of at least 0. */
  double number(String key) {
    return number(key, get(key));
  }

  int integer(String key, int least) {
    JsonNode child = get(key);
    if (!child.canConvertToInt() || !child.isIntegralNumber() || child.intValue() < least) {
      throw wrong(key, "an integer of at least " + least);
    }
    return child.intValue();
  }

  Fields object(String key) {
    return new Fields(path, prefix + key + ".", get(key));
  }

  int[] integers(String key) {
    int[] values = new int[get(key).size()];
    for (int i = 0; i < values.length; i++) {
      JsonNode element = get(key).get(i);
      if (!element.isIntegralNumber() || !element.canConvertToInt() || element.intValue() < 0) {
        throw wrong(key + "[" + i + "]", element, "a natural number");
      }
      values[i] = element.intValue();
    }
    return values;
  }

  /** An array of rows of numbers, all of one width. */
  double[][] rows(String key, int rows, int width) {
    JsonNode array = get(key);
    List<double[]> values = new ArrayList<>();
    for (JsonNode row : array) {
      int run = values.size();
      if (!row.isArray() || row.size() != width) {
        throw wrong(key + "[" + run + "]", row, "an array of " + width + " numbers");
      }
      double[] numbers = new double[width];
      Arrays.setAll(numbers, i -> number(key + "[" + run + "][" + i + "]", row.get(i)));
      values.add(numbers);
    }
    if (values.size() != rows) {
      throw wrong(key, "an array of " + rows + " rows");
    }
    return values.toArray(double[][]::new);
  }

  private double number(String key, JsonNode value) {
    double number = value.isNumber() ? value.doubleValue() : -1;
    if (!(number >= 0) || Double.isInfinite(number)) {
      throw wrong(key, value, "a number of at least 0");
    }
    return number;
  }

  private JsonNode get(String key) {
    JsonNode child = node.get(key);
    if (child == null) {
      throw new ExperimentException(path + ": " + prefix + key + " is missing; " + HOW);
    }
    return child;
  }

  ExperimentException wrong(String key, String expected) {
    return wrong(key, get(key), expected);
  }

  private ExperimentException wrong(String key, JsonNode value, String expected) {
    return new ExperimentException(
        path + ": " + prefix + key + "=" + value + ", expected " + expected);
  }
}

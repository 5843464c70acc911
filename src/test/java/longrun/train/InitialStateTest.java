package longrun.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import longrun.config.ConfigException;
import longrun.engine.RunState;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.store.Safetensors;
import longrun.store.StorageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitialStateTest {
  private static final PreparedRun RUN = Runs.prepare();

  @TempDir Path folder;

  @Test
  void theSeedDecides() {
    RunState state = InitialState.of(RUN, Optional.empty(), 64);
    assertEquals(0, state.step());
    Tensor expected = RUN.model().initialize(3).get("layers.0.W");
    assertEquals(list(expected), list(state.parameters().get("layers.0.W")));
    for (Tensor tensor : state.secondMoment().asMap().values()) {
      assertTrue(list(tensor).stream().allMatch(value -> value == 0));
    }
    assertTrue(state.gradientEma().isPresent());
  }

  @Test
  void for32BitsEveryValueIsAFloat() {
    RunState state = InitialState.of(RUN, Optional.empty(), 32);
    Tensor exact = RUN.model().initialize(3).get("layers.0.W");
    Tensor rounded = state.parameters().get("layers.0.W");
    assertFalse(list(exact).equals(list(rounded)));
    for (int i = 0; i < exact.values().length; i++) {
      assertEquals((float) exact.values()[i], rounded.values()[i]);
    }
  }

  @Test
  void aFileDecidesWhateverItsOrder() {
    LinkedHashMap<String, Tensor> reversed = new LinkedHashMap<>();
    RUN.model()
        .initialize(99)
        .asMap()
        .entrySet()
        .forEach(entry -> reversed.putFirst(entry.getKey(), entry.getValue()));
    Path file = write(reversed);
    RunState state = InitialState.of(RUN, Optional.of(file), 64);
    assertEquals(
        RUN.model().parameters().stream().map(spec -> spec.name()).toList(),
        List.copyOf(state.parameters().asMap().keySet()));
    assertEquals(
        list(RUN.model().initialize(99).get("layers.1.W")),
        list(state.parameters().get("layers.1.W")));
  }

  @Test
  void everyDifferenceIsListed() {
    Path file =
        write(
            map -> {
              map.remove("layers.0.b");
              map.put("layers.9.W", new Tensor(List.of(1), new double[1]));
              map.put("layers.0.W", new Tensor(List.of(4, 10), new double[40]));
              map.put("layers.1.b", new Tensor(List.of(5), new double[] {0, 0, Double.NaN, 0, 0}));
            });
    StorageException e =
        assertThrows(StorageException.class, () -> InitialState.of(RUN, Optional.of(file), 64));
    String message = e.getMessage();
    assertTrue(message.startsWith(file + ": cannot start from these parameters: "), message);
    assertTrue(message.contains("missing tensor layers.0.b shape=[4]"), message);
    assertTrue(message.contains("unexpected tensor layers.9.W shape=[1]"), message);
    assertTrue(message.contains("tensor layers.0.W shape=[4, 10] expected=[10, 4]"), message);
    assertTrue(message.contains("tensor layers.1.b element=2 value=NaN"), message);
  }

  @Test
  void aBatchLargerThanTheTrainingSetIsRefused() {
    ConfigException e =
        assertThrows(ConfigException.class, () -> Runs.prepare("training.batch_size=13"));
    assertTrue(e.getMessage().contains("training.batch_size"), e.getMessage());
    assertTrue(e.getMessage().contains("13"), e.getMessage());
  }

  @Test
  void exportsHoldWhatTheyShould() throws IOException {
    Path run = folder.resolve("run");
    Runs.start(run, RUN, ToyEngine.grokkingAt(0, 0).with32Bits());
    Path file = folder.resolve("out.safetensors");
    assertEquals(100, Exports.parameters(longrun.store.RunFolder.open(run), file, false));
    Tensors exported = Safetensors.read(file).tensors();
    assertEquals(
        list(Runs.newest(run, RUN).parameters().get("layers.0.W")),
        list(exported.get("layers.0.W")));
    assertTrue(
        Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1).contains("F32"));

    StorageException e =
        assertThrows(
            StorageException.class,
            () -> Exports.parameters(longrun.store.RunFolder.open(run), file, false));
    assertTrue(e.getMessage().startsWith(file + " exists"), e.getMessage());

    Path gradients = folder.resolve("gradients.safetensors");
    Exports.gradients(RUN, Optional.empty(), ToyEngine.grokkingAt(0, 0), gradients, false);
    assertEquals(
        list(RUN.model().initialize(3).get("layers.0.W")),
        list(Safetensors.read(gradients).tensors().get("layers.0.W")));
    Exports.gradients(RUN, Optional.empty(), ToyEngine.grokkingAt(0, 0), gradients, true);
    e =
        assertThrows(
            StorageException.class, () -> InitialState.of(RUN, Optional.of(gradients), 64));
    assertEquals(
        gradients + ": cannot start from these tensors: they are gradients, not parameters",
        e.getMessage());
    assertEquals(
        list(Safetensors.read(file).tensors().get("layers.0.W")),
        list(InitialState.of(RUN, Optional.of(file), 64).parameters().get("layers.0.W")));
  }

  @Test
  void aCheckpointGivesItsParametersAlone() {
    Path path = folder.resolve("run");
    Runs.start(path, RUN, ToyEngine.grokkingAt(0, 0));
    Path checkpoint = longrun.store.RunFolder.open(path).checkpoints().list().getLast();
    RunState state = InitialState.of(RUN, Optional.of(checkpoint), 64);
    assertEquals(0, state.step());
    assertEquals(
        list(Runs.newest(path, RUN).parameters().get("layers.0.W")),
        list(state.parameters().get("layers.0.W")));
    assertTrue(list(state.firstMoment().get("layers.0.W")).stream().allMatch(m -> m == 0));

    PreparedRun wider = Runs.prepare("model.hidden=[6, 6, 6, 6]");
    String message =
        assertThrows(
                StorageException.class, () -> InitialState.of(wider, Optional.of(checkpoint), 64))
            .getMessage();
    assertFalse(message.contains("optimizer."), message);
    assertTrue(message.contains("; and 3 more missing; "), message);
  }

  @Test
  void exportTargetsAreCheckedBeforehand() {
    Path inside = folder.resolve("missing/out.safetensors");
    assertTrue(
        assertThrows(StorageException.class, () -> Exports.checkTarget(inside, true))
            .getMessage()
            .contains("there is no folder " + folder.resolve("missing")));
    assertTrue(
        assertThrows(StorageException.class, () -> Exports.checkTarget(folder, true))
            .getMessage()
            .contains(folder + " is a folder"));
  }

  private Path write(Consumer<Map<String, Tensor>> change) {
    Map<String, Tensor> tensors = new LinkedHashMap<>(RUN.model().initialize(3).asMap());
    change.accept(tensors);
    return write(tensors);
  }

  private Path write(Map<String, Tensor> tensors) {
    Path file = folder.resolve("init.safetensors");
    Safetensors.write(file, new Tensors(tensors), 64, Map.of());
    return file;
  }

  private static List<Double> list(Tensor tensor) {
    return java.util.Arrays.stream(tensor.values()).boxed().toList();
  }
}

package longrun.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import longrun.config.ConfigException;
import longrun.model.ParameterSpec;
import longrun.model.Tensor;
import longrun.model.Tensors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointsTest {
  @TempDir Path folder;
  private Checkpoints checkpoints;

  @BeforeEach
  void open() {
    checkpoints = new Checkpoints(folder, DurableFiles.DISK);
  }

  @ParameterizedTest
  @CsvSource({"32, true", "32, false", "64, true", "64, false"})
  void everythingComesBack(int bits, boolean ema) {
    Checkpoint written = Checkpointing.checkpoint(1000, ema, bits);
    Path file = checkpoints.write(written);
    assertEquals("step-000001000.safetensors", file.getFileName().toString());

    Checkpoint read = Checkpoints.read(file, Checkpointing.expectation(ema));

    assertEquals(written.timing(), read.timing());
    assertEquals(written.rows(), read.rows());
    assertEquals(written.provenance(), read.provenance());
    assertEquals(Optional.of(written.provenance()), checkpoints.provenance());
    assertEquals(written.configYaml(), read.configYaml());
    assertEquals(bits, read.bits());
    assertEquals(1000, read.state().step());
    assertSame(written.state().parameters(), read.state().parameters());
    assertSame(written.state().firstMoment(), read.state().firstMoment());
    assertSame(written.state().secondMoment(), read.state().secondMoment());
    assertEquals(ema, read.state().gradientEma().isPresent());
    if (ema) {
      assertSame(
          written.state().gradientEma().orElseThrow(), read.state().gradientEma().orElseThrow());
    }
  }

  @Test
  void theSameCheckpointGivesTheSameBytes() throws IOException {
    Path file = checkpoints.write(Checkpointing.checkpoint(7, true, 32));
    byte[] first = Files.readAllBytes(file);
    checkpoints.write(Checkpointing.checkpoint(7, true, 32));
    assertArrayEquals(first, Files.readAllBytes(file));
  }

  /** Values that no float holds are rounded when written; the digest is of what was written. */
  @Test
  void roundedValuesPassTheDigest() {
    Map<String, Tensor> thirds = new LinkedHashMap<>();
    for (ParameterSpec spec : Checkpointing.PARAMETERS) {
      double[] values = new double[spec.elements()];
      Arrays.fill(values, 1.0 / 3);
      thirds.put(spec.name(), new Tensor(spec.shape(), values));
    }
    Checkpoint checkpoint = Checkpointing.checkpoint(1, false, 32);
    checkpoint =
        new Checkpoint(
            new longrun.engine.RunState(
                1,
                new Tensors(thirds),
                checkpoint.state().firstMoment(),
                checkpoint.state().secondMoment(),
                java.util.Optional.empty()),
            checkpoint.configYaml(),
            checkpoint.dataDigest(),
            32,
            Timing.ZERO,
            checkpoint.rows(),
            checkpoint.provenance());
    Path file = checkpoints.write(checkpoint);
    Tensors read = Checkpoints.read(file, Checkpointing.expectation(false)).state().parameters();
    assertEquals((float) (1.0 / 3), read.get("layers.0.b").values()[0]);
  }

  @Test
  void everyFlippedBitIsNoticed() throws IOException {
    Path file = checkpoints.write(Checkpointing.checkpoint(12, true, 32));
    byte[] sound = Files.readAllBytes(file);
    for (int i = 0; i < sound.length; i++) {
      for (int bit : new int[] {i % 8, (i + 3) % 8, 5}) {
        byte[] damaged = sound.clone();
        damaged[i] ^= (byte) (1 << bit);
        Files.write(file, damaged);
        String where = "byte=" + i + " bit=" + bit;
        StorageException e =
            assertThrows(
                StorageException.class,
                () -> Checkpoints.read(file, Checkpointing.expectation(true)),
                where);
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
      }
    }
  }

  @Test
  void everyTruncationIsNoticed() throws IOException {
    Path file = checkpoints.write(Checkpointing.checkpoint(12, false, 64));
    byte[] sound = Files.readAllBytes(file);
    for (int length = 0; length < sound.length; length += 3) {
      Files.write(file, Arrays.copyOf(sound, length));
      assertThrows(
          StorageException.class,
          () -> Checkpoints.read(file, Checkpointing.expectation(false)),
          "length=" + length);
    }
  }

  @Test
  void anotherVersionIsNamed() {
    assertRefused(
        metadata -> metadata.put("format_version", "1"),
        "format_version=1 expected=2: written by another version of longrun");
  }

  @Test
  void changedMetadataIsNamed() {
    assertRefused(metadata -> metadata.put("step", "13"), "the content was changed");
    assertRefused(metadata -> metadata.put("extra", "1"), "the content was changed");
    assertRefused(metadata -> metadata.remove("digest"), "digest= expected=");
    assertRefused(metadata -> metadata.remove("format"), "this is no checkpoint of a run");
  }

  @Test
  void anotherConfigurationIsNamedWithItsFirstLine() {
    Path file = checkpoints.write(Checkpointing.checkpoint(12, false, 64));
    String other = Checkpointing.CONFIG.replace("seed: 3", "seed: 4");
    CheckpointExpectation expectation =
        new CheckpointExpectation(
            Checkpointing.PARAMETERS,
            false,
            Checkpointing.CONFIG_FILE,
            other,
            Checkpointing.DATA_DIGEST);
    for (Executable reading :
        List.<Executable>of(
            () -> Checkpoints.read(file, expectation), () -> checkpoints.newest(expectation))) {
      assertEquals(
          "run/config.yaml was changed after the run started: line 4 was 'seed: 3', now it is"
              + " 'seed: 4'; restore it, or start a new run with longrun train",
          assertThrows(ConfigException.class, reading).getMessage());
    }
  }

  @Test
  void otherDataIsNamed() {
    Path file = checkpoints.write(Checkpointing.checkpoint(12, false, 64));
    assertMessage(
        file,
        new CheckpointExpectation(
            Checkpointing.PARAMETERS, false, Checkpointing.CONFIG_FILE, Checkpointing.CONFIG, "aa"),
        "data_digest=00ff expected=aa: written by a run over another split");
  }

  @Test
  void anotherModelIsNamedWithEveryDifference() {
    Path file = checkpoints.write(Checkpointing.checkpoint(12, false, 64));
    List<ParameterSpec> other =
        List.of(
            new ParameterSpec("layers.0.W", List.of(3, 2), new ParameterSpec.Fill.Constant(0)),
            new ParameterSpec("layers.1.W", List.of(3), new ParameterSpec.Fill.Constant(0)));
    CheckpointExpectation expectation =
        new CheckpointExpectation(
            other,
            false,
            Checkpointing.CONFIG_FILE,
            Checkpointing.CONFIG,
            Checkpointing.DATA_DIGEST);
    assertMessage(file, expectation, "tensor layers.0.W shape=[2, 3] expected=[3, 2]");
    assertMessage(file, expectation, "missing tensor optimizer.v.layers.1.W shape=[3]");
    assertMessage(file, expectation, "unexpected tensor optimizer.m.layers.0.b shape=[3]");
  }

  @Test
  void aMissingOrSuperfluousAverageIsNamed() {
    Path without = checkpoints.write(Checkpointing.checkpoint(12, false, 64));
    assertMessage(
        without, Checkpointing.expectation(true), "missing tensor optimizer.grokfast.layers.0.W");
    Path with = checkpoints.write(Checkpointing.checkpoint(13, true, 64));
    assertMessage(
        with, Checkpointing.expectation(false), "unexpected tensor optimizer.grokfast.layers.0.W");
  }

  @Test
  void ofManyDifferencesThreeOfAKindAreNamed() {
    Path file = checkpoints.write(Checkpointing.checkpoint(12, false, 64));
    List<ParameterSpec> other = new ArrayList<>(Checkpointing.PARAMETERS);
    for (int i = 1; i <= 5; i++) {
      other.add(
          new ParameterSpec("layers." + i + ".W", List.of(3), new ParameterSpec.Fill.Constant(0)));
    }
    assertMessage(
        file,
        new CheckpointExpectation(
            other,
            false,
            Checkpointing.CONFIG_FILE,
            Checkpointing.CONFIG,
            Checkpointing.DATA_DIGEST),
        "missing tensor layers.1.W shape=[3]; missing tensor layers.2.W shape=[3]; missing tensor"
            + " layers.3.W shape=[3]; and 12 more missing");
  }

  @Test
  void whoeverStartsFromACheckpointGetsItsParametersAlone() throws IOException {
    Checkpoint checkpoint = Checkpointing.checkpoint(12, true, 64);
    Path file = checkpoints.write(checkpoint);
    assertSame(
        checkpoint.state().parameters(), Checkpoints.parameters(file, Safetensors.read(file)));

    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    StorageException e =
        assertThrows(
            StorageException.class, () -> Checkpoints.parameters(file, Safetensors.read(file)));
    assertTrue(e.getMessage().contains("the content was changed"), e.getMessage());
  }

  @Test
  void theHistoryIsReadFromTheNewestThatHasAHeader() throws IOException {
    assertEquals(Optional.empty(), checkpoints.provenance());
    checkpoints.write(Checkpointing.checkpoint(12, false, 64));
    Files.write(folder.resolve(Checkpoints.fileName(13)), new byte[3]);
    assertEquals(Optional.of(Checkpointing.PROVENANCE), checkpoints.provenance());
  }

  @Test
  void aRenamedCheckpointIsNamed() throws IOException {
    Path file = checkpoints.write(Checkpointing.checkpoint(12, false, 64));
    Path renamed = folder.resolve(Checkpoints.fileName(999));
    Files.move(file, renamed);
    assertMessage(renamed, Checkpointing.expectation(false), "holds step=12, not the one it is");
  }

  @Test
  void theOneBeforeADamagedOneIsUsed() throws IOException {
    Path good = checkpoints.write(Checkpointing.checkpoint(100, false, 64));
    Path flipped = checkpoints.write(Checkpointing.checkpoint(200, false, 64));
    Path truncated = checkpoints.write(Checkpointing.checkpoint(300, false, 64));
    byte[] bytes = Files.readAllBytes(flipped);
    bytes[bytes.length - 1] ^= 1;
    Files.write(flipped, bytes);
    Files.write(truncated, Arrays.copyOf(bytes, bytes.length / 2));

    Checkpoints.Restored restored = checkpoints.newest(Checkpointing.expectation(false));

    assertEquals(good, restored.file());
    assertEquals(100, restored.checkpoint().state().step());
    assertEquals(
        List.of(truncated, flipped),
        restored.damaged().stream().map(Checkpoints.Damaged::file).toList());
    assertTrue(restored.damaged().get(0).reason().contains("truncated"));
    assertTrue(restored.damaged().get(1).reason().contains("the content was changed"));

    checkpoints.setAside(restored.damaged());
    assertEquals(List.of(good), checkpoints.list());
    assertTrue(Files.exists(folder.resolve("step-000000300.safetensors.damaged")));
  }

  @Test
  void withoutAUsableOneEveryReasonIsListed() throws IOException {
    assertTrue(
        assertThrows(
                StorageException.class, () -> checkpoints.newest(Checkpointing.expectation(false)))
            .getMessage()
            .contains("it is empty"));
    Files.write(folder.resolve(Checkpoints.fileName(1)), new byte[3]);
    Files.writeString(
        folder.resolve(Checkpoints.fileName(2)), "no checkpoint", StandardCharsets.UTF_8);
    String message =
        assertThrows(
                StorageException.class, () -> checkpoints.newest(Checkpointing.expectation(false)))
            .getMessage();
    assertTrue(message.contains("step-000000001.safetensors: bytes=3"), message);
    assertTrue(message.contains("step-000000002.safetensors: header length="), message);
  }

  @Test
  void theNewestAreKeptByStepNotByName() throws IOException {
    for (long step : new long[] {0, 5, 999_999_999, 1_000_000_000, 70}) {
      checkpoints.write(Checkpointing.checkpoint(step, false, 32));
    }
    Files.writeString(folder.resolve("notes.txt"), "mine");
    checkpoints.prune(2);
    assertEquals(
        List.of(999_999_999L, 1_000_000_000L),
        checkpoints.list().stream().map(Checkpoints::step).toList());
    assertTrue(Files.exists(folder.resolve("notes.txt")));
  }

  @Test
  void whateverFailsTheOlderCheckpointStaysAndNothingElseDoes() throws IOException {
    Path old = checkpoints.write(Checkpointing.checkpoint(10, false, 64));
    byte[] before = Files.readAllBytes(old);
    FaultyFiles sound = FaultyFiles.sound();
    new Checkpoints(folder, sound).write(Checkpointing.checkpoint(20, false, 64));
    Files.delete(folder.resolve(Checkpoints.fileName(20)));
    int changes = sound.changes().size();
    assertTrue(changes >= 5, () -> "changes=" + sound.changes());
    for (int i = 0; i < changes; i++) {
      Checkpoints full = new Checkpoints(folder, FaultyFiles.fullAt(i));
      StorageException e =
          assertThrows(
              StorageException.class, () -> full.write(Checkpointing.checkpoint(20, false, 64)));
      assertTrue(e.getMessage().contains("cannot write the checkpoint of step 20"));
      assertTrue(e.getMessage().contains("No space left on device; free some space"));
      assertTrue(e.getMessage().endsWith("the last good checkpoint is intact"));
      assertArrayEquals(before, Files.readAllBytes(old));
      try (Stream<Path> left = Files.list(folder)) {
        assertFalse(left.anyMatch(DurableFiles::isTemporary), "at change " + i);
      }
      checkpoints.newest(Checkpointing.expectation(false));
    }
  }

  @Test
  void whereverItCrashesTheNewestCheckpointIsWhole() throws IOException {
    checkpoints.write(Checkpointing.checkpoint(10, false, 64));
    boolean written = false;
    for (int i = 0; !written; i++) {
      Checkpoints crashing = new Checkpoints(folder, FaultyFiles.crashingAt(i));
      try {
        crashing.write(Checkpointing.checkpoint(20, false, 64));
        written = true;
      } catch (FaultyFiles.Crash e) {
        Checkpoints.Restored restored = checkpoints.newest(Checkpointing.expectation(false));
        assertEquals(List.of(), restored.damaged());
      }
    }
    assertEquals(
        20, checkpoints.newest(Checkpointing.expectation(false)).checkpoint().state().step());
  }

  private void assertRefused(
      java.util.function.Consumer<Map<String, String>> change, String expected) {
    SafetensorsFile sound = CheckpointFormat.encode(Checkpointing.checkpoint(12, false, 64));
    Map<String, String> metadata = new LinkedHashMap<>(sound.metadata());
    change.accept(metadata);
    Path file = folder.resolve(Checkpoints.fileName(12));
    Safetensors.write(file, sound.tensors(), 64, metadata);
    assertMessage(file, Checkpointing.expectation(false), expected);
  }

  private static void assertMessage(Path file, CheckpointExpectation expectation, String expected) {
    StorageException e =
        assertThrows(StorageException.class, () -> Checkpoints.read(file, expectation));
    assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  private static void assertSame(Tensors expected, Tensors actual) {
    assertEquals(List.copyOf(expected.asMap().keySet()), List.copyOf(actual.asMap().keySet()));
    expected
        .asMap()
        .forEach(
            (name, tensor) -> assertArrayEquals(tensor.values(), actual.get(name).values(), name));
  }
}

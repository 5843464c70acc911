package longrun.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import longrun.engine.Evaluation;
import longrun.engine.Session;
import longrun.store.DurableFiles;
import longrun.store.RunFolder;
import longrun.store.StopReason;
import longrun.store.StorageException;
import longrun.store.Summary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a run leaves behind depends neither on its slot nor on who trains beside it. */
class SlotLoopTest {
  private static final ToyEngine ENGINE = ToyEngine.grokkingAt(30, 1000).with32Bits();

  @TempDir Path parent;

  @ParameterizedTest
  @CsvSource({"1, false", "2, false", "3, true", "8, false", "8, true", "11, true"})
  void everyRunIsAsIfAlone(int slots, boolean behind) throws IOException {
    List<PreparedRun> runs = mixed();
    Queue queue = new Queue(parent.resolve("many"), runs);
    try (Session session = ENGINE.open(runs.getFirst().cohort(), slots);
        DiskWork disk = behind ? DiskWork.behind(2) : DiskWork.atOnce()) {
      SlotLoop loop = new SlotLoop(session, queue, disk, new StopSignal());
      loop.run();
      long all = runs.stream().mapToLong(run -> run.config().training().steps()).sum();
      assertEquals(all, loop.times().runSteps());
    }
    assertEquals(Map.of(), queue.failures);
    for (int i = 0; i < runs.size(); i++) {
      Path alone = parent.resolve("alone-" + i);
      Runs.start(alone, runs.get(i), ENGINE);
      Runs.assertSame(alone, queue.folder(i), runs.get(i));
    }
  }

  @Test
  void interruptedRunsGoOnInWhateverSlots() throws IOException {
    List<PreparedRun> runs = mixed();
    Queue queue = new Queue(parent.resolve("many"), runs);
    int rounds = 0;
    while (!queue.allEnded()) {
      StopSignal stop = new StopSignal();
      queue.stopAfter(7 + 6 * rounds, stop);
      queue.fillAgain();
      try (Session session = ENGINE.open(runs.getFirst().cohort(), 2 + rounds % 3);
          DiskWork disk = DiskWork.behind(1)) {
        new SlotLoop(session, queue, disk, stop).run();
      }
      rounds++;
    }
    assertTrue(rounds > 3, "rounds=" + rounds);
    assertEquals(Map.of(), queue.failures);
    for (int i = 0; i < runs.size(); i++) {
      Path alone = parent.resolve("alone-" + i);
      Runs.start(alone, runs.get(i), ENGINE);
      Runs.assertSame(alone, queue.folder(i), runs.get(i));
    }
  }

  @Test
  void aSlotThatBecomesFreeIsTakenWhileTheOthersTrain() {
    List<PreparedRun> runs =
        List.of(
            Runs.prepare("training.steps=100"),
            Runs.prepare("training.steps=20", "training.seed=4"),
            Runs.prepare("training.steps=40", "training.seed=5"));
    Queue queue = new Queue(parent, runs);
    train(queue, 2);
    assertEquals(
        List.of("0 in slot 0 at 0", "1 in slot 1 at 0", "2 in slot 1 at 20"),
        queue.starts(),
        "by the step of the first run");
  }

  @Test
  void runsEvaluatedEquallyOftenAreEvaluatedTogether() {
    List<PreparedRun> runs = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      // The second ends between two evaluations: the next one waits for the others'.
      runs.add(Runs.prepare("training.steps=" + (i == 1 ? 45 : 100), "training.seed=" + i));
    }
    Queue queue = new Queue(parent, runs);
    try (CountingSession session = new CountingSession(ENGINE.open(runs.get(0).cohort(), 3));
        DiskWork disk = DiskWork.atOnce()) {
      new SlotLoop(session, queue, disk, new StopSignal()).run();
      // Slot 1 holds 45 steps, then 100 from step 50 on; slots 0 and 2 hold 200. Step 0 of the
      // first three, of the one in slot 1 and of the last two, then every tenth step and step 45.
      assertEquals(1 + 1 + 1 + 20 + 1, session.evaluations);
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void aRunThatFailsLeavesTheOthersAlone(boolean behind) throws IOException {
    List<PreparedRun> runs = mixed();
    Queue queue = new Queue(parent.resolve("many"), runs);
    queue.failAt(2, 35);
    try (Session session = ENGINE.open(runs.getFirst().cohort(), 3);
        DiskWork disk = behind ? DiskWork.behind(4) : DiskWork.atOnce()) {
      new SlotLoop(session, queue, disk, new StopSignal()).run();
    }
    assertEquals(1, queue.failureCount);
    assertEquals(List.of(2), List.copyOf(queue.failures.keySet()));
    assertEquals("planted", queue.failures.get(2).getMessage());
    for (int i = 0; i < runs.size(); i++) {
      if (i != 2) {
        Path alone = parent.resolve("alone-" + i);
        Runs.start(alone, runs.get(i), ENGINE);
        Runs.assertSame(alone, queue.folder(i), runs.get(i));
      }
    }
    // Its folder is free, and its last checkpoint resumes it.
    Path alone = parent.resolve("alone-2");
    Runs.start(alone, runs.get(2), ENGINE);
    Runs.resume(queue.folder(2), ENGINE);
    Runs.assertSame(alone, queue.folder(2), runs.get(2));
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void anErrorWhileWritingEndsTheLoopBeforeASummaryIsWritten(boolean behind) throws IOException {
    List<PreparedRun> runs = mixed();
    Queue queue = new Queue(parent.resolve("many"), runs);
    queue.breakAtCheckpoint(1, 45);
    OutOfMemoryError thrown =
        assertThrows(
            OutOfMemoryError.class,
            () -> {
              try (Session session = ENGINE.open(runs.getFirst().cohort(), 3);
                  DiskWork disk = behind ? DiskWork.behind(4) : DiskWork.atOnce()) {
                new SlotLoop(session, queue, disk, new StopSignal()).run();
              }
            });
    assertEquals("planted", thrown.getMessage());
    assertFalse(queue.hasEnded(1), "its last checkpoint was not told to be on disk");
    Path alone = parent.resolve("alone");
    Runs.start(alone, runs.get(1), ENGINE);
    Runs.resume(queue.folder(1), ENGINE);
    Runs.assertSame(alone, queue.folder(1), runs.get(1));
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void aRunWhoseFolderIsGoneFailsAlone(boolean behind) {
    List<PreparedRun> runs = mixed();
    Queue queue = new Queue(parent.resolve("many"), runs);
    queue.removeFolderAt(1, 10);
    try (Session session = ENGINE.open(runs.getFirst().cohort(), 3);
        DiskWork disk = behind ? DiskWork.behind(4) : DiskWork.atOnce()) {
      new SlotLoop(session, queue, disk, new StopSignal()).run();
    }
    assertEquals(List.of(1), List.copyOf(queue.failures.keySet()));
    assertTrue(queue.failures.get(1) instanceof StorageException, () -> "" + queue.failures);
    assertEquals(runs.size() - 1, queue.ended());
  }

  @Test
  void whatTheSourceThrowsEndsTheLoopAndFreesEveryFolder() {
    List<PreparedRun> runs = mixed();
    Queue queue = new Queue(parent.resolve("many"), runs);
    queue.failAt(1, 30);
    queue.giveUp = true;
    RuntimeException thrown = assertThrows(RuntimeException.class, () -> train(queue, 3));
    assertSame(queue.failures.get(1), thrown);
    // Nobody holds a lock: each can be resumed.
    for (int i = 0; i < 3; i++) {
      Runs.resume(queue.folder(i), ENGINE);
    }
  }

  @Test
  void aRunThatEndsInAnEngineFailureCanBeResumed() throws IOException {
    List<PreparedRun> runs = mixed();
    Queue queue = new Queue(parent.resolve("many"), runs);
    try (CountingSession session = new CountingSession(ENGINE.open(runs.get(0).cohort(), 3));
        DiskWork disk = DiskWork.behind(2)) {
      session.failAtAdvance = 9;
      IllegalStateException thrown =
          assertThrows(
              IllegalStateException.class,
              () -> new SlotLoop(session, queue, disk, new StopSignal()).run());
      assertEquals("the device is lost", thrown.getMessage());
    }
    Path alone = parent.resolve("alone");
    Runs.start(alone, runs.getFirst(), ENGINE);
    Runs.resume(queue.folder(0), ENGINE);
    Runs.assertSame(alone, queue.folder(0), runs.getFirst());
  }

  @Test
  void aStopBeforeTheFirstStepStartsNothing() {
    StopSignal stop = new StopSignal();
    stop.request();
    Queue queue = new Queue(parent.resolve("many"), mixed());
    try (Session session = ENGINE.open(mixed().getFirst().cohort(), 2);
        DiskWork disk = DiskWork.atOnce()) {
      new SlotLoop(session, queue, disk, stop).run();
    }
    assertFalse(Files.exists(queue.folder(0)));
  }

  private static void train(Queue queue, int slots) {
    try (Session session = ENGINE.open(queue.runs.getFirst().cohort(), slots);
        DiskWork disk = DiskWork.atOnce()) {
      new SlotLoop(session, queue, disk, new StopSignal()).run();
    }
  }

  /** One cohort; lengths, evaluations, checkpoints and stop rules of all kinds. */
  private static List<PreparedRun> mixed() {
    return List.of(
        Runs.prepare("training.seed=1"),
        Runs.prepare("training.seed=2", "training.steps=45"),
        Runs.prepare("training.seed=3", "evaluation.every=7"),
        Runs.prepare("training.seed=4", "checkpoint.every=33", "optimizer.learning_rate=1e-2"),
        Runs.prepare("training.seed=5", "training.steps=0"),
        Runs.prepare("training.seed=6", "evaluation.every=1", "training.steps=31"),
        Runs.prepare("training.seed=7", "evaluation.every=1000", "training.steps=260"),
        Runs.prepare("training.seed=8", "task.split_seed=3"),
        Runs.prepare("training.seed=9", "training.steps=101", "checkpoint.keep=1"));
  }

  /** Runs in folders of their own, with accidents. */
  private static final class Queue implements RunSource {
    private final Path folder;
    private final List<PreparedRun> runs;
    private final Deque<Integer> waiting = new ArrayDeque<>();
    private final Map<OpenRun, Integer> numbers = new LinkedHashMap<>();
    private final Map<OpenRun, String> slots = new LinkedHashMap<>();
    private final Map<Integer, RuntimeException> failures = new LinkedHashMap<>();
    private int failing = -1;
    private int failureCount;
    private int breaking = -1;
    private int removing = -1;
    private long atStep;
    private long stopAfter = Long.MAX_VALUE;
    private StopSignal stop = new StopSignal();
    private boolean giveUp;

    Queue(Path folder, List<PreparedRun> runs) {
      this.folder = folder;
      this.runs = runs;
      fillAgain();
    }

    void fillAgain() {
      waiting.clear();
      for (int i = 0; i < runs.size(); i++) {
        waiting.add(i);
      }
    }

    Path folder(int run) {
      return folder.resolve("run-" + run);
    }

    void failAt(int run, long step) {
      failing = run;
      atStep = step;
    }

    void breakAtCheckpoint(int run, long step) {
      breaking = run;
      atStep = step;
    }

    void removeFolderAt(int run, long step) {
      removing = run;
      atStep = step;
    }

    void stopAfter(long progresses, StopSignal signal) {
      stopAfter = progresses;
      stop = signal;
    }

    long ended() {
      return java.util.stream.IntStream.range(0, runs.size()).filter(this::hasEnded).count();
    }

    boolean allEnded() {
      return ended() == runs.size();
    }

    private boolean hasEnded(int run) {
      return RunFolder.isRunFolder(folder(run))
          && RunFolder.open(folder(run)).summary().isPresent();
    }

    List<String> starts() {
      return List.copyOf(slots.values());
    }

    @Override
    public Optional<OpenRun> next(int slot) {
      while (!waiting.isEmpty()) {
        int number = waiting.removeFirst();
        Optional<OpenRun> next = open(number);
        if (next.isPresent()) {
          long first = numbers.isEmpty() ? 0 : numbers.keySet().iterator().next().step();
          numbers.put(next.get(), number);
          slots.put(next.get(), number + " in slot " + slot + " at " + first);
          return next;
        }
      }
      return Optional.empty();
    }

    private Optional<OpenRun> open(int number) {
      TrainingListener accidents = new Accidents(number);
      Path path = folder(number);
      return RunFolder.isRunFolder(path)
          ? OpenRun.resume(RunFolder.open(path), ENGINE, accidents)
          : Optional.of(
              OpenRun.start(
                  path, runs.get(number), Optional.empty(), ENGINE, accidents, DurableFiles.DISK));
    }

    @Override
    public void failed(OpenRun run, RuntimeException failure) {
      failures.put(numbers.get(run), failure);
      failureCount++;
      if (giveUp) {
        throw failure;
      }
    }

    private final class Accidents implements TrainingListener {
      private final int number;

      Accidents(int number) {
        this.number = number;
      }

      @Override
      public void progressed(long step, double stepsPerSecond) {
        stopAfter--;
        if (stopAfter == 0) {
          stop.request();
        }
      }

      @Override
      public void evaluated(
          Evaluation evaluation, OptionalLong memorisedAt, OptionalLong grokkedAt) {
        if (number == failing && evaluation.step() == atStep) {
          throw new IllegalStateException("planted");
        }
        if (number == removing && evaluation.step() == atStep) {
          try {
            Files.move(folder(number), folder.resolve("elsewhere"));
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        }
      }

      @Override
      public void checkpointed(long step, Path file) {
        if (number == breaking && step == atStep) {
          throw new OutOfMemoryError("planted");
        }
      }

      @Override
      public void finished(Summary summary) {
        boolean ended = summary.stopReason() != StopReason.INTERRUPTED;
        assertEquals(ended, hasEnded(number));
      }
    }
  }

  /** Counts evaluations, and may fail. */
  private static final class CountingSession implements Session {
    private final Session session;
    private int evaluations;
    private int advances;
    private int failAtAdvance = -1;

    CountingSession(Session session) {
      this.session = session;
    }

    @Override
    public int slots() {
      return session.slots();
    }

    @Override
    public void load(int slot, longrun.engine.Run run, longrun.engine.RunState state) {
      session.load(slot, run, state);
    }

    @Override
    public void unload(int slot) {
      session.unload(slot);
    }

    @Override
    public void advance(int steps) {
      advances++;
      if (advances == failAtAdvance) {
        throw new IllegalStateException("the device is lost");
      }
      session.advance(steps);
    }

    @Override
    public List<Evaluation> evaluate() {
      evaluations++;
      return session.evaluate();
    }

    @Override
    public longrun.engine.RunState save(int slot) {
      return session.save(slot);
    }

    @Override
    public longrun.model.Tensors gradients(int slot) {
      return session.gradients(slot);
    }

    @Override
    public void close() {
      session.close();
    }
  }
}

package longrun.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One screen on a terminal, drawn a few times a second by a thread of its own: a terminal that is
 * slow, or was stopped by Ctrl-S, does not hold up the training.
 */
final class SweepScreenDisplay implements SweepDisplay {
  private static final long REDRAW_MILLIS = 200;

  private final ScreenBlock block;
  private final Terminal screen;
  private final Supplier<SweepStatus> status;
  private final Queue<String> notes = new ConcurrentLinkedQueue<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread painter =
      Thread.ofPlatform().daemon().name("sweep-screen").unstarted(this::paint);
  private volatile boolean resized = true;
  private Terminal.Size size = new Terminal.Size(1, 1);

  private SweepScreenDisplay(PrintStream err, Terminal screen, Supplier<SweepStatus> status) {
    this.block = new ScreenBlock(err);
    this.screen = screen;
    this.status = status;
  }

  /** Begins to draw. */
  static SweepScreenDisplay start(PrintStream err, Terminal screen, Supplier<SweepStatus> status) {
    SweepScreenDisplay display = new SweepScreenDisplay(err, screen, status);
    Signals.handle("WINCH", _ -> display.resized = true);
    display.painter.start();
    return display;
  }

  private void paint() {
    try {
      do {
        draw();
      } while (!over.await(REDRAW_MILLIS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void draw() {
    if (resized) {
      resized = false;
      size = screen.size();
    }
    List<String> above = new ArrayList<>();
    for (String note = notes.poll(); note != null; note = notes.poll()) {
      note.lines().map(Texts::printable).forEach(above::add);
    }
    block.draw(above, SweepScreen.lines(status.get(), size, screen));
  }

  @Override
  public void progressed() {}

  @Override
  public void note(String text) {
    notes.add(text);
  }

  @Override
  public void warn(String text) {
    notes.add(text);
  }

  @Override
  public void finish() {
    end();
    block.erase();
  }

  @Override
  public void close() {
    end();
    block.leave();
  }

  /** Stops the painter and draws what it has not drawn yet. */
  private void end() {
    over.countDown();
    try {
      painter.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    draw();
  }
}

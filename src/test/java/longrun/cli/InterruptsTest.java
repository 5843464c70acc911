package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class InterruptsTest {
  private static final Signals.Received INTERRUPT = new Signals.Received("INT", 2);

  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final Interrupts interrupts = new Interrupts(code -> events.add("exit " + code));

  @Test
  void theFirstAsksAndTheSecondTidiesUpAndEnds() {
    interrupts.stopBy(signal -> events.add("stop by " + signal), () -> events.add("tidied"));
    interrupts.handle(INTERRUPT);
    assertEquals(List.of("stop by SIGINT"), events);
    interrupts.handle(INTERRUPT);
    assertEquals(List.of("stop by SIGINT", "tidied", "exit 130"), events);
  }

  @Test
  void beforeTrainingASignalEndsAtOnce() {
    interrupts.handle(new Signals.Received("TERM", 15));
    assertEquals(List.of("exit 143"), events);
  }

  @Test
  void aTerminalThatIsStoppedDoesNotHoldItUp() {
    CountDownLatch never = new CountDownLatch(1);
    interrupts.stopBy(
        _ -> {},
        () -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    interrupts.handle(INTERRUPT);
    interrupts.handle(INTERRUPT);
    assertEquals(List.of("exit 130"), events);
  }
}

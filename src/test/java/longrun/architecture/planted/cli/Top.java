package longrun.architecture.planted.cli;

import longrun.architecture.planted.config.Prints;

/** May use what is below, and print. */
public final class Top {
  public void run() {
    Prints.print();
    System.out.println("allowed here");
  }
}

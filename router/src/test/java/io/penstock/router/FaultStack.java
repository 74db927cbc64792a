package io.penstock.router;

import io.penstock.local.LocalStack;
import io.penstock.local.Part;
import java.nio.file.Path;

/**
 * The stack whose parts fault tests kill and freeze, apart from the one that the other tests share.
 * It is started once and ends with the JVM.
 */
final class FaultStack {
  private static final LocalStack STACK =
      LocalStack.builder(
              Path.of("target", "fault-stack", Long.toString(ProcessHandle.current().pid())))
          .endWithJvm(true)
          .build();

  private FaultStack() {}

  /** The stack with every part well, however an earlier test has left it. */
  static LocalStack healed() {
    STACK.parts().forEach(Part::thaw);
    return STACK.start();
  }
}

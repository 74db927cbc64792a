package io.penstock.local;

import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * What the parts of one stack share.
 *
 * @param stackDir the stack's folder, absolute
 * @param state the memory of what runs
 * @param endWithJvm whether servers end with this JVM
 * @param forLoad whether servers are tuned for steady load rather than for a quick start
 * @param progress takes lines for the person waiting
 */
record PartContext(
    Path stackDir,
    StackState state,
    boolean endWithJvm,
    boolean forLoad,
    Consumer<String> progress) {}

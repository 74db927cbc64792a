package io.penstock.dlq.archive;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.core.kafka.BoundedConsumer;
import io.penstock.core.kafka.LeftOut;
import io.penstock.dlq.letter.LetterText;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.ObjLongConsumer;
import java.util.zip.CRC32C;

/**
 * Dead letters in a file, one {@link LetterLine} each. Stays open on the file that it found, also
 * if another one takes its name. Memory is that of one line. Not thread-safe.
 */
public final class LetterFile implements AutoCloseable {
  /** More than the longest line can have: a letter of 32 MiB of which half must be escaped. */
  static final int MAX_LINE_BYTES = 64 << 20;

  private static final int CHUNK_BYTES = 1 << 18;

  private final String topic;
  private final FileChannel channel;
  private byte[] line = new byte[CHUNK_BYTES];
  private int length;
  private long number;

  /**
   * The length and checksum of a whole reading: two readings have the same ones if nobody changed
   * the file.
   */
  public record Print(long bytes, long checksum) {}

  /**
   * Opens a file for reading.
   *
   * @param topic the topic that the letters are said to stand in
   */
  public LetterFile(Path file, String topic) throws IOException {
    this.topic = topic;
    this.channel = FileChannel.open(file, StandardOpenOption.READ);
  }

  /**
   * Writes all letters into a new file, under a temporary name first: a file of the name that was
   * asked for is always whole. Only its owner may read it, where the file system knows owners.
   *
   * @return how many
   */
  public static long write(Path file, OutstandingLetters letters) throws IOException {
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    long[] count = new long[1];
    boolean whole = false;
    Files.deleteIfExists(partial);
    try {
      try (FileChannel channel =
              FileChannel.open(
                  partial,
                  Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                  ownerOnly());
          Writer lines =
              new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8), 1 << 16)) {
        letters
            .whole(BoundedConsumer.largestOfHeap())
            .read(letter -> {
              requireWhole(letter);
              try {
                LetterLine.write(letter, lines);
                lines.write('\n');
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
              count[0]++;
            });
        lines.flush();
        channel.force(true);
      }
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
      whole = true;
    } finally {
      if (!whole) {
        Files.deleteIfExists(partial);
      }
    }
    return count[0];
  }

  private static void requireWhole(DeadLetter letter) {
    LeftOut leftOut = letter.leftOut();
    if (leftOut != null) {
      throw CommandFailure.failed(
          "The letter %s has %,d bytes, and this heap reads %,d of one: give it more, for example PENSTOCK_JAVA_OPTS=-Xmx%dm, and export again."
              .formatted(
                  LetterText.origin(letter),
                  leftOut.size(),
                  BoundedConsumer.largestOfHeap(),
                  (leftOut.size() >> 20) * 10),
          null);
    }
  }

  private static FileAttribute<?>[] ownerOnly() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  /** The file's length now, in bytes. */
  public long bytes() throws IOException {
    return channel.size();
  }

  /**
   * Reads all of it from the beginning; the first line is number 1, and blank ones are passed over.
   *
   * @param letters told each letter with its line's number
   * @param broken told why a line is no letter, with its number; reading goes on behind it
   * @param progress told how many more bytes were read
   */
  public Print read(
      ObjLongConsumer<DeadLetter> letters, ObjLongConsumer<String> broken, LongConsumer progress)
      throws IOException {
    CRC32C checksum = new CRC32C();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    long position = 0;
    length = 0;
    number = 1;
    while (channel.read(chunk.clear(), position) > 0) {
      chunk.flip();
      checksum.update(chunk.array(), 0, chunk.limit());
      position += chunk.limit();
      split(chunk.array(), chunk.limit(), letters, broken);
      progress.accept(chunk.limit());
    }
    end(letters, broken);
    return new Print(position, checksum.getValue());
  }

  private void split(
      byte[] bytes,
      int limit,
      ObjLongConsumer<DeadLetter> letters,
      ObjLongConsumer<String> broken) {
    int begin = 0;
    for (int at = 0; at < limit; at++) {
      if (bytes[at] == '\n') {
        append(bytes, begin, at);
        end(letters, broken);
        number++;
        begin = at + 1;
      }
    }
    append(bytes, begin, limit);
  }

  /**
   * Keeps at most one byte more of a line than is allowed, which shows that the line is too long.
   */
  private void append(byte[] bytes, int begin, int end) {
    int more = Math.min(end - begin, MAX_LINE_BYTES + 1 - length);
    if (length + more > line.length) {
      line = Arrays.copyOf(line, Math.min(MAX_LINE_BYTES + 1, 2 * (length + more)));
    }
    System.arraycopy(bytes, begin, line, length, more);
    length += more;
  }

  private void end(ObjLongConsumer<DeadLetter> letters, ObjLongConsumer<String> broken) {
    byte[] whole = Arrays.copyOf(line, length);
    length = 0;
    if (whole.length > MAX_LINE_BYTES) {
      broken.accept(
          "is longer than %d MiB: give each letter a line".formatted(MAX_LINE_BYTES >> 20), number);
    } else if (!blank(whole)) {
      DeadLetter letter;
      try {
        letter = LetterLine.read(topic, whole);
      } catch (LetterLine.BrokenException e) {
        broken.accept(String.valueOf(e.getMessage()), number);
        return;
      }
      letters.accept(letter, number);
    }
  }

  private static boolean blank(byte[] line) {
    for (byte one : line) {
      if (one != ' ' && one != '\t' && one != '\r') {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

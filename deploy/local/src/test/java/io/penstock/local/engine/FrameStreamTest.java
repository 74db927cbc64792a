package io.penstock.local.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.clickhouse.FrameOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameStreamTest {
  private static byte[] framed(byte[] data) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var frames = new FrameOutputStream(out)) {
      frames.write(data);
    }
    return out.toByteArray();
  }

  private static byte[] read(byte[] frames) throws IOException {
    try (var in = new FrameInputStream(new ByteArrayInputStream(frames))) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 1_000_000})
  void whatIsWrittenIsReadBack(int size) throws IOException {
    byte[] data = new byte[size];
    new Random(size).nextBytes(data);
    Arrays.fill(data, size / 2, size, (byte) 7);
    assertThat(read(framed(data))).isEqualTo(data);
  }

  @Test
  void everyCutIsAnErrorExceptBetweenFrames() throws IOException {
    byte[] frames = framed("some rows, some rows, some rows".getBytes(UTF_8));
    assertThat(read(new byte[0])).isEmpty();
    for (int length = 1; length < frames.length; length++) {
      byte[] cut = Arrays.copyOf(frames, length);
      assertThatThrownBy(() -> read(cut)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void everyChangedByteIsAnError() throws IOException {
    byte[] frames = framed("some rows, some rows, some rows".getBytes(UTF_8));
    for (int i = 0; i < frames.length; i++) {
      byte[] damaged = frames.clone();
      damaged[i] ^= 0x20;
      assertThatThrownBy(() -> read(damaged)).as("byte %s", i).isInstanceOf(IOException.class);
    }
  }
}

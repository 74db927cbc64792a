package io.penstock.dlq.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.deadletter.DeadLetter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

public class LetterLineTest {
  private static final String GOOD =
      "{\"partition\":1,\"offset\":2,\"writtenAt\":\"2026-11-21T10:00:00Z\",\"key\":\"k\",\"headers\":[{\"name\":\"h\",\"value\":\"w\"}],\"value\":\"v\"}";

  static DeadLetter letter(
      int partition, byte @Nullable [] key, RecordHeaders headers, byte[] value) {
    return Objects.requireNonNull(
        DeadLetter.of(
            new ConsumerRecord<>(
                "dead",
                partition,
                12,
                1_700_000_000_123L,
                TimestampType.LOG_APPEND_TIME,
                ConsumerRecord.NULL_SIZE,
                ConsumerRecord.NULL_SIZE,
                key,
                value,
                headers,
                Optional.empty())));
  }

  /** All bytes of a letter, to compare. */
  public static String content(DeadLetter letter) {
    StringBuilder text = new StringBuilder();
    text.append(letter.partition()).append(' ').append(hex(letter.key()));
    for (Header header : letter.headers()) {
      text.append(' ').append(header.key()).append('=').append(hex(header.value()));
    }
    return text.append(" : ").append(hex(letter.value())).toString();
  }

  private static String hex(byte @Nullable [] bytes) {
    return bytes == null ? "null" : "<" + HexFormat.of().formatHex(bytes) + ">";
  }

  private static DeadLetter back(DeadLetter letter) throws Exception {
    return LetterLine.read("dead", written(letter).getBytes(UTF_8));
  }

  static String written(DeadLetter letter) {
    StringWriter line = new StringWriter();
    try {
      LetterLine.write(letter, line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return line.toString();
  }

  @Test
  void whateverALetterHoldsIsReadBackByteForByte() throws Exception {
    RecordHeaders headers = new RecordHeaders();
    headers
        .add("twice", "a".getBytes(UTF_8))
        .add("null", null)
        .add("twice", new byte[] {(byte) 0xff, 0})
        .add("empty", new byte[0])
        .add("", "no name \u0000\n\r\u2028\ufeff\ud83d\ude00".getBytes(UTF_8));
    DeadLetter letter = letter(3, "k\"\\\u0007".getBytes(UTF_8), headers, new byte[0]);

    DeadLetter read = back(letter);

    assertThat(content(read)).isEqualTo(content(letter));
    assertThat(read.partition()).isEqualTo(letter.partition());
    assertThat(read.offset()).isEqualTo(letter.offset());
    assertThat(read.writtenAt()).isEqualTo(letter.writtenAt());
  }

  @Test
  void aLetterWithoutAKeyIsReadBackWithoutOne() throws Exception {
    DeadLetter letter = letter(0, null, new RecordHeaders(), new byte[] {1});

    assertThat(back(letter).key()).isNull();
  }

  @Test
  void randomBytesAreReadBackByteForByte() throws Exception {
    Random random = new Random(11);
    for (int run = 0; run < 5_000; run++) {
      RecordHeaders headers = new RecordHeaders();
      for (int header = random.nextInt(4); header > 0; header--) {
        headers.add("h" + random.nextInt(2), bytes(random));
      }
      DeadLetter letter = letter(random.nextInt(9), bytes(random), headers, bytes(random));

      assertThat(content(back(letter))).isEqualTo(content(letter));
    }
  }

  /** Some are UTF-8, some begin so, most are not. */
  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(12)];
    random.nextBytes(bytes);
    if (random.nextInt(3) == 0) {
      return new String(bytes, UTF_8).getBytes(UTF_8);
    }
    return bytes;
  }

  @Test
  void theLineThatBrokenOnesAreMadeFromIsGood() throws Exception {
    assertThat(content(LetterLine.read("dead", (GOOD + " \r").getBytes(UTF_8))))
        .isEqualTo("dead-1 <6b> h=<77> : <76>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"partition\":1, | '' | has no \"partition\"",
        "\"partition\":1, | \"partition\":-1, | has a \"partition\" that is no number",
        "\"partition\":1, | \"partition\":2147483648, | has a \"partition\" that is no number",
        "\"partition\":1, | \"partition\":1.5, | has a \"partition\" that is no number",
        "\"partition\":1, | \"partition\":\"1\", | has a \"partition\" that is no number",
        "\"offset\":2, | '' | has no \"offset\"",
        "\"offset\":2, | \"offset\":9223372036854775808, | has a \"offset\" that is no number",
        "2026-11-21T10:00:00Z | yesterday | no time like",
        "2026-11-21T10:00:00Z | +1000000000-12-31T23:59:59Z | no time like",
        "\"key\":\"k\" | \"key\":null | has a \"key\" that is no string",
        "\"key\":\"k\" | \"key\":\"\\ud800\" | has a \"key\" with half a character",
        "\"key\":\"k\" | \"keyBase64\":\"?\" | has a \"keyBase64\" that is no Base64",
        "\"key\":\"k\" | \"key\":\"k\",\"keyBase64\":\"aw==\" | both as text and in Base64",
        "\"key\":\"k\" | \"key\":\"k\",\"key\":\"k\" | has the field \"key\" twice",
        "\"key\":\"k\" | \"keyBase46\":\"k\" | has the field \"keyBase46\", which no export has",
        "\"key\":\"k\" | \"SECRETSECRETSECRETSECRET\":1 | has an unknown field",
        "\"headers\" | \"header\" | has the field \"header\"",
        "[{\"name\":\"h\",\"value\":\"w\"}] | {} | has \"headers\" that are no list",
        "[{\"name\":\"h\",\"value\":\"w\"}] | [1] | has a header that is no object",
        "\"name\":\"h\", | '' | has a header without \"name\"",
        "\"name\":\"h\", | \"name\":\"\\udc00\", | has a \"name\" with half a character",
        "\"value\":\"w\" | \"values\":\"w\" | has the field \"values\"",
        ",\"value\":\"v\" | '' | has neither \"value\" nor \"valueBase64\"",
        "\"value\":\"v\" | \"value\":null | has a \"value\" that is no string",
        "\"value\":\"v\" | \"value\":SECRET | is not JSON from column",
        "\"value\":\"v\"} | \"value\":\"v | is not JSON from column",
        "\"value\":\"v\"} | \"value\":\"v\"}{} | goes on behind its object",
        "{\"partition\" | [{\"partition\" | is no JSON object",
      })
  void whatIsWrongWithALineIsSaidWithoutItsContent(String part, String broken, String why) {
    assertThat(GOOD).contains(part);
    String line = GOOD.replace(part, broken);

    assertThatThrownBy(() -> LetterLine.read("dead", line.getBytes(UTF_8)))
        .isInstanceOf(LetterLine.BrokenException.class)
        .hasMessageContaining(why)
        .hasMessageNotContaining("SECRET");
  }

  @Test
  void bytesThatAreNotUtf8AreNoLine() {
    byte[] line = GOOD.getBytes(UTF_8);
    line[line.length - 3] = (byte) 0xff;

    assertThatThrownBy(() -> LetterLine.read("dead", line)).hasMessageContaining("is not UTF-8");
  }
}

package io.penstock.core.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The scanner accepts what jackson-core accepts and nothing else, but that text which is not UTF-8
 * is always refused here, and that the grammar allows lone surrogates in names as in values.
 */
class ScannerAgainstJacksonTest {
  /** Bytes that turn one JSON text into almost another. */
  private static final byte[] TELLING =
      "{}[],:\"\\/ \n\t\r0123456789-+.eEtrufalsn\u0000\u0001\u001f\u007f".getBytes(UTF_8);

  /** Jackson refuses these in names, and only there. */
  private static final Pattern LONE_SURROGATE =
      Pattern.compile("\\\\u[dD][89a-fA-F][0-9a-fA-F]{2}");

  private static final JsonFactory JACKSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(JsonScanner.MAX_DEPTH)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final JsonScanner scanner = new JsonScanner();

  @Test
  void randomDocumentsAreAccepted() {
    Seeds.check(
        2_000,
        random -> {
          RandomJson json = new RandomJson(random);
          byte[] text = (json.space() + json.value(8) + json.space()).getBytes(UTF_8);
          assertThat(scannerAccepts(text)).as(() -> shown(text)).isTrue();
          assertThat(jacksonAccepts(text)).as(() -> shown(text)).isTrue();
        });
  }

  @Test
  void mutatedDocumentsAreJudgedAlike() {
    Seeds.check(
        2_000,
        random -> {
          byte[] text = new RandomJson(random).value(4).getBytes(UTF_8);
          for (int i = 0; i < 20; i++) {
            assertJudgedAlike(mutated(text, random));
          }
        });
  }

  @Test
  void severalTimesMutatedDocumentsAreJudgedAlike() {
    Seeds.check(
        2_000,
        random -> {
          byte[] text = new RandomJson(random).value(4).getBytes(UTF_8);
          for (int i = 0; i < 6; i++) {
            text = mutated(text, random);
            assertJudgedAlike(text);
          }
        });
  }

  @Test
  void documentsCutOffAnywhereAreJudgedAlike() {
    Seeds.check(
        300,
        random -> {
          byte[] text = new RandomJson(random).value(4).getBytes(UTF_8);
          for (int length = 0; length < Math.min(text.length, 500); length++) {
            assertJudgedAlike(Arrays.copyOf(text, length));
          }
        });
  }

  @Test
  void randomBytesAreJudgedAlike() {
    Seeds.check(
        5_000,
        random -> {
          byte[] bytes = new byte[random.nextInt(30)];
          random.nextBytes(bytes);
          assertJudgedAlike(bytes);
        });
  }

  @Test
  void randomRowsOfTellingBytesAreJudgedAlike() {
    Seeds.check(
        30_000,
        random -> {
          byte[] bytes = new byte[random.nextInt(9)];
          for (int i = 0; i < bytes.length; i++) {
            bytes[i] = TELLING[random.nextInt(TELLING.length)];
          }
          assertJudgedAlike(bytes);
        });
  }

  @Test
  void nestingIsAcceptedToTheSameDepth() {
    for (int depth : new int[] {1, 255, 256, 257, 1_000}) {
      String brackets = "[".repeat(depth) + "]".repeat(depth);
      String braces = "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
      assertThat(scannerAccepts(brackets.getBytes(UTF_8))).isEqualTo(depth <= 256);
      assertJudgedAlike(brackets.getBytes(UTF_8));
      assertJudgedAlike(braces.getBytes(UTF_8));
    }
  }

  private void assertJudgedAlike(byte[] text) {
    boolean expected = isUtf8(text) && !looksLikeAnotherEncoding(text) && jacksonAccepts(text);
    assertThat(scannerAccepts(text)).as(() -> shown(text)).isEqualTo(expected);
  }

  private boolean scannerAccepts(byte[] text) {
    scanner.reset(text);
    try {
      scanner.skipValue();
      return scanner.atEnd();
    } catch (Refused refused) {
      return false;
    }
  }

  private static boolean jacksonAccepts(byte[] text) {
    String evened = LONE_SURROGATE.matcher(new String(text, UTF_8)).replaceAll("\\\\u0041");
    try (JsonParser parser = JACKSON.createParser(evened.getBytes(UTF_8))) {
      if (parser.nextToken() == null) {
        return false;
      }
      int depth = 0;
      for (JsonToken token = parser.currentToken(); ; token = parser.nextToken()) {
        if (token == null) {
          return false;
        }
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        parser.finishToken();
        if (depth == 0) {
          return parser.nextToken() == null;
        }
      }
    } catch (JsonProcessingException refused) {
      return false;
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /** Jackson would read these as UTF-16 or UTF-32, or skip a byte order mark. */
  private static boolean looksLikeAnotherEncoding(byte[] text) {
    for (int i = 0; i < Math.min(4, text.length); i++) {
      if (text[i] == 0) {
        return true;
      }
    }
    return text.length > 2 && text[0] == (byte) 0xef && text[1] == (byte) 0xbb;
  }

  private static boolean isUtf8(byte[] text) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
      return true;
    } catch (CharacterCodingException notUtf8) {
      return false;
    }
  }

  private static byte[] mutated(byte[] text, Random random) {
    int at = random.nextInt(text.length + 1);
    int skipped = random.nextInt(3);
    byte[] inserted = new byte[random.nextInt(3)];
    for (int i = 0; i < inserted.length; i++) {
      inserted[i] =
          random.nextInt(4) == 0
              ? (byte) random.nextInt()
              : TELLING[random.nextInt(TELLING.length)];
    }
    int rest = Math.min(at + skipped, text.length);
    byte[] result = new byte[at + inserted.length + text.length - rest];
    System.arraycopy(text, 0, result, 0, at);
    System.arraycopy(inserted, 0, result, at, inserted.length);
    System.arraycopy(text, rest, result, at + inserted.length, text.length - rest);
    return result;
  }

  private static String shown(byte[] text) {
    return new String(text, UTF_8) + " " + Arrays.toString(text);
  }
}

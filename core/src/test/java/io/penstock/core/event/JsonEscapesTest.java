package io.penstock.core.event;

import static io.penstock.core.event.ParserFixture.eventWith;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JsonEscapesTest {
  private final ParserFixture fixture = new ParserFixture();

  private String stored(String json) {
    return fixture.accept(eventWith("\"user_id\":\"" + json + '"')).userId().toString();
  }

  @Test
  void everyShortEscapeStandsForItsCharacter() {
    assertThat(stored("\\\"\\\\\\/\\b\\f\\n\\r\\t")).isEqualTo("\"\\/\b\f\n\r\t");
  }

  @Test
  void everyCodeUnitThatIsNoSurrogateStandsForItself() {
    for (int unit = 0; unit < 0x10000; unit++) {
      if (!Character.isSurrogate((char) unit)) {
        assertThat(stored(String.format("\\u%04X", unit))).isEqualTo(Character.toString(unit));
      }
    }
  }

  @Test
  void aSurrogatePairIsOneCharacter() {
    assertThat(stored("\\uD83D\\ude00")).isEqualTo("\uD83D\uDE00");
    assertThat(stored("\\uD800\\uDC00\\uDBFF\\uDFFF"))
        .isEqualTo(Character.toString(0x10000) + Character.toString(0x10ffff));
  }

  @Test
  void aLoneSurrogateBecomesTheReplacementCharacter() {
    assertThat(stored("\\ud83d")).isEqualTo("\ufffd");
    assertThat(stored("\\ude00")).isEqualTo("\ufffd");
    assertThat(stored("a\\ud83db")).isEqualTo("a\ufffdb");
    assertThat(stored("\\ud83d\\n")).isEqualTo("\ufffd\n");
    assertThat(stored("\\ud83d\\u0041")).isEqualTo("\ufffdA");
    assertThat(stored("\\ude00\\ud83d")).isEqualTo("\ufffd\ufffd");
    assertThat(stored("\\ud83d\\ud83d\\ude00")).isEqualTo("\ufffd\uD83D\uDE00");
    assertThat(stored("\\ud83dxude00")).isEqualTo("\ufffdxude00");
  }
}

package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearMatchTest {
  private static final List<String> CLIENTS =
      List.of("acme", "globex", "initech", "wayne-enterprises", "c1", "c2");

  @Test
  void whatWasMeantIsFound() {
    assertThat(NearMatch.of("acem", CLIENTS)).isEqualTo("acme");
    assertThat(NearMatch.of("GLOBEX", CLIENTS)).isEqualTo("globex");
    assertThat(NearMatch.of("wayne-enterprise", CLIENTS)).isEqualTo("wayne-enterprises");
    assertThat(NearMatch.of("wayne", CLIENTS)).isEqualTo("wayne-enterprises");
    assertThat(NearMatch.question("acme1", CLIENTS)).isEqualTo("; did you mean \"acme\"?");
  }

  @Test
  void whatIsFarAwayIsNot() {
    assertThat(NearMatch.of("hooli", CLIENTS)).isNull();
    assertThat(NearMatch.of("zz", CLIENTS)).isNull();
    assertThat(NearMatch.question("hooli", CLIENTS)).isEmpty();
  }
}

package io.penstock.core.directory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DropRequestTest {
  @Test
  void answersTellTheRouterAndBelongToOneRequestAlone() {
    DropRequest request = DropRequest.of("acme");
    DropRequest another = DropRequest.of("acme");
    String answer = DropRequest.answer(request.text(), "penstock-router-1");

    assertThat(DropRequest.clientIn(request.text())).isEqualTo("acme");
    assertThat(DropRequest.asksForAnswer(request.text())).isTrue();
    assertThat(request.routerIn(answer)).isEqualTo("penstock-router-1");
    assertThat(another.routerIn(answer)).isNull();
  }

  @Test
  void plainAnnouncementsAskForNoAnswer() {
    assertThat(DropRequest.clientIn("acme")).isEqualTo("acme");
    assertThat(DropRequest.asksForAnswer("acme")).isFalse();
  }

  @Test
  void answerOfAReleaseThatDoesNotSayItsNameNamesNobody() {
    DropRequest request = DropRequest.of("acme");

    assertThat(request.routerIn(request.text())).isEmpty();
  }
}

package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import io.penstock.core.client.ApiKeys;
import io.penstock.core.observe.FoldingAppender;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.KeyValuePair;

class LogTest {
  @ParameterizedTest
  @ValueSource(strings = {"/logback.xml:console", "/io/penstock/core/cli/logback-command.xml:OUT"})
  void noLineHasAKeyOfAClient(String place) throws Exception {
    String[] file = place.split(":", 2);
    String key = ApiKeys.generate(new SecureRandom());
    LoggerContext context = new LoggerContext();
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(Objects.requireNonNull(LogTest.class.getResource(file[0])));
    Logger logger = context.getLogger("io.penstock.X");
    LoggingEvent event =
        new LoggingEvent(
            "x",
            logger,
            Level.ERROR,
            "Cannot parse '" + key + "'",
            new IllegalStateException("Cannot parse '" + key + "'"),
            null);
    event.setKeyValuePairs(List.of(new KeyValuePair("detail", key)));

    var folded =
        (FoldingAppender)
            context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).iteratorForAppenders().next();
    var appender =
        (ConsoleAppender<ILoggingEvent>) Objects.requireNonNull(folded.getAppender(file[1]));
    String line = new String(appender.getEncoder().encode(event), UTF_8);

    assertThat(line)
        .contains("Cannot parse 'pk_***'", "java.lang.IllegalStateException: ")
        .doesNotContain(key, "PARSER_ERROR");
    context.stop();
  }
}

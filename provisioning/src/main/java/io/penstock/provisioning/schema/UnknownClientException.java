package io.penstock.provisioning.schema;

import io.penstock.core.config.NearMatch;
import java.util.List;

/** A client that was named is not there, or has no database yet or no longer. */
public final class UnknownClientException extends Exception {
  private static final long serialVersionUID = 1;

  UnknownClientException(String clientId, List<String> others) {
    super(sentence(clientId, NearMatch.question(clientId, others)));
  }

  private static String sentence(String clientId, String question) {
    return "There is no active or suspended client \"%s\"%s"
        .formatted(clientId, question.isEmpty() ? "." : question);
  }
}

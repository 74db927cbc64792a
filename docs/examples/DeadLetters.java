// Prints every dead letter that is in the topic now: its key, its headers, its value. README.md shows how to run it.
// Arguments: bootstrap servers, topic.
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

void main(String[] args) {
  var settings = Map.<String, Object>of("bootstrap.servers", args[0], "isolation.level", "read_committed");
  var text = new StringDeserializer();
  try (var consumer = new KafkaConsumer<>(settings, text, text)) {
    var partitions = consumer.partitionsFor(args[1]).stream()
        .map(info -> new TopicPartition(args[1], info.partition()))
        .toList();
    var ends = consumer.endOffsets(partitions);
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
      for (var letter : consumer.poll(Duration.ofSeconds(1))) {
        IO.println(letter.key());
        for (var header : letter.headers()) {
          IO.println("  " + header.key() + " = " + new String(header.value(), StandardCharsets.UTF_8));
        }
        IO.println("  value: " + (letter.value() == null ? "(settled)" : letter.value()));
      }
    }
  }
}

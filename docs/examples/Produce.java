// Sends each line of standard input to a topic, as one event. README.md shows how to run it.
// Arguments: bootstrap servers, topic, key (the client's id).
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

void main(String[] args) throws Exception {
  var settings = Map.<String, Object>of("bootstrap.servers", args[0], "max.block.ms", 10_000);
  var text = new StringSerializer();
  try (var producer = new KafkaProducer<>(settings, text, text)) {
    for (String line = IO.readln(); line != null; line = IO.readln()) {
      var at = producer.send(new ProducerRecord<>(args[1], args[2], line)).get();
      IO.println("sent to " + at);
    }
  }
}

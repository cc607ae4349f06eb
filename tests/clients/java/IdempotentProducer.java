import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * An idempotent producer with five batches in flight, once with each codec.
 *
 * usage: IdempotentProducer BOOTSTRAP TOPIC COUNT: prints the offset of each record, in the order of sending
 */
public class IdempotentProducer {
    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[2]);
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            Properties settings = new Properties();
            settings.put("bootstrap.servers", args[0]);
            settings.put("enable.idempotence", "true");
            settings.put("acks", "all");
            settings.put("max.in.flight.requests.per.connection", "5");
            settings.put("batch.size", "2000");
            settings.put("compression.type", codec);
            try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
                List<Future<RecordMetadata>> sent = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    sent.add(producer.send(new ProducerRecord<>(args[1], 0, "key", codec + " record " + i)));
                }
                for (var answer : sent) System.out.println(answer.get().offset());
            }
        }
    }
}

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.HashSet;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads a whole topic three times, in three groups: with automatic, synchronous and asynchronous commits.
 *
 * usage: CommitModes BOOTSTRAP TOPIC COUNT: prints "mode records committed" once a mode
 */
public class CommitModes {
    public static void main(String[] args) {
        int count = Integer.parseInt(args[2]);
        for (String mode : List.of("auto", "sync", "async")) {
            Properties settings = new Properties();
            settings.put("bootstrap.servers", args[0]);
            settings.put("group.id", "commit-" + mode);
            settings.put("enable.auto.commit", String.valueOf(mode.equals("auto")));
            settings.put("auto.commit.interval.ms", "100");
            settings.put("auto.offset.reset", "earliest");
            int records = 0;
            try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
                consumer.subscribe(List.of(args[1]));
                long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
                while (records < count && System.nanoTime() < end) {
                    int polled = consumer.poll(Duration.ofMillis(200)).count();
                    records += polled;
                    if (polled > 0 && mode.equals("sync")) consumer.commitSync();
                    if (polled > 0 && mode.equals("async")) consumer.commitAsync();
                }
            }
            // Closing waits for asynchronous commits and makes the last automatic one.
            long committed = 0;
            try (var reader = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
                var partitions = new ArrayList<TopicPartition>();
                reader.partitionsFor(args[1]).forEach(p -> partitions.add(new TopicPartition(p.topic(), p.partition())));
                for (var offset : reader.committed(new HashSet<>(partitions)).values()) {
                    if (offset != null) committed += offset.offset();
                }
            }
            System.out.println(mode + " " + records + " " + committed);
        }
    }
}

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Two members of one group with CooperativeStickyAssignor; each commits by hand what it has printed. The second joins
 * when the first has its partitions, so that the group rebalances while records flow.
 *
 * usage: ManualCommit BOOTSTRAP GROUP TOPIC COUNT: prints partition, key and value of COUNT records
 */
public class ManualCommit {
    private static final AtomicInteger LEFT = new AtomicInteger();

    public static void main(String[] args) throws Exception {
        LEFT.set(Integer.parseInt(args[3]));
        Thread second = new Thread(() -> run(args, () -> { }));
        second.setDaemon(true);
        run(args, () -> {
            if (!second.isAlive() && second.getState() == Thread.State.NEW) second.start();
        });
        second.join(30_000);
        System.out.flush();
    }

    private static void run(String[] args, Runnable onFirstRecords) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", args[0]);
        settings.put("group.id", args[1]);
        settings.put("enable.auto.commit", "false");
        settings.put("auto.offset.reset", "earliest");
        settings.put("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
        settings.put("max.poll.records", "200");
        settings.put("heartbeat.interval.ms", "300");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
            consumer.subscribe(List.of(args[2]), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
                    try {
                        consumer.commitSync(done);
                    } catch (RebalanceInProgressException e) {
                        // On the way out, with every record printed, nobody will read the offset any more.
                        if (LEFT.get() > 0) throw e;
                    }
                }

                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> assigned) { }
            });
            while (LEFT.get() > 0) {
                var records = consumer.poll(Duration.ofMillis(200));
                if (records.isEmpty()) continue;
                var lines = new StringBuilder();
                for (var record : records) {
                    lines.append(record.partition()).append('\t').append(record.key()).append('\t').append(record.value()).append('\n');
                    done.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
                }
                try {
                    consumer.commitSync(done);
                    done.clear();
                } catch (RebalanceInProgressException e) {
                    // A cooperative member keeps its partitions while the group rebalances: what it must give up is
                    // committed on the way out, and the rest with the next records.
                }
                synchronized (ManualCommit.class) {
                    System.out.print(lines);
                }
                LEFT.addAndGet(-records.count());
                onFirstRecords.run();
            }
        }
    }
}

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.FileWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Load from the Java client: idempotent producers with acks=all, and a group of consumers that commits what it read.
 *
 * usage: ChaosClient BOOTSTRAP EVENTS SEED RATE TOPICS      RATE records/s a producer; TOPICS as name:partitions,...
 *
 * Reads `stop` and `end` on stdin and reports on stdout as rdkafka_client.py does.
 */
public class ChaosClient {
    static final int PRODUCERS = 2;
    static final int CONSUMERS = 2;
    static final int VALUE_BYTES = 120;
    static final String[] CODECS = {"none", "zstd"};

    static final AtomicBoolean stop = new AtomicBoolean();
    static final AtomicBoolean end = new AtomicBoolean();
    static final Map<String, Long> progress = new TreeMap<>();
    static final Map<String, Long> outcomes = new TreeMap<>();
    static final Map<String, Long> errors = new TreeMap<>();
    static final List<String> fatal = new ArrayList<>();
    static int flushed = 0;
    static BufferedWriter events;
    static String bootstrap;
    static long seed;
    static double rate;
    static final Map<String, Integer> topics = new LinkedHashMap<>();

    public static void main(String[] args) throws Exception {
        bootstrap = args[0];
        events = new BufferedWriter(new FileWriter(args[1]), 1 << 16);
        seed = Long.parseLong(args[2]);
        rate = Double.parseDouble(args[3]);
        for (String topic : args[4].split(",")) {
            String[] parts = topic.split(":");
            topics.put(parts[0], Integer.parseInt(parts[1]));
        }
        List<Thread> threads = new ArrayList<>();
        for (int n = 0; n < PRODUCERS; n++) {
            int number = n;
            threads.add(new Thread(() -> produce(number)));
        }
        for (int n = 0; n < CONSUMERS; n++) {
            int number = n;
            threads.add(new Thread(() -> consume(number)));
        }
        threads.forEach(Thread::start);
        Thread listener = new Thread(ChaosClient::listen);
        listener.setDaemon(true);
        listener.start();
        while (threads.stream().anyMatch(Thread::isAlive)) {
            report();
            Thread.sleep(250);
        }
        synchronized (events) {
            events.close();
        }
        report();
    }

    static void listen() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.strip().equals("stop")) stop.set(true);
                if (line.strip().equals("end")) end.set(true);
            }
        } catch (IOException gone) {
            // Whoever started this is gone, as at the end of the input.
        }
        stop.set(true);
        end.set(true);
    }

    static void produce(int number) {
        Properties settings = common();
        settings.put("acks", "all");
        settings.put("enable.idempotence", "true");
        settings.put("linger.ms", "5");
        settings.put("delivery.timeout.ms", "120000");
        settings.put("request.timeout.ms", "10000");
        settings.put("max.block.ms", "120000");
        settings.put("compression.type", CODECS[number % CODECS.length]);
        Random dice = new Random(seed * 31 + number);
        List<TopicPartition> partitions = partitions();
        String client = "java-p" + number;
        long began = System.nanoTime();
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (long sent = 0; !stop.get(); sent++) {
                TopicPartition to = partitions.get(dice.nextInt(partitions.size()));
                long value = (100 + number) * 1_000_000_000_000L + sent;
                long seq = sent;
                note("send", "\"client\":\"" + client + "\",\"seq\":" + seq + at(to) + ",\"value\":" + value);
                String payload = value + ":" + ".".repeat(VALUE_BYTES - 20);
                producer.send(new ProducerRecord<>(to.topic(), to.partition(), null, payload), (told, error) -> {
                    String head = "\"client\":\"" + client + "\",\"seq\":" + seq;
                    if (error == null) {
                        count(outcomes, "acked", 1);
                        count(progress, client, 1);
                        note("acked", head + (told.hasOffset() ? ",\"offset\":" + told.offset() : ""));
                        return;
                    }
                    boolean never = error instanceof RecordTooLargeException || error instanceof AuthorizationException;
                    count(outcomes, never ? "failed" : "unknown", 1);
                    count(errors, error.getClass().getSimpleName(), 1);
                    note(never ? "failed" : "unknown", head);
                    if (error instanceof ProducerFencedException) lost(client, error);
                });
                pause(began + (long) ((sent + 1) / rate * 1e9) - System.nanoTime());
            }
            producer.flush();
        } catch (RuntimeException e) {
            lost(client, e);
        }
        synchronized (progress) {
            flushed++;
        }
    }

    static void consume(int number) {
        Properties settings = common();
        settings.put("group.id", "chaos-java");
        settings.put("isolation.level", "read_committed");
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        settings.put("session.timeout.ms", "10000");
        settings.put("heartbeat.interval.ms", "1000");
        settings.put(
                "partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        String name = "java-c" + number;
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(topics.keySet(), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    for (var partition : partitions) note("assigned", "\"consumer\":\"" + name + "\"" + at(partition));
                }

                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
            });
            while (!end.get()) {
                var polled = consumer.poll(Duration.ofMillis(200));
                for (var partition : polled.partitions()) {
                    StringBuilder records = new StringBuilder();
                    for (var record : polled.records(partition)) {
                        String value = record.value().substring(0, record.value().indexOf(':'));
                        records.append(records.isEmpty() ? "[" : ",[").append(record.offset()).append(',').append(value).append(']');
                    }
                    note("poll", "\"consumer\":\"" + name + "\"" + at(partition) + ",\"records\":[" + records + "]");
                }
                count(outcomes, "polled", polled.count());
                count(progress, name, polled.count());
                if (!polled.isEmpty()) {
                    consumer.commitAsync((offsets, error) -> {
                        if (error != null) count(errors, error.getClass().getSimpleName(), 1);
                    });
                }
            }
        } catch (RuntimeException e) {
            lost(name, e);
        }
    }

    static Properties common() {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("metadata.max.age.ms", "5000");
        settings.put("reconnect.backoff.max.ms", "2000");
        return settings;
    }

    static List<TopicPartition> partitions() {
        List<TopicPartition> all = new ArrayList<>();
        topics.forEach((name, count) -> {
            for (int p = 0; p < count; p++) all.add(new TopicPartition(name, p));
        });
        return all;
    }

    static String at(TopicPartition partition) {
        return ",\"topic\":\"" + partition.topic() + "\",\"partition\":" + partition.partition();
    }

    /** A line: the time in microseconds of this machine's monotonic clock, a tab, and the event. */
    static void note(String event, String fields) {
        synchronized (events) {
            long at = System.nanoTime() / 1000;
            try {
                events.write(at + "\t{\"event\":\"" + event + "\",\"at\":" + at + "," + fields + "}\n");
            } catch (IOException e) {
                throw new IllegalStateException("cannot write the events", e);
            }
        }
    }

    static void count(Map<String, Long> counts, String key, long by) {
        synchronized (progress) {
            counts.merge(key, by, Long::sum);
        }
    }

    static void lost(String client, Exception error) {
        synchronized (progress) {
            fatal.add(client + ": " + error);
        }
    }

    static void pause(long nanos) {
        if (nanos <= 0) return;
        try {
            Thread.sleep(nanos / 1_000_000, (int) (nanos % 1_000_000));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static void report() {
        synchronized (progress) {
            List<String> told = fatal.stream().map(ChaosClient::text).toList();
            System.out.println("{\"progress\":" + json(progress) + ",\"outcomes\":" + json(outcomes) + ",\"errors\":"
                    + json(errors) + ",\"fatal\":" + told + ",\"flushed\":" + (flushed == PRODUCERS) + "}");
        }
    }

    static String json(Map<String, Long> counts) {
        List<String> pairs = new ArrayList<>();
        counts.forEach((key, count) -> pairs.add(text(key) + ":" + count));
        return "{" + String.join(",", pairs) + "}";
    }

    static String text(String words) {
        return "\"" + words.replace("\\", "\\\\").replace("\"", "'").replaceAll("\\p{Cntrl}", " ") + "\"";
    }
}

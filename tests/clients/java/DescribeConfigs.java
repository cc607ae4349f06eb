import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;

/**
 * Makes a topic with overrides, sets dynamic broker settings, and prints every setting of topic, broker 1 and group.
 *
 * usage: DescribeConfigs BOOTSTRAP: kind, name, value, source, sensitive, read-only, type, synonyms, parted by tabs; then
 * the texts of refused changes
 */
public class DescribeConfigs {
    public static void main(String[] args) throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            var topic = new NewTopic("described", 1, (short) 1)
                .configs(Map.of("segment.bytes", "2097152", "cleanup.policy", "compact,delete", "min.cleanable.dirty.ratio", "0.25"));
            admin.createTopics(List.of(topic)).all().get();
            var broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
            var all = new ConfigResource(ConfigResource.Type.BROKER, "");
            set(admin, all, "log.cleaner.threads", "2");
            set(admin, broker, "log.cleaner.threads", "1");
            set(admin, all, "log.retention.ms", "86400000");
            Thread.sleep(1000); // the broker applies what it reads from the metadata log
            for (var resource : List.of(new ConfigResource(ConfigResource.Type.TOPIC, "described"), broker, all,
                    new ConfigResource(ConfigResource.Type.GROUP, "described"))) {
                var described = admin.describeConfigs(List.of(resource), new DescribeConfigsOptions().includeSynonyms(true)).all().get();
                List<ConfigEntry> entries = new ArrayList<>(described.get(resource).entries());
                entries.sort(Comparator.comparing(ConfigEntry::name));
                for (var e : entries) {
                    String synonyms = e.synonyms().stream().map(s -> s.name() + "=" + s.value() + "@" + s.source()).collect(Collectors.joining(";"));
                    String kind = resource == all ? "ALL" : resource.type().name();
                    System.out.println(String.join("\t", kind, e.name(), String.valueOf(e.value()), e.source().name(),
                        String.valueOf(e.isSensitive()), String.valueOf(e.isReadOnly()), e.type().name(), synonyms));
                }
            }
            refused(admin, new ConfigResource(ConfigResource.Type.TOPIC, "described"), "retention.ms", "x");
            refused(admin, new ConfigResource(ConfigResource.Type.TOPIC, "described"), "foo", "x");
            refused(admin, broker, "num.partitions", "3");
            refused(admin, all, "listeners", "PLAINTEXT://h:1");
            refused(admin, all, "log.cleaner.threads", "-1");
            refused(admin, new ConfigResource(ConfigResource.Type.GROUP, "described"), "foo", "x");
            refused(admin, new ConfigResource(ConfigResource.Type.GROUP, "described"), "consumer.session.timeout.ms", "x");
        }
    }

    private static void set(Admin admin, ConfigResource resource, String name, String value) throws Exception {
        admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)))).all().get();
    }

    private static void refused(Admin admin, ConfigResource resource, String name, String value) throws Exception {
        try {
            set(admin, resource, name, value);
            System.out.println("ACCEPTED\t" + name + "\t" + value);
        } catch (Exception e) {
            System.out.println("REFUSED\t" + e.getCause().getClass().getSimpleName() + "\t" + e.getCause().getMessage());
        }
    }
}

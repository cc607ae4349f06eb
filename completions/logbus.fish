# Completion of logbus, and of the Kafka-named tools that are links to it.
function __logbus_complete
    set -l found (command logbus complete fish (commandline -opc) (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0; and test $found[1] = ':files'
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end
complete -c logbus -f -a '(__logbus_complete)'
for tool in kafka-acls kafka-broker-api-versions kafka-client-metrics kafka-cluster kafka-configs kafka-console-consumer kafka-console-producer kafka-console-share-consumer kafka-consumer-groups kafka-consumer-perf-test kafka-delegation-tokens kafka-delete-records kafka-dump-log kafka-e2e-latency kafka-features kafka-get-offsets kafka-groups kafka-leader-election kafka-log-dirs kafka-metadata kafka-metadata-quorum kafka-metadata-shell kafka-producer-perf-test kafka-reassign-partitions kafka-replica-verification kafka-server-start kafka-server-stop kafka-share-consumer-perf-test kafka-share-groups kafka-storage kafka-streams-application-reset kafka-streams-groups kafka-topics kafka-transactions kafka-verifiable-consumer kafka-verifiable-producer kafka-verifiable-share-consumer zookeeper-shell
    complete -c $tool -f -a '(__logbus_complete)'
    complete -c $tool.sh -f -a '(__logbus_complete)'
end

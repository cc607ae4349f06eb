# Completion of logbus, and of the Kafka-named tools that are links to it.
_logbus() {
    local IFS=$'\n' found
    found=($(command logbus complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null))
    COMPREPLY=()
    if [[ "${found[0]-}" == ":files" ]]; then
        compopt -o default 2>/dev/null
    else
        COMPREPLY=("${found[@]}")
        [[ "${COMPREPLY[0]-}" == *= ]] && compopt -o nospace 2>/dev/null
    fi
}
complete -F _logbus logbus
for _logbus_tool in kafka-acls kafka-broker-api-versions kafka-client-metrics kafka-cluster kafka-configs kafka-console-consumer kafka-console-producer kafka-console-share-consumer kafka-consumer-groups kafka-consumer-perf-test kafka-delegation-tokens kafka-delete-records kafka-dump-log kafka-e2e-latency kafka-features kafka-get-offsets kafka-groups kafka-leader-election kafka-log-dirs kafka-metadata kafka-metadata-quorum kafka-metadata-shell kafka-producer-perf-test kafka-reassign-partitions kafka-replica-verification kafka-server-start kafka-server-stop kafka-share-consumer-perf-test kafka-share-groups kafka-storage kafka-streams-application-reset kafka-streams-groups kafka-topics kafka-transactions kafka-verifiable-consumer kafka-verifiable-producer kafka-verifiable-share-consumer zookeeper-shell; do
    complete -F _logbus "$_logbus_tool" "$_logbus_tool.sh"
done
unset _logbus_tool

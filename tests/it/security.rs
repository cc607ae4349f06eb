//! TLS and SASL with an Apache Kafka that has a listener of each kind.

use std::io::Write as _;

use super::apache_kafka::ApacheKafka;
use super::harness::{Ran, free_port, logbus, ran};
use super::tls_front::fixture;

/// How one case reaches the broker: the port, the client's properties, and the beginning of what `topics list` says,
/// or nothing where it works.
struct Case {
    port: u16,
    properties: String,
    said: &'static str,
    /// What `kafka-topics` says on stdout, in Java's words.
    java: &'static str,
}

fn run(words: &[&str], port: u16, properties: &str, environment: &[(&str, String)]) -> Ran {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(properties.as_bytes()).unwrap();
    let mut command = logbus(words);
    command.arg(format!("localhost:{port}")).arg("--command-config").arg(file.path());
    ran(command.envs(environment.iter().map(|(key, value)| (*key, value))).output().unwrap())
}

fn login(mechanism: &str, module: &str, user: &str, password: &str) -> String {
    format!(
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism={mechanism}\n\
         sasl.jaas.config=org.apache.kafka.common.security.{module} required username=\"{user}\" password=\"{password}\";\n"
    )
}

#[test]
fn every_way_to_secure_a_listener_works_and_what_fails_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let [ssl, mutual, sasl, sasl_ssl] = [(); 4].map(|()| free_port());
    let (broker, trust) = (fixture("broker.p12"), fixture("trust.p12"));
    let listeners = |host: &str| {
        format!(
            "PLAINTEXT://{host}:{{port}},SSL://{host}:{ssl},MUTUAL://{host}:{mutual},SASL_PLAINTEXT://{host}:{sasl},\
             SASL_SSL://{host}:{sasl_ssl}"
        )
    };
    let mut lines = vec![
        format!("listeners={},CONTROLLER://127.0.0.1:{{controller}}", listeners("127.0.0.1")),
        format!("advertised.listeners={}", listeners("localhost")),
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,MUTUAL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,\
         SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT"
            .to_owned(),
        format!("ssl.keystore.location={broker}\nssl.keystore.password=changeit"),
        format!("ssl.truststore.location={trust}\nssl.truststore.password=changeit"),
        "listener.name.mutual.ssl.client.auth=required".to_owned(),
        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER".to_owned(),
        "listener.name.sasl_ssl.sasl.enabled.mechanisms=SCRAM-SHA-512".to_owned(),
        "connections.max.reauth.ms=60000".to_owned(),
    ];
    for (listener, mechanism, module) in [
        ("sasl_plaintext", "plain", "plain.PlainLoginModule required user_alice=\"alice-secret\""),
        ("sasl_plaintext", "scram-sha-256", "scram.ScramLoginModule required"),
        ("sasl_plaintext", "scram-sha-512", "scram.ScramLoginModule required"),
        ("sasl_plaintext", "oauthbearer", "oauthbearer.OAuthBearerLoginModule required"),
        ("sasl_ssl", "scram-sha-512", "scram.ScramLoginModule required"),
    ] {
        let class = format!("org.apache.kafka.common.security.{module}");
        lines.push(format!("listener.name.{listener}.{mechanism}.sasl.jaas.config={class};"));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let users = [
        "-S",
        "SCRAM-SHA-256=[name=bob,password=bob-secret]",
        "-S",
        "SCRAM-SHA-512=[name=carol,password=carol-secret]",
    ];
    let Some(kafka) = ApacheKafka::start_with("security", directory, &lines, &users) else { return };
    let plain: u16 = kafka.bootstrap().rsplit(':').next().unwrap().parse().unwrap();

    let trusting = |file: &str, kind: &str| {
        format!(
            "ssl.truststore.location={}\nssl.truststore.type={kind}\nssl.truststore.password=changeit\n",
            fixture(file)
        )
    };
    let tls = format!("security.protocol=SSL\n{}", trusting("trust.jks", "JKS"));
    let with_key = |file: &str, kind: &str, key: &str| {
        let location = fixture(file);
        format!(
            "{tls}ssl.keystore.location={location}\nssl.keystore.type={kind}\nssl.keystore.password=changeit\n{key}"
        )
    };
    let inline = |file: &str| std::fs::read_to_string(fixture(file)).unwrap().replace('\r', "").replace('\n', "\\n");
    let scram = "scram.ScramLoginModule";
    let over_tls = |properties: String| {
        format!("{}{}", properties.replace("SASL_PLAINTEXT", "SASL_SSL"), trusting("ca.pem", "PEM"))
    };
    let bearer = "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=OAUTHBEARER\nsasl.jaas.config=\
                  org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required \
                  unsecuredLoginStringClaim_sub=\"alice\";\n";
    let case = |port, properties: &str, said, java| Case { port, properties: properties.to_owned(), said, java };
    let good = |port, properties: &str| case(port, properties, "", "");
    let cases = [
        good(plain, ""),
        good(ssl, &tls),
        good(
            ssl,
            &format!(
                "security.protocol=ssl\nssl.truststore.type=PEM\nssl.truststore.certificates={}\n",
                inline("ca.pem")
            ),
        ),
        good(ssl, &format!("{tls}ssl.enabled.protocols=TLSv1.2\n")),
        good(mutual, &with_key("client.jks", "JKS", "ssl.key.password=keypass1\n")),
        good(mutual, &with_key("client.p12", "PKCS12", "")),
        good(mutual, &with_key("old.p12", "PKCS12", "")),
        good(mutual, &with_key("client.pem", "PEM", "ssl.key.password=keypass\n")),
        good(sasl, &login("PLAIN", "plain.PlainLoginModule", "alice", "alice-secret")),
        good(sasl, &login("SCRAM-SHA-256", scram, "bob", "bob-secret")),
        good(sasl, &login("SCRAM-SHA-512", scram, "carol", "carol-secret")),
        good(sasl, bearer),
        good(sasl_ssl, &over_tls(login("SCRAM-SHA-512", scram, "carol", "carol-secret"))),
        case(
            sasl,
            &login("SCRAM-SHA-256", scram, "bob", "wrong"),
            "with SASL SCRAM-SHA-256: Authentication failed during authentication due to invalid credentials",
            "Error while executing topic command : Authentication failed during authentication due to invalid credentials \
             with SASL mechanism SCRAM-SHA-256\n",
        ),
        case(
            sasl,
            &login("PLAIN", "plain.PlainLoginModule", "alice", "wrong"),
            "with SASL PLAIN: Authentication failed: Invalid username or password",
            "Error while executing topic command : Authentication failed: Invalid username or password\n",
        ),
        case(
            sasl_ssl,
            &over_tls(login("PLAIN", "plain.PlainLoginModule", "alice", "alice-secret")),
            "the listener does not take this mechanism, but SCRAM-SHA-512",
            "Error while executing topic command : Client SASL mechanism 'PLAIN' not enabled in the server, enabled \
             mechanisms are [SCRAM-SHA-512]\n",
        ),
        case(
            plain,
            &login("PLAIN", "plain.PlainLoginModule", "alice", "alice-secret"),
            "the listener does not speak SASL",
            "Error while executing topic command : Unexpected handshake request with client mechanism PLAIN, enabled \
             mechanisms are []\n",
        ),
        case(
            mutual,
            &tls,
            "the broker refused: ",
            "Error while executing topic command : Failed to process post-handshake messages\n",
        ),
        case(ssl, "", "the listener speaks TLS", "Error while executing topic command : SSL handshake failed\n"),
        case(
            plain,
            &tls,
            "the listener does not speak TLS",
            "Error while executing topic command : SSL handshake failed\n",
        ),
        case(sasl, "", "closed the connection during Metadata", ""),
    ];
    let mut wrong = Vec::new();
    for (number, Case { port, properties, said, java }) in cases.iter().enumerate() {
        let native = run(&["topics", "list", "--timeout", "10s", "-b"], *port, properties, &[]);
        let is_right = if said.is_empty() { native.code == 0 } else { native.code != 0 && native.err.contains(said) };
        if !is_right {
            wrong.push(format!("case {number}: exit code {}\n{}{}", native.code, native.out, native.err));
        }
        if !java.is_empty() {
            let tool = run(&["kafka-topics", "--list", "--bootstrap-server"], *port, properties, &[]);
            // Below Java's line stands the reason, which Java leaves to its log.
            if tool.code != 1 || !tool.out.starts_with(java) {
                wrong.push(format!("case {number}, kafka-topics: exit code {}\n{}{}", tool.code, tool.out, tool.err));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // A login that a file of JAAS holds, as KAFKA_OPTS names it.
    let jaas = tempfile::NamedTempFile::new().unwrap();
    let module = "KafkaClient { org.apache.kafka.common.security.plain.PlainLoginModule required\n \
                  username=\"alice\" password=\"alice-secret\"; };";
    std::fs::write(jaas.path(), module).unwrap();
    let opts = format!("-Xmx1g -Djava.security.auth.login.config={}", jaas.path().display());
    let properties = "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n";
    let listed = run(&["topics", "list", "-b"], sasl, properties, &[("KAFKA_OPTS", opts)]);
    assert_eq!(listed.code, 0, "{}", listed.err);

    // Records go through TLS and a login as well.
    let secure = over_tls(login("SCRAM-SHA-512", scram, "carol", "carol-secret"));
    assert_eq!(run(&["topics", "create", "clicks", "-b"], sasl_ssl, &secure, &[]).code, 0);
    let written = run(&["doctor", "--topic", "clicks", "--write", "-b"], sasl_ssl, &secure, &[]);
    assert_eq!(written.code, 0, "{}{}", written.out, written.err);
    let read = run(&["consume", "clicks", "--from-beginning", "-n", "1", "-b"], sasl_ssl, &secure, &[]);
    assert!(read.code == 0 && read.out.contains("logbus doctor"), "{}{}", read.out, read.err);

    // The doctor names the step.
    for (port, properties, words) in [
        (sasl, login("SCRAM-SHA-256", scram, "bob", "wrong"), "invalid credentials"),
        (sasl_ssl, over_tls(login("PLAIN", "plain.PlainLoginModule", "alice", "x")), "but SCRAM-SHA-512"),
    ] {
        let found = run(&["doctor", "-b"], port, &properties, &[]);
        let step = found.out.lines().find(|line| line.starts_with("FAIL")).unwrap_or_default();
        assert!(
            found.code == 5 && step.starts_with("FAIL  sasl ") && found.err.contains(words),
            "{}{}",
            found.out,
            found.err
        );
    }
}

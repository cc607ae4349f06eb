//! The integration tests: one binary, a module a subject. What a test needs and the machine lacks (kcat, Python
//! clients, Apache Kafka's jars) is skipped with a line on stderr; `scripts/setup-test-env` installs it.

mod house;

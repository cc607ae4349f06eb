//! The admin daemon: REST, OpenAPI, metrics, health.

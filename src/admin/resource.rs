//! What every resource of the API has in common: its kind, its place, links to what belongs to it.

use std::convert::Infallible;
use std::fmt::Write as _;

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

/// A resource: kind and place, then its own fields.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Resource<T> {
    /// What it is, `KafkaTopic`.
    kind: &'static str,
    metadata: Metadata,
    #[serde(flatten)]
    data: T,
}

/// Where a resource is found.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ResourceMetadata)]
pub(super) struct Metadata {
    /// Its URL.
    #[serde(rename = "self")]
    pub link: String,
    /// Its name, independent of where the API is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<String>,
}

/// A list of resources. All come at once: `next` is always null.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Collection<T> {
    /// What it is, `KafkaTopicList`.
    kind: &'static str,
    metadata: CollectionMetadata,
    data: Vec<Resource<T>>,
}

/// Where a list is found.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ResourceCollectionMetadata)]
pub(super) struct CollectionMetadata {
    /// Its URL.
    #[serde(rename = "self")]
    link: String,
    /// The URL of the next page.
    next: Option<String>,
}

/// A link to what belongs to a resource.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Relationship {
    /// The URL.
    related: String,
}

impl<T> Resource<T> {
    /// `T` at a place.
    pub(super) fn new(kind: &'static str, place: &Place, data: T) -> Resource<T> {
        let metadata = Metadata { link: place.url(), resource_name: Some(place.name()) };
        Resource { kind, metadata, data }
    }

    /// Its URL.
    pub(super) fn link(&self) -> &str {
        &self.metadata.link
    }
}

impl<T> Collection<T> {
    /// A whole list.
    pub(super) fn new(kind: &'static str, place: &Place, data: Vec<Resource<T>>) -> Collection<T> {
        Collection { kind, metadata: CollectionMetadata { link: place.url(), next: None }, data }
    }
}

/// A path of the API, from which the URL, the resource name and the links below are made.
#[derive(Clone, Debug)]
pub(super) struct Place {
    base: String,
    path: String,
    name: String,
}

impl Place {
    /// The place of a cluster.
    pub(super) fn cluster(base: &Base, id: &str) -> Place {
        let root = Place { base: base.0.clone(), path: "/v3".to_owned(), name: "crn:///".to_owned() };
        root.child("clusters", "kafka", id)
    }

    /// One of a list below this: `segment` as URLs say, `noun` as resource names say.
    pub(super) fn child(&self, segment: &str, noun: &str, id: &str) -> Place {
        let slash = if self.name.ends_with('/') { "" } else { "/" };
        Place {
            base: self.base.clone(),
            path: format!("{}/{segment}/{}", self.path, encoded(id)),
            name: format!("{}{slash}{noun}={id}", self.name),
        }
    }

    /// Something single below this.
    pub(super) fn only(&self, segment: &str) -> Place {
        Place {
            base: self.base.clone(),
            path: format!("{}/{segment}", self.path),
            name: format!("{}/{segment}", self.name),
        }
    }

    /// A link to something below this.
    pub(super) fn below(&self, segment: &str) -> Relationship {
        Relationship { related: format!("{}/{segment}", self.url()) }
    }

    /// A link to this.
    pub(super) fn related(&self) -> Relationship {
        Relationship { related: self.url() }
    }

    fn url(&self) -> String {
        format!("{}{}", self.base, self.path)
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// The scheme and authority under which the caller reached us; links begin with it. Without a usable `Host` header
/// links begin with the path.
#[derive(Clone, Debug)]
pub(super) struct Base(String);

impl Base {
    /// The link of the list of clusters, which is below no cluster.
    pub(super) fn clusters(&self) -> Place {
        Place { base: self.0.clone(), path: "/v3/clusters".to_owned(), name: String::new() }
    }
}

impl<S: Sync> FromRequestParts<S> for Base {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Base, Infallible> {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        // What is echoed into links must be an authority and nothing else.
        let sound = |h: &&str| h.len() <= 255 && h.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
        Ok(Base(host.filter(sound).map(|host| format!("http://{host}")).unwrap_or_default()))
    }
}

/// A path segment with everything but RFC 3986's unreserved characters escaped.
fn encoded(segment: &str) -> String {
    let mut out = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_make_urls_and_names() {
        let cluster = Place::cluster(&Base("http://h:8082".into()), "c1");
        let partition = cluster.child("topics", "topic", "t").child("partitions", "partition", "0");
        assert_eq!(partition.url(), "http://h:8082/v3/clusters/c1/topics/t/partitions/0");
        assert_eq!(partition.name(), "crn:///kafka=c1/topic=t/partition=0");
        assert_eq!(cluster.below("brokers").related, "http://h:8082/v3/clusters/c1/brokers");
    }

    #[test]
    fn ids_are_escaped_in_urls() {
        let group = Place::cluster(&Base(String::new()), "c").child("consumer-groups", "consumer-group", "a/b ü");
        assert_eq!(group.url(), "/v3/clusters/c/consumer-groups/a%2Fb%20%C3%BC");
    }
}

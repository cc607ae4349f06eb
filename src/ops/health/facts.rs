//! What the cluster says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::Look;
use crate::client::{At, Cluster, Isolation, Metadata, OffsetAt, Target, Topics};
use crate::model::ErrorCode;
use crate::ops::cluster::{self, Side};
use crate::ops::configs::ResourceType;
use crate::ops::log_dirs::{self, LogDir};
use crate::ops::quorum::{self, Quorum};
use crate::ops::{Result, groups};
use crate::wire::messages::describe_configs::{DescribeConfigsRequest, DescribeConfigsResource};
use crate::wire::messages::metadata::MetadataRequest;

/// Groups asked at once.
const GROUPS_AT_ONCE: usize = 500;
/// Topics whose settings are asked for at once.
const TOPICS_AT_ONCE: usize = 1_000;
/// The setting that says how many replicas have to be in sync.
const MIN_ISR: &str = "min.insync.replicas";
/// Requests that a percentile is made of at least.
const FEWEST_REQUESTS: usize = 20;

/// How far a group is behind on a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLag {
    /// The group.
    pub group: String,
    /// The topic.
    pub topic: String,
    /// Records not read yet.
    pub lag: u64,
}

/// All that the checks need; `None` is what the cluster does not tell.
#[derive(Debug, Default)]
pub struct Facts {
    /// Partitions without leader.
    pub offline: Vec<At>,
    /// Partitions with replicas out of sync, and which.
    pub under_replicated: Vec<(At, Vec<i32>)>,
    /// Partitions with fewer in sync than their topic asks; `None` when the settings are not told.
    pub under_min_isr: Option<Vec<At>>,
    /// Brokers that are registered and do not serve.
    pub fenced: Option<Vec<i32>>,
    /// Brokers that serve.
    pub live: Vec<i32>,
    /// The quorum of the metadata log.
    pub quorum: Option<Quorum>,
    /// Directories of brokers that told.
    pub log_dirs: BTreeMap<i32, Vec<LogDir>>,
    /// Lags of groups; `None` when no broker told its groups.
    pub lags: Option<Vec<GroupLag>>,
    /// Times of requests by broker, in order, in milliseconds.
    pub request_ms: BTreeMap<i32, Vec<f64>>,
    /// ISRs that changed while they were watched.
    pub isr_changes: Option<Vec<At>>,
    /// Bytes a second that each broker's logs grew by while they were watched.
    pub growth: BTreeMap<i32, f64>,
    /// How it was looked.
    pub sample: Duration,
    /// Bytes a second that a broker's network carries.
    pub network: Option<u64>,
}

/// Asks.
///
/// # Errors
/// [`crate::ops::OpsError`] when no broker answers.
pub async fn gather(cluster: &Cluster, look: Look) -> Result<Facts> {
    let begun = Instant::now();
    let first = cluster.metadata(Topics::All).await?;
    let live: Vec<i32> = first.brokers.keys().copied().collect();
    let ((dirs, lags), (min_isr, nodes, quorum)) =
        tokio::join!(async { tokio::join!(log_dirs::describe(cluster, &live), lags(cluster)) }, async {
            tokio::join!(
                min_isrs(cluster, &first),
                cluster::nodes(cluster, Side::Brokers, true),
                quorum::describe(cluster, Side::Brokers)
            )
        },);
    // By itself: beside the large answers above, a request would be timed with the reading of those.
    let request_ms = probe(cluster, &live, look.sample.saturating_sub(begun.elapsed())).await;
    let log_dirs: BTreeMap<i32, Vec<LogDir>> = dirs.into_iter().filter_map(|(id, d)| Some((id, d.ok()?))).collect();
    let mut facts = Facts {
        live: live.clone(),
        fenced: nodes.ok().map(|n| n.nodes.iter().filter(|node| node.fenced).map(|node| node.id).collect()),
        quorum: quorum.ok(),
        lags: lags.ok(),
        request_ms,
        sample: look.sample,
        network: look.network,
        ..Facts::default()
    };
    let last = if look.sample.is_zero() {
        first
    } else {
        tokio::time::sleep(look.sample.saturating_sub(begun.elapsed())).await;
        let second = cluster.metadata(Topics::All).await?;
        facts.isr_changes = Some(changed(&first, &second));
        if look.network.is_some() {
            let seconds = begun.elapsed().as_secs_f64();
            for (id, now) in log_dirs::describe(cluster, &live).await {
                if let (Ok(now), Some(then)) = (now, log_dirs.get(&id)) {
                    facts.growth.insert(id, (size(&now) - size(then)).max(0) as f64 / seconds);
                }
            }
        }
        second
    };
    facts.log_dirs = log_dirs;
    partitions(&last, min_isr.as_ref(), &mut facts);
    Ok(facts)
}

fn size(dirs: &[LogDir]) -> i64 {
    dirs.iter().flat_map(|dir| &dir.replicas).map(|r| r.size).sum()
}

fn partitions(metadata: &Metadata, min_isr: Option<&BTreeMap<String, usize>>, facts: &mut Facts) {
    facts.under_min_isr = min_isr.map(|_| Vec::new());
    for topic in metadata.topics.values() {
        for p in &topic.partitions {
            let at = (topic.name.clone(), p.index);
            if p.leader < 0 {
                facts.offline.push(at.clone());
            }
            let wanted = min_isr.and_then(|all| all.get(&topic.name)).copied().unwrap_or(1);
            if let Some(under) = facts.under_min_isr.as_mut().filter(|_| p.isr.len() < wanted) {
                under.push(at.clone());
            }
            let out: Vec<i32> = p.replicas.iter().filter(|id| !p.isr.contains(id)).copied().collect();
            if !out.is_empty() {
                facts.under_replicated.push((at, out));
            }
        }
    }
}

/// `min.insync.replicas` of every topic; that one setting and no other, as there may be many topics.
async fn min_isrs(cluster: &Cluster, metadata: &Metadata) -> Option<BTreeMap<String, usize>> {
    let names: Vec<&String> = metadata.topics.keys().collect();
    let mut found = BTreeMap::new();
    for page in names.chunks(TOPICS_AT_ONCE) {
        let resource = |name: &&String| DescribeConfigsResource {
            resource_type: ResourceType::Topic as i8,
            resource_name: (*name).clone(),
            configuration_keys: Some(vec![MIN_ISR.to_owned()]),
        };
        let request = DescribeConfigsRequest {
            resources: page.iter().map(resource).collect(),
            ..DescribeConfigsRequest::default()
        };
        for one in cluster.request(Target::Any, &request).await.ok()?.results {
            match ErrorCode::from_code(one.error_code) {
                ErrorCode::None => {}
                // It was deleted while the others were read.
                ErrorCode::UnknownTopicOrPartition => continue,
                _ => return None,
            }
            let value = one.configs.iter().find(|c| c.name == MIN_ISR).and_then(|c| c.value.as_deref());
            found.insert(one.resource_name, value.and_then(|v| v.parse().ok()).unwrap_or(1));
        }
    }
    Some(found)
}

/// The ISRs that are not the same in both.
fn changed(first: &Metadata, second: &Metadata) -> Vec<At> {
    let mut changed = Vec::new();
    for topic in second.topics.values() {
        let Some(before) = first.topics.get(&topic.name).filter(|before| before.id == topic.id) else { continue };
        for (then, now) in before.partitions.iter().zip(&topic.partitions) {
            let set = |isr: &[i32]| isr.iter().copied().collect::<BTreeSet<i32>>();
            if set(&then.isr) != set(&now.isr) {
                changed.push((topic.name.clone(), now.index));
            }
        }
    }
    changed
}

/// Times of small requests to every broker, one after the other, each broker beside the others.
async fn probe(cluster: &Cluster, brokers: &[i32], sample: Duration) -> BTreeMap<i32, Vec<f64>> {
    let mut probes = JoinSet::new();
    for &id in brokers {
        let cluster = cluster.clone();
        probes.spawn(async move {
            let request = MetadataRequest { topics: Some(Vec::new()), ..Default::default() };
            let (begun, mut times) = (Instant::now(), Vec::new());
            while times.len() < FEWEST_REQUESTS || begun.elapsed() < sample {
                let Ok(connection) = cluster.connection(Target::Broker(id)).await else { break };
                let sent = Instant::now();
                if connection.send(&request).await.is_err() {
                    break;
                }
                times.push(sent.elapsed().as_secs_f64() * 1e3);
                if times.len() >= FEWEST_REQUESTS {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
            times.sort_by(f64::total_cmp);
            (id, times)
        });
    }
    let mut found = BTreeMap::new();
    while let Some(Ok((id, times))) = probes.join_next().await {
        found.insert(id, times);
    }
    found
}

/// How far all groups of consumers are behind: what they committed, and one look at the ends of all that they read.
pub(super) async fn lags(cluster: &Cluster) -> Result<Vec<GroupLag>> {
    let (listed, _) = groups::list(cluster, &[], &[]).await?;
    let readers = listed.into_iter().filter(|g| matches!(g.protocol_type.as_str(), "consumer" | ""));
    let mut by_coordinator: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    readers.for_each(|group| by_coordinator.entry(group.coordinator).or_default().push(group.group));
    let mut asked = JoinSet::new();
    for (coordinator, names) in by_coordinator {
        for names in names.chunks(GROUPS_AT_ONCE) {
            let (cluster, names) = (cluster.clone(), names.to_vec());
            asked.spawn(async move { cluster.committed_by_many(coordinator, &names).await });
        }
    }
    let mut committed: Vec<(String, BTreeMap<At, i64>)> = Vec::new();
    while let Some(answer) = asked.join_next().await {
        // Of a coordinator that is gone meanwhile, others tell.
        for (group, offsets) in answer.ok().and_then(Result::ok).unwrap_or_default() {
            // A group that is gone meanwhile is behind on nothing.
            let known = offsets.into_iter().flatten().filter_map(|(at, c)| Some((at, c.ok()?.offset)));
            committed.push((group, known.filter(|(_, offset)| *offset >= 0).collect()));
        }
    }
    let read: BTreeSet<&At> = committed.iter().flat_map(|(_, offsets)| offsets.keys()).collect();
    let wanted: Vec<(At, OffsetAt)> = read.into_iter().map(|at| (at.clone(), OffsetAt::Latest)).collect();
    let ends = if wanted.is_empty() {
        BTreeMap::new()
    } else {
        cluster.list_offsets(wanted, Isolation::ReadUncommitted).await?
    };
    let mut lags = Vec::new();
    for (group, offsets) in committed {
        let mut by_topic: BTreeMap<String, u64> = BTreeMap::new();
        for (at, offset) in offsets {
            if let Some(Ok(end)) = ends.get(&at).map(|end: &std::result::Result<_, ErrorCode>| end.as_ref()) {
                *by_topic.entry(at.0).or_default() += u64::try_from(end.offset - offset).unwrap_or(0);
            }
        }
        lags.extend(by_topic.into_iter().map(|(topic, lag)| GroupLag { group: group.clone(), topic, lag }));
    }
    Ok(lags)
}

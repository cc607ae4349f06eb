//! A move from beginning to end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use super::progress::{self, Progress};
use super::throttle::{self, FOLLOWER_RATE, LEADER_RATE};
use super::{Plan, file, gather, name, requests};
use crate::client::{At, Cluster, Topics};
use crate::ops::{OpsError, Result};

/// How often a move is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often its throttle is judged: in-sync replica sets need a while to show that a rate is too high.
const ADAPT_EVERY: Duration = Duration::from_secs(10);

/// How long a move is watched although the cluster cannot be asked: longer than it takes to elect who answers, and to
/// start a broker again.
const PATIENCE: Duration = Duration::from_secs(120);

/// Asks until there is an answer, for a time: brokers may go and come back while replicas move.
async fn patiently<T>(mut ask: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    loop {
        match ask().await {
            Err(e) if e.may_pass() && begun.elapsed() < PATIENCE => tokio::time::sleep(LOOK_EVERY).await,
            outcome => return outcome,
        }
    }
}

/// What to do with a plan.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Bytes a second between brokers; `None` for no limit.
    pub throttle: Option<u64>,
    /// Where to write the way back.
    pub undo: &'a Path,
}

/// Makes a plan of a file's replicas, as things stand now, after asking whether it can be done at all.
///
/// # Errors
/// [`OpsError`] when the cluster cannot be asked, or a broker or partition of the plan is not there.
pub async fn plan_of(cluster: &Cluster, wanted: &BTreeMap<At, Vec<i32>>) -> Result<Plan> {
    let topics: BTreeSet<&String> = wanted.keys().map(|(topic, _)| topic).collect();
    let topics: Vec<String> = topics.into_iter().cloned().collect();
    let layout = gather(cluster, Some(&topics)).await?;
    if let Some(id) = wanted.values().flatten().find(|id| !layout.brokers.contains_key(id)) {
        return Err(super::PlanError::NoSuchBroker(*id).into());
    }
    if let Some(at) = wanted.keys().find(|at| !layout.partitions.contains_key(at)) {
        return Err(OpsError::Blocked {
            message: format!("{}: there is no such partition", name(at)),
            details: Vec::new(),
            hint: format!("`logbus topics describe {}` shows those there are", at.0),
        });
    }
    Ok(Plan::between(&layout, wanted))
}

/// Refuses to plan while partitions move: where they will be is not where they are.
///
/// # Errors
/// [`OpsError::Blocked`] with what moves.
pub async fn nothing_moves(cluster: &Cluster) -> Result<()> {
    let moving = requests::moving(cluster, None).await?;
    if moving.is_empty() {
        return Ok(());
    }
    Err(OpsError::Blocked {
        message: format!("{} partitions are being moved already", moving.len()),
        details: moving.keys().take(10).map(name).collect(),
        hint: "`logbus partitions reassign status` shows how far they are, `… cancel` stops them".to_owned(),
    })
}

/// Writes the way back, sets the throttle, starts the moves. What was refused is in the error, and is not started; the
/// throttle is taken off again when nothing was started.
///
/// # Errors
/// [`OpsError`] when the file cannot be written, the cluster cannot be asked or says no.
pub async fn start(cluster: &Cluster, plan: &Plan, order: Order<'_>) -> Result<()> {
    nothing_moves(cluster).await?;
    file::save(order.undo, &plan.undo()).map_err(|e| {
        let there = e.kind() == std::io::ErrorKind::AlreadyExists;
        OpsError::Blocked {
            message: format!("cannot write {}: {e}", order.undo.display()),
            details: Vec::new(),
            hint: if there {
                "it may be the way back from an earlier move: keep it, and name another with --undo".to_owned()
            } else {
                "name a file that can be written with --undo; nothing is moved without a way back".to_owned()
            },
        }
    })?;
    if let Some(rate) = order.throttle {
        let routes = throttle::routes(&BTreeMap::new(), &plan.target(), &plan.undo());
        throttle::limit_topics(cluster, &throttle::replica_lists(&routes)).await?;
        throttle::limit_brokers(cluster, &throttle::brokers(&routes), &[LEADER_RATE, FOLLOWER_RATE], rate).await?;
    }
    let wanted = plan.target().into_iter().map(|(at, replicas)| (at, Some(replicas))).collect();
    let refused = requests::alter(cluster, &wanted, true).await;
    let none_started = refused.as_ref().map_or(true, |refused| refused.len() == plan.moves.len());
    if none_started && order.throttle.is_some() {
        // Why the moves did not start matters more than why the throttle stays; `status` takes it off later.
        let _ = settle(cluster).await;
    }
    let refused = refused?;
    if refused.is_empty() {
        return Ok(());
    }
    Err(OpsError::Blocked {
        message: format!("{} of {} partitions cannot be moved", refused.len(), plan.moves.len()),
        details: refused.iter().map(|(at, refusal)| format!("{}: {}", name(at), refusal.text())).collect(),
        hint: "the others are on their way: `logbus partitions reassign status`".to_owned(),
    })
}

/// How a move stands, for who watches it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What is still on its way.
    pub progress: Progress,
    /// Bytes a second since the last look.
    pub rate: f64,
    /// The throttle at present.
    pub throttle: Option<u64>,
}

/// Waits until the partitions of a plan are where they shall be, adapts the throttle on the way, and takes it off at the
/// end. `watch` is called about once a second. Dropped half-way, the moves go on and the throttle stays: the next
/// `status` that finds them done takes it off.
///
/// # Errors
/// [`OpsError`] when the cluster cannot be asked for longer than its timeout, or the moves were cancelled.
pub async fn finish(cluster: &Cluster, plan: &Plan, ceiling: Option<u64>, mut watch: impl FnMut(&Seen)) -> Result<()> {
    let partitions: BTreeSet<At> = plan.moves.iter().map(super::Move::at).collect();
    let routes = throttle::routes(&BTreeMap::new(), &plan.target(), &plan.undo());
    let (mut rate, mut judged, mut before) = (ceiling, Instant::now(), None::<(Instant, Progress)>);
    loop {
        let mut progress = patiently(async || progress::look(cluster, Some(&partitions)).await).await?;
        if progress.partitions.is_empty() {
            break;
        }
        let now = Instant::now();
        if let Some((_, earlier)) = &before {
            progress.remember(earlier);
        }
        let speed = before.as_ref().map_or(0.0, |(at, earlier)| progress.rate_since(earlier, now.duration_since(*at)));
        watch(&Seen { progress: progress.clone(), rate: speed, throttle: rate });
        before = Some((now, progress));
        if let (Some(ceiling), Some(old)) = (ceiling, rate)
            && judged.elapsed() >= ADAPT_EVERY
        {
            judged = Instant::now();
            let behind = patiently(async || others_fall_behind(cluster, &partitions).await).await?;
            let new = throttle::adapted(old, ceiling, behind);
            if new != old {
                let (brokers, rates) = (throttle::brokers(&routes), [LEADER_RATE, FOLLOWER_RATE]);
                patiently(async || throttle::limit_brokers(cluster, &brokers, &rates, new).await).await?;
                rate = Some(new);
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    if ceiling.is_some() {
        patiently(async || settle(cluster).await).await?;
    }
    patiently(async || arrived(cluster, plan).await).await
}

/// Whether partitions that do not move have replicas out of sync.
async fn others_fall_behind(cluster: &Cluster, moving: &BTreeSet<At>) -> Result<bool> {
    let metadata = cluster.metadata(Topics::All).await?;
    let others = metadata.topics.values().flat_map(|t| t.partitions.iter().map(|p| ((t.name.clone(), p.index), p)));
    let alive = |id: &i32| metadata.brokers.contains_key(id);
    let mut behind = others.filter(|(_, p)| p.replicas.iter().any(|id| alive(id) && !p.isr.contains(id)));
    Ok(behind.any(|(at, _)| !moving.contains(&at)))
}

/// Fails when partitions are not where the plan puts them although nothing moves them.
async fn arrived(cluster: &Cluster, plan: &Plan) -> Result<()> {
    let topics: BTreeSet<&String> = plan.moves.iter().map(|m| &m.topic).collect();
    let topics: Vec<String> = topics.into_iter().cloned().collect();
    let metadata = cluster.metadata(Topics::Named(&topics)).await?;
    let elsewhere = plan.moves.iter().filter(|m| {
        let topic = metadata.topics.get(&m.topic);
        let partition = topic.and_then(|t| t.partitions.iter().find(|p| p.index == m.partition));
        partition.is_none_or(|p| p.replicas != m.to)
    });
    let elsewhere: Vec<String> = elsewhere.map(|m| name(&m.at())).collect();
    if elsewhere.is_empty() {
        return Ok(());
    }
    Err(OpsError::Blocked {
        message: format!("{} of {} partitions did not go where the plan puts them", elsewhere.len(), plan.moves.len()),
        details: elsewhere,
        hint: "somebody cancelled the move or ordered another one; apply the plan again to go on".to_owned(),
    })
}

/// Stops moves, of some partitions or all: they go back to where they were. What was stopped, and the throttle that
/// was taken off because nothing moves any more.
///
/// # Errors
/// [`OpsError`] when the cluster cannot be asked or says no.
pub async fn cancel(cluster: &Cluster, only: Option<&BTreeSet<At>>) -> Result<(Vec<At>, throttle::Limits)> {
    let moving = requests::moving(cluster, only).await?;
    let wanted: BTreeMap<At, Option<Vec<i32>>> = moving.into_keys().map(|at| (at, None)).collect();
    if !wanted.is_empty() {
        let refused = requests::alter(cluster, &wanted, true).await?;
        if !refused.is_empty() {
            return Err(OpsError::Blocked {
                message: format!("{} of {} moves cannot be cancelled", refused.len(), wanted.len()),
                details: refused.iter().map(|(at, refusal)| format!("{}: {}", name(at), refusal.text())).collect(),
                hint: "`logbus partitions reassign status` shows what moves".to_owned(),
            });
        }
    }
    Ok((wanted.into_keys().collect(), settle(cluster).await?))
}

/// Takes off what moves have left, if nothing moves.
///
/// # Errors
/// [`OpsError`] when the cluster cannot be asked or says no.
pub async fn settle(cluster: &Cluster) -> Result<throttle::Limits> {
    if requests::moving(cluster, None).await?.is_empty() {
        throttle::clear_leftovers(cluster).await
    } else {
        Ok(throttle::Limits::default())
    }
}

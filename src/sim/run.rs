//! One seed from its first event to its verdict: the cluster starts, faults come, everything heals, and then it must be
//! whole again in time, and have lost nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bug::Bug;
use super::check::{Finding, check};
use super::history::History;
use super::invariants::{Broken, check_log};
use super::nemesis::{Fault, Nemesis};
use super::rng::Rng;
use super::time::{HEALED_WITHIN, MS, Micros, SECOND};
use super::world::{Plan, World};

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The seed.
    pub seed: u64,
    /// Faults.
    pub steps: u64,
    /// Whether every event is printed to stderr.
    pub trace: bool,
    /// What is planted.
    pub(crate) bug: Bug,
}

impl Options {
    /// A run of a seed with so many faults.
    pub const fn new(seed: u64, steps: u64) -> Options {
        Options { seed, steps, trace: false, bug: Bug::None }
    }
}

/// What came of a seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeedReport {
    /// The seed.
    pub seed: u64,
    /// Brokers, and whether the controllers run among them.
    pub brokers: usize,
    /// Whether the controllers are in the brokers' processes.
    pub combined: bool,
    /// Partitions.
    pub partitions: usize,
    /// Events handled.
    pub events: u64,
    /// Simulated time, in seconds.
    pub simulated_s: f64,
    /// Faults that were injected.
    pub steps: u64,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Messages lost, by chance and by cuts.
    pub messages_lost: u64,
    /// Messages that arrived twice.
    pub messages_copied: u64,
    /// Messages held back or slowed down.
    pub messages_delayed: u64,
    /// Batches that power cuts and wipes took from logs.
    pub batches_lost: u64,
    /// Terms of partitions' leaders.
    pub leader_epochs: usize,
    /// Terms of controllers.
    pub controller_epochs: usize,
    /// Records sent.
    pub sends: usize,
    /// Records acknowledged.
    pub acked: u64,
    /// Records that consumers read.
    pub consumed: u64,
    /// Records committed.
    pub committed: usize,
    /// Rules that do not hold.
    pub broken: Vec<Broken>,
    /// Anomalies in the history.
    pub findings: Vec<Finding>,
    /// Equal for two runs with the same events.
    pub fingerprint: String,
}

impl SeedReport {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.broken.is_empty() && self.findings.is_empty()
    }
}

/// Runs a seed. Gives what came of it, and what its clients did and saw.
pub fn run_seed(options: Options) -> (SeedReport, History) {
    let mut rng = Rng::new(options.seed);
    let plan = Plan::draw(&mut rng, options.bug, options.trace);
    let mut world = World::new(plan, rng);
    let mut nemesis = Nemesis::draw(&mut world);
    let mut steps = 0;
    let ran = start(&mut world) && {
        let mut holds = true;
        while holds && steps < options.steps {
            steps += 1;
            nemesis.step(&mut world);
            let pause = world.rng.between(30 * MS, 400 * MS);
            holds = world.run(world.now + pause);
        }
        holds
    };
    if ran && heal(&mut world) {
        look_through(&mut world);
    }
    report(options.seed, steps, world, &nemesis)
}

/// Waits until the topic is there and whole.
fn start(world: &mut World) -> bool {
    let deadline = 30 * SECOND;
    while world.now < deadline {
        if !world.run(world.now + 200 * MS) {
            return false;
        }
        if what_lacks(world).is_none() {
            return true;
        }
    }
    let what = what_lacks(world).unwrap_or_default();
    world.oracle.broken("a cluster starts", format!("after {} s {what}", deadline / SECOND));
    false
}

/// Ends all faults, and waits until everything goes on, is settled, and is read. Anything else is a broken promise.
fn heal(world: &mut World) -> bool {
    let healed = world.now;
    world.network.heal();
    for machine in &mut world.machines {
        machine.slow_disk_until = 0;
    }
    let deadline = healed + HEALED_WITHIN;
    let mut stage = Stage::GoesOn;
    while world.now < deadline {
        if !world.run(world.now + 250 * MS) {
            return false;
        }
        stage = match stage {
            Stage::GoesOn if world.producers.iter().all(|producer| producer.went_on_since(healed)) => {
                world.producers.iter_mut().for_each(super::client::Producer::stop);
                Stage::Settles
            }
            Stage::Settles if what_is_open(world).is_none() && world.producers.iter().all(|p| p.is_drained()) => {
                world.begin_audit();
                Stage::IsRead
            }
            Stage::IsRead if is_read(world) => return true,
            same => same,
        };
    }
    let open = match stage {
        Stage::GoesOn => "a producer cannot go on in some partition".to_owned(),
        Stage::Settles => "producers wait for answers".to_owned(),
        Stage::IsRead => "the partitions cannot be read to their ends".to_owned(),
    };
    let open = what_is_open(world).map_or(open.clone(), |what| format!("{open}, and {what}"));
    world
        .oracle
        .broken("the cluster is whole again in time", format!("{} s after all healed {open}", HEALED_WITHIN / SECOND));
    false
}

enum Stage {
    GoesOn,
    Settles,
    IsRead,
}

/// Whether the reader at the end and all consumers have everything.
fn is_read(world: &World) -> bool {
    let end = |part| world.oracle.ledger.len(part);
    (0..world.plan.topic.partitions).all(|part| world.auditor.position(part) == end(part) as i64)
        && world.consumers.iter().all(|consumer| consumer.has_read(end))
}

/// What keeps the cluster from being whole and at rest, if anything does.
fn what_is_open(world: &World) -> Option<String> {
    let restless = || {
        let at_rest = |slot: &super::world::Slot| slot.broker().is_some_and(super::broker::Broker::is_settled);
        let place = world.brokers.iter().position(|slot| !at_rest(slot))?;
        Some(format!("broker {place} is not settled"))
    };
    what_lacks(world).or_else(restless)
}

/// What keeps the cluster from being whole, if anything does.
fn what_lacks(world: &World) -> Option<String> {
    if let Some(down) = world.machines.iter().position(|machine| !machine.up) {
        return Some(format!("machine {down} is down"));
    }
    if !world.controllers.iter().any(super::controller::Controller::is_active) {
        return Some("no controller is active".to_owned());
    }
    let Some(topic) = world.newest_image().topic(super::controller::TOPIC) else {
        return Some("the topic is not there".to_owned());
    };
    for (part, partition) in topic.iter() {
        let leader = super::message::broker_at(partition.leader).and_then(|place| world.brokers[place].broker());
        let leads = leader.and_then(|broker| broker.replicas()[part as usize].leads_in());
        if leads != Some(partition.leader_epoch) || partition.isr.len() < partition.replicas.len() {
            return Some(format!(
                "partition {part} has leader {} in epoch {} ({leads:?} there), in sync {:?} of {:?}",
                partition.leader, partition.leader_epoch, partition.isr, partition.replicas
            ));
        }
    }
    None
}

/// Looks at every log once all is quiet.
fn look_through(world: &mut World) {
    let topic = world.newest_image().topic(super::controller::TOPIC).cloned();
    let mut found = Vec::new();
    for (place, slot) in world.brokers.iter().enumerate() {
        let Some(broker) = slot.broker() else { continue };
        for (part, replica) in broker.replicas().iter().enumerate() {
            let id = super::message::broker_id(place);
            let holds =
                topic.as_ref().and_then(|topic| topic.partition(part as i32)).is_some_and(|p| p.has_replica(id));
            if !holds {
                continue;
            }
            let log = replica.log();
            check_log(part, place, log, &mut found);
            world.oracle.durability.survives(part, place, log.end(), &world.oracle.ledger);
            world.oracle.ledger.holds(part, place, log.end(), log);
        }
    }
    for broken in found {
        world.oracle.broken(broken.rule, broken.what);
    }
}

fn report(seed: u64, steps: u64, mut world: World, nemesis: &Nemesis) -> (SeedReport, History) {
    let broken = world.oracle.take();
    // A run that stopped at a broken rule has no final read, and its history proves nothing more.
    let judged = if broken.is_empty() { check(&world.history) } else { Ok(super::check::Report::default()) };
    let (mut broken, findings, sends) = match judged {
        Ok(report) => (broken, report.findings, report.sends),
        Err(error) => {
            let found = Broken { rule: "the history is sound", what: error.to_string() };
            (vec![found], Vec::new(), 0)
        }
    };
    for broken in &mut broken {
        broken.what = format!("at {:.3} s: {}", world.now as f64 / SECOND as f64, broken.what);
    }
    let faults = Fault::ALL.into_iter().map(|fault| (fault.name(), nemesis.counts[fault as usize]));
    let network = world.network.counts;
    let report = SeedReport {
        seed,
        brokers: world.plan.topology.brokers,
        combined: world.plan.topology.combined,
        partitions: world.plan.topic.partitions,
        events: world.events,
        simulated_s: seconds(world.now),
        steps,
        faults: faults.collect(),
        messages_lost: network.cut + network.lost,
        messages_copied: network.copied,
        messages_delayed: network.held + network.slowed,
        batches_lost: nemesis.batches_lost,
        leader_epochs: world.oracle.leaders.terms(),
        controller_epochs: world.oracle.controllers.terms(),
        sends,
        acked: world.oracle.durability.count(),
        consumed: world.oracle.order.count(),
        committed: world.oracle.ledger.total(),
        broken,
        findings,
        fingerprint: format!("{:016x}", world.fingerprint()),
    };
    (report, world.history)
}

fn seconds(at: Micros) -> f64 {
    (at / MS) as f64 / 1000.0
}

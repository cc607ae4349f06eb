//! Chooses the faults. It keeps to what the cluster promises to survive: of each partition, never are so many replicas
//! lost at a time that an acknowledged record has no safe place left (fewer than `min.insync.replicas`).
//!
//! A replica counts as lost from the moment in which a power cut takes records from it until it is in sync again; and as
//! KIP-966 lets no replica lead that stopped out of order while it was out of sync, a broker that is killed in that time
//! counts too. So while one is lost, the others are not killed; they may be cut off, paused, slowed down and stopped.

use super::message::{Addr, broker_at, broker_id};
use super::network::Machine;
use super::time::{MS, Micros, SECOND};
use super::world::{Ending, World};
use crate::broker::state::metadata::PartitionImage;

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Fault {
    /// `kill -9` of a machine's processes.
    Kill,
    /// Of all machines at once.
    KillAll,
    /// The power goes on one machine: unsynced records are lost, the last perhaps torn.
    PowerCut,
    /// A machine comes back with an empty data directory.
    Wipe,
    /// A stop in order.
    CleanStop,
    /// SIGSTOP, and SIGCONT later.
    Pause,
    /// Nothing gets through between two machines.
    Cut,
    /// Nothing gets through in one direction.
    OneWayCut,
    /// Nothing gets through to or from a machine.
    Isolate,
    /// Messages are lost.
    Loss,
    /// Requests arrive a second time, late.
    Copies,
    /// A link is slow.
    Slow,
    /// A link holds everything back for a while.
    Clog,
    /// A disk is slow.
    SlowDisk,
    /// A wall clock jumps.
    ClockJump,
}

impl Fault {
    /// All kinds.
    pub const ALL: [Fault; 15] = [
        Fault::Kill,
        Fault::KillAll,
        Fault::PowerCut,
        Fault::Wipe,
        Fault::CleanStop,
        Fault::Pause,
        Fault::Cut,
        Fault::OneWayCut,
        Fault::Isolate,
        Fault::Loss,
        Fault::Copies,
        Fault::Slow,
        Fault::Clog,
        Fault::SlowDisk,
        Fault::ClockJump,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Fault::Kill => "kill",
            Fault::KillAll => "kill_all",
            Fault::PowerCut => "power_cut",
            Fault::Wipe => "wipe",
            Fault::CleanStop => "clean_stop",
            Fault::Pause => "pause",
            Fault::Cut => "cut",
            Fault::OneWayCut => "one_way_cut",
            Fault::Isolate => "isolate",
            Fault::Loss => "loss",
            Fault::Copies => "copies",
            Fault::Slow => "slow_link",
            Fault::Clog => "clog",
            Fault::SlowDisk => "slow_disk",
            Fault::ClockJump => "clock_jump",
        }
    }
}

/// How often each kind happened, in the order of [`Fault::ALL`].
pub type FaultCounts = [u64; Fault::ALL.len()];

#[derive(Clone, Copy, Debug)]
enum Undo {
    Cut(Machine, Machine),
    Loss(Machine, Machine),
    Copies(Machine, Machine),
    Slow(Machine, Machine),
}

/// The one who breaks things.
pub(super) struct Nemesis {
    weights: [u64; Fault::ALL.len()],
    undo: Vec<(Micros, Undo)>,
    /// The broker that lost records and is not in sync yet.
    lost: Option<usize>,
    pub counts: FaultCounts,
    /// Batches that power cuts and wipes took.
    pub batches_lost: u64,
}

impl Nemesis {
    /// Draws how much of what there will be.
    pub(super) fn draw(world: &mut World) -> Nemesis {
        let mut weights = Fault::ALL.map(|_| *world.rng.pick(&[0, 1, 3, 10]).unwrap_or(&1));
        weights[Fault::KillAll as usize] = weights[Fault::KillAll as usize].min(1);
        // A run without any fault that hurts would be for nothing.
        weights[Fault::Kill as usize] += 1;
        weights[Fault::Cut as usize] += 1;
        weights[Fault::PowerCut as usize] += 1;
        Nemesis { weights, undo: Vec::new(), lost: None, counts: [0; Fault::ALL.len()], batches_lost: 0 }
    }

    /// Ends what is over, and does one thing more.
    pub(super) fn step(&mut self, world: &mut World) {
        self.end_what_is_over(world);
        self.lost = self.lost.filter(|place| !is_whole(world, *place));
        if world.rng.chance(15) {
            let place = world.rng.index(world.brokers.len());
            if let Some(broker) = world.brokers[place].broker_mut() {
                broker.sync();
            }
        }
        let total = self.weights.iter().sum();
        // Some faults are not allowed at the moment: another is drawn then.
        for _ in 0..8 {
            let mut at = world.rng.below(total);
            let chosen = Fault::ALL.into_iter().zip(self.weights).find_map(|(fault, weight)| {
                if at < weight {
                    return Some(fault);
                }
                at -= weight;
                None
            });
            let Some(fault) = chosen else { return };
            if self.inject(fault, world) {
                self.counts[fault as usize] += 1;
                return;
            }
        }
    }

    fn end_what_is_over(&mut self, world: &mut World) {
        let now = world.now;
        let (over, rest) = std::mem::take(&mut self.undo).into_iter().partition(|(at, _): &(Micros, Undo)| *at <= now);
        self.undo = rest;
        let over: Vec<(Micros, Undo)> = over;
        for (_, undo) in over {
            match undo {
                Undo::Cut(from, to) => world.network.link(from, to).cut = false,
                Undo::Loss(from, to) => world.network.link(from, to).loss = 0,
                Undo::Copies(from, to) => world.network.link(from, to).copies = 0,
                Undo::Slow(from, to) => world.network.link(from, to).slow = 0,
            }
        }
    }

    /// Does a fault, if it is allowed now.
    fn inject(&mut self, fault: Fault, world: &mut World) -> bool {
        let nodes = world.plan.topology.nodes();
        let node = target(world);
        let until = world.now + world.rng.between(200 * MS, 6 * SECOND);
        match fault {
            Fault::Kill => self.kill(node, world),
            Fault::KillAll => {
                if self.lost.is_some() {
                    return false;
                }
                (0..nodes).filter(|node| self.kill(*node, world)).count() > 0
            }
            Fault::PowerCut => self.lose(node, Ending::PowerCut, world),
            Fault::Wipe => self.lose(node, Ending::Wiped, world),
            Fault::CleanStop => {
                let broker = world.plan.topology.broker_on(node).and_then(|place| world.brokers[place].broker_mut());
                broker.map(|broker| broker.stop()).is_some()
            }
            Fault::Pause => {
                let state = &mut world.machines[node];
                if !state.up || state.paused_until > world.now {
                    return false;
                }
                state.paused_until = until;
                true
            }
            Fault::Cut | Fault::OneWayCut | Fault::Loss | Fault::Copies | Fault::Slow | Fault::Clog => {
                let machines = world.plan.topology.machines();
                let other = partner(node, world);
                let both = matches!(fault, Fault::Cut | Fault::Slow) || world.rng.chance(50);
                self.disturb(fault, (node, other), until, world);
                if both && fault != Fault::OneWayCut {
                    self.disturb(fault, (other, node), until, world);
                }
                if fault == Fault::OneWayCut && world.rng.chance(50) {
                    // Deaf to all, or dumb to all, in one direction.
                    for machine in (0..machines).filter(|machine| *machine != node) {
                        let link = if other % 2 == 0 { (node, machine) } else { (machine, node) };
                        self.disturb(fault, link, until, world);
                    }
                }
                true
            }
            Fault::Isolate => {
                for machine in (0..world.plan.topology.machines()).filter(|machine| *machine != node) {
                    self.disturb(fault, (node, machine), until, world);
                    self.disturb(fault, (machine, node), until, world);
                }
                true
            }
            Fault::SlowDisk => {
                world.machines[node].slow_disk_until = until;
                true
            }
            Fault::ClockJump => {
                let jump = world.rng.between(1, 8000) as i64 - 4000;
                let state = &mut world.machines[node];
                // Far enough for sessions to end early, and not so far that healing takes for ever.
                state.skew_ms = (state.skew_ms + jump).clamp(-6000, 6000);
                true
            }
        }
    }

    fn disturb(&mut self, fault: Fault, (from, to): (Machine, Machine), until: Micros, world: &mut World) {
        let (loss, copies, slow) =
            (world.rng.between(3, 40), world.rng.between(5, 60), world.rng.between(MS, 120 * MS));
        let link = world.network.link(from, to);
        let undo = match fault {
            Fault::Loss => {
                link.loss = loss as u32;
                Undo::Loss(from, to)
            }
            Fault::Copies => {
                link.copies = copies as u32;
                Undo::Copies(from, to)
            }
            Fault::Slow => {
                link.slow = slow;
                Undo::Slow(from, to)
            }
            Fault::Clog => {
                link.clogged_until = until;
                return;
            }
            _ => {
                link.cut = true;
                Undo::Cut(from, to)
            }
        };
        self.undo.push((until, undo));
    }

    fn kill(&self, node: Machine, world: &mut World) -> bool {
        let is_broker = world.plan.topology.broker_on(node).is_some();
        if !world.machines[node].up || (is_broker && self.lost.is_some()) {
            return false;
        }
        let again = world.now + world.rng.between(50 * MS, 5 * SECOND);
        world.end(node, Ending::Killed, again);
        true
    }

    /// Takes records away, if every one that is committed has another safe place.
    fn lose(&mut self, node: Machine, how: Ending, world: &mut World) -> bool {
        if !world.machines[node].up {
            return false;
        }
        let Some(place) = world.plan.topology.broker_on(node) else {
            // A controller by itself: its vote and log are synced, so that a power cut is no more than a kill.
            if how == Ending::PowerCut {
                let again = world.now + world.rng.between(50 * MS, 5 * SECOND);
                world.end(node, how, again);
            }
            return how == Ending::PowerCut;
        };
        let all_well = (0..world.brokers.len()).all(|place| is_registered(world, place));
        if self.lost.is_some() || !all_well || !has_safe_copies(world, place) {
            return false;
        }
        let again = world.now + world.rng.between(50 * MS, 5 * SECOND);
        let lost = world.end(node, how, again);
        self.batches_lost += lost as u64;
        // A vote must outlive a wiped broker: the controller beside it keeps its own disk.
        self.lost = Some(place);
        true
    }
}

/// The machine that a fault is for: often one that matters, the leader of a partition or the active controller.
fn target(world: &mut World) -> Machine {
    let any = world.rng.index(world.plan.topology.nodes());
    let chosen = match world.rng.below(10) {
        0..4 => {
            let part = world.rng.index(world.plan.topic.partitions);
            partition(world, part).and_then(|partition| broker_at(partition.leader))
        }
        4..6 => {
            let active = world.controllers.iter().position(super::controller::Controller::is_active);
            active.map(|place| world.plan.topology.machine(Addr::Controller(place)))
        }
        _ => None,
    };
    chosen.unwrap_or(any)
}

/// Whom a machine is to be cut off from: often one that replicates with it.
fn partner(node: Machine, world: &mut World) -> Machine {
    let machines = world.plan.topology.machines();
    let any = (node + 1 + world.rng.index(machines - 1)) % machines;
    match world.rng.below(10) {
        0..4 => return any,
        4..6 => {
            let active = world.controllers.iter().position(super::controller::Controller::is_active);
            let machine = active.map(|place| world.plan.topology.machine(Addr::Controller(place)));
            return machine.filter(|machine| *machine != node).unwrap_or(any);
        }
        _ => {}
    }
    let part = world.rng.index(world.plan.topic.partitions);
    let id = broker_id(node);
    let replicas: Vec<Machine> = partition(world, part)
        .filter(|partition| partition.has_replica(id))
        .map(|partition| {
            partition.replicas.iter().filter(|other| **other != id).filter_map(|id| broker_at(*id)).collect()
        })
        .unwrap_or_default();
    world.rng.pick(&replicas).copied().unwrap_or(any)
}

fn partition(world: &World, part: usize) -> Option<&PartitionImage> {
    world.newest_image().topic(super::controller::TOPIC)?.partition(part as i32).map(|partition| &**partition)
}

/// Whether the newest metadata knows this life of a broker, unfenced.
fn is_registered(world: &World, place: usize) -> bool {
    let image = world.newest_image();
    let id = broker_id(place);
    let epoch = world.brokers[place].broker().map(super::broker::Broker::epoch);
    image.is_active(id) && image.broker(id).map(|broker| broker.epoch) == epoch
}

/// Whether every partition of a broker has another replica in sync.
fn has_safe_copies(world: &World, place: usize) -> bool {
    let id = broker_id(place);
    let topic = world.newest_image().topic(super::controller::TOPIC);
    let mut partitions = topic.into_iter().flat_map(|topic| topic.partitions.iter());
    partitions.all(|p| !p.has_replica(id) || p.isr.iter().any(|other| *other != id))
}

/// Whether a broker is in sync in all its partitions again.
fn is_whole(world: &World, place: usize) -> bool {
    let id = broker_id(place);
    let topic = world.newest_image().topic(super::controller::TOPIC);
    let mut partitions = topic.into_iter().flat_map(|topic| topic.partitions.iter());
    is_registered(world, place) && partitions.all(|p| !p.has_replica(id) || p.isr.contains(&id))
}

//! The simulated world: machines and processes, one queue of events, and the loop that takes them off it one by one.

use super::broker::{Broker, BrokerDisk};
use super::bug::Bug;
use super::client::{Auditor, Consumer, Producer};
use super::context::Ctx;
use super::controller::{Controller, TopicPlan};
use super::history::{History, Part, Setup};
use super::invariants::Oracle;
use super::machine::MachineState;
use super::message::{Addr, Message, Topology};
use super::network::{Machine, Network};
use super::queue::Queue;
use super::raft::Raft;
use super::rng::Rng;
use super::time::{BROKER_TICK, CLIENT_TICK, CONTROLLER_TICK, MS, Micros};
use crate::model::Offset;

/// What happens.
#[derive(Debug)]
pub(super) enum Event {
    /// A message arrives. `life` is the receiver's when it was sent, if it dies with its connection. That the sender is
    /// gone does not matter: what it sent may wait in the receiver's buffers.
    Deliver { from: Addr, to: Addr, message: Message, life: Option<u32> },
    /// A process looks at what is due. With the life of its machine.
    Tick(Addr, u32),
    /// A controller's disk is done.
    Wrote(usize, u32),
    /// A machine starts again.
    Start(Machine, u32),
}

/// A broker that runs, or what it left.
pub(super) enum Slot {
    /// It runs.
    Up(Box<Broker>),
    /// It does not.
    Down(Box<BrokerDisk>),
    /// Between the two, for a moment inside one call.
    Moving,
}

impl Slot {
    /// The broker, if it runs.
    pub(super) fn broker(&self) -> Option<&Broker> {
        match self {
            Slot::Up(broker) => Some(broker),
            Slot::Down(_) | Slot::Moving => None,
        }
    }

    pub(super) fn broker_mut(&mut self) -> Option<&mut Broker> {
        match self {
            Slot::Up(broker) => Some(broker),
            Slot::Down(_) | Slot::Moving => None,
        }
    }
}

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// In order.
    Clean,
    /// `kill -9`: what was written stays.
    Killed,
    /// The power goes: what was not synced may go too.
    PowerCut,
    /// The data directory is empty afterwards.
    Wiped,
}

/// How a world is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub topology: Topology,
    pub topic: TopicPlan,
    pub producers: usize,
    pub busy: u32,
    pub delay: (Micros, Micros),
    pub disk: Micros,
    pub bug: Bug,
    /// Prints every event to stderr.
    pub trace: bool,
}

impl Plan {
    /// Draws a plan: three to five brokers, with the controllers among them or beside them.
    pub(super) fn draw(rng: &mut Rng, bug: Bug, trace: bool) -> Plan {
        let brokers = *rng.pick(&[3, 3, 3, 4, 5]).unwrap_or(&3);
        let producers = rng.between(1, 4) as usize;
        let consumers = 2;
        let topology =
            Topology { brokers, controllers: 3, combined: rng.chance(70), clients: producers + consumers + 1 };
        let topic = TopicPlan { partitions: rng.between(1, 4) as usize, replication: 3, min_insync: 2 };
        let slowest = *rng.pick(&[1, 3, 10, 30]).unwrap_or(&3) * MS;
        let (busy, disk) = (rng.between(15, 60) as u32, rng.between(300, 5000));
        Plan { topology, topic, producers, busy, delay: (100, slowest), disk, bug, trace }
    }
}

/// Everything.
pub(super) struct World {
    pub plan: Plan,
    pub now: Micros,
    pub rng: Rng,
    queue: Queue<Event>,
    pub network: Network,
    pub machines: Vec<MachineState>,
    pub controllers: Vec<Controller>,
    pub brokers: Vec<Slot>,
    pub producers: Vec<Producer>,
    pub consumers: Vec<Consumer>,
    pub auditor: Auditor,
    pub oracle: Oracle,
    pub history: History,
    pub events: u64,
    fingerprint: u64,
    /// Metadata and committed records that were looked at for [`World::look_at_who_may_lead`].
    looked_at: (Offset, usize),
    incarnations: u64,
    sent: Vec<(Addr, Addr, Message)>,
    reconnects: Vec<(Addr, Addr)>,
}

macro_rules! ctx {
    ($world:expr, $addr:expr) => {
        Ctx {
            now: $world.now,
            wall: $world.machines[$world.plan.topology.machine($addr)].wall($world.now),
            rng: &mut $world.rng,
            oracle: &mut $world.oracle,
            history: &mut $world.history,
            bug: $world.plan.bug,
            sent: &mut $world.sent,
            reconnects: &mut $world.reconnects,
        }
    };
}

impl World {
    /// A world before its first event.
    pub(super) fn new(plan: Plan, mut rng: Rng) -> World {
        let Plan { topology, topic, .. } = plan;
        let mut history = History::new(Setup::default());
        let parts: Vec<Part> =
            (0..topic.partitions).map(|part| history.part(super::controller::TOPIC, part as i32)).collect();
        let controllers = (0..topology.controllers).map(|place| {
            let raft = Raft::new(place, topology.controllers, 0, &mut rng);
            Controller::new(place, topology, topic, raft)
        });
        let controllers = controllers.collect();
        let brokers = (0..topology.brokers).map(|place| {
            let disk = BrokerDisk::new(topic.partitions);
            Slot::Up(Box::new(Broker::new(place, topology, topic, place as u64 + 1, disk)))
        });
        let brokers = brokers.collect();
        let (producers, last) = (plan.producers, topology.clients - 1);
        let mut name = |kind: &str, n: usize| history.client(&format!("{kind}{n}"));
        let of = |n: usize, client| Producer::new(n, client, parts.clone(), topology.brokers, plan.busy);
        let producers_made = (0..producers).map(|n| of(n, name("p", n))).collect();
        let of = |n: usize, client| Consumer::new(n, client, parts.clone(), topology.brokers);
        let consumers = (producers..last).map(|n| of(n, name("c", n))).collect();
        let auditor = Auditor::new(last, parts, topology.brokers);
        let mut world = World {
            plan,
            now: 0,
            queue: Queue::default(),
            network: Network::new(topology.machines(), plan.delay),
            machines: vec![MachineState::default(); topology.machines()],
            controllers,
            brokers,
            producers: producers_made,
            consumers,
            auditor,
            oracle: Oracle::default(),
            history,
            events: 0,
            fingerprint: 0xcbf2_9ce4_8422_2325,
            looked_at: (Offset::NONE, 0),
            incarnations: topology.brokers as u64,
            sent: Vec::new(),
            reconnects: Vec::new(),
            rng,
        };
        for addr in (0..topology.controllers)
            .map(Addr::Controller)
            .chain((0..topology.brokers).map(Addr::Broker))
            .chain((0..topology.clients).map(Addr::Client))
        {
            let at = world.rng.below(20 * MS);
            world.queue.push(at, Event::Tick(addr, 0));
        }
        world
    }

    /// A number that two runs share if, and as good as only if, they had the same events.
    pub(super) const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Lets everything happen until `until`, or until a rule is broken. `false` if one is.
    pub(super) fn run(&mut self, until: Micros) -> bool {
        while let Some((at, event)) = self.queue.pop() {
            if at > until {
                self.queue.push(at, event);
                break;
            }
            self.now = at;
            self.happen(event);
            if self.oracle.is_broken() {
                return false;
            }
        }
        self.now = until;
        true
    }

    fn happen(&mut self, event: Event) {
        let addr = match &event {
            Event::Deliver { to, .. } => *to,
            Event::Tick(addr, _) => *addr,
            Event::Wrote(place, _) => Addr::Controller(*place),
            Event::Start(machine, life) => {
                let (machine, life) = (*machine, *life);
                if self.machines[machine].life == life {
                    self.start(machine);
                }
                return;
            }
        };
        let machine = self.plan.topology.machine(addr);
        let state = self.machines[machine];
        if state.paused_until > self.now {
            self.queue.push(state.paused_until, event);
            return;
        }
        let is_dead = match &event {
            Event::Deliver { life: Some(life), .. } | Event::Tick(_, life) | Event::Wrote(_, life) => {
                state.life != *life
            }
            Event::Deliver { .. } | Event::Start(..) => false,
        };
        if is_dead || !state.up {
            return;
        }
        self.note(machine, &event);
        if self.plan.trace {
            eprintln!("{:>12} {event:?}", self.now);
        }
        match event {
            Event::Deliver { from, to, message, .. } => self.deliver(from, to, message),
            Event::Tick(addr, life) => self.tick(addr, life),
            Event::Wrote(place, _) => self.controllers[place].wrote(&mut ctx!(self, addr)),
            Event::Start(..) => {}
        }
        if let Addr::Controller(place) = addr {
            self.write(place);
        }
        self.send_all();
        self.look_at_who_may_lead();
    }

    /// Looks at those in sync, once something was committed: records, or who is in sync.
    fn look_at_who_may_lead(&mut self) {
        let newest = self.controllers.iter().map(Controller::image).max_by_key(|image| image.offset());
        // The one that had committed the most may be down: what the others know is then not what an election goes by.
        let Some(image) = newest.filter(|image| image.offset() >= self.looked_at.0) else { return };
        let seen = (image.offset(), self.oracle.ledger.total());
        if std::mem::replace(&mut self.looked_at, seen) == seen {
            return;
        }
        let Some(topic) = image.topic(super::controller::TOPIC) else { return };
        for (part, partition) in topic.iter() {
            for id in partition.isr.iter().chain(partition.elr()) {
                // Of a broker that the metadata knows in another life, or as fenced, nothing is asked: it will not lead.
                let epoch = image.broker(*id).filter(|broker| broker.is_active()).map(|broker| broker.epoch);
                let Some(place) = super::message::broker_at(*id) else { continue };
                if let Some(broker) = self.brokers[place].broker().filter(|broker| Some(broker.epoch()) == epoch) {
                    let part = part as usize;
                    self.oracle.is_in_sync(part, place, broker.replicas()[part].log().end());
                }
            }
        }
    }

    fn note(&mut self, machine: Machine, event: &Event) {
        self.events += 1;
        let kind = match event {
            Event::Deliver { message, .. } => message.kind(),
            Event::Tick(..) => 100,
            Event::Wrote(..) => 101,
            Event::Start(..) => 102,
        };
        let word = self.now ^ (machine as u64) << 48 ^ kind << 56;
        self.fingerprint = (self.fingerprint ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }

    fn deliver(&mut self, from: Addr, to: Addr, message: Message) {
        match to {
            Addr::Controller(place) => self.controllers[place].receive(from, message, &mut ctx!(self, to)),
            Addr::Broker(place) => {
                if let Some(broker) = self.brokers[place].broker_mut() {
                    broker.receive(from, message, &mut ctx!(self, to));
                }
            }
            Addr::Client(n) => {
                let (producers, last) = (self.producers.len(), self.plan.topology.clients - 1);
                if n < producers {
                    self.producers[n].receive(message, &mut ctx!(self, to));
                } else if n < last {
                    self.consumers[n - producers].receive(message, &mut ctx!(self, to));
                } else {
                    self.auditor.receive(message, &mut ctx!(self, to));
                }
            }
        }
    }

    fn tick(&mut self, addr: Addr, life: u32) {
        let after = match addr {
            Addr::Controller(place) => {
                self.controllers[place].tick(&mut ctx!(self, addr));
                CONTROLLER_TICK
            }
            Addr::Broker(place) => {
                let mut may_stop = false;
                if let Some(broker) = self.brokers[place].broker_mut() {
                    broker.tick(&mut ctx!(self, addr));
                    may_stop = broker.may_stop();
                }
                if may_stop {
                    let again = self.now + self.rng.between(200 * MS, 3000 * MS);
                    self.end(place, Ending::Clean, again);
                    return;
                }
                BROKER_TICK
            }
            Addr::Client(n) => {
                let (producers, last) = (self.producers.len(), self.plan.topology.clients - 1);
                if n < producers {
                    self.producers[n].tick(&mut ctx!(self, addr));
                } else if n < last {
                    self.consumers[n - producers].tick(&mut ctx!(self, addr));
                } else {
                    self.auditor.tick(&mut ctx!(self, addr));
                }
                CLIENT_TICK
            }
        };
        self.queue.push(self.now + after, Event::Tick(addr, life));
    }

    /// Begins to write what a controller wants on its disk.
    fn write(&mut self, place: usize) {
        let machine = self.plan.topology.machine(Addr::Controller(place));
        if self.controllers[place].begin_write() {
            let state = &self.machines[machine];
            let done = self.now + state.disk_delay(self.plan.disk, self.now);
            self.queue.push(done, Event::Wrote(place, state.life));
        }
    }

    fn send_all(&mut self) {
        for (from, to) in std::mem::take(&mut self.reconnects) {
            self.network.reconnect(self.plan.topology.machine(from), self.plan.topology.machine(to));
        }
        let mut sent = std::mem::take(&mut self.sent);
        for (from, to, message) in sent.drain(..) {
            let (machine, target) = (self.plan.topology.machine(from), self.plan.topology.machine(to));
            let (class, life) = (message.class(), self.machines[target].life);
            let [first, copy] = self.network.send((machine, target), class, life, self.now, &mut self.rng);
            if let Some(at) = copy {
                // The copy is a proxy's: it belongs to no connection.
                self.queue.push(at, Event::Deliver { from, to, message: message.clone(), life: None });
            }
            if let Some(at) = first {
                let life = (class != super::network::Class::Single).then_some(life);
                self.queue.push(at, Event::Deliver { from, to, message, life });
            }
        }
        self.sent = sent;
    }

    /// Ends the processes of a machine, to start again at `again`. Gives how many batches of records are gone.
    pub(super) fn end(&mut self, machine: Machine, how: Ending, again: Micros) -> usize {
        let mut lost = 0;
        let state = &mut self.machines[machine];
        state.up = false;
        state.life += 1;
        state.paused_until = 0;
        let life = state.life;
        if let Some(place) = self.plan.topology.broker_on(machine)
            && let Slot::Up(broker) = std::mem::replace(&mut self.brokers[place], Slot::Moving)
        {
            let epoch = broker.epoch();
            let mut disk = broker.stopped(how == Ending::Clean);
            match how {
                Ending::Clean | Ending::Killed => {}
                Ending::PowerCut => lost = disk.lose_power(&mut self.rng),
                Ending::Wiped => {
                    lost = disk.batches();
                    disk = BrokerDisk::new(self.plan.topic.partitions);
                }
            }
            if lost > 0 && self.plan.bug.claims_clean_shutdown() {
                disk.claim_clean(epoch);
            }
            self.brokers[place] = Slot::Down(Box::new(disk));
        }
        if let Some(place) = self.plan.topology.controller_on(machine) {
            let power_lost = matches!(how, Ending::PowerCut | Ending::Wiped);
            let (now, topology, topic) = (self.now, self.plan.topology, self.plan.topic);
            let raft = Raft::new(place, topology.controllers, now, &mut self.rng);
            let old = std::mem::replace(&mut self.controllers[place], Controller::new(place, topology, topic, raft));
            self.controllers[place] = old.restarted(power_lost, now, &mut self.rng);
        }
        self.queue.push(again, Event::Start(machine, life));
        lost
    }

    /// Starts the processes of a machine.
    pub(super) fn start(&mut self, machine: Machine) {
        let state = &mut self.machines[machine];
        if state.up {
            return;
        }
        state.up = true;
        let life = state.life;
        if let Some(place) = self.plan.topology.broker_on(machine) {
            if let Slot::Down(disk) = std::mem::replace(&mut self.brokers[place], Slot::Moving) {
                self.incarnations += 1;
                let (topology, topic) = (self.plan.topology, self.plan.topic);
                let broker = Broker::new(place, topology, topic, self.incarnations, *disk);
                self.brokers[place] = Slot::Up(Box::new(broker));
            }
            self.queue.push(self.now + MS, Event::Tick(Addr::Broker(place), life));
        }
        if let Some(place) = self.plan.topology.controller_on(machine) {
            self.queue.push(self.now + MS, Event::Tick(Addr::Controller(place), life));
        }
    }

    /// Begins the read at the end.
    pub(super) fn begin_audit(&mut self) {
        let addr = Addr::Client(self.plan.topology.clients - 1);
        self.auditor.begin(&mut ctx!(self, addr));
        self.send_all();
    }

    /// The newest committed image that any controller has.
    pub(super) fn newest_image(&self) -> &crate::broker::state::metadata::MetadataImage {
        let newest = self.controllers.iter().map(Controller::image).max_by_key(|image| image.offset());
        newest.unwrap_or_else(|| self.controllers[0].image())
    }
}

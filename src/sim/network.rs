//! The simulated network: for each ordered pair of machines a delay, losses, copies, a cut, or a clog that holds
//! everything back and lets it go at once.

use super::rng::Rng;
use super::time::{MS, Micros};

/// A machine: a node of the cluster, or a client. An index.
pub type Machine = usize;

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// On a connection: in order, never twice. Its senders have one message under way.
    Connection,
    /// Several on one connection: if one is lost, all that follow are, until the sender connects anew. A proxy may
    /// deliver one a second time.
    Pipelined,
    /// Each by itself: overtaken and repeated.
    Single,
}

/// One direction between two machines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    /// Nothing gets through.
    pub cut: bool,
    /// Messages lost, in percent.
    pub loss: u32,
    /// Messages that arrive a second time later, in percent; of those only that a proxy could repeat.
    pub copies: u32,
    /// Added to each delay.
    pub slow: Micros,
    /// Everything sent before this time arrives after it.
    pub clogged_until: Micros,
    /// When the last message in order arrives: a connection does not reorder.
    last: Micros,
    /// A pipelined message was lost.
    broken: bool,
    /// The life of the receiver that pipelined messages go to.
    life: Option<u32>,
}

/// What the network did to messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkCounts {
    /// Sent.
    pub sent: u64,
    /// Lost because of a cut.
    pub cut: u64,
    /// Lost by chance.
    pub lost: u64,
    /// Delivered twice.
    pub copied: u64,
    /// Held back by a clog.
    pub held: u64,
    /// Slowed down.
    pub slowed: u64,
}

/// When a message arrives: not at all, once, or twice.
pub type Arrivals = [Option<Micros>; 2];

/// All links.
#[derive(Clone, Debug)]
pub struct Network {
    machines: usize,
    links: Vec<Link>,
    /// Usual delay, from and to.
    delay: (Micros, Micros),
    /// What happened.
    pub counts: NetworkCounts,
}

impl Network {
    /// A network without faults.
    pub fn new(machines: usize, delay: (Micros, Micros)) -> Network {
        Network { machines, links: vec![Link::default(); machines * machines], delay, counts: NetworkCounts::default() }
    }

    /// One direction.
    pub fn link(&mut self, from: Machine, to: Machine) -> &mut Link {
        &mut self.links[from * self.machines + to]
    }

    /// Ends every fault.
    pub fn heal(&mut self) {
        for link in &mut self.links {
            *link = Link { last: link.last, broken: link.broken, life: link.life, ..Link::default() };
        }
    }

    /// Connects anew for pipelined messages.
    pub fn reconnect(&mut self, from: Machine, to: Machine) {
        let link = self.link(from, to);
        (link.broken, link.life) = (false, None);
    }

    /// When a message arrives that is sent now, to a receiver in its `life`-th life: not at all, once, or twice.
    pub fn send(
        &mut self,
        (from, to): (Machine, Machine),
        class: Class,
        life: u32,
        now: Micros,
        rng: &mut Rng,
    ) -> Arrivals {
        self.counts.sent += 1;
        if from == to {
            return [Some(now + 10), None];
        }
        let delay = rng.between(self.delay.0, self.delay.1);
        let link = &mut self.links[from * self.machines + to];
        if class == Class::Pipelined {
            let same = *link.life.get_or_insert(life) == life;
            if link.broken || !same {
                link.broken = true;
                return [None, None];
            }
        }
        if link.cut {
            self.counts.cut += 1;
            link.broken |= class == Class::Pipelined;
            return [None, None];
        }
        if link.loss > 0 && rng.chance(link.loss) {
            self.counts.lost += 1;
            link.broken |= class == Class::Pipelined;
            return [None, None];
        }
        let mut at = now + delay + link.slow;
        if link.slow > 0 {
            self.counts.slowed += 1;
        }
        if link.clogged_until > at {
            self.counts.held += 1;
            at = link.clogged_until + delay;
        }
        if class != Class::Single {
            at = at.max(link.last + 1);
            link.last = at;
        }
        let copy = class != Class::Connection && link.copies > 0 && rng.chance(link.copies);
        self.counts.copied += u64::from(copy);
        // Most copies are a little late, some very.
        let late = if rng.chance(30) { 20_000 * MS } else { 3000 * MS };
        [Some(at), copy.then(|| at + rng.between(MS, late))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_holds_in_one_direction_until_it_heals() {
        let (mut network, mut rng) = (Network::new(2, (100, 200)), Rng::new(1));
        network.link(0, 1).cut = true;
        assert_eq!(network.send((0, 1), Class::Connection, 0, 0, &mut rng), [None, None]);
        assert!(network.send((1, 0), Class::Connection, 0, 0, &mut rng)[0].is_some());
        network.heal();
        assert!(network.send((0, 1), Class::Connection, 0, 0, &mut rng)[0].is_some());
        assert_eq!((network.counts.sent, network.counts.cut), (3, 1));
    }

    #[test]
    fn a_connection_keeps_its_order_and_a_clog_lets_all_go_at_its_end() {
        let (mut network, mut rng) = (Network::new(2, (100, 5000)), Rng::new(1));
        network.link(0, 1).clogged_until = 9000;
        let arrivals: Vec<_> =
            (0..20).map(|at| network.send((0, 1), Class::Connection, 0, at * 10, &mut rng)[0].unwrap()).collect();
        assert!(arrivals.is_sorted() && arrivals[0] >= 9000);
        assert_eq!(network.counts.held, 20);
    }

    #[test]
    fn copies_come_later_and_never_on_a_connection() {
        let (mut network, mut rng) = (Network::new(2, (100, 200)), Rng::new(1));
        network.link(0, 1).copies = 100;
        let [first, second] = network.send((0, 1), Class::Single, 0, 0, &mut rng);
        assert!(second > first);
        assert_eq!(network.send((0, 1), Class::Connection, 0, 0, &mut rng)[1], None);
    }

    #[test]
    fn after_a_lost_pipelined_message_nothing_arrives_until_the_sender_connects_anew() {
        let (mut network, mut rng) = (Network::new(2, (100, 200)), Rng::new(1));
        let mut arrives =
            |network: &mut Network, life| network.send((0, 1), Class::Pipelined, life, 0, &mut rng)[0].is_some();
        assert!(arrives(&mut network, 0));
        network.link(0, 1).cut = true;
        assert!(!arrives(&mut network, 0));
        network.heal();
        assert!(!arrives(&mut network, 0));
        network.reconnect(0, 1);
        assert!(arrives(&mut network, 0));
        assert!(!arrives(&mut network, 1), "the receiver started anew");
    }
}

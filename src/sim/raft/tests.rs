use super::*;
use crate::wire::records::metadata::NoOpRecord;

/// Voters whose messages arrive at once, unless a voter is cut off.
struct Voters {
    all: Vec<Raft>,
    cut: Vec<bool>,
    now: Micros,
    rng: Rng,
}

impl Voters {
    fn new(n: usize, seed: u64) -> Voters {
        let mut rng = Rng::new(seed);
        let all = (0..n).map(|me| Raft::new(me, n, 0, &mut rng)).collect();
        Voters { all, cut: vec![false; n], now: 0, rng }
    }

    fn run(&mut self, time: Micros) {
        let until = self.now + time;
        while self.now < until {
            self.now += 10_000;
            for at in 0..self.all.len() {
                self.all[at].tick(self.now, &mut self.rng);
            }
            self.settle();
        }
    }

    fn settle(&mut self) {
        loop {
            let mut idle = true;
            for from in 0..self.all.len() {
                if self.all[from].sync() {
                    self.all[from].synced();
                }
                while let Some((to, message)) = self.all[from].next_message() {
                    idle = false;
                    if !self.cut[from] && !self.cut[to] {
                        self.all[to].receive(from, message, self.now, &mut self.rng);
                    }
                }
            }
            if idle {
                return;
            }
        }
    }

    fn active(&self) -> Vec<usize> {
        (0..self.all.len()).filter(|at| self.all[*at].is_active()).collect()
    }

    fn propose(&mut self, at: usize) -> bool {
        let record = Arc::new(MetadataRecord::NoOpRecord(NoOpRecord::default()));
        let done = self.all[at].propose([record], self.now);
        self.settle();
        done
    }
}

#[test]
fn one_leader_is_elected_and_commits() {
    for seed in 0..20 {
        let mut voters = Voters::new(3, seed);
        voters.run(3_000_000);
        let [leader] = voters.active()[..] else { panic!("{:?}", voters.active()) };
        assert!(voters.propose(leader));
        voters.run(200_000);
        assert!(voters.all.iter().all(|voter| voter.commit() == 2), "the blank and the record");
        assert!(!voters.propose((leader + 1) % 3), "only the leader proposes");
    }
}

#[test]
fn a_leader_that_is_cut_off_steps_down_and_its_uncommitted_entries_go() {
    for seed in 0..20 {
        let mut voters = Voters::new(3, seed);
        voters.run(3_000_000);
        let old = voters.active()[0];
        voters.cut[old] = true;
        assert!(voters.propose(old), "it does not know yet");
        voters.run(5_000_000);
        let [new] = voters.active()[..] else { panic!("{:?}", voters.active()) };
        assert_ne!(new, old);
        voters.propose(new);
        voters.cut[old] = false;
        voters.run(5_000_000);
        let commit = voters.all[0].commit();
        assert!(commit >= 3);
        for voter in &voters.all {
            assert_eq!(voter.commit(), commit);
            assert_eq!(voter.entries(0, commit), voters.all[new].entries(0, commit));
        }
    }
}

#[test]
fn nothing_leaves_before_what_it_promises_is_on_the_disk() {
    let mut rng = Rng::new(1);
    let mut voter = Raft::new(0, 3, 0, &mut rng);
    voter.receive(1, RaftMessage::RequestVote { term: 5, end: 0, last_term: 0 }, 0, &mut rng);
    assert!(voter.next_message().is_none());
    let cut = voter.clone().restarted(true, 0, &mut rng);
    assert_eq!(cut.term(), 0, "it never said that it voted");
    assert!(voter.sync());
    voter.synced();
    assert!(matches!(voter.next_message(), Some((1, RaftMessage::Vote { granted: true, .. }))));
    let mut again = voter.restarted(true, 0, &mut rng);
    again.receive(2, RaftMessage::RequestVote { term: 5, end: 0, last_term: 0 }, 0, &mut rng);
    assert!(!again.sync(), "nothing changed");
    assert!(matches!(again.next_message(), Some((2, RaftMessage::Vote { granted: false, .. }))));
}

/// Random cuts, restarts and proposals: what is committed once is committed for good, and in one order.
#[test]
fn committed_entries_never_change() {
    for seed in 0..60 {
        let mut voters = Voters::new(3, seed);
        let mut rng = Rng::new(seed ^ 0xabc);
        let mut ledger: Vec<Entry> = Vec::new();
        for _ in 0..120 {
            match rng.below(5) {
                0 => voters.cut[rng.index(3)] = true,
                1 => voters.cut = vec![false; 3],
                2 => {
                    let at = rng.index(3);
                    let (now, lost) = (voters.now, rng.chance(50));
                    voters.all[at] = voters.all[at].clone().restarted(lost, now, &mut rng);
                }
                _ => {
                    for at in voters.active() {
                        voters.propose(at);
                    }
                }
            }
            voters.run(rng.between(50_000, 900_000));
            for voter in &voters.all {
                let known = ledger.len().min(voter.commit());
                assert_eq!(voter.entries(0, known), &ledger[..known], "seed {seed}");
                ledger.extend_from_slice(voter.entries(known, voter.commit()));
            }
        }
        voters.cut = vec![false; 3];
        voters.run(10_000_000);
        assert_eq!(voters.active().len(), 1, "seed {seed}");
        assert!(ledger.len() > 10, "seed {seed}: {}", ledger.len());
    }
}
